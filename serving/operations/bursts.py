"""Bursts: hours in which far more accounts use a hashtag, or publish a content, or more posts come, than before.

What is usual is taken from the operation itself, in two ways that follow day and night and busy evenings:

- A hashtag or a content is used by a share of the accounts that are active. It is expected in the same share of the accounts that
  are active in the hour for other reasons: where twice as many people talk of everything, twice as many use a hashtag.
- Posts altogether are expected as many as at this time of the day on earlier days (the median).

The excess of an hour is the logarithm of what it holds over what is expected, both started at :data:`_START`, which makes small and
large counts comparable whose rates vary as those of people do [Anscombe1948]. How large an excess may be is taken from the
operation's own earlier days: the largest excess of a day, over all hashtags and hours, is a maximum, and maxima follow a Gumbel
law [Gumbel1958]. Its place and spread are the median and the quartiles of up to 28 earlier days, which a few true bursts among
them do not move. An hour bursts beyond the quantile that :data:`FALSE_ALARMS` asks for; how uncertain a law is that was fitted to
few days is part of that quantile. Before the ninth day nothing is told.

Topics that many take up at once have a longer tail than the law. On invented ordinary days that hold such topics,
``benchmarks/bursts.py`` measures three false alarms in a hundred operation-days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

import numpy as np
import polars as pl
from pydantic import Field

What = Literal["posts", "hashtag", "content"]
# False alarms of an operation in a day, of posts, hashtags and contents together.
FALSE_ALARMS = 0.01
# Accounts of an hour from which it may burst, and those from which an hour counts for what a day's largest excess is.
LEAST_ACCOUNTS, _LEAST_SCORED = 5, 3
# Earlier days that the law is fitted to, at least and at most; and hours before the first of them.
LEAST_DAYS, _MOST_DAYS, _BEFORE = 7, 28, 24
# Hours that tell how usual a hashtag or a content is.
_RECENT = 7 * 24
# Share of the active accounts beyond which a thing is no part of what is said but all of it, and told by the posts.
_EVERYBODY = 0.5
# How many interquartile ranges above the median of n maxima the next one lies with a chance of FALSE_ALARMS / 3: from 400,000
# samples of n Gumbel variables and one more (benchmarks/bursts.py).
_DAYS, _QUANTILES = (7, 10, 14, 21, 28), (8.1, 6.6, 5.3, 4.7, 4.2)

# What counts are started at: half of the shape of a negative binomial whose rate varies by a third.
_START = 5.0
# Spread of the largest excesses at least: days on which nobody says anything differ by nothing.
_LEAST_SPREAD = 0.1
_HOUR, _DAY = 3_600, 24


def _doc(text: str) -> object:
    return Field(description=text)


@dataclass(frozen=True, slots=True)
class Burst:
    """More of something within hours than the operation's own earlier hours explain."""

    what: What
    name: Annotated[
        str | None, _doc("The hashtag, or the content as it is listed; null for posts altogether.")
    ]
    content: Annotated[str | None, _doc("Id of the content.")]
    since: Annotated[datetime, _doc("Start of the first hour of it.")]
    until: Annotated[datetime, _doc("End of the last hour of it so far.")]
    peak: Annotated[int, _doc("Accounts in the hour of most; of posts altogether: posts.")]
    usual: Annotated[float, _doc("What that hour would hold by the earlier ones.")]
    accounts: Annotated[dict[str, int], _doc("Accounts of the whole burst by platform.")]
    posts: int
    beside: Annotated[list[str], _doc("Other hashtags and contents that burst by mostly the same accounts.")]


def find(acts: pl.DataFrame, posts: pl.DataFrame) -> list[Burst]:
    """Return the bursts of the last 24 hours that have a post, the clearest first.

    Args:
        acts: ``what``, ``object``, ``name``, ``content``, ``account``, ``platform``, ``post``, ``time`` (seconds since 1970) of
            each use of a hashtag and each publication of a content.
        posts: ``account``, ``platform``, ``post``, ``time`` of every post.
    """
    if posts.is_empty():
        return []
    last = int(posts["time"].max()) // _HOUR  # type: ignore[arg-type]  # numbers
    read = (last - (_MOST_DAYS + 2) * _DAY - _RECENT) * _HOUR
    posts, acts = (each.filter(pl.col("time") >= read) for each in (posts, acts))
    # One old post, as of a pinned one, makes no earlier days.
    first = int(posts["time"].min()) // _HOUR  # type: ignore[arg-type]  # numbers
    said = _hourly(posts.with_columns(what=pl.lit("posts"), object=pl.lit("")))
    whole = _hourly(acts)
    days = min(_MOST_DAYS, (last + 1 - first - _BEFORE) // _DAY - 1)
    if days < LEAST_DAYS:
        return []
    scored = pl.concat([_of_posts(said), _of_objects(whole, said)]).with_columns(
        day=(last - pl.col("hour")) // _DAY
    )
    hours = pl.concat([_beyond(some, days) for _, some in scored.group_by("what", maintain_order=True)])
    everything = pl.concat([
        posts.select(pl.lit("posts").alias("what"), pl.lit("").alias("object"), *_ACT),
        acts.select("what", "object", *_ACT),
    ]).with_columns(hour=pl.col("time") // _HOUR)  # fmt: skip
    named = {(what, thing): (name, content) for what, thing, name, content in
             acts.select("what", "object", "name", "content").unique(["what", "object"]).iter_rows()}  # fmt: skip
    return _folded(hours, everything, named)


_ACT = ("account", "platform", "post", "time")


def _hourly(acts: pl.DataFrame) -> pl.DataFrame:
    """Return accounts and posts by ``what``, ``object`` and ``hour``, in order."""
    return (
        acts.group_by("what", "object", hour=pl.col("time") // _HOUR)
        .agg(
            accounts=pl.col("account").n_unique().cast(pl.Int64),
            posts=pl.col("post").n_unique().cast(pl.Int64),
        )
        .sort("what", "object", "hour")
    )


def _of_posts(said: pl.DataFrame) -> pl.DataFrame:
    """Return the hours of all posts with what is usual at their time of the day."""
    hours = said["hour"]
    dense = pl.DataFrame({"hour": np.arange(hours.min(), hours.max() + 1)}).join(  # type: ignore[arg-type,operator]
        said.select("hour", "posts"), on="hour", how="left", maintain_order="left"
    )["posts"].fill_null(0)  # fmt: skip
    counts = dense.to_numpy()
    earlier = np.full((3 * _MOST_DAYS, len(counts)), np.nan)
    backs = [day * _DAY + beside for day in range(1, _MOST_DAYS + 1) for beside in (-1, 0, 1)]
    for place, back in enumerate(back for back in backs if back < len(counts)):
        earlier[place, back:] = counts[: len(counts) - back]
    at = (said["hour"] - hours.min()).to_numpy()
    known = said.with_columns(count="posts").filter(at > _DAY)
    return _with_excess(known.with_columns(usual=np.nanmedian(earlier[:, at[at > _DAY]], axis=0)))


def _of_objects(whole: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Return the hours of hashtags and contents with what is usual for their share of the active accounts."""
    active = _past(said.select("hour", active="accounts"), "active")
    told = (
        _past(whole, "accounts", ["what", "object"])
        .filter(pl.col("accounts") >= _LEAST_SCORED)
        .join(active, on="hour", how="left", maintain_order="left")
        .filter(pl.col("past_accounts") <= _EVERYBODY * pl.col("past_active"))
    )
    others = (pl.col("past_active") - pl.col("past_accounts")).clip(lower_bound=0) + 1
    usual = (
        (pl.col("past_accounts") + 0.5) / others * (pl.col("active") - pl.col("accounts")).clip(lower_bound=0)
    )
    return _with_excess(told.with_columns(count="accounts", usual=usual))


def _past(hourly: pl.DataFrame, column: str, by: list[str] | None = None) -> pl.DataFrame:
    """Return hours with the sum of a column over the :data:`_RECENT` hours before each."""
    past = hourly.rolling("hour", period=f"{_RECENT}i", closed="left", group_by=by).agg(
        pl.col(column).sum().alias(f"past_{column}")
    )
    return hourly.join(past, on=[*(by or []), "hour"], how="left", maintain_order="left")


def _with_excess(told: pl.DataFrame) -> pl.DataFrame:
    """Return hours with their excess."""
    held, usual = ((pl.col(name) + _START).log() for name in ("count", "usual"))
    return told.select("what", "object", "hour", "accounts", "count", "usual", excess=held - usual)


def _beyond(scored: pl.DataFrame, days: int) -> pl.DataFrame:
    """Return the hours of the last day that burst, of one kind."""
    each = dict(scored.group_by("day").agg(pl.col("excess").max()).iter_rows())
    largest = np.array([max(0.0, each.get(day, 0.0)) for day in range(1, days + 1)])
    low, middle, high = np.quantile(largest, (0.25, 0.5, 0.75))
    limit = middle + np.interp(days, _DAYS, _QUANTILES) * max(high - low, _LEAST_SPREAD)
    return scored.filter(
        (pl.col("day") == 0) & (pl.col("excess") > limit) & (pl.col("accounts") >= LEAST_ACCOUNTS)
    )


def _folded(
    hours: pl.DataFrame, acts: pl.DataFrame, named: Mapping[tuple[str, str], tuple[str, str | None]]
) -> list[Burst]:
    """Return one burst for what mostly the same accounts do, the clearest of its hashtags and contents first."""
    found: list[Burst] = []
    told: list[set[int]] = []
    spans = (
        hours.sort("excess", descending=True, maintain_order=True)
        .group_by("what", "object", maintain_order=True)
        .agg(pl.first("count", "usual"), since=pl.col("hour").min(), until=pl.col("hour").max() + 1)
    )
    for what, thing, peak, usual, since, until in spans.iter_rows():
        own = acts.filter(
            (pl.col("what") == what)
            & (pl.col("object") == thing)
            & pl.col("hour").is_between(since, until, closed="left")
        )
        people = set(own["account"])
        name, content = named.get((what, thing), (None, None))
        first = next(
            (place for place, others in enumerate(told) if 2 * len(people & others) > len(people)), None
        )
        if first is not None:
            if name is not None:
                found[first].beside.append(name)
            continue
        told.append(people)
        platforms = (
            own.unique("account")["platform"]
            .value_counts()
            .sort("count", "platform", descending=[True, False])
        )
        found.append(Burst(
            what=what, name=name, content=content, since=_time(since), until=_time(until), peak=peak, usual=round(usual, 1),
            accounts=dict(platforms.iter_rows()), posts=own["post"].n_unique(), beside=[],
        ))  # fmt: skip
    return found


def _time(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * _HOUR, UTC)
