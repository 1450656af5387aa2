"""Results are joined without loss, and the threshold is the lower end of the band high."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from vigie.features.i18n import message
from vigie.models import bundle
from vigie.models.calibration import probability
from vigie.models.metrics import Estimate
from vigie.training.evaluation.suite import EvaluationResult, replay_false_positives, threshold


def test_two_results_are_joined_and_the_second_counts_where_both_have_a_name() -> None:
    first = EvaluationResult(
        {"a": Estimate.alone(1.0), "b": Estimate.alone(1.0)},
        {"t": pl.DataFrame({"x": [1]})},
        {"p.png": b"1"},
        (message("training.note_two_sources"),),
    )
    second = EvaluationResult(
        {"b": Estimate.alone(2.0)},
        {"u": pl.DataFrame()},
        {},
        (message("training.note_few_held_out", count=1),),
    )
    both = first | second
    assert (both.metrics["a"].value, both.metrics["b"].value) == (1.0, 2.0)
    assert set(both.tables) == {"t", "u"}
    assert both.plots == {"p.png": b"1"}
    assert len(both.notes) == 2


def test_the_threshold_is_the_probability_of_the_band_high() -> None:
    loaded = bundle.load()
    stated = probability(np.array(threshold(loaded)), loaded.index["assumed_prevalence"])
    assert float(stated) == pytest.approx(loaded.index["bands"]["high"])


def test_without_confirmed_false_positives_nobody_is_replayed() -> None:
    result = replay_false_positives(bundle.load(), None)
    assert {name: metric.value for name, metric in result.metrics.items()} == {
        "registry.accounts": 0.0,
        "registry.flagged": 0.0,
    }
