"""Pages answer in both languages, show hostile texts as texts, and open no more than the API opens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from vigie.serving.access.scopes import Scope
from vigie.serving.settings import Settings

from .inspected import Inspected

MakeKey = Callable[..., str]
TokenIn = Callable[[str], str]


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


def test_a_service_that_keeps_nothing_says_what_to_do_and_what_can_be_done_without(
    served: Callable[[Settings], str],
) -> None:
    home = httpx2.get(f"{served(Settings())}/console/", headers={"accept": "text/html"})
    assert home.status_code == 200
    assert "vigie serve --store" in home.text
    assert Inspected(home.text).faults == []
    assert 'href="/console/try"' in home.text


def test_the_service_opens_with_the_console_where_it_keeps_operations(
    opened: Any, served: Callable[[Settings], str]
) -> None:
    assert opened().get("/").headers["location"] == "/console/"
    assert httpx2.get(served(Settings())).headers["location"] == "/docs"
