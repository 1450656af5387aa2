"""``/v1/operations/{operation}/decisions`` and ``/labels``: what people decide, and the labels that come of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from vigie.features.json_object import JsonObject
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.known_filters import KNOWN_FILTERS
from vigie.serving.api.negotiation import accepts
from vigie.serving.api.schemas.decisions import (
    DecisionList,
    DecisionRequest,
    DecisionsRequest,
    Label,
    LabelList,
    WithdrawalRequest,
)
from vigie.serving.operations import decisions
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decision_chain import decide, decide_all, withdraw
from vigie.serving.operations.decisions import Decision
from vigie.serving.operations.labels import labels as labels_of

_CSV = "text/csv"


def router(kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes.

    Args:
        kept: The operations; raises where the service keeps none.
    """
    routes = APIRouter(
        prefix="/v1/operations/{operation}",
        tags=["decisions"],
        dependencies=[needs(Scope.DECIDE), KNOWN_FILTERS],
        responses={**REFUSALS, **problems.declared(400, 404, 409, 422, 503)},
    )
    csv: JsonObject = {"content": {_CSV: {"schema": {"type": "string"}}}}

    @routes.post(
        "/decisions",
        summary="Decide on an account, a group, a campaign or a content",
        description=(
            "Nothing is overwritten: a correction is a further decision, which names in after the last one that its author saw. "
            "What is decided stays with the number of a group while its members change; the members at the time are kept. It "
            "enters a score only where an adaptation is fitted on it. The receipt is the digest of its line in the chain of all "
            "decisions."
        ),
        status_code=201,
    )
    def create(operation: str, asked: DecisionRequest) -> Decision:
        return decide(kept(), operation, asked.statement())

    @routes.post(
        "/decisions/several",
        summary="Decide on several subjects at once",
        description="All are kept, or none where somebody has decided on one of them meanwhile.",
        status_code=201,
    )
    def several(operation: str, asked: DecisionsRequest) -> DecisionList:
        made = decide_all(kept(), operation, [each.statement() for each in asked.decisions])
        return DecisionList(made, made[-1].id)

    @routes.post(
        "/decisions/withdrawals",
        summary="Take decisions back",
        description=(
            "Each becomes a further decision, which says in withdraws what it takes back: what stood before stands again, and "
            "cannot_tell where nothing did. All are taken back, or none where somebody has decided after one of them."
        ),
        status_code=201,
    )
    def withdrawn(operation: str, asked: WithdrawalRequest) -> DecisionList:
        made = withdraw(kept(), operation, asked.decisions, asked.by, asked.why)
        return DecisionList(made, made[-1].id)

    @routes.get("/decisions", summary="Decisions, in order")
    def listed(
        operation: str,
        since: Annotated[
            int, Query(ge=0, le=2**62, description="Id of the last decision that was seen.")
        ] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> DecisionList:
        with kept().database(operation).reading() as connection:
            found = decisions.listed(connection, since, limit)
        return DecisionList(found, found[-1].id if found else since)

    @routes.get(
        "/labels",
        summary="Decisions as labels of accounts",
        description=f"In the table of the contract, to train or evaluate with; as a file with Accept: {_CSV}.",
        response_model=LabelList,
        responses={200: csv},
    )
    def labels(request: Request, operation: str) -> LabelList | Response:
        with kept().database(operation).reading() as connection:
            found = labels_of(connection, operation)
        headers = {"Vary": "Accept"}
        if accepts(request.headers.get("accept"), _CSV):
            return Response(found.write_csv(), media_type=_CSV, headers=headers)
        return LabelList([Label(**row) for row in found.iter_rows(named=True)])

    return routes
