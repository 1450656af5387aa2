"""The whole way from posts to synchronous pairs, over every trace and window that the data carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from vigie.features.coordination import null_models, pairs, traces
from vigie.features.i18n.formatting import number
from vigie.features.i18n.languages import LANGUAGES
from vigie.features.i18n.message import Note, counted

# All traces together: a pair that meets twice by reposts, twice by links and twice by words met six times.
ANY = "any"
ANY_WINDOWS = (traces.MINUTE, 10 * traces.MINUTE, traces.HOUR)
MOST_TELLING = (
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
_BURST = Note(
    "{trace}, {window} s: {burst} actions in bursts of more than {cap} on one object pair with none",
    "{trace}, {window} s : {burst} actions en rafales de plus de {cap} sur un même objet ne forment aucune paire",
)


@dataclass(frozen=True)
class Network:
    """Synchronous pairs of a corpus, and what was done to find them.

    Attributes:
        pairs: ``trace``, ``window`` (seconds), and the columns of :func:`vigie.features.coordination.null_models.compared`,
            for pairs with at least two objects.
        events: ``trace``, ``account``, ``object`` (as text), ``time``, ``post``, ``author``.
        notes: What was capped or skipped, in both languages.
    """

    pairs: pl.DataFrame
    events: pl.DataFrame
    notes: tuple[Note, ...]

    def significant(self) -> pl.DataFrame:
        """Return the pairs that chance does not explain under the class null.

        A pair that waiting for the same authors explains counts only where it returned on several days (fans return
        day after day, the crowd of one live event does not), and is most surprising, or met on the objects of
        several authors, or has partners in common among the pairs that count without this.
        """
        p = pl.col("p_class_corrected")
        likely = self.pairs.filter(p < ALPHA)
        waited = pl.col("authors").is_not_null() & (pl.col("p_author_corrected") >= ALPHA)
        returned = pl.col("days") >= RETURNING_DAYS
        telling = (p < RETURNING_ALPHA) | (pl.col("authors") >= SEVERAL_AUTHORS)
        alone = (~waited | (returned & telling)).fill_null(False)
        in_company = _in_company(likely.filter(~alone & returned), likely.filter(alone))
        return likely.filter(alone | pl.struct(*_PAIR).is_in(in_company.to_struct().implode()))


def build(
    posts: pl.DataFrame, *, cap: int = pairs.CAP, say: Callable[[str], None] = lambda _: None
) -> Network:
    """Return the network of a corpus.

    Args:
        posts: Contract columns without platform and account_id, and ``row`` of the author.
        cap: Actions on one object within a window beyond which an action pairs with none.
        say: Called with each step, for progress.
    """
    prepared, unread = traces.read(posts)
    resolution = int(prepared["resolution_s"].max() or 1)  # type: ignore[arg-type]  # Int64 or null
    found: list[pl.DataFrame] = [_NO_PAIR]
    acted: list[pl.DataFrame] = [_NO_EVENT]
    notes = list(unread)
    for name in traces.TRACES:
        say(name)
        happened = traces.events(prepared, name)
        carried, skipped = traces.windows(name, resolution)
        if skipped and happened.height:
            notes.append(_skipped(name, skipped, resolution))
        if happened.is_empty():
            continue
        acted.append(
            happened.select(
                pl.lit(name).alias("trace"),
                "account",
                pl.col("object").cast(pl.String),
                "time",
                "post",
                "author",
            )
        )
        ordered = pairs.actions(happened)
        for window in carried:
            burst = int(pairs.crowded(ordered, window, cap).sum())
            if burst:
                notes.append(_BURST.filled(trace=name, window=window, burst=burst, cap=cap))
            tested = null_models.compared(ordered, pairs.counted(ordered, window, cap), window, cap)
            found.append(
                tested.select(pl.lit(name).alias("trace"), pl.lit(window, pl.Int64).alias("window"), pl.all())
            )
    mixed = together(pl.concat(acted))
    if mixed.height:
        say(ANY)
        ordered = pairs.actions(mixed)
        for window in (window for window in ANY_WINDOWS if window >= resolution):
            tested = null_models.compared(ordered, pairs.counted(ordered, window, cap), window, cap)
            found.append(
                tested.select(pl.lit(ANY).alias("trace"), pl.lit(window, pl.Int64).alias("window"), pl.all())
            )
    return Network(pl.concat(found), pl.concat(acted), tuple(notes))


def _skipped(name: str, windows: tuple[int, ...], resolution: int) -> Note:
    """Return that windows of a trace are finer than the clock."""
    return counted(
        len(windows),
        Note(
            "{trace}: window {windows} skipped, the clock of the data ticks every {resolution} s",
            "{trace} : fenêtre de {windows} ignorée, l’horloge des données avance par pas de {resolution} s",
        ),
        Note(
            "{trace}: windows {windows} skipped, the clock of the data ticks every {resolution} s",
            "{trace} : fenêtres de {windows} ignorées, l’horloge des données avance par pas de {resolution} s",
        ),
        trace=name,
        windows=Note(
            *(", ".join(f"{number(window, language, 0)} s" for window in windows) for language in LANGUAGES)
        ),
        resolution=resolution,
    )


def together(acted: pl.DataFrame) -> pl.DataFrame:
    """Return the events of all traces as those of one, each post counting once, by its most telling trace.

    A copied post shares words, link and hashtags at once: that is one act, not three. An object of one account
    tells nothing, so words that nobody else used do not hide a link that others shared. Fast reposts are
    reposts already.
    """
    order = {name: place for place, name in enumerate(MOST_TELLING)}
    return (
        acted.filter(
            pl.col("trace").is_in(MOST_TELLING) & (pl.col("account").n_unique().over("trace", "object") > 1)
        )
        .with_columns(kind=pl.col("trace").replace_strict(order, return_dtype=pl.Int64))
        .filter(pl.col("kind") == pl.col("kind").min().over("post"))
        .with_columns(object=pl.concat_str("trace", pl.lit(" "), "object"))
        .drop("trace")
    )


def _in_company(pairs: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
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
        pairs.select(_PAIR)
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
_NO_PAIR = pl.DataFrame(
    schema={
        "trace": pl.String,
        "window": pl.Int64,
        **dict.fromkeys(
            ("first", "second", "objects", "days", "authors", "first_leads", "second_leads"), pl.Int64
        ),
        **dict.fromkeys(
            ("expected", "p_class", "expected_author", "p_author", "p_class_corrected", "p_author_corrected"),
            pl.Float64,
        ),
    }
)
