"""How often one caller may ask, and of how many accounts."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from time import time
from typing import Annotated, Any, Literal, NamedTuple

import structlog
from filelock import FileLock
from limits import RateLimitItem, parse_many
from pydantic import PlainSerializer, PlainValidator

from vigie.errors import RateLimitedError, RequestTooLargeError, counted

Unit = Literal["requests", "accounts"]

# Seconds to wait for another process that counts, and between two looks for windows that are over.
_PATIENCE_S, _SWEEP_S = 1.0, 60.0
_TABLE = """
CREATE TABLE IF NOT EXISTS windows (
    caller TEXT, unit TEXT, seconds INTEGER, used INTEGER NOT NULL, ends REAL NOT NULL, PRIMARY KEY (caller, unit, seconds)
) WITHOUT ROWID
"""
# An end that is further away than a window is long was written before the clock was set back. Callers read the clock before
# they wait for their turn, so one may see an end that another wrote a little later: that window goes on.
_TURN_S = 60.0
_RUNS = f"ends BETWEEN :now AND :now + :seconds + {_TURN_S}"
_OF = "caller = :caller AND unit = :unit AND seconds = :seconds"
# Tested and counted in one statement, so that no other process counts in between.
_TAKE = f"""
INSERT INTO windows VALUES (:caller, :unit, :seconds, :amount, :now + :seconds)
ON CONFLICT DO UPDATE SET
    used = iif({_RUNS}, used, 0) + :amount, ends = iif({_RUNS}, ends, :now + :seconds)
WHERE NOT {_RUNS} OR used + :amount <= :most
RETURNING used
"""  # noqa: S608 - made of constants
_LEFT = f"SELECT used, ends FROM windows WHERE {_OF} AND {_RUNS}"  # noqa: S608 - made of constants
_SWEEP = "DELETE FROM windows WHERE ends < :now"

_log = structlog.get_logger("vigie.serving")


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
    """What callers have used of their allowances.

    Windows are fixed: the first request begins one, and all that was used is free again at its end. Processes that count in
    one file take no more together than there is. Where it cannot be counted, as on a full disk, callers are let in and the
    log says so: who fills the disk is stopped by the audit log.
    """

    def __init__(self, file: Path | None = None) -> None:
        """Begin to count, or go on.

        Args:
            file: Where it is counted; None: in the memory of this process.
        """
        self._counts = _opened(file)
        self._lock = Lock()
        self._swept = 0.0
        self._failing = False

    def close(self) -> None:
        """Count no more."""
        with self._lock:
            self._counts.close()

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
        now = time()
        if now >= self._swept + _SWEEP_S:
            self._swept = now
            self._asked(_SWEEP, now=now)
        window = _Window(bucket, unit, limit.get_expiry(), now)
        if self._asked(_TAKE, **window._asdict(), amount=amount, most=limit.amount) == []:
            _, ends = self._used(window)
            raise RateLimitedError(said(limit, unit), _wait(ends, now, limit))

    def headers(self, bucket: str, allowance: Allowance) -> dict[str, str]:
        """Return how much there is and how much is left, as headers.

        Fields are those of draft-ietf-httpapi-ratelimit-headers-10: ``q`` and ``w`` are the amount and the seconds of a
        window, ``r`` what remains of it and ``t`` the seconds until it is whole again.
        """
        now = time()
        policies, left = [], []
        for unit, limit in allowance.items():
            policies.append(f'"{unit}";q={limit.amount};w={limit.get_expiry()};qu="{unit}"')
            used, ends = self._used(_Window(bucket, unit, limit.get_expiry(), now))
            left.append(
                f'"{unit}";r={max(0, limit.amount - used)}'
                + (f";t={_wait(ends, now, limit)}" if used else "")
            )
        return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)} if policies else {}

    def _used(self, window: _Window) -> tuple[int, float]:
        """Return how much of a window is used, and when it ends; of one that has not begun, nothing and now."""
        found: list[tuple[int, float]] | None = self._asked(_LEFT, **window._asdict())
        return found[0] if found else (0, window.now)

    def _asked(self, statement: str, **values: Any) -> list[Any] | None:
        """Return the rows that a statement gives; None where it cannot be carried out."""
        try:
            with self._lock:
                rows = self._counts.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            if not self._failing:
                _log.warning("allowances not counted", reason=str(error))
            self._failing = True
            return None
        self._failing = False
        return rows


def _wait(ends: float, now: float, limit: RateLimitItem) -> int:
    """Return the seconds until a window is over: at most as many as it is long."""
    return min(max(0, math.ceil(ends - now)), limit.get_expiry())


class _Window(NamedTuple):
    """Values that statements name."""

    caller: str
    unit: Unit
    seconds: int
    now: float


def _opened(file: Path | None) -> sqlite3.Connection:
    """Return the table of windows; one that is damaged is made anew."""
    if file is None:
        return _prepared(":memory:")
    try:
        # Processes that start together make it once.
        with FileLock(f"{file}.lock", timeout=10 * _PATIENCE_S, mode=0o600):
            # It names callers: nobody else reads it.
            file.touch(mode=0o600)
            try:
                return _prepared(str(file))
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as error:
                _log.warning("allowances begin anew", file=str(file), reason=str(error))
                file.unlink()
                file.touch(mode=0o600)
                return _prepared(str(file))
    except (OSError, sqlite3.Error) as error:
        _log.warning("allowances counted by one process alone", file=str(file), reason=str(error))
        return _prepared(":memory:")


def _prepared(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name, _PATIENCE_S, isolation_level=None, check_same_thread=False)
    # What a machine that fails loses of it is not worth waiting for a disk with each request.
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = OFF", _TABLE):
        with closing(connection.execute(statement)):
            pass
    return connection
