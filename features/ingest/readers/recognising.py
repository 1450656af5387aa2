"""Which format a file is of, from its header or its first records.

A format states what its files have (:class:`~vigie.features.ingest.mapping.Signature`). Of the formats that a file fits,
the one that states most counts; where several state as much, or none fits, the file is refused with what it has.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl
import pydantic_core

from vigie.errors import InputError, UnknownFormatError
from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import FILE, LINE, Log, Options, Part, Source, file_by_file
from vigie.features.ingest.readers import generic, nested, raw
from vigie.features.ingest.stored_dataset import MANIFEST
from vigie.features.json_object import JsonObject

NAME = "auto"
# Of JSON, as much is read as holds records of any kind; of the rest the first rows.
_HEAD, _RECORDS = 4_000_000, 100
# Columns, keys and formats named in a message.
_SHOWN, _NEAREST = 40, 3


@dataclass(frozen=True)
class Shown:
    """What a file shows of itself.

    Attributes:
        file: Its name.
        columns: Columns of a table; none of JSON.
        frame: Its first rows.
        records: The first records of JSON.
    """

    file: str
    columns: tuple[str, ...] = ()
    frame: pl.DataFrame = field(default_factory=pl.DataFrame)
    records: tuple[JsonObject, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return its columns, or the keys of its records and the paths inside them."""
        return self.columns or tuple(nested.keys(self.records))

    def has(self, name: str) -> bool:
        """Return whether it has a column, or a record with a path."""
        return name in self.names

    def holds(self, name: str, words: Sequence[str]) -> bool:
        """Return whether a column or a path holds one of some words."""
        if name in self.columns:
            return bool(self.frame[name].cast(pl.String).is_in(words).any())
        return any(text in words for one in self.records for text in _texts(nested.at(one, name)))


@dataclass(frozen=True)
class Recognised:
    """The format of a file.

    Attributes:
        source: The format.
        why: The columns or keys that told it, for messages.
    """

    source: Source
    why: str


def shown(file: SourceFile) -> Shown:
    """Return what a file shows of itself.

    Raises:
        EmptyInputError: It holds nothing.
        MalformedInputError: It cannot be read.
        UnknownFormatError: It has an ending that is not read.
    """
    if file.suffix in (".csv", ".tsv", ".parquet"):
        is_parquet = file.suffix == ".parquet"
        chunks = raw.parquet_chunks(file, Log()) if is_parquet else raw.csv_chunks(file, Log(), "posts")
        frame = next(chunks)
        return Shown(file.name, tuple(frame.drop(FILE, LINE).columns), frame.head(_RECORDS))
    if file.suffix in generic.ENDINGS:
        return Shown(file.name, records=_records(file))
    raise UnknownFormatError(f"{file.name}: no reader for {file.suffix or 'a file without ending'}")


def recognise(
    seen: Shown, formats: Mapping[str, Sequence[Signature]], sources: Mapping[str, Source]
) -> Recognised:
    """Return the format of a file.

    Args:
        seen: The file.
        formats: Name of a format to what its files have; one of its signatures must hold.
        sources: Name to format.

    Raises:
        UnknownFormatError: It fits no format, or several equally.
    """
    fitting = [
        (_weight(seen, one), name, one)
        for name, several in formats.items()
        for one in several
        if _fits(seen, one)
    ]
    most = max((weight for weight, _, _ in fitting), default=0)
    best = {name: one for weight, name, one in fitting if weight == most}
    if len(best) == 1:
        ((name, signature),) = best.items()
        held = [f"{key} ({' or '.join(words)})" for key, words in signature.values.items()]
        return Recognised(sources[name], ", ".join([*_asked(seen, signature), *held]))
    has = ", ".join(seen.names[:_SHOWN]) or "no record"
    if best:
        raise UnknownFormatError(
            f"{seen.file} fits {' and '.join(best)} equally; it has {has}. Name the one that it is: "
            f"vigie import {next(iter(best))} {seen.file}"
        )
    near = "; ".join(f"{name} lacks {', '.join(lacking)}" for name, lacking in _nearest(seen, formats))
    raise UnknownFormatError(
        f"{seen.file} is of no format that is known by its {'columns' if seen.columns else 'keys'}; it has {has}. "
        f"Nearest: {near}. Name its format, or say what its columns are: vigie import generic --mapping map.toml"
    )


@dataclass(frozen=True)
class _Known:
    """The formats that can be recognised.

    Attributes:
        formats: Name to what files of a format have; one of the signatures must hold.
        sources: Name to format.
    """

    formats: Mapping[str, Sequence[Signature]]
    sources: Mapping[str, Source]

    def parts(self, file: SourceFile, options: Options, log: Log) -> Iterator[Part]:
        """Read a file by the reader of its own format."""
        found = recognise(shown(file), self.formats, self.sources)
        log.note(f"files read as {found.source.name}, known by {found.why}: {{}}")
        if found.source.each is not None:
            yield from found.source.each.parts(file, options, log)

    def check(self, files: Sequence[SourceFile], options: Options) -> None:
        """Check that each file is of a format, and the files of each as its reader does."""
        several: dict[str, list[SourceFile]] = {}
        for file in files:
            if (file.path.parent / MANIFEST).is_file():
                raise UnknownFormatError(
                    f"{file.path.parent} is a dataset that vigie wrote, not files of a collector; give the folder itself"
                )
            # What is not known is told where it is read: one such file among others costs that file.
            with suppress(InputError):
                found = recognise(shown(file), self.formats, self.sources)
                several.setdefault(found.source.name, []).append(file)
        for name, own in several.items():
            if reader := self.sources[name].each:
                reader.check(own, options)


def auto(sources: Mapping[str, Source], formats: Mapping[str, Sequence[Signature]]) -> Source:
    """Return the format that is any of those that can be recognised.

    Args:
        sources: Name to format, each read file by file.
        formats: Name to what files of a format have.
    """
    known = _Known(formats, sources)
    return file_by_file(
        NAME,
        "Files of the formats that are known by their columns or keys, each file by its own.",
        generic.PATTERNS,
        known.parts,
        check=known.check,
        newest_is_seen=True,
    )


def _records(file: SourceFile) -> tuple[JsonObject, ...]:
    """Return the first records of JSON; of one that is larger than what is read, the part that was read."""
    with file.open() as data:
        head = data.read(_HEAD)
    encoding = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    text = head.decode(encoding, "ignore").replace("\0", "").lstrip()
    values: list[Any] = []
    for line in text.split("\n", _RECORDS)[:_RECORDS]:
        try:
            values.append(pydantic_core.from_json(line.strip(" \t\r,")))
        except ValueError:
            break
    if not values:
        try:
            values = [pydantic_core.from_json(text, allow_partial=True)]
        except ValueError:  # several values that follow one another
            values = [record.value for record in next(raw.json_chunks(file, Log(), "posts"), [])]
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return tuple(one for one in flat[:_RECORDS] if isinstance(one, dict))


def _texts(value: Any) -> Iterable[str]:
    return (str(one) for one in (value if isinstance(value, list) else [value]))


def _asked(seen: Shown, signature: Signature) -> tuple[str, ...]:
    """Return the columns or keys that a file must have."""
    return signature.columns if seen.columns else signature.keys


def _weight(seen: Shown, signature: Signature) -> int:
    return len(_asked(seen, signature)) + len(signature.values)


def _fits(seen: Shown, signature: Signature) -> bool:
    names = _asked(seen, signature)
    return (
        bool(names)
        and all(seen.has(name) for name in names)
        and not any(seen.has(name) for name in signature.none_of)
        and all(seen.holds(name, words) for name, words in signature.values.items())
    )


def _nearest(seen: Shown, formats: Mapping[str, Sequence[Signature]]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the formats of which a file has the largest share, and what it lacks of each."""
    found = []
    for name, several in formats.items():
        for one in several:
            names = _asked(seen, one)
            if names:
                lacking = tuple(column for column in names if not seen.has(column))
                found.append((len(lacking) / len(names), name, lacking))
    found.sort(key=lambda one: one[0])
    return [(name, lacking) for _, name, lacking in found[:_NEAREST]]
