"""How often ordinary days are told as a burst, and how large a burst must be to be told.

Invented operations of 60 days: accounts that sleep at night, days and hours that differ, busy evenings, hashtags of all sizes
whose use drifts from day to day, and new topics that some of the active accounts take up for a while. Each is looked at every six
hours from the ninth day on, as a watch looks. Then accounts of another circle publish one hashtag within an hour, on the last day.

``quantiles``: how many interquartile ranges above the median of n Gumbel maxima the next one lies, at the rates asked for.

Run: python benchmarks/bursts.py [--operations 20] [--accounts 400] [--quantiles]
"""

from __future__ import annotations

import argparse
from datetime import timedelta

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from vigie.serving.operations import bursts

DAYS, HOUR, DAY, STEP = 60, 3_600, 24, 6
TAGS, POSTS_A_DAY, TOPICS_A_DAY = 80, 4.0, 1.0
PLATFORMS = ("x", "telegram", "facebook")


def ordinary(accounts: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the uses of hashtags and the posts of an operation in which nothing but ordinary life happens."""
    draw = np.random.default_rng(seed)
    hours = DAYS * DAY
    rhythm = 1 + 0.9 * np.sin((np.arange(hours) % DAY - 9) / DAY * 2 * np.pi)
    rhythm *= np.repeat(draw.lognormal(0, 0.25, DAYS), DAY) * draw.lognormal(0, 0.2, hours)
    for day in np.flatnonzero(draw.random(DAYS) < 0.1):
        rhythm[day * DAY + 18 : day * DAY + 22] *= draw.uniform(1.5, 3)
    habit = draw.lognormal(0, 1, accounts)
    habit *= POSTS_A_DAY / habit.mean() / DAY
    counts = draw.poisson(np.outer(rhythm, habit))
    hour, account = (np.repeat(each, counts.ravel()) for each in np.indices(counts.shape).reshape(2, -1))
    share = np.repeat((1 / np.arange(1, TAGS + 1)) ** 1.1 * 0.3, DAYS).reshape(TAGS, DAYS)
    share *= draw.lognormal(0, 0.5, share.shape)
    uses = [_drawn(draw, share[tag, hour // DAY], f"tag{tag}", hour, account) for tag in range(TAGS)]
    for number in range(draw.poisson(TOPICS_A_DAY * DAYS)):
        start, length = draw.uniform(0, hours), draw.uniform(4, 30)
        age = hour - start
        fades = np.exp(-np.maximum(age, 0) / length) * (1 - np.exp(-np.maximum(age, 0) / 2))
        taken = np.minimum(0.5, draw.lognormal(np.log(0.03), 0.8)) * fades
        uses.append(_drawn(draw, taken, f"topic{number}", hour, account))
    posts = _table(hour, account, np.arange(len(hour)))
    return pl.concat(uses), posts


def _drawn(
    draw: np.random.Generator, share: np.ndarray, tag: str, hour: np.ndarray, account: np.ndarray
) -> pl.DataFrame:
    post = np.flatnonzero(draw.random(len(hour)) < share)
    return _used(_table(hour[post], account[post], post), tag)


def _used(posts: pl.DataFrame, tag: str) -> pl.DataFrame:
    return posts.select(
        pl.lit("hashtag").alias("what"), pl.lit(tag).alias("object"), pl.lit(f"#{tag}").alias("name"),
        pl.lit(None, pl.String).alias("content"), "account", "platform", "post", "time",
    )  # fmt: skip


def _table(hour: np.ndarray, account: np.ndarray, post: np.ndarray) -> pl.DataFrame:
    platform = pl.Series(PLATFORMS).gather(account % len(PLATFORMS))
    return pl.DataFrame({"account": account, "platform": platform, "post": post, "time": hour * HOUR})


def told(uses: pl.DataFrame, posts: pl.DataFrame) -> list[bursts.Burst]:
    """Return the bursts that a watch tells, each once."""
    found: list[bursts.Burst] = []
    for hour in range((bursts.LEAST_DAYS + 2) * DAY, DAYS * DAY, STEP):
        for burst in bursts.find(*(each.filter(pl.col("time") < hour * HOUR) for each in (uses, posts))):
            same = [each for each in found if (each.what, each.name) == (burst.what, burst.name)]
            if not any(burst.since - each.until < timedelta(days=1) for each in same):
                found.append(burst)
    return found


def flood(
    uses: pl.DataFrame, posts: pl.DataFrame, accounts: int, size: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return an operation into which so many further accounts publish a hashtag of their own, in the evening of the last day."""
    own = _table(np.full(size, DAYS * DAY - 5), accounts + np.arange(size), 10**9 + np.arange(size))
    return pl.concat([uses, _used(own, "flood")]), pl.concat([posts, own])


def quantiles(tries: int = 400_000) -> Table:
    """Return the table of quantiles that :mod:`vigie.serving.operations.bursts` uses."""
    draw = np.random.default_rng(1)
    table = Table("days", "quantile", title=f"Chance {bursts.FALSE_ALARMS / 3:.4f}")
    for days in (7, 10, 14, 21, 28):
        seen, following = draw.gumbel(size=(tries, days)), draw.gumbel(size=tries)
        low, middle, high = np.quantile(seen, (0.25, 0.5, 0.75), axis=1)
        table.add_row(
            str(days), f"{np.quantile((following - middle) / (high - low), 1 - bursts.FALSE_ALARMS / 3):.1f}"
        )
    return table


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--operations", type=int, default=20)
    parser.add_argument("--accounts", type=int, default=400)
    parser.add_argument("--quantiles", action="store_true")
    options = parser.parse_args()
    console = Console(width=120)
    if options.quantiles:
        console.print(quantiles())
        return
    sizes = (5, 8, 12, 20, 30, 50)
    alarms, looked = {"posts": 0, "hashtag": 0}, 0
    seen = dict.fromkeys(sizes, 0)
    for seed in range(options.operations):
        uses, posts = ordinary(options.accounts, seed)
        for burst in told(uses, posts):
            alarms[burst.what] += 1
        looked += DAYS - bursts.LEAST_DAYS - 2
        for size in sizes:
            found = bursts.find(*flood(uses, posts, options.accounts, size))
            seen[size] += any("#flood" in (burst.name, *burst.beside) for burst in found)
    table = Table("operation-days", *(f"false alarms: {what}" for what in alarms), "per operation-day")
    table.add_row(f"{looked:,}", *map(str, alarms.values()), f"{sum(alarms.values()) / looked:.4f}")
    console.print(table)
    table = Table("accounts within an hour", "told")
    for size, count in seen.items():
        table.add_row(str(size), f"{count} of {options.operations}")
    console.print(table)


if __name__ == "__main__":
    main()
