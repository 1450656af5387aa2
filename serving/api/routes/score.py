"""``POST /v1/score``: accounts scored as inauthentic and as coordinated."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from vigie.features.coordination.report.network import note
from vigie.features.ingest.refusals import refusal
from vigie.features.json_object import JsonObject
from vigie.models.engine import answers
from vigie.models.verdict import outcomes
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.admission import Abandoned, Admission
from vigie.serving.api.negotiation import NDJSON, accepts_lines, spoken
from vigie.serving.api.reading import Given, none_readable, read
from vigie.serving.api.routes import answered, in_json, takes
from vigie.serving.api.schemas.requests import EXAMPLE, ScoreOptions
from vigie.serving.api.schemas.responses import ModelIdentity, ScoreResponse
from vigie.serving.batch.writers import json_lines
from vigie.serving.models_in_use import ModelsInUse
from vigie.serving.operations import adaptation, compared_texts, corpus
from vigie.serving.operations.catalogue import Catalogue, none_kept
from vigie.serving.operations.scoring import score_among

# Results sent at once.
_AT_ONCE = 100
_VARY = {"Vary": "Accept, Accept-Language"}
_LINES: JsonObject = {"content": {NDJSON: {"schema": {"$ref": "#/components/schemas/AccountResult"}}}}


def router(models_in_use: ModelsInUse, admission: Admission, kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the route.

    Args:
        models_in_use: What answers.
        admission: Which requests are worked on at once.
        kept: The operations; raises where the service keeps none.
    """
    routes = APIRouter(tags=["score"], dependencies=[needs(Scope.SCORE)], responses=REFUSALS)
    scored = partial(score_accounts, kept=kept)

    @routes.post(
        "/v1/score",
        summary="Score accounts",
        description=(
            "Scores accounts, in order, as inauthentic (each by its own profile and posts) and as coordinated (compared with "
            "the others of the request: give at least 20 with 5 dated posts each within 72 hours). The two are separate "
            "questions. An account that cannot be read gets an error in its place and spoils no other. A body of type "
            f"{NDJSON} holds one account a line, with its options in the address; with the header Accept: {NDJSON} the "
            "answer is one result a line, without campaigns, groups and notes."
        ),
        response_model=ScoreResponse,
        response_description="One result per account.",
        responses={200: _LINES, **problems.declared(400, 404, 408, 409, 413, 415, 422, 500, 503)},
        openapi_extra=takes("ScoreRequest", EXAMPLE, ScoreOptions),
    )
    async def score(request: Request) -> Response:
        written = _lines if accepts_lines(request.headers.get("accept")) else _whole
        return await answered(scored, models_in_use, admission, request, written)

    return routes


def _whole(made: ScoreResponse) -> Response:
    return in_json(ScoreResponse, made, spoken(made.language) | _VARY)


def _lines(made: ScoreResponse) -> Response:
    """Return the results of an answer, one a line; headers say which models scored, and how many notes are not shown."""
    headers = {
        **spoken(made.language),
        **_VARY,
        "Vigie-Model": made.model.version,
        "Vigie-Coordinated-Model": made.coordinated_model.version,
        "Vigie-Notes": str(len(made.notes)),
    }
    parts = (
        b"".join(json_lines(made.results[start : start + _AT_ONCE]))
        for start in range(0, len(made.results), _AT_ONCE)
    )
    return StreamingResponse(parts, media_type=NDJSON, headers=headers)


def score_accounts(
    models_in_use: ModelsInUse,
    given: Given,
    abandoned: Abandoned,
    kept: Callable[[], Catalogue] = none_kept,
) -> ScoreResponse:
    """Answer one request for scores.

    Args:
        models_in_use: What answers.
        given: What was sent, as :class:`vigie.serving.api.schemas.requests.ScoreRequest` describes it.
        abandoned: Whether the client is still there.
        kept: The operations; raises where the service keeps none.

    Raises:
        NotReadyError: No model is loaded.
        OperationError: There is no such operation, or it is forgotten.
        InputError: The request cannot be read (see :func:`vigie.serving.api.reading.read`), or none of its accounts.
    """
    engine, metrics = models_in_use.engine, models_in_use.metrics
    given.exchange.answered_by(engine.models)
    with metrics.stage("validation"):
        asked, batch, ignored, language = read(given, ScoreOptions, models_in_use.settings)
    abandoned.go_on()
    # Coverage is that of an account by itself, whatever was asked.
    targets = {"inauthentic", *asked.targets}
    if asked.operation is not None:
        given.exchange.enter(asked.operation, Scope.DECIDE)
    if asked.operation is None:
        result = engine.score(
            batch.accounts, batch.posts, targets, models_in_use.limits, progress=abandoned.go_on
        )
    else:
        with kept().database(asked.operation).reading() as connection:
            held = corpus.read(connection)
            engine = adaptation.judging(connection, engine)
            texts = compared_texts.read(connection) if "coordinated" in targets else None
        given.exchange.answered_by(engine.models)
        result = score_among(engine, batch, held, targets, models_in_use.limits, abandoned.go_on, texts)
    abandoned.go_on()
    metrics.add_stages(result.seconds)
    with metrics.stage("explanation"):
        top = asked.top_reasons
        results = answers(
            batch,
            result.rows,
            result.coverages(language),
            result.verdicts(top=top, language=language) if "inauthentic" in asked.targets else [],
            result.coordination_verdicts(top=top, language=language),
        )
        for outcome, count in outcomes(results).items():
            metrics.accounts.labels(outcome).inc(count)
        if not result.rows:
            raise none_readable(batch, [refusal(batch, index) for index in range(batch.size)])
        answer = ScoreResponse(
            model=ModelIdentity.of(engine.models.inauthentic),
            coordinated_model=ModelIdentity.of(engine.models.coordinated),
            language=language,
            note=note().say(language),
            results=results,
            campaigns=result.campaigns(language),
            groups=result.groups(language),
            notes=[each.say(language) for each in result.notes],
            ignored_fields=ignored,
        )
    # A challenger is compared with the model that everybody is answered with.
    if engine.models.inauthentic.head is models_in_use.engine.models.inauthentic.head:
        models_in_use.shadow.submit(result, asked.targets)
    models_in_use.drift.record(batch, result, asked.targets)
    return answer
