"""From the bytes of a request to its frame and its accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Generic, NamedTuple, TypeVar

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from vigie.errors import EmptyInputError
from vigie.features.i18n import LANGUAGES, Language
from vigie.features.ingest.parsing import POSTS, Batch, IgnoredField, decode, from_requests
from vigie.features.ingest.refusals import FieldProblem, Problem, refusal
from vigie.serving.api.middleware.limits import check_counts
from vigie.serving.api.problems import RequestError, of_schema
from vigie.serving.api.schemas.requests import Envelope, GroupTestEnvelope
from vigie.serving.api.schemas.responses import RefusedAccount
from vigie.serving.settings import Settings

JSON = "application/json"
# Faults of a request that are listed, and unknown fields of its frame.
_MOST_ERRORS, _MOST_IGNORED = 100, 20
_LONGEST_SHOWN = 60

_Frame = TypeVar("_Frame", bound=Envelope)


class Reading(NamedTuple, Generic[_Frame]):
    """A request that was read.

    Attributes:
        frame: Its options.
        batch: Its accounts and posts.
        ignored: Unknown fields of the frame.
        language: Language of the answer.
    """

    frame: _Frame
    batch: Batch
    ignored: list[str]
    language: Language


def require_json(request: Request) -> None:
    """Refuse a body that does not say it is plain JSON in UTF-8.

    Raises:
        HTTPException: 415.
    """
    kind, _, rest = request.headers.get("content-type", "").lower().partition(";")
    charset = rest.partition("charset=")[2].strip(' "') or "utf-8"
    encoding = request.headers.get("content-encoding", "identity")
    if kind.strip() != JSON or charset not in ("utf-8", "utf8") or encoding.lower() != "identity":
        raise HTTPException(
            415, "send JSON in UTF-8, not compressed, with the header Content-Type: application/json"
        )


def read(
    body: bytes, frame: type[_Frame], accept_language: str | None, settings: Settings
) -> Reading[_Frame]:
    """Return a request that was read; accounts that cannot be are among the refused of its batch.

    Args:
        body: JSON.
        frame: The shape of its frame.
        accept_language: The header, used where the request names no language.
        settings: How many accounts and posts it may hold.

    Raises:
        EmptyInputError: The body is empty.
        MalformedInputError: It is not JSON.
        RequestTooLargeError: It holds too many accounts or posts.
        RequestError: Its frame cannot be read.
    """
    if not body.strip():
        raise EmptyInputError('the body is empty; send {"accounts": [{…}]}, see /docs')
    given = decode(body)
    if not isinstance(given, dict):
        wanted = 'a request is an object: {"accounts": [{…}]}, see /docs'
        raise RequestError(wanted, [FieldProblem("body", wanted)])
    try:
        envelope = frame.model_validate(given)
    except ValidationError as error:
        raise of_schema(error) from None
    posts = [entry.get(POSTS) for entry in envelope.accounts if isinstance(entry, dict)]
    check_counts(
        envelope.accounts,
        sum(len(some) for some in posts if isinstance(some, list)),
        settings,
        is_list=issubclass(frame, GroupTestEnvelope),
    )
    ignored = [name[:_LONGEST_SHOWN] for name in given if name not in frame.model_fields][:_MOST_IGNORED]
    batch = from_requests(envelope.accounts, datetime.now(UTC))
    return Reading(envelope, batch, ignored, envelope.language or preferred(accept_language))


def none_readable(batch: Batch, refusals: Sequence[Problem]) -> RequestError:
    """Return the error of a request none of whose accounts can be read.

    Args:
        batch: The accounts.
        refusals: Why each was refused, in order.
    """
    errors = [
        replace(fault, account=index, account_id=batch.names[index][1])
        for index, refusal in enumerate(refusals)
        for fault in refusal.errors or ()
    ]
    none = (
        "the account cannot be read"
        if batch.size == 1
        else f"none of the {batch.size:,} accounts can be read"
    )
    return RequestError(
        f"{none}; errors name the account and the field"
        + (f" (the first {_MOST_ERRORS} of {len(errors):,})" if len(errors) > _MOST_ERRORS else ""),
        errors[:_MOST_ERRORS],
    )


def refusals(batch: Batch) -> list[RefusedAccount]:
    """Return the accounts of a batch that were not taken, in order, each with why."""
    return [
        RefusedAccount(index, *batch.names[index], refusal(batch, index))
        for index in sorted({*batch.refused, *batch.repeated})
    ]


def ignored_fields(of_request: Sequence[str], batch: Batch) -> list[IgnoredField]:
    """Return the unknown fields of a request, its accounts and their posts, each once."""
    names = [IgnoredField(name, None) for name in of_request]
    names += [field for fields in batch.ignored.values() for field in fields]
    return list(dict.fromkeys(names))[:_MOST_IGNORED]


def preferred(header: str | None) -> Language:
    """Return the language we speak that an Accept-Language header likes best; English by default.

    >>> preferred("de, fr;q=0.8, en;q=0.5")
    'fr'
    """
    weights: dict[str, float] = {}
    for item in (header or "").split(","):
        tag, _, rest = item.strip().lower().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        name = tag.strip().split("-")[0]
        weights[name] = max(weight, weights.get(name, 0.0))
    best: Language = max(LANGUAGES, key=lambda language: weights.get(language, weights.get("*", 0.0)))
    return best


def spoken(language: Language) -> dict[str, str]:
    """Return the headers of an answer that is in a language since the request asked for it."""
    return {"Content-Language": language, "Vary": "Accept-Language"}
