"""An invented crowd for what grows: how many posts, accounts, a group that acts as one, and a burst.

Each account writes some posts in 30 days, two fifths of them reposts of popular posts, a quarter links; what is popular follows a
power law. The same size gives the same crowd. As a file it has a group of 60 that acts as one, and a quarter of it in a burst.

Run: python benchmarks/crowd.py FILE [--posts 300_000]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

# Polars is imported where a crowd is made: Linux hands the peak memory of a process down to its children.
if TYPE_CHECKING:
    import polars as pl

PER_ACCOUNT, DAYS, SEED = 15, 30, 7
# Objects that a planted group acts on together.
OBJECTS = 20


@dataclass(frozen=True)
class Size:
    """How much there is.

    Attributes:
        posts: Of the crowd.
        accounts: Of the crowd.
        group: Accounts that repost and publish the same within a minute, :data:`OBJECTS` times.
        burst: Accounts of the crowd that repost one post within an hour.
    """

    posts: int
    accounts: int
    group: int = 0
    burst: int = 0


def crowd(size: Size) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return accounts and posts of a size, with ``row``."""
    import polars as pl

    from vigie.features import schema

    draw = np.random.default_rng(SEED)
    words = np.array(
        ["".join(draw.choice(list("abcdefghijklmnoprstu"), draw.integers(3, 9))) for _ in range(4_000)]
    )
    popular = 1 / np.arange(1, len(words) + 1) ** 0.9
    lengths = draw.integers(6, 22, size.posts)
    drawn = words[draw.choice(len(words), lengths.sum(), p=popular / popular.sum())]
    texts = [" ".join(part) for part in np.split(drawn, np.cumsum(lengths)[:-1])]
    fame = 1 / np.arange(1, size.posts // 6 + 1) ** 0.9
    kind = draw.random(size.posts)
    known = draw.choice(len(fame), size.posts, p=fame / fame.sum())
    made = pl.DataFrame(
        {
            "row": draw.integers(0, size.accounts, size.posts),
            "second": draw.integers(0, DAYS * 86_400, size.posts),
            "text": texts,
            "target_post_id": [
                f"t{one}" if share < 0.4 else None for one, share in zip(known, kind, strict=True)
            ],
            "url": [
                f"https://site.example/{one}" if share > 0.75 else None
                for one, share in zip(known, kind, strict=True)
            ],
        }
    )
    if size.burst:
        who = draw.permutation(size.accounts)[: size.burst]
        made = pl.concat([made, acts(who, draw.integers(0, 3_600, size.burst), "viral")])
    for number in range(OBJECTS if size.group else 0):
        who = np.arange(size.group)
        begin = int(draw.integers(0, DAYS * 86_400))
        made = pl.concat(
            [
                made,
                acts(who, begin + draw.integers(0, 60, size.group), f"g{number}"),
                acts(
                    who, begin + draw.integers(600, 660, size.group), None, text=texts[number] + " together"
                ),
            ]
        )
    began = pl.datetime(2024, 3, 1, time_zone="UTC")
    posts = made.with_row_index("number").select(
        pl.col("row").cast(pl.UInt32),
        post_id=pl.format("p{}", "number"),
        created_at=(began + pl.duration(seconds="second")).cast(schema.TIME),
        text="text",
        target_post_id="target_post_id",
        kind=pl.when(pl.col("target_post_id").is_null()).then(pl.lit("original")).otherwise(pl.lit("repost")),
        urls=pl.when(pl.col("url").is_null()).then(pl.lit([], schema.TEXTS)).otherwise(pl.concat_list("url")),
    )
    accounts = pl.DataFrame({"row": np.arange(size.accounts, dtype=np.uint32)}).with_columns(
        platform=pl.lit("x"),
        account_id=pl.format("a{}", "row"),
        observed_at=pl.datetime(2024, 5, 1, time_zone="UTC").cast(schema.TIME),
    )
    return (
        schema.conform(accounts, "accounts").with_columns(accounts["row"]),
        schema.conform(
            posts.with_columns(platform=pl.lit("x"), account_id=pl.format("a{}", "row")), "posts"
        ).drop("platform").with_columns(posts["row"]),
    )  # fmt: skip


def acts(who: np.ndarray, second: np.ndarray, target: str | None, text: str = "RT") -> pl.DataFrame:
    """Return one post of each of some accounts: a repost of one target, or one text."""
    import polars as pl

    count = len(who)
    return pl.DataFrame(
        {
            "row": who, "second": second, "text": [text] * count, "target_post_id": [target] * count,
            "url": [None] * count,
        },
        schema_overrides={"target_post_id": pl.String, "url": pl.String},
    )  # fmt: skip


def write_messages(size: Size, file: Path) -> None:
    """Write the posts of a crowd as the file that ``network.py`` and the coordination-network-toolkit read."""
    import polars as pl

    _, posts = crowd(size)
    repost = pl.col("kind") == "repost"
    posts.select(
        message_id="post_id",
        user_id=pl.format("a{}", "row"),
        username=pl.format("a{}", "row"),
        repost_id=pl.when(repost).then("target_post_id"),
        reply_id=pl.lit(None, pl.String),
        message="text",
        timestamp=pl.col("created_at").dt.epoch("s"),
        urls=pl.col("urls").list.first(),
    ).write_csv(file)


def main() -> None:
    """Write the messages of the crowd asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="CSV file to write")
    parser.add_argument("--posts", type=int, default=300_000, help="how many (default 300,000)")
    options = parser.parse_args()
    burst = options.posts // PER_ACCOUNT // 4
    write_messages(Size(options.posts, options.posts // PER_ACCOUNT, group=60, burst=burst), options.file)


if __name__ == "__main__":
    main()
