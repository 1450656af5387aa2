"""Pages of cases: what people look into, with a form to open one and one to add to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from vigie.features.json_object import JsonObject
from vigie.serving.access.scopes import Scope
from vigie.serving.api.schemas.cases import CaseAddition, CaseOpening
from vigie.serving.console import forms
from vigie.serving.console.page import page
from vigie.serving.console.page_routes import OPERATION, pages
from vigie.serving.console.visit import ROOT, Visit, browser_of
from vigie.serving.operations import cases
from vigie.serving.operations.cases import Case, State
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decisions import TrackNumber

_NUMBER = TypeAdapter(TrackNumber)


def router(kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes of the pages.

    Args:
        kept: The operations; raises where the service keeps none.
    """
    routes = pages(f"{OPERATION}/cases", Scope.DECIDE)

    @routes.get("")
    def listed(request: Request, operation: str, state: State | None = None) -> Response:
        told = kept().get(operation)
        with kept().database(operation).reading() as connection:
            found = cases.listed(connection, state)
        return page("cases", Visit.of(request), operation=told, cases=found, state=state)

    @routes.get("/{case}")
    def one(request: Request, operation: str, case: TrackNumber) -> Response:
        told = kept().get(operation)
        with kept().database(operation).reading() as connection:
            found = cases.one(connection, case)
        return page("case", Visit.of(request), operation=told, case=found)

    async def sent(request: Request, write: Callable[[Mapping[str, str], Visit], Case]) -> Response:
        """Return the way to the case that a form changed."""
        visit = Visit.of(request)
        fields = await forms.read(request, request.app.state.console_tokens, browser_of(request))
        with forms.checked(visit.language):
            made = await run_in_threadpool(write, fields, visit)
        operation = request.path_params["operation"]
        return RedirectResponse(f"{ROOT}/operations/{operation}/cases/{made.id}", 303)

    @routes.post("")
    async def began(request: Request, operation: str) -> Response:
        def write(fields: Mapping[str, str], visit: Visit) -> Case:
            number, _, after = fields.get("case", "").partition(" ")
            with kept().database(operation).writing() as connection:
                if number:
                    asked = addition({**fields, "after": after}, visit.name)
                    chosen = _NUMBER.validate_python(number)
                    return cases.add(connection, chosen, asked.addition(), kept().clock())
                begun = opening(fields, visit.name)
                return cases.begin(
                    connection, begun.title, begun.subjects, begun.by, begun.note, kept().clock()
                )  # fmt: skip

        return await sent(request, write)

    @routes.post("/{case}/entries")
    async def added(request: Request, operation: str, case: TrackNumber) -> Response:
        def write(fields: Mapping[str, str], visit: Visit) -> Case:
            asked = addition(fields, visit.name).addition()
            with kept().database(operation).writing() as connection:
                return cases.add(connection, case, asked, kept().clock())

        return await sent(request, write)

    return routes


def opening(fields: Mapping[str, str], name: str | None) -> CaseOpening:
    """Return the case that a form opens.

    Args:
        fields: Of the form. ``subject`` holds what it is about as the query of an address.
        name: Who is signed in; None: the form says who opens it.

    Raises:
        ValidationError: Something of it is missing or out of its range.
    """
    title = fields.get("title", "")
    return CaseOpening.model_validate(
        {**_signed(fields, name), "title": title, "subjects": _subjects(fields)}
    )


def addition(fields: Mapping[str, str], name: str | None) -> CaseAddition:
    """Return what a form adds to a case; arguments and errors as of :func:`opening`."""
    file = {each: fields[each] for each in ("name", "url", "sha256") if fields.get(each)}
    return CaseAddition.model_validate(
        {
            **_signed(fields, name),
            "after": fields.get("after", ""),
            "state": fields.get("state") or None,
            "subjects": _subjects(fields),
            "files": [{"name": file.get("url", ""), **file}] if file else [],
        }
    )


def _signed(fields: Mapping[str, str], name: str | None) -> JsonObject:
    return {"note": fields.get("why", ""), "by": name or fields.get("by", "")}


def _subjects(fields: Mapping[str, str]) -> list[dict[str, str]]:
    stated = dict(parse_qsl(fields.get("subject", "")))
    return [stated] if stated else []
