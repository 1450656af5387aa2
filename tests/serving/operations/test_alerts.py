"""Alerts are told in order, each once, in the language asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from vigie.features.i18n.languages import LANGUAGES
from vigie.serving.operations import alerts, tables

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


def test_nothing_is_the_last_alert_of_a_new_operation(watched: Any) -> None:
    with watched.catalogue.database(watched.id).reading() as connection:
        assert alerts.last(connection) == 0
