"""A dossier's bytes follow from what was found, and its first page says that it holds personal data."""

from __future__ import annotations

from io import BytesIO

from vigie.serving.dossier.manifest import README, Manifest
from vigie.serving.dossier.sealing import Finding, seal
from vigie.version import VERSION


def test_the_same_finding_gives_the_same_bytes(finding: Finding, sealed: bytes) -> None:
    again = BytesIO()
    seal(again, finding)
    assert again.getvalue() == sealed


def test_the_first_page_says_in_both_languages_that_persons_wrote_what_it_holds(
    members: dict[str, bytes], finding: Finding
) -> None:
    assert next(iter(members)) == README
    page = members[README].decode()
    posts = finding.compared.posts.height
    assert f"PERSONAL DATA. This file holds the profiles of 76 accounts and the text of {posts} posts" in page
    assert "DONNÉES PERSONNELLES" in page


def test_the_manifest_names_versions_parameters_and_every_member(members: dict[str, bytes]) -> None:
    told = Manifest.model_validate_json(members["manifest.json"])
    assert told.vigie == VERSION
    assert [*told.members] == [name for name in members if name != "manifest.json"]
    assert {"notes/fr/note.html", "notes/en/note.posts.csv", "inputs/baseline.json"} < set(told.members)
    assert set(told.models) == {"inauthentic", "coordinated"}
