"""What is known of a request is counted against whoever sent it."""

from __future__ import annotations

import pytest

from vigie.errors import RateLimitedError, ScopeError
from vigie.models.engine import Models
from vigie.serving.access.callers import Caller
from vigie.serving.access.exchange import Exchange
from vigie.serving.access.rates import Allowance, Rates, rate
from vigie.serving.access.scopes import Scope


def caller(*scopes: Scope) -> Caller:
    return Caller("key", "1", "collector", scopes, Allowance(rate("2/hour"), rate("10/hour")))


def test_a_request_is_counted_also_where_its_scope_is_missing() -> None:
    rates = Rates()
    for _ in range(2):
        with pytest.raises(ScopeError, match="needs the scope score, and the key 1 has model"):
            Exchange(rates=rates, needed=Scope.SCORE).admit(caller(Scope.MODEL))
    exchange = Exchange(rates=rates, needed=Scope.MODEL)
    with pytest.raises(RateLimitedError):
        exchange.admit(caller(Scope.MODEL))
    assert exchange.caller is not None, "the log names whom it refused"


def test_accounts_are_noted_and_counted() -> None:
    rates = Rates()
    exchange = Exchange(rates=rates)
    exchange.admit(caller(Scope.SCORE))
    exchange.take(8, 80)
    assert (exchange.accounts, exchange.posts) == (8, 80)
    assert '"accounts";r=2' in exchange.rate_headers()["RateLimit"]
    with pytest.raises(RateLimitedError):
        exchange.take(3, 0)


def test_of_an_open_route_nobody_is_known_and_nothing_is_limited() -> None:
    exchange = Exchange(rates=Rates())
    exchange.take(10**9, 0)
    assert exchange.rate_headers() == {}


def test_the_versions_of_the_models_are_noted(models: Models) -> None:
    exchange = Exchange()
    exchange.answered_by(models)
    assert exchange.models == {
        "inauthentic": models.inauthentic.version,
        "coordinated": models.coordinated.version,
    }
