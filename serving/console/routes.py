"""``/console``: pages for people, made of what the routes of the API return, with their permissions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, model_validator

from vigie.errors import (
    NoStoreError,
)
from vigie.models.verdict import CoordinationAbstention, CoordinationVerdict
from vigie.serving.access.exchange import Exchange
from vigie.serving.access.scopes import Scope
from vigie.serving.console import figures, review, tables
from vigie.serving.console.page import page
from vigie.serving.console.page_routes import OPERATION, From, Text, pages
from vigie.serving.console.shared_words import runs
from vigie.serving.console.table_files import activity_of, table_of
from vigie.serving.console.visit import Visit
from vigie.serving.operations import (
    alerts,
    cases,
    copied,
    decisions,
    judgement,
    questions,
)
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decisions import ContentSubject, Target
from vigie.serving.operations.judgement import Kind
from vigie.serving.operations.labels import Label
from vigie.serving.operations.questions import Dossier, Filters, SortedBy
from vigie.serving.operations.side_by_side import shared_posts

# Rows of a page, members of a group, contents and alerts shown.
_ROWS, _MEMBERS, _CONTENTS, _ALERTS = 100, 50, 100, 20
_HTML = "text/html"
_CACHED = {"Cache-Control": "public, max-age=31536000, immutable"}
_KINDS: dict[str, Kind] = {"groups": "group", "campaigns": "campaign"}

_Name = Annotated[str, Query(max_length=400)]
_Number = Annotated[int | None, Query(ge=0, le=2**62)]
_Id = Annotated[str, Path(max_length=64)]


class _Accounts(BaseModel):
    """Which accounts a page shows, in which order: its form sends what was left empty too."""

    sort: SortedBy = "coordinated"
    band: Text = None
    platform: Text = None
    handle: Text = None
    group: _Number = None
    campaign: _Number = None
    known: Text = None
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


def router(kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes of the pages.

    Args:
        kept: The operations; raises where the service keeps none.
    """
    routes = pages("", Scope.DECIDE)

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

    @routes.get(OPERATION)
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

    @routes.get(OPERATION + "/timeline.csv")
    def timeline(request: Request, operation: str) -> Response:
        with kept().database(operation).reading() as connection:
            hours = judgement.hours(connection)
        return activity_of(request, hours)

    @routes.get(OPERATION + "/accounts")
    def accounts(
        request: Request, operation: str, asked: Annotated[_Accounts, Query()], offset: From = 0,
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

    @routes.get(OPERATION + "/accounts.csv")
    def accounts_table(request: Request, operation: str, asked: Annotated[_Accounts, Query()]) -> Response:
        with kept().database(operation).reading() as connection:
            found = questions.ranking(connection, asked.sort, asked.filters(), 0, tables.MOST_ROWS)
        return table_of(tables.accounts(found.accounts, Visit.of(request).language), "accounts")

    @routes.get(OPERATION + "/contents.csv")
    def contents_table(request: Request, operation: str) -> Response:
        with kept().database(operation).reading() as connection:
            found = copied.contents(connection)
        return table_of(tables.contents(found, Visit.of(request).language), "contents")

    @routes.get(OPERATION + "/account")
    def account(request: Request, operation: str, platform: _Name, id: _Name) -> Response:
        visit, told = Visit.of(request), kept().get(operation)
        with kept().database(operation).reading() as connection:
            found = questions.dossier(connection, platform, id, visit.language)
            looked_into = cases.listed(connection)
            judged = judgement.judged(connection, visit.language)
        return page("account", visit, operation=told, shown=_shown(found), cases=looked_into, judged=judged)

    @routes.get(OPERATION + "/pair")
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

    @routes.get(OPERATION + "/contents/{content}")
    def content(request: Request, operation: str, content: _Id, offset: From = 0) -> Response:
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

    @routes.get(OPERATION + "/contents/{content}/timeline.csv")
    def contentactivity_of(request: Request, operation: str, content: _Id) -> Response:
        with kept().database(operation).reading() as connection:
            published = copied.publications(connection, content, 0, 0)
        return activity_of(request, published.spread)

    @routes.get(OPERATION + "/contents")
    def contents(request: Request, operation: str, offset: From = 0) -> Response:
        told = kept().get(operation)
        with kept().database(operation).reading() as connection:
            found = copied.contents(connection)
        return page(
            "contents", Visit.of(request), operation=told, contents=found[offset : offset + _CONTENTS],
            total=len(found), offset=offset, rows=_CONTENTS,
        )  # fmt: skip

    @routes.get(OPERATION + "/review")
    def queue(
        request: Request,
        operation: str,
        target: Target = "coordinated",
        budget: Annotated[int, Query(ge=1, le=review.MOST)] = 50,
        at: From = 0,
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

    return routes


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
