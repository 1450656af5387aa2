"""Whether a list shows a trait more than accounts that were collected with it.

Ordinary accounts that are kept with a model come from some platforms, countries and years. A collection may come from others, where
handles of one shape, empty biographies or months of many creations are usual. What its other accounts show as often tells nothing
of a list.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
from scipy.special import betainc

from vigie.features.coordination.report import profile_tests
from vigie.features.coordination.report.profile_tests import LEAST_OTHERS
from vigie.features.group_test import trait_tests
from vigie.features.group_test.trait_tests import Measurement
from vigie.features.group_test.types import Trait

# Traits that a share of all accounts has. The others are of a few accounts, and no share of a crowd explains them.
SHARES: tuple[Trait, ...] = ("creation_bursts", "handle_shapes", "empty_biographies")


# Share of ordinary accounts that have a trait, at most, where an account that has it is told from them.
RARE = 0.1


def p_beside(measured: Measurement, accounts: pl.DataFrame, others: pl.DataFrame) -> float | None:
    """Return the chance that as many accounts of a list have a trait, where each has it as often as others do (binomial).

    Of the shapes of handles, that most in excess was looked for: its chance is that times the shapes which several of the list have.

    Args:
        measured: The trait, as it was measured on the list.
        accounts: The list: ``row`` and the contract's columns.
        others: Accounts that were collected with it: the same columns.

    Returns:
        None where the trait is of no share, or not measured, or known of fewer than
        :data:`vigie.features.coordination.report.profile_tests.LEAST_OTHERS` others.
    """
    share = _share(measured, accounts, others)
    if share is None or not measured.accounts:
        return None
    chance = float(betainc(measured.accounts, measured.known - measured.accounts + 1, share))
    return min(chance * _looked_at(measured, accounts), 1.0)


def p_biographies_beside(measured: Measurement, others: pl.DataFrame) -> float | None:
    """Return the chance that as many accounts of a list share a biography, where each does as often as others do (binomial).

    Who is collected for a trade or a movement says the same of it, whether of the list or not.

    Args:
        measured: ``shared_biographies``, as it was measured on the list.
        others: As in :func:`p_beside`.

    Returns:
        None where too few others have a biography that tells.
    """
    beside = trait_tests.shared_biographies(others)
    if beside.accounts is None or beside.known < LEAST_OTHERS or measured.accounts is None:
        return None
    share = (beside.accounts + 1) / (beside.known + 2)
    return float(betainc(measured.accounts, measured.known - measured.accounts + 1, share))


def set_apart(measured: Measurement, accounts: pl.DataFrame, others: pl.DataFrame) -> pl.Series:
    """Return ``row`` of the accounts that a trait tells from ordinary ones; none where more than :data:`RARE` of these have it.

    Args:
        measured: The trait, as it was measured on a part of the list.
        accounts: The list: ``row`` and the contract's columns.
        others: As in :func:`p_beside`. Where few of them tell, what is ordinary for the measurement decides.
    """
    has = _has(measured, accounts)
    if has is None:
        return measured.rows
    share = _share(measured, accounts, others)
    if share is None:
        share = 1.0 if measured.ordinary is None else float(np.median(measured.ordinary)) / measured.known
    return accounts.filter(has)["row"] if share <= RARE else accounts["row"].clear()


def _looked_at(measured: Measurement, accounts: pl.DataFrame) -> int:
    """Return among how many kinds of a trait the one that was measured was looked for."""
    if measured.trait != "handle_shapes":
        return 1
    shapes = accounts.select(shape=profile_tests.shape(pl.col("handle"))).drop_nulls()
    return max(1, shapes.filter(pl.len().over("shape") > 1)["shape"].n_unique())


def _share(measured: Measurement, accounts: pl.DataFrame, others: pl.DataFrame) -> float | None:
    """Return the share of others that have a trait; None where it is of no share, or known of few of them."""
    has = _has(measured, accounts)
    found = None if has is None else others.select(has=has)["has"].drop_nulls()
    if found is None or len(found) < LEAST_OTHERS:
        return None
    # One more of each, so that what a few hundred others do not show is not held to be impossible.
    return (int(found.sum()) + 1) / (len(found) + 2)


def _has(measured: Measurement, accounts: pl.DataFrame) -> pl.Expr | None:
    """Return whether an account has what a list was found to have most of, null where that is not known."""
    if measured.trait == "empty_biographies":
        return profile_tests.empty(pl.col("description")) == 1
    if measured.trait == "handle_shapes" and len(measured.rows):
        shown = accounts.filter(pl.col("row") == measured.rows[0])
        shape = profile_tests.shape(pl.col("handle"))
        return pl.when(pl.col("handle") != "").then(shape == shown.select(shape).item())
    if measured.trait == "creation_bursts":
        for span in measured.spans:
            if span.days == measured.span:
                last = span.first_day + timedelta(days=span.days - 1)
                return pl.col("created_at").dt.date().is_between(span.first_day, last)
    return None
