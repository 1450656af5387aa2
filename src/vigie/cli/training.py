"""``vigie train``: a model from labelled dataset directories, evaluated, tracked and bundled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from vigie.training.evaluation.accounts import Evaluation
    from vigie.training.evaluation.windows import Evaluation as PoolEvaluation
    from vigie.training.result import TrainingResult

_HELP = """Train a model, evaluate it on sources it never saw, track it in MLflow and write its bundle.

Examples:

  vigie import cresci raw/cresci-2015 --out data/cresci-2015

  vigie train inauthentic --data data/cresci-2015 --data data/nyu-2017 --out my-model

  vigie train inauthentic --config my.toml --data data/mine --tracking-uri http://mlflow:5000 --out my-model

  vigie train coordinated --data data/coordination --pools scenarios_72h.parquet --out my-coordinated

Then: vigie serve --bundle my-model --coordinated-bundle my-coordinated
"""

TrackingUri = Annotated[
    str | None,
    typer.Option(help="MLflow server or store; default: MLFLOW_TRACKING_URI, else sqlite:///mlflow.db."),
]
Registry = Annotated[
    Path | None,
    typer.Option(
        help="Registry of confirmed false positives (vigie registry): never learnt from, always replayed."
    ),
]
_PUBLISH = """Track in MLflow a bundle that a training left behind, its record beside it: after a server was away.

A run that was begun is gone on with.

Example:

  vigie publish my.vigie --tracking-uri http://mlflow:5000
"""


def train(
    target: Annotated[str, typer.Argument(help="What to learn: inauthentic or coordinated.")],
    data: Annotated[
        list[Path], typer.Option(help="Dataset directory made by vigie import; repeat for more.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the bundle to write.")] = Path("model.vigie"),
    pools: Annotated[
        Path | None,
        typer.Option(help="For coordinated: Parquet of who is compared with whom in which window."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="TOML; default: the one that made the shipped model.")
    ] = None,
    registry: Registry = None,
    tracking_uri: TrackingUri = None,
) -> None:
    """Train a model (see the module for the help text)."""
    require_training()
    from vigie.training import configuration, train_model

    settings = configuration(target, config)
    with steps() as say:
        outcome = train_model(
            target, data, out, config=settings, pools=pools, registry=registry, tracking_uri=tracking_uri, say=say
        )  # fmt: skip
    (_show if pools is None else _show_pools)(outcome)


def _show_pools(outcome: TrainingResult[PoolEvaluation]) -> None:
    """Print the figures on unseen accounts and campaigns."""
    from vigie.training.metrics import Figure

    table = Table("model", "scheme", "AP [95 %]", "AUC", "recall at 1 % FPR", title="Means over pools")
    for row in outcome.evaluation.table.iter_rows(named=True):
        shown = [
            str(Figure(row[name], row[f"{name}_low"], row[f"{name}_high"]))
            for name in ("average_precision", "auc", "recall_at_1")
        ]
        table.add_row(row["model"], row["scheme"], *shown)
    console = Console()
    console.print(table)
    _next(console, outcome, "--coordinated-bundle")


def _show(outcome: TrainingResult[Evaluation]) -> None:
    """Print the figures on unseen sources and what to do next."""
    from vigie.training.metrics import Figure

    console = Console()
    table = Table(
        "model",
        "source (never seen)",
        "scored",
        "abstained",
        "AUC [95 %]",
        "recall at 1 % FPR",
        title="Unseen sources",
    )
    for row in outcome.evaluation.table.iter_rows(named=True):
        table.add_row(
            row["model"], row["source"], str(row["accounts"]), f"{row['abstained']:.0%}",
            str(Figure(row["auc"], row["auc_low"], row["auc_high"])), f"{row['recall_at_1']:.3f}",
        )  # fmt: skip
    console.print(table)
    means = Table(
        "model", "mean AUC", "95 % over accounts", "95 % over sources", title="Mean over unseen sources"
    )
    for row in outcome.evaluation.means.iter_rows(named=True):
        means.add_row(
            row["model"], f"{row['auc']:.3f}", f"{row['low']:.3f} to {row['high']:.3f}",
            f"{row['low_over_sources']:.3f} to {row['high_over_sources']:.3f}",
        )  # fmt: skip
    console.print(means)
    _next(console, outcome, "--bundle")


def _next(console: Console, outcome: TrainingResult[Any], option: str) -> None:
    """Print what to know, where everything is and what to do next."""
    for note in outcome.notes:
        console.print(f"Note: {note}", soft_wrap=True, markup=False)
    console.print(
        f"Bundle {outcome.identity['name']} {outcome.identity['version']} in {outcome.folder} "
        f"(MLflow run {outcome.run_id}, version {outcome.registered}). Read {outcome.record}/report.html, then: "
        f"vigie promote {outcome.run_id}, or try it: vigie serve {option} {outcome.folder}",
        soft_wrap=True,
        markup=False,
    )


def publish(
    bundle: Annotated[Path, typer.Argument(help="Bundle with its record (BUNDLE.run) beside it.")],
    tracking_uri: TrackingUri = None,
) -> None:
    """Track a bundle."""
    require_training()
    from vigie.training.registry import mlflow_tracking

    with steps() as say:
        run_id, registered = mlflow_tracking.publish(bundle, tracking_uri, say)
    typer.echo(f"MLflow run {run_id}, version {registered}; next: vigie promote {run_id}")


def require_training() -> None:
    """Refuse where training's libraries are not installed.

    Raises:
        ConfigError: They are not.
    """
    from vigie.errors import ConfigError

    absent = [name for name in ("sklearn", "joblib", "mlflow", "matplotlib") if find_spec(name) is None]
    if absent:
        raise ConfigError(
            f"training needs {', '.join(absent)}, which a server does without; install them: "
            "pip install --require-hashes -r requirements/dev.txt, or pip install 'vigie[train]'"
        )


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Show each step said as it begins: in one line on a terminal, else one line each."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("starting", total=None)

        def say(step: str) -> None:
            progress.update(task, description=step)
            if not console.is_terminal:
                console.print(step, markup=False, highlight=False, soft_wrap=True)

        yield say


def register(app: typer.Typer) -> None:
    """Add the commands to an application."""
    app.command("train", help=_HELP)(train)
    app.command("publish", help=_PUBLISH)(publish)
