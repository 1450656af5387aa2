"""A dossier of the planted flood, and how one is changed."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from vigie.features.coordination.comparison import Limits
from vigie.models.engine import Models, ScoringEngine
from vigie.serving.dossier import archive, manifest
from vigie.serving.dossier.manifest import MANIFEST, About, Manifest
from vigie.serving.dossier.sealing import Finding, seal

Members = dict[str, bytes]
Write = Callable[[Members], Path]
Mend = Callable[[Members], Members]


@pytest.fixture(scope="session")
def finding(flood: Any, models: Models) -> Finding:
    return Finding(About(name="Harbour vote"), ScoringEngine(models), flood.compared, Limits())


@pytest.fixture(scope="session")
def sealed(finding: Finding) -> bytes:
    """The dossier as bytes."""
    file = BytesIO()
    seal(file, finding)
    return file.getvalue()


@pytest.fixture
def members(sealed: bytes) -> Members:
    """Its members, by name."""
    with ZipFile(BytesIO(sealed)) as whole:
        return {name: whole.read(name) for name in whole.namelist()}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes members as a dossier."""

    def written(members: Members) -> Path:
        place = tmp_path / "dossier.zip"
        with place.open("wb") as file:
            archive.write(file, members)
        return place

    return written


@pytest.fixture
def mend() -> Mend:
    """Return a function that makes the manifest fit members that were changed, as a forger would."""

    def mended(members: Members) -> Members:
        noted = manifest.members({name: content for name, content in members.items() if name != MANIFEST})
        told = Manifest.model_validate_json(members[MANIFEST])
        fitting = told.model_copy(update={"members": noted, "whole": manifest.whole(noted)})
        return members | {MANIFEST: fitting.model_dump_json().encode()}

    return mended
