"""What installed packages add by entry point is used; one that cannot be loaded is named."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import vigie
from vigie.features.coordination import traces
from vigie.features.ingest import dataset as datasets
from vigie.features.ingest.reader import Log
from vigie.models.engine import Models, ScoringEngine, ScoringResult
from vigie.training.synthetic.accounts import generate
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import corpus

# A trace that vigie does not have.
TRACE = '''
import polars as pl

from vigie.features.coordination.traces import HOUR, MINUTE, trace


@trace((MINUTE, HOUR), least=2)
def same_length(posts):
    """Posts of the same number of characters."""
    return posts.select("account", "time", "post", object=pl.col("text").str.len_chars(),
                        author=pl.lit(None, pl.Int64))
'''


def package(folder: Path, name: str, code: str) -> Path:
    """Make a folder that Python takes for an installed package which adds a trace; return the folder."""
    folder.mkdir()
    (folder / f"{name}.py").write_text(code)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[vigie.traces]\n{name} = {name}\n")
    return folder


def run(installed: Path | None, *arguments: object) -> subprocess.CompletedProcess[str]:
    source = Path(vigie.__file__).parents[1]
    path = os.pathsep.join(str(folder) for folder in (source, installed) if folder)
    command = [sys.executable, "-m", "vigie", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": path, "COLUMNS": "200"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset directory of a few accounts."""
    world = generate(ordinary=30, inauthentic=0, seed=4, posts_per_account=20)
    out = tmp_path_factory.mktemp("data") / "d"
    read = Log().read(world.accounts, world.posts, world.labels)
    datasets.write(read, out, name="d", form="synthetic", now=datetime(2026, 1, 1, tzinfo=UTC))
    return out


def test_a_trace_of_another_package_is_looked_at(dataset: Path, tmp_path: Path) -> None:
    installed = package(tmp_path / "installed", "emphasis", TRACE)
    done = run(installed, "network", dataset, "--out", tmp_path / "network")
    assert done.returncode == 0, done.stderr
    assert "same_length" in set(pl.read_parquet(tmp_path / "network" / "events.parquet")["trace"])


def test_a_trace_of_another_package_changes_no_score(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    made = corpus(organic=40, campaigns=[Campaign("mutual_repost", accounts=8, start_day=0)], days=3, seed=2)
    accounts = made.accounts.with_row_index("row")
    keys = ["platform", "account_id"]
    posts = made.posts.join(accounts.select("row", *keys), on=keys).drop(keys)
    engine = ScoringEngine(models)

    def scored() -> ScoringResult:
        return engine.score(accounts, posts, ["coordinated"])

    def log_odds(result: ScoringResult) -> list[float]:
        assert result.coordination is not None
        return list(result.coordination.scores.log_odds(result.rows))

    before = log_odds(scored())
    monkeypatch.setitem(traces.TRACES, "hourly", traces.Trace("hourly", (traces.HOUR,), 2, hourly))
    after = scored()
    assert after.coordination is not None
    assert after.coordination.comparison is not None
    assert "hourly" in set(after.coordination.comparison.network.events["trace"])
    assert log_odds(after) == pytest.approx(before, nan_ok=True)
    assert np.isfinite(before).sum() > 20


def hourly(posts: pl.DataFrame) -> pl.DataFrame:
    """Return that accounts posted in one hour, a trace that everybody shares."""
    hour = (pl.col("time") // traces.HOUR).cast(pl.String)
    return posts.select("account", "time", "post", object=hour, author=pl.lit(None, pl.Int64))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import nothing_of_the_kind", "ModuleNotFoundError"),
        (TRACE.replace("same_length", "co_url"), "co_url is registered already"),
    ],
)
def test_a_package_that_cannot_be_loaded_is_named_with_what_to_do(
    dataset: Path, tmp_path: Path, code: str, reason: str
) -> None:
    installed = package(tmp_path / "installed", "emphasis", code)
    done = run(installed, "network", dataset, "--out", tmp_path / "network")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    said = " ".join(done.stderr.split())
    assert "of emphasis cannot be loaded as one of vigie.traces" in said
    assert reason in said
    assert "uninstall that package" in said
    assert not (tmp_path / "network").exists()
