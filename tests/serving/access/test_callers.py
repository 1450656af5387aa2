"""Who asks is told by a key or by a trusted proxy; what others say of themselves counts for nothing."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from vigie.errors import KeysError, ScopeError, UnauthenticatedError
from vigie.serving.access.callers import Callers
from vigie.serving.access.rates import rate
from vigie.serving.access.scopes import Scope
from vigie.serving.settings import Settings

CLIENT, PROXY = "203.0.113.9", "10.0.0.1"
SIGN_ON: dict[str, Any] = {"trusted_proxies": (ip_network(PROXY),), "user_header": "X-Forwarded-User"}


def bearer(key: str) -> dict[str, list[str]]:
    return {"authorization": [f"Bearer {key}"]}


def test_without_keys_anybody_may_ask_anything_and_clients_are_limited_by_their_addresses() -> None:
    callers = Callers(Settings())
    found = callers.find(CLIENT, CLIENT, bearer("any"))
    assert (found.label, found.name) == (f"anonymous:{CLIENT}", None)
    found.check(Scope.NETWORK)
    assert found.allowance == Settings().allowance
    assert list(callers.find("127.0.0.1", "127.0.0.1", {}).allowance.items()) == []


def test_a_key_is_given_in_either_header(key_file: Path, make_key: Callable[..., str]) -> None:
    key = make_key(Scope.SCORE, requests=rate("5/minute"))
    callers = Callers(Settings(keys=key_file))
    for headers in (
        bearer(key),
        {"authorization": [f"bearer  {key} "]},
        {"x-api-key": [key]},
        {"authorization": ["Basic YTpi"], "x-api-key": [key]},
    ):
        found = callers.find(CLIENT, CLIENT, headers)
        assert (found.kind, found.id, found.name) == ("key", key.split("_")[1], "collector")
        assert str(found.allowance.requests) == "5 per 1 minute"
        assert found.allowance.accounts == Settings().quota
        found.check(Scope.SCORE)
        with pytest.raises(ScopeError) as refused:
            found.check(Scope.NETWORK)
        assert refused.value.scope == "network"


def test_with_keys_nobody_is_let_in_without_one(key_file: Path, make_key: Callable[..., str]) -> None:
    make_key(Scope.SCORE)
    callers = Callers(Settings(keys=key_file))
    for peer in (CLIENT, "127.0.0.1"):
        with pytest.raises(UnauthenticatedError, match="needs a key"):
            callers.find(peer, peer, {})
    for headers in (bearer("vigie_00000000_" + "a" * 43), {"x-api-key": [""]}):
        with pytest.raises(UnauthenticatedError, match="not known"):
            callers.find(CLIENT, CLIENT, headers)


def test_a_key_that_has_ended_is_refused_by_its_name(key_file: Path, make_key: Callable[..., str]) -> None:
    from datetime import timedelta

    expired = make_key(Scope.SCORE, life=timedelta(microseconds=1))
    found = Callers(Settings(keys=key_file)).find(CLIENT, CLIENT, bearer(expired))
    with pytest.raises(UnauthenticatedError, match=f"{found.id} is expired"):
        found.check(Scope.SCORE)


def test_a_trusted_proxy_names_users() -> None:
    callers = Callers(Settings(**SIGN_ON, user_scopes=(Scope.MODEL,)))
    found = callers.find(PROXY, CLIENT, {"x-forwarded-user": ["a.martin@agency.example"]})
    assert (found.label, found.scopes) == ("user:a.martin@agency.example", (Scope.MODEL,))


@pytest.mark.parametrize(
    ("peer", "named"),
    [
        (CLIENT, ["a.martin"]),
        ("", ["a.martin"]),
        (PROXY, []),
        (PROXY, [""]),
        (PROXY, ["a.martin", "admin"]),
        (PROXY, ["a\r\nb"]),
        (PROXY, ["a" * 129]),
    ],
)
def test_a_name_that_is_not_the_proxys_lets_nobody_in(peer: str, named: list[str]) -> None:
    with pytest.raises(UnauthenticatedError, match="signing on at the proxy"):
        Callers(Settings(**SIGN_ON)).find(peer, PROXY, {"x-forwarded-user": named})


def test_proxies_that_are_trusted_for_addresses_name_no_users_unless_a_header_is_set(
    key_file: Path, make_key: Callable[..., str]
) -> None:
    make_key(Scope.SCORE)
    callers = Callers(Settings(keys=key_file, trusted_proxies=(ip_network(PROXY),)))
    with pytest.raises(UnauthenticatedError):
        callers.find(PROXY, CLIENT, {"x-forwarded-user": ["a.martin"]})


def test_a_key_goes_before_a_user(key_file: Path, make_key: Callable[..., str]) -> None:
    key = make_key(Scope.SCORE)
    callers = Callers(Settings(keys=key_file, **SIGN_ON))
    user = {"x-forwarded-user": ["a.martin"]}
    assert callers.find(PROXY, CLIENT, bearer(key) | user).kind == "key"
    assert callers.find(PROXY, CLIENT, user).kind == "user"


def test_a_file_of_keys_that_is_not_there_is_told_at_the_start(key_file: Path) -> None:
    with pytest.raises(KeysError, match="vigie keys create"):
        Callers(Settings(keys=key_file)).check()
    Callers(Settings()).check()
