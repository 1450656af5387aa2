"""What a training leaves beside its bundle: everything a reader or a promotion needs, without the data.

::

    my.vigie/            the bundle
    my.vigie.run/        its record
      record.json        what was trained with what; figures by flat name; gates; run and version once tracked
      judged.parquet     every judged account with its held-out score (see vigie.training.judged)
      tables/*.csv       every table of the evaluation
      plots/*.png
      report.html        all of it on one page
      card.md card.fr.md the model card

It is whole on disk before anything is tracked: a server that goes away loses nothing.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from vigie.errors import RecordError
from vigie.training.metrics import Figure

_FILE = "record.json"
_LIBRARIES = ("vigie", "lightgbm", "numpy", "polars", "scikit-learn", "scipy")


@dataclass(frozen=True)
class Record:
    """A training, told.

    Attributes:
        content: What ``record.json`` holds.
        judged: Judged accounts.
        tables: Tables of aggregates by name.
        plots: PNG files by name.
        texts: Other files by name: report and cards.
    """

    content: dict[str, Any]
    judged: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    plots: Mapping[str, bytes]
    texts: Mapping[str, str]


def content(
    identity: Mapping[str, str],
    target: str,
    config: Mapping[str, Any],
    manifests: list[dict[str, Any]],
    notes: tuple[str, ...],
    figures: Mapping[str, Figure],
) -> dict[str, Any]:
    """Return what ``record.json`` holds of a training that is not tracked yet."""
    return {
        "target": target,
        **identity,
        "config": dict(config),
        "gates": config["gates"],
        "manifests": manifests,
        "notes": list(notes),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "figures": {name: _known(asdict(figure)) for name, figure in sorted(figures.items())},
        "run_id": None,
        "registered": None,
    }


def _known(figure: dict[str, float]) -> dict[str, float | None]:
    # JSON knows no NaN.
    return {name: None if value != value else round(value, 6) for name, value in figure.items()}


def beside(bundle: Path) -> Path:
    """Return the folder of the record of a bundle.

    >>> beside(Path("models/my.vigie")).name
    'my.vigie.run'
    """
    return bundle.with_name(f"{bundle.name}.run")


def save(record: Record, folder: Path) -> None:
    """Write a record whole or not at all, replacing one that is there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        fresh = Path(scratch) / "record"
        for part in ("tables", "plots"):
            (fresh / part).mkdir(parents=True)
        record.judged.write_parquet(fresh / "judged.parquet")
        for name, table in record.tables.items():
            table.write_csv(fresh / "tables" / f"{name}.csv")
        for name, plot in record.plots.items():
            (fresh / "plots" / name).write_bytes(plot)
        for name, text in record.texts.items():
            (fresh / name).write_text(text, encoding="utf-8")
        _write(fresh, record.content)
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)


def read(folder: Path) -> dict[str, Any]:
    """Return what ``record.json`` in a folder holds.

    Raises:
        RecordError: It is absent or does not parse.
    """
    try:
        found = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecordError(
            f"no {_FILE} to be read in {folder}: vigie train writes one beside every bundle; train it anew"
        ) from error
    if not isinstance(found, dict):
        raise RecordError(f"{_FILE} in {folder} does not hold an object; train it anew")
    return found


def tracked(folder: Path, run_id: str, registered: str | None) -> None:
    """Note in a record under which run and version it is tracked."""
    _write(folder, read(folder) | {"run_id": run_id, "registered": registered})


def _write(folder: Path, content: dict[str, Any]) -> None:
    (folder / _FILE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
