"""What somebody writes stands on the page, shown as text, and overwrites nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from .inspected import Inspected

TokenIn = Callable[[str], str]


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
