"""From the bytes of a request to its frame and its accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Generic, Literal, NamedTuple, TypeVar, get_origin

import numpy as np
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from vigie.errors import EmptyInputError, MalformedInputError, MediaTypeError, RequestTooLargeError
from vigie.features.i18n import Language, message
from vigie.features.ingest.decoding import decode
from vigie.features.ingest.nested_posts import POSTS
from vigie.features.ingest.opening import DAMAGED, expanded
from vigie.features.ingest.parsing import Batch, IgnoredField, from_requests, joined
from vigie.features.ingest.refusals import FieldProblem, Problem, refusal
from vigie.features.json_object import JsonObject
from vigie.serving.access.exchange import Exchange
from vigie.serving.api.middleware.limits import check_work
from vigie.serving.api.negotiation import JSON, NDJSON, chosen, preferred
from vigie.serving.api.problems import RequestError, of_schema
from vigie.serving.api.schemas.requests import ACCOUNTS, Envelope, Options
from vigie.serving.api.schemas.responses import RefusedAccount
from vigie.serving.batch.inputs import line_batches
from vigie.serving.settings import ACCOUNT_WORK, Settings

_ENCODINGS: dict[str, Literal["gzip", "zstd"] | None] = {"identity": None, "gzip": "gzip", "zstd": "zstd"}
# Objects and lists of a post: itself, its lists, and what raw objects of an API hold.
_STRUCTURES = 12
# Work of a post that is sent by itself: each is answered for by itself too.
_POST_WORK = 4
# Faults of a request that are listed, and unknown fields of its frame.
_MOST_ERRORS, _MOST_IGNORED = 100, 20
_LONGEST_SHOWN = 60

_Asked = TypeVar("_Asked", bound=Options)
# Refuses more than a setting allows, given accounts and posts.
Check = Callable[[int, int, Settings], None]


@dataclass(frozen=True)
class Given:
    """What a client sent.

    Attributes:
        body: One JSON object that holds options and accounts, or a line of JSON for each account.
        accept_language: The header, used where the options name no language.
        options: Options by name, as the address gives them, where the body is lines; None where it is one object.
        encoding: How the body is compressed; None: it is not.
        exchange: What else is known of the request.
    """

    body: bytes
    accept_language: str | None = None
    options: Mapping[str, Sequence[str]] | None = None
    encoding: Literal["gzip", "zstd"] | None = None
    exchange: Exchange = field(default_factory=Exchange)

    @classmethod
    async def by(cls, request: Request) -> Given:
        """Return what a request gives.

        Raises:
            MediaTypeError: The body says that it is neither JSON nor lines of JSON in plain UTF-8.
        """
        _media_type(request)
        # The request would keep what its method body() returns, and many parts at once would leave holes in the memory.
        body = bytearray()
        async for part in request.stream():
            body += part
        return cls.of(request, bytes(body))

    @classmethod
    def of(cls, request: Request, body: bytes) -> Given:
        """Return what a request gives whose body was read already, or a part of it.

        Raises:
            MediaTypeError: The body says that it is neither JSON nor lines of JSON in plain UTF-8.
        """
        kind, encoding = _media_type(request)
        query = request.query_params
        return cls(
            body,
            request.headers.get("accept-language"),
            {name: query.getlist(name) for name in query} if kind == NDJSON else None,
            encoding,
            request.state.exchange,
        )


class Reading(NamedTuple, Generic[_Asked]):
    """A request that was read.

    Attributes:
        options: What was asked.
        batch: Its accounts and posts.
        ignored: Unknown options.
        language: Language of the answer.
    """

    options: _Asked
    batch: Batch
    ignored: list[str]
    language: Language


def _media_type(request: Request) -> tuple[str, Literal["gzip", "zstd"] | None]:
    """Return whether a body is JSON or lines of it, and how it is compressed; refuse one that is neither, or not UTF-8."""
    kind, _, rest = request.headers.get("content-type", "").lower().partition(";")
    charset = rest.partition("charset=")[2].strip(' "') or "utf-8"
    encoding = request.headers.get("content-encoding", "identity").lower()
    kind = kind.strip()
    if kind not in (JSON, NDJSON) or charset not in ("utf-8", "utf8") or encoding not in _ENCODINGS:
        raise MediaTypeError(message("problem.media_type"))
    return kind, _ENCODINGS[encoding]


def read(given: Given, asked: type[_Asked], settings: Settings, check: Check = check_work) -> Reading[_Asked]:
    """Return a request that was read; accounts that cannot be are among the refused of its batch.

    Args:
        given: What the client sent.
        asked: The shape of its options.
        settings: How much it may ask for.
        check: Refuses what asks for more.

    Raises:
        EmptyInputError: The body is empty.
        MalformedInputError: It is not JSON, or is compressed and not whole.
        RequestTooLargeError: It asks for more than allowed.
        RateLimitedError: Its caller has asked for as many accounts as allowed.
        RequestError: Its options or its frame cannot be read.
    """
    body = _expanded(given, settings) if given.encoding else given.body
    if not body.strip():
        raise EmptyInputError(message("problem.empty_body"))
    now = datetime.now(UTC)
    if given.options is None:
        _check_structures(body, settings)
        frame = _frame(body, preferred(given.accept_language))
        named = {name: value for name, value in frame.items() if name != ACCOUNTS}
        language = chosen(named.get("language"), given.accept_language)
        options = _validated(asked, named, language, frame)
        accounts = frame[ACCOUNTS]
        posts = [entry.get(POSTS) for entry in accounts if isinstance(entry, dict)]
        check(len(accounts), sum(len(some) for some in posts if isinstance(some, list)), settings)
        batch = from_requests(accounts, now, language)
    else:
        named = {name: _value(asked, name, texts) for name, texts in given.options.items()}
        language = chosen(named.get("language"), given.accept_language)
        options = _validated(asked, named, language)
        batch = joined(_bounded(line_batches(BytesIO(body), now, language), settings, check))
    given.exchange.take(batch.size, batch.posts.height)
    ignored = [name[:_LONGEST_SHOWN] for name in named if name not in asked.model_fields][:_MOST_IGNORED]
    return Reading(options, batch, ignored, language)


def entries(given: Given, field: str, settings: Settings) -> list[Any]:
    """Return what a request holds a list of: the entries of a field of one object, or its lines.

    Args:
        given: What the client sent.
        field: Name of the field, where the body is one object.
        settings: How much it may hold.

    Returns:
        Decoded JSON; a line that does not parse is the error that says why.

    Raises:
        EmptyInputError: The body is empty.
        MalformedInputError: It is not JSON, or is compressed and not whole.
        RequestTooLargeError: It holds more than allowed.
        RequestError: It is no object with a list in that field.
    """
    body = _expanded(given, settings) if given.encoding else given.body
    if not body.strip():
        raise EmptyInputError(message("problem.empty_entries", field=field))
    _check_structures(body, settings)
    found: Any
    if given.options is not None:
        found = [_line(number, line) for number, line in enumerate(body.splitlines(), 1) if line.strip()]
    else:
        language = preferred(given.accept_language)
        found = _frame(body, language).get(field)
        if not isinstance(found, list) or not found:
            wanted = message("problem.no_list", field=field).say(language)
            raise RequestError(wanted, [FieldProblem(field, wanted)], language)
    most = most_entries(field, settings)
    if len(found) > most:
        raise RequestTooLargeError(message("problem.entries", field=field, count=len(found), most=most))
    listed: list[Any] = found
    return listed


def most_entries(field: str, settings: Settings) -> int:
    """Return how many entries of a field a request may hold."""
    return settings.max_work // (ACCOUNT_WORK if field == ACCOUNTS else _POST_WORK)


def _line(number: int, line: bytes) -> Any:
    try:
        return decode(line)
    except MalformedInputError as error:
        return MalformedInputError(message("refusals.line", line=str(number), fault=error.args[0]))


def _expanded(given: Given, settings: Settings) -> bytes:
    """Return a compressed body expanded, as far as a plain one may be long."""
    most = int(settings.max_body_mb * 1_000_000)
    try:
        with expanded(BytesIO(given.body), given.encoding or "gzip") as data:
            body = data.read(most + 1)
    except DAMAGED as error:
        raise MalformedInputError(
            message("problem.compression", encoding=given.encoding or "gzip", fault=str(error))
        ) from error
    if len(body) > most:
        raise RequestTooLargeError(message("problem.expanded", megabytes=f"{settings.max_body_mb:g}"))
    return body


def _check_structures(body: bytes, settings: Settings) -> None:
    """Refuse a body with more objects and lists than a request of its work has: empty ones cost a hundred bytes each."""
    signs = np.frombuffer(body, np.uint8)
    structures = sum(int(np.count_nonzero(signs == sign)) for sign in b"{[")
    if structures > _STRUCTURES * settings.max_work:
        raise RequestTooLargeError(
            message("problem.structures", structures=structures, most=settings.max_work)
        )


def _frame(body: bytes, language: Language) -> JsonObject:
    """Return the object that a body holds."""
    frame = decode(body)
    if not isinstance(frame, dict):
        wanted = message("problem.no_object").say(language)
        raise RequestError(wanted, [FieldProblem("body", wanted)], language)
    return frame


def _validated(asked: type[_Asked], named: JsonObject, language: Language, *frames: JsonObject) -> _Asked:
    """Return options as their shape has them, the accounts of a frame looked at too; the faults of both are told."""
    faults: list[ErrorDetails] = []
    try:
        options = asked.model_validate(named)
    except ValidationError as error:
        faults += error.errors(include_url=False, include_input=False)
    for frame in frames:
        try:
            Envelope.model_validate(frame)
        except ValidationError as error:
            faults += error.errors(include_url=False, include_input=False)
    if faults:
        raise of_schema(faults, language)
    return options


def _value(asked: type[Options], name: str, texts: Sequence[str]) -> Any:
    """Return the value of an option out of the texts that the address gives for it."""
    values = [int(text) if text.isdecimal() and text.isascii() else text for text in texts]
    known = asked.model_fields.get(name)
    is_list = known is not None and get_origin(known.annotation) is list
    return values if is_list else values[-1]


def _bounded(batches: Iterator[tuple[Batch, int]], settings: Settings, check: Check) -> Iterator[Batch]:
    """Yield batches until they ask for more than allowed."""
    accounts = posts = 0
    for batch, _ in batches:
        accounts += batch.size
        posts += batch.posts.height
        check(accounts, posts, settings)
        yield batch


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
    if len(errors) > _MOST_ERRORS:
        none = message("problem.none_readable_first", count=batch.size, first=_MOST_ERRORS, all=len(errors))
    else:
        none = message("problem.none_readable", count=batch.size)
    return RequestError(none.say(batch.language), errors[:_MOST_ERRORS], batch.language)


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
