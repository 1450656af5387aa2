"""The queue of accounts to look at, and what a form says of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import polars as pl
from sqlalchemy import Connection

from vigie.serving.api.schemas.decisions import (
    CriterionRequest,
    DecisionRequest,
    DecisionsRequest,
    NoteFieldsRequest,
    WithdrawalRequest,
)
from vigie.serving.note.person_fields import FIELDS
from vigie.serving.operations import labels, questions
from vigie.serving.operations.decisions import Decision, Target
from vigie.serving.operations.questions import Filters, RankedAccount

# Accounts that a budget may hold.
MOST = 1_000


@dataclass(frozen=True)
class Waiting:
    """Accounts within a budget, the highest score first.

    Attributes:
        accounts: Those on which nobody has decided.
        decided: How many of the budget somebody has decided on.
    """

    accounts: list[RankedAccount]
    decided: int


@dataclass(frozen=True)
class Labelled:
    """Accounts that decisions label."""

    inauthentic: int
    ordinary: int


def waiting(connection: Connection, target: Target, budget: int) -> Waiting:
    """Return the accounts of the highest scores on which nobody has decided.

    Args:
        connection: Of the operation.
        target: What they are scored as.
        budget: How many accounts somebody has time for, those decided on already included.
    """
    ranked = questions.ranking(connection, target, Filters(), 0, budget).accounts
    scored = [account for account in ranked if getattr(account, target) is not None]
    open_ones = [
        account
        for account in scored
        if all(decision.target != target or decision.is_void for decision in account.decisions)
    ]
    return Waiting(open_ones, len(scored) - len(open_ones))


def labelled(connection: Connection, operation: str) -> Labelled:
    """Return how many accounts the decisions of an operation label, as ``vigie adapt`` reads them."""
    values = labels.labels(connection, operation).filter(pl.col("target") == "inauthentic")["value"]
    return Labelled(int(values.sum()), int((~values).sum()))


def criterion(fields: Mapping[str, str], name: str | None) -> CriterionRequest:
    """Return what a form says of one criterion; arguments and errors as of :func:`decision`."""
    said = {each: fields.get(each, "") for each in ("criterion", "answer", "why")}
    return CriterionRequest.model_validate(
        {**said, "by": name or fields.get("by", ""), "after": fields.get("after") or None}
    )


def note_fields(fields: Mapping[str, str], name: str | None) -> NoteFieldsRequest:
    """Return what a form writes into the note: a field that it left empty is empty; arguments and errors as of :func:`decision`."""
    texts = {each: fields.get(f"field_{each}", "").strip() for each in FIELDS}
    return NoteFieldsRequest.model_validate(
        {"fields": texts, "by": name or fields.get("by", ""), "after": fields.get("after") or None}
    )


def several(fields: Mapping[str, str], name: str | None) -> DecisionsRequest:
    """Return what a form decides of several accounts.

    Args:
        fields: Of the form. Those that begin with ``pick`` hold an account each, as the query of an address.
        name: Who is signed in; None: the form says who decides.

    Raises:
        ValidationError: Nothing is picked, or something is missing or out of its range.
    """
    picked = [dict(parse_qsl(value)) for field, value in fields.items() if field.startswith("pick")]
    return DecisionsRequest(
        decisions=[decision({**fields, "kind": "account", **account}, name) for account in picked]
    )


def told(address: str, made: Sequence[Decision]) -> str:
    """Return an address to which the first and the last of some decisions are added, so that its page can take them back."""
    path, _, asked = address.partition("?")
    kept = [item for item in parse_qsl(asked) if item[0] != "decided"]
    return f"{path}?{urlencode([*kept, ('decided', f'{made[0].id}-{made[-1].id}')])}"


def withdrawal(fields: Mapping[str, str], name: str | None) -> WithdrawalRequest:
    """Return what a form takes back: the decisions from ``first`` to ``last``; arguments and errors as of :func:`several`."""
    ends = [fields.get(each, "") for each in ("first", "last")]
    numbers = (
        range(int(ends[0]), min(int(ends[1]), int(ends[0]) + MOST) + 1)
        if all(map(str.isdecimal, ends))
        else ()
    )
    return WithdrawalRequest.model_validate(
        {"decisions": list(numbers), "by": name or fields.get("by", ""), "why": fields.get("why", "")}
    )


def decision(fields: Mapping[str, str], name: str | None) -> DecisionRequest:
    """Return what a form decides.

    Args:
        fields: Of the form. ``after_TARGET`` names the last decision that its author saw.
        name: Who is signed in; None: the form says who decides.

    Raises:
        ValidationError: Something of it is missing or out of its range.
    """
    kind, target = fields.get("kind", ""), fields.get("target", "")
    named = ("platform", "account_id", "track", "trace", "object")
    subject: dict[str, Any] = {"kind": kind, **{each: fields[each] for each in named if each in fields}}
    return DecisionRequest.model_validate(
        {
            "subject": subject,
            "target": target,
            "decision": fields.get("decision", ""),
            "by": name or fields.get("by", ""),
            "why": fields.get("why", ""),
            "after": fields.get(f"after_{target}") or None,
        }
    )
