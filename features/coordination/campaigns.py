"""Campaigns: accounts that share contents nobody else publishes, and the groups that act among them.

A flood shows as many small groups that meet at the same moments, or as none: its accounts publish a few posts each. What
joins them are the contents they share (:mod:`vigie.features.coordination.copy_groups`). Where these are few of what each posts, it is
that they publish them in time, again and again (:mod:`vigie.features.coordination.burst_series`). In its first hour they are
one content of many accounts within a minute (:mod:`vigie.features.coordination.one_object`). Or each tells one content to many
(:mod:`vigie.features.coordination.repeated_content`), or puts a link behind the words of others
(:mod:`vigie.features.coordination.borrowed_words`). An account that was taken over, or bought, has years of other posts: so the
days that hold the most copies are looked at on their own too. And where accounts share what readers and fans share as well, it is
that they were created together (:mod:`vigie.features.coordination.created_together`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import polars as pl

from vigie.features import on_disk, steps
from vigie.features.catalogue import feature
from vigie.features.coordination import (
    borrowed_words,
    claims,
    copy_groups,
    created_together,
    passed_on,
    published_contents,
    repeated_content,
    shared_contents,
)
from vigie.features.i18n import Message
from vigie.features.similarity.near_duplicate_text import SimilarTexts

# Share of a group's accounts that are in a campaign from which all of the group is.
_MOSTLY = 0.5
# -log10 beyond which a p-value says no more, and what membership says at least: of the pairs that make a campaign one in
# a hundred is false.
_MOST, _LEAST = 30.0, 2.0
# What founds a campaign, where it is not several contents.
_FOUNDED = ("one_content", "one_hour", "created_together")


@dataclass(frozen=True)
class Campaigns:
    """The campaigns of a collection.

    Attributes:
        contents: What every account published, see :func:`vigie.features.coordination.published_contents.contents`.
        pairs: Pairs of members that share contents beyond chance, with ``campaign``.
        members: ``campaign`` (0 is the largest), ``account``, ``log_rarity`` (-log10 of the smallest p-value of its
            pairs, times the accounts compared; of the contents, where these were published in time; null for accounts that
            belong by their group alone), ``one_content`` (whether a single content that was published within a minute founds the
            campaign), ``one_hour`` (whether a single text that was published within an hour does), ``created_together`` (whether
            that its accounts were created together does).
        groups: ``campaign``, ``group``: groups whose accounts mostly belong to it.
        notes: What was not compared.
        borrowers: Accounts that lead to a site with the words of others, see :mod:`vigie.features.coordination.borrowed_words`.
        copiers: ``campaign``, ``account``: accounts that merely copied some of its contents, as was found afterwards.
    """

    contents: pl.DataFrame
    pairs: pl.DataFrame
    members: pl.DataFrame
    groups: pl.DataFrame
    notes: tuple[Message, ...] = ()
    borrowers: frozenset[int] = frozenset()
    copiers: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={"campaign": pl.Int64, "account": pl.Int64})
    )

    def without(self, copiers: frozenset[int]) -> Campaigns:
        """Return the campaigns without some members, who merely copied some of their contents."""
        if not copiers:
            return self
        copied = pl.col("account").is_in(list(copiers))
        return replace(
            self,
            pairs=self.pairs.filter(~pl.any_horizontal(pl.col("first", "second").is_in(list(copiers)))),
            members=self.members.filter(~copied),
            copiers=pl.concat([self.copiers, self.members.filter(copied).select("campaign", "account")]),
        )

    def posts(self) -> pl.DataFrame:
        """Return the posts of members that hold a content shared in their campaign.

        Returns:
            ``campaign``, ``account``, ``post``, ``time``, ``object``, ``trace``; found once, for all that is told of campaigns.
        """
        return self._posts

    @cached_property
    def _posts(self) -> pl.DataFrame:
        own = self.contents.filter("shared").join(self.members.select("campaign", "account"), on="account")
        inside = pl.col("account").n_unique().over("campaign", "object") >= shared_contents.LEAST
        return own.filter(inside).select("campaign", "account", "post", "time", "object", "trace")


@dataclass(frozen=True)
class Collection:
    """What is known of a collection beside what can be copied.

    Attributes:
        accounts: Contract columns and ``row``.
        posts: Contract columns and ``row`` of the author.
        passed_on: What :func:`vigie.features.coordination.passed_on.acts` returned for them.
    """

    accounts: pl.DataFrame
    posts: pl.DataFrame
    passed_on: pl.DataFrame


@dataclass(frozen=True)
class TimedContents:
    """Contents that several accounts published in time, and these accounts; None: none were looked for.

    Attributes:
        within_minute: What :func:`vigie.features.coordination.one_object.detect` returned.
        within_hour: What :func:`vigie.features.coordination.one_hour.detect` returned.
        series: What :func:`vigie.features.coordination.burst_series.detect` returned.
    """

    within_minute: pl.DataFrame | None = None
    within_hour: pl.DataFrame | None = None
    series: pl.DataFrame | None = None

    def posts(self) -> pl.Series | None:
        """Return the posts that hold a content published within a minute, or an hour; None where none were looked for."""
        found = [each["post"] for each in (self.within_minute, self.within_hour) if each is not None]
        return pl.concat(found) if found else None


NOT_TIMED = TimedContents()


def detect_campaigns(
    published: pl.DataFrame,
    groups: pl.DataFrame,
    timed: TimedContents = NOT_TIMED,
    *,
    copy_rate: float = 0.0,
    texts: SimilarTexts | None = None,
    collection: Collection | None = None,
) -> Campaigns:
    """Return the campaigns of a collection.

    Args:
        published: ``trace``, ``account``, ``object``, ``time``, ``post``, as a network holds them.
        groups: What :func:`vigie.features.coordination.communities.detect_groups` returned.
        timed: The contents that were published in time.
        copy_rate: Chance that two posts of two ordinary accounts are copies, see
            :func:`vigie.features.coordination.copy_groups.detect`.
        texts: The texts that were compared, and no others; None: none is told to be of a template.
        collection: What else is known; None: neither what is passed on nor profiles are looked at.
    """
    contents = steps.kept("contents", lambda: published_contents.contents(published, texts))
    found = copy_groups.detect(contents, copy_rate)
    shared = copy_groups.groups(contents, found).rename({"group": "campaign"})
    pairs = _within(shared, found.significant())
    notes = (
        (Message("coordination.copies_bounded", {"count": found.bounded, "following": found.following}),)
        if found.bounded
        else ()
    )
    of_days = _of_busiest_days(contents, copy_rate)
    posts = timed.posts()
    if posts is not None:
        # What most of a collection published sets nobody apart, but that they did within a minute, or an hour, does.
        is_timed = contents.select(pl.col("shared") | pl.col("post").is_in(posts.implode())).to_series()
        contents = on_disk.beside(contents, is_timed)
    often = _told_often(published, contents, collection)
    core = _founded(
        shared,
        (
            _Founding(of_days, "group"),
            _Founding(timed.series, "series"),
            _Founding(timed.within_minute, "object", "one_content"),
            _Founding(timed.within_hour, "object", "one_hour"),
            _Founding(pl.concat([often.repeated, often.told]), "object"),
            _Founding(often.pools, "pool"),
        ),
    )
    if collection is not None:
        acts, said = collection.passed_on, None
        if created_together.is_crowded(collection.accounts, core["account"]):
            said = claims.acts(collection.posts)
            acts = pl.concat([acts, said])
        core = _with_created_together(core, contents, groups, collection, said)
        objects = pl.concat([often.told["object"], often.pools["object"]])
        contents = _with_passed_on(contents, core.filter("created_together"), objects, acts, often.borrowed)
    if core.is_empty():
        return Campaigns(contents, pairs, _NO_MEMBER, _NO_GROUP, notes)
    attached = _attached(groups, core)
    members = _members(core, groups.join(attached, on="group"), pairs, contents["account"].n_unique())
    borrowers = frozenset(often.borrowed["account"].to_list())
    return Campaigns(contents, pairs, members, attached.sort("campaign", "group"), notes, borrowers)


def _within(members: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of two members of one campaign, with ``campaign``."""
    return (
        pairs.join(members.rename({"account": "first"}), on="first")
        .join(members.rename({"account": "second", "campaign": "other"}), on="second")
        .filter(pl.col("campaign") == pl.col("other"))
        .drop("other")
    )


@dataclass(frozen=True)
class _ToldOften:
    """What accounts told again and again, or many people of.

    Attributes:
        repeated: ``object``, ``account``, ``p``: contents that their accounts published again and again.
        told: The same, of objects that many people were told of.
        pools: ``pool`` and the same: objects that the same people were told of, and pages behind the words of others.
        borrowed: What :func:`vigie.features.coordination.borrowed_words.detect` returned.
    """

    repeated: pl.DataFrame
    told: pl.DataFrame
    pools: pl.DataFrame
    borrowed: pl.DataFrame


def _told_often(published: pl.DataFrame, contents: pl.DataFrame, collection: Collection | None) -> _ToldOften:
    """Return what accounts told again and again, or many people of."""
    repeated = repeated_content.detect(contents)
    told, pools = repeated_content.NOTHING, repeated_content.NO_POOL
    if collection is not None:
        common = repeated_content.of_several(collection.passed_on)
        everybody = repeated_content.told(passed_on.addressed(common, collection.posts))
        told, pools = repeated_content.told_to_many(everybody), repeated_content.told_together(everybody)
    borrowed = borrowed_words.detect(published, contents)
    following = int(pools["pool"].max() or 0) + 1  # type: ignore[arg-type]  # Int64 or null
    pools = pl.concat([pools, borrowed.with_columns(pl.col("pool") + following)])
    return _ToldOften(repeated, told, pools, borrowed)


@dataclass(frozen=True)
class _Founding:
    """Sets of accounts that each may found a campaign.

    Attributes:
        sets: ``account``, ``p`` and the key, sets of most accounts first; None: nothing was looked for.
        key: The column that tells the sets apart.
        founded_on: What a campaign that one of them founds is founded on, see :func:`founded_on`.
    """

    sets: pl.DataFrame | None
    key: str
    founded_on: str = "contents"


def _founded(shared: pl.DataFrame, founding: Sequence[_Founding]) -> pl.DataFrame:
    """Return members of campaigns by shared contents, and those by contents of some days, published in time, or again and again.

    A series, a group or a content of which most of the accounts are in a campaign belongs to it; any other founds one.

    Args:
        shared: ``campaign``, ``account``: members by shared contents.
        founding: What else may found one, in this order.

    Returns:
        ``campaign``, ``account``, ``one_content``, ``one_hour``, ``created_together`` (of none), ``rarity`` (of contents of some
        days, in time or often; the least for the others).
    """
    home = {account: campaign for campaign, account in shared.select("campaign", "account").iter_rows()}
    members = [shared.select("campaign", "account", *_marks("contents"), rarity=pl.lit(_LEAST))]
    following = shared["campaign"].n_unique()
    # A few series and contents at most.
    sets = [
        (each.founded_on, some)
        for each in founding
        if each.sets is not None and not each.sets.is_empty()
        for _, some in each.sets.group_by(each.key, maintain_order=True)
    ]
    for name, some in sets:
        known = [home[account] for account in some["account"] if account in home]
        campaign = max(set(known), key=known.count, default=following)
        if known.count(campaign) < _MOSTLY * some.height:
            campaign = following
        new = some.filter(~pl.col("account").is_in(list(home))).unique("account", maintain_order=True)
        if new.height < copy_groups.LEAST_ACCOUNTS and campaign == following:
            continue
        founds = campaign == following
        following += founds
        home |= dict.fromkeys(new["account"].to_list(), campaign)
        members.append(
            new.select(
                pl.lit(campaign, pl.Int64).alias("campaign"), "account", *_marks(name if founds else "contents"),
                rarity=(-pl.col("p").log10()).clip(_LEAST, _MOST),
            )
        )  # fmt: skip
    return pl.concat(members)


def _marks(founded_on: str) -> list[pl.Expr]:
    """Return the columns that say what a campaign is founded on: all false for several contents."""
    return [pl.lit(name == founded_on).alias(name) for name in _FOUNDED]


def _attached(groups: pl.DataFrame, core: pl.DataFrame) -> pl.DataFrame:
    """Return the groups of which most accounts are in a campaign: ``campaign``, ``group``."""
    return (
        groups.select("group", "account")
        .join(core, on="account", how="left")
        .with_columns(size=pl.len().over("group"))
        .drop_nulls("campaign")
        .group_by("group", "campaign")
        .agg(share=pl.len() / pl.col("size").first())
        .filter(pl.col("share") >= _MOSTLY)
        # Of two campaigns that hold half of a group each, the first.
        .sort("group", "share", "campaign", descending=[False, True, False])
        .unique("group", keep="first", maintain_order=True)
        .select("campaign", "group")
    )


def _members(core: pl.DataFrame, grouped: pl.DataFrame, pairs: pl.DataFrame, accounts: int) -> pl.DataFrame:
    """Return the members of campaigns, those that belong by their group alone included, see :attr:`Campaigns.members`.

    Args:
        core: Members by what founds their campaign.
        grouped: ``campaign``, ``account``: accounts of the groups that belong to one.
        pairs: Pairs of members that share contents beyond chance.
        accounts: How many accounts were compared.
    """
    rarity = (-(pl.col("p") * accounts).clip(lower_bound=1e-300).log10()).clip(_LEAST, _MOST)
    each = (
        pl.concat(
            pairs.select(pl.col(side).alias("account"), rarity.alias("log_rarity"))
            for side in ("first", "second")
        )
        .group_by("account")
        .agg(pl.col("log_rarity").max())
    )
    by_group = grouped.join(core.select("campaign", *_FOUNDED).unique(), on="campaign").select(
        "campaign", "account", *_FOUNDED, rarity=pl.lit(None, pl.Float64)
    )
    return (
        pl.concat([core, by_group])
        .unique("account", keep="first", maintain_order=True)
        .join(each, on="account", how="left", maintain_order="left")
        .select(
            "campaign",
            "account",
            pl.max_horizontal("log_rarity", "rarity").alias("log_rarity"),
            *_FOUNDED,
        )
        .sort("campaign", "account")
    )


def _with_created_together(
    core: pl.DataFrame,
    contents: pl.DataFrame,
    groups: pl.DataFrame,
    collection: Collection,
    said: pl.DataFrame | None,
) -> pl.DataFrame:
    """Return members of campaigns, and those of the campaigns that accounts created together found.

    Accounts of a group show more than that: they belong by their group.

    Args:
        core: What :func:`_founded` returned.
        contents: What :func:`vigie.features.coordination.published_contents.contents` returned.
        groups: As in :func:`detect_campaigns`.
        collection: What else is known.
        said: The claims that accounts make; None: they are not looked at.
    """
    sets = created_together.detect(
        collection.passed_on, contents, collection.posts, collection.accounts, core["account"], said
    )
    order = sets.group_by("set").len().sort("len", "set", descending=[True, False])
    following = core["campaign"].n_unique()
    numbered = order.with_columns(campaign=pl.int_range(following, following + pl.len(), dtype=pl.Int64))
    founding = sets.join(numbered, on="set").sort("campaign", "account")
    alone = ~pl.col("account").is_in(groups["account"].implode())
    founded = founding.select(
        "campaign", "account", *_marks("created_together"),
        rarity=pl.when(alone).then((-pl.col("p").log10()).clip(_LEAST, _MOST)),
    )  # fmt: skip
    return pl.concat([core, founded])


def _with_passed_on(
    contents: pl.DataFrame, members: pl.DataFrame, told: pl.Series, acts: pl.DataFrame, borrowed: pl.DataFrame
) -> pl.DataFrame:
    """Return contents with the posts that pass on what campaigns are founded on. A post that holds a copied content is of this one.

    Where the words are of others, it is what they lead to.

    Args:
        contents: What :func:`vigie.features.coordination.published_contents.contents` returned.
        members: ``campaign`` and ``account`` of accounts created together: what most holders of are of one such campaign counts.
        told: Objects that many people were told of.
        acts: What :func:`vigie.features.coordination.passed_on.acts` returned, and claims where these are looked at.
        borrowed: What :func:`vigie.features.coordination.borrowed_words.detect` returned.
    """
    if members.is_empty() and told.is_empty():
        return contents
    # What no member passed on, nobody told many people of: that is nearly all, so it is left out before it is named.
    of_members = acts.filter(pl.col("account").is_in(members["account"].implode())).select(_named()).unique()
    wanted = pl.concat([of_members.to_series(), told]).unique()
    held = on_disk.by_stretches(
        acts, lambda some: some.with_columns(_named()).filter(pl.col("object").is_in(wanted.implode()))
    )
    own = (
        held.select("object", "account")
        .unique()
        .join(members.select("campaign", "account"), on="account", how="left")
        .with_columns(holders=pl.len().over("object"))
        .drop_nulls("campaign")
        .group_by("object", "campaign")
        .agg(members=pl.len(), holders=pl.col("holders").first())
        .filter(
            (pl.col("members") >= shared_contents.LEAST)
            & (pl.col("members") >= copy_groups.LEAST_EXCLUSIVE * pl.col("holders"))
        )
    )
    leading = held.join(borrowed, on=["object", "account"], how="semi")["post"]
    copied = contents.filter(pl.col("shared") & ~pl.col("post").is_in(leading.implode()))["post"]
    more = (
        held.join(pl.concat([own["object"], told]).unique().to_frame(), on="object", how="semi")
        .filter(~pl.col("post").is_in(copied.implode()))
        .sort("post", "object")
        .unique("post", keep="first", maintain_order=True)
        .with_columns(shared=pl.lit(value=True), wording="object")
    )
    rest = on_disk.where(contents, ~contents["post"].is_in(more["post"].implode()))
    return pl.concat([rest, more.select(contents.columns)])


def _named() -> pl.Expr:
    """Return what is passed on, with its trace in front."""
    return pl.concat_str("trace", pl.lit(" "), "object").alias("object")


def _of_busiest_days(contents: pl.DataFrame, copy_rate: float) -> pl.DataFrame | None:
    """Return the groups that share contents in the days of most copies; None where all is of these days.

    Returns:
        ``group``, ``account``, ``p`` (the smallest of its pairs, times the accounts compared, at most 1).
    """
    days = published_contents.busiest(contents)
    if days is None:
        return None
    found = copy_groups.detect(days, copy_rate)
    pairs = found.significant()
    least = (
        pl.concat(pairs.select("p", account=side) for side in ("first", "second"))
        .group_by("account")
        .agg((pl.col("p").min() * days["account"].n_unique()).clip(upper_bound=1.0))
    )
    return copy_groups.groups(days, found).join(least, on="account", maintain_order="left")


@feature(unit="log10 rarity", low=0.0, high=_MOST, monotone=1)
def campaign_copies_index() -> pl.Expr:
    """-log10 of the smallest p-value of its pairs in shared contents, times the accounts compared."""
    return pl.col("log_rarity")


def founded_on() -> pl.Expr:
    """Return what founds the campaign of a member: ``one_content``, ``one_hour``, ``created_together``, or else ``contents``."""
    return pl.coalesce(*(pl.when(name).then(pl.lit(name)) for name in _FOUNDED), pl.lit("contents"))


_NO_MEMBER = pl.DataFrame(
    schema={
        "campaign": pl.Int64, "account": pl.Int64, "log_rarity": pl.Float64, **dict.fromkeys(_FOUNDED, pl.Boolean),
    }
)  # fmt: skip
_NO_GROUP = pl.DataFrame(schema={"campaign": pl.Int64, "group": pl.Int64})
