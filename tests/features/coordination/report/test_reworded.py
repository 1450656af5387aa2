"""Accounts that change words in the middle of what others publish are told from those who copy, add, shorten or fill in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination.report import reworded

WORDS = [
    *("the", "power", "station", "has", "been", "leaking", "for", "weeks", "and", "nobody"),
    *("in", "the", "ministry", "wants", "us", "to", "know", "about", "it"),
]
OTHER = ["really", "frankly", "still", "today", "everybody", "here", "again", "indeed", "truly", "now"]
ACCOUNTS = 40
Writer = Callable[[np.random.Generator, int], list[str]]


def published(write: Writer) -> pl.DataFrame:
    rng = np.random.default_rng(7)
    return pl.DataFrame(
        {
            "account": range(ACCOUNTS),
            "object": ["text"] * ACCOUNTS,
            "post": range(ACCOUNTS),
            "text": [" ".join(write(rng, account)) for account in range(ACCOUNTS)],
        }
    )


def dropped(rng: np.random.Generator, _: int) -> list[str]:
    place = rng.integers(1, len(WORDS) - 1)
    return [*WORDS[:place], *WORDS[place + 1 :]]


def put_in(rng: np.random.Generator, _: int) -> list[str]:
    place = rng.integers(1, len(WORDS))
    return [*WORDS[:place], OTHER[rng.integers(len(OTHER))], *WORDS[place:]]


def every_other(rng: np.random.Generator, account: int) -> list[str]:
    return exchanged(rng, account) if account % 2 else WORDS


def exchanged(rng: np.random.Generator, _: int) -> list[str]:
    place = rng.integers(1, len(WORDS) - 1)
    return [*WORDS[:place], OTHER[rng.integers(len(OTHER))], *WORDS[place + 1 :]]


@pytest.mark.parametrize("write", [dropped, put_in, exchanged])
def test_who_rewords_here_and_there_is_told(write: Writer) -> None:
    found = reworded.beyond_people(published(write), ACCOUNTS)
    assert len(found) > 0.8 * ACCOUNTS


def test_half_of_them_are_told_from_those_who_copy() -> None:
    found = reworded.beyond_people(published(every_other), ACCOUNTS)
    assert len(found) > 0.8 * ACCOUNTS / 2
    assert all(account % 2 for account in found)
    assert not reworded.beyond_people(published(every_other), 3 * ACCOUNTS)


def added(rng: np.random.Generator, account: int) -> list[str]:
    more = [OTHER[place] for place in rng.integers(0, len(OTHER), 4)]
    return [*more, *WORDS] if account % 2 else [*WORDS, *more]


def shortened(rng: np.random.Generator, _: int) -> list[str]:
    return WORDS[: rng.integers(8, len(WORDS))]


def of_two_versions(rng: np.random.Generator, account: int) -> list[str]:
    return [*WORDS[:6], "months", *WORDS[7:]] if account % 5 == 0 else WORDS


def filled_in(rng: np.random.Generator, account: int) -> list[str]:
    return [
        *WORDS[:6],
        f"town{chr(97 + account % 26)}",
        *WORDS[7:12],
        OTHER[rng.integers(len(OTHER))],
        *WORDS[13:],
    ]


def typed(rng: np.random.Generator, _: int) -> list[str]:
    whole = " ".join(WORDS)
    return [
        [whole.upper(), f"« {whole} »", f"{whole} !!", f"{whole} 👇", whole.replace(" ", "  ", 1)][
            rng.integers(5)
        ]
    ]


@pytest.mark.parametrize("write", [added, shortened, of_two_versions, filled_in, typed])
def test_who_copies_is_not(write: Writer) -> None:
    assert not reworded.among(published(write))


def test_few_copies_and_short_texts_tell_nothing() -> None:
    assert not reworded.among(published(dropped).head(4))
    assert not reworded.among(published(lambda _, account: ["no", OTHER[account % 10], "to", "war"]))
    assert not reworded.among(published(dropped).clear())
