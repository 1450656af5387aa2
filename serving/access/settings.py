"""Settings of who may ask; see :class:`vigie.serving.settings.Settings`."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode

from vigie.serving.access.rates import Allowance, Rate, rate
from vigie.serving.access.scopes import Scope

# Generous: they are to stop what runs wild, not what works.
_REQUESTS, _ACCOUNTS = rate("6000/minute"), rate("1000000/hour")


def _listed(value: object) -> object:
    """Return the items of a list as an environment has it, with commas."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


# Networks, with commas between several.
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_listed)]


class AccessSettings(BaseSettings):
    """Settings of who may ask.

    Attributes:
        keys: File of keys, made by ``vigie keys``; None: no key is asked for.
        open: Serve other machines although no key is asked for.
        allowed_hosts: Names under which the service may be addressed, ``*.example.org`` for all below one; None: those of
            the loopback where the service listens there, any elsewhere.
        trusted_proxies: Addresses and networks of proxies whose word counts on who asks.
        user_header: Header in which these proxies name a user who signed on; None: they name none.
        user_scopes: What such users may ask.
        open_metrics: Answer ``/metrics`` without a key.
        rate: Requests of one key, user or address; each key may have its own.
        quota: Accounts of one key, user or address; the same.
        tls_certificate: File of the certificate chain, PEM; None: plain HTTP.
        tls_key: File of its private key, PEM.
        audit: File of the audit log; None: none is kept.
        audit_mb: Size from which on the audit log goes on in a new file, in megabytes.
    """

    keys: Path | None = None
    open: bool = False
    allowed_hosts: Annotated[tuple[str, ...] | None, NoDecode, BeforeValidator(_listed)] = None
    trusted_proxies: Networks = ()
    user_header: str | None = None
    user_scopes: Annotated[tuple[Scope, ...], NoDecode, BeforeValidator(_listed)] = (
        Scope.SCORE,
        Scope.NETWORK,
        Scope.MODEL,
    )
    open_metrics: bool = False
    rate: Rate = _REQUESTS
    quota: Rate = _ACCOUNTS
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    audit: Path | None = None
    audit_mb: float = Field(default=100, gt=0)

    @property
    def authenticates(self) -> bool:
        """Whether callers must say who they are."""
        return self.keys is not None or (self.user_header is not None and bool(self.trusted_proxies))

    @property
    def allowance(self) -> Allowance:
        """How much a caller may ask who has no allowance of its own."""
        return Allowance(self.rate, self.quota)
