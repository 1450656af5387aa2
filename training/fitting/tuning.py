"""Search of LightGBM's parameters with Optuna, nested inside the split on sources.

A trial is evaluated as the model is: by the mean, over sources, of the AUC on a source its boosters did not see. What is
held out further out is not in the table, so a search cannot see it. Every trial is on disk as soon as it is over, and
draws from a generator of its own: a search that was killed goes on where it was and ends as if it never had been.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from vigie.errors import ConfigError, TuningError
from vigie.training.config import Booster, Config, Size
from vigie.training.fitting.booster import Table, fit
from vigie.training.fitting.leave_source_out import areas, smallest_near_best
from vigie.training.result import Progress

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial


@dataclass(frozen=True)
class Range:
    """Where a parameter is searched; whole numbers if ``low`` is one.

    Attributes:
        low: Least value.
        high: Largest value.
        log: Whether ratios matter, not differences.
        why: What it trades.
    """

    low: float
    high: float
    log: bool
    why: str

    def holding(self, values: Sequence[float]) -> Range:
        """Return the range, widened to hold some values."""
        return Range(min(self.low, *values), max(self.high, *values), self.log, self.why)


SPACE = {
    "leaves": Range(2, 32, True, "Leaves per tree: how many features one rule may combine."),
    "learning_rate": Range(0.02, 0.3, True, "Weight of each tree: slower needs more trees and is steadier."),
    "feature_fraction": Range(0.2, 1.0, False, "Share of the features each tree may use: fewer, less alike."),
    "bagging_fraction": Range(0.4, 1.0, False, "Share of the rows each tree sees: fewer, less alike."),
    "min_data_in_leaf": Range(10, 500, True, "Rows a leaf needs: more, fewer rules about few accounts."),
    "lambda_l2": Range(0.0, 50.0, False, "Pull of every leaf towards nothing said."),
    "max_bin": Range(15, 255, True, "Thresholds a feature may be cut at: fewer, coarser and quicker."),
}
# Trees are no parameter of the search: they are counted along one fit at these numbers and at the configuration's.
TREES = (25, 50, 100, 200, 400)
# No trial is stopped before so many came as far; after that, one in the lowest quarter is.
_SPARED, _HOPELESS = 5, 0.25
_DRAWS = 200
# What a trial leaves besides its value, at each number of trees: AUC by source, and mean AUC of each draw.
_AREAS, _DRAWN, _DIGEST = "areas", "drawn", "digest"


@dataclass(frozen=True)
class Tuned:
    """What a search chose.

    Attributes:
        config: The configuration with the parameters and the one size that were chosen.
        value: Mean AUC of the choice on held-out sources; None where nothing could be searched.
        trials: One row per trial: ``number`` (from 1), ``state`` ("complete" or "pruned"), ``value`` (null if pruned),
            each parameter of :data:`SPACE`, ``trees`` (the best number for this trial), ``seconds``, and the AUC on
            each source as ``auc.SOURCE`` (null if stopped before).
    """

    config: Config
    value: float | None
    trials: pl.DataFrame

    @property
    def leaves(self) -> int:
        """Leaves per tree."""
        return self.config.size.leaves[0]

    @property
    def trees(self) -> int:
        """Number of trees."""
        return self.config.size.trees[0]


def nested(
    table: Table, config: Config, *, part: str, storage: Path, say: Progress
) -> tuple[Tuned, dict[str, Tuned]]:
    """Return the search on every source, and for each source the search that did not see it."""
    whole = search(table, config, study=part, storage=storage, say=say)
    return whole, {
        str(source): search(
            table.where(table.source != source),
            config,
            study=f"{part} without {source}",
            storage=storage,
            say=say,
        )
        for source in np.unique(table.source)
    }


def trials_of(whole: Tuned, rest: Mapping[str, Tuned]) -> pl.DataFrame:
    """Return every trial of :func:`nested` in one table, with the name of its ``study``."""
    named = {"on every source": whole} | {
        f"without {source}": search_of for source, search_of in rest.items()
    }
    trials = [
        search_of.trials.select(pl.lit(name).alias("study"), pl.all())
        for name, search_of in named.items()
        if not search_of.trials.is_empty()  # nothing could be searched
    ]
    return pl.concat(trials, how="diagonal_relaxed") if trials else pl.DataFrame()


def search(table: Table, config: Config, *, study: str, storage: Path, say: Progress) -> Tuned:
    """Return the configuration with the parameters that rank held-out sources best.

    The first trials are the configuration as it stands, one for each of its numbers of leaves, so that the best trial
    is never worse than none; the others are drawn by Optuna's tree-structured Parzen estimator (Bergstra et al.,
    2011). Taken is the smallest model within one standard error of the best, as without a search.

    Args:
        table: Rows to search on; what is held out must not be in it.
        config: ``tune.trials`` are made in all, those on disk included, and at least one for each number of leaves.
        study: Name of the search, in the file and in what is said.
        storage: SQLite file of Optuna's; made if absent. One process at a time may use it.
        say: Called after each trial.

    Raises:
        ConfigError: Optuna is not installed.
        TuningError: The file holds a search of that name on other rows or from another configuration, or is no such
            file.
    """
    sources = table.judgeable()
    if len(sources) < 2:
        say(f"{study}: no two sources can be judged on, so nothing is tuned; the configuration stands")
        return Tuned(_with_size(config, config.size.leaves[0], config.size.trees[0]), None, pl.DataFrame())
    steps = sorted({*TREES, *config.size.trees})
    starts = [
        {"leaves": leaves} | config.booster.model_dump(include=set(SPACE)) for leaves in config.size.leaves
    ]
    space = {name: bounds.holding([start[name] for start in starts]) for name, bounds in SPACE.items()}
    total = max(config.tune.trials, len(starts))
    with _opened(storage, study, _digest(table, config.seed, space, starts, steps)) as opened:
        done = len(_finished(opened))
        if done:
            say(f"{study}: {min(done, total)} of {total} trials are in {storage}")
        for number in range(done, total):
            trial = _ask(opened, config.seed + number, starts[number] if number < len(starts) else None)
            tuned = _suggested(trial, space, config)
            _judge(opened, trial, table, tuned, sources, steps, max(_SPARED, len(starts)))
            best = f"{opened.best_value:.3f}".removeprefix("0")
            say(f"{study}: trial {number + 1} of {total}, best {best}")
        trials = _finished(opened)[:total]
    taken, trees, value = _choice(trials, steps)
    chosen = _with_size(_with_booster(config, taken.params), int(taken.params["leaves"]), trees)
    return Tuned(chosen, value, _records(trials, sources, steps))


def _ask(study: Study, seed: int, start: dict[str, float] | None) -> Trial:
    """Return a new trial whose draws depend on its seed and the finished trials alone."""
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState

    study.sampler = TPESampler(seed=seed)
    # One that waits was queued by a process that was killed before it began.
    if start is not None and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        study.enqueue_trial(start)
    return study.ask()


def _suggested(trial: Trial, space: dict[str, Range], config: Config) -> Config:
    """Return the configuration a trial tries, its leaves as the only ones."""
    for name, bounds in space.items():
        if isinstance(bounds.low, int):
            trial.suggest_int(name, bounds.low, int(bounds.high), log=bounds.log)
        else:
            trial.suggest_float(name, bounds.low, bounds.high, log=bounds.log)
    return _with_size(_with_booster(config, trial.params), trial.params["leaves"], config.size.trees[0])


def _judge(
    study: Study,
    trial: Trial,
    table: Table,
    config: Config,
    sources: Sequence[str],
    steps: Sequence[int],
    spared: int,
) -> None:
    """Fit without each source in turn, judge on it, and finish the trial, early if it is hopeless."""
    from optuna.trial import TrialState

    held_out = np.zeros((0, len(steps), _DRAWS + 1))
    value, hopeless = 0.0, False
    for place, source in enumerate(sources):
        booster = fit(table.where(table.source != source), config, config.size.leaves[0], max(steps))
        area = areas(booster, table, source, steps, _DRAWS, config.seed)
        held_out = np.concatenate([held_out, area[None]])
        value = float(held_out[:, :, 0].mean(axis=0).max())
        trial.report(value, place)
        hopeless = place + 1 < len(sources) and _hopeless(study, value, place, spared)
        if hopeless:
            break
    trial.set_user_attr(_AREAS, held_out[:, :, 0].round(6).tolist())
    if hopeless:
        study.tell(trial, state=TrialState.PRUNED)
    else:
        trial.set_user_attr(_DRAWN, held_out.mean(axis=0).round(6).tolist())
        study.tell(trial, value)


def _hopeless(study: Study, value: float, place: int, spared: int) -> bool:
    """Return whether a trial's mean over its first sources is in the lowest quarter of all that came as far.

    Optuna's own pruners compare with whole trials, whose bar rises as the others are stopped, and take the best of the
    values so far, which suits a learning curve; here one easy source would excuse all that follow.
    """
    reached = [trial.intermediate_values for trial in _finished(study)]
    others = [values[place] for values in reached if place in values]
    return len(others) >= spared and value < float(np.quantile(others, _HOPELESS))


def _choice(trials: Sequence[FrozenTrial], steps: Sequence[int]) -> tuple[FrozenTrial, int, float]:
    """Return the trial taken, its number of trees, and their mean AUC."""
    whole = [trial for trial in trials if _DRAWN in trial.user_attrs]
    mean = np.concatenate([trial.user_attrs[_DRAWN] for trial in whole])
    taken, _ = smallest_near_best(
        mean, [(trial.params["leaves"], trees) for trial in whole for trees in steps]
    )
    return whole[taken // len(steps)], steps[taken % len(steps)], float(mean[taken, 0])


def _records(trials: Sequence[FrozenTrial], sources: Sequence[str], steps: Sequence[int]) -> pl.DataFrame:
    """Return the table of trials; see :class:`Tuned`."""
    records = []
    for number, trial in enumerate(trials, 1):
        area = np.array(trial.user_attrs[_AREAS])
        best = int(area.mean(axis=0).argmax())
        records.append(
            {"number": number, "state": trial.state.name.lower()}
            | {"value": trial.value if _DRAWN in trial.user_attrs else None}
            | {name: trial.params[name] for name in SPACE}
            | {"trees": steps[best], "seconds": trial.duration.total_seconds() if trial.duration else None}
            | {f"auc.{source}": float(value) for source, value in zip(sources, area[:, best], strict=False)}
        )
    columns = {"value": pl.Float64} | {f"auc.{source}": pl.Float64 for source in sources}
    return pl.DataFrame(records, schema_overrides=columns, infer_schema_length=None)


def _with_booster(config: Config, parameters: dict[str, float]) -> Config:
    """Return a configuration with other parameters of LightGBM."""
    own = {name: value for name, value in parameters.items() if name in Booster.model_fields}
    return config.model_copy(update={"booster": Booster.model_validate(config.booster.model_dump() | own)})


def _with_size(config: Config, leaves: int, trees: int) -> Config:
    """Return a configuration of one size."""
    return config.model_copy(update={"size": Size(leaves=[leaves], trees=[trees])})


def _finished(study: Study) -> list[FrozenTrial]:
    """Return the trials that are over, in the order they were made."""
    from optuna.trial import TrialState

    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))


def _digest(
    table: Table, seed: int, space: dict[str, Range], starts: Sequence[dict[str, float]], steps: Sequence[int]
) -> str:
    """Return a digest of all that decides a search, save the number of trials: a search may be made longer."""
    settings: list[Any] = [table.features, seed, _DRAWS, starts, steps]
    settings.append({name: asdict(bounds) for name, bounds in space.items()})
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    digest.update("\n".join(table.source).encode())
    for column in (table.x, table.y, table.full, table.weight):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


@contextmanager
def _opened(storage: Path, study: str, digest: str) -> Iterator[Study]:
    """Open a search on disk, begun anew or gone on with."""
    if find_spec("optuna") is None:
        raise ConfigError(
            "tune.trials asks for a search, which needs Optuna; install it: pip install 'vigie[tune]'"
        )
    import optuna
    from optuna.trial import TrialState
    from sqlalchemy.exc import DatabaseError

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage.parent.mkdir(parents=True, exist_ok=True)
    try:
        database = optuna.storages.RDBStorage(
            f"sqlite:///{storage}", engine_kwargs={"creator": lambda: _connection(storage)}
        )
    except DatabaseError as error:
        raise TuningError(
            f"{storage} holds no searches of Optuna's ({error.orig}); remove it, or name another file"
        ) from error
    try:
        opened = optuna.create_study(
            storage=database, study_name=study, direction="maximize", load_if_exists=True
        )
        if opened.user_attrs.get(_DIGEST, digest) != digest:
            raise TuningError(
                f"the search {study} in {storage} was made on other rows or features, or from another seed or "
                f"configuration; remove {storage} to begin anew, or name another file"
            )
        opened.set_user_attr(_DIGEST, digest)
        # A process that was killed left its trial running; its draws are made again.
        for trial in opened.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            opened.tell(trial.number, state=TrialState.FAIL)
        yield opened
    finally:
        database.remove_session()
        database.engine.dispose()


def _connection(storage: Path) -> sqlite3.Connection:
    """Connect without waiting for the disk at each of a trial's dozen writes.

    What a killed process wrote is kept; a machine that loses power may lose the search, which is made again.
    """
    connection = sqlite3.connect(storage)
    connection.execute("PRAGMA synchronous = OFF")
    return connection
