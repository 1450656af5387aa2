"""Allowances are used up and come back, and nobody uses those of another."""

from __future__ import annotations

import re
import threading
import time

import pytest

from vigie.errors import RateLimitedError, RequestTooLargeError
from vigie.serving.access.rates import Allowance, Rates, rate


@pytest.mark.parametrize(
    "written", ["", "often", "0/minute", "-1/minute", "10", "1/second; 5/minute", "1/never"]
)
def test_what_is_no_rate_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="such as 600/minute"):
        rate(written)


def test_what_is_used_up_is_refused_with_the_time_to_wait_and_comes_back() -> None:
    rates, allowance = Rates(), Allowance(rate("2/second"))
    for _ in range(2):
        rates.take("a", allowance, "requests")
    rates.take("b", allowance, "requests")
    with pytest.raises(RateLimitedError, match="2 requests in 1 second") as refused:
        rates.take("a", allowance, "requests")
    assert refused.value.retry_after_s == 1
    time.sleep(1.05)
    rates.take("a", allowance, "requests")


def test_a_refused_request_uses_up_nothing() -> None:
    rates, allowance = Rates(), Allowance(accounts=rate("10/hour"))
    rates.take("a", allowance, "accounts", 6)
    with pytest.raises(RateLimitedError):
        rates.take("a", allowance, "accounts", 5)
    rates.take("a", allowance, "accounts", 4)


def test_what_never_fits_is_not_told_to_come_back() -> None:
    with pytest.raises(
        RequestTooLargeError, match="holds 11 accounts, and this caller may ask 10 accounts in 1 hour"
    ):
        Rates().take("a", Allowance(accounts=rate("10/hour")), "accounts", 11)


def test_threads_together_take_no_more_than_there_is() -> None:
    rates, allowance = Rates(), Allowance(accounts=rate("100/hour"))
    refused = []

    def take() -> None:
        for _ in range(30):
            try:
                rates.take("a", allowance, "accounts")
            except RateLimitedError:
                refused.append(1)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 8 * 30 - 100


def test_headers_are_structured_fields_with_what_there_is_and_what_is_left() -> None:
    rates, allowance = Rates(), Allowance(rate("100/minute"), rate("5000/2hour"))
    assert rates.headers("a", allowance)["RateLimit"] == '"requests";r=100, "accounts";r=5000'
    rates.take("a", allowance, "requests")
    rates.take("a", allowance, "accounts", 40)
    said = rates.headers("a", allowance)
    assert said["RateLimit-Policy"] == (
        '"requests";q=100;w=60;qu="requests", "accounts";q=5000;w=7200;qu="accounts"'
    )
    left = re.fullmatch(r'"requests";r=99;t=(\d+), "accounts";r=4960;t=(\d+)', said["RateLimit"])
    assert left is not None
    assert 55 <= int(left[1]) <= 60
    assert 7190 <= int(left[2]) <= 7200


def test_who_is_not_limited_has_no_headers_and_is_never_refused() -> None:
    rates = Rates()
    for _ in range(5):
        rates.take("a", Allowance(), "requests", 10**9)
    assert rates.headers("a", Allowance()) == {}
