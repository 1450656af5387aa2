"""Newspapers that publish the texts of one agency, each with a link to a site of its own.

An agency sends the same text to all of them, and a feed publishes it at the same moment. Each account leads to the site that it
speaks for, and no two to one site, where a campaign leads to the site that it pushes. A network of invented news sites does the
same as these newspapers, so profiles are asked beside this.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report.applications import ADDRESSED
from vigie.features.coordination.report.shared_posts import SharedActs
from vigie.features.similarity import url_canonical

# Share of the shared posts that lead to the site of their author, and of the accounts with a site of their own, at least.
HOME, APART = 0.9, 0.9


@dataclass(frozen=True)
class Syndication:
    """Where the posts lead that accounts share, account by account.

    Attributes:
        home: Share of the shared posts that lead to the site to which their author leads most.
        apart: Share of the accounts to whose site no other of them leads most.
        addressed: Share of the shared posts with a mention, or an author that they answer, quote or repost.
    """

    home: float
    apart: float
    addressed: float

    @property
    def is_of_an_agency(self) -> bool:
        """Whether each account publishes what they share on a site of its own."""
        return self.home >= HOME and self.apart >= APART and self.addressed <= ADDRESSED


def by_group(shared: SharedActs) -> dict[int, Syndication]:
    """Return where the posts lead that the accounts of each group share; groups without a link in these are left out.

    Args:
        shared: What they share, with posts of the contract columns.
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
        .select("group", "row", "addressed")
        .group_by("group")
        .agg(pl.len(), pl.col("row").n_unique(), pl.col("addressed").mean())
    )
    each = (
        homes.join(whole, on="group").select("group", "posts", "len", "alone", "row", "addressed").collect()
    )
    return {
        group: Syndication(home=posts / held_posts, apart=alone / accounts, addressed=addressed)
        for group, posts, held_posts, alone, accounts, addressed in each.iter_rows()
    }
