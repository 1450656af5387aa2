"""``vigie calibrate``: a model held against the people of more sources, so that its promise holds for them too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from vigie.cli.training import require_training, steps

if TYPE_CHECKING:
    import polars as pl

_HELP = """Hold a model against the people of more sources: at most 1 in 100 of them is then called suspect.

Nothing is fitted and no score changes. A source is a dataset directory made by vigie import. Without labels all its accounts count
as ordinary people; with labels, those of either label count as what they are. A hundred accounts of which as much is known are
enough. The card of the new bundle says how often accounts of each source are in each set and band.

Examples:

  vigie calibrate data/town-councils data/fan-club --out mine.vigie

  vigie serve --bundle mine.vigie
"""


def calibrate(
    data: Annotated[list[Path], typer.Argument(help="Dataset directories.")],
    out: Annotated[Path, typer.Option(help="Folder of the bundle to write.")],
    bundle: Annotated[
        Path | None, typer.Option(help="Folder of the model of inauthenticity. Default: the shipped one.")
    ] = None,
) -> None:
    """Hold a model against more people."""
    from vigie.features.ingest import dataset

    # What was typed wrong is told before what is to be installed.
    for folder in data:
        dataset.check_place(folder)
    require_training()
    from vigie.training import calibrate_model

    with steps() as say:
        made = calibrate_model(data, out, bundle=bundle, say=say)
    _show(made.realised)
    typer.echo(
        f"Bundle {made.identity['name']} {made.identity['version']} in {made.folder}. Read {made.folder}/card.md, then: "
        f"vigie serve --bundle {made.folder}"
    )


def _show(realised: pl.DataFrame) -> None:
    """Print how many accounts of each source are called suspect."""
    table = Table(
        title="Not called ordinary, of accounts that did not calibrate what judged them", title_justify="left"
    )
    for name in ("source", "label", "profile", "tier"):
        table.add_column(name)
    for name in ("accounts", "suspect", "95 %"):
        table.add_column(name, justify="right")
    for row in realised.iter_rows(named=True):
        table.add_row(
            row["source"],
            "inauthentic" if row["inauthentic"] else "ordinary",
            row["shown"],
            row["tier"],
            f"{row['accounts']:,}",
            f"{row['suspect']:.2%}",
            f"{row['suspect_low']:.2%} to {row['suspect_high']:.2%}",
        )
    Console(width=140).print(table)


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("calibrate", help=_HELP)(calibrate)
