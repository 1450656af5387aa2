"""What the tests of imports share: pages as a collector writes them, day by day, and their import."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vigie.features.ingest.importing import Destination, import_files
from vigie.features.ingest.reader import Options
from vigie.features.ingest.readers import find
from vigie.features.ingest.stored_dataset import Dataset

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def page() -> Callable[..., str]:
    """Return a function that gives a page collected on a day of May 2024, with posts of ten accounts in turn."""

    def written(day: int, numbers: range, *, likes: int = 0, handle: str = "ana") -> str:
        data = [
            {
                "id": str(1000 + number),
                "author_id": str(number % 10),
                "created_at": f"2024-05-{day:02}T08:{number % 60:02}:09.000Z",
                "text": f"post {number}",
                "public_metrics": {"like_count": likes},
            }
            for number in numbers
        ]
        authors = sorted({str(number % 10) for number in numbers})
        users = [{"id": one, "username": f"{handle}{one}"} for one in authors]
        seen = {"retrieved_at": f"2024-05-{day:02}T20:00:00Z"}
        return json.dumps({"data": data, "includes": {"users": users}, "__twarc": seen}) + "\n"

    return written


@pytest.fixture
def imported() -> Callable[..., Dataset]:
    """Return a function that imports pages of the X API v2."""

    def made(paths: Sequence[Path], out: Path, **destination: Any) -> Dataset:
        to = Destination(out, "n", **destination)
        return import_files(find("x-api-v2"), paths, Options(), to, now=NOW)

    return made
