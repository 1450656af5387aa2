"""Files of a collector, read and written as a dataset: file by file where the format allows it."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from vigie.errors import InputError
from vigie.features.ingest import dataset
from vigie.features.ingest.dataset_writer import Writer
from vigie.features.ingest.opening import SourceFile, expand
from vigie.features.ingest.reader import EachFile, Options, Source
from vigie.features.ingest.readers import stored as datasets
from vigie.features.ingest.stored_dataset import MANIFEST, Dataset
from vigie.features.media import table_of

# From a format, all its files and what the reader is told: how each file is read.
Elsewhere: TypeAlias = Callable[[Source, Sequence[SourceFile], Options], EachFile]
# How a dataset is read that is given as a file is.
_DATASETS = EachFile(datasets.PATTERNS, datasets.parts)


@dataclass(frozen=True)
class Destination:
    """Where an import goes.

    Attributes:
        out: Folder of the dataset.
        name: Name of the dataset, and source of its labels.
        licence: What the data may be used for.
        replace: Whether a dataset already there is replaced.
        append: Whether rows are added to a dataset already there.
    """

    out: Path
    name: str
    licence: str | None = None
    replace: bool = False
    append: bool = False


def import_files(
    source: Source,
    paths: Sequence[Path],
    options: Options,
    to: Destination,
    *,
    media: Path | None = None,
    now: datetime | None = None,
    reading: Callable[[str, int, int], None] = lambda name, number, of: None,
    elsewhere: Elsewhere | None = None,
) -> Dataset:
    """Write what files hold as a dataset; a file of the same content is read once.

    A folder that is a dataset is read as one, whatever the format of the others.

    An import that was killed goes on with the first file that it had not read to its end.

    Args:
        source: Format of the files.
        paths: Files, folders, archives.
        options: What the reader is told.
        to: Where the rows go.
        media: Folder of pictures that the collector saved, or a table of their hashes; None: none.
        now: Clock for "in the future"; None: that of the machine.
        reading: Told the name of each file, its number from 1, and how many there are, before it is read.
        elsewhere: How a format's files are read by other machines; None: they are read here.

    Raises:
        EmptyInputError: A path does not exist.
        InputError: Not one of the files can be read.
        DatasetError: The folder holds something else, or a dataset that is neither replaced nor added to.
    """
    stored = [path for path in paths if (path / MANIFEST).is_file()]
    others = [path for path in paths if path not in stored]
    files = [(_DATASETS, SourceFile(path / MANIFEST)) for path in stored]
    if source.each is not None and others:
        found = expand(others, source.each.patterns)
        source.each.check(found, options)
        each = elsewhere(source, found, options) if elsewhere else source.each
        files += [(each, file) for file in found]
    base = dataset.open(to.out) if to.append and (to.out / MANIFEST).is_file() else None
    settings = [str(options.name), *sorted(f"{key}={value}" for key, value in options.defaults.items())]
    if options.mapping is not None and options.mapping.is_file():
        settings.append(hashlib.sha256(options.mapping.read_bytes()).hexdigest())
    with (
        _uncollected(),
        Writer(
            to.out,
            name=to.name,
            form=source.name,
            licence=to.licence,
            replace=to.replace,
            add_to=base,
            now=now,
            settings=settings,
            hashes=None if media is None else table_of(media),
        ) as writer,
    ):
        if source.each is None and others:
            if elsewhere:
                raise InputError(
                    f"the files of {source.name} are read together, by one machine; leave --engine spark out"
                )
            writer.add_whole(source.read(others, options))
        failed: list[InputError] = []
        for number, (each, file) in enumerate(files, 1):
            reading(file.name, number, len(files))
            state, content = file.state(), file.digest()
            if writer.holds(content):
                writer.skip()
                continue
            try:
                writer.add(each.of([file], options))
            except InputError as error:
                # One bad file among others costs that file.
                failed.append(error)
                if len(failed) == len(files):
                    raise failed[0] from error
                writer.unread(file.name, error)
                continue
            if file.state() != state:
                writer.changed()
                continue
            writer.done(file.name, content)
            for one in datasets.sources_of(file) if each is _DATASETS else ():
                writer.done(one["name"], one["sha256"])
        return writer.finish()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let the collector of cycles rest: it looks again and again at the millions of values of a chunk, which hold none.

    It takes a third of the time of an import.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
