"""Pages answer in both languages, show hostile texts as texts, and open no more than the API opens."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from vigie.serving.access.scopes import Scope
from vigie.serving.settings import Settings

MakeKey = Callable[..., str]
TokenIn = Callable[[str], str]


class Inspected(HTMLParser):
    """What a page would do in a browser that obeyed it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what no page of ours holds."""
        named = dict(attrs)
        if tag in ("iframe", "img", "style", "object", "embed", "base"):
            self.faults.append(tag)
        if tag == "script" and not (named.get("src") or "").startswith("/console/static/"):
            self.faults.append(tag)
        for name, value in attrs:
            given = (value or "").strip().lower()
            if name.startswith("on") or name in ("style", "srcdoc"):
                self.faults.append(f"{name}={value}")
            is_address = name in ("href", "src", "action", "formaction")
            if is_address and not given.startswith(("/", "#", "?", "https://evil.example/")):
                self.faults.append(f"{name}={value}")
        if "id" in named:
            self.ids.append(str(named["id"]))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_answers_and_obeys_nothing_that_people_wrote(
    opened: Any, kept: Any, language: str
) -> None:
    browser = opened(language)
    for address in kept.pages():
        answer = browser.get(address)
        assert answer.status_code == 200, address
        seen = Inspected(answer.text)
        assert seen.faults == [], address
        assert len(seen.ids) == len(set(seen.ids)), address
        assert "\u202e" not in answer.text
        assert f'<html lang="{language}"' in answer.text


def test_pages_of_findings_say_what_they_are_cited_by(opened: Any, kept: Any) -> None:
    browser = opened()
    told = browser.get(f"/v1/operations/{kept.operation}").json()["holdings"]["judged_revision"]
    addresses = [
        each for each in kept.pages() if any(name in each for name in ("groups/", "campaigns/", "contents/"))
    ]
    assert addresses
    for address in addresses:
        page = browser.get(address).text
        assert f"operation {kept.operation}, state {told}, judged on" in page, address


def test_a_page_that_is_none_and_a_number_that_is_none_say_so_in_the_language_asked(
    opened: Any, kept: Any
) -> None:
    browser = opened("fr")
    for address, status in (
        (f"{kept.at}/campaigns/999", 404), (f"{kept.at}/other/1", 404), (f"{kept.at}/campaigns/x", 422),
        ("/console/operations/op_none", 404), (f"{kept.at}/account?platform=x&id=none", 404),
    ):  # fmt: skip
        answer = browser.get(address)
        assert answer.status_code == status, address
        assert 'lang="fr"' in answer.text


def test_a_tool_that_asks_for_no_page_gets_problem_details(opened: Any, kept: Any) -> None:
    answer = opened().get(f"{kept.at}/campaigns/999", headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"


def test_each_page_needs_its_own_scope_and_the_operation_of_the_key(
    opened: Any, kept: Any, key_file: Path, make_key: MakeKey
) -> None:
    pages = kept.pages()
    own = {
        scope: make_key(scope, operation=kept.operation) for scope in (Scope.SCORE, Scope.DECIDE, Scope.MODEL)
    }
    bound = make_key(Scope.SCORE, Scope.DECIDE, Scope.MODEL, operation="op_another")
    browser = opened(keys=key_file)

    def statuses(key: str) -> dict[str, int]:
        return {address: browser.get(address, headers={"X-API-Key": key}).status_code for address in pages}

    for scope, key in own.items():
        assert statuses(key) == {
            address: 200 if needed is scope else 403 for address, needed in pages.items()
        }
    assert statuses(bound) == {address: 404 if address.startswith(kept.at) else 200 for address in pages}
    listed = browser.get("/console/", headers={"X-API-Key": bound})
    assert kept.operation not in listed.text


def test_what_somebody_decides_stands_on_the_page_and_a_second_one_does_not_overwrite_it(
    opened: Any, kept: Any, token_in: TokenIn
) -> None:
    browser, track = opened(), kept.tracks["campaigns"][0]
    address = f"{kept.at}/campaigns/{track}"
    form = {
        "token": token_in(browser.get(address).text), "kind": "campaign", "track": str(track), "target": "coordinated",
        "decision": "confirmed", "by": "Ann <b>", "why": "<script>alert(2)</script>", "next": address,
    }  # fmt: skip
    made = browser.post(f"{kept.at}/decisions", data=form)
    assert (made.status_code, made.headers["location"]) == (303, address)
    page = browser.get(address).text
    assert "Ann &lt;b&gt;" in page
    assert Inspected(page).faults == []
    late = browser.post(f"{kept.at}/decisions", data=form)
    assert late.status_code == 409
    assert "Nothing was overwritten" in late.text
    assert browser.post(f"{kept.at}/decisions", data={**form, "why": ""}).status_code == 422


def test_what_somebody_says_of_a_criterion_stands_on_the_page_of_the_campaign(
    opened: Any, kept: Any, token_in: TokenIn
) -> None:
    browser, address = opened(), f"{kept.at}/campaigns/{kept.tracks['campaigns'][0]}"
    form = {
        "token": token_in(browser.get(address).text), "criterion": "fundamental_interests", "answer": "not_met",
        "by": "Bea <i>", "why": "it is a <u>football</u> match",
    }  # fmt: skip
    made = browser.post(f"{address}/criteria", data=form)
    assert (made.status_code, made.headers["location"]) == (303, f"{address}#criteria")
    page = browser.get(address).text
    assert "Bea &lt;i&gt;" in page
    assert "&lt;u&gt;football" in page
    assert browser.post(f"{address}/criteria", data=form).status_code == 409
    assert browser.post(f"{kept.at}/others/1/criteria", data=form).status_code == 404


def test_what_somebody_writes_into_the_note_stands_on_the_page_and_in_the_note(
    opened: Any, kept: Any, token_in: TokenIn
) -> None:
    browser, address = opened(), f"{kept.at}/campaigns/{kept.tracks['campaigns'][0]}"
    form = {
        "token": token_in(browser.get(address).text), "field_author": "Unit </textarea><script>", "field_targets": "the vote\nand more",
        "by": "Bea <i>",
    }  # fmt: skip
    made = browser.post(f"{address}/fields", data=form)
    assert (made.status_code, made.headers["location"]) == (303, f"{address}#note-fields")
    for page in (browser.get(address).text, browser.get(f"{address}/files/note").text):
        assert "Unit &lt;/textarea&gt;&lt;script&gt;" in page
        assert "the vote and more" in page
        assert "Bea &lt;i&gt;" in page
    assert browser.post(f"{address}/fields", data=form | {"field_author": "other"}).status_code == 409
    assert browser.post(f"{kept.at}/others/1/fields", data=form).status_code == 404


def test_several_accounts_are_decided_on_at_once_and_that_is_taken_back_in_one_step(
    opened: Any, kept: Any, token_in: TokenIn
) -> None:
    browser, address = opened(), f"{kept.at}/accounts?sort=posts"
    picked = [{"platform": each["platform"], "account_id": each["account_id"]} for each in kept.accounts[-3:]]
    form = {
        "token": token_in(browser.get(address).text), "target": "inauthentic", "decision": "confirmed", "by": "Ann", "why": "w",
        "next": address, **{f"pick-{number}": urlencode(each) for number, each in enumerate(picked)},
    }  # fmt: skip
    made = browser.post(f"{kept.at}/decisions/several", data=form)
    assert made.status_code == 303, made.text
    first, last = made.headers["location"].rpartition("decided=")[2].split("-")
    assert int(last) == int(first) + 2
    assert browser.get(f"{address}").text.count("decision-confirmed") >= 3
    assert browser.post(f"{kept.at}/decisions/several", data=form).status_code == 409
    page = browser.get(made.headers["location"]).text
    assert f'name="last" value="{last}"' in page
    back = {
        "token": token_in(page),
        "first": first,
        "last": last,
        "by": "Ann",
        "why": "wrong",
        "next": address,
    }
    assert browser.post(f"{kept.at}/decisions/withdrawals", data=back).headers["location"] == address
    assert browser.post(f"{kept.at}/decisions/withdrawals", data=back).status_code == 409
    for each in picked:
        one = urlencode({"platform": each["platform"], "id": each["account_id"]})
        assert "taken back" in browser.get(f"{kept.at}/account?{one}").text


@pytest.mark.parametrize("following", ["https://evil.example/", "//evil.example", "/docs", "/console/\\evil"])
def test_signing_in_leads_nowhere_outside_the_console(
    opened: Any, key_file: Path, make_key: MakeKey, token_in: TokenIn, following: str
) -> None:
    key = make_key(Scope.DECIDE)
    browser = opened(keys=key_file)
    token = token_in(browser.get("/console/sign-in").text)
    answer = browser.post("/console/sign-in", data={"token": token, "key": key, "next": following})
    assert answer.headers["location"] == "/console/"


def test_a_service_that_keeps_nothing_says_what_to_do_and_what_can_be_done_without(
    served: Callable[[Settings], str],
) -> None:
    home = httpx2.get(f"{served(Settings())}/console/", headers={"accept": "text/html"})
    assert home.status_code == 200
    assert "vigie serve --store" in home.text
    assert Inspected(home.text).faults == []
    assert 'href="/console/try"' in home.text


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


def test_the_service_opens_with_the_console_where_it_keeps_operations(
    opened: Any, served: Callable[[Settings], str]
) -> None:
    assert opened().get("/").headers["location"] == "/console/"
    assert httpx2.get(served(Settings())).headers["location"] == "/docs"
