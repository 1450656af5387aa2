"""A case is opened from the page of what it is about, added to by a form, and overwritten by nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import ValidationError

from vigie.serving.console import cases
from vigie.serving.operations.decisions import TrackSubject

FORM = {"why": "found by the watch", "by": "Ann", "after": "3"}


def test_a_form_opens_a_case_on_what_its_page_shows() -> None:
    subject = urlencode({"kind": "campaign", "track": 4})
    asked = cases.opening({**FORM, "title": "The harbour", "subject": subject}, None)
    assert (asked.title, asked.by, asked.note) == ("The harbour", "Ann", "found by the watch")
    assert asked.subjects == [TrackSubject("campaign", 4)]
    assert cases.opening({**FORM, "title": "The harbour", "subject": ""}, "Bea").by == "Bea"
    with pytest.raises(ValidationError):
        cases.opening(FORM, None)


def test_a_file_needs_an_address_or_a_digest_and_a_name_of_its_own_only_beside_a_digest() -> None:
    (linked,) = cases.addition({**FORM, "url": "https://a.example/1", "state": ""}, None).files
    assert (linked.name, linked.url) == ("https://a.example/1", "https://a.example/1")
    assert cases.addition({**FORM, "url": "", "name": "", "sha256": ""}, None).files == []
    for wrong in ({"name": "a"}, {"sha256": "0" * 64}, {"url": "javascript:alert(1)"}):
        with pytest.raises(ValidationError):
            cases.addition({**FORM, **wrong}, None)


def test_a_case_is_opened_added_to_and_not_overwritten(
    opened: Any, kept: Any, token_in: Callable[[str], str]
) -> None:
    browser, track = opened(), kept.tracks["campaigns"][0]
    page = f"{kept.at}/campaigns/{track}"
    form = {
        "token": token_in(browser.get(page).text), "title": "Pictures <script>alert(3)</script>", "by": "Ann <b>",
        "subject": urlencode({"kind": "campaign", "track": track}), "why": "<i>look</i>",
    }  # fmt: skip
    made = browser.post(f"{kept.at}/cases", data=form)
    assert made.status_code == 303, made.text
    at = made.headers["location"]
    shown = browser.get(at).text
    assert f'href="{page}"' in shown
    assert "Pictures &lt;script&gt;" in shown
    assert f'href="{at}"' in browser.get(page).text
    assert f'href="{at}"' in browser.get(f"{kept.at}/cases?state=pending").text

    added = {
        "token": form["token"],
        "why": "called",
        "by": "Bea",
        "after": at.rpartition("/")[2],
        "state": "closed",
    }
    assert browser.post(f"{at}/entries", data=added).status_code == 303
    assert f'href="{at}"' not in browser.get(f"{kept.at}/cases?state=pending").text
    late = browser.post(f"{at}/entries", data=added | {"by": "Cleo"})
    assert late.status_code == 409
    assert "Nothing was overwritten" in late.text
    assert "Cleo" not in browser.get(at).text
    assert browser.post(f"{at}/entries", data=added | {"why": ""}).status_code == 422


def test_what_a_page_shows_is_added_to_a_case_that_is_open(
    opened: Any, kept: Any, token_in: Callable[[str], str]
) -> None:
    browser = opened()
    account = kept.accounts[0]
    one = urlencode({"kind": "account", "platform": account["platform"], "account_id": account["account_id"]})
    token = token_in(browser.get(f"{kept.at}/cases").text)
    form = {"token": token, "title": "One account", "by": "Ann", "why": "n", "subject": ""}
    at = browser.post(f"{kept.at}/cases", data=form).headers["location"]
    number = at.rpartition("/")[2]
    assert (
        browser.post(
            f"{kept.at}/cases", data=form | {"case": f"{number} {number}", "subject": one}
        ).status_code
        == 303
    )
    assert urlencode({"id": account["account_id"]}) in browser.get(at).text
    stale = browser.post(f"{kept.at}/cases", data=form | {"case": f"{number} {number}", "subject": one})
    assert stale.status_code == 409
    for number in ("one", "-1", "9" * 30):
        wrong = browser.post(f"{kept.at}/cases", data=form | {"case": f"{number} 1", "subject": one})
        assert wrong.status_code == 422
