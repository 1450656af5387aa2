"""Why something handed in was not taken: problem details (RFC 9457), one shape for requests, files and accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from vigie.errors import ContractError, DuplicateAccountError, MissingObservationTimeError, VigieError
from vigie.features.ingest.parsing import Batch, Fault


def _absent(value: object) -> bool:
    return value is None


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One fault of one field."""

    field: Annotated[str, Field(description="The field at fault, dotted where it is inside another.")]
    detail: Annotated[str, Field(description="What was seen, what is allowed.")]
    account: Annotated[
        int | None, Field(description="Position of the account in the request, from 0.", exclude_if=_absent)
    ] = None
    account_id: Annotated[
        str | None, Field(description="Id of the account, where it could be read.", exclude_if=_absent)
    ] = None
    line: Annotated[
        int | None,
        Field(
            description="Line of the account, from 1, where accounts are sent as lines.", exclude_if=_absent
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Problem details, RFC 9457."""

    type: Annotated[
        str, Field(description="Stable identifier of the kind of problem.", examples=["/problems/contract"])
    ]
    title: Annotated[str, Field(description="The kind of problem in words, one for every occurrence.")]
    status: Annotated[int, Field(description="HTTP status.", ge=400, le=599)]
    detail: Annotated[str, Field(description="What was seen, what was allowed, what to do next.")]
    errors: Annotated[
        list[FieldProblem] | None, Field(description="The fields at fault.", exclude_if=_absent)
    ] = None


def problem_of(error: VigieError, errors: Sequence[FieldProblem] = ()) -> Problem:
    """Return the problem details of an error of the tree.

    >>> problem_of(ContractError("followers_count is -1")).type
    '/problems/contract'
    """
    return Problem(f"/problems/{error.slug}", error.title, error.status, str(error), list(errors) or None)


def refusal(batch: Batch, index: int) -> Problem:
    """Return why the account at a position of a batch was not taken."""
    if index in batch.repeated:
        platform, account_id, _ = batch.names[index]
        repeated = DuplicateAccountError(
            f"the account {account_id} of {platform} was given before; give it once, with all its posts"
        )
        return problem_of(repeated, [FieldProblem("account_id", str(repeated), line=batch.lines.get(index))])
    faults = batch.refused[index]
    errors = [FieldProblem(fault.field, fault.detail, line=batch.lines.get(index)) for fault in faults]
    return problem_of(_kind(faults)("; ".join(fault.detail for fault in faults)), errors)


def _kind(faults: list[Fault]) -> type[VigieError]:
    unseen = [fault.field for fault in faults] == ["observed_at"] and "is missing" in faults[0].detail
    return MissingObservationTimeError if unseen else ContractError
