"""What was done outlives a kill; the next run goes on from there and writes the same bytes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import DatasetNotFoundError, InputError
from vigie.features.ingest import dataset
from vigie.features.ingest.parsing import Batch
from vigie.features.ingest.reader import Log
from vigie.serving.batch import inputs, unfinished
from vigie.training.synthetic.accounts import generate

COLUMNS: dict[str, pl.DataType] = {"account_id": pl.String()}
NEVER = -1
# A command on parts of few posts, which a kill ends when that many results are kept.
KILLED = """
import os, signal, sys
from vigie.cli import app
from vigie.features import whole_files
from vigie.serving.batch import inputs
most, *command = sys.argv[1:]
inputs._MOST_POSTS, inputs._MOST_SCANS = 200, 2
put = whole_files.put
def counted(fresh, place, **options):
    put(fresh, place, **options)
    if len(list(place.parent.glob("0*.parquet"))) == int(most):
        os.kill(os.getpid(), signal.SIGKILL)
whole_files.put = counted
app(command)
"""


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of 24 accounts."""
    world = generate(ordinary=12, inauthentic=12, seed=4, posts_per_account=60)
    place = tmp_path_factory.mktemp("stored") / "d"
    read = Log().read(world.accounts, world.posts, world.labels)
    dataset.write(read, place, name="d", form="invented", now=datetime(2026, 1, 1, tzinfo=UTC))
    return place


@pytest.fixture(autouse=True)
def _few_accounts_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_MOST_ACCOUNTS", 5)


class Measure:
    """Notes what it was asked to measure; fails where it is told to."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.sizes: list[int] = []
        self.fail_at = fail_at

    def __call__(self, batch: Batch) -> pl.DataFrame:
        if len(self.sizes) == self.fail_at:
            raise RuntimeError
        self.sizes.append(batch.size)
        return batch.accounts.select("account_id")


def ids(path: Path, out: Path, measure: Measure, key: str = "k") -> list[str]:
    with unfinished.opened(path, out, [key]) as given:
        return pl.concat(rows for rows, _ in given.measured(measure, COLUMNS))["account_id"].to_list()


def lines(path: Path, count: int) -> Path:
    account = {"platform": "x", "observed_at": "2024-05-16T12:00:00Z"}
    path.write_text("".join(json.dumps(account | {"account_id": f"{n}"}) + "\n" for n in range(count)))
    return path


@pytest.mark.parametrize("form", ["dataset", "lines"])
def test_a_run_goes_on_where_the_last_one_failed(stored: Path, tmp_path: Path, form: str) -> None:
    path = stored if form == "dataset" else lines(tmp_path / "a.jsonl", 24)
    out, whole = tmp_path / "o", Measure()
    expected = ids(path, out, whole)
    with pytest.raises(RuntimeError):
        ids(path, out, Measure(fail_at=2))
    rest = Measure()
    assert ids(path, out, rest) == expected
    assert [*whole.sizes[:2], *rest.sizes] == whole.sizes == [5, 5, 5, 5, 4]


def test_an_earlier_run_is_counted_apart_from_what_is_left(tmp_path: Path) -> None:
    path, out = lines(tmp_path / "a.jsonl", 12), tmp_path / "o"
    with pytest.raises(RuntimeError):
        ids(path, out, Measure(fail_at=1))
    with unfinished.opened(path, out, ["k"]) as given:
        shares = [share for _, share in given.measured(Measure(), COLUMNS)]
        assert shares[:2] == [0, 0]
        assert 0 < given.done < given.done + sum(shares) == given.total


@pytest.mark.parametrize("changed", ["key", "input"])
def test_results_of_another_key_or_input_are_not_gone_on_with(tmp_path: Path, changed: str) -> None:
    path, out = lines(tmp_path / "a.jsonl", 12), tmp_path / "o"
    with pytest.raises(RuntimeError):
        ids(path, out, Measure(fail_at=2))
    if changed == "input":
        lines(path, 13)
    every = Measure()
    ids(path, out, every, key="other" if changed == "key" else "k")
    assert sum(every.sizes) == (13 if changed == "input" else 12)


def test_the_clock_of_the_first_run_judges_what_is_in_the_future(tmp_path: Path) -> None:
    path, out = lines(tmp_path / "a.jsonl", 12), tmp_path / "o"
    with pytest.raises(RuntimeError):
        ids(path, out, Measure(fail_at=1))
    journal = tmp_path / ".o.unfinished" / "journal.json"
    noted = json.loads(journal.read_text())
    # Before these accounts were observed.
    journal.write_text(json.dumps(noted | {"began_at": "2020-01-01T00:00:00+00:00"}))
    assert ids(path, out, Measure()) == ["0", "1", "2", "3", "4"]


def test_nothing_stays_once_a_run_is_done_or_failed_before_its_first_result(tmp_path: Path) -> None:
    path, out = lines(tmp_path / "a.jsonl", 3), tmp_path / "o"
    ids(path, out, Measure())
    with pytest.raises(RuntimeError):
        ids(path, out, Measure(fail_at=0))
    with pytest.raises(DatasetNotFoundError):
        ids(tmp_path / "absent.jsonl", out, Measure())
    assert [file.name for file in tmp_path.iterdir()] == ["a.jsonl"]


def test_two_runs_for_one_file_do_not_mix(tmp_path: Path) -> None:
    path, out = lines(tmp_path / "a.jsonl", 3), tmp_path / "o"
    with unfinished.opened(path, out, ["k"]), pytest.raises(InputError, match="another run writes"):
        ids(path, out, Measure())
    assert ids(path, out, Measure()) == ["0", "1", "2"]


@pytest.mark.parametrize("command", ["features", "score"])
def test_a_command_killed_in_the_middle_writes_the_same_bytes_when_run_again(
    stored: Path, tmp_path: Path, command: str
) -> None:
    def run(out: Path, most: int) -> subprocess.CompletedProcess[str]:
        options = {"features": [], "score": ["--target", "inauthentic"]}[command]
        arguments = [str(most), command, str(stored), "--out", str(out), *options]
        return subprocess.run(  # noqa: S603
            [sys.executable, "-c", KILLED, *arguments], capture_output=True, text=True, check=False
        )

    whole, broken = tmp_path / "whole.csv", tmp_path / "broken.csv"
    assert run(whole, NEVER).returncode == 0
    assert run(broken, 3).returncode == -signal.SIGKILL
    assert not broken.exists()
    again = run(broken, NEVER)
    assert again.returncode == 0, again.stderr
    assert "An earlier run did" in again.stderr
    assert broken.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.csv", "whole.csv"]
