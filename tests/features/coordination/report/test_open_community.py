"""A community that joined together is told by what its biographies name, by its own words and by speaking to itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.report import open_community
from vigie.features.coordination.report.open_community import OpenCommunity
from vigie.features.group_test.trait_tests import Measurement
from vigie.features.group_test.types import Trait

MEMBERS, OTHERS, PICTURES = 20, 60, 3
NOW = datetime(2026, 10, 5, tzinfo=UTC)
SAID = "Ancienne élève du lycée Chateaubriand"
# Words of their own beside a picture; every other post has words that all know.
KNOWN = "Quel bonheur de vous revoir à Chateaubriand"


def found(
    biographies: list[str | None] | None = None,
    of_others: str = "coureur et père",
    tags_of_others: tuple[str, ...] = ("ville",),
    own: int = 2,
    joined: int = 40,
    days: int = 1,
    **columns: Any,
) -> OpenCommunity | None:
    """Return what is known of members with three pictures each, beside others who post something else.

    Args:
        biographies: Of the members.
        of_others: Biography of the others.
        tags_of_others: Hashtags of their posts.
        own: Every so many of the posts is in words of its own.
        joined: Days before the first post at which the members were created.
        days: Days over which they publish.
        columns: Columns of the shared posts.
    """
    said = biographies or [SAID] * 10 + [None] * 10
    rows = range(MEMBERS + OTHERS)
    accounts = pl.DataFrame(
        {
            "row": rows,
            "account_id": [f"a{row}" for row in rows],
            "handle": [f"user{row}" for row in rows],
            "description": [*said, *[of_others] * OTHERS],
            "created_at": [NOW - timedelta(days=joined if row < MEMBERS else 900) for row in rows],
        },
        schema_overrides={"row": pl.UInt32(), "created_at": schema.TIME},
    )
    shared = [
        {
            "row": row,
            "text": f"souvenir {'abcdefghij'[row % 10]}{'klm'[picture]}{'no'[row // 10]}" if (row + picture) % own else KNOWN,
            "hashtags": ["promo86"],
            "created_at": NOW + timedelta(days=days * row / (MEMBERS - 1)),
            **columns,
        }
        for row in range(MEMBERS)
        for picture in range(PICTURES)
    ]  # fmt: skip
    others = [
        {"row": MEMBERS + row, "text": "autre chose", "hashtags": list(tags_of_others)}
        for row in range(OTHERS)
    ]
    posts = pl.DataFrame([*shared, *others], schema={"row": pl.UInt32(), **schema.schema("posts")})
    published = pl.DataFrame({"post": range(len(shared)), "trace": "media_duplicate"})
    return open_community.of(accounts.head(MEMBERS), published, accounts, posts)


def test_a_class_at_its_reunion_says_who_it_is_and_speaks_to_itself() -> None:
    one = found()
    naming = frozenset(range(10))
    assert one == OpenCommunity(
        "chateaubriand",
        1.0,
        0.5,
        1.0,
        signed=1.0,
        days=1.0,
        accounts=MEMBERS,
        joined=frozenset(),
        naming=naming,
    )
    assert one.speaks_to_itself


@pytest.mark.parametrize(
    "columns",
    [
        {"urls": ["https://vote.example/"]},
        {"mentions": ["minister"]},
        {"kind": "reply"},
        {"kind": "quote", "target_account_id": "a70"},
        {"tags_of_others": ("promo86",)},
    ],
)
def test_who_speaks_to_others_is_no_such_community(columns: dict[str, Any]) -> None:
    one = found(**columns)
    assert one is not None
    assert one.inward == 0.0
    assert not one.speaks_to_itself


@pytest.mark.parametrize("columns", [{"mentions": ["user3"]}, {"kind": "reply", "target_account_id": "a3"}])
def test_members_may_speak_to_each_other(columns: dict[str, Any]) -> None:
    one = found(**columns)
    assert one is not None
    assert one.speaks_to_itself


def test_who_all_write_the_same_is_no_such_community() -> None:
    one = found(own=1)
    assert one is not None
    assert one.own_words == 0.0
    assert not one.speaks_to_itself


@pytest.mark.parametrize(
    "columns",
    [
        # Too few biographies, or too few that name it.
        {"biographies": [SAID] * 9 + [None] * 11},
        {"biographies": [SAID] * 6 + ["peintre"] * 14},
        {"biographies": ["Marathon et voile"] * 20},
        # Everybody names it.
        {"of_others": SAID},
    ],
)
def test_biographies_must_name_what_the_posts_do_and_others_do_not(columns: dict[str, Any]) -> None:
    assert found(**columns) is None


def alike(trait: Trait, rows: range = range(MEMBERS)) -> Measurement:
    return Measurement(trait=trait, known=MEMBERS, accounts=len(rows), rows=pl.Series("row", list(rows)))


def test_a_class_that_joined_for_its_task_may_all_write_the_same_and_name_its_teacher() -> None:
    one = found(own=1, joined=3, mentions=["teacher"], urls=["https://school.example/task"])
    assert one is not None
    assert (one.own_words, one.inward, one.signed) == (0.0, 0.0, 1.0)
    assert not one.speaks_to_itself
    assert one.is_convened
    # Newcomers have handles of the platform and no biography yet; those with one name the class.
    assert one.explains([alike("creation_bursts"), alike("handle_shapes"), alike("empty_biographies")])
    assert one.explains([alike("shared_biographies", range(10))])
    assert not one.explains([alike("shared_biographies")])
    assert not one.explains([alike("shared_pictures")])


@pytest.mark.parametrize(
    "columns",
    [
        # They joined for something else, or publish for longer than an occasion lasts.
        {"joined": 40},
        {"days": 20},
        # They speak to others: by their hashtag, in an answer, or to several.
        {"tags_of_others": ("promo86",)},
        {"kind": "reply"},
        {"mentions": ["teacher", "minister"]},
    ],
)
def test_who_was_there_before_or_speaks_to_several_was_not_convened(columns: dict[str, Any]) -> None:
    one = found(**{"own": 1, "joined": 3, **columns})
    assert one is not None
    assert not one.is_convened
    assert not one.explains([alike("creation_bursts")])


def test_a_class_is_told_by_a_number_and_a_letter_too() -> None:
    said: list[str | None] = ["Turma 3B", "aluno 3º B", "3ºB · Colégio"] * 6 + [None] * 2
    tagged: dict[str, Any] = {"hashtags": ["Turma3B"], "text": "confira a fonte"}
    one = found(biographies=said, own=1, joined=3, **tagged)
    assert one is not None
    assert (one.word, one.named) == ("3b", 1.0)
    assert one.is_convened
    assert found(biographies=said, own=1, joined=3, hashtags=["Classe13B"], text="confira") is None
