"""From features to a calibrated score, or an abstention, for a batch of accounts.

A part (profile, posts, pool) speaks where enough of what it reads is known; the log-odds of the parts that speak
are added with the bundle's weights. Missing evidence must not raise a score: a missing feature never adds,
and what fewer posts or a missing field add in the mean is taken off again (the bundle's discounts). For one
account the score may still rise, where what is hidden spoke for it. Where no part speaks, the model abstains.
The head of an adapted bundle moves the scores of its parts; it lifts no abstention.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vigie.features.pipeline import FeatureMatrix
from vigie.models import lightgbm_io
from vigie.models.adaptation.head import Head
from vigie.models.bundle import Bundle, Part
from vigie.models.calibration import Floats
from vigie.models.conformal import NOTHING, THIN

if TYPE_CHECKING:
    from lightgbm import Booster

# Two-sided 90 %.
_Z = 1.645


@dataclass(frozen=True)
class Scores:
    """Scores of a batch; every array has one entry (or row) per account, in order.

    Attributes:
        spoke: Part name to whether it spoke.
        status: Code of the abstention, or "scored".
        log_odds: At equal classes; NaN where abstained.
        error: Standard error of the log-odds.
        features: Names of the columns of ``contributions``.
        values: Feature values, NaN where missing.
        contributions: Additions to the log-odds; rows sum with ``base`` to ``log_odds``.
        base: Log-odds before any feature speaks.
        tier: What was known of each account: the parts that spoke, :data:`vigie.models.conformal.THIN` for a thin profile, or
            :data:`vigie.models.conformal.NOTHING`.
        unlearnt: By source, what the log-odds would gain had the model not learnt from it.
    """

    spoke: dict[str, NDArray[np.bool_]]
    status: NDArray[np.str_]
    log_odds: Floats
    error: Floats
    features: tuple[str, ...]
    values: Floats
    contributions: Floats
    base: Floats
    tier: NDArray[np.str_]
    unlearnt: Mapping[str, Floats] = field(default_factory=dict)

    def interval(self) -> tuple[Floats, Floats]:
        """Return the ends of the 90 % interval of the log-odds."""
        return self.log_odds - _Z * self.error, self.log_odds + _Z * self.error

    @classmethod
    def concat(cls, parts: Sequence[Scores]) -> Scores:
        """Return the scores of several batches by one model as those of one."""
        return cls(
            spoke={name: np.concatenate([part.spoke[name] for part in parts]) for name in parts[0].spoke},
            status=np.concatenate([part.status for part in parts]),
            log_odds=np.concatenate([part.log_odds for part in parts]),
            error=np.concatenate([part.error for part in parts]),
            features=parts[0].features,
            values=np.concatenate([part.values for part in parts]),
            contributions=np.concatenate([part.contributions for part in parts]),
            base=np.concatenate([part.base for part in parts]),
            tier=np.concatenate([part.tier for part in parts]),
            unlearnt={
                source: np.concatenate([part.unlearnt[source] for part in parts])
                for source in parts[0].unlearnt
            },
        )

    def where(self, keep: NDArray[np.bool_]) -> Scores:
        """Return the scores of some of the accounts."""
        return replace(
            self,
            spoke={name: spoke[keep] for name, spoke in self.spoke.items()},
            **{
                name: getattr(self, name)[keep]
                for name in ("status", "log_odds", "error", "values", "contributions", "base", "tier")
            },
            unlearnt={source: gain[keep] for source, gain in self.unlearnt.items()},
        )

    def without(self) -> dict[str, Floats]:
        """Return the log-odds by models that did not learn from a source, by source."""
        return {source: self.log_odds + gain for source, gain in self.unlearnt.items()}

    def raised(self, name: str, seen: Floats, by: Floats) -> Scores:
        """Return the scores with something added to the log-odds for a feature that no part reads."""
        added = np.where(self.status == "scored", by, 0.0)
        return replace(
            self,
            log_odds=self.log_odds + added,
            features=(*self.features, name),
            values=np.column_stack([self.values, seen]),
            contributions=np.column_stack([self.contributions, added]),
        )

    def heard(self, bundle: Bundle) -> Floats:
        """Return ``values`` without those whose part did not speak, NaN instead."""
        silent = [
            np.repeat(~self.spoke[name][:, None], len(part.features), axis=1)
            for name, part in bundle.parts.items()
        ]
        return np.where(np.hstack(silent), np.nan, self.values)

    def adapted(self, bundle: Bundle, head: Head) -> Scores:
        """Return what the head of an adapted bundle makes of the scores of its parts."""
        columns = [self.features.index(name) for name in head.features]
        heard = self.heard(bundle)[:, columns]
        additions = head.curves.additions(head.knots, heard)
        contributions = head.curves.slope * self.contributions
        contributions[:, columns] += additions
        return replace(
            self,
            log_odds=head.curves.log_odds(self.log_odds, additions),
            error=head.standard_error(np.nan_to_num(self.log_odds), heard),
            contributions=contributions,
            base=head.curves.slope * self.base + head.curves.intercept,
            unlearnt={},
        )

    def lowered(self, by: Floats) -> Scores:
        """Return the scores with something taken off the log-odds of each account."""
        return replace(self, log_odds=self.log_odds - by, base=self.base - by)

    def excluding(self, taken: dict[str, float]) -> Scores:
        """Return the scores with so much taken off the contribution of some features, the same for every account.

        A contribution is taken off where it is there: it does not fall below zero by it.
        """
        columns = [self.features.index(name) for name in taken]
        before = self.contributions[:, columns]
        after = np.where(before > 0, np.maximum(before - np.array(list(taken.values())), 0.0), before)
        contributions = self.contributions.copy()
        contributions[:, columns] = after
        return replace(
            self,
            contributions=contributions,
            log_odds=self.log_odds - np.where(self.status == "scored", (before - after).sum(axis=1), 0.0),
        )


def score(bundle: Bundle, matrix: FeatureMatrix, *, at_once: int | None = None) -> Scores:
    """Return scores with the contribution of every feature.

    Contributions are computed for every account, since missing features must not add: the trees are small
    and shallow, so that this costs a tenth of the features (see benchmarks/serving.py).

    Args:
        bundle: The model.
        matrix: Features of the accounts.
        at_once: Accounts scored at once, so that others get their turn in between; None: all.
    """
    rows = matrix.table["row"]
    if at_once is None or len(rows) <= at_once:
        return _score(bundle, matrix)
    parts = (matrix.of(rows[start : start + at_once]) for start in range(0, len(rows), at_once))
    return Scores.concat([_score(bundle, part) for part in parts])


def _score(bundle: Bundle, matrix: FeatureMatrix) -> Scores:
    floors, weights = bundle.index["floors"], bundle.index["weights"]
    used = matrix.coverage["used"].to_numpy().astype(np.int64)
    count = _stated_posts(matrix)
    # Some models judge no account of which it is unknown whether it ever posted.
    unknown = np.isnan(count) & floors.get("posts_count_needed", True)
    idle = (used < floors["acts"]) & ((count < floors["acts"]) | unknown)

    rows = matrix.table.height
    spoke: dict[str, NDArray[np.bool_]] = {}
    log_odds, variance, base = np.zeros(rows), np.zeros(rows), np.zeros(rows)
    values, contributions = [], []
    unlearnt: dict[str, Floats] = {}
    thin = np.zeros(rows, dtype=np.bool_)
    for name, part in bundle.parts.items():
        seen = matrix.values(part.features)
        share = ~np.isnan(seen) @ part.gains
        speaks = (share >= part.floor) & ~idle
        if name == "profile":
            thin = share < part.whole
        else:
            speaks &= used >= floors["posts"]
        # Two accounts in three of a window share nothing with others and look the same: each row is scored once.
        distinct, place = _distinct(seen)
        *alike, without = _part(part, distinct, weights[name])
        added, start, error = (each[place] for each in alike)
        for source, gain in without.items():
            unlearnt[source] = unlearnt.get(source, 0.0) + np.where(speaks, gain[place], 0.0)
        spoke[name] = speaks
        log_odds += np.where(speaks, added.sum(axis=1) + start, 0.0)
        base += np.where(speaks, start, 0.0)
        variance += np.where(speaks, error**2, 0.0)
        values.append(seen)
        contributions.append(np.where(speaks[:, None], added, 0.0))
    scored = np.logical_or.reduce(list(spoke.values()))
    taken = _discount(bundle.index["discount"], np.where(used >= floors["posts"], used, 0))
    taken += np.where(spoke.get("profile", False), _missing(bundle, matrix), 0.0)
    log_odds, base = log_odds - taken, base - taken
    status = np.where(scored, "scored", np.where(idle & ~unknown, "too_few_posts", "insufficient_data"))
    scores = Scores(
        spoke=spoke,
        status=status,
        log_odds=np.where(scored, log_odds, np.nan),
        error=np.sqrt(variance),
        features=tuple(name for part in bundle.parts.values() for name in part.features),
        values=np.hstack(values),
        contributions=np.hstack(contributions),
        base=base,
        tier=_tiers(spoke, thin),
        unlearnt=unlearnt,
    )
    return scores if bundle.head is None else scores.adapted(bundle, bundle.head)


def _stated_posts(matrix: FeatureMatrix) -> Floats:
    """Return how many posts each profile states; NaN where it states none, and in windows, which read no profile."""
    name = "profile_posts_count"
    if name not in matrix.table.columns:
        return np.full(matrix.table.height, np.nan)
    return matrix.values([name])[:, 0]


def _distinct(seen: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Return the rows that differ in any bit, and the place of each row among them."""
    rows = np.ascontiguousarray(seen)
    whole = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    _, first, place = np.unique(whole, return_index=True, return_inverse=True)
    return rows[first], place


def _tiers(spoke: Mapping[str, NDArray[np.bool_]], thin: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Return the parts that spoke of each account, joined by ``+``."""
    tier = np.full(len(thin), "", dtype="<U32")
    for name, speaks in spoke.items():
        word = np.where(thin, THIN, name) if name == "profile" else name
        tier = np.where(speaks, np.char.add(np.where(tier == "", "", np.char.add(tier, "+")), word), tier)
    return np.where(tier == "", NOTHING, tier)


def _part(part: Part, seen: Floats, weight: float) -> tuple[Floats, Floats, Floats, dict[str, Floats]]:
    """Return contributions, base, standard error and what each source left out would add, of one part, in weighted log-odds."""
    margins, start = contributions(part.booster, seen, ~np.isnan(seen))
    margin = margins.sum(axis=1) + start
    scale = weight * part.calibration.slope
    error = weight * part.calibration.standard_error(margin)
    without: dict[str, Floats] = {}
    if part.members:
        # Their margins as they are: contributions cost far more, and only the spread is wanted.
        spread = np.stack([lightgbm_io.margins(member, seen) for member in part.members])
        count = len(part.members)
        jackknife = np.sqrt((count - 1) * spread.var(axis=0))
        error = np.hypot(error, scale * jackknife)
        if part.without:
            gains = scale * (spread - lightgbm_io.margins(part.booster, seen))
            without = dict(zip(part.without, gains, strict=True))
    return scale * margins, scale * start + weight * part.calibration.intercept, error, without


def _missing(bundle: Bundle, matrix: FeatureMatrix) -> Floats:
    """Return what is taken off the log-odds for fields of the profile that are missing."""
    taken = np.zeros(matrix.table.height)
    for entry in bundle.index["missing_fields"].values():
        taken += np.where(np.isnan(matrix.values(entry["features"])).all(axis=1), entry["log_odds"], 0.0)
    return taken


def _discount(knots: dict[str, list[float]], posts: NDArray[np.int64]) -> Floats:
    """Return what is taken off the log-odds for few posts, linear in the logarithm between the knots."""
    return np.interp(np.log1p(posts), np.log1p(knots["posts"]), knots["log_odds"])


def contributions(booster: Booster, seen: Floats, known: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return each feature's addition to the margin, cut at zero where missing, and the base."""
    added, base = lightgbm_io.contributions(booster, seen)
    return np.where(known, added, np.minimum(added, 0.0)), base
