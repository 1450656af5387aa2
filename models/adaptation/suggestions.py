"""Which accounts of a collection to label next.

Half of them come from the tenth with the highest scores, where the inauthentic ones are if they are rare; half from the rest.
Each half is spread over its scores: one account at random in each stretch of equal size, stretches that hold a label last.
Accounts whose score is nearest the middle were tried too: they adapt a model about as well, and what is measured on them does
not hold for the collection (``benchmarks/adaptation.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vigie.features.i18n import Message, message
from vigie.models.calibration import Floats

_TOP = 0.1
_SEED = 7


@dataclass(frozen=True)
class Suggestion:
    """An account to label.

    Attributes:
        place: Of the account in the collection.
        among: Accounts of like score that it was drawn from.
        labelled: How many of these are labelled.
        from_top: Whether it is of the tenth with the highest scores.
    """

    place: int
    among: int
    labelled: int
    from_top: bool

    @property
    def why(self) -> Message:
        """Return why it is suggested."""
        key = "training.suggested_top" if self.from_top else "training.suggested_rest"
        return message(
            key, count=self.among, labelled=message("training.suggested_labelled", count=self.labelled)
        )


def suggest(
    log_odds: Floats, labelled: NDArray[np.bool_], number: int, seed: int = _SEED
) -> list[Suggestion]:
    """Return accounts to label next, none of them labelled, the highest scores first; fewer where there are not as many.

    Args:
        log_odds: Of all accounts of the collection, shape (accounts,).
        labelled: Whether each is labelled already.
        number: How many are wanted.
        seed: Of the draws.
    """
    random = np.random.default_rng(seed)
    order = np.argsort(-log_odds, kind="stable")
    top, rest = np.split(order, [int(np.ceil(_TOP * len(order)))])
    free_in_top, free_in_rest = (int((~labelled[half]).sum()) for half in (top, rest))
    from_top = min(free_in_top, max(-(-number // 2), number - free_in_rest))
    return [
        *_spread(top, labelled, from_top, True, random),
        *_spread(rest, labelled, min(free_in_rest, number - from_top), False, random),
    ]


def _spread(
    order: NDArray[np.int64],
    labelled: NDArray[np.bool_],
    number: int,
    from_top: bool,
    random: np.random.Generator,
) -> list[Suggestion]:
    """Return one account at random from each of as many stretches, those with fewest labels first."""
    # As many stretches as there will be labels, so that one falls into each.
    stretches = np.array_split(order, min(number + int(labelled[order].sum()), len(order)) or 1)
    free = [stretch for stretch in stretches if not labelled[stretch].all()]
    chosen = sorted(range(len(free)), key=lambda place: (labelled[free[place]].sum(), random.random()))[
        :number
    ]
    return [
        Suggestion(
            int(random.choice(free[place][~labelled[free[place]]])),
            len(free[place]),
            int(labelled[free[place]].sum()),
            from_top,
        )
        for place in sorted(chosen)
    ]
