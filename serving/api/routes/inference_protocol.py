"""``/v2``: the Open Inference Protocol's health and metadata, for platforms that look after models by it.

Of KServe's `specification <https://github.com/kserve/open-inference-protocol>`_ in version 2 all but ``infer``: accounts with
their posts are no tensors, and a vector of features without them gives neither reasons nor coverage.
"""

from __future__ import annotations

from fastapi import APIRouter

from vigie.errors import UnknownModelError
from vigie.features.i18n import message
from vigie.models.bundle import Bundle
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import OPEN, REFUSALS, needs
from vigie.serving.api.schemas.responses import (
    InferenceModel,
    InferenceModelReady,
    InferenceServer,
    ServerLive,
    ServerReady,
)
from vigie.serving.models_in_use import ModelsInUse
from vigie.version import VERSION


def router(models_in_use: ModelsInUse) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/v2", tags=["open inference protocol"])

    def named(name: str) -> Bundle:
        models = {bundle.name: bundle for bundle in models_in_use.engine.models.bundles.values()}
        if name not in models:
            raise UnknownModelError(message("problem.unknown_model", names=", ".join(sorted(models))))
        return models[name]

    @routes.get("", summary="What the server is", response_model=InferenceServer, dependencies=[OPEN])
    async def server() -> InferenceServer:
        return InferenceServer("vigie", VERSION, [])

    @routes.get(
        "/health/live", summary="Is the process alive", response_model=ServerLive, dependencies=[OPEN]
    )
    async def live() -> ServerLive:
        return ServerLive(True)

    @routes.get(
        "/health/ready",
        summary="Are the models loaded",
        response_model=ServerReady,
        responses=problems.declared(503),
        dependencies=[OPEN],
    )
    async def ready() -> ServerReady:
        models_in_use.engine  # noqa: B018 - raises where no model is loaded
        return ServerReady(True)

    @routes.get(
        "/models/{name}",
        summary="What a model is called",
        response_model=InferenceModel,
        responses={**REFUSALS, **problems.declared(404, 503)},
        dependencies=[needs(Scope.MODEL)],
    )
    async def model(name: str) -> InferenceModel:
        bundle = named(name)
        return InferenceModel(name, [bundle.version], "vigie", [], [])

    @routes.get(
        "/models/{name}/ready",
        summary="Is a model loaded",
        response_model=InferenceModelReady,
        responses={**REFUSALS, **problems.declared(404, 503)},
        dependencies=[needs(Scope.MODEL)],
    )
    async def model_ready(name: str) -> InferenceModelReady:
        return InferenceModelReady(named(name).name, True)

    return routes
