"""A file or folder is at its place whole, or what was there stays; what a killed process left is swept away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vigie.features import whole_files


@pytest.fixture
def fails_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], list[str]]:
    """Return a function after which the nth call of a function of ``os`` fails, as on a full disk; its calls are listed."""

    def arrange(name: str, number: int) -> list[str]:
        real, calls = getattr(os, name), []

        def call(*given: object) -> object:
            calls.append(str(given[0]))
            if len(calls) == number:
                raise OSError(28, "No space left on device")
            return real(*given)

        monkeypatch.setattr(os, name, call)
        return calls

    return arrange


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def old_folder(place: Path) -> Path:
    place.mkdir()
    (place / "content").write_text("old")
    return place


def write(place: Path, content: str = "new") -> None:
    with whole_files.new_folder(place, replace=True) as fresh:
        (fresh / "content").write_text(content)


def test_a_folder_takes_the_place_of_another(tmp_path: Path) -> None:
    write(old_folder(tmp_path / "place"))
    assert (tmp_path / "place" / "content").read_text() == "new"
    assert names(tmp_path) == ["place"]


@pytest.mark.parametrize("number", [1, 2])
def test_the_old_folder_is_put_back_where_a_move_fails(
    tmp_path: Path, fails_at: Callable[[str, int], list[str]], number: int
) -> None:
    place = old_folder(tmp_path / "place")
    fails_at("replace", number)
    with pytest.raises(OSError, match="No space"):
        write(place)
    assert (place / "content").read_text() == "old"
    assert names(tmp_path) == ["place"]


def test_nothing_is_moved_before_it_is_on_the_disk(
    tmp_path: Path, fails_at: Callable[[str, int], list[str]]
) -> None:
    place = old_folder(tmp_path / "place")
    fails_at("fsync", 1)
    with pytest.raises(OSError, match="No space"):
        write(place)
    assert (place / "content").read_text() == "old"


def test_the_content_the_folder_and_the_one_around_it_are_brought_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(opened: int) -> None:
        synced.append(os.path.basename(os.readlink(f"/proc/self/fd/{opened}")))
        real(opened)

    monkeypatch.setattr(os, "fsync", fsync)
    write(tmp_path / "place")
    assert synced == ["content", "place", tmp_path.name]


def test_a_folder_that_holds_something_is_not_replaced_unless_that_is_said(tmp_path: Path) -> None:
    place = old_folder(tmp_path / "place")
    with pytest.raises(OSError, match="not empty"), whole_files.new_folder(place):
        pass
    assert (place / "content").read_text() == "old"


def test_a_file_is_replaced_whole_or_stays(tmp_path: Path) -> None:
    place = tmp_path / "file.txt"
    place.write_text("old")

    def fail_half_way() -> None:
        with whole_files.new_file(place) as fresh:
            fresh.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert place.read_text() == "old"
    with whole_files.new_file(place) as fresh:
        fresh.write_text("new")
    assert place.read_text() == "new"
    assert names(tmp_path) == ["file.txt"]


def test_a_file_behind_a_link_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    with whole_files.new_file(tmp_path / "link") as fresh:
        fresh.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with whole_files.new_file(tmp_path / "pipe") as fresh:
        assert fresh == tmp_path / "pipe"
    assert (tmp_path / "pipe").is_fifo()


@pytest.fixture
def killed(tmp_path: Path) -> Callable[[str], None]:
    """Return a function that runs code in a process and kills it when it has made the file ``ready``."""

    def run(code: str) -> None:
        source = f"import os, time\nfrom pathlib import Path\nfrom vigie.features import whole_files\nhere = Path({str(tmp_path)!r})\n"
        source += textwrap.dedent(code) + "\n(here / 'ready').touch()\ntime.sleep(60)\n"
        process = subprocess.Popen([sys.executable, "-c", source])  # noqa: S603
        end = time.monotonic() + 20
        while not (tmp_path / "ready").exists():
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        (tmp_path / "ready").unlink()

    return run


def test_what_a_killed_process_left_is_swept_away_and_what_lives_stays(
    tmp_path: Path, killed: Callable[[str], None]
) -> None:
    killed("work = whole_files.scratch(here)\n(work.__enter__() / 'posts').write_text('of people')")
    assert [path.name for path in tmp_path.rglob("posts")] == ["posts"]
    with whole_files.scratch(tmp_path) as alive:
        assert not list(tmp_path.rglob("posts"))
        whole_files.sweep(tmp_path)
        assert alive.is_dir()
    assert names(tmp_path) == []


def test_what_a_killed_process_had_moved_away_is_put_back(
    tmp_path: Path, killed: Callable[[str], None]
) -> None:
    old_folder(tmp_path / "place")
    killed(
        """
        real = os.replace
        def replace(old, new):
            if new == here / "place":
                (here / "ready").touch()
                time.sleep(60)
            real(old, new)
        os.replace = replace
        with whole_files.new_folder(here / "place", replace=True) as fresh:
            pass
        """
    )
    assert not (tmp_path / "place").exists()
    whole_files.sweep(tmp_path)
    assert (tmp_path / "place" / "content").read_text() == "old"
    assert names(tmp_path) == ["place"]


def test_a_hidden_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".vigie-notes").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "lock").touch()
    (tmp_path / ".vigie-link").symlink_to("elsewhere")
    whole_files.sweep(tmp_path)
    assert names(tmp_path) == [".vigie-link", ".vigie-notes", "elsewhere"]


def test_a_folder_is_locked_until_the_lock_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "for it"
    with whole_files.locked(folder), pytest.raises(BlockingIOError):
        whole_files.locked(folder)
    whole_files.locked(folder).close()
