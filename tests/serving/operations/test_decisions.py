"""Decisions are added to, never over, and stand with what they are about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import insert, update

from vigie.errors import DecisionConflictError, OperationNotFoundError
from vigie.serving.operations import decisions, tables
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decisions import (
    AccountSubject,
    ContentSubject,
    Decision,
    Statement,
    Subject,
    TrackSubject,
)
from vigie.serving.operations.records import account_key

ANN = Statement(AccountSubject("x", "7"), "coordinated", "confirmed", "Ann", "same pictures", None)


@pytest.fixture
def decide(watched: Any, account: Callable[..., Any]) -> Callable[[Statement], int]:
    watched.accounts(account("7"), account("8"), account("9"))

    def record(statement: Statement) -> int:
        with watched.catalogue.database(watched.id).writing() as connection:
            return decisions.record(connection, statement, watched.catalogue.clock())

    return record


def found(watched: Any, *members: str) -> int:
    """Return the track of a group of accounts of X."""
    values = {
        "kind": "group",
        "born_at": watched.catalogue.clock(),
        "seen_at": watched.catalogue.clock(),
        "number": 0,
    }
    keys = [account_key("x", member).hex() for member in members]
    with watched.catalogue.database(watched.id).writing() as connection:
        made = connection.execute(insert(tables.tracks).values(**values, members=keys))
        return int(made.inserted_primary_key[0])


def said(watched: Any, subject: Subject) -> list[Decision]:
    with watched.catalogue.database(watched.id).reading() as connection:
        return decisions.history(connection, subject)


def test_a_correction_is_a_further_decision_and_the_last_one_stands(
    watched: Any, catalogue: Catalogue, decide: Callable[[Statement], int]
) -> None:
    first = decide(ANN)
    second = decide(replace(ANN, decision="false_positive", by="Bea", why="a fan club", after=first))
    told = said(watched, ANN.subject)
    assert [(each.id, each.decision, each.by, each.why, each.after) for each in told] == [
        (second, "false_positive", "Bea", "a fan club", first), (first, "confirmed", "Ann", "same pictures", None),
    ]  # fmt: skip
    assert told[0].at == catalogue.clock()
    with catalogue.database(watched.id).reading() as connection:
        assert decisions.standing(connection, [ANN.subject]) == {ANN.subject: told[:1]}
        assert [each.id for each in decisions.listed(connection, 0, 10)] == [first, second]
        assert [each.id for each in decisions.listed(connection, first, 10)] == [second]


def test_who_did_not_see_the_last_decision_is_told_of_it_and_overwrites_nothing(
    watched: Any, decide: Callable[[Statement], int]
) -> None:
    first = decide(ANN)
    with pytest.raises(
        DecisionConflictError, match=f"the last one is {first}, confirmed, by Ann.*after: {first}"
    ):
        decide(replace(ANN, by="Bea", decision="cannot_tell"))
    with pytest.raises(DecisionConflictError, match=r"there is no decision.*after: null"):
        decide(replace(ANN, target="inauthentic", after=first))
    assert [each.id for each in said(watched, ANN.subject)] == [first]


def test_each_target_has_decisions_of_its_own(watched: Any, decide: Callable[[Statement], int]) -> None:
    decide(ANN)
    decide(replace(ANN, target="inauthentic", decision="cannot_tell"))
    with watched.catalogue.database(watched.id).reading() as connection:
        (standing,) = decisions.standing(connection, [ANN.subject]).values()
    assert {each.target: each.decision for each in standing} == {
        "coordinated": "confirmed", "inauthentic": "cannot_tell",
    }  # fmt: skip


def test_a_decision_stays_with_a_group_and_keeps_its_members_of_then(
    watched: Any, decide: Callable[[Statement], int]
) -> None:
    track = found(watched, "7", "8")
    decide(replace(ANN, subject=TrackSubject("group", track)))
    with watched.catalogue.database(watched.id).writing() as connection:
        connection.execute(update(tables.tracks).values(members=[account_key("x", "9").hex()]))
    (told,) = said(watched, TrackSubject("group", track))
    assert told.members == 2


@pytest.mark.parametrize(
    "subject",
    [
        AccountSubject("x", "70"),
        TrackSubject("group", 9),
        TrackSubject("campaign", 1),
        ContentSubject("texts", "hello"),
    ],
)
def test_what_the_operation_does_not_hold_cannot_be_decided_on(
    watched: Any, decide: Callable[[Statement], int], subject: Subject
) -> None:
    found(watched, "7")
    with pytest.raises(OperationNotFoundError):
        decide(replace(ANN, subject=subject))


@pytest.mark.parametrize("name", ["\x00", "a\ud800"])
def test_a_subject_has_no_name_that_a_database_does_not_take(name: str) -> None:
    for shape, fields in (
        (AccountSubject, {"platform": "x", "account_id": name}),
        (AccountSubject, {"platform": name, "account_id": "7"}),
        (ContentSubject, {"trace": "text", "object": name}),
    ):
        with pytest.raises(ValidationError, match="no half of a character"):
            TypeAdapter(shape).validate_python(fields)
