"""``vigie import``: a collector's files become a dataset directory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from vigie.cli.engine import EngineName, Remote, check
from vigie.errors import ExtensionError, counted
from vigie.features.ingest.importing import Destination, Elsewhere, import_files
from vigie.features.ingest.mapping import shipped
from vigie.features.ingest.readers import SOURCES, Options, Source, find, recognising, sources
from vigie.features.ingest.runs import REJECTS
from vigie.features.ingest.stored_dataset import Dataset


def _formats() -> str:
    """Return a line for each format; an extension that cannot be loaded is told in its place."""
    try:
        known, broken = sources(), ""
    except ExtensionError as error:
        known, broken = SOURCES, f"\n* {error}"
    return "\n".join(f"* {source.name}: {source.doc}" for source in known.values()) + broken


_HELP = f"""Bring a collector's files to one form: a folder with accounts, posts, labels and a manifest.

Rows that cannot be believed are set aside with the reason, never dropped in silence.

Examples:

* vigie import auto downloads/ --out data/march

* vigie import cresci downloads/cresci-2015 --out data/cresci-2015

* vigie import x-api-v2 pages/*.jsonl --out data/march --licence "not redistributable"

* vigie import generic profiles.csv --mapping docs/mappings/facebook.toml --out data/profiles

* vigie import x-api-v2 today/*.jsonl --out data/march --append

* vigie import minet tweets.csv --media pictures/ --out data/quay

* vigie import x-api-v2 /shared/pages --out data/march --engine spark --remote sc://spark.example

Formats:

{_formats()}
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
    append: Annotated[
        bool,
        typer.Option("--append", help="Add to the dataset that is there: each post once, the newest values."),
    ] = False,
    platform: Annotated[
        str | None,
        typer.Option(help="Platform of all rows where the files name none, for formats read by a mapping."),
    ] = None,
    observed_at: Annotated[
        str | None,
        typer.Option(
            help="When all was collected, where the files do not say, for formats read by a mapping."
        ),
    ] = None,
    media: Annotated[
        Path | None,
        typer.Option(
            help="Folder of pictures and videos that the collector saved, or the table that `vigie hash` made of one."
        ),
    ] = None,
    engine: EngineName = "local",
    remote: Remote = None,
) -> None:
    """Import files and say what was read, kept and set aside."""
    check(engine, remote, "")
    called = name or out.resolve().name
    stated = {"platform": platform, "observed_at": observed_at}
    source = find(form)
    _heard(source.name, {"--mapping": mapping, "--platform": platform, "--observed-at": observed_at})
    _import(
        source,
        paths,
        Options(called, mapping, {field: text for field, text in stated.items() if text}),
        Destination(out, called, licence, replace=replace, append=append),
        media,
        remote,
    )


def _heard(form: str, given: Mapping[str, object]) -> None:
    """Refuse options that a format would not hear.

    Raises:
        typer.BadParameter: One is given.
    """
    free = ("generic", recognising.NAME)
    for option, value in given.items():
        takes = free if option == "--mapping" else (*free, *shipped())
        if value is not None and form in SOURCES and form not in takes:
            raise typer.BadParameter(
                f"{form} does not take {option}: its files say what they hold; leave it out"
            )


def merge(
    paths: Annotated[
        list[Path], typer.Argument(metavar="DATASET...", help="Folders that `vigie import` wrote.")
    ],
    out: Annotated[Path, typer.Option(help="Folder to make.")],
    licence: Annotated[str | None, typer.Option(help="What the data may be used for.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the data set. [default: that of --out]")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the dataset that is there.")] = False,
) -> None:
    """Join datasets: each account and post once, each field from the newest record that knows it.

    Example:
    * vigie merge data/monday data/tuesday --out data/week
    """
    called = name or out.resolve().name
    to = Destination(out, called, licence, replace=replace)
    _import(find("dataset"), paths, Options(name=called), to)


def _import(
    source: Source,
    paths: Sequence[Path],
    options: Options,
    to: Destination,
    media: Path | None = None,
    remote: str | None = None,
) -> None:
    """Import files, say what became of their rows, and fail where not one was kept."""
    errors = Console(stderr=True)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    ) as progress:
        task = progress.add_task("looking at the files", total=None)

        def reading(file: str, number: int, of: int) -> None:
            progress.update(task, description=f"reading {file} ({number:,} of {of:,})")

        with _reading_of(remote) as elsewhere:
            written = import_files(
                source, paths, options, to, media=media, reading=reading, elsewhere=elsewhere
            )
    _report(written, Console())
    if unread := written.manifest["unread"]:
        errors.print(
            f"{counted(len(unread), 'file')} could not be read: {', '.join(unread)}; the others were imported.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        raise typer.Exit(1)
    counts = written.manifest["counts"].values()
    if not to.append and not any(held["kept"] for held in counts):
        errors.print(
            "Not one row was kept: the files hold nothing, or are of another format than "
            f"{source.name}. See `vigie import --help` for the formats.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        raise typer.Exit(1)


@contextmanager
def _reading_of(remote: str | None) -> Iterator[Elsewhere | None]:
    """Yield how files are read on the engine of a server; None where none is named."""
    if remote is None:
        yield None
        return
    from vigie.features.cluster import by_file
    from vigie.features.cluster.session import connected

    with connected(remote) as session:
        yield partial(by_file.elsewhere, session)


def register(app: typer.Typer) -> None:
    """Add the commands to an application."""
    app.command("import", help=_HELP)(import_)
    app.command()(merge)


def _report(written: Dataset, console: Console) -> None:
    """Print what became of every row."""
    table = Table(title=f"{written.manifest['name']} ({written.manifest['format']})", title_justify="left")
    table.add_column("table")
    for column in ("read", "kept", "twice", "set aside"):
        table.add_column(column, justify="right")
    table.add_column("fields at fault")
    for label, counts in written.manifest["counts"].items():
        faults = ", ".join(f"{field} {held['rows']:,}" for field, held in counts["reasons"].items())
        numbers = [counts[name] for name in ("read", "kept", "twice", "set_aside")]
        table.add_row(label, *(f"{number:,}" for number in numbers), faults or "none")
    console.print(table)
    lines = [
        f"• {label}, {field}: {counted(held['rows'], 'row')} set aside, such as: {held['example']}"
        for label, counts in written.manifest["counts"].items()
        for field, held in counts["reasons"].items()
    ]
    lines += [f"• {note}" for note in written.manifest["notes"]]
    if REJECTS in written.manifest["tables"]:
        name = written.manifest["tables"][REJECTS]["files"][-1]["name"]
        lines.append(f"rows set aside: {written.path / name}")
    lines.append(f"dataset: {written.path}")
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
