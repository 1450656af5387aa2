"""Newspapers that publish the texts of one agency, each with a link to a site of its own.

An agency sends the same text to all of them, and a feed publishes it at the same moment. Each account leads to the site that it
speaks for, and no two to one site, where a campaign leads to the site that it pushes. A network of invented news sites does the
same as these newspapers, so profiles are asked beside this.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report.applications import ADDRESSED
from vigie.features.coordination.report.shared_posts import SharedActs, has_addressee
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


def syndication(posts: pl.DataFrame, shared: SharedActs) -> Syndication | None:
    """Return where the posts lead that accounts share.

    Args:
        posts: Their posts: contract columns, ``row`` of the author and ``post`` (number).
        shared: What they share.

    Returns:
        None where no shared post has a link.
    """
    held = posts.filter(pl.col("post").is_in(shared.acts["post"].unique().implode()))
    links = (
        url_canonical.with_sites(held)
        .select("row", "post", site="sites")
        .explode("site", empty_as_null=False, keep_nulls=False)
        .drop_nulls()
        .unique()
    )
    if links.is_empty():
        return None
    home = (
        links.group_by("row", "site")
        .len("posts")
        .sort("row", "posts", "site", descending=[False, True, False])
        .unique("row", keep="first", maintain_order=True)
    )
    alone = home.filter(pl.len().over("site") == 1).height
    return Syndication(
        home=int(home["posts"].sum()) / held.height,
        apart=alone / held["row"].n_unique(),
        addressed=float(held.select(has_addressee()).to_series().mean()),  # type: ignore[arg-type]  # of a share
    )
