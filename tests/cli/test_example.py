"""``vigie example`` writes files that the other commands read, and these find in them what was planted."""

from __future__ import annotations

import json
import shlex
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from vigie.cli import app
from vigie.cli.corpus import read
from vigie.features import schema
from vigie.training.synthetic.example_collection import example_collection

runner = CliRunner()
APART = ("fans", "newsroom", "activists", "people")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("an invented") / "example"
    done = runner.invoke(app, ["example", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert done.output == (out / "README.md").read_text(encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def made(folder: Path) -> Path:
    """Return the folder after the commands that it names, run as they stand."""
    commands = [
        shlex.split(line)[1:]
        for line in (folder / "README.md").read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("vigie ")
    ]
    assert [command[0] for command in commands] == ["network", "score"]
    for command in commands:
        done = runner.invoke(app, command)
        assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def roles(folder: Path) -> dict[str, str]:
    """Return what each account is, by id."""
    table = pl.read_csv(folder / "truth.csv", infer_schema=False)
    return dict(table.select("account_id", "role").iter_rows())


def members(found: dict[str, Any], roles: dict[str, str]) -> Counter[str]:
    return Counter(roles[account["account_id"]] for account in found["accounts"])


def found_in(made: Path, name: str) -> list[dict[str, Any]]:
    return list(json.loads((made / "network" / f"{name}.json").read_text(encoding="utf-8")))


def test_the_files_read_back_are_the_collection(folder: Path, roles: dict[str, str]) -> None:
    from rich.console import Console

    accounts, posts = read(folder / "accounts.jsonl", Console(stderr=True))
    planted = example_collection()
    assert set(accounts["account_id"]) == set(planted.accounts["account_id"]) == set(roles)
    assert posts.height == planted.posts.height
    text = dict(planted.posts.select("post_id", "text").iter_rows())
    assert all(text[post] == said for post, said in posts.select("post_id", "text").iter_rows())
    assert (
        {"media_hashes", "hashtags", "view_count"} <= set(posts.columns) <= {*schema.schema("posts"), "row"}
    )


def test_the_campaign_of_strong_evidence_is_the_flood_and_nobody_else(
    made: Path, roles: dict[str, str]
) -> None:
    (campaign,) = (each for each in found_in(made, "campaigns") if each["verdict"] == "strong")
    flood = Counter(roles.values())["flood"]
    assert set(members(campaign, roles)) == {"flood"}
    assert members(campaign, roles)["flood"] >= 0.8 * flood
    assert set(campaign["platforms"]) == {"x", "facebook"}


def test_activists_are_joined_by_their_contents_alone_with_an_ordinary_explanation(
    made: Path, roles: dict[str, str]
) -> None:
    others = [each for each in found_in(made, "campaigns") if each["verdict"] != "strong"]
    assert [set(members(each, roles)) for each in others] == [{"activists"}]
    assert [each["name"] for each in others[0]["benign_alternatives"]] == [
        "activists",
        "one_source",
    ]


@pytest.mark.parametrize(("role", "explanation"), [("fans", "fan_club"), ("newsroom", "newsroom_feed")])
def test_fans_and_the_newsroom_are_groups_of_their_own_with_an_ordinary_explanation(
    made: Path, roles: dict[str, str], role: str, explanation: str
) -> None:
    (group,) = (each for each in found_in(made, "groups") if role in members(each, roles))
    assert set(members(group, roles)) == {role}
    assert group["verdict"] == "synchronous"
    assert explanation in [each["name"] for each in group["benign_alternatives"]]


def test_the_flood_is_high_and_nobody_else(made: Path, roles: dict[str, str]) -> None:
    scores = pl.read_csv(made / "scores.csv", infer_schema=False)
    shares: dict[str, list[bool]] = defaultdict(list)
    for account, band in scores.select("account_id", "coordinated_band").iter_rows():
        shares[roles[account]].append(band == "high")
    high = {role: sum(of) / len(of) for role, of in shares.items()}
    assert high.pop("flood") >= 0.8
    # Fans wait for one author, a newsroom and activists say who they are.
    assert set(high) == set(APART)
    assert not any(high.values())


def test_the_commands_are_told_in_french_too(folder: Path, tmp_path: Path) -> None:
    done = runner.invoke(app, ["example", "--out", str(tmp_path / "exemple"), "--language", "fr"])
    assert done.exit_code == 0, done.output
    assert "Personne n’y existe" in done.output
    assert done.output.count("--language fr") == 2
    for name in ("accounts.jsonl", "truth.csv"):
        assert (tmp_path / "exemple" / name).read_bytes() == (folder / name).read_bytes()


def test_a_folder_that_exists_and_an_unknown_language_are_refused(tmp_path: Path) -> None:
    there = runner.invoke(app, ["example", "--out", str(tmp_path)])
    assert there.exit_code == 2
    assert "name a folder that does not" in " ".join(there.stderr.split())
    strange = runner.invoke(app, ["example", "--out", str(tmp_path / "new"), "--language", "de"])
    assert strange.exit_code == 2
    assert "Allowed: en, fr" in strange.stderr
    assert not (tmp_path / "new").exists()
