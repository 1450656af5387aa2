"""Evaluation of a model of windows: per window, per campaign, per size of cohort, per background, beside the rules.

Every figure is a mean over windows, with 95 % intervals over resampled accounts (an account weighs alike in all
windows it is in). Abstentions rank last, so that abstaining is never free. All windows hold one campaign; all
campaigns of the shipped model's data are one operator's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.training.data.windows import Corpus
from vigie.training.evaluation.held_out import COLUMNS
from vigie.training.metrics import Estimate, Floats, auc, average_precision, recall_at_fpr

Flags = NDArray[np.bool_]

MODEL = "vigie"
# Share of ordinary accounts that may be flagged on any background, at the upper end of its interval.
MOST_FALSE = 0.005
_DRAWS = 200
_METRICS: dict[str, Callable[[Flags, Floats, Floats], Floats]] = {
    "average_precision": average_precision,
    "auc": auc,
    "recall_at_1": recall_at_fpr,
    "recall_at_01": partial(recall_at_fpr, rate=0.001),
}


@dataclass(frozen=True)
class Evaluation:
    """Metrics of one run.

    Attributes:
        table: One row per model and scheme: ``model``, ``scheme``, and each metric with ``_low``, ``_high``.
        campaigns: Ours per scheme and campaign.
        cohorts: Ours per scheme and number of coordinated accounts in the window.
        backgrounds: Share of ordinary account-windows flagged at the shipped threshold, per scheme and
            background, the threshold chosen on other accounts.
        recovery: How well the cohort is recovered as a group: ``by`` (flagged accounts, synchronous groups),
            mean pairwise ``f1``, ``precision``, ``recall``, and windows with anything found.
        rules: The rules' own verdicts: share of coordinated and of ordinary accounts flagged.
        abstained: Share of rows the model abstains on, coordinated and ordinary.
        threshold: Log-odds from which an account is flagged.
    """

    table: pl.DataFrame
    campaigns: pl.DataFrame
    cohorts: pl.DataFrame
    backgrounds: pl.DataFrame
    recovery: pl.DataFrame
    rules: pl.DataFrame
    abstained: pl.DataFrame
    threshold: float


def evaluate(
    rows: pl.DataFrame,
    scores: dict[tuple[str, str], Floats],
    log_odds: dict[str, Floats],
    flaggable: Flags,
    seed: int,
) -> Evaluation:
    """Return the evaluation.

    Args:
        rows: What :func:`vigie.training.data.windows.rows` returned, in the order of the scores.
        scores: (model, scheme) to a score per row; NaN where a model abstains. Higher is more coordinated.
        log_odds: Scheme to our calibrated log-odds per row; NaN where abstained.
        flaggable: Whether a row's score rests on more than behaviour: only then can the account be flagged.
        seed: Of the draws.
    """
    weights = _weights(rows, seed)
    ranked = {key: np.where(np.isnan(value), -np.inf, value) for key, value in scores.items()}
    ours = {scheme: value for (model, scheme), value in ranked.items() if model == MODEL}
    drawn = {key: _per_window(rows, value, weights) for key, value in ranked.items()}
    allowed = {scheme: np.where(flaggable, value, np.nan) for scheme, value in log_odds.items()}
    threshold = threshold_of(rows, allowed, weights)
    return Evaluation(
        table=pl.DataFrame(
            [{"model": model, "scheme": scheme} | _means(values) for (model, scheme), values in drawn.items()]
        ),
        campaigns=_by(rows, ours, drawn, "campaign"),
        cohorts=_by(rows, ours, drawn, "cohort"),
        backgrounds=_backgrounds(rows, allowed, weights),
        recovery=_recovery(rows, allowed, threshold),
        rules=_rules(rows),
        abstained=rows.with_columns(abstained=pl.Series(np.isnan(next(iter(log_odds.values())))))
        .group_by("y")
        .agg(pl.len().alias("rows"), pl.col("abstained").mean())
        .sort("y"),
        threshold=threshold,
    )


def held_out_rows(
    rows: pl.DataFrame, corpus: Corpus, log_odds: Mapping[str, Floats], flaggable: Flags
) -> pl.DataFrame:
    """Return every account-window as evaluated under each scheme, in the order of the schemes.

    Args:
        rows: What :func:`vigie.training.data.windows.rows` returned, without those of removed campaigns.
        corpus: The corpus.
        log_odds: Scheme to the log-odds of each row; NaN where abstained.
        flaggable: Whether a row's score rests on more than behaviour: only then can the account be flagged.

    Returns:
        See :mod:`vigie.training.evaluation.held_out`; and ``company``.
    """
    named = rows.select("scenario", "account_id", "y", "kind", source="campaign").join(
        corpus.accounts.select("account_id", "platform", "campaign", "strength"),
        on="account_id",
        maintain_order="left",
    )
    tables = [
        named.with_columns(
            scheme=pl.lit(scheme), company=pl.Series(flaggable),
            log_odds=pl.Series(value).fill_nan(None),
        )
        for scheme, value in log_odds.items()
    ]  # fmt: skip
    return pl.concat(tables).select(*COLUMNS, "company")


def _weights(rows: pl.DataFrame, seed: int) -> Floats:
    """Return bootstrap weights of rows, shape (draws + 1, rows), the first row the data as they are.

    Accounts are resampled within coordinated and ordinary ones.
    """
    accounts, place = np.unique(rows["account_id"].to_numpy(), return_inverse=True)
    label = np.zeros(len(accounts), np.bool_)
    label[place] = rows["y"].to_numpy()
    generator = np.random.default_rng(seed)
    weights = np.ones((_DRAWS + 1, len(accounts)))
    for value in (True, False):
        of_class = np.flatnonzero(label == value)
        weights[1:, of_class] = generator.multinomial(
            len(of_class), np.full(len(of_class), 1 / len(of_class)), _DRAWS
        )
    return weights[:, place]


def _windows(rows: pl.DataFrame) -> list[slice]:
    """Return the rows of each window; rows are sorted by window."""
    ends = np.cumsum(rows.group_by("scenario", maintain_order=True).len()["len"].to_numpy())
    return [
        slice(int(end - size), int(end)) for end, size in zip(ends, np.diff(ends, prepend=0), strict=True)
    ]


def _per_window(rows: pl.DataFrame, score: Floats, weights: Floats) -> dict[str, Floats]:
    """Return each metric per window and draw, shape (windows, draws + 1); NaN where a draw lacks a class."""
    truth = rows["y"].to_numpy()
    per_window: dict[str, list[Floats]] = {name: [] for name in _METRICS}
    # Ranks stand for scores: abstentions, at minus infinity, tie.
    for window in _windows(rows):
        _, rank = np.unique(score[window], return_inverse=True)
        for name, figure in _METRICS.items():
            with np.errstate(invalid="ignore", divide="ignore"):
                per_window[name].append(figure(truth[window], rank.astype(float), weights[:, window]))
    return {name: np.stack(values) for name, values in per_window.items()}


def _means(per_window: dict[str, Floats], chosen: Flags | None = None) -> dict[str, float]:
    """Return the mean of each metric over windows with the ends of its interval.

    A draw in which no window has both classes says nothing: small cohorts are sometimes drawn without anybody.
    """
    means: dict[str, float] = {}
    for name, values in per_window.items():
        kept = values if chosen is None else values[chosen]
        figure = Estimate.of(np.nanmean(kept[:, ~np.isnan(kept).all(axis=0)], axis=0))
        means |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
    return means


def _by(
    rows: pl.DataFrame, ours: dict[str, Floats], drawn: dict[tuple[str, str], dict[str, Floats]], column: str
) -> pl.DataFrame:
    """Return our metrics over the windows of each value of a column."""
    of_window = rows.group_by("scenario", maintain_order=True).agg(pl.col(column).first())[column]
    records = [
        {"scheme": scheme, column: value, "pools": int((of_window == value).sum())}
        | _means(drawn[MODEL, scheme], (of_window == value).to_numpy())
        for scheme in ours
        for value in of_window.unique().sort()
    ]
    return pl.DataFrame(records)


def threshold_of(rows: pl.DataFrame, log_odds: dict[str, Floats], weights: Floats) -> float:
    """Return the least log-odds at which no background has more than :data:`MOST_FALSE` flagged.

    What counts is the upper end of the interval over accounts, under every scheme.
    """
    background = rows["background"].to_numpy()
    names = rows["background"].drop_nulls().unique().sort().to_list()
    lowest = -np.inf
    for value in log_odds.values():
        for name in names:
            here = background == name
            score = np.where(np.isnan(value[here]), -np.inf, value[here])
            order = np.argsort(-score, kind="stable")
            weight = weights[:, here][:, order]
            # A draw may miss a small background altogether: it has nobody flagged then.
            share = weight.cumsum(axis=1) / np.maximum(weight.sum(axis=1, keepdims=True), 1.0)
            upper = np.percentile(share[1:], 97.5, axis=0)
            allowed = int(np.searchsorted(upper, MOST_FALSE, "right"))
            # Above the first account that would make too many.
            lowest = max(lowest, float(np.nextafter(score[order][min(allowed, len(score) - 1)], np.inf)))
    return lowest


def _backgrounds(rows: pl.DataFrame, log_odds: dict[str, Floats], weights: Floats) -> pl.DataFrame:
    """Return the share of ordinary account-windows flagged, each half evaluated at the other half's threshold."""
    half = rows.select(pl.col("account_id").hash(seed=3) % 2)["account_id"].to_numpy().astype(bool)
    background = rows["background"].to_numpy()
    truth = rows["y"].to_numpy()
    records: list[dict[str, object]] = []
    limit = np.zeros(rows.height)
    for side in (True, False):
        other = half != side
        rest = {scheme: value[other] for scheme, value in log_odds.items()}
        limit[half == side] = threshold_of(rows.filter(pl.Series(other)), rest, weights[:, other])
    for scheme, value in log_odds.items():
        flagged = np.nan_to_num(value, nan=-np.inf) >= limit
        for name in [*rows["background"].drop_nulls().unique().sort(), None]:
            here = truth if name is None else background == name
            share = (weights[:, here] * flagged[here]).sum(axis=1) / weights[:, here].sum(axis=1)
            figure = Estimate.of(share)
            each = pl.DataFrame(
                {"account": rows["account_id"].filter(pl.Series(here)), "flagged": flagged[here]}
            )
            ever = each.group_by("account").agg(pl.col("flagged").any())["flagged"].mean()
            records.append(
                {"scheme": scheme, "accounts of": name or "operation", "rows": int(here.sum()),
                 "flagged": figure.value, "low": figure.low, "high": figure.high,
                 "accounts ever flagged": ever}
            )  # fmt: skip
    return pl.DataFrame(records)


def _recovery(rows: pl.DataFrame, log_odds: dict[str, Floats], threshold: float) -> pl.DataFrame:
    """Return how well pairs of the cohort are recovered as pairs of one group, mean over windows."""
    ways = {
        f"flagged accounts, {scheme}": np.where(np.nan_to_num(value, nan=-np.inf) >= threshold, 0, -1)
        for scheme, value in log_odds.items()
    }
    ways["synchronous groups"] = rows["group"].fill_null(-1).to_numpy()
    truth = rows["y"].to_numpy()
    records = []
    for name, label in ways.items():
        metrics = [_pairwise(truth[window], label[window]) for window in _windows(rows)]
        any_group = np.array([figure[3] for figure in metrics])
        means = np.array([figure[:3] for figure in metrics]).mean(axis=0)
        records.append(
            {"by": name, "f1": means[0], "precision": means[1], "recall": means[2],
             "pools with a group": int(any_group.sum()), "pools": len(metrics)}
        )  # fmt: skip
    return pl.DataFrame(records)


def _pairwise(truth: Flags, label: NDArray[np.int64]) -> tuple[float, float, float, bool]:
    """Return F1, precision and recall of pairs in one group, and whether there is any; all 0 without."""
    _, group = np.unique(label[label >= 0], return_inverse=True)
    size = np.bincount(group) if len(group) else np.zeros(1)
    inside = np.bincount(group, truth[label >= 0]) if len(group) else np.zeros(1)
    grouped, right = (float((n * (n - 1) / 2).sum()) for n in (size, inside))
    wanted = float(truth.sum() * (truth.sum() - 1) / 2)
    if not grouped or not right or not wanted:
        return 0.0, 0.0, 0.0, bool(grouped)
    precision, recall = right / grouped, right / wanted
    return 2 * precision * recall / (precision + recall), precision, recall, True


def _rules(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what the published rules flag at their own thresholds."""
    names = [name.removesuffix("_flagged") for name in rows.columns if name.endswith("_flagged")]
    return pl.DataFrame(
        [
            {
                "rule": name,
                "coordinated flagged": rows.filter("y")[f"{name}_flagged"].mean(),
                "ordinary flagged": rows.filter(~pl.col("y"))[f"{name}_flagged"].mean(),
            }
            for name in names
        ]
    )
