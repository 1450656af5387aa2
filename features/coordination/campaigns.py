"""Campaigns: accounts that share contents nobody else publishes, and the groups that act among them.

A flood shows as many small groups that meet at the same moments, or as none: its accounts publish a few posts each. What
joins them are the contents they share (:mod:`vigie.features.coordination.copies`).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.catalogue import feature
from vigie.features.coordination import copies

# Share of a group's accounts that are in a campaign from which all of the group is.
_MOSTLY = 0.5
# -log10 beyond which a p-value says no more, and what membership says at least: of the pairs that make a campaign one in
# a hundred is false.
_MOST, _LEAST = 30.0, 2.0


@dataclass(frozen=True)
class Campaigns:
    """The campaigns of a collection.

    Attributes:
        contents: What every account published, see :func:`vigie.features.coordination.copies.contents`.
        pairs: Pairs of members that share contents beyond chance, with ``campaign``.
        members: ``campaign`` (0 is the largest), ``account``, ``log_rarity`` (-log10 of the smallest p-value of its
            pairs, times the accounts compared; null for accounts that belong by their group alone).
        groups: ``campaign``, ``group``: groups whose accounts mostly belong to it.
    """

    contents: pl.DataFrame
    pairs: pl.DataFrame
    members: pl.DataFrame
    groups: pl.DataFrame

    def posts(self) -> pl.DataFrame:
        """Return the posts of members that hold a content shared in their campaign: ``campaign``, ``account``, ``post``."""
        own = self.contents.filter("shared").join(self.members.select("campaign", "account"), on="account")
        inside = pl.col("account").n_unique().over("campaign", "object") >= copies.LEAST
        return own.filter(inside).select("campaign", "account", "post", "time", "object", "trace")


def detect_campaigns(events: pl.DataFrame, groups: pl.DataFrame, copy_rate: float = 0.0) -> Campaigns:
    """Return the campaigns of a collection.

    Args:
        events: ``trace``, ``account``, ``object``, ``time``, ``post``, as a network holds them.
        groups: What :func:`vigie.features.coordination.communities.detect_groups` returned.
        copy_rate: Chance that two posts of two ordinary accounts are copies, see :func:`vigie.features.coordination.copies.detect`.
    """
    contents = copies.contents(events)
    found = copies.detect(contents, copy_rate)
    significant = found.significant()
    if significant.is_empty():
        return Campaigns(
            contents, significant.with_columns(campaign=pl.lit(0, pl.Int64)), _NO_MEMBER, _NO_GROUP
        )
    core = copies.groups(contents, found).rename({"group": "campaign"})
    homes = core.rename({"account": "second", "campaign": "other"})
    pairs = (
        significant.join(core.rename({"account": "first"}), on="first")
        .join(homes, on="second")
        .filter(pl.col("campaign") == pl.col("other"))
        .drop("other")
    )
    accounts = contents["account"].n_unique()
    rarity = (-(pl.col("p") * accounts).clip(lower_bound=1e-300).log10()).clip(_LEAST, _MOST)
    each = (
        pl.concat(
            pairs.select(pl.col(side).alias("account"), rarity.alias("log_rarity"))
            for side in ("first", "second")
        )
        .group_by("account")
        .agg(pl.col("log_rarity").max())
    )
    attached = (
        groups.select("group", "account")
        .join(core, on="account", how="left")
        .with_columns(size=pl.len().over("group"))
        .drop_nulls("campaign")
        .group_by("group", "campaign")
        .agg(share=pl.len() / pl.col("size").first())
        .filter(pl.col("share") >= _MOSTLY)
        .sort("group", "share", descending=[False, True])
        .unique("group", keep="first", maintain_order=True)
        .select("campaign", "group")
    )
    by_group = groups.select("group", "account").join(attached, on="group").select("campaign", "account")
    members = (
        pl.concat([core.select("campaign", "account"), by_group])
        .unique("account", keep="first", maintain_order=True)
        .join(each, on="account", how="left", maintain_order="left")
        .sort("campaign", "account")
    )
    return Campaigns(contents, pairs, members, attached.sort("campaign", "group"))


@feature(unit="log10 rarity", low=0.0, high=_MOST, monotone=1)
def campaign_copies_index() -> pl.Expr:
    """-log10 of the smallest p-value of its pairs in shared contents, times the accounts compared."""
    return pl.col("log_rarity")


_NO_MEMBER = pl.DataFrame(schema={"campaign": pl.Int64, "account": pl.Int64, "log_rarity": pl.Float64})
_NO_GROUP = pl.DataFrame(schema={"campaign": pl.Int64, "group": pl.Int64})
