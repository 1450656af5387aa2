"""Metrics of held-out accounts: ranking at stated prevalences, for a review budget, calibration, label noise.

A *held-out* table holds labelled accounts, each scored by a model that did not see what the scheme holds out:
``scheme``, ``source``, ``scenario`` (window; null where there are none), ``platform``, ``account_id``, ``y``, ``kind``,
``campaign``, ``strength`` and ``log_odds`` (at equal classes; null where the model abstains, which ranks last). Of a model that
is held against known accounts it also holds ``flagged``: whether answers put the account in the band *high*.
Every function returns one row per scheme and source, and per what else it names; metrics come with 95 % intervals
in columns ``_low`` and ``_high``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import polars as pl

from vigie.models.calibration import probability
from vigie.models.metrics import (
    ANY,
    NOT_NEGATIVE,
    SHARE,
    Bools,
    Curve,
    Estimate,
    Floats,
    Range,
    auc,
    brier_score,
    calibration_error,
    cluster_draws,
    smaller_class,
)
from vigie.training.config import Config

COLUMNS = (
    "scheme", "source", "scenario", "platform", "account_id", "y", "kind", "campaign", "strength", "log_odds",
)  # fmt: skip
PREVALENCES = (0.1, 0.05, 0.01, 0.001)
# Accounts looked at by hand, out of so many collected.
BUDGETS = (50, 200, 1000)
COLLECTED = 10_000
# Shares of the accounts labelled ordinary that may be the contrary, and of the others.
NOISE = (0.0, 0.01, 0.02, 0.05, 0.1)


# A row of a table of metrics: the values that name it, and draws of each metric.
Row = tuple[dict[str, object], dict[str, Floats]]


@dataclass(frozen=True)
class HeldOutGroup:
    """The held-out accounts of one scheme and source.

    Attributes:
        scheme: Name of the scheme.
        source: Name of the source.
        truth: Labels.
        score: Log-odds; minus infinity where the model abstains.
        weights: Bootstrap weights, shape (draws + 1, accounts).
        high: Whether answers put each in the band *high*; None where the score alone says so.
    """

    scheme: str
    source: str
    truth: Bools
    score: Floats
    weights: Floats
    high: Bools | None = None

    def flagged(self, threshold: float) -> Bools:
        """Return who is flagged: as answers say it, else from a threshold of the log-odds on."""
        return self.score >= threshold if self.high is None else self.high

    def figure(self, drawn: Floats, within: Range = SHARE) -> Estimate:
        """Return a metric of draws with its interval, widened where accounts are few; see ``Estimate.of``."""
        return Estimate.of(drawn, smaller_class(self.truth), within)

    def at(self, prevalence: float) -> Floats:
        """Return the weights with the ordinary accounts scaled so that a share of all is of the other class."""
        positive = (self.weights * self.truth).sum(axis=1, keepdims=True)
        negative = (self.weights * ~self.truth).sum(axis=1, keepdims=True)
        share: Floats = np.where(self.truth, prevalence / positive, (1 - prevalence) / negative)
        return self.weights * share


def clustered(rows: pl.DataFrame, config: Config) -> Floats:
    """Return bootstrap weights of held-out accounts: campaigns (else kinds) are resampled, then accounts inside them."""
    truth = rows["y"].to_numpy().astype(bool)
    account = rows.select(pl.struct("platform", "account_id").rank("dense"))[:, 0].to_numpy().astype(np.int64)
    campaign = rows.select(pl.coalesce("campaign", "kind").fill_null("").rank("dense"))[:, 0].to_numpy()
    return cluster_draws(truth, account, campaign.astype(np.int64), config.bootstrap_draws, config.seed)


def groups(held_out: pl.DataFrame, config: Config) -> list[HeldOutGroup]:
    """Return the held-out accounts of every scheme and source that holds both classes.

    Args:
        held_out: See the module.
        config: For the number and the seed of the bootstrap draws.
    """
    groups_of_rows = []
    for (scheme, source), rows in held_out.group_by("scheme", "source", maintain_order=True):
        truth = rows["y"].to_numpy().astype(bool)
        if truth.all() or not truth.any():
            continue
        score = rows["log_odds"].fill_null(-np.inf).to_numpy()
        high = rows["flagged"].to_numpy() if "flagged" in rows.columns else None
        groups_of_rows.append(
            HeldOutGroup(str(scheme), str(source), truth, score, clustered(rows, config), high)
        )
    return groups_of_rows


def _table(
    groups: Sequence[HeldOutGroup],
    rows: Callable[[HeldOutGroup], Iterator[Row]],
    ranges: Mapping[str, Range] = MappingProxyType({}),
) -> pl.DataFrame:
    """Return a table of metrics: what ``rows`` yields per group, as keys and draws.

    Args:
        groups: From :func:`groups`.
        rows: What is measured of each.
        ranges: Ends of what a metric may be, where it is no share.
    """
    records = []
    for group in groups:
        for keys, drawn in rows(group):
            record: dict[str, object] = {"scheme": group.scheme, "source": group.source} | keys
            for name, values in drawn.items():
                figure = group.figure(values, ranges.get(name, SHARE))
                record |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
            records.append(record)
    return pl.DataFrame(records, infer_schema_length=None)


def means(groups: Sequence[HeldOutGroup]) -> dict[str, Estimate]:
    """Return AUC, average precision and recall at 1 % and 0.1 % FPR by flat name: of each source, and their mean.

    Names are ``auc.mean``, ``auc.<source>``, …; the first scheme is the one that counts. Abstentions rank
    last.
    """
    counted = [group for group in groups if group.scheme == groups[0].scheme]
    drawn = [Curve.of(group.truth, group.score, group.weights).figures() for group in counted]
    units = sum(smaller_class(group.truth) for group in counted)
    named: dict[str, Estimate] = {}
    for name in drawn[0]:
        of_sources = [figures[name] for figures in drawn]
        named |= {
            f"{name}.{group.source}": group.figure(values)
            for group, values in zip(counted, of_sources, strict=True)
        }
        named[f"{name}.mean"] = Estimate.of(np.mean(of_sources, axis=0), units, SHARE)
    return named


def at_prevalence(groups: Sequence[HeldOutGroup], threshold: float) -> pl.DataFrame:
    """Return what the ranking is worth where so few accounts are of the class looked for.

    Args:
        groups: From :func:`groups`.
        threshold: Log-odds from which an account is flagged where the table does not say.

    Returns:
        ``prevalence``, ``average_precision``, ``lift`` (over the prevalence), ``precision`` and ``recall`` of those
        flagged. Where nobody ordinary is flagged the low end of the precision takes 3 / n for the false positive rate.
    """

    def rows(group: HeldOutGroup) -> Iterator[Row]:
        flagged = group.flagged(threshold)
        for prevalence in PREVALENCES:
            weights = group.at(prevalence)
            area = Curve.of(group.truth, group.score, weights).average_precision()
            right = (weights * (group.truth & flagged)).sum(axis=1)
            wrong = (weights * (~group.truth & flagged)).sum(axis=1)
            # A draw without false positives only says that there are fewer than 3 / n (Hanley and Lippman-Hand 1983).
            least = 3 / max((~group.truth).sum(), 1) * (1 - prevalence)
            doubtful = np.where(wrong > 0, wrong, least)
            doubtful[0] = wrong[0]
            flagged_weight = right + doubtful
            precision = np.divide(
                right, flagged_weight, out=np.full(len(flagged_weight), np.nan), where=flagged_weight > 0
            )
            drawn = {"average_precision": area, "lift": area / prevalence, "recall": right / prevalence}
            if not np.isnan(precision).any():
                drawn["precision"] = precision
            yield {"prevalence": prevalence}, drawn

    return _table(groups, rows, {"lift": NOT_NEGATIVE})


def budget(groups: Sequence[HeldOutGroup]) -> pl.DataFrame:
    """Return what a reviewer finds who looks at the k highest of :data:`COLLECTED` accounts.

    Returns:
        ``prevalence``, ``k``, ``precision_at_k``, ``recall_at_k``.
    """

    def rows(group: HeldOutGroup) -> Iterator[Row]:
        for prevalence in PREVALENCES:
            found = Curve.of(group.truth, group.score, group.at(prevalence))
            for k in BUDGETS:
                share = k / COLLECTED
                # Inside a tie the accounts come in any order: linear between its ends.
                inside = np.array(
                    [
                        np.interp(share, np.r_[0, p + n], np.r_[0, p])
                        for p, n in zip(found.positive, found.negative, strict=True)
                    ]
                )
                yield (
                    {"prevalence": prevalence, "k": k},
                    {"precision_at_k": inside / share, "recall_at_k": inside / prevalence},
                )

    return _table(groups, rows)


def operating(groups: Sequence[HeldOutGroup]) -> pl.DataFrame:
    """Return recall at small false positive rates.

    Returns:
        ``positives``, ``negatives``, ``least_rate`` (3 / n: smaller rates cannot be told), ``recall_at_1`` and
        ``recall_at_01`` (at 1 % and 0.1 %), ``partial_auc`` (rates up to 1 %, over its largest value).
    """

    def rows(group: HeldOutGroup) -> Iterator[Row]:
        negatives = int((~group.truth).sum())
        keys: dict[str, object] = {
            "positives": int(group.truth.sum()),
            "negatives": negatives,
            "least_rate": 3 / negatives,
        }
        curve = Curve.of(group.truth, group.score, group.weights)
        yield (
            keys,
            {
                "recall_at_1": curve.recall_at_fpr(),
                "recall_at_01": curve.recall_at_fpr(rate=0.001),
                "partial_auc": curve.partial_auc(),
            },
        )

    return _table(groups, rows)


def calibration(groups: Sequence[HeldOutGroup], prevalence: float) -> pl.DataFrame:
    """Return how far stated probabilities are from what is seen, on scored accounts.

    Args:
        groups: From :func:`groups`.
        prevalence: At which probabilities are stated and the classes weighed.

    Returns:
        ``brier``, ``brier_of_prevalence`` (of stating the prevalence for everybody) and ``calibration_error``.
    """

    def rows(group: HeldOutGroup) -> Iterator[Row]:
        known = np.isfinite(group.score)
        truth, stated = group.truth[known], probability(group.score[known], prevalence)
        if truth.all() or not truth.any():
            return
        brier = brier_score(
            truth, stated, replace(group, truth=truth, weights=group.weights[:, known]).at(prevalence)
        )
        error = calibration_error(truth, stated, prevalence=prevalence)
        yield (
            {"brier_of_prevalence": prevalence * (1 - prevalence), "calibration_error": error},
            {"brier": brier},
        )

    return _table(groups, rows)


def risk_coverage(groups: Sequence[HeldOutGroup]) -> pl.DataFrame:
    """Return the error rate (at equal classes) among the share of accounts the model is surest of.

    Sure means far from even odds; abstentions are the first to go.

    Returns:
        ``coverage`` (share of all held-out accounts, classes weighing alike), ``error``.
    """
    records = []
    for group in groups:
        truth, score = group.truth, group.score
        weight = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum())
        known = np.isfinite(score)
        order = np.argsort(-np.abs(score[known]), kind="stable")
        covered = weight[known][order].cumsum()
        risk = (weight[known] * ((score > 0) != truth)[known])[order].cumsum() / covered
        for share in (0.1, 0.25, 0.5, 0.75, 1.0):
            # The model never speaks on more than it scores.
            at = min(int(np.searchsorted(covered, share)), len(risk) - 1)
            if at >= 0:
                records.append(
                    {"scheme": group.scheme, "source": group.source,
                     "coverage": min(share, float(covered[-1])), "error": float(risk[at])}
                )  # fmt: skip
    return pl.DataFrame(records).unique(maintain_order=True)


def label_noise(groups: Sequence[HeldOutGroup], threshold: float) -> pl.DataFrame:
    """Return what the metrics would be if some labels were wrong: bounds of a positive-unlabelled reading.

    If a share of the accounts labelled ordinary are of the other class and score like it, the true AUC is
    (AUC - share / 2) / (1 - share), and the true false positive rate (rate - share * recall) / (1 - share)
    (Menon et al. 2015, "Learning from corrupted binary labels").

    Args:
        groups: From :func:`groups`.
        threshold: Log-odds from which an account is flagged where the table does not say.

    Returns:
        ``share`` wrong among those labelled ordinary, ``auc``, ``recall`` and ``false_positives`` as they would be;
        a false positive rate below 0 says that the share cannot be that large.
    """

    def rows(group: HeldOutGroup) -> Iterator[Row]:
        flagged = group.flagged(threshold)
        area = auc(group.truth, group.score, group.weights)
        weights = group.at(0.5) * 2
        recall = (weights * (group.truth & flagged)).sum(axis=1)
        rate = (weights * (~group.truth & flagged)).sum(axis=1)
        for share in NOISE:
            yield (
                {"share": share},
                {
                    "auc": (area - share / 2) / (1 - share),
                    "recall": recall,
                    "false_positives": (rate - share * recall) / (1 - share),
                },
            )

    # Impossible values say that the share is.
    return _table(groups, rows, {"auc": ANY, "false_positives": ANY})
