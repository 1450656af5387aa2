"""Alerts are told in order, each once, in the language asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from vigie.features.i18n.languages import LANGUAGES
from vigie.serving.operations import alerts, tables
from vigie.serving.operations.bursts import Burst

NOW = datetime(2024, 5, 20, tzinfo=UTC)
KINDS = [
    f"{kind}_{what}"
    for kind in ("group", "campaign")
    for what in ("new", "grew", "split", "merged", "rested", "back")
]


@pytest.fixture
def told(watched: Any) -> Callable[..., Any]:
    """Return a function that asks for alerts, one of each kind noted."""
    with watched.catalogue.observing(watched.id) as connection:
        for track, kind in enumerate(KINDS, 1):
            data = {
                "accounts": 1234,
                "joined": 12,
                "left": 3,
                "other": 900 if kind.endswith(("split", "merged")) else None,
            }
            connection.execute(insert(tables.alerts).values(at=NOW, kind=kind, track=track, data=data))

    def ask(after: int = 0, most: int = 100, language: Any = "en") -> Any:
        with watched.catalogue.database(watched.id).reading() as connection:
            return alerts.since(connection, after, most, language), alerts.last(connection)

    return ask


def test_alerts_after_the_last_one_seen_come_in_order(told: Callable[..., Any]) -> None:
    every, last = told()
    assert [alert.kind for alert in every] == KINDS
    assert last == every[-1].id
    page, _ = told(every[3].id, 4)
    assert page == every[4:8]
    assert told(last)[0] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_is_told_in_a_sentence_with_its_numbers(told: Callable[..., Any], language: Any) -> None:
    every, _ = told(language=language)
    sentences = [alert.sentence for alert in every]
    assert len(set(sentences)) == len(KINDS)
    for alert in every:
        assert str(alert.track) in alert.sentence
        assert "{" not in alert.sentence
        assert ("900" in alert.sentence) == (alert.other is not None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_burst_is_told_once_with_its_numbers(watched: Any, language: Any) -> None:
    burst = Burst(
        what="hashtag", name="#quay", content=None, since=NOW, until=NOW + timedelta(hours=1), peak=61, usual=2.4,
        accounts={"x": 40, "telegram": 21}, posts=90, beside=["#vote"],
    )  # fmt: skip
    vote = replace(burst, name="#vote", beside=[])
    posts = replace(burst, what="posts", name=None, beside=[])
    with watched.catalogue.observing(watched.id) as connection:
        alerts.note_bursts(connection, [burst, posts], NOW)
        alerts.note_bursts(connection, [replace(burst, until=NOW + timedelta(hours=3)), posts, vote], NOW)
        later = NOW + timedelta(days=2)
        alerts.note_bursts(connection, [replace(vote, since=later, until=later)], NOW)
    with watched.catalogue.database(watched.id).reading() as connection:
        first, second, third = alerts.since(connection, 0, 100, language)
    assert [each.kind for each in (first, second, third)] == ["burst_hashtag", "burst_posts", "burst_hashtag"]
    assert first.burst == burst
    assert (first.track, first.accounts) == (None, 61)
    for part in ("#quay", "61", "2.4" if language == "en" else "2,4", "00:00", "X", "Telegram"):
        assert part in first.sentence
    assert "90" in second.sentence


def test_nothing_is_the_last_alert_of_a_new_operation(watched: Any) -> None:
    with watched.catalogue.database(watched.id).reading() as connection:
        assert alerts.last(connection) == 0


def test_what_became_of_one_is_told_with_what_merged_into_it_or_split_from_it(
    told: Callable[..., Any], watched: Any
) -> None:
    every, _ = told()
    with watched.catalogue.database(watched.id).reading() as connection:
        assert alerts.of_track(connection, 2, "en") == [each for each in every if each.track == 2]
        joined = alerts.of_track(connection, 900, "en")
    assert [each.kind for each in joined] == [
        "group_split", "group_merged", "campaign_split", "campaign_merged",
    ]  # fmt: skip
