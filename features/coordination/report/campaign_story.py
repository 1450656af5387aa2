"""A campaign in a paragraph that opens a note: who, when, where, with what, how unlikely, seen by whom.

Each sentence says one thing and is left out where nothing is known of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from vigie.features.coordination.report import display_text
from vigie.features.coordination.report.group_metrics import ALPHA_HOMOGENEITY
from vigie.features.coordination.report.types import Audience, Content, CreationTest
from vigie.features.i18n import Decimal, Duration, Expected, Listing, Message, Period, message

# Hashtags and first posters named.
_TAGS, _FIRST = 3, 3
# Contents that an account published before all others, from which it is named as a first poster.
_LEAST_FIRST = 2
# Share of the holders of a campaign's contents that are members from which hardly any other account is one.
HARDLY_ANY_OTHER = 0.9


def story(
    platforms: Mapping[str, int],
    contents: Sequence[Content],
    shown: pl.DataFrame,
    pairs: pl.DataFrame,
    hashtags: Mapping[str, int],
    audience: Audience,
    creation: CreationTest,
) -> Iterator[Message]:
    """Yield the sentences on a campaign of several contents, in order.

    Args:
        platforms: Members by platform.
        contents: Its contents, all of them.
        shown: The posts that hold one: ``account``, ``object``, ``time`` (seconds since 1970).
        pairs: Its pairs of members beyond chance: ``objects``, ``expected``.
        hashtags: Its hashtags, those of most posts first.
        audience: What the posts of its members reached.
        creation: How close together its members were created, with the test.
    """
    kinds = Counter(content.trace for content in contents)
    inside = sum(content.accounts for content in contents)
    holders = inside + sum(content.outside for content in contents)
    tags = Listing(tuple(hashtags)[:_TAGS])
    yield message(
        "coordination.campaign",
        period=Period(
            min(content.first_time for content in contents), max(content.last_time for content in contents)
        ),
        accounts=sum(platforms.values()),
        platforms=on_platforms(platforms),
        tags=message("coordination.campaign_hashtags", tags=tags) if hashtags else "",
        others=message("coordination.campaign_alone") if inside >= HARDLY_ANY_OTHER * holders else "",
        contents=Listing(
            tuple(
                message(f"coordination.contents.{kind}", count=count) for kind, count in kinds.most_common()
            )
        ),
    )
    gap = median_gap(shown)
    if gap is not None:
        yield gap_told(gap)
    if not pairs.is_empty():
        yield message(
            "coordination.campaign_pairs",
            count=pairs.height,
            objects=Decimal(float(pairs["objects"].median()), 0),  # type: ignore[arg-type]  # a number
            expected=Expected(float(pairs["expected"].median())),  # type: ignore[arg-type]  # a number
        )
    firsts = Counter(content.first_account.shown for content in contents)
    leaders = tuple(name for name, count in firsts.most_common(_FIRST) if count >= _LEAST_FIRST)
    if leaders:
        yield message("coordination.campaign_first", leaders=Listing(leaders))
    if audience.median_views is not None:
        yield message("coordination.campaign_audience", count=Decimal(audience.median_views, 0))
    if creation.p is not None and creation.p < ALPHA_HOMOGENEITY:
        yield message("coordination.campaign_created", within=int(creation.within_31_days))


def on_platforms(platforms: Mapping[str, int]) -> Listing:
    """Return how many accounts are on each platform, the most first."""
    ordered = sorted(platforms.items(), key=lambda each: -each[1])
    return Listing(
        tuple(
            message("coordination.on_platform", count=count, platform=display_text.platform(name))
            for name, count in ordered
        )
    )


def gap_told(gap: float) -> Message:
    """Return how soon half of the copies followed, or came before, that of another account."""
    if gap < 1:
        return message("coordination.campaign_no_gap")
    return message("coordination.campaign_gap", gap=Duration(gap))


def median_gap(shown: pl.DataFrame) -> float | None:
    """Return the seconds within which half of the posts have the same content on another account; None for fewer.

    Args:
        shown: ``account``, ``time`` (seconds), ``object`` of posts.
    """
    ordered = shown.sort("object", "time", "account")
    gaps = [
        pl.when(pl.col("account").shift(step).over("object") != pl.col("account")).then(
            (pl.col("time").shift(step).over("object") - pl.col("time")).abs()
        )
        for step in (1, -1)
    ]
    closest = ordered.select(pl.min_horizontal(gaps).cast(pl.Float64).fill_null(float("inf"))).to_series()
    median = closest.median()
    return float(median) if median is not None and median != float("inf") else None  # type: ignore[arg-type]  # a number
