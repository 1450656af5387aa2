"""Accounts of files come in batches, in order, in bounded memory, with rows that do not collide."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from vigie.errors import (
    DatasetNotFoundError,
    EmptyInputError,
    EncodingError,
    MalformedInputError,
    UnknownFormatError,
)
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.features.ingest.stored_dataset import Dataset
from vigie.serving.batch import inputs
from vigie.serving.batch.inputs import find
from vigie.training.synthetic.accounts import generate

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def account(name: object, posts: int = 2) -> dict[str, Any]:
    return {
        "platform": "x", "account_id": f"{name}", "observed_at": "2024-05-16T12:00:00Z",
        "posts": [
            {"post_id": f"{name}-{place}", "created_at": f"2024-05-1{place}T12:00:00Z"} for place in range(posts)
        ],
    }  # fmt: skip


def lines(path: Path, *entries: object) -> Path:
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


def test_lines_are_cut_into_batches_of_few_enough_accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "_MOST_ACCOUNTS", 3)
    given = find(lines(tmp_path / "a.jsonl", *map(account, range(8))), NOW)
    batches = list(given.batches())
    assert [batch.size for batch, _ in batches] == [3, 3, 2]
    assert sum(share for _, share in batches) == given.total == (tmp_path / "a.jsonl").stat().st_size
    assert [row for batch, _ in batches for row in batch.accounts["row"]] == [0, 1, 2, 0, 1, 2, 0, 1]


def test_a_corpus_numbers_its_accounts_over_all_batches_refused_ones_included(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "_MOST_ACCOUNTS", 3)
    shares: list[int] = []
    path = lines(tmp_path / "a.jsonl", account(0), 7, account(2), account(3), account(0), account(5))
    corpus = find(path, NOW).corpus(shares.append)
    accounts, posts = corpus.accounts, corpus.posts
    assert accounts.select("row", "account_id").rows() == [(0, "0"), (2, "2"), (3, "3"), (5, "5")]
    owner = dict(accounts.select("row", "account_id").iter_rows())
    kept = posts.filter(pl.col("row").is_in(accounts["row"].implode()))
    assert kept.height == 8
    assert all(post.startswith(f"{owner[row]}-") for row, post in kept.select("row", "post_id").iter_rows())
    assert sum(shares) == path.stat().st_size
    assert [(one.account_id, one.error.type) for one in corpus.refused if one.error] == [
        (None, "/problems/contract"),
        ("0", "/problems/duplicate-account"),
    ]


def test_an_account_of_an_earlier_batch_is_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_MOST_ACCOUNTS", 1)
    first, second = (
        batch for batch, _ in find(lines(tmp_path / "a.jsonl", account(1), account(1)), NOW).batches()
    )
    assert (first.accounts.height, set(first.repeated)) == (1, set())
    assert (second.accounts.height, set(second.repeated)) == (0, {0})


def test_a_line_too_long_or_not_json_is_one_refused_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "_LONGEST_LINE", 400)
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join([json.dumps(account(0)), "x" * 2_000, "{", "", json.dumps(account(3))]))
    ((batch, share),) = find(path, NOW).batches()
    assert batch.accounts["account_id"].to_list() == ["0", "3"]
    assert [batch.refused[row][0].detail[:6] for row in sorted(batch.refused)] == ["line 2", "line 3"]
    assert share == path.stat().st_size


def test_a_parquet_file_of_nested_accounts_gives_what_its_lines_give(tmp_path: Path) -> None:
    entries = [account(name) for name in range(5)]
    pl.DataFrame(entries).write_parquet(tmp_path / "a.parquet")
    table, plain = (
        find(path, NOW).corpus(lambda _: None)
        for path in (tmp_path / "a.parquet", lines(tmp_path / "a.jsonl", *entries))
    )
    assert table.accounts.equals(plain.accounts)
    assert table.posts.equals(plain.posts)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.jsonl", None, DatasetNotFoundError),
        ("a.jsonl", b"", EmptyInputError),
        ("a.jsonl", "{}".encode("utf-16"), EncodingError),
        ("a.parquet", b"PAR1", MalformedInputError),
        ("a.xlsx", b"PK", UnknownFormatError),
        ("a", b"{}", UnknownFormatError),
    ],
)
def test_what_cannot_be_read_is_refused_by_kind(
    tmp_path: Path, name: str, content: bytes | None, error: type[Exception]
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(error):
        find(tmp_path / name, NOW)


def _of_many_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    world = generate(ordinary=10, inauthentic=10, seed=4, posts_per_account=20)
    stored = tmp_path / "d"
    dataset.write(Log().read(world.accounts, world.posts), stored, name="d", form="invented", now=NOW)
    monkeypatch.setattr(inputs, "_MOST_ACCOUNTS", 3)
    return stored


def test_a_dataset_of_many_batches_is_read_by_part_into_the_same_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = _of_many_batches(tmp_path, monkeypatch)
    looked_up = list(find(stored, NOW).batches())
    monkeypatch.setattr(inputs, "_MOST_SCANS", 2)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    sorted_ = find(stored, NOW, scratch)
    for first in (0, 5):
        batches = list(sorted_.batches(first))
        assert [share for _, share in batches] == [share for _, share in looked_up[first:]]
        for (batch, _), (other, _) in zip(batches, looked_up[first:], strict=True):
            assert batch.accounts.equals(other.accounts)
            assert batch.posts.equals(other.posts)
    assert len(list((scratch / "posts").iterdir())) == 7


def test_a_dataset_of_many_batches_is_read_once_where_no_folder_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = _of_many_batches(tmp_path, monkeypatch)
    looked_up = find(stored, NOW).corpus(lambda _: None)
    monkeypatch.setattr(inputs, "_MOST_SCANS", 2)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    given = find(stored, NOW)
    # What is looked through for a part would be looked through seven times.
    monkeypatch.setattr(Dataset, "posts", None)
    corpus = given.corpus(lambda _: None)
    assert corpus.accounts.equals(looked_up.accounts)
    assert corpus.posts.equals(looked_up.posts)
    assert not list((tmp_path / "temporary").iterdir())


def test_an_input_is_told_from_another_by_what_it_holds(tmp_path: Path) -> None:
    one, same, other = (
        lines(tmp_path / f"{name}.jsonl", account(who)) for name, who in (("a", 1), ("b", 1), ("c", 2))
    )
    assert inputs.identity(one) == inputs.identity(same) != inputs.identity(other)
