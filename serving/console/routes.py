"""``/console``: pages for people, made of what the routes of the API return, with their permissions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

import polars as pl
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, model_validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from vigie.errors import (
    CaseConflictError,
    DecisionConflictError,
    NoStoreError,
    NoteConflictError,
    OperationNotFoundError,
    UnauthenticatedError,
    VigieError,
)
from vigie.features.coordination.report.types import AccountName
from vigie.features.i18n import message
from vigie.features.ingest.refusals import Problem, problem_of
from vigie.models.verdict import CoordinationAbstention, CoordinationVerdict
from vigie.serving.access.callers import Callers
from vigie.serving.access.exchange import Exchange
from vigie.serving.access.keys import ShownKey
from vigie.serving.access.scopes import Scope, allows
from vigie.serving.api.access import OPEN
from vigie.serving.api.negotiation import accepts
from vigie.serving.api.problems import of_schema
from vigie.serving.console import figures, forms, review, tables
from vigie.serving.console.network import BESIDE, STEPS, Network
from vigie.serving.console.page import assets, page
from vigie.serving.console.shared_words import runs
from vigie.serving.console.visit import FIRST_PAGES, ROOT, Visit, browser_of, signed_in
from vigie.serving.note import proof
from vigie.serving.operations import (
    alerts,
    assessment,
    cases,
    copied,
    decisions,
    judgement,
    note_fields,
    post_list,
    questions,
)
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decision_chain import decide, decide_all, withdraw
from vigie.serving.operations.decisions import ContentSubject, Target, TrackNumber, TrackSubject
from vigie.serving.operations.judgement import Kind
from vigie.serving.operations.labels import Label
from vigie.serving.operations.post_list import PostFilters
from vigie.serving.operations.questions import Dossier, Filters, SortedBy
from vigie.serving.operations.side_by_side import shared_posts
from vigie.serving.stix import techniques

# Rows of a page, members of a group, contents and alerts shown.
_ROWS, _MEMBERS, _CONTENTS, _ALERTS = 100, 50, 100, 20
_HTML = "text/html"
_CACHED = {"Cache-Control": "public, max-age=31536000, immutable"}
_KINDS: dict[str, Kind] = {"groups": "group", "campaigns": "campaign"}

_Text = Annotated[str | None, Query(max_length=200)]
_Name = Annotated[str, Query(max_length=400)]
_Number = Annotated[int | None, Query(ge=0, le=2**62)]
_From = Annotated[int, Query(ge=0, le=2**31)]
_Id = Annotated[str, Path(max_length=64)]


class _Accounts(BaseModel):
    """Which accounts a page shows, in which order: its form sends what was left empty too."""

    sort: SortedBy = "coordinated"
    band: _Text = None
    platform: _Text = None
    handle: _Text = None
    group: _Number = None
    campaign: _Number = None
    known: _Text = None
    created: date | None = None
    label: Label | None = None

    @model_validator(mode="before")
    @classmethod
    def _stated(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in given.items() if value != ""}

    def filters(self) -> Filters:
        """Return which accounts they are."""
        stated = self.model_dump(exclude={"sort", "handle"})
        return Filters(**stated, handle=(self.handle or "").lstrip("@") or None)


class _Steered(BaseModel):
    """What is seen of a network: as the address of its page says it."""

    off: _Text = None
    until: Annotated[float | None, Query(ge=0, le=STEPS)] = None
    ego: Annotated[str | None, Query(max_length=400)] = None
    trace: _Text = None

    def pairs(self, drawing: Network) -> pl.DataFrame:
        """Return the pairs that are seen, see :meth:`vigie.serving.console.network.Network.pairs_seen`."""
        until = None if self.until is None else self.until / STEPS
        return drawing.pairs_seen((self.off or "").split(","), until, self.ego or None, self.trace or None)


class PageRoute(APIRoute):
    """A route whose problems are pages, where a browser asks."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answered = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await answered(request)
            except (VigieError, RequestValidationError) as error:
                if not accepts(request.headers.get("accept"), _HTML):
                    raise
                return _refused(request, error)

        return answer


_CONFLICTS = (DecisionConflictError, CaseConflictError, NoteConflictError)


def _refused(request: Request, error: VigieError | RequestValidationError) -> Response:
    visit = Visit.of(request)
    match error:
        case UnauthenticatedError() if request.method == "GET":
            return RedirectResponse(f"{ROOT}/sign-in?{urlencode({'next': visit.here()})}", 303)
        case RequestValidationError():
            faults = [fault | {"loc": fault["loc"][1:]} for fault in error.errors()]
            problem = problem_of(of_schema(faults, visit.language), (), visit.language)
        case _:
            problem = problem_of(error, (), visit.language)
    return _problem(visit, problem, is_conflict=isinstance(error, _CONFLICTS))


def _problem(visit: Visit, problem: Problem, *, is_conflict: bool = False) -> Response:
    return page(
        "problem", visit, status=problem.status, problem=problem, operation=None, is_conflict=is_conflict
    )


def static_files() -> APIRouter:
    """Return the routes of what anybody may load: style and script, and signing in."""
    routes = APIRouter(prefix=ROOT, include_in_schema=False, dependencies=[OPEN], route_class=PageRoute)

    @routes.get("/static/{version}/{name}")
    def asset(version: str, name: str) -> Response:
        found = assets().get(name)
        if found is None or not found.address.endswith(f"/{version}/{name}"):
            raise OperationNotFoundError(message("console.no_asset"))
        return Response(found.content, media_type=found.media_type, headers=_CACHED)

    @routes.get("/sign-in")
    def form(request: Request, next: _Name = f"{ROOT}/") -> Response:
        return page("sign_in", Visit.of(request), operation=None, next=_inside(next), problem=None)

    @routes.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        visit, state = Visit.of(request), request.app.state
        fields = await forms.read(request, state.console_tokens, browser_of(request))
        exchange: Exchange = request.state.exchange
        callers: Callers = state.callers
        exchange.needed = Scope.DECIDE
        key = fields.get("key", "").strip()
        following = _inside(fields.get("next", ""))
        try:
            found = callers.find(exchange.peer, exchange.client, {"authorization": [f"Bearer {key}"]})
            exchange.needed = next(
                (scope for scope in FIRST_PAGES if allows(found.scopes, scope)), Scope.DECIDE
            )
            exchange.admit(found)
        except VigieError as error:
            problem = problem_of(error, (), visit.language)
            return page(
                "sign_in", visit, status=problem.status, operation=None, next=following, problem=problem
            )
        if following == FIRST_PAGES[Scope.DECIDE]:
            following = FIRST_PAGES[exchange.needed]
        answer = RedirectResponse(following, 303)
        if found.kind == "key":
            session = await run_in_threadpool(state.console_sessions.begin, ShownKey.of(key))
            visit.remember(answer, browser=session)
        return answer

    @routes.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        state, browser = request.app.state, browser_of(request)
        await forms.read(request, state.console_tokens, browser)
        await run_in_threadpool(state.console_sessions.end, browser)
        return RedirectResponse(f"{ROOT}/", 303)

    return routes


def router(kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes of the pages.

    Args:
        kept: The operations; raises where the service keeps none.
    """
    routes = APIRouter(
        prefix=ROOT, include_in_schema=False, dependencies=[signed_in(Scope.DECIDE)], route_class=PageRoute
    )
    one = "/operations/{operation}"

    @routes.get("/")
    def operations(request: Request) -> Response:
        exchange: Exchange = request.state.exchange
        only = exchange.caller.operation if exchange.caller else None
        try:
            catalogue = kept()
        except NoStoreError:
            return page("no_store", Visit.of(request), operation=None)
        told = [each for each in catalogue.all() if only in (None, each.id)]
        return page("operations", Visit.of(request), operation=None, operations=told, now=catalogue.clock())

    @routes.get(one)
    def overview(request: Request, operation: str) -> Response:
        visit, told = Visit.of(request), kept().get(operation)
        if told.holdings is None or told.state == "expired":
            return page("forgotten", visit, operation=told)
        with kept().database(operation).reading() as connection:
            changed = alerts.since(
                connection, max(0, alerts.last(connection) - _ALERTS), _ALERTS, visit.language
            )
            hours = judgement.hours(connection)
            return page(
                "operation",
                visit,
                operation=told,
                now=kept().clock(),
                judged=judgement.judged(connection, visit.language),
                activity=figures.activity(hours, visit.language),
                hashtags=_hashtags(hours),
                alerts=changed[::-1],
                campaigns=questions.tracked(connection, "campaign", visit.language),
                groups=questions.tracked(connection, "group", visit.language),
            )

    @routes.get(one + "/timeline.csv")
    def timeline(request: Request, operation: str) -> Response:
        with kept().database(operation).reading() as connection:
            hours = judgement.hours(connection)
        return _timeline(request, hours)

    @routes.get(one + "/accounts")
    def accounts(
        request: Request, operation: str, asked: Annotated[_Accounts, Query()], offset: _From = 0,
        decided: Annotated[str | None, Query(pattern=r"^\d{1,18}-\d{1,18}$")] = None,
    ) -> Response:  # fmt: skip
        told, filters = kept().get(operation), asked.filters()
        with kept().database(operation).reading() as connection:
            found = questions.ranking(connection, asked.sort, filters, offset, _ROWS)
            judged = judgement.judged(connection, Visit.of(request).language)
        return page(
            "accounts", Visit.of(request), operation=told, ranking=found, sort=asked.sort, filters=filters, offset=offset,
            rows=_ROWS, decided=decided.split("-") if decided else None, platforms=sorted(judged.platforms) if judged else [],
        )  # fmt: skip

    @routes.get(one + "/accounts.csv")
    def accounts_table(request: Request, operation: str, asked: Annotated[_Accounts, Query()]) -> Response:
        with kept().database(operation).reading() as connection:
            found = questions.ranking(connection, asked.sort, asked.filters(), 0, tables.MOST_ROWS)
        return table_of(tables.accounts(found.accounts, Visit.of(request).language), "accounts")

    @routes.get(one + "/contents.csv")
    def contents_table(request: Request, operation: str) -> Response:
        with kept().database(operation).reading() as connection:
            found = copied.contents(connection)
        return table_of(tables.contents(found, Visit.of(request).language), "contents")

    @routes.get(one + "/account")
    def account(request: Request, operation: str, platform: _Name, id: _Name) -> Response:
        visit, told = Visit.of(request), kept().get(operation)
        with kept().database(operation).reading() as connection:
            found = questions.dossier(connection, platform, id, visit.language)
            looked_into = cases.listed(connection)
            judged = judgement.judged(connection, visit.language)
        return page("account", visit, operation=told, shown=_shown(found), cases=looked_into, judged=judged)

    @routes.get(one + "/pair")
    def pair(
        request: Request, operation: str, platform: _Name, id: _Name, with_platform: _Name, with_id: _Name
    ) -> Response:
        visit, told = Visit.of(request), kept().get(operation)
        with kept().database(operation).reading() as connection:
            pair = (platform, id), (with_platform, with_id)
            sides = [questions.named(connection, *each) for each in pair]
            shared = shared_posts(connection, *pair)
        texts = [runs(*(str(post.get("text", "")) for post in (each.first, each.second))) for each in shared]
        return page("pair", visit, operation=told, sides=sides, shared=list(zip(shared, texts, strict=True)))

    @routes.get(one + "/contents/{content}")
    def content(request: Request, operation: str, content: _Id, offset: _From = 0) -> Response:
        visit, told = Visit.of(request), kept().get(operation)
        with kept().database(operation).reading() as connection:
            published = copied.publications(connection, content, offset, _ROWS)
            subject = ContentSubject(published.content.trace, published.content.object)
            decided = decisions.history(connection, subject)
            looked_into = cases.listed(connection)
            judged = judgement.judged(connection, visit.language)
        return page(
            "content", visit, operation=told, published=published, decisions=decided, offset=offset, rows=_ROWS,
            activity=figures.activity(published.spread, visit.language), cases=looked_into, judged=judged,
        )  # fmt: skip

    @routes.get(one + "/contents/{content}/timeline.csv")
    def content_timeline(request: Request, operation: str, content: _Id) -> Response:
        with kept().database(operation).reading() as connection:
            published = copied.publications(connection, content, 0, 0)
        return _timeline(request, published.spread)

    @routes.get(one + "/{found}/{track}/timeline.csv")
    def track_timeline(request: Request, operation: str, found: str, track: TrackNumber) -> Response:
        with kept().database(operation).reading() as connection:
            hours = post_list.spread(connection, _posts_of(_kind(found), track))
        return _timeline(request, hours)

    @routes.get(one + "/{found}/{track}")
    def tracked(request: Request, operation: str, found: str, track: TrackNumber) -> Response:
        visit, told = Visit.of(request), kept().get(operation)
        kind = _kind(found)
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

    @routes.get(one + "/{found}/{track}/network")
    def network(request: Request, operation: str, found: str, track: TrackNumber) -> Response:
        kind, told = _kind(found), kept().get(operation)
        with kept().database(operation).reading() as connection:
            drawing = Network.read(questions.stored_drawing(connection, kind, track))
            judged = judgement.judged(connection, Visit.of(request).language)
        return page(
            "network", Visit.of(request), operation=told, kind=kind, track=track, drawing=drawing, steps=STEPS, judged=judged,
        )  # fmt: skip

    @routes.get(one + "/{found}/{track}/pairs")
    def pairs(
        request: Request, operation: str, found: str, track: TrackNumber, steered: Annotated[_Steered, Query()],
        offset: _From = 0,
    ) -> Response:  # fmt: skip
        kind, told = _kind(found), kept().get(operation)
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

    @routes.get(one + "/{found}/{track}/pairs.csv")
    def pairs_table(
        request: Request,
        operation: str,
        found: str,
        track: TrackNumber,
        steered: Annotated[_Steered, Query()],
    ) -> Response:
        with kept().database(operation).reading() as connection:
            drawing = Network.read(questions.stored_drawing(connection, _kind(found), track))
        return table_of(tables.pairs(steered.pairs(drawing), Visit.of(request).language), "pairs")

    @routes.post(one + "/{found}/{track}/criteria")
    async def said(request: Request, operation: str, found: str, track: TrackNumber) -> Response:
        visit = Visit.of(request)
        fields = await forms.read(request, request.app.state.console_tokens, browser_of(request))
        kind = _kind(found)
        with forms.checked(visit.language):
            asked = review.criterion(fields, visit.name)
        await run_in_threadpool(decide, kept(), operation, asked.statement(kind, track))
        return RedirectResponse(f"{ROOT}/operations/{operation}/{found}/{track}#criteria", 303)

    @routes.post(one + "/{found}/{track}/fields")
    async def written(request: Request, operation: str, found: str, track: TrackNumber) -> Response:
        visit = Visit.of(request)
        fields = await forms.read(request, request.app.state.console_tokens, browser_of(request))
        subject = TrackSubject(_kind(found), track)
        with forms.checked(visit.language):
            asked = review.note_fields(fields, visit.name)
        await run_in_threadpool(note_fields.add, kept(), operation, subject, asked.texts())
        return RedirectResponse(f"{ROOT}/operations/{operation}/{found}/{track}#note-fields", 303)

    @routes.get(one + "/contents")
    def contents(request: Request, operation: str, offset: _From = 0) -> Response:
        told = kept().get(operation)
        with kept().database(operation).reading() as connection:
            found = copied.contents(connection)
        return page(
            "contents", Visit.of(request), operation=told, contents=found[offset : offset + _CONTENTS],
            total=len(found), offset=offset, rows=_CONTENTS,
        )  # fmt: skip

    @routes.get(one + "/review")
    def queue(
        request: Request,
        operation: str,
        target: Target = "coordinated",
        budget: Annotated[int, Query(ge=1, le=review.MOST)] = 50,
        at: _From = 0,
    ) -> Response:
        visit, told = Visit.of(request), kept().get(operation)
        with kept().database(operation).reading() as connection:
            waiting = review.waiting(connection, target, budget)
            labelled = review.labelled(connection, operation) if target == "inauthentic" else None
            place = min(at, max(0, len(waiting.accounts) - 1))
            now = waiting.accounts[place] if waiting.accounts else None
            found = (
                questions.dossier(connection, now.platform, now.account_id, visit.language) if now else None
            )
        return page(
            "review", visit, operation=told, waiting=waiting, target=target, budget=budget, place=place,
            shown=_shown(found) if found else None, labelled=labelled,
        )  # fmt: skip

    @routes.post(one + "/decisions/several")
    async def several(request: Request, operation: str) -> Response:
        visit = Visit.of(request)
        fields = await forms.read(request, request.app.state.console_tokens, browser_of(request))
        with forms.checked(visit.language):
            asked = review.several(fields, visit.name)
        made = await run_in_threadpool(
            decide_all, kept(), operation, [each.statement() for each in asked.decisions]
        )
        return RedirectResponse(review.told(_inside(fields.get("next", "")), made), 303)

    @routes.post(one + "/decisions/withdrawals")
    async def withdrawn(request: Request, operation: str) -> Response:
        visit = Visit.of(request)
        fields = await forms.read(request, request.app.state.console_tokens, browser_of(request))
        with forms.checked(visit.language):
            asked = review.withdrawal(fields, visit.name)
        await run_in_threadpool(withdraw, kept(), operation, asked.decisions, asked.by, asked.why)
        return RedirectResponse(_inside(fields.get("next", "")), 303)

    @routes.post(one + "/decisions")
    async def decided(request: Request, operation: str) -> Response:
        visit = Visit.of(request)
        fields = await forms.read(request, request.app.state.console_tokens, browser_of(request))
        with forms.checked(visit.language):
            asked = review.decision(fields, visit.name)
        await run_in_threadpool(decide, kept(), operation, asked.statement())
        return RedirectResponse(_inside(fields.get("next", "")), 303)

    return routes


def _timeline(request: Request, hours: Sequence[judgement.Hour | copied.Spread]) -> Response:
    """Return the bars of a page over time as a table."""
    language = Visit.of(request).language
    return table_of(tables.bars(figures.activity(hours, language), language), "timeline")


def _posts_of(kind: Kind, track: int) -> PostFilters:
    """Return which posts are those of a group or a campaign."""
    return PostFilters(group=track) if kind == "group" else PostFilters(campaign=track)


def table_of(content: bytes, name: str) -> Response:
    """Return a table as a file.

    Args:
        content: Of the table, as CSV.
        name: Of the file, without its ending.
    """
    saved = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return Response(content, media_type="text/csv; charset=utf-8", headers=saved)


def _kind(found: str) -> Kind:
    """Return what a page is of, by its address.

    Raises:
        OperationNotFoundError: There is no such page.
    """
    kind = _KINDS.get(found)
    if kind is None:
        raise OperationNotFoundError(message("console.no_page"))
    return kind


@dataclass(frozen=True)
class _Shown:
    """An account with what its page draws."""

    known: Dossier
    rhythm: tuple[figures.Square, ...]
    alone: tuple[figures.Weight, ...]
    compared: tuple[figures.Weight, ...]
    places: dict[str, int]

    @property
    def coordination(self) -> CoordinationVerdict | CoordinationAbstention | None:
        """Its verdict of coordination, where it has one."""
        return self.known.result.coordinated if self.known.result else None


def _shown(found: Dossier) -> _Shown:
    result = found.result
    return _Shown(
        found,
        figures.rhythm(found.rhythm),
        figures.weights(getattr(result and result.inauthentic, "reasons", ())),
        figures.weights(getattr(result and result.coordinated, "reasons", ())),
        {str(post["post_id"]): place for place, post in enumerate(found.posts, 1)},
    )


def _hashtags(hours: list[judgement.Hour]) -> list[tuple[str, int]]:
    """Return the hashtags that were used most, and how often, however they are written: as most write them."""
    written: dict[str, Counter[str]] = {}
    for hour in hours:
        for tag, count in hour.hashtags.items():
            written.setdefault(tag.lower(), Counter())[tag] += count
    counted = [(forms.most_common(1)[0][0], forms.total()) for forms in written.values()]
    return sorted(counted, key=lambda each: (-each[1], each[0]))[:10]


def _inside(address: str) -> str:
    r"""Return an address of the console; its first page for any other.

    >>> _inside("/console/operations/a?b=c"), _inside("//evil.example"), _inside("/console/\\evil.example")
    ('/console/operations/a?b=c', '/console/', '/console/')
    """
    unsafe = "\\" in address or not address.isprintable()
    return f"{ROOT}/" if unsafe or not address.startswith(f"{ROOT}/") else address
