"""A collector's files read by executors, each whole in one of them, by the reader that reads them here.

The files lie where the machine that asks and every executor know them by the same path. Executors send what they read as it is; the
machine that asks judges the rows, joins them and writes the dataset, as it does with files that it reads itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import polars as pl

from vigie import errors
from vigie.errors import InputError
from vigie.features.cluster import packets
from vigie.features.ingest import readers
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import EachFile, Log, Options, Part, Source
from vigie.features.json_object import JsonObject

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

# Bytes and files that are asked for at once: what is read of them is held until it is written.
BYTES, FILES = 128_000_000, 256
# Packets of a file, at most.
_OF_FILE = 1 << 24
# Columns beside the rows of a part, and of what is told behind the last one.
_TABLE, _TOLD = "_table", "_told"
_SET_ASIDE = "_set_aside"


def elsewhere(
    session: SparkSession, source: Source, files: Sequence[SourceFile], options: Options
) -> EachFile:
    """Return how the files of an import are read one by one where an engine reads them, some ahead of their turn.

    Args:
        session: The engine.
        source: Format of the files, one that is read file by file; executors know it by its name.
        files: All of them, in the order in which they will be read.
        options: What the reader is told.
    """
    return replace(_each(source), parts=_Ahead(session, source.name, _lots(files), options).parts)


def _each(source: Source) -> EachFile:
    """Return how one file of a format is read."""
    if source.each is None:
        raise ValueError(f"the files of {source.name} are read together")
    return source.each


def _lots(files: Sequence[SourceFile]) -> list[list[SourceFile]]:
    """Return files in lots that are asked for at once."""
    lots: list[list[SourceFile]] = []
    held = 0
    for file in files:
        size = file.path.stat().st_size
        if not lots or held + size > BYTES or len(lots[-1]) == FILES:
            lots.append([])
            held = 0
        lots[-1].append(file)
        held += size
    return lots


@dataclass
class _Ahead:
    """Files read in lots.

    Attributes:
        session: The engine.
        form: Name of the format.
        lots: The files.
        options: What the reader is told.
        read: What was read of the lot asked for last: file to its packets in order.
    """

    session: SparkSession
    form: str
    lots: list[list[SourceFile]]
    options: Options
    read: dict[SourceFile, list[pl.DataFrame]] = field(default_factory=dict)

    def parts(self, file: SourceFile, options: Options, log: Log) -> Iterator[Part]:
        """Yield the parts of a file, then write down what its reader did; see :class:`vigie.features.ingest.reader.EachFile`.

        Raises:
            InputError: The reader did.
            ClusterError: The engine failed, or an executor has no such file, or another version of vigie or Polars.
        """
        if file not in self.read:
            lot = next(lot for lot in self.lots if file in lot)
            self.read = self._asked(lot)
        for rows in self.read.pop(file):
            if _TOLD in rows.columns:
                _written_down(json.loads(rows[_TOLD][0]), log)
            elif (table := rows[_TABLE][0]) == _SET_ASIDE:
                log.parts.append(rows.drop(_TABLE))
            else:
                yield Part(table, rows.drop(_TABLE))

    def _asked(self, lot: list[SourceFile]) -> dict[SourceFile, list[pl.DataFrame]]:
        form, options, versions = self.form, self.options, packets.VERSIONS
        mapping = options.mapping.read_bytes() if options.mapping else b""

        def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            packets.check(versions)
            with TemporaryDirectory() as folder:
                told = options
                if options.mapping:
                    told = replace(options, mapping=Path(folder) / options.mapping.name)
                    (Path(folder) / options.mapping.name).write_bytes(mapping)
                for number, asked in packets.received(batches):
                    file = SourceFile(Path(asked["path"][0]), asked["member"][0])
                    for place, rows in enumerate(_packets_of(file, form, told)):
                        yield packets.handed_on(number * _OF_FILE + place, rows)

        asked = (
            packets.packed(pl.DataFrame({"path": [str(file.path.absolute())], "member": [file.member]}))
            for file in lot
        )
        sent = self.session.createDataFrame(packets.sent(enumerate(asked))).repartition(len(lot))
        found = dict(packets.received(sent.mapInArrow(read, packets.SCHEMA).toArrow().to_batches()))
        held: dict[SourceFile, list[pl.DataFrame]] = {file: [] for file in lot}
        for place in sorted(found):
            held[lot[place // _OF_FILE]].append(found[place])
        return held


def _packets_of(file: SourceFile, form: str, options: Options) -> Iterator[pl.DataFrame]:
    """Yield the rows of a file with the name of their table, those set aside, then what else its reader wrote down."""
    if not file.path.is_file():
        raise FileNotFoundError(f"{file.path} is not there for an executor")
    read = _each(readers.find(form)).of([file], options)
    failed: InputError | None = None
    try:
        for part in read.parts:
            if part.rows.height:
                yield part.rows.with_columns(pl.lit(part.table).alias(_TABLE))
    except InputError as error:
        failed = error
    log = read.log
    for rows in log.parts:
        yield rows.with_columns(pl.lit(_SET_ASIDE).alias(_TABLE))
    told = {
        "counts": log.counts,
        "seen": log.seen,
        "losses": [[*key, loss.count, loss.first] for key, loss in log.losses.items()],
        "error": None if failed is None else [type(failed).__name__, str(failed)],
    }
    yield pl.DataFrame({_TOLD: [json.dumps(told)]})


def _written_down(told: JsonObject, log: Log) -> None:
    """Take what the reader of a file wrote down in an executor.

    Raises:
        InputError: It did.
    """
    for sentence, count in told["counts"].items():
        log.note(sentence, count)
    for table, rows in told["seen"].items():
        log.seen[table] += rows
    for table, name, count, first in told["losses"]:
        log.lost(table, name, count, first)
    if told["error"] is not None:
        kind, message = told["error"]
        raise getattr(errors, kind, InputError)(message)
