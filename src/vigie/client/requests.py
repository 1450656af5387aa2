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

JSON, LINES = "application/json", "application/x-ndjson"
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


@dataclass(frozen=True)
class Chunks:
    """How much one request for scores of inauthenticity carries.

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
        method: ``GET`` or ``POST``.
        path: Of the service.
        options: Stand in the address.
        body: Lines of JSON, compressed with gzip; None: none.
        first: Position of its first account among all that are to be scored.
        accounts: How many it holds.
        headers: Say what the body is, and name the request.
    """

    method: Literal["GET", "POST"]
    path: str
    options: Mapping[str, Any] = field(default_factory=dict)
    body: bytes | None = None
    first: int = 0
    accounts: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


def get(path: str, language: str | None = None) -> Request:
    """Return a request that asks for what is there."""
    return Request("GET", path, headers={"Accept-Language": language} if language else {})


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
    path: str, accounts: Iterable[Mapping[str, Any]], options: Mapping[str, Any], most: Chunks
) -> Iterator[Request]:
    """Yield requests that hold a bounded number of accounts and posts each, in order.

    Args:
        path: Of the service.
        accounts: Objects of a request; read as they are needed.
        options: Of the request.
        most: How much fits in one.

    Raises:
        InputError: A value is nothing that JSON holds.
    """
    first = count = posts = size = 0
    body = _Body()
    for account in accounts:
        line = _line(account, first + count)
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
        # Scoring changes nothing, so that to repeat it is safe; a service that keeps what it made knows it again by this.
        "Idempotency-Key": str(uuid4()),
    }
    return Request("POST", path, options, body.finished(), first, count, headers)


def _line(account: Mapping[str, Any], index: int) -> bytes:
    try:
        text = json.dumps(account, ensure_ascii=False, allow_nan=False, default=_plain, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"account {index} cannot be written as JSON ({error}); leave out what is not known, and give texts, numbers, "
            "true or false, times and lists of texts"
        ) from error
    # Half of an emoji, cut by a collector, is no UTF-8.
    return text.encode("utf-8", "replace") + b"\n"


def _plain(value: Any) -> Any:
    """Return a value that JSON has no word for as one that it has."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if hasattr(value, "tolist"):  # NumPy's and Polars' own
        return value.tolist()
    if hasattr(value, "to_list"):
        return value.to_list()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
