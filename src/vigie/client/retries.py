"""When a request is sent again: what passes by itself, after the time that the service asks for, a bounded number of times."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic

import httpx2

# Too many requests; a service that is busy or starts.
_REFUSED = (429, 503)
# The same, and a proxy that has no answer of a service.
_PASSING = (*_REFUSED, 502)
# What ends a request before it reached a service.
_UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
# What ends one before it was answered. A timeout of reading is not among them: the service may be at work on it.
_BROKEN = (*_UNSENT, httpx2.NetworkError, httpx2.RemoteProtocolError)

Outcome = httpx2.Response | httpx2.TransportError


@dataclass(frozen=True)
class Retries:
    """How often and how long a request is tried again.

    Attributes:
        most: Attempts after the first.
        within_s: Seconds after the first attempt in which the last one begins.
        first_s: Seconds before the second attempt where the service names none; doubled before each further one.
        longest_s: The most of these.
    """

    most: int = 8
    within_s: float = 300
    first_s: float = 0.5
    longest_s: float = 30


class Attempts:
    """The attempts of one request."""

    def __init__(
        self,
        retries: Retries,
        is_repeatable: bool = True,
        clock: Callable[[], float] = monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """Begin the first.

        Args:
            retries: How many there may be.
            is_repeatable: Whether the service may have done already what is asked again.
            clock: Seconds since whenever.
            draw: A random share, so that clients that were refused together do not come back together.
        """
        self._retries, self._clock, self._draw = retries, clock, draw
        self._end = clock() + retries.within_s
        self._made = 0
        self._passing = _PASSING if is_repeatable else _REFUSED
        self._broken = _BROKEN if is_repeatable else _UNSENT

    def wait(self, outcome: Outcome) -> float | None:
        """Return the seconds after which to try again; None where the outcome of this attempt counts."""
        if isinstance(outcome, httpx2.Response):
            if outcome.status_code not in self._passing:
                return None
            asked = _retry_after(outcome)
        elif isinstance(outcome, self._broken):
            asked = 0.0
        else:
            return None
        slower = min(self._retries.first_s * 2**self._made, self._retries.longest_s)
        self._made += 1
        wait = asked + slower * (self._draw() if asked else (1 + self._draw()) / 2)
        return wait if self._made <= self._retries.most and self._clock() + wait <= self._end else None


def _retry_after(response: httpx2.Response) -> float:
    """Return the seconds that a Retry-After header asks for, in either of its forms; 0 where there is none."""
    said = response.headers.get("retry-after", "")
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0
