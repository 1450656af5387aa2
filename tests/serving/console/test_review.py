"""The queue holds what nobody has decided on, and a form says a whole decision or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from vigie.serving.console import review
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decisions import AccountSubject, TrackSubject
from vigie.serving.operations.store import Store

FORM = {
    "kind": "account", "platform": "x", "account_id": "1", "target": "coordinated", "decision": "false_positive", "by": "Ann",
    "why": "fans", "after_inauthentic": "7",
}  # fmt: skip


def test_a_form_names_the_last_decision_on_its_target_alone() -> None:
    asked = review.decision(FORM, None)
    assert asked.subject == AccountSubject("x", "1")
    assert (asked.by, asked.after) == ("Ann", None)
    assert review.decision({**FORM, "target": "inauthentic"}, None).after == 7


def test_who_is_signed_in_decides_under_that_name() -> None:
    assert review.decision(FORM, "Bea").by == "Bea"


def test_a_form_on_a_campaign_names_its_track() -> None:
    kind = {key: value for key, value in FORM.items() if key not in ("platform", "account_id")}
    assert review.decision({**kind, "kind": "campaign", "track": "3"}, None).subject == TrackSubject(
        "campaign", 3
    )


@pytest.mark.parametrize("field", ["kind", "target", "decision", "by", "why", "platform"])
def test_a_form_that_lacks_something_decides_nothing(field: str) -> None:
    with pytest.raises(ValidationError):
        review.decision({name: value for name, value in FORM.items() if name != field}, None)


def test_the_budget_bounds_the_queue_and_the_highest_stand_first(kept: Any) -> None:
    with Catalogue(Store(kept.store)).database(kept.operation).reading() as connection:
        waiting = review.waiting(connection, "coordinated", 5)
    scores = [account.coordinated or 0 for account in waiting.accounts]
    assert len(scores) + waiting.decided == 5
    assert scores == sorted(scores, reverse=True)


def test_a_form_on_a_criterion_says_all_of_it_or_nothing() -> None:
    form = {
        "criterion": "foreign_involvement",
        "answer": "cannot_tell",
        "why": "no clue",
        "by": "Ann",
        "after": "4",
    }
    asked = review.criterion(form, "Bea")
    assert (asked.criterion, asked.answer, asked.by, asked.after) == (
        "foreign_involvement",
        "cannot_tell",
        "Bea",
        4,
    )
    for field in ("criterion", "answer", "why"):
        with pytest.raises(ValidationError):
            review.criterion({name: value for name, value in form.items() if name != field}, "Bea")
