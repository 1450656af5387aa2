"""What is asked of every model, whatever made it: metrics of held-out accounts, robustness, people, explanations.

A training asks it of the models that did not see each source; :mod:`vigie.training.evaluation.external` of a bundle on other data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl

from vigie.errors import LabelError
from vigie.features.i18n import Message
from vigie.features.pipeline import FeatureMatrix, compute
from vigie.models.bundle import Bundle
from vigie.models.calibration import log_odds
from vigie.models.metrics import Estimate
from vigie.training.config import Config
from vigie.training.data import confirmed_false_positives, windows
from vigie.training.data import corpus as data
from vigie.training.data.truncated_views import FULL
from vigie.training.evaluation import explanation_checks, held_out, plots, robustness, slices
from vigie.training.fitting.leave_source_out import as_matrix
from vigie.training.result import Progress

# Accounts whose reasons are followed to their posts.
_EXPLAINED = 300
# Account-windows on which members rank features, and windows whose partners are followed to their posts.
_RANKED, _PROVEN = 2_000, 6


@dataclass(frozen=True)
class EvaluationResult:
    """What was found.

    Attributes:
        metrics: By flat name; gates are tests on them.
        tables: Tables of aggregates by name.
        plots: PNG files by name.
        notes: What must be known before a metric is believed.
    """

    metrics: Mapping[str, Estimate]
    tables: Mapping[str, pl.DataFrame]
    plots: Mapping[str, bytes]
    notes: tuple[Message, ...] = ()

    def __or__(self, other: EvaluationResult) -> EvaluationResult:
        """Return both examinations as one."""
        return EvaluationResult(
            {**self.metrics, **other.metrics},
            {**self.tables, **other.tables},
            {**self.plots, **other.plots},
            (*self.notes, *other.notes),
        )


def threshold(loaded: Bundle) -> float:
    """Return the log-odds from which a model flags an account that is held against no known accounts."""
    return log_odds(loaded.index["bands"]["high"], loaded.index["assumed_prevalence"])


def for_held_out(rows: pl.DataFrame, loaded: Bundle, config: Config) -> EvaluationResult:
    """Return the metrics of held-out accounts of one scheme, whatever the target.

    Args:
        rows: See :mod:`vigie.training.evaluation.held_out`.
        loaded: For the threshold and the prevalence at which probabilities are stated.
        config: For the bootstrap draws.

    Raises:
        LabelError: Of no source the model judges accounts of both classes.
    """
    groups = held_out.groups(rows, config)
    limit = threshold(loaded)
    calibration = held_out.calibration(groups, loaded.index["assumed_prevalence"])
    if calibration.is_empty():
        judged = rows.filter(pl.col("log_odds").is_not_null())["y"]
        raise LabelError(
            f"of {rows.height} labelled accounts the model judges {judged.sum()} of one class and {(~judged).sum()} of the other, "
            "and both of no source: nothing can be measured. Bring accounts with more of their fields and posts"
        )
    metrics = held_out.means(groups)
    for name in ("calibration_error", "brier"):
        values = dict(calibration.select("source", name).iter_rows())
        metrics |= {f"{name}.{source}": Estimate.alone(value) for source, value in values.items()}
        metrics[f"{name}.mean"] = Estimate.alone(sum(values.values()) / len(values))
    tables = {
        "at_prevalence": held_out.at_prevalence(groups, limit),
        "budget": held_out.budget(groups),
        "operating": held_out.operating(groups),
        "calibration": calibration,
        "risk_coverage": held_out.risk_coverage(groups),
        "label_noise": held_out.label_noise(groups, limit),
    }
    return EvaluationResult(metrics, tables, plots.for_held_out(groups))


def for_accounts(
    corpus: data.Corpus,
    rows: pl.DataFrame,
    held_out_models: dict[str, Bundle],
    held_out_rows: pl.DataFrame,
    loaded: Bundle,
    config: Config,
    say: Progress,
) -> EvaluationResult:
    """Return everything asked of a model that judges each account by itself.

    Args:
        corpus: The labelled accounts and their posts.
        rows: Their features in every view.
        held_out_models: Source to the model that did not see it.
        held_out_rows: What those models said (see :mod:`vigie.training.evaluation.held_out`), and ``row``.
        loaded: The model that ships.
        config: The configuration.
        say: Called with each step as it begins.
    """
    say("figures at stated prevalences, for a budget, at small rates")
    ranking = for_held_out(held_out_rows, loaded, config)
    disturbed = robustness.robustness(corpus, rows, held_out_models, config, say)
    say("looking for people who are flagged more often")
    known = slices.slices(corpus.accounts, corpus.posts).select("row", *slices.SLICES)
    sliced = held_out_rows.join(known, on="row", how="left", maintain_order="left")
    people = _by_slice(sliced, loaded)
    say("checking explanations")
    changed = EvaluationResult(
        robustness.metrics(disturbed),
        {"robustness": disturbed.means, "robustness_by_source": disturbed.table},
        {"robustness.png": plots.robustness(disturbed.means)},
    )
    return (
        ranking | changed | people | _explained(corpus, rows, held_out_models, held_out_rows, loaded, config)
    )


def _explained(
    corpus: data.Corpus,
    rows: pl.DataFrame,
    held_out_models: dict[str, Bundle],
    held_out_rows: pl.DataFrame,
    loaded: Bundle,
    config: Config,
) -> EvaluationResult:
    """Return whether reasons carry the score, are alike from fit to fit, and name posts that are there."""
    full = rows.filter(pl.col("view") == FULL)
    draws, seed = config.bootstrap_draws, config.seed
    limit = (pl.col("log_odds") >= threshold(loaded)).fill_null(value=False)
    high = pl.col("flagged") if "flagged" in held_out_rows.columns else limit
    lost = []
    for source, model in held_out_models.items():
        here = full.filter(pl.col("source") == source)
        matrix = as_matrix(here)
        of_source = here.join(
            held_out_rows.select("row", high=high), on="row", how="left", maintain_order="left"
        )
        flagged = of_source["high"].fill_null(value=False).to_numpy()
        lost.append(
            explanation_checks.deletion(model, matrix, flagged, seed=seed).select(
                pl.lit(source).alias("source"), pl.all()
            )
        )
    stable = explanation_checks.stability(loaded, as_matrix(full), draws=draws, seed=seed)
    sample = corpus.accounts.sort(pl.col("row").hash(seed=seed)).head(_EXPLAINED)
    posts = corpus.posts.join(sample.select("row"), on="row", how="semi")
    named = explanation_checks.reasons(loaded, compute(sample, posts), posts)
    return _told(lost, stable, [named], ("feature", "state"), config)


def for_windows(
    corpus: windows.Corpus,
    rows: pl.DataFrame,
    held_out_rows: pl.DataFrame,
    excluding: Callable[[str], Bundle],
    loaded: Bundle,
    config: Config,
    say: Progress,
) -> EvaluationResult:
    """Return everything asked of a model that compares accounts, but for changes to its windows.

    Args:
        corpus: The windows, their accounts and posts.
        rows: Their features, accounts without their campaign not among them.
        held_out_rows: What models that did not see the operator said of the same rows, in the same order.
        excluding: From an operator to the model that did not see it.
        loaded: The model that ships.
        config: The configuration.
        say: Called with each step as it begins.
    """
    say("figures at stated prevalences, for a budget, at small rates")
    ranking = for_held_out(held_out_rows, loaded, config)
    say("looking for people who are flagged more often")
    accounts = corpus.accounts.with_row_index("row").with_columns(source=pl.col("campaign"))
    keys = ["platform", "account_id"]
    posts = corpus.posts.join(accounts.select("row", *keys), on=keys, maintain_order="left")
    known = slices.slices(accounts, posts).drop("platform", "row")
    people = _by_slice(held_out_rows.join(known, on="account_id", how="left", maintain_order="left"), loaded)
    say("checking explanations")
    flagged = held_out_rows["flaggable"] & (held_out_rows["log_odds"] >= threshold(loaded)).fill_null(
        value=False
    )
    numbered = rows.drop("row", strict=False).with_row_index("row")
    lost = []
    for (operator,), part in numbered.group_by("operator", maintain_order=True):
        chosen = part.filter(flagged.gather(part["row"]))
        losses = explanation_checks.deletion(
            excluding(str(operator)), _as_matrix(chosen), np.ones(chosen.height, np.bool_), seed=config.seed
        )
        lost.append(losses.select(pl.lit(str(operator)).alias("source"), pl.all()))
    sample = _as_matrix(numbered.sort(pl.col("row").hash(seed=config.seed)).head(_RANKED))
    stable = explanation_checks.stability(loaded, sample, draws=config.bootstrap_draws, seed=config.seed)
    named = [
        explanation_checks.proofs(members, written)
        for members, written in islice(_each_window(corpus), _PROVEN)
    ]
    return ranking | people | _told(lost, stable, named, ("state",), config)


def _each_window(corpus: windows.Corpus) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield the accounts and posts of each window, numbered as a request numbers them."""
    keys = ["platform", "account_id"]
    for _, _, _, members, written in windows.each_window(corpus):
        accounts = members.drop("y", "kind", "campaign", "strength", "source").with_row_index("row")
        yield accounts, written.join(accounts.select("row", *keys), on=keys, maintain_order="left").drop(keys)


def _as_matrix(rows: pl.DataFrame) -> FeatureMatrix:
    """Return rows of windows as the pipeline's matrix, without profiles and posts."""
    return FeatureMatrix(rows, rows.select("row", "used"), pl.DataFrame())


def _by_slice(sliced: pl.DataFrame, loaded: Bundle) -> EvaluationResult:
    """Return which people are flagged more often than others."""
    limits = slices.thresholds(sliced, loaded.index["bands"], loaded.index["assumed_prevalence"])
    people = slices.error_analysis(sliced, limits)
    return EvaluationResult(
        slices.metrics(people),
        {"audit": people.table},
        {"audit.png": plots.error_analysis(people.table)},
        (people.caution,),
    )


def _told(
    lost: Sequence[pl.DataFrame],
    stable: explanation_checks.Stability,
    named: Sequence[pl.DataFrame],
    by: tuple[str, ...],
    config: Config,
) -> EvaluationResult:
    """Return what explanations are worth: what their removal costs, how alike they are, whether their posts are there."""
    gained = explanation_checks.gain(lost, draws=config.bootstrap_draws, seed=config.seed)
    deletion = (
        pl.concat(lost)
        .group_by("source", maintain_order=True)
        .agg(
            flagged=pl.len(),
            lost_without_reasons=pl.col("reasons").mean(),
            lost_without_others=pl.col("others").mean(),
        )
    )
    return EvaluationResult(
        explanation_checks.metrics(gained, stable, named),
        {
            "deletion": deletion,
            "stability": stable.table,
            "resolved": pl.concat(named).group_by(by).len().sort(by),
        },
        {},
    )


def replay_false_positives(loaded: Bundle, registry: Path | None) -> EvaluationResult:
    """Return the replay of a model on confirmed false positives: on nobody, where there is no folder of them."""
    if registry is None:
        return EvaluationResult(
            {f"registry.{name}": Estimate.alone(0.0) for name in ("accounts", "flagged")}, {}, {}
        )
    replayed = confirmed_false_positives.replay(loaded, registry)
    # Ids and reasons are people's; the counts are enough.
    counts = replayed.group_by("status", "band", "flagged").len().sort("len", descending=True)
    return EvaluationResult(confirmed_false_positives.metrics(replayed), {"registry": counts}, {})
