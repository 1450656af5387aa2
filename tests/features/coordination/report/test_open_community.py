"""A community that joined together is told by what its biographies name, by its own words and by speaking to itself."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.report import open_community
from vigie.features.coordination.report.open_community import OpenCommunity

MEMBERS, OTHERS, PICTURES = 20, 60, 3
SAID = "Ancienne élève du lycée Chateaubriand"
# Words of their own beside a picture; every other post has words that all know.
KNOWN = "Quel bonheur de vous revoir à Chateaubriand"


def found(
    biographies: list[str | None] | None = None,
    of_others: str = "coureur et père",
    tags_of_others: tuple[str, ...] = ("ville",),
    own: int = 2,
    **columns: Any,
) -> OpenCommunity | None:
    """Return what is known of members with three pictures each, beside others who post something else.

    Args:
        biographies: Of the members.
        of_others: Biography of the others.
        tags_of_others: Hashtags of their posts.
        own: Every so many of the posts is in words of its own.
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
        },
        schema_overrides={"row": pl.UInt32()},
    )
    shared = [
        {
            "row": row,
            "text": f"souvenir {'abcdefghij'[row % 10]}{'klm'[picture]}{'no'[row // 10]}" if (row + picture) % own else KNOWN,
            "hashtags": ["promo86"],
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
    assert one == OpenCommunity("chateaubriand", 1.0, 0.5, 1.0)
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
