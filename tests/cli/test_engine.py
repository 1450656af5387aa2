"""Commands give the same files whichever engine works, and say which options an engine needs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from vigie.cli import app
from vigie.features.cluster import by_object
from vigie.features.ingest import dataset, runs
from vigie.features.ingest.reader import Log
from vigie.training.synthetic.accounts import generate

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = generate(ordinary=40, inauthentic=40, seed=4, posts_per_account=40)
    place = tmp_path_factory.mktemp("stored") / "d"
    # One author is known by the posts alone.
    read = Log().read(world.accounts.tail(-1), world.posts, world.labels)
    dataset.write(read, place, name="d", form="invented", now=NOW)
    return place


def test_scores_are_the_same_bytes_on_both_engines(remote: str, folder: Path, tmp_path: Path) -> None:
    run("score", folder, "--out", tmp_path / "here.jsonl", "--top-reasons", 2)
    run(
        "score",
        folder,
        "--out",
        tmp_path / "there.jsonl",
        "--top-reasons",
        2,
        "--engine",
        "spark",
        "--remote",
        remote,
    )
    assert (tmp_path / "here.jsonl").read_bytes() == (tmp_path / "there.jsonl").read_bytes()


def test_features_are_the_same_bytes_on_both_engines(remote: str, folder: Path, tmp_path: Path) -> None:
    run("features", folder, "--out", tmp_path / "here.csv")
    run("features", folder, "--out", tmp_path / "there.csv", "--engine", "spark", "--remote", remote)
    assert (tmp_path / "here.csv").read_bytes() == (tmp_path / "there.csv").read_bytes()


def test_a_network_has_the_same_pairs_groups_and_campaigns_on_both_engines(
    remote: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_object, "WORK", 100)
    run("network", folder, "--out", tmp_path / "here")
    run("network", folder, "--out", tmp_path / "there", "--engine", "spark", "--remote", remote)
    for name in ("groups.json", "campaigns.json", "ungrouped.json", "network.graphml"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes(), name
    for name in ("pairs", "evidence", "activity", "events", "groups"):
        here, there = (pl.read_parquet(tmp_path / side / f"{name}.parquet") for side in ("here", "there"))
        # Names are joined in no order that is promised.
        assert here.sort(here.columns).equals(there.sort(there.columns)), name
    assert pl.read_parquet(tmp_path / "there" / "pairs.parquet").height > 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["data", "--engine", "flink"], "--engine is flink"),
        (["data", "--engine", "spark"], "--engine spark needs --remote"),
        (["data", "--remote", "sc://spark.example"], "--remote goes with --engine spark"),
        (["s3://lake/march"], "s3://lake/march is not on this machine"),
    ],
)
@pytest.mark.parametrize("command", ["features", "score", "network"])
def test_options_on_engines_that_do_not_go_together_say_what_to_do(
    command: str, options: list[str], said: str, tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, [command, *options, "--out", str(tmp_path / "out.parquet")])
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


@pytest.mark.parametrize("command", ["score", "network"])
def test_a_memory_of_campaigns_does_not_go_to_an_engine(command: str, tmp_path: Path) -> None:
    options = ["--known", "memory.json", "--engine", "spark", "--remote", "sc://spark.example"]
    done = CliRunner().invoke(app, [command, "data", "--out", str(tmp_path / "out.parquet"), *options])
    assert done.exit_code == 2
    assert "--known" in done.output


def test_files_are_imported_as_the_same_bytes_on_both_engines(
    remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A slow start would put rows on disk early, which orders them otherwise.
    monkeypatch.setattr(runs, "_MOST_SECONDS", 3_600.0)
    for day in (1, 2, 3):
        head, row = "platform,account_id,post_id,created_at\n", f"x,a,p{day},2025-03-0{day}T10:00:00Z\n"
        (tmp_path / f"{day}.csv").write_text(head + row)
    files = sorted(tmp_path.glob("*.csv"))
    run("import", "generic", *files, "--out", tmp_path / "here")
    run("import", "generic", *files, "--out", tmp_path / "there", "--engine", "spark", "--remote", remote)
    for name in ("accounts.parquet", "posts.parquet"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()
