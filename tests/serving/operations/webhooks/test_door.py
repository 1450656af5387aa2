"""Webhooks go to public addresses, and inside only where a network is named."""

from __future__ import annotations

import socket
from ipaddress import ip_network
from typing import Any

import anyio
import pytest

from vigie.errors import WebhookAddressError
from vigie.serving.operations.webhooks.door import Door, parse


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
     "255.255.255.255", "224.0.0.1", "198.18.0.1", "192.88.99.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1",
     "ff02::1", "::ffff:127.0.0.1", "::ffff:9.9.9.9", "::127.0.0.1", "2002:7f00:1::", "2002:909:909::", "64:ff9b::7f00:1",
     "64:ff9b:1::7f00:1", "2001:0:1::1", "2001:db8::1"],
)  # fmt: skip
def test_no_address_inside_is_let_through_in_whatever_form(address: str) -> None:
    assert not Door([]).lets(address, encrypted=True)


@pytest.mark.parametrize("address", ["9.9.9.9", "2606:4700::1111"])
def test_a_public_address_is_let_through_over_tls_alone(address: str) -> None:
    assert Door([]).lets(address, encrypted=True)
    assert not Door([]).lets(address, encrypted=False)


def test_a_network_that_is_named_is_let_through_also_without_tls() -> None:
    door = Door([ip_network("10.1.0.0/16"), ip_network("fc00:1::/32")])
    assert door.lets("10.1.2.3", encrypted=False)
    assert door.lets("fc00:1::9", encrypted=False)
    assert not door.lets("10.2.0.1", encrypted=True)


@pytest.mark.parametrize(
    "url",
    ["", "receiver", "ftp://9.9.9.9/", "file:///etc/passwd", "https://", "https://user:word@9.9.9.9/", "https://9.9.9.9/#part",
     "http://[::1", "https://9.9.9.9:99999/", "https://9.9.9.9/" + "a" * 2048],
)  # fmt: skip
def test_what_is_no_plain_address_of_http_is_refused(url: str) -> None:
    with pytest.raises(WebhookAddressError, match="such as https://"):
        parse(url)


@pytest.mark.parametrize(
    "url",
    ["http://9.9.9.9/", "https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/", "https://[::ffff:127.0.0.1]/",
     "https://localhost/", "https://nothing.invalid/", "https://a b/"],
)  # fmt: skip
def test_all_that_is_refused_is_told_the_same(url: str) -> None:
    with pytest.raises(WebhookAddressError, match="VIGIE_WEBHOOK_ALLOW"):
        anyio.run(Door([]).addresses, url)


def test_of_a_name_that_leads_in_and_out_only_what_is_outside_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def resolved(*_: Any, **__: Any) -> Any:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("10.0.0.1", 443)), (*kind, ("9.9.9.9", 443))]

    monkeypatch.setattr(anyio, "getaddrinfo", resolved)
    assert anyio.run(Door([]).addresses, "https://receiver.example/") == ["9.9.9.9"]
