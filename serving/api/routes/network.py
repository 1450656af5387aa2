"""``POST /v1/network``: which accounts act on the same things at the same time, beyond chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from fastapi import APIRouter, Request, Response

from vigie.features.coordination.comparison import Comparison, compare
from vigie.features.coordination.report.network import note, report
from vigie.features.coordination.report.types import NetworkReport
from vigie.features.i18n import Message, message
from vigie.features.ingest.parsing import Batch
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.admission import Abandoned, Admission
from vigie.serving.api.negotiation import NDJSON
from vigie.serving.api.reading import Given, ignored_fields, none_readable, read, refusals
from vigie.serving.api.routes import answered, takes
from vigie.serving.api.schemas.requests import NETWORK_EXAMPLE, Options
from vigie.serving.api.schemas.responses import NetworkResponse
from vigie.serving.models_in_use import ModelsInUse


def router(models_in_use: ModelsInUse, admission: Admission) -> APIRouter:
    """Return the route.

    Args:
        models_in_use: What answers.
        admission: Which requests are worked on at once.
    """
    routes = APIRouter(tags=["network"], dependencies=[needs(Scope.NETWORK)], responses=REFUSALS)

    @routes.post(
        "/v1/network",
        summary="Find synchronous groups",
        description=(
            "Compares accounts by what they post: which of them act on the same things at the same "
            "time, beyond chance, and with which posts. Needs no model. Every post needs its time; one without "
            "is left out, and a note says how many. Chance is judged by the request itself, so send the "
            "ordinary accounts too, and as many posts of each as there are; on texts, pictures and pages also by the rates of ordinary "
            "collections, so that a campaign alone is seen. Least measured: three accounts that share four "
            "pages within ten seconds of each other, beside five that share six pages at hours of their own "
            "(36 posts in all), make a group. A group is synchronous, never inauthentic. A body of type "
            f"{NDJSON} holds one account a line, with its options in the address."
        ),
        response_model=NetworkResponse,
        response_description="Groups and pairs, perhaps none.",
        responses=problems.declared(400, 408, 413, 415, 422, 500, 503),
        openapi_extra=takes("NetworkRequest", NETWORK_EXAMPLE, Options),
    )
    async def network(request: Request) -> Response:
        return await answered(compare_accounts, models_in_use, admission, request)

    return routes


def compare_accounts(models_in_use: ModelsInUse, given: Given, abandoned: Abandoned) -> NetworkResponse:
    """Answer one request for the network of its accounts.

    Args:
        models_in_use: The limits, and the reference population that comes with a model.
        given: What was sent, as :class:`vigie.serving.api.schemas.requests.NetworkRequest` describes it.
        abandoned: Whether the client is still there.

    Raises:
        NotReadyError: No model is loaded.
        InputError: The request cannot be read (see :func:`vigie.serving.api.reading.read`), or none of its accounts.
    """
    models, metrics = models_in_use.engine.models, models_in_use.metrics
    population = models.population()
    given.exchange.answered_by(models)
    with metrics.stage("validation"):
        _, batch, ignored, language = read(given, Options, models_in_use.settings)
    refused = refusals(batch)
    metrics.accounts.labels("refused").inc(len(refused))
    metrics.accounts.labels("compared").inc(batch.accounts.height)
    if batch.accounts.is_empty():
        raise none_readable(batch, [each.error for each in refused])
    with metrics.stage("network"):
        found = compare(
            batch.accounts,
            batch.posts,
            models_in_use.limits,
            most=None,
            baseline=models_in_use.baseline,
            progress=abandoned.go_on,
        )
        abandoned.go_on()
        made = report(found, language, population)
        left_out = [*_dropped(batch), *found.unread, *_too_few(batch, found)]
        return NetworkResponse(
            **{item.name: getattr(made, item.name) for item in fields(NetworkReport) if item.name != "notes"},
            notes=[*(each.say(language) for each in left_out), *made.notes],
            language=language,
            note=note().say(language),
            refused=refused,
            ignored_fields=ignored_fields(ignored, batch),
        )


def _dropped(batch: Batch) -> Iterator[Message]:
    """Yield which posts could not be read, by field."""
    reasons: dict[str, tuple[int, str]] = {}
    for posts in (part for parts in batch.dropped.values() for part in parts):
        count, reason = reasons.get(posts.field, (0, posts.reason))
        reasons[posts.field] = (count + posts.count, reason)
    for count, reason in reasons.values():
        yield message("coordination.unread.fault", count=count, reason=reason)


def _too_few(batch: Batch, found: Comparison) -> Iterator[Message]:
    authors = found.posts["row"].n_unique()
    if authors < 2:
        yield message("coordination.too_few_authors", authors=authors, read=batch.accounts.height)
