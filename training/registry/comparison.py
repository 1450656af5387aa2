"""Challenger against champion, on the accounts that both were evaluated on.

Each model brings the table of its record, ``judged.parquet``: what it said of labelled accounts it had not seen.
Only rows that both tables hold are compared (same scheme, source, window and account), with the same bootstrap
draws for both, so that what is easy or hard about an account cancels out. Abstentions rank last. Where both were
evaluated under several schemes, the hardest counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.errors import ComparisonError, MissingColumnError, counted
from vigie.models.calibration import log_odds
from vigie.models.metrics import DIFFERENCE, SHARE, Estimate, auc, average_precision, recall_at_fpr
from vigie.training.config import Config
from vigie.training.evaluation.accounts import SCHEME
from vigie.training.evaluation.held_out import clustered
from vigie.training.fitting.leave_operator_out import ACCOUNTS, OPERATOR

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_ACCOUNT = ("platform", "account_id")
KEYS = ("scheme", "source", "scenario", *_ACCOUNT)
# Hardest first; others come after these, by name.
SCHEMES = (SCHEME, OPERATOR, ACCOUNTS)
# Accounts of each class that a source needs for its metrics to count.
LEAST = 10
# Metrics of the comparison begin with this: there are none for the first model of a name.
PREFIX = "champion."
FALSE_POSITIVES = "false_positives"
_RANKINGS: dict[str, Callable[[Flags, Floats, Floats], Floats]] = {
    "auc": auc,
    "average_precision": average_precision,
    "recall_at_1": recall_at_fpr,
}
_COLUMNS = (*KEYS, "y", "kind", "campaign", "log_odds")
# Draws worked on at once: bounds memory.
_BLOCK = 50


@dataclass(frozen=True)
class Candidate:
    """A model to compare.

    Attributes:
        held_out: The table of its record: :data:`KEYS`, ``y``, ``kind``, ``campaign``, ``log_odds`` (at equal classes;
            null where it abstains) and, of a model of coordination, ``flaggable`` (whether anything can be shown of the
            account that nothing ordinary explains: only then can it reach the band *high*).
        high: Log-odds at equal classes from which its band is *high*; None where it is held against known accounts, and the
            column ``flagged`` says who is.
    """

    held_out: pl.DataFrame
    high: float | None

    @classmethod
    def of(cls, held_out: pl.DataFrame, index: Mapping[str, Any]) -> Candidate:
        """Return the contender whose bundle has an index."""
        if index.get("known_accounts"):
            return cls(held_out, None)
        return cls(held_out, log_odds(index["bands"]["high"], index["assumed_prevalence"]))


@dataclass(frozen=True)
class Comparison:
    """Both models on common rows.

    Attributes:
        scheme: What was held out.
        rows: Rows of that scheme: of the challenger, of the champion, and common to both with the same label.
        disagreeing: Per source, common rows left out since the two tables label them differently.
        sources: One row per figure and source: ``figure``, ``source``, ``rows``, ``positives``, ``campaigns`` (those of
            the positives), and ``challenger``, ``champion`` and ``gain`` (their difference, paired), each with
            ``_low`` and ``_high``. A source with fewer than :data:`LEAST` accounts of a class has no ranking.
        means: The same per figure, means over those sources.
        metrics: What gates test: ``champion.gain.auc`` (mean over sources), ``champion.gain.auc.SOURCE``, the
            same of ``average_precision`` and ``recall_at_1``; ``champion.false_positives`` (share of ordinary
            accounts in band *high*, the challenger's minus the champion's).
    """

    scheme: str
    rows: dict[str, int]
    disagreeing: pl.DataFrame
    sources: pl.DataFrame
    means: pl.DataFrame
    metrics: dict[str, Estimate]


def compare(challenger: Candidate, champion: Candidate, config: Config) -> Comparison:
    """Return the comparison of two models.

    Args:
        challenger: The one that may become champion.
        champion: The one in use.
        config: For the number and the seed of the bootstrap draws.

    Raises:
        MissingColumnError: A table lacks a column.
        ComparisonError: There are too few common rows, or a table holds a row twice.
    """
    tables = {"challenger": challenger.held_out, "champion": champion.held_out}
    for name, each in (("challenger", challenger), ("champion", champion)):
        _check(each, name)
    scheme = _hardest(tables)
    ours, theirs = (table.filter(pl.col("scheme") == scheme) for table in tables.values())
    both = _flagged_rows(ours, challenger.high).join(
        _flagged_rows(theirs, champion.high), on=KEYS, nulls_equal=True, suffix="_champion"
    )
    common = both.filter(pl.col("y") == pl.col("y_champion")).sort(KEYS)
    rows = {"challenger": ours.height, "champion": theirs.height, "common": common.height}
    compared = [
        _source(str(source), part, config)
        for (source,), part in common.group_by("source", maintain_order=True)
    ]
    if not any("auc" in source.drawn for source in compared):
        raise ComparisonError(_too_few(rows, common, scheme))
    sources, means = [], []
    metrics: dict[str, Estimate] = {}
    for figure in (*_RANKINGS, FALSE_POSITIVES):
        held_out = [source for source in compared if figure in source.drawn]
        for source in held_out:
            ends = _ends(source.drawn[figure], source.units)
            sources.append({"figure": figure, "source": source.name} | source.about | _record(ends))
            metrics[f"{_name(figure)}.{source.name}"] = ends["gain"]
        drawn = np.mean([source.drawn[figure] for source in held_out], axis=0)
        ends = _ends(drawn, sum(source.units for source in held_out))
        means.append({"figure": figure, "sources": len(held_out)} | _record(ends))
        metrics[_name(figure)] = ends["gain"]
    disagreeing = both.filter(pl.col("y") != pl.col("y_champion"))
    return Comparison(
        scheme=scheme,
        rows=rows,
        disagreeing=disagreeing.group_by("source").len("rows").sort("source"),
        sources=pl.DataFrame(sources),
        means=pl.DataFrame(means),
        metrics=metrics,
    )


@dataclass(frozen=True)
class _Source:
    """Metrics on one source.

    Attributes:
        name: The source.
        about: Its ``rows``, ``positives`` and ``campaigns``.
        units: Accounts of its smaller class, which say how much the interval must be widened.
        drawn: Figure to its draws, shape (2, draws + 1): the challenger's, the champion's.
    """

    name: str
    about: dict[str, int]
    units: int
    drawn: dict[str, Floats]


def _source(name: str, rows: pl.DataFrame, config: Config) -> _Source:
    """Return the metrics of both models on the common rows of a source, windows taken together."""
    truth = rows["y"].to_numpy()
    weights = clustered(rows, config)
    positives, ordinary = (
        rows.filter(pl.col("y") == value).select(_ACCOUNT).n_unique() for value in (True, False)
    )
    metrics: dict[str, list[Callable[[Floats], Floats]]] = {}
    if min(positives, ordinary) >= LEAST:
        scores = [rows[column].fill_nan(None).fill_null(-np.inf).to_numpy() for column in _both("log_odds")]
        metrics |= {
            figure: [partial(of, truth, score) for score in scores] for figure, of in _RANKINGS.items()
        }
    if ordinary >= LEAST:
        metrics[FALSE_POSITIVES] = [
            partial(_false_positives, truth, rows[column].to_numpy()) for column in _both("flagged")
        ]
    campaigns = rows.filter("y").select(pl.coalesce("campaign", "kind")).n_unique()
    return _Source(
        name,
        {"rows": rows.height, "positives": int(truth.sum()), "campaigns": campaigns},
        min(positives, ordinary),
        {figure: np.stack([_in_blocks(one, weights) for one in both]) for figure, both in metrics.items()},
    )


def _both(column: str) -> tuple[str, str]:
    """Return the names of a column of the challenger and of the champion in the table of common rows."""
    return column, f"{column}_champion"


def _false_positives(truth: Flags, flagged: Flags, weights: Floats) -> Floats:
    """Return the share of ordinary rows that are flagged, per draw."""
    ordinary = weights[:, ~truth]
    return np.asarray((ordinary * flagged[~truth]).sum(axis=1) / ordinary.sum(axis=1))


def _in_blocks(figure: Callable[[Floats], Floats], weights: Floats) -> Floats:
    """Return a metric of every draw, some draws at a time."""
    return np.concatenate(
        [figure(weights[start : start + _BLOCK]) for start in range(0, len(weights), _BLOCK)]
    )


def _flagged_rows(held_out: pl.DataFrame, high: float | None) -> pl.DataFrame:
    """Return what is compared of a table: keys, label, cluster, log-odds and whether the band is *high*."""
    if high is None:
        return held_out.select(*_COLUMNS, "flagged")
    flaggable = pl.col("flaggable") if "flaggable" in held_out.columns else pl.lit(True)
    return held_out.select(
        *_COLUMNS, flagged=((pl.col("log_odds").fill_nan(None) >= high) & flaggable).fill_null(False)
    )


def _check(candidate: Candidate, name: str) -> None:
    """Refuse a table without the columns needed, or that holds a row twice."""
    held_out = candidate.held_out
    needed = (*_COLUMNS, "flagged") if candidate.high is None else _COLUMNS
    absent = [column for column in needed if column not in held_out.columns]
    if absent:
        raise MissingColumnError(
            f"judged.parquet of the {name} lacks {', '.join(absent)}; it needs {', '.join(needed)}. Train it anew"
        )
    twice = held_out.height - held_out.select(KEYS).n_unique()
    if twice:
        raise ComparisonError(
            f"judged.parquet of the {name} holds {counted(twice, 'row')} twice (same {', '.join(KEYS)}); train it anew"
        )


def _hardest(tables: dict[str, pl.DataFrame]) -> str:
    """Return the hardest scheme under which both were judged."""
    held: dict[str, list[str]] = {name: table["scheme"].unique().to_list() for name, table in tables.items()}
    common = set(held["challenger"]) & set(held["champion"])
    if not common:
        schemes = ", ".join(f"the {name} under {sorted(of) or 'none'}" for name, of in held.items())
        raise ComparisonError(
            f"the two models were not judged in the same way: {schemes}. Train the champion's configuration on the "
            "challenger's data, and promote against that"
        )
    return min(common, key=lambda name: (SCHEMES.index(name) if name in SCHEMES else len(SCHEMES), name))


def _too_few(rows: dict[str, int], common: pl.DataFrame, scheme: str) -> str:
    """Return why there is no comparison, and what to do."""
    positives = int(common["y"].sum())
    return (
        f"under the scheme “{scheme}” the challenger was judged on {counted(rows['challenger'], 'row')} and the champion on "
        f"{rows['champion']:,}; both on {common.height:,} ({positives:,} positive, {common.height - positives:,} "
        f"ordinary), and no source has the {LEAST} accounts of each class that a comparison needs. Train the "
        "champion's configuration on the challenger's data (vigie train --config with the config of the champion's "
        "record.json), make that run the champion, and promote again"
    )


def _ends(both: Floats, units: int) -> dict[str, Estimate]:
    """Return the metric of each model and their paired difference, with intervals."""
    drawn = {"challenger": both[0], "champion": both[1], "gain": both[0] - both[1]}
    return {
        name: Estimate.of(values, units, DIFFERENCE if name == "gain" else SHARE)
        for name, values in drawn.items()
    }


def _record(ends: dict[str, Estimate]) -> dict[str, float]:
    """Return metrics as columns."""
    return {
        f"{name}{suffix}": end
        for name, figure in ends.items()
        for suffix, end in (("", figure.value), ("_low", figure.low), ("_high", figure.high))
    }


def _name(figure: str) -> str:
    """Return the name under which a gate tests a difference.

    >>> _name("auc"), _name("false_positives")
    ('champion.gain.auc', 'champion.false_positives')
    """
    return f"{PREFIX}{figure}" if figure == FALSE_POSITIVES else f"{PREFIX}gain.{figure}"
