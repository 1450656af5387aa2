"""``/console/…/groups/N``, ``…/campaigns/N``: pages of what was found, and its network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import polars as pl
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from vigie.errors import (
    OperationNotFoundError,
)
from vigie.features.coordination.report.types import AccountName
from vigie.features.i18n import message
from vigie.serving.access.scopes import Scope
from vigie.serving.console import figures, tables
from vigie.serving.console.network import BESIDE, STEPS, Network
from vigie.serving.console.page import page
from vigie.serving.console.page_routes import OPERATION, From, Text, pages
from vigie.serving.console.table_files import activity_of, table_of
from vigie.serving.console.visit import Visit
from vigie.serving.note import proof
from vigie.serving.operations import (
    alerts,
    assessment,
    cases,
    copied,
    judgement,
    note_fields,
    post_list,
    questions,
)
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decisions import TrackNumber
from vigie.serving.operations.judgement import Kind
from vigie.serving.operations.post_list import PostFilters
from vigie.serving.operations.questions import Filters
from vigie.serving.stix import techniques

# Rows of a page, and members of a group shown.
_ROWS, _MEMBERS = 100, 50
_KINDS: dict[str, Kind] = {"groups": "group", "campaigns": "campaign"}


class _Steered(BaseModel):
    """What is seen of a network: as the address of its page says it."""

    off: Text = None
    until: Annotated[float | None, Query(ge=0, le=STEPS)] = None
    ego: Annotated[str | None, Query(max_length=400)] = None
    trace: Text = None

    def pairs(self, drawing: Network) -> pl.DataFrame:
        """Return the pairs that are seen, see :meth:`vigie.serving.console.network.Network.pairs_seen`."""
        until = None if self.until is None else self.until / STEPS
        return drawing.pairs_seen((self.off or "").split(","), until, self.ego or None, self.trace or None)


def router(kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes of the pages.

    Args:
        kept: The operations; raises where the service keeps none.
    """
    routes = pages(OPERATION, Scope.DECIDE)

    @routes.get("/{found}/{track}/timeline.csv")
    def trackactivity_of(request: Request, operation: str, found: str, track: TrackNumber) -> Response:
        with kept().database(operation).reading() as connection:
            hours = post_list.spread(connection, _posts_of(kind_of(found), track))
        return activity_of(request, hours)

    @routes.get("/{found}/{track}")
    def tracked(request: Request, operation: str, found: str, track: TrackNumber) -> Response:
        visit, told = Visit.of(request), kept().get(operation)
        kind = kind_of(found)
        filters = Filters(group=track) if kind == "group" else Filters(campaign=track)
        with kept().database(operation).reading() as connection:
            found_network = judgement.network(connection, visit.language)
            seen = questions.one_tracked(connection, kind, track, visit.language, found_network)
            members = questions.ranking(connection, "coordinated", filters, 0, _MEMBERS)
            drawing = (
                Network.read(questions.stored_drawing(connection, kind, track))
                if seen.is_found and seen.members <= BESIDE
                else None
            )
            copies = {(each.trace, each.object): each for each in copied.contents(connection)}
            inside = seen.campaign.groups if seen.campaign else []
            groups = questions.tracked(connection, "group", visit.language, found_network) if inside else []
            course = alerts.of_track(connection, track, visit.language)
            posts = questions.posts_of_track(connection, kind, track)
            created = questions.creations(connection, kind, track)
            recognised = questions.recognised(connection, kind, track)
            looked_into = cases.listed(connection)
            criteria = assessment.criteria(connection, kind, seen, visit.language)
            likely = list(assessment.likely(connection, kind, track))
            written = note_fields.read(connection, kind, track, visit.language)
            judged = judgement.judged(connection, visit.language)
            hours = post_list.spread(connection, _posts_of(kind, track)) if seen.is_found else []
        described = seen.group or seen.campaign
        return page(
            "tracked",
            visit,
            operation=told,
            kind=kind,
            seen=seen,
            described=described,
            members=members,
            posts=posts,
            activity=figures.activity(hours, visit.language),
            track=track,
            drawing=drawing,
            steps=STEPS,
            spans=figures.spans(seen.campaign.contents) if seen.campaign else (),
            copies=copies,
            pairs=[(each, proof.did(each)) for each in seen.group.pairs[: proof.PAIRS]] if seen.group else [],
            groups=[each for each in groups if each.group and each.group.group in inside],
            creations=figures.calendar(created, visit.language),
            judged=judged,
            cases=looked_into,
            course=course,
            recognised=recognised,
            criteria=criteria,
            written=written,
            likely=likely,
            techniques=list(techniques.shown(described))
            if described is not None and described.verdict == "strong"
            else [],
        )

    @routes.get("/{found}/{track}/network")
    def network(request: Request, operation: str, found: str, track: TrackNumber) -> Response:
        kind, told = kind_of(found), kept().get(operation)
        with kept().database(operation).reading() as connection:
            drawing = Network.read(questions.stored_drawing(connection, kind, track))
            judged = judgement.judged(connection, Visit.of(request).language)
        return page(
            "network", Visit.of(request), operation=told, kind=kind, track=track, drawing=drawing, steps=STEPS, judged=judged,
        )  # fmt: skip

    @routes.get("/{found}/{track}/pairs")
    def pairs(
        request: Request, operation: str, found: str, track: TrackNumber, steered: Annotated[_Steered, Query()],
        offset: From = 0,
    ) -> Response:  # fmt: skip
        kind, told = kind_of(found), kept().get(operation)
        with kept().database(operation).reading() as connection:
            drawing = Network.read(questions.stored_drawing(connection, kind, track))
            judged = judgement.judged(connection, Visit.of(request).language)
        seen = steered.pairs(drawing)
        shown = seen.slice(offset, _ROWS)
        sides = (("platform", "account_id", "handle"), ("other_platform", "other_account_id", "other_handle"))
        told_pairs = [
            (*(AccountName(*(row[name] for name in names)) for names in sides), row["trace"], row["met_at"])
            for row in shown.iter_rows(named=True)
        ]
        after = offset + shown.height
        return page(
            "pairs", Visit.of(request), operation=told, kind=kind, track=track, steered=steered, pairs=told_pairs,
            steps=STEPS, drawing=drawing, total=seen.height, offset=offset, rows=_ROWS, next_offset=after if after < seen.height else None,
            judged=judged,
        )  # fmt: skip

    @routes.get("/{found}/{track}/pairs.csv")
    def pairs_table(
        request: Request,
        operation: str,
        found: str,
        track: TrackNumber,
        steered: Annotated[_Steered, Query()],
    ) -> Response:
        with kept().database(operation).reading() as connection:
            drawing = Network.read(questions.stored_drawing(connection, kind_of(found), track))
        return table_of(tables.pairs(steered.pairs(drawing), Visit.of(request).language), "pairs")

    return routes


def _posts_of(kind: Kind, track: int) -> PostFilters:
    """Return which posts are those of a group or a campaign."""
    return PostFilters(group=track) if kind == "group" else PostFilters(campaign=track)


def kind_of(found: str) -> Kind:
    """Return what a page is of, by its address.

    Raises:
        OperationNotFoundError: There is no such page.
    """
    kind = _KINDS.get(found)
    if kind is None:
        raise OperationNotFoundError(message("console.no_page"))
    return kind
