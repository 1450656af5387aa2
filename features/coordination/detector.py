"""The whole way from posts to synchronous pairs, over every trace and window that the data carry."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import polars as pl

from vigie.features import on_disk, steps
from vigie.features.coordination import baselines, layers, null_models, pairs, published_contents, traces
from vigie.features.coordination.baselines import Baseline
from vigie.features.coordination.layers import Deviation, Engine, Layer
from vigie.features.coordination.pairs import Ints
from vigie.features.coordination.parts import ONE, Parts
from vigie.features.coordination.traces import ANY
from vigie.features.i18n import Decimal, Duration, Listing, Message, Percent, Value, message
from vigie.features.similarity.near_duplicate_text import SimilarTexts

ANY_WINDOWS = (traces.MINUTE, 10 * traces.MINUTE, traces.HOUR)
# Traces from the one that says most of a post to the one that says least.
BY_SPECIFICITY = (
    "co_repost", "media_duplicate", "text_duplicate", "text_meaning", "co_reply", "co_url", "rare_domain",
    "hashtag_sequence", "rare_hashtag", "co_mention",
)  # fmt: skip
# Share of false pairs among those called significant, per trace and window.
ALPHA = 0.01
# Days on which a pair that waiting for the same authors explains must have met to count nevertheless.
RETURNING_DAYS = 3
# And what else it must show: this p-value, or authors from which waiting for one of them is no explanation, or
# partners in common.
RETURNING_ALPHA, SEVERAL_AUTHORS, COMMON_PARTNERS = 1e-4, 3, 2
# Ratio of the rates of a collection to those of ordinary ones from which a note tells it, and meetings that prove one.
UNLIKE_ORDINARY, LEAST_MEETINGS = 3.0, 200
# Cap below which no lower one is tried.
_LEAST_CAP = 2
# Events of a trace beyond which they are not held in order beside those of all, as it would double the memory of a large corpus; or
# those of one trace at a time, where they lie on disk.
_HELD = 500_000


@dataclass(frozen=True)
class TraceActs:
    """What was done on one trace, as its pairs were counted from it.

    Attributes:
        events: The columns of :attr:`Network.events`, with ``object_trace`` (the trace that the object is of: the trace itself, but
            for all traces together) and ``name`` (what it is called there).
        actions: The actions among them; ``post`` is the place of the event.
    """

    events: pl.DataFrame
    actions: pairs.Actions


@dataclass(frozen=True)
class Network:
    """Synchronous pairs of a corpus, and what was done to find them.

    Attributes:
        pairs: ``trace``, ``window`` (seconds), and the columns of :func:`vigie.features.coordination.null_models.compared`
            and :func:`vigie.features.coordination.null_models.referred`, for pairs with at least two objects; the latter
            are null on traces that are referred to no baseline.
        events: ``trace``, ``account``, ``object`` (as text), ``time``, ``post``, ``author``.
        published: The same of what can be copied (:data:`vigie.features.coordination.published_contents.PUBLISHED`), those of accounts with
            a single content included.
        notes: What was capped or skipped.
        caps: Cap by trace and window, the lowest of all parts; :data:`vigie.features.coordination.pairs.CAP` where none
            is given.
        deviations: How far the collection is from ordinary ones, by trace and window that are referred to a baseline.
        texts: Which texts of own posts are similar; None where no posts were read.
        is_whole: Whether every trace and window was compared, and none left out for its cost.
        mixed: Events of all traces as those of one, see :func:`any_trace`; None: not held, as they are many or were not made.
    """

    pairs: pl.DataFrame
    events: pl.DataFrame
    notes: tuple[Message, ...]
    caps: Mapping[tuple[str, int], int] = field(default_factory=dict)
    deviations: tuple[Deviation, ...] = ()
    published: pl.DataFrame = field(default_factory=pl.DataFrame)
    texts: SimilarTexts | None = None
    is_whole: bool = True
    mixed: pl.DataFrame | None = field(default=None, compare=False)

    def significant(self) -> pl.DataFrame:
        """Return the pairs that chance does not explain, by the rates of the collection or by those of ordinary ones.

        Returns:
            The columns of ``pairs`` with ``decided_by`` (``collection``, or ``reference`` where the rates of the
            collection explain the pair and those of ordinary ones do not) and ``p``, the p-value that decided; ``expected``
            is what the rates that decided give.
        """
        return self._significant

    @cached_property
    def _significant(self) -> pl.DataFrame:
        own = self.significant_in_collection()
        referred = self.pairs.filter(pl.col("p_reference_corrected") < ALPHA).join(
            own, on=_PAIR, how="anti", maintain_order="left"
        )
        return pl.concat(
            [
                own.with_columns(decided_by=pl.lit("collection"), p="p_class"),
                referred.with_columns(
                    decided_by=pl.lit("reference"), p="p_reference", expected="expected_reference"
                ),
            ]
        )

    def significant_in_collection(self) -> pl.DataFrame:
        """Return the pairs that chance does not explain under the class null, by the rates of the collection alone.

        A pair that waiting for the same authors explains counts only where it returned on several days (fans return
        day after day, the crowd of one live event does not), and is most surprising, or met on the objects of
        several authors, or has partners in common among the pairs that count without this.
        """
        return self._significant_in_collection

    @cached_property
    def _significant_in_collection(self) -> pl.DataFrame:
        p = pl.col("p_class_corrected")
        waited = pl.col("authors").is_not_null() & (pl.col("p_author_corrected") >= ALPHA)
        returned = pl.col("days") >= RETURNING_DAYS
        convincing = (p < RETURNING_ALPHA) | (pl.col("authors") >= SEVERAL_AUTHORS)
        alone = (~waited | (returned & convincing)).fill_null(False)
        likely = self.pairs.lazy().filter(p < ALPHA)
        doubted = likely.filter(~alone & returned).collect(engine="in-memory")
        counts = alone
        # Most collections hold none, and looking for partners costs more than all else here.
        if doubted.height:
            supported = _with_common_partners(doubted, likely.filter(alone))
            counts |= pl.struct(*_PAIR).is_in(supported.to_struct().implode())
        return likely.filter(counts).collect(engine="in-memory")

    def acts_on(self, trace: str) -> TraceActs:
        """Return what was done on a trace: put in order once, for all that is told of its pairs."""
        if trace in self._acts_on:
            return self._acts_on[trace]
        found = self._happened(trace)
        happened = on_disk.stacked(
            some.sort("post", maintain_order=True) for some in on_disk.by_ranges(found, "post")
        )
        if happened.height > _HELD:
            for name, held in list(self._acts_on.items()):
                if held.events.height > _HELD:
                    self._acts_on.pop(name, None)
        # Numbered in the order of the posts, as ties between actions are broken by it.
        numbered = happened.with_columns(post=pl.int_range(pl.len(), dtype=pl.Int64))
        done = TraceActs(happened, pairs.actions(numbered))
        if happened.height <= _HELD or on_disk.is_asked_for():
            self._acts_on[trace] = done
        return done

    @cached_property
    def _acts_on(self) -> dict[str, TraceActs]:
        return {}

    def _happened(self, trace: str) -> pl.DataFrame:
        """Return the events of a trace, with the trace each object is of and its name there."""
        if trace != ANY:
            own = on_disk.where(self.events, self.events["trace"] == trace)
            return own.with_columns(object_trace="trace", name="object")
        of_trace = pl.col("kind").replace_strict(dict(enumerate(BY_SPECIFICITY)), return_dtype=pl.String)
        mixed = any_trace(self.events) if self.mixed is None else self.mixed
        return on_disk.by_stretches(
            mixed,
            lambda some: some.with_columns(object_trace=of_trace).with_columns(
                name=pl.col("object").str.slice(pl.col("object_trace").str.len_chars() + 1)
            ),
        )

    def of_parts(self, parts: Parts, begins: Sequence[int]) -> list[Network]:
        """Return the network of each part, accounts and posts numbered as they are there.

        Args:
            parts: The parts.
            begins: Position of the first post of each among those of all.
        """
        return [self._of_part(parts, number, begin) for number, begin in enumerate(begins)]

    def _of_part(self, parts: Parts, number: int, begin: int) -> Network:
        """Return the network of one part, whose first post stands there."""

        def mine(table: pl.DataFrame, account: str, *renumbered: pl.Expr) -> pl.DataFrame:
            own = table.lazy().filter(parts.of(pl.col(account)) == number)
            return own.with_columns(renumbered).collect(engine="in-memory")

        account, post = pl.col("account") - number * parts.width, pl.col("post") - begin
        return replace(
            self,
            pairs=mine(self.pairs, "first", pl.col("first", "second") - number * parts.width),
            events=mine(self.events, "account", account, post),
            published=mine(self.published, "account", account, post),
            mixed=None,
        )


def detect_pairs(
    posts: pl.DataFrame,
    *,
    cap: int = pairs.CAP,
    meetings: int | None = None,
    budget: int | None = None,
    names: Sequence[str] | None = None,
    baseline: Baseline | None = None,
    platforms: Collection[str | None] = (),
    texts: SimilarTexts | None = None,
    parts: Parts = ONE,
    engine: Engine = layers.HERE,
    progress: Callable[[str], None] = lambda _: None,
) -> Network:
    """Return the synchronous pairs of a corpus, over every trace and window.

    Args:
        posts: Contract columns without platform and account_id, and ``row`` of the author.
        cap: Actions on one object within a window beyond which an action pairs with none.
        meetings: Most meetings of two actions that are looked at per part, trace and window. Where there are more, the
            cap is halved until there are not, and a note says so. None: no bound.
        budget: Most meetings that are looked at over all traces and windows. Where there are more, what comes after is not
            compared, and a note says so. None: no bound.
        names: Traces to look at, in this order; None: all that are registered.
        baseline: Rates of ordinary accounts, for a corpus of one part; None: the collection alone sets the rates.
        platforms: Platforms of the accounts, for the baseline.
        texts: Texts that were compared before: what is known of them is not found out again.
        parts: Collections that the accounts are of, each compared as it would be alone.
        engine: Where actions are compared.
        progress: Called with the name of each trace as it begins.
    """
    wanted = traces.registered() if names is None else names
    prepared, unread, compared_texts = traces.read(posts, texts, parts, names=wanted)
    resolution = traces.coarsest(prepared, parts)
    tables: list[pl.DataFrame] = [_NO_PAIR]
    waiting: list[Layer] = []
    acted: list[pl.DataFrame] = [_NO_EVENT]
    published: list[pl.DataFrame] = [_NO_EVENT]
    notes = list(unread)
    caps: dict[tuple[str, int], int] = {}
    deviations: list[Deviation] = []
    met: list[int] = []
    missed = 0
    times = prepared["time"].to_numpy()
    span = int(times.max() - times.min()) if len(times) else 0

    def compare(name: str, events: pl.DataFrame, windows: Sequence[int]) -> None:
        nonlocal missed
        every = pairs.actions(events, parts)
        for window in windows:
            ordered = _of_fine_clocks(every, window, resolution)
            bounded = _bounded_caps(ordered, window, cap, meetings, parts)
            of_object = bounded[ordered.part]
            if budget is not None:
                met.append(int(pairs.reach(ordered, window, of_object)[1].sum()))
                if missed or sum(met) > budget:
                    missed += 1
                    continue
            lowest = caps[name, window] = int(bounded.min())
            if burst := int(pairs.crowded(ordered, window, of_object).sum()):
                notes.append(_burst(name, window, burst, lowest, lowered=lowest < cap))
            reference = None
            if baseline is not None and name in baselines.TRACES:
                grades = null_models.grades(ordered)
                reference = baseline.of(name, window, grades, platforms=platforms).typical
            layer = Layer(name, window, ordered, bounded, reference)
            if sum(each.size for each in (*waiting, layer)) > engine.together:
                judge()
            waiting.append(layer)

    def judge() -> None:
        if waiting:
            tested, far = steps.kept_tables("layers", compared, part=len(tables))
            tables.append(tested)
            deviations.extend(Deviation(**each) for each in far.iter_rows(named=True))
            waiting.clear()

    def compared() -> Sequence[pl.DataFrame]:
        tested, far = layers.compared(waiting, parts, span, engine)
        return tested, pl.DataFrame([vars(each) for each in far], schema=_DEVIATION)

    def look_at(prepared: pl.DataFrame, name: str) -> None:
        acts = traces.acts(prepared, name)
        if name in published_contents.PUBLISHED and acts.height:
            published.append(on_disk.laid(_named(acts, name), least=1))
        events = traces.of_active(acts, name)
        if events.is_empty():
            return
        carried, _ = traces.windows(name, int(resolution.min()))
        if skipped := traces.windows(name, int(resolution.max()))[1]:
            notes.append(_skipped(name, skipped, int(resolution.max())))
        acted.append(on_disk.laid(_named(events, name), least=1))
        compare(name, events, carried)

    for place, name in enumerate(wanted):
        progress(name)
        look_at(prepared, name)
        steps.passed("traces", place, len(wanted))
    # Of many posts it is the largest table of all, and nothing reads it from here on.
    del prepared
    mixed = any_trace(pl.concat(acted), parts)
    if mixed.height:
        progress(ANY)
        compare(ANY, mixed, [window for window in ANY_WINDOWS if window >= resolution.min()])
    judge()
    steps.passed("any")
    if missed:
        values: dict[str, Value] = {
            "count": missed,
            "made": len(met) - missed,
            "meetings": sum(met[:-missed]),
        }
        notes.append(Message("coordination.too_costly", values))
    if baseline is not None and platforms and not baseline.covers(platforms):
        notes.append(message("coordination.baseline_of_others", platforms=Listing(baseline.platforms)))
    unlike = [each for each in deviations if each.met >= LEAST_MEETINGS and each.ratio >= UNLIKE_ORDINARY]
    if unlike:
        notes.append(_unlike(max(unlike, key=lambda each: each.ratio)))
    return Network(
        on_disk.laid(pl.concat(tables, how="diagonal")),
        pl.concat(acted),
        tuple(notes),
        caps,
        tuple(deviations),
        pl.concat(published),
        compared_texts,
        is_whole=not missed,
        mixed=mixed if mixed.height <= _HELD else None,
    )


def _of_fine_clocks(found: pairs.Actions, window: int, resolution: Ints) -> pairs.Actions:
    """Return the actions of the parts whose clock carries a window."""
    carried = resolution <= window
    return found if carried.all() else found.where(carried[found.part[found.object]])


def _named(events: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the events of a trace under its name, objects as text."""
    return events.select(
        pl.lit(name).alias("trace"), "account", pl.col("object").cast(pl.String), "time", "post", "author"
    )


def _bounded_caps(ordered: pairs.Actions, window: int, cap: int, meetings: int | None, parts: Parts) -> Ints:
    """Return the cap of each part, halved as often as it takes for at most so many meetings."""
    caps = np.full(parts.count, cap)
    while meetings is not None:
        calm, after = pairs.reach(ordered, window, caps[ordered.part])
        met = np.bincount(ordered.part[ordered.object[calm]], after, minlength=parts.count)
        over = (met > meetings) & (caps > _LEAST_CAP)
        if not over.any():
            break
        caps[over] //= 2
    return caps


def _burst(name: str, window: int, burst: int, cap: int, *, lowered: bool) -> Message:
    """Return that actions in bursts pair with none."""
    key = "coordination.burst_capped" if lowered else "coordination.burst"
    values: dict[str, Value] = {
        "count": burst,
        "trace": traces.title(name),
        "window": Duration(window),
        "cap": cap,
    }
    return Message(key, values)


def _unlike(deviation: Deviation) -> Message:
    """Return that a collection is far from ordinary ones."""
    return message(
        "coordination.unlike_ordinary", trace=traces.title(deviation.trace), window=Duration(deviation.window),
        ratio=Decimal(deviation.ratio, 1 if deviation.ratio < 10 else 0), left_out=Percent(deviation.left_out),
    )  # fmt: skip


def _skipped(name: str, windows: tuple[int, ...], resolution: int) -> Message:
    """Return that windows of a trace are finer than the clock."""
    return message(
        "coordination.windows_skipped", count=len(windows), trace=traces.title(name),
        windows=Listing(tuple(map(Duration, windows))), resolution=Duration(resolution),
    )  # fmt: skip


def any_trace(acted: pl.DataFrame, parts: Parts = ONE) -> pl.DataFrame:
    """Return the events of all traces as those of one, each post counting once, by its most telling trace.

    A copied post shares words, link and hashtags at once: that is one act, not three. An object of one account
    tells nothing, so words that nobody else used do not hide a link that others shared. Fast reposts are
    reposts already.
    """
    order = {name: place for place, name in enumerate(BY_SPECIFICITY)}
    several = pl.col("account").max() > pl.col("account").min()
    shared = [acted.clear()]
    # Trace by trace, as most objects are of one account, and telling so takes more memory than what is left.
    for name in acted["trace"].unique(maintain_order=True).to_list():
        if name in order:
            own = acted.filter(pl.col("trace") == name)
            key = own.select("object", "account", part=parts.of(pl.col("account")))
            shared.append(on_disk.where(own, on_disk.over(key, several, ["part", "object"])))
    kind = pl.col("trace").replace_strict(order, return_dtype=pl.Int64)
    told = on_disk.by_stretches(pl.concat(shared), lambda some: some.with_columns(kind=kind))
    least = on_disk.over(told.select("post", "kind"), pl.col("kind").min(), ["post"])
    return on_disk.by_stretches(
        on_disk.where(told, told["kind"] == least),
        lambda some: some.with_columns(object=pl.concat_str("trace", pl.lit(" "), "object")).drop("trace"),
    )


def _with_common_partners(pairs: pl.DataFrame, others: pl.LazyFrame) -> pl.DataFrame:
    """Return which pairs have :data:`COMMON_PARTNERS` accounts that each of the two pairs with among the others.

    Returns:
        ``trace``, ``window``, ``first`` and ``second``; partners count in the same trace and window only.
    """
    layer = _PAIR[:2]
    partners = pl.concat(
        others.select(*layer, account=side, partner=other)
        for side, other in (("first", "second"), ("second", "first"))
    )
    return (
        pairs.lazy()
        .select(_PAIR)
        .join(partners, left_on=[*layer, "first"], right_on=[*layer, "account"])
        .join(
            partners,
            left_on=[*layer, "second", "partner"],
            right_on=[*layer, "account", "partner"],
            how="semi",
        )
        .group_by(_PAIR)
        .len()
        .filter(pl.col("len") >= COMMON_PARTNERS)
        .select(_PAIR)
        .collect(engine="in-memory")
    )


_PAIR = ("trace", "window", "first", "second")
_DEVIATION = pl.Schema(
    {
        "trace": pl.String(),
        "window": pl.Int64(),
        "met": pl.Int64(),
        "ratio": pl.Float64(),
        "left_out": pl.Float64(),
    }
)
_NO_EVENT = pl.DataFrame(
    schema={
        "trace": pl.String,
        "account": pl.Int64,
        "object": pl.String,
        "time": pl.Int64,
        "post": pl.Int64,
        "author": pl.Int64,
    }
)
_NO_PAIR = pl.DataFrame(
    schema={
        "trace": pl.String,
        "window": pl.Int64,
        **dict.fromkeys(
            ("first", "second", "objects", "days", "authors", "first_leads", "second_leads"), pl.Int64
        ),
        **dict.fromkeys((*null_models.COMPARED, *null_models.REFERRED), pl.Float64),
    }
)
