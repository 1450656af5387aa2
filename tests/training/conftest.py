"""Synthetic data sets, and one small training of each target that the tests of its steps share."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.training import config
from vigie.training.data import corpus as data
from vigie.training.data import truncated_views
from vigie.training.fitting import booster, leave_source_out
from vigie.training.pipelines import run
from vigie.training.pipelines.coordinated import CoordinatedTask
from vigie.training.pipelines.inauthentic import InauthenticTask, SourceEvaluation
from vigie.training.pipelines.task import TrainingInputs
from vigie.training.result import TrainingResult
from vigie.training.synthetic.accounts import OBSERVED_AT, World, generate
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import SyntheticCorpus, corpus

HOURS, DAYS = 72, 12
CAMPAIGNS = ("mutual_repost", "reply_seeding", "one_author_boost")


@dataclass(frozen=True)
class Cut:
    """Corpora of one campaign each, on disk, and the windows of three days that they are cut into.

    Attributes:
        folders: Dataset directories.
        table: The file of windows.
        path: Where it is.
    """

    folders: list[Path]
    table: pl.DataFrame
    path: Path


@pytest.fixture(scope="session")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Cut:
    root = tmp_path_factory.mktemp("windows")
    folders, parts = [], []
    for seed, kind in enumerate(CAMPAIGNS, 1):
        made = corpus(organic=70, days=DAYS, seed=seed, campaigns=[Campaign(kind, accounts=16, start_day=0)])
        name = f"people-{seed}"
        # Campaigns are named by their kind, people by their corpus.
        campaign = pl.when("value").then("kind").otherwise(pl.lit(name))
        labels = made.labels.with_columns(source=pl.lit(name), campaign=campaign)
        folders.append(_write(made.accounts, made.posts, labels, root / name, name))
        parts += [_window(made, f"{kind}-{back}", back) for back in range(0, DAYS, HOURS // 24)]
    table = pl.concat(parts)
    table.write_parquet(root / "windows.parquet")
    return Cut(folders, table, root / "windows.parquet")


def _window(made: SyntheticCorpus, name: str, back: int) -> pl.DataFrame:
    """Return a window of everybody that ends so many days before the corpus does."""
    return made.accounts.select(
        scenario=pl.lit(name),
        start=pl.lit(OBSERVED_AT - timedelta(days=back, hours=HOURS)),
        hours=pl.lit(HOURS),
        account="account_id",
        shift_minutes=pl.lit(0),
    )


def _write(
    accounts: pl.DataFrame, posts: pl.DataFrame, labels: pl.DataFrame, folder: Path, name: str
) -> Path:
    """Write tables as a dataset directory of a name."""
    read = Log().read(accounts, posts, labels)
    dataset.write(read, folder, name=name, form="generic", now=datetime(2024, 6, 1, tzinfo=UTC))
    return folder


@pytest.fixture(scope="session")
def write_dataset() -> Callable[..., Path]:
    """Return a function that writes a synthetic world as a dataset directory."""

    def write(world: World, folder: Path, name: str, labels: pl.DataFrame | None = None) -> Path:
        named = world.labels.with_columns(source=pl.lit(name)) if labels is None else labels
        return _write(world.accounts, world.posts, named, folder / re.sub(r"\W", "-", name), name)

    return write


@pytest.fixture(scope="session")
def settings() -> config.Config:
    return config.parse(
        {
            "size": {"leaves": [2, 4], "trees": [20, 40]},
            "booster": {"min_data_in_leaf": 10, "learning_rate": 0.1},
            "parts": {"profile": {"floor": 0.5}, "posts": {"floor": 0.4}},
            "views": {"truncations": [20, 40], "windows": 2},
            "bootstrap_draws": 50,
        }
    )


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory, write_dataset: Callable[..., Path]) -> list[Path]:
    """Return three data sources, each its own dataset directory."""
    root = tmp_path_factory.mktemp("data")
    return [
        write_dataset(
            generate(ordinary=120, inauthentic=120, seed=seed, posts_per_account=60), root, f"invented-{seed}"
        )
        for seed in (1, 2, 3)
    ]


@contextmanager
def _tracking(folder: Path) -> Iterator[None]:
    """Track runs in a folder: MLflow keeps artifacts beside the working folder, and has warnings of its own."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.chdir(folder)
        yield


@dataclass(frozen=True)
class Fitted:
    """The sources as rows, and each part fitted with and without each of them."""

    corpus: data.Corpus
    rows: pl.DataFrame
    fits: dict[str, leave_source_out.CrossFit]


@pytest.fixture(scope="session")
def fitted(folders: list[Path], settings: config.Config) -> Fitted:
    corpus = data.load(folders, settings)
    rows = truncated_views.rows(corpus, settings.views)
    fits = {
        part: leave_source_out.crossfit(booster.table_of(part, rows, settings), settings, 4, 40, lambda: None)
        for part in settings.parts
    }
    return Fitted(corpus, rows, fits)


@pytest.fixture(scope="session")
def inauthentic_run(
    folders: list[Path], settings: config.Config, tmp_path_factory: pytest.TempPathFactory
) -> tuple[TrainingResult[SourceEvaluation], str]:
    """Return a whole training of the target inauthentic, and its MLflow store."""
    root = tmp_path_factory.mktemp("mlflow")
    uri = f"sqlite:///{root}/mlflow.db"
    with _tracking(root):
        made = run.train(
            InauthenticTask(), settings, TrainingInputs(folders), root / "out", uri=uri, say=lambda step: None
        )
    return made, uri


@dataclass(frozen=True)
class CoordinatedRun:
    """A whole training of the target coordinated.

    Attributes:
        settings: Its configuration.
        result: What it returned.
        uri: Its MLflow store.
        steps: The steps that it named.
    """

    settings: config.Config
    result: TrainingResult[Any]
    uri: str
    steps: list[str]


@pytest.fixture(scope="session")
def coordinated_run(cut: Cut, tmp_path_factory: pytest.TempPathFactory) -> CoordinatedRun:
    settings = config.parse(
        {
            "target": "coordinated",
            "name": "vigie-coordinated",
            "assumed_prevalence": 0.01,
            "size": {"leaves": [4], "trees": [12]},
            "booster": {"min_data_in_leaf": 10, "learning_rate": 0.2},
            "parts": {"pool": {"floor": 0.2, "exclude": ["coordination_lead_share"]}},
            "floors": {"acts": 5, "posts": 5},
        }
    )
    root = tmp_path_factory.mktemp("mlflow")
    steps: list[str] = []
    uri = f"sqlite:///{root}/mlflow.db"
    with _tracking(root):
        (root / "out").mkdir()
        (root / "out" / "bundle.json").write_text("{}")
        (root / "out" / "old.txt").write_text("of an earlier model")
        inputs = TrainingInputs(cut.folders, {"windows": cut.path})
        result = run.train(CoordinatedTask(), settings, inputs, root / "out", uri=uri, say=steps.append)
    return CoordinatedRun(settings, result, uri, steps)
