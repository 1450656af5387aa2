"""Words that many biographies of a group hold: the name of a body, of a trade, of what its accounts have in common.

A word has five letters or more, or it is a name: four letters with a capital, an acronym of two or three capitals, or letters and
digits together, as those of a class (``3B``, also written ``3º B``), a cohort or a section. Words that capitals part, as in the name
of an account that a biography mentions, are words of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report.common_word import folded, parted
from vigie.features.coordination.report.profile_tests import LEAST_OTHERS

# Share of the biographies that hold a word, at least; and of the biographies of others, at most.
SHARED, USUAL = 1 / 3, 0.1
# Biographies that tell, at least.
_LEAST = 10
_WORD = r"\p{L}{5,}|\b\p{Lu}\p{L}{3}\b|\b\p{Lu}{2,3}\b|\b(?:\p{L}+\p{Nd}+|\p{Nd}+\p{L}+)\b"
# What parts a number from the capital that belongs to it.
_CLASS = r"\b(\p{Nd}{1,2})\s?[ºª°.\-]?\s?(\p{Lu})\b"
# Letters of a word, but for names; from these it is looked for within other words too, as hashtags join words.
LONG = 5


@dataclass(frozen=True)
class BiographyWord:
    """A word that many biographies hold.

    Attributes:
        word: In small letters without accents.
        spelt: As most of the biographies spell it.
        share: Share of the biographies that hold it, of those with a biography.
    """

    word: str
    spelt: str
    share: float


def shared(members: pl.DataFrame) -> tuple[BiographyWord, ...]:
    """Return the words that a third of the biographies hold, that of most first; none where fewer than ten tell.

    Args:
        members: ``description`` of the accounts.
    """
    told = members.select("description").filter(pl.col("description").str.strip_chars() != "")
    if told.height < _LEAST:
        return ()
    counted = (
        told.lazy()
        .with_row_index("member")
        .select("member", spelt=_joined("description").str.extract_all(_WORD))
        .explode("spelt", empty_as_null=False, keep_nulls=False)
        .with_columns(word=folded("spelt"))
        .group_by("word")
        .agg(pl.col("member").n_unique(), pl.col("spelt").mode(maintain_order=True).first())
        .filter(pl.col("member") >= SHARED * told.height)
        # By their number, as equal shares may differ in the last digit.
        .sort("member", "word", descending=[True, False])
        .select("word", "spelt", share=pl.col("member") / told.height)
        .collect()
    )
    return tuple(BiographyWord(*row) for row in counted.iter_rows())


def is_of_its_own(word: str) -> bool:
    """Return whether a word of :func:`shared` says what it is by itself in a post: one of five letters or more, or with a digit."""
    return len(word) >= LONG or any(map(str.isdigit, word))


def plain(text: str) -> pl.Expr:
    """Return a column of texts in small letters without accents, with the words that capitals part apart."""
    return folded(_joined(text))


def holds(text: pl.Expr, word: str) -> pl.Expr:
    """Return whether a text, as :func:`plain` returns it, holds a word of :func:`shared`; a short one as a word alone.

    One that begins with a digit is looked for after letters too, as hashtags join ``#Turma3B``.
    """
    if len(word) >= LONG:
        held = text.str.contains(word, literal=True)
    else:
        before = r"(?:^|[^\p{Nd}])" if word[0].isdigit() else r"\b"
        held = text.str.contains(rf"{before}{word}\b")
    return held.fill_null(value=False)


def share_among(word: str, others: pl.DataFrame) -> float | None:
    """Return the share of other biographies that hold a word; None where few are known.

    Args:
        word: As :func:`shared` returned it.
        others: ``description`` of other accounts.
    """
    said = others.select(said=plain("description")).filter(pl.col("said").str.strip_chars() != "")
    if said.height < LEAST_OTHERS:
        return None
    return float(said.select(holds(pl.col("said"), word).mean()).item())


def is_usual(word: str, others: pl.DataFrame) -> bool:
    """Return whether more than a tenth of other biographies hold a word; not where few are known. Arguments as :func:`share_among`."""
    return (share_among(word, others) or 0.0) > USUAL


def _joined(text: str) -> pl.Expr:
    return parted(text).str.replace_all(_CLASS, "${1}${2}")
