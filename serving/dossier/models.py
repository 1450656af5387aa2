"""The models of a dossier: one that ships is named by its version, which is a digest of all that it is; another is held."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from vigie.errors import DossierError
from vigie.models import bundle
from vigie.models.bundle import Bundle
from vigie.models.engine import Models
from vigie.serving.dossier.archive import Archive
from vigie.serving.dossier.manifest import TARGETS, Model, Target

_LARGEST_FILE = 50_000_000


def written(
    models: Models, folders: Mapping[str, Path | None]
) -> tuple[dict[Target, Model], dict[str, bytes]]:
    """Return what is said of the models by target, and the files of those that do not ship, by member.

    Args:
        models: What scored.
        folders: Where the model of each target lies; None: it ships.

    Raises:
        DossierError: A model that does not ship is not at its place any more.
    """
    told: dict[Target, Model] = {}
    files: dict[str, bytes] = {}
    for target in TARGETS:
        used, folder = models.bundles[target], folders.get(target)
        ships = bundle.load(None, target).version == used.version
        told[target] = Model(**used.identity(), is_held=not ships)
        if not ships:
            lies = folder or bundle.default_folder(target)
            files |= {f"models/{target}/{name}": content for name, content in _files(lies, used).items()}
    return told, files


def read(archive: Archive, told: Mapping[Target, Model]) -> tuple[Models, list[str]]:
    """Return the models to compute with, and a sentence on each that is another than the one that scored.

    Args:
        archive: The dossier.
        told: What it says of its models, by target.

    Raises:
        BundleError: A model that it holds is none, or was changed.
    """
    found, others = [], []
    for target, model in told.items():
        used = _held(archive, target) if model.is_held else bundle.load(None, target)
        found.append(used)
        if used.version != model.version:
            others.append(
                f"the model of {target} is {used.name} {used.version} here, and was {model.name} {model.version}"
            )
    return Models.of(*found), others


def _files(folder: Path, used: Bundle) -> dict[str, bytes]:
    lying = bundle.load(folder, used.target).version
    if lying not in (used.version, used.adapted_from):
        raise DossierError(f"the model in {folder} was replaced meanwhile; ask again")
    return {bundle.INDEX: bundle.text_of(used.index).encode()} | {
        name: (folder / name).read_bytes() for name in used.index["files"]
    }


def _held(archive: Archive, target: str) -> Bundle:
    """Return a model of an archive, each of whose files is tried as what comes from outside."""
    prefix = f"models/{target}/"
    with tempfile.TemporaryDirectory(prefix="vigie-verify-") as scratch:
        for name in archive.names:
            if name.startswith(prefix) and "/" not in name.removeprefix(prefix):
                (Path(scratch) / name.removeprefix(prefix)).write_bytes(archive.read(name, _LARGEST_FILE))
        return bundle.load(Path(scratch), target, tried=True)
