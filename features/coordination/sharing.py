"""The objects that both accounts of a pair acted on, at any time: where they could have met.

In blocks, as the objects of many pairs are more than fit; kept where they are few enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from vigie.features.coordination.pairs import Actions
from vigie.features.similarity import medoid_clustering

# Objects of one account looked up among those of another at once, and kept for the next who asks: they bound
# memory at some tens and some hundreds of megabytes. What is not kept is looked up again.
_BLOCK = 1_000_000
_KEPT = 30_000_000


@dataclass(frozen=True)
class Shared:
    """Objects that both accounts of some pairs acted on.

    Attributes:
        place: Place of the pair, ascending.
        object: Row of the object, ascending for each pair.
    """

    place: NDArray[np.int32]
    object: NDArray[np.int32]


class Sharing:
    """The objects that both accounts of pairs acted on, all those of a pair in one block."""

    def __init__(self, found: Actions, pairs: pl.DataFrame) -> None:
        self._found = found
        # Actions by account, then by object: a counting sort, as the actions are sorted by object already.
        acted = csr_matrix(
            (np.arange(len(found.account)), (found.account, found.object)), shape=(found.width, found.objects)
        )
        self._starts, self._action = acted.indptr.astype(np.int64), acted.data
        first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
        active = np.diff(self._starts)
        # The objects of the less active of two are looked up among those of the other.
        swapped = active[first] > active[second]
        self._less, self._more = np.where(swapped, second, first), np.where(swapped, first, second)
        self._kept = list(self._found_anew()) if active[self._less].sum() <= _KEPT else None

    def __iter__(self) -> Iterator[Shared]:
        return iter(self._kept) if self._kept is not None else self._found_anew()

    def _found_anew(self) -> Iterator[Shared]:
        found = self._found
        key = found.account[self._action] * found.objects + found.object[self._action]
        starts = self._starts
        for place, position in medoid_clustering.spans(starts[self._less], starts[self._less + 1], _BLOCK):
            thing = found.object[self._action[position]]
            wanted = self._more[place] * found.objects + thing
            where = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
            both = np.flatnonzero(key[where] == wanted)
            yield Shared(place[both].astype(np.int32), thing[both].astype(np.int32))
