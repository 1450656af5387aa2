"""Accounts that did not change keep their verdicts, and an operation judged batch by batch says what one run says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
import zstandard
from sqlalchemy import delete, select, update

from vigie.features.coordination.comparison import Limits
from vigie.features.i18n.languages import LANGUAGES
from vigie.features.similarity.near_duplicate_text import SimilarTexts
from vigie.models.engine import ScoringEngine
from vigie.serving.operations import compared_texts, corpus, result_pages, standing, tables
from vigie.serving.operations.catalogue import Opening, Theme
from vigie.serving.operations.judgement import judge
from vigie.serving.operations.observation import observe_tables
from vigie.serving.operations.records import account_key

Tables = tuple[pl.DataFrame, pl.DataFrame]
Make = Callable[..., dict[str, Any]]


def send(watched: Any, accounts: pl.DataFrame, posts: pl.DataFrame) -> None:
    with watched.catalogue.observing(watched.id) as connection:
        observe_tables(connection, accounts, posts, watched.catalogue.clock())


@pytest.fixture
def changed(judged: Any, engine: ScoringEngine) -> Callable[[], list[str]]:
    """Return a function that tells which accounts are to be judged anew."""

    def ask() -> list[str]:
        with judged.catalogue.database(judged.id).reading() as connection:
            held = corpus.read(connection)
            accounts, _ = standing.read(connection, held, engine.models.inauthentic).changed(held)
        return list(accounts["account_id"])

    return ask


def told_of_texts(texts: SimilarTexts | None) -> bytes:
    """Return what is kept of the texts that were compared, however it lies in parts."""
    assert texts is not None
    pairs = sorted(zip(texts.first.tolist(), texts.second.tolist(), texts.similarity.tolist(), strict=True))
    unlike = sorted(zip(*(side.tolist() for side in texts.unlike), strict=True))
    sketch = texts.sketch.keys.tolist(), texts.sketch.bits.tolist()
    told = (
        texts.places.sort("text").rows(),
        texts.forms.to_list(),
        pairs,
        unlike,
        sketch,
        texts.crowded,
        texts.verified,
    )
    return repr(told).encode()


def said(watched: Any) -> tuple[dict[tuple[str, str], bytes], list[Any]]:
    """Return what an operation says, but for when it was judged, and for what is numbered over time."""
    with watched.catalogue.database(watched.id).reading() as connection:
        kept = {
            (row.name, row.language): zstandard.decompress(row.content)
            for row in connection.execute(select(tables.documents))
            if not row.name.startswith(("judged", "drawing", "texts"))
        }
        kept["texts", ""] = told_of_texts(compared_texts.read(connection))
        numbered = (tables.verdicts.c.track, tables.verdicts.c.campaign_track)
        columns = [column for column in tables.verdicts.c if column not in numbered]
        return kept, list(connection.execute(select(*columns).order_by(tables.verdicts.c.account)).all())


def test_what_is_judged_batch_by_batch_is_what_one_run_over_everything_says(
    watched: Any, engine: ScoringEngine, limits: Limits, records_of: Tables
) -> None:
    accounts, posts = records_of
    whole = type(watched)(
        watched.catalogue,
        watched.catalogue.create(
            Opening("Another", Theme(), "law", watched.catalogue.clock() + timedelta(days=9), None), ""
        ).id,
    )
    batches = [
        (accounts.gather_every(3, number), some)
        for number, some in enumerate(posts.sample(fraction=1.0, shuffle=True, seed=3).iter_slices(-(-posts.height // 3)))
    ]  # fmt: skip
    for batch in batches:
        send(watched, *batch)
        judge(watched.catalogue.database(watched.id), engine, limits, watched.catalogue.clock())
    for batch in batches:
        send(whole, *batch)
    judge(whole.catalogue.database(whole.id), engine, limits, whole.catalogue.clock())
    documents, numbers = said(watched)
    others, other_numbers = said(whole)
    assert documents.keys() == others.keys()
    assert [name for name in documents if documents[name] != others[name]] == []
    assert numbers == other_numbers


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", range(2))
def test_whatever_came_in_and_went_a_judgement_says_what_one_that_knows_nothing_says(
    seed: int,
    watched: Any,
    engine: ScoringEngine,
    limits: Limits,
    records_of: Tables,
    clock: Any,
    opened: Any,
    address: str,
) -> None:
    accounts, posts = records_of
    draw = np.random.default_rng(seed)
    watched.catalogue.change(watched.id, {"retention_days": 3, "expires_at": clock() + timedelta(days=90)})
    for turn in range(4):
        some = posts[draw.choice(posts.height, posts.height // 3, replace=False)]
        which = pl.Series(draw.random(some.height) < 0.1)
        changed = pl.when(which).then(pl.col("text") + " said again").otherwise("text").alias("text")
        send(watched, accounts[draw.choice(accounts.height, 9, replace=False)], some.with_columns(changed))
        if turn == 3:
            watched.catalogue.forget()  # what came in first
        # A process that has just begun knows what is kept, and nothing else.
        database = opened(address).operation(watched.id)
        judge(database, engine, limits, clock())
        made = said(watched)
        with database.writing() as connection:
            connection.execute(delete(tables.documents))
            connection.execute(delete(tables.verdicts))
        judge(database, engine, limits, clock())
        documents, numbers = said(watched)
        assert [name for name in documents if documents[name] != made[0].get(name)] == []
        assert (documents.keys(), numbers) == (made[0].keys(), made[1])
        clock.go_on(days=1, hours=1)


def test_nothing_is_judged_anew_where_nothing_changed(changed: Callable[[], list[str]]) -> None:
    assert changed() == []


def test_accounts_with_a_new_post_or_another_profile_are_judged_anew(
    judged: Any, changed: Callable[[], list[str]], account: Make, post: Make
) -> None:
    judged.posts(post("fresh", account_id="1004"), post("newcomer", account_id="new"))
    judged.accounts(account("1007", handle="renamed", observed_at="2024-05-21T00:00:00Z"))
    assert changed() == ["1004", "1007", "new"]


def test_what_stands_is_handed_on_as_it_was_written(
    judged: Any, engine: ScoringEngine, limits: Limits, post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    line = result_pages.line

    def noting(key: bytes, alone: result_pages.Alone) -> bytes:
        written.append(key)
        return line(key, alone)

    monkeypatch.setattr(result_pages, "line", noting)
    judged.posts(post("fresh", account_id="1004"))
    judge(judged.catalogue.database(judged.id), engine, limits, judged.catalogue.clock())
    assert written == [account_key("x", "1004")] * len(LANGUAGES)


def test_an_account_whose_posts_were_forgotten_is_judged_anew(
    judged: Any, changed: Callable[[], list[str]], clock: Any, records_of: Tables
) -> None:
    judged.catalogue.change(judged.id, {"retention_days": 5, "expires_at": clock() + timedelta(days=90)})
    clock.go_on(days=4)
    send(judged, records_of[0].clear(), records_of[1].tail(1).with_columns(text=pl.lit("changed")))
    clock.go_on(days=2)
    judged.catalogue.forget()
    assert changed() == records_of[1].tail(1)["account_id"].to_list()


def test_every_account_is_judged_anew_where_what_judges_is_another(
    judged: Any, changed: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "VERSION", "another")
    assert len(changed()) == 76


def test_a_verdict_of_an_older_store_is_made_anew(judged: Any, changed: Callable[[], list[str]]) -> None:
    with judged.catalogue.database(judged.id).writing() as connection:
        connection.execute(update(tables.verdicts).values(basis=None))
    assert len(changed()) == 76
