"""What is left of a model when its input is changed: groups of features, posts, times, names, camouflage.

Each account is scored by the model that did not see its source, at the threshold that flags one ordinary account in a
hundred of that source as it is. The threshold stays while a sample of the accounts is changed; metrics before and
after are paired, with bootstrap intervals over accounts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.catalogue import CATALOGUE, GROUPS
from vigie.features.pipeline import compute
from vigie.features.preprocessing import select
from vigie.models.bundle import Bundle
from vigie.models.calibration import Floats, probability
from vigie.models.metrics import DIFFERENCE, SHARE, Bools, Estimate, draws
from vigie.models.scoring import score
from vigie.training.config import Config
from vigie.training.data.corpus import Corpus
from vigie.training.data.truncated_views import FULL
from vigie.training.evaluation import perturbations
from vigie.training.evaluation.perturbations import Change
from vigie.training.fitting.leave_source_out import as_matrix
from vigie.training.result import Progress

UNCHANGED = "as it is"
DROPPED, CUT, JITTER, NAMES, CAMOUFLAGE, STRIPPED, FORMAT = (
    "feature group dropped", "posts cut", "times jittered", "handles renamed", "organic camouflage",
    "links and hashtags stripped", "as collectors cut",
)  # fmt: skip
SIZES = (5, 10, 20, 50, 100)
MINUTES = (1, 5, 30)
RATE = 0.01
# Fewer accounts than this tell no mean.
_LEAST = 10
_MEASURES = ("recall", "recall_change", "false_positives", "rise_ordinary", "rise_positive")
_SHARES = ("recall", "average_precision", "false_positives")


@dataclass(frozen=True)
class Robustness:
    """Metrics before and after each change.

    Attributes:
        table: One row per change and source whose accounts it touches: ``what`` (kind of change), ``how``, ``source``,
            ``accounts``, ``touched`` (share for whom anything the model reads is another), ``abstained`` (share), and
            with ``_low`` and ``_high``: ``recall`` and ``false_positives`` (rates at the fixed threshold, abstentions
            not flagged), ``recall_change``, ``rise_ordinary`` and ``rise_positive`` (mean change of probability of the
            touched accounts scored before and after; null where they are few).
        means: The same, mean over the sources touched: ``what``, ``how``, ``sources``, the metrics.
        rise_as_posts_vanish: Largest mean rise of either class over the cuts, from ``means``; None where nobody has
            posts to lose.
    """

    table: pl.DataFrame
    means: pl.DataFrame
    rise_as_posts_vanish: Estimate | None


def robustness(
    corpus: Corpus,
    rows: pl.DataFrame,
    held_out_models: dict[str, Bundle],
    config: Config,
    say: Progress,
    most: int = 200,
) -> Robustness:
    """Return what changes to the input do to the scores.

    Args:
        corpus: The labelled accounts and their posts.
        rows: What :func:`vigie.training.data.truncated_views.rows` returned for them.
        held_out_models: Source to the model that did not see it.
        config: For the prevalence at which probabilities are stated, the seed and the number of draws.
        say: Called with each step as it begins.
        most: Accounts of each source and class that are changed, drawn by the seed.
    """
    full = rows.filter(pl.col("view") == FULL)
    records: list[dict[str, object]] = []
    drawn: dict[tuple[str, str], list[dict[str, Floats]]] = {}
    for source, model in held_out_models.items():
        say(f"changing accounts of {source}")
        here = full.filter(pl.col("source") == source)
        chosen = _sample(here, most, config.seed)
        before = score(model, as_matrix(chosen)).log_odds
        threshold = _threshold(here, score(model, as_matrix(here)).log_odds)
        truth = chosen["y"].to_numpy()
        judge = _Judge(truth, before, threshold, config, draws(truth, config.bootstrap_draws, config.seed))
        read = {name for part in model.parts.values() for name in part.features}
        for what, how, changed in _changed(corpus, chosen, read, config.seed):
            touched = _differ(chosen, changed, read)
            if what != UNCHANGED and not touched.any():
                continue
            after = score(model, as_matrix(changed)).log_odds
            measures = judge.metrics(after, touched)
            drawn.setdefault((what, how), []).append(measures)
            records.append(
                {"what": what, "how": how, "source": source, "accounts": len(truth),
                 "touched": float(touched.mean()), "abstained": float(np.isnan(after).mean())}
                | columns(measures)
            )  # fmt: skip
    means = {key: _mean(measures) for key, measures in drawn.items()}
    return Robustness(
        pl.DataFrame(records, infer_schema_length=None),
        pl.DataFrame(
            [
                {"what": what, "how": how, "sources": len(drawn[what, how])} | columns(measures)
                for (what, how), measures in means.items()
            ],
            infer_schema_length=None,
        ),
        largest_rise(means),
    )


def metrics(result: Robustness) -> dict[str, Estimate]:
    """Return the metrics of a record: the largest rise as posts vanish, and the mean recall under each change."""
    recall = {
        f"robustness.recall.{row['what']} {row['how']}".rstrip(): Estimate(
            row["recall"], row["recall_low"], row["recall_high"]
        )
        for row in result.means.drop_nulls("recall").iter_rows(named=True)
    }
    rise = result.rise_as_posts_vanish
    return ({"robustness.rise_as_posts_vanish": rise} if rise else {}) | recall


def _sample(full: pl.DataFrame, most: int, seed: int) -> pl.DataFrame:
    """Return so many accounts of each class at most, in the order of the table."""
    order = pl.col("row").hash(seed=seed).rank("ordinal").over("y")
    return full.filter(order <= most)


def _threshold(rows: pl.DataFrame, log_odds: Floats) -> float:
    """Return the least log-odds at which at most one ordinary account in a hundred is flagged; abstentions never are."""
    ordinary = np.nan_to_num(log_odds[~rows["y"].to_numpy()], nan=-np.inf)
    ranked = np.sort(ordinary)[::-1]
    allowed = int(RATE * len(ranked))
    return float(np.nextafter(ranked[allowed], np.inf)) if allowed < len(ranked) else -np.inf


def _tables(corpus: Corpus, chosen: pl.DataFrame) -> perturbations.Tables:
    """Return some accounts and the posts of theirs that features read."""
    accounts = chosen.select("row").join(corpus.accounts, on="row", how="left", maintain_order="left")
    kept, _ = select(accounts, corpus.posts)
    return accounts, kept.select(corpus.posts.columns)


def changes(seed: int) -> Iterator[tuple[str, str, Change]]:
    """Yield what is done to accounts and posts: kind of change, how much of it, the change."""
    for size in SIZES:
        yield CUT, f"to {size}", perturbations.truncated(size)
    for minutes in MINUTES:
        yield JITTER, f"up to {minutes} min", perturbations.jittered(minutes, seed)
    yield NAMES, "", perturbations.renamed(seed)
    yield CAMOUFLAGE, "half of the posts", perturbations.camouflaged(0.5, seed)
    yield STRIPPED, "", perturbations.stripped


def _changed(
    corpus: Corpus, rows: pl.DataFrame, read: set[str], seed: int
) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """Yield the features of some accounts as they are, without each group of those read, and under each change."""
    yield UNCHANGED, "", rows
    for group in (group for group in GROUPS if any(CATALOGUE[name].group == group for name in read)):
        yield DROPPED, group, perturbations.without_group(rows, group)
    accounts, posts = _tables(corpus, rows)
    for what, how, change in changes(seed):
        matrix = compute(*change(accounts, posts))
        yield what, how, matrix.table.with_columns(used=matrix.coverage["used"].cast(pl.Int64))


def _differ(before: pl.DataFrame, after: pl.DataFrame, names: set[str]) -> Bools:
    """Return which accounts have another value of any of some features, a missing one included."""
    values = [table.select(pl.col(sorted(names)).fill_null(np.nan)).to_numpy() for table in (before, after)]
    same = (values[0] == values[1]) | (np.isnan(values[0]) & np.isnan(values[1]))
    return np.asarray(~same.all(axis=1))


@dataclass(frozen=True)
class _Judge:
    """The accounts of a source before a change.

    Attributes:
        truth: Label of each.
        before: Log-odds of each, NaN where abstained.
        threshold: Log-odds from which one is flagged.
        config: The configuration.
        weights: Bootstrap weights, shape (draws + 1, accounts), the first row the accounts as they are.
    """

    truth: Bools
    before: Floats
    threshold: float
    config: Config
    weights: Floats

    def metrics(self, after: Floats, touched: Bools) -> dict[str, Floats]:
        """Return each measure per draw, NaN throughout where too few accounts tell it."""
        chance = [probability(odds, self.config.assumed_prevalence) for odds in (self.before, after)]
        rise = chance[1] - chance[0]
        known = touched & ~np.isnan(rise)
        flagged, at_first = (
            np.nan_to_num(odds, nan=-np.inf) >= self.threshold for odds in (after, self.before)
        )
        positive = self.truth
        return {
            "recall": self._mean(flagged, positive),
            "recall_change": self._mean(flagged.astype(float) - at_first, positive),
            "false_positives": self._mean(flagged, ~positive),
            "rise_ordinary": self._mean(rise, known & ~positive),
            "rise_positive": self._mean(rise, known & positive),
        }

    def _mean(self, value: NDArray[np.float64] | Bools, of: Bools) -> Floats:
        weights = self.weights[:, of]
        if weights.shape[1] < _LEAST:
            return np.full(len(weights), np.nan)
        with np.errstate(invalid="ignore"):  # a draw may miss all of a few accounts
            return np.asarray((weights @ value[of].astype(float)) / weights.sum(axis=1))


def _mean(sources: list[dict[str, Floats]]) -> dict[str, Floats]:
    """Return each measure per draw, mean over the sources that tell it."""
    means = {}
    for name in _MEASURES:
        known = [of_source[name] for of_source in sources if not np.isnan(of_source[name][0])]
        means[name] = np.mean(known, axis=0) if known else np.full(len(sources[0][name]), np.nan)
    return means


def columns(measures: dict[str, Floats], units: int | None = None) -> dict[str, float | None]:
    """Return draws of each measure as columns: the metric and the ends of its interval; null where nothing tells it.

    Args:
        measures: Name of the measure to its draws, the first the data as they are.
        units: What was resampled, if that is little; see ``Estimate.of``.
    """
    stated: dict[str, float | None] = {}
    for name, drawn in measures.items():
        known = drawn[~np.isnan(drawn)]
        within = SHARE if name in _SHARES else DIFFERENCE
        ends = (None, None, None) if np.isnan(drawn[0]) else astuple(Estimate.of(known, units, within))
        stated |= dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))
    return stated


def largest_rise(
    means: dict[tuple[str, str], dict[str, Floats]], units: int | None = None
) -> Estimate | None:
    """Return the largest mean rise of a class over the cuts of posts; None where no cut tells one.

    Args:
        means: Kind of change and how much of it to the draws of each measure.
        units: See :func:`columns`.
    """
    rises = [
        measures[name]
        for (what, _), measures in means.items()
        if what == CUT
        for name in ("rise_ordinary", "rise_positive")
        if not np.isnan(measures[name][0])
    ]
    return Estimate.of(max(rises, key=lambda drawn: float(drawn[0])), units, DIFFERENCE) if rises else None
