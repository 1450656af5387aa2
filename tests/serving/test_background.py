"""Work in the background goes on whatever fails, and ends when it is told to."""

from __future__ import annotations

import threading
from time import monotonic

import pytest
from structlog.testing import capture_logs

from vigie.errors import StoreError
from vigie.serving.background import StoppedError, logged, repeated


def test_turns_are_taken_again_and_again_until_the_body_ends() -> None:
    turns, enough, stop = [], threading.Event(), threading.Event()

    def turn() -> None:
        turns.append(threading.current_thread().name)
        if len(turns) == 3:
            enough.set()

    with repeated("work", 0.01, turn, stop):
        assert enough.wait(10)
    taken = len(turns)
    assert stop.is_set()
    assert set(turns) == {"work"}
    assert len(turns) == taken


def test_work_that_stops_amid_a_turn_ends_the_thread() -> None:
    begun, stop = threading.Event(), threading.Event()

    def turn() -> None:
        begun.set()
        stop.wait(10)
        raise StoppedError

    with repeated("work", 0.01, turn, stop):
        assert begun.wait(10)
        start = monotonic()
    assert monotonic() - start < 5


def test_what_fails_is_logged_without_what_it_may_repeat_of_persons() -> None:
    with capture_logs() as lines:
        with logged("not done", operation="op_1"):
            raise StoreError("the store is full")
        with logged("not done"):
            raise ValueError("@somebody")
    assert [(line["log_level"], line["event"], line["error"]) for line in lines] == [
        ("warning", "not done", "StoreError"), ("error", "not done", "ValueError"),
    ]  # fmt: skip
    assert lines[0]["operation"] == "op_1"
    assert "somebody" not in str(lines)


def test_being_told_to_stop_is_no_failure() -> None:
    with pytest.raises(StoppedError), logged("not done"):
        raise StoppedError
