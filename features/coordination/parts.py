"""Several collections looked at as one: what costs the same for a few posts as for many is done once for all of them.

No account and no object is in two parts, so nothing that two accounts share crosses from one to another. Rates, tests and
clusters belong to a part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """Collections whose accounts are numbered one after the other: ``part * width + row``.

    Attributes:
        count: How many there are.
        width: One more than the largest row.
    """

    count: int
    width: int

    def of(self, account: pl.Expr) -> pl.Expr:
        """Return the part of accounts, an Int64."""
        return account.cast(pl.Int64) // self.width

    def of_accounts(self, account: Ints) -> Ints:
        """Return the part of accounts."""
        return account // self.width


# Rows are UInt32: all are of one part.
ONE = Parts(1, 1 << 32)
