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
            compared_texts.keep(connection, texts, None)

    return put


@pytest.fixture
def compare(watched: Any, reading: Callable[..., Any]) -> Callable[[pl.Series], SimilarTexts]:
    """Return a function that compares texts as a judgement does: with what is kept, and keeping what is found."""

    def put(given: pl.Series) -> SimilarTexts:
        before = reading(compared_texts.kept)
        found = similar(given, before.texts if before is not None else None)
        with watched.catalogue.database(watched.id).writing() as connection:
            compared_texts.keep(connection, found, before)
        return found

    return put


def assert_same(found: SimilarTexts, whole: SimilarTexts) -> None:
    """Assert that two hold the same, whatever the order of texts and pairs."""
    assert sorted(found.places.rows()) == sorted(whole.places.rows())
    assert found.forms.to_list() == whole.forms.to_list()
    assert (found.crowded, found.verified) == (whole.crowded, whole.verified)
    alike = [sorted(zip(each.first, each.second, each.similarity, strict=True)) for each in (found, whole)]
    assert alike[0] == alike[1]
    unlike = [sorted(zip(*each.unlike, strict=True)) for each in (found, whole)]
    assert unlike[0] == unlike[1]
    np.testing.assert_array_equal(found.sketch.keys, whole.sketch.keys)
    np.testing.assert_array_equal(found.sketch.bits, whole.sketch.bits)


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


@pytest.mark.parametrize("rows", [3, 1_000_000])
def test_what_is_kept_by_appending_is_what_comparing_the_texts_of_each_turn_alone_finds(
    rows: int, compare: Any, reading: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compared_texts, "ROWS", rows)
    draw = np.random.default_rng(5)
    # Wordings of two messages, some of them alike, shouted or too short: forms of several texts, of one and of none.
    every = [
        change(said.replace(old, new))
        for said in (SAID, MORE)
        for old in ("the", "and", "about")
        for new in ("a", "one", "some", "no")
        for change in (str, str.upper)
    ]
    every += ["no", "yes", "hm"]
    for _ in range(25):
        # Some go, and some of those come back.
        given = pl.Series(draw.choice(every, int(draw.integers(0, 30))), dtype=pl.String)
        assert_same(compare(given), similar(given))
        assert_same(reading(compared_texts.read), similar(given))


def test_texts_that_are_known_are_not_written_again(
    compare: Any, reading: Callable[..., Any], watched: Any
) -> None:
    def written() -> dict[str, bytes]:
        named = select(tables.documents.c.name, tables.documents.c.content).where(
            tables.documents.c.name.startswith("texts-")
        )
        return dict(reading(lambda connection: [tuple(row) for row in connection.execute(named)]))

    many = pl.Series(
        [f"{SAID} {' '.join(chr(97 + place % 26) * 3 for _ in range(9))}" for place in range(20)]
    )
    compare(many)
    before = written()
    compare(many.append(pl.Series([MORE])))
    after = written()
    assert {name: after[name] for name in before if name != "texts-gone-0"} == {
        name: content for name, content in before.items() if name != "texts-gone-0"
    }
    assert {name.split("-")[1] for name in after.keys() - before.keys()} == {"of", "forms"}


def test_parts_are_few_however_many_batches_came(compare: Any, reading: Callable[..., Any]) -> None:
    texts = [f"{SAID} {chr(97 + place) * 5} {chr(98 + place) * 7}" for place in range(24)]
    for count in range(1, len(texts) + 1):
        compare(pl.Series(texts[:count]))
    assert all(len(rows) <= 5 for rows in reading(compared_texts.kept).rows.values())


def test_texts_that_are_no_longer_compared_are_not_carried_along(
    compare: Any, reading: Callable[..., Any]
) -> None:
    texts = [f"{SAID} {chr(97 + place) * 5} {chr(98 + place) * 7}" for place in range(24)]
    compare(pl.Series(texts))
    compare(pl.Series(texts[:20]))
    assert sum(reading(compared_texts.kept).rows["of"]) == 24
    compare(pl.Series(texts[:5]))
    assert sum(reading(compared_texts.kept).rows["of"]) == 5


def test_what_another_process_kept_meanwhile_is_not_added_to(
    watched: Any, compare: Any, reading: Callable[..., Any]
) -> None:
    compare(TEXTS.head(2))
    before = reading(compared_texts.kept)
    compare(TEXTS.head(4))
    found = similar(TEXTS.tail(3), before.texts)
    with watched.catalogue.database(watched.id).writing() as connection:
        compared_texts.keep(connection, found, before)
    assert_same(reading(compared_texts.read), similar(TEXTS.tail(3)))


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
