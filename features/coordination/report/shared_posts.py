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
    return _holds("@") | named | reacts()


def reacts() -> pl.Expr:
    """Return whether a post answers, quotes or reposts another, known or not."""
    aimed = pl.any_horizontal(pl.col("target_account_id", "target_post_id").is_not_null())
    return aimed | pl.col("kind").is_in(["repost", "reply", "quote"]).fill_null(value=False)


def mentioned() -> pl.Expr:
    """Return whom a post mentions, in small letters: as its text says, else as the collector does."""
    said = _words().str.to_lowercase().str.extract_all(r"@\w+").list.eval(pl.element().str.slice(1))
    listed = pl.col("mentions").list.eval(pl.element().str.to_lowercase()).fill_null([])
    return pl.when(said.list.len() > 0).then(said).otherwise(listed)


def names(word: str) -> pl.Expr:
    """Return whether a post holds a word outside any link, in whatever letters and with whatever between them."""
    squeezed = _words().str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "")
    tags = pl.col("hashtags").list.join(" ", ignore_nulls=True).fill_null("").str.to_lowercase()
    return squeezed.str.contains(word, literal=True).fill_null(value=False) | tags.str.contains(
        word, literal=True
    )


def _holds(sign: str) -> pl.Expr:
    """Return whether a word begins with a sign outside any link."""
    return _words().str.contains(rf"{sign}\w").fill_null(value=False)


def _words() -> pl.Expr:
    """Return the text of a post without its links."""
    return pl.col("text").str.replace_all(_LINK, "")
