"""Occasions that give people the same text: a lesson, a prayer, a vote, an application's text of the day, a speech that they quote.

Such people publish the same texts at the same moments, as a campaign does. What tells them from one:

- They publish words: no picture, no answer to anybody. Where the occasion has a hashtag, a person on stage or a page, they name
  these, and nobody else.
- The occasion sets the clock. A text of the day comes at the hour that each account has for it, day after day, or a few do at its
  few hours, as morning and evening prayer. A lesson or a
  vote lasts some hours at most, which are the same on each day, and its texts are written down by hand. What is said at an event
  is repeated within minutes and then no more, so the texts follow each other, where those of a kit are in use side by side.
- A good part of what each of them publishes is its own. Where they name a hashtag, somebody or a page, as campaigns do, they are
  seen to publish it at other hours too: a collection of the occasion alone does not tell them from a campaign.

A campaign that wants to pass for one gives up pictures, answers, and all addressees and pages but one; gives its accounts a life
at other hours; and keeps to one hour of each day for each account, or to the same four hours of the day for all, or to one
sitting of four hours in which it uses one text at a time, without a link.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import polars as pl

from vigie.features.coordination.report.applications import ADDRESSED, ASIDE
from vigie.features.coordination.report.shared_posts import SharedActs, beyond_one, reacts
from vigie.features.coordination.traces import DAY, HOUR, TEMPLATE
from vigie.features.similarity import url_canonical

# How long an occasion lasts at most, in seconds, and the share of the shared posts that fall within it.
SITTING, WITHIN = 4 * HOUR, 0.9
# Days on which the median account shares something, from which it does so by routine.
ROUTINE_DAYS = 3
# Contents of a day that come at hours which each account keeps, at most: no day has more prayers than five.
A_FEW = 5
# Share of the accounts that publish each of these, at least.
_SHARED_BY = 0.1
# Seconds between the times of the day at which an account publishes at one of its hours, at most, and share of its days, at least.
_SAME_HOUR, _OFTEN = HOUR // 2, 1 / 3
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
        a_day: Shared posts of a member on a day on which it has any, in the mean.
        dated: Share of the shared posts within the 24 hours in which most posts with their content appear.
        punctual: Share of the shared posts in the hour of the day at which their author published most of them.
        kept: Where a few contents a day are all that is shared, each within 24 hours: share of the shared posts at an hour at which
            their author published one on a third of its other days or more. None where they are not, or where more are punctual.
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
    a_day: float
    dated: float
    punctual: float
    kept: float | None
    sitting: float
    fixed_hours: float
    texts: int
    at_once: float | None
    pace: float | None
    characters: float | None

    @property
    def is_routine(self) -> bool:
        """Whether each member publishes the shared texts at an hour of its own, or a few, day after day."""
        return (self.is_words_alone or self._beside_a_life) and self.is_at_hours

    @property
    def is_of_the_day(self) -> bool:
        """Whether each member publishes one content a day, or one at each of its hours, which is of that day alone, beside a life."""
        if not (self.is_at_hours and self.dated >= WITHIN and self.part <= ASIDE):
            return False
        # Who has several a day is seen to have a life at fewer hours beside them.
        return (
            self.outside > 1 - ASIDE if self.kept else self.a_day <= 1 + ADDRESSED and self.outside > OUTSIDE
        )

    @property
    def at_hours(self) -> float:
        """Share of the shared posts at the hour that their author keeps for them, or at its few hours."""
        return self.punctual if self.kept is None else self.kept

    @property
    def is_at_hours(self) -> bool:
        """Whether each member has an hour, or a few, at which it publishes what is shared, day after day."""
        return self.days >= ROUTINE_DAYS and self.at_hours >= WITHIN

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


def by_group(posts: pl.DataFrame, shared: SharedActs) -> dict[int, Occasion]:
    """Return when the members of each group published what they share, and with what; groups that share nothing are left out.

    Args:
        posts: Their posts: contract columns, ``group`` and ``row`` of the author, and ``post`` (number).
        shared: What they share.
    """
    own, held = shared.once, shared.told
    linked = (pl.col("urls").list.len() > 0).fill_null(value=False)
    shown = (pl.col("media_hashes").list.len() > 0).fill_null(value=False) | reacts()
    links_others = beyond_one(
        held.select("group", "post", thing="urls"), url_canonical.canonical(pl.col("thing"))
    )
    of_day = own.select("group", "account", time=pl.col("time") % DAY)
    # The hour may lie across midnight.
    around = pl.concat([of_day, of_day.with_columns(pl.col("time") + DAY)])
    named = own.select("group", "time", object=pl.concat_str("trace", pl.lit(" "), "object"))
    days = (
        own.lazy()
        .group_by("group", "account")
        .agg(posts=pl.len(), days=(pl.col("time") // DAY).n_unique())
        .group_by("group")
        .agg(pl.col("posts").sum(), pl.col("days").median(), all_days=pl.col("days").sum())
    )
    with_what = (
        held.lazy()
        .select(
            "group",
            "tagged",
            laden=shown | linked | pl.col("addressed"),
            naming_others=shown | linked | pl.col("names_others"),
            to_others=shown | links_others | pl.col("names_others"),
        )
        .group_by("group")
        .mean()
    )
    each = (
        days.join(with_what, on="group")
        .join(_outside(posts, own), on="group")
        .join(busiest(around, HOUR, "account").rename({"count": "punctual"}), on="group")
        .join(busiest(named, DAY, "object").rename({"count": "dated"}), on="group")
        .join(busiest(own, SITTING, "group").rename({"count": "sitting"}), on="group")
        .join(busiest(around, SITTING, "group").rename({"count": "fixed_hours"}), on="group")
        .collect()
    )
    turns = _in_turn(shared.acts, held)
    of_few = each.filter(
        (pl.col("days") >= ROUTINE_DAYS)
        & (pl.col("punctual") < WITHIN * pl.col("posts"))
        & (pl.col("dated") >= WITHIN * pl.col("posts"))
    )
    kept = {} if of_few.is_empty() else _kept(own.join(of_few, on="group", how="semi"))
    return {
        one["group"]: Occasion(
            bare=1 - one["laden"],
            naming_one=1 - one["naming_others"],
            to_one=1 - one["to_others"],
            tagged=one["tagged"],
            part=shared.parts[one["group"]],
            outside=one["outside"],
            days=one["days"],
            a_day=one["posts"] / one["all_days"],
            dated=one["dated"] / one["posts"],
            punctual=one["punctual"] / one["posts"],
            kept=kept.get(one["group"]),
            sitting=one["sitting"] / one["posts"],
            fixed_hours=one["fixed_hours"] / one["posts"],
            **asdict(turns.get(one["group"], _NO_TURN)),
        )
        for one in each.iter_rows(named=True)
    }


def _kept(own: pl.DataFrame) -> dict[int, float]:
    """Return how punctual the groups are that share a few contents a day, as :class:`Occasion` names it; others are left out.

    Args:
        own: ``group``, ``account``, ``object``, ``time``.
    """
    date, of_day = pl.col("time") // DAY, pl.col("time") % DAY
    # What a tenth of the accounts share; hardly anything else may be shared.
    few = (
        own.lazy()
        .with_columns(accounts=pl.col("account").n_unique().over("group"), posts=pl.len().over("group"))
        .group_by("group", "object")
        .agg(
            pl.len(),
            pl.col("accounts", "posts").first(),
            holders=pl.col("account").n_unique(),
            date=date.median().floor(),
        )
        .filter(pl.col("holders") >= pl.max_horizontal(_SHARED_BY * pl.col("accounts"), _HOLDERS))
        .group_by("group", "date")
        .agg(pl.len().alias("contents"), pl.col("len").sum(), pl.col("posts").first())
        .group_by("group")
        .agg(pl.col("contents").max(), pl.col("len").sum(), pl.col("posts").first())
        .filter((pl.col("contents") <= A_FEW) & (pl.col("len") >= WITHIN * pl.col("posts")))
    )
    timed = (
        own.lazy()
        .join(few, on="group", how="semi")
        .select("group", "account", date=date, time=of_day)
        .with_columns(days=pl.col("date").n_unique().over("group", "account"))
        # Who publishes on one day shows no habit.
        .filter(pl.col("days") > 1)
        .collect()
    )
    # The hour may lie across midnight, where the next day begins.
    around = pl.concat(
        timed.with_columns(pl.col("time") + step * DAY, pl.col("date") - step) for step in (-1, 0, 1)
    )
    each = (
        around.lazy()
        .sort("group", "account", "time")
        .rolling(
            "time",
            period=f"{2 * _SAME_HOUR}i",
            offset=f"-{_SAME_HOUR}i",
            closed="both",
            group_by=["group", "account"],
        )
        .agg(others=pl.col("date").n_unique() - 1, days=pl.col("days").first())
        .filter(pl.col("time").is_between(0, DAY, closed="left"))
        .group_by("group")
        .agg(kept=(pl.col("others") >= _OFTEN * (pl.col("days") - 1)).mean())
        .collect()
    )
    return dict(each.iter_rows())


def _outside(posts: pl.DataFrame, own: pl.DataFrame) -> pl.LazyFrame:
    """Return ``group`` and ``outside``, as :class:`Occasion` names it."""
    shared = own.lazy().select("time", row=pl.col("account"), of_shared="time").sort("time")
    times = (
        posts.lazy()
        .select(
            "group",
            pl.col("row").cast(own["account"].dtype),
            "post",
            time=pl.col("created_at").dt.epoch("s"),
        )
        .filter(pl.col("group").is_in(own["group"].unique().implode()))
    )
    timed = times.filter(~pl.col("post").is_in(own["post"].implode())).drop_nulls("time").sort("time")
    nearest = timed.join_asof(shared, on="time", by="row", strategy="nearest", check_sortedness=False)
    apart = nearest.filter((pl.col("time") - pl.col("of_shared")).abs() > HOUR).group_by("row").len("apart")
    whole = times.group_by("group", "row").len("posts").join(apart, on="row", how="left")
    share = pl.col("apart").fill_null(0) / pl.col("posts")
    return whole.group_by("group").agg(outside=share.median())


def busiest(acts: pl.DataFrame, span: int, key: str) -> pl.LazyFrame:
    """Return ``group`` and ``count``: how many of its acts fall within the busiest ``span`` seconds of their key, over all keys.

    Args:
        acts: ``group``, ``time``, and the key.
        span: In seconds.
        key: ``account``, ``object``, or ``group`` for the busiest of all accounts together.
    """
    keys = list(dict.fromkeys(("group", key)))
    return (
        acts.lazy()
        .sort(*keys, "time")
        .rolling("time", period=f"{span}i", group_by=keys)
        .agg(count=pl.len())
        .group_by(keys)
        .agg(pl.col("count").max())
        .group_by("group")
        .agg(pl.col("count").sum())
    )


@dataclass(frozen=True)
class _Turn:
    """How texts follow each other, as :class:`Occasion` names it."""

    texts: int
    at_once: float | None
    pace: float | None
    characters: float | None


_NO_TURN = _Turn(0, None, None, None)


def _in_turn(acts: pl.DataFrame, held: pl.DataFrame) -> dict[int, _Turn]:
    """Return how the texts of each group follow each other; groups without a text that several accounts share are left out."""
    words = (
        acts.filter(pl.col("trace").is_in(_WORDS))
        .join(
            held.select("post", wording="text", characters=pl.col("text").str.len_chars()),
            on="post",
            how="left",
        )
        .sort("group", "time")
        # A wording of a template that several publish is a text of its own.
        .with_columns(
            object=pl.when(
                (pl.col("trace") == TEMPLATE)
                & (pl.col("account").n_unique().over("group", "object", "wording") >= _HOLDERS)
            )
            .then("wording")
            .otherwise("object")
        )
        # What is prayed or sung on several evenings is in use on each of them, not between.
        .with_columns(
            sitting=((pl.col("time").diff() > SITTING) | (pl.col("group").diff() != 0))
            .fill_null(value=False)
            .cum_sum()
        )
    )
    # But for stragglers, which would lengthen the time that the texts share.
    first, last = (pl.col("time").quantile(end, "linear") for end in (0.05, 0.95))
    spans = (
        words.lazy()
        .group_by("group", "sitting", maintain_order=True)
        .agg(span=last - first)
        .group_by("group")
        .agg(pl.col("span").sum())
    )
    used = (
        words.lazy()
        .group_by("group", "sitting", "trace", "object", maintain_order=True)
        .agg(
            pl.col("characters").median(),
            accounts=pl.col("account").n_unique(),
            seconds=pl.col("time").quantile(0.75, "linear") - pl.col("time").quantile(0.25, "linear"),
        )
        .filter(pl.col("accounts") >= _HOLDERS)
        .group_by("group")
        .agg(
            texts=pl.struct("trace", "object").n_unique(),
            seconds=pl.col("seconds").sum(),
            pace=pl.col("seconds").median(),
            characters=pl.col("characters").median().fill_null(0.0),
        )
        .join(spans, on="group")
        .select("group", "texts", "seconds", "span", "pace", "characters")
        .collect()
    )
    return {
        group: _Turn(texts, None if texts < _LEAST_TEXTS else seconds / max(span, 1), pace, characters)
        for group, texts, seconds, span, pace, characters in used.iter_rows()
    }
