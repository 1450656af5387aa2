"""Members of a campaign that may be people who merely copied some of it.

A campaign that is seen is copied: by people who believe it, who mock it, who deny it. Whoever takes two of its contents is among
its accounts, though nothing else joins them. What does join accounts to a campaign is that they act in its groups, or a profile that
they share with it and with hardly anybody else. The latter are its *core*, which tells how many contents an account of the campaign
publishes; copiers take fewer. So where the other members clearly publish fewer, those that act in no group count only if they publish
as many as the core does. Accounts in groups are no measure: who publishes more meets more often.

Who puts the words in quotation marks reports or denies them.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import polars as pl

# Accounts of the core that tell how many contents a campaign publishes.
LEAST_CORE = 10
# Quantile of the core below which an account publishes few contents. Where more of the other members do than of the core, by so many
# standard deviations (one-sided, .01), some of them are copiers, and who publishes less than the median of the core may be one.
FEW, MORE, AS_MANY = 0.25, 2.33, 0.5
# Share of an account's posts of a campaign with a quotation, from which it reports these.
QUOTED = 0.5
_QUOTATION = r"[“„«\"][^“”„«»\"]{20,}[”“»\"]"


def among(published: pl.DataFrame, core: Collection[int], acting: Collection[int] = ()) -> frozenset[int]:
    """Return the members of a campaign that may be copiers.

    Args:
        published: ``account``, ``object`` and ``text`` of the posts that hold contents of the campaign.
        core: The members that a profile joins which hardly anybody else has.
        acting: The members in groups of the campaign.
    """
    each = published.group_by("account").agg(
        contents=pl.col("object").n_unique(),
        quoted=pl.col("text").str.contains(_QUOTATION).fill_null(value=False).mean(),
    )
    inside = pl.col("account").is_in(list(core))
    own, others = each.filter(inside)["contents"], each.filter(~inside)
    if own.len() < LEAST_CORE or others.is_empty():
        return frozenset()
    least = own.quantile(AS_MANY) if _are_fewer(others["contents"], own) else 0
    few = (pl.col("contents") < least) | (pl.col("quoted") >= QUOTED)
    return frozenset(others.filter(few)["account"].to_list()) - frozenset(acting)


def _are_fewer(some: pl.Series, core: pl.Series) -> bool:
    """Return whether more of some accounts than of the core publish few contents, beyond chance."""
    few = core.quantile(FEW)
    counts = [int((each < few).sum()) for each in (some, core)]
    share = sum(counts) / (len(some) + len(core))
    error = math.sqrt(share * (1 - share) * (1 / len(some) + 1 / len(core)))
    return counts[0] / len(some) - counts[1] / len(core) > MORE * error
