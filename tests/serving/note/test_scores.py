"""The scores of a note are those of the engine, and an account that nobody saw has none."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from vigie.models.engine import Models, ScoringEngine
from vigie.serving.note import scores


@pytest.fixture(scope="module")
def engine(models: Models) -> ScoringEngine:
    return ScoringEngine(models)


def test_scores_are_those_of_the_engine_and_none_is_a_certainty(flood: Any, engine: ScoringEngine) -> None:
    table = scores.of(engine, flood.accounts, flood.posts, [0, 5, 40], "en")
    assert table["account"].to_list() == [0, 5, 40]
    assert table.schema == scores.SCHEMA
    whole = engine.score(flood.accounts, flood.posts.drop("account_id"))
    coordinated = whole.coordination_verdicts(top=0, language="en")
    inauthentic = whole.verdicts(top=0, language="en")
    for row in table.iter_rows(named=True):
        for target, verdicts in (("inauthentic", inauthentic), ("coordinated", coordinated)):
            verdict = verdicts[row["account"]]
            probability = getattr(verdict, "probability", None)
            assert row[target] == (None if probability is None else min(probability, 0.999))
            assert row[f"{target}_band"] == getattr(verdict, "band", "abstained")


def test_an_account_that_nobody_saw_has_no_score(flood: Any, engine: ScoringEngine) -> None:
    unseen = flood.accounts.with_columns(observed_at=pl.when(pl.col("row") != 5).then("observed_at"))
    table = scores.of(engine, unseen, flood.posts, [0, 5], "en")
    assert table["account"].to_list() == [0]
    assert scores.of(engine, unseen, flood.posts, [5], "en").is_empty()
