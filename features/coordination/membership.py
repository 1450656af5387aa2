"""How surely an account belongs to a campaign: as many of its posts hold the campaign's contents as no other account's do.

Two accounts of a flood may share no more than two contents with each other, which many pairs of a large collection do by
chance. Yet each shares them with many others, and all that it published may be of the campaign. So an account is held against
those outside any campaign too: how often a post of theirs holds one of these contents.

What this says rests on the campaign being one. Of what is merely popular, whoever passes on much of it would seem to belong.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import polars as pl
from scipy.special import betainc

from vigie.features.coordination.campaigns import Campaigns
from vigie.features.coordination.shared_contents import LEAST


def log_membership(campaigns: Campaigns, which: Collection[int]) -> pl.DataFrame:
    """Return how surely each member of some campaigns belongs to its campaign by its contents alone.

    Of the n own posts of a member, k distinct contents are the campaign's. A post of an account outside any campaign holds one
    with chance r, counted over all of these with one more such post than there are. The p-value is that of k or more of n.

    Args:
        campaigns: The campaigns of a collection.
        which: Those whose members are asked for.

    Returns:
        ``campaign``, ``account``, ``log_membership`` (-log10 of the p-value) of the members with two contents of their campaign
        at least; none where every account is in a campaign.
    """
    if not which:
        return _NONE
    contents, members = campaigns.contents, campaigns.members.select("campaign", "account")
    outside = contents.join(members, on="account", how="anti")
    if outside.is_empty():
        return _NONE
    held = campaigns.posts().filter(pl.col("campaign").is_in(list(which)))
    used = held.select("campaign", "object").unique()
    spread = (
        outside.filter("shared")
        .join(used, on="object")
        .group_by("campaign")
        .agg(posts=pl.col("post").n_unique())
    )
    own = contents.group_by("account").agg(published=pl.col("post").n_unique())
    found = (
        held.group_by("campaign", "account")
        .agg(copied=pl.col("object").n_unique())
        .filter(pl.col("copied") >= LEAST)
        .join(own, on="account")
        .join(spread, on="campaign", how="left")
        .sort("campaign", "account")
    )
    rate = (found["posts"].fill_null(0).to_numpy() + 1) / (outside["post"].n_unique() + 1)
    copied, published = found["copied"].to_numpy(), found["published"].to_numpy()
    chance = np.maximum(betainc(copied, published - copied + 1, np.minimum(rate, 1.0)), np.finfo(float).tiny)
    return found.select("campaign", "account", log_membership=pl.Series(-np.log10(chance), dtype=pl.Float64))


_NONE = pl.DataFrame(schema={"campaign": pl.Int64, "account": pl.Int64, "log_membership": pl.Float64})
