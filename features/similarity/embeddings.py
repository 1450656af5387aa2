"""Texts that say the same in other words or another language: clusters of the user's own embeddings.

Two texts meet where the cosine of their embeddings reaches :data:`REWORDED`, or :data:`TRANSLATED` where both
languages are known and differ (thresholds of D3lta [Richard2023], where they were tuned on one multilingual model). Texts
are compared with those of the same day and of the day before, so every two within 24 h are, and clusters are
broken at their medoids, unlike the connected components of D3lta.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.similarity import medoid_clustering
from vigie.features.similarity.medoid_clustering import Halves, Ints

Floats32 = NDArray[np.float32]

REWORDED, TRANSLATED = 0.85, 0.7
# Embeddings of two days before a text that it is compared with, the latest: work grows with the posts, not
# with their square.
REACH = 10_000
# Similar texts before a text that are kept, the earliest: a crowd that says one thing needs no more to become one
# cluster around its first texts.
FIRST = 50

_DAY = 86_400
# Texts compared with those before them at once: bounds memory at some tens of megabytes.
_BLOCK = 512
# Cosines are kept as whole numbers, so that totals are exact; one that rounding moved by less than half is reached.
_WHOLE = 1_000_000


def clusters(texts: pl.DataFrame) -> pl.Series:
    """Return the cluster of each text, as a number: equal numbers, same meaning.

    Args:
        texts: ``embedding`` (lists of one length, finite and not all zero, or null), ``time`` (seconds), ``lang``
            (BCP 47 code or null).

    Returns:
        Int64, as long as ``texts``; null where there is no embedding.

    >>> texts = pl.DataFrame({"embedding": [[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], None], "time": [0, 9, 9, 9]})
    >>> clusters(texts.with_columns(lang=pl.Series(["en", "fr", "en", "en"]))).to_list()
    [0, 0, 1, None]
    """
    distinct, place = _distinct(texts)
    if distinct.is_empty():
        return pl.Series([None] * texts.height, dtype=pl.Int64)
    first, second, similarity = _similar(distinct)
    label = medoid_clustering.groups(first, second, similarity, distinct.height)
    of_each = np.unique(label, return_inverse=True)[1]
    return place.replace_strict(np.arange(len(of_each)), of_each, default=None, return_dtype=pl.Int64)


def crowded(texts: pl.DataFrame) -> int:
    """Return how many of the texts that :func:`clusters` compares have more than :data:`REACH` others before them."""
    distinct, _ = _distinct(texts)
    place = np.arange(distinct.height)
    return int((place - _from(distinct["day"].to_numpy()) > REACH).sum())


def language(code: pl.Expr) -> pl.Expr:
    """Return the language alone of BCP 47 codes, null where there is none: en of en-GB."""
    return code.str.to_lowercase().str.extract(r"^([a-z]{2,8})(?:[-_]|$)").replace("und", None)


def _distinct(texts: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Return one text for each embedding, language and day, by time, and the place of every text among them."""
    keyed = texts.select(
        "embedding",
        "time",
        day=pl.col("time") // _DAY,
        language=language(pl.col("lang")),
        key=pl.col("embedding").hash(seed=5),
    ).with_row_index("text")
    same = ["key", "language", "day"]
    distinct = (
        keyed.drop_nulls("embedding")
        .sort("time", "key", "language")
        .unique(same, keep="first", maintain_order=True)
        .with_columns(place=pl.int_range(pl.len(), dtype=pl.Int64))
    )
    place = keyed.filter(pl.col("embedding").is_not_null()).join(
        distinct.select(*same, "place"), on=same, how="left", nulls_equal=True
    )
    return distinct, keyed.join(place.select("text", "place"), on="text", how="left", maintain_order="left")[
        "place"
    ]


def _from(day: Ints) -> Ints:
    """Return, for every text by time, the first of those of its day and the day before."""
    return np.searchsorted(day, day - 1, "left")


def _similar(distinct: pl.DataFrame) -> tuple[Halves, Halves, Halves]:
    """Return the pairs of texts that say the same, and how similar they are, in millionths."""
    begin = np.maximum(_from(distinct["day"].to_numpy()), np.arange(distinct.height) - REACH)
    spoken = distinct["language"].rank("dense").fill_null(0).to_numpy().astype(np.int64)
    found: list[tuple[Halves, Halves, Halves]] = []
    for start in range(0, distinct.height, _BLOCK):
        stop = min(start + _BLOCK, distinct.height)
        rows, columns = np.arange(start, stop), np.arange(begin[start], stop)
        vectors = _directions(distinct["embedding"][int(columns[0]) : stop])
        cosine = vectors[len(columns) - len(rows) :] @ vectors.T
        mine, others = spoken[rows][:, None], spoken[columns][None, :]
        least = np.where((mine != others) & (mine > 0) & (others > 0), TRANSLATED, REWORDED)
        before = (columns >= begin[rows][:, None]) & (columns < rows[:, None])
        similar = before & (cosine >= least - 0.5 / _WHOLE)
        similar &= np.cumsum(similar, axis=1, dtype=np.int32) <= FIRST
        row, column = np.nonzero(similar)
        whole = np.rint(cosine[row, column] * _WHOLE).astype(np.int32)
        found.append((columns[column].astype(np.int32), rows[row].astype(np.int32), whole))
    first, second, similarity = (np.concatenate(part) for part in zip(*found, strict=True))
    return first, second, similarity


def _directions(embeddings: pl.Series) -> Floats32:
    """Return embeddings as rows of length one."""
    rows: Floats32 = embeddings.explode().to_numpy().astype(np.float32).reshape(len(embeddings), -1)
    # By the largest number first, as squares of very large or small ones are no numbers any more.
    rows /= np.abs(rows).max(axis=1, keepdims=True)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows
