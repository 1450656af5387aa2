"""LightGBM as this project uses it: native Boosters, loaded from text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lightgbm import Booster


def load(text: str) -> Booster:
    """Return the Booster written in LightGBM's text format.

    Raises:
        lightgbm.basic.LightGBMError: The text is not a model.
    """
    # Takes a second: a command that loads no model does not pay for it.
    from lightgbm import Booster

    return Booster(model_str=text)
