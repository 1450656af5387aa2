"""What passes by itself is tried again, as long and as often as is set, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from vigie.client.retries import Attempts, Outcome, Retries


class Clock:
    """Stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def response(status: int, retry_after: str | None = None) -> httpx2.Response:
    return httpx2.Response(status, headers={"Retry-After": retry_after} if retry_after else {})


def waits(outcome: Outcome, retries: Retries, share: float = 0.0, is_repeatable: bool = True) -> list[float]:
    """Return the seconds waited before each further attempt, where all end the same way."""
    clock = Clock()
    attempts = Attempts(retries, is_repeatable, clock, lambda: share)
    found: list[float] = []
    while (wait := attempts.wait(outcome)) is not None:
        found.append(wait)
        clock.now += wait
    return found


@pytest.mark.parametrize("status", [200, 400, 401, 404, 413, 422, 500])
def test_an_answer_counts(status: int) -> None:
    assert waits(response(status), Retries()) == []


@pytest.mark.parametrize(
    "outcome",
    [
        response(429), response(502), response(503), httpx2.ConnectError("refused"), httpx2.ReadError("reset"),
        httpx2.RemoteProtocolError("gone"), httpx2.ConnectTimeout("late"),
    ],
)  # fmt: skip
def test_what_passes_is_tried_again_each_time_later_and_not_for_ever(outcome: Outcome) -> None:
    assert waits(outcome, Retries(most=5, first_s=1, longest_s=4)) == [0.5, 1, 2, 2, 2]


def test_a_service_that_may_be_at_work_is_not_asked_again() -> None:
    assert waits(httpx2.ReadTimeout("slow"), Retries()) == []


@pytest.mark.parametrize(
    ("outcome", "again"),
    [(response(429), 1), (response(503), 1), (httpx2.ConnectError("refused"), 1), (response(502), 0), (httpx2.ReadError("reset"), 0)],
)  # fmt: skip
def test_what_may_be_done_already_and_must_not_be_done_twice_is_not_sent_again(
    outcome: Outcome, again: int
) -> None:
    assert len(waits(outcome, Retries(most=1), is_repeatable=False)) == again


def test_the_service_says_when_to_come_back_and_clients_come_at_times_of_their_own() -> None:
    assert waits(response(503, "7"), Retries(most=2, first_s=1)) == [7, 7]
    assert waits(response(503, "7"), Retries(most=2, first_s=1), share=0.5) == [7.5, 8]


def test_a_time_of_day_is_read_too() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    (wait,) = waits(response(429, later), Retries(most=1))
    assert 55 < wait <= 60
    (wait,) = waits(response(429, "soon"), Retries(most=1, first_s=1))
    assert wait == 0.5


def test_no_attempt_begins_after_the_time_that_is_set() -> None:
    assert waits(response(503, "40"), Retries(most=9, within_s=100)) == [40, 40]
