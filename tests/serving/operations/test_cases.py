"""A case is what was added to it, in order; nobody overwrites what somebody else added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from vigie.errors import CaseConflictError, OperationError, OperationNotFoundError
from vigie.serving.operations import cases
from vigie.serving.operations.cases import Addition, Case, File
from vigie.serving.operations.decisions import AccountSubject

SEVEN, EIGHT = AccountSubject("x", "7"), AccountSubject("x", "8")


@pytest.fixture
def changing(watched: Any, account: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that does something to the cases of an operation that holds two accounts."""
    watched.accounts(account("7"), account("8"))

    def do(what: Callable[..., Any], *more: Any) -> Any:
        with watched.catalogue.database(watched.id).writing() as connection:
            return what(connection, *more)

    return do


@pytest.fixture
def case(changing: Callable[..., Any], clock: Any) -> Case:
    made: Case = changing(cases.begin, "The harbour", [SEVEN], "Ann", "found this morning", clock())
    return made


def test_a_case_goes_from_pending_to_closed_and_keeps_all_that_was_said(
    changing: Callable[..., Any], case: Case, clock: Any
) -> None:
    assert (case.id, case.state, case.subjects) == (case.entries[0].id, "pending", [SEVEN])
    clock.go_on(hours=1)
    files = [File("picture", sha256="0" * 64), File("article", url="https://a.example/1")]
    looked = changing(
        cases.add, case.id, Addition("Bea", "one is a club", case.id, "investigating", [EIGHT, SEVEN], files), clock()
    )  # fmt: skip
    closed = changing(cases.add, case.id, Addition("Ann", "done", looked.entries[-1].id, "closed"), clock())
    assert (closed.state, closed.title, closed.subjects) == ("closed", "The harbour", [SEVEN, EIGHT])
    assert [(each.by, each.note, each.state) for each in closed.entries] == [
        ("Ann", "found this morning", "pending"), ("Bea", "one is a club", "investigating"), ("Ann", "done", "closed"),
    ]  # fmt: skip
    assert closed.entries[1].files == files
    assert closed.entries[1].at == clock()
    assert changing(cases.one, case.id) == closed


def test_who_did_not_see_the_last_entry_is_told_of_it_and_adds_nothing(
    changing: Callable[..., Any], case: Case, clock: Any
) -> None:
    note = Addition("Bea", "a note", case.id)
    added = changing(cases.add, case.id, note, clock())
    with pytest.raises(CaseConflictError, match=r"by Bea.*after: \d+"):
        changing(cases.add, case.id, replace(note, by="Ann"), clock())
    assert changing(cases.one, case.id) == added


def test_the_case_that_changed_last_comes_first_and_states_are_filtered(
    changing: Callable[..., Any], case: Case, clock: Any
) -> None:
    other = changing(cases.begin, "The bridge", [], "Ann", "to be seen", clock())
    assert [each.id for each in changing(cases.listed)] == [other.id, case.id]
    changing(cases.add, case.id, Addition("Ann", "begun", case.id, "investigating"), clock())
    assert [each.id for each in changing(cases.listed)] == [case.id, other.id]
    assert [each.id for each in changing(cases.listed, "pending")] == [other.id]


def test_what_is_not_there_is_refused(changing: Callable[..., Any], case: Case, clock: Any) -> None:
    with pytest.raises(OperationNotFoundError):
        changing(cases.one, case.id + 1)
    with pytest.raises(OperationNotFoundError, match="has not seen"):
        changing(cases.begin, "None", [AccountSubject("x", "70")], "Ann", "n", clock())
    with pytest.raises(OperationError, match="is pending already"):
        changing(cases.add, case.id, Addition("Ann", "n", case.id, "pending"), clock())
    assert len(changing(cases.listed)) == 1
