"""A collector's file, vigie's own lines and a dataset become the same tables; authors known by posts alone are not lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import InputError
from vigie.features import schema
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.features.ingest.readers import samples
from vigie.serving.batch import observed
from vigie.training.synthetic.accounts import generate


def test_authors_known_by_their_posts_alone_are_not_lost(tmp_path: Path) -> None:
    made = generate(ordinary=4, inauthentic=0, seed=1)
    read = Log().read(made.accounts.head(3), made.posts, made.labels.head(0))
    dataset.write(read, tmp_path / "d", name="d", form="generic", now=datetime(2024, 6, 1, tzinfo=UTC))
    parts = list(observed.tables(tmp_path / "d", "auto"))
    assert pl.concat(accounts["account_id"] for accounts, _ in parts).n_unique() == 4
    assert sum(posts.height for _, posts in parts) == made.posts.height


def test_lines_and_a_collectors_file_have_the_columns_of_the_contract(tmp_path: Path) -> None:
    line = {"platform": "x", "account_id": "7", "observed_at": "2024-05-20T12:00:00Z", "posts": []}
    (tmp_path / "a.jsonl").write_text(json.dumps(line))
    sample = Path(samples.__file__).parents[1] / "samples" / "4cat-x.csv"
    for path in (tmp_path / "a.jsonl", sample):
        parts = list(observed.tables(path, "auto"))
        assert parts
        for accounts, posts in parts:
            assert set(accounts.columns) == set(schema.schema("accounts"))
            assert set(posts.columns) == set(schema.schema("posts"))


def test_a_file_of_no_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("colour\nred\n")
    with pytest.raises(InputError):
        list(observed.tables(tmp_path / "a.csv", "auto"))
