"""The word that most handles of a group share: the name of a house, of a place, of a series."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class CommonWord:
    """The word that most handles share.

    Attributes:
        word: In small letters, at least three of them.
        share: Share of the handles with it.
        named: Share of the members whose biography holds it.
    """

    word: str
    share: float
    named: float


def by_group(members: pl.DataFrame) -> dict[int, CommonWord]:
    """Return the word that most handles of each group share; groups whose handles hold no word are left out.

    Args:
        members: ``group``, ``handle`` and ``description`` of the members.
    """
    known = members.lazy().drop_nulls(["group", "handle"]).with_row_index("member")
    apart = pl.col("handle").str.replace_all(r"(\p{Ll})(\p{Lu})", "${1} ${2}").str.to_lowercase()
    words = (
        known.select("group", "member", word=apart.str.extract_all(r"\p{L}{3,}"))
        .explode("word", empty_as_null=False, keep_nulls=False)
        .unique()
        .group_by("group", "word")
        .agg(sharing=pl.len())
        .sort("group", "sharing", "word", descending=[False, True, False])
        .unique("group", keep="first", maintain_order=True)
    )
    held = pl.col("description").str.to_lowercase().str.contains(pl.col("word"), literal=True)
    named = (
        members.lazy()
        .join(words, on="group")
        .group_by("group")
        .agg(pl.col("word", "sharing").first(), named=held.fill_null(value=False).mean())
    )
    found = (
        named.join(known.group_by("group").agg(handles=pl.len()), on="group")
        .select("group", "word", pl.col("sharing") / pl.col("handles"), "named")
        .collect()
    )
    return {group: CommonWord(*values) for group, *values in found.iter_rows()}
