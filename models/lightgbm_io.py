"""LightGBM as this project uses it: native Boosters, loaded from text that was checked."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from vigie.models import lightgbm_text
from vigie.models.calibration import Floats
from vigie.models.stumps import Stumps

if TYPE_CHECKING:
    from lightgbm import Booster


def load(text: str, file: str, features: Sequence[str]) -> Booster:
    """Return the Booster written in LightGBM's text format, after every number in it is checked.

    Args:
        text: The text.
        file: Its name, for the error.
        features: Names of the inputs, in order.

    Raises:
        BundleCorruptError: It is not a model of the kind that vigie trains.
    """
    safe = lightgbm_text.checked(text, file, features)
    # Takes a second: a command that loads no model does not pay for it.
    from lightgbm import Booster

    return Booster(model_str=safe)


# LightGBM keeps its number of threads in one variable of the process, sets it in each call and sizes its
# buffers by it: two calls at once with different numbers could write past the end. One at a time, then; the
# model is a small part of a request, and the features run side by side.
_ONE_AT_A_TIME = threading.Lock()
# What is known of a model for as long as it is used; None where its trees ask more than one question.
_STUMPS: WeakKeyDictionary[Booster, Stumps | None] = WeakKeyDictionary()
# Rows from which it costs less to look steps up than to walk trees; the digits are the same.
_SEVERAL = 16
# Rows below which other threads spend more time waiting for work than it takes one to do it: of margins, and of contributions,
# which cost ten times as much.
_FEW, _FEW_EXPLAINED = 8_192, 1_024


def margins(booster: Booster, values: Floats) -> Floats:
    """Return the margin of each row, before calibration; safe to call from any number of threads.

    Args:
        booster: The model.
        values: Shape (rows, features), NaN where missing.
    """
    with _ONE_AT_A_TIME:
        return np.asarray(booster.predict(values, raw_score=True, num_threads=_threads(values, _FEW)))


def contributions(booster: Booster, values: Floats) -> tuple[Floats, Floats]:
    """Return what each feature adds to the margin (TreeSHAP, [Lundberg2020]), and the base; as :func:`margins`."""
    with _ONE_AT_A_TIME:
        stumps = _stumps(booster) if len(values) >= _SEVERAL else None
        if stumps is None:
            raw = _tree_shap(booster, values)
            return raw[:, :-1], raw[:, -1]
    return stumps.contributions(values)


def _stumps(booster: Booster) -> Stumps | None:
    if booster not in _STUMPS:
        _STUMPS[booster] = Stumps.of(
            booster.model_to_string(), booster.num_feature(), lambda rows: _tree_shap(booster, rows)
        )
    return _STUMPS[booster]


def _tree_shap(booster: Booster, values: Floats) -> Floats:
    return np.asarray(
        booster.predict(values, pred_contrib=True, num_threads=_threads(values, _FEW_EXPLAINED))
    )


def _threads(values: Floats, few: int) -> int:
    """Return LightGBM's threads: one for fewer rows than that, 0 for all cores."""
    return 1 if len(values) < few else 0
