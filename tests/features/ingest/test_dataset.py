"""A dataset on disk: whole or not at all, and proven on opening."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from vigie.errors import DatasetCorruptError, DatasetError, DatasetNotFoundError
from vigie.features import schema
from vigie.features.ingest import dataset
from vigie.features.ingest.dataset import Dataset
from vigie.features.ingest.readers import Log, Read

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SEEN = datetime(2020, 1, 1, tzinfo=UTC)
ACCOUNT = {"platform": "x", "account_id": "7", "observed_at": SEEN, "followers_count": 3}
POST = {"platform": "x", "post_id": "1", "account_id": "7", "created_at": SEEN, "text": "زero\u200b🦉"}
LABEL = {"platform": "x", "account_id": "7", "target": "inauthentic", "value": True, "source": "s"}


def imported(**rows: list[dict[str, Any]]) -> Read:
    log = Log()
    tables = {}
    for table in schema.TABLES:
        tables[table] = pl.DataFrame(rows.get(table, []), schema=schema.schema(table))
        log.seen[table] = tables[table].height
    return log.read(**tables)


def written(out: Path, read: Read | None = None, **options: Any) -> Dataset:
    plain = imported(accounts=[ACCOUNT], posts=[POST], labels=[LABEL])
    return dataset.write(read or plain, out, name="n", form="generic", now=NOW, **options)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    written(tmp_path / "d", licence="none")
    found = dataset.open(tmp_path / "d")
    assert found.accounts().collect().schema == schema.schema("accounts")
    assert found.posts().collect()["text"].to_list() == [POST["text"]]
    assert found.labels().collect()["value"].to_list() == [True]
    assert found.rejects().collect().is_empty()
    assert found.manifest["licence"] == "none"
    assert found.manifest["observed_at"] == {"first": SEEN.isoformat(), "last": SEEN.isoformat()}
    assert found.manifest["labels"] == {"inauthentic": {"true": 1}}
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == [
        "accounts.parquet",
        "labels.parquet",
        "manifest.json",
        "posts.parquet",
    ]


def test_source_files_are_noted_with_their_digest(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("abc")
    log = Log(files=[source])
    assert written(tmp_path / "d", log.read()).manifest["files"] == [
        {"name": "a.csv", "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}
    ]


def test_tables_without_rows_are_not_written_and_read_as_empty(tmp_path: Path) -> None:
    found = written(tmp_path / "d", imported())
    assert [path.name for path in (tmp_path / "d").iterdir()] == ["manifest.json"]
    assert found.accounts().collect().schema == schema.schema("accounts")
    assert found.manifest["observed_at"] is None


def test_a_field_younger_than_the_dataset_is_null(tmp_path: Path) -> None:
    found = written(tmp_path / "d")
    file = tmp_path / "d" / "posts.parquet"
    pl.read_parquet(file).drop("permalink").write_parquet(file)
    assert found.posts().collect().schema == schema.schema("posts")
    assert found.posts().collect()["permalink"].to_list() == [None]


def test_rows_that_break_a_rule_are_set_aside_with_reason_and_text(tmp_path: Path) -> None:
    future = datetime(2031, 1, 1, tzinfo=UTC)
    read = imported(
        accounts=[ACCOUNT, ACCOUNT | {"account_id": "8", "followers_count": -2, "observed_at": future}]
    )
    found = written(tmp_path / "d", read)
    assert found.accounts().collect()["account_id"].to_list() == ["7"]
    aside = found.rejects().collect().row(0, named=True)
    assert aside["table"] == "accounts"
    assert set(aside["field"].split(", ")) == {"followers_count", "observed_at"}
    assert '"account_id": "8"' in aside["row"]
    counts = found.manifest["counts"]["accounts"]
    assert (counts["read"], counts["kept"], counts["set_aside"]) == (2, 1, 1)


def test_of_an_account_seen_twice_the_later_record_is_kept_and_counted(tmp_path: Path) -> None:
    early = ACCOUNT | {"observed_at": datetime(2019, 1, 1, tzinfo=UTC), "followers_count": 1}
    found = written(tmp_path / "d", imported(accounts=[ACCOUNT, early, ACCOUNT | {"platform": "vk"}]))
    kept = found.accounts().collect().sort("platform")
    assert kept["followers_count"].to_list() == [3, 3]
    assert any(
        note.startswith("further records of accounts that are there already (platform, account_id): 1;")
        for note in found.manifest["notes"]
    )


def test_of_a_post_given_twice_the_later_record_counts(tmp_path: Path) -> None:
    read = imported(accounts=[ACCOUNT], posts=[POST, POST | {"text": "again"}, POST | {"account_id": "8"}])
    found = written(tmp_path / "d", read)
    assert found.posts().collect().select("account_id", "text").rows() == [
        ("7", "again"),
        ("8", POST["text"]),
    ]
    notes = found.manifest["notes"]
    assert any(note.startswith("further records of posts that are there already") for note in notes)
    assert any(note.startswith("accounts known by their posts alone: 1;") for note in notes)
    assert found.accounts().collect().select("account_id", "handle").rows() == [("7", None), ("8", None)]


def test_labels_on_which_a_source_contradicts_itself_are_set_aside(tmp_path: Path) -> None:
    other = LABEL | {"source": "t"}
    found = written(
        tmp_path / "d", imported(accounts=[ACCOUNT], labels=[LABEL, LABEL | {"value": False}, other, other])
    )
    assert found.labels().collect()["source"].to_list() == ["t"]
    assert found.rejects().collect()["reason"].unique().to_list() == [
        "the source labels this account both true and false"
    ]


def test_a_dataset_is_replaced_only_on_request(tmp_path: Path) -> None:
    written(tmp_path / "d")
    with pytest.raises(DatasetError, match="holds a dataset already"):
        written(tmp_path / "d")
    written(tmp_path / "d", imported(accounts=[ACCOUNT]), replace=True)
    assert "posts" not in dataset.open(tmp_path / "d").manifest["tables"]
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(DatasetError, match="other things than a dataset"):
        written(tmp_path, replace=True)
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d").write_text("x")
    with pytest.raises(DatasetError, match="is a file"):
        written(tmp_path / "d")


def test_an_empty_folder_and_missing_parents_are_used(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    written(tmp_path / "empty")
    written(tmp_path / "a" / "b" / "c")
    assert dataset.open(tmp_path / "a" / "b" / "c").manifest["name"] == "n"


def test_a_failed_write_leaves_the_old_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "d")

    def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(OSError, match="disk full"):
        written(tmp_path / "d", replace=True)
    assert dataset.open(tmp_path / "d").labels().collect().height == 1
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_a_folder_without_manifest_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFoundError, match="vigie import"):
        dataset.open(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"tables": {"accounts": 3}}', "{}"])
def test_a_manifest_that_does_not_parse_is_corrupt(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(DatasetCorruptError, match="does not parse"):
        dataset.open(tmp_path)


def test_a_table_cut_short_is_corrupt(tmp_path: Path) -> None:
    path = written(tmp_path / "d").path / "posts.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DatasetCorruptError, match=r"posts\.parquet was changed or cut short"):
        dataset.open(tmp_path / "d")


def test_a_table_that_is_missing_is_corrupt(tmp_path: Path) -> None:
    (written(tmp_path / "d").path / "posts.parquet").unlink()
    with pytest.raises(DatasetCorruptError, match=r"posts\.parquet is missing"):
        dataset.open(tmp_path / "d")


def test_the_manifest_holds_no_path_of_the_machine(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("abc")
    found = written(tmp_path / "d", Log(files=[source]).read())
    assert str(tmp_path) not in json.dumps(found.manifest)
