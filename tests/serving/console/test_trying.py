"""The page on which a file is tried: without a script, in both languages, and kept only where an operation is chosen."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vigie.cli.demo import requests
from vigie.serving.access.scopes import Scope

Open = Callable[..., Any]
Token = Callable[[str], str]
HOSTILE = "<script>alert(1)</script>"


def lines(flood: Any) -> bytes:
    sent = requests(flood.accounts, flood.posts)
    sent[0]["handle"] = HOSTILE
    return b"\n".join(json.dumps(each).encode() for each in sent)


def send(browser: Any, token_in: Token, content: bytes, name: str = "a.jsonl", **fields: str) -> Any:
    token = token_in(browser.get("/console/try").text)
    return browser.post("/console/try", data={"token": token, **fields}, files={"file": (name, content)})


def test_a_file_is_tried_and_nothing_of_it_is_kept(
    opened: Open, kept: Any, token_in: Token, flood: Any
) -> None:
    browser = opened("fr")
    before = browser.get(kept.at).text.count("76")
    answer = send(browser, token_in, lines(flood))
    assert answer.status_code == 200
    assert "Rien du fichier n’a été conservé." in answer.text
    assert "76 comptes ont été évalués" in answer.text
    assert HOSTILE not in answer.text
    assert browser.get(kept.at).text.count("76") == before


def test_a_trial_becomes_an_operation_once_without_a_second_upload(
    opened: Open, token_in: Token, flood: Any
) -> None:
    browser = opened()
    page = send(browser, token_in, lines(flood)).text
    trial = re.search(r'name="trial" value="([0-9a-f]{32})"', page)
    assert trial
    form = {
        "title": "Vote",
        "legal_basis": "Decree 1",
        "days": "9",
        "token": token_in(page),
        "trial": trial[1],
    }
    stranger = opened()
    theirs = form | {"token": token_in(stranger.get("/console/").text)}
    assert stranger.post("/console/operations", data=theirs).status_code == 404
    assert browser.post("/console/operations", data=form | {"days": "0"}).status_code == 422
    made = browser.post("/console/operations", data=form)
    assert made.status_code == 303
    assert re.search(r"/accounts\">76</a>", browser.get(made.headers["location"]).text)
    again = browser.post("/console/operations", data=form)
    assert again.status_code == 404
    assert "no longer in memory" in again.text


def test_nothing_is_held_where_several_processes_answer(opened: Open, token_in: Token, flood: Any) -> None:
    page = send(opened(workers=2), token_in, lines(flood)).text
    assert 'name="trial"' not in page
    assert "Nothing of the file was kept." in page


def test_a_file_is_kept_where_an_operation_is_chosen(opened: Open, kept: Any, token_in: Token) -> None:
    browser = opened()
    line = {
        "platform": "x", "account_id": "new-one", "observed_at": "2024-05-20T12:00:00Z",
        "posts": [{"post_id": "9", "created_at": "2024-05-19T08:00:00Z", "text": "words"}],
    }  # fmt: skip
    answer = send(browser, token_in, json.dumps(line).encode(), operation=kept.operation)
    assert answer.status_code == 200, answer.text
    assert "1 accounts and 1 posts" in answer.text
    refused = send(browser, token_in, json.dumps(line).encode(), operation="op_none")
    assert refused.status_code == 404


def test_a_file_that_cannot_be_read_is_a_page_that_says_why(opened: Open, token_in: Token) -> None:
    browser = opened()
    answer = send(browser, token_in, b"colour,price\nred,1\n", "a.csv")
    assert answer.status_code == 422
    assert "colour, price" in answer.text
    assert browser.post("/console/try", files={"file": ("a.csv", b"a")}).status_code == 403


def test_who_may_not_observe_is_offered_no_operation_and_refused_one(
    opened: Open, kept: Any, token_in: Token, key_file: Path, make_key: Callable[..., str]
) -> None:
    key = make_key(Scope.SCORE, Scope.DECIDE)
    browser = opened(keys=key_file)
    token = token_in(browser.get("/console/sign-in").text)
    assert browser.post("/console/sign-in", data={"token": token, "key": key}).status_code == 303
    assert kept.operation not in browser.get("/console/try").text
    assert send(browser, token_in, b"{}", operation=kept.operation).status_code == 403
