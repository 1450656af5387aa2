"""Comparison windows: the accounts that post in the same 72 hours, and their features among each other.

All windows have the length of those that the model learnt on, so that a corpus of a day and one of a year give
comparable values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

# Importing the families fills their part of the catalogue.
import vigie.features.window.coordination  # noqa: F401
from vigie.features.catalogue import CATALOGUE
from vigie.features.coordination import communities, traces
from vigie.features.coordination.comparison import Comparison, Limits
from vigie.features.coordination.detector import Network, detect_pairs
from vigie.features.coordination.parts import Parts
from vigie.features.coordination.shared_activity import shared_activity_table
from vigie.features.coordination.trace_comparison import Bounds
from vigie.features.pipeline import FeatureMatrix, coverage, rounded
from vigie.features.preprocessing import select

WINDOW_FEATURES: tuple[str, ...] = tuple(f.name for f in CATALOGUE.values() if f.table == "window")
# Length of a window; the model learnt on windows of this length.
WINDOW_S = 72 * 3_600
# Posts of windows that are measured together: what a window costs beyond its posts is then paid once for several, and
# memory is that of a few windows.
TOGETHER = 50_000
# Posts of an account, and accounts with as many, below which a window is not compared.
LEAST_POSTS, LEAST_ACCOUNTS = 5, 20


@dataclass(frozen=True)
class ComparisonWindow:
    """One window of a corpus, and the features of the accounts that posted in it.

    Attributes:
        start: First second of the window, since 1970.
        end: The second after its last.
        network: Synchronous pairs inside it.
        groups: Their groups.
        matrix: Coordination features of each account; of its posts what reasons read.
    """

    start: int
    end: int
    network: Network
    groups: pl.DataFrame
    matrix: FeatureMatrix


def bounds(posts: pl.DataFrame) -> list[tuple[int, int]]:
    """Return the windows worth comparing accounts in, the one with the most accounts first.

    Windows follow each other backwards from the last post, so that they do not depend on a calendar. One
    counts where :data:`LEAST_ACCOUNTS` accounts have :data:`LEAST_POSTS` posts each.

    Args:
        posts: ``row`` of the author and ``created_at``.

    Returns:
        Pairs of start and end, in seconds since 1970, the end not included.
    """
    times = posts.select("row", time=pl.col("created_at").dt.epoch("s")).drop_nulls()
    if times.is_empty():
        return []
    end = int(times["time"].max()) + 1  # type: ignore[arg-type]  # Int64
    counted = (
        times.group_by("row", place=(end - 1 - pl.col("time")) // WINDOW_S)
        .len()
        .filter(pl.col("len") >= LEAST_POSTS)
        .group_by("place")
        .len("accounts")
        .filter(pl.col("accounts") >= LEAST_ACCOUNTS)
        .sort("accounts", "place", descending=[True, False])
    )
    return [(end - (place + 1) * WINDOW_S, end - place * WINDOW_S) for place in counted["place"].to_list()]


@dataclass(frozen=True)
class MeasuredWindows:
    """The windows of a corpus with the features of their accounts.

    Attributes:
        windows: Those that were measured; none where there is too little to compare.
        left_out: Windows beyond the limit.
        too_costly: Whether none was measured since comparing the accounts would cost too much.
    """

    windows: list[ComparisonWindow]
    left_out: int
    too_costly: bool = False


def compute(
    accounts: pl.DataFrame, posts: pl.DataFrame, limits: Limits, whole: Comparison | None = None
) -> MeasuredWindows:
    """Return the windows of a corpus with the features of their accounts.

    Args:
        accounts: Contract columns plus ``row`` (UInt32, unique).
        posts: Contract columns (without platform and account_id) plus ``row`` of the author.
        limits: How much is looked at.
        whole: The comparison of the whole corpus, where it was made: a window that holds all of it takes it over.
    """
    seen = posts.join(accounts.select("row", "observed_at"), on="row", how="inner")
    seen = seen.filter(pl.col("created_at") <= pl.col("observed_at")).drop("observed_at")
    every = bounds(seen)
    measured: list[ComparisonWindow] = []
    if whole is not None and not whole.network.is_whole:
        return MeasuredWindows([], 0, too_costly=True)
    for batch in _batches(seen, every[: limits.windows]):
        of_batch = _measured(accounts, seen, batch, limits=limits, whole=whole)
        if not of_batch:
            return MeasuredWindows([], 0, too_costly=True)
        measured += of_batch
    return MeasuredWindows(measured, len(every) - len(measured))


def measure(
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
    start: int,
    end: int,
    *,
    limits: Limits = Limits(),  # noqa: B008 - immutable
    whole: Comparison | None = None,
) -> ComparisonWindow:
    """Return one window of a corpus, of whatever length and number of accounts; arguments as :func:`compute`."""
    (window,) = _measured(accounts, posts, [(start, end)], limits=limits, whole=whole)
    return window


def _batches(posts: pl.DataFrame, spans: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Return windows in batches of at most :data:`TOGETHER` posts, or of one window."""
    times = posts.select(pl.col("created_at").dt.epoch("s").sort()).to_series().to_numpy()
    batches: list[list[tuple[int, int]]] = []
    room = 0
    for start, end in spans:
        size = int(np.diff(np.searchsorted(times, [start, end]))[0])
        if size > room:
            batches.append([])
            room = TOGETHER
        batches[-1].append((start, end))
        room -= size
    return batches


def _measured(
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
    spans: Sequence[tuple[int, int]],
    *,
    limits: Limits,
    whole: Comparison | None,
) -> list[ComparisonWindow]:
    """Return windows of a corpus that do not overlap, none of which sees another; arguments as :func:`compute`.

    Returns:
        The windows; none where comparing their accounts would cost more than the limit.
    """
    parts = Parts(len(spans), int(accounts["row"].max() or 0) + 1)  # type: ignore[arg-type]  # UInt32
    present, inside = _inside(accounts, posts, spans, parts)
    kept, counts = select(present, inside)
    # The id tells an account's acts on its own posts; ids of two platforms name two posts.
    kept = kept.drop("observed_at").join(
        present.select("row", "account_id", "platform"), on="row", how="left", maintain_order="left"
    )
    if whole is not None and parts.count == 1 and _holds_all_of(whole, kept):
        network = whole.network
    else:
        # Models learnt on the traces of vigie alone.
        network = detect_pairs(
            kept,
            bounds=Bounds(meetings=limits.meetings, budget=limits.budget),
            names=traces.BUILT_IN,
            texts=None if whole is None else whole.network.texts,
            parts=parts,
        )
        if not network.is_whole:
            return []
    begins = np.searchsorted(parts.of_accounts(kept["row"].to_numpy()), np.arange(parts.count))
    networks = network.of_parts(parts, begins.tolist()) if parts.count > 1 else [network]
    # Models learnt on groups by the rates of the collection, whatever those of ordinary ones add.
    groups = [communities.detect_groups(each.significant_in_collection()) for each in networks]
    every = pl.concat(
        each.with_columns(pl.col("account") + number * parts.width) for number, each in enumerate(groups)
    )
    seen = kept.join(
        shared_activity_table(kept, network, every, parts),
        on=["row", "post_id"],
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("shows_shared_activity").fill_null(value=False))
    table = present.select("row").join(window_features(seen), on="row", how="left", maintain_order="left")
    matrix = FeatureMatrix(table, coverage(present, counts), seen).for_reasons()
    matrices = map(
        FeatureMatrix, *(_of_each(one, parts) for one in (matrix.table, matrix.coverage, matrix.posts))
    )
    return [
        ComparisonWindow(start, end, of_window, together, measured)
        for (start, end), of_window, together, measured in zip(spans, networks, groups, matrices, strict=True)
    ]


def _inside(
    accounts: pl.DataFrame, posts: pl.DataFrame, spans: Sequence[tuple[int, int]], parts: Parts
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the accounts that post in windows, as they stood when each closed, and their posts there: a part each."""
    time = pl.col("created_at").dt.epoch("s")
    inside = pl.concat(
        posts.lazy().filter((time >= start) & (time < end)).with_columns(pl.col("row") + number * parts.width)
        for number, (start, end) in enumerate(spans)
    ).collect(engine="in-memory")
    present = pl.concat(
        accounts.lazy().with_columns(
            pl.col("row") + number * parts.width,
            pl.min_horizontal(
                "observed_at",
                pl.from_epoch(pl.lit(end), "s").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
            ).alias("observed_at"),
        )
        for number, (_, end) in enumerate(spans)
    )
    # In the order of the accounts, part by part.
    return present.filter(pl.col("row").is_in(inside["row"].unique().implode())).collect(
        engine="in-memory"
    ), inside


def _of_each(table: pl.DataFrame, parts: Parts) -> list[pl.DataFrame]:
    """Return the rows of each part, in order, accounts numbered as in the corpus."""
    part = parts.of_accounts(table["row"].to_numpy())
    ends = np.searchsorted(part, np.arange(parts.count + 1))
    rows = table.with_columns(pl.col("row") % parts.width)
    return [rows[int(begin) : int(end)] for begin, end in pairwise(ends)]


def _holds_all_of(whole: Comparison, kept: pl.DataFrame) -> bool:
    """Return whether a window's posts are all that were compared, and by the traces of vigie alone."""
    key = ["row", "post_id", "created_at"]
    return traces.registered() == traces.BUILT_IN and kept.select(key).equals(whole.posts.select(key))


def window_features(posts: pl.DataFrame) -> pl.DataFrame:
    """Return ``row`` and every feature of a comparison window.

    Args:
        posts: Posts of the window (:func:`vigie.features.preprocessing.select`) with the columns of
            :func:`vigie.features.coordination.shared_activity.shared_activity_table`.
    """
    return rounded(
        posts.group_by("row", maintain_order=True).agg(CATALOGUE[name].expression for name in WINDOW_FEATURES)
    )
