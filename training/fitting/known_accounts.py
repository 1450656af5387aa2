"""The accounts that a model is held against (:mod:`vigie.models.conformal`), and what its sets are worth on them.

Accounts of a source are scored by the model as it would be without that source; any others are new to it. Nothing is fitted: the
people of a new source can be added to a model by scoring a hundred of them.

Thin profiles are held against people whose profiles are cut to the same fields: collectors leave out the number of posts, or keep
little more than counts and dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import beta

from vigie.features.catalogue import CATALOGUE
from vigie.features.pipeline import ACCOUNT_FEATURES, FeatureMatrix
from vigie.features.schema import ACCOUNT_FIELDS
from vigie.models.bundle import Bundle
from vigie.models.calibration import Floats
from vigie.models.conformal import NOTHING, Group, KnownAccounts, least_accounts
from vigie.models.scoring import Scores, score
from vigie.training.config import Sets

Bools = NDArray[np.bool_]

# Log-odds are kept on a grid: what leaves a data set are counts, no account's score.
_STEP = 0.05
_COUNTS_AND_DATES = {"followers_count", "following_count", "posts_count", "created_at", "observed_at"}
# Fields that a collector leaves out together, by what the profile is called then.
WHOLE = "as it is"
_CUTS: Mapping[str, frozenset[str]] = {
    "no posts_count": frozenset({"posts_count"}),
    "counts and dates": frozenset(item.name for item in ACCOUNT_FIELDS) - _COUNTS_AND_DATES,
}
_FOLDS, _SEED = 10, 7
# Source, label, fields shown and tier.
_Key = tuple[str, bool, str, str]
# What accounts look like, of which no promise is made.
_SETS = ("only_ordinary", "only_inauthentic", "both", "neither")
# Two-sided 95 %.
_TAIL = 0.025


@dataclass(frozen=True)
class Source:
    """The labelled accounts of a data set.

    Attributes:
        name: Of the data set; a model that learnt from it judges it by the member that did not.
        matrix: Their features.
        truth: Whether each is inauthentic.
    """

    name: str
    matrix: FeatureMatrix
    truth: Bools


@dataclass(frozen=True)
class HeldAccounts:
    """Scores of accounts of a source by the model without it.

    Attributes:
        source: Its name.
        shown: Which fields of the profiles the model was shown.
        truth: Whether each account is inauthentic.
        fold: Fold of each account, the same in every view of it.
        tier: What was known of each.
        log_odds: NaN where the model abstains.
    """

    source: str
    shown: str
    truth: Bools
    fold: NDArray[np.int64]
    tier: NDArray[np.str_]
    log_odds: Floats

    @classmethod
    def of(cls, source: Source, shown: str, scores: Scores) -> HeldAccounts:
        """Return the accounts of a source as a model scored them."""
        fold = np.random.default_rng(_SEED).permutation(len(source.truth)) % _FOLDS
        log_odds = scores.without().get(source.name, scores.log_odds)
        return cls(source.name, shown, source.truth, fold, scores.tier, log_odds)

    def where(self, keep: Bools) -> HeldAccounts:
        """Return some of the accounts."""
        kept = {name: getattr(self, name)[keep] for name in ("truth", "fold", "tier", "log_odds")}
        return replace(self, **kept)

    def groups(self, least: int) -> Iterator[Group]:
        """Return the groups of at least so many accounts."""
        for inauthentic in (False, True):
            for tier in np.unique(self.tier[self.tier != NOTHING]):
                log_odds = self.log_odds[(self.truth == inauthentic) & (self.tier == tier)]
                if len(log_odds) < least:
                    continue
                # Away from the other class, so that no p-value is too small.
                steps = (np.floor if inauthentic else np.ceil)(np.round(log_odds / _STEP, 6))
                values, accounts = np.unique(steps.astype(np.int64), return_counts=True)
                yield Group(
                    self.source,
                    inauthentic,
                    str(tier),
                    np.round(values * _STEP, 2),
                    accounts.astype(np.int64),
                )


def held_accounts(bundle: Bundle, sources: Iterable[Source]) -> list[HeldAccounts]:
    """Return the accounts of sources as they are, and cut as collectors cut profiles, scored by a model."""
    return [view for source in sources for view in _views(bundle, source)]


def known_accounts(held: Iterable[HeldAccounts], sets: Sets) -> KnownAccounts:
    """Return accounts as a bundle keeps them; groups that are too small for the level are left out.

    Args:
        held: The accounts.
        sets: The level, and those of the bands.
    """
    least = least_accounts(sets.level)
    return KnownAccounts(
        sets.level, sets.bands, tuple(group for each in held for group in each.groups(least))
    )


def added(known: KnownAccounts, more: KnownAccounts) -> KnownAccounts:
    """Return known accounts with those of more sources; a source that is there already is replaced."""
    fresh = {group.source for group in more.groups}
    return replace(more, groups=(*(each for each in known.groups if each.source not in fresh), *more.groups))


def realised(held: Sequence[HeldAccounts], sets: Sets, beside: Sequence[Group] = ()) -> pl.DataFrame:
    """Return how often accounts are in each set and band when they do not calibrate what judges them.

    The accounts of every source are shared out among ten folds, and those of a fold judged by those of the others.

    Args:
        held: The accounts.
        sets: The level, and those of the bands.
        beside: Groups of other sources that judge too.

    Returns:
        One row per source, label, fields of the profile that were shown and tier: ``source``, ``inauthentic``, ``shown``,
        ``tier``, ``accounts``; shares of them:
        ``suspect`` (not ``ordinary`` among their kinds) with the ends ``suspect_low`` and ``suspect_high`` of its exact interval
        at 95 % [Clopper1934], ``only_ordinary``, ``only_inauthentic``, ``both``, ``neither`` and each band above the lowest, with
        those above it, and ``_low`` and ``_high`` likewise.
    """
    records: dict[_Key, list[Mapping[str, Bools]]] = {}
    for fold in range(_FOLDS):
        others = known_accounts([view.where(view.fold != fold) for view in held], sets)
        judge = replace(others, groups=(*others.groups, *beside))
        for view in held:
            for key, flags in _judged(judge, view.where(view.fold == fold)):
                records.setdefault(key, []).append(flags)
    return pl.DataFrame([_record(key, flags) for key, flags in records.items()], infer_schema_length=None)


def with_flagged(held_out: pl.DataFrame, bundle: Bundle, sources: Iterable[Source]) -> pl.DataFrame:
    """Return held-out accounts with ``flagged``: whether answers put each in the band *high*, its source not learnt from.

    Args:
        held_out: See :mod:`vigie.training.evaluation.held_out`; and ``row``.
        bundle: The model; where it is held against no known accounts, the score alone says who is, and nothing is added.
        sources: The accounts.
    """
    if bundle.known is None:
        return held_out
    high = bands(bundle.known, [_whole(bundle, source) for source in sources], sources)
    said = held_out.join(high, on="row", how="left", maintain_order="left")
    return said.with_columns(flagged=(pl.col("band") == "high").fill_null(value=False)).drop("band")


def bands(known: KnownAccounts, held: Iterable[HeldAccounts], sources: Iterable[Source]) -> pl.DataFrame:
    """Return ``row`` and ``band`` of every account, by the model as it is without its source.

    Args:
        known: What the model is held against.
        held: The accounts as they are, a view for each source.
        sources: The accounts.
    """
    return pl.concat(
        source.matrix.table.select("row", band=pl.Series(known.reached(view.tier, view.log_odds, {})))
        for source, view in zip(sources, held, strict=True)
    )


def _whole(bundle: Bundle, source: Source) -> HeldAccounts:
    return HeldAccounts.of(source, WHOLE, score(bundle, source.matrix))


def _views(bundle: Bundle, source: Source) -> Iterator[HeldAccounts]:
    """Return the accounts of a source as they are, and cut as collectors cut profiles."""
    yield _whole(bundle, source)
    for shown, cut in _CUTS.items():
        names = [name for name in ACCOUNT_FEATURES if _reads(name) & cut]
        known = source.matrix.table.select(pl.any_horizontal(pl.col(names).is_not_null())).to_series()
        if known.any():
            table = source.matrix.table.with_columns(pl.lit(None, pl.Float64).alias(name) for name in names)
            scores = score(bundle, FeatureMatrix(table, source.matrix.coverage, source.matrix.posts))
            yield HeldAccounts.of(source, shown, scores).where(scores.spoke["profile"] & known.to_numpy())


def _reads(name: str) -> set[str]:
    return set(CATALOGUE[name].expression.meta.root_names())


def _judged(judge: KnownAccounts, held: HeldAccounts) -> Iterator[tuple[_Key, Mapping[str, Bools]]]:
    """Return what is said of each account."""
    found = judge.likeness(held.tier, held.log_odds, {})
    suspect, odd = found.ordinary <= judge.level, found.inauthentic <= judge.level
    bands = judge.reached(held.tier, held.log_odds, {})
    names = sorted(judge.bands, key=lambda name: -judge.bands[name])
    flags = {
        "suspect": suspect, "only_ordinary": ~suspect & odd, "only_inauthentic": suspect & ~odd,
        "both": ~suspect & ~odd, "neither": suspect & odd,
        **{name: np.isin(bands, names[place:]) for place, name in enumerate(names)},
    }  # fmt: skip
    for inauthentic in (False, True):
        for tier in np.unique(held.tier[held.tier != NOTHING]):
            here = (held.truth == inauthentic) & (held.tier == tier)
            if here.any():
                key = (held.source, inauthentic, held.shown, str(tier))
                yield key, {name: flag[here] for name, flag in flags.items()}


def _record(key: _Key, flags: Sequence[Mapping[str, Bools]]) -> dict[str, object]:
    source, inauthentic, shown, tier = key
    every = {name: np.concatenate([each[name] for each in flags]) for name in flags[0]}
    record: dict[str, object] = {
        "source": source, "inauthentic": inauthentic, "shown": shown, "tier": tier,
        "accounts": len(every["suspect"]),
    }  # fmt: skip
    for name, flag in every.items():
        record[name] = float(flag.mean())
        if name not in _SETS:
            record[f"{name}_low"], record[f"{name}_high"] = exact_interval(int(flag.sum()), len(flag))
    return record


def exact_interval(count: int, of: int) -> tuple[float, float]:
    """Return the exact interval at 95 % of a share [Clopper1934].

    >>> tuple(round(end, 4) for end in exact_interval(0, 300))
    (0.0, 0.0122)
    """
    low = float(beta.ppf(_TAIL, count, of - count + 1)) if count else 0.0
    high = float(beta.ppf(1 - _TAIL, count + 1, of - count)) if count < of else 1.0
    return low, high
