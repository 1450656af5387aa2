"""``vigie known`` remembers campaigns, and scores and networks stay what they are beside their matches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from vigie.cli import app


def run(*words: object) -> Result:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example collection, and a memory of a domain that nobody in it links to and of two of its handles."""
    out = tmp_path_factory.mktemp("known") / "example"
    run("example", "--out", out)
    people = [json.loads(line) for line in (out / "accounts.jsonl").read_text().splitlines()[:2]]
    rows = [f"{person['handle']},{place},2024-01-0{place + 1}" for place, person in enumerate(people)]
    (out / "list.csv").write_text("\n".join(["handle,user_id,created", *rows]))
    (out / "domains.csv").write_text("domain\ngazette[.]ltd\nà remplir\n")
    run(
        "known",
        "import",
        out / "list.csv",
        "--platform",
        "x",
        "--into",
        out / "memory.json",
        "--name",
        "Harbour",
    )
    return out


def test_campaigns_are_imported_listed_and_what_is_left_out_is_told(folder: Path, tmp_path: Path) -> None:
    into = tmp_path / "memory.json"
    said = run(
        "known", "import", folder / "list.csv", folder / "domains.csv", "--into", into, "--language", "fr"
    ).output
    assert "2 comptes" in said
    assert "1 adresse" in said
    listed = run("known", "list", into).output
    assert "list (list): 2 accounts." in listed
    assert "domains (domains): 1 domain." in listed


def test_matches_are_written_and_told_with_their_caution(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "matches.jsonl"
    said = run(
        "known", "match", folder / "accounts.jsonl", "--known", folder / "memory.json", "--out", out
    ).output
    assert "2 accounts match the campaign “Harbour”" in said
    assert "neither proof nor attribution" in said
    assert [json.loads(line)["how"] for line in out.read_text().splitlines()] == ["handle", "handle"]


def test_scores_are_the_same_with_a_memory_beside_them(folder: Path, tmp_path: Path) -> None:
    plain, beside = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    run("score", folder / "accounts.jsonl", "--out", plain)
    run("score", folder / "accounts.jsonl", "--out", beside, "--known", folder / "memory.json")
    before, after = ([json.loads(line) for line in file.read_text().splitlines()] for file in (plain, beside))
    matches = [each.pop("matches") for each in after]
    assert before == after
    assert sum(map(bool, matches)) == 2
    assert all("matches" not in each for each in before)


def test_a_confirmed_campaign_is_recognised_by_digests_beside_the_same_network(
    folder: Path, tmp_path: Path
) -> None:
    key, memory = tmp_path / "key", tmp_path / "memory.json"
    key.write_bytes(bytes(range(32)))
    kept = ["--name", "Flood", "--into", memory, "--digest-key", key]
    said = run("known", "confirm", folder / "accounts.jsonl", "--campaign", 1, *kept).output
    truth = (folder / "truth.csv").read_text()
    assert "Flood" in said
    assert not any(line.split(",")[1] in memory.read_text() for line in truth.splitlines()[1:])
    plain, beside = tmp_path / "a", tmp_path / "b"
    run("network", folder / "accounts.jsonl", "--out", plain)
    run("network", folder / "accounts.jsonl", "--out", beside, "--known", memory, "--known-key", key)
    for name in ("groups.json", "campaigns.json"):
        assert (plain / name).read_bytes() == (beside / name).read_bytes()
    hows = [json.loads(line)["how"] for line in (beside / "matches.jsonl").read_text().splitlines()]
    assert hows.count("account_id") == json.loads((beside / "campaigns.json").read_text())[0]["size"]
    refused = CliRunner().invoke(
        app, ["known", "confirm", str(folder / "accounts.jsonl"), "--group", "99", *map(str, kept)]
    )
    assert refused.exit_code == 2
    assert "there is no such group" in refused.output


def test_a_known_list_is_tested_as_a_group(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "answer.json"
    said = run("known", "test", folder / "memory.json", "harbour", "--out", out).output
    assert "Harbour" not in said
    assert json.loads(out.read_text())["accounts"] == 2
    wrong = CliRunner().invoke(app, ["known", "test", str(folder / "memory.json"), "Habour"])
    assert wrong.exit_code == 2
    assert "Did you mean Harbour" in wrong.output
