"""Invented corpora cut into pools, as the training of the coordinated model reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from vigie.features.ingest import dataset
from vigie.features.ingest.reader import REJECT_SCHEMA, Read
from vigie.training.synthetic.accounts import OBSERVED_AT
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import SyntheticCorpus, corpus

HOURS, DAYS = 72, 12
CAMPAIGNS = ("mutual_repost", "reply_seeding", "one_author_boost")


@dataclass(frozen=True)
class Cut:
    """Corpora of one campaign each, on disk, and the pools of three days that they are cut into.

    Attributes:
        folders: Dataset directories.
        table: The file of pools.
        path: Where it is.
    """

    folders: list[Path]
    table: pl.DataFrame
    path: Path


@pytest.fixture(scope="session")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Cut:
    root = tmp_path_factory.mktemp("pools")
    folders, parts = [], []
    for seed, kind in enumerate(CAMPAIGNS, 1):
        made = corpus(organic=70, days=DAYS, seed=seed, campaigns=[Campaign(kind, accounts=16, start_day=0)])
        folders.append(_write(made, root, f"people-{seed}"))
        parts += [_pool(made, f"{kind}-{back}", back) for back in range(0, DAYS, HOURS // 24)]
    table = pl.concat(parts)
    table.write_parquet(root / "pools.parquet")
    return Cut(folders, table, root / "pools.parquet")


def _write(made: SyntheticCorpus, root: Path, name: str) -> Path:
    """Write a corpus as a dataset directory: campaigns named by their kind, people by their corpus."""
    campaign = pl.when("value").then("kind").otherwise(pl.lit(name))
    labels = made.labels.with_columns(source=pl.lit(name), campaign=campaign)
    seen = {"accounts": made.accounts.height, "posts": made.posts.height, "labels": labels.height}
    rejects = pl.DataFrame(schema=REJECT_SCHEMA)
    read = Read(made.accounts, made.posts, labels, rejects=rejects, notes=(), seen=seen)
    dataset.write(read, root / name, name=name, form="generic", now=datetime(2024, 6, 1, tzinfo=UTC))
    return root / name


def _pool(made: SyntheticCorpus, name: str, back: int) -> pl.DataFrame:
    """Return a pool of everybody that ends so many days before the corpus does."""
    return made.accounts.select(
        scenario=pl.lit(name),
        start=pl.lit(OBSERVED_AT - timedelta(days=back, hours=HOURS)),
        hours=pl.lit(HOURS),
        account="account_id",
        shift_minutes=pl.lit(0),
    )
