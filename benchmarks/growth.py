"""How the CPU of features, synchrony, copies and a whole comparison grows: with posts, accounts, and the size of a group and of a burst.

A crowd is invented: each account writes some 15 posts in 30 days, two fifths of them reposts of popular posts, a quarter links. Along
each axis one thing grows and the rest stays; every size is measured in a process of its own, without its start. The exponent is the
slope of the logarithm of the CPU on that of the size, over all sizes; for a group and a burst, of what they cost beyond the crowd.

Run: python benchmarks/growth.py [--largest 120000] [--axes posts accounts group burst] [--write]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from dated import shown
from network import measured
from rich.table import Table

if TYPE_CHECKING:
    import polars as pl

PER_ACCOUNT, DAYS, SEED = 15, 30, 7
# Objects that a planted group acts on together.
OBJECTS = 20
# CPU seconds that the largest size must cost for an exponent to be more than noise.
LEAST_S = 0.3
WORK = ("features", "synchrony", "copies", "comparison")


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


def axes(largest: int) -> dict[str, list[Size]]:
    """Return the sizes along each axis, rising; the first of a group and of a burst is none."""
    posts = [largest // 8, largest // 4, largest // 2, largest]
    crowd = Size(largest // 4, largest // 4 // PER_ACCOUNT)
    return {
        "posts": [Size(count, count // PER_ACCOUNT) for count in posts],
        "accounts": [replace(crowd, accounts=crowd.accounts * by // 4) for by in (1, 2, 4, 8, 16)],
        "group": [replace(crowd, group=count) for count in (0, 50, 100, 200, 400)],
        "burst": [
            replace(crowd, accounts=crowd.posts, burst=count)
            for count in (0, *(crowd.posts // by for by in (32, 16, 8, 4)))
        ],
    }


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


def spent(size: Size) -> dict[str, float]:
    """Return the CPU seconds of each work on a crowd."""
    from vigie.features import pipeline
    from vigie.features.coordination import baselines, comparison, copies, detector

    accounts, posts = crowd(size)
    ordinary = baselines.shipped()
    seconds: dict[str, float] = {}
    pipeline.compute(accounts.head(2), posts.filter(posts["row"] < 2).drop("account_id"))

    def lap(name: str, begin: float) -> None:
        seconds[name] = time.process_time() - begin

    begin = time.process_time()
    pipeline.compute(accounts, posts.drop("account_id"))
    lap("features", begin)
    begin = time.process_time()
    network = detector.detect_pairs(posts, baseline=ordinary, platforms=["x"])
    lap("synchrony", begin)
    begin = time.process_time()
    copies.detect(copies.contents(network.published, network.texts), ordinary.copy_rate)
    lap("copies", begin)
    begin = time.process_time()
    comparison.compare_posts(accounts, posts, comparison.Limits(), baseline=ordinary)
    lap("comparison", begin)
    return seconds


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """Return the slope of the logarithm of the seconds on that of the sizes."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def curve(axis: str, sizes: list[Size]) -> Table:
    """Return the table of an axis: a row per size, and one of exponents."""
    grown = [int(getattr(size, axis)) for size in sizes]
    table = Table(
        title=f"Growth with {'the size of a ' if axis in ('group', 'burst') else ''}{axis}",
        caption=f"CPU seconds. {sizes[0].posts:,} posts of {sizes[0].accounts:,} accounts at first.",
        title_justify="left",
    )
    for name in (axis, *WORK, "peak MB"):
        table.add_column(name, justify="right")
    found: list[dict[str, float]] = []
    for size, count in zip(sizes, grown, strict=True):
        told = json.dumps([size.posts, size.accounts, size.group, size.burst])
        cost = measured(sys.executable, __file__, "--alone", told)
        found.append(json.loads(cost.said))
        table.add_row(f"{count:,}", *(f"{found[-1][name]:.2f}" for name in WORK), f"{cost.peak / 1e6:,.0f}")
    beyond = {name: found[0][name] if grown[0] == 0 else 0.0 for name in WORK}
    rising = [place for place, count in enumerate(grown) if count]
    slopes: list[str] = []
    for name in WORK:
        seconds = [found[place][name] - beyond[name] for place in rising]
        told = min(seconds) > 0 and max(seconds) >= LEAST_S
        slopes.append(f"{exponent([grown[place] for place in rising], seconds):.2f}" if told else "–")
    table.add_row("exponent", *slopes, "")
    return table


def main() -> None:
    """Print a table per axis."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--largest", type=int, default=120_000, help="posts of the largest crowd")
    parser.add_argument(
        "--axes", nargs="+", choices=("posts", "accounts", "group", "burst"), help="default: all"
    )
    parser.add_argument("--write", action="store_true", help="put the tables into the documentation")
    parser.add_argument("--alone", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(spent(Size(*options.alone))))
        return
    for axis, sizes in axes(options.largest).items():
        if options.axes is None or axis in options.axes:
            shown(curve(axis, sizes), write=options.write)


if __name__ == "__main__":
    main()
