"""Pages load nothing from outside, link to the web alone, and say only what the catalogues hold."""

from __future__ import annotations

import gzip
import re
from importlib import resources
from typing import Any

import pytest

from vigie.features.i18n import LANGUAGES
from vigie.serving.console.page import assets, line, link

_SAID = re.compile(r"""\bt\((["'])(\w+)\1(\s*~)?""")
# What other modules than templates say.
_ELSEWHERE = {"expands", "form_refused", "many_files", "no_asset", "no_file", "no_page", "not_held"}


def templates() -> str:
    folder = resources.files("vigie.serving.console") / "templates"
    return "".join(file.read_text("utf-8") for file in folder.iterdir())


@pytest.mark.parametrize("language", LANGUAGES)
def test_templates_say_all_that_the_catalogue_holds_and_nothing_else(language: Any) -> None:
    said = _SAID.findall(templates())
    whole = {key for _, key, family in said if not family} | _ELSEWHERE
    families = {key for _, key, family in said if family} | {"campaign_", "group_", "column_"}
    file = resources.files("vigie.features.i18n") / "locales" / language / "console.po"
    names = set(re.findall(r'^msgid "console\.(.+)"$', file.read_text("utf-8"), re.MULTILINE))
    assert whole - names == set()
    assert {name for name in names - whole if not name.startswith(tuple(families))} == set()


def test_no_text_is_said_to_be_safe() -> None:
    assert "|safe" not in templates().replace(" ", "")
    assert "autoescape false" not in templates()


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,a", "//evil.example", 'https://a.example/"b', "https://a b", "https://a\u202eb", "", None],
)  # fmt: skip
def test_nothing_but_the_web_is_linked_to(address: str | None) -> None:
    assert link(address) is None


def test_a_text_stays_on_its_line() -> None:
    assert line("a\n\tb\u202ec\x00") == "a b\ufffdc\ufffd"
    assert line(None) == ""


def test_files_are_small_and_their_addresses_change_with_them() -> None:
    files = assets()
    assert len({asset.address for asset in files.values()}) == len(files)
    assert len(gzip.compress(files["console.js"].content)) < 2_000
    assert len(gzip.compress(files["network.js"].content)) < 5_000
    assert len(gzip.compress(files["console.css"].content)) < 8_000


def test_files_are_served_to_be_kept_and_under_no_other_version(opened: Any) -> None:
    browser = opened()
    for name, asset in assets().items():
        answer = browser.get(asset.address)
        assert answer.content == asset.content
        assert "immutable" in answer.headers["cache-control"]
        assert browser.get(f"/console/static/0/{name}").status_code == 404


def test_a_page_may_load_its_own_files_alone(opened: Any, kept: Any) -> None:
    policy = opened().get(kept.at).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
    assert "unsafe" not in policy
    assert "http" not in policy
