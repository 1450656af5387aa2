"""Files of an operation over HTTP: types, languages, policies."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

from starlette.testclient import TestClient

from vigie.serving.dossier.verification import verify

Problem = Callable[..., dict[str, Any]]
Judged = tuple[TestClient, str]


def test_a_campaign_is_a_stix_bundle_marked_as_asked(judged_operation: Judged) -> None:
    client, at = judged_operation
    told = client.get(f"{at}/campaigns").json()["found"][0]
    answer = client.get(
        f"{at}/campaigns/{told['track']}/stix", params={"tlp": "red"}, headers={"Accept-Language": "fr"}
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/stix+json"
    bundle = json.loads(answer.content)
    assert sum(each["type"] == "user-account" for each in bundle["objects"]) == told["members"]
    assert "TLP:RED" in {each.get("name") for each in bundle["objects"]}


def test_a_content_is_a_stix_bundle_of_who_published_it(judged_operation: Judged, problem: Problem) -> None:
    client, at = judged_operation
    told = client.get(f"{at}/contents").json()["contents"][0]
    answer = client.get(
        f"{at}/contents/{told['id']}/stix", params={"tlp": "green"}, headers={"Accept-Language": "fr"}
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/stix+json"
    assert answer.headers["content-language"] == "fr"
    name = f"{at.rpartition('/')[2]}-content-{told['id']}.json"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    bundle = json.loads(answer.content)
    assert sum(each["type"] == "user-account" for each in bundle["objects"]) == told["accounts"]
    assert "TLP:GREEN" in {each.get("name") for each in bundle["objects"]}
    problem(client.get(f"{at}/contents/{told['id']}/stix", params={"tlp": "pink"}), 422, "contract")
    problem(client.get(f"{at}/contents/none/stix"), 404, "operation-not-found")


def test_an_operation_is_one_stix_bundle(judged_operation: Judged, problem: Problem) -> None:
    client, at = judged_operation
    answer = client.get(f"{at}/stix", params={"tlp": "green"})
    assert answer.headers["content-type"] == "application/stix+json"
    assert answer.headers["content-disposition"] == f'attachment; filename="{at.rpartition("/")[2]}.json"'
    bundle = json.loads(answer.content)
    assert "TLP:GREEN" in {each.get("name") for each in bundle["objects"]}
    judged = [each for each in bundle["objects"] if each["type"] in ("incident", "grouping")]
    found = [each for kind in ("campaigns", "groups") for each in client.get(f"{at}/{kind}").json()["found"]]
    strong = [each for each in found if (each["campaign"] or each["group"])["verdict"] == "strong"]
    assert 0 < len(judged) <= len(strong)
    problem(client.get(f"{at}/stix", params={"tlp": "pink"}), 422, "contract")


def test_the_note_is_a_page_that_loads_nothing_and_an_archive(judged_operation: Judged) -> None:
    client, at = judged_operation
    page = client.get(f"{at}/note", headers={"Accept-Language": "fr"})
    assert page.headers["content-language"] == "fr"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert '<html lang="fr">' in page.text
    archive = client.get(f"{at}/note.zip", headers={"Accept-Language": "fr"})
    assert archive.headers["content-type"] == "application/zip"
    names = ZipFile(BytesIO(archive.content)).namelist()
    assert [name.partition(".")[2] for name in names] == ["html", "accounts.csv", "posts.csv"]


def test_the_network_is_graphml(judged_operation: Judged) -> None:
    client, at = judged_operation
    answer = client.get(f"{at}/network.graphml")
    assert answer.headers["content-type"].startswith("application/graphml+xml")
    assert ElementTree.fromstring(answer.content).tag.endswith("graphml")  # noqa: S314 - our own


def test_what_is_not_there_and_a_marking_that_is_none_are_told(
    judged_operation: Judged, problem: Problem
) -> None:
    client, at = judged_operation
    problem(client.get(f"{at}/groups/99/stix"), 404, "operation-not-found")
    for number in (2**64, -(2**64)):
        problem(client.get(f"{at}/groups/{number}/stix"), 404, "operation-not-found")
        problem(client.get(f"{at}/campaigns/{number}/stix"), 404, "operation-not-found")
    problem(client.get(f"{at}/groups/1/stix", params={"tlp": "pink"}), 422, "contract")


def test_a_campaign_is_a_dossier_that_computes_again(judged_operation: Judged, tmp_path: Path) -> None:
    client, at = judged_operation
    track = client.get(f"{at}/campaigns").json()["found"][0]["track"]
    said = {
        "subject": {"kind": "campaign", "track": track}, "target": "coordinated", "decision": "confirmed", "by": "an analyst",
        "why": "read", "after": None,
    }  # fmt: skip
    assert client.post(f"{at}/decisions", json=said).status_code == 201
    answer = client.get(f"{at}/campaigns/{track}/dossier")
    assert answer.headers["content-type"] == "application/zip"
    file = tmp_path / "dossier.zip"
    file.write_bytes(answer.content)
    found = verify(file)
    assert (found.differences, found.others) == ((), ())
    assert (found.manifest.about.kind, found.manifest.about.track) == ("campaign", track)
    assert found.decisions is not None
    assert [each.entry["why"] for each in found.decisions.decisions] == ["read"]


def test_a_dossier_holds_the_technical_note_in_both_languages_made_of_what_it_seals(
    judged_operation: Judged, tmp_path: Path
) -> None:
    client, at = judged_operation
    track = client.get(f"{at}/campaigns").json()["found"][0]["track"]
    sealed = client.get(f"{at}/campaigns/{track}/dossier", params={"tlp": "green"}).content
    with ZipFile(BytesIO(sealed)) as archive:
        noted = json.loads(archive.read("manifest.json"))["members"]
        for language, title in (("en", "Campaign"), ("fr", "Campagne")):
            name = f"notes/{language}/technical.html"
            page = archive.read(name).decode()
            assert f"{title} {track}" in page
            assert "TLP:GREEN" in page
            rests_on = ["inputs/accounts.parquet", "inputs/posts.parquet", "inputs/baseline.json"]
            rests_on += [f"notes/{language}/technical.{table}.csv" for table in ("accounts", "posts")]
            assert [each for each in rests_on if noted[each]["sha256"] not in page] == []
            alone = client.get(
                f"{at}/campaigns/{track}/note", params={"tlp": "green"}, headers={"Accept-Language": language}
            )
            assert _without_files(page) == _without_files(alone.text)


def _without_files(page: str) -> list[str]:
    """Return the lines of a page, without those that name the annexes by their own files."""
    return [line for line in page.splitlines() if ".csv" not in line]


def test_a_technical_note_is_made_in_the_language_and_marked_as_asked(
    judged_operation: Judged, problem: Problem
) -> None:
    client, at = judged_operation
    track = client.get(f"{at}/campaigns").json()["found"][0]["track"]
    asked: dict[str, Any] = {"params": {"tlp": "red"}, "headers": {"Accept-Language": "fr"}}
    page = client.get(f"{at}/campaigns/{track}/note", **asked)
    assert page.headers["content-language"] == "fr"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "TLP:RED" in page.text
    assert f"Campagne {track}" in page.text
    archive = client.get(f"{at}/campaigns/{track}/note.zip", **asked)
    assert [name.rpartition(f"-{track}.")[2] for name in ZipFile(BytesIO(archive.content)).namelist()] == [
        "html", "accounts.csv", "posts.csv",
    ]  # fmt: skip
    for name in ("note", "note.zip", "dossier"):
        problem(client.get(f"{at}/campaigns/99/{name}"), 404, "operation-not-found")
