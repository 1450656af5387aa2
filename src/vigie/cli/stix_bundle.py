"""The STIX bundle of ``vigie network --stix``: what was found, both scores, and the note attached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vigie.features.coordination.baselines import Baseline
    from vigie.features.coordination.comparison import Comparison
    from vigie.features.coordination.report.types import NetworkReport
    from vigie.features.i18n import Language, Message
    from vigie.serving.stix.objects import Marking


def check_bundle(path: Path, marking: str) -> None:
    """Check where a bundle is to be written and its marking, before anything is compared.

    Raises:
        InputError: The file is there already or is no .json, or the marking is none of the Traffic Light Protocol.
    """
    from vigie.errors import InputError

    if path.suffix.lower() != ".json":
        raise InputError(f"--stix {path} is no bundle; name a file that ends in .json")
    if path.exists():
        raise InputError(f"{path} exists; name a bundle that does not")
    _marking(marking)


def write_bundle(
    path: Path,
    marking: str,
    name: str,
    compared: Comparison,
    made: NetworkReport,
    language: Language,
    ordinary: Baseline | None,
) -> Message:
    """Write a bundle of what strong evidence speaks for, and return the sentence that tells so.

    Accounts that no more than act alike, as newsrooms and activists do, are left out: a platform of threats is no place for them
    unless somebody decides so.

    Raises:
        InputError: The marking is none.
        OSError: The file cannot be written.
    """
    from vigie.features import whole_files
    from vigie.features.i18n import message
    from vigie.models.engine import Models, ScoringEngine
    from vigie.serving.note import page, scores, subjects
    from vigie.serving.stix import export
    from vigie.serving.stix.bundle import AttachedFile

    found = subjects.of(compared, made)
    about = [each for each in found if each.told.verdict == "strong"]
    models = Models.load(None, None)
    members = {row for one in found for row in one.members}
    judged = scores.of(ScoringEngine(models, ordinary), compared.accounts, compared.posts, members, language)
    note = page.made("note", compared, made, judged, models, name=name, language=language)
    attached = AttachedFile("note.html", "text/html", note.page.encode())
    request = export.Request(
        about=about,
        compared=compared,
        scores=judged,
        files=[attached],
        name=name,
        marking=_marking(marking),
        language=language,
    )
    exported = export.export(request)
    with whole_files.new_file(path) as fresh:
        fresh.write_text(exported.to_json(), encoding="utf-8")
    return message(
        "stix.written",
        file=str(path),
        count=len(exported.objects),
        relations=len(list(exported.relations())),
        marking=f"TLP:{marking.upper()}",
        others=len(found) - len(about),
    )


def _marking(given: str) -> Marking:
    from vigie.errors import InputError, choices
    from vigie.serving.stix.objects import MARKINGS

    found = next((known for known in MARKINGS if known == given.lower()), None)
    if found is None:
        raise InputError(f"--tlp is {given}. {choices(given, MARKINGS)}")
    return found
