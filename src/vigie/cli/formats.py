"""``vigie formats``: the collectors whose files are read."""

from __future__ import annotations

from typing import Annotated

import typer


def formats(
    name: Annotated[
        str | None, typer.Argument(metavar="[FORMAT]", help="Print an invented file of this format.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="As the page of the reference.")] = False,
) -> None:
    """Print every format that `vigie import` reads, with what files it takes, or a sample of one."""
    from vigie.features.ingest.readers import RECOGNISE, find, formats_page, samples, sources

    if name is not None:
        sample = samples.files().get(find(name).name)
        typer.echo(
            f"There is no sample of {name}." if sample is None else sample.read_text(encoding="utf-8"),
            nl=False,
        )
        return
    if markdown:
        typer.echo(formats_page.markdown(sources(), RECOGNISE), nl=False)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("format", "reads", "recognised")
    for name, source in sources().items():
        table.add_row(name, source.doc, "yes" if name in RECOGNISE else "")
    Console().print(table)


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("formats")(formats)
