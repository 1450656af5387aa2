"""Signs of life, and counters for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response

from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import OPEN, REFUSALS, needs
from vigie.serving.api.schemas.responses import Health
from vigie.serving.models_in_use import ModelsInUse


def router(models_in_use: ModelsInUse) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["health"])
    counters = OPEN if models_in_use.settings.open_metrics else needs(Scope.MODEL)

    @routes.get("/livez", summary="Is the process alive", response_model=Health, dependencies=[OPEN])
    async def livez() -> Health:
        return Health("alive")

    @routes.get(
        "/readyz",
        summary="Is a model loaded",
        response_model=Health,
        responses=problems.declared(503),
        dependencies=[OPEN],
    )
    async def readyz() -> Health:
        models_in_use.engine  # noqa: B018 - raises where no model is loaded
        return Health("ready")

    @routes.get(
        "/metrics",
        summary="Counters for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **REFUSALS},
        dependencies=[counters],
    )
    def metrics() -> Response:
        return Response(models_in_use.metrics.text(), media_type=models_in_use.metrics.media_type)

    # Balancers ask with HEAD whether a service is there.
    for path, answer, who in (
        ("/livez", livez, OPEN),
        ("/readyz", readyz, OPEN),
        ("/metrics", metrics, counters),
    ):
        routes.add_api_route(path, answer, methods=["HEAD"], include_in_schema=False, dependencies=[who])
    return routes
