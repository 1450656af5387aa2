"""Comparison windows: the accounts that post in the same 72 hours, and their features among each other.

All windows have the length of those that the model learnt on, so that a corpus of a day and one of a year give
comparable values.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

# Importing the families fills their part of the catalogue.
import vigie.features.window.coordination  # noqa: F401
from vigie.features.catalogue import CATALOGUE
from vigie.features.coordination import communities, traces
from vigie.features.coordination.comparison import Comparison, Limits
from vigie.features.coordination.detector import Network, detect_pairs
from vigie.features.coordination.shared_activity import shared_activity_table
from vigie.features.pipeline import FeatureMatrix, coverage
from vigie.features.preprocessing import select

WINDOW_FEATURES: tuple[str, ...] = tuple(f.name for f in CATALOGUE.values() if f.table == "window")
# Length of a window; the model learnt on windows of this length.
WINDOW_S = 72 * 3_600
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
    """

    windows: list[ComparisonWindow]
    left_out: int


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
    kept = every[: limits.windows]
    return MeasuredWindows(
        [measure(accounts, seen, start, end, limits=limits, whole=whole) for start, end in kept],
        len(every) - len(kept),
    )


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
    time = pl.col("created_at").dt.epoch("s")
    inside = posts.filter((time >= start) & (time < end))
    closed = pl.from_epoch(pl.lit(end), "s").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    present = accounts.join(inside.select("row").unique(), on="row", how="semi").with_columns(
        pl.min_horizontal("observed_at", closed).alias("observed_at")
    )
    kept, counts = select(present, inside)
    # The id tells an account's acts on its own posts.
    kept = kept.drop("observed_at").join(
        present.select("row", "account_id"), on="row", how="left", maintain_order="left"
    )
    if whole is not None and _holds_all_of(whole, kept):
        network = whole.network
    else:
        # Models learnt on the traces of vigie alone.
        network = detect_pairs(
            kept,
            meetings=limits.meetings,
            names=traces.BUILT_IN,
            texts=None if whole is None else whole.network.texts,
        )
    # Models learnt on groups by the rates of the collection, whatever those of ordinary ones add.
    groups = communities.detect_groups(network.significant_in_collection())
    seen = kept.join(
        shared_activity_table(kept, network, groups),
        on=["row", "post_id"],
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("shows_shared_activity").fill_null(value=False))
    table = present.select("row").join(window_features(seen), on="row", how="left", maintain_order="left")
    measured = FeatureMatrix(table, coverage(present, counts), seen).for_reasons()
    return ComparisonWindow(start, end, network, groups, measured)


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
    table = posts.group_by("row", maintain_order=True).agg(
        CATALOGUE[name].expression for name in WINDOW_FEATURES
    )
    return table.with_columns(pl.col(pl.Float64).fill_nan(None).round_sig_figs(12) + 0.0)
