"""Every module of the package can be imported first: no two wait for each other."""

from __future__ import annotations

import subprocess
import sys

# Each module in a process of its own, forked from one that holds other libraries alone, so that it takes milliseconds.
FIRST = """
import importlib, os, pkgutil, sys
import numpy, polars, pydantic, scipy.sparse, scipy.special
import vigie

failed = []
for room in ROOMS:
    package = f"vigie.{room}"
    for module in pkgutil.walk_packages([f"{vigie.__path__[0]}/{room}"], f"{package}.", onerror=lambda _: None):
        child = os.fork()
        if not child:
            try:
                importlib.import_module(module.name)
            except ModuleNotFoundError:
                pass  # A library of an extra that is not installed.
            except BaseException as error:
                print(module.name, repr(error)[:200], flush=True)
                os._exit(1)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            failed.append(module.name)
sys.exit(bool(failed))
"""


def test_every_module_that_measures_or_scores_can_be_imported_first() -> None:
    script = f"ROOMS = ('features', 'models')\n{FIRST}"
    done = subprocess.run(  # noqa: S603 - own script
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
