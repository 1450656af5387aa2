"""``/v1/operations/{operation}/adaptation``: the model of inauthenticity adapted to an operation by its decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from vigie.serving.access.callers import Caller
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.admission import Abandoned, Admission
from vigie.serving.api.negotiation import language_of, spoken
from vigie.serving.api.routes import IN_LANGUAGE
from vigie.serving.models_in_use import ModelsInUse
from vigie.serving.operations import adaptation
from vigie.serving.operations.adaptation import Adaptation, Suggestions
from vigie.serving.operations.catalogue import Catalogue


def router(models_in_use: ModelsInUse, admission: Admission, kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes.

    Args:
        models_in_use: What judges.
        admission: Which requests are worked on at once.
        kept: The operations; raises where the service keeps none.
    """
    routes = APIRouter(
        prefix="/v1/operations/{operation}/adaptation",
        tags=["adaptations"],
        responses={**REFUSALS, **problems.declared(404, 409, 422, 503)},
    )
    reads, manages = [needs(Scope.DECIDE)], [needs(Scope.ADMIN)]

    @routes.post(
        "",
        summary="Adapt the model to an operation",
        description=(
            "Fits a small head on what the operation has seen and on its decisions about inauthenticity: at least 20 accounts "
            "that the model scores, 5 of each kind. It is judged on accounts that it did not see, and refused where it does not "
            "surely rank better than the model as it is. From then on it judges this operation and no other, and is forgotten "
            "with it."
        ),
        status_code=201,
        dependencies=manages,
        openapi_extra=IN_LANGUAGE,
    )
    async def adapt(request: Request, response: Response, operation: str) -> Adaptation:
        language = language_of(request)
        caller: Caller = request.state.exchange.caller

        def work(abandoned: Abandoned) -> Adaptation:
            database, model = kept().database(operation), models_in_use.engine.models.inauthentic
            adaptation.adapt(
                database,
                operation,
                model,
                by=caller.name or caller.label,
                now=kept().clock(),
                progress=abandoned.go_on,
            )
            with database.reading() as connection:
                return adaptation.told(connection, model, language)

        made = await admission.run(request, None, work)
        response.headers.update(spoken(language))
        return made

    @routes.get(
        "",
        summary="How an operation is adapted, and what that is worth",
        dependencies=reads,
        openapi_extra=IN_LANGUAGE,
    )
    def told(request: Request, response: Response, operation: str) -> Adaptation:
        language = language_of(request)
        response.headers.update(spoken(language))
        with kept().database(operation).reading() as connection:
            return adaptation.told(connection, models_in_use.engine.models.inauthentic, language)

    @routes.delete(
        "", summary="Judge an operation by the model as it is", status_code=204, dependencies=manages
    )
    def forget(operation: str) -> None:
        with kept().database(operation).writing() as connection:
            adaptation.forget(connection)

    @routes.get(
        "/suggestions",
        summary="Accounts to decide on next",
        description=(
            "Half of them come from the tenth with the highest scores of the last judgement, the rest is spread over all other "
            "scores, where no decision is. The same question has the same answer until something changes."
        ),
        dependencies=reads,
        openapi_extra=IN_LANGUAGE,
    )
    def suggestions(
        request: Request,
        response: Response,
        operation: str,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Suggestions:
        language = language_of(request)
        response.headers.update(spoken(language))
        with kept().database(operation).reading() as connection:
            return adaptation.suggested(connection, operation, limit, language)

    return routes
