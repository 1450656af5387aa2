"""The HTTP application: routes, and what surrounds them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException

import vigie
from vigie.errors import VigieError
from vigie.features.i18n.languages import Language
from vigie.serving.api import openapi_page, problems
from vigie.serving.api.middleware.limits import BodyLimit
from vigie.serving.api.middleware.observability import Observe
from vigie.serving.api.schemas.responses import (
    EXAMPLE,
    NETWORK_EXAMPLE,
    DriftResponse,
    FeatureResponse,
    Health,
    ModelResponse,
    NetworkRequest,
    NetworkResponse,
    ScoreRequest,
    ScoreResponse,
)
from vigie.serving.engine import Models
from vigie.serving.metrics import Metrics
from vigie.serving.service import NOTE, Answer, Service, preferred
from vigie.serving.settings import Settings

_DESCRIPTION = (
    f"Scores social-media accounts as inauthentic and as coordinated, with reasons, or abstains. {NOTE['en']}"
)
_ACCEPT_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "description": "Language of the sentences, where the request names none: en or fr.",
    "schema": {"type": "string", "examples": ["fr"]},
}
_REF = "#/components/schemas/{model}"
_JSON = "application/json"


def create_app(settings: Settings | None = None, models: Models | None = None) -> FastAPI:
    """Return the application.

    Args:
        settings: Default: from the environment.
        models: Models loaded already; default: loaded on start, from the settings' folders.
    """
    settings = settings or Settings()
    metrics = Metrics()
    service = Service(settings, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await to_thread.run_sync(service.start, models)
        with service.watching():
            yield

    app = FastAPI(
        title="vigie",
        version=vigie.__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.service = service
    app.add_exception_handler(VigieError, problems.on_vigie_error)
    app.add_exception_handler(HTTPException, problems.on_http_error)
    app.add_exception_handler(RequestValidationError, problems.on_validation_error)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes)
    app.add_middleware(Observe, metrics=metrics)
    _add_routes(app, service)
    app.openapi = partial(_openapi, app)  # type: ignore[method-assign]
    return app


def _add_routes(app: FastAPI, service: Service) -> None:
    limiter = CapacityLimiter(service.settings.threads)

    @app.post(
        "/v1/score",
        summary="Score accounts",
        description=(
            "Scores 1 to 500 accounts, in order, as inauthentic (each by its own profile and posts) and as coordinated "
            "(compared with the others of the request: give at least 20 with 5 dated posts each inside 72 hours). The "
            "two are separate questions. An account that cannot be read gets an error in its place and spoils no other."
        ),
        tags=["score"],
        response_model=None,
        responses={
            200: {"model": ScoreResponse, "description": "One result per account."},
            **problems.declared(400, 413, 415, 422, 500, 503),
        },
        openapi_extra=_reads("ScoreRequest", EXAMPLE),
    )
    async def score(request: Request) -> Response:
        return await _answer(request, service.score, limiter)

    @app.post(
        "/v1/network",
        summary="Find synchronous groups",
        description=(
            "Compares 2 to 500 accounts by what they post: which of them act on the same things at the same "
            "time, beyond chance, and with which posts. Needs no model. Every post needs its time; one without "
            "is left out, and a note says how many. Chance is judged by the request itself, so send the "
            "ordinary accounts too, 200 posts of each or so: accounts that only ever meet leave nothing to "
            "compare with, and no pair of them is reported. Least measured: three accounts that share four "
            "pages within ten seconds of each other, beside five that share six pages at hours of their own "
            "(36 posts in all), make a group; the three alone do not. A group is synchronous, never inauthentic."
        ),
        tags=["network"],
        response_model=None,
        responses={
            200: {"model": NetworkResponse, "description": "Groups and pairs, perhaps none."},
            **problems.declared(400, 413, 415, 422, 500, 503),
        },
        openapi_extra=_reads("NetworkRequest", NETWORK_EXAMPLE),
    )
    async def network(request: Request) -> Response:
        return await _answer(request, service.network, limiter)

    @app.get(
        "/v1/model",
        summary="What the model is",
        description=(
            "Identity, card, figures on unseen sources, training data, bands and floors. Card and note are in English or "
            "French, as Accept-Language asks; a bundle made before cards were translated has the English one."
        ),
        tags=["model"],
        response_model=ModelResponse,
        responses=problems.declared(503),
        openapi_extra={"parameters": [_ACCEPT_LANGUAGE]},
    )
    def model(request: Request, response: Response) -> dict[str, Any]:
        language = preferred(request.headers.get("accept-language"))
        response.headers.update(_spoken(language))
        return service.model(language)

    @app.get(
        "/v1/features",
        summary="What is measured",
        description="Every feature with its unit, range, sentences and whether the model reads it.",
        tags=["model"],
        response_model=list[FeatureResponse],
        responses=problems.declared(503),
    )
    def features() -> list[dict[str, Any]]:
        return service.features()

    @app.get(
        "/v1/drift",
        summary="What was seen of late",
        description=(
            "How far the accounts of the last hours are from those each model learnt on, what to do about it, and the "
            "counts this was told from: `vigie drift` reads the answer. No account is in it: bins with their counts, for "
            "platforms and languages of 20 accounts or more, and nothing below 20 accounts in all."
        ),
        tags=["model"],
        response_model=DriftResponse,
        responses=problems.declared(503),
    )
    def drift() -> dict[str, Any]:
        return service.seen()

    @app.get("/livez", summary="Is the process alive", tags=["health"], response_model=Health)
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @app.get(
        "/readyz",
        summary="Is a model loaded",
        tags=["health"],
        response_model=Health,
        responses=problems.declared(503),
    )
    async def readyz() -> dict[str, str]:
        return {"status": "ready"} if service.models else {}

    @app.get(
        "/metrics",
        summary="Counters for Prometheus",
        tags=["health"],
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    def metrics() -> Response:
        return Response(service.metrics.text(), media_type=service.metrics.media_type)

    @app.get("/docs", include_in_schema=False)
    async def documentation() -> HTMLResponse:
        return HTMLResponse(
            openapi_page.page(app.openapi()), headers={"Content-Security-Policy": openapi_page.POLICY}
        )

    @app.get("/", include_in_schema=False)
    async def home() -> RedirectResponse:
        return RedirectResponse("/docs")


def _reads(model: str, example: dict[str, Any]) -> dict[str, Any]:
    """Return what OpenAPI says of a route that reads accounts in JSON and answers in a language."""
    return {
        "requestBody": {
            "required": True,
            "content": {_JSON: {"schema": {"$ref": _REF.format(model=model)}, "example": example}},
        },
        "parameters": [_ACCEPT_LANGUAGE],
    }


async def _answer(
    request: Request, work: Callable[[bytes, str | None], Answer], limiter: CapacityLimiter
) -> Response:
    """Answer a request for which a thread works."""
    _require_json(request)
    body = await request.body()
    answer = await to_thread.run_sync(work, body, request.headers.get("accept-language"), limiter=limiter)
    return Response(answer.body, media_type=_JSON, headers=_spoken(answer.language))


def _spoken(language: Language) -> dict[str, str]:
    """Return the headers of an answer that is in a language since the request asked for it."""
    return {"Content-Language": language, "Vary": "Accept-Language"}


def _require_json(request: Request) -> None:
    """Refuse a body that does not say it is plain JSON in UTF-8.

    Raises:
        HTTPException: 415.
    """
    kind, _, rest = request.headers.get("content-type", "").lower().partition(";")
    charset = rest.partition("charset=")[2].strip(' "') or "utf-8"
    encoding = request.headers.get("content-encoding", "identity")
    if kind.strip() != _JSON or charset not in ("utf-8", "utf8") or encoding.lower() != "identity":
        raise HTTPException(
            415, "send JSON in UTF-8, not compressed, with the header Content-Type: application/json"
        )


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, with the schemas that no route signature names."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        _, named = models_json_schema(
            [(model, "validation") for model in (ScoreRequest, NetworkRequest, problems.Problem)],
            ref_template=_REF,
        )
        document["components"]["schemas"] |= named["$defs"]
        app.openapi_schema = document
    return app.openapi_schema
