"""Why something handed in was not taken: problem details (RFC 9457), one shape for requests, files and accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from vigie.errors import ContractError, DuplicateAccountError, MissingObservationTimeError, VigieError
from vigie.features.i18n import Language, Message, message
from vigie.features.i18n.catalogues import MissingMessageError
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


def problem_of(error: VigieError, errors: Sequence[FieldProblem] = (), language: Language = "en") -> Problem:
    """Return the problem details of an error of the tree.

    Args:
        error: Its message may be one of the catalogues; another one is in English.
        errors: The fields at fault.
        language: Language of the details.

    >>> problem_of(ContractError("followers_count is -1")).type
    '/problems/contract'
    """
    told = error.args[0] if error.args else None
    detail = told.say(language) if isinstance(told, Message) else str(error)
    return Problem(
        f"/problems/{error.slug}",
        title(error.slug, error.title, language),
        error.status,
        detail,
        list(errors) or None,
    )


def title(slug: str, english: str, language: Language) -> str:
    """Return the title of a kind of problem; the English one where no request meets it."""
    try:
        return message(f"problem.title.{slug}").say(language)
    except MissingMessageError:
        return english


def refusal(batch: Batch, index: int) -> Problem:
    """Return why the account at a position of a batch was not taken."""
    if index in batch.repeated:
        platform, account_id, _ = batch.names[index]
        why = message("refusals.repeated", account=account_id or "", platform=platform or "")
        fault = FieldProblem("account_id", why.say(batch.language), line=batch.lines.get(index))
        return problem_of(DuplicateAccountError(why), [fault], batch.language)
    faults = batch.refused[index]
    errors = [FieldProblem(fault.field, fault.detail, line=batch.lines.get(index)) for fault in faults]
    unseen = Fault("observed_at", message("refusals.missing.accounts.observed_at").say(batch.language))
    kind = MissingObservationTimeError if faults == [unseen] else ContractError
    return problem_of(kind("; ".join(fault.detail for fault in faults)), errors, batch.language)
