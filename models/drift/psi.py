"""Drift: how far the accounts that a model sees have moved from those it learnt on.

The population stability index of a feature sums, over bins, ``(now - then) * log(now / then)`` of the shares of the
accounts in which it is known. Of two samples of one population it is not 0: divided by ``1/n + 1/m`` it follows a
chi-square distribution with one degree of freedom fewer than bins [Yurdakul2018], which gives its chance level and a
p-value. Both samples must be large for an alarm: a small one never raises it.

A model learns on far more inauthentic accounts than a service sees. That is no drift, so the reference is the mix
of both classes that fits the scores seen best: what moved is what no mix of the classes explains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr

from vigie.errors import HistogramError
from vigie.features.json_object import JsonObject
from vigie.models.bundle import Bundle
from vigie.models.calibration import Floats
from vigie.models.drift.histograms import CODES, BinLayout, Counts, Flags, Histogram, Ints, Slice, sketch
from vigie.models.drift.report import (
    AbstentionDrift,
    BandShares,
    DriftComparison,
    FeatureDrift,
    Movement,
    ScoreDrift,
)

# Customary limits of the index, less its chance level.
MODERATE, LARGE = 0.1, 0.25
# Least change of the share of accounts in which a feature is missing.
MISSING_MOVED = 0.1
# Of one comparison, over all that it tests.
_SIGNIFICANT = 0.01
# Accounts below which nothing is said; of a slice; and in which a feature must be known.
LEAST_ACCOUNTS, LEAST_KNOWN = 100, 30
# Added to each bin, so that an empty one has a logarithm (Jeffreys).
_PSEUDO = 0.5
# A bundle of quantiles only does not say of how many accounts: they count as so many, fewer than any that shipped.
_QUANTILES_COUNT_AS = 500.0
_SCORE_BINS = 10
_MIXES = np.linspace(0, 1, 1001)


@dataclass(frozen=True)
class Classes:
    """Labelled accounts that a model learnt on, ordinary ones and those of its target."""

    ordinary: Counts
    positive: Counts

    @property
    def accounts(self) -> int:
        """Accounts of both."""
        return self.ordinary.accounts + self.positive.accounts

    @property
    def share(self) -> float:
        """Share of the target's accounts."""
        return self.positive.accounts / max(self.accounts, 1)

    def pair(self, counts: Callable[[Counts], Ints]) -> tuple[Ints, Ints]:
        """Return some counts of each."""
        return counts(self.ordinary), counts(self.positive)


@dataclass(frozen=True)
class Population:
    """What a model learnt on.

    Attributes:
        layout: What is counted.
        classes: Counts of the labelled accounts; None where the bundle holds quantiles of the ordinary ones only.
        slices: Slice to its number of labelled accounts.
        ordinary: Shape (features, bins): shares of the ordinary accounts by bin, from the quantiles.
    """

    layout: BinLayout
    classes: Classes | None
    slices: dict[Slice, int]
    ordinary: Floats

    def trained(self, platform: str | None, language: str | None) -> int | None:
        """Return how many labelled accounts of a platform or a language it holds; None if unknown."""
        if self.classes is None:
            return None
        return sum(
            count
            for (its_platform, its_language), count in self.slices.items()
            if platform in (None, its_platform) and language in (None, its_language)
        )


@dataclass(frozen=True)
class Comparison:
    """How accounts seen differ from the population that a model learnt on.

    Attributes:
        name: "all", "platform NAME" or "language CODE".
        accounts: Accounts seen.
        trained: Labelled accounts of the same slice that the model learnt on; None if unknown.
        mix: Share of the target's accounts in the mix of classes that fits the scores best; None if unknown.
        features: One row per feature, the most moved first: ``feature``, ``known`` (accounts in which it is),
            ``psi``, ``psi_by_chance`` (its mean without drift), ``psi_p``, ``missing_then``, ``missing_now``,
            ``missing_p``, ``level`` (stable, moderate, large, unknown) and ``missing_moved``. Null where too little is
            known.
        score: How the scores differ from those of the mix.
        abstained: How often the model abstains.
    """

    name: str
    accounts: int
    trained: int | None
    mix: float | None
    features: pl.DataFrame
    score: ScoreDrift
    abstained: AbstentionDrift

    def reported(self) -> DriftComparison:
        """Return it as it is reported."""
        return DriftComparison(
            name=self.name,
            accounts=self.accounts,
            trained=self.trained,
            mix=self.mix,
            features=[FeatureDrift(*row) for row in self.features.iter_rows()],
            score=self.score,
            abstained=self.abstained,
        )


def entry(
    index: Mapping[str, Any],
    rows: pl.DataFrame,
    slices: Sequence[Slice],
    log_odds: Floats,
    judged: Flags,
    bands: NDArray[np.str_] | None = None,
) -> JsonObject:
    """Return what a training keeps in ``bundle.json``, as ``sketch``, of the accounts it learnt on.

    Args:
        index: The index of the bundle that is being made.
        rows: ``y`` and the features of every labelled account, as it is; one row per account (and pool).
        slices: Of each row.
        log_odds: Of each row, by a model that had not seen it: a model's scores of what it learnt on flatter. NaN
            where it abstains.
        judged: Rows of which there are such scores.
        bands: Of each row, where the model is held against known accounts.
    """
    layout = BinLayout.of(index)
    values = rows.select(pl.col(name).fill_null(float("nan")) for name in layout.features).to_numpy()
    status = np.where(judged, np.where(np.isnan(log_odds), CODES[-1], "scored"), "")
    truth = rows["y"].to_numpy()
    ordinary, positive = (
        sketch(
            layout,
            list(compress(slices, keep)),
            values[keep],
            log_odds[keep],
            status[keep],
            bands=None if bands is None else bands[keep],
        )
        for keep in (~truth, truth)
    )
    return {
        "layout": layout.digest,
        "ordinary": layout.to_json(ordinary.total()),
        "positive": layout.to_json(positive.total()),
        "slices": [
            {"platform": platform, "language": language, "accounts": int(vector[0])}
            for (platform, language), vector in sorted((ordinary + positive).counts.items())
        ],
    }


def population(bundle: Bundle) -> Population:
    """Return what a bundle keeps of the accounts it learnt on; counts in other bins than these are not read."""
    layout = BinLayout.of(bundle.index)
    ordinary = np.zeros((len(layout.features), layout.width))
    for place, (name, ends) in enumerate(zip(layout.features, layout.edges, strict=True)):
        # The quantiles that fall into a bin tell its share, to one hundredth.
        quantiles = bundle.reference.get(name, np.empty(0))
        bins = np.bincount(np.searchsorted(ends, quantiles, side="left"), minlength=layout.width)
        ordinary[place] = bins / max(len(quantiles), 1)
    kept = bundle.index.get("sketch")
    if kept is None or kept["layout"] != layout.digest:
        return Population(layout, None, {}, ordinary)
    slices = {(each["platform"], each["language"]): int(each["accounts"]) for each in kept["slices"]}
    classes = Classes(layout.from_json(kept["ordinary"]), layout.from_json(kept["positive"]))
    return Population(layout, classes, slices, ordinary)


def compare(reference: Population, seen: Histogram) -> list[Comparison]:
    """Return how the accounts seen differ from those a model learnt on: all, then by platform and by language.

    Slices of fewer than :data:`LEAST_ACCOUNTS` accounts, and one that holds all, are left out.

    Raises:
        HistogramError: The sketch is of another bundle.
    """
    if seen.layout.digest != reference.layout.digest or seen.layout.identity != reference.layout.identity:
        raise HistogramError(
            "the sketch is of another bundle than the reference; bins of two models do not compare"
        )
    platforms, languages = (sorted({key[side] for key in seen.counts}) for side in (0, 1))
    wanted: list[tuple[str, str | None, str | None]] = [("all", None, None)]
    wanted += [(f"platform {name}", name, None) for name in platforms]
    wanted += [(f"language {code}", None, code) for code in languages]
    tallies = [
        (name, platform, language, seen.total(platform, language)) for name, platform, language in wanted
    ]
    kept = [
        each for each in tallies if each[0] == "all" or LEAST_ACCOUNTS <= each[3].accounts < seen.accounts
    ]
    return [
        _compared(name, reference, tally, reference.trained(platform, language), len(kept))
        for name, platform, language, tally in kept
    ]


def _compared(
    name: str, reference: Population, seen: Counts, trained: int | None, comparisons: int
) -> Comparison:
    """Return one comparison; what it calls moved must be sure over all features of all comparisons."""
    limit = _SIGNIFICANT / comparisons
    by_feature = limit / max(len(reference.layout.features), 1)
    classes, layout = reference.classes, reference.layout
    if classes is None:
        rows = len(layout.features)
        quantiles = Expected(
            reference.ordinary, np.full(rows, 1 / _QUANTILES_COUNT_AS), np.full(rows, _QUANTILES_COUNT_AS)
        )
        unknown = np.full(rows, np.nan)
        told = _features(layout, seen, quantiles, (unknown, unknown), by_feature)
        return Comparison(name, seen.accounts, trained, None, told, *_unjudged(layout, seen))
    mix = _mix(classes, seen)
    share = classes.share if mix is None else mix
    known = _expected(*classes.pair(lambda tally: tally.known), share)
    told = _features(layout, seen, known, _missing(classes, share, seen), by_feature)
    score = _score(classes, layout, seen, share, limit)
    return Comparison(name, seen.accounts, trained, mix, told, score, _abstained(classes, share, seen))


def _mix(classes: Classes, seen: Counts) -> float | None:
    """Return the share of the target's accounts in the mix of both classes most likely to give the scores seen."""
    if not seen.scores.sum():
        return None
    ordinary, positive = map(_smooth, classes.pair(lambda tally: tally.scores))
    likelihood = np.log(np.outer(1 - _MIXES, ordinary) + np.outer(_MIXES, positive)) @ seen.scores
    return float(_MIXES[likelihood.argmax()])


def _smooth(counts: Ints) -> Floats:
    """Return shares of bins, none of them 0."""
    return np.asarray((counts + _PSEUDO) / (counts.sum() + _PSEUDO * len(counts)))


@dataclass(frozen=True)
class Expected:
    """Shares by bin that are expected of the accounts seen; one row per quantity.

    Attributes:
        shares: Shape (quantities, bins); rows sum to 1, or to 0 where nothing is known.
        variance: Per quantity, 1 over the number of accounts that the shares rest on, the mix considered.
        size: Per quantity, the accounts that its bins are smoothed with.
    """

    shares: Floats
    variance: Floats
    size: Floats


def _expected(ordinary: Ints, positive: Ints, mix: float) -> Expected:
    """Return the shares of a mix of both classes.

    Args:
        ordinary: Shape (quantities, bins): counts of the ordinary accounts.
        positive: Those of the accounts of the target.
        mix: Share of the latter.
    """
    sizes = [counts.sum(axis=1) for counts in (ordinary, positive)]
    parts = [
        weight * counts / np.maximum(size, 1)[:, None]
        for counts, size, weight in zip((ordinary, positive), sizes, (1 - mix, mix), strict=True)
    ]
    # A class in which a feature is never known has no part in the mix.
    mass = sum(part.sum(axis=1) for part in parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.nan_to_num(sum(parts) / mass[:, None])
        weights = [part.sum(axis=1) / mass for part in parts]
        variance = sum(
            np.where(weight > 0, weight**2 / size, 0.0) for weight, size in zip(weights, sizes, strict=True)
        )
        variance = np.where(mass > 0, variance, np.inf)
        return Expected(shares, variance, np.where(variance > 0, 1 / variance, 0.0))


def stability(seen: Ints, expected: Expected, bins: Ints) -> tuple[Floats, Floats, Floats]:
    """Return the population stability index of several quantities, its mean by chance and its p-value.

    Args:
        seen: Shape (quantities, most bins): accounts by bin.
        expected: What is expected of them.
        bins: Bins of each quantity.

    Returns:
        Three arrays, one entry per quantity; a quantity with one bin only cannot move.
    """
    real = np.arange(seen.shape[1]) < bins[:, None]
    count = seen.sum(axis=1)
    now = (seen + _PSEUDO) / (count + _PSEUDO * bins)[:, None]
    then = (expected.shares * expected.size[:, None] + _PSEUDO) / (expected.size + _PSEUDO * bins)[:, None]
    index = np.where(real, (now - then) * np.log(now / then), 0.0).sum(axis=1)
    freedom = (real & ((seen > 0) | (expected.shares > 0))).sum(axis=1) - 1.0
    noise = 1 / np.maximum(count, 1) + expected.variance
    probability = np.where(freedom > 0, chdtrc(np.maximum(freedom, 1), index / noise), 1.0)
    # Of what the population never shows, the noise has no end; a quantity with one bin still moves by nothing.
    by_chance = np.multiply(freedom, noise, out=np.zeros_like(noise), where=freedom > 0)
    return index, by_chance, np.asarray(probability)


def _features(
    layout: BinLayout, seen: Counts, expected: Expected, missing: tuple[Floats, Floats], limit: float
) -> pl.DataFrame:
    """Return the table of features of a comparison.

    Args:
        layout: What is counted.
        seen: Accounts seen.
        expected: What is expected where a feature is known.
        missing: Share of accounts expected to lack each feature, and the p-value of that seen; NaN if unknown.
        limit: Largest p-value of what is called moved.
    """
    known = seen.known.sum(axis=1)
    looked = known + seen.missing
    missing_then, missing_p = missing
    index, by_chance, p = stability(seen.known, expected, layout.bins)
    missing_now = np.where(looked > 0, seen.missing / np.maximum(looked, 1), np.nan)
    moved = (np.abs(missing_now - missing_then) >= MISSING_MOVED) & (missing_p < limit)
    enough = (known >= LEAST_KNOWN) & (expected.shares.sum(axis=1) > 0) & (layout.bins > 1)
    told = pl.DataFrame(
        {
            "feature": layout.features,
            "known": known,
            "psi": np.where(enough, index, np.nan),
            "psi_by_chance": np.where(enough, by_chance, np.nan),
            "psi_p": np.where(enough, p, np.nan),
            "missing_then": missing_then,
            "missing_now": missing_now,
            "missing_p": missing_p,
            "level": np.where(enough, _level(index - by_chance, p, limit), "unknown"),
            "missing_moved": moved & (looked >= LEAST_KNOWN),
        },
        schema_overrides={"level": pl.String},
    )
    return told.with_columns(pl.col(pl.Float64).fill_nan(None)).sort(
        pl.col("psi") - pl.col("psi_by_chance"), descending=True, nulls_last=True, maintain_order=True
    )


def _level(excess: Floats, p: Floats, limit: float) -> NDArray[np.str_]:
    """Return how far each index is above chance, in a word."""
    sure = p < limit
    return np.select([sure & (excess >= LARGE), sure & (excess >= MODERATE)], ["large", "moderate"], "stable")


def _missing(classes: Classes, mix: float, seen: Counts) -> tuple[Floats, Floats]:
    """Return the share of accounts expected to lack each feature, and the p-value of that seen."""
    pair = classes.pair(lambda tally: np.column_stack([tally.known.sum(axis=1), tally.missing]))
    expected = _expected(*pair, mix)
    count = seen.known.sum(axis=1) + seen.missing
    then = np.where(expected.shares.sum(axis=1) > 0, expected.shares[:, 1], np.nan)
    return then, _differ(then, expected.variance, seen.missing, count)


def _differ(then: Floats, variance: Floats, hits: Ints, count: Ints) -> Floats:
    """Return the two-sided p-value of shares seen against those expected, by the pooled normal approximation.

    Half a hit and half a miss are added, so that shares of 0 and 1 have an error.
    """
    size = np.where(variance > 0, 1 / np.maximum(variance, 1e-12), 0.0)
    pooled = (np.nan_to_num(then) * size + hits + _PSEUDO) / (size + count + 2 * _PSEUDO)
    noise = np.where(np.isfinite(variance), variance, 1.0) + 1 / np.maximum(count, 1)
    error = np.sqrt(pooled * (1 - pooled) * noise)
    return np.asarray(2 * ndtr(-np.abs(hits / np.maximum(count, 1) - then) / error))


def _score(classes: Classes, layout: BinLayout, seen: Counts, mix: float, limit: float) -> ScoreDrift:
    """Return how the scores differ from those of models that had not seen the labelled accounts."""
    ordinary, positive = classes.pair(lambda tally: tally.scores)
    fine = _expected(ordinary[None], positive[None], mix).shares[0]
    # About ten bins of equal mass: a finer index counts noise.
    coarse = np.minimum((fine.cumsum() - fine / 2) * _SCORE_BINS, _SCORE_BINS - 1).astype(np.int64)
    group = np.unique(coarse, return_inverse=True)[1].ravel()
    grouped = [
        np.bincount(group, counts)[None].astype(np.int64) for counts in (ordinary, positive, seen.scores)
    ]
    expected = _expected(grouped[0], grouped[1], mix)
    index, by_chance, p = stability(grouped[2], expected, np.array([grouped[2].shape[1]]))
    shares = {"then": _shares(ordinary + positive), "expected": fine, "now": _shares(seen.scores)}
    enough = seen.scores.sum() >= LEAST_KNOWN
    return ScoreDrift(
        psi=float(index[0]) if enough else None,
        psi_by_chance=float(by_chance[0]) if enough else None,
        psi_p=float(p[0]) if enough else None,
        ks=float(np.abs((shares["now"] - fine).cumsum()).max()) if enough else None,
        level=cast("Movement", str(_level(index - by_chance, p, limit)[0])) if enough else "unknown",
        mean_then=_mean(layout, shares["then"]),
        mean_expected=_mean(layout, fine),
        mean_now=_mean(layout, shares["now"]),
        bands=_bands(layout, seen, classes, mix),
    )


def _shares(counts: Ints) -> Floats:
    """Return counts as shares; NaN where there are none."""
    return counts / counts.sum() if counts.sum() else np.full(len(counts), np.nan)


def _mean(layout: BinLayout, shares: Floats) -> float | None:
    """Return the mean log-odds from the shares of bins, each at its middle."""
    ends = layout.score_edges
    middles = np.concatenate([ends[:1], (ends[1:] + ends[:-1]) / 2, ends[-1:]])
    mean = float(middles @ shares)
    return None if np.isnan(mean) else mean


def _bands(
    layout: BinLayout, seen: Counts, classes: Classes | None = None, mix: float = 0.0
) -> dict[str, BandShares]:
    """Return the share of scored accounts in each band, by when; None where that is unknown."""
    named = layout.by_band(seen)
    now = _shares(_numbers(layout, seen))
    then = expected = np.full(len(named), np.nan)
    if classes is not None:
        ordinary, positive = classes.pair(lambda tally: _numbers(layout, tally))
        then = _shares(ordinary + positive)
        mixed = _expected(ordinary[None], positive[None], mix).shares[0]
        expected = np.where(np.isnan(then), np.nan, mixed)
    return {
        name: BandShares(*(None if np.isnan(share) else float(share) for share in shares))
        for name, *shares in zip(named, then, expected, now, strict=True)
    }


def _numbers(layout: BinLayout, tally: Counts) -> Ints:
    return np.array(list(layout.by_band(tally).values()), dtype=np.int64)


def _abstained(classes: Classes, mix: float, seen: Counts) -> AbstentionDrift:
    """Return the share of accounts on which the model abstains, expected and seen."""
    pair = classes.pair(lambda tally: np.array([[tally.scores.sum(), tally.abstained.sum()]]))
    expected = _expected(*pair, mix)
    now = seen.abstained.sum()
    count = np.array([seen.scores.sum() + now])
    p = _differ(expected.shares[:, 1], expected.variance, np.array([now]), count)
    return replace(_abstained_now(seen), then=float(expected.shares[0, 1]), p=float(p[0]))


def _abstained_now(seen: Counts) -> AbstentionDrift:
    """Return the share of accounts seen on which the model abstained, and by code."""
    count = seen.scores.sum() + seen.abstained.sum()
    return AbstentionDrift(
        then=None,
        now=float(seen.abstained.sum() / count) if count else None,
        p=None,
        codes={code: float(hits / count) for code, hits in zip(CODES, seen.abstained, strict=True) if hits},
    )


def _unjudged(layout: BinLayout, seen: Counts) -> tuple[ScoreDrift, AbstentionDrift]:
    """Return what can be said of scores and abstentions where those of the labelled accounts are unknown."""
    now = _shares(seen.scores)
    score = ScoreDrift(
        psi=None,
        psi_by_chance=None,
        psi_p=None,
        ks=None,
        level="unknown",
        mean_then=None,
        mean_expected=None,
        mean_now=_mean(layout, now),
        bands=_bands(layout, seen),
    )
    return score, _abstained_now(seen)
