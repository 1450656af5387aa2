"""Whether a bundle still tells accounts apart as it did when it was trained.

A training writes two invented accounts for each part: rows of quantiles of the ordinary and of the flagged training rows, and the
log-odds that it gave them. Who is to be answered with the bundle first sees that they get the same log-odds here, and that the
flagged one ranks above. That finds a broken calibration, a LightGBM that computes otherwise and files that were mixed up. It is no
defence against an author who means harm: whoever writes a bundle writes its rehearsal too.

Accounts that vigie itself would invent were left out on purpose: a bundle for other labels may rank them any way. A bundle without
rehearsal must at least give different rows different scores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vigie.errors import BundleRehearsalError
from vigie.features.json_object import JsonObject
from vigie.models import lightgbm_io
from vigie.models.bundle import Bundle, Part
from vigie.models.calibration import Calibration, Floats

if TYPE_CHECKING:
    from lightgbm import Booster

_TOLERANCE = 1e-6
# Percentiles of each class that make candidates, and the least known values behind one: no account's value leaves its data.
_PERCENTILES, _LEAST_KNOWN = (10, 25, 50, 75, 90), 50
_MIXED_ROWS, _SEED = 32, 7
# Shares, counts and times, of which some lie on either side of any split.
_ANY_VALUES = (np.nan, -1.0, 0.0, 0.1, 0.5, 1.0, 10.0, 100.0, 1e4, 1e6, 1e9)


def choose(x: Floats, y: NDArray[np.bool_], booster: Booster, calibration: Calibration) -> JsonObject | None:
    """Return the rehearsal of a part; None where no two rows of quantiles rank as they should.

    Args:
        x: Training rows, shape (rows, features), NaN where missing.
        y: Whether each is to be flagged.
        booster: The model.
        calibration: Margin to log-odds.
    """
    ordinary, flagged = (_quantile_rows(x[y == value]) for value in (False, True))
    low, high = (calibration.log_odds(lightgbm_io.margins(booster, rows)) for rows in (ordinary, flagged))
    if high.max() - low.min() <= _TOLERANCE:
        return None
    return {
        "ordinary": _with_null(ordinary[low.argmin()]),
        "flagged": _with_null(flagged[high.argmax()]),
        "log_odds": [float(low.min()), float(high.max())],
    }


def check(bundle: Bundle) -> None:
    """Score the invented accounts of a bundle.

    Raises:
        BundleRehearsalError: They do not get the scores of the training, or all accounts get the same.
    """
    weights = bundle.index["weights"]
    rehearsals = {name: bundle.index["parts"][name].get("rehearsal") for name in bundle.parts}
    apart = 0.0
    for name, rehearsal in rehearsals.items():
        if rehearsal is None:
            continue
        ordinary, flagged = _rehearsed(bundle.parts[name], rehearsal)
        apart += weights[name] * (flagged - ordinary)
    if any(rehearsals.values()) and apart <= _TOLERANCE:
        raise BundleRehearsalError(
            f"{bundle.name} {bundle.version} does not rank the flagged accounts of its own training above the ordinary ones; "
            "train it anew"
        )
    if not any(weights[name] * _spread(bundle, part) > _TOLERANCE for name, part in bundle.parts.items()):
        raise BundleRehearsalError(
            f"{bundle.name} {bundle.version} gives every account the same score; train it anew, on labels that its features tell "
            "apart"
        )


def _quantile_rows(x: Floats) -> Floats:
    """Return one row per percentile, NaN where too few values are known."""
    rows = np.full((len(_PERCENTILES), x.shape[1]), np.nan)
    for column, values in enumerate(x.T):
        known = values[~np.isnan(values)]
        if len(known) >= _LEAST_KNOWN:
            rows[:, column] = [float(f"{value:.6g}") for value in np.percentile(known, _PERCENTILES)]
    return rows


def _rehearsed(part: Part, rehearsal: JsonObject) -> Floats:
    """Return the log-odds of the ordinary and the flagged account of a part, which are those of the training."""
    rows = np.array([rehearsal["ordinary"], rehearsal["flagged"]], dtype=np.float64)
    made = part.calibration.log_odds(lightgbm_io.margins(part.booster, rows))
    if not np.allclose(made, rehearsal["log_odds"], rtol=0, atol=_TOLERANCE):
        raise BundleRehearsalError(
            f"part {part.name} gives its two accounts of the training the log-odds {np.round(made, 4).tolist()}, and gave them "
            f"{np.round(rehearsal['log_odds'], 4).tolist()} then; copy the bundle again, or install the LightGBM that trained it"
        )
    return made


def _spread(bundle: Bundle, part: Part) -> float:
    """Return how far the log-odds of a part go over invented rows: mixed quantiles of ordinary accounts, and any values."""
    random = np.random.default_rng(_SEED)
    half = (_MIXED_ROWS, len(part.features))
    # Not every feature has quantiles, and those of a rare one are all alike.
    alike, other = random.choice(_ANY_VALUES, half), random.choice(_ANY_VALUES, half)
    for column, name in enumerate(part.features):
        if len(bundle.reference.get(name, ())):
            alike[:, column] = random.choice(bundle.reference[name], _MIXED_ROWS)
    rows = np.vstack([alike, other])
    return float(np.ptp(part.calibration.log_odds(lightgbm_io.margins(part.booster, rows))))


def _with_null(row: Floats) -> list[float | None]:
    """Return a row as JSON holds it, which knows no NaN."""
    return [None if np.isnan(value) else float(value) for value in row]
