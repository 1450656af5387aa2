"""``vigie observe``: files of any collector go into an operation."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from vigie.cli.operations import Name, StoreAddress, catalogue

if TYPE_CHECKING:
    import polars as pl

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
    from vigie.serving.operations.observation import StatusCounts, observe_tables

    kept = catalogue(store)
    kept.database(name)
    console = Console(stderr=True)
    for path in paths:
        of_accounts, of_posts = StatusCounts(), StatusCounts()
        with console.status(f"reading {path}"):
            for accounts, posts in _tables(path, form):
                with kept.observing(name) as connection:
                    seen = observe_tables(connection, accounts, posts, kept.clock())
                of_accounts += seen.accounts
                of_posts += seen.posts
        typer.echo(f"{path}: accounts {_told(of_accounts)}; posts {_told(of_posts)}")


def _told(counts: StatusCounts) -> str:
    return f"{counts.new:,} new, {counts.changed:,} changed, {counts.known:,} known"


def _tables(path: Path, form: str) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield the accounts and posts of a path, in the columns of the contract, part by part."""
    from vigie.features.ingest import dataset
    from vigie.features.ingest.importing import Destination, import_files
    from vigie.features.ingest.readers import Options, find
    from vigie.features.ingest.stored_dataset import MANIFEST
    from vigie.serving.batch import inputs
    from vigie.serving.operations import records

    if (form == "auto" and path.suffix.lower() in (".jsonl", ".ndjson")) or (path / MANIFEST).is_file():
        given = inputs.find(path, datetime.now(UTC))
        for batch, _ in given.batches():
            names = batch.accounts.select("row", *records.ACCOUNT)
            yield (
                batch.accounts.drop("row"),
                batch.posts.join(names, on="row", maintain_order="left").drop("row"),
            )
        if (path / MANIFEST).is_file():
            held = dataset.open(path)
            strangers = held.posts().join(held.accounts(), on=records.ACCOUNT, how="anti").collect()
            if strangers.height:
                yield held.accounts().head(0).collect(), strangers
        return
    with tempfile.TemporaryDirectory(prefix="vigie-observe-") as scratch:
        made = Path(scratch) / "dataset"
        import_files(find(form), [path], Options(path.name), Destination(made, path.name))
        yield from _tables(made, form)


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("observe", help=_HELP)(observe)
