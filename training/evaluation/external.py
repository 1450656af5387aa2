"""A bundle evaluated on labelled data, without fitting anything: data it did not see, or data it was made of.

A source (or campaign) that the bundle learnt from is scored by the member of the bundle that was fitted without it;
any other by the whole model. The calibration did see the margins of the sources it was made of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.i18n import Listing, Message, message
from vigie.models.bundle import Bundle
from vigie.models.calibration import Floats
from vigie.models.scoring import score
from vigie.training.config import Config, parse
from vigie.training.data import corpus as data
from vigie.training.data import truncated_views, windows
from vigie.training.evaluation import suite
from vigie.training.evaluation import windows as window_metrics
from vigie.training.evaluation.accounts import held_out_rows
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.fitting.booster import matrix_of
from vigie.training.fitting.known_accounts import Source, with_flagged
from vigie.training.fitting.leave_operator_out import OPERATOR, margin
from vigie.training.fitting.leave_source_out import as_matrix
from vigie.training.result import Progress


def excluding(loaded: Bundle, source: str) -> Bundle:
    """Return the bundle as it is without a source: its members that did not see it, where it learnt from it."""
    parts = {}
    for name, part in loaded.parts.items():
        parts[name] = (
            replace(part, booster=part.members[part.without.index(source)], members=(), without=())
            if source in part.without
            else part
        )
    return replace(loaded, parts=parts)


def margin_of(loaded: Bundle) -> Callable[[str, pl.DataFrame], Floats]:
    """Return how the members of a model of windows judge rows of an operator that they did not see.

    The function takes the operator and rows of its windows (:func:`vigie.training.data.windows.rows`), and returns the margin
    of each.
    """

    def margins(operator: str, rows: pl.DataFrame) -> Floats:
        (part,) = excluding(loaded, operator).parts.values()
        return margin(part.booster, matrix_of(rows, part.features))

    return margins


def config_of(loaded: Bundle) -> Config:
    """Return the configuration a bundle was made with."""
    return parse(loaded.index["config"], "the bundle's configuration")


def evaluate_accounts(
    loaded: Bundle, folders: Sequence[Path], registry: Path | None, say: Progress
) -> EvaluationResult:
    """Return the examination of a model of single accounts on some data sets.

    Args:
        loaded: The bundle.
        folders: Dataset directories.
        registry: Confirmed false positives to replay; None for none.
        say: Called with each step as it begins.

    Raises:
        LabelError: There is no label of the target, or of one class only.
        DatasetError: A folder is not a dataset directory, or was changed.
    """
    config = config_of(loaded)
    say("reading data sets")
    corpus = data.read(
        folders, loaded.target, (), strengths=config.strengths, unlabelled={}, by=config.split.by,
        registry=registry,
    )  # fmt: skip
    data.require_judgeable(corpus.accounts, loaded.target)
    sources = data.judgeable(corpus.accounts).to_list()
    say("computing features of every view")
    rows = truncated_views.rows(corpus, config.views)
    held_out_models = {source: excluding(loaded, source) for source in sources}
    full = rows.filter(pl.col("view") == truncated_views.FULL)
    scored = {}
    for source, model in held_out_models.items():
        here = full.filter(pl.col("source") == source)
        scored[source] = (here, score(model, as_matrix(here)))
    held = [Source(source, as_matrix(here), here["y"].to_numpy()) for source, (here, _) in scored.items()]
    accounts = with_flagged(held_out_rows(scored, corpus), loaded, held)
    result = suite.for_accounts(corpus, rows, held_out_models, accounts, loaded, config, say)
    learnt = EvaluationResult({}, {"removed": corpus.removed}, {}, (*corpus.notes, *_learnt(loaded, sources)))
    return result | learnt


def evaluate_windows(
    loaded: Bundle, folders: Sequence[Path], windows_file: Path, registry: Path | None, say: Progress
) -> EvaluationResult:
    """Return the examination of a model of coordination on some windows.

    Args:
        loaded: The bundle.
        folders: Dataset directories.
        windows_file: Which accounts are compared with each other, see :mod:`vigie.training.data.windows`.
        registry: Confirmed false positives to replay; None for none.
        say: Called with each step as it begins.

    Raises:
        LabelError: There is no label of the target, or of one class only.
        DatasetError: A folder is not a dataset directory, or was changed.
        ConfigError: The file of windows cannot be read.
    """
    config = config_of(loaded)
    say("reading data sets")
    corpus = windows.load(folders, windows_file, registry, unlabelled=config.unlabelled)
    population = Reference.from_json(loaded.index["population"])
    every_row = windows.rows(
        corpus, population, lambda done, total: say(f"features of window {done} of {total}")
    )
    rows = every_row.filter((pl.col("used") >= config.floors.posts) & ~pl.col("is_lone") & ~pl.col("placebo"))
    operators = rows["operator"].unique().sort().to_list()
    margins, calibration = margin_of(loaded), loaded.parts["pool"].calibration
    margin = np.full(rows.height, np.nan)
    for operator in operators:
        here = (rows["operator"] == operator).to_numpy()
        margin[here] = margins(operator, rows.filter(pl.Series(here)))
    log_odds = window_metrics.with_evidence(rows, calibration.log_odds(margin))
    accounts = window_metrics.held_out_rows(rows, corpus, {OPERATOR: log_odds})
    result = suite.for_windows(corpus, rows, accounts, partial(excluding, loaded), loaded, config, say)
    learnt = EvaluationResult({}, {}, {}, _learnt(loaded, operators))
    return result | learnt


def _learnt(loaded: Bundle, sources: Sequence[str]) -> tuple[Message, ...]:
    """Return how what is evaluated stands to what was learnt."""
    known = {name for part in loaded.index["parts"].values() for name in part["without"]}
    learnt = [name for name in sources if name in known]
    new = [name for name in sources if name not in known]
    notes = []
    if learnt:
        notes.append(message("training.note_learnt_from", sources=Listing(tuple(learnt))))
    if new:
        notes.append(message("training.note_new_sources", sources=Listing(tuple(new))))
    return tuple(notes)
