"""What a score of coordination rests on: a campaign, a group or a partner that chance does not explain, or shared activity.

The trees learn how much of what accounts share is ordinary. A group that chance does not explain is evidence of concerted
action whatever they say, so its p-value adds to the log-odds at most what a p-value may: the bound on the Bayes factor
against chance of [Sellke2001].
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.window.windows import LEAST_ACCOUNTS
from vigie.models.calibration import Floats

FEATURE, CAMPAIGN = "coordination_group_surprise_index", "campaign_copies_index"
Basis = Literal["campaign", "group", "partner", "shared_activity", "nothing_shared"]
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


def added_by_group(log_odds: Floats, in_window: Floats, in_collection: Floats) -> Floats:
    """Return what groups add to log-odds.

    What the trees hold against an account takes nothing from what a group of the whole collection proves.

    Args:
        log_odds: Of each account, without its groups.
        in_window: Surprise of its group in its comparison window; NaN without one.
        in_collection: Surprise of its group in the whole collection; NaN without one.

    >>> added_by_group(np.array([-2.0, -2.0]), np.array([np.nan, 6.0]), np.array([6.0, np.nan])).round(2).tolist()
    [12.19, 10.19]
    """
    below = np.where(np.isnan(in_collection), 0.0, np.maximum(-log_odds, 0.0))
    return np.asarray(log_bayes_factor(np.fmax(in_window, in_collection)) + np.nan_to_num(below))


def added_by_campaign(log_odds: Floats, in_window: Floats, campaign: Floats) -> Floats:
    """Return what campaigns add to log-odds beyond what groups of the window have added.

    What the trees hold against an account takes nothing from what the contents of its campaign prove.

    Args:
        log_odds: Of each account, with its groups.
        in_window: Surprise of its group in its comparison window; NaN without one.
        campaign: Surprise of its campaign; NaN without one.
    """
    proof = log_bayes_factor(campaign)
    added = np.maximum(proof - log_bayes_factor(in_window), 0.0)
    below = np.where(np.isnan(campaign), 0.0, np.maximum(proof - (log_odds + added), 0.0))
    return np.asarray(added + np.nan_to_num(below))


def basis(table: pl.DataFrame) -> NDArray[np.str_]:
    """Return, per account of a window, what its score rests on by that window alone.

    What the whole corpus shows comes before it, see :mod:`vigie.models.collection_evidence`.

    Args:
        table: Features of all accounts of the window.

    Returns:
        ``group`` where its group is beyond chance; ``shared_activity`` where it acted on an object of another account
        within a day, or a partner, or one active in the same minutes, is significant; else ``nothing_shared``. Where three
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
            .otherwise(pl.lit("nothing_shared"))
        )
        .to_series()
        .to_numpy()
        .astype(str)
    )  # fmt: skip


def _common(values: pl.Series) -> float:
    """Return what :data:`COMMON` of the accounts have of a feature at least, or 0 where that is less."""
    known = values.drop_nulls().sort()
    return max(0.0, float(known[int((1 - COMMON) * len(known))])) if len(known) else 0.0
