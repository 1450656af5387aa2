"""Texts made ready on an engine are compared as if they had been made ready here."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vigie.features import text
from vigie.features.cluster import texts
from vigie.features.cluster.session import connected
from vigie.features.cluster.stored_tables import opened
from vigie.features.similarity import minhash, near_duplicate_text

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOTHING = minhash.sketched(pl.Series([], dtype=pl.String))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve sentences of thirty words, each as forty posts that differ in a word; a repost, a short one, and none."""
    generator = np.random.default_rng(3)
    words = ["".join(letters) for letters in generator.choice([*"abcdefgh"], (900, 6))]
    said = [generator.choice(words, 30) for _ in range(12)]
    written = [" ".join([*kept, generator.choice(words)]) for kept in said for _ in range(40)]
    posts = pl.DataFrame({"text": [*written, "too short", None, *written[:30]]}).with_columns(
        platform=pl.lit("x"), account_id=pl.lit("a"), post_id=pl.int_range(pl.len()).cast(pl.String),
        kind=pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("repost")), created_at=pl.lit(NOW),
    )  # fmt: skip
    posts.write_parquet(tmp_path / "posts.parquet")
    author = posts.head(1).select("platform", "account_id", observed_at=pl.lit(NOW))
    author.write_parquet(tmp_path / "accounts.parquet")
    return tmp_path


def test_texts_are_as_similar_and_none_is_made_ready_again(
    remote: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = pl.read_parquet(folder / "posts.parquet").filter(pl.col("kind").is_null())
    shown = posts.select(text.visible(pl.col("text"))).to_series()
    here = near_duplicate_text.similar(shown)
    with connected(remote) as session:
        known = texts.sketched(opened(session, str(folder)))
    monkeypatch.setattr(minhash, "sketched", lambda new: NOTHING if new.is_empty() else pytest.fail(str(new)))
    there = near_duplicate_text.similar(shown, known)
    assert len(here.first) > 1_000
    for side in ("first", "second", "similarity"):
        assert getattr(there, side).tolist() == getattr(here, side).tolist()
    assert there.forms.equals(here.forms)
    assert there.clusters(shown).equals(here.clusters(shown))
    assert here.clusters(shown).n_unique() > 5


def test_posts_without_texts_have_none_to_make_ready(remote: str, folder: Path) -> None:
    pl.read_parquet(folder / "posts.parquet").drop("text").write_parquet(folder / "posts.parquet")
    with connected(remote) as session:
        assert texts.sketched(opened(session, str(folder))) is None
