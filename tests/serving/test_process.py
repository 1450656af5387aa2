"""A process that scores many accounts looks rarely for garbage, and never through what it loaded."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator

import polars as pl
import pytest

from vigie.serving.process import tune_process


@pytest.fixture
def collector() -> Iterator[None]:
    """Leave the process of the tests as it was."""
    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    with pl.Config():
        yield
    sys.setswitchinterval(interval)
    gc.unfreeze()
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("collector")
def test_a_young_collection_comes_after_a_hundred_thousand_objects() -> None:
    tune_process()
    assert gc.get_threshold() == (100_000, 20, 20)


@pytest.mark.usefixtures("collector")
def test_threads_that_compute_give_way_after_a_millisecond() -> None:
    tune_process()
    assert sys.getswitchinterval() == pytest.approx(0.001)


@pytest.mark.usefixtures("collector")
def test_queries_are_those_of_tables_in_memory() -> None:
    tune_process()
    assert pl.Config.state()["POLARS_ENGINE_AFFINITY"] == "in-memory"


@pytest.mark.usefixtures("collector")
def test_what_is_loaded_when_the_process_is_tuned_is_not_looked_through_again() -> None:
    loaded = [[number] for number in range(1_000)]
    tune_process()
    assert gc.get_freeze_count() >= len(loaded)
    made_after = [loaded]
    watched = {id(thing) for thing in gc.get_objects()}
    assert id(made_after) in watched
    assert id(loaded) not in watched


class Circle:
    """An object that holds itself, which only the collector can free."""

    def __init__(self, freed: list[str]) -> None:
        self.freed, self.itself = freed, self

    def __del__(self) -> None:
        self.freed.append("freed")


@pytest.mark.usefixtures("collector")
def test_garbage_is_freed_before_the_rest_is_kept() -> None:
    freed: list[str] = []
    Circle(freed)
    tune_process()
    assert freed == ["freed"]


_FREED = """
import numpy as np
from pathlib import Path
from vigie.serving.process import tune_process

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4_096

tune_process()
first = np.ones(2_000_000)
del first
before = resident()
arrays = [np.ones(2_000_000) for _ in range(10)]
kept = [np.ones(1_000) for _ in range(100)]
del arrays
print((resident() - before) / 160_000_000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_of_large_arrays_is_handed_back_when_they_are_freed() -> None:
    command = [sys.executable, "-c", _FREED]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert float(done.stdout) < 0.1


_LEAN = """
import sys
from vigie.serving.process import import_lean

import_lean()
import vigie.serving.api.app
absent = ("alembic", "matplotlib", "networkx", "pandas", "pyarrow", "scipy.optimize", "scipy.stats", "sklearn")
print([name for name in absent if name in sys.modules])
import pandas
print(pandas.DataFrame({"a": [1]}).shape)
"""


def test_a_service_imports_none_of_what_no_answer_needs_and_others_may_import_it_later() -> None:
    command = [sys.executable, "-c", _LEAN]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.splitlines() == ["[]", "(1, 1)"]


_MULTIPLIED = """
from vigie.serving.process import import_lean

import_lean()
from threadpoolctl import threadpool_info
print({pool["num_threads"] for pool in threadpool_info() if pool["internal_api"] == "openblas"})
"""


@pytest.mark.parametrize(("said", "threads"), [({}, "{1}"), ({"OPENBLAS_NUM_THREADS": "2"}, "{2}")])
def test_small_matrices_are_multiplied_in_one_thread_unless_the_environment_says_otherwise(
    said: dict[str, str], threads: str
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    command = [sys.executable, "-c", _MULTIPLIED]
    told = subprocess.run(  # noqa: S603 - our own interpreter
        command, env=environment | said, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == threads
