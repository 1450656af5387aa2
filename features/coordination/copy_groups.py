"""Groups of accounts that publish the same contents, whenever they do.

What a collection shows is mostly what is popular in it, and a flood beside people with memes is no more than these explain. So
groups are looked for with the rate of the reference first. Those of their accounts that publish more of the group's contents than
the others of the collection do (:mod:`vigie.features.coordination.adherents`) stay, whatever the rate of the collection.

Accounts that share contents count only where these contents are mostly theirs: a meme has hundreds of holders outside any group, the
picture of a campaign hardly any. And many accounts that share two or three contents have passed on what was popular: a group needs
more contents, the larger it is. Or its accounts publish hardly anything else: who passes on what is popular has other posts too.

A group is judged by its own pairs: a flood beside it must not make it easier for others to seem significant. And two groups
are not one because of a single pair between them: a pair joins accounts that have a third in common. Yet accounts that copy two
contents of six each meet in pairs only where both are the same two, and fall apart into as many groups as there are choices. Groups
are one that share a content which hardly anybody outside of groups holds.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.special import betainc

from vigie.features import on_disk
from vigie.features.coordination import adherents, copies, shared_contents
from vigie.features.coordination.null_models import false_discovery_share
from vigie.features.coordination.published_contents import MANY
from vigie.features.coordination.shared_contents import LEAST

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Share of the holders of a group's contents that are members of it.
LEAST_EXCLUSIVE = 0.5
# Accounts of a group, at least.
LEAST_ACCOUNTS = 3
# Chance at which one who passes on what is popular has more of it than other posts, at most.
_EVEN = 0.5
# Pairs looked at at once, and accounts that pairs are asked for at once whether they have one in common.
_PAIRS, _IN_COMMON = 500_000, 1_024


def detect(published: pl.DataFrame, rate: float = 0.0) -> copies.Copies:
    """Return the pairs of accounts that share contents, tested.

    λ is first that of ordinary collections, then that of the accounts outside the groups so found: what a campaign copies
    tells nothing of how often others do.

    Args:
        published: What :func:`vigie.features.coordination.published_contents.contents` returned.
        rate: λ among ordinary accounts, from a baseline; at least :data:`vigie.features.coordination.copies.LAMBDA` is taken,
            whatever it says.
    """
    sharing = shared_contents.pairs(published)
    likely = groups(published, copies.at_rate(sharing, max(rate, copies.LAMBDA))).rename({"group": "part"})
    outside = on_disk.by_stretches(
        published, lambda some: some.filter(~pl.col("account").is_in(likely["account"].implode()))
    )
    return copies.at_rate(sharing, copies.rate_of(outside, rate), likely)


def groups(published: pl.DataFrame, found: copies.Copies) -> pl.DataFrame:
    """Return the groups that significant pairs join and whose contents are mostly their own.

    Args:
        published: What :func:`vigie.features.coordination.published_contents.contents` returned.
        found: What :func:`detect` returned.

    Returns:
        ``group``, ``account``; sorted by both, the largest group first.
    """
    joined = _joined(found.significant())
    if joined.is_empty() and found.likely.is_empty():
        return _NO_GROUP
    # Each part is judged by its own pairs.
    tested = joined.with_columns(
        corrected=pl.struct("p")
        .map_batches(
            lambda part: pl.Series(false_discovery_share(part.struct.field("p").to_numpy(), found.tests)),
            return_dtype=pl.Float64,
        )
        .over("part")
    ).filter(pl.col("corrected") < copies.ALPHA)
    left = _joined(tested.drop("part", "corrected"))
    paired = pl.concat(left.select(pl.col(side).alias("account"), "part") for side in ("first", "second"))
    confirmed = adherents.confirmed(published, found.likely)
    following = int(confirmed["part"].max() or 0) + 1  # type: ignore[arg-type]  # Int64 or null
    others = (
        paired.unique().join(confirmed, on="account", how="anti").with_columns(pl.col("part") + following)
    )
    member = adherents.joined(published, _merged(published, pl.concat([confirmed, others])))
    size = member.group_by("part").agg(size=pl.len(), least=pl.col("account").min())
    # What is popular is passed on as it is: the wordings of a template are contents too, where several published one.
    wordings = _of_parts(published, "wording", member).select("part", wordings="contents")
    own = (
        _of_parts(published, "object", member)
        .join(wordings, on="part", how="left")
        .join(size, on="part")
        .filter((pl.col("exclusive") >= LEAST_EXCLUSIVE) & (pl.col("size") >= LEAST_ACCOUNTS))
    )
    varied = pl.max_horizontal("contents", "wordings") >= pl.col("size").log(2)
    devoted = _devoted(published, member.join(own.filter(~varied), on="part", how="semi"))
    inside = own.filter(varied | pl.col("part").is_in(devoted.implode()))
    order = inside.sort("size", "least", descending=[True, False]).with_row_index("group")
    return (
        member.join(order, on="part")
        .select(pl.col("group").cast(pl.Int64), "account")
        .sort("group", "account")
    )


def _merged(published: pl.DataFrame, member: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts of parts, under one number where parts share a content that is mostly that of members of any.

    Args:
        published: What :func:`vigie.features.coordination.published_contents.contents` returned.
        member: ``account``, ``part``.
    """
    held = shared_contents.holders(published)
    of_parts = (
        held.join(member, on="account", how="left")
        .with_columns(exclusive=pl.col("part").is_not_null().mean().over("object"))
        .filter(pl.col("exclusive") >= LEAST_EXCLUSIVE)
        .drop_nulls("part")
        .group_by("part", "object")
        .len()
        .filter(pl.col("len") >= LEAST)
        .with_columns(place=pl.col("object").rank("dense").cast(pl.Int64))
    )
    parts = int(member["part"].max() or 0) + 1  # type: ignore[arg-type]  # Int64 or null
    size = parts + of_parts["object"].n_unique()
    ends = of_parts["part"].to_numpy(), parts - 1 + of_parts["place"].to_numpy()
    _, one = connected_components(coo_matrix((np.ones(of_parts.height), ends), (size, size)), False)
    return member.with_columns(part=pl.lit(pl.Series(one[:parts].astype(np.int64))).gather("part"))


def _devoted(published: pl.DataFrame, member: pl.DataFrame) -> pl.Series:
    """Return the parts whose contents are nearly all that is published by who holds one of them, by a sign test.

    Of all holders of a part's contents, members or not, each has more posts with further ones of them than posts without, or
    fewer. Who passes on what is popular has more no oftener than fewer; and no oftener than the other accounts of the
    collection have more copies than other posts, for a collection may have been gathered by what is copied.

    Args:
        published: What :func:`vigie.features.coordination.published_contents.contents` returned.
        member: ``account``, ``part``.

    Returns:
        ``part``; none of those beside which fewer than :data:`MANY` others tell what is usual.
    """
    posts, excess = pl.len().cast(pl.Int64), 2 * pl.col("held") - pl.col("posts") - 1
    copying = on_disk.by_keys(
        [published.select("account", "shared")],
        ["account"],
        lambda some: some.group_by("account").agg(posts=posts, held=pl.col("shared").sum().cast(pl.Int64)),
    )
    held = on_disk.by_stretches(
        published.select("account", "object", "shared"),
        lambda some: some.filter("shared").select("account", "object"),
    )
    content = (
        shared_contents.holders(published)
        .join(member, on="account")
        .filter(pl.len().over("part", "object") >= LEAST)
        .select("part", "object")
        .unique()
    )
    # Signs of what each holder has more than it has other posts, and of what it copies more than that.
    holder = (
        held.join(content, on="object")
        .group_by("part", "account")
        .agg(held=posts)
        .join(copying.select("account", "posts", copied=excess.sign()), on="account")
        .with_columns(excess=excess.sign())
        .group_by("part")
        .agg(
            holders=posts,
            more=(pl.col("excess") > 0).sum(),
            told=pl.col("excess").abs().sum(),
            copying=(pl.col("copied") > 0).sum(),
            copying_told=pl.col("copied").abs().sum(),
        )
    )
    others = copying.select(
        count=posts, copying=(excess > 0).sum().cast(pl.Int64), told=excess.sign().abs().sum()
    ).row(0, named=True)
    usual = (others["copying"] - pl.col("copying")) / (others["told"] - pl.col("copying_told")).clip(1)
    tested = holder.with_columns(usual=usual.clip(_EVEN)).filter(
        (others["count"] - pl.col("holders") >= MANY) & (pl.col("more") > 0)
    )
    devoted, told = tested["more"].to_numpy().astype(np.int64), tested["told"].to_numpy()
    p = betainc(devoted, told - devoted + 1, tested["usual"].to_numpy())
    return tested["part"].filter(pl.Series(p * member["part"].n_unique() < copies.ALPHA, dtype=pl.Boolean))


def _of_parts(published: pl.DataFrame, content: str, member: pl.DataFrame) -> pl.DataFrame:
    """Return how far the contents that several accounts of a part published are its own, and how varied they are.

    Args:
        published: What :func:`vigie.features.coordination.published_contents.contents` returned.
        content: ``object`` or ``wording``.
        member: ``account``, ``part``.

    Returns:
        ``part``; ``exclusive``, the share of their holders that are of the part; ``contents``, how many, as popular as each
        other, would be as varied (inverse of Simpson's index).
    """
    held = shared_contents.holders(published, content)
    return (
        held.join(member, on="account", how="left")
        .with_columns(holders=pl.len().over(content))
        .drop_nulls("part")
        .group_by("part", content)
        # Counted in 64 bits, as their squares are summed.
        .agg(members=pl.len().cast(pl.Int64), holders=pl.col("holders").first())
        .filter(pl.col("members") >= LEAST)
        .group_by("part")
        .agg(
            exclusive=pl.col("members").sum() / pl.col("holders").sum(),
            contents=pl.col("members").sum() ** 2 / (pl.col("members") ** 2).sum(),
        )
    )


def _joined(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs whose accounts have a third in common, with the connected ``part`` that they are in."""
    if pairs.is_empty():
        return pairs.with_columns(part=pl.lit(None, pl.Int64))
    ends = np.unique(np.concatenate([pairs["first"].to_numpy(), pairs["second"].to_numpy()]))
    one, other = (np.searchsorted(ends, pairs[side].to_numpy()) for side in ("first", "second"))
    in_common = _have_in_common(one, other, len(ends))
    one, kept = one[in_common], pairs.filter(pl.Series(in_common))
    supported = coo_matrix((np.ones(len(one)), (one, other[in_common])), (len(ends), len(ends)))
    _, part = connected_components(supported, False)
    return kept.with_columns(part=pl.Series(part[one], dtype=pl.Int64))


def _have_in_common(one: Ints, other: Ints, size: int) -> Bools:
    """Return whether the accounts of each pair are in pairs with a third.

    Of accounts that are in thousands of pairs nearly all have one among the first that are asked for, so the others need not be.
    """
    graph = coo_matrix((np.ones(len(one), np.bool_), (one, other)), (size, size)).tocsr()
    graph = (graph + graph.T).tocsc()
    found = np.zeros(len(one), np.bool_)
    for start in range(0, size, _IN_COMMON):
        some = np.packbits(graph[:, start : start + _IN_COMMON].toarray(), axis=1)
        waiting = np.flatnonzero(~found)
        for part in np.array_split(waiting, len(waiting) // _PAIRS + 1):
            found[part] = (some[one[part]] & some[other[part]]).any(axis=1)
    return found


_NO_GROUP = pl.DataFrame(schema={"group": pl.Int64, "account": pl.Int64})
