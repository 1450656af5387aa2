"""Occasions that give people the same text: a lesson, a prayer, a vote, an application's text of the day, a speech that they quote.

Such people publish the same texts at the same moments, as a campaign does. What tells them from one:

- They publish words: no picture, no answer to anybody. Where the occasion has a hashtag, a person on stage or a page, they name
  these, and nobody else.
- The occasion sets the clock. A text of the day comes at the hour that each account has for it, day after day. A lesson or a
  vote lasts some hours at most, which are the same on each day, and its texts are written down by hand. What is said at an event
  is repeated within minutes and then no more, so the texts follow each other, where those of a kit are in use side by side.
- A good part of what each of them publishes is its own. Where they name a hashtag, somebody or a page, as campaigns do, they are
  seen to publish it at other hours too: a collection of the occasion alone does not tell them from a campaign.

A campaign that wants to pass for one gives up pictures, answers, and all addressees and pages but one; gives its accounts a life
at other hours; and keeps to one hour of each day for each account, or to the same four hours of the day for all, or to one
sitting of four hours in which it uses one text at a time, without a link.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report.applications import ADDRESSED, ASIDE
from vigie.features.coordination.report.shared_posts import (
    SharedActs,
    has_addressee,
    has_hashtag,
    mentioned,
    reacts,
)
from vigie.features.coordination.traces import DAY, HOUR, TEMPLATE
from vigie.features.similarity import url_canonical

# How long an occasion lasts at most, in seconds, and the share of the shared posts that fall within it.
SITTING, WITHIN = 4 * HOUR, 0.9
# Days on which the median account shares something, from which it does so by routine.
ROUTINE_DAYS = 3
# Accounts on a text, and such texts, from which it is told how they follow each other.
_HOLDERS, _LEAST_TEXTS = 3, 3
# Texts in use at one time, on average, at most, where they follow each other.
AT_ONCE = 0.5
# Seconds in which the middle half of the copies of a text appear, at least: who is given a sentence needs some to write it down,
# up to ten for one of a hundred characters or more, and no less than five for an answer of a few words.
PACE, LEAST_PACE, PACE_PER_CHARACTER = 10, 5, 0.1
# Share of its posts that the median account publishes on its own and at other hours, and more, where what is shared has a
# hashtag, a link or an addressee.
OUTSIDE = 0.5
_WORDS = ("text_duplicate", "text_meaning", TEMPLATE)


@dataclass(frozen=True)
class Occasion:
    """When the members of a group published what they share, and with what.

    Attributes:
        bare: Share of the shared posts without link, picture, mention, or author that they answer, quote or repost.
        naming_one: Share of the shared posts without link, picture, author that they answer, quote or repost, or mention of
            anybody but the account that most of them mention.
        to_one: The same, but for links to the page that most of them lead to.
        tagged: Share of the shared posts with a hashtag.
        part: Share of its posts that the median member shares with others.
        outside: Share of its posts that the median member does not share, and published more than an hour from any that it does.
        days: Days on which the median member published something shared.
        punctual: Share of the shared posts in the hour of the day at which their author published most of them.
        sitting: Share of the shared posts in the four busiest hours in a row.
        fixed_hours: Share of the shared posts in the four busiest hours of the day, the same on every day.
        texts: Texts that three members or more share.
        at_once: How many of these texts are in use at one time, on average of the time from the first to the last of each sitting: a
            text is in use while the middle half of its copies there appear. None for less than three texts.
        pace: Seconds for which the median text is in use; None where there is no text.
        characters: Characters of the median text; None where there is no text.
    """

    bare: float
    naming_one: float
    to_one: float
    tagged: float
    part: float
    outside: float
    days: float
    punctual: float
    sitting: float
    fixed_hours: float
    texts: int
    at_once: float | None
    pace: float | None
    characters: float | None

    @property
    def is_routine(self) -> bool:
        """Whether each member publishes the shared texts at an hour of its own, day after day."""
        return (
            (self.is_words_alone or self._beside_a_life)
            and self.days >= ROUTINE_DAYS
            and self.punctual >= WITHIN
        )

    @property
    def is_one_sitting(self) -> bool:
        """Whether all shared texts are of one sitting, and were written down by hand."""
        return self.is_words_alone and self.sitting >= WITHIN and self.is_by_hand

    @property
    def is_appointed(self) -> bool:
        """Whether all shared texts came at the same hours of the day, written down by hand by people with a life at others."""
        return self._beside_a_life and self.fixed_hours >= WITHIN and self.is_by_hand

    @property
    def is_live(self) -> bool:
        """Whether the shared texts follow each other in the same hours of each day, as what is said at an event does."""
        return (
            (self.bare >= 1 - ADDRESSED or (self.naming_one >= 1 - ADDRESSED and self.outside > OUTSIDE))
            and self.part <= ASIDE
            and self.fixed_hours >= WITHIN
            and self.at_once is not None
            and self.at_once <= AT_ONCE
            and self.is_by_hand
        )

    @property
    def is_words_alone(self) -> bool:
        """Whether what is shared has neither hashtag nor addressee, and is a part of what the members publish."""
        return self.bare >= 1 - ADDRESSED and self.tagged <= ADDRESSED and self.part <= ASIDE

    @property
    def is_by_hand(self) -> bool:
        """Whether the copies of the median text appear no sooner than people write it down."""
        if self.pace is None or self.characters is None:
            return False
        return self.pace >= min(PACE, max(LEAST_PACE, PACE_PER_CHARACTER * self.characters))

    @property
    def _beside_a_life(self) -> bool:
        return self.to_one >= 1 - ADDRESSED and self.outside > OUTSIDE


def occasion(posts: pl.DataFrame, shared: SharedActs) -> Occasion:
    """Return when the members of a group published what they share, and with what.

    Args:
        posts: Their posts: contract columns, ``row`` of the author and ``post`` (number).
        shared: What they share.
    """
    own = shared.acts.unique("post", keep="first", maintain_order=True)
    held = posts.filter(pl.col("post").is_in(own["post"].implode()))
    linked = (pl.col("urls").list.len() > 0).fill_null(value=False)
    shown = (pl.col("media_hashes").list.len() > 0).fill_null(value=False) | reacts()
    names_others = beyond_one(held.select("post", thing=mentioned()), pl.col("thing"))
    links_others = beyond_one(held.select("post", thing="urls"), url_canonical.canonical(pl.col("thing")))
    with_what = held.select(
        tagged=has_hashtag(),
        laden=shown | linked | has_addressee(),
        naming_others=shown | linked | names_others,
        to_others=shown | links_others | names_others,
    )
    days = own.group_by("account").agg((pl.col("time") // DAY).n_unique().alias("days"))["days"]
    of_day = own.select("account", time=pl.col("time") % DAY)
    # The hour may lie across midnight.
    around = pl.concat([of_day, of_day.with_columns(pl.col("time") + DAY)])
    of_all = around.with_columns(account=pl.lit(0))
    texts, at_once, pace, characters = _in_turn(shared.acts, held)
    return Occasion(
        bare=1 - float(with_what["laden"].mean()),  # type: ignore[arg-type]  # of a share
        naming_one=1 - float(with_what["naming_others"].mean()),  # type: ignore[arg-type]  # of a share
        to_one=1 - float(with_what["to_others"].mean()),  # type: ignore[arg-type]  # of a share
        tagged=float(with_what["tagged"].mean()),  # type: ignore[arg-type]  # of a share
        part=shared.part,
        outside=_outside(posts, own),
        days=float(days.median()),  # type: ignore[arg-type]  # of numbers
        punctual=busiest(around, HOUR, "account") / own.height,
        sitting=busiest(own.select(account=pl.lit(0), time="time"), SITTING, "account") / own.height,
        fixed_hours=busiest(of_all, SITTING, "account") / own.height,
        texts=texts,
        at_once=at_once,
        pace=pace,
        characters=characters,
    )


def beyond_one(listed: pl.DataFrame, thing: pl.Expr) -> pl.Expr:
    """Return whether a post lists anything but the one thing that most of them list, as ``thing`` names each."""
    each = listed.explode("thing", empty_as_null=False, keep_nulls=False).select("post", thing=thing).unique()
    counted = (
        each.drop_nulls("thing")["thing"].value_counts().sort("count", "thing", descending=[True, False])
    )
    others = each.filter(pl.col("thing").ne_missing(counted["thing"].first()))
    return pl.col("post").is_in(others["post"].implode())


def _outside(posts: pl.DataFrame, own: pl.DataFrame) -> float:
    """Return which share of its posts the median account published on its own, an hour or more from those that it shares."""
    shared = own.select("time", row=pl.col("account"), of_shared="time").sort("time")
    times = posts.select(
        pl.col("row").cast(own["account"].dtype), "post", time=pl.col("created_at").dt.epoch("s")
    )
    timed = times.filter(~pl.col("post").is_in(own["post"].implode())).drop_nulls("time").sort("time")
    nearest = timed.join_asof(shared, on="time", by="row", strategy="nearest", check_sortedness=False)
    apart = nearest.filter((pl.col("time") - pl.col("of_shared")).abs() > HOUR).group_by("row").len("apart")
    whole = times.group_by("row").len("posts").join(apart, on="row", how="left")
    return float(whole.select((pl.col("apart").fill_null(0) / pl.col("posts")).median()).item())


def busiest(times: pl.DataFrame, span: int, key: str) -> int:
    """Return how many times fall within the busiest ``span`` seconds of their key, over all keys."""
    ordered = times.sort(key, "time")
    return int(
        ordered.rolling("time", period=f"{span}i", group_by=key)
        .agg(count=pl.len())
        .group_by(key)
        .agg(pl.col("count").max())["count"]
        .sum()
    )


def _in_turn(acts: pl.DataFrame, held: pl.DataFrame) -> tuple[int, float | None, float | None, float | None]:
    """Return how many texts several accounts share, how many are in use at one time, how long the median one is and how long it is."""
    words = (
        acts.filter(pl.col("trace").is_in(_WORDS))
        .join(
            held.select("post", wording="text", characters=pl.col("text").str.len_chars()),
            on="post",
            how="left",
        )
        .sort("time")
        # A wording of a template that several publish is a text of its own.
        .with_columns(
            object=pl.when(
                (pl.col("trace") == TEMPLATE)
                & (pl.col("account").n_unique().over("object", "wording") >= _HOLDERS)
            )
            .then("wording")
            .otherwise("object")
        )
        # What is prayed or sung on several evenings is in use on each of them, not between.
        .with_columns(sitting=(pl.col("time").diff() > SITTING).fill_null(value=False).cum_sum())
    )
    used = (
        words.group_by("sitting", "trace", "object")
        .agg(
            pl.col("characters").median(),
            accounts=pl.col("account").n_unique(),
            seconds=pl.col("time").quantile(0.75, "linear") - pl.col("time").quantile(0.25, "linear"),
        )
        .filter(pl.col("accounts") >= _HOLDERS)
    )
    count = used.select("trace", "object").n_unique()
    if not count:
        return 0, None, None, None
    pace, characters = (float(used[name].median() or 0) for name in ("seconds", "characters"))  # type: ignore[arg-type]  # of floats
    if count < _LEAST_TEXTS:
        return count, None, pace, characters
    # But for stragglers, which would lengthen the time that the texts share.
    first, last = (pl.col("time").quantile(end, "linear") for end in (0.05, 0.95))
    span = float(words.group_by("sitting").agg(last - first)["time"].sum())
    return count, float(used["seconds"].sum()) / max(span, 1), pace, characters
