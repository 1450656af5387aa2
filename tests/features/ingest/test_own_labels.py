"""Labels of one's own are read as people write them, and refused with the line at fault."""

from __future__ import annotations

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
