"""``/v1/operations``: operations opened, listed, changed, closed, purged."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

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
        dependencies=[needs(Scope.ADMIN)],
        responses=REFUSALS,
    )

    @routes.post(
        "",
        summary="Open an operation",
        description=(
            "Opens a protective watch on a theme: what collection tools send into it is kept, judged together, and forgotten "
            "when it expires. Say what allows the collection."
        ),
        status_code=201,
        responses=problems.declared(404, 422, 503),
    )
    def create(asked: OperationRequest) -> Operation:
        opening = Opening(
            title=asked.title,
            theme=asked.theme.theme(),
            legal_basis=asked.legal_basis,
            expires_at=asked.expires_at,
            retention_days=asked.retention_days,
        )
        return kept().create(opening, by="")

    @routes.get("", summary="List the operations", responses=problems.declared(404, 503))
    def listed() -> OperationList:
        return OperationList(kept().all())

    @routes.get("/{operation}", summary="What an operation is", responses=problems.declared(404, 503))
    def one(operation: str) -> Operation:
        return kept().get(operation)

    @routes.patch(
        "/{operation}", summary="Change an operation", responses=problems.declared(404, 409, 422, 503)
    )
    def change(operation: str, asked: OperationChanges) -> Operation:
        changes = {name: getattr(asked, name) for name in asked.model_fields_set}
        if asked.theme is not None:
            changes["theme"] = asked.theme.theme()
        return kept().change(operation, changes)

    @routes.post(
        "/{operation}/close",
        summary="Close an operation",
        description="It takes nothing more; what it holds is kept until it expires.",
        responses=problems.declared(404, 503),
    )
    def close(operation: str) -> Operation:
        return kept().close(operation)

    @routes.delete(
        "/{operation}",
        summary="Purge an operation",
        description="Forgets now all that is of persons. Counts and the chain of decisions remain.",
        responses=problems.declared(404, 503),
    )
    def purge(operation: str) -> Operation:
        return kept().purge(operation)

    return routes
