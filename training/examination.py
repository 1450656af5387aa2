"""What is asked of every model, whatever made it: figures of judged accounts, robustness, people, explanations.

A training asks it of the models that never saw each source; :mod:`vigie.training.outside` of a bundle on other data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from vigie.features.pipeline import compute
from vigie.models.bundle import Bundle
from vigie.models.calibration import log_odds
from vigie.models.score import score
from vigie.training import audit, data, explanations, false_positives, judged, plots, robustness
from vigie.training.config import Config
from vigie.training.crossfit import as_matrix
from vigie.training.metrics import Figure
from vigie.training.outcome import Say
from vigie.training.views import FULL

# Accounts whose reasons are followed to their posts.
_EXPLAINED = 300


@dataclass(frozen=True)
class Examination:
    """What was found.

    Attributes:
        figures: By flat name; gates are tests on them.
        tables: Tables of aggregates by name.
        plots: PNG files by name.
        notes: What must be known before a figure is believed.
    """

    figures: Mapping[str, Figure]
    tables: Mapping[str, pl.DataFrame]
    plots: Mapping[str, bytes]
    notes: tuple[str, ...] = ()

    def __or__(self, other: Examination) -> Examination:
        """Return both examinations as one."""
        return Examination(
            {**self.figures, **other.figures},
            {**self.tables, **other.tables},
            {**self.plots, **other.plots},
            (*self.notes, *other.notes),
        )


def threshold(loaded: Bundle) -> float:
    """Return the log-odds from which a model flags an account: the lower end of its band *high*."""
    return log_odds(loaded.index["bands"]["high"], loaded.index["assumed_prevalence"])


def of_judged(rows: pl.DataFrame, loaded: Bundle, config: Config) -> Examination:
    """Return the figures of judged accounts of one scheme, whatever the target.

    Args:
        rows: See :mod:`vigie.training.judged`.
        loaded: For the threshold and the prevalence at which probabilities are stated.
        config: For the bootstrap draws.
    """
    groups = judged.groups(rows, config)
    limit = threshold(loaded)
    calibration = judged.calibration(groups, loaded.index["assumed_prevalence"])
    figures = judged.means(groups)
    for name in ("calibration_error", "brier"):
        values = dict(calibration.select("source", name).iter_rows())
        figures |= {f"{name}.{source}": Figure.alone(value) for source, value in values.items()}
        figures[f"{name}.mean"] = Figure.alone(sum(values.values()) / len(values))
    tables = {
        "at_prevalence": judged.at_prevalence(groups, limit),
        "budget": judged.budget(groups),
        "operating": judged.operating(groups),
        "calibration": calibration,
        "risk_coverage": judged.risk_coverage(groups),
        "label_noise": judged.label_noise(groups, limit),
    }
    return Examination(figures, tables, plots.of_judged(groups))


def of_accounts(
    corpus: data.Corpus,
    rows: pl.DataFrame,
    unseen: dict[str, Bundle],
    judged_rows: pl.DataFrame,
    loaded: Bundle,
    config: Config,
    say: Say,
) -> Examination:
    """Return everything asked of a model that judges each account by itself.

    Args:
        corpus: The labelled accounts and their posts.
        rows: Their features in every view.
        unseen: Source to the model that never saw it.
        judged_rows: What those models said (see :mod:`vigie.training.judged`), and ``row``.
        loaded: The model that ships.
        config: The configuration.
        say: Called with each step as it begins.
    """
    say("figures at stated prevalences, for a budget, at small rates")
    found = of_judged(judged_rows, loaded, config)
    disturbed = robustness.robustness(corpus, rows, unseen, config, say)
    say("looking for people who are flagged more often")
    known = audit.slices(corpus.accounts, corpus.posts).select("row", *audit.SLICES)
    sliced = judged_rows.join(known, on="row", how="left", maintain_order="left")
    limits = audit.thresholds(sliced, loaded.index["bands"], loaded.index["assumed_prevalence"])
    people = audit.audit(sliced, limits)
    say("checking explanations")
    more = Examination(
        {**robustness.figures(disturbed), **audit.figures(people)},
        {"robustness": disturbed.means, "robustness_by_source": disturbed.table, "audit": people.table},
        {"robustness.png": plots.robustness(disturbed.means), "audit.png": plots.audit(people.table)},
        (people.caution,),
    )
    return found | more | _explained(corpus, rows, unseen, loaded, config)


def _explained(
    corpus: data.Corpus, rows: pl.DataFrame, unseen: dict[str, Bundle], loaded: Bundle, config: Config
) -> Examination:
    """Return whether reasons carry the score, are alike from fit to fit, and name posts that are there."""
    full = rows.filter(pl.col("view") == FULL)
    draws, seed, limit = config.bootstrap_draws, config.seed, threshold(loaded)
    lost = []
    for source, model in unseen.items():
        matrix = as_matrix(full.filter(pl.col("source") == source))
        flagged = np.nan_to_num(score(model, matrix).log_odds, nan=-np.inf) >= limit
        lost.append(
            explanations.deletion(model, matrix, flagged, seed=seed).select(
                pl.lit(source).alias("source"), pl.all()
            )
        )
    stable = explanations.stability(loaded, as_matrix(full), draws=draws, seed=seed)
    sample = corpus.accounts.sort(pl.col("row").hash(seed=seed)).head(_EXPLAINED)
    posts = corpus.posts.join(sample.select("row"), on="row", how="semi")
    named = explanations.reasons(loaded, compute(sample, posts), posts)
    deletion = (
        pl.concat(lost)
        .group_by("source", maintain_order=True)
        .agg(
            flagged=pl.len(),
            lost_without_reasons=pl.col("reasons").mean(),
            lost_without_others=pl.col("others").mean(),
        )
    )
    return Examination(
        explanations.figures(explanations.gain(lost, draws=draws, seed=seed), stable, [named]),
        {
            "deletion": deletion,
            "stability": stable.table,
            "resolved": named.group_by("feature", "state").len().sort("feature", "state"),
        },
        {},
    )


def of_registry(loaded: Bundle, registry: Path | None) -> Examination:
    """Return the replay of a model on the registry of confirmed false positives: on nobody, where there is none."""
    if registry is None:
        return Examination(
            {f"registry.{name}": Figure.alone(0.0) for name in ("accounts", "flagged")}, {}, {}
        )
    replayed = false_positives.replay(loaded, registry)
    # Ids and reasons are people's; the counts are enough.
    counts = replayed.group_by("status", "band", "flagged").len().sort("len", descending=True)
    return Examination(false_positives.figures(replayed), {"registry": counts}, {})
