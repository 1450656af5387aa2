"""The posts of accounts that hold what they share, and which of them address somebody."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.traces import HOUR

# Seconds within which another account acts on an object too, where that is what joins them.
TOGETHER = HOUR
# Links have signs of hashtags and mentions too.
_LINK = r"https?://\S+"


@dataclass(frozen=True)
class SharedActs:
    """What accounts share with each other.

    Attributes:
        acts: ``trace``, ``account``, ``object``, ``post`` and ``time`` (seconds since 1970) of what another of them acted on
            within :data:`TOGETHER`.
        part: Share of its posts that the median account shares with another, at whatever time.
    """

    acts: pl.DataFrame
    part: float

    @classmethod
    def of(cls, posts: pl.DataFrame, acts: pl.DataFrame) -> SharedActs | None:
        """Return what accounts share; None where they share nothing at the same moments.

        Args:
            posts: Their posts: ``row`` of the author and ``post`` (number).
            acts: What they acted on: ``trace``, ``account``, ``object``, ``post``, ``time``.
        """
        key = ("trace", "object")
        shared = acts.filter(pl.col("account").n_unique().over(key) > 1).sort(*key, "time", "account")
        near = [
            (pl.col("account").shift(step).over(key) != pl.col("account"))
            & ((pl.col("time").shift(step).over(key) - pl.col("time")).abs() <= TOGETHER)
            for step in (1, -1)
        ]
        together = shared.filter(pl.any_horizontal(near))
        if together.is_empty():
            return None
        held = pl.col("post").is_in(shared["post"].unique().implode())
        parts = posts.group_by("row").agg(held.mean().alias("part"))["part"]
        return cls(together, float(parts.median()))  # type: ignore[arg-type]  # of floats


def has_hashtag() -> pl.Expr:
    """Return whether a post has a hashtag."""
    return _holds("#") | (pl.col("hashtags").list.len() > 0).fill_null(value=False)


def has_addressee() -> pl.Expr:
    """Return whether a post mentions somebody, or answers, quotes or reposts."""
    named = (pl.col("mentions").list.len() > 0).fill_null(value=False)
    return (
        _holds("@") | named | pl.any_horizontal(pl.col("target_account_id", "target_post_id").is_not_null())
    )


def _holds(sign: str) -> pl.Expr:
    """Return whether a word begins with a sign outside any link."""
    said = pl.col("text").str.replace_all(_LINK, "").str.contains(rf"{sign}\w")
    return said.fill_null(value=False)
