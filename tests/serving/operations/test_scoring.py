"""Accounts that are asked about are judged among all of an operation, and are not kept in it."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from vigie.features.coordination.comparison import Limits
from vigie.features.ingest.parsing import Batch, from_tables
from vigie.features.schema import TARGETS
from vigie.features.similarity import near_duplicate_text
from vigie.models.engine import ScoringEngine
from vigie.serving.operations.corpus import Corpus
from vigie.serving.operations.scoring import score_among


def corpus_of(accounts: pl.DataFrame, posts: pl.DataFrame) -> Corpus:
    numbered = accounts.sort("platform", "account_id").with_row_index("row")
    owned = posts.join(numbered.select("row", "platform", "account_id"), on=["platform", "account_id"])
    return Corpus(
        1,
        numbered.with_columns(key=pl.lit(b"")),
        owned.drop("platform", "account_id").select("row", pl.exclude("row")),
    )


@pytest.fixture(scope="module")
def tables(flood: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    owned = flood.posts.drop("account_id").join(
        flood.accounts.select("row", "platform", "account_id"), on="row"
    )
    return flood.accounts.drop("row"), owned.drop("row")


def batch_of(accounts: pl.DataFrame, posts: pl.DataFrame) -> Batch:
    return from_tables(accounts, posts, accounts["observed_at"].max())  # type: ignore[arg-type]


def coordinated(engine: ScoringEngine, limits: Limits, batch: Batch, held: Corpus) -> dict[str | None, Any]:
    result = score_among(engine, batch, held, TARGETS, limits, lambda _: None)
    assert len(result.rows) == batch.size
    told = result.coordination_verdicts(top=0, language="en")
    names = [batch.names[row][1] for row in result.rows]
    return dict(zip(names, (getattr(each, "probability", None) for each in told), strict=False))


def test_accounts_that_the_operation_knows_are_judged_as_in_it(
    engine: ScoringEngine, limits: Limits, tables: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    accounts, posts = tables
    held = corpus_of(accounts, posts)
    whole = engine.score(held.accounts.drop("key"), held.posts, ["coordinated"], limits)
    expected = dict(
        zip(
            held.accounts["account_id"],
            (
                getattr(each, "probability", None)
                for each in whole.coordination_verdicts(top=0, language="en")
            ),
            strict=True,
        )
    )
    some = accounts.filter(pl.col("account_id").is_in(["1002", "1005", "1040"]))
    asked = coordinated(engine, limits, batch_of(some, posts.head(0)), held)
    assert asked == pytest.approx({name: expected[name] for name in asked})
    assert any(value is not None for value in asked.values())


def test_a_newcomer_is_judged_by_what_it_shares_with_the_operation(
    engine: ScoringEngine, limits: Limits, tables: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    accounts, posts = tables
    new = pl.col("account_id") == "1006"
    held = corpus_of(accounts.filter(~new), posts.filter(~new))
    batch = batch_of(accounts.filter(new), posts.filter(new))
    nobody = corpus_of(accounts.head(0), posts.head(0))
    assert coordinated(engine, limits, batch, nobody)["1006"] is None
    assert coordinated(engine, limits, batch, held)["1006"] is not None


def test_what_is_known_of_the_texts_of_the_operation_changes_no_score(
    engine: ScoringEngine, limits: Limits, tables: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    accounts, posts = tables
    held, batch = corpus_of(accounts.head(60), posts), batch_of(accounts.tail(16), posts)
    known = near_duplicate_text.similar(held.posts["text"])
    anew, taken_over = (
        score_among(engine, batch, held, TARGETS, limits, lambda _: None, texts).coordination_verdicts(
            top=5, language="en"
        )
        for texts in (None, known)
    )
    assert any(each.status == "scored" for each in anew)
    assert taken_over == anew


def test_one_target_may_be_asked_alone(
    engine: ScoringEngine, limits: Limits, tables: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    accounts, posts = tables
    batch = batch_of(accounts.head(5), posts)
    result = score_among(engine, batch, corpus_of(accounts, posts), ["inauthentic"], limits, lambda _: None)
    assert result.coordination is None
    assert len(result.verdicts(top=0, language="en")) == 5
