"""Which address a request comes from, seen through proxies that are trusted."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

# What one subscriber has of IPv6: whoever is counted by single addresses takes the next one.
_SUBSCRIBER_BITS = 64


def address_of(written: str) -> IPv4Address | IPv6Address | None:
    """Return an address; None where none is written. IPv4 inside IPv6 is IPv4.

    >>> address_of("::ffff:192.0.2.1"), address_of("unknown")
    (IPv4Address('192.0.2.1'), None)
    """
    try:
        found = ip_address(written.strip().strip("[]"))
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def is_loopback(written: str) -> bool:
    """Return whether an address is this machine's alone."""
    found = address_of(written)
    return found is not None and found.is_loopback


def is_in(written: str, networks: Sequence[Network]) -> bool:
    """Return whether an address is in one of some networks."""
    found = address_of(written)
    return found is not None and any(found in network for network in networks)


def client_of(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the address that a request comes from.

    A proxy adds the address that it sees at the end of ``X-Forwarded-For``. So the list is read from its end, as long as the
    one who wrote is trusted; what a client wrote itself stands before that and is not read.

    Args:
        peer: The other end of the connection.
        forwarded: The values of ``X-Forwarded-For``, in order.
        trusted: Networks of proxies whose word counts.
    """
    seen = peer
    for hop in reversed([hop for value in forwarded for hop in value.split(",")]):
        found = address_of(hop)
        if found is None or not is_in(seen, trusted):
            break
        seen = str(found)
    return seen


def subscriber_of(written: str) -> str:
    """Return what is counted as one client: an address of IPv4, or the network of a subscriber of IPv6.

    >>> subscriber_of("192.0.2.1"), subscriber_of("2001:db8:1:2:3::4")
    ('192.0.2.1', '2001:db8:1:2::/64')
    """
    found = address_of(written)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, _SUBSCRIBER_BITS), strict=False))
    return written
