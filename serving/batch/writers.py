"""Results as a file: lines of JSON as the service sends them, or one flat row per account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import polars as pl
import pydantic_core

from vigie.errors import UnknownFormatError, choices
from vigie.features import whole_files
from vigie.models.engine import Models
from vigie.models.verdict import AccountResult
from vigie.serving.batch.columns import SCHEMA, row
from vigie.serving.json_encoding import encoded


def json_lines(results: Iterable[AccountResult]) -> Iterator[bytes]:
    """Yield each result as a line of JSON, as it stands among the results of an answer."""
    return (encoded(AccountResult, result) + b"\n" for result in results)


class Sink(Protocol):
    """Takes results part by part."""

    def write(self, results: list[AccountResult]) -> None:
        """Add results, in order."""

    def finish(self) -> Path:
        """Return the finished file."""


class _JsonLines:
    def __init__(self, folder: Path, _: Models) -> None:
        self._path = folder / "results.jsonl"
        self._path.touch()

    def write(self, results: list[AccountResult]) -> None:
        with self._path.open("ab") as file:
            file.writelines(json_lines(results))

    def finish(self) -> Path:
        return self._path


class _Csv:
    def __init__(self, folder: Path, models: Models) -> None:
        self._path = folder / "results.csv"
        self._models = models
        pl.DataFrame(schema=SCHEMA).select(pl.col(name).cast(pl.String()) for name in SCHEMA).write_csv(
            self._path
        )

    def write(self, results: list[AccountResult]) -> None:
        nested = [name for name, dtype in SCHEMA.items() if dtype.is_nested()]
        rows = [row(result, self._models) for result in results]
        for one in rows:
            for name in nested:
                one[name] = None if one[name] is None else pydantic_core.to_json(one[name]).decode()
        schema = {name: pl.String() if name in nested else dtype for name, dtype in SCHEMA.items()}
        with self._path.open("ab") as file:
            pl.DataFrame(rows, schema=schema, orient="row").write_csv(file, include_header=False)

    def finish(self) -> Path:
        return self._path


class _Parquet:
    def __init__(self, folder: Path, models: Models) -> None:
        self._folder = folder
        self._models = models
        self._parts: list[Path] = []
        self._add(pl.DataFrame(schema=SCHEMA))

    def write(self, results: list[AccountResult]) -> None:
        self._add(pl.DataFrame([row(result, self._models) for result in results], schema=SCHEMA))

    def finish(self) -> Path:
        whole = self._folder / "results.parquet"
        pl.scan_parquet(self._parts).sink_parquet(whole)
        return whole

    def _add(self, rows: pl.DataFrame) -> None:
        path = self._folder / f"{len(self._parts):06}.parquet"
        rows.write_parquet(path)
        self._parts.append(path)


_SINKS: dict[str, Callable[[Path, Models], Sink]] = {
    ".parquet": _Parquet,
    ".csv": _Csv,
    ".jsonl": _JsonLines,
}


def check_suffix(out: Path) -> None:
    """Refuse a file that no writer knows.

    Raises:
        UnknownFormatError: By its suffix.
    """
    if out.suffix.lower() not in _SINKS:
        raise UnknownFormatError(f"{out} ends in {out.suffix or 'nothing'}. {choices(out.suffix, _SINKS)}")


@contextmanager
def opened(out: Path, models: Models) -> Iterator[Sink]:
    """Open a file for results; it appears whole when the body ends, or not at all.

    Args:
        out: The file; its suffix says the format: .parquet, .csv (nested columns as JSON text) or .jsonl.
        models: The models, named in every row of a table; lines of JSON are results and nothing else.

    Raises:
        UnknownFormatError: By its suffix.
    """
    check_suffix(out)
    with whole_files.scratch(out.parent) as folder:
        sink = _SINKS[out.suffix.lower()](folder, models)
        yield sink
        whole_files.put(sink.finish(), out)
