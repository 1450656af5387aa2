"""Accounts that each name the branch of a body that they are: a prefecture, a section of a union, the club of a town.

Branches of one body, or of the few that work together, repeat one warning or one call, and their profiles are alike for all to see.
A handle holds the name of the body and what tells the branch from others, a place or a number: ``Prefet35``, ``SDIS35``. The biography
names this place or number too, in words that other branches use. Accounts made to look like many people do not: their handles share
no word, or their biographies name nothing that their handles do.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report.common_word import folded, parted

# Members with a handle and a biography, from which the others are no matter; and those whose handle holds one of the words.
_KNOWN, _OPEN_HANDLES = 0.8, 0.8
# Bodies at most, and share of the handles that hold the word of each, at least.
_BODIES, _LEAST_HANDLES = 3, 0.1
# Share of the biographies that hold a word of all branches, at least, and one of a branch alone, at most.
_COMMON, _OWN = 0.25, 0.1
# Share of the words of a biography that are common ones, at least.
_ALIKE = 0.5
# Members, as a word of fewer tells nothing.
_LEAST = 3
_WORD = r"\p{L}{3,}"
_NAME = r"\p{L}{3,}|\p{N}{2,}"


@dataclass(frozen=True)
class Branches:
    """What the handles and biographies of branches say.

    Attributes:
        words: Words that the handles hold, that of most first; three at most.
        share: Share of the handles with one of them.
        named: Share of the members whose biography names what tells their handle from others, in words that others use.
    """

    words: tuple[str, ...]
    share: float
    named: float


def by_group(members: pl.DataFrame) -> dict[int, Branches]:
    """Return what the members of each group say of the branches that they are; groups whose handles share few words are left out.

    Args:
        members: ``group``, ``handle`` and ``description`` of the members.
    """
    known = (
        members.lazy()
        .drop_nulls("group")
        .with_columns(size=pl.len().over("group"))
        .drop_nulls(["handle", "description"])
        .filter((pl.len() >= pl.max_horizontal(_KNOWN * pl.col("size"), _LEAST)).over("group"))
        .with_row_index("member")
        .select(
            "group",
            "size",
            "member",
            parts=folded(parted("handle")),
            handle=folded("handle"),
            biography=folded("description"),
        )
        .collect()
    )
    words = _bodies(known)
    if words.is_empty():
        return {}
    named = _named(known.join(words, on="group", how="semi"))
    told = words.join(named, on="group", how="left").sort("group")
    return {
        group: Branches(tuple(some), share, named or 0.0)
        for group, some, share, named in told.select("group", "words", "share", "named").iter_rows()
    }


def _bodies(known: pl.DataFrame) -> pl.DataFrame:
    """Return the few words that the handles of a group share: ``group``, ``words``, ``share``; groups without are left out."""
    held = (
        known.lazy()
        .select("group", "size", "member", word=pl.col("parts").str.extract_all(_WORD))
        .explode("word", empty_as_null=False, keep_nulls=False)
        .unique()
        .filter(
            (pl.len() >= pl.max_horizontal(_LEAST_HANDLES * pl.col("size"), _LEAST)).over("group", "word")
        )
    )
    most = (
        held.group_by("group", "word")
        .len()
        .sort("group", "len", "word", descending=[False, True, False])
        .group_by("group", maintain_order=True)
        .head(_BODIES)
    )
    covered = (
        held.join(most, on=["group", "word"])
        .group_by("group")
        .agg(share=pl.col("member").n_unique() / pl.col("size").first())
    )
    words = most.group_by("group", maintain_order=True).agg(words="word")
    return words.join(covered, on="group").filter(pl.col("share") >= _OPEN_HANDLES).collect()


def _named(known: pl.DataFrame) -> pl.DataFrame:
    """Return the share of members whose biography names what tells their handle from others: ``group``, ``named``."""
    each = (
        known.lazy()
        .select("group", "size", "member", "handle", word=pl.col("biography").str.extract_all(_NAME))
        .explode("word", empty_as_null=False, keep_nulls=False)
        .unique()
        .with_columns(holding=pl.len().over("group", "word"))
    )
    few = pl.max_horizontal(_OWN * pl.col("size"), 1)
    common = pl.col("holding") >= pl.max_horizontal(_COMMON * pl.col("size"), _LEAST)
    own = (pl.col("holding") <= few) & pl.col("handle").str.contains(pl.col("word"), literal=True)
    return (
        each.group_by("group", "size", "member")
        .agg(names=own.any(), alike=common.mean() >= _ALIKE)
        .group_by("group", "size")
        .agg(named=(pl.col("names") & pl.col("alike")).sum())
        .select("group", named=pl.col("named") / pl.col("size"))
        .collect()
    )
