"""How well operators are found that the model never saw, beside two controls that must rank no better than chance.

Reads dataset directories: operators (accounts labelled coordinated) and publics (ordinary people). Cohorts of each operator are
hidden among the people of each public, as vigie windows does, and each is ranked by a model that saw none of its operator's windows
(vigie train coordinated, operator held out). The controls:
  never met   accounts of one operator from different days: who ranks them first recognises the operator
  decoys      ordinary people of one public hidden among those of another, ranked by a model that saw neither the one nor the
              other: who ranks them first recognises people of another topic

Columns: windows in which at least four others stand beside each account of the cohort; average precision, what ranking by chance gives,
and recall at 1 % false positives, means over windows.

Example:
  python benchmarks/operators.py data/coordination data/io-thailand data/election data/protest --unlabelled election protest
  python benchmarks/operators.py data/* --unlabelled election --config earlier.toml --cohort 10
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from vigie.features import schema
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.models.calibration import Floats
from vigie.models.metrics import average_precision, recall_at_fpr
from vigie.training import config
from vigie.training.config import Config
from vigie.training.data.hidden_cohorts import TARGET, Plan, hide
from vigie.training.evaluation.windows import HIDDEN, with_evidence
from vigie.training.fitting import booster
from vigie.training.fitting.leave_operator_out import OPERATOR, TunedConfig, boosted, folds, margins
from vigie.training.pipelines.coordinated import PART, WINDOWS, CoordinatedTask, WindowRows, table_of
from vigie.training.pipelines.task import TrainingInputs

DECOY = "decoy-"
KEYS = ["platform", "account_id"]


def decoys(folders: Sequence[Path], unlabelled: Sequence[str], made: Path) -> Iterator[Path]:
    """Yield copies of the data sets that hold ordinary people alone, as if all of these were one operator's."""
    for folder in folders:
        opened = dataset.open(folder)
        name = str(opened.manifest["name"])
        said = opened.labels().filter(pl.col("target") == TARGET).collect()
        if said["value"].any() or (said.is_empty() and name not in unlabelled):
            continue
        renamed = pl.concat_str(pl.lit(DECOY), "account_id").alias("account_id")
        accounts, posts = (
            table.with_columns(renamed).collect() for table in (opened.accounts(), opened.posts())
        )
        labels = accounts.select(
            *KEYS,
            target=pl.lit(TARGET),
            value=pl.lit(value=True),
            kind=pl.lit(None, pl.String),
            strength=pl.lit("weak"),
            source=pl.lit(DECOY + name),
            campaign=pl.lit(name),
        ).select(list(schema.schema("labels")))
        read = Log().read(accounts, posts, labels)
        dataset.write(
            read, made / name, name=DECOY + name, form="generic", now=datetime(2024, 1, 1, tzinfo=UTC)
        )
        yield made / name


def measured(folders: Sequence[Path], windows: pl.DataFrame, settings: Config, place: Path) -> WindowRows:
    """Return the features of every account of some windows."""
    windows.write_parquet(place)
    inputs = TrainingInputs(tuple(folders), {WINDOWS: place}, None)
    return CoordinatedTask().load(inputs, settings, lambda _: None)


def held_out(real: WindowRows, decoy: WindowRows, settings: Config) -> pl.DataFrame:
    """Return the rows of all windows with ``score``: of a model that saw neither the operator nor, of decoys, their publics."""
    chosen = TunedConfig(settings, {}, pl.DataFrame())
    table = table_of(real.rows, real.isolated, booster.features_of(PART, settings), settings)
    public = real.rows["public"].to_numpy().astype(str)
    make = boosted(chosen, served=False)
    seen = margins(table, folds(real.rows["account_id"].to_list()), public, make, lambda: None)[OPERATOR]
    x = booster.matrix_of(decoy.rows, table.features)
    unseen = np.zeros(decoy.rows.height)
    both = decoy.rows.select(pl.col("operator").str.strip_prefix(DECOY), "public")
    for own, other in both.unique().sort("operator", "public").iter_rows():
        here = (both["operator"] == own).to_numpy() & (both["public"] == other).to_numpy()
        unseen[here] = make(table.where(~np.isin(public, [own, other])))(x[here])
    return pl.concat([ranked(real.rows, seen), ranked(decoy.rows, unseen)])


def ranked(rows: pl.DataFrame, margin: Floats) -> pl.DataFrame:
    """Return what a ranking is judged by, with what groups and campaigns add to the score."""
    return (
        rows.filter(~pl.col("is_lone"))
        .select("scenario", "account_id", "operator", "placebo", "y")
        .with_columns(score=pl.Series(with_evidence(rows, margin)).filter(~rows["is_lone"]))
    )


def figures(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the means over windows, per operator and control."""
    each = []
    for _, window in rows.group_by("scenario", maintain_order=True):
        truth = window["y"].to_numpy()
        if not 0 < truth.sum() * (1 + HIDDEN) <= len(truth):
            continue
        of_all = np.ones((1, len(truth)))
        score = window["score"].rank("dense").to_numpy().astype(float)
        operator, placebo = window.select("operator", "placebo").row(0)
        name = "decoys" if operator.startswith(DECOY) else f"{operator}, never met" if placebo else operator
        each.append(
            {
                "cohorts of": name, "average precision": average_precision(truth, score, of_all)[0],
                "by chance": truth.mean(), "recall at 1 %": recall_at_fpr(truth, score, of_all)[0],
            }
        )  # fmt: skip
    return (
        pl.DataFrame(each)
        .group_by("cohorts of")
        .agg(pl.len().alias("windows"), pl.exclude("cohorts of").mean())
        .sort("cohorts of")
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument(
        "--unlabelled", nargs="*", default=[], help="data sets whose accounts without a label are ordinary"
    )
    parser.add_argument(
        "--apart",
        nargs="*",
        default=[],
        help="data sets whose campaigns are hidden among their own people alone",
    )
    parser.add_argument("--config", type=Path, help="default: that of the model that ships")
    parser.add_argument("--cohort", type=int, default=20)
    options = parser.parse_args()
    settings = config.load(options.config, TARGET) if options.config else config.shipped(TARGET)
    settings = settings.model_copy(update={"unlabelled": dict.fromkeys(options.unlabelled, 0.0)})
    plan = Plan(cohorts=(options.cohort,), placebos=(options.cohort,), ratios=())
    names = {str(dataset.open(folder).manifest["name"]): folder for folder in options.folders}
    with tempfile.TemporaryDirectory() as made:
        unreal = list(decoys(options.folders, options.unlabelled, Path(made)))
        publics = [names[folder.name] for folder in unreal]
        unlabelled = [folder.name for folder in unreal if folder.name in options.unlabelled]
        hidden = hide([*unreal, *publics], replace(plan, placebos=()), unlabelled=unlabelled)
        apart = hidden.filter(pl.col("operator").str.strip_prefix(DECOY) != pl.col("public"))
        shown = hide(options.folders, plan, unlabelled=options.unlabelled, apart=options.apart)
        real = measured(options.folders, shown, settings, Path(made) / "real.parquet")
        decoy = measured([*unreal, *publics], apart, settings, Path(made) / "decoys.parquet")
    found = figures(held_out(real, decoy, settings))
    table = Table(
        title=f"Cohorts of {options.cohort} accounts, {', '.join(booster.features_of(PART, settings))[:300]}"
    )
    for name in found.columns:
        table.add_column(name, justify="left" if name == "cohorts of" else "right")
    for name, windows, *values in found.iter_rows():
        table.add_row(name, str(windows), *(f"{value:.3f}" for value in values))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
