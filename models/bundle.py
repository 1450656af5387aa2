"""The model bundle: a folder that holds everything a score needs, written once, checked when loaded.

::

    bundle.json     what it is: features and their fingerprints, parts, calibration, floors, reference,
                    data it was trained on, figures, and the SHA-256 of every other file
    <part>.txt      LightGBM text model of a part (profile, posts; pool)
    <part>.<n>.txt  the same part fitted without one source or campaign: their spread gives the interval
    card.md         model card; card.fr.md: in French
    bundle.sig      who signed it, where somebody did (:mod:`vigie.models.signatures`)

A bundle that was adapted to a collection holds in its index, under ``adaptation``, the head that is put on the scores of its
parts (:mod:`vigie.models.adaptation.head`) and the identity of its parent. Its format is 2, so that a version of vigie that knows no
heads refuses it and does not answer with the scores of the parent.

Nothing in it is code or pickled: JSON and LightGBM's own text, read after their digests are checked.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vigie.errors import (
    BundleCorruptError,
    BundleFeatureSetError,
    BundleNotFoundError,
    BundlePlaceError,
    BundleTargetError,
    BundleUnpinnedError,
    BundleVersionError,
)
from vigie.features import whole_files
from vigie.features.catalogue import CATALOGUE
from vigie.features.i18n.languages import Language
from vigie.features.json_object import JsonObject
from vigie.features.versioning import feature_set, fingerprints
from vigie.models import bundle_index, signatures, trial
from vigie.models.adaptation.head import Head
from vigie.models.calibration import Calibration
from vigie.models.conformal import KnownAccounts
from vigie.models.lightgbm_io import load as load_booster
from vigie.models.pins import read as read_pins
from vigie.models.trial import Model

if TYPE_CHECKING:
    from lightgbm import Booster

# With a head, a bundle has the second format.
FORMAT, ADAPTED_FORMAT = 1, 2
PARTS = ("profile", "posts", "pool")
# File of the model card by language.
CARDS: dict[Language, str] = {"en": "card.md", "fr": "card.fr.md"}
INDEX = "bundle.json"
_LARGEST_INDEX = 5_000_000
# A model of the most trees and leaves that a training may choose has 20 million.
_LARGEST_FILE = 50_000_000


@dataclass(frozen=True)
class Part:
    """One native Booster and what turns its margin into log-odds.

    Attributes:
        name: One of :data:`PARTS`.
        features: Its inputs, in order.
        booster: The model.
        members: The same model fitted without one source each.
        calibration: Margin to log-odds, fitted on sources the model had not seen.
        gains: Share of the model's gain that each feature brings; sums to 1.
        floor: Least share of the gain that must be known for the part to speak.
        without: The source that each member lacks; empty where a bundle does not say.
        whole: Least share of the gain of which an account counts as well known; where less is known its tier is another.
    """

    name: str
    features: tuple[str, ...]
    booster: Booster
    members: tuple[Booster, ...]
    calibration: Calibration
    gains: NDArray[np.float64]
    floor: float
    without: tuple[str, ...] = ()
    whole: float = 0.0


@dataclass(frozen=True)
class Bundle:
    """A loaded model.

    Attributes:
        index: Everything in ``bundle.json``.
        parts: Parts by name, in the order of :data:`PARTS`.
        reference: Quantiles (0, 1, …, 100 %) of each feature among the labelled ordinary accounts.
        cards: The model card by language, Markdown; a bundle from before cards were translated has the English one.
        head: What adapts it to one collection; None in a bundle that a training wrote.
        known: The accounts that it is held against; None in a bundle that says nothing of them.
    """

    index: JsonObject
    parts: dict[str, Part]
    reference: dict[str, NDArray[np.float64]]
    cards: dict[Language, str]
    head: Head | None = None
    known: KnownAccounts | None = None

    @property
    def name(self) -> str:
        """Name of the model."""
        return str(self.index["name"])

    @property
    def target(self) -> str:
        """What it scores: one of the contract's targets."""
        return str(self.index["target"])

    @property
    def version(self) -> str:
        """Version of the model: a digest of all that it is."""
        return str(self.index["version"])

    @property
    def card(self) -> str:
        """The model card in English, Markdown."""
        return self.cards.get("en", "")

    @property
    def adapted_from(self) -> str | None:
        """Version of the model that its head stands on; None where it has no head."""
        return None if self.head is None else str(self.index["adaptation"]["parent"]["version"])

    @property
    def feature_set(self) -> str:
        """Fingerprint of its features."""
        return str(self.index["feature_set"])

    def identity(self) -> dict[str, str]:
        """Return what a client keeps beside a score: name, version, feature set."""
        return {"name": self.name, "version": self.version, "feature_set": self.feature_set}

    def floors(self) -> dict[str, float]:
        """Return the numbers below which the model abstains, by name."""
        return {name: value for name, value in self.index["floors"].items() if name != "posts_count_needed"}

    def reads(self) -> frozenset[str]:
        """Return the names of the features that it reads."""
        return frozenset(name for part in self.parts.values() for name in part.features)


def save(folder: Path, index: JsonObject, files: dict[str, str]) -> None:
    """Write a bundle whole or not at all, replacing one that is there.

    Args:
        folder: Where to.
        index: Content of ``bundle.json`` without format, version, feature set and digests.
        files: Text of every other file by name.

    Raises:
        BundlePlaceError: Something else is there.
    """
    check_place(folder)
    # In the order of PARTS: that of a dictionary is lost in JSON.
    names = [name for part in PARTS if part in index["parts"] for name in index["parts"][part]["features"]]
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(files.items())}
    complete = {
        **index,
        "format": ADAPTED_FORMAT if index.get("adaptation") else FORMAT,
        "feature_set": feature_set(names),
        "fingerprints": {name: fingerprints()[name] for name in names},
        "files": digests,
    }
    complete["version"] = version_of(complete)
    with whole_files.new_folder(folder, replace=True) as fresh:
        for name, text in files.items():
            (fresh / name).write_text(text, encoding="utf-8")
        (fresh / INDEX).write_text(text_of(complete), encoding="utf-8")


def check_place(folder: Path) -> None:
    """Refuse a place where a bundle cannot be written, before the work of making one is done.

    Raises:
        BundlePlaceError: A file is there, or a folder that holds other things than a bundle.
        OSError: The folder around it cannot be written in.
    """
    if folder.is_file() or (folder.is_dir() and not (folder / INDEX).is_file() and any(folder.iterdir())):
        kind = "is a file" if folder.is_file() else "holds other things than a bundle"
        raise BundlePlaceError(
            f"{folder} {kind}, and would be replaced; name a new folder, or one of a bundle"
        )
    with whole_files.scratch(folder.parent):
        pass


def default_folder(target: str = "inauthentic") -> Path:
    """Return the folder of the bundle that ships."""
    return Path(str(resources.files("vigie.models"))) / "default" / target


def load(
    folder: Path | None = None,
    target: str | None = "inauthentic",
    *,
    tried: bool = False,
    pins: Path | None = None,
    trusted_keys: Path | None = None,
) -> Bundle:
    """Return the bundle of a target in a folder, after checking it.

    Args:
        folder: Where it lies; None: the one that ships.
        target: What it scores; None: any.
        tried: Whether its models are tried in a process of their own first (:mod:`vigie.models.trial`), as a service does with
            what comes from outside.
        pins: File of the bundles that are allowed (:mod:`vigie.models.pins`); None: all are.
        trusted_keys: File of the keys one of which must have signed it (:mod:`vigie.models.signatures`); None: none need have.

    Raises:
        BundleNotFoundError: No ``bundle.json`` there.
        BundleCorruptError: A file is missing, truncated, altered, or not what a training writes.
        BundleVersionError: Written in a format this version does not read.
        BundleFeatureSetError: A feature it uses is unknown here or gives other values.
        BundleTargetError: It scores another target.
        BundleUnpinnedError: The file of pins does not allow it.
        BundleUnsignedError: No key of the file has signed it.
        ConfigError: The file of pins or of keys cannot be read.
    """
    folder = default_folder(target or "inauthentic") if folder is None else folder
    index = _read_index(folder)
    if index.get("format") != (ADAPTED_FORMAT if index.get("adaptation") else FORMAT):
        raise BundleVersionError(
            f"the bundle in {folder} has format {index.get('format')!r}; this version reads format {FORMAT}, and "
            f"{ADAPTED_FORMAT} of a bundle that was adapted to a collection. "
            "Train it anew, or install the version of vigie that wrote it"
        )
    if index.get("version") != version_of(index):
        raise BundleCorruptError(
            f"{INDEX} in {folder} was altered: its version does not match; copy the bundle again"
        )
    if pins is not None and (digest := digest_of(index)) not in read_pins(pins):
        raise BundleUnpinnedError(
            f"{pins.name} does not allow the bundle in {folder} (sha256:{digest}); if it is the one that is meant, add the line "
            "that vigie pin prints"
        )
    if trusted_keys is not None:
        signatures.check(folder, digest_of(index), trusted_keys)
    if target is not None and index.get("target") != target:
        raise BundleTargetError(
            f"the bundle in {folder} scores {index.get('target')!r}, not {target!r}; name the folder of a bundle "
            f"for {target}, or leave it out for the one that ships"
        )
    try:
        bundle_index.check(index, PARTS)
    except ValueError as error:
        raise BundleCorruptError(
            f"{INDEX} in {folder}: {error}; copy the bundle again or train it anew"
        ) from error
    files = _read_files(folder, index["files"])
    _check_features(folder, index["fingerprints"])
    entries = {name: index["parts"][name] for name in PARTS if name in index["parts"]}
    texts = {name: _models(name, entry, files) for name, entry in entries.items()}
    if tried:
        trial.run(model for models in texts.values() for model in models)
    parts = {name: _part(name, entry, texts[name]) for name, entry in entries.items()}
    reference = {name: np.array(quantiles) for name, quantiles in index["reference"].items()}
    cards = {language: files[name] for language, name in CARDS.items() if name in files}
    head = Head.from_json(index["adaptation"]["head"]) if index.get("adaptation") else None
    known = KnownAccounts.from_json(index["known_accounts"]) if index.get("known_accounts") else None
    return Bundle(index, parts, reference, cards, head, known)


def text_of(index: JsonObject) -> str:
    """Return an index as ``bundle.json`` holds it."""
    return json.dumps(index, indent=1, sort_keys=True) + "\n"


def version_of(index: JsonObject) -> str:
    """Return the beginning of the digest of an index, by which bundles are told apart."""
    return digest_of(index)[:12]


def digest_of(index: JsonObject) -> str:
    """Return the SHA-256 of everything in an index but the version itself: models by their digests included."""
    content = {key: value for key, value in index.items() if key != "version"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _read_index(folder: Path) -> JsonObject:
    path = folder / INDEX
    if not path.is_file():
        raise BundleNotFoundError(
            f"no {INDEX} in {folder}; name the folder of a bundle, or train one: vigie train --help"
        )
    if path.stat().st_size > _LARGEST_INDEX:
        raise BundleCorruptError(f"{path} is larger than any bundle index; it is not one")
    try:
        return bundle_index.parse(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BundleCorruptError(
            f"{path} is truncated or not JSON ({error}); copy the bundle again"
        ) from error


def _read_files(folder: Path, digests: dict[str, str]) -> dict[str, str]:
    """Return the text of every listed file, after its digest is checked."""
    texts = {}
    for name, digest in digests.items():
        path = folder / name
        if Path(name).name != name or not path.is_file():
            raise BundleCorruptError(f"{name} of the bundle in {folder} is missing; copy the bundle again")
        if path.stat().st_size > _LARGEST_FILE:
            raise BundleCorruptError(f"{name} of the bundle in {folder} is larger than any file of a bundle")
        content = path.read_bytes()
        seen = hashlib.sha256(content).hexdigest()
        if seen != digest:
            raise BundleCorruptError(
                f"{name} of the bundle in {folder} was altered or truncated: its SHA-256 starts with {seen[:12]}, "
                f"the index says {digest[:12]}; copy the bundle again"
            )
        try:
            texts[name] = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BundleCorruptError(f"{name} of the bundle in {folder} is no text") from error
    return texts


def _check_features(folder: Path, trained: dict[str, str]) -> None:
    here = fingerprints()
    unknown = sorted(set(trained) - set(here))
    other = sorted(name for name in set(trained) & set(here) if trained[name] != here[name])
    leaks = sorted(name for name in set(trained) & set(here) if CATALOGUE[name].leak)
    if unknown or other or leaks:
        said = [f"unknown here: {', '.join(unknown)}"] if unknown else []
        said += [f"computed otherwise: {', '.join(other)}"] if other else []
        said += [f"kept from models by the leak register: {', '.join(leaks)}"] if leaks else []
        raise BundleFeatureSetError(
            f"the bundle in {folder} was trained on another feature set ({'; '.join(said)}). "
            "Train it anew with this version, or install the version of vigie that wrote it"
        )


def _models(name: str, entry: JsonObject, files: dict[str, str]) -> list[Model]:
    """Return the models of a part: its own, then its members."""
    names = (f"{name}.txt", *entry["members"])
    if absent := [file for file in names if file not in files]:
        raise BundleCorruptError(f"{INDEX} lists no {absent[0]}, which part {name} needs; train it anew")
    return [Model(file, files[file], tuple(entry["features"])) for file in names]


def _part(name: str, entry: JsonObject, models: list[Model]) -> Part:
    calibration = entry["calibration"]
    booster, *members = (load_booster(model.text, model.file, model.features) for model in models)
    return Part(
        name=name,
        features=models[0].features,
        booster=booster,
        members=tuple(members),
        calibration=Calibration(
            calibration["slope"], calibration["intercept"], tuple(calibration["variance"])
        ),
        gains=np.array(entry["gains"]),
        floor=float(entry["floor"]),
        without=tuple(entry.get("without", ())),
        whole=float(entry["floor"] if entry.get("whole") is None else entry["whole"]),
    )
