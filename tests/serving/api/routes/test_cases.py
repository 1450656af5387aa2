"""Cases over HTTP: opened, added to, and never overwritten."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from vigie.serving.api.schemas.cases import EXAMPLE


def test_a_case_is_opened_found_and_closed(keeping: TestClient, judged: str) -> None:
    track = keeping.get(f"{judged}/campaigns").json()["found"][0]["track"]
    opened = keeping.post(
        f"{judged}/cases", json=EXAMPLE | {"subjects": [{"kind": "campaign", "track": track}]}
    )
    assert opened.status_code == 201, opened.text
    case = opened.json()
    at = f"{judged}/cases/{case['id']}"
    added = {
        "by": "Bea", "note": "the club says so", "after": case["entries"][0]["id"], "state": "closed",
        "files": [{"name": "letter", "sha256": "ab" * 32}],
    }  # fmt: skip
    closed = keeping.post(f"{at}/entries", json=added)
    assert closed.status_code == 201
    assert keeping.get(at).json() == closed.json()
    assert closed.json()["state"] == "closed"
    listed = keeping.get(f"{judged}/cases?state=closed").json()["cases"]
    assert case["id"] in [each["id"] for each in listed]
    late = keeping.post(f"{at}/entries", json=added | {"by": "Cleo"})
    assert (late.status_code, late.json()["type"]) == (409, "/problems/case-conflict")
    assert "by Bea" in late.json()["detail"]


@pytest.mark.parametrize(
    "file",
    [{}, {"url": "javascript:alert(1)"}, {"url": 'https://a.example/"'}, {"sha256": "AB"}],
)
def test_a_file_is_a_link_of_the_web_or_a_digest(
    keeping: TestClient, judged: str, file: dict[str, str]
) -> None:
    case = keeping.post(f"{judged}/cases", json=EXAMPLE | {"subjects": []}).json()
    added = {"by": "Bea", "note": "n", "after": case["id"], "files": [{"name": "a"} | file]}
    assert keeping.post(f"{judged}/cases/{case['id']}/entries", json=added).status_code == 422


def test_what_the_operation_does_not_hold_is_no_subject(keeping: TestClient, judged: str) -> None:
    unknown = {"subjects": [{"kind": "account", "platform": "x", "account_id": "none"}]}
    assert keeping.post(f"{judged}/cases", json=EXAMPLE | unknown).status_code == 404
    assert keeping.get(f"{judged}/cases/999999").status_code == 404
