"""Bulk scoring answers for every account in order, and asks only what it is asked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vigie.cli.demo import requests
from vigie.models.engine import Models, ScoringEngine
from vigie.serving.batch import inputs
from vigie.serving.batch.scoring import BulkScoring
from vigie.training.synthetic.accounts import generate

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def given() -> inputs.Input:
    world = generate(ordinary=12, inauthentic=12, seed=3, posts_per_account=30)
    return inputs.of_objects([*requests(world.accounts, world.posts), {"platform": "x"}], NOW)


def test_accounts_compared_and_judged_alone_meet_in_one_answer(given: inputs.Input, models: Models) -> None:
    bulk = BulkScoring(ScoringEngine(models), ("inauthentic", "coordinated"), 1, "en")
    read: list[int] = []
    compared = bulk.compare(given, read.append)
    assert sum(read) == given.total
    results = [result for batch, _ in bulk.answers(given, compared) for result in batch]
    assert len(results) == 25
    assert results[-1].error is not None
    assert all(result.inauthentic and result.coordinated for result in results[:-1])


def test_what_is_not_asked_is_not_answered(given: inputs.Input, models: Models) -> None:
    bulk = BulkScoring(ScoringEngine(models), ("inauthentic",), 0, "en")
    results = [result for batch, _ in bulk.answers(given, None) for result in batch]
    assert all(result.coordinated is None for result in results)
    assert all(result.coverage for result in results[:-1])
