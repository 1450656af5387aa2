"""What is known of one request and its answer, besides what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter

from vigie.models.engine import Models
from vigie.serving.access.callers import Caller
from vigie.serving.access.keys import ShownKey
from vigie.serving.access.rates import Rates
from vigie.serving.access.scopes import Scope


@dataclass
class Exchange:
    """One request and its answer; filled in on the way.

    Attributes:
        request_id: Tells it apart in logs.
        peer: The other end of the connection.
        client: The address that it comes from.
        rates: What callers have used of their allowances.
        needed: The scope that its route needs; None: it is open, or there is none.
        session: The key of the session of the console that it belongs to; None: it belongs to none.
        caller: Who asks; None: it is not known.
        operation: The operation that is asked; None: none is.
        models: Versions of the models that answer, by target.
        accounts: Accounts in it.
        posts: Posts in it.
        received: Bytes of its body that came.
        start: When it began, on the clock of :func:`time.perf_counter`.
    """

    request_id: str = ""
    peer: str = ""
    client: str = ""
    rates: Rates | None = None
    needed: Scope | None = None
    session: ShownKey | None = None
    caller: Caller | None = None
    operation: str | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    accounts: int = 0
    posts: int = 0
    received: int = 0
    start: float = field(default_factory=perf_counter)

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return perf_counter() - self.start

    def admit(self, caller: Caller) -> None:
        """Let a caller in, where it has the scope that is needed.

        Raises:
            RateLimitedError: It has used up its requests.
            ScopeError: It lacks the scope.
            UnauthenticatedError: Its key has ended.
        """
        self.caller = caller
        if self.rates:
            self.rates.take(caller.label, caller.allowance, "requests")
        if self.needed:
            caller.check(self.needed)

    def enter(self, operation: str, needed: Scope) -> None:
        """Let its caller into an operation.

        Raises:
            ScopeError: It lacks the scope.
            UnknownOperationError: It may not know of the operation.
        """
        self.operation = operation
        if self.caller:
            self.caller.check(needed)
            self.caller.check_operation(operation)

    def take(self, accounts: int, posts: int) -> None:
        """Count what it holds, against the allowance of its caller.

        Raises:
            RateLimitedError: The caller has used it up.
            RequestTooLargeError: The caller never has as much.
        """
        self.accounts, self.posts = accounts, posts
        if self.caller and self.rates:
            self.rates.take(self.caller.label, self.caller.allowance, "accounts", accounts)

    def answered_by(self, models: Models) -> None:
        """Note which models answer."""
        self.models = {target: bundle.version for target, bundle in models.bundles.items()}

    def rate_headers(self) -> dict[str, str]:
        """Return how much its caller may ask and has left."""
        if self.caller and self.rates:
            return self.rates.headers(self.caller.label, self.caller.allowance)
        return {}
