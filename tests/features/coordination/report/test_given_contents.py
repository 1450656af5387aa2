"""Groups measured together are measured as each is alone."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from vigie.features import schema
from vigie.features.coordination.report import given_contents
from vigie.features.coordination.traces import DAY, HOUR, MINUTE

MEMBERS = 4


def group(
    number: int, names: Sequence[str], step: int, **columns: object
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the posts of a group and its acts: members publish texts ``step`` seconds apart, and each a post of its own."""
    first = 100 * number
    shared = [
        (first + member, name, (number + 1) * DAY + 10 * MINUTE * place + step * member)
        for place, name in enumerate(names)
        for member in range(MEMBERS)
    ]
    own = [(first + member, "own words", (number + 3) * DAY) for member in range(MEMBERS)]
    posts = pl.DataFrame(
        [
            {"row": row, "text": text, "created_at": time, **(columns if text != "own words" else {})}
            for row, text, time in (*shared, *own)
        ],
        schema={"row": pl.Int64(), **schema.schema("posts"), "created_at": pl.Int64()},
    )
    timed = posts.with_columns(
        pl.from_epoch("created_at").dt.replace_time_zone("UTC"),
        group=pl.lit(number),
        post=pl.int_range(pl.len()) + 1_000 * number,
    )
    acts = timed.head(len(shared)).select(
        "group", pl.lit("text_duplicate").alias("trace"), pl.col("row").alias("account"),
        pl.col("text").alias("object"), "post", time=pl.col("created_at").dt.epoch("s"),
    )  # fmt: skip
    return timed, acts


GROUPS = [
    # The same words as the next group has, of one site.
    group(0, ["a", "b", "c"], 20, urls=["https://news.example/1"]),
    group(1, ["a", "b", "c"], 90, hashtags=["vote"], mentions=["somebody"], urls=["https://news.example/1"]),
    # Nobody meets another within the hour.
    group(2, ["d"], 2 * HOUR),
    group(3, ["d", "e"], 0, text="see #stars @one", media_hashes=["0f0f0f0f0f0f0f0f"]),
]


def people_of(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the members, of whose profiles nothing is known."""
    names = ("handle", "display_name", "description")
    return (
        posts.select("group", "row")
        .unique()
        .with_columns(pl.lit(None, pl.String).alias(name) for name in names)
    )


def test_groups_measured_together_are_measured_as_each_is_alone() -> None:
    posts, acts = (pl.concat(tables) for tables in zip(*GROUPS, strict=True))
    found = given_contents.by_group(posts, acts, people_of(posts))
    assert found == {
        number: one
        for each in GROUPS
        for number, one in given_contents.by_group(*each, people_of(each[0])).items()
    }
    assert set(found) == {0, 1, 3}


def test_what_is_missing_is_none() -> None:
    found = given_contents.by_group(*GROUPS[3], people_of(GROUPS[3][0]))[3]
    assert found.shared is None
    assert found.syndication is None
    assert found.occasion is not None
    assert found.one_occasion is not None
    assert found.one_occasion.occasion == found.occasion


def test_groups_that_share_nothing_are_left_out() -> None:
    posts, acts = GROUPS[2]
    assert given_contents.by_group(posts, acts, people_of(posts)) == {}
    assert given_contents.by_group(posts.clear(), acts.clear(), people_of(posts)) == {}
