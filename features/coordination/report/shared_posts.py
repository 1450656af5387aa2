"""The posts of accounts that hold what they share, and which of them address somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from vigie.features import on_disk
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.traces import HOUR

# Seconds within which another account acts on an object too, where that is what joins them.
TOGETHER = HOUR
# Links have signs of hashtags and mentions too.
_LINK = r"https?://\S+"


@dataclass(frozen=True)
class SharedActs:
    """What the accounts of each group share with each other.

    Attributes:
        acts: ``group``, ``trace``, ``account``, ``object``, ``post`` and ``time`` (seconds since 1970) of what another of the group
            acted on within :data:`TOGETHER`. Groups that share nothing at the same moments are not there.
        posts: The posts that hold these, as :meth:`of` was given them.
        parts: By group, the share of its posts that the median account shares with another, at whatever time.
    """

    acts: pl.DataFrame
    posts: pl.DataFrame
    parts: Mapping[int, float]

    @classmethod
    def of(cls, posts: pl.DataFrame, acts: pl.DataFrame) -> SharedActs:
        """Return what accounts share.

        Args:
            posts: Their posts: ``group`` and ``row`` of the author, and ``post`` (number). An account is of one group.
            acts: What they acted on: ``group``, ``trace``, ``account``, ``object``, ``post``, ``time``.
        """
        key = ("group", "trace", "object")
        several = pl.col("account").max().over(key) > pl.col("account").min().over(key)
        shared = acts.filter(several).sort(*key, "time", "account")
        near = [
            pl.all_horizontal(pl.col(name).shift(step) == pl.col(name) for name in key)
            & (pl.col("account").shift(step) != pl.col("account"))
            & ((pl.col("time").shift(step) - pl.col("time")).abs() <= TOGETHER)
            for step in (1, -1)
        ]
        together = shared.filter(pl.any_horizontal(near))
        parts = (
            posts.lazy()
            .select("group", "row", held=pl.col("post").is_in(shared["post"].unique().implode()))
            .filter(pl.col("group").is_in(together["group"].unique().implode()))
            .group_by("group", "row")
            .agg(pl.col("held").mean())
            .group_by("group")
            .agg(pl.col("held").median())
            .collect()
        )
        held = posts.filter(pl.col("post").is_in(together["post"].unique().implode()))
        return cls(together, held, dict(parts.iter_rows()))

    @cached_property
    def once(self) -> pl.DataFrame:
        """:attr:`acts`, one for each post."""
        return self.acts.unique("post", keep="first", maintain_order=True)

    @cached_property
    def told(self) -> pl.DataFrame:
        """:attr:`posts` with whom they address: what all that may explain them asks.

        Whether a post has a hashtag (``tagged``), addresses somebody (``addressed``), or mentions anybody but the account that
        most posts of its group mention (``names_others``).
        """
        names_others = beyond_one(self.posts.select("group", "post", thing=mentioned()), pl.col("thing"))
        return self.posts.with_columns(
            tagged=has_hashtag(), addressed=has_addressee(), names_others=names_others
        )


def beyond_one(listed: pl.DataFrame, thing: pl.Expr) -> pl.Expr:
    """Return whether a post lists anything but the one thing that most posts of its group list.

    Args:
        listed: ``group``, ``post`` and ``thing``: a list.
        thing: What names each thing of the list.
    """
    each = (
        listed.lazy()
        .explode("thing", empty_as_null=False, keep_nulls=False)
        .select("group", "post", thing=thing)
        .unique()
    )
    most = (
        each.drop_nulls("thing")
        .group_by("group", "thing")
        .len()
        .sort("group", "len", "thing", descending=[False, True, False])
        .unique("group", keep="first", maintain_order=True)
        .select("group", most="thing")
    )
    others = each.join(most, on="group", how="left").filter(pl.col("thing").ne_missing(pl.col("most")))
    return pl.col("post").is_in(others.select("post").collect()["post"].implode())


def of_members(posts: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the posts of the members of groups, in order, with their ``group`` and ``post``, the place of each.

    Args:
        posts: Contract columns and ``row`` of the author.
        groups: ``account`` and ``group``.
    """
    home = groups.select(row="account", group="group")
    numbered = on_disk.beside(posts, pl.Series("post", np.arange(posts.height)))
    return on_disk.by_stretches(
        numbered,
        lambda some: (
            some.lazy()
            .with_columns(pl.col("row").cast(pl.Int64))
            .join(home.lazy(), on="row", maintain_order="left")
            .collect(engine="in-memory")
        ),
    )


def of_campaigns(compared: Comparison) -> pl.DataFrame:
    """Return the posts of members that hold contents of their campaign, as :meth:`.Campaigns.posts` does, with the ``text`` of each."""
    shown = compared.campaigns.posts()
    return shown.with_columns(text=compared.posts["text"].gather(shown["post"]))


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


def names(word: pl.Expr) -> pl.Expr:
    """Return whether a post holds a word (null: none) outside any link, in whatever letters and with whatever between them."""
    squeezed = _words().str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "")
    tags = pl.col("hashtags").list.join(" ", ignore_nulls=True).fill_null("").str.to_lowercase()
    held = pl.any_horizontal(each.str.contains(word, literal=True) for each in (squeezed, tags))
    return held.fill_null(value=False)


def _holds(sign: str) -> pl.Expr:
    """Return whether a word begins with a sign outside any link."""
    return _words().str.contains(rf"{sign}\w").fill_null(value=False)


def _words() -> pl.Expr:
    """Return the text of a post without its links."""
    return pl.col("text").str.replace_all(_LINK, "")
