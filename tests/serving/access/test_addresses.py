"""An address is that of the client as the nearest trusted proxies saw it, and nothing that the client says."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from vigie.serving.access.addresses import address_of, client_of, is_in, is_loopback, subscriber_of

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["192.0.2.1"], "203.0.113.9"),
        ("10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["127.0.0.1, 192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["127.0.0.1", "192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        ("10.0.0.1", ["192.0.2.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("", ["192.0.2.1"], ""),
    ],
)
def test_the_client_is_the_last_whom_a_trusted_proxy_saw(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert client_of(peer, forwarded, PROXIES) == client


@pytest.mark.parametrize("written", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_the_loopback_is_known_however_it_is_written(written: str) -> None:
    assert is_loopback(written)


@pytest.mark.parametrize("written", ["0.0.0.0", "::", "192.0.2.1", "localhost", ""])  # noqa: S104 - what is tested
def test_what_other_machines_reach_is_not_the_loopback(written: str) -> None:
    assert not is_loopback(written)


def test_what_is_no_address_is_in_no_network() -> None:
    assert address_of("testclient") is None
    assert not is_in("testclient", PROXIES)


def test_addresses_that_one_subscriber_has_are_one() -> None:
    assert (
        subscriber_of("2001:db8::1") == subscriber_of("2001:db8::ffff:1") != subscriber_of("2001:db8:0:1::1")
    )
    assert subscriber_of("192.0.2.1") != subscriber_of("192.0.2.2")
