"""Clues are told with how often ordinary accounts show them, and with what else explains them."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.foreign_clues import report
from vigie.features.foreign_clues.measures import MEASURES
from vigie.features.foreign_clues.report import clues
from vigie.features.i18n import LANGUAGES, Language, message


def written(shows: int, known: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return accounts that write in French, some of them in Russian."""
    rows = [(row, "ru" if row < shows else "fr") for row in range(known) for _ in range(5)]
    posts = pl.DataFrame({"row": [row for row, _ in rows], "lang": [lang for _, lang in rows]})
    accounts = pl.DataFrame({"row": range(known)}, {"row": pl.UInt32})
    empty = {table: schema.empty(table) for table in ("accounts", "posts")}
    whole = [
        pl.concat([empty[table], part.with_columns(pl.col("row").cast(pl.UInt32))], how="diagonal")
        for table, part in (("accounts", accounts), ("posts", posts))
    ]
    return whole[0], whole[1]


def test_a_clue_tells_its_rate_among_ordinary_accounts_and_a_benign_explanation() -> None:
    (clue,) = clues(*written(3, 6), ["fr"], "en")
    ordinary, of = report._ordinary()["other_language"]
    assert (clue.name, clue.accounts, clue.known, clue.ordinary_accounts, clue.ordinary_known) == (
        "other_language", 3, 6, ordinary, of,
    )  # fmt: skip
    assert clue.sentence.startswith(
        "Of 6 accounts with five posts or more of their own, 3 write mostly in another language"
    )
    assert f"Among {of} ordinary accounts of public collections, {ordinary} did" in clue.sentence
    assert clue.benign


@pytest.mark.parametrize(
    ("shows", "known", "languages"), [(1, 6, ["fr"]), (0, 6, ["fr"]), (3, 6, []), (2, 400, ["fr"])]
)
def test_one_account_or_no_more_than_ordinary_ones_is_no_clue(
    shows: int, known: int, languages: list[str]
) -> None:
    assert clues(*written(shows, known), languages, "en") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_clue_has_a_rate_and_words(language: Language) -> None:
    assert set(report._ordinary()) == set(MEASURES)
    for name in MEASURES:
        assert message(f"foreign_clues.benign.{name}").say(language)


def test_a_clue_without_a_measured_rate_says_so() -> None:
    accounts, posts = written(0, 2)
    posts = posts.with_columns(text=pl.lit("Kharkov"))
    (clue,) = clues(accounts, posts, [], "en")
    assert (clue.name, clue.ordinary_known) == ("other_spelling", 0)
    assert "is not measured" in clue.sentence
