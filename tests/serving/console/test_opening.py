"""An operation is opened by a form, by who may open one over the API, and the form says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import ValidationError

from vigie.serving.access.scopes import Scope
from vigie.serving.console.opening import opening
from vigie.serving.settings import Settings

NOW = datetime(2024, 5, 20, 12, 0, tzinfo=UTC)
FORM = {
    "title": " Harbour vote ",
    "legal_basis": "Decree 1",
    "words": "harbour, #HarbourVote  quay",
    "days": "90",
}


def test_a_form_says_what_is_watched_and_until_when() -> None:
    asked = opening(FORM, NOW)
    assert (asked.title, asked.legal_basis, asked.retention_days) == ("Harbour vote", "Decree 1", None)
    assert (asked.theme.keywords, asked.theme.hashtags) == (["harbour", "quay"], ["HarbourVote"])
    assert asked.expires_at == NOW + timedelta(days=90)


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", " "), ("legal_basis", ""), ("days", "0"), ("days", "99999999"), ("days", "x")],
)
def test_a_field_that_is_missing_or_out_of_its_range_is_named(field: str, value: str) -> None:
    with pytest.raises(ValidationError, match=field):
        opening({**FORM, field: value}, NOW)


def test_an_operation_is_opened_on_the_first_page_and_listed_there(
    served: Callable[[Settings], str], token_in: Callable[[str], str], tmp_path: Path
) -> None:
    address = served(Settings(store=str(tmp_path / "store")))
    with httpx2.Client(base_url=address, headers={"accept": "text/html"}) as browser:
        token = {"token": token_in(browser.get("/console/").text)}
        made = browser.post("/console/operations", data={**FORM, "title": "<i>Vote", **token})
        assert made.status_code == 303
        assert "&lt;i&gt;Vote" in browser.get(made.headers["location"]).text
        assert made.headers["location"] in browser.get("/console/").text
        wrong = browser.post("/console/operations", data={**FORM, "days": "0", **token})
        assert (wrong.status_code, "days" in wrong.text) == (422, True)
        assert browser.post("/console/operations", data=FORM).status_code == 403


def test_only_who_manages_operations_is_shown_the_form(
    opened: Any, kept: Any, key_file: Path, make_key: Callable[..., str], token_in: Callable[[str], str]
) -> None:
    reader, bound = make_key(Scope.DECIDE), make_key(Scope.ADMIN, operation=kept.operation)
    browser = opened(keys=key_file)
    token = {"token": token_in(browser.get("/console/sign-in").text)}
    page = browser.get("/console/", headers={"X-API-Key": reader}).text
    assert 'action="/console/operations"' not in page
    assert "needs a key with the scope admin" in page
    for key in (reader, bound):
        refused = browser.post("/console/operations", data={**FORM, **token}, headers={"X-API-Key": key})
        assert refused.status_code == 403
