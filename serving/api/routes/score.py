"""``POST /v1/score``: accounts scored as inauthentic and as coordinated."""

from __future__ import annotations

from anyio import CapacityLimiter
from fastapi import APIRouter, Request, Response

from vigie.features.coordination.report.network import note
from vigie.features.ingest.refusals import refusal
from vigie.models.engine import answers
from vigie.models.verdict import outcomes
from vigie.serving.api import problems
from vigie.serving.api.reading import none_readable, read
from vigie.serving.api.routes import answered, takes
from vigie.serving.api.schemas.requests import EXAMPLE, ScoreEnvelope
from vigie.serving.api.schemas.responses import ModelIdentity, ScoreResponse
from vigie.serving.models_in_use import ModelsInUse


def router(models_in_use: ModelsInUse, limiter: CapacityLimiter) -> APIRouter:
    """Return the route.

    Args:
        models_in_use: What answers.
        limiter: Requests answered at once.
    """
    routes = APIRouter(tags=["score"])

    @routes.post(
        "/v1/score",
        summary="Score accounts",
        description=(
            "Scores 1 to 500 accounts, in order, as inauthentic (each by its own profile and posts) and as coordinated "
            "(compared with the others of the request: give at least 20 with 5 dated posts each within 72 hours). The "
            "two are separate questions. An account that cannot be read gets an error in its place and spoils no other."
        ),
        response_model=ScoreResponse,
        response_description="One result per account.",
        responses=problems.declared(400, 413, 415, 422, 500, 503),
        openapi_extra=takes("ScoreRequest", EXAMPLE),
    )
    async def score(request: Request, response: Response) -> ScoreResponse:
        return await answered(score_accounts, models_in_use, limiter, request, response)

    return routes


def score_accounts(models_in_use: ModelsInUse, body: bytes, accept_language: str | None) -> ScoreResponse:
    """Answer one request for scores.

    Args:
        models_in_use: What answers.
        body: JSON, as :class:`vigie.serving.api.schemas.requests.ScoreRequest` describes it.
        accept_language: The header, used where the request names no language.

    Raises:
        NotReadyError: No model is loaded.
        InputError: The request cannot be read (see :func:`vigie.serving.api.reading.read`), or none of its accounts.
    """
    engine, metrics = models_in_use.engine, models_in_use.metrics
    with metrics.stage("validation"):
        frame, batch, ignored, language = read(body, ScoreEnvelope, accept_language, models_in_use.settings)
    # Coverage is that of an account by itself, whatever was asked.
    result = engine.score(batch.accounts, batch.posts, {"inauthentic", *frame.targets}, models_in_use.limits)
    metrics.add_stages(result.seconds)
    with metrics.stage("explanation"):
        top = frame.top_reasons
        results = answers(
            batch,
            result.rows,
            result.coverages(language),
            result.verdicts(top=top, language=language) if "inauthentic" in frame.targets else [],
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
    models_in_use.shadow.submit(result, frame.targets)
    models_in_use.drift.record(batch, result, frame.targets)
    return answer
