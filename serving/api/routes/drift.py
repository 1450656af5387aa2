"""``GET /v1/drift``: how far the accounts of late are from those that the models learnt on."""

from __future__ import annotations

from fastapi import APIRouter, Response

from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.routes import in_json
from vigie.serving.api.schemas.responses import DriftResponse
from vigie.serving.models_in_use import ModelsInUse


def router(models_in_use: ModelsInUse) -> APIRouter:
    """Return the route."""
    routes = APIRouter(tags=["model"], dependencies=[needs(Scope.MODEL)], responses=REFUSALS)

    @routes.get(
        "/v1/drift",
        summary="What was seen of late",
        description=(
            "How far the accounts of the last hours are from those each model learnt on, what to do about it, and the "
            "counts this was told from: `vigie drift` reads the answer. No account is in it: bins with their counts, for "
            "platforms and languages of 20 accounts or more, and nothing below 20 accounts in all."
        ),
        response_model=DriftResponse,
        responses=problems.declared(503),
    )
    def drift() -> Response:
        models_in_use.engine  # noqa: B018 - raises where no model is loaded
        return in_json(DriftResponse, models_in_use.drift.described())

    return routes
