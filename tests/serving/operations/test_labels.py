"""Decisions leave as labels in the table of the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from sqlalchemy import insert

from vigie.features import schema
from vigie.serving.operations import decisions, tables
from vigie.serving.operations.decisions import (
    AccountSubject,
    Choice,
    Statement,
    Subject,
    Target,
    TrackSubject,
)
from vigie.serving.operations.labels import Label, cleared, labelled, labels
from vigie.serving.operations.records import account_key

_Decide = Callable[..., None]


@pytest.fixture
def decide(watched: Any, account: Callable[..., Any]) -> _Decide:
    """An operation with accounts 1 to 4 of which the first three are a group."""
    watched.accounts(*(account(str(number)) for number in range(1, 5)))
    values = {"kind": "group", "born_at": watched.catalogue.clock(), "seen_at": watched.catalogue.clock()}
    with watched.catalogue.database(watched.id).writing() as connection:
        keys = [account_key("x", str(number)).hex() for number in (1, 2, 3)]
        connection.execute(insert(tables.tracks).values(**values, members=keys))

    def record(subject: Subject, choice: Choice, target: Target = "coordinated") -> None:
        with watched.catalogue.database(watched.id).writing() as connection:
            before = [each.id for each in decisions.history(connection, subject) if each.target == target]
            said = Statement(
                subject, target, choice, "Ann", f"because {choice}", before[0] if before else None
            )
            decisions.record(connection, said, watched.catalogue.clock())

    return record


def given(watched: Any) -> pl.DataFrame:
    with watched.catalogue.database(watched.id).reading() as connection:
        return labels(connection, watched.id)


GROUP = TrackSubject("group", 1)


@pytest.mark.parametrize(("label", "names"), [("inauthentic", ["4"]), ("ordinary", ["2", "3"])])
def test_accounts_are_found_by_what_decisions_label_them_as(
    watched: Any, decide: _Decide, label: Label, names: list[str]
) -> None:
    decide(GROUP, "false_positive", "inauthentic")
    decide(AccountSubject("x", "1"), "cannot_tell", "inauthentic")
    decide(AccountSubject("x", "4"), "confirmed", "inauthentic")
    decide(AccountSubject("x", "4"), "false_positive", "coordinated")
    with watched.catalogue.database(watched.id).reading() as connection:
        found = labelled(connection, label)
    assert sorted(found) == sorted(account_key("x", name) for name in names)


def test_labels_have_the_shape_of_the_contract(watched: Any, decide: _Decide) -> None:
    assert given(watched).schema == schema.schema("labels")
    decide(AccountSubject("x", "4"), "confirmed", "inauthentic")
    table = given(watched)
    assert schema.conform(table, "labels").equals(table)
    assert table.row(0, named=True) == {
        "platform": "x", "account_id": "4", "target": "inauthentic", "value": True, "kind": None, "campaign": watched.id,
        "source": watched.id, "strength": "expert",
    }  # fmt: skip


def test_a_decision_on_a_group_labels_its_members_as_one_batch(watched: Any, decide: _Decide) -> None:
    decide(GROUP, "confirmed")
    table = given(watched)
    assert table["account_id"].to_list() == ["1", "2", "3"]
    assert set(table["campaign"]) == {f"{watched.id}/group/1"}
    assert all(table["value"])


def test_what_is_said_of_an_account_goes_before_what_is_said_of_its_group(
    watched: Any, decide: _Decide
) -> None:
    decide(AccountSubject("x", "1"), "false_positive")
    decide(AccountSubject("x", "2"), "cannot_tell")
    decide(GROUP, "confirmed")
    values = dict(given(watched).select("account_id", "value").iter_rows())
    assert values == {"1": False, "3": True}


def test_the_last_decision_counts_and_one_that_cannot_tell_gives_no_label(
    watched: Any, decide: _Decide
) -> None:
    for choice in ("confirmed", "false_positive"):
        decide(GROUP, choice)
    assert set(given(watched)["value"]) == {False}
    assert set(given(watched)["kind"]) == {"confirmed false positive"}
    decide(GROUP, "cannot_tell")
    assert given(watched).is_empty()


def test_those_cleared_by_one_decision_stand_together(watched: Any, decide: _Decide) -> None:
    decide(AccountSubject("x", "4"), "false_positive", "inauthentic")
    decide(GROUP, "false_positive")
    decide(AccountSubject("x", "2"), "confirmed")
    with watched.catalogue.database(watched.id).reading() as connection:
        found = [(each.decision.target, each.decision.why, each.accounts) for each in cleared(connection)]
    assert found == [
        ("inauthentic", "because false_positive", [("x", "4")]),
        ("coordinated", "because false_positive", [("x", "1"), ("x", "3")]),
    ]
