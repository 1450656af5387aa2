"""A search for parameters: where it starts, what it stops, that a kill costs nothing, whom it refuses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vigie.errors import ConfigError, TuningError
from vigie.features.window.windows import WINDOW_FEATURES
from vigie.training import config
from vigie.training.config import Config
from vigie.training.fitting import leave_source_out, tuning
from vigie.training.fitting.booster import Table
from vigie.training.fitting.tuning import SPACE, Tuned, nested, search, trials_of

SOURCES = ("a", "b", "c")
ACCOUNTS = 60


def settings(trials: int, **changes: object) -> Config:
    return config.parse(
        {
            "size": {"leaves": [2, 4], "trees": [10, 30]},
            "booster": {"min_data_in_leaf": 12, "learning_rate": 0.1},
            "parts": {"pool": {"floor": 0.3}},
            "tune": {"trials": trials},
        }
        | changes
    )


def table(seed: int = 1, sources: tuple[str, ...] = SOURCES) -> Table:
    """Return accounts of some sources; the first feature tells, more in later sources, the others are noise."""
    chance = np.random.default_rng(seed)
    rows = ACCOUNTS * len(sources)
    y = np.tile(np.arange(ACCOUNTS) % 3 == 0, len(sources))
    strength = np.repeat(1 + np.arange(len(sources)) / 2, ACCOUNTS)
    x = chance.normal(size=(rows, 3))
    x[:, 0] += y * strength
    return Table(
        features=WINDOW_FEATURES[:3],
        x=x,
        y=y,
        row=np.arange(rows, dtype=np.uint32),
        source=np.repeat(np.array(sources), ACCOUNTS),
        full=np.ones(rows, np.bool_),
        weight=np.ones(rows),
    )


def run(rows: Table, settings: Config, path: Path, say: Callable[[str], None] = lambda text: None) -> Tuned:
    return search(rows, settings, study="pool", storage=path, say=say)


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Count trees at the numbers of the configuration alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "TREES", ())
        yield


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("search") / "tuning.db"


@pytest.fixture(scope="module")
def tuned(storage: Path) -> Tuned:
    return run(table(), settings(12), storage)


def same(trials: pl.DataFrame, other: pl.DataFrame) -> bool:
    return trials.drop("seconds").equals(other.drop("seconds"))


def test_the_first_trials_are_the_configuration_with_each_number_of_leaves(tuned: Tuned) -> None:
    first = tuned.trials.head(2)
    assert first["leaves"].to_list() == [2, 4]
    for name, value in settings(12).booster.model_dump(include=set(SPACE)).items():
        assert first[name].to_list() == [value, value]
    assert first["state"].to_list() == ["complete", "complete"]


def test_a_search_of_the_configuration_alone_takes_the_size_it_would_have_taken(tmp_path: Path) -> None:
    found = run(table(), settings(0), tmp_path / "tuning.db")
    _, size = leave_source_out.size_table(table(), settings(0), lambda: None)
    assert (found.leaves, found.trees) == size
    assert found.config.booster == settings(0).booster
    assert found.trials.height == 2


def test_the_choice_is_one_of_the_trials_and_near_the_best(tuned: Tuned) -> None:
    booster = tuned.config.booster.model_dump(include=set(SPACE))
    made = tuned.trials.filter(pl.all_horizontal(pl.col(name) == value for name, value in booster.items()))
    assert made.height >= 1
    assert tuned.leaves in made["leaves"].to_list()
    assert tuned.config.size.leaves == [tuned.leaves]
    assert tuned.config.size.trees == [tuned.trees]
    best = tuned.trials["value"].max()
    assert tuned.value is not None
    assert isinstance(best, float)
    assert best - 0.1 < tuned.value <= best + 1e-6


def test_every_parameter_stays_in_its_range(tuned: Tuned) -> None:
    for name, bounds in SPACE.items():
        assert tuned.trials[name].is_between(bounds.low, bounds.high).all()
    assert tuned.trials.tail(10)["learning_rate"].n_unique() == 10


def test_a_configuration_outside_the_ranges_widens_them(tmp_path: Path) -> None:
    wide = settings(2, booster={"min_data_in_leaf": 2, "lambda_l2": 80})
    found = run(table(), wide, tmp_path / "tuning.db")
    assert found.trials["min_data_in_leaf"].to_list() == [2, 2]
    assert found.trials["lambda_l2"].to_list() == [80, 80]


def test_the_value_is_the_mean_over_sources_at_the_best_number_of_trees(tuned: Tuned) -> None:
    whole = tuned.trials.filter(pl.col("state") == "complete")
    mean = whole.select(pl.mean_horizontal(f"auc.{source}" for source in SOURCES))[:, 0]
    assert np.allclose(whole["value"], mean, atol=1e-5)


def test_the_same_seed_gives_the_same_trials_and_another_seed_others(tuned: Tuned, tmp_path: Path) -> None:
    again = run(table(), settings(4), tmp_path / "tuning.db")
    assert same(again.trials, tuned.trials.head(4))
    other = run(table(), settings(4, seed=8), tmp_path / "other.db")
    assert not other.trials["learning_rate"].tail(2).equals(again.trials["learning_rate"].tail(2))


def test_a_hopeless_trial_is_stopped_before_its_last_source(tuned: Tuned) -> None:
    stopped = tuned.trials.filter(pl.col("state") == "pruned")
    assert 1 <= stopped.height < tuned.trials.height - 5
    assert stopped["number"].min() > 5  # type: ignore[operator]
    assert stopped["value"].is_null().all()
    assert stopped["auc.c"].is_null().all()
    assert stopped["auc.a"].is_not_null().all()


def test_a_longer_search_goes_on_where_a_shorter_one_ended(tuned: Tuned, tmp_path: Path) -> None:
    said: list[str] = []
    run(table(), settings(2), tmp_path / "tuning.db", said.append)
    assert said[-1].startswith("pool: trial 2 of 2, best .")
    said.clear()
    longer = run(table(), settings(4), tmp_path / "tuning.db", said.append)
    assert said[0].startswith("pool: 2 of 4 trials are in ")
    assert len(said) == 1 + 2
    assert same(longer.trials, tuned.trials.head(4))


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_tuning as own
from vigie.training.fitting import tuning

fits = 0
fit = tuning.fit

def dying(*given):
    global fits
    fits += 1
    if fits == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    return fit(*given)

tuning.fit, tuning.TREES = dying, ()
own.run(own.table(), own.settings(12), Path(sys.argv[2]))
"""


@pytest.mark.parametrize(("fits", "trials"), [(1, 3), (14, 12)])
def test_a_search_killed_in_the_middle_of_a_trial_ends_as_if_it_had_not_been(
    tuned: Tuned, tmp_path: Path, fits: int, trials: int
) -> None:
    path = tmp_path / "tuning.db"
    killed = subprocess.run(  # noqa: S603
        [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(path), str(fits)],
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert killed.returncode == -signal.SIGKILL
    said: list[str] = []
    resumed = run(table(), settings(trials), path, said.append)
    done = (fits - 1) // len(SOURCES)
    assert sum("best" in text for text in said) == trials - done
    assert resumed.trials.height == trials
    assert same(resumed.trials, tuned.trials.head(trials))


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        (table(seed=2), settings(12)),
        (table().columns(np.array([True, True, False])), settings(12)),
        (replace(table(), y=~table().y), settings(12)),
        (table(), settings(12, seed=8)),
        (table(), settings(12, booster={"min_data_in_leaf": 20})),
    ],
    ids=["rows", "features", "labels", "seed", "configuration"],
)
def test_a_search_made_on_something_else_is_refused_by_the_file_to_remove(
    tuned: Tuned, storage: Path, rows: Table, asked: Config
) -> None:
    with pytest.raises(TuningError, match=r"remove .*tuning\.db"):
        run(rows, asked, storage)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tuning.db"
    path.write_text("not a database " * 100)
    with pytest.raises(TuningError, match=r"tuning\.db holds no searches"):
        run(table(), settings(2), path)


def test_an_outer_source_never_enters_the_search_that_is_for_it(tmp_path: Path) -> None:
    whole, without = nested(
        table(), settings(2), part="pool", storage=tmp_path / "tuning.db", say=lambda text: None
    )
    assert [name for name in whole.trials.columns if name.startswith("auc.")] == ["auc.a", "auc.b", "auc.c"]
    assert sorted(without) == list(SOURCES)
    for source, found in without.items():
        held_out = {f"auc.{name}" for name in SOURCES if name != source}
        assert {name for name in found.trials.columns if name.startswith("auc.")} == held_out
    listed = trials_of(whole, without)
    assert listed["study"].unique().sort().to_list() == [
        "on every source",
        "without a",
        "without b",
        "without c",
    ]
    assert listed.filter(study="without b")["auc.b"].is_null().all()


@pytest.mark.parametrize("sources", [(), ("a",)])
def test_under_two_sources_nothing_is_tuned_and_it_says_so(tmp_path: Path, sources: tuple[str, ...]) -> None:
    said: list[str] = []
    kept = run(table(sources=sources), settings(2), tmp_path / "tuning.db", said.append)
    assert kept.config.booster == settings(2).booster
    assert (kept.leaves, kept.trees, kept.value) == (2, 10, None)
    assert "nothing is tuned" in said[0]


def test_a_source_of_one_class_teaches_but_is_not_judged(tmp_path: Path) -> None:
    rows = table()
    lone = replace(rows, y=rows.y & (rows.source != "b"))
    found = run(lone, settings(2), tmp_path / "tuning.db")
    assert "auc.b" not in found.trials.columns
    assert {"auc.a", "auc.c"} < set(found.trials.columns)


def test_without_optuna_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ConfigError, match=r"pip install 'vigie\[tune\]'"):
        run(table(), settings(2), tmp_path / "tuning.db")
