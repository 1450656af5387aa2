"""``vigie windows`` hides known campaigns among other people and says what it made and what comes next."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from vigie.cli import app
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import corpus


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["windows", *map(str, arguments)])


def write(folder: Path, name: str, seed: int, campaigns: list[Campaign], *, labelled: bool = True) -> Path:
    """Write three days of some people and campaigns as a dataset directory."""
    made = corpus(organic=45, days=3, seed=seed, campaigns=campaigns)
    named = made.labels.with_columns(source=pl.lit(name), campaign=pl.when("value").then("kind"))
    labels = named if labelled else named.clear()
    read = Log().read(made.accounts, made.posts, labels)
    dataset.write(read, folder / name, name=name, form="generic", now=datetime(2024, 6, 1, tzinfo=UTC))
    return folder / name


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return an operation among its own people, and people without labels."""
    root = tmp_path_factory.mktemp("windows")
    return [
        write(root, "operation", 1, [Campaign("mutual_repost", accounts=14, start_day=0)]),
        write(root, "strangers", 2, [], labelled=False),
    ]


def test_it_writes_windows_and_says_how_many_and_what_comes_next(folders: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "made" / "windows.parquet"
    done = run(*folders, "--unlabelled", "strangers", "--cohorts", "3, 10", "--most", "30", "--out", out)
    assert done.exit_code == 0, done.output
    table = pl.read_parquet(out)
    assert set(table["public"]) == {"operation", "strangers"}
    sizes = table.filter(pl.col("scenario").str.ends_with("/k10")).group_by("scenario").len()["len"]
    assert sizes.is_between(11, 40).all()
    windows = table["scenario"].n_unique()
    assert (
        f"{windows} windows of 1 campaign among the people of operation, strangers, in {out}." in done.output
    )
    data = " ".join(f"--data {folder}" for folder in folders)
    assert f"Next: vigie train coordinated {data} --pools {out} --out my-coordinated" in done.output
    assert "must name strangers under [unlabelled] too" in done.output


def test_what_is_apart_stays_among_its_own(folders: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "windows.parquet"
    done = run(*folders, "--unlabelled", "strangers", "--apart", "operation", "--out", out)
    assert done.exit_code == 0, done.output
    assert pl.read_parquet(out)["public"].unique().to_list() == ["operation"]


def test_the_next_command_exists_as_it_is_printed() -> None:
    helped = CliRunner().invoke(app, ["train", "--help"], terminal_width=200)
    assert {"--data", "--pools", "--out"} <= set(helped.output.replace("│", " ").split())


def test_an_existing_file_is_never_written_over(folders: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "windows.parquet"
    out.write_text("mine")
    done = run(*folders, "--out", out)
    assert done.exit_code == 2
    assert "exists; name a file that does not" in done.output
    assert out.read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--cohorts", "3,many"], "--cohorts is 3,many; give numbers of accounts"),
        (["--cohorts", "1"], "two at least each"),
        (["--unlabelled", "stranger"], "Did you mean strangers?"),
        (["--cohorts", "40"], "no window of 72 hours has 40 accounts of a campaign"),
    ],
)
def test_what_cannot_be_done_says_why_and_writes_nothing(
    folders: list[Path], tmp_path: Path, options: list[str], said: str
) -> None:
    out = tmp_path / "windows.parquet"
    done = run(*folders, *options, "--out", out)
    assert done.exit_code == 2
    assert said in done.output
    assert not out.exists()
