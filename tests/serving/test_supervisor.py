"""Processes that answer on one socket are started, started again, and ended together: real ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Each process writes its id into a file named by its number, and does as its service is told.
_SERVICE = """
import os, signal, sys, time
from functools import partial
from pathlib import Path
from vigie.errors import InputError
from vigie.serving import supervisor

def work(folder, how, number, ready):
    if how == "refuse" and number:
        raise InputError("there is no model")
    if how == "stall":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (folder / str(number)).write_text(f"{os.getpid()} {os.environ['POLARS_MAX_THREADS']}")
    ready()
    if how == "die" and number:
        os._exit(7)
    while True:
        time.sleep(0.05)

if __name__ == "__main__":
    folder, how = Path(sys.argv[1]), sys.argv[2]
    supervisor._PATIENCE_S = 1.0
    try:
        supervisor.supervise(partial(work, folder, how), 2, partial(print, "ready", flush=True))
    except InputError as error:
        sys.exit(str(error))
"""

Start = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a service of two processes."""
    started: list[subprocess.Popen[str]] = []
    file = tmp_path / "service.py"
    file.write_text(_SERVICE)

    def begin(how: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(file), str(tmp_path), how]
        started.append(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603
        )
        return started[-1]

    yield begin
    for each in started:
        each.kill()
        each.communicate()


def ready(service: subprocess.Popen[str]) -> None:
    assert service.stdout is not None
    assert service.stdout.readline() == "ready\n"


def number(folder: Path, slot: int) -> int:
    return int((folder / str(slot)).read_text().split()[0])


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_one_that_dies_is_started_again_and_the_other_stays(start: Start, tmp_path: Path) -> None:
    service = start("work")
    ready(service)
    first, second = number(tmp_path, 0), number(tmp_path, 1)
    os.kill(second, signal.SIGKILL)
    until(lambda: number(tmp_path, 1) != second)
    assert number(tmp_path, 0) == first
    assert alive(first)


def test_one_that_dies_again_and_again_is_started_ever_more_rarely(start: Start) -> None:
    service = start("die")
    ready(service)
    time.sleep(4)
    service.terminate()
    said, _ = service.communicate(timeout=10)
    waits = [
        line.partition("again_in_s=")[2].split()[0] for line in said.splitlines() if "worker died" in line
    ]
    assert waits[:2] == ["\x1b[35m0.5\x1b[0m", "\x1b[35m1.0\x1b[0m"] or waits[:2] == ["0.5", "1.0"]
    assert len(waits) <= 4


@pytest.mark.parametrize("number_of_signal", [signal.SIGTERM, signal.SIGINT])
def test_all_end_with_the_service(start: Start, tmp_path: Path, number_of_signal: signal.Signals) -> None:
    service = start("work")
    ready(service)
    service.send_signal(number_of_signal)
    assert service.wait(timeout=10) == 0
    assert not any(alive(number(tmp_path, slot)) for slot in (0, 1))


def test_what_does_not_end_by_itself_is_ended(start: Start, tmp_path: Path) -> None:
    service = start("stall")
    ready(service)
    began = time.monotonic()
    service.terminate()
    assert service.wait(timeout=10) == 0
    assert time.monotonic() - began < 5
    assert not any(alive(number(tmp_path, slot)) for slot in (0, 1))


def test_processes_do_not_outlive_a_service_that_was_killed(start: Start, tmp_path: Path) -> None:
    service = start("work")
    ready(service)
    service.kill()
    until(lambda: not any(alive(number(tmp_path, slot)) for slot in (0, 1)))


def test_a_process_that_cannot_start_ends_the_start_with_its_reason(start: Start, tmp_path: Path) -> None:
    service = start("refuse")
    _, said = service.communicate(timeout=20)
    assert "there is no model" in said
    assert service.returncode == 1
    assert not alive(number(tmp_path, 0))


def test_processors_are_shared_out(start: Start, tmp_path: Path) -> None:
    service = start("work")
    ready(service)
    threads = {(tmp_path / str(slot)).read_text().split()[1] for slot in (0, 1)}
    assert threads == {str(max(1, len(os.sched_getaffinity(0)) // 2))}
