"""The queue holds what nobody has decided on, and a form says a whole decision or nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from vigie.serving.console import review
from vigie.serving.console.review import Labelled
from vigie.serving.note.person_fields import FIELDS
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


def test_a_form_that_left_a_field_of_the_note_empty_empties_it() -> None:
    asked = review.note_fields({"field_author": " Unit A ", "by": "Ann", "after": "4"}, None)
    assert (asked.by, asked.after) == ("Ann", 4)
    assert asked.fields == dict.fromkeys(FIELDS, "") | {"author": "Unit A"}
    with pytest.raises(ValidationError):
        review.note_fields({"field_author": "Unit A"}, None)


def test_a_form_on_several_accounts_decides_on_each_after_what_was_seen_of_it() -> None:
    picked = {
        "pick-1": "platform=x&account_id=1&after_coordinated=9", "pick-2": "platform=x&account_id=a%26b",
    }  # fmt: skip
    form = {key: value for key, value in FORM.items() if key not in ("kind", "platform", "account_id")}
    asked = review.several({**form, **picked}, None).decisions
    assert [(each.subject, each.after) for each in asked] == [
        (AccountSubject("x", "1"), 9), (AccountSubject("x", "a&b"), None),
    ]  # fmt: skip
    with pytest.raises(ValidationError):
        review.several(form, None)


def test_what_was_decided_together_is_taken_back_together() -> None:
    made: list[Any] = [SimpleNamespace(id=number) for number in (4, 5, 6)]
    address = review.told("/console/operations/a/accounts?sort=posts&decided=1-2", made)
    assert address == "/console/operations/a/accounts?sort=posts&decided=4-6"
    asked = review.withdrawal({"first": "4", "last": "6", "by": "Ann", "why": "wrong rows"}, None)
    assert asked.decisions == [4, 5, 6]
    for wrong in (
        {"first": "6", "last": "4"},
        {"first": "a", "last": "6"},
        {"first": "1", "last": "9" * 18},
        {},
    ):
        with pytest.raises(ValidationError):
            review.withdrawal({"by": "Ann", "why": "w", **wrong}, None)


def test_what_adapting_would_learn_from_is_counted_for_the_target_that_it_adapts(
    opened: Any, kept: Any, token_in: Any
) -> None:
    browser = opened()
    address = f"{kept.at}/review?target=inauthentic"
    with Catalogue(Store(kept.store)).database(kept.operation).reading() as connection:
        before = review.labelled(connection, kept.operation)
    account = kept.accounts[-5]
    token = token_in(browser.get(f"{kept.at}/cases").text)
    form = {
        **FORM, "token": token, "account_id": account["account_id"], "platform": account["platform"], "target": "inauthentic",
        "after_inauthentic": "", "next": address,
    }  # fmt: skip
    assert browser.post(f"{kept.at}/decisions", data=form).status_code == 303
    with Catalogue(Store(kept.store)).database(kept.operation).reading() as connection:
        assert review.labelled(connection, kept.operation) == Labelled(
            before.inauthentic, before.ordinary + 1
        )
    assert "the model can be fitted" in browser.get(address).text
    assert "the model can be fitted" not in browser.get(f"{kept.at}/review?target=coordinated").text
