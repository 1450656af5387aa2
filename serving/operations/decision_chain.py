"""The chain of all decisions of a deployment: it shows whether one was changed, removed or inserted.

A decision lies in its operation and is forgotten with it. Its line in the catalogue stays: when, by whom, on what kind of
subject, and a digest of the whole entry under a key that lies beside the entry. While the operation lives the entry can be
checked; afterwards the key is gone and the digest says nothing of anybody. Each line holds the digest of the line before it.

Whoever can write the catalogue can write a new chain: who must prove a decision later keeps its receipt elsewhere.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from vigie.errors import DecisionChainError, OperationClosedError
from vigie.features.json_object import JsonObject
from vigie.serving.operations import decisions, tables
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decisions import Decision, Statement, canonical

# What stands for the line before the first one.
GENESIS = "0" * 64

_LOG, _DECISIONS = tables.decision_log, tables.decisions


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain whose lines all fit.

    Attributes:
        lines: How many it has.
        head: Digest of the last one.
        checked: Decisions of living operations that fit their lines.
        waiting: Decisions that have no line yet; the next decision on their operation gives them one.
    """

    lines: int
    head: str
    checked: int
    waiting: int


def decide(catalogue: Catalogue, operation: str, statement: Statement) -> Decision:
    """Return a decision after it was kept and has its line in the chain.

    Raises:
        OperationError: The operation is forgotten or does not hold the subject, or somebody decided in between.
    """
    return decide_all(catalogue, operation, [statement])[0]


def decide_all(catalogue: Catalogue, operation: str, statements: Sequence[Statement]) -> list[Decision]:
    """Return decisions after all of them, or none, were kept and have their lines in the chain; errors as of :func:`decide`."""
    database = catalogue.database(operation)
    with database.writing() as connection:
        now = catalogue.clock()
        numbers = [decisions.record(connection, each, now) for each in statements]
    return _settled(catalogue, operation, numbers)


def withdraw(
    catalogue: Catalogue, operation: str, numbers: Sequence[int], by: str, why: str
) -> list[Decision]:
    """Return the decisions that take others back, all of them or none.

    Args:
        catalogue: All operations.
        operation: That of the decisions.
        numbers: Ids of those that are taken back.
        by: Who takes them back.
        why: Why.

    Raises:
        OperationError: The operation is forgotten or has no such decision, or somebody decided after it.
    """
    database = catalogue.database(operation)
    with database.writing() as connection:
        now = catalogue.clock()
        made = [
            decisions.record(connection, decisions.withdrawal(connection, number, by, why), now)
            for number in numbers
        ]
    return _settled(catalogue, operation, made)


def _settled(catalogue: Catalogue, operation: str, numbers: Sequence[int]) -> list[Decision]:
    settle(catalogue, operation)
    if not numbers:
        return []
    with catalogue.database(operation).reading() as connection:
        return decisions.listed(connection, numbers[0] - 1, len(numbers))


def settle(catalogue: Catalogue, operation: str) -> None:
    """Give every decision of an operation its line in the chain.

    The two lie in different databases. A decision is kept first; where the process ends before its line is, this gives it one
    the next time, and never two.

    Raises:
        StoreError: The database does not answer.
    """
    database = catalogue.database(operation)
    with database.reading() as connection:
        waiting = connection.execute(
            select(_DECISIONS).where(_DECISIONS.c.receipt.is_(None)).order_by(_DECISIONS.c.id)
        ).all()
    for row in waiting:
        with catalogue.store.catalogue.writing() as connection:
            receipt = _appended(connection, operation, row)
        with database.writing() as connection:
            connection.execute(update(_DECISIONS).where(_DECISIONS.c.id == row.id).values(receipt=receipt))


def verify(catalogue: Catalogue, receipt: str | None = None) -> Chain:
    """Check the whole chain, and every decision of the operations that are not forgotten.

    Args:
        catalogue: All operations.
        receipt: One that was kept elsewhere; None: none was.

    Raises:
        DecisionChainError: A line or a decision does not fit; it is named.
        StoreError: The database does not answer.
    """
    # A decision comes before its line: what had a line before the decisions are read must be among them, and what has a receipt
    # then must have its line in a chain that is read after them.
    with catalogue.store.catalogue.reading() as connection:
        begun = connection.execute(select(func.max(_LOG.c.id))).scalar_one() or 0
    living = _living(catalogue)
    with catalogue.store.catalogue.reading() as connection:
        lines = connection.execute(select(_LOG).order_by(_LOG.c.id)).all()
    head = _chained(lines)
    if receipt is not None and receipt not in {line.digest for line in lines}:
        raise DecisionChainError(
            f"no line of the chain has the receipt {receipt}: the chain was cut off or written anew, or is another store's"
        )
    checked = waiting = 0
    for operation, made in living.items():
        line_of = {line.content: line for line in lines if line.operation == operation}
        for row in made:
            line = line_of.pop(_content(row), None)
            if line is None and row.receipt is None:
                waiting += 1
                continue
            if line is None or _said(line) != _said(row):
                raise DecisionChainError(
                    f"decision {row.id} of operation {operation} was changed after it was made, or has lost its line"
                )
            checked += 1
        for line in line_of.values():
            if line.id <= begun:
                raise DecisionChainError(
                    f"line {line.id} of the chain has no decision in operation {operation}: it was removed or changed"
                )
    return Chain(len(lines), head, checked, waiting)


def _living(catalogue: Catalogue) -> dict[str, Sequence[Row[Any]]]:
    """Return the decisions of each operation that is not forgotten."""
    found: dict[str, Sequence[Row[Any]]] = {}
    for operation in catalogue.kept():
        try:
            with catalogue.database(operation).reading() as connection:
                found[operation] = connection.execute(select(_DECISIONS).order_by(_DECISIONS.c.id)).all()
        except OperationClosedError:
            continue
    return found


def _chained(lines: Sequence[Row[Any]]) -> str:
    """Return the digest of the last line of a chain whose lines all fit."""
    head = GENESIS
    for number, line in enumerate(lines, 1):
        if (line.id, line.previous) != (number, head):
            raise DecisionChainError(
                f"line {number} of the chain does not follow the one before it: lines were removed, inserted or changed"
            )
        head = _digest(line._asdict())
        if line.digest != head:
            raise DecisionChainError(
                f"line {number} of the chain was changed: its digest does not fit what it says"
            )
    return head


def _appended(connection: Connection, operation: str, row: Row[Any]) -> str:
    """Return the digest of the line of a decision, appended where there is none."""
    content = _content(row)
    known = connection.execute(select(_LOG.c.digest).where(_LOG.c.content == content)).scalar_one_or_none()
    if known is not None:
        return str(known)
    last = connection.execute(select(_LOG.c.id, _LOG.c.digest).order_by(_LOG.c.id.desc()).limit(1)).first()
    at, kind, decision, by = _said(row)
    line = {
        "id": last.id + 1 if last else 1,
        "operation": operation,
        "at": at,
        "subject_kind": kind,
        "decision": decision,
        "by": by,
        "content": content,
        "previous": last.digest if last else GENESIS,
    }
    digest = _digest(line)
    connection.execute(insert(_LOG).values(**line, digest=digest))
    return digest


def _said(row: Row[Any]) -> tuple[Any, ...]:
    """Return what a decision and its line both say."""
    kind = row.subject_kind if "subject_kind" in row._fields else row.about["kind"]
    return row.at, kind, row.decision, row.by


def content_digest(entry: JsonObject, salt: bytes) -> str:
    """Return the keyed digest of a whole decision.

    Args:
        entry: All that is kept of it, plain values, the salt and what is made of the rest left out.
        salt: The key.
    """
    return hmac.new(salt, canonical(entry), sha256).hexdigest()


def line_digest(line: JsonObject) -> str:
    """Return the digest of a line of plain values, of all of it but the digest."""
    return sha256(canonical({name: value for name, value in line.items() if name != "digest"})).hexdigest()


def entry_of(row: Row[Any]) -> JsonObject:
    """Return what the digest of a decision is of: all that is kept of it, as plain values."""
    kept = {
        name: value for name, value in row._asdict().items() if name not in ("subject", "salt", "receipt")
    }
    if row.withdraws is None:
        del kept["withdraws"]  # decisions of earlier versions had no such field, and keep their digests
    return kept | {"at": row.at.isoformat()}


def _content(row: Row[Any]) -> str:
    return content_digest(entry_of(row), row.salt)


def _digest(line: JsonObject) -> str:
    return line_digest(line | {"at": line["at"].isoformat()})
