"""Where webhooks may go: to public addresses over TLS, and to networks that the deployment names.

A service that sends where it is told to is a door to whatever stands beside it. So the name in an address is resolved here, what
it leads to is looked at, and the connection goes to exactly that (:mod:`vigie.serving.operations.webhooks.sending`): a name that
leads elsewhere a moment later gains nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import anyio
import httpx2

from vigie.errors import WebhookAddressError
from vigie.features.i18n import message

Network = IPv4Network | IPv6Network

LONGEST_URL = 2048
# Public by their numbers, but they lead to another address, or to a site's own network.
_INDIRECT = [
    ip_network(written)
    for written in (
        "::/96",  # IPv4 in IPv6, deprecated
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64 of a site
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "192.88.99.0/24",  # relays of 6to4
        "fec0::/10",  # site-local, deprecated
    )
]


class Door:
    """Where webhooks may go.

    Attributes:
        allowed: Networks that they may go to beside public addresses, also without TLS.
    """

    def __init__(self, allowed: Sequence[Network]) -> None:
        self.allowed = tuple(allowed)

    async def addresses(self, url: str) -> list[str]:
        """Return the addresses that a webhook may be sent to, resolved now.

        Raises:
            WebhookAddressError: There are none. What the name leads to is not told.
        """
        parsed = parse(url)
        port = parsed.port or (443 if parsed.scheme == "https" else 80)
        try:
            found = await anyio.getaddrinfo(parsed.raw_host.decode(), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        numbers = [str(where[0]) for *_, where in found]
        passing = [number for number in numbers if self.lets(number, encrypted=parsed.scheme == "https")]
        if not passing:
            raise WebhookAddressError(message("operations.error.webhook_place"))
        return passing

    def lets(self, address: str, *, encrypted: bool) -> bool:
        """Return whether a webhook may go to an address.

        >>> Door([]).lets("9.9.9.9", encrypted=True), Door([]).lets("10.0.0.1", encrypted=True)
        (True, False)
        """
        number = ip_address(address)
        return _in(number, self.allowed) or (
            encrypted and number.is_global and not number.is_multicast and not _in(number, _INDIRECT)
        )


def parse(url: str) -> httpx2.URL:
    """Return an address that is written as that of a webhook.

    Raises:
        WebhookAddressError: It is not.
    """
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError):
        parsed = httpx2.URL("")
    if (
        parsed.scheme not in ("http", "https")
        or not parsed.host
        or parsed.userinfo
        or parsed.fragment
        or (parsed.port or 0) > 65_535
        or len(url) > LONGEST_URL
    ):
        raise WebhookAddressError(message("operations.error.webhook_url", most=LONGEST_URL))
    return parsed


def _in(number: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(number in network for network in networks)
