"""What a score of coordination rests on: a group that chance does not explain, shared activity, or behaviour alone.

The trees learn mostly from behaviour, since few accounts of the operation they learnt on meet beyond chance. A group
that does is evidence of concerted action whatever the behaviour, so its p-value adds to the log-odds at most what a
p-value may: the bound on the Bayes factor against chance of [Sellke2001]. An account that shares nothing with anybody may
behave like a troll, but does not act in concert: behaviour alone never reaches the highest band.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.window.windows import LEAST_ACCOUNTS
from vigie.models.calibration import Floats

FEATURE, CAMPAIGN = "coordination_group_surprise_index", "campaign_copies_index"
Basis = Literal["campaign", "group", "partner", "shared_activity", "behaviour"]
# A null is a model too: no p-value is believed beyond one in a million accounts.
_MOST_SURPRISING = 6.0
# From this significance a partner counts: one account in ten has such a one by chance.
_SIGNIFICANT = 1.0
# Significance of being active in the same minutes as another account.
ACTIVITY = ("coordination_minute_activity_index", "coordination_ten_minutes_activity_index")
# Share of a window's accounts from which what they have in common is the window's, and sets nobody apart.
COMMON = 0.75


def log_bayes_factor(surprise: Floats) -> Floats:
    """Return the largest log Bayes factor that a p-value of 10 to the power -surprise allows; 0 where missing.

    Surprises beyond :data:`_MOST_SURPRISING` count as that.

    >>> log_bayes_factor(np.array([np.nan, 0.1, 6.0])).round(2).tolist()
    [0.0, 0.0, 10.19]
    """
    known = np.minimum(np.nan_to_num(surprise, nan=0.0), _MOST_SURPRISING)
    exponent = np.maximum(known * np.log(10), 1.0)
    return np.asarray(exponent - 1 - np.log(exponent))


def basis(table: pl.DataFrame) -> NDArray[np.str_]:
    """Return, per account of a window, what its score rests on by that window alone.

    What the whole corpus shows comes before it, see :mod:`vigie.models.collection_evidence`.

    Args:
        table: Features of all accounts of the window.

    Returns:
        ``group`` where its group is beyond chance; ``shared_activity`` where it acted on an object of another account
        within a day, or a partner, or one active in the same minutes, is significant; else ``behaviour``. Where three
        quarters of the accounts are active in the same minutes as others, only what goes beyond these counts.
    """
    activity = (
        [pl.col(name) - _common(table[name]) for name in ACTIVITY]
        if table.height >= LEAST_ACCOUNTS
        else ACTIVITY
    )
    significant = pl.max_horizontal("coordination_surprise_index", *activity) >= _SIGNIFICANT
    shared = (pl.col("coordination_day_company_share") > 0) | significant
    return (
        table.select(
            pl.when(pl.col(FEATURE) > 0).then(pl.lit("group"))
            .when(shared).then(pl.lit("shared_activity"))
            .otherwise(pl.lit("behaviour"))
        )
        .to_series()
        .to_numpy()
        .astype(str)
    )  # fmt: skip


def _common(values: pl.Series) -> float:
    """Return what :data:`COMMON` of the accounts have of a feature at least, or 0 where that is less."""
    known = values.drop_nulls().sort()
    return max(0.0, float(known[int((1 - COMMON) * len(known))])) if len(known) else 0.0
