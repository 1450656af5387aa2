"""The HTTP application: routes, and what surrounds them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, nullcontext
from functools import partial

from anyio import to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from vigie.errors import VigieError
from vigie.features.i18n import message
from vigie.features.json_object import JsonObject
from vigie.models.engine import Models
from vigie.serving.access.audit_log import AuditLog
from vigie.serving.access.bounded_audit import BoundedAudit
from vigie.serving.access.callers import Callers
from vigie.serving.access.rates import Rates
from vigie.serving.access.tls import served_certificate
from vigie.serving.api import openapi_page, problems
from vigie.serving.api.access import OPEN
from vigie.serving.api.admission import Admission
from vigie.serving.api.exporting import Exporter
from vigie.serving.api.judging import Judge
from vigie.serving.api.middleware.audit import Audit
from vigie.serving.api.middleware.hosts import AllowedHosts
from vigie.serving.api.middleware.limits import BodyLimit
from vigie.serving.api.middleware.observability import Observe
from vigie.serving.api.routes import (
    adaptations,
    assessments,
    cases,
    decisions,
    drift,
    exports,
    findings,
    group_tests,
    health,
    inference_protocol,
    known_campaigns,
    models,
    network,
    observations,
    operations,
    score,
    webhooks,
)
from vigie.serving.api.schemas.operations import ObservedAccounts, ObservedPost, ObservedPosts
from vigie.serving.api.schemas.requests import GroupTestRequest, NetworkRequest, ScoreRequest
from vigie.serving.console import adapting, judging, opening, signing_in, tracks, trying, writing
from vigie.serving.console import cases as console_cases
from vigie.serving.console import exports as console_exports
from vigie.serving.console import models as console_models
from vigie.serving.console import posts as console_posts
from vigie.serving.console import routes as console
from vigie.serving.console.forms import Tokens
from vigie.serving.console.held import HeldTrials
from vigie.serving.console.sessions import ProcessSessions, Sessions, StoredSessions
from vigie.serving.metrics import Metrics
from vigie.serving.models_in_use import ModelsInUse
from vigie.serving.operations import tables
from vigie.serving.operations.catalogue import Catalogue, none_kept
from vigie.serving.operations.kept_secrets import kept_secret
from vigie.serving.operations.store import Store
from vigie.serving.operations.watch import Watch
from vigie.serving.operations.webhooks.delivery import Deliverer
from vigie.serving.operations.webhooks.door import Door
from vigie.serving.operations.webhooks.sending import Sender
from vigie.serving.settings import Settings
from vigie.serving.snapshots import Place
from vigie.version import VERSION

# Shapes of requests that no signature of a route names.
_NAMED = (ScoreRequest, NetworkRequest, GroupTestRequest, ObservedAccounts, ObservedPosts, ObservedPost)
_REF = "#/components/schemas/{model}"
# Bytes from which an answer is compressed, and how hard: the hardest takes three times as long and saves a tenth.
_LEAST_COMPRESSED, _COMPRESSION = 1_000, 5
# What callers have used, in the folder of counts.
_ALLOWANCES = "allowances.sqlite"


def create_app(
    settings: Settings | None = None, loaded: Models | None = None, place: Place | None = None
) -> FastAPI:
    """Return the application.

    Args:
        settings: Default: from the environment.
        loaded: Models loaded already; default: loaded on start, from the settings' folders.
        place: Where this process writes what it counted; default: nowhere.
    """
    settings = settings or Settings()
    metrics = Metrics()
    models_in_use = ModelsInUse(settings, metrics, place)
    catalogue = Catalogue(Store(settings.store)) if settings.store else None
    watch = Watch(catalogue, models_in_use, settings.judge_seconds) if catalogue else None
    door = Door(settings.webhook_allow)
    deliverer = Deliverer(catalogue, Sender(door)) if catalogue else None
    audit = _audit(settings)
    rates = Rates(place.folder / _ALLOWANCES if place else None)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if not models_in_use.started:
            await to_thread.run_sync(models_in_use.start, loaded)
        with (
            closing(rates),
            closing(audit) if audit else nullcontext(),
            closing(catalogue.store) if catalogue else nullcontext(),
            models_in_use.watching(),
            watch.running() if watch else nullcontext(),
            deliverer.running() if deliverer else nullcontext(),
        ):
            yield

    app = FastAPI(
        title="vigie",
        version=VERSION,
        description=(
            "Scores social-media accounts as inauthentic and as coordinated, with reasons, or abstains. "
            + message("verdict.note").say("en")
        ),
        lifespan=lifespan,
        docs_url=None,
        openapi_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.models_in_use, app.state.catalogue = models_in_use, catalogue
    app.state.certificate = served_certificate(settings.tls_certificate, settings.tls_key)
    if app.state.certificate is not None:
        metrics.certificate_refused.set_function(app.state.certificate.is_refused)
    app.add_exception_handler(VigieError, problems.on_vigie_error)
    app.add_exception_handler(HTTPException, problems.on_http_error)
    app.add_exception_handler(RequestValidationError, problems.on_validation_error)
    admission = Admission(settings.threads, settings.max_waits)
    app.state.admission = admission
    app.state.callers = Callers(settings)
    app.state.callers.check()
    # No answer holds a secret, so that its length tells none (BREACH).
    app.add_middleware(GZipMiddleware, minimum_size=_LEAST_COMPRESSED, compresslevel=_COMPRESSION)
    app.add_middleware(BodyLimit, settings=settings, admission=admission)
    if settings.allowed_hosts is not None:
        app.add_middleware(AllowedHosts, allowed=settings.allowed_hosts)
    if audit is not None:
        app.add_middleware(Audit, log=audit, metrics=metrics)
    app.add_middleware(Observe, metrics=metrics, settings=settings, rates=rates)

    def kept() -> Catalogue:
        return catalogue or none_kept()

    app.include_router(score.router(models_in_use, admission, kept))
    for of_accounts in (network, group_tests):
        app.include_router(of_accounts.router(models_in_use, admission))
    for noun in (models, drift, health, inference_protocol):
        app.include_router(noun.router(models_in_use))
    app.include_router(operations.router(kept))
    app.include_router(observations.router(settings, admission, kept))
    judge = Judge(models_in_use, admission, kept)
    app.include_router(findings.router(judge, kept))
    app.include_router(adaptations.router(models_in_use, admission, kept))
    app.include_router(decisions.router(kept))
    app.include_router(cases.router(kept))
    exporter = Exporter(models_in_use, admission, kept)
    app.include_router(exports.router(exporter))
    app.include_router(known_campaigns.router(models_in_use, admission, kept))
    app.include_router(assessments.router(admission, kept))
    app.include_router(webhooks.router(kept, door))
    app.state.console_sessions, app.state.console_tokens = _signed_in(catalogue)
    app.include_router(signing_in.router())
    # Before the pages whose addresses are of any kind and number.
    app.include_router(console_cases.router(kept))
    app.include_router(console_posts.router(kept))
    app.include_router(adapting.router(models_in_use, admission, kept))
    trials = HeldTrials()
    app.include_router(opening.router(kept, trials))
    app.include_router(judging.router(judge))
    app.include_router(console_models.router(models_in_use))
    app.include_router(console.router(kept))
    app.include_router(tracks.router(kept))
    app.include_router(writing.router(kept))
    app.include_router(console_exports.router(exporter))
    app.include_router(trying.router(models_in_use, settings, admission, kept, trials))
    app.openapi = partial(_openapi, app)  # type: ignore[method-assign]

    @app.get("/openapi.json", include_in_schema=False, dependencies=[OPEN])
    async def document() -> JSONResponse:
        return JSONResponse(app.openapi())

    @app.get("/docs", include_in_schema=False, dependencies=[OPEN])
    async def documentation() -> HTMLResponse:
        page = openapi_page.page(app.openapi())
        return HTMLResponse(page, headers={"Content-Security-Policy": openapi_page.POLICY})

    @app.get("/", include_in_schema=False, dependencies=[OPEN])
    async def home() -> RedirectResponse:
        return RedirectResponse("/console/" if catalogue else "/docs")

    return app


def _audit(settings: Settings) -> BoundedAudit | None:
    """Return the audit log, opened; None where none is kept."""
    if settings.audit is None:
        return None
    log = AuditLog(settings.audit, int(settings.audit_mb * 1_000_000))
    log.open()
    return BoundedAudit(log)


def _signed_in(catalogue: Catalogue | None) -> tuple[Sessions, Tokens]:
    """Return the sessions and the tokens of the console: of all processes that share a store, else of this one."""
    if catalogue is None:
        return ProcessSessions(), Tokens()
    database = catalogue.store.catalogue
    return StoredSessions(database), Tokens(kept_secret(database, tables.console_secret))


def _openapi(app: FastAPI) -> JsonObject:
    """Return the OpenAPI document, with the schemas that no route signature names."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        _, named = models_json_schema(
            [(model, "validation") for model in _NAMED],
            ref_template=_REF,
        )
        document["components"]["schemas"] |= named["$defs"]
        app.openapi_schema = document
    return app.openapi_schema
