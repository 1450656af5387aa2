"""Small collections in which thirty or so accounts share contents, with or without something ordinary that explains it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import polars as pl

from vigie.features import schema
from vigie.features.coordination.comparison import Comparison, Limits, compare
from vigie.features.coordination.report.profile_tests import Reference

START = datetime(2024, 5, 14, 8, tzinfo=UTC)
MEMBERS, OTHERS = 30, 60
# Ages of ordinary accounts, in days.
ORDINARY = Reference({}, None, tuple(30.0 * place for place in range(101)))


@cache
def compared() -> Comparison:
    """Return thirty accounts that publish four of eight pictures each, and sixty with pictures of their own."""
    rng = np.random.default_rng(1)
    accounts = pl.DataFrame(
        [
            {
                "row": row, "platform": "x" if row % 2 else "facebook", "account_id": f"id-{row}", "handle": f"h{row}",
                "description": "" if row < MEMBERS else f"about {row}",
                "created_at": START - timedelta(days=10 if row < MEMBERS else 100 + 20 * row, hours=row % 20),
                "observed_at": START + timedelta(days=3),
            }
            for row in range(MEMBERS + OTHERS)
        ],
        schema={"row": pl.UInt32, **schema.schema("accounts")},
    )  # fmt: skip
    pictures = [f"{int(rng.integers(1, 2**62)):016x}" for _ in range(8)]
    posts = []
    for row in range(MEMBERS + OTHERS):
        chosen = rng.choice(8, 4, replace=False) if row < MEMBERS else range(4)
        for place, each in enumerate(chosen):
            own = f"{int(rng.integers(1, 2**62)):016x}"
            posts.append(
                {
                    "row": row, "post_id": f"{row}-{place}", "text": f"see this #crisis {row}",
                    "created_at": START + timedelta(minutes=int(rng.integers(0, 2_800))), "kind": "original",
                    "media_hashes": [pictures[each] if row < MEMBERS else own], "view_count": 10,
                }
            )  # fmt: skip
    columns = {
        name: dtype
        for name, dtype in schema.schema("posts").items()
        if name not in ("platform", "account_id")
    }
    return compare(accounts, pl.DataFrame(posts, schema={"row": pl.UInt32, **columns}), Limits())


@cache
def worded(swapping: int) -> Comparison:
    """Return the same collection, its accounts of all ages, with one text beside each picture; so many swap a letter in it."""
    one = compared()
    texts = (
        pl.when(pl.col("row") < swapping)
        .then(pl.lit("the dаm is about to break"))
        .otherwise(pl.lit("the dam is about to break"))
    )
    old = pl.lit(START) - pl.duration(days=100 + 20 * pl.col("row").cast(pl.Int64))
    accounts = one.accounts.with_columns(created_at=old, description=pl.format("about {}", "row"))
    posts = one.posts.with_columns(text=pl.when(pl.col("row") < MEMBERS).then(texts).otherwise("text"))
    return compare(accounts, posts.drop("account_id", "platform", strict=False), Limits())


def reworded() -> Comparison:
    """Return the same collection, its accounts of all ages, with one text beside each picture, a word of which every second drops."""
    one, words = (
        worded(swapping=0),
        [
            "they",
            "say",
            "the",
            "dam",
            "above",
            "the",
            "town",
            "is",
            "about",
            "to",
            "break",
            "and",
            "nobody",
            "tells",
            "us",
        ],
    )
    drops = np.random.default_rng(3).integers(1, len(words) - 1, one.posts.height)
    texts = [
        " ".join(words[:drop] + words[drop + 1 :]) if row % 2 else " ".join(words)
        for row, drop in zip(one.posts["row"], drops, strict=True)
    ]
    own = pl.when(pl.col("row") < MEMBERS).then(pl.Series(texts)).otherwise("text")
    return compare(one.accounts, one.posts.with_columns(text=own), Limits())


@cache
def collected_by_hashtag(alike: bool, seconds: int = 20, days: int = 1, paper: bool = False) -> Comparison:
    """Return thirty accounts that publish eight sentences as they are said, and eighty with words of their own, all with a hashtag.

    Nothing else of anybody is in the collection. Each copy follows that of the account before by so many seconds.
    """
    rng = np.random.default_rng(2)
    words = ["".join(letters) for letters in rng.choice(list("abdeilmnorstu"), (400, 6))]

    def prose() -> str:
        return " ".join(rng.choice(words, 12)) + " #square"

    accounts = [
        {
            "row": row, "platform": "x", "account_id": f"id-{row}", "handle": f"h{rng.integers(1, 10**9)}",
            "description": prose(), "observed_at": START + timedelta(days=9),
            "created_at": START - timedelta(days=60 + row % 7 if alike and row < 30 else 30 + 26 * (row * 37 % 110), hours=row),
        }
        for row in range(110)
    ]  # fmt: skip
    said = [prose() for _ in range(8)]
    written = [
        {
            "row": row,
            "text": text,
            "created_at": START
            + timedelta(days=place % days, minutes=place * 15, seconds=seconds * (row * 7 % 30)),
            "urls": [f"https://paper{row}.example/{place}"] if paper else [],
        }
        for row in range(30)
        for place, text in enumerate(said)
    ] + [
        {
            "row": row,
            "text": prose(),
            "created_at": START + timedelta(minutes=int(rng.integers(0, 2_800))),
            "urls": [],
        }
        for row in range(30, 110)
        for _ in range(3)
    ]
    columns = {"row": pl.UInt32(), **schema.schema("posts")}
    posts = (
        pl.DataFrame(written, schema=columns)
        .drop("platform", "account_id")
        .with_columns(post_id=pl.int_range(pl.len()).cast(pl.String), kind=pl.lit("original"))
    )
    return compare(
        pl.DataFrame(accounts, schema={"row": pl.UInt32, **schema.schema("accounts")}), posts, Limits()
    )


@cache
def reunion(hashtag: str) -> Comparison:
    """Return the same collection, of a class that names its school in biographies and posts, in words of their own."""
    one, member = compared(), pl.col("row") < MEMBERS
    accounts = one.accounts.with_columns(
        description=pl.when(member)
        .then(pl.format("pupil {} of Castle School", "row"))
        .otherwise("description")
    )
    # Numbers are no words.
    word = pl.col("post_id").str.replace_many(list("0123456789-"), list("abcdefghijk"))
    text = pl.when(member).then(pl.format("{} at castle school #{}", word, pl.lit(hashtag))).otherwise("text")
    posts = one.posts.with_columns(text=text)
    return compare(accounts, posts.drop("account_id", "platform", strict=False), Limits())


@cache
def compared_links(batches: int = 1) -> Comparison:
    """Return forty accounts made in batches that link to six of forty pages in words of their own, among older people."""
    rng = np.random.default_rng(2)
    members, others = 40, 200
    accounts = pl.DataFrame(
        [
            {
                "row": row, "platform": "x", "account_id": f"id-{row}", "handle": f"h{row}", "description": f"about {row}",
                "created_at": START - timedelta(
                    days=20 + 600 * (row % batches) if row < members else 100 + 7 * row, hours=row % 20
                ),
                "observed_at": START + timedelta(days=3),
            }
            for row in range(members + others)
        ],
        schema={"row": pl.UInt32, **schema.schema("accounts")},
    )  # fmt: skip
    posts = [
        {
            "row": row, "post_id": f"{row}-{place}", "text": f"so it is, says {rng.integers(10**9)}", "kind": "original",
            "created_at": START + timedelta(minutes=int(rng.integers(0, 4_000))),
            "urls": [f"https://site.example/{page if row < members else 1_000 * row + page}"],
        }
        for row in range(members + others)
        for place, page in enumerate(rng.choice(40, 6, replace=False))
    ]  # fmt: skip
    columns = {
        name: dtype
        for name, dtype in schema.schema("posts").items()
        if name not in ("platform", "account_id")
    }
    return compare(accounts, pl.DataFrame(posts, schema={"row": pl.UInt32, **columns}), Limits())


@cache
def deputies(others: int, days: int) -> Comparison:
    """Return the same collection, of deputies who name their group.

    Args:
        others: How many other posts they have for each.
        days: Between the creation of one and of the next.
    """
    one, member = compared(), pl.col("row") < MEMBERS
    accounts = one.accounts.with_columns(
        platform=pl.lit("x"),
        description=pl.when(member).then(pl.lit("Deputy. Solidarity Group")).otherwise("description"),
        created_at=pl.when(member)
        .then(pl.lit(START) - pl.duration(days=30 + days * pl.col("row").cast(pl.Int64)))
        .otherwise("created_at"),
    )
    own = pl.concat(
        one.posts.filter(member).with_columns(
            post_id=pl.format("{}-own{}", "post_id", pl.lit(place)),
            text=pl.format("on my own {}", pl.col("post_id").str.replace_many(list("0123456789-"), list("abcdefghijk"))),
            media_hashes=pl.lit([], pl.List(pl.String)),
        )
        for place in range(others)
    ) if others else one.posts.clear()  # fmt: skip
    posts = pl.concat([one.posts, own])
    return compare(accounts, posts.drop("account_id", "platform", strict=False), Limits())
