"""``vigie baseline`` measures, adds up, compares and shows rates of ordinary accounts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from vigie.cli import app
from vigie.features.coordination import baselines


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["baseline", *map(str, arguments)])


def write_accounts(path: Path, count: int, minutes: int) -> Path:
    """Write accounts with two posts each that link to one of ten pages, some minutes apart."""
    with path.open("w") as file:
        for number in range(count):
            posts = [
                {
                    "post_id": f"{number}-{each}",
                    "created_at": f"2024-05-{1 + each:02}T{number * minutes // 60 % 24:02}:{number * minutes % 60:02}:00Z",
                    "urls": [f"https://site{(number + each) % 10}.example/a"],
                }
                for each in range(2)
            ]
            entry = {
                "platform": "x", "account_id": str(number), "observed_at": "2024-05-17T00:00:00Z", "posts": posts,
            }  # fmt: skip
            file.write(json.dumps(entry) + "\n")
    return path


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("baseline")
    data = write_accounts(folder / "accounts.jsonl", 250, 5)
    done = run("build", data, "--way", "links", "--out", folder / "ordinary.json")
    assert done.exit_code == 0, done.output
    assert "rates of 250 accounts" in done.output
    return folder / "ordinary.json"


def test_what_is_measured_is_shown_and_compared(measured: Path, tmp_path: Path) -> None:
    baseline = baselines.read(measured)
    assert baseline.sources.select("platform", "way", "accounts", "posts").rows() == [
        ("x", "links", 250, 500)
    ]
    shown = run("show", measured)
    assert shown.exit_code == 0
    assert "links" in shown.output
    hotter = run(
        "build", write_accounts(tmp_path / "b.jsonl", 250, 1), "--way", "links", "--out", tmp_path / "b.json"
    )
    assert hotter.exit_code == 0, hotter.output
    assert "co_url" in run("diff", measured, tmp_path / "b.json").output


def test_baselines_are_added_up(measured: Path, tmp_path: Path) -> None:
    done = run("merge", measured, measured, "--out", tmp_path / "both.json")
    assert done.exit_code == 0, done.output
    assert baselines.read(tmp_path / "both.json").sources["accounts"].to_list() == [500]


def test_few_accounts_an_unknown_way_and_an_existing_file_are_refused(measured: Path, tmp_path: Path) -> None:
    few = write_accounts(tmp_path / "few.jsonl", 10, 5)
    refused = run("build", few, "--way", "links", "--out", tmp_path / "o.json")
    assert refused.exit_code == 2
    assert "200 accounts with dated posts at least, not on 10" in refused.output
    assert (
        "Did you mean hashtag" in run("build", few, "--way", "hashtags", "--out", tmp_path / "o.json").output
    )
    assert "exists; name a file" in run("merge", measured, "--out", measured).output


def test_the_network_and_scores_take_another_baseline_and_refuse_a_broken_one(
    measured: Path, tmp_path: Path
) -> None:
    data = write_accounts(tmp_path / "a.jsonl", 40, 1)
    (tmp_path / "broken.json").write_text("[]")
    for command, out in (("network", "n"), ("score", "s.jsonl")):
        done = CliRunner().invoke(
            app, [command, str(data), "--out", str(tmp_path / out), "--baseline", str(measured)]
        )
        assert done.exit_code == 0, done.output
        broken = CliRunner().invoke(
            app,
            [
                command,
                str(data),
                "--out",
                str(tmp_path / f"x{out}"),
                "--baseline",
                str(tmp_path / "broken.json"),
            ],
        )
        assert broken.exit_code == 2
        assert "no baseline" in broken.output
