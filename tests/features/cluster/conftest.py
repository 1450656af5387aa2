"""A dataset that was added to, whose later rows replace earlier ones."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from vigie.features.ingest import dataset
from vigie.features.ingest.dataset_writer import Writer
from vigie.features.ingest.reader import Log
from vigie.features.ingest.stored_dataset import Dataset
from vigie.training.synthetic.accounts import generate

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def added_to(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The dataset: some accounts and posts came again with other counts, and some are new."""
    world = generate(ordinary=30, inauthentic=20, seed=4, posts_per_account=40)
    folder = tmp_path_factory.mktemp("stored") / "d"
    first, later = world.accounts.head(40), world.accounts.tail(30)

    def posts(of: pl.DataFrame) -> pl.DataFrame:
        return world.posts.join(
            of.select("platform", "account_id"), on=["platform", "account_id"], how="semi"
        )

    dataset.write(Log().read(first, posts(first), world.labels), folder, name="d", form="invented", now=NOW)
    seen_again = later.with_columns(
        pl.col("observed_at") + pl.duration(hours=1), followers_count=pl.lit(7, pl.Int64)
    )
    liked = posts(later).with_columns(like_count=pl.lit(3, pl.Int64))
    with Writer(folder, name="d", form="invented", add_to=dataset.open(folder), now=NOW) as writer:
        writer.add_whole(Log().read(seen_again, liked, world.labels.clear()))
        return writer.finish()
