"""The word that most handles of a group share: the name of a house, of a place, of a series.

Handles have no spaces. Where capitals, digits or signs do not part their words, a word that most biographies hold is looked for in them:
``villedelyon`` and ``villerouen`` share what "Official account of the *Ville* de Lyon" says. Handles have no accents either, and
biographies are read without them: ``Prefet35`` is the *préfet*.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

# Share of the biographies that hold a word, from which it is looked for within handles, more than.
MOSTLY = 0.5


@dataclass(frozen=True)
class CommonWord:
    """The word that most handles share.

    Attributes:
        word: In small letters, at least three of them; four, where handles hold it among other letters.
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
    apart = folded(parted("handle"))
    words = (
        known.select("group", "member", word=apart.str.extract_all(r"\p{L}{3,}"))
        .explode("word", empty_as_null=False, keep_nulls=False)
        .unique()
        .group_by("group", "word")
        .agg(sharing=pl.len())
    )
    held = folded("description").str.contains(pl.col("word"), literal=True)
    named = (
        members.lazy()
        .join(_most_shared(pl.concat([words, _within(members, known)])), on="group")
        .group_by("group")
        .agg(pl.col("word", "sharing").first(), named=held.fill_null(value=False).mean())
    )
    found = (
        named.join(known.group_by("group").agg(handles=pl.len()), on="group")
        .select("group", "word", pl.col("sharing") / pl.col("handles"), "named")
        .collect()
    )
    return {group: CommonWord(*values) for group, *values in found.iter_rows()}


def parted(handle: str) -> pl.Expr:
    """Return a column of handles with their words apart, where capitals part them."""
    return pl.col(handle).str.replace_all(r"(\p{Ll})(\p{Lu})", "${1} ${2}")


def folded(text: str | pl.Expr) -> pl.Expr:
    """Return a text in small letters without accents."""
    given = pl.col(text) if isinstance(text, str) else text
    return given.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{Mn}", "")


def _most_shared(words: pl.LazyFrame) -> pl.LazyFrame:
    """Return the word of each group that most handles share."""
    return words.sort("group", "sharing", "word", descending=[False, True, False]).unique(
        "group", keep="first", maintain_order=True
    )


def _within(members: pl.DataFrame, known: pl.LazyFrame) -> pl.LazyFrame:
    """Return the words that most biographies of a group hold, with how many of its handles hold each among other letters."""
    told = members.lazy().drop_nulls("group")
    words = (
        told.with_row_index("member")
        .select(
            "group",
            "member",
            word=folded("description").str.extract_all(r"\p{L}{4,}"),
        )
        .explode("word", empty_as_null=False, keep_nulls=False)
        .unique()
        .group_by("group", "word")
        .agg(holding=pl.len())
        .join(told.group_by("group").agg(size=pl.len()), on="group")
        .filter(pl.col("holding") > MOSTLY * pl.col("size"))
    )
    return (
        known.join(words, on="group")
        .filter(folded("handle").str.contains(pl.col("word"), literal=True))
        .group_by("group", "word")
        .agg(sharing=pl.len())
    )
