"""A list of accounts is read whatever the order of its columns, and every row that cannot be read is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import EmptyInputError, MissingColumnError
from vigie.features.ingest import account_list, dataset
from vigie.features.ingest.reader import Log

NOW = datetime(2024, 6, 1, tzinfo=UTC)
ROWS = [
    {"observed_at": "2024-05-01", "handle": "one", "platform": "twitter", "created_at": "2020-01-02", "account_id": "1"},
    {"observed_at": "2024-05-01", "handle": "two", "platform": "x", "created_at": "2021-01-02 10:00", "account_id": "2"},
]  # fmt: skip


def csv(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_csv_in_any_order_names_bad_rows_repeated_accounts_and_unknown_columns(tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "observed_at,handle,mood,account_id,platform,created_at,folowers\n"
        "2024-05-01,one,a,1,twitter,2020-01-02,1\n"
        "soon,two,a,2,x,2020-01-02,1\n"
        "2024-05-01,three,a,3,x,2024-05-20,1\n"
        "2024-05-01,one,a,1,x,2020-01-02,1\n"
        "2024-05-01,four,a,4,x\n"
        "2024-05-01,five,a,5,x,2020-01-03,1\n",
    )
    given = account_list.read(path, NOW)
    assert given.accounts["account_id"].to_list() == ["1", "5"]
    assert given.accounts["platform"].to_list() == ["x", "x"]
    assert given.repeated == 1
    assert [row.line for row in given.refused] == [3, 4, 6]
    assert "observed_at" in given.refused[0].reason
    assert "soon" in given.refused[0].reason
    assert "after observed_at" in given.refused[1].reason
    assert [(one.field, one.nearest) for one in given.ignored] == [
        ("mood", None),
        ("folowers", "followers_count"),
    ]


@pytest.mark.parametrize("ending", ["jsonl", "json", "parquet"])
def test_other_files_are_read_as_well(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"list.{ending}"
    if ending == "parquet":
        pl.DataFrame(ROWS).write_parquet(path)
    elif ending == "json":
        path.write_text(json.dumps(ROWS))
    else:
        path.write_text("\n".join(json.dumps(row) for row in ROWS))
    given = account_list.read(path, NOW)
    assert given.accounts["handle"].to_list() == ["one", "two"]
    assert (given.refused, given.ignored, given.handles_as_ids) == ([], [], False)


def test_a_dataset_directory_is_read_and_its_posts_counted(tmp_path: Path) -> None:
    accounts = account_list.read(csv(tmp_path, "handle,platform,observed_at\na,x,2024-05-01\n"), NOW).accounts
    out = dataset.write(Log().read(accounts.drop("row")), tmp_path / "d", name="d", form="generic", now=NOW)
    given = account_list.read(out.path, NOW)
    assert (given.accounts.height, given.posts) == (1, 0)


def test_what_a_list_does_not_say_is_given_and_handles_stand_in_for_ids(tmp_path: Path) -> None:
    path = csv(tmp_path, "handle,bio\n@one,\n@two,hello\n")
    with pytest.raises(MissingColumnError, match="platform"):
        account_list.read(path, NOW)
    given = account_list.read(path, NOW, defaults={"platform": "x", "observed_at": "2024-05-01"})
    assert given.handles_as_ids
    assert given.accounts["handle"].to_list() == ["one", "two"]
    assert given.accounts["description"].to_list() == ["", "hello"]


def test_an_empty_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyInputError, match="no account"):
        account_list.read(csv(tmp_path, "platform,account_id,observed_at\n"), NOW)


@pytest.mark.parametrize(("second", "blank"), [("", True), ("   ", True), ("hello", False)])
def test_a_column_of_a_csv_without_any_biography_says_nothing_of_them(
    tmp_path: Path, second: str, blank: bool
) -> None:
    text = f"account_id,description,platform,observed_at\n1,,x,2024-05-01\n2,{second},x,2024-05-01\n"
    given = account_list.read(csv(tmp_path, text), NOW)
    assert given.blank_biographies is blank
    assert (given.accounts["description"].null_count() == 2) is blank


def test_empty_biographies_that_json_states_are_empty(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    path.write_text("\n".join(json.dumps(row | {"description": ""}) for row in ROWS), encoding="utf-8")
    given = account_list.read(path, NOW)
    assert not given.blank_biographies
    assert given.accounts["description"].to_list() == ["", ""]
