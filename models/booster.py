"""LightGBM as this project uses it: native Boosters, loaded from text, free of pandas and scikit-learn.

Training imports lightgbm itself, before this module, and is not affected.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from vigie.features.lean import alone

if TYPE_CHECKING:
    from lightgbm import Booster


def load(text: str) -> Booster:
    """Return the Booster written in LightGBM's text format.

    Raises:
        lightgbm.basic.LightGBMError: The text is not a model.
    """
    return _library()(model_str=text)


@cache
def _library() -> type[Booster]:
    """Return LightGBM's class; imported once, since a service loads models while it imports elsewhere."""
    with alone():
        import lightgbm
    library: type[Booster] = lightgbm.Booster
    return library
