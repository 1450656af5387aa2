"""Templates: texts made from one pattern of words whose places are filled anew each time.

Two fillings of one template need not be near-duplicates of each other: each has other words in other places. What they have
in common are the words between the places. So not texts are clustered here but runs of words: three words in a row that
stand in several texts. Two runs belong together where most texts that hold the more frequent of them hold the other too; what
so belongs together, and is long enough, is a template. Common phrases stay apart, since each stands in texts of its own.

A text is of a template where it holds a good part of the template's runs, and these are a good part of its own. So texts
that share a phrase or a quotation, and else say something else, are of none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from vigie.features import on_disk
from vigie.features.similarity import look_alike_letters, medoid_clustering

Ints = NDArray[np.int64]

# Words of a run; letters in scripts without spaces between words.
RUN, RUN_UNSPACED = 3, 6
# Runs of a template at least: seven words in a row, or more in several pieces.
LEAST_RUNS = 5
# Share of the texts that hold the more frequent of two runs which hold the other too, from which these belong together.
TOGETHER = 0.55
# Share of a template's runs that a text of it holds, and share of the text's runs that these are.
LEAST_OF_TEMPLATE, LEAST_OF_TEXT = 0.3, 0.25
# Words of a text that are read, its first, or letters: what a long text costs is bounded.
MOST_WORDS, MOST_LETTERS = 45, 90
# Pairs of runs of a text that are counted at once: bounds memory.
_BLOCK = 20_000_000
# Texts whose runs are found at once, and bits of a run's number by which those that stand once are told: at most, and beyond those
# that the texts would need for themselves.
_TEXTS, _MOST_BITS, _BITS_MORE = 200_000, 29, 6
# What stands for the words of a place.
PLACE = "…"
# Odd, so that the numbers of three words in another order make another number.
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class _Words:
    """The first words of texts, or letters where no spaces are between them, one after the other.

    Attributes:
        word: Each word.
        form: Place of the text that it is of.
        spaced: How many of the words are followed by a space: those at the beginning.
    """

    word: pl.Series
    form: Ints
    spaced: int

    @property
    def kinds(self) -> tuple[tuple[int, int, int], ...]:
        """Of the words with spaces between them and of the others: the first, the end, and how many make a run."""
        return (0, self.spaced, RUN), (self.spaced, len(self.word), RUN_UNSPACED)


def templates(forms: pl.Series) -> pl.Series:
    """Return the template of each text: the words that its texts have in common, with a sign for those that differ.

    Args:
        forms: Distinct normal forms of texts, words with single spaces between them; scripts without spaces have none.

    Returns:
        String, as long as ``forms``; equal where texts are of one template, null where a text is of none.

    >>> said = "i am {} and we will not let them close the {}"
    >>> templates(pl.Series([said.format("ann", "school"), said.format("bob from leeds", "library")])).to_list()
    ['… and we will not let them close the …', '… and we will not let them close the …']
    """
    runs, texts, length = _runs(forms)
    template = _template(runs, texts)
    told = on_disk.by_stretches(
        runs, lambda some: some.with_columns(template=template.gather(some["run"])).drop_nulls("template")
    )
    if told.is_empty():
        return pl.repeat(None, len(forms), dtype=pl.String, eager=True).alias(forms.name)
    fitting = _fitting(told, np.bincount(template.drop_nulls()), length)
    shown = _shown(forms, told, fitting)
    place = np.full(len(forms), -1, np.int32)
    of_template = pl.DataFrame({"template": shown["template"], "place": np.arange(shown.height)})
    own = fitting.join(of_template, on="template")
    place[own["form"].to_numpy()] = own["place"]
    return shown["shown"].gather(pl.Series(place).replace(-1, None)).alias(forms.name)


def _words(forms: pl.Series) -> _Words:
    """Return the first words of each text."""
    texts = pl.DataFrame({"text": forms}).with_row_index("form")
    spaced = pl.col("text").str.contains(" ", literal=True)
    parts = [
        texts.filter(kind)
        .select("form", word=pl.col("text").str.split(between).list.head(most))
        .explode("word")
        for kind, between, most in ((spaced, " ", MOST_WORDS), (~spaced, "", MOST_LETTERS))
    ]
    every = pl.concat(parts)
    return _Words(every["word"], every["form"].to_numpy().astype(np.int64), parts[0].height)


def _runs(forms: pl.Series) -> tuple[pl.DataFrame, Ints, Ints]:
    """Return the runs that stand in several texts, of texts that may be of a template.

    Returns:
        ``form``, ``at`` (place of the first word in its text) and ``run`` (numbered from 0), each run once per text; how many texts
        hold each run; and how many runs each text has in all.
    """
    found, every = _likely(forms)
    lots: list[pl.DataFrame] = []
    shared = np.zeros(len(forms), np.int64)
    # Runs of one number are together, so some numbers at a time tell as much as all.
    for some in on_disk.by_ranges(found, "number"):
        repeated = _repeated(some)
        shared += np.bincount(repeated["form"].to_numpy(), minlength=len(forms))
        lots.append(on_disk.laid(repeated, least=1))
    # Texts that share too few runs with any others are of no template, and are most texts.
    is_likely = (shared >= LEAST_RUNS) & (shared >= LEAST_OF_TEXT * every)
    runs: list[pl.DataFrame] = []
    holding: list[Ints] = []
    count = 0
    for lot in lots:
        form, known = lot["form"].to_numpy(), lot["run"].to_numpy()
        texts, may = np.bincount(known), is_likely[form]
        # A run that stands mostly in those belongs with none.
        left = np.bincount(known[may], minlength=len(texts))
        keep = (left > 1) & (left >= TOGETHER * texts)
        may &= keep[known]
        again = count - 1 + np.cumsum(keep)
        count += int(keep.sum())
        table = {"form": form[may], "at": lot["at"].to_numpy()[may], "run": again[known[may]]}
        runs.append(on_disk.laid(pl.DataFrame(table, schema=dict.fromkeys(table, pl.Int64)), least=1))
        holding.append(texts[keep])
    return pl.concat(runs), np.concatenate(holding), every


@dataclass(frozen=True)
class _Numbered:
    """The runs of some texts.

    Attributes:
        number: What the words of the run make.
        form: Place of the text.
        at: Place of the first word in its text.
    """

    number: NDArray[np.uint64]
    form: Ints
    at: Ints

    def where(self, keep: NDArray[np.bool_]) -> _Numbered:
        """Return some of the runs."""
        return _Numbered(self.number[keep], self.form[keep], self.at[keep])

    def table(self) -> pl.DataFrame:
        """Return the runs as a table."""
        return pl.DataFrame({"number": self.number, "form": self.form, "at": self.at})


def _likely(forms: pl.Series) -> tuple[pl.DataFrame, Ints]:
    """Return the runs that may stand in several texts, all that do among them, and how many runs each text has in all.

    Most runs stand in one text. Of many texts they are left out, some texts at a time, before all are put in order.

    Returns:
        ``number`` (of the run, without as many of its last bits as there are for the place of a run), ``form``, ``at``.
    """
    every = np.zeros(len(forms), np.int64)
    starts = range(0, max(len(forms), 1), _TEXTS)

    def of_stretch(start: int) -> _Numbered:
        # Folded before they are split: texts are fewer than their words.
        own = _numbered(_words(look_alike_letters.folded(forms[start : start + _TEXTS])))
        return replace(own, form=own.form + start)

    if len(starts) == 1:
        found = of_stretch(0)
        return _cut(found.table()), np.bincount(found.form, minlength=len(forms))
    bits = min(_MOST_BITS, len(forms).bit_length() + _BITS_MORE)
    shift = np.uint64(64 - bits)
    # How often a run with these bits was met: never, once, or more often.
    met = np.zeros(1 << bits, np.uint8)
    for start in starts:
        found = of_stretch(start)
        every += np.bincount(found.form, minlength=len(forms))
        mark = pl.Series(found.number >> shift).sort().to_numpy()
        begins = np.flatnonzero(np.append(True, np.diff(mark) != 0)[: len(mark)])
        seen, times = mark[begins], np.minimum(np.diff(begins, append=len(mark)), 2).astype(np.uint8)
        met[seen] = np.minimum(met[seen] + times, 2)
    parts = (part.where(met[part.number >> shift] > 1).table() for part in map(of_stretch, starts))
    return _cut(on_disk.stacked(parts)), every


def _cut(runs: pl.DataFrame) -> pl.DataFrame:
    """Return runs whose numbers leave as many bits as the place of any of them takes."""
    bits = runs.height.bit_length()
    cut = pl.col("number") // pl.lit(1 << bits, pl.UInt64)
    return on_disk.by_stretches(runs, lambda some: some.with_columns(number=cut))


def _numbered(words: _Words) -> _Numbered:
    """Return the runs of some texts, those of texts with spaces first, then by text and place.

    Args:
        words: Of the texts, with letters that look alike as one.
    """
    hashed = words.word.hash(seed=5).to_numpy()
    parts = []
    for begin, end, length in words.kinds:
        of_kind = hashed[begin:end]
        count = max(len(of_kind) - length + 1, 0)
        run = np.zeros(count, np.uint64)
        for place in range(length):
            run = (run + of_kind[place : place + count]) * _FACTOR
        form = words.form[begin:end]
        whole = np.flatnonzero(form[:count] == form[length - 1 : length - 1 + count])
        parts.append(_Numbered(run[whole], form[whole], whole - np.searchsorted(form, form[whole])))
    return _joined(parts)


def _joined(parts: Sequence[_Numbered]) -> _Numbered:
    """Return the runs of several lots of texts as those of one."""
    return _Numbered(
        np.concatenate([part.number for part in parts]),
        np.concatenate([part.form for part in parts]),
        np.concatenate([part.at for part in parts]),
    )


def _repeated(runs: pl.DataFrame) -> pl.DataFrame:
    """Return the runs that several texts hold, once per text: ``form``, ``at``, and ``run``, numbered from 0.

    Args:
        runs: As :func:`_likely` returns them.
    """
    numbers, form = runs["number"].to_numpy(), runs["form"].to_numpy()
    # The number and its place in one: what is sorted by it stands by number, then by text.
    bits = np.uint64(len(numbers).bit_length())
    ordered = pl.Series(numbers << bits | np.arange(len(numbers), dtype=np.uint64)).sort().to_numpy()
    place = (ordered & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    new = np.append(True, np.diff(ordered >> bits) != 0)[: len(ordered)]
    once = new | np.append(True, np.diff(form[place]) != 0)[: len(ordered)]
    place, new = place[once], new[once]
    number = np.cumsum(new) - 1
    several = np.bincount(number) > 1
    keep = several[number]
    place = place[keep]
    run = (np.cumsum(several) - 1)[number[keep]]
    return pl.DataFrame({"form": form[place], "at": runs["at"].to_numpy()[place], "run": run})


def _template(runs: pl.DataFrame, texts: Ints) -> pl.Series:
    """Return the template of each run, as a number; null where it belongs with too few others.

    Args:
        runs: ``form``, ``run``.
        texts: How many texts hold each run.
    """
    part = parts(together(runs, texts), len(texts))
    large = pl.Series(np.bincount(part)[part] >= LEAST_RUNS, dtype=pl.Boolean)
    return pl.select(pl.when(large).then(pl.Series(part, dtype=pl.Int64))).to_series()


def parts(pairs: Iterable[tuple[Ints, Ints]], size: int) -> Ints:
    """Return the connected component of each of some things, numbered from 0 by their first members.

    Args:
        pairs: Of things that belong together, some at a time: what they join takes the place of what was joined before.
        size: How many things there are.

    >>> parts([(np.array([3]), np.array([1])), (np.array([2]), np.array([3]))], 5).tolist()
    [0, 1, 1, 1, 2]
    """
    part, count = np.arange(size), size
    for one, other in pairs:
        edges = coo_matrix((np.ones(len(one)), (part[one], part[other])), (count, count))
        count, joined = connected_components(edges, False)
        part = joined[part]
    return part


def together(runs: pl.DataFrame, texts: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield the pairs of runs that belong together.

    Args:
        runs: ``form`` (a text) and ``run`` (a run that stands in it), each run once per text.
        texts: How many texts hold each run.
    """
    size = len(texts)
    run, end = (on_disk.numbers((runs.height,), np.int64) for _ in range(2))
    marks, count = np.zeros(size, np.uint64), np.zeros(size, np.int64)
    done = 0
    for some in on_disk.by_ranges(runs, "form"):
        # By text, then by run: a pair is a place and one of those after it in its text.
        place = pl.Series(some["form"].to_numpy() * size + some["run"].to_numpy()).sort().to_numpy()
        form, own = np.divmod(place, size)
        ends = np.flatnonzero(np.append(np.diff(form) != 0, True)[: len(form)]) + 1
        last = np.repeat(ends, np.diff(ends, prepend=0))
        run[done : done + len(own)], end[done : done + len(own)] = own, done + last
        done += len(own)
        count += np.bincount(own, last - np.arange(1, len(own) + 1), size).astype(np.int64)
        # One bit for each text that holds a run, several to a bit.
        np.bitwise_or.at(marks, own, np.uint64(1) << (form % 64).astype(np.uint64))
    least = np.ceil(TOGETHER * texts).astype(np.int64)
    # All pairs of a run are counted at once, and those of the runs after it while they are few.
    begins = np.flatnonzero(np.diff(np.cumsum(count) // _BLOCK, prepend=-1))
    for begin, until in pairwise([*begins.tolist(), size]):
        mine = _places(run, begin, until)
        may = (
            _may(run[mine[place]], run[later], texts, least, marks)
            for place, later in medoid_clustering.spans(mine + 1, end[mine])
        )
        pair, times = _counted(one * size + other for one, other in may)
        one, other = np.divmod(pair, size)
        joined = times >= np.maximum(least[one], least[other])
        yield one[joined], other[joined]


def _places(run: Ints, begin: int, until: int) -> Ints:
    """Return where runs from one number to another stand."""
    rows = on_disk.KEYED * on_disk.ROWS
    stretches = ((start, run[start : start + rows]) for start in range(0, len(run), rows))
    return np.concatenate(
        [start + np.flatnonzero((own >= begin) & (own < until)) for start, own in stretches]
    )


def _may(one: Ints, other: Ints, texts: Ints, least: Ints, marks: NDArray[np.uint64]) -> tuple[Ints, Ints]:
    """Return the pairs of runs which may belong together, as far as can be told from each of the two alone.

    Args:
        one: Runs.
        other: As many others.
        texts: How many texts hold each run.
        least: How many of them must hold another that belongs with it, at least.
        marks: One bit for each text that holds a run, several to a bit.
    """
    few = np.minimum(texts[one], texts[other])
    most = np.maximum(least[one], least[other])
    near = np.flatnonzero(few >= most)
    one, other = one[near], other[near]
    # Each bit that is of one alone stands for a text at least that holds it alone.
    apart = np.minimum(
        texts[one] - np.bitwise_count(marks[one] & ~marks[other]),
        texts[other] - np.bitwise_count(marks[other] & ~marks[one]),
    )
    may = apart >= most[near]
    return one[may], other[may]


def _counted(lots: Iterable[Ints]) -> tuple[Ints, Ints]:
    """Return the distinct ones of numbers from 0, ascending, and how often each is among them."""
    distinct, times = np.empty(0, np.int64), np.empty(0, np.int64)
    waiting: list[Ints] = []
    for lot in lots:
        waiting.append(lot)
        # Of a run that very many texts hold, pairs are more than are held at once.
        if sum(map(len, waiting)) > _BLOCK:
            distinct, times = _added(distinct, times, waiting)
            waiting = []
    return _added(distinct, times, waiting)


def _added(distinct: Ints, times: Ints, lots: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Return distinct numbers and how often each was met, with those of more lots."""
    number = pl.Series(np.concatenate([np.empty(0, np.int64), *lots])).sort().to_numpy()
    begins = np.flatnonzero(np.diff(number, prepend=-1))
    new, often = number[begins], np.diff(begins, append=len(number))
    if not len(distinct):
        return new, often
    both = np.concatenate([distinct, new])
    order = np.argsort(both, kind="stable")
    both = both[order]
    begins = np.flatnonzero(np.diff(both, prepend=-1))
    return both[begins], np.add.reduceat(np.concatenate([times, often])[order], begins)


def _fitting(told: pl.DataFrame, sizes: Ints, length: Ints) -> pl.DataFrame:
    """Return the texts of templates, each with the one that it holds most runs of: ``form``, ``template``, ``held``.

    Args:
        told: ``form``, ``template`` of each run that a text holds.
        sizes: How many runs each template has.
        length: How many runs each text has.
    """

    def of_texts(some: pl.DataFrame) -> pl.DataFrame:
        held = some.group_by("form", "template").agg(held=pl.len())
        template, form = held["template"].to_numpy(), held["form"].to_numpy()
        return (
            held.with_columns(size=pl.Series(sizes[template]), length=pl.Series(length[form]))
            .filter(
                (pl.col("held") >= LEAST_RUNS)
                & (pl.col("held") >= LEAST_OF_TEMPLATE * pl.col("size"))
                & (pl.col("held") >= LEAST_OF_TEXT * pl.col("length"))
            )
            .sort("form", "held", "template", descending=[False, True, False])
            .unique("form", keep="first", maintain_order=True)
            .select("form", "template", "held")
        )

    fitting = on_disk.by_keys([told.select("form", "template")], ["form"], of_texts)
    return fitting.filter(pl.len().over("template") > 1)


def _shown(forms: pl.Series, told: pl.DataFrame, fitting: pl.DataFrame) -> pl.DataFrame:
    """Return what the texts of each template have in common, as the text that holds most of it has it.

    Returns:
        ``template``, ``shown``.
    """
    fullest = fitting.sort("held", "form", descending=[True, False]).unique(
        "template", keep="first", maintain_order=True
    )
    words = _words(forms[fullest["form"]])
    order = np.argsort(words.form, kind="stable")
    own = words.form[order]
    word = pl.DataFrame(
        {
            "form": fullest["form"].gather(own),
            "at": np.arange(len(own)) - np.searchsorted(own, own),
            "word": words.word.gather(order),
            "spaced": order < words.spaced,
        }
    )
    length = pl.when(pl.col("spaced")).then(RUN).otherwise(RUN_UNSPACED)
    constant = (
        on_disk.by_stretches(told, lambda some: some.join(fullest, on=["form", "template"]))
        .join(word.select("form", "spaced").unique(), on="form")
        .select("template", at=pl.int_ranges("at", pl.col("at") + length))
        .explode("at")
        .unique()
        .with_columns(constant=True)
    )
    return (
        word.join(fullest, on="form")
        .join(constant, on=["template", "at"], how="left")
        .sort("template", "at")
        .with_columns(word=pl.when("constant").then("word").otherwise(pl.lit(PLACE)))
        # A place is one, however many words fill it.
        .filter(
            pl.col("constant").is_not_null()
            | pl.col("constant").shift(1).over("template").is_not_null()
            | (pl.int_range(pl.len()).over("template") == 0)
        )
        .group_by("template", maintain_order=True)
        .agg(
            shown=pl.when(pl.col("spaced").first())
            .then(pl.col("word").str.join(" "))
            .otherwise(pl.col("word").str.join(""))
        )
    )
