"""What was found out of texts is read as it was kept, by its own version alone, and goes when its posts go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from sqlalchemy import func, select

from vigie.features.coordination.comparison import Limits
from vigie.features.similarity import text_forms
from vigie.features.similarity.near_duplicate_text import SimilarTexts, similar
from vigie.models.engine import ScoringEngine
from vigie.serving.operations import compared_texts, tables
from vigie.serving.operations.judgement import judge

SAID = "nobody speaks about the old bridge over the harbour and they hide everything from us"
MORE = "the children of the market speak about water and the border again tomorrow"
TEXTS = pl.Series(
    [SAID, SAID.replace("old", "new"), MORE, MORE.replace("water", "bread"), MORE.upper(), "no"]
)


@pytest.fixture
def keep(watched: Any) -> Callable[[SimilarTexts], None]:
    def put(texts: SimilarTexts) -> None:
        with watched.catalogue.database(watched.id).writing() as connection:
            compared_texts.forget(connection)
            compared_texts.keep(connection, texts)

    return put


@pytest.mark.parametrize("rows", [1, 2, 1_000_000])
@pytest.mark.parametrize("given", [TEXTS, TEXTS.head(0), TEXTS.tail(1)])
def test_texts_are_read_as_they_were_kept_however_many_lie_in_a_document(
    rows: int, given: pl.Series, keep: Any, reading: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compared_texts, "ROWS", rows)
    whole = similar(given)
    keep(whole)
    found = reading(compared_texts.read)
    assert found.places.rows() == whole.places.sort("text").rows()
    assert found.forms.to_list() == whole.forms.to_list()
    assert (found.crowded, found.verified) == (whole.crowded, whole.verified)
    for name in ("first", "second", "similarity", "unlike"):
        np.testing.assert_array_equal(getattr(found, name), getattr(whole, name))
    for name in ("keys", "bits"):
        kept, made = getattr(found.sketch, name), getattr(whole.sketch, name)
        assert kept.dtype == made.dtype
        np.testing.assert_array_equal(kept, made)
    wider = pl.concat([given, pl.Series([SAID.replace("old", "long")])])
    assert similar(wider, found).clusters(wider).equals(similar(wider).clusters(wider))


def test_what_another_version_found_out_is_not_taken_over(
    keep: Any, reading: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reading(compared_texts.read) is None
    keep(similar(TEXTS))
    monkeypatch.setattr(compared_texts, "_BY", ["another"])
    assert reading(compared_texts.read) is None


def test_a_judgement_finds_out_of_the_texts_alone_that_came_in(
    judged: Any, engine: ScoringEngine, limits: Limits, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    formed: list[str] = []
    make = text_forms.normal_form

    def noting(texts: pl.Series) -> pl.Series:
        formed.extend(texts)
        return make(texts)

    monkeypatch.setattr(text_forms, "normal_form", noting)
    judged.posts(post("fresh", account_id="1004", text=SAID))
    judge(judged.catalogue.database(judged.id), engine, limits, judged.catalogue.clock())
    assert formed == [SAID]


def test_nothing_of_texts_is_kept_from_when_posts_are_forgotten(
    judged: Any, clock: Any, reading: Callable[..., Any]
) -> None:
    judged.catalogue.change(judged.id, {"retention_days": 5})
    assert reading(compared_texts.read) is not None
    clock.go_on(days=6)
    judged.catalogue.forget()
    named = select(func.count()).where(tables.documents.c.name.startswith("texts"))
    assert reading(lambda connection: connection.execute(named).scalar_one()) == 0
