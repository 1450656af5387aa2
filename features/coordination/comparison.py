"""Accounts compared with each other: their synchronous pairs, their groups, and what was not read.

The API, ``vigie network`` and every score of coordination compare accounts here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import polars as pl

from vigie.features import on_disk, steps
from vigie.features.coordination import (
    baselines,
    burst_series,
    communities,
    hashtag_bursts,
    one_hour,
    one_object,
    passed_on,
    traces,
)
from vigie.features.coordination.baselines import Baseline
from vigie.features.coordination.campaigns import Campaigns, Collection, TimedContents, detect_campaigns
from vigie.features.coordination.detector import Network, detect_pairs
from vigie.features.coordination.layers import HERE, Engine
from vigie.features.coordination.trace_comparison import Bounds
from vigie.features.i18n import Message, message
from vigie.features.preprocessing import MAX_POSTS, select
from vigie.features.similarity.near_duplicate_text import SimilarTexts

# Comparison windows looked at: bounds the cost of data that span months.
MOST_WINDOWS = 4
# Why a post that was read does not count, by column of what selects posts.
_UNREAD = ("duplicate", "after_observation", "older")
# Share of accounts with a single post from which it is said.
_MANY = 0.1


@dataclass(frozen=True)
class Limits:
    """How much of what is handed in is looked at. What is cut by it is told by a note.

    Attributes:
        meetings: Most meetings of two actions per trace and window, see
            :func:`vigie.features.coordination.detector.detect_pairs`; None: no bound.
        budget: Most meetings over all traces and windows of one comparison, counted before they are looked at, so that the
            answer does not depend on how busy the machine is; None: no bound.
        windows: Comparison windows of 72 hours that accounts are scored in: those with the most accounts.
    """

    meetings: int | None = None
    budget: int | None = None
    windows: int = MOST_WINDOWS


@dataclass(frozen=True)
class Comparison:
    """Accounts that were compared with each other.

    Attributes:
        accounts: Contract columns and ``row``.
        posts: Their posts as they were compared, with ``row`` and ``account_id`` of the author.
        network: Their synchronous pairs.
        groups: What :func:`vigie.features.coordination.communities.detect_groups` found among them.
        campaigns: Accounts that share contents nobody else publishes.
        unread: What was left out before anything was compared.
    """

    accounts: pl.DataFrame
    posts: pl.DataFrame
    network: Network
    groups: pl.DataFrame
    campaigns: Campaigns
    unread: tuple[Message, ...]

    @property
    def notes(self) -> tuple[Message, ...]:
        """What was left out, capped or skipped."""
        return (*self.unread, *self.network.notes, *self.campaigns.notes)


def compare(
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
    limits: Limits,
    *,
    most: int | None = MAX_POSTS,
    baseline: Baseline | None = None,
    texts: SimilarTexts | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Comparison:
    """Return accounts compared by their posts until they were observed, each once.

    Args:
        accounts: Contract columns and ``row``.
        posts: Contract columns (without platform and account_id) and ``row`` of the author.
        limits: How much is looked at.
        most: Posts of an account that are compared, the most recent, as scores read them; None: all.
        baseline: Rates of ordinary accounts; None: those that ship.
        texts: Texts that were compared before: what is known of them is not found out again.
        progress: Called with the name of each trace as it begins.
    """
    kept, counts = select(accounts, posts, most)
    # The id tells an account's acts on its own posts; ids of two platforms name two posts.
    authors = accounts.select("row", "account_id", "platform")
    named = on_disk.by_stretches(
        kept, lambda some: some.join(authors, on="row", how="left", maintain_order="left")
    )
    return compare_posts(
        accounts,
        named,
        limits,
        baseline=baseline,
        texts=texts,
        unread=tuple(_unread(counts)),
        progress=progress,
    )


def compare_posts(
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
    limits: Limits,
    *,
    baseline: Baseline | None = None,
    texts: SimilarTexts | None = None,
    unread: tuple[Message, ...] = (),
    engine: Engine = HERE,
    progress: Callable[[str], None] = lambda _: None,
) -> Comparison:
    """Return accounts compared by all posts given.

    Args:
        accounts: As in :func:`compare`.
        posts: As in :func:`compare`, with ``account_id``.
        limits: As in :func:`compare`.
        baseline: As in :func:`compare`.
        texts: As in :func:`compare`.
        unread: What was left out of the posts before.
        engine: Where actions are compared.
        progress: As in :func:`compare`.
    """
    ordinary = baseline or baselines.shipped()
    network = detect_pairs(
        posts,
        bounds=Bounds(meetings=limits.meetings, budget=limits.budget),
        baseline=ordinary,
        platforms=accounts["platform"].unique().to_list(),
        texts=texts,
        engine=engine,
        progress=progress,
    )
    progress("campaigns")
    groups = steps.kept("groups", lambda: communities.detect_groups(network.significant()))
    resolution = int(posts.select(traces.resolution().max()).item() or 1)
    published, named = network.published, tuple(accounts["platform"].unique())
    hashtags = steps.kept("hashtags", lambda: hashtag_bursts.detect(posts, resolution))
    bursts = steps.kept("bursts", lambda: one_object.detect(published, posts, ordinary, named, resolution))
    in_hour = steps.kept("hour", lambda: one_hour.detect(published, posts, resolution))
    series = steps.kept(
        "series", lambda: burst_series.detect(published, posts, ordinary, named, resolution, hashtags)
    )
    published = hashtag_bursts.added_to(published, hashtags, series)
    collection = Collection(accounts, posts, passed_on.acts(posts, published, network.events))
    campaigns = detect_campaigns(
        published,
        groups,
        TimedContents(bursts, in_hour, series),
        copy_rate=ordinary.copy_rate,
        texts=network.texts,
        collection=collection,
    )
    if published is not network.published:
        network = replace(network, published=published)
    return Comparison(accounts, posts, network, groups, campaigns, (*unread, *_seen_once(posts)))


def _seen_once(posts: pl.DataFrame) -> Iterator[Message]:
    """Yield how many accounts have a single post, where they are many: hardly anything can be said of them."""
    each = on_disk.by_keys([posts.select("row")], ["row"], lambda some: some.group_by("row").len())["len"]
    single = int((each == 1).sum())
    if single and single >= _MANY * len(each):
        yield message("coordination.seen_once", count=single, accounts=len(each))


def _unread(counts: pl.DataFrame) -> Iterator[Message]:
    """Yield which posts were read but do not count."""
    for name, count in counts.select(pl.col(_UNREAD).sum()).row(0, named=True).items():
        if count:
            yield Message(f"coordination.unread.{name}", {"count": count, "most": MAX_POSTS})
