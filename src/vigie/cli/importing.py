"""``vigie import``: a collector's files become a dataset directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from vigie.errors import ExtensionError, counted
from vigie.features.ingest import dataset
from vigie.features.ingest.dataset import REJECTS, Dataset
from vigie.features.ingest.readers import SOURCES, Options, find, sources


def _formats() -> str:
    """Return a line for each format; an extension that cannot be loaded is told in its place."""
    try:
        known, broken = sources(), ""
    except ExtensionError as error:
        known, broken = SOURCES, f"\n* {error}"
    return "\n".join(f"* {source.name}: {source.doc}" for source in known.values()) + broken


_HELP = f"""Bring a collector's files to one form: a folder with accounts, posts, labels and a manifest.

Rows that cannot be believed are set aside with the reason, never dropped in silence.

Formats:

{_formats()}

Examples:

* vigie import cresci downloads/cresci-2015 --out data/cresci-2015

* vigie import x-api-v2 pages/*.jsonl --out data/march --licence "not redistributable"

* vigie import generic profiles.csv --mapping docs/mappings/facebook.toml --out data/profiles
"""


def import_(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help="Name of the format, from the list above.")],
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, or folders that hold them.")],
    out: Annotated[Path, typer.Option(help="Folder to make.")],
    mapping: Annotated[
        Path | None, typer.Option(help="TOML file: contract field to column, for the generic format.")
    ] = None,
    licence: Annotated[str | None, typer.Option(help="What the data may be used for.")] = None,
    name: Annotated[
        str | None,
        typer.Option(help="Name of the data set and source of its labels. [default: that of --out]"),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the dataset that is there.")] = False,
) -> None:
    """Import one data set and say what was read, kept and set aside."""
    source = find(form)
    called = name or out.resolve().name
    errors = Console(stderr=True)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    ) as progress:
        progress.add_task(f"reading {form}", total=None)
        read = source.read(paths, Options(name=called, mapping=mapping))
        progress.add_task("checking and writing", total=None)
        written = dataset.write(read, out, name=called, form=form, licence=licence, replace=replace)
    _report(written, Console())


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("import", help=_HELP)(import_)


def _report(written: Dataset, console: Console) -> None:
    """Print what became of every row."""
    table = Table(title=f"{written.manifest['name']} ({written.manifest['format']})", title_justify="left")
    table.add_column("table")
    for column in ("read", "kept", "twice", "set aside"):
        table.add_column(column, justify="right")
    table.add_column("fields at fault")
    for label, counts in written.manifest["counts"].items():
        twice = counts["read"] - counts["kept"] - counts["set_aside"]
        faults = ", ".join(f"{field} {held['rows']:,}" for field, held in counts["reasons"].items())
        numbers = [counts["read"], counts["kept"], twice, counts["set_aside"]]
        table.add_row(label, *(f"{number:,}" for number in numbers), faults or "none")
    console.print(table)
    lines = [
        f"• {label}, {field}: {counted(held['rows'], 'row')} set aside, such as: {held['example']}"
        for label, counts in written.manifest["counts"].items()
        for field, held in counts["reasons"].items()
    ]
    lines += [f"• {note}" for note in written.manifest["notes"]]
    if REJECTS in written.manifest["tables"]:
        lines.append(f"rows set aside: {written.path / REJECTS}.parquet")
    lines.append(f"dataset: {written.path}")
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
