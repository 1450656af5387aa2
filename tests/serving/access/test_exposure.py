"""Without keys the service is for its own machine, under the names of that alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from vigie.errors import ExposureError
from vigie.serving.access.exposure import allows_host, is_unguarded, restricted
from vigie.serving.settings import Settings

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is tested
KEYS = Settings(keys=Path("keys.json"))


@pytest.mark.parametrize("address", [EVERYWHERE, "::", "192.0.2.1"])
def test_without_keys_other_machines_are_served_only_if_that_is_said(address: str) -> None:
    with pytest.raises(ExposureError, match=r"vigie keys create .* --open"):
        restricted(Settings(), address)
    assert is_unguarded(Settings(open=True), address)
    assert restricted(Settings(open=True), address).allowed_hosts is None
    assert restricted(KEYS, address).allowed_hosts is None
    assert not is_unguarded(KEYS, address)


def test_on_the_loopback_the_service_goes_by_its_names_alone_unless_others_are_given() -> None:
    assert restricted(Settings(), "127.0.0.1").allowed_hosts == ("localhost", "127.0.0.1", "::1")
    named = Settings(allowed_hosts=("vigie.example.org",))
    assert restricted(named, "127.0.0.1").allowed_hosts == ("vigie.example.org",)


@pytest.mark.parametrize(
    ("header", "allowed", "fits"),
    [
        ("localhost", ("localhost",), True),
        ("LOCALHOST:8000", ("localhost",), True),
        ("[::1]", ("::1",), True),
        ("localhost.evil.example", ("localhost",), False),
        ("evil.example", ("localhost", "127.0.0.1"), False),
        ("", ("localhost",), False),
        ("a.example.org", ("*.example.org",), True),
        ("example.org", ("*.example.org",), False),
        ("evilexample.org", ("*.example.org",), False),
        ("anything", ("*",), True),
    ],
)
def test_a_host_is_one_of_the_names(header: str, allowed: tuple[str, ...], fits: bool) -> None:
    assert allows_host(header, allowed) is fits
