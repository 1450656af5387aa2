"""Evaluation of a model of windows: per window, operator, campaign, size of cohort, ratio and public, beside the rules.

Every figure is a mean over windows, with 95 % intervals over resampled accounts (an account weighs alike in all
windows it is in). Abstentions rank last, so that abstaining is never free. All windows hold one campaign. A campaign is
*hidden* where :data:`HIDDEN` ordinary accounts stand beside each of its own at least; other windows tell what becomes of one
that is most of its collection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.models.evidence_basis import FEATURE, added_by_campaign, added_by_group, log_bayes_factor
from vigie.models.metrics import DIFFERENCE, SHARE, Curve, Estimate, Floats, average_precision
from vigie.training.data.windows import Corpus
from vigie.training.evaluation.held_out import COLUMNS
from vigie.training.fitting.leave_operator_out import OPERATOR

Flags = NDArray[np.bool_]

MODEL = "vigie"
# Share of ordinary accounts of any public that may be flagged, and that may be elevated or flagged.
MOST_FALSE, MOST_ELEVATED = 0.02, 0.05
# Rows of a public from which it sets a band: of fewer, one account more or less is a share of its own.
LEAST_ROWS = 200
# Rarity, -log10 of a p-value times the accounts, from which a campaign or group is flagged in whatever public: rings remain
# among people collected by topic, and must not set what counts as shown.
PROVEN = 3.0
# Ordinary accounts for each of a campaign that is hidden among them.
HIDDEN = 4
# Classes of the number of a campaign's accounts for each ordinary one, by their upper ends.
RATIOS = {"up to 1:8": 1 / 8, "up to 1:2": 1 / 2, "up to 2:1": 2.0, "up to 16:1": 16.0, "more": np.inf}
_DRAWS = 200


@dataclass(frozen=True)
class Evaluation:
    """Metrics of one run.

    Attributes:
        table: Over hidden campaigns, one row per model and scheme: ``model``, ``scheme``, and each metric with ``_low``,
            ``_high``.
        operators: Ours over hidden campaigns, per scheme and operator.
        campaigns: The same per campaign.
        cohorts: The same per number of coordinated accounts in the window.
        ratios: Ours over all windows, per scheme and class of :data:`RATIOS`; with ``flagged`` (share of the coordinated) and
            ``flagged_ordinary``.
        backgrounds: Share of ordinary account-windows flagged at the shipped threshold, per scheme and
            public, the threshold chosen on other accounts.
        recovery: How well the cohort is recovered as a group: ``by`` (flagged accounts, synchronous groups),
            mean pairwise ``f1``, ``precision``, ``recall``, and windows with anything found.
        rules: The rules' own verdicts: share of coordinated and of ordinary accounts flagged.
        abstained: Share of rows the model abstains on, coordinated and ordinary.
        alone: Coordinated accounts with nobody to act in concert with, per scheme and ``control`` (``lone``: the rest of the
            campaign taken away; ``placebo``: accounts that never met): ``rows``, share ``flagged``; of placebos
            ``average_precision`` and ``prevalence`` (what ranking by chance gives), means over windows.
        gains: Average precision of ours less that of each other model, an operator held out, in pairs.
        threshold: Log-odds from which an account is flagged.
        elevated: Log-odds from which it is elevated: set by ordinary accounts of which nothing is shown.
    """

    table: pl.DataFrame
    operators: pl.DataFrame
    campaigns: pl.DataFrame
    cohorts: pl.DataFrame
    ratios: pl.DataFrame
    backgrounds: pl.DataFrame
    recovery: pl.DataFrame
    rules: pl.DataFrame
    abstained: pl.DataFrame
    alone: pl.DataFrame
    gains: dict[str, Estimate]
    threshold: float
    elevated: float


def evaluate(
    rows: pl.DataFrame,
    scores: Mapping[tuple[str, str], Floats],
    log_odds: Mapping[str, Floats],
    isolated: Flags,
    regular: Flags,
    seed: int,
) -> Evaluation:
    """Return the evaluation.

    Args:
        rows: What :func:`vigie.training.data.windows.rows` returned, in the order of the scores.
        scores: (model, scheme) to a score per row; NaN where a model abstains. Higher is more coordinated. What learns nothing has
            one array under all schemes.
        log_odds: Scheme to our calibrated log-odds per row; NaN where abstained.
        isolated: Which rows are of coordinated accounts that have nobody to act in concert with.
        regular: Which rows are of accounts in windows in which nothing was taken apart.
        seed: Of the draws.
    """
    whole = rows.filter(pl.Series(regular))
    weights = _weights(whole, seed)
    drawn = _each_once(whole, scores, regular, weights)
    every = {scheme: value[regular] for scheme, value in log_odds.items()}
    allowed = flaggable(whole, every)
    elevated, threshold = band_starts(whole, every)
    of_window = whole.group_by("scenario", maintain_order=True).agg(pl.col("cohort", "ordinary").first())
    hidden = (of_window["ordinary"] >= HIDDEN * of_window["cohort"]).to_numpy()
    hidden = hidden if hidden.any() else np.ones_like(hidden)
    flagged = {scheme: np.nan_to_num(value, nan=-np.inf) >= threshold for scheme, value in allowed.items()}
    return Evaluation(
        table=pl.DataFrame(
            [
                {"model": model, "scheme": scheme} | _means(values, hidden)
                for (model, scheme), values in drawn.items()
            ]
        ),
        operators=_by(whole, drawn, "operator", hidden),
        campaigns=_by(whole, drawn, "campaign", hidden),
        cohorts=_by(whole, drawn, "cohort", hidden),
        ratios=_ratios(whole, drawn, flagged),
        backgrounds=_backgrounds(whole, every, weights),
        recovery=_recovery(whole, flagged),
        rules=_rules(whole),
        abstained=whole.with_columns(abstained=pl.Series(np.isnan(next(iter(every.values())))))
        .group_by("y")
        .agg(pl.len().alias("rows"), pl.col("abstained").mean())
        .sort("y"),
        alone=_alone(rows, log_odds, isolated, threshold),
        gains={
            model: _gain(drawn[MODEL, scheme], values, hidden)
            for (model, scheme), values in drawn.items()
            if scheme == OPERATOR and model != MODEL
        },
        threshold=threshold,
        elevated=elevated,
    )


def with_evidence(rows: pl.DataFrame, log_odds: Floats) -> Floats:
    """Return log-odds with what groups and campaigns add, as serving adds it.

    Args:
        rows: What :func:`vigie.training.data.windows.rows` returned.
        log_odds: Of each row, without its groups and its campaign.
    """
    of = {
        kind: rows.select(pl.when(pl.col("evidence") == kind).then("evidence_rarity").fill_null(np.nan))
        .to_series()
        .to_numpy()
        for kind in ("group", "campaign")
    }
    in_window = rows[FEATURE].cast(pl.Float64).fill_null(np.nan).to_numpy()
    grouped = log_odds + added_by_group(log_odds, in_window, of["group"])
    return grouped + added_by_campaign(grouped, in_window, of["campaign"])


def flaggable(rows: pl.DataFrame, log_odds: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return log-odds, by scheme, NaN where nothing can be shown that nothing ordinary explains: it is never flagged."""
    strong = rows["evidence_strong"].fill_null(value=False).to_numpy()
    return {scheme: np.where(strong, value, np.nan) for scheme, value in log_odds.items()}


def held_out_rows(rows: pl.DataFrame, corpus: Corpus, log_odds: Mapping[str, Floats]) -> pl.DataFrame:
    """Return every account-window as evaluated under each scheme, in the order of the schemes.

    Args:
        rows: What :func:`vigie.training.data.windows.rows` returned, without those of removed campaigns.
        corpus: The corpus.
        log_odds: Scheme to the log-odds of each row; NaN where abstained.

    Returns:
        See :mod:`vigie.training.evaluation.held_out`; and ``flaggable`` (whether anything can be shown of the account that
        nothing ordinary explains: only then can it be flagged).
    """
    named = rows.select(
        "scenario", "account_id", "y", "kind", source="operator",
        flaggable=pl.col("evidence_strong").fill_null(value=False),
    ).join(
        corpus.accounts.select("account_id", "platform", "campaign", "strength"),
        on="account_id",
        maintain_order="left",
    )  # fmt: skip
    tables = [
        named.with_columns(scheme=pl.lit(scheme), log_odds=pl.Series(value).fill_nan(None))
        for scheme, value in log_odds.items()
    ]
    return pl.concat(tables).select(*COLUMNS, "flaggable")


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


def _each_once(
    rows: pl.DataFrame, scores: Mapping[tuple[str, str], Floats], regular: Flags, weights: Floats
) -> dict[tuple[str, str], dict[str, Floats]]:
    """Return :func:`_per_window` of every score; one that stands under several schemes is measured once."""
    once = {id(score): score for score in scores.values()}
    measured = {
        name: _per_window(rows, np.where(np.isnan(score), -np.inf, score)[regular], weights)
        for name, score in once.items()
    }
    return {key: measured[id(score)] for key, score in scores.items()}


def _per_window(rows: pl.DataFrame, score: Floats, weights: Floats) -> dict[str, Floats]:
    """Return each metric per window and draw, shape (windows, draws + 1); NaN where a draw lacks a class."""
    truth = rows["y"].to_numpy()
    per_window: list[dict[str, Floats]] = []
    # Ranks stand for scores: abstentions, at minus infinity, tie.
    for window in _windows(rows):
        _, rank = np.unique(score[window], return_inverse=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            curve = Curve.of(truth[window], rank.astype(float), weights[:, window])
            per_window.append(curve.figures())
    return {name: np.stack([figures[name] for figures in per_window]) for name in per_window[0]}


def _means(per_window: dict[str, Floats], chosen: Flags) -> dict[str, float]:
    """Return the mean of each metric over the windows chosen with the ends of its interval.

    A draw in which no window has both classes says nothing: small cohorts are sometimes drawn without anybody.
    """
    means: dict[str, float] = {}
    for name, values in per_window.items():
        kept = values[chosen]
        figure = Estimate.of(np.nanmean(kept[:, ~np.isnan(kept).all(axis=0)], axis=0), within=SHARE)
        means |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
    return means


def _gain(ours: dict[str, Floats], theirs: dict[str, Floats], chosen: Flags) -> Estimate:
    """Return how much larger our mean average precision over the windows chosen is; see :func:`_means`."""
    kept = (ours["average_precision"] - theirs["average_precision"])[chosen]
    return Estimate.of(np.nanmean(kept[:, ~np.isnan(kept).all(axis=0)], axis=0), within=DIFFERENCE)


def _by(
    rows: pl.DataFrame,
    drawn: Mapping[tuple[str, str], dict[str, Floats]],
    column: str,
    hidden: Flags,
) -> pl.DataFrame:
    """Return our metrics over the windows with a hidden campaign of each value of a column."""
    of_window = rows.group_by("scenario", maintain_order=True).agg(pl.col(column).first())[column]
    records = [
        {"scheme": scheme, column: value, "pools": int(chosen.sum())} | _means(drawn[MODEL, scheme], chosen)
        for scheme in _schemes(drawn)
        for value in of_window.unique().sort()
        if (chosen := (of_window == value).to_numpy() & hidden).any()
    ]
    return pl.DataFrame(records)


def _schemes(drawn: Mapping[tuple[str, str], object]) -> list[str]:
    """Return the schemes under which our model was scored, in order."""
    return [scheme for model, scheme in drawn if model == MODEL]


def _ratios(
    rows: pl.DataFrame,
    drawn: Mapping[tuple[str, str], dict[str, Floats]],
    flagged: Mapping[str, Flags],
) -> pl.DataFrame:
    """Return our metrics by how many accounts of the campaign stand beside each ordinary one."""
    of_row = (rows["cohort"] / rows["ordinary"].clip(1)).to_numpy()
    ends = list(RATIOS.values())
    of_rows = np.searchsorted(ends, of_row)
    starts = [window.start for window in _windows(rows)]
    truth = rows["y"].to_numpy()
    return pl.DataFrame(
        [
            {"scheme": scheme, "ratio": name, "pools": int((of_rows[starts] == place).sum())}
            | _means(drawn[MODEL, scheme], of_rows[starts] == place)
            | {
                "flagged": float(flagged[scheme][here & truth].mean()),
                "flagged_ordinary": float(flagged[scheme][here & ~truth].mean()),
            }
            for scheme in flagged
            for place, name in enumerate(RATIOS)
            if (here := of_rows == place).any()
        ]
    )


def _alone(
    rows: pl.DataFrame, log_odds: Mapping[str, Floats], isolated: Flags, threshold: float
) -> pl.DataFrame:
    """Return what is said of coordinated accounts that have nobody to act in concert with."""
    lone, placebo = rows["is_lone"].to_numpy(), rows["placebo"].to_numpy()
    truth = rows["y"].to_numpy()
    windows = [np.flatnonzero(placebo & (rows["scenario"] == name).to_numpy())
               for name in rows.filter("placebo")["scenario"].unique(maintain_order=True)]  # fmt: skip
    windows = [place for place in windows if 0 < truth[place].sum() < len(place)]
    records: list[dict[str, object]] = []
    allowed = flaggable(rows, log_odds)
    for scheme, value in log_odds.items():
        flagged = np.nan_to_num(allowed[scheme], nan=-np.inf) >= threshold
        ranked = np.where(np.isnan(value), -np.inf, value)
        precision = [
            float(average_precision(truth[place], ranked[place], np.ones((1, len(place))))[0])
            for place in windows
        ]
        for control, here in (("lone", isolated & lone), ("placebo", isolated & ~lone)):
            if here.any():
                known = control == "placebo" and bool(windows)
                records.append(
                    {
                        "scheme": scheme, "control": control, "rows": int(here.sum()),
                        "flagged": float(flagged[here].mean()),
                        "average_precision": float(np.mean(precision)) if known else None,
                        "prevalence": float(np.mean([truth[place].mean() for place in windows])) if known else None,
                    }
                )  # fmt: skip
    return pl.DataFrame(
        records,
        schema={
            "scheme": pl.String, "control": pl.String, "rows": pl.Int64, "flagged": pl.Float64,
            "average_precision": pl.Float64, "prevalence": pl.Float64,
        },
    )  # fmt: skip


def band_starts(rows: pl.DataFrame, log_odds: Mapping[str, Floats]) -> tuple[float, float]:
    """Return the log-odds from which accounts are elevated, and those from which they are flagged.

    No public has more than :data:`MOST_ELEVATED` elevated of those of whom nothing is shown. None has more than
    :data:`MOST_FALSE` flagged, unless by what chance gives once in 10 to :data:`PROVEN` accounts.

    Args:
        rows: What :func:`vigie.training.data.windows.rows` returned.
        log_odds: Scheme to the log-odds of each row; NaN where abstained.
    """
    nothing = rows["evidence"].is_null().to_numpy()
    plain = {scheme: np.where(nothing, value, np.nan) for scheme, value in log_odds.items()}
    elevated = threshold_of(rows, plain, MOST_ELEVATED)
    # Where hardly anybody ordinary can be flagged at all, any score would do: not one below what is elevated.
    allowed = max(elevated, threshold_of(rows, flaggable(rows, log_odds), MOST_FALSE))
    flagged = min(allowed, float(log_bayes_factor(np.array([PROVEN]))[0]))
    return min(elevated, flagged), flagged


def threshold_of(rows: pl.DataFrame, log_odds: Mapping[str, Floats], most: float) -> float:
    """Return the least log-odds at which no public has more than a share of its rows flagged, under any scheme.

    Publics of fewer than :data:`LEAST_ROWS` rows count as one.

    Args:
        rows: What :func:`vigie.training.data.windows.rows` returned.
        log_odds: Scheme to the log-odds of each row; NaN where it is never flagged.
        most: The share.
    """
    size = pl.len().over("background")
    background = (
        rows.select(pl.when(size >= LEAST_ROWS).then("background").otherwise(pl.lit("")))
        .to_series()
        .to_numpy()
    )
    ordinary = ~rows["y"].to_numpy()
    lowest = -np.inf
    for value in log_odds.values():
        for name in np.unique(background[ordinary].astype(str)):
            score = np.sort(np.nan_to_num(value[ordinary & (background == name)], nan=-np.inf))[::-1]
            # Above the first account that would make too many.
            lowest = max(
                lowest, float(np.nextafter(score[min(int(most * len(score)), len(score) - 1)], np.inf))
            )
    return lowest


def _backgrounds(rows: pl.DataFrame, log_odds: Mapping[str, Floats], weights: Floats) -> pl.DataFrame:
    """Return the share of ordinary account-windows flagged, each half evaluated at the other half's threshold."""
    half = rows.select(pl.col("account_id").hash(seed=3) % 2)["account_id"].to_numpy().astype(bool)
    background = rows["background"].to_numpy()
    truth = rows["y"].to_numpy()
    records: list[dict[str, object]] = []
    limit = np.zeros(rows.height)
    for side in (True, False):
        other = half != side
        rest = {scheme: value[other] for scheme, value in log_odds.items()}
        _, limit[half == side] = band_starts(rows.filter(pl.Series(other)), rest)
    for scheme, value in flaggable(rows, log_odds).items():
        flagged = np.nan_to_num(value, nan=-np.inf) >= limit
        for name in [*rows["background"].drop_nulls().unique().sort(), None]:
            here = truth if name is None else background == name
            # A draw in which nobody of a small public is says nothing of it.
            drawn = weights[weights[:, here].any(axis=1)][:, here]
            figure = Estimate.of((drawn * flagged[here]).sum(axis=1) / drawn.sum(axis=1), within=SHARE)
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


def _recovery(rows: pl.DataFrame, flagged: Mapping[str, Flags]) -> pl.DataFrame:
    """Return how well pairs of the cohort are recovered as pairs of one group, mean over windows."""
    ways = {f"flagged accounts, {scheme}": np.where(value, 0, -1) for scheme, value in flagged.items()}
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
