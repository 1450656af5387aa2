"""Settings of access are read from the environment as people write them."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from vigie.serving.access.scopes import Scope
from vigie.serving.settings import Settings


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1,2001:db8::/32")
    monkeypatch.setenv("VIGIE_ALLOWED_HOSTS", "vigie.example.org,*.example.net")
    monkeypatch.setenv("VIGIE_USER_SCOPES", "score, model")
    monkeypatch.setenv("VIGIE_RATE", "10/second")
    settings = Settings()
    assert settings.trusted_proxies == tuple(map(ip_network, ("10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32")))
    assert settings.allowed_hosts == ("vigie.example.org", "*.example.net")
    assert settings.user_scopes == (Scope.SCORE, Scope.MODEL)
    assert settings.allowance.requests == settings.rate
    assert settings.rate.amount == 10


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRUSTED_PROXIES", "nginx"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("USER_SCOPES", "fly"),
        ("QUOTA", "many"),
        ("AUDIT_MB", "0"),
    ],
)
def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"VIGIE_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_callers_must_say_who_they_are_where_there_are_keys_or_a_proxy_that_names_users() -> None:
    assert not Settings().authenticates
    assert not Settings(user_header="X-Forwarded-User").authenticates
    assert not Settings(trusted_proxies=(ip_network("10.0.0.1"),)).authenticates
    assert Settings(user_header="X-Forwarded-User", trusted_proxies=(ip_network("10.0.0.1"),)).authenticates
    assert Settings(keys=Path("keys.json")).authenticates
