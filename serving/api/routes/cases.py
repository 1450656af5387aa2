"""``/v1/operations/{operation}/cases``: what people look into, from pending to closed."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.known_filters import KNOWN_FILTERS
from vigie.serving.api.schemas.cases import CaseAddition, CaseList, CaseOpening
from vigie.serving.operations import cases
from vigie.serving.operations.cases import Case, State
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decisions import TrackNumber


def router(kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes.

    Args:
        kept: The operations; raises where the service keeps none.
    """
    routes = APIRouter(
        prefix="/v1/operations/{operation}/cases",
        tags=["cases"],
        dependencies=[needs(Scope.DECIDE), KNOWN_FILTERS],
        responses={**REFUSALS, **problems.declared(400, 404, 409, 422, 503)},
    )

    @routes.post(
        "",
        summary="Open a case",
        description="On accounts, groups, campaigns and contents that the operation holds. It is pending at first.",
        status_code=201,
    )
    def begin(operation: str, asked: CaseOpening) -> Case:
        with kept().database(operation).writing() as connection:
            return cases.begin(
                connection, asked.title, asked.subjects, asked.by, asked.note, kept().clock()
            )  # fmt: skip

    @routes.get("", summary="Cases, those changed last first")
    def listed(operation: str, state: State | None = None) -> CaseList:
        with kept().database(operation).reading() as connection:
            return CaseList(cases.listed(connection, state))

    @routes.get("/{case}", summary="A case")
    def one(operation: str, case: TrackNumber) -> Case:
        with kept().database(operation).reading() as connection:
            return cases.one(connection, case)

    @routes.post(
        "/{case}/entries",
        summary="Add to a case",
        description=(
            "A note, and with it what the case becomes, what else it is about, and files, each by its address or its digest. "
            "Nothing is overwritten: an entry names in after the last one that its author saw."
        ),
        status_code=201,
    )
    def add(operation: str, case: TrackNumber, asked: CaseAddition) -> Case:
        with kept().database(operation).writing() as connection:
            return cases.add(connection, case, asked.addition(), kept().clock())

    return routes
