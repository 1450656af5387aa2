"""Sequence features (FIELD b.5): the order of actions, independent of language (BLOC, digital DNA)."""

from __future__ import annotations

import polars as pl

from vigie.features.catalogue import feature
from vigie.features.entropy import bits

_BLOC = "BLOC (Nwala et al. 2023)"
_DNA = "Digital DNA (Cresci et al.)"
_TWENTY = 20

_WORD = pl.concat_str(pl.col("pause"), pl.col("symbol"))


@feature(
    unit="bits",
    high=2,
    needs_posts=_TWENTY,
    english="Its actions have an entropy of {value}",
    french="Entropie des actions : {value}",
    source=_DNA,
)
def sequence_action_entropy_bits() -> pl.Expr:
    """Entropy of original, repost, reply and quote."""
    return bits(pl.col("symbol"))


@feature(
    unit="share",
    needs_posts=_TWENTY,
    english="{value} of its consecutive actions differ in kind",
    french="Part d'actions successives de natures différentes : {value}",
    source=_DNA,
)
def sequence_switch_share() -> pl.Expr:
    """Share of consecutive posts that differ in kind."""
    return (pl.col("symbol") != pl.col("symbol").shift(1)).mean()


@feature(
    unit="share",
    needs_posts=_TWENTY,
    english="{value} of its actions form one unbroken run",
    french="Part de la plus longue suite d'actions identiques : {value}",
    source=_DNA,
)
def sequence_longest_run_share() -> pl.Expr:
    """Longest run of one kind of action over the number of posts."""
    return pl.col("symbol").rle().struct.field("len").max() / pl.len()


@feature(
    unit="bits",
    high=5,
    needs_posts=_TWENTY,
    english="Its actions with the pauses before them have an entropy of {value}",
    french="Entropie des actions avec leurs pauses : {value}",
    source=_BLOC,
)
def sequence_word_entropy_bits() -> pl.Expr:
    """Entropy of pause and action together."""
    return bits(_WORD)


@feature(
    unit="share",
    needs_posts=_TWENTY,
    english="{value} of its steps are the same pause and action",
    french="Part de la combinaison pause-action la plus fréquente : {value}",
    source=_BLOC,
)
def sequence_top_word_share() -> pl.Expr:
    """Share of the most frequent pause and action."""
    return _WORD.unique_counts().max() / pl.len()


@feature(
    unit="share",
    needs_posts=_TWENTY,
    english="{value} of its steps repeat the same three steps",
    french="Part de la suite de trois actions (avec pauses) la plus fréquente : {value}",
    source="FIELD b.5 S5",
)
def sequence_repeat_share() -> pl.Expr:
    """Share of the most frequent triple of pauses and actions."""
    triple = pl.concat_str(_WORD, _WORD.shift(1), _WORD.shift(2))
    return triple.drop_nulls().unique_counts().max() / (pl.len() - 2)


@feature(
    unit="bits",
    needs_posts=_TWENTY,
    english="Its transitions between steps have an entropy of {value}",
    french="Entropie des enchaînements : {value}",
    source=_BLOC,
)
def sequence_transition_entropy_bits() -> pl.Expr:
    """Entropy of a step given the one before."""
    pair = pl.concat_str(_WORD.shift(1), pl.lit(">"), _WORD)
    return (bits(pair) - bits(_WORD)).clip(lower_bound=0)


def _pause_share(letters: list[str]) -> pl.Expr:
    known = pl.col("pause") != ""
    return pl.when(known.sum() > 0).then(pl.col("pause").filter(known).is_in(letters).mean())


@feature(
    unit="share",
    needs_posts=_TWENTY,
    english="{value} of its pauses last under five minutes",
    french="Part de pauses de moins de cinq minutes : {value}",
    source=_BLOC,
)
def sequence_pause_minutes_share() -> pl.Expr:
    """Share of pauses under five minutes."""
    return _pause_share(["a", "b"])


@feature(
    unit="share",
    needs_posts=_TWENTY,
    english="{value} of its pauses last five minutes to an hour",
    french="Part de pauses de cinq minutes à une heure : {value}",
    source=_BLOC,
)
def sequence_pause_hour_share() -> pl.Expr:
    """Share of pauses from five minutes to an hour."""
    return _pause_share(["c"])


@feature(
    unit="share",
    needs_posts=_TWENTY,
    english="{value} of its pauses last one hour to a day",
    french="Part de pauses d'une heure à un jour : {value}",
    source=_BLOC,
)
def sequence_pause_day_share() -> pl.Expr:
    """Share of pauses from an hour to a day."""
    return _pause_share(["d"])


@feature(
    unit="share",
    needs_posts=_TWENTY,
    english="{value} of its pauses last more than a day",
    french="Part de pauses de plus d'un jour : {value}",
    source=_BLOC,
)
def sequence_pause_long_share() -> pl.Expr:
    """Share of pauses longer than a day."""
    return _pause_share(["e", "f"])


@feature(
    unit="bits",
    high=4,
    needs_posts=_TWENTY,
    english="The make-up of its posts has an entropy of {value}",
    french="Entropie de la composition des publications : {value}",
    source=_BLOC,
)
def sequence_fields_entropy_bits() -> pl.Expr:
    """Entropy of which parts (hashtag, mention, link, words) its own posts hold."""
    own = pl.col("fields").filter("is_own")
    return pl.when(own.count() >= 10).then(bits(own))


@feature(
    unit="share",
    needs_posts=_TWENTY,
    english="{value} of its own posts have the same make-up",
    french="Part de ses publications propres de même composition : {value}",
    source=_BLOC,
)
def sequence_top_fields_share() -> pl.Expr:
    """Share of own posts that hold the most frequent set of parts."""
    own = pl.col("fields").filter("is_own")
    return pl.when(own.count() >= 10).then(own.drop_nulls().unique_counts().max() / own.count())
