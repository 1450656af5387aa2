"""Results as a file: JSON lines as the service sends them, or one flat row per account."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import pydantic_core

from vigie.errors import UnknownFormatError, choices
from vigie.models.verdict import STATED_PREVALENCES

# The identity of the model of each target.
Identities = dict[str, dict[str, str]]

_TEXT, _NUMBER, _COUNT = pl.String(), pl.Float64(), pl.Int64()
_FAULTS = pl.List(pl.Struct({"field": _TEXT, "detail": _TEXT}))
_VERDICT: dict[str, pl.DataType] = {
    "status": _TEXT,
    "probability": _NUMBER,
    "interval_low": _NUMBER,
    "interval_high": _NUMBER,
    "assumed_prevalence": _NUMBER,
    **{f"at_prevalence_{rate}": _NUMBER for rate in STATED_PREVALENCES},
    "band": _TEXT,
    "why": _TEXT,
    "code": _TEXT,
}
_REASONS = pl.List(
    pl.Struct(
        {
            "group": _TEXT,
            "feature": _TEXT,
            "value": _NUMBER,
            "percentile": _NUMBER,
            "contribution": _NUMBER,
            "sentence": _TEXT,
            "post_ids": pl.List(_TEXT),
        }
    )
)
_NAME = {"platform": _TEXT, "account_id": _TEXT, "handle": _TEXT}
_SHARED = {
    "trace": _TEXT, "object": _TEXT, "kind": _TEXT, "accounts": _COUNT, "post_id": _TEXT, "time": _TEXT,
    "partner_post_id": _TEXT, "partner_time": _TEXT,
}  # fmt: skip
_PARTNERS = pl.List(
    pl.Struct(
        {
            "partner": pl.Struct(_NAME),
            "sentence": _TEXT,
            "trace": _TEXT,
            "window": _COUNT,
            "objects": _COUNT,
            "days": _COUNT,
            "authors": _COUNT,
            "expected": _NUMBER,
            "p_class": _NUMBER,
            "p_class_corrected": _NUMBER,
            "expected_author": _NUMBER,
            "p_author": _NUMBER,
            "p_author_corrected": _NUMBER,
            "leads": _COUNT,
            "follows": _COUNT,
            "shared": pl.List(pl.Struct(_SHARED)),
        }
    )
)
# Columns on coordination have their own names: the two scores are separate questions.
_APART = "coordinated_"
SCHEMA: dict[str, pl.DataType] = {
    "platform": _TEXT,
    "account_id": _TEXT,
    **_VERDICT,
    "tier": _TEXT,
    "posts": _COUNT,
    "posts_supplied": _COUNT,
    "missing": pl.List(_TEXT),
    "partial": pl.List(_TEXT),
    "dropped_posts": pl.List(pl.Struct({"count": _COUNT, "field": _TEXT, "reason": _TEXT})),
    "ignored_fields": pl.List(pl.Struct({"field": _TEXT, "nearest": _TEXT})),
    "reasons": _REASONS,
    **{_APART + name: dtype for name, dtype in _VERDICT.items()},
    "coordinated_basis": _TEXT,
    "coordinated_window": pl.Struct({"start": _TEXT, "end": _TEXT, "accounts": _COUNT}),
    "coordinated_posts": _COUNT,
    "coordinated_group": _COUNT,
    "coordinated_partners": _PARTNERS,
    "coordinated_partners_left_out": _COUNT,
    "coordinated_reasons": _REASONS,
    "error": pl.Struct({"type": _TEXT, "title": _TEXT, "status": _COUNT, "detail": _TEXT, "errors": _FAULTS}),
    "model": _TEXT,
    "model_version": _TEXT,
    "feature_set": _TEXT,
    "coordinated_model": _TEXT,
    "coordinated_model_version": _TEXT,
    "coordinated_feature_set": _TEXT,
}


class Sink(Protocol):
    """Takes results part by part."""

    def write(self, results: list[dict[str, Any]]) -> None:
        """Add results, in order."""

    def finish(self) -> Path:
        """Return the finished file."""


class _JsonLines:
    def __init__(self, folder: Path, models: Identities) -> None:
        self._path = folder / "results.jsonl"
        self._models = models
        self._path.touch()

    def write(self, results: list[dict[str, Any]]) -> None:
        with self._path.open("ab") as file:
            for result in results:
                file.write(
                    pydantic_core.to_json(
                        result
                        | {
                            "model": self._models["inauthentic"],
                            "coordinated_model": self._models["coordinated"],
                        },
                        inf_nan_mode="null",
                    )
                    + b"\n"
                )

    def finish(self) -> Path:
        return self._path


class _Csv:
    def __init__(self, folder: Path, models: Identities) -> None:
        self._path = folder / "results.csv"
        self._models = models
        pl.DataFrame(schema=SCHEMA).select(pl.col(name).cast(_TEXT) for name in SCHEMA).write_csv(self._path)

    def write(self, results: list[dict[str, Any]]) -> None:
        nested = [name for name, dtype in SCHEMA.items() if dtype.is_nested()]
        rows = [flat(result, self._models) for result in results]
        for row in rows:
            for name in nested:
                row[name] = None if row[name] is None else json.dumps(row[name], ensure_ascii=False)
        schema = {name: _TEXT if name in nested else dtype for name, dtype in SCHEMA.items()}
        with self._path.open("ab") as file:
            pl.DataFrame(rows, schema=schema, orient="row").write_csv(file, include_header=False)

    def finish(self) -> Path:
        return self._path


class _Parquet:
    def __init__(self, folder: Path, models: Identities) -> None:
        self._folder = folder
        self._models = models
        self._parts: list[Path] = []
        self._add(pl.DataFrame(schema=SCHEMA))

    def write(self, results: list[dict[str, Any]]) -> None:
        self._add(pl.DataFrame([flat(result, self._models) for result in results], schema=SCHEMA))

    def finish(self) -> Path:
        whole = self._folder / "results.parquet"
        pl.scan_parquet(self._parts).sink_parquet(whole)
        return whole

    def _add(self, rows: pl.DataFrame) -> None:
        path = self._folder / f"{len(self._parts):06}.parquet"
        rows.write_parquet(path)
        self._parts.append(path)


_SINKS: dict[str, Callable[[Path, Identities], Sink]] = {
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
def opened(out: Path, models: Identities) -> Iterator[Sink]:
    """Open a file for results; it appears whole when the body ends, or not at all.

    Args:
        out: The file; its suffix says the format: .parquet, .csv (nested columns as JSON text) or .jsonl.
        models: Identity of the model of each target, beside every result.

    Raises:
        UnknownFormatError: By its suffix.
    """
    check_suffix(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        sink = _SINKS[out.suffix.lower()](Path(scratch), models)
        yield sink
        sink.finish().replace(out)


def flat(result: dict[str, Any], models: Identities) -> dict[str, Any]:
    """Return a result as one row of :data:`SCHEMA`."""
    row: dict[str, Any] = dict.fromkeys(SCHEMA) | {
        "platform": result["platform"], "account_id": result["account_id"], "error": result.get("error"),
    }  # fmt: skip
    known = {
        **result.get("coverage", {}),
        **_columns(result.get("inauthentic"), models["inauthentic"]),
        **{
            _APART + name: value
            for name, value in _columns(result.get("coordinated"), models["coordinated"]).items()
        },
    }
    return row | {name: value for name, value in known.items() if name in SCHEMA}


def _columns(verdict: dict[str, Any] | None, model: dict[str, str]) -> dict[str, Any]:
    """Return a verdict with its interval and prevalences in columns of their own, and the model beside it."""
    given = verdict or {"status": "refused"}
    low, high = given.get("interval", (None, None))
    return given | {
        **{f"at_prevalence_{rate}": value for rate, value in given.get("at_prevalence", {}).items()},
        "interval_low": low, "interval_high": high,
        "model": model["name"], "model_version": model["version"], "feature_set": model["feature_set"],
    }  # fmt: skip
