"""The word that handles share is found, and looked for in biographies."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from vigie.features.coordination.report import common_word
from vigie.features.coordination.report.common_word import CommonWord


def members(
    handles: Sequence[str | None], biographies: Sequence[str | None] = (), group: int | None = 0
) -> pl.DataFrame:
    """Return the members of a group; biographies are unknown unless given."""
    return pl.DataFrame(
        {"group": group, "handle": handles, "description": biographies or [None] * len(handles)},
        schema={"group": pl.Int64, "handle": pl.String, "description": pl.String},
    )


@pytest.mark.parametrize(
    ("handles", "token"),
    [
        (["NewsNord", "newsSud", "Ost_news", "abc"], ("news", 0.75)), (["ab1", "cd2"], None), ([None, None], None),
        (["newsnews", "news_news"], ("news", 0.5)), (["зимаДом", "ДомЛето"], ("дом", 1.0)), (["a_1", "b_2", "News9"], ("news", 1 / 3)),
    ],
)  # fmt: skip
def test_the_word_that_most_handles_share_has_three_letters_at_least(
    handles: list[str | None], token: tuple[str, float] | None
) -> None:
    found = common_word.by_group(members(handles)).get(0)
    assert (found and (found.word, found.share)) == token


PIZZONA = members(
    ["PizzonaNord", "PizzonaSud", "pizzona_est", "Ouest"],
    ["Your Pizzona in the north", "", None, "Best PIZZONA"],
)


def test_the_word_of_the_handles_is_looked_for_in_the_biographies_of_all_members() -> None:
    assert common_word.by_group(PIZZONA) == {0: CommonWord("pizzona", 0.75, 0.5)}


def test_each_group_has_a_word_of_its_own_and_accounts_outside_have_none() -> None:
    others = [
        members(["pizzona_lyon", None, "news_lyon"], ["news", "pizzona", None], group=1),
        members(["1", "2"], group=2),
        members(["outside_one", "outside_two"], group=None),
    ]
    assert common_word.by_group(pl.concat([PIZZONA, *others])) == {
        0: CommonWord("pizzona", 0.75, 0.5),
        1: CommonWord("lyon", 1.0, 0.0),
    }


def test_a_word_of_most_biographies_is_found_within_handles() -> None:
    towns = members(
        ["villedelyon", "villerouen12", "laville_nice", "metz57"],
        ["Ville de Lyon", "Official account of the ville de Rouen", "La VILLE de Nice", "Ville de Metz"],
    )
    assert common_word.by_group(towns)[0] == CommonWord("ville", 0.75, 1.0)
    # What few biographies say is a part of handles by chance.
    unlike = members(["villedelyon", "villerouen12"], ["Ville de Lyon", "My own opinions"])
    assert common_word.by_group(unlike)[0].share == 0.5


def test_biographies_are_read_without_accents_as_handles_have_none() -> None:
    said = ["Compte du préfet du Nord", "La préfète de l'Aube", "Préfecture de police"]
    found = common_word.by_group(members(["Prefet59", "prefet10", "Prefpolice"], said))
    assert found == {0: CommonWord("prefet", 2 / 3, 2 / 3)}
