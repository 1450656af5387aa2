"""``…/groups/{track}/assessment`` and ``…/campaigns/{track}/assessment``: what people say of a group or campaign.

They answer the four criteria of a foreign interference, and write the fields of the technical note that no measurement fills.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from fastapi import APIRouter, Request, Response

from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.admission import Abandoned, Admission
from vigie.serving.api.negotiation import language_of, spoken
from vigie.serving.api.routes import IN_LANGUAGE
from vigie.serving.api.schemas.decisions import CriterionRequest, NoteFieldsRequest
from vigie.serving.operations import note_fields
from vigie.serving.operations.assessment import Assessment, assess
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decision_chain import decide
from vigie.serving.operations.decisions import Decision, TrackNumber, TrackSubject
from vigie.serving.operations.judgement import Kind
from vigie.serving.operations.note_fields import NoteFields

_KINDS: dict[str, Kind] = {"groups": "group", "campaigns": "campaign"}
_Found = Literal["groups", "campaigns"]


def router(admission: Admission, kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes.

    Args:
        admission: Which requests are worked on at once.
        kept: The operations; raises where the service keeps none.
    """
    routes = APIRouter(
        prefix="/v1/operations/{operation}/{found}/{track}/assessment",
        tags=["assessments"],
        dependencies=[needs(Scope.DECIDE)],
        responses={**REFUSALS, **problems.declared(400, 404, 409, 422, 503)},
    )

    @routes.get(
        "",
        summary="A group or campaign against the four criteria",
        description=(
            "After article R.* 1132-3 of the French code of defence: what is measured of the diffusion, what speaks against it, "
            "what named persons said of each criterion and wrote into the technical note, and clues of a link abroad, which attribute "
            "nothing."
        ),
        openapi_extra=IN_LANGUAGE,
    )
    async def one(
        request: Request, response: Response, operation: str, found: _Found, track: TrackNumber
    ) -> Assessment:
        language = language_of(request)

        def work(_: Abandoned) -> Assessment:
            languages = kept().get(operation).theme.languages
            with kept().database(operation).reading() as connection:
                return assess(connection, _KINDS[found], track, languages, language)

        made = await admission.run(request, None, work)
        response.headers.update(spoken(language))
        return made

    @routes.put(
        "",
        summary="Say whether a criterion is met",
        description="Added to what was said of it before, and chained as decisions are; nothing is overwritten.",
    )
    def say(operation: str, found: _Found, track: TrackNumber, asked: CriterionRequest) -> Decision:
        return decide(kept(), operation, asked.statement(_KINDS[found], track))

    @routes.put(
        "/fields",
        summary="Write into the technical note",
        description=(
            "The fields that no measurement fills, such as who writes the note, narratives, targets and actions taken. What is "
            "written stands in the note with the name of its author. Nothing is overwritten: the last entry of a field stands."
        ),
        openapi_extra=IN_LANGUAGE,
    )
    def write(
        request: Request,
        response: Response,
        operation: str,
        found: _Found,
        track: TrackNumber,
        asked: NoteFieldsRequest,
    ) -> NoteFields:
        language, kind = language_of(request), _KINDS[found]
        note_fields.add(kept(), operation, TrackSubject(kind, track), asked.texts())
        with kept().database(operation).reading() as connection:
            made = note_fields.read(connection, kind, track, language)
        response.headers.update(spoken(language))
        return made

    return routes
