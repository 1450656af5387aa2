"""``POST /v1/group-tests``: whether the profiles of a list are more alike than those of ordinary accounts."""

from __future__ import annotations

from dataclasses import fields

from fastapi import APIRouter, Request, Response

from vigie.features.group_test.report import describe
from vigie.features.group_test.types import GroupTest
from vigie.features.i18n import Message, message
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.admission import Abandoned, Admission
from vigie.serving.api.middleware.limits import check_list
from vigie.serving.api.reading import Given, ignored_fields, none_readable, read, refusals
from vigie.serving.api.routes import answered, takes
from vigie.serving.api.schemas.requests import GROUP_TEST_EXAMPLE, Options
from vigie.serving.api.schemas.responses import GroupTestResponse
from vigie.serving.models_in_use import ModelsInUse


def router(models_in_use: ModelsInUse, admission: Admission) -> APIRouter:
    """Return the route.

    Args:
        models_in_use: What answers.
        admission: Which requests are worked on at once.
    """
    routes = APIRouter(tags=["group-tests"], dependencies=[needs(Scope.NETWORK)], responses=REFUSALS)

    @routes.post(
        "/v1/group-tests",
        summary="Test a list of accounts as a group",
        description=(
            "Tests 1 to 20,000 accounts, without posts, as a group: are their creation dates, handles and biographies "
            "more alike than those of ordinary lists of the same size? A trait must be known of 10 accounts at least. "
            "Homogeneous is neither inauthentic nor coordinated, and a list chosen by a trait proves nothing on it. "
            "An account that cannot be read is listed under refused; the others are tested."
        ),
        response_model=GroupTestResponse,
        response_description="A verdict and one test per trait.",
        responses=problems.declared(400, 408, 413, 415, 422, 500, 503),
        openapi_extra=takes("GroupTestRequest", GROUP_TEST_EXAMPLE, Options),
    )
    async def group_test(request: Request) -> Response:
        return await answered(answer_list, models_in_use, admission, request)

    return routes


def answer_list(models_in_use: ModelsInUse, given: Given, abandoned: Abandoned) -> GroupTestResponse:
    """Answer one request for a test of a group.

    Args:
        models_in_use: The limits, and the ordinary accounts that come with a model.
        given: What was sent, as :class:`vigie.serving.api.schemas.requests.GroupTestRequest` describes it.
        abandoned: Whether the client is still there.

    Raises:
        NotReadyError: No model is loaded.
        InputError: The request cannot be read (see :func:`vigie.serving.api.reading.read`), or none of its accounts.
    """
    models, metrics = models_in_use.engine.models, models_in_use.metrics
    population = models.population()
    given.exchange.answered_by(models)
    with metrics.stage("validation"):
        _, batch, ignored, language = read(given, Options, models_in_use.settings, check_list)
    abandoned.go_on()
    refused = refusals(batch)
    metrics.accounts.labels("refused").inc(len(refused))
    metrics.accounts.labels("compared").inc(batch.accounts.height)
    if batch.accounts.is_empty():
        raise none_readable(batch, [each.error for each in refused])
    notes: list[Message] = []
    if batch.repeated:
        notes.append(message("group_test.repeated", count=len(batch.repeated)))
    if batch.refused:
        notes.append(message("group_test.refused", count=len(batch.refused)))
    if batch.posts.height:
        notes.append(message("group_test.posts", count=batch.posts.height))
    with metrics.stage("group_test"):
        made = describe(batch.accounts, population, language, notes)
    return GroupTestResponse(
        **{item.name: getattr(made, item.name) for item in fields(GroupTest)},
        language=language,
        refused=refused,
        ignored_fields=ignored_fields(ignored, batch),
    )
