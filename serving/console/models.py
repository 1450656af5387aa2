"""The page of a model: what it is, how far it may be trusted, what it saw of late, and what is tried beside it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from markdown_it import MarkdownIt
from markupsafe import Markup

from vigie.features.schema import TARGETS
from vigie.serving.access.scopes import Scope
from vigie.serving.api.routes.models import described
from vigie.serving.console.page import page
from vigie.serving.console.page_routes import pages
from vigie.serving.console.visit import Visit
from vigie.serving.models_in_use import ModelsInUse
from vigie.serving.operations.decisions import Target

# Features shown that moved, the most moved first.
_MOVED = 8


def router(models_in_use: ModelsInUse) -> APIRouter:
    """Return the route of the page.

    Args:
        models_in_use: The models that answer, and those that are compared with them.
    """
    routes = pages("", Scope.MODEL)

    @routes.get("/model")
    def model(request: Request, target: Target = "inauthentic") -> Response:
        visit = Visit.of(request)
        told = described(models_in_use, visit.language)
        drift = getattr(models_in_use.drift.described(), target).report
        moved = [
            each
            for each in drift.comparisons[0].features
            if each.level not in ("stable", "unknown") or each.missing_moved
        ]
        of_target = told if target == "inauthentic" else told.coordinated
        return page(
            "model",
            visit,
            operation=None,
            targets=TARGETS,
            target=target,
            model=of_target,
            card=card(of_target.card),
            drift=drift,
            moved=moved[:_MOVED],
            challenger=getattr(told.challenger, target, None),
        )

    return routes


def card(markdown: str) -> Markup:
    """Return a model card as HTML, its title left out and its headings below that of a page.

    HTML in the card stands as text. Nothing in it is loaded: pictures are not shown.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = reader.parse(markdown.partition("\n")[2] if markdown.startswith("# ") else markdown)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
        if token.type == "table_open":
            # Wide ones are scrolled, by keyboard too.
            token.attrSet("tabindex", "0")
        # The policy of the page forbids styles inside it, and the reader aligns columns by such.
        if token.attrs.pop("style", None) == "text-align:right":
            token.attrSet("class", "number")
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704 - the reader escapes
