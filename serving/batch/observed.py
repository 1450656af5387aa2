"""Whatever a collector wrote, as tables of the contract: for what keeps it, and for what scores it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from vigie.features.ingest import dataset
from vigie.features.ingest.importing import Destination, import_files
from vigie.features.ingest.readers import Options, find
from vigie.features.ingest.stored_dataset import MANIFEST
from vigie.serving.batch import inputs
from vigie.serving.operations import records


def tables(path: Path, form: str) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield the accounts and posts of a path, in the columns of the contract, part by part.

    Args:
        path: A dataset directory, lines of accounts as JSON, or a collector's file.
        form: Format of a collector's file; ``auto``: any that is known.

    Raises:
        InputError: It cannot be read.
        DatasetError: The directory is not a dataset, or was changed.
    """
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
        yield from tables(made, form)
