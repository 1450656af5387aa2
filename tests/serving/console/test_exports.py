"""The console offers the files of a campaign, in the language of the page, to who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from vigie.serving.access.scopes import Scope

Open = Callable[..., Any]


def test_every_file_of_a_campaign_comes_from_its_page(opened: Open, kept: Any) -> None:
    browser = opened("fr")
    at = f"{kept.at}/campaigns/{kept.tracks['campaigns'][0]}"
    page = browser.get(at).text
    for name in ("note", "note.zip", "stix", "network.graphml", "dossier"):
        assert f'formaction="{at}/files/{name}"' in page
    note = browser.get(f"{at}/files/note", params={"tlp": "green"})
    assert note.headers["content-language"] == "fr"
    assert "TLP:GREEN" in note.text
    assert "<script" not in note.text
    sealed = browser.get(f"{at}/files/dossier")
    assert ZipFile(BytesIO(sealed.content)).namelist()[0] == "README.txt"
    assert browser.get(f"{at}/files/stix").headers["content-type"] == "application/stix+json"


def test_a_content_leaves_its_page_as_a_bundle(opened: Open, kept: Any) -> None:
    browser = opened("fr")
    at = f"{kept.at}/contents/{kept.contents[0]}"
    assert f'formaction="{at}/files/stix"' in browser.get(at).text
    answer = browser.get(f"{at}/files/stix", params={"tlp": "red"})
    assert answer.headers["content-type"] == "application/stix+json"
    assert "Aucun compte n’est jugé" in answer.text
    assert "TLP:RED" in answer.text
    assert browser.get(f"{kept.at}/contents/none/files/stix").status_code == 404


def test_a_file_that_is_none_and_a_campaign_that_is_none_are_pages_of_problems(
    opened: Open, kept: Any
) -> None:
    browser = opened()
    assert browser.get(f"{kept.at}/campaigns/99/files/note").status_code == 404
    assert browser.get(f"{kept.at}/campaigns/1/files/passwd").status_code == 422


def test_who_may_not_decide_gets_no_file(
    opened: Open, kept: Any, key_file: Path, make_key: Callable[..., str]
) -> None:
    make_key(Scope.DECIDE)
    answer = opened(keys=key_file).get(f"{kept.at}/campaigns/1/files/note")
    assert answer.status_code == 303
    assert "/console/sign-in" in answer.headers["location"]
