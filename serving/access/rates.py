"""How often one caller may ask, and of how many accounts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from time import time
from typing import Annotated, Literal

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from pydantic import PlainSerializer, PlainValidator

from vigie.errors import RateLimitedError, RequestTooLargeError, counted

Unit = Literal["requests", "accounts"]


def rate(written: object) -> RateLimitItem:
    """Return a rate as it is written: a number of at least 1, a slash and a time.

    >>> str(rate("600/minute")), str(rate("5000 per 2 hours"))
    ('600 per 1 minute', '5000 per 2 hour')

    Raises:
        ValueError: It is written otherwise.
    """
    if isinstance(written, RateLimitItem):
        return written
    try:
        (found,) = parse_many(str(written))
    except ValueError:
        found = None
    if found is None or found.amount < 1 or found.get_expiry() < 1:
        raise ValueError("a rate is a number of at least 1 for a time, such as 600/minute or 100000/hour")
    return found


def said(limit: RateLimitItem, unit: Unit) -> str:
    """Return a limit in words.

    >>> said(rate("5000/2hour"), "accounts")
    '5,000 accounts in 2 hours'
    """
    return f"{limit.amount:,} {unit} in {counted(limit.multiples, limit.GRANULARITY.name)}"


Rate = Annotated[RateLimitItem, PlainValidator(rate), PlainSerializer(str, return_type=str)]


@dataclass(frozen=True)
class Allowance:
    """How much one caller may ask.

    Attributes:
        requests: Requests in a time; None: any number.
        accounts: Accounts of all requests in a time; None: any number.
    """

    requests: RateLimitItem | None = None
    accounts: RateLimitItem | None = None

    def items(self) -> Iterator[tuple[Unit, RateLimitItem]]:
        """Yield what is limited, with its limit."""
        if self.requests:
            yield "requests", self.requests
        if self.accounts:
            yield "accounts", self.accounts


class Rates:
    """What callers have used of their allowances, in the memory of this process.

    Windows are fixed: the first request begins one, and all that was used is free again at its end. Several processes
    count each by themselves.
    """

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        # A request is tested and counted at once: one that is refused uses up nothing.
        self._lock = Lock()

    def take(self, bucket: str, allowance: Allowance, unit: Unit, amount: int = 1) -> None:
        """Use up some of an allowance.

        Args:
            bucket: Whose.
            allowance: How much there is.
            unit: Of what some is used.
            amount: How much is used.

        Raises:
            RateLimitedError: There is not as much left; nothing is used up.
            RequestTooLargeError: There never is as much.
        """
        limit = dict(allowance.items()).get(unit)
        if limit is None:
            return
        if amount > limit.amount:
            raise RequestTooLargeError(
                f"the request holds {counted(amount, 'account')}, and this caller may ask {said(limit, unit)} at most; send "
                "fewer at a time, or ask the operator for a key with a higher --accounts"
            )
        with self._lock:
            if self._limiter.test(limit, bucket, unit, cost=amount):
                self._limiter.hit(limit, bucket, unit, cost=amount)
                return
            wait = self._seconds_left(limit, bucket, unit)
        raise RateLimitedError(said(limit, unit), wait)

    def headers(self, bucket: str, allowance: Allowance) -> dict[str, str]:
        """Return how much there is and how much is left, as headers.

        Fields are those of draft-ietf-httpapi-ratelimit-headers-10: ``q`` and ``w`` are the amount and the seconds of a
        window, ``r`` what remains of it and ``t`` the seconds until it is whole again.
        """
        policies, left = [], []
        with self._lock:
            for unit, limit in allowance.items():
                policies.append(f'"{unit}";q={limit.amount};w={limit.get_expiry()};qu="{unit}"')
                remaining = self._limiter.get_window_stats(limit, bucket, unit).remaining
                seconds = self._seconds_left(limit, bucket, unit)
                left.append(f'"{unit}";r={remaining}' + (f";t={seconds}" if seconds else ""))
        return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)} if policies else {}

    def _seconds_left(self, limit: RateLimitItem, bucket: str, unit: Unit) -> int:
        """Return the whole seconds until the end of a window; of one that has not begun, none."""
        reset = self._limiter.get_window_stats(limit, bucket, unit).reset_time
        return max(0, math.ceil(reset - time()))
