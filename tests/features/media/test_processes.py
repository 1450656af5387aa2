"""The death of a process costs one item."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from operator import call
from pathlib import Path

import pytest

from vigie.features.media import processes

DIES: Callable[[], int | None] = partial(os._exit, 9)


def lives(number: int) -> Callable[[], int | None]:
    return partial(abs, number)


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_order(jobs: int) -> None:
    assert list(processes.each(call, [lives(number) for number in range(30)], jobs)) == list(range(30))


def test_an_item_that_kills_its_process_has_no_result_and_the_others_have() -> None:
    items = [lives(number) for number in range(13)]
    items[10] = DIES
    assert list(processes.each(call, items, 2)) == [*range(10), None, 11, 12]


def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, time\n"
        "from functools import partial\n"
        "from operator import call\n"
        "from vigie.features.media import processes\n"
        "if __name__ == '__main__':\n"
        "    for pid in processes.each(call, [os.getpid] * 8 + [partial(time.sleep, 120)], 1):\n"
        "        print(pid, flush=True)\n"
    )
    running = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert running.stdout
    assert running.stdout.readline()
    running.kill()
    # Whoever lives holds the other end, and communicate would wait.
    running.communicate(timeout=20)


def test_nothing_to_do_is_done() -> None:
    assert list(processes.each(call, [], 2)) == []


def test_an_error_of_the_work_is_told() -> None:
    with pytest.raises(ZeroDivisionError):
        list(processes.each(call, [partial(divmod, 1, 0)], 1))
