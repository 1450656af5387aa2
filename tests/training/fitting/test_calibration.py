"""Calibration on held-out margins, each source left out in turn."""

from __future__ import annotations

import numpy as np

from vigie.training.fitting.calibration import fit_calibration


def test_a_calibration_never_leaves_out_the_only_source_of_both_classes() -> None:
    truth = np.array([True, False] * 20 + [False] * 20)
    source = np.array(["both"] * 40 + ["people"] * 20)
    found = fit_calibration(np.where(truth, 1.0, -1.0) + np.linspace(-1.5, 1.5, 60), truth, source)
    assert np.isfinite([found.slope, found.intercept, *found.variance]).all()
