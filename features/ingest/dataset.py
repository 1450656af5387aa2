"""Datasets on disk: write an import as one, open one. Their form is told in :mod:`vigie.features.ingest.stored_dataset`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from vigie.errors import DatasetCorruptError, DatasetNotFoundError
from vigie.features.ingest.dataset_writer import Writer
from vigie.features.ingest.reader import Read
from vigie.features.ingest.stored_dataset import MANIFEST, Dataset, digest


def check_place(path: Path) -> None:
    """Refuse a place that is no dataset directory.

    Raises:
        DatasetNotFoundError: It is not there, or holds no manifest.
    """
    if not path.exists():
        raise DatasetNotFoundError(f"{path} is not there; name a dataset directory made with `vigie import`")
    if not (path / MANIFEST).is_file():
        raise DatasetNotFoundError(f"{path} holds no {MANIFEST}; make the dataset with `vigie import`")


def open(path: Path) -> Dataset:
    """Return a dataset after checking that its tables are those that were written.

    Raises:
        DatasetNotFoundError: There is no dataset.
        DatasetCorruptError: The manifest does not parse, or a table is missing or differs.
    """
    check_place(path)
    file = path / MANIFEST
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        expected = {
            file["name"]: file["sha256"] for held in manifest["tables"].values() for file in held["files"]
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetCorruptError(f"{file} does not parse ({error}); import the dataset again") from error
    for name, noted in expected.items():
        stored = path / name
        if not stored.is_file():
            raise DatasetCorruptError(f"{stored} is missing; import the dataset again")
        if digest(stored) != noted:
            raise DatasetCorruptError(
                f"{stored} was changed or cut short since it was written; import the dataset again"
            )
    return Dataset(path, manifest)


def write(
    read: Read,
    out: Path,
    *,
    name: str,
    form: str,
    licence: str | None = None,
    replace: bool = False,
    now: datetime | None = None,
) -> Dataset:
    """Write an import as a dataset (see :class:`Writer` for the arguments and the errors).

    Args:
        read: The import.
        out: Folder to make.
        name: Name of the dataset.
        form: Format it was read from.
        licence: What the data may be used for.
        replace: Whether a dataset already there is replaced.
        now: Clock for "in the future"; None: that of the machine.

    Raises:
        DatasetError: The folder holds something else, or a dataset and ``replace`` is not set.
    """
    with Writer(out, name=name, form=form, licence=licence, replace=replace, now=now) as writer:
        writer.add_whole(read)
        return writer.finish()


__all__ = ["MANIFEST", "Dataset", "open", "write"]
