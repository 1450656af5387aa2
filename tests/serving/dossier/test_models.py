"""A model that ships is named, another one travels with the dossier."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from vigie.errors import BundleCorruptError, DossierError
from vigie.models import bundle
from vigie.models.adaptation.collection import fit, put_on
from vigie.models.engine import Models, ScoringEngine
from vigie.serving.dossier import archive
from vigie.serving.dossier import models as dossier_models
from vigie.serving.dossier.sealing import Finding, seal
from vigie.serving.dossier.verification import verify

Members = dict[str, bytes]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle that does not ship: the one that does, with another prevalence."""
    shipped = bundle.load()
    made = {"format", "version", "feature_set", "fingerprints", "files"}
    index = {key: value for key, value in shipped.index.items() if key not in made}
    files = {name: (bundle.default_folder() / name).read_text() for name in shipped.index["files"]}
    bundle.save(tmp_path / "own", index | {"assumed_prevalence": 0.31}, files)
    return tmp_path / "own"


def test_a_model_that_ships_is_named_by_its_version_alone(models: Models) -> None:
    told, files = dossier_models.written(models, {"inauthentic": bundle.default_folder()})
    assert files == {}
    assert {target: (each.version, each.is_held) for target, each in told.items()} == {
        target: (each.version, False) for target, each in models.bundles.items()
    }


def test_another_model_travels_with_the_dossier_and_scores_again(
    finding: Finding, models: Models, folder: Path, tmp_path: Path
) -> None:
    own = models.replacing(bundle.load(folder))
    file = BytesIO()
    seal(
        file,
        Finding(
            finding.about,
            ScoringEngine(own),
            finding.compared,
            finding.limits,
            folders={"inauthentic": folder},
        ),
    )
    place = tmp_path / "dossier.zip"
    place.write_bytes(file.getvalue())
    found = verify(place)
    assert (found.differences, found.others) == ((), ())
    assert found.manifest.models["inauthentic"].version == own.inauthentic.version
    with archive.opened(place) as held:
        read, others = dossier_models.read(held, found.manifest.models)
    assert (read.inauthentic.version, others) == (own.inauthentic.version, [])


def test_a_model_that_an_operation_adapted_travels_with_the_parts_of_its_parent(
    models: Models, folder: Path, labelled_collection: Any, write: Callable[[Members], Path]
) -> None:
    entries = fit(labelled_collection.scored, labelled_collection.labels()).entries()
    adapted = models.replacing(put_on(models.inauthentic, entries))
    told, files = dossier_models.written(adapted, {})
    with archive.opened(write(files)) as held:
        read, others = dossier_models.read(held, told)
    assert told["inauthentic"].is_held
    assert (read.inauthentic.version, others) == (adapted.inauthentic.version, [])
    assert read.inauthentic.adapted_from == models.inauthentic.version
    with pytest.raises(DossierError, match="was replaced meanwhile"):
        dossier_models.written(adapted, {"inauthentic": folder})


def test_a_model_that_was_replaced_or_changed_is_not_taken(
    models: Models, folder: Path, write: Callable[[Members], Path]
) -> None:
    own = models.replacing(bundle.load(folder))
    told, files = dossier_models.written(own, {"inauthentic": folder})
    changed = next(name for name in files if name.endswith(".txt"))
    place = write(files | {changed: b"changed"})
    with archive.opened(place) as held, pytest.raises(BundleCorruptError):
        dossier_models.read(held, told)
    index = bundle.load().index
    (folder / "bundle.json").write_bytes((bundle.default_folder() / "bundle.json").read_bytes())
    assert index["version"] != own.inauthentic.version
    with pytest.raises(DossierError, match="replaced meanwhile"):
        dossier_models._files(folder, own.inauthentic)


def test_another_version_of_a_model_that_ships_is_told(
    models: Models, write: Callable[[Members], Path]
) -> None:
    told, _ = dossier_models.written(models, {})
    older = told | {"coordinated": told["coordinated"].model_copy(update={"version": "0123456789ab"})}
    with archive.opened(write({"README.txt": b""})) as held:
        _, (other,) = dossier_models.read(held, older)
    assert "was " in other
    assert "0123456789ab" in other
