"""An engine reads a dataset as this machine does, row by row, and says where it finds none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import DatasetCorruptError, DatasetNotFoundError, MissingColumnError
from vigie.features.cluster.session import connected
from vigie.features.cluster.stored_tables import opened
from vigie.features.ingest.stored_dataset import Dataset


def test_a_dataset_that_was_added_to_is_read_as_on_this_machine(remote: str, added_to: Dataset) -> None:
    assert added_to.superseded().height > 500
    with connected(remote) as session:
        accounts, posts = opened(session, str(added_to.path)).collected()
    assert accounts.equals(added_to.accounts().collect())
    assert posts.equals(added_to.posts().collect())


def test_a_folder_as_an_engine_writes_it_is_read(remote: str, added_to: Dataset, tmp_path: Path) -> None:
    (tmp_path / "accounts.parquet").mkdir()
    accounts = added_to.accounts().drop("listed_count").collect()
    accounts.with_columns(mark=1).write_parquet(tmp_path / "accounts.parquet" / "part-0.parquet")
    with connected(remote) as session:
        read, posts = opened(session, str(tmp_path)).collected()
    assert read.equals(
        accounts.select(pl.lit(None, pl.Int64).alias("listed_count"), pl.all()).select(read.columns)
    )
    assert posts.is_empty()


def test_a_folder_without_accounts_says_what_to_name(remote: str, tmp_path: Path) -> None:
    with connected(remote) as session, pytest.raises(DatasetNotFoundError, match="finds no accounts in"):
        opened(session, str(tmp_path / "nothing"))


def test_rows_that_the_manifest_does_not_know_are_an_error(
    remote: str, added_to: Dataset, tmp_path: Path
) -> None:
    folder = shutil.copytree(added_to.path, tmp_path / "d")
    pl.read_parquet(folder / "posts.parquet").head(9).write_parquet(folder / "posts.parquet")
    with (
        connected(remote) as session,
        pytest.raises(DatasetCorruptError, match="rows of posts where its manifest"),
    ):
        opened(session, str(folder))
    (folder / "manifest.json").write_text(json.dumps({"tables": []}))
    with connected(remote) as session, pytest.raises(DatasetCorruptError, match="no manifest of vigie"):
        opened(session, str(folder))


def test_a_required_column_that_is_absent_is_named(remote: str, tmp_path: Path) -> None:
    pl.DataFrame({"platform": ["x"], "account_id": ["1"]}).write_parquet(tmp_path / "accounts.parquet")
    with connected(remote) as session, pytest.raises(MissingColumnError, match="needs observed_at"):
        opened(session, str(tmp_path))
