"""Accounts that swap letters in what others publish plainly are told from people who copy letter for letter."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.coordination.report import disguise

PLAIN, SWAPPED, HIDDEN = (
    "the dam is about to break",
    "the dаm is аbout to breаk",
    "the d\u200bam is about to break",
)


def published(texts: list[str]) -> pl.DataFrame:
    """Return posts of one content, an account each."""
    schema = {"account": pl.Int64, "object": pl.String, "text": pl.String}
    return pl.DataFrame(
        [(account, "c", text) for account, text in enumerate(texts)], schema=schema, orient="row"
    )


@pytest.mark.parametrize("hidden", [SWAPPED, HIDDEN])
def test_accounts_that_disguise_what_most_publish_plainly_are_told(hidden: str) -> None:
    some = published([hidden] * 8 + [PLAIN] * 40)
    assert disguise.among(some) == frozenset(range(8))
    assert disguise.beyond_people(some, 48) == frozenset(range(8))


@pytest.mark.parametrize(
    "texts",
    [
        # A source that writes so is copied so.
        [SWAPPED] * 30 + [PLAIN] * 10,
        # Nobody else publishes it.
        [SWAPPED],
        # Words of their own beside one picture.
        [f"{word} и горы" for word in ("PRом", "PRа", "VKонтакте", "море", "снег")],
        # Another script, styled letters, joined emojis and words of two languages are no disguise.
        [*["плотина вот-вот рухнет", "𝓽𝓱𝓮 𝓭𝓪𝓶", "family 👨\u200d👩\u200d👧 of VK ВКонтакте"] * 3, PLAIN],
        [],
    ],
    ids=["source", "alone", "own words", "scripts", "none"],
)
def test_people_who_copy_letter_for_letter_disguise_nothing(texts: list[str]) -> None:
    assert disguise.among(published(texts)) == frozenset()
    assert disguise.beyond_people(published(texts), len(texts)) == frozenset()


def test_few_slips_of_many_accounts_tell_nothing_of_the_campaign() -> None:
    assert disguise.beyond_people(published([SWAPPED] * 4 + [PLAIN] * 96), 100) == frozenset()
    assert disguise.beyond_people(published([SWAPPED] * 2 + [PLAIN] * 8), 10) == frozenset()
