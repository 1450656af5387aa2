"""Who visits: by a session, whose key the browser never holds; in the language and colours that it likes."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from vigie.serving.access.keys import KeyFile
from vigie.serving.access.scopes import Scope

MakeKey = Callable[..., str]
TokenIn = Callable[[str], str]


def sign_in(browser: Any, key: str, token_in: TokenIn, following: str = "/console/") -> Any:
    token = token_in(browser.get("/console/sign-in").text)
    return browser.post("/console/sign-in", data={"token": token, "key": key, "next": following})


def test_a_session_opens_pages_and_its_cookie_holds_no_key(
    opened: Any, kept: Any, key_file: Path, make_key: MakeKey, token_in: TokenIn
) -> None:
    key = make_key(Scope.DECIDE, name="Ann")
    browser = opened(keys=key_file)
    turned_away = browser.get(kept.at)
    assert turned_away.status_code == 303
    assert turned_away.headers["location"].startswith("/console/sign-in?next=%2Fconsole%2Foperations")
    before = browser.cookies.get("vigie_browser")
    answer = sign_in(browser, key, token_in, kept.at)
    assert (answer.status_code, answer.headers["location"]) == (303, kept.at)
    cookies = answer.headers.get_list("set-cookie")
    assert all("HttpOnly" in each and "SameSite=strict" in each for each in cookies)
    assert all(key not in each for each in cookies)
    assert browser.cookies["vigie_browser"] != before, "an id from before is no session"
    page = browser.get(kept.at)
    assert page.status_code == 200
    assert "Signed in as Ann" in page.text
    browser.post("/console/sign-out", data={"token": token_in(page.text)})
    assert browser.get(kept.at).status_code == 303


def test_a_session_ends_with_its_key(
    opened: Any, kept: Any, key_file: Path, make_key: MakeKey, token_in: TokenIn
) -> None:
    key = make_key(Scope.DECIDE)
    browser = opened(keys=key_file)
    sign_in(browser, key, token_in)
    assert browser.get(kept.at).status_code == 200
    with KeyFile(key_file).changing() as keys:
        keys.clear()
    assert browser.get(kept.at).status_code == 303


def test_a_key_that_is_none_signs_nobody_in(
    opened: Any, key_file: Path, make_key: MakeKey, token_in: TokenIn
) -> None:
    make_key(Scope.DECIDE)
    browser = opened(keys=key_file)
    refused = sign_in(browser, "vigie_made_up", token_in)
    assert refused.status_code == 401
    assert "made_up" not in refused.text


def test_a_user_whom_a_trusted_proxy_names_needs_no_key_and_cookies_are_for_tls_alone(
    opened: Any, kept: Any
) -> None:
    browser = opened(
        user_header="X-User", trusted_proxies=(ip_network("127.0.0.0/8"),), user_scopes=(Scope.DECIDE,)
    )
    page = browser.get(kept.at, headers={"X-User": "ann@example.org", "X-Forwarded-Proto": "https"})
    assert page.status_code == 200
    assert "Signed in as ann@example.org" in page.text
    assert all("Secure" in each for each in page.headers.get_list("set-cookie"))


@pytest.mark.parametrize(("asked", "language", "said"), [("fr", "fr", "Comptes"), ("en", "en", "Accounts")])
def test_language_and_colours_stand_in_the_address_and_are_remembered(
    opened: Any, kept: Any, asked: str, language: str, said: str
) -> None:
    browser = opened("en" if asked == "fr" else "fr")
    browser.get(f"{kept.at}?language={asked}&theme=dark")
    page = browser.get(kept.at)
    assert f'<html lang="{language}" data-theme="dark">' in page.text
    assert said in page.text
    assert page.headers["content-language"] == language


def test_what_is_no_theme_is_none(opened: Any) -> None:
    assert 'data-theme="auto"' in opened().get('/console/?theme="><script>').text
