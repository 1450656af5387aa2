"""Newspapers and shops that publish the texts of one agency, each on a site of its own or in the name of its own.

An agency sends the same text to all of them, and a feed publishes it at the same moment. Each account leads to the site that it
speaks for, and no two to one site, where a campaign leads to the site that it pushes. Or it leads nowhere, and names in each text what
its own profile says and no other does: the town of a shop, a parish, a club. A network of invented news sites does the
same as these newspapers, and one of invented local pages the same as these shops, so profiles are asked beside this.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report.applications import ADDRESSED
from vigie.features.coordination.report.common_word import folded, parted
from vigie.features.coordination.report.shared_posts import SharedActs
from vigie.features.similarity import url_canonical

# Share of the shared posts that lead to the site of their author, and of the accounts with a site of their own, at least.
HOME, APART = 0.9, 0.9
# Share of the shared posts that name their author, at least, and of the accounts whose profile or posts hold the word, at most.
NAMED, _OWN = 0.9, 0.1
_NAME = r"\p{L}{3,}|\p{N}{2,}"


@dataclass(frozen=True)
class Syndication:
    """Where the posts lead that accounts share, account by account.

    Attributes:
        home: Share of the shared posts that lead to the site to which their author leads most.
        apart: Share of the accounts to whose site no other of them leads most.
        addressed: Share of the shared posts with a mention, or an author that they answer, quote or repost.
        linked: Share of the shared posts with a link.
        named: Share of the shared posts that hold a word of their author's profile which is hardly in any other profile, nor in the
            shared posts of others. Nought where the posts have links or addressees, as it is not asked then.
    """

    home: float
    apart: float
    addressed: float
    linked: float
    named: float

    @property
    def is_of_an_agency(self) -> bool:
        """Whether each account publishes what they share on a site of its own, or in the name of its own."""
        return self.is_on_sites or (self._is_plain and self.named >= NAMED)

    @property
    def is_on_sites(self) -> bool:
        """Whether each account publishes what they share on a site of its own."""
        return self.home >= HOME and self.apart >= APART and self.addressed <= ADDRESSED

    @property
    def _is_plain(self) -> bool:
        return self.linked <= ADDRESSED and self.addressed <= ADDRESSED


def by_group(shared: SharedActs, people: pl.DataFrame) -> dict[int, Syndication]:
    """Return where the posts lead that the accounts of each group share, and whom they name.

    Groups without a link in these are left out, unless most of these name their author.

    Args:
        shared: What they share, with posts of the contract columns.
        people: ``group``, ``row``, ``handle``, ``display_name`` and ``description`` of the accounts.
    """
    held = url_canonical.with_sites(shared.told)
    links = (
        held.lazy()
        .select("group", "row", "post", site="sites")
        .explode("site", empty_as_null=False, keep_nulls=False)
        .drop_nulls()
        .unique()
    )
    homes = (
        links.group_by("group", "row", "site")
        .len("posts")
        .sort("row", "posts", "site", descending=[False, True, False])
        .unique("row", keep="first", maintain_order=True)
        .with_columns(alone=pl.len().over("group", "site") == 1)
        .group_by("group")
        .agg(pl.col("posts", "alone").sum())
    )
    whole = (
        held.lazy()
        .select("group", "row", "addressed", linked=(pl.col("urls").list.len() > 0).fill_null(value=False))
        .group_by("group")
        .agg(pl.len(), pl.col("row").n_unique(), pl.col("addressed", "linked").mean())
    )
    each = (
        whole.join(homes, on="group", how="left")
        .with_columns(pl.col("posts", "alone").fill_null(0))
        .select("group", "posts", "len", "alone", "row", "addressed", "linked")
        .collect()
    )
    plain = each.filter((pl.col("linked") <= ADDRESSED) & (pl.col("addressed") <= ADDRESSED))
    named = {} if plain.is_empty() else _named(held.join(plain, on="group", how="semi"), people)
    return {
        group: Syndication(
            home=posts / held_posts,
            apart=alone / accounts,
            addressed=addressed,
            linked=linked,
            named=named.get(group, 0.0),
        )
        for group, posts, held_posts, alone, accounts, addressed, linked in each.iter_rows()
        if posts or named.get(group, 0.0) >= NAMED
    }


def _named(held: pl.DataFrame, people: pl.DataFrame) -> dict[int, float]:
    """Return the share of the posts of each group that name their author, as :class:`Syndication` names it.

    Args:
        held: ``group``, ``row``, ``post`` and ``text`` of what they share.
        people: As :func:`by_group` reads it.
    """
    profiles = people.lazy().join(held.lazy().select("group").unique(), on="group", how="semi")
    few = pl.max_horizontal(_OWN * pl.col("row").n_unique().over("group"), 1)

    def own(listed: pl.LazyFrame) -> pl.LazyFrame:
        """Return the words that hardly any other account of a group has."""
        words = listed.explode("word", empty_as_null=False, keep_nulls=False).unique()
        return words.filter(pl.col("row").n_unique().over("group", "word") <= few)

    said = pl.concat_str(parted("handle"), "display_name", "description", separator=" ", ignore_nulls=True)
    of_profile = own(
        profiles.select(
            "group", row=pl.col("row").cast(held.schema["row"]), word=folded(said).str.extract_all(_NAME)
        )
    )
    of_posts = own(
        held.lazy().select("group", "row", "post", word=folded("text").str.extract_all(_NAME)),
    )
    naming = (
        of_posts.join(of_profile, on=["group", "row", "word"], how="semi")
        .group_by("group")
        .agg(naming=pl.col("post").n_unique())
    )
    every = held.lazy().group_by("group").agg(posts=pl.col("post").n_unique())
    each = every.join(naming, on="group").select("group", pl.col("naming") / pl.col("posts")).collect()
    return dict(each.iter_rows())
