"""Questions to an operation: its accounts, groups, campaigns, contents, course of time and alerts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from vigie.errors import OperationNotFoundError
from vigie.features.group_test.report import describe
from vigie.features.group_test.types import GroupTest
from vigie.features.i18n import Language, message
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.admission import Abandoned
from vigie.serving.api.judging import Judge
from vigie.serving.api.known_filters import KNOWN_FILTERS
from vigie.serving.api.middleware.limits import check_list
from vigie.serving.api.negotiation import language_of, spoken
from vigie.serving.api.routes import IN_LANGUAGE, ShortJSON
from vigie.serving.api.schemas.operations import (
    AlertList,
    ContentAnswer,
    ContentList,
    PostQuery,
    Selection,
    Timeline,
    TrackList,
)
from vigie.serving.operations import alerts, copied, decisions, judgement, post_list, questions, selection
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decisions import ContentSubject, TrackNumber
from vigie.serving.operations.judgement import Drawing, Judged
from vigie.serving.operations.labels import Label
from vigie.serving.operations.post_list import PostList
from vigie.serving.operations.questions import Dossier, Filters, Ranking, SortedBy, Tracked

_HIGHEST = 2**62
_Most = Annotated[int, Query(ge=1, le=alerts.MOST)]
_From = Annotated[int, Query(ge=0, le=2**31)]
# No database takes every text and number.
_Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
_Number = Annotated[int | None, Query(ge=0, le=_HIGHEST)]


def router(judging: Judge, kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes.

    Args:
        judging: What judges when it is asked to.
        kept: The operations; raises where the service keeps none.
    """
    routes = APIRouter(
        prefix="/v1/operations/{operation}",
        tags=["findings"],
        dependencies=[needs(Scope.DECIDE), KNOWN_FILTERS],
        default_response_class=ShortJSON,
        responses={**REFUSALS, **problems.declared(400, 404, 409, 422, 503)},
    )

    @routes.post(
        "/judgements",
        summary="Judge an operation now",
        description=(
            "Judges all that the operation holds. The service does so by itself after something came in; ask for it where an "
            "answer must hold what was just sent."
        ),
        openapi_extra=IN_LANGUAGE,
    )
    async def judge(request: Request, response: Response, operation: str) -> Judged:
        _language(request, response)
        return await judging.judged(request, operation)

    @routes.get("/judgement", summary="What the last judgement read", openapi_extra=IN_LANGUAGE)
    def judged(request: Request, response: Response, operation: str) -> Judged:
        with kept().database(operation).reading() as connection:
            found = judgement.judged(connection, _language(request, response))
        if found is None:
            raise OperationNotFoundError(message("operations.error.not_judged"))
        return found

    @routes.get("/accounts", summary="Accounts, ranked by a score")
    def accounts(
        operation: str,
        sort: SortedBy = "coordinated",
        band: _Text = None,
        platform: _Text = None,
        handle: _Text = None,
        group: _Number = None,
        campaign: _Number = None,
        known: _Text = None,
        created: date | None = None,
        label: Annotated[
            Label | None, Query(description="What decisions on inauthenticity label it as.")
        ] = None,
        offset: _From = 0,
        limit: _Most = 100,
    ) -> Ranking:
        with kept().database(operation).reading() as connection:
            filters = Filters(band, platform, handle, group, campaign, known, created, label)
            return questions.ranking(connection, sort, filters, offset, limit)

    @routes.get(
        "/accounts/{platform}/{account_id:path}",
        summary="All that is known of an account",
        openapi_extra=IN_LANGUAGE,
    )
    def account(
        request: Request, response: Response, operation: str, platform: str, account_id: str
    ) -> Dossier:
        language = _language(request, response)
        with kept().database(operation).reading() as connection:
            return questions.dossier(connection, platform, account_id, language)

    @routes.get(
        "/posts",
        summary="Posts, by what they are counted by",
        description=(
            "The posts behind a number: of an hour, a hashtag, a content, an account, a group or a campaign. Filters that are left "
            "out ask for all. Posts are told as they are held now, also those that came after the last judgement."
        ),
    )
    def posts(operation: str, asked: Annotated[PostQuery, Query()]) -> PostList:
        with kept().database(operation).reading() as connection:
            return post_list.listed(connection, asked.filters(), asked.sort, asked.offset, asked.limit)

    @routes.get("/groups", summary="Groups over time", openapi_extra=IN_LANGUAGE)
    def groups(request: Request, response: Response, operation: str) -> TrackList:
        return _tracks(kept(), operation, "group", _language(request, response))

    @routes.get("/groups/{track}", summary="A group", openapi_extra=IN_LANGUAGE)
    def group(request: Request, response: Response, operation: str, track: TrackNumber) -> Tracked:
        language = _language(request, response)
        with kept().database(operation).reading() as connection:
            return questions.one_tracked(connection, "group", track, language)

    @routes.get("/campaigns", summary="Campaigns over time", openapi_extra=IN_LANGUAGE)
    def campaigns(request: Request, response: Response, operation: str) -> TrackList:
        return _tracks(kept(), operation, "campaign", _language(request, response))

    @routes.get("/campaigns/{track}", summary="A campaign", openapi_extra=IN_LANGUAGE)
    def campaign(request: Request, response: Response, operation: str, track: TrackNumber) -> Tracked:
        language = _language(request, response)
        with kept().database(operation).reading() as connection:
            return questions.one_tracked(connection, "campaign", track, language)

    @routes.get("/groups/{track}/drawing", summary="A group, drawn")
    def drawn_group(operation: str, track: TrackNumber) -> Drawing:
        with kept().database(operation).reading() as connection:
            return questions.drawing(connection, "group", track)

    @routes.get("/campaigns/{track}/drawing", summary="A campaign, drawn")
    def drawn_campaign(operation: str, track: TrackNumber) -> Drawing:
        with kept().database(operation).reading() as connection:
            return questions.drawing(connection, "campaign", track)

    @routes.get("/contents", summary="What is copied most")
    def contents(operation: str, trace: _Text = None, offset: _From = 0, limit: _Most = 100) -> ContentList:
        with kept().database(operation).reading() as connection:
            found = copied.contents(connection)
            revision = questions.judged_revision(connection)
            shown = [each for each in found if trace in (None, each.trace)][offset : offset + limit]
            subjects = [ContentSubject(each.trace, each.object) for each in shown]
            decided = decisions.standing(connection, subjects)
        return ContentList(
            revision, shown, [last for subject in subjects for last in decided.get(subject, [])]
        )

    @routes.get(
        "/contents/{content}",
        summary="Who published a content, and when",
        description=(
            "content is an id of GET contents. An id stays good: where an earlier copy came in, it finds what holds the post that "
            "it was given for."
        ),
    )
    def content(
        operation: str,
        content: Annotated[str, Path(max_length=64)],
        offset: _From = 0,
        limit: _Most = 100,
    ) -> ContentAnswer:
        with kept().database(operation).reading() as connection:
            published = copied.publications(connection, content, offset, limit)
            subject = ContentSubject(published.content.trace, published.content.object)
            decided = decisions.standing(connection, [subject])
            return ContentAnswer(questions.judged_revision(connection), published, decided.get(subject, []))

    @routes.post(
        "/group-tests",
        summary="Test accounts of an operation as a group",
        description=(
            "Tests the profiles of accounts, groups and campaigns as `POST /v1/group-tests` tests a list: are creation dates, "
            "handles and biographies more alike than those of ordinary lists of the same size? Members of what was found to "
            "act together were not chosen by these traits; a selection by a trait proves nothing on it."
        ),
        openapi_extra=IN_LANGUAGE,
    )
    async def group_test(request: Request, response: Response, operation: str, asked: Selection) -> GroupTest:
        language = _language(request, response)

        def work(_: Abandoned) -> GroupTest:
            with kept().database(operation).reading() as connection:
                selected = selection.profiles(connection, asked.subjects)
            check_list(selected.height, 0, judging.models_in_use.settings)
            return describe(selected, judging.models_in_use.engine.models.population(), language)

        return await judging.admission.run(request, None, work)

    @routes.get("/timeline", summary="What was posted, hour by hour")
    def timeline(operation: str) -> Timeline:
        with kept().database(operation).reading() as connection:
            return Timeline(questions.judged_revision(connection), judgement.hours(connection))

    @routes.get("/alerts", summary="What changed", openapi_extra=IN_LANGUAGE)
    def changed(
        request: Request,
        response: Response,
        operation: str,
        since: Annotated[
            int, Query(ge=0, le=_HIGHEST, description="Id of the last alert that was seen.")
        ] = 0,
        limit: _Most = 100,
    ) -> AlertList:
        language = _language(request, response)
        with kept().database(operation).reading() as connection:
            found = alerts.since(connection, since, limit, language)
        return AlertList(found, found[-1].id if found else since)

    return routes


def _tracks(kept: Catalogue, operation: str, kind: judgement.Kind, language: Language) -> TrackList:
    with kept.database(operation).reading() as connection:
        found = questions.tracked(connection, kind, language)
        return TrackList(questions.judged_revision(connection), found)


def _language(request: Request, response: Response) -> Language:
    """Return the language that a request asks for; the response names it."""
    language = language_of(request)
    response.headers.update(spoken(language))
    return language
