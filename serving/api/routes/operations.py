"""``/v1/operations``: operations opened, listed, changed, closed, purged."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request

from vigie.errors import ScopeError
from vigie.serving.access.callers import Caller
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.schemas.operations import OperationChanges, OperationList, OperationRequest
from vigie.serving.operations.catalogue import Catalogue, Opening, Operation


def router(kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes.

    Args:
        kept: The operations; raises where the service keeps none.
    """
    routes = APIRouter(
        prefix="/v1/operations",
        tags=["operations"],
        responses={**REFUSALS, **problems.declared(404, 503)},
    )
    reads, manages = [needs(Scope.DECIDE)], [needs(Scope.ADMIN)]

    @routes.post(
        "",
        summary="Open an operation",
        description=(
            "Opens a protective watch on a theme: what collection tools send into it is kept, judged together, and forgotten "
            "when it expires. Say what allows the collection."
        ),
        status_code=201,
        responses=problems.declared(400, 422),
        dependencies=manages,
    )
    def create(request: Request, asked: OperationRequest) -> Operation:
        caller = _caller(request)
        if caller.operation is not None:
            raise ScopeError("a key of one operation opens no other", Scope.ADMIN)
        opening = Opening(
            title=asked.title,
            theme=asked.theme.theme(),
            legal_basis=asked.legal_basis,
            expires_at=asked.expires_at,
            retention_days=asked.retention_days,
        )
        return kept().create(opening, by=caller.name or caller.label)

    @routes.get("", summary="List the operations", dependencies=reads)
    def listed(request: Request) -> OperationList:
        only = _caller(request).operation
        return OperationList([told for told in kept().all() if only in (None, told.id)])

    @routes.get("/{operation}", summary="What an operation is", dependencies=reads)
    def one(operation: str) -> Operation:
        return kept().get(operation)

    @routes.patch(
        "/{operation}",
        summary="Change an operation",
        responses=problems.declared(400, 409, 422),
        dependencies=manages,
    )
    def change(operation: str, asked: OperationChanges) -> Operation:
        changes = {name: getattr(asked, name) for name in asked.model_fields_set}
        if "theme" in changes:
            changes["theme"] = asked.theme.theme()
        return kept().change(operation, changes)

    @routes.post(
        "/{operation}/close",
        summary="Close an operation",
        description="It takes nothing more; what it holds is kept until it expires.",
        dependencies=manages,
    )
    def close(operation: str) -> Operation:
        return kept().close(operation)

    @routes.delete(
        "/{operation}",
        summary="Purge an operation",
        description="Forgets now all that is of persons. Counts and the chain of decisions remain.",
        dependencies=manages,
    )
    def purge(operation: str) -> Operation:
        return kept().purge(operation)

    return routes


def _caller(request: Request) -> Caller:
    """Return who asks; a route that needs a scope has let it in."""
    caller: Caller = request.state.exchange.caller
    return caller
