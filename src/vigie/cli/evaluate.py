"""``vigie evaluate``: a model judged on labelled data, without fitting, on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from vigie.cli.training import Registry, require_training, steps

_HELP = """Judge a bundle on labelled data sets, and write everything a sceptical reader asks on one self-contained page.

A data set that the model learnt from is judged by the member of the bundle fitted without it; any other by the model as it
ships.

Examples:

  vigie evaluate my.vigie --data data/mine --report report.html

  vigie evaluate my-coordinated.vigie --data data/coordination --pools windows.parquet --report report.html
"""


def evaluate(
    bundle: Annotated[Path, typer.Argument(help="Folder of a bundle.")],
    data: Annotated[
        list[Path], typer.Option(help="Dataset directory with labels, made by vigie import; repeat for more.")
    ],
    report: Annotated[Path, typer.Option(help="HTML page to write.")] = Path("report.html"),
    pools: Annotated[
        Path | None, typer.Option(help="For coordinated: Parquet of who is compared with whom.")
    ] = None,
    registry: Registry = None,
) -> None:
    """Judge a bundle on labelled data."""
    require_training()
    from vigie.features import whole_files
    from vigie.models.bundle import load
    from vigie.training import judge_bundle
    from vigie.training.report import run_record

    with steps() as say:
        options = {} if pools is None else {"windows": pools}
        result = judge_bundle(bundle, data, registry=registry, say=say, **options)
    with whole_files.new_file(report) as fresh:
        fresh.write_text(run_record.html(load(bundle, target=None), result), encoding="utf-8")
    _show(result.tables["operating"], result.tables["at_prevalence"])
    for note in result.notes:
        typer.echo(f"Note: {note.say('en')}")
    typer.echo(f"Read {report}: it needs no network.")


def _show(operating: pl.DataFrame, at_prevalence: pl.DataFrame) -> None:
    """Print the metrics of each source at small rates, and where such accounts are rare."""
    from vigie.models.metrics import Estimate

    rare = at_prevalence.filter(pl.col("prevalence") == 0.01)
    table = Table(
        "source", "accounts", "recall at 1 % FPR [95 %]", "at 0.1 %", "average precision at 1 % prevalence", "lift",
        title="On held-out accounts",
    )  # fmt: skip
    for row in operating.join(rare, on=["scheme", "source"]).iter_rows(named=True):
        metrics = [
            str(Estimate(row[name], row[f"{name}_low"], row[f"{name}_high"]))
            for name in ("recall_at_1", "recall_at_01", "average_precision")
        ]
        table.add_row(
            row["source"], f"{row['positives']:,} + {row['negatives']:,}", *metrics, f"{row['lift']:.1f}"
        )
    Console().print(table)


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("evaluate", help=_HELP)(evaluate)
