"""The whole way from posts to synchronous pairs, over every trace and window that the data carry."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import polars as pl

from vigie.features import on_disk, steps
from vigie.features.coordination import layers, pairs, published_contents, traces
from vigie.features.coordination.baselines import Baseline
from vigie.features.coordination.layers import Deviation, Engine
from vigie.features.coordination.pairs import Ints
from vigie.features.coordination.parts import ONE, Parts
from vigie.features.coordination.trace_comparison import UNBOUNDED, Bounds, Scope, TraceComparison
from vigie.features.coordination.traces import ANY
from vigie.features.i18n import Decimal, Duration, Listing, Message, Percent, message
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
    bounds: Bounds = UNBOUNDED,
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
        bounds: How much is compared at most.
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
    times = prepared["time"].to_numpy()
    span = int(times.max() - times.min()) if len(times) else 0
    scope = Scope(resolution, span, parts, baseline, platforms)
    comparison = TraceComparison(scope, bounds, engine)
    acted: list[pl.DataFrame] = [_NO_EVENT]
    published: list[pl.DataFrame] = [_NO_EVENT]
    notes = list(unread)
    for place, name in enumerate(wanted):
        progress(name)
        acts = traces.acts(prepared, name)
        if name in published_contents.PUBLISHED and acts.height:
            published.append(on_disk.laid(_named(acts, name), least=1))
        events = traces.of_active(acts, name)
        if events.height:
            acted.append(on_disk.laid(_named(events, name), least=1))
            notes += _compared(comparison, name, events, resolution)
        # Each is the largest table but the posts, and would else stand beside that of the next trace.
        del acts, events
        steps.passed("traces", place, len(wanted))
    # Of many posts it is the largest table of all, and nothing reads it from here on.
    del prepared
    mixed = any_trace(pl.concat(acted), parts)
    if mixed.height:
        progress(ANY)
        notes += comparison.add(ANY, mixed, [window for window in ANY_WINDOWS if window >= resolution.min()])
    tested = comparison.pairs()
    steps.passed("any")
    if comparison.missed:
        notes.append(comparison.too_costly())
    if baseline is not None and platforms and not baseline.covers(platforms):
        notes.append(message("coordination.baseline_of_others", platforms=Listing(baseline.platforms)))
    notes += _unlike(comparison.deviations)
    return Network(
        on_disk.laid(tested),
        pl.concat(acted),
        tuple(notes),
        comparison.caps,
        tuple(comparison.deviations),
        pl.concat(published),
        compared_texts,
        is_whole=not comparison.missed,
        mixed=mixed if mixed.height <= _HELD else None,
    )


def _compared(
    comparison: TraceComparison, name: str, events: pl.DataFrame, resolution: Ints
) -> Iterator[Message]:
    """Compare a trace within the windows that the clock carries, and yield what was skipped and capped."""
    carried, _ = traces.windows(name, int(resolution.min()))
    if skipped := traces.windows(name, int(resolution.max()))[1]:
        yield _skipped(name, skipped, int(resolution.max()))
    yield from comparison.add(name, events, carried)


def _named(events: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the events of a trace under its name, objects as text."""
    return events.select(
        pl.lit(name).alias("trace"), "account", pl.col("object").cast(pl.String), "time", "post", "author"
    )


def _unlike(deviations: Sequence[Deviation]) -> Iterator[Message]:
    """Yield that a collection is far from ordinary ones, where it is."""
    unlike = [each for each in deviations if each.met >= LEAST_MEETINGS and each.ratio >= UNLIKE_ORDINARY]
    if not unlike:
        return
    deviation = max(unlike, key=lambda each: each.ratio)
    yield message(
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
