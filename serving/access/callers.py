"""Who asks: the holder of a key, a user whom a trusted proxy names, or nobody in particular."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from vigie.errors import ScopeError, UnauthenticatedError, UnknownOperationError
from vigie.serving.access.addresses import is_in, is_loopback, subscriber_of
from vigie.serving.access.keys import KeyFile, KeyState, ShownKey
from vigie.serving.access.rates import Allowance
from vigie.serving.access.scopes import Scope, allows
from vigie.serving.access.settings import AccessSettings

KEY_HEADER = "X-API-Key"
# A name that proxies give may be an address of mail, a distinguished name or an identifier.
_USER = re.compile(r"[\w .,@+=/:-]{1,128}")


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Attributes:
        kind: How it is known.
        id: Id of the key, name of the user, or the address counted as one client.
        name: Whom the key was made for, or the name of the user; None: nobody says.
        scopes: What it may ask.
        allowance: How much it may ask.
        state: Whether its key may be used.
        operation: The one operation that its key opens; None: any.
    """

    kind: Literal["key", "user", "anonymous"]
    id: str
    name: str | None
    scopes: tuple[Scope, ...]
    allowance: Allowance
    state: KeyState = "active"
    operation: str | None = None

    @property
    def label(self) -> str:
        """What logs call it; what is used of its allowance is counted under it."""
        return f"{self.kind}:{self.id}"

    def check(self, needed: Scope) -> None:
        """Refuse what it may not ask.

        Raises:
            ScopeError: It lacks the scope.
            UnauthenticatedError: Its key has ended.
        """
        if self.state != "active":
            raise UnauthenticatedError(f"the key {self.id} is {self.state}; ask the operator for another")
        if not allows(self.scopes, needed):
            held = ", ".join(self.scopes) or "none"
            raise ScopeError(
                f"this needs the scope {needed}, and the {self.kind} {self.id} has {held}; ask the operator for a key with "
                f"--scope {needed}",
                needed,
            )

    def check_operation(self, named: str) -> None:
        """Refuse another operation than that of its key, as one that is not there: it must not learn that it is.

        Raises:
            UnknownOperationError: It may not know of the operation.
        """
        if self.operation not in (None, named):
            raise UnknownOperationError

    def check_whole(self) -> None:
        """Refuse what concerns all operations, where its key opens one.

        Raises:
            ScopeError: Its key opens one operation.
        """
        if self.operation is not None:
            raise ScopeError("a key of one operation changes nothing that all operations share", Scope.ADMIN)


class Callers:
    """Tells who asks.

    Attributes:
        settings: How callers are told apart.
    """

    def __init__(self, settings: AccessSettings) -> None:
        self.settings = settings
        self._keys = KeyFile(settings.keys) if settings.keys else None

    def check(self) -> None:
        """Look once whether callers can be told.

        Raises:
            KeysError: The file of keys cannot be read.
        """
        if self._keys:
            self._keys.keys  # noqa: B018 - raises where it cannot be read

    def find(
        self, peer: str, client: str, headers: Mapping[str, Sequence[str]], session: ShownKey | None = None
    ) -> Caller:
        """Return who asks.

        Args:
            peer: The other end of the connection.
            client: The address that the request comes from.
            headers: Those that tell, in lower case, each with all its values.
            session: The key of its session, which goes before one that it gives; None: it has no session.

        Raises:
            UnauthenticatedError: It must say and does not, or what it says is not so.
            KeysError: The file of keys cannot be read.
        """
        if not self.settings.authenticates:
            return self._anonymous(client)
        written = _key_in(headers)
        if self._keys is not None and (session is not None or written is not None):
            return self._holder(self._keys, session or ShownKey.of(written or ""))
        user = self._user_in(peer, headers)
        if user is None:
            ways = [f"a key (Authorization: Bearer …, or {KEY_HEADER}: …)"] if self._keys else []
            ways += ["signing on at the proxy before the service"] if self.settings.user_header else []
            raise UnauthenticatedError(f"this needs {' or '.join(ways)}; ask the operator for access")
        return Caller("user", user, user, self.settings.user_scopes, self.settings.allowance)

    def _anonymous(self, client: str) -> Caller:
        # All clients of the machine itself have one address, so that a limit would let one stop the others.
        allowance = Allowance() if is_loopback(client) else self.settings.allowance
        return Caller("anonymous", subscriber_of(client), None, (Scope.ADMIN,), allowance)

    def _holder(self, keys: KeyFile, shown: ShownKey) -> Caller:
        now = datetime.now(UTC)
        key = keys.find(shown, now)
        usual = self.settings.allowance
        allowance = Allowance(key.requests or usual.requests, key.accounts or usual.accounts)
        return Caller("key", key.id, key.name, key.scopes, allowance, key.state(now), key.operation)

    def _user_in(self, peer: str, headers: Mapping[str, Sequence[str]]) -> str | None:
        """Return the user whom a trusted proxy names; what others say of themselves counts for nothing."""
        if self.settings.user_header is None or not is_in(peer, self.settings.trusted_proxies):
            return None
        # Of two names, one is not the proxy's.
        named = headers.get(self.settings.user_header.lower(), ())
        return named[0] if len(named) == 1 and _USER.fullmatch(named[0]) else None


def _key_in(headers: Mapping[str, Sequence[str]]) -> str | None:
    """Return the key that a request gives."""
    for value in headers.get("authorization", ()):
        scheme, _, written = value.partition(" ")
        if scheme.lower() == "bearer":
            return written.strip()
    return next((value.strip() for value in headers.get(KEY_HEADER.lower(), ())), None)
