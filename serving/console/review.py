"""The queue of accounts to look at, and what a form says of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from vigie.serving.api.schemas.decisions import CriterionRequest, DecisionRequest
from vigie.serving.operations import questions
from vigie.serving.operations.decisions import Target
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
        account for account in scored if all(decision.target != target for decision in account.decisions)
    ]
    return Waiting(open_ones, len(scored) - len(open_ones))


def criterion(fields: Mapping[str, str], name: str | None) -> CriterionRequest:
    """Return what a form says of one criterion; arguments and errors as of :func:`decision`."""
    said = {each: fields.get(each, "") for each in ("criterion", "answer", "why")}
    return CriterionRequest.model_validate(
        {**said, "by": name or fields.get("by", ""), "after": fields.get("after") or None}
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
