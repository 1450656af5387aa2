"""What is left of a model of windows when what happened in a window is changed, or only part of it is seen.

A sample of windows is changed, each scored by the model that did not see its operator (ordinary people may stand in windows
of other operators too), at the shipped threshold. Recall and average precision before and after are paired by window,
with bootstrap intervals over windows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl

from vigie.features.catalogue import CATALOGUE, GROUPS
from vigie.features.coordination.report.profile_tests import Reference
from vigie.models.calibration import Calibration, probability
from vigie.models.metrics import Floats, average_precision
from vigie.training.config import Config
from vigie.training.data import windows
from vigie.training.data.windows import Corpus
from vigie.training.evaluation import perturbations
from vigie.training.evaluation.format_stress import FORMATS
from vigie.training.evaluation.perturbations import Change, Tables
from vigie.training.evaluation.robustness import (
    CAMOUFLAGE,
    CUT,
    DROPPED,
    FORMAT,
    JITTER,
    MINUTES,
    STRIPPED,
    UNCHANGED,
    Robustness,
    columns,
    largest_rise,
)
from vigie.training.evaluation.windows import with_evidence
from vigie.training.result import Progress

PARTLY = "campaign seen in part"
# Most accounts have fewer than 20 posts in the 72 hours of a window.
SIZES = (5, 10, 20)
_KEYS = ["scenario", "account_id"]
_IDS = ["platform", "account_id"]
# Ordinary accounts outside a window whose posts are borrowed.
_LENDERS = 40
_CHANGE = ["what", "how"]
_MEASURES = (
    "recall", "recall_change", "average_precision", "average_precision_change", "false_positives", "rise_ordinary",
    "rise_positive",
)  # fmt: skip


def robustness(
    corpus: Corpus,
    rows: pl.DataFrame,
    population: Reference,
    margin_of: Callable[[str, pl.DataFrame], Floats],
    features: Sequence[str],
    calibration: Calibration,
    threshold: float,
    config: Config,
    say: Progress,
    most: int = 12,
) -> Robustness:
    """Return what changes to windows do to the scores.

    Args:
        corpus: The windows, their accounts and posts.
        rows: What :func:`vigie.training.data.windows.rows` returned for them, accounts without their campaign not among them.
        population: Ordinary accounts, with which profiles are compared.
        margin_of: From an operator and rows of its windows to what a model that did not see them says.
        features: What it reads.
        calibration: Margin to log-odds.
        threshold: Log-odds from which an account is flagged.
        config: For the prevalence at which probabilities are stated, the floors, the seed and the number of draws.
        say: Called with each step as it begins.
        most: Windows that are changed, drawn by the seed.

    Returns:
        ``table``: one row per change and window: ``what``, ``how``, ``scenario``, and the measures: ``recall`` and
        ``false_positives`` (rates at the threshold, of the accounts still observed), ``average_precision`` (abstentions
        last), ``recall_change`` and ``average_precision_change`` (from the same accounts before), ``rise_ordinary`` and
        ``rise_positive`` (mean change of probability of accounts evaluated before and after). ``means``: one row per
        change with ``pools``, and each measure with ``_low`` and ``_high``.
    """
    order = pl.col("scenario").hash(seed=config.seed)
    names = rows.select("scenario").unique().sort(order, "scenario")["scenario"].head(most)
    before = rows.filter(pl.col("scenario").is_in(names.implode()))
    operators = dict(before.select("scenario", "operator").unique().iter_rows())

    def held_out(table: pl.DataFrame) -> pl.DataFrame:
        scored_rows = table.filter(pl.col("used") >= config.floors.posts)
        value = np.full(scored_rows.height, np.nan)
        operator = scored_rows["scenario"].replace_strict(operators, return_dtype=pl.String).to_numpy()
        for name in np.unique(operator):
            of_operator = operator == name
            value[of_operator] = calibration.log_odds(
                margin_of(name, scored_rows.filter(pl.Series(of_operator)))
            )
        log_odds = with_evidence(scored_rows, value)
        strong = scored_rows["evidence_strong"].fill_null(value=False).to_numpy()
        return scored_rows.select(
            *_KEYS,
            log_odds=pl.Series(log_odds),
            chance=pl.Series(probability(log_odds, config.assumed_prevalence)),
            flagged=pl.Series(strong & (log_odds >= threshold)),
        )

    known = before.select(*_KEYS, "y").join(held_out(before), on=_KEYS, how="left", maintain_order="left")
    parts = [
        _told(known, held_out(after), observed).with_columns(
            pl.lit(what).alias("what"), pl.lit(how).alias("how")
        )
        for what, how, after, observed in _changed(
            corpus, before, population, features, names, config.seed, say
        )
    ]
    table = pl.concat(parts).select(*_CHANGE, "scenario", *_MEASURES)
    rng = np.random.default_rng(config.seed)
    picked = rng.integers(0, len(names), (config.bootstrap_draws, len(names)))
    drawn = {
        (str(what), str(how)): _drawn(of_change, names, picked)
        for (what, how), of_change in table.group_by(_CHANGE, maintain_order=True)
    }
    means = [
        {"what": what, "how": how, "pools": len(names)} | columns(measures, len(names))
        for (what, how), measures in drawn.items()
    ]
    return Robustness(table, pl.DataFrame(means, infer_schema_length=None), largest_rise(drawn, len(names)))


def changes(seed: int, lenders: Tables) -> Iterator[tuple[str, str, Change]]:
    """Yield what is done inside a window: kind of change, how much of it, the change.

    Args:
        seed: Of all that is random.
        lenders: Whose posts the camouflage is made of.
    """
    for size in SIZES:
        yield CUT, f"to {size}", perturbations.truncated(size)
    for minutes in MINUTES:
        yield JITTER, f"up to {minutes} min", perturbations.jittered(minutes, seed)
    yield CAMOUFLAGE, "half of the posts", perturbations.camouflaged(0.5, seed, lenders)
    yield STRIPPED, "", perturbations.stripped
    for how, cut in FORMATS.items():
        yield FORMAT, how, partial(_cut, cut)
    yield PARTLY, "a quarter of its accounts", perturbations.observed_in_part(0.25, seed)


def _cut(cut: Callable[[pl.DataFrame], pl.DataFrame], accounts: pl.DataFrame, posts: pl.DataFrame) -> Tables:
    """Return accounts with their posts as a collector cuts them."""
    return accounts, cut(posts)


def _changed(
    corpus: Corpus,
    before: pl.DataFrame,
    population: Reference,
    features: Sequence[str],
    names: pl.Series,
    seed: int,
    say: Progress,
) -> Iterator[tuple[str, str, pl.DataFrame, pl.DataFrame]]:
    """Yield kind and amount of each change, the rows of all windows under it, and who is observed in them."""
    # Heavy and only needed here.
    from joblib import Parallel, delayed

    everybody = before.select(_KEYS)
    yield UNCHANGED, "", before, everybody
    for group in (name for name in GROUPS if any(CATALOGUE[feature].group == name for feature in features)):
        yield DROPPED, group, perturbations.without_group(before, group), everybody
    few = replace(corpus, windows=corpus.windows.filter(pl.col("scenario").is_in(names.implode())))
    jobs = list(windows.each_window(few))
    of_windows = [
        list(changes(seed, _lenders(corpus, name, members, seed))) for name, _, _, members, _ in jobs
    ]
    for same in zip(*of_windows, strict=True):
        what, how, _ = same[0]
        say(f"changing windows: {what} {how}".rstrip())
        made = Parallel(n_jobs=2)(
            delayed(_changed_window)(change, population, *job)
            for (_, _, change), job in zip(same, jobs, strict=True)
        )
        rows, observed = (pl.concat(tables, how="vertical_relaxed") for tables in zip(*made, strict=True))
        yield what, how, rows, observed


def _lenders(corpus: Corpus, name: str, members: pl.DataFrame, seed: int) -> Tables:
    """Return some ordinary accounts that are not in a window, with their posts."""
    others = corpus.accounts.filter(~pl.col("y")).join(members, on=_IDS, how="anti")
    chosen = others.sort(pl.col("account_id").hash(seed=seed), "account_id").head(_LENDERS)
    accounts = chosen.select(*_IDS, "y", source=pl.lit(name)).with_row_index("row")
    return accounts, corpus.posts.join(accounts.select("row", *_IDS), on=_IDS, how="inner").drop(_IDS)


def _changed_window(
    change: Change,
    population: Reference,
    name: str,
    start: int,
    end: int,
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of a window after a change, and the accounts that are left in it."""
    closed = pl.from_epoch(pl.lit(end), "s").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    table = accounts.sort("account_id").with_row_index("row")
    table = table.with_columns(source=pl.lit(name), observed_at=closed)
    own = posts.join(table.select("row", *_IDS), on=_IDS, how="inner", maintain_order="left").drop(_IDS)
    left, written = change(table, own)
    named = written.join(left.select("row", *_IDS), on="row", how="inner", maintain_order="left")
    rows = windows.measure_window(start, end, left.drop("row"), named.select(posts.columns), population)
    scenario = pl.lit(name).alias("scenario")
    return rows.with_columns(scenario), left.select(scenario, "account_id")


def _told(known: pl.DataFrame, after: pl.DataFrame, observed: pl.DataFrame) -> pl.DataFrame:
    """Return the measures of each window under a change.

    Args:
        known: Accounts before: ``scenario``, ``account_id``, ``y``, ``log_odds``, ``chance``, ``flagged``.
        after: Accounts evaluated after: the same without ``y``.
        observed: Who is observed: ``scenario``, ``account_id``.
    """
    both = known.join(observed, on=_KEYS, how="semi", maintain_order="left").join(
        after, on=_KEYS, how="left", suffix="_after", maintain_order="left"
    )
    flagged, at_first = (pl.col(name).fill_null(value=False) for name in ("flagged_after", "flagged"))
    rise = pl.col("chance_after") - pl.col("chance")
    measures = both.group_by("scenario", maintain_order=True).agg(
        recall=flagged.filter("y").mean(),
        recall_change=(flagged.cast(pl.Int8) - at_first.cast(pl.Int8)).filter("y").mean(),
        false_positives=flagged.filter(~pl.col("y")).mean(),
        rise_ordinary=rise.filter(~pl.col("y")).drop_nulls().mean(),
        rise_positive=rise.filter("y").drop_nulls().mean(),
    )
    precision = pl.DataFrame(
        [
            {
                "scenario": name,
                **{column: _precision(pool, column) for column in ("log_odds_after", "log_odds")},
            }
            for (name,), pool in both.group_by("scenario", maintain_order=True)
        ],
        schema={"scenario": pl.String, "log_odds_after": pl.Float64, "log_odds": pl.Float64},
    ).select(
        "scenario",
        average_precision="log_odds_after",
        average_precision_change=pl.col("log_odds_after") - pl.col("log_odds"),
    )
    return measures.join(precision, on="scenario", how="left", maintain_order="left")


def _precision(pool: pl.DataFrame, column: str) -> float | None:
    """Return the average precision of a window, abstentions ranked last; None where nobody coordinated is observed."""
    truth = pool["y"].to_numpy()
    if not truth.any():
        return None
    score = pool[column].fill_null(-np.inf).to_numpy()
    return float(average_precision(truth, score, np.ones((1, len(truth))))[0])


def _drawn(of_change: pl.DataFrame, names: pl.Series, picked: np.ndarray) -> dict[str, Floats]:
    """Return the mean of each measure over the windows, and over those picked in each draw; NaN where none tells it."""
    by_window = names.to_frame().join(of_change, on="scenario", how="left", maintain_order="left")
    means = {}
    for name in _MEASURES:
        value = by_window[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        drawn = np.vstack([np.arange(len(value))[None, :], picked])
        there = ~np.isnan(value)
        number = there[drawn].sum(axis=1)
        total = np.where(there, value, 0.0)[drawn].sum(axis=1)
        means[name] = np.divide(total, number, out=np.full(len(drawn), np.nan), where=number > 0)
    return means
