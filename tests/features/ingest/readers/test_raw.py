"""From bytes to rows, with dirty files."""

import json
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import EmptyInputError, MalformedInputError, MissingColumnError
from vigie.features.ingest.opening import SourceFile, expand
from vigie.features.ingest.reader import FILE, LINE, Log
from vigie.features.ingest.readers import raw

CSV = "id,name\n1,Ana\n2,Bob\n"


def written(folder: Path, data: bytes | str, name: str = "file.csv") -> SourceFile:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return SourceFile(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marked_encodings_read_the_same(tmp_path: Path, encoding: str) -> None:
    frame = raw.read_csv(written(tmp_path, "id,name\n1,Zoë 🦉\n".encode(encoding)), Log(), "accounts")
    assert frame.select("id", "name", FILE, LINE).rows() == [("1", "Zoë 🦉", "file.csv", 2)]


def test_big_endian_utf_16_is_read(tmp_path: Path) -> None:
    data = b"\xfe\xff" + CSV.encode("utf-16-be")
    assert raw.read_csv(written(tmp_path, data), Log(), "accounts")["name"].to_list() == ["Ana", "Bob"]


def test_broken_utf_8_is_replaced_and_its_rows_counted(tmp_path: Path) -> None:
    log = Log()
    data = "id,name\n1,Zoë éé {}\n2,Ann ééé\n3,{}\n".encode().replace(b"{}", b"\xff")
    frame = raw.read_csv(written(tmp_path, data), log, "accounts")
    assert frame["name"].to_list() == ["Zoë éé �", "Ann ééé", "�"]
    assert log.notes == ["file.csv: bytes that are not UTF-8 replaced; rows: 2"]


def test_nul_bytes_are_removed_and_counted(tmp_path: Path) -> None:
    log = Log()
    frame = raw.read_csv(written(tmp_path, "id,name\n1,A\0n\0a\n"), log, "accounts")
    assert frame["name"].to_list() == ["Ana"]
    assert log.notes == ["file.csv: NUL bytes removed: 2"]


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf", b"\0\0"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(EmptyInputError, match=r"file\.csv is empty"):
        raw.read_csv(written(tmp_path, data), Log(), "accounts")


def test_short_and_long_rows_are_set_aside_with_their_line(tmp_path: Path) -> None:
    log = Log()
    frame = raw.read_csv(written(tmp_path, "id,name\n1\n2,Bob\n\n3,Cy,extra\n"), log, "accounts")
    assert frame["id"].to_list() == ["2"]
    assert log.rejects().select("line", "reason", "row").rows() == [
        (2, "1 cells where the header has 2", "1"),
        (5, "3 cells where the header has 2", "3,Cy,extra"),
    ]
    assert log.seen["accounts"] == 2


def test_a_row_over_several_lines_keeps_the_line_it_begins_on(tmp_path: Path) -> None:
    frame = raw.read_csv(written(tmp_path, 'id,name\n1,"a\nb"\n2,c\n'), Log(), "accounts")
    assert frame.select(LINE, "name").rows() == [(2, "a\nb"), (4, "c")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_that_of_the_header(tmp_path: Path, separator: str) -> None:
    path = written(tmp_path, CSV.replace(",", separator))
    assert raw.read_csv(path, Log(), "accounts")["name"].to_list() == ["Ana", "Bob"]


def test_a_missing_column_names_those_seen(tmp_path: Path) -> None:
    with pytest.raises(MissingColumnError, match="no column handle; it has id, name"):
        raw.read_csv(written(tmp_path, CSV), Log(), "accounts", ("id", "handle"))


def test_columns_without_name_or_twice_are_numbered(tmp_path: Path) -> None:
    frame = raw.read_csv(written(tmp_path, ",a,a\n1,2,3\n"), Log(), "accounts")
    assert frame.columns[:3] == ["column_1", "a", "a_3"]


@pytest.mark.parametrize("text", ['[{"a": 1}, {"a": 2}]', '{"a": 1}\n{"a": 2}\n', '{"a": 1}{"a":\n 2}'])
def test_arrays_lines_and_joined_values_read_the_same(tmp_path: Path, text: str) -> None:
    records = raw.read_json(written(tmp_path, text), Log(), "posts")
    assert [record.value for record in records] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("text", ['{"a": 1}\n{"a": 2}\n{"a": ', '[{"a": 1}, {"a": 2}, {"a": '])
def test_a_cut_last_value_is_set_aside_and_the_rest_goes_on(tmp_path: Path, text: str) -> None:
    log = Log()
    records = raw.read_json(written(tmp_path, text), log, "posts")
    assert [record.value for record in records] == [{"a": 1}, {"a": 2}]
    assert log.rejects().select("line", "row").rows() == [(3, '{"a": ')]


def test_a_broken_line_between_good_ones_costs_only_itself(tmp_path: Path) -> None:
    log = Log()
    records = raw.read_json(written(tmp_path, '{"a": 1}\n{oops}\n{"a": 2}\n'), log, "posts")
    assert [record.line for record in records] == [1, 3]
    assert log.rejects()["line"].to_list() == [2]


def test_a_file_without_any_whole_value_is_malformed(tmp_path: Path) -> None:
    with pytest.raises(MalformedInputError, match="no JSON value that is whole"):
        raw.read_json(written(tmp_path, '{"a": '), Log(), "posts")


def test_bytes_that_are_not_parquet_are_malformed(tmp_path: Path) -> None:
    with pytest.raises(MalformedInputError, match="not a Parquet file"):
        raw.read_parquet(written(tmp_path, "not parquet at all"), Log())


def test_a_path_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(EmptyInputError, match="does not exist"):
        expand([tmp_path / "nothing.csv"], ["*.csv"])
    with pytest.raises(EmptyInputError, match="no file named like"):
        expand([tmp_path], ["*.csv"])


@pytest.mark.parametrize("form", ["%s\n%s\n", "[%s, %s]", "%s%s"])
def test_halves_of_characters_are_joined_or_replaced(tmp_path: Path, form: str) -> None:
    value = r'{"a": "\ud83d\ude00", "urls": ["\ud83d"]}'
    records = raw.read_json(written(tmp_path, form % (value, value), "a.json"), Log(), "posts")
    assert [record.value for record in records] == [{"a": "😀", "urls": ["�"]}] * 2


def test_a_file_comes_in_chunks_with_its_own_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "CHUNK_CHARS", 20)
    monkeypatch.setattr(raw, "CHUNK_ROWS", 2)
    lines = [
        json.dumps({"a": number, "long": "x" * 30}, indent=indent) for number in range(5) for indent in (0,)
    ]
    for text in (
        "\n".join(lines),
        "[" + ",\n".join(lines) + "]",
        "\n".join(line.replace("\n", "") for line in lines),
    ):
        chunks = list(raw.json_chunks(written(tmp_path, text, "a.json"), Log(), "posts"))
        assert len(chunks) == 5
        assert [record.value["a"] for chunk in chunks for record in chunk] == list(range(5))
    rows = "id,name\n" + "".join(f'{number},"a\nb"\n' for number in range(5))
    frames = list(raw.csv_chunks(written(tmp_path, rows), Log(), "accounts"))
    assert [frame[LINE].to_list() for frame in frames] == [[2, 4], [6, 8], [10]]
    pl.DataFrame({"id": range(5)}).write_parquet(tmp_path / "a.parquet")
    parts = list(raw.parquet_chunks(SourceFile(tmp_path / "a.parquet"), Log()))
    assert [part[LINE].to_list() for part in parts] == [[1, 2], [3, 4], [5]]


def pieces(file: SourceFile, log: Log) -> list[raw.Record]:
    chunks = raw.json_pieces(file, log, "posts", lists=("messages",), inside=("chats", "list"))
    return [record for chunk in chunks for record in chunk]


def test_one_object_comes_in_pieces_each_with_what_stands_before_and_its_line(tmp_path: Path) -> None:
    text = (
        '{"about": 1, "chats": {"list": [\n{"id": 1, "messages": [\n{"n": 1},\n{"n": "]}"}\n], "after": 9},\n'
        '{"id": 2, "messages": []}, {"id": 3}]}}'
    )
    found = pieces(written(tmp_path, text, "a.json"), Log())
    assert [(one.line, one.value) for one in found] == [
        (3, {"about": 1, "chats": {"list": [{"id": 1, "messages": [{"n": 1}]}]}}),
        (4, {"about": 1, "chats": {"list": [{"id": 1, "messages": [{"n": "]}"}]}]}}),
        (6, {"about": 1, "chats": {"list": [{"id": 3}]}}),
    ]


def test_objects_that_follow_one_another_and_other_values_come_as_well(tmp_path: Path) -> None:
    text = '{"messages": [1]}\n{"messages": [2], "id": 5}\n7\n{"chats": 3}'
    found = pieces(written(tmp_path, text, "a.json"), Log())
    assert [one.value for one in found] == [{"messages": [1]}, {"messages": [2]}, 7, {"chats": 3}]


def test_pieces_of_a_file_that_was_cut_short_are_kept(tmp_path: Path) -> None:
    log = Log()
    found = pieces(written(tmp_path, '{"id": 1, "messages": [{"n": 1}, {"n": 2}, {"n": ', "a.json"), log)
    assert [one.value["messages"][0]["n"] for one in found] == [1, 2]
    assert "not JSON from here on" in log.rejects()["reason"].item()


def test_pieces_come_in_chunks_however_large_the_object_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, "CHUNK_CHARS", 100)
    text = json.dumps({"messages": [{"n": number, "t": "x" * 30} for number in range(50)]})
    chunks = list(raw.json_pieces(written(tmp_path, text, "a.json"), Log(), "posts", ("messages",), ()))
    assert [one.value["messages"][0]["n"] for chunk in chunks for one in chunk] == list(range(50))
    assert max(map(len, chunks)) < 6


def test_an_empty_file_has_no_pieces(tmp_path: Path) -> None:
    with pytest.raises(EmptyInputError):
        pieces(written(tmp_path, " \n", "a.json"), Log())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("id,name\n1,Ana\n" + "2," + "B" * 300, "line 3 is longer than 200 characters"),
        ("," * 120, "has 121 columns, more than 100"),
    ],
)
def test_what_would_take_unbounded_memory_is_no_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str, said: str
) -> None:
    monkeypatch.setattr(raw, "_LINE_CHARS", 200)
    monkeypatch.setattr(raw, "_MOST_COLUMNS", 100)
    with pytest.raises(MalformedInputError, match=said):
        raw.read_csv(written(tmp_path, data), Log(), "accounts")


def test_a_quotation_mark_left_open_is_told_with_the_lines_it_swallowed(tmp_path: Path) -> None:
    log = Log()
    raw.read_csv(written(tmp_path, 'id,name\n1,Ana\n2,"Bob,x\n3,Cy\n4,Di\n'), log, "accounts")
    raw.read_csv(written(tmp_path, 'id,name\n"1","Ana\nMaria",x\n'), log, "accounts")
    assert log.rejects()["reason"].to_list() == [
        "3 cells where the header has 2, on lines 2 to 3; is a quotation mark left open?"
    ]
