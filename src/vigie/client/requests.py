"""What is sent: requests planned without sending anything, so that both clients send the same."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypedDict
from uuid import uuid4

from vigie.errors import EmptyInputError, InputError

JSON, LINES, BYTES = "application/json", "application/x-ndjson", "application/octet-stream"
_POSTS = "posts"
# As gzip writes them; little is gained beyond this level.
_GZIP_BITS, _GZIP_LEVEL = 31, 5


class Asked(TypedDict, total=False):
    """What may be asked of every answer that holds sentences."""

    language: Literal["en", "fr"]


class ScoresAsked(Asked, total=False):
    """What may be asked of scores; the service says what is the default."""

    targets: Sequence[Literal["inauthentic", "coordinated"]]
    top_reasons: int
    operation: str


@dataclass(frozen=True)
class Chunks:
    """How much one request carries, where what is sent may be cut.

    Attributes:
        accounts: At most.
        posts: At most, unless one account alone has more.
        megabytes: At most, before compression, unless one account alone is larger.
    """

    accounts: int = 100
    posts: int = 20_000
    megabytes: float = 16


@dataclass(frozen=True)
class Request:
    """One request, the same each time that it is sent.

    Attributes:
        method: Of HTTP.
        path: Of the service.
        options: Stand in the address.
        body: JSON, or lines of it, compressed with gzip; None: none.
        first: Position of its first account or post among all that are to be sent.
        accounts: How many it holds.
        headers: Say what the body is, and name the request.
        is_repeatable: Whether to send it twice does no more than to send it once.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    options: Mapping[str, Any] = field(default_factory=dict)
    body: bytes | None = None
    first: int = 0
    accounts: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    is_repeatable: bool = True


def get(path: str, language: str | None = None, options: Mapping[str, Any] | None = None) -> Request:
    """Return a request that asks for what is there; options that are None are left out."""
    told = {name: value for name, value in (options or {}).items() if value is not None}
    return Request("GET", path, told, headers={"Accept-Language": language} if language else {})


def order(
    method: Literal["POST", "PUT", "PATCH", "DELETE"],
    path: str,
    fields: Mapping[str, Any] | None = None,
    *,
    language: str | None = None,
    is_repeatable: bool = True,
) -> Request:
    """Return a request that changes what is there, or asks with a body.

    Args:
        method: Of HTTP.
        path: Of the service.
        fields: What is said of it; None: nothing.
        language: Of the answer; None: it has none.
        is_repeatable: Whether to send it twice does no more than to send it once.

    Raises:
        InputError: A value is nothing that JSON holds.
    """
    headers = {"Accept-Language": language} if language else {}
    if fields is None:
        return Request(method, path, headers=headers, is_repeatable=is_repeatable)
    body = _json(fields, "what is asked")
    headers["Content-Type"] = JSON
    return Request(method, path, body=body, headers=headers, is_repeatable=is_repeatable)


def upload(path: str, content: bytes, options: Mapping[str, Any]) -> Request:
    """Return a request that sends a file as it is; options that are None are left out."""
    told = {name: value for name, value in options.items() if value is not None}
    return Request("POST", path, told, content, headers={"Content-Type": BYTES})


def whole(path: str, accounts: Iterable[Mapping[str, Any]], options: Mapping[str, Any]) -> Request:
    """Return one request with all accounts: those of several requests would not be compared with each other.

    Raises:
        EmptyInputError: There are none.
        InputError: A value is nothing that JSON holds.
    """
    requests = list(chunked(path, accounts, options, Chunks(10**9, 10**12, 10**9)))
    if not requests:
        raise EmptyInputError("there is no account to send; give at least one")
    return requests[0]


def chunked(
    path: str,
    accounts: Iterable[Mapping[str, Any]],
    options: Mapping[str, Any],
    most: Chunks,
    kind: str = "account",
) -> Iterator[Request]:
    """Yield requests that hold a bounded number of accounts and posts each, in order.

    Args:
        path: Of the service.
        accounts: Objects of a request; read as they are needed.
        options: Of the request.
        most: How much fits in one.
        kind: What each is called in errors.

    Raises:
        InputError: A value is nothing that JSON holds.
    """
    first = count = posts = size = 0
    body = _Body()
    for account in accounts:
        line = _json(account, f"{kind} {first + count}") + b"\n"
        its_posts = len(account.get(_POSTS) or ())
        if count and (
            count >= most.accounts
            or posts + its_posts > most.posts
            or size + len(line) > most.megabytes * 1e6
        ):
            yield _post(path, options, body, first, count)
            first, count, posts, size, body = first + count, 0, 0, 0, _Body()
        body.write(line)
        count, posts, size = count + 1, posts + its_posts, size + len(line)
    if count:
        yield _post(path, options, body, first, count)


class _Body:
    """Lines, compressed while they come."""

    def __init__(self) -> None:
        self._gzip = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_BITS)
        self._parts: list[bytes] = []

    def write(self, line: bytes) -> None:
        self._parts.append(self._gzip.compress(line))

    def finished(self) -> bytes:
        return b"".join([*self._parts, self._gzip.flush()])


def _post(path: str, options: Mapping[str, Any], body: _Body, first: int, count: int) -> Request:
    headers = {
        "Content-Type": LINES,
        "Content-Encoding": "gzip",
        "Accept": JSON,
        # An operation answers a request that comes again as it did at first; scoring changes nothing.
        "Idempotency-Key": str(uuid4()),
    }
    return Request("POST", path, options, body.finished(), first, count, headers)


def _json(value: Mapping[str, Any], name: str) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{name} cannot be written as JSON ({error}); leave out what is not known, and give texts, numbers, "
            "true or false, times and lists of texts"
        ) from error
    # Half of an emoji, cut by a collector, is no UTF-8.
    return text.encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    """Return a value that JSON has no word for as one that it has."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if hasattr(value, "tolist"):  # NumPy's and Polars' own
        return value.tolist()
    if hasattr(value, "to_list"):
        return value.to_list()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
