"""Texts that say the same in the same words or nearly: clusters of near-duplicates.

Texts are compared in a normal form (:mod:`vigie.features.similarity.text_forms`). Equal forms are one object. Distinct
forms are compared by the Jaccard similarity of their shingles: candidates by MinHash
(:mod:`vigie.features.similarity.candidates`), each verified on the sets themselves
(:mod:`vigie.features.similarity.jaccard`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features import on_disk, steps
from vigie.features.similarity import candidates, jaccard, medoid_clustering, minhash, text_forms
from vigie.features.similarity.candidates import Candidates
from vigie.features.similarity.medoid_clustering import Halves, Ints
from vigie.features.similarity.minhash import BANDS, Sketch


@dataclass(frozen=True)
class SimilarTexts:
    """Texts that were compared with each other, and which of them are similar.

    Attributes:
        places: ``text`` and ``place`` (Int64: that of its normal form among the sorted distinct ones), one row per
            distinct text that says enough to be an object.
        forms: The distinct normal forms, in order of their places.
        first: Place of one side of each pair of similar forms.
        second: Place of the other side.
        similarity: Jaccard similarity of the pair, in millionths.
        crowded: Buckets in which texts were compared with the first of them only.
        verified: Pairs that were compared in full, where others that might be similar were not; None where all were.
        unlike: Both sides of the pairs that were compared in full and are not similar.
        sketch: Of each form.
    """

    places: pl.DataFrame
    forms: pl.Series
    first: Halves
    second: Halves
    similarity: Halves
    crowded: int
    verified: int | None
    unlike: tuple[Halves, Halves]
    sketch: Sketch

    def clusters(self, texts: pl.Series) -> pl.Series:
        """Return the cluster of each of some texts that were compared, as :func:`clusters` would among them alone.

        Among all that were compared, the number of a cluster is the place of the first of its forms.
        """
        if self.places.is_empty():
            return pl.Series(texts.name, [], pl.Int64).extend_constant(None, len(texts))
        place = on_disk.looked_up(pl.DataFrame({"text": texts.cast(pl.String)}), self.places)
        is_held = np.zeros(len(self.forms), np.bool_)
        is_held[place[place >= 0]] = True
        held = np.flatnonzero(is_held)
        at = np.full(int(held.max(initial=-1)) + 1, -1)
        at[held] = np.arange(len(held))
        inside = (self.first < len(at)) & (self.second < len(at))
        one, two, similarity = (part[inside] for part in (self.first, self.second, self.similarity))
        one, two = at[one], at[two]
        both = (one >= 0) & (two >= 0)
        label = medoid_clustering.groups(one[both], two[both], similarity[both], len(held))
        cluster = np.full(len(self.forms) + 1, -1)
        cluster[held] = label
        numbers = cluster[place]
        return pl.select(
            pl.when(pl.lit(pl.Series(numbers >= 0))).then(pl.lit(pl.Series(texts.name, numbers)))
        ).to_series()

    def among(self, texts: pl.DataFrame) -> SimilarTexts | None:
        """Return what comparing only some texts would have found.

        Args:
            texts: ``text``, distinct, without nulls.

        Returns:
            None unless all of them were compared, and each with all that may be similar to it.
        """
        if self.crowded or self.verified is not None:
            return None
        places = texts.join(self.places, on="text", maintain_order="left")
        if places.height < texts.height:
            return None
        held = places["place"].drop_nulls().unique().sort().to_numpy()
        at = np.full(len(self.forms), -1)
        at[held] = np.arange(len(held))
        one, two, both = _renumbered(at, self.first, self.second)
        unlike, other, _ = _renumbered(at, *self.unlike)
        return SimilarTexts(
            places.with_columns(pl.lit(pl.Series(at)).gather("place").alias("place")),
            self.forms[held],
            one,
            two,
            self.similarity[both],
            self.crowded,
            self.verified,
            (unlike, other),
            self.sketch.of(held),
        )

    def formed(self, texts: pl.DataFrame) -> pl.DataFrame:
        """Return distinct texts with the normal ``form`` of each, found anew for those that this does not hold."""
        own = self.places.with_columns(is_known=pl.lit(value=True))
        told = texts.join(own, on="text", how="left", maintain_order="left")
        known, new = told.filter("is_known"), told.filter(pl.col("is_known").is_null())
        return pl.concat([
            known.select("text", form=self.forms.gather(known["place"])),
            _formed(new.select("text")),
        ])  # fmt: skip

    def sketched(self, forms: pl.Series) -> tuple[Sketch, Ints]:
        """Return what distinct forms are compared by, and the place here of each; -1 where this does not hold it."""
        own = pl.DataFrame({"form": self.forms, "place": np.arange(len(self.forms))})
        place = forms.to_frame("form").join(own, on="form", how="left", maintain_order="left")["place"]
        at = place.fill_null(-1).to_numpy()
        old, new = np.flatnonzero(at >= 0), np.flatnonzero(at < 0)
        sketch = Sketch(np.empty((BANDS, len(at)), np.uint32), np.empty((2, len(at)), np.uint64))
        for places, told in ((old, self.sketch.of(at[old])), (new, minhash.sketched(forms[new]))):
            sketch.keys[:, places], sketch.bits[:, places] = told.keys, told.bits
        return sketch, at

    def known(self, first: Ints, second: Ints) -> NDArray[np.int32]:
        """Return the similarity of pairs of places, 0 where they are not similar, and -1 where they were not compared."""
        found = np.full(len(first), -1, np.int32)
        one = np.concatenate([self.first, self.unlike[0]]).astype(np.int64)
        if not len(one):
            return found
        number = one * len(self.forms) + np.concatenate([self.second, self.unlike[1]])
        order = np.argsort(number)
        wanted = first * len(self.forms) + second
        at = order[np.minimum(np.searchsorted(number, wanted, sorter=order), len(order) - 1)]
        held = np.flatnonzero((number[at] == wanted) & (first >= 0) & (second >= 0))
        similarity = np.append(self.similarity, np.zeros(len(self.unlike[0]), np.int32))
        found[held] = similarity[at[held]]
        return found


def _renumbered(at: Ints, first: Halves, second: Halves) -> tuple[Halves, Halves, NDArray[np.bool_]]:
    """Return the pairs of which both sides have a new number (not -1), under it, and which pairs these are."""
    one, two = at[first], at[second]
    both = (one >= 0) & (two >= 0)
    return one[both].astype(np.int32), two[both].astype(np.int32), both


def clusters(texts: pl.Series) -> pl.Series:
    """Return the cluster of near-duplicates of each text, as a number: equal numbers, same object.

    Every text of a cluster is similar to the cluster's medoid, see :mod:`vigie.features.similarity.medoid_clustering`.

    Args:
        texts: Texts of posts. The order of the rows does not change which texts meet.

    Returns:
        Int64, as long as ``texts``; null where the text is null or too short to be an object: less than 30
        characters of prose (no links, mentions, hashtags) or 5 words; in scripts without spaces, 15 letters.

    >>> clusters(pl.Series(["We saw it all with our own eyes today!", "we saw it ALL with our own eyes, today 2", "no"]))
    ... # doctest: +NORMALIZE_WHITESPACE
    shape: (3,)
    Series: '' [i64]
    [ 0 0 null ]
    """
    return similar(texts).clusters(texts)


def similar(texts: pl.Series, known: SimilarTexts | None = None) -> SimilarTexts:
    """Return which texts are similar.

    Args:
        texts: As in :func:`clusters`.
        known: Texts that were compared before. What it tells of them is not found out again, and is the same.
    """
    given = pl.DataFrame({"text": texts.cast(pl.String)})
    distinct = on_disk.by_keys([given], ["text"], lambda some: some.drop_nulls().unique())
    if known is not None and (inside := known.among(distinct)) is not None:
        return inside
    formed = _formed(distinct) if known is None else known.formed(distinct)
    forms, places = _placed(formed)
    if known is None:
        sketch = minhash.sketched(forms)
        pairs, bounds = steps.kept_tables("similar", lambda: _compared(forms, sketch))
        first, second, similarity = (pairs[name].to_numpy() for name in ("first", "second", "similarity"))
        found = Candidates(first, second, *bounds.row(0))
    else:
        sketch, at = known.sketched(forms)
        found = candidates.of_sketch(sketch)
        similarity = known.known(at[found.first], at[found.second])
        new = np.flatnonzero(similarity < 0)
        similarity[new] = jaccard.similarity(forms, found.first[new], found.second[new])
    alike = similarity > 0
    return SimilarTexts(
        places,
        forms,
        found.first[alike],
        found.second[alike],
        similarity[alike],
        found.crowded,
        len(found.first) if found.cut else None,
        (found.first[~alike], found.second[~alike]),
        sketch,
    )


def _compared(forms: pl.Series, sketch: Sketch) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return candidates with their ``similarity`` (0 where they are not similar), and a row of the other attributes of them all."""
    found = candidates.of_sketch(sketch)
    similarity = jaccard.similarity(forms, found.first, found.second)
    return (
        pl.DataFrame({"first": found.first, "second": found.second, "similarity": similarity}),
        pl.DataFrame({"crowded": [found.crowded], "cut": [found.cut]}),
    )


def _formed(texts: pl.DataFrame) -> pl.DataFrame:
    """Return distinct texts with the normal ``form`` of each."""
    return on_disk.by_stretches(
        texts, lambda some: some.with_columns(form=text_forms.normal_form(some["text"]))
    )


def sketched(texts: pl.Series) -> pl.DataFrame:
    """Return what texts are compared by, each text by itself: the part of the work that needs no other text.

    Returns:
        Distinct ``text`` and, where it says enough to be an object, its normal ``form``, and the ``keys`` and ``bits`` of its
        sketch.
    """
    distinct = texts.cast(pl.String).drop_nulls().unique()
    formed = pl.DataFrame({"text": distinct, "form": text_forms.normal_form(distinct)})
    forms = formed["form"].drop_nulls().unique()
    table = minhash.sketched(forms).table()
    return formed.join(table.with_columns(form=forms), on="form", how="left", maintain_order="left")


def of_sketches(sketches: Sequence[pl.DataFrame]) -> SimilarTexts:
    """Return texts that were compared with none, so that :func:`similar` need not find their forms and sketches.

    Args:
        sketches: What :func:`sketched` returned of some texts each.
    """
    told = pl.concat(sketches).unique("text")
    forms, places = _placed(told)
    table = told.drop_nulls("form").unique("form").sort("form")
    sketch = Sketch(
        np.ascontiguousarray(table["keys"].to_numpy().T), np.ascontiguousarray(table["bits"].to_numpy().T)
    )
    none = np.empty(0, np.int32)
    return SimilarTexts(places, forms, none, none, none, 0, 0, (none, none), sketch)


def _placed(formed: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
    """Return the distinct forms of texts in ascending order, and ``text`` and ``place`` of each text.

    Those of many texts are put in order some at a time: the first of the alphabet, then those that follow.
    """
    forms = [pl.DataFrame(schema={"form": pl.String})]
    places = []
    for some in on_disk.by_ranges(formed, "form"):
        own = some.select("form").drop_nulls().unique().sort("form")
        begin = sum(each.height for each in forms)
        place = own.with_columns(place=pl.int_range(pl.len(), dtype=pl.Int64) + begin)
        joined = some.join(place, on="form", how="left", maintain_order="left").select("text", "place")
        forms.append(on_disk.laid(own))
        places.append(on_disk.laid(joined))
    return pl.concat(forms)["form"], pl.concat(places)


def near(texts: pl.Series, known: pl.Series) -> pl.DataFrame:
    """Return which of some texts are similar to one that is known.

    Args:
        texts: Texts of posts, or biographies.
        known: Texts to find again.

    Returns:
        ``text`` and ``known``, both distinct values as they were given, and their ``similarity`` (Jaccard, 0.7 to 1). A text
        that says too little, see :func:`clusters`, is similar to none.
    """
    given = []
    for name, each in (("text", texts), ("known", known)):
        distinct = each.cast(pl.String).drop_nulls().unique()
        given.append(
            pl.DataFrame({name: distinct, "form": text_forms.normal_form(distinct)}).drop_nulls("form")
        )
    forms = pl.concat([each["form"] for each in given]).unique().sort()
    sketch = minhash.sketched(forms)
    place = pl.DataFrame({"form": forms, "place": np.arange(len(forms))})
    here, there = (each.join(place, on="form")["place"].unique().to_numpy() for each in given)
    found = []
    for keys in sketch.keys:
        one = pl.DataFrame({"key": keys[here], "one": here})
        two = pl.DataFrame({"key": keys[there], "two": there})
        found.append(one.join(two, on="key").select("one", "two"))
    pairs = pl.concat(found).unique().sort("one", "two")
    first, second = (pairs[name].to_numpy().astype(np.int32) for name in ("one", "two"))
    alike = candidates.differing(sketch.bits, first, second) <= candidates.DIFFERING
    first, second = first[alike], second[alike]
    similarity = jaccard.similarity(forms, first, second)
    verified = similarity > 0
    near_forms = pl.DataFrame(
        {
            "form": forms.gather(first[verified]),
            "known_form": forms.gather(second[verified]),
            "similarity": similarity[verified] / 1e6,
        }
    )
    return (
        near_forms.join(given[0], on="form")
        .join(given[1].rename({"form": "known_form"}), on="known_form")
        .select("text", "known", "similarity")
    )
