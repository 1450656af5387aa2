"""What is set once for a process that scores many accounts."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from importlib import import_module
from types import ModuleType
from typing import cast

import polars as pl

# Objects made before a young collection: a request makes a hundred thousand that all live until it is
# answered, and looking through them again and again triples the time to read it.
_YOUNG = 100_000
# Seconds after which a thread that holds the interpreter hands it to one that waits; Python's own are 5 ms, and each part of a body
# that comes meanwhile waits as long.
_GIVES_WAY_S = 0.001
# Bytes of an array from which glibc hands its memory back as soon as it is freed. Left to itself it raises this to 32 MB,
# and keeps some hundreds of megabytes that a large request used.
_HANDED_BACK = 4 << 20
# Number of that parameter in malloc.h.
_MMAP_THRESHOLD = -3
# What LightGBM and NetworKit import wherever it is installed, for arguments and drawings that no answer needs.
_SPARED = ("matplotlib", "networkx", "pandas", "pyarrow", "sklearn")


def import_lean() -> None:
    """Import LightGBM and NetworKit, the first time in this process, as if the optional packages that they look for were absent.

    It saves 110 MB and a second at the start. Other modules import these packages afterwards as always. NumPy, which comes with
    them, multiplies matrices in one thread, unless the environment says otherwise: the schedules of a window are small, and a
    second thread keeps a processor busy for some 25 ms after each product, waiting for another.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    absent = [name for name in _SPARED if name not in sys.modules]
    loaded = cast("dict[str, ModuleType | None]", sys.modules)
    loaded.update(dict.fromkeys(absent))  # None stands for a package that cannot be found
    try:
        for name in ("lightgbm", "networkit"):
            import_module(name)
    finally:
        for name in absent:
            del loaded[name]


def tune_process() -> None:
    """Set queries, threads, garbage collector and memory of this process for accounts as Python objects; once, when the model is loaded."""
    # Accounts are thousands of small tables in memory: the engine that is made for large files takes half as long again.
    pl.Config.set_engine_affinity("in-memory")
    # A thread that computes gives way to those that read bodies and answer small requests five times as soon.
    sys.setswitchinterval(_GIVES_WAY_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
    if sys.platform == "linux":
        # Other libraries of C than glibc have no such function.
        set_parameter = getattr(ctypes.CDLL(None), "mallopt", None)
        if set_parameter is not None:
            set_parameter(_MMAP_THRESHOLD, _HANDED_BACK)
