"""Occasions that give people the same text: a lesson, a prayer, an application's text of the day, a speech that they quote.

Such people publish the same texts at the same moments, as a campaign does. What tells them from one:

- They publish words alone: no link, no picture, nobody addressed. At an event there may be its hashtag.
- The occasion sets the clock. A text of the day comes at the hour that each account has for it, day after day. A lesson lasts
  some hours at most, and its texts are written down by hand. What is said at an event is repeated within minutes and then no
  more, so the texts follow each other, where those of a kit are in use side by side.
- A good part of what each of them publishes is its own.

A campaign that wants to pass for one gives up links, pictures and addressees, and either hashtags and all hours but one of each
day, or all but one sitting of four hours in which it uses one text at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report.applications import ADDRESSED, ASIDE
from vigie.features.coordination.report.shared_posts import SharedActs, has_addressee, has_hashtag
from vigie.features.coordination.traces import DAY, HOUR, TEMPLATE

# How long an occasion lasts at most, in seconds, and the share of the shared posts that fall within it.
SITTING, WITHIN = 4 * HOUR, 0.9
# Days on which the median account shares something, from which it does so by routine.
ROUTINE_DAYS = 3
# Accounts on a text, and such texts, from which it is told how they follow each other.
_HOLDERS, _LEAST_TEXTS = 3, 3
# Texts in use at one time, on average, at most, where they follow each other.
AT_ONCE = 0.5
# Seconds in which the middle half of the copies of a text appear, at least: who is given a sentence needs some to write it down.
PACE = 10
_WORDS = ("text_duplicate", "text_meaning", TEMPLATE)


@dataclass(frozen=True)
class Occasion:
    """When the members of a group published what they share, and with what.

    Attributes:
        bare: Share of the shared posts without link, picture, mention, or author that they answer, quote or repost.
        tagged: Share of the shared posts with a hashtag.
        part: Share of its posts that the median member shares with others.
        days: Days on which the median member published something shared.
        punctual: Share of the shared posts in the hour of the day at which their author published most of them.
        sitting: Share of the shared posts in the four busiest hours in a row.
        texts: Texts that three members or more share.
        at_once: How many of these texts are in use at one time, on average of the time from the first to the last: a text is in use
            while the middle half of its copies appear. None for less than three texts.
        pace: Seconds for which the median text is in use; None where there is no text.
    """

    bare: float
    tagged: float
    part: float
    days: float
    punctual: float
    sitting: float
    texts: int
    at_once: float | None
    pace: float | None

    @property
    def is_routine(self) -> bool:
        """Whether each member publishes the shared texts at an hour of its own, day after day."""
        return self._words_alone and self.days >= ROUTINE_DAYS and self.punctual >= WITHIN

    @property
    def is_one_sitting(self) -> bool:
        """Whether all shared texts are of one sitting, and were written down by hand."""
        return self._words_alone and self.sitting >= WITHIN and self._by_hand

    @property
    def is_live(self) -> bool:
        """Whether the shared texts follow each other within one sitting, as what is said at an event does."""
        return (
            self.bare >= 1 - ADDRESSED
            and self.part <= ASIDE
            and self.sitting >= WITHIN
            and self.at_once is not None
            and self.at_once <= AT_ONCE
            and self._by_hand
        )

    @property
    def _words_alone(self) -> bool:
        return self.bare >= 1 - ADDRESSED and self.tagged <= ADDRESSED and self.part <= ASIDE

    @property
    def _by_hand(self) -> bool:
        return self.pace is not None and self.pace >= PACE


def occasion(posts: pl.DataFrame, shared: SharedActs) -> Occasion:
    """Return when the members of a group published what they share, and with what.

    Args:
        posts: Their posts: contract columns, ``row`` of the author and ``post`` (number).
        shared: What they share.
    """
    own = shared.acts.unique("post", keep="first", maintain_order=True)
    with_what = posts.filter(pl.col("post").is_in(own["post"].implode())).select(
        tagged=has_hashtag(),
        laden=has_addressee()
        | (pl.col("urls").list.len() > 0).fill_null(value=False)
        | (pl.col("media_hashes").list.len() > 0).fill_null(value=False),
    )
    days = own.group_by("account").agg((pl.col("time") // DAY).n_unique().alias("days"))["days"]
    of_day = own.select("account", time=pl.col("time") % DAY)
    # The hour may lie across midnight.
    around = pl.concat([of_day, of_day.with_columns(pl.col("time") + DAY)])
    punctual = _busiest(around, HOUR, "account") / own.height
    texts, at_once, pace = _in_turn(shared.acts)
    return Occasion(
        bare=1 - float(with_what["laden"].mean()),  # type: ignore[arg-type]  # of a share
        tagged=float(with_what["tagged"].mean()),  # type: ignore[arg-type]  # of a share
        part=shared.part,
        days=float(days.median()),  # type: ignore[arg-type]  # of numbers
        punctual=punctual,
        sitting=_busiest(own.select(account=pl.lit(0), time="time"), SITTING, "account") / own.height,
        texts=texts,
        at_once=at_once,
        pace=pace,
    )


def _busiest(times: pl.DataFrame, span: int, key: str) -> int:
    """Return how many times fall within the busiest ``span`` seconds of their key, over all keys."""
    ordered = times.sort(key, "time")
    return int(
        ordered.rolling("time", period=f"{span}i", group_by=key)
        .agg(count=pl.len())
        .group_by(key)
        .agg(pl.col("count").max())["count"]
        .sum()
    )


def _in_turn(acts: pl.DataFrame) -> tuple[int, float | None, float | None]:
    """Return how many texts several accounts share, how many are in use at one time, and for how long the median one is."""
    words = acts.filter(pl.col("trace").is_in(_WORDS))
    used = (
        words.group_by("trace", "object")
        .agg(
            accounts=pl.col("account").n_unique(),
            seconds=pl.col("time").quantile(0.75, "linear") - pl.col("time").quantile(0.25, "linear"),
        )
        .filter(pl.col("accounts") >= _HOLDERS)
    )
    if used.is_empty():
        return 0, None, None
    pace = float(used["seconds"].median())  # type: ignore[arg-type]  # of floats
    if used.height < _LEAST_TEXTS:
        return used.height, None, pace
    # But for stragglers, which would lengthen the time that the texts share.
    first, last = (float(words["time"].quantile(end, "linear") or 0) for end in (0.05, 0.95))
    return used.height, float(used["seconds"].sum()) / max(last - first, 1), pace
