"""``vigie observe``: files of any collector go into an operation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from vigie.cli.operations import Name, StoreAddress, catalogue

if TYPE_CHECKING:
    from vigie.serving.operations.observation import StatusCounts

_HELP = """Put accounts and posts into an operation: datasets, lines of JSON, or files of any format that vigie import reads.

What is known already is kept once, so that a file may be observed again. A later observation of an account that shows
something else is kept beside the earlier one, with its time.

Examples:

* vigie observe op_0123456789abcdef data/march --store watches

* vigie observe op_0123456789abcdef accounts.jsonl --store watches

* vigie observe op_0123456789abcdef downloads/today --format x-api-v2 --store watches
"""


def observe(
    name: Name,
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...", help="Dataset directories, .jsonl of accounts, or a collector's files."
        ),
    ],
    store: StoreAddress,
    form: Annotated[
        str, typer.Option("--format", help="Format of a collector's files, from vigie formats.")
    ] = "auto",
) -> None:
    """Observe files one after another, and say what was new."""
    from vigie.serving.batch.observed import tables
    from vigie.serving.operations.observation import StatusCounts, observe_tables

    kept = catalogue(store)
    kept.database(name)
    console = Console(stderr=True)
    for path in paths:
        of_accounts, of_posts = StatusCounts(), StatusCounts()
        with console.status(f"reading {path}"):
            for accounts, posts in tables(path, form):
                with kept.observing(name) as connection:
                    seen = observe_tables(connection, accounts, posts, kept.clock())
                of_accounts += seen.accounts
                of_posts += seen.posts
        typer.echo(f"{path}: accounts {_told(of_accounts)}; posts {_told(of_posts)}")


def _told(counts: StatusCounts) -> str:
    return f"{counts.new:,} new, {counts.changed:,} changed, {counts.known:,} known"


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("observe", help=_HELP)(observe)
