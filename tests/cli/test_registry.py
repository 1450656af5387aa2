"""vigie registry keeps confirmed false positives and replays models on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from vigie.cli import app
from vigie.cli.demo import requests
from vigie.training.data import confirmed_false_positives
from vigie.training.synthetic.accounts import generate


@pytest.fixture(scope="module")
def people() -> list[dict[str, Any]]:
    world = generate(ordinary=4, inauthentic=0, seed=4, posts_per_account=30)
    return requests(world.accounts, world.posts)


def registry(*arguments: Any) -> Any:
    return CliRunner().invoke(app, ["registry", *map(str, arguments)], env={"COLUMNS": "200"})


def added(people: list[dict[str, Any]], folder: Path) -> Any:
    file = folder / "flagged.jsonl"
    file.write_text("".join(json.dumps(account) + "\n" for account in people))
    return registry("add", file, "--registry", folder / "r", "--by", "Ann", "--reason", "met them")


def test_accounts_in_the_shape_of_requests_are_added_and_listed(
    people: list[dict[str, Any]], tmp_path: Path
) -> None:
    done = added(people, tmp_path)
    assert done.exit_code == 0, done.output
    assert "4 accounts with" in done.output
    listed = registry("list", "--registry", tmp_path / "r")
    assert listed.exit_code == 0
    assert all(account["account_id"] in listed.output for account in people)
    assert listed.output.count("met them") == 4
    assert "4 confirmed false positives" in listed.output


def test_one_account_that_cannot_be_read_keeps_all_out(people: list[dict[str, Any]], tmp_path: Path) -> None:
    done = added([*people, people[0] | {"account_id": "broken", "followers_count": -1}], tmp_path)
    assert done.exit_code == 2
    assert "nothing was added; refused: account broken" in done.output
    assert not (tmp_path / "r").exists()


def test_an_account_given_twice_keeps_all_out(people: list[dict[str, Any]], tmp_path: Path) -> None:
    done = added([*people, people[0]], tmp_path)
    assert done.exit_code == 2
    assert "was given before" in done.output


def test_a_replay_says_how_many_are_flagged(people: list[dict[str, Any]], tmp_path: Path) -> None:
    added(people, tmp_path)
    done = registry("replay", "--registry", tmp_path / "r")
    assert done.exit_code == 0, done.output
    assert "vigie-inauthentic" in done.output
    assert "0 of 4 confirmed false positives flagged as inauthentic" in done.output


def test_a_replay_that_flags_somebody_names_them_and_exits_with_1(
    people: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(people, tmp_path)
    judge = confirmed_false_positives._verdict

    def flagging(bundle: Any, row: int, given: Any) -> tuple[int, str, float | None, str | None, bool]:
        return (0, "scored", 0.9, "high", True) if row == 0 else judge(bundle, row, given)

    monkeypatch.setattr(confirmed_false_positives, "_verdict", flagging)
    done = registry("replay", "--registry", tmp_path / "r")
    assert done.exit_code == 1
    assert people[0]["account_id"] in done.output
    assert "1 of 4 confirmed false positives flagged" in done.output


def test_no_registry_is_one_sentence(tmp_path: Path) -> None:
    for command in ("list", "replay"):
        done = registry(command, "--registry", tmp_path)
        assert done.exit_code == 2
        assert "vigie registry add makes such a folder" in done.output
