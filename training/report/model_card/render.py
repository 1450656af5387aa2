"""Model cards: one Markdown template per target and language (``templates/LANGUAGE/TARGET.md.j2``), filled with one set of values.

Numbers are written as the language writes them. Names out of the data are shown as they are: nothing in them is read as
Markdown or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vigie.features.i18n import LANGUAGES, Language, Message
from vigie.models.bundle import CARDS
from vigie.training.report.formatting import written
from vigie.training.report.markdown import table
from vigie.training.report.terms import translated


@dataclass(frozen=True)
class Table:
    """A table of a card.

    Attributes:
        frame: Its rows, see :func:`vigie.training.report.markdown.table`.
        titles: Columns shown, in order, with their titles.
    """

    frame: pl.DataFrame
    titles: Mapping[str, Message]

    def written(self, language: Language) -> str:
        """Return its Markdown in a language."""
        titles = {name: title.say(language) for name, title in self.titles.items()}
        return table(translated(self.frame, language), titles, language=language)


@dataclass(frozen=True)
class Command:
    """A command as one types it, inside a block of code."""

    line: str


def render(name: str, values: Mapping[str, object]) -> dict[str, str]:
    """Return a card in every language, Markdown, by its file name in a bundle.

    Args:
        name: Of the template.
        values: By the names that the templates use: numbers, texts, :class:`Table`, :class:`Command`, lists.

    Raises:
        jinja2.UndefinedError: A template uses a name that has no value.
    """
    cards = {}
    for language in LANGUAGES:
        text = _environment(language).get_template(f"{name}.md.j2").render(values)
        cards[CARDS[language]] = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    return cards


@cache
def _environment(language: Language) -> Environment:
    """Return what reads the templates of a language and writes values in it."""

    def shown(value: object) -> object:
        match value:
            case Markup() | StrictUndefined():
                return value
            case Table():
                return Markup(value.written(language))  # noqa: S704  # made of escaped cells
            case Command(line):
                # On one line: a name in it cannot close the block of code.
                return Markup(" ".join(line.split()))  # noqa: S704  # shown as code
            case _:
                return Markup(written(value, language))  # noqa: S704  # escaped for Markdown

    environment = Environment(
        loader=PackageLoader("vigie.training.report.model_card", f"templates/{language}"),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = lambda share: Markup(written(share, language, ".1%"))  # noqa: S704
    environment.filters["decimals"] = lambda number: Markup(written(number, language, ".3f"))  # noqa: S704
    return environment
