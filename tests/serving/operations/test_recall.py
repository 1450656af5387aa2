"""What is known of earlier campaigns is kept for all operations, and tells who comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from vigie.errors import OperationNotFoundError
from vigie.models.engine import ScoringEngine
from vigie.serving.known_campaigns.digests import digested
from vigie.serving.known_campaigns.types import Indicator, KnownAccount, KnownCampaign, Source
from vigie.serving.operations import alerts, judgement, questions, recall
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.questions import Filters


def campaign(name: str = "Harbour", source: str = "a report", handle: str = "quay_1") -> KnownCampaign:
    return KnownCampaign(
        name=name, source=Source(name=source), accounts=(KnownAccount(platform="x", handle=handle),)
    )


def test_a_campaign_of_the_same_name_and_source_takes_the_place_of_the_earlier(catalogue: Catalogue) -> None:
    shared, now = catalogue.store.catalogue, catalogue.clock()
    recall.add(shared, [campaign(), campaign(source="another")], now, "ann")
    (told,) = recall.add(shared, [campaign(handle="pier_1")], now, "bob")
    assert (told.added_by, told.accounts, told.are_digests) == ("bob", 1, False)
    assert [(each.name, each.source) for each in recall.listed(shared)] == [
        ("Harbour", "a report"),
        ("Harbour", "another"),
    ]
    recall.forget(shared, "Harbour", "another")
    with pytest.raises(OperationNotFoundError):
        recall.forget(shared, "Harbour", "another")


def test_the_key_of_digests_is_made_once_and_stays(catalogue: Catalogue, opened: Any, address: str) -> None:
    made = recall.key(catalogue.store.catalogue)
    assert recall.key(opened(address).catalogue).name == made.name


def test_what_an_operation_confirmed_does_not_recognise_its_own_accounts(
    catalogue: Catalogue, watched: Any
) -> None:
    shared = catalogue.store.catalogue
    recall.add(shared, [campaign(source=watched.id)], catalogue.clock(), "")
    assert recall.recall(shared, watched.id) is None
    assert recall.recall(shared, "op_0000000000000000") is not None


def test_what_another_operation_confirmed_is_recognised_without_naming_it(
    catalogue: Catalogue, watched: Any, engine: ScoringEngine, limits: Any, account: Any
) -> None:
    shared, database = catalogue.store.catalogue, catalogue.database(watched.id)
    other = "op_0000000000000000"
    recall.add(
        shared,
        [digested(campaign(source=other), recall.key(shared)), campaign("Pier")],
        catalogue.clock(),
        "",
    )
    watched.accounts(account("1", handle="quay_1"))
    judgement.judge(database, engine, limits, catalogue.clock(), recall=recall.recall(shared, watched.id))
    with database.reading() as connection:
        sources = {
            language: [(match.campaign, match.source, match.sentence) for match in found.result.matches or ()]
            for language in ("en", "fr")
            if (found := questions.dossier(connection, "x", "1", language)).result
        }
    assert {source for told in sources.values() for _, source, _ in told} == {
        "a report", "an analyst of this service", "un analyste de ce service",
    }  # fmt: skip
    assert not any(other in sentence for told in sources.values() for *_, sentence in told)
    assert [each.name for each in recall.listed(shared)] == ["Harbour", "Pier"]
    assert [each.name for each in recall.listed(shared, watched.id)] == ["Pier"]
    assert [each.name for each in recall.listed(shared, other)] == ["Harbour", "Pier"]


def test_accounts_that_match_are_told_once_and_scored_as_without(
    watched: Any, engine: ScoringEngine, limits: Any, account: Any
) -> None:
    catalogue, shared = watched.catalogue, watched.catalogue.store.catalogue
    database = catalogue.database(watched.id)
    watched.accounts(
        account("1", handle="quay_1", followers_count=3), account("2", handle="ann", followers_count=9)
    )

    def judge() -> pl.DataFrame:
        known = recall.recall(shared, watched.id)
        judgement.judge(database, engine, limits, catalogue.clock(), recall=known)
        with database.reading() as connection:
            ranked = questions.ranking(connection, "posts", Filters(), 0, 10).accounts
        return pl.DataFrame(
            [
                (
                    each.account_id,
                    each.inauthentic,
                    ", ".join(f"{name}: {tie}" for name, tie in each.known.items()),
                )
                for each in ranked
            ],
            {"account_id": pl.String, "inauthentic": pl.Float64, "known": pl.String},
            orient="row",
        ).sort("account_id")

    before = judge()
    recall.add(shared, [digested(campaign(), recall.key(shared))], catalogue.clock(), "")
    after = judge()
    judge()
    assert after["known"].to_list() == ["Harbour: account", ""]
    assert after["inauthentic"].equals(before["inauthentic"], null_equal=True)
    with database.reading() as connection:
        (told,) = [each for each in alerts.since(connection, 0, 10, "fr") if each.kind == "known_returned"]
        dossier = questions.dossier(connection, "x", "1", "fr")
    assert (told.known, told.accounts, told.joined) == ("Harbour", 1, 1)
    assert "ni une preuve ni une attribution" in told.sentence
    assert dossier.result is not None
    assert [match.how for match in dossier.result.matches or ()] == ["handle"]


def test_a_handle_that_an_account_had_before_is_recognised(
    watched: Any, engine: ScoringEngine, limits: Any, account: Any
) -> None:
    catalogue, shared = watched.catalogue, watched.catalogue.store.catalogue
    watched.accounts(account("1", handle="quay_1", observed_at="2024-05-18T00:00:00Z"))
    watched.accounts(account("1", handle="new_name"))
    recall.add(shared, [campaign()], catalogue.clock(), "")
    database = catalogue.database(watched.id)
    judgement.judge(database, engine, limits, catalogue.clock(), recall=recall.recall(shared, watched.id))
    with database.reading() as connection:
        result = questions.dossier(connection, "x", "1", "en").result
    assert result is not None
    assert [match.how for match in result.matches or ()] == ["earlier_handle"]


def test_who_published_a_content_of_a_campaign_is_told_apart_from_its_accounts(
    watched: Any, engine: ScoringEngine, limits: Any, account: Any
) -> None:
    catalogue, shared = watched.catalogue, watched.catalogue.store.catalogue
    picture = "1f3d5b79a2c4e608"
    pictured = {"post_id": "1", "created_at": "2024-05-19T08:00:00Z", "media_hashes": [picture]}
    watched.accounts(account("1", handle="quay_1"), account("2", handle="ann", posts=[pictured]))
    known = replace(campaign(), indicators=(Indicator(kind="media", value=picture),))
    recall.add(shared, [known], catalogue.clock(), "")
    database = catalogue.database(watched.id)
    judgement.judge(database, engine, limits, catalogue.clock(), recall=recall.recall(shared, watched.id))
    with database.reading() as connection:
        ranked = questions.ranking(connection, "posts", Filters(), 0, 10).accounts
        kinds = [each.kind for each in alerts.since(connection, 0, 10, "en")]
    assert {each.account_id: each.known for each in ranked} == {
        "1": {"Harbour": "account"},
        "2": {"Harbour": "content"},
    }
    assert kinds == ["known_returned", "known_reused"]
