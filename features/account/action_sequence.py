"""Features of the sequence of actions, independent of language, after BLOC [Nwala2023] and digital DNA [Cresci2018]."""

from __future__ import annotations

import polars as pl

from vigie.features.catalogue import feature
from vigie.features.entropy import bits
from vigie.features.preprocessing import WORDS

_TWENTY = 20

_WORD = pl.col("word")
_PAIR = _WORD.shift(1) * WORDS + _WORD


@feature(unit="bits", high=2, needs_posts=_TWENTY, source="Cresci2018")
def sequence_action_entropy_bits() -> pl.Expr:
    """Entropy of original, repost, reply and quote."""
    return bits(pl.col("symbol"))


@feature(unit="share", needs_posts=_TWENTY, source="Cresci2018")
def sequence_switch_share() -> pl.Expr:
    """Share of consecutive posts that differ in kind."""
    return (pl.col("symbol") != pl.col("symbol").shift(1)).mean()


@feature(unit="share", needs_posts=_TWENTY, source="Cresci2018")
def sequence_longest_run_share() -> pl.Expr:
    """Longest run of one kind of action over the number of posts."""
    runs = pl.col("symbol").rle()
    # A run of unknown kinds is no run of one kind.
    return runs.struct.field("len").filter(runs.struct.field("value").is_not_null()).max() / pl.len()


@feature(unit="bits", high=5, needs_posts=_TWENTY, source="Nwala2023")
def sequence_word_entropy_bits() -> pl.Expr:
    """Entropy of pause and action together."""
    return bits(_WORD)


@feature(unit="share", needs_posts=_TWENTY, source="Nwala2023")
def sequence_top_word_share() -> pl.Expr:
    """Share of the most frequent pause and action."""
    return _WORD.unique_counts().max() / pl.len()


@feature(unit="share", needs_posts=_TWENTY, source=("Cresci2018", "Nwala2023"))
def sequence_repeat_share() -> pl.Expr:
    """Share of the most frequent triple of pauses and actions."""
    triple = _PAIR * WORDS + _WORD.shift(2)
    return triple.drop_nulls().unique_counts().max() / (pl.len() - 2)


@feature(unit="bits", needs_posts=_TWENTY, source="Nwala2023")
def sequence_transition_entropy_bits() -> pl.Expr:
    """Entropy of a step given the one before."""
    return (bits(_PAIR) - bits(_WORD)).clip(lower_bound=0)


def _pause_share(letters: list[str]) -> pl.Expr:
    known = pl.col("pause") != ""
    return pl.when(known.sum() > 0).then(pl.col("pause").filter(known).is_in(letters).mean())


@feature(unit="share", needs_posts=_TWENTY, source="Nwala2023")
def sequence_pause_minutes_share() -> pl.Expr:
    """Share of pauses under five minutes."""
    return _pause_share(["a", "b"])


@feature(unit="share", needs_posts=_TWENTY, source="Nwala2023")
def sequence_pause_hour_share() -> pl.Expr:
    """Share of pauses from five minutes to an hour."""
    return _pause_share(["c"])


@feature(unit="share", needs_posts=_TWENTY, source="Nwala2023")
def sequence_pause_day_share() -> pl.Expr:
    """Share of pauses from an hour to a day."""
    return _pause_share(["d"])


@feature(unit="share", needs_posts=_TWENTY, source="Nwala2023")
def sequence_pause_long_share() -> pl.Expr:
    """Share of pauses longer than a day."""
    return _pause_share(["e", "f"])


@feature(unit="bits", high=4, needs_posts=_TWENTY, source="Nwala2023")
def sequence_fields_entropy_bits() -> pl.Expr:
    """Entropy of which parts (hashtag, mention, link, words) its own posts hold."""
    own = pl.col("fields").filter("is_own")
    return pl.when(own.count() >= 10).then(bits(own))


@feature(unit="share", needs_posts=_TWENTY, source="Nwala2023")
def sequence_top_fields_share() -> pl.Expr:
    """Share of own posts that hold the most frequent set of parts."""
    own = pl.col("fields").filter("is_own")
    return pl.when(own.count() >= 10).then(own.drop_nulls().unique_counts().max() / own.count())
