"""What a model card is made of: sentences and tables, written once with both languages beside each other.

A card is a list of blocks; :func:`files` writes it out in every language. A block says the same in each, since its
figures are given once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from vigie.features.i18n.languages import LANGUAGES, Language
from vigie.models.bundle import CARDS
from vigie.training.report.french_terms import translated
from vigie.training.report.i18n import Text
from vigie.training.report.markdown import table


@dataclass(frozen=True)
class Said:
    """A heading, a paragraph, or an item of a list.

    Attributes:
        text: What it says.
        values: Of its placeholders.
    """

    text: Text
    values: Mapping[str, Any]

    def written(self, language: Language) -> str:
        """Return its Markdown in a language."""
        return self.text.say(language, self.values)


@dataclass(frozen=True)
class Listed:
    """A list.

    Attributes:
        items: Its items.
    """

    items: tuple[Said, ...]

    def written(self, language: Language) -> str:
        """Return its Markdown in a language."""
        return "\n".join(f"- {item.written(language)}" for item in self.items)


@dataclass(frozen=True)
class Shown:
    """A table.

    Attributes:
        frame: Its rows, see :func:`vigie.training.report.markdown.table`.
        titles: Its columns, in order.
    """

    frame: pl.DataFrame
    titles: Mapping[str, Text]

    def written(self, language: Language) -> str:
        """Return its Markdown in a language."""
        titles = {name: title.say(language) for name, title in self.titles.items()}
        return table(translated(self.frame, language), titles, language=language)


@dataclass(frozen=True)
class Command:
    """A command as one types it, the same in every language.

    Attributes:
        line: The command.
    """

    line: str

    def written(self, language: Language) -> str:
        """Return its Markdown."""
        # On one line: a name in it cannot close the fence.
        return f"```sh\n{' '.join(self.line.split())}\n```"


Block = Said | Listed | Shown | Command


def say(en: str, fr: str, **values: Any) -> Said:
    """Return a heading, a paragraph or an item of a list, in English and French."""
    return Said(Text(en, fr), values)


def listed(*items: Said) -> Listed:
    """Return a list."""
    return Listed(items)


def shown(frame: pl.DataFrame, **titles: tuple[str, str]) -> Shown:
    """Return a table: columns by name with their titles in English and French."""
    return Shown(frame, {name: Text(*title) for name, title in titles.items()})


def files(blocks: Sequence[Block]) -> dict[str, str]:
    """Return a card in every language, Markdown, by its file name in a bundle."""
    return {
        CARDS[language]: "\n\n".join(block.written(language) for block in blocks) + "\n"
        for language in LANGUAGES
    }
