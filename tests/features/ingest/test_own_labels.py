"""Labels of one's own are read as people write them, and refused with the line at fault."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import LabelError
from vigie.features import schema
from vigie.features.ingest import own_labels


def people(*known: tuple[str, str, str]) -> pl.DataFrame:
    """Return accounts by platform, id and handle."""
    rows = [
        {
            "platform": platform,
            "account_id": name,
            "handle": handle,
            "observed_at": datetime(2024, 1, 1, tzinfo=UTC),
        }
        for platform, name, handle in known
    ]
    return schema.conform(pl.DataFrame(rows), "accounts").with_row_index("row")


PEOPLE = people(("x", "1", "Anna"), ("x", "2", "ben"), ("x", "3", "chloe"))


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "labels.csv"
    file.write_text(text, encoding=encoding)
    return file


def test_a_french_spreadsheet_is_read_as_it_is(tmp_path: Path) -> None:
    text = "account_id;value;note\n1;inauthentique;été\n2;non;\n3;;pas sûr\n"
    labelled, unmatched = own_labels.attach(PEOPLE, own_labels.read(written(tmp_path, text, "cp1252")))
    assert labelled.select("account_id", "y").rows() == [("1", True), ("2", False)]
    assert unmatched == 0


def test_handles_stand_for_ids_whatever_their_case(tmp_path: Path) -> None:
    labels = own_labels.read(written(tmp_path, "handle,value\n@ANNA,yes\nBen,ordinary\nnobody,no\n"))
    labelled, unmatched = own_labels.attach(PEOPLE, labels)
    assert labelled.select("account_id", "y").rows() == [("1", True), ("2", False)]
    assert unmatched == 1


def test_labels_of_another_target_are_left_out(tmp_path: Path) -> None:
    labels = own_labels.read(
        written(tmp_path, "account_id,target,value\n1,coordinated,yes\n2,inauthentic,yes\n")
    )
    assert labels["name"].to_list() == ["2"]


@pytest.mark.parametrize(
    "header", ["Account_ID,Value", "account id,label", "user_id,value", " id_str , VALUE "]
)
def test_columns_may_have_the_names_that_collectors_give(tmp_path: Path, header: str) -> None:
    labels = own_labels.read(written(tmp_path, f"{header}\n1,yes\n"))
    assert labels.select("name", "by", "y").rows() == [("1", "account_id", True)]


def test_what_data_frames_write_for_no_value_is_no_label(tmp_path: Path) -> None:
    labels = own_labels.read(written(tmp_path, "account_id,value\n1,yes\n2,NaN\n3,N/A\n"))
    assert labels["name"].to_list() == ["1"]


def test_decimals_and_marks_of_spreadsheets_are_taken_off_ids(tmp_path: Path) -> None:
    labels = own_labels.read(written(tmp_path, "account_id,value\n1.0,yes\n'2,no\n"))
    assert labels["name"].to_list() == ["1", "2"]


LONG = people(("x", "1490012000000000012", "Anna"), ("x", "1490012000000000123", "ben"), ("x", "3", "Zoé_L"))


@pytest.mark.parametrize(
    "rounded", ["1.49001E+18", "1,49E+18", "1490012000000000012.0", "1490012000000000000"]
)
def test_the_handle_names_an_account_whose_id_a_spreadsheet_rounded(tmp_path: Path, rounded: str) -> None:
    # Two ids end in 000, as in a column that was a number once.
    other = rounded.replace("90012", "90013")
    text = f"account_id\thandle\tvalue\n{rounded}\tAnna\tyes\n{other}\tben\tno\n"
    labelled, unmatched = own_labels.attach(LONG, own_labels.read(written(tmp_path, text)))
    assert labelled.select("handle", "y").rows() == [("Anna", True), ("ben", False)]
    assert unmatched == 0


def test_a_rounded_id_without_a_handle_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"a spreadsheet has rounded; .* \(line 3: '1.49E\+18'\)"):
        own_labels.read(written(tmp_path, "account_id,value\n3,no\n1.49E+18,yes\n"))


def test_a_row_may_name_its_account_by_id_or_handle(tmp_path: Path) -> None:
    labels = own_labels.read(written(tmp_path, "account_id,handle,value\n1,,yes\n,ben,no\n"))
    assert own_labels.attach(PEOPLE, labels)[0].select("account_id", "y").rows() == [
        ("1", True),
        ("2", False),
    ]


def test_a_label_of_no_account_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"labels of no account; .* \(line 3: 'no'\)"):
        own_labels.read(written(tmp_path, "account_id,value\n1,yes\n,no\n"))


def test_a_handle_is_one_however_its_accents_are_written(tmp_path: Path) -> None:
    labels = own_labels.read(written(tmp_path, "handle,value\n@Zoe\u0301_L,yes\n"))
    assert own_labels.attach(LONG, labels)[0]["account_id"].to_list() == ["3"]


def test_an_empty_platform_is_any(tmp_path: Path) -> None:
    labels = own_labels.read(written(tmp_path, "platform,account_id,value\n,1,yes\n"))
    assert own_labels.attach(PEOPLE, labels)[1] == 0


def test_a_target_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"targets that are none; .* \(line 3: 'inauthentik'\)"):
        own_labels.read(written(tmp_path, "account_id,target,value\n1,coordinated,yes\n2,inauthentik,yes\n"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("account_id,value\n1,yes\n2\n", "line 3: 1 cells where the header has 2"),
        ("account_id,value\n1,yes,sure\n", "line 2: 3 cells where the header has 2"),
        ('account_id,value\n"1,yes\n2,no\n', "line 2: 1 cells .* is a quotation mark left open"),
    ],
)
def test_a_row_that_does_not_fit_the_header_is_refused_with_its_line(
    tmp_path: Path, text: str, line: str
) -> None:
    with pytest.raises(LabelError, match=line):
        own_labels.read(written(tmp_path, text))


def test_a_workbook_is_refused_as_one(tmp_path: Path) -> None:
    file = tmp_path / "labels.xlsx"
    with zipfile.ZipFile(file, "w") as workbook:
        workbook.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(LabelError, match=r"labels.xlsx is a workbook or an archive; save the sheet as CSV"):
        own_labels.read(file)


def test_a_value_that_is_no_label_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"line 3: 'perhaps'"):
        own_labels.read(written(tmp_path, "account_id,value\n1,yes\n2,perhaps\n"))


@pytest.mark.parametrize("header", ["account_id,verdict", "name,value"])
def test_a_missing_column_is_named(tmp_path: Path, header: str) -> None:
    with pytest.raises(LabelError, match="it needs value, and account_id or handle"):
        own_labels.read(written(tmp_path, f"{header}\n1,yes\n"))


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="is not there"):
        own_labels.read(tmp_path / "none.csv")


def test_a_folder_is_refused_as_one(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="is a folder; name a CSV file"):
        own_labels.read(tmp_path)


def test_an_account_labelled_both_ways_is_refused_with_its_lines(tmp_path: Path) -> None:
    labels = own_labels.read(written(tmp_path, "account_id,value\n1,yes\n2,no\n1,no\n"))
    with pytest.raises(LabelError, match="on lines 2, 4"):
        own_labels.attach(PEOPLE, labels)


def test_an_account_labelled_twice_alike_counts_once(tmp_path: Path) -> None:
    labels = own_labels.read(written(tmp_path, "account_id,value\n1,yes\n1,yes\n"))
    assert own_labels.attach(PEOPLE, labels)[0].height == 1


def test_an_id_on_two_platforms_needs_the_platform(tmp_path: Path) -> None:
    both = people(("x", "1", "anna"), ("facebook", "1", "anna.b"))
    with pytest.raises(LabelError, match="names accounts on facebook, x; add a column platform"):
        own_labels.attach(both, own_labels.read(written(tmp_path, "account_id,value\n1,yes\n")))
    told = own_labels.read(written(tmp_path, "platform,account_id,value\nTwitter,1,yes\n"))
    assert own_labels.attach(both, told)[0]["platform"].to_list() == ["x"]


def test_labels_of_nobody_are_refused_with_ids_as_they_should_be(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="whose ids are such as 1, 2, 3"):
        own_labels.attach(PEOPLE, own_labels.read(written(tmp_path, "account_id,value\n9,yes\n")))


def test_a_file_that_nobody_filled_in_says_so(tmp_path: Path) -> None:
    suggested = own_labels.read(written(tmp_path, "account_id,value,why\n1,,top\n2, ,rest\n"))
    with pytest.raises(LabelError, match="no account is labelled: write inauthentic or ordinary"):
        own_labels.attach(PEOPLE, suggested)


def test_the_labels_of_a_dataset_have_the_same_shape() -> None:
    table = schema.conform(
        pl.DataFrame(
            {"platform": ["x", "x"], "account_id": ["1", "2"], "target": ["inauthentic", "coordinated"],
             "value": [True, True], "source": ["s", "s"]}
        ),
        "labels",
    )  # fmt: skip
    labelled, _ = own_labels.attach(PEOPLE, own_labels.of_table(table))
    assert labelled.select("account_id", "y").rows() == [("1", True)]


def test_labels_of_an_operation_are_read_as_they_leave_it(tmp_path: Path) -> None:
    rows = {"platform": ["x", "x"], "account_id": ["1", "2"], "target": ["inauthentic"] * 2, "value": [True, False],
            "source": ["op_1"] * 2}  # fmt: skip
    schema.conform(pl.DataFrame(rows), "labels").write_csv(tmp_path / "labels.csv")
    labelled, unmatched = own_labels.attach(PEOPLE, own_labels.read(tmp_path / "labels.csv"))
    assert labelled.select("account_id", "y").rows() == [("1", True), ("2", False)]
    assert unmatched == 0
