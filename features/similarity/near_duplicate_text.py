"""Texts that say the same in the same words or nearly: clusters of near-duplicates.

Texts are compared in a normal form, letters only. Equal forms are one object. Distinct forms are compared by
the Jaccard similarity of their sets of 5 characters in a row, accents left out and letters that look alike as one
(:mod:`vigie.features.similarity.look_alike_letters`): candidates by MinHash (128 permutations in 32
bands of 4; of the pairs with similarity 0.7, 99.98 % become candidates), sieved by one bit of each minimum
[LiKonig2010], each verified on the sets themselves.

Texts of few words are all a little alike, and nearly all pairs of them become candidates. What is compared is therefore
bounded by the number of texts: candidates that agree in the fewest bits go first, and that they went is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from vigie.features import on_disk, text
from vigie.features.similarity import look_alike_letters, medoid_clustering
from vigie.features.similarity.medoid_clustering import Halves, Ints

Words32 = NDArray[np.uint32]
Words64 = NDArray[np.uint64]

# Texts with less prose say too little for a coincidence to tell anything.
LEAST_CHARACTERS = 30
LEAST_WORDS = 5
# The same for scripts without spaces between words, in letters of the normal form.
LEAST_UNSPACED = 15
# Jaccard similarity from which two texts are near duplicates, as a fraction: tested in whole numbers.
SIMILAR = (7, 10)
# Distinct texts in one bucket of the MinHash beyond which they are compared with the first of it only. Without
# it, hundreds of variants per message cost minutes (100 messages of 1,000 variants: over 120 s, then 25 s).
CROWD = 200
FIRST = 20
# Pairs in one bucket that are looked at, and candidates that are verified: for each distinct text, and at least. Real
# collections have below 85 and 30 for each text, and no more than 500,000 and 200,000 pairs.
SIEVED, SIEVED_AT_LEAST = 100, 20_000_000
VERIFIED, VERIFIED_AT_LEAST = 10, 1_000_000

# Characters that are drawn as nothing, fillers, joiners and selectors, and marks that no letter is composed with. Those that take
# the place of a space are one.
_UNDRAWN = rf"\p{{Default_Ignorable_Code_Point}}|{look_alike_letters.MARKS}"
_BLANK = r"[\x{2800}\x{3164}\x{FFA0}]"
# Cyrillic and Greek letters that are drawn as Latin ones, of Unicode's table of confusables [UTS39].
_LOOK_ALIKE = {
    **dict(zip("аеорсухіјѕһԁԛԝ", "aeopcyxijshdqw", strict=True)),
    **dict(zip("АВЕЅЈКМНОРСТУХІ", "ABESJKMHOPCTYXI", strict=True)),
    **dict(zip("αοριυν", "aopiuv", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
}
# A word of both scripts: nobody writes so but to hide from who compares texts.
_MIXED = rf"\p{{Latin}}[{''.join(_LOOK_ALIKE)}]|[{''.join(_LOOK_ALIKE)}]\p{{Latin}}"
UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
_SHINGLE = 5
_BANDS, _ROWS = 32, 4
# Of the 128 bits of two texts with similarity 0.7, 109 agree in the mean, and fewer than this once in millions;
# of two with similarity 0.1, 70 agree in the mean, and this many once in a thousand.
_AGREEING = 88
# Shingles hashed at once: small enough for the processor's cache.
_BLOCK = 1 << 17
# Numbers mixed at once: in the nearest cache, and so few that memory is used again rather than asked for.
_CACHED = 1 << 13
# Shingles of the pairs verified at once, and of the texts whose sets are held from one such part to the next.
_VERIFIED = 4_000_000
_HELD = 20_000_000
# Words of 64 bits that tell most pairs that are not similar: one line of the processor's cache.
_MARK_WORDS = 8


@dataclass(frozen=True)
class Sketch:
    """What distinct forms are compared by.

    Attributes:
        keys: (band, form): equal in a band where its four minima are equal.
        bits: (2, form): one bit of each of the 128 minima.
    """

    keys: Words32
    bits: Words64

    def of(self, forms: Ints) -> Sketch:
        """Return what some of the forms are compared by."""
        return Sketch(self.keys[:, forms], self.bits[:, forms])


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

    def hold(self, texts: pl.Series) -> bool:
        """Return whether all of some texts, nulls aside, were compared, and each with all that may be similar to it."""
        if self.crowded or self.verified is not None:
            return False
        known = pl.lit(self.places["text"]).implode()
        return bool(texts.to_frame("text").select(pl.col("text").is_in(known).all()).item())

    def clusters(self, texts: pl.Series) -> pl.Series:
        """Return the cluster of each of some texts that were compared, as :func:`clusters` would among them alone.

        Among all that were compared, the number of a cluster is the place of the first of its forms.
        """
        given = pl.LazyFrame({"text": texts.cast(pl.String)})
        found = given.join(self.places.lazy(), on="text", how="left", maintain_order="left").select(
            pl.col("place").fill_null(-1)
        )
        place = found.collect(engine="in-memory")["place"].to_numpy()
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

    def among(self, texts: pl.DataFrame) -> SimilarTexts:
        """Return what comparing only some of the texts, all of which this holds, would have found.

        Args:
            texts: ``text``, distinct.
        """
        places = texts.join(self.places, on="text", maintain_order="left")
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
        known = texts.join(self.places, on="text", maintain_order="left")
        new = texts.join(self.places, on="text", how="anti", maintain_order="left")
        return pl.concat([
            known.select("text", form=self.forms.gather(known["place"])),
            _formed(new),
        ])  # fmt: skip

    def sketched(self, forms: pl.Series) -> tuple[Sketch, Ints]:
        """Return what distinct forms are compared by, and the place here of each; -1 where this does not hold it."""
        own = pl.DataFrame({"form": self.forms, "place": np.arange(len(self.forms))})
        place = forms.to_frame("form").join(own, on="form", how="left", maintain_order="left")["place"]
        at = place.fill_null(-1).to_numpy()
        old, new = np.flatnonzero(at >= 0), np.flatnonzero(at < 0)
        sketch = Sketch(np.empty((_BANDS, len(at)), np.uint32), np.empty((2, len(at)), np.uint64))
        for places, told in ((old, self.sketch.of(at[old])), (new, _sketch(forms[new]))):
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
    distinct = pl.DataFrame({"text": texts.cast(pl.String)}).drop_nulls().unique()
    if known is not None and known.hold(distinct["text"]):
        return known.among(distinct)
    formed = _formed(distinct) if known is None else known.formed(distinct)
    forms, places = _placed(formed)
    if known is None:
        sketch = _sketch(forms)
        found = _candidates(sketch)
        similarity = _similarity(forms, found.first, found.second)
    else:
        sketch, at = known.sketched(forms)
        found = _candidates(sketch)
        similarity = known.known(at[found.first], at[found.second])
        new = np.flatnonzero(similarity < 0)
        similarity[new] = _similarity(forms, found.first[new], found.second[new])
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


def _formed(texts: pl.DataFrame) -> pl.DataFrame:
    """Return distinct texts with the normal ``form`` of each."""
    return on_disk.by_stretches(texts, lambda some: some.with_columns(form=normal_form(some["text"])))


def sketched(texts: pl.Series) -> pl.DataFrame:
    """Return what texts are compared by, each text by itself: the part of the work that needs no other text.

    Returns:
        Distinct ``text`` and, where it says enough to be an object, its normal ``form``, and the ``keys`` and ``bits`` of its
        sketch.
    """
    distinct = texts.cast(pl.String).drop_nulls().unique()
    formed = pl.DataFrame({"text": distinct, "form": normal_form(distinct)})
    forms = formed["form"].drop_nulls().unique()
    sketch = _sketch(forms)
    table = pl.DataFrame(
        {"form": forms, "keys": sketch.keys.T, "bits": sketch.bits.T},
        schema={"form": pl.String, "keys": pl.Array(pl.UInt32, _BANDS), "bits": pl.Array(pl.UInt64, 2)},
    )
    return formed.join(table, on="form", how="left", maintain_order="left")


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
    """Return the distinct forms of texts in ascending order, and ``text`` and ``place`` of each text."""
    forms = formed["form"].drop_nulls().unique().sort()
    place = pl.DataFrame({"form": forms}).with_row_index("place")
    joined = formed.join(place, on="form", how="left", maintain_order="left")
    return forms, joined.select("text", pl.col("place").cast(pl.Int64))


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
        given.append(pl.DataFrame({name: distinct, "form": normal_form(distinct)}).drop_nulls("form"))
    forms = pl.concat([each["form"] for each in given]).unique().sort()
    sketch = _sketch(forms)
    place = pl.DataFrame({"form": forms, "place": np.arange(len(forms))})
    here, there = (each.join(place, on="form")["place"].unique().to_numpy() for each in given)
    found = []
    for keys in sketch.keys:
        one = pl.DataFrame({"key": keys[here], "one": here})
        two = pl.DataFrame({"key": keys[there], "two": there})
        found.append(one.join(two, on="key").select("one", "two"))
    pairs = pl.concat(found).unique().sort("one", "two")
    first, second = (pairs[name].to_numpy().astype(np.int32) for name in ("one", "two"))
    low, high = sketch.bits
    unlike = np.bitwise_count(low[first] ^ low[second]) + np.bitwise_count(high[first] ^ high[second])
    alike = unlike <= _BANDS * _ROWS - _AGREEING
    first, second = first[alike], second[alike]
    similarity = _similarity(forms, first, second)
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


def normal_form(texts: pl.Series) -> pl.Series:
    """Return the normal form of each text, letters only, null where it says too little to be an object."""
    # Lazy, as Polars then finds the prose once for both.
    table = pl.LazyFrame({"text": _composed(texts)}).select(
        prose=text.prose(pl.col("text")), form=text.letters(pl.col("text"))
    )
    form = pl.col("form")
    spaces = form.str.count_matches(" ", literal=True)
    letters = form.str.len_chars() - spaces
    unspaced = form.str.count_matches(UNSPACED) * 2 >= letters
    solid = pl.when(unspaced & (letters >= LEAST_UNSPACED)).then(form).str.replace_all(" ", "", literal=True)
    spaced = (pl.col("prose").str.len_chars() >= LEAST_CHARACTERS) & (spaces + 1 >= LEAST_WORDS)
    return table.select(pl.coalesce(solid, pl.when(~unspaced & spaced).then(form))).collect().to_series()


def _composed(texts: pl.Series) -> pl.Series:
    """Return what is visible of each text, in Unicode's form NFKC, letters that only look Latin as the Latin ones."""
    shown = pl.DataFrame({"text": texts}).select(text.visible(pl.col("text"))).to_series()
    # ASCII is in that form already, and finding so out costs a tenth of what it costs to compose.
    foreign = (shown.str.len_bytes() > shown.str.len_chars()).arg_true()
    if foreign.is_empty():
        return shown
    drawn = shown.gather(foreign).str.replace_all(_BLANK, " ").str.normalize("NFKC")
    composed = drawn.str.replace_all(_UNDRAWN, "")
    mixed = composed.str.contains(_MIXED).arg_true()
    if not mixed.is_empty():
        alike = composed.gather(mixed).str.replace_many(list(_LOOK_ALIKE), list(_LOOK_ALIKE.values()))
        composed = composed.scatter(mixed, alike)
    return shown.scatter(foreign, composed)


@dataclass(frozen=True)
class _Candidates:
    """Pairs of forms that may be similar, sorted by the first, so that those of a form are verified together.

    Attributes:
        first: One side of each pair.
        second: The other side.
        crowded: Buckets in which forms pair with the first of them only.
        cut: Whether the bounds left out pairs that may be similar.
    """

    first: Halves
    second: Halves
    crowded: int
    cut: bool


@dataclass(frozen=True)
class _Buckets:
    """The forms of one band that share a key with others.

    Attributes:
        order: The forms, bucket by bucket.
        ends: Place after the last form of each bucket.
    """

    order: Halves
    ends: Ints

    @property
    def sizes(self) -> Ints:
        """Forms of each bucket."""
        return np.diff(self.ends, prepend=0)

    def pairs(self, crowd: int, first: int) -> int:
        """Return the pairs that are looked at, where a bucket of more than ``crowd`` pairs with its ``first`` only."""
        sizes = self.sizes
        return int(np.where(sizes > crowd, first * sizes, sizes * (sizes - 1) // 2).sum())


def _candidates(sketch: Sketch) -> _Candidates:
    """Return the pairs of forms that share a bucket and agree in most bits, each once."""
    size = sketch.keys.shape[1]
    bands = [_buckets(keys) for keys in sketch.keys]
    crowd, first = CROWD, FIRST
    while sum(band.pairs(crowd, first) for band in bands) > max(SIEVED * size, SIEVED_AT_LEAST) and first > 1:
        crowd, first = crowd // 2, first // 2
    late = on_disk.numbers((_BANDS, size), np.bool_)
    most, differing = max(VERIFIED * size, VERIFIED_AT_LEAST), _BANDS * _ROWS - _AGREEING
    kept = _Kept(most, differing)
    crowded = 0
    for number, band in enumerate(bands):
        order = band.order
        place = np.arange(len(order))
        end, count = np.repeat(band.ends, band.sizes), np.repeat(band.sizes, band.sizes)
        beyond = (count > crowd) & (place - (end - count) >= first)
        late[number, order] = beyond
        crowded += int((band.sizes > crowd).sum())
        low, high = sketch.bits[:, order]
        for left, right in medoid_clustering.spans(place + 1, np.where(beyond, 0, end)):
            unlike = np.bitwise_count(low[left] ^ low[right]) + np.bitwise_count(high[left] ^ high[right])
            alike = np.flatnonzero(unlike <= kept.differing)
            one, two, unlike = order[left[alike]], order[right[alike]], unlike[alike]
            # A pair that an earlier band has found already is not found again.
            for earlier in range(number):
                fresh = (sketch.keys[earlier, one] != sketch.keys[earlier, two]) | late[earlier, one]
                one, two, unlike = one[fresh], two[fresh], unlike[fresh]
            kept.add(one, two, unlike)
    one, two = kept.pairs()
    by_first = np.argsort(one, kind="stable")
    return _Candidates(one[by_first], two[by_first], crowded, first < FIRST or kept.differing < differing)


class _Kept:
    """Keeps at most so many pairs: those that differ in the fewest bits.

    Attributes:
        differing: Bits in which pairs that are kept differ at most; falls as more pairs come.
    """

    def __init__(self, most: int, differing: int) -> None:
        self.differing = differing
        self._most = most
        self._parts: list[tuple[Halves, Halves, NDArray[np.uint8]]] = []
        self._counts = np.zeros(differing + 1, np.int64)

    def add(self, one: Halves, two: Halves, unlike: NDArray[np.uint8]) -> None:
        """Take pairs and the number of bits in which they differ, none beyond :attr:`differing`."""
        self._parts.append((one, two, unlike))
        self._counts += np.bincount(unlike, minlength=len(self._counts))
        fitting = int(np.searchsorted(np.cumsum(self._counts), self._most, "right")) - 1
        if fitting < self.differing:
            self.differing = max(fitting, 0)
            self._counts[self.differing + 1 :] = 0
            keep = [part[2] <= self.differing for part in self._parts]
            self._parts = [
                (one[mine], two[mine], bits[mine])
                for (one, two, bits), mine in zip(self._parts, keep, strict=True)
            ]

    def pairs(self) -> tuple[Halves, Halves]:
        """Return both sides of the pairs that are kept."""
        none = np.empty(0, np.int32)
        return (
            np.concatenate([none, *(one for one, _, _ in self._parts)]),
            np.concatenate([none, *(two for _, two, _ in self._parts)]),
        )


def _buckets(keys: Words32) -> _Buckets:
    """Return the forms of a band whose keys stand more than once, by key."""
    repeated = _repeated(keys)
    # Key and form in one number: sorted by Polars, at less than half the cost of NumPy's argsort.
    ordered = (
        pl.Series(keys[repeated].astype(np.uint64) << np.uint64(32) | repeated.astype(np.uint64))
        .sort()
        .to_numpy()
    )
    order = (ordered & np.uint64(0xFFFFFFFF)).astype(np.int32)
    last = np.append(np.diff(ordered >> np.uint64(32)) != 0, True)[: len(ordered)]
    return _Buckets(order, np.flatnonzero(last) + 1)


def _repeated(keys: Words32) -> Ints:
    """Return the positions of all keys that stand more than once, and of few others."""
    # Counted by some of their bits, so many that most keys are alone in their count.
    bits = min(32, len(keys).bit_length() + 2)
    part = keys >> np.uint32(32 - bits)
    return np.flatnonzero(np.bincount(part, minlength=1 << bits)[part] > 1)


def _similarity(forms: pl.Series, first: Halves, second: Halves) -> NDArray[np.int32]:
    """Return the Jaccard similarity of pairs of forms in millionths, 0 where they are not similar."""
    similarity = np.zeros(len(first), np.int32)
    if not len(first):
        return similarity
    lengths = forms.str.len_chars().to_numpy().astype(np.int64)
    work = np.cumsum(lengths[first] + lengths[second])
    parts = np.split(np.arange(len(first)), np.flatnonzero(np.diff(work // _VERIFIED)) + 1)
    held = np.unique(np.concatenate([first, second]))
    # The sets of all are found once where they are few enough to hold, else anew for each part.
    once = lengths[held].sum() <= _HELD
    if once:
        sets = _sets(forms[held].to_list())
        marks = _marks(sets)
    for part in parts:
        one, two = first[part], second[part]
        if not once:
            held = np.unique(np.concatenate([one, two]))
            sets = _sets(forms[held].to_list())
            marks = _marks(sets)
        sizes = np.diff(sets.indptr).astype(np.int64)
        a, b = np.searchsorted(held, one), np.searchsorted(held, two)
        possible = np.flatnonzero(_may_be_similar(marks, sizes, a, b))
        a, b = a[possible], b[possible]
        shared = np.diff(sets[a].multiply(sets[b]).indptr).astype(np.int64)
        union = sizes[a] + sizes[b] - shared
        keep = _are_similar(shared, union)
        similarity[part[possible[keep]]] = shared[keep] * 1_000_000 // union[keep]
    return similarity


def _marks(sets: csr_matrix) -> Words64:
    """Return one bit for each shingle that a form holds, several to a bit: shape (forms, words)."""
    marks = np.zeros((sets.shape[0], _MARK_WORDS), np.uint64)
    form = np.repeat(np.arange(len(marks)), np.diff(sets.indptr))
    bit = sets.indices.view(np.uint64) & np.uint64(64 * _MARK_WORDS - 1)
    np.bitwise_or.at(
        marks.reshape(-1),
        form * _MARK_WORDS + (bit >> np.uint64(6)).view(np.int64),
        np.uint64(1) << (bit & np.uint64(63)),
    )
    return marks


def _may_be_similar(marks: Words64, sizes: Ints, one: Ints, two: Ints) -> NDArray[np.bool_]:
    """Return which pairs of forms may be similar, at a tenth of what it costs to compare their sets.

    A bit that one form has and the other has not is of a shingle that they do not share.
    """
    left, right = marks[one], marks[two]
    common = left & right
    shared = np.minimum(
        sizes[one] - np.bitwise_count(left ^ common).sum(axis=1, dtype=np.int64),
        sizes[two] - np.bitwise_count(right ^ common).sum(axis=1, dtype=np.int64),
    )
    return _are_similar(shared, sizes[one] + sizes[two] - shared)


def _are_similar(shared: Ints, union: Ints) -> NDArray[np.bool_]:
    """Return which pairs of sets reach :data:`SIMILAR`."""
    return np.asarray(SIMILAR[1] * shared >= SIMILAR[0] * union)


def _sketch(forms: pl.Series) -> Sketch:
    """Return what distinct forms, each of at least five characters, are compared by."""
    counts = forms.str.len_chars().to_numpy().astype(np.int64) - _SHINGLE + 1
    order = np.argsort(counts, kind="stable")
    ordered = counts[order]
    generator = np.random.Generator(np.random.PCG64(20_070_521))
    factors = generator.integers(0, 1 << 32, _BANDS * _ROWS // 2, np.uint32) | np.uint32(1)
    keys = on_disk.numbers((_BANDS, len(forms)), np.uint32)
    bits = on_disk.numbers((2, len(forms)), np.uint64)
    start = 0
    while start < len(order):
        # Forms of about one length at a time: they make a table with little padding.
        alike = int(np.searchsorted(ordered, ordered[start] * 1.1 + 4, "right"))
        stop = min(alike, start + max(1, _BLOCK // int(ordered[alike - 1])))
        rows = order[start:stop]
        minima = _minima(_table(forms[rows].to_list(), ordered[start:stop]), factors)
        keys[:, start:stop] = _keys(minima)
        # A bit below those that tell how small a minimum is.
        drawn = np.ascontiguousarray((minima & np.uint32(1 << 8) != 0).T)
        bits[:, start:stop] = np.packbits(drawn, axis=1).view(np.uint64).T
        start = stop
    for row in (*keys, *bits):
        row[order] = row.copy()
    return Sketch(keys, bits)


def _table(forms: list[str], counts: Ints) -> Words32:
    """Return the shingles of each form as a column of numbers, the last repeated to fill the column."""
    shingles = (_shingles(forms) >> np.uint64(32)).astype(np.uint32)
    begins = np.cumsum(counts + _SHINGLE - 1) - (counts + _SHINGLE - 1)
    places = np.minimum(np.arange(int(counts.max()))[:, None], counts - 1)
    places += begins
    return np.asarray(shingles[places])


def _sets(forms: list[str]) -> csr_matrix:
    """Return the shingles that each form holds, as the columns of a row; each once."""
    shingles = (_shingles(forms) >> np.uint64(1)).view(np.int64)
    lengths = np.array([len(form) for form in forms])
    ends = np.cumsum(lengths)
    form = np.repeat(np.arange(len(forms)), lengths)[: len(shingles)]
    # The last places of a form run on into the next one.
    whole = np.arange(len(shingles)) + _SHINGLE <= ends[form]
    held = csr_matrix(
        (np.ones(int(whole.sum()), np.bool_), (form[whole], shingles[whole])),
        shape=(len(forms), np.iinfo(np.int64).max),
    )
    held.sum_duplicates()
    return held


def _shingles(forms: list[str]) -> Words64:
    """Return a number for every five characters in a row of the forms written one after the other."""
    points = look_alike_letters.folded_points(np.frombuffer("".join(forms).encode("utf-32-le"), np.uint32))
    shingles = np.empty(len(points) - _SHINGLE + 1, np.uint64)
    shift = np.uint64(21)
    for start in range(0, len(shingles), _CACHED):
        part = points[start : start + _CACHED + _SHINGLE - 1].astype(np.uint64)
        # Characters have 21 bits: three of them, then two, fill a number of 64 bits.
        two = part[:-1] << shift | part[1:]
        three = two[:-3] << shift | part[2:-2]
        shingles[start : start + _CACHED] = _mixed(_mixed(three) ^ two[3:])
    return shingles


def _minima(table: Words32, factors: Words32) -> Words32:
    """Return the minimum of each column of shingles under each permutation: shape (permutations, columns).

    A permutation of the numbers of 32 bits is x -> factor * x with an odd factor, modulo 2^32, which is what
    unsigned arithmetic of 32 bits gives; the same in reverse order is another. The numbers are mixed already, so
    that no order among them outlives it.
    """
    minima = np.empty((2, len(factors), table.shape[1]), np.uint32)
    permuted = np.empty_like(table)
    for factor, least, most in zip(factors, *minima, strict=True):
        np.multiply(table, factor, out=permuted)
        permuted.min(axis=0, out=least)
        permuted.max(axis=0, out=most)
    np.invert(minima[1], out=minima[1])
    return minima.reshape(-1, table.shape[1])


def _keys(minima: Words32) -> Words32:
    """Return one key per band and column out of the minima of the band."""
    keys = np.zeros((_BANDS, minima.shape[1]), np.uint64)
    for row in range(_ROWS):
        keys = _mixed(keys ^ minima[row::_ROWS])
    return (keys >> np.uint64(32)).astype(np.uint32)


def _mixed(numbers: Words64) -> Words64:
    """Return numbers of 64 bits thoroughly mixed, one to one: a step of SplitMix64."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    flat = mixed.reshape(-1)
    for start in range(0, flat.size, _CACHED):
        part = flat[start : start + _CACHED]
        part ^= part >> np.uint64(30)
        part *= np.uint64(0xBF58476D1CE4E5B9)
        part ^= part >> np.uint64(27)
        part *= np.uint64(0x94D049BB133111EB)
        part ^= part >> np.uint64(31)
    return mixed
