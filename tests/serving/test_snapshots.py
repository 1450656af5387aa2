"""Processes tell of each other's counts by files, and go on from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from vigie.errors import InputError
from vigie.serving.snapshots import Place, Snapshots, owned


class Tally:
    """A number that is counted."""

    def __init__(self) -> None:
        self.own, self.others = 0, 0

    def snapshot(self) -> dict[str, Any]:
        return {"count": self.own}

    def restore(self, earlier: dict[str, Any]) -> None:
        self.own += earlier["count"]

    def gather(self, others: Sequence[dict[str, Any]]) -> None:
        self.others = sum(each["count"] for each in others)

    @property
    def told(self) -> int:
        return self.own + self.others


Start = Callable[..., tuple[Tally, Snapshots]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Return a function that starts a process of so many."""

    def begin(slot: int, slots: int = 2) -> tuple[Tally, Snapshots]:
        tally = Tally()
        snapshots = Snapshots(Place(tmp_path, slot, slots), {"tally": tally})
        snapshots.restore()
        return tally, snapshots

    return begin


def test_each_process_tells_of_all(start: Start) -> None:
    (one, first), (other, second) = start(0), start(1)
    one.own, other.own = 3, 4
    for each in (first, second, first):
        each.exchange()
    assert (one.told, other.told) == (7, 7)


def test_a_process_that_starts_again_goes_on_and_loses_nothing_of_the_others(start: Start) -> None:
    (one, first), (other, second) = start(0), start(1)
    one.own, other.own = 3, 4
    first.exchange()
    second.exchange()
    again, _ = start(1)
    assert again.told == 7


def test_counts_of_processes_no_longer_started_are_taken_once(start: Start, tmp_path: Path) -> None:
    for slot in range(3):
        tally, snapshots = start(slot, 3)
        tally.own = 10**slot
        snapshots.write()
    assert start(0, 1)[0].told == 111
    assert start(0, 1)[0].told == 111
    assert [file.name for file in tmp_path.glob("counts-*")] == ["counts-0.json"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"format": 99}', b'{"format": 1, "tally": {"x": 1}}']
)
def test_a_file_that_cannot_be_read_stops_nothing(start: Start, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "counts-0.json").write_bytes(content)
    (tmp_path / "counts-1.json").write_bytes(content)
    tally, snapshots = start(0)
    tally.own = 2
    snapshots.exchange()
    assert tally.told == 2
    assert start(0, 1)[0].told == 2


def test_a_folder_that_cannot_be_written_to_stops_nothing(start: Start, tmp_path: Path) -> None:
    tally, snapshots = start(0)
    (tmp_path / "counts-0.new").mkdir()
    tally.own = 2
    snapshots.exchange()
    (tmp_path / "counts-0.new").rmdir()
    snapshots.exchange()
    assert start(0)[0].told == 2


def test_files_are_for_their_owner_alone(start: Start, tmp_path: Path) -> None:
    start(0)
    assert (tmp_path / "counts-0.json").stat().st_mode & 0o777 == 0o600


def test_a_folder_is_one_services(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with owned(folder), pytest.raises(InputError, match="another service"), owned(folder):
        pass
    with owned(folder):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="--state"), owned(tmp_path / "file" / "state"):
        pass
