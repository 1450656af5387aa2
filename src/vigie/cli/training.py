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
    import polars as pl

    from vigie.training.result import TrainingResult

_HELP = """Train a model, evaluate it on held-out data, track it in MLflow and write its bundle.

Examples:

  vigie import cresci raw/cresci-2015 --out data/cresci-2015

  vigie train inauthentic --data data/cresci-2015 --data data/nyu-2017 --out my-model

  vigie train inauthentic --config my.toml --data data/mine --tracking-uri http://mlflow:5000 --out my-model

  vigie train inauthentic --config my.toml --show-config

  vigie windows data/coordination data/people --out windows.parquet

  vigie train coordinated --data data/coordination --data data/people --pools windows.parquet --out my-coordinated

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
# With which option a service is told of a bundle, by target.
_SERVE_OPTIONS = {"inauthentic": "--bundle", "coordinated": "--coordinated-bundle"}
_PUBLISH = """Track in MLflow a bundle that a training left behind, its record beside it: after a server was away.

A run that was begun is gone on with.

Example:

  vigie publish my.vigie --tracking-uri http://mlflow:5000
"""


def train(
    target: Annotated[str, typer.Argument(help="What to learn: inauthentic or coordinated.")],
    data: Annotated[
        list[Path] | None, typer.Option(help="Dataset directory made by vigie import; repeat for more.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the bundle to write.")] = Path("model.vigie"),
    pools: Annotated[
        Path | None,
        typer.Option(
            help="For coordinated: Parquet of who is compared with whom in which window; vigie windows makes one."
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="TOML that extends the configuration of the shipped model.")
    ] = None,
    show_config: Annotated[
        bool, typer.Option("--show-config", help="Print the whole configuration as TOML, and train nothing.")
    ] = False,
    registry: Registry = None,
    tracking_uri: TrackingUri = None,
) -> None:
    """Train a model (see the module for the help text)."""
    require_training()
    from vigie.errors import InputError
    from vigie.training import configuration, train_model
    from vigie.training.config import written

    settings = configuration(target, config)
    if show_config:
        typer.echo(written(settings), nl=False)
        return
    if not data:
        raise InputError("name the data sets to learn from: --data DIRECTORY, once for each")
    options = {} if pools is None else {"windows": pools}
    with steps() as say:
        result = train_model(
            target, data, out, config=settings, registry=registry, tracking_uri=tracking_uri, say=say, **options
        )  # fmt: skip
    console = Console()
    for title, frame in result.headline.items():
        console.print(metrics_table(frame, title))
    _next(console, result, _SERVE_OPTIONS[target])


def metrics_table(frame: pl.DataFrame, title: str) -> Table:
    """Return a table for a terminal; a metric and the ends of its interval stand in one cell.

    Args:
        frame: Columns ``x``, ``x_low``, ``x_high`` become one.
        title: Of the table.
    """
    from vigie.training.report.markdown import cells

    shown = cells(frame)
    table = Table(*shown, title=title)
    for row in zip(*shown.values(), strict=True):
        table.add_row(*row)
    return table


def _next(console: Console, result: TrainingResult[Any], option: str) -> None:
    """Print what to know, where everything is and what to do next."""
    for note in result.notes:
        console.print(f"Note: {note.say('en')}", soft_wrap=True, markup=False)
    console.print(
        f"Bundle {result.identity['name']} {result.identity['version']} in {result.folder} "
        f"(MLflow run {result.run_id}, version {result.registered}). Read {result.record}/report.html, then: "
        f"vigie promote {result.run_id}, or try it: vigie serve {option} {result.folder}",
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
    """Show each step as it begins: in one line on a terminal, else one line each."""
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
