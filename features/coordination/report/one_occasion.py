"""Accounts of which a collection shows one occasion and nothing else: who collects by a hashtag sees no other side of people.

A match, a vigil or a speech makes people publish the same words in the same hours. Where the rest of their lives is in the
collection, that tells them from a campaign (:mod:`vigie.features.coordination.report.occasions`). Where it is not, nothing does,
for or against. So what the accounts share says that they were together on one occasion, and no more:

- It falls within four hours, and what is copied is not published in the same seconds, unless text follows text as what is said
  does. Which picture is published at which moment is chance, as with posters at a strike: then it shows no more than that people
  were there. Under that condition it may last a day. Where text follows text, or where there are two texts at most, it may last a
  day too; text after text may come back in the same four hours on three days at most.
- Or each account publishes at an hour of its own, day after day, and these hours are spread over the day, as where an application
  or a calendar has something for every day. There may be a few hours for each, if all that is shared is a few contents a day. Then
  two accounts meet because they keep the same hour. Where what they share is a part of what they publish, they may all keep one
  hour, if each publishes one content a day, or one at each of its hours, which is of that day alone.
- It answers nobody, leads to one site at most, and names one account at most, unless that site writes the posts.

Profiles are asked beside this: accounts created together, or with handles in series, are no chance gathering. A campaign of
accounts with ordinary profiles that keeps to one such occasion looks the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report.applications import ADDRESSED
from vigie.features.coordination.report.occasions import (
    AT_ONCE,
    WITHIN,
    Occasion,
    busiest,
)
from vigie.features.coordination.report.shared_posts import SharedActs, beyond_one, reacts
from vigie.features.coordination.traces import HOUR, MINUTE, TEMPLATE
from vigie.features.similarity import url_canonical

# How long a day of people is, in seconds, and days on which an occasion comes back at most.
WAKING, MOST_DAYS = 16 * HOUR, 3
# Share of what is shared that falls in the same four hours of each day, at most, where accounts keep hours of their own.
SPREAD = 0.5
# Which trace of a post says what its content is.
_RANK = {"media_duplicate": 0, "text_duplicate": 1, "text_meaning": 2, TEMPLATE: 3}
# Standard deviations by which more posts than chance gives follow one with the same content, at most: groups are searched for
# among accounts that acted at the same moments, so that some exceed chance by two.
_BUNCHED = 3.0
# Seconds in which the middle half of the copies of a picture appear, at least, and accounts that publish one.
_PICTURE_PACE, _HOLDERS = MINUTE // 2, 3


@dataclass(frozen=True)
class OneOccasion:
    """Whether what accounts share is of one occasion.

    Attributes:
        occasion: When they published it, and with what.
        aimed: Share of the shared posts that react to no post, lead to one site at most, and mention nobody but the account that
            most of them mention, or lead to the site to which most of them do.
        pictured: Share of the shared posts with a picture.
        waking: Share of the shared posts in the sixteen busiest hours in a row.
        picture_pace: Seconds within which the middle half of the copies of the median picture appear; None where three accounts
            share none.
        bunched: How many more of the shared posts follow a post with the same content of another account than where the order of
            contents is chance, in standard deviations of chance; None where there are no two contents.
    """

    occasion: Occasion
    aimed: float
    pictured: float
    waking: float
    picture_pace: float | None
    bunched: float | None

    @property
    def is_all(self) -> bool:
        """Whether one occasion is all that what they share shows."""
        at_hours = self.is_at_own_hours or self.occasion.is_of_the_day
        when = self.is_short or self.is_one_day or self.is_repeated or at_hours
        return self.aimed >= 1 - ADDRESSED and when

    @property
    def is_slow(self) -> bool:
        """Whether what is copied takes as long as people take for it."""
        slow = self.picture_pace is None or self.picture_pace >= _PICTURE_PACE
        return slow and (self.occasion.pace is None or self.occasion.is_by_hand)

    @property
    def is_short(self) -> bool:
        """Whether it falls within four hours: words by hand, text after text, or pictures by hand in an order of chance."""
        by_hand = self.is_slow and (self.pictured <= ADDRESSED or self.is_by_chance)
        return self.occasion.sitting >= WITHIN and (by_hand or self.is_in_turn)

    @property
    def is_one_day(self) -> bool:
        """Whether text follows text for a day at most, or contents come in an order of chance, published by hand.

        One or two texts are too few to tell in what order they come.
        """
        few = self.occasion.at_once is None and self.occasion.texts > 0 and self.pictured <= ADDRESSED
        return self.waking >= WITHIN and self.is_slow and (self.is_in_turn or self.is_by_chance or few)

    @property
    def is_repeated(self) -> bool:
        """Whether text follows text, by hand, in the same four hours of a few days."""
        return (
            self.occasion.fixed_hours >= WITHIN
            and self.occasion.days <= MOST_DAYS
            and self.is_in_turn
            and self.occasion.is_by_hand
        )

    @property
    def is_at_own_hours(self) -> bool:
        """Whether each account publishes at an hour of its own, or a few, on several days, and these are spread over the day."""
        return self.occasion.is_at_hours and self.occasion.fixed_hours <= SPREAD

    @property
    def is_by_chance(self) -> bool:
        """Whether which content is published at which moment is chance."""
        return self.bunched is not None and self.bunched <= _BUNCHED

    @property
    def is_in_turn(self) -> bool:
        """Whether texts without pictures follow each other: hardly any is still in use when the next one comes."""
        return (
            self.occasion.at_once is not None
            and self.occasion.at_once <= AT_ONCE
            and self.pictured <= ADDRESSED
        )


def by_group(shared: SharedActs, occasions: Mapping[int, Occasion]) -> dict[int, OneOccasion]:
    """Return whether what the accounts of each group share is of one occasion.

    Args:
        shared: What they share, with posts of the contract columns.
        occasions: When each group published it, see :func:`vigie.features.coordination.report.occasions.by_group`.
    """
    held = url_canonical.with_sites(shared.told)
    elsewhere = beyond_one(held.select("group", "post", thing="sites"), pl.col("thing"))
    linked = (pl.col("sites").list.len() > 0).fill_null(value=False)
    with_what = (
        held.lazy()
        .select(
            "group",
            astray=reacts() | elsewhere | (pl.col("names_others") & ~linked),
            pictured=(pl.col("media_hashes").list.len() > 0).fill_null(value=False),
        )
        .group_by("group")
        .agg(pl.len(), pl.col("astray", "pictured").mean())
    )
    pictures = (
        shared.acts.lazy()
        .filter(pl.col("trace") == "media_duplicate")
        .group_by("group", "object")
        .agg(
            accounts=pl.col("account").n_unique(),
            seconds=pl.col("time").quantile(0.75, "linear") - pl.col("time").quantile(0.25, "linear"),
        )
        .filter(pl.col("accounts") >= _HOLDERS)
        .group_by("group")
        .agg(pace=pl.col("seconds").median())
    )
    each = (
        with_what.join(busiest(shared.once, WAKING, "group"), on="group")
        .join(pictures, on="group", how="left")
        .select("group", "astray", "pictured", "count", "len", "pace")
        .collect()
    )
    bunched = _bunched(shared.acts)
    return {
        group: OneOccasion(
            occasion=occasions[group],
            aimed=1 - astray,
            pictured=pictured,
            waking=waking / posts,
            picture_pace=pace,
            bunched=bunched.get(group),
        )
        for group, astray, pictured, waking, posts, pace in each.iter_rows()
    }


def _bunched(acts: pl.DataFrame) -> dict[int, float]:
    """Return by how many standard deviations more acts follow one on the same object by another account than in random order.

    Where n acts are in random order and an object has k of them, k(k - 1)/n follow another of it in the mean; the variance is that
    of sampling with replacement, which is no less than that of a shuffle where no object has most of the acts.

    Args:
        acts: ``group``, ``trace``, ``object``, ``account``, ``post``, ``time``. Of a post, its picture counts, or else its text.

    Returns:
        By group; those without two objects, or one on which there are two acts, are left out.
    """
    rank = pl.col("trace").replace_strict(_RANK, default=len(_RANK), return_dtype=pl.Int64)
    follows = pl.all_horizontal(
        pl.col(name) == pl.col(name).shift() for name in ("group", "trace", "object")
    ) & (pl.col("account") != pl.col("account").shift())
    ordered = (
        acts.lazy()
        .sort(rank, "trace", "object")
        .unique("post", keep="first", maintain_order=True)
        .sort("group", "time", "post")
        .with_columns(follows=follows)
    )
    counted = (
        ordered.group_by("group", "trace", "object")
        .agg(pl.len(), pl.col("follows").sum())
        .group_by("group")
        .agg(
            contents=pl.len(),
            most=pl.col("len").max(),
            acts=pl.col("len").sum(),
            alike=(pl.col("len").cast(pl.Int64) * (pl.col("len").cast(pl.Int64) - 1)).sum(),
            follows=pl.col("follows").sum(),
        )
        .filter((pl.col("contents") > 1) & (pl.col("most") > 1))
        .select("group", "acts", "alike", "follows")
        .collect()
    )
    found: dict[int, float] = {}
    for group, number, alike, following in counted.iter_rows():
        chance = float(alike) / (number * (number - 1))
        expected = chance * (number - 1)
        found[group] = (float(following) - expected) / math.sqrt(expected * (1 - chance))
    return found
