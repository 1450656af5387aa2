"""Training rows of the ``coordinated`` model: accounts in windows whose coordinated members are known.

A comparison window is a span of time and the accounts compared in it. A file of windows says who is in which, so that one
operation's accounts can be hidden among ordinary people of other days: a Parquet table with one row per window
and account, ``scenario`` (name of the window), ``start`` (UTC), ``hours``, ``account`` (account_id) and
``shift_minutes`` (added to the times of the account's posts, 0 for none). Features are computed inside each
window alone: nothing of one window is seen from another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from vigie.errors import ConfigError, LabelError, MissingColumnError
from vigie.features.ingest import dataset
from vigie.features.pipeline import POST_FEATURES
from vigie.features.window.windows import WINDOW_FEATURES, measure
from vigie.training.data.confirmed_false_positives import without_registered
from vigie.training.published_methods import evaluate as evaluate_rules

TARGET = "coordinated"
# Coordinated accounts of each window that are also looked at without the rest of their cohort.
_LONE = 2
FEATURES = (*POST_FEATURES, *WINDOW_FEATURES)
_COLUMNS = ("scenario", "start", "hours", "account", "shift_minutes")


@dataclass(frozen=True)
class Corpus:
    """Labelled accounts, their posts, and the windows they are in.

    Attributes:
        accounts: Contract columns, ``y`` (Boolean), ``kind``, ``campaign``, ``strength``; one row per labelled account.
        posts: Contract columns, sorted by account.
        windows: ``scenario``, ``start`` and ``end`` (seconds since 1970), ``account_id``, ``shift_s``.
        manifests: Manifest of each dataset directory.
    """

    accounts: pl.DataFrame
    posts: pl.DataFrame
    windows: pl.DataFrame
    manifests: tuple[Mapping[str, Any], ...]


def load(folders: Sequence[Path], path: Path, registry: Path | None = None) -> Corpus:
    """Return the corpus of some dataset directories and a file of windows.

    Args:
        folders: Dataset directories.
        path: The file of windows.
        registry: Confirmed false positives, who are left out: a model is replayed on them.

    Raises:
        DatasetError: A folder is not a dataset directory, or was changed.
        ConfigError: The file of windows is missing or cannot be read.
        MissingColumnError: It lacks a column.
        LabelError: The windows hold one class only, one of them no coordinated account, or all of them the same
            campaign.
    """
    opened = [dataset.open(folder) for folder in folders]
    keys = ["platform", "account_id"]
    labelled = []
    for opened_set in opened:
        labels = opened_set.labels().filter(pl.col("target") == TARGET).unique([*keys], keep="first")
        wanted = labels.select(*keys, "kind", "campaign", "strength", y="value")
        labelled.append(opened_set.accounts().join(wanted, on=keys, how="inner").collect())
    windows = _read(path)
    accounts = pl.concat(labelled).join(windows.select("account_id").unique(), on="account_id", how="semi")
    if registry is not None:
        accounts = without_registered(accounts, registry)
    accounts = accounts.unique("account_id", keep="first", maintain_order=True).sort("account_id")
    accounts = accounts.with_columns(pl.col("campaign").fill_null("unnamed"))
    _check(accounts, windows, path)
    posts = pl.concat(
        [
            opened_set.posts().join(accounts.select(keys).lazy(), on=keys, how="semi").collect()
            for opened_set in opened
        ]
    )
    return Corpus(
        accounts, posts.sort("account_id", "created_at"), windows, tuple(f.manifest for f in opened)
    )


def _read(path: Path) -> pl.DataFrame:
    start = pl.col("start").dt.epoch("s")
    try:
        table = pl.read_parquet(path)
        missing = [name for name in _COLUMNS if name not in table.columns]
        if missing:
            raise MissingColumnError(
                f"{path} lacks {', '.join(missing)}; a file of windows has the columns {', '.join(_COLUMNS)}"
            )
        return table.select(
            pl.col("scenario").cast(pl.String), start=start, end=start + pl.col("hours").cast(pl.Int64) * 3_600,
            account_id=pl.col("account").cast(pl.String), shift_s=pl.col("shift_minutes").cast(pl.Int64) * 60,
        ).unique(["scenario", "account_id"], keep="first")  # fmt: skip
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ConfigError(f"{path} is not a Parquet file of windows ({str(error)[:200]})") from error


def _check(accounts: pl.DataFrame, windows: pl.DataFrame, path: Path) -> None:
    """Refuse windows that a model cannot be fitted and evaluated on.

    Raises:
        LabelError: See :func:`load`.
    """
    coordinated = accounts.filter("y")
    if not 0 < coordinated.height < accounts.height:
        raise LabelError(
            f"of the accounts in {path}, {coordinated.height} are labelled {TARGET} and "
            f"{accounts.height - coordinated.height} are labelled not to be; both are needed. Import the data set with "
            f"its labels, and name its folder with --data"
        )
    campaigns = windows.join(coordinated.select("account_id", "campaign"), on="account_id").group_by(
        "scenario"
    )
    of_pool = campaigns.agg(_campaign())
    quiet = windows.join(of_pool, on="scenario", how="anti")["scenario"].unique().sort().to_list()
    if quiet:
        raise LabelError(
            f"windows of {path} that hold no account labelled {TARGET}: {len(quiet):,}, first {quiet[0]}; leave them out"
        )
    if of_pool["campaign"].n_unique() < 2:
        raise LabelError(
            f"all windows of {path} hold the campaign {of_pool['campaign'][0]}; a model is judged on campaigns it never "
            f"saw, so two at least are needed: name them in the column campaign of the labels"
        )


def _campaign() -> pl.Expr:
    """Return the campaign of most of the coordinated accounts of a window, the first by name of equals."""
    return pl.col("campaign").mode().sort().first()


def rows(corpus: Corpus, tick: Callable[[int, int], None]) -> pl.DataFrame:
    """Return the features of every account in every window, computed inside the window.

    Args:
        corpus: The corpus.
        tick: Called with the windows done and their number.

    Returns:
        One row per account and window, sorted by both: ``scenario``, ``account_id``, ``y``, ``kind``,
        ``background`` (campaign of the label of an account that is not coordinated, else null), ``campaign``
        (that of the window's coordinated accounts) and ``cohort`` (their number), ``used`` (posts read),
        ``group`` (of the synchronous groups, or null), the rules' scores and flags, and :data:`FEATURES`. Rows
        with ``is_lone`` are of coordinated accounts compared with the ordinary ones alone, the rest of the cohort
        taken away: they have nobody to act in concert with.
    """
    # Heavy and only needed here.
    from joblib import Parallel, delayed

    jobs = list(each_window(corpus))
    parts: list[pl.DataFrame] = []
    for part in Parallel(n_jobs=2, return_as="generator")(delayed(_rows_of_window)(*job) for job in jobs):
        parts.append(part)
        tick(len(parts), len(jobs))
    return pl.concat(parts, how="vertical_relaxed").sort("is_lone", "scenario", "account_id")


def each_window(corpus: Corpus) -> Iterator[tuple[str, int, int, pl.DataFrame, pl.DataFrame]]:
    """Yield each window with its accounts and the posts inside its window, times shifted."""
    time = pl.col("created_at").dt.epoch("s") + pl.col("shift_s")
    for (name,), members in corpus.windows.sort("scenario", "account_id").group_by(
        "scenario", maintain_order=True
    ):
        start, end = members.select("start", "end").row(0)
        posts = corpus.posts.join(members.select("account_id", "shift_s"), on="account_id", how="inner")
        inside = posts.filter((time >= start) & (time < end)).with_columns(
            pl.col("created_at", "target_created_at") + pl.duration(seconds="shift_s")
        )
        accounts = corpus.accounts.join(members.select("account_id"), on="account_id", how="semi")
        yield str(name), start, end, accounts, inside.drop("shift_s")


def _rows_of_window(
    name: str, start: int, end: int, accounts: pl.DataFrame, posts: pl.DataFrame
) -> pl.DataFrame:
    """Return the rows of one window, and those of some of its coordinated accounts whose campaign was removed from the window."""
    whole = measure_window(start, end, accounts, posts)
    coordinated = accounts.filter("y").sort(pl.col("account_id").hash(seed=5))["account_id"]
    alone = [
        measure_window(
            start, end, accounts.filter(~pl.col("y") | (pl.col("account_id") == one)), posts
        ).filter(pl.col("account_id") == one)
        for one in coordinated.head(_LONE)
    ]
    return pl.concat(
        [
            part.with_columns(is_lone=pl.lit(value=lone))
            for part, lone in ((whole, False), *((row, True) for row in alone))
        ],
        how="vertical_relaxed",
    ).with_columns(
        scenario=pl.lit(name),
        campaign=pl.lit(accounts.filter("y").select(_campaign()).item(), pl.String),
        cohort=pl.lit(len(coordinated), pl.Int64),
    )


def measure_window(start: int, end: int, accounts: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a window. Accounts are numbered by id, so that their order tells nothing of the label."""
    closed = pl.from_epoch(pl.lit(end), "s").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    table = accounts.sort("account_id").with_row_index("row").with_columns(observed_at=closed)
    own = posts.join(
        table.select("row", "platform", "account_id"), on=["platform", "account_id"], how="inner"
    )
    made = measure(
        table.drop("y", "kind", "campaign", "strength"), own.drop("platform", "account_id"), start, end
    )
    groups = made.groups.select(pl.col("account").alias("row"), "group")
    held_out = evaluate_rules(made.network.events, made.matrix.table["row"].cast(pl.Int64)).rename(
        {"account": "row"}
    )
    labels = table.select("row", "account_id", "y", "kind", background=pl.when(~pl.col("y")).then("campaign"))
    number = pl.col("row").cast(pl.Int64)
    return (
        made.matrix.table.select("row", *FEATURES)
        .join(labels, on="row", how="inner", maintain_order="left")
        .join(made.matrix.coverage.select("row", pl.col("used").cast(pl.Int64)), on="row", how="left")
        .with_columns(number)
        .join(groups, on="row", how="left")
        .join(held_out, on="row", how="left")
        .drop("row")
    )
