"""Check a dossier: that no member was changed, who signed it, that decisions fit the chain; and compute its figures again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from vigie.errors import BaselineError, DossierError
from vigie.features.coordination import comparison
from vigie.features.coordination.baselines import Baseline
from vigie.features.coordination.comparison import Limits
from vigie.features.coordination.report.network import report
from vigie.features.ed25519 import Signature
from vigie.models.engine import ScoringEngine
from vigie.serving.dossier import archive, decisions, figures, inputs, manifest, models, signature
from vigie.serving.dossier.archive import Archive
from vigie.serving.dossier.decisions import Excerpt
from vigie.serving.dossier.figures import Difference
from vigie.serving.dossier.manifest import MANIFEST, SIGNATURE, Manifest
from vigie.serving.dossier.sealing import BASELINE, DECISIONS, FIGURES
from vigie.version import VERSION

_LARGEST_TEXT, _LARGEST_FIGURES = 1 << 24, 1 << 28
# Members that are named in an error; the others are counted.
_NAMED = 10


@dataclass(frozen=True)
class Verified:
    """A dossier none of whose members was changed.

    Attributes:
        manifest: What it says of itself.
        signature: Who signed it, as far as a key tells; None: nobody did.
        decisions: What people decided; None: it is of no operation.
        others: In what it was sealed otherwise than it was computed again: versions.
        differences: Figures that come out otherwise.
    """

    manifest: Manifest
    signature: Signature | None
    decisions: Excerpt | None
    others: tuple[str, ...]
    differences: tuple[Difference, ...]


def verify(path: Path, key: str | None = None, progress: Callable[[str], None] = lambda _: None) -> Verified:
    """Check a dossier, and compute its figures again.

    Args:
        path: The file.
        key: Public key that must have signed it, raw, in hex; None: none must have.
        progress: Called with the name of each step of a comparison as it begins.

    Raises:
        DossierError: It is none, or was changed: every member that differs is named.
        BundleError: A model that it holds is none.
        OSError: It cannot be read.
    """
    with archive.opened(path) as held:
        text = held.read(MANIFEST, manifest.LARGEST)
        told = manifest.parse(text)
        _check_members(held, told)
        signed = None
        if SIGNATURE in held.names:
            signed = signature.SIGNING.checked(held.read(SIGNATURE, manifest.LARGEST), text, key)
        elif key is not None:
            raise DossierError(
                f"{path.name} was signed by nobody; the key that was given signed no such file"
            )
        decided = None
        if DECISIONS in held.names:
            decided = decisions.checked(held.read(DECISIONS, _LARGEST_TEXT))
        used, others = models.read(held, told.models)
        again = _again(held, told, ScoringEngine(used, _baseline(held)), progress)
        differing = figures.differences(held.read(FIGURES, _LARGEST_FIGURES), again)
    if told.vigie != VERSION:
        others.insert(0, f"this is vigie {VERSION}, and it was sealed by vigie {told.vigie}")
    return Verified(told, signed, decided, tuple(others), tuple(differing))


def _check_members(held: Archive, told: Manifest) -> None:
    """Check that an archive holds what its manifest says, byte by byte."""
    names = [name for name in held.names if name not in (MANIFEST, SIGNATURE)]
    faults = [f"{name} is missing" for name in told.members if name not in names]
    faults += [f"{name} is not named by the manifest" for name in names if name not in told.members]
    faults += _changed(held, told)
    if faults:
        more = f", and {len(faults) - _NAMED:,} more" if len(faults) > _NAMED else ""
        raise DossierError(f"the dossier was changed after it was sealed: {', '.join(faults[:_NAMED])}{more}")
    if manifest.whole(told.members) != told.whole:
        raise DossierError(f"{MANIFEST} was changed: the digest of the whole is not that of the members")


def _changed(held: Archive, told: Manifest) -> Iterator[str]:
    for name, noted in told.members.items():
        if name in held.names:
            content = held.read(name)
            if len(content) != noted.bytes or sha256(content).hexdigest() != noted.sha256:
                yield f"{name} is not as it was sealed"


def _baseline(held: Archive) -> Baseline:
    try:
        return Baseline.from_json(json.loads(held.read(BASELINE, _LARGEST_TEXT)))
    except (ValueError, RecursionError, BaselineError) as error:
        raise DossierError(f"{BASELINE} holds no reference rates: {str(error)[:120]}") from error


def _again(held: Archive, told: Manifest, engine: ScoringEngine, progress: Callable[[str], None]) -> bytes:
    """Return the figures that the inputs of a dossier give."""
    accounts, posts = inputs.read(
        held.read(inputs.ACCOUNTS),
        held.read(inputs.POSTS),
        platform_of_posts=told.parameters.platform_of_posts,
    )
    compared = comparison.compare_posts(
        accounts,
        posts,
        Limits(told.parameters.meetings, told.parameters.budget),
        baseline=engine.baseline,
        progress=progress,
    )
    found = report(compared, "en", engine.models.population())
    return figures.written(compared, found, figures.judged(engine, compared, found))
