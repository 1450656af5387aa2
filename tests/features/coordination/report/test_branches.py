"""Branches of a body name in handle and biography which of them they are; people and accounts made alike do not."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from vigie.features.coordination.report import branches
from vigie.features.coordination.report.branches import Branches

PREFECTURES = [
    (f"Prefet{place}", f"Compte officiel de la préfecture du département {place}") for place in range(11, 41)
]
BRIGADES = [(f"SDIS{place}", f"Les sapeurs-pompiers du département {place}") for place in range(11, 31)]


def members(said: Sequence[tuple[str | None, str | None]], group: int | None = 0) -> pl.DataFrame:
    """Return the members of a group by handle and biography."""
    schema = {"handle": pl.String, "description": pl.String}
    return pl.DataFrame(said, schema=schema, orient="row").with_columns(group=pl.lit(group, pl.Int64))


def test_branches_of_two_bodies_name_the_place_of_their_handle() -> None:
    found = branches.by_group(members([*PREFECTURES, *BRIGADES]))
    assert found == {0: Branches(("prefet", "sdis"), 1.0, 1.0)}


def test_each_group_is_asked_alone_and_accounts_outside_are_not() -> None:
    table = pl.concat([members(PREFECTURES), members(BRIGADES, 1), members(PREFECTURES, None)])
    assert branches.by_group(table) == {
        0: Branches(("prefet",), 1.0, 1.0),
        1: Branches(("sdis",), 1.0, 1.0),
    }


NAMES = ["Anna", "Boris", "Chloe", "Denis", "Emma", "Farid", "Gael", "Hugo", "Ines", "Jules", "Karim", "Lea"]


PEOPLE = [
    (f"{name}{at}", f"I am {name} and I love my country, truth, freedom") for at, name in enumerate(NAMES)
]
NOTHING_SAID = [(f"patriot{number}", None) for number in range(10, 30)]


@pytest.mark.parametrize("said", [PEOPLE, NOTHING_SAID, [("patriot_north", "north")], [(None, None)] * 4])
def test_handles_without_a_word_in_common_or_without_biographies_say_nothing(
    said: list[tuple[str | None, str | None]],
) -> None:
    assert branches.by_group(members(said)) == {}


ONE_BIOGRAPHY = [(f"patriot{number}", "I love my country, truth, freedom") for number in range(10, 40)]
ANOTHER_NUMBER = [(f"patriot{age}", f"Born in {2030 - age}, I love my country") for age in range(10, 14)]
NAMES_OF_ALL = [(f"news_{name}", " ".join(NAMES)) for name in NAMES]
NO_COMMON_WORDS = [(f"club_{name}", f"{name} {name}son {name}ly") for name in NAMES]


@pytest.mark.parametrize("said", [ONE_BIOGRAPHY, ANOTHER_NUMBER, NAMES_OF_ALL, NO_COMMON_WORDS])
def test_biographies_that_do_not_tell_a_branch_from_others_name_none(
    said: list[tuple[str | None, str | None]],
) -> None:
    assert branches.by_group(members(said))[0].named == 0
