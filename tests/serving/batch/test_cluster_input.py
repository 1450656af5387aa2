"""Accounts measured and judged on an engine give what they give on this machine, to the last digit."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from vigie.features.cluster import by_account
from vigie.features.cluster.session import connected
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.models.engine import Models, ScoringEngine
from vigie.serving.batch import cluster_input, feature_table, inputs
from vigie.serving.batch.scoring import BulkScoring
from vigie.training.synthetic.accounts import generate

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset, one account of which is observed in the future of whoever reads it now, and is refused."""
    world = generate(ordinary=25, inauthentic=25, seed=4, posts_per_account=40)
    place = tmp_path_factory.mktemp("stored") / "d"
    late = world.accounts.with_columns(
        observed_at=pl.when(pl.int_range(pl.len()) == 7)
        .then(pl.lit(datetime(2027, 1, 1, tzinfo=UTC)))
        .otherwise("observed_at")
    )
    dataset.write(
        Log().read(late, world.posts, world.labels), place, name="d", form="invented",
        now=datetime(2028, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return place


@pytest.fixture
def _several_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_account, "POSTS", 500)


@pytest.mark.usefixtures("_several_buckets")
def test_features_are_the_same_to_the_digit(remote: str, folder: Path) -> None:
    here = feature_table.whole(inputs.find(folder, NOW))
    assert here["error"].count() == 1
    with connected(remote) as session:
        there = feature_table.whole(cluster_input.find(session, str(folder), NOW))
    assert there.equals(here)


@pytest.mark.usefixtures("_several_buckets")
def test_both_scores_and_their_reasons_are_the_same_to_the_digit(
    remote: str, folder: Path, models: Models
) -> None:
    bulk = BulkScoring(ScoringEngine(models), ("inauthentic", "coordinated"), 5, "fr")

    def answered(given: inputs.Accounts) -> list[object]:
        compared = bulk.compare(given, lambda _: None)
        return [result for results, _ in bulk.answers(given, compared) for result in results]

    here = answered(inputs.find(folder, NOW))
    with connected(remote) as session:
        there = answered(cluster_input.find(session, str(folder), NOW))
    assert len(here) == 50
    assert there == here
