"""Make a dossier: gather what was found and all that it rests on, note the digest of each member, and sign where asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from vigie.features.coordination import baselines
from vigie.features.coordination.comparison import Comparison, Limits
from vigie.features.coordination.report import display_text
from vigie.features.coordination.report.network import reports
from vigie.features.coordination.report.types import NetworkReport
from vigie.features.i18n import LANGUAGES, Language, Message, message
from vigie.models.engine import ScoringEngine
from vigie.serving.dossier import archive, figures, inputs, manifest, models, signature
from vigie.serving.dossier.decisions import Excerpt
from vigie.serving.dossier.manifest import MANIFEST, README, SIGNATURE, About, Manifest, Parameters
from vigie.serving.note import page, subjects
from vigie.serving.note.subjects import Subject
from vigie.serving.note.technical import Case
from vigie.version import VERSION

if TYPE_CHECKING:
    import polars as pl
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

BASELINE, FIGURES, DECISIONS = "inputs/baseline.json", "figures.json", "decisions.json"


@dataclass(frozen=True)
class Finding:
    """What is sealed.

    Attributes:
        about: What it is about.
        engine: The models, and the reference rates.
        compared: The comparison.
        limits: Of the comparison.
        left_out: What was not compared of what was collected.
        shifted_hours: Hours that were added to the times of platforms before.
        folders: Where the model of each target lies; one that ships need not be named.
        decisions: What people decided; None: of no operation.
        cases: What the operation knows of the campaign or group that it is about, by language: for the technical note.
    """

    about: About
    engine: ScoringEngine
    compared: Comparison
    limits: Limits
    left_out: Sequence[Message] = ()
    shifted_hours: Mapping[str, float] = field(default_factory=dict)
    folders: Mapping[str, Path | None] = field(default_factory=dict)
    decisions: Excerpt | None = None
    cases: Mapping[Language, Case] = field(default_factory=dict)


def seal(file: BinaryIO, finding: Finding, key: Ed25519PrivateKey | None = None) -> Manifest:
    """Write a dossier, and return what it says of itself.

    Args:
        file: Where to.
        finding: What was found.
        key: What signs it; None: nobody does.

    Raises:
        DossierError: It would be larger than a dossier may be, or a model is not at its place any more.
    """
    said = reports(finding.compared, LANGUAGES, finding.engine.models.population())
    told = {language: each.beside(finding.left_out, language) for language, each in said.items()}
    judgement = figures.judged(finding.engine, finding.compared, told["en"])
    used, model_files = models.written(finding.engine.models, finding.folders)
    rates = finding.engine.baseline or baselines.shipped()
    members = {
        README: _readme(finding),
        **inputs.written(finding.compared),
        BASELINE: baselines.dumped(rates),
        **model_files,
        FIGURES: figures.written(finding.compared, told["en"], judgement),
        **_notes(finding, told, judgement),
    }
    if finding.decisions is not None:
        members[DECISIONS] = finding.decisions.model_dump_json(indent=1).encode()
    noted = manifest.members(members)
    made = Manifest(
        vigie=VERSION,
        about=finding.about,
        models=used,
        parameters=Parameters(
            meetings=finding.limits.meetings,
            budget=finding.limits.budget,
            platform_of_posts="platform" in finding.compared.posts.columns,
            shifted_hours=dict(finding.shifted_hours),
        ),
        inputs=inputs.summed_up(finding.compared),
        members=noted,
        whole=manifest.whole(noted),
    )
    text = made.model_dump_json(indent=1).encode()
    whole = {README: members.pop(README), MANIFEST: text, **members}
    if key is not None:
        whole[SIGNATURE] = signature.SIGNING.sign(text, key).model_dump_json().encode()
    archive.write(file, whole)
    return made


def _readme(finding: Finding) -> bytes:
    """Return the first page: what the file is, that it holds personal data, and how to check it; in each language."""
    counts = {"accounts": finding.compared.accounts.height, "posts": finding.compared.posts.height}
    pages = (
        "\n\n".join(
            each.say(language)
            for each in (
                message("dossier.title", name=display_text.plain_name(finding.about.name)),
                message("dossier.personal_data", **counts),
                message("dossier.holds"),
                message("dossier.verify"),
                message("coordination.note"),
            )
        )
        for language in LANGUAGES
    )
    return ("\n\n\n".join(pages) + "\n").encode()


def _notes(
    finding: Finding, told: Mapping[Language, NetworkReport], judgement: pl.DataFrame
) -> dict[str, bytes]:
    """Return the note of an analyst, the technical note and their annexes in each language, by member."""
    files: dict[str, bytes] = {}
    for language in LANGUAGES:
        notes: dict[str, tuple[list[Subject] | None, Case | None]] = {"note": (None, None)}
        if language in finding.cases:
            notes["technical"] = [_subject(finding, told[language])], finding.cases[language]
        for stem, (about, case) in notes.items():
            made = page.made(
                stem, finding.compared, told[language], judgement, finding.engine.models,
                name=finding.about.name, language=language, about=about, case=case,
            )  # fmt: skip
            files[f"notes/{language}/{stem}.html"] = made.page.encode()
            files |= {f"notes/{language}/{name}": text for name, text in made.annexes.items()}
    return files


def _subject(finding: Finding, told: NetworkReport) -> Subject:
    """Return the campaign or group that a dossier is about, as it is told in a language."""
    about, compared = finding.about, finding.compared
    candidates = (
        subjects.campaigns(compared, told.campaigns)
        if about.kind == "campaign"
        else subjects.groups(compared, told.groups)
    )
    return next(replace(one, track=about.track) for one in candidates if one.place == about.number)
