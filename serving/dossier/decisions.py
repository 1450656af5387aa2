"""What people decided in an operation, with the lines of the chain that prove it and the keys of their digests."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select

from vigie.errors import DossierError
from vigie.features.json_object import JsonObject
from vigie.serving.operations import decision_chain, tables
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decision_chain import content_digest, entry_of, line_digest

_LOG, _DECISIONS = tables.decision_log, tables.decisions


class Decided(BaseModel):
    """A decision, the key of its digest, and its line in the chain.

    Attributes:
        entry: All that is kept of it.
        salt: The key, in hex.
        line: Its line, the digest of the line before it included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    entry: JsonObject
    salt: Annotated[str, Field(pattern=r"^[0-9a-f]{2,128}$")]
    line: JsonObject


class Excerpt(BaseModel):
    """The decisions of an operation, and where the chain of the deployment ended when they were sealed.

    Attributes:
        operation: Its id.
        decisions: In the order they were made.
        lines: How many lines the chain had.
        head: Digest of the last one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: str
    decisions: tuple[Decided, ...]
    lines: int = Field(ge=0)
    head: str


def excerpt(catalogue: Catalogue, operation: str) -> Excerpt:
    """Return the decisions of an operation with their lines.

    Args:
        catalogue: All operations.
        operation: Id of one.

    Raises:
        OperationError: It is forgotten.
        DecisionChainError: A line of the chain, or a decision, was changed.
    """
    decision_chain.settle(catalogue, operation)
    chain = decision_chain.verify(catalogue)
    with catalogue.database(operation).reading() as connection:
        rows = connection.execute(select(_DECISIONS).order_by(_DECISIONS.c.id)).all()
    with catalogue.store.catalogue.reading() as connection:
        found = connection.execute(select(_LOG).where(_LOG.c.operation == operation)).all()
    lines = {line.content: line._asdict() | {"at": line.at.isoformat()} for line in found}
    decided = tuple(
        Decided(entry=entry, salt=row.salt.hex(), line=lines[content_digest(entry, row.salt)])
        for row, entry in ((row, entry_of(row)) for row in rows)
    )
    return Excerpt(operation=operation, decisions=decided, lines=chain.lines, head=chain.head)


def checked(text: bytes) -> Excerpt:
    """Return an excerpt whose decisions fit their lines, and whose lines fit those beside them.

    Raises:
        DossierError: It is none, or a decision or line was changed; it is named.
    """
    try:
        held = Excerpt.model_validate_json(text)
    except ValidationError as error:
        raise DossierError(
            f"decisions.json does not parse: {error.errors(include_url=False)[0]['msg']}"
        ) from None
    before: JsonObject = {}
    for decided in held.decisions:
        line, number = decided.line, decided.entry.get("id")
        said = (line.get("operation"), line.get("content"), line.get("digest"))
        if said != (
            held.operation,
            content_digest(decided.entry, bytes.fromhex(decided.salt)),
            line_digest(line),
        ):
            raise DossierError(
                f"decision {number} of decisions.json does not fit its line in the chain: it was changed"
            )
        if line.get("id") == before.get("id", -1) + 1 and line.get("previous") != before.get("digest"):
            raise DossierError(
                f"the line of decision {number} does not follow the one before it in the chain"
            )
        before = line
    return held
