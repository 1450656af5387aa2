"""Imports without what a library would pull in beside it.

Some libraries import pandas, scikit-learn or dask where they are installed, for interfaces that vigie does not
use; a server must start fast and small, so these are hidden from that one import.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_NOT_NEEDED = (
    "pandas",
    "sklearn",
    "dask",
    "matplotlib",
    "graphviz",
    "pyarrow",
    "cffi",
    "tabulate",
    "IPython",
    "seaborn",
)


@contextmanager
def alone() -> Iterator[None]:
    """Make modules that are not imported yet look absent, for the time of one import.

    >>> with alone():
    ...     import json
    """
    absent = [name for name in _NOT_NEEDED if name not in sys.modules]
    hidden: dict[str, Any] = dict.fromkeys(absent)
    sys.modules.update(hidden)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
