"""Keyed digests instead of persons' data: what is kept of groups of closed operations.

A digest is HMAC-SHA256 with a key of the deployment. Whoever has no key can test no guess. Equal things meet; variants of a
picture, of a text or of a domain do not, as a digest says nothing of likeness.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from vigie.errors import InputError
from vigie.serving.known_campaigns import normal_forms
from vigie.serving.known_campaigns.types import Indicator, IndicatorKind, KnownAccount, KnownCampaign

_LEAST_BYTES = 32
_DIGEST = re.compile(r"^[0-9a-f]{64}$")


class Key:
    """A key of digests.

    Attributes:
        name: What files call it: a digest of it, from which it cannot be found.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < _LEAST_BYTES:
            raise InputError(
                f"the key has {len(secret)} bytes; give a file of {_LEAST_BYTES} random bytes or more, such as "
                "openssl rand -out memory.key 32 writes"
            )
        self._secret = secret
        self.name = self._keyed(b"vigie memory key")[:16]

    @classmethod
    def read(cls, path: Path) -> Key:
        """Return the key in a file.

        Raises:
            InputError: It is too short.
        """
        return cls(path.read_bytes())

    def digest(self, kind: IndicatorKind, platform: str | None, value: str) -> str:
        """Return the digest of something in normal form; that of a platform's account differs from another's."""
        return self._keyed("\0".join((kind, platform or "", value)).encode("utf-8", "surrogatepass"))

    def _keyed(self, message: bytes) -> str:
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()


def digested(campaign: KnownCampaign, key: Key) -> KnownCampaign:
    """Return a campaign that keeps its name, its source and its times, and of all else digests.

    Args:
        campaign: One of which nothing is digested yet.
        key: Of the deployment.
    """
    kept = [*campaign.indicators, *(one for each in campaign.accounts for one in of_account(each))]
    return replace(
        campaign,
        accounts=(),
        indicators=tuple(
            sorted(
                {
                    replace(one, value=key.digest(one.kind, one.platform, value))
                    for one in kept
                    if (value := normal_forms.of_one(one.kind, one.value)) is not None
                },
                key=lambda one: (one.kind, one.value),
            )
        ),
        narratives=(),
        key=key.name,
    )


def of_account(account: KnownAccount) -> Iterator[Indicator]:
    """Yield what an account is known again by."""
    values: tuple[tuple[IndicatorKind, str | None], ...] = (
        ("account_id", account.account_id), ("handle", account.handle), ("biography", account.description),
    )  # fmt: skip
    for kind, value in values:
        if value:
            yield Indicator(
                kind=kind,
                value=value,
                platform=None if kind == "biography" else account.platform,
                role=account.role,
                first_seen=account.first_seen,
                last_seen=account.last_seen,
            )
