"""LightGBM as this project uses it: native Boosters, loaded from text, free of pandas and scikit-learn.

``import lightgbm`` imports pandas, scikit-learn and dask where they are installed, for interfaces we do
not use; a server must start fast and small, so they are hidden from that one import. Training imports
lightgbm itself, before this module, and is not affected.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lightgbm import Booster

_NOT_NEEDED = ("pandas", "sklearn", "dask", "matplotlib", "graphviz", "pyarrow", "cffi")


@contextmanager
def _hidden(names: tuple[str, ...]) -> Iterator[None]:
    """Make modules that are not imported yet look absent, for the time of one import."""
    absent = [name for name in names if name not in sys.modules]
    hidden: dict[str, Any] = dict.fromkeys(absent)
    sys.modules.update(hidden)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def load(text: str) -> Booster:
    """Return the Booster written in LightGBM's text format.

    Raises:
        lightgbm.basic.LightGBMError: The text is not a model.
    """
    with _hidden(_NOT_NEEDED):
        from lightgbm import Booster
    return Booster(model_str=text)
