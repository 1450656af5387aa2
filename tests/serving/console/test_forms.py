"""A form is taken from the browser that its page was made for, and from nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vigie.serving.console.forms import Tokens


def test_a_token_is_valid_for_its_browser_alone_and_is_new_each_time() -> None:
    tokens = Tokens()
    first, second = tokens.make("a"), tokens.make("a")
    assert first != second
    assert tokens.is_valid(first, "a")
    assert tokens.is_valid(second, "a")
    assert not tokens.is_valid(first, "b")
    assert not Tokens().is_valid(first, "a"), "without a store each process has a secret of its own"


def test_who_shares_a_secret_takes_each_others_tokens() -> None:
    assert Tokens(b"s" * 32).is_valid(Tokens(b"s" * 32).make("a"), "a")
    assert not Tokens(b"t" * 32).is_valid(Tokens(b"s" * 32).make("a"), "a")


@pytest.mark.parametrize("token", ["", ".", "a.b", "ä.ö"])
def test_what_is_no_token_is_refused(token: str) -> None:
    assert not Tokens().is_valid(token, "a")


FIELDS = {
    "kind": "campaign",
    "track": "1",
    "target": "coordinated",
    "decision": "confirmed",
    "by": "Ann",
    "why": "w",
}


@pytest.mark.parametrize("sent", ["nothing", "no token", "json", "other browser"])
def test_a_form_without_a_token_of_its_browser_is_refused(
    opened: Any, kept: Any, token_in: Callable[[str], str], sent: str
) -> None:
    browser = opened()
    token = token_in(browser.get(f"{kept.at}/review").text)
    address = f"{kept.at}/decisions"
    match sent:
        case "nothing":
            answer = browser.post(address)
        case "no token":
            answer = browser.post(address, data=FIELDS)
        case "json":
            answer = browser.post(address, json={**FIELDS, "token": token})
        case _:
            browser.cookies.clear()
            answer = browser.post(address, data={**FIELDS, "token": token})
    assert answer.status_code == 403
    assert "was not sent from" in answer.text
