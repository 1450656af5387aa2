"""Communities that came to a platform together and say who they are: a class at its reunion, a course, a parish that moves.

They share their own pictures, and many of their accounts were created in one month, as those of a flood are. What tells them from
one:

- Their biographies name what they have in common, and so do their posts.
- They speak to each other: what they share has no link, answers nobody else and mentions nobody else, and its hashtags are their own.
- Many of them add words of their own.

A campaign wants to be seen by others, so it uses their hashtags, names them or leads to a page. One that does none of this, declares in
its biographies what it is about and writes its own words beside each picture looks the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report import biography_words
from vigie.features.coordination.report.common_word import folded
from vigie.features.coordination.report.shared_posts import mentioned, reacts
from vigie.features.coordination.traces import TEMPLATE
from vigie.features.group_test.types import Trait

# Traits of profiles that people who join together, and say who they are, may have in common.
EXPLAINED: tuple[Trait, ...] = ("creation_bursts", "creation_chains", "shared_biographies")
# Share of the shared posts that hold the word, at least.
_POSTS = 0.1
# Share of the shared posts in words of their own, and of those that address nobody else, at least.
_OWN_WORDS, _INWARD = 0.25, 0.9
# Share of the accounts with a hashtag that belong, more than, where it is their own.
_MOSTLY = 0.5
_WORDED = ("text_duplicate", "text_meaning", TEMPLATE)
_NO_WORDS = r"https?://\S+|[#@]\w+|[^\p{L}]+"


@dataclass(frozen=True)
class OpenCommunity:
    """What accounts say of what they have in common.

    Attributes:
        word: The word that most biographies share with the posts.
        named: Share of the biographies that hold it, of those with a biography.
        own_words: Share of the shared posts whose words no other of them has.
        inward: Share of the shared posts without link, that answer or mention nobody else, with no hashtag that mostly others use.
    """

    word: str
    named: float
    own_words: float
    inward: float

    @property
    def speaks_to_itself(self) -> bool:
        """Whether the accounts address nobody else, many in words of their own."""
        return self.own_words >= _OWN_WORDS and self.inward >= _INWARD


def of(
    members: pl.DataFrame, published: pl.DataFrame, accounts: pl.DataFrame, posts: pl.DataFrame
) -> OpenCommunity | None:
    """Return what the members of a campaign say of what they have in common; None where they post about nothing that they name.

    Args:
        members: ``row``, ``account_id``, ``handle`` and ``description`` of the members.
        published: ``post`` (number) and ``trace`` of their posts that hold its contents, a row for each content.
        accounts: All accounts: ``row`` and ``description``.
        posts: All posts: contract columns and ``row`` of the author.
    """
    candidates = [each for each in biography_words.shared(members) if len(each.word) >= biography_words.LONG]
    if not candidates:
        return None
    held = posts[published["post"].unique().sort()]
    said = held.select(said=folded("text"))
    posted = [
        each
        for each in candidates
        if said.select(biography_words.holds(pl.col("said"), each.word).mean()).item() >= _POSTS
    ]
    if not posted:
        return None
    belongs = pl.col("row").is_in(members["row"].cast(posts.schema["row"]).implode())
    tags = held.select(tag=_hashtags()).explode("tag", empty_as_null=False, keep_nulls=False).drop_nulls()
    users = (
        posts.lazy()
        .select("row", belongs=belongs, tag=_hashtags())
        .explode("tag", empty_as_null=False, keep_nulls=False)
        .filter(pl.col("tag").is_in(tags["tag"].unique().implode()))
        .unique()
        .collect()
    )
    others = accounts.filter(
        ~pl.col("row").is_in(
            pl.concat([members["row"].cast(pl.Int64), users["row"].cast(pl.Int64)]).implode()
        )
    )
    named = next((each for each in posted if not biography_words.is_usual(each.word, others)), None)
    if named is None:
        return None
    of_others = (
        users.group_by("tag")
        .agg(pl.col("belongs").mean())
        .filter(pl.col("belongs") <= _MOSTLY)["tag"]
        .implode()
    )
    known = folded("handle")
    handles = members.select(known)["handle"].drop_nulls().implode()
    ids = members["account_id"].drop_nulls().implode()
    copied = published.filter(pl.col("trace").is_in(_WORDED))["post"].unique().implode()
    plain = folded("text").str.replace_all(_NO_WORDS, "")
    told = held.with_columns(post=published["post"].unique().sort()).select(
        own_words=(plain.is_unique() & (plain != "") & ~pl.col("post").is_in(copied)).fill_null(value=False),
        outward=(
            (pl.col("urls").list.len() > 0) | _hashtags().list.eval(pl.element().is_in(of_others)).list.any()
        ).fill_null(value=False)
        | mentioned().list.eval(~pl.element().is_in(handles)).list.any().fill_null(value=False)
        | (reacts() & ~pl.col("target_account_id").is_in(ids).fill_null(value=False)),
    )
    own_words, outward = told.select(pl.col("own_words", "outward").mean()).row(0)
    return OpenCommunity(named.word, named.share, own_words, 1 - outward)


def _hashtags() -> pl.Expr:
    """Return the hashtags of a post, in small letters."""
    said = pl.coalesce("hashtags", pl.col("text").str.extract_all(r"#\w+"))
    return said.list.eval(pl.element().str.to_lowercase().str.strip_chars("#")).fill_null([])
