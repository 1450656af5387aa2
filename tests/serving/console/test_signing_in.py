"""A key signs in to what it opens, and leads nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vigie.serving.access.scopes import Scope

MakeKey = Callable[..., str]
TokenIn = Callable[[str], str]


@pytest.mark.parametrize("following", ["https://evil.example/", "//evil.example", "/docs", "/console/\\evil"])
def test_signing_in_leads_nowhere_outside_the_console(
    opened: Any, key_file: Path, make_key: MakeKey, token_in: TokenIn, following: str
) -> None:
    key = make_key(Scope.DECIDE)
    browser = opened(keys=key_file)
    token = token_in(browser.get("/console/sign-in").text)
    answer = browser.post("/console/sign-in", data={"token": token, "key": key, "next": following})
    assert answer.headers["location"] == "/console/"


@pytest.mark.parametrize(
    ("scope", "opens", "hides"),
    [
        (Scope.SCORE, "/console/try", ("/console/", "/console/model")),
        (Scope.MODEL, "/console/model", ("/console/", "/console/try")),
    ],
)
def test_a_key_signs_in_to_what_it_opens_and_is_shown_nothing_else(
    opened: Any, key_file: Path, make_key: MakeKey, token_in: TokenIn, scope: Scope, opens: str, hides: tuple[str, str]
) -> None:  # fmt: skip
    key = make_key(scope)
    browser = opened(keys=key_file)
    token = token_in(browser.get("/console/sign-in").text)
    answer = browser.post("/console/sign-in", data={"token": token, "key": key})
    assert (answer.status_code, answer.headers["location"]) == (303, opens)
    page = browser.get(opens)
    assert page.status_code == 200
    refused = browser.get("/console/")
    assert refused.status_code == 403
    for shown in (page, refused):
        assert f'href="{opens}"' in shown.text
        assert not any(f'href="{each}"' in shown.text for each in hides)


def test_a_key_that_opens_no_page_does_not_sign_in(
    opened: Any, key_file: Path, make_key: MakeKey, token_in: TokenIn
) -> None:
    key = make_key(Scope.OBSERVE)
    browser = opened(keys=key_file)
    token = token_in(browser.get("/console/sign-in").text)
    answer = browser.post("/console/sign-in", data={"token": token, "key": key})
    assert answer.status_code == 403


def test_the_address_without_its_last_slash_leads_to_the_console(opened: Any) -> None:
    answer = opened().get("/console")
    assert (answer.status_code, answer.headers["location"]) == (307, "/console/")
