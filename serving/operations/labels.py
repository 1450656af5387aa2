"""Decisions as labels of accounts, in the table of the contract: what a later training learns from, or is replayed on.

A decision on an account goes before one on a group or campaign that holds it. Of several decisions the last one counts.
One that cannot tell gives no label, nor does one that was taken back. A decision on a content, or on a criterion, says nothing
of one account.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl
from sqlalchemy import Connection, Row, select

from vigie.features import schema
from vigie.serving.operations import records, tables

# How labels of a person who looked at the case are called, and those of wrong verdicts.
_STRENGTH, FALSE_POSITIVE = "expert", "confirmed false positive"
Label = Literal["inauthentic", "ordinary"]
_VALUES = {"confirmed": True, "false_positive": False}


@dataclass(frozen=True, slots=True)
class Cleared:
    """Accounts that one decision says were wrongly flagged.

    Attributes:
        decision: Row of the decision.
        accounts: Platform and id of each.
    """

    decision: Row[Any]
    accounts: list[tuple[str, str]]


def labels(connection: Connection, operation: str) -> pl.DataFrame:
    """Return the labels that the decisions of an operation give.

    Args:
        connection: Of the operation.
        operation: Its id: the source of the labels.

    Returns:
        The columns of labels of the contract, one row per account and target.
    """
    rows = [
        {
            "platform": platform,
            "account_id": account_id,
            "target": row.target,
            "value": _VALUES[row.decision],
            "kind": FALSE_POSITIVE if row.decision == "false_positive" else None,
            "campaign": _campaign(operation, row),
            "source": operation,
            "strength": _STRENGTH,
        }
        for (platform, account_id, _), row in sorted(_standing(connection).items(), key=lambda each: each[0])
        if row.decision in _VALUES
    ]
    return pl.DataFrame(rows, schema=schema.schema("labels"))


def labelled(connection: Connection, label: Label) -> list[bytes]:
    """Return the keys of the accounts that decisions on inauthenticity label so."""
    return [
        records.account_key(platform, account_id)
        for (platform, account_id, target), row in _standing(connection).items()
        if target == "inauthentic" and _VALUES.get(row.decision) is (label == "inauthentic")
    ]


def cleared(connection: Connection) -> Iterator[Cleared]:
    """Yield the accounts that are confirmed false positives, those of one decision together, in the order of decisions."""
    accounts: dict[int, list[tuple[str, str]]] = {}
    decision: dict[int, Row[Any]] = {}
    for (platform, account_id, _), row in _standing(connection).items():
        if row.decision == "false_positive":
            decision[row.id] = row
            accounts.setdefault(row.id, []).append((platform, account_id))
    for number in sorted(decision):
        yield Cleared(decision[number], sorted(accounts[number]))


def _standing(connection: Connection) -> dict[tuple[str, str, str], Row[Any]]:
    """Return the decision that counts for each account and target."""
    table = tables.decisions
    of_many: dict[tuple[str, str, str], Row[Any]] = {}
    of_one: dict[tuple[str, str, str], Row[Any]] = {}
    rows = connection.execute(select(table).where(table.c.target.is_not(None)).order_by(table.c.id)).all()
    for row in _in_force(rows):
        match row.about:
            case {"kind": "account", "platform": platform, "account_id": account_id}:
                of_one[platform, account_id, row.target] = row
            case {"kind": "group" | "campaign"}:
                of_many |= {(*member, row.target): row for member in row.members}
    return of_many | of_one


def _in_force(rows: Sequence[Row[Any]]) -> Iterator[Row[Any]]:
    """Yield the decisions that were not taken back, in order; one that takes another back may be taken back itself."""
    taken_back: set[int] = set()
    for row in reversed(rows):
        if row.withdraws is not None and row.id not in taken_back:
            taken_back.add(row.withdraws)
    return (row for row in rows if row.withdraws is None and row.id not in taken_back)


def _campaign(operation: str, row: Row[Any]) -> str | None:
    """Return what an account is held out with: those of one group or campaign are one batch."""
    if row.decision != "confirmed":
        return None
    kind = row.about["kind"]
    return operation if kind == "account" else f"{operation}/{kind}/{row.about['track']}"
