"""Training rows of the ``coordinated`` model: accounts in windows whose coordinated members are known.

A comparison window is a span of time and the accounts compared in it. A file of windows says who is in which, so that one
operation's accounts can be hidden among ordinary people of other days: a Parquet table with one row per window
and account, ``scenario`` (name of the window), ``start`` (UTC), ``hours``, ``account`` (account_id) and
``shift_minutes`` (added to the times of the account's posts, 0 for none). In windows marked ``placebo`` (false where the
column is absent) the coordinated accounts never met each other. :mod:`vigie.training.data.hidden_cohorts` makes such a
file. Features are computed inside each window alone: nothing of one window is seen from another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from vigie.errors import ConfigError, LabelError, MissingColumnError
from vigie.features.coordination.comparison import Limits, compare
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.ingest import dataset
from vigie.features.schema import RESOLUTIONS
from vigie.features.window.windows import WINDOW_FEATURES, measure
from vigie.models.collection_evidence import CollectionEvidence
from vigie.training.data.confirmed_false_positives import without_registered
from vigie.training.published_methods import evaluate as evaluate_rules

TARGET = "coordinated"
# Coordinated accounts of each window that are also looked at without the rest of their cohort.
_LONE = 2
_COLUMNS = ("scenario", "start", "hours", "account", "shift_minutes")
# What not every collector keeps of a post.
_OPTIONAL = (
    "target_post_id", "target_account_id", "target_created_at", "media_hashes", "urls", "hashtags", "mentions", "client",
    "lang",
)  # fmt: skip


@dataclass(frozen=True)
class Corpus:
    """Labelled accounts, their posts, and the windows they are in.

    Attributes:
        accounts: Contract columns, ``y`` (Boolean), ``kind``, ``campaign`` (that of the label, else the data set), ``strength``
            and ``source`` (the data set); one row per labelled account.
        posts: Contract columns, sorted by account.
        windows: ``scenario``, ``start`` and ``end`` (seconds since 1970), ``account_id``, ``shift_s``, ``placebo``.
        manifests: Manifest of each dataset directory.
    """

    accounts: pl.DataFrame
    posts: pl.DataFrame
    windows: pl.DataFrame
    manifests: tuple[Mapping[str, Any], ...]


def load(
    folders: Sequence[Path], path: Path, registry: Path | None = None, *, unlabelled: Collection[str] = ()
) -> Corpus:
    """Return the corpus of some dataset directories and a file of windows.

    Args:
        folders: Dataset directories.
        path: The file of windows.
        registry: Confirmed false positives, who are left out: a model is replayed on them.
        unlabelled: Names of data sets whose accounts without a label count as ordinary.

    Raises:
        DatasetError: A folder is not a dataset directory, or was changed.
        ConfigError: The file of windows is missing or cannot be read.
        MissingColumnError: It lacks a column.
        LabelError: The windows hold one class only, or one of them no coordinated account.
    """
    opened = [dataset.open(folder) for folder in folders]
    keys = ["platform", "account_id"]
    labelled = []
    for opened_set in opened:
        name = str(opened_set.manifest["name"])
        labels = opened_set.labels().filter(pl.col("target") == TARGET).unique([*keys], keep="first")
        wanted = labels.select(*keys, "kind", "campaign", "strength", y="value")
        found = opened_set.accounts().join(wanted, on=keys, how="left").with_columns(source=pl.lit(name))
        said = pl.col("y").fill_null(value=False) if name in unlabelled else pl.col("y")
        labelled.append(found.with_columns(y=said).drop_nulls("y").collect())
    windows = _read(path)
    accounts = pl.concat(labelled).join(windows.select("account_id").unique(), on="account_id", how="semi")
    if registry is not None:
        accounts = without_registered(accounts, registry)
    accounts = accounts.unique("account_id", keep="first", maintain_order=True).sort("account_id")
    accounts = accounts.with_columns(pl.col("campaign").fill_null(pl.col("source")))
    _check(accounts, windows, path)
    posts = pl.concat(
        [
            opened_set.posts().join(accounts.select(keys).lazy(), on=keys, how="semi").collect()
            for opened_set in opened
        ]
    )
    return Corpus(
        accounts,
        # Changes to windows draw by the order of posts, so that it must not be left to chance.
        posts.sort("account_id", "created_at", "post_id"),
        windows,
        tuple(f.manifest for f in opened),
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
            placebo=pl.col("placebo") if "placebo" in table.columns else pl.lit(value=False),
        ).unique(["scenario", "account_id"], keep="first")  # fmt: skip
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ConfigError(f"{path} is not a Parquet file of windows ({str(error)[:200]})") from error


def _check(accounts: pl.DataFrame, windows: pl.DataFrame, path: Path) -> None:
    """Refuse windows that no model can be evaluated on.

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
    loud = windows.join(coordinated, on="account_id", how="semi")
    quiet = windows.join(loud, on="scenario", how="anti")["scenario"].unique().sort().to_list()
    if quiet:
        raise LabelError(
            f"windows of {path} that hold no account labelled {TARGET}: {len(quiet):,}, first {quiet[0]}; leave them out"
        )


def check_several(rows: pl.DataFrame) -> None:
    """Refuse rows that leave nothing to learn from when an operator, or a public, is held out.

    Args:
        rows: What :func:`rows` returned.

    Raises:
        LabelError: All windows hold one operator, or one public.
    """
    for column, what in (("operator", "coordinated accounts of"), ("public", "ordinary accounts of")):
        if rows[column].n_unique() < 2:
            raise LabelError(
                f"all windows hold the {what} {rows[column][0]}; a model is judged on operators and on people it never "
                f"saw, so two data sets of each are needed: make windows of more with vigie windows"
            )


def _most(column: str) -> pl.Expr:
    """Return the value that most rows have, the first by name of equals."""
    return pl.col(column).mode().sort().first()


def rows(corpus: Corpus, reference: Reference, tick: Callable[[int, int], None]) -> pl.DataFrame:
    """Return the features of every account in every window, computed inside the window.

    Args:
        corpus: The corpus.
        reference: Ordinary accounts, with which the profiles of campaigns are compared.
        tick: Called with the windows done and their number.

    Returns:
        One row per account and window, sorted by both: ``scenario``, ``account_id``, ``y``, ``kind``,
        ``background`` (campaign or data set of an account that is not coordinated, else null), ``public`` (that of most
        accounts of the window that are not), ``campaign`` (that of the window's coordinated accounts), ``operator`` (their
        data set), ``cohort`` (their number), ``ordinary`` (number of the others), ``used`` (posts read), ``group`` (of the
        synchronous groups, or null), the rules' scores and flags (null with ``is_lone``: no rule learns from it),
        :data:`vigie.features.window.windows.WINDOW_FEATURES`, and what the window as a whole shows of the account
        (:mod:`vigie.models.collection_evidence`): ``evidence`` (its kind, or null), ``evidence_strong``, ``evidence_rarity``.
        Rows with ``is_lone`` are of coordinated accounts compared with the ordinary ones alone, the rest of the cohort taken
        away, and those of a ``placebo`` of accounts that never met: they have nobody to act in concert with.
    """
    # Heavy and only needed here.
    from joblib import Parallel, delayed

    placebo = dict(corpus.windows.group_by("scenario").agg(pl.col("placebo").any()).iter_rows())
    jobs = list(each_window(corpus))
    parts: list[pl.DataFrame] = []
    work = (delayed(_rows_of_window)(*job, reference, alone=0 if placebo[job[0]] else _LONE) for job in jobs)
    for part in Parallel(n_jobs=2, return_as="generator")(work):
        parts.append(part)
        tick(len(parts), len(jobs))
    return (
        pl.concat(parts, how="vertical_relaxed")
        .with_columns(placebo=pl.col("scenario").replace_strict(placebo, return_dtype=pl.Boolean))
        .sort("is_lone", "scenario", "account_id")
    )


def each_window(corpus: Corpus) -> Iterator[tuple[str, int, int, pl.DataFrame, pl.DataFrame]]:
    """Yield each window with its accounts and the posts inside its window, times shifted."""
    time = pl.col("created_at").dt.epoch("s") + pl.col("shift_s")
    for (name,), members in corpus.windows.sort("scenario", "account_id").group_by(
        "scenario", maintain_order=True
    ):
        start, end = members.select("start", "end").row(0)
        shifts = members.select("account_id", "shift_s")
        posts = corpus.posts.join(shifts, on="account_id", how="inner", maintain_order="left")
        inside = posts.filter((time >= start) & (time < end)).with_columns(
            pl.col("created_at", "target_created_at") + pl.duration(seconds="shift_s")
        )
        accounts = corpus.accounts.join(members.select("account_id"), on="account_id", how="semi")
        yield str(name), start, end, accounts, alike(accounts, inside.drop("shift_s"))


def alike(accounts: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Return the posts of a window as if one collector had kept them all, so that no field tells one data set from another.

    A field that one of the data sets never holds is emptied, a kind of post that one of them never names is unknown, and
    all times are cut to the coarsest clock.

    Args:
        accounts: ``platform``, ``account_id``, ``source`` (name of the data set).
        posts: Contract columns.
    """
    keys = ["platform", "account_id"]
    sources = posts.select(keys).join(
        accounts.select(*keys, "source"), on=keys, how="left", maintain_order="left"
    )
    told = posts.with_columns(sources["source"])
    by_source = told.group_by("source").agg(
        pl.col(*_OPTIONAL).is_not_null().any(), kinds=pl.col("kind").unique()
    )
    if by_source.height < 2:
        return posts
    lost = [name for name in _OPTIONAL if not by_source[name].all()]
    # A repost whose kind is unknown would pass for its author's own words.
    named = {"repost", *set.intersection(*(set(kinds) for kinds in by_source["kinds"].to_list()))}
    coarsest = max(
        posts["time_resolution"].drop_nulls().unique(), key=lambda name: RESOLUTIONS[name], default=None
    )
    times = []
    if coarsest is not None:
        every = f"{RESOLUTIONS[coarsest]}s"
        times = [
            pl.col("created_at", "target_created_at").dt.truncate(every),
            pl.lit(coarsest).alias("time_resolution"),
        ]
    return posts.with_columns(
        *(pl.lit(None, posts.schema[name]).alias(name) for name in lost),
        kind=pl.when(pl.col("kind").is_in(list(named))).then("kind"),
    ).with_columns(times)


def _rows_of_window(
    name: str,
    start: int,
    end: int,
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
    reference: Reference,
    *,
    alone: int,
) -> pl.DataFrame:
    """Return the rows of one window, and those of some of its coordinated accounts whose campaign was removed from the window."""
    whole = measure_window(start, end, accounts, posts, reference, rules=True)
    coordinated = accounts.filter("y").sort(pl.col("account_id").hash(seed=5))
    rest = [
        measure_window(
            start, end, accounts.filter(~pl.col("y") | (pl.col("account_id") == one)), posts, reference
        ).filter(pl.col("account_id") == one)
        for one in coordinated["account_id"].head(alone)
    ]
    return pl.concat(
        [
            part.with_columns(is_lone=pl.lit(value=lone))
            for part, lone in ((whole, False), *((row, True) for row in rest))
        ],
        how="diagonal_relaxed",
    ).with_columns(
        scenario=pl.lit(name),
        campaign=pl.lit(coordinated.select(_most("campaign")).item(), pl.String),
        operator=pl.lit(coordinated.select(_most("source")).item(), pl.String),
        cohort=pl.lit(coordinated.height, pl.Int64),
        public=pl.lit(accounts.filter(~pl.col("y")).select(_most("campaign")).item(), pl.String),
        ordinary=pl.lit(accounts.height - coordinated.height, pl.Int64),
    )


def measure_window(
    start: int,
    end: int,
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
    reference: Reference,
    *,
    rules: bool = False,
) -> pl.DataFrame:
    """Return the rows of a window, with what published rules say of them where asked for.

    Accounts are numbered by id, so that their order tells nothing of the label.
    """
    closed = pl.from_epoch(pl.lit(end), "s").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    table = accounts.sort("account_id").with_row_index("row").with_columns(observed_at=closed)
    own = posts.join(
        table.select("row", "platform", "account_id"), on=["platform", "account_id"], how="inner"
    ).drop("platform", "account_id")
    people = table.drop("y", "kind", "campaign", "strength", "source")
    compared = compare(people, own, Limits())
    made = measure(people, own, start, end, whole=compared)
    groups = made.groups.select(pl.col("account").alias("row"), "group")
    labels = table.select("row", "account_id", "y", "kind", background=pl.when(~pl.col("y")).then("campaign"))
    number = pl.col("row").cast(pl.Int64)
    rows = (
        made.matrix.table.select("row", *WINDOW_FEATURES)
        .join(labels, on="row", how="inner", maintain_order="left")
        .join(made.matrix.coverage.select("row", pl.col("used").cast(pl.Int64)), on="row", how="left")
        .with_columns(number)
        .join(groups, on="row", how="left")
        .join(CollectionEvidence.of(compared, reference).table(), on="row", how="left", maintain_order="left")
    )
    if rules:
        said = evaluate_rules(made.network.events, made.matrix.table["row"].cast(pl.Int64))
        rows = rows.join(said, left_on="row", right_on="account", how="left")
    return rows.drop("row")
