"""Datasets that vigie wrote, read again: to join several, or to add one to another."""

from __future__ import annotations

import json
from collections.abc import Iterator

from vigie.errors import MalformedInputError
from vigie.features import schema
from vigie.features.ingest import dataset
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import Log, Options, Part
from vigie.features.ingest.readers.raw import CHUNK_ROWS
from vigie.features.ingest.stored_dataset import MANIFEST, NAMES
from vigie.features.json_object import JsonObject

# A dataset is known by its manifest.
PATTERNS = (MANIFEST,)


def parts(file: SourceFile, options: Options, log: Log) -> Iterator[Part]:
    """Read the dataset of a manifest: its tables, and the names that accounts had.

    Raises:
        DatasetCorruptError: It was changed since it was written.
        MalformedInputError: It lies in an archive.
    """
    if file.member is not None:
        raise MalformedInputError(f"{file.name} lies in an archive; unpack the dataset, then give its folder")
    held = dataset.open(file.path.parent)
    log.files.append(file.path)
    for table in (*schema.TABLES, NAMES):
        for rows in held.rows(table).collect_batches(chunk_size=CHUNK_ROWS):
            if table in schema.TABLES:
                log.seen[table] += rows.height
            yield Part(table, rows)


def sources_of(file: SourceFile) -> list[JsonObject]:
    """Return name and digest of the files that a dataset was made of."""
    manifest: JsonObject = json.loads(file.path.read_text(encoding="utf-8"))
    return list(manifest["files"])
