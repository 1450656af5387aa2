"""An invented file of each format that is known by its columns or keys: what such a file looks like."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

# Lines of a sample that are shown, and characters of each.
_LINES, _CHARACTERS = 3, 500


def files() -> dict[str, Path]:
    """Return the samples by format."""
    folder = Path(str(resources.files("vigie.features.ingest") / "samples"))
    return {file.stem: file for file in sorted(folder.iterdir())}


def head(file: Path) -> str:
    """Return the first lines of a sample, long ones cut."""
    lines = file.read_text(encoding="utf-8").splitlines()
    shown = [line[:_CHARACTERS] + ("…" if len(line) > _CHARACTERS else "") for line in lines[:_LINES]]
    return "\n".join([*shown, *(["…"] if len(lines) > _LINES else [])])
