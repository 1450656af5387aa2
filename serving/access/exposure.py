"""How far the service may be reached."""

from __future__ import annotations

from typing import TypeVar

from vigie.errors import ExposureError
from vigie.serving.access.addresses import is_loopback
from vigie.serving.access.settings import AccessSettings

# Any page that a browser of this machine opens may send requests to the loopback under a name of its own, which it lets
# point there (DNS rebinding). It cannot do so under these names.
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")

_Settings = TypeVar("_Settings", bound=AccessSettings)


def restricted(settings: _Settings, address: str) -> _Settings:
    """Return the settings of a service that listens on an address.

    Args:
        settings: As they are given.
        address: Of this machine.

    Raises:
        ExposureError: Other machines reach the address, and nobody would be asked for a key.
    """
    if is_loopback(address):
        hosts = settings.allowed_hosts or LOOPBACK_HOSTS
        return settings.model_copy(update={"allowed_hosts": hosts})
    if is_unguarded(settings, address) and not settings.open:
        raise ExposureError(
            f"whoever reaches {address} could use the service, since no key is asked for. Make a key (vigie keys create NAME "
            "--scope score --keys keys.json) and serve with --keys keys.json; or say --open, if something before the service "
            "tells callers apart"
        )
    return settings


def is_unguarded(settings: AccessSettings, address: str) -> bool:
    """Return whether other machines may use a service on an address without saying who they are."""
    return not settings.authenticates and not is_loopback(address)


def allows_host(header: str, allowed: tuple[str, ...]) -> bool:
    """Return whether a Host header names the service.

    >>> allows_host("Vigie.example.org:8000", ("*.example.org",)), allows_host("[::1]:8000", ("::1",))
    (True, True)
    """
    bracketed, _, _ = header.removeprefix("[").partition("]")
    host = (bracketed if header.startswith("[") else header.partition(":")[0]).lower()
    return any(
        pattern == "*" or host == pattern.lower() or (pattern.startswith("*.") and host.endswith(pattern[1:]))
        for pattern in allowed
    )
