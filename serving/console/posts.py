"""``/console/…/posts``: the posts behind a number, and the same as tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import model_validator

from vigie.serving.access.scopes import Scope
from vigie.serving.api.schemas.operations import PostQuery
from vigie.serving.console import figures, tables
from vigie.serving.console.page import page
from vigie.serving.console.page_routes import OPERATION, pages
from vigie.serving.console.table_files import activity_of, table_of
from vigie.serving.console.visit import Visit
from vigie.serving.operations import judgement, post_list, questions
from vigie.serving.operations.catalogue import Catalogue

# A minute or a second as a field of a form sends it, without a zone: that of the pages is UTC.
_FIELD = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")


class _Asked(PostQuery):
    """What the form of the page asks for: it sends what was left empty too."""

    @model_validator(mode="before")
    @classmethod
    def _stated(cls, given: dict[str, Any]) -> dict[str, Any]:
        stated = {name: value for name, value in given.items() if value != ""}
        times = {
            name: f"{stated[name]}Z" for name in ("since", "until") if _FIELD.fullmatch(str(stated.get(name)))
        }
        return stated | times


def router(kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes of the page and its tables.

    Args:
        kept: The operations; raises where the service keeps none.
    """
    routes = pages(OPERATION, Scope.DECIDE)

    @routes.get("/posts")
    def posts(request: Request, operation: str, asked: Annotated[_Asked, Query()]) -> Response:
        visit, told, wanted = Visit.of(request), kept().get(operation), asked.filters()
        with kept().database(operation).reading() as connection:
            found = post_list.listed(connection, wanted, asked.sort, asked.offset, asked.limit)
            judged = judgement.judged(connection, visit.language)
            author = (
                questions.named(connection, wanted.platform, wanted.account_id)
                if wanted.platform is not None and wanted.account_id is not None
                else None
            )
        return page(
            "posts", visit, operation=told, found=found, asked=asked, wanted=wanted, author=author, judged=judged,
            filters={name: value for name, value in asdict(wanted).items() if value is not None},
            activity=figures.activity(found.spread, visit.language), platforms=sorted(judged.platforms) if judged else [],
        )  # fmt: skip

    @routes.get("/posts.csv")
    def posts_table(request: Request, operation: str, asked: Annotated[_Asked, Query()]) -> Response:
        with kept().database(operation).reading() as connection:
            found = post_list.table(connection, asked.filters(), asked.sort, tables.MOST_ROWS)
        return table_of(tables.posts(found, Visit.of(request).language), "posts")

    @routes.get("/posts/timeline.csv")
    def timeline(request: Request, operation: str, asked: Annotated[_Asked, Query()]) -> Response:
        with kept().database(operation).reading() as connection:
            hours = post_list.spread(connection, asked.filters())
        return activity_of(request, hours)

    return routes
