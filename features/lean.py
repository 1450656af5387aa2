"""Imports without what a library would pull in beside it.

Some libraries import pandas, scikit-learn or dask where they are installed, for interfaces that vigie does not
use, and SciPy every module of NumPy; a server must start fast and small, so these are hidden from that one import.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

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
# Modules that NumPy imports when they are first asked for; SciPy asks for all, to offer them under another name.
_NOT_NEEDED_OF_NUMPY = ("f2py", "testing")


@contextmanager
def alone() -> Iterator[None]:
    """Make modules that are not imported yet look absent, for the time of one import.

    >>> with alone():
    ...     import json
    """
    absent = [name for name in _NOT_NEEDED if name not in sys.modules]
    hidden: dict[str, Any] = dict.fromkeys(absent)
    sys.modules.update(hidden)
    waiting = [name for name in _NOT_NEEDED_OF_NUMPY if name not in vars(np)]
    for name in waiting:
        setattr(np, name, ModuleType(f"numpy.{name}"))
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
        for name in waiting:
            delattr(np, name)
