"""``vigie features``: the catalogue of what is measured, and the features of accounts as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.engine import EngineName, Remote
from vigie.errors import InputError, UnknownFormatError, choices

if TYPE_CHECKING:
    from vigie.features.catalogue import Feature


_HELP = """List every feature: what it measures, in what unit, from how many posts. Or measure accounts.

Example:

* vigie features data/mine --out features.parquet

* vigie features s3://lake/march --out features.parquet --engine spark --remote sc://spark.example
"""
_SUFFIXES = (".parquet", ".csv")


def features(
    data: Annotated[
        str | None, typer.Argument(help="Accounts to measure: dataset directory, .jsonl or .parquet.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write: .parquet or .csv.")] = None,
    engine: EngineName = "local",
    remote: Remote = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="The list as the page of the reference.")
    ] = False,
) -> None:
    """Print every feature, or write the features of accounts."""
    if (data is None) != (out is None):
        raise InputError(
            "name accounts to measure and --out, a file for their features; or neither, for the list of features"
        )
    if data is not None and out is not None:
        _measure(data, out, engine, remote)
        return
    from vigie.features.catalogue import CATALOGUE
    from vigie.features.pipeline import FEATURES
    from vigie.features.window.windows import WINDOW_FEATURES

    catalogue = [CATALOGUE[name] for name in (*FEATURES, *WINDOW_FEATURES)]
    if markdown:
        typer.echo(_markdown(catalogue), nl=False)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("feature", "unit", "posts", "what it measures", title=f"{len(catalogue)} features")
    for feature in catalogue:
        table.add_row(feature.name, feature.unit, str(feature.needs_posts or "–"), feature.doc)
    Console().print(table)


def _measure(data: str, out: Path, engine: str, remote: str | None) -> None:
    """Write the features of accounts."""
    import polars as pl
    from rich.console import Console

    from vigie.cli.engine import accounts_of, check
    from vigie.cli.progress import reported, told_of_earlier
    from vigie.features import whole_files
    from vigie.features.i18n import message
    from vigie.features.pipeline import FEATURES
    from vigie.serving.batch import feature_table

    if out.suffix.lower() not in _SUFFIXES:
        raise UnknownFormatError(f"{out} ends in {out.suffix or 'nothing'}. {choices(out.suffix, _SUFFIXES)}")
    check(engine, remote, data)
    console = Console(stderr=True)
    with accounts_of(data, remote, out, ["features", *FEATURES]) as given:
        told_of_earlier(console, given.done, given.total, "en")
        parts = []
        with reported(console, message("cli.measuring"), given.total, "en", given.done) as advance:
            for rows, share in feature_table.tables(given):
                parts.append(rows)
                advance(share)
        table = pl.concat(parts)
        with whole_files.new_file(out) as fresh:
            table.write_parquet(fresh) if out.suffix.lower() == ".parquet" else table.write_csv(fresh)
    refused = table["error"].count()
    typer.echo(f"Features of {table.height - refused:,} accounts in {out}; refused: {refused:,}")


def _markdown(catalogue: list[Feature]) -> str:
    from vigie.features.catalogue import GROUPS
    from vigie.features.i18n import Message

    lines = [
        "# Features",
        "",
        "Written by `make docs` from the code. *posts*: fewer give a missing value. *direction*: + if a higher value",
        "may never lower the score, − if it may never raise it. *kept out*: why no shipped model reads it; L1 to L14 are codes",
        "of the [leak register](leak-register.md).",
        "*source*: where the method comes from, see the [bibliography](bibliography.md).",
    ]
    for group in GROUPS:
        title = Message(f"features.group.{group}").say("en")
        lines += ["", f"## {title.capitalize()}", ""]
        lines += ["| feature | what it measures | unit | posts | direction | kept out | source |"]
        lines += ["|---|---|---|---|---|---|---|"]
        lines += [
            f"| `{item.name}` | {_cell(item.doc)} | {item.unit} | {item.needs_posts or ''} "
            f"| {('', '+', '−')[item.monotone]} | {_cell(item.leak)} | {_sources(item.source)} |"
            for item in catalogue
            if item.group == group
        ]
    return "\n".join(lines) + "\n"


def _sources(keys: tuple[str, ...]) -> str:
    """Return citation keys as links into the bibliography, whose entries are headings."""
    return ", ".join(f"[{key}](bibliography.md#{key.lower()})" for key in keys)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("features", help=_HELP)(features)
