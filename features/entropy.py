"""Shannon entropy of what an account does, as expressions over its posts."""

from __future__ import annotations

import math

import polars as pl


def bits(values: pl.Expr) -> pl.Expr:
    """Return the entropy of the known values, in bits."""
    return values.drop_nulls().unique_counts().cast(pl.Float64).entropy(base=2, normalize=True)


def corrected_bits(column: str) -> pl.Expr:
    """Return the entropy of a column in bits with the Miller-Madow correction for few posts [Miller1955]; null without any."""
    known = pl.col(column).drop_nulls()
    total = pl.col(column).count()
    return pl.when(total > 0).then(bits(pl.col(column)) + (known.n_unique() - 1) / (2 * total * math.log(2)))
