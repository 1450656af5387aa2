"""The clues that some accounts show, in words: how many of them, how many ordinary ones, and what else explains it."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated

import polars as pl
from pydantic import Field

from vigie.features.foreign_clues.measures import MEASURES
from vigie.features.i18n import Language, Listing, Message, Percent, message

# Accounts that must show a clue for it to be one of a group.
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Clue:
    """Something that may hint at a link abroad, and may not."""

    name: str
    accounts: Annotated[int, Field(description="Accounts that show it.")]
    known: Annotated[int, Field(description="Accounts of which it can be told.")]
    ordinary_accounts: Annotated[
        int, Field(description="Ordinary accounts of public collections that show it.")
    ]
    ordinary_known: Annotated[
        int, Field(description="Ordinary accounts of which it can be told; 0: not measured.")
    ]
    sentence: str
    benign: Annotated[str, Field(description="What else explains it.")]


def clues(
    accounts: pl.DataFrame, posts: pl.DataFrame, languages: Collection[str], language: Language
) -> list[Clue]:
    """Return the clues that two accounts or more show, and more of them than of ordinary accounts.

    Args:
        accounts: Contract columns and ``row``.
        posts: Contract columns and ``row`` of the author.
        languages: Codes of the languages that are expected; without any, nothing is said of languages and scripts.
        language: Language of the sentences.
    """
    found = []
    for name, measure in MEASURES.items():
        if name in ("other_language", "other_script") and not languages:
            continue
        table = measure(accounts, posts, languages)
        shows, known = int(table["shows"].sum()), table.height
        ordinary, of = _ordinary()[name]
        if shows < _LEAST or (shows * of <= ordinary * known and of):
            continue
        rate = (
            message("foreign_clues.rate", known=of, shows=ordinary, share=Percent(ordinary / of, 1))
            if of
            else message("foreign_clues.no_rate")
        )
        said = Message(
            f"foreign_clues.{name}",
            {"count": shows, "known": known, "languages": Listing(tuple(sorted(languages)))},
        )
        found.append(
            Clue(
                name=name,
                accounts=shows,
                known=known,
                ordinary_accounts=ordinary,
                ordinary_known=of,
                sentence=f"{said.say(language)} {rate.say(language)}",
                benign=Message(f"foreign_clues.benign.{name}").say(language),
            )
        )
    return found


@cache
def _ordinary() -> dict[str, tuple[int, int]]:
    """Return how many ordinary accounts show each clue, and of how many it could be told (``benchmarks/clues.py``)."""
    measured = json.loads(files("vigie.features.foreign_clues").joinpath("ordinary.json").read_text("utf-8"))
    return {name: (counts["shows"], counts["known"]) for name, counts in measured.items()}
