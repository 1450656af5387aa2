"""The task of inauthentic accounts: its bundle, its counts, its search of parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from vigie.models import bundle
from vigie.models.drift.psi import population
from vigie.models.scoring import score
from vigie.training import config
from vigie.training.evaluation import accounts
from vigie.training.fitting import leave_source_out
from vigie.training.pipelines.inauthentic import InauthenticTask, LabelledViews
from vigie.training.report import run_record
from vigie.training.result import TrainingResult

TrainedRun = tuple[TrainingResult[accounts.Evaluation], str]


@pytest.mark.filterwarnings("ignore")  # MLflow's own
def test_a_training_writes_a_bundle_that_loads_and_scores(inauthentic_run: TrainedRun, fitted: Any) -> None:
    made, _ = inauthentic_run
    loaded = bundle.load(made.folder)
    assert loaded.identity() == made.identity
    scores = score(loaded, leave_source_out.as_matrix(fitted.rows.filter(pl.col("view") == "full")))
    assert (scores.status == "scored").mean() > 0.8
    assert "## Metrics on held-out sources" in loaded.card
    assert "## Mesures sur des sources tenues à l’écart" in loaded.cards["fr"]
    assert {path.name for path in made.record.glob("card.*")} == {
        "card.md",
        "card.html",
        "card.fr.md",
        "card.fr.html",
    }
    assert '<html lang="fr">' in (made.record / "card.fr.html").read_text()


@pytest.mark.filterwarnings("ignore")  # MLflow's own
def test_the_bundle_counts_the_accounts_it_learnt_on_with_their_held_out_scores(
    inauthentic_run: TrainedRun, fitted: Any
) -> None:
    made, _ = inauthentic_run
    classes = population(bundle.load(made.folder)).classes
    assert classes is not None
    truth = fitted.corpus.accounts["y"]
    assert (classes.ordinary.accounts, classes.positive.accounts) == ((~truth).sum(), truth.sum())
    held_out = pl.read_parquet(made.record / "judged.parquet")
    assert classes.ordinary.scores.sum() + classes.positive.scores.sum() == held_out["log_odds"].count()


def test_the_record_holds_what_a_gate_may_test(
    inauthentic_run: TrainedRun,
) -> None:
    metrics = run_record.read(inauthentic_run[0].record)["figures"]
    for name in ("auc.mean", "average_precision.mean", "recall_at_1.mean", "calibration_error.mean",
                 "gain.one-split stump.auc", "leaks.permuted_auc", "robustness.rise_as_posts_vanish",
                 "audit.flagged_at_high"):  # fmt: skip
        assert metrics[name]["value"] is not None, name


def test_a_search_is_nested(fitted: Any, settings: config.Config, tmp_path: Path) -> None:
    tuned = config.parse(
        settings.model_dump()
        | {
            "tune": {"trials": 3},
            "size": {"leaves": [2], "trees": [20]},
            "parts": {"profile": {"floor": 0.5}},
        }
    )
    views = LabelledViews(fitted.corpus, fitted.rows)
    model = InauthenticTask().fit(views, tuned, tmp_path / "search.tuning", lambda step: None)
    trials = model.searched["trials_profile"]
    studies = {"on every source", *(f"without invented-{seed}" for seed in (1, 2, 3))}
    assert set(trials["study"]) == studies
    assert trials.height == 3 * len(studies)
    # A search without a source saw nothing of it.
    assert trials.filter(pl.col("study") == "without invented-2")["auc.invented-2"].null_count() == 3
    assert set(model.parts) == {"profile"}
