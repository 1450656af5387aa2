"""The commands of the README give what the README shows, and the request of the tutorial what the tutorial says."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from vigie.cli import app
from vigie.serving.api.app import create_app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
REQUEST = ROOT / "examples" / "first-request.json"
# The README is to be read in two minutes.
MOST_BYTES = 6_000


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def answer() -> Any:
    with TestClient(create_app()) as client:
        sent = client.post(
            "/v1/score", content=REQUEST.read_bytes(), headers={"Content-Type": "application/json"}
        )
    assert sent.status_code == 200, sent.text
    return sent.json()


@pytest.fixture(scope="module")
def campaigns(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what the commands of the README on the example write of campaigns."""
    place = tmp_path_factory.mktemp("readme")
    commands = re.findall(r"^vigie ((?:example|network) [^#\n]*)", README, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["example", "network"]
    for command in commands:
        words = shlex.split(command)
        moved = [
            str(place / word) if number and not word.startswith("--") else word
            for number, word in enumerate(words)
        ]
        done = CliRunner().invoke(app, moved)
        assert done.exit_code == 0, done.output
    return json.loads((place / "network" / "campaigns.json").read_text(encoding="utf-8"))


def assert_shows(shown: Any, actual: Any, place: str = "answer") -> None:
    """Every field that the README shows is in the answer; each item of a list in any place of the list."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            assert name in actual, f"{place} has no {name}"
            assert_shows(value, actual[name], f"{place}.{name}")
    elif isinstance(shown, list) and shown and isinstance(shown[0], dict):
        identity = next(iter(shown[0]))
        for item in shown:
            (same,) = [other for other in actual if other[identity] == item[identity]][:1]
            assert_shows(item, same, f"{place}[{item[identity]}]")
    elif (isinstance(shown, list) and all(isinstance(item, float) for item in shown)) or isinstance(
        shown, float
    ):
        assert actual == pytest.approx(shown, rel=0.05), place
    else:
        assert actual == shown, place


def test_the_readme_is_short() -> None:
    assert len(README.encode()) < MOST_BYTES


def test_the_request_is_what_its_script_writes() -> None:
    assert REQUEST.read_text(encoding="utf-8") == script("first_request").file_text()


def test_the_readme_tells_the_campaign_in_the_words_of_the_tool(campaigns: Any) -> None:
    (told,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    assert " ".join(told.split()) == " ".join(
        f"Campaign 1 (strong evidence). {campaigns[0]['sentence']}".split()
    )


def test_the_readme_shows_what_the_file_holds(campaigns: Any) -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    (campaign,) = json.loads(shown)
    assert_shows(campaign, campaigns[0])


def test_the_readme_and_the_tutorial_send_the_request() -> None:
    for page in (README, (ROOT / "docs" / "tutorials" / "first-score.md").read_text(encoding="utf-8")):
        assert "/v1/score" in page
        assert "-d @examples/first-request.json" in page


def test_the_answer_names_the_planted_group_and_nobody_else(answer: Any) -> None:
    site = script("first_request").LOOKALIKE_SITE
    request = json.loads(REQUEST.read_text(encoding="utf-8"))
    planted = {
        account["account_id"]
        for account in request["accounts"]
        if any(site in url for post in account["posts"] for url in post.get("urls", []))
    }
    (group,) = answer["groups"]
    assert {member["account_id"] for member in group["accounts"]} == planted
    for result in answer["results"]:
        verdict = result["coordinated"]
        expected = ("high", "group") if result["account_id"] in planted else ("low", "shared_activity")
        assert (verdict["band"], verdict["basis"]) == expected
    posts = {post["post_id"] for account in request["accounts"] for post in account["posts"]}
    named = {
        shared[side]
        for result in answer["results"]
        for partner in result["coordinated"]["partners"]
        for shared in partner["shared"]
        for side in ("post_id", "partner_post_id")
    }
    assert named
    assert named <= posts


def test_the_picture_of_the_readme_is_drawn_from_the_file(campaigns: Any) -> None:
    picture = (ROOT / "docs" / "assets" / "first-result.svg").read_text(encoding="utf-8")
    assert script("first_result").drawing(campaigns) == picture, "draw it anew: see examples/first_result.py"
