"""Members of a body are told by what their biographies name, by years between their accounts and by what else they publish."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.report import avowed_members
from vigie.features.coordination.report.avowed_members import AvowedMembers
from vigie.features.group_test.trait_tests import Measurement
from vigie.features.group_test.types import Trait

MEMBERS, OTHERS = 20, 60
NOW = datetime(2026, 10, 5, tzinfo=UTC)
SAID = "Groupe Solidaires"


def found(
    biographies: Sequence[str | None] | None = None,
    of_others: str = "coureur",
    others: int = OTHERS,
    own: int = 2,
    days: int = 100,
    dated: int = MEMBERS,
    handle: str = "user",
) -> AvowedMembers | None:
    """Return what is known of members with two posts of a campaign each.

    Args:
        biographies: Of the members.
        of_others: Biography of the others.
        others: How many they are.
        own: Other posts of each member.
        days: Between the creation of one member and of the next.
        dated: Members whose creation is known.
        handle: How their handles begin.
    """
    said = biographies or [SAID] * 15 + ["voile"] * 5
    rows = range(MEMBERS + others)
    accounts = pl.DataFrame(
        {
            "row": rows,
            "handle": [f"{handle if row < MEMBERS else 'h'}{row}" for row in rows],
            "description": [*said, *[of_others] * others],
            "created_at": [NOW - timedelta(days=1 + days * row) if row < dated else None for row in rows],
        },
        schema={
            "row": pl.UInt32(),
            "handle": pl.String(),
            "description": pl.String(),
            "created_at": schema.TIME,
        },
    )
    posts = pl.DataFrame(
        {"row": [row for row in range(MEMBERS) for _ in range(2 + own)]}, schema={"row": pl.UInt32()}
    )
    held = [place for place in range(posts.height) if place % (2 + own) < 2]
    # A post may hold two contents.
    published = pl.DataFrame({"account": posts["row"].gather(held).cast(pl.Int64), "post": held})
    return avowed_members.of(
        accounts.head(MEMBERS), pl.concat([published, published.head(3)]), accounts, posts
    )


def test_members_of_a_body_say_so_and_have_lives() -> None:
    one = found()
    assert one is not None
    assert (one.words, one.named, one.naming) == (("Groupe", "Solidaires"), 0.75, frozenset(range(15)))
    assert (one.others, one.days) == (0.5, 950)
    assert one.have_lives
    assert one.explain(range(10))
    assert not one.explain(range(10, 20))


@pytest.mark.parametrize(
    "columns",
    [
        # Nothing else is published, or hardly anything; accounts were made in one batch; it is not known when.
        {"own": 0},
        {"own": 0, "days": 400},
        {"days": 1},
        {"dated": 9},
    ],
)
def test_accounts_made_for_it_have_no_lives(columns: dict[str, Any]) -> None:
    one = found(**columns)
    assert one is not None
    assert not one.have_lives


def test_a_third_of_the_posts_is_a_life() -> None:
    one = found(own=1)
    assert one is not None
    assert one.others == pytest.approx(1 / 3)
    assert one.have_lives


def test_what_some_of_the_others_say_too_names_no_body_but_what_all_say_does() -> None:
    some = found(of_others=SAID, others=OTHERS)
    assert some is not None
    assert some.words == ("Groupe", "Solidaires")
    said = [SAID] * 15 + ["voile"] * 5
    assert found(biographies=said, of_others="coureur") is not None
    assert avowed_members._is_of_these("solidaires", pl.DataFrame({"description": [SAID] * 60}))
    assert not avowed_members._is_of_these(
        "solidaires", pl.DataFrame({"description": [SAID] * 10 + ["coureur"] * 50})
    )


def test_biographies_without_a_common_word_name_nothing() -> None:
    assert found(biographies=[None] * MEMBERS) is None
    assert found(biographies=[f"{'abcdefghijklmnopqrst'[place] * 6}" for place in range(MEMBERS)]) is None


def alike(trait: Trait, rows: range) -> Measurement:
    return Measurement(trait=trait, known=MEMBERS, accounts=len(rows), rows=pl.Series("row", list(rows)))


def test_some_of_a_crowd_with_lives_may_have_joined_in_one_month() -> None:
    one = found()
    assert one is not None
    assert one.living == frozenset(range(MEMBERS))
    assert one.explains([alike("creation_bursts", range(8)), alike("shared_biographies", range(10))])
    # Most joined then, or it is something that members do not share openly.
    assert not one.explains([alike("creation_bursts", range(11))])
    assert not one.explains([alike("handle_shapes", range(8))])
    bare = found(own=0)
    assert bare is not None
    assert not bare.explains([alike("creation_bursts", range(8))])


def test_fans_name_their_star_in_handles_and_biographies_in_few_letters() -> None:
    said = ["luna stan", "she · luna", "mit luna", "16"] * 5
    one = found(biographies=said, handle="luna_")
    assert one is not None
    assert (one.words, one.named, len(one.naming)) == (("luna",), 0.75, 15)
    assert found(biographies=said) is None
    assert found(biographies=["ari stan"] * MEMBERS, handle="ari_") is None
