"""Communities that came to a platform together and say who they are: a class at its reunion, a course, a parish that moves.

They share their own pictures, and many of their accounts were created in one month, as those of a flood are. What tells them from
one:

- Their biographies name what they have in common, and so do their posts.
- They speak to each other: what they share has no link, answers nobody else and mentions nobody else, and its hashtags are their own.
- Many of them add words of their own.

Those whom a task or an appointment of theirs brings there may all publish the same words, and name somebody: pupils with a task, the
staff at a training, a club at its election. They are no more than know each other, publish within a fortnight, and nearly each of
their posts addresses nobody else, or signs with what the biographies name and mentions one account and leads to one site at most. What
is alike in their profiles is of those who joined within the fortnight before, as the platform gives handles to newcomers, and these
have no biographies yet.

A campaign wants to be seen by others, so it uses their hashtags, names them or leads to a page. One that does none of this, declares in
its biographies what it is about and writes its own words beside each picture looks the same. So does a small one whose accounts are
made in the days before, and that signs each post with the name of itself that the biographies hold.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report import biography_words
from vigie.features.coordination.report.common_word import folded
from vigie.features.coordination.report.shared_posts import mentioned, reacts
from vigie.features.coordination.traces import DAY, TEMPLATE
from vigie.features.group_test.trait_tests import Measurement
from vigie.features.group_test.types import Trait
from vigie.features.similarity import url_canonical

# Traits of profiles that people who join together, and say who they are, may have in common.
EXPLAINED: tuple[Trait, ...] = ("creation_bursts", "creation_chains", "shared_biographies")
# Share of the shared posts that hold the word, at least.
_POSTS = 0.1
# Share of the shared posts in words of their own, and of those that address nobody else, at least.
_OWN_WORDS, _INWARD = 0.25, 0.9
# Share of the accounts with a hashtag that belong, more than, where it is their own: not all of a community copy anything.
_THEIRS = 1 / 3
# Accounts that know each other, at most; and days for which they publish, and before these in which they join.
_KNOW_EACH_OTHER, _FORTNIGHT = 150, 14
# Share of the accounts that show a trait and just joined, or name what they have in common, more than; and traits of newcomers.
_MOST_OF_THEM = 0.5
_OF_NEWCOMERS: tuple[Trait, ...] = (
    "creation_bursts", "creation_chains", "handle_shapes", "empty_biographies",
)  # fmt: skip
_WORDED = ("text_duplicate", "text_meaning", TEMPLATE)
_NO_WORDS = r"https?://\S+|[#@]\w+|[^\p{L}]+"


@dataclass(frozen=True)
class OpenCommunity:
    """What accounts say of what they have in common.

    Attributes:
        word: The word that most biographies share with the posts.
        named: Share of the biographies that hold it, of those with a biography.
        own_words: Share of the shared posts whose words no other of them has.
        inward: Share of the shared posts without link, that answer or mention nobody else, with no hashtag of others.
        signed: Share of the shared posts that are inward, or hold the word, react to nobody else, have no hashtag of others,
            and mention or lead to nothing but the one account outside and the one site that most of them do.
        days: Days from the first of the shared posts to the last.
        accounts: Members.
        joined: ``row`` of the members created within a fortnight before the first of the shared posts, or later.
        naming: ``row`` of the members whose biography holds the word.
    """

    word: str
    named: float
    own_words: float
    inward: float
    signed: float
    days: float
    accounts: int
    joined: frozenset[int]
    naming: frozenset[int]

    @property
    def speaks_to_itself(self) -> bool:
        """Whether the accounts address nobody else, many in words of their own."""
        return self.own_words >= _OWN_WORDS and self.inward >= _INWARD

    @property
    def is_convened(self) -> bool:
        """Whether a few accounts joined for what they publish, and sign it with what they have in common."""
        few = self.accounts <= _KNOW_EACH_OTHER and self.days <= _FORTNIGHT
        return few and bool(self.joined) and self.signed >= _INWARD

    def explains(self, alike: Collection[Measurement]) -> bool:
        """Return whether what is alike in the profiles of the members is explained.

        Args:
            alike: The traits in which they are more alike than others.
        """
        if self.speaks_to_itself and {each.trait for each in alike} <= set(EXPLAINED):
            return True
        return self.is_convened and all(
            len(set(each.rows) & (self.joined if each.trait in _OF_NEWCOMERS else self.naming))
            > _MOST_OF_THEM * len(each.rows)
            for each in alike
        )


def of(
    members: pl.DataFrame, published: pl.DataFrame, accounts: pl.DataFrame, posts: pl.DataFrame
) -> OpenCommunity | None:
    """Return what the members of a campaign say of what they have in common; None where they post about nothing that they name.

    Args:
        members: ``row``, ``account_id``, ``handle``, ``description`` and ``created_at`` of the members.
        published: ``post`` (number) and ``trace`` of their posts that hold its contents, a row for each content.
        accounts: All accounts: ``row`` and ``description``.
        posts: All posts: contract columns and ``row`` of the author.
    """
    candidates = [
        each for each in biography_words.shared(members) if biography_words.is_of_its_own(each.word)
    ]
    if not candidates:
        return None
    held = url_canonical.with_sites(posts[published["post"].unique().sort()])
    said = held.select(said=_said())
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
        .filter(pl.col("belongs") <= _THEIRS)["tag"]
        .implode()
    )
    known = folded("handle")
    handles = members.select(known)["handle"].drop_nulls().implode()
    ids = members["account_id"].drop_nulls().implode()
    copied = published.filter(pl.col("trace").is_in(_WORDED))["post"].unique().implode()
    plain = folded("text").str.replace_all(_NO_WORDS, "")
    outside = mentioned().list.eval(pl.element().filter(~pl.element().is_in(handles))).fill_null([])
    told = held.with_columns(post=published["post"].unique().sort(), outside=outside).select(
        "outside",
        "sites",
        own_words=(plain.is_unique() & (plain != "") & ~pl.col("post").is_in(copied)).fill_null(value=False),
        speaks=_hashtags().list.eval(pl.element().is_in(of_others)).list.any().fill_null(value=False)
        | (reacts() & ~pl.col("target_account_id").is_in(ids).fill_null(value=False)),
        leads=(pl.col("urls").list.len() > 0).fill_null(value=False) | (pl.col("outside").list.len() > 0),
        signed=biography_words.holds(_said(), named.word),
    )
    beyond = pl.any_horizontal(_beyond_most(told, name) for name in ("outside", "sites"))
    own_words, inward, signed = told.select(
        pl.col("own_words").mean(),
        inward=(~pl.col("speaks") & ~pl.col("leads")).mean(),
        signed=(~pl.col("speaks") & (~pl.col("leads") | (pl.col("signed") & ~beyond))).mean(),
    ).row(0)
    time = pl.col("created_at").dt.epoch("s")
    first, last = held.select(first=time.min(), last=time.max()).row(0)
    recent = time >= first - _FORTNIGHT * DAY
    naming = biography_words.holds(biography_words.plain("description"), named.word)
    return OpenCommunity(
        named.word,
        named.share,
        own_words,
        inward,
        signed=signed,
        days=(last - first) / DAY,
        accounts=members.height,
        joined=frozenset(members.filter(recent)["row"].to_list()),
        naming=frozenset(members.filter(naming)["row"].to_list()),
    )


def _beyond_most(told: pl.DataFrame, name: str) -> pl.Expr:
    """Return whether a post lists anything but the one thing that most posts list."""
    listed = told.select(pl.col(name).explode(empty_as_null=False, keep_nulls=False)).to_series()
    most = listed.drop_nulls().mode().sort().head(1).implode()
    return pl.col(name).list.eval(~pl.element().is_in(most)).list.any().fill_null(value=False)


def _said() -> pl.Expr:
    """Return what a post says, and its hashtags, as :func:`.biography_words.plain` returns it."""
    return pl.concat_str(
        biography_words.plain("text"), folded(pl.col("hashtags").list.join(" ", ignore_nulls=True)), separator=" ", ignore_nulls=True
    )  # fmt: skip


def _hashtags() -> pl.Expr:
    """Return the hashtags of a post, in small letters."""
    said = pl.coalesce("hashtags", pl.col("text").str.extract_all(r"#\w+"))
    return said.list.eval(pl.element().str.to_lowercase().str.strip_chars("#")).fill_null([])
