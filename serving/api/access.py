"""What a route says of who may ask it: ``needs`` a scope, or :data:`OPEN`."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import Depends, Request, Security, params
from fastapi.security import APIKeyHeader, HTTPBearer

from vigie.errors import KeysError, NotReadyError
from vigie.serving.access.callers import KEY_HEADER, Callers
from vigie.serving.access.exchange import Exchange
from vigie.serving.access.keys import ShownKey
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems

_log = structlog.get_logger("vigie.serving")
# They are declared for OpenAPI alone: what the headers say is read in Callers, also where a proxy says who asks.
_BEARER = HTTPBearer(scheme_name="key", description="A key made by `vigie keys create`.", auto_error=False)
_HEADER = APIKeyHeader(
    name=KEY_HEADER,
    scheme_name="key_header",
    description="The same key in a header of its own.",
    auto_error=False,
)
# How a route that needs a scope may refuse.
REFUSALS = problems.declared(401, 403, 421, 429)


class Need:
    """A dependency of routes that lets callers in who have a scope.

    Attributes:
        scope: The scope.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(
        self,
        request: Request,
        _bearer: Annotated[object, Security(_BEARER)],
        _header: Annotated[object, Security(_HEADER)],
    ) -> None:
        """Note who asks, and count the request.

        Raises:
            UnauthenticatedError: Nobody knows who asks.
            ScopeError: The caller lacks the scope.
            UnknownOperationError: The caller may not know of the operation that the address names.
            RateLimitedError: The caller has used up its requests.
            NotReadyError: The file of keys cannot be read.
            StoreError: Sessions cannot be read.
        """
        exchange: Exchange = request.state.exchange
        callers: Callers = request.app.state.callers
        exchange.needed = self.scope
        exchange.session = await self.session(request)
        headers = {name: request.headers.getlist(name) for name in request.headers}
        try:
            caller = callers.find(exchange.peer, exchange.client, headers, exchange.session)
        except KeysError as error:
            _log.error("keys_unreadable", request_id=exchange.request_id, error=str(error))
            raise NotReadyError(
                "the service cannot read its keys and lets nobody in; its operator finds why in the log"
            ) from error
        exchange.admit(caller)
        operation = request.path_params.get("operation")
        if operation is not None:
            exchange.enter(operation, self.scope)

    async def session(self, request: Request) -> ShownKey | None:
        """Return the key of the session that a request belongs to: those of the API belong to none."""
        return None


def needs(scope: Scope) -> params.Depends:
    """Return the dependency of a route, or of a router, that needs a scope."""
    dependency: params.Depends = Security(Need(scope), scopes=[scope])
    return dependency


async def _let_in() -> None:
    """Let anybody in."""


# The dependency of a route that anybody may ask, and that is not audited.
OPEN = Depends(_let_in)
