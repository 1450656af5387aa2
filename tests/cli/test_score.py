"""Bulk scoring gives the answers of the service, in the order of the input, whole or not at all."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from vigie.cli import app
from vigie.cli.demo import requests
from vigie.cli.score import _compared
from vigie.features.coordination import traces
from vigie.features.i18n import LANGUAGES, Duration, message
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.models.bundle import load
from vigie.models.engine import ScoringResult
from vigie.serving.api.app import create_app
from vigie.serving.batch import inputs as bulk
from vigie.serving.settings import Settings
from vigie.training.synthetic.accounts import World, generate

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return generate(ordinary=25, inauthentic=20, seed=4, posts_per_account=150)


@pytest.fixture(scope="module")
def inputs(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("inputs")
    accounts = requests(world.accounts, world.posts)
    (folder / "a.jsonl").write_text("".join(json.dumps(account) + "\n" for account in accounts))
    pl.DataFrame(accounts, infer_schema_length=None).write_parquet(folder / "a.parquet")
    dataset.write(
        Log().read(world.accounts, world.posts, world.labels),
        folder / "d",
        name="d",
        form="invented",
        now=NOW,
    )
    return {"jsonl": folder / "a.jsonl", "parquet": folder / "a.parquet", "dataset": folder / "d"}


def score(*arguments: Any) -> Any:
    return CliRunner().invoke(app, ["score", *map(str, arguments)])


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("parts", ["one", "many"])
@pytest.mark.parametrize("form", ["dataset", "jsonl", "parquet"])
def test_every_input_gives_what_the_service_gives(
    world: World,
    inputs: dict[str, Path],
    tmp_path: Path,
    form: str,
    parts: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if parts == "many":
        for name in ("_MOST_POSTS", "_MOST_POSTS_OF_OBJECTS"):
            monkeypatch.setattr(bulk, name, 200)
    out = tmp_path / "o.jsonl"
    done = score(inputs[form], "--out", out, "--language", "fr", "--top-reasons", 3)
    assert done.exit_code == 0, done.output
    with TestClient(create_app(Settings())) as client:
        asked = {"accounts": requests(world.accounts, world.posts), "language": "fr", "top_reasons": 3}
        answer = client.post("/v1/score", json=asked).json()
    assert lines(out) == answer["results"]
    assert {line["coordinated"]["status"] for line in lines(out)} == {"scored", "abstained"}


def test_every_output_says_the_same(inputs: dict[str, Path], tmp_path: Path) -> None:
    for suffix in ("jsonl", "parquet", "csv"):
        assert score(inputs["dataset"], "--out", tmp_path / f"o.{suffix}").exit_code == 0
    plain, table = lines(tmp_path / "o.jsonl"), pl.read_parquet(tmp_path / "o.parquet")
    flat = pl.read_csv(tmp_path / "o.csv")
    verdicts = [result["inauthentic"] for result in plain]
    assert table["probability"].to_list() == [verdict.get("probability") for verdict in verdicts]
    assert flat["probability"].to_list() == table["probability"].to_list()
    assert table["reasons"][0].to_list() == verdicts[0]["reasons"] == json.loads(flat["reasons"][0])
    assert table["model_version"].unique().to_list() == [load().version]
    for handles in (table["handle"], flat["handle"]):
        assert handles.to_list() == [result["handle"] for result in plain]
    assert table["handle"].null_count() < table.height


def test_bad_lines_and_accounts_are_answered_where_they_stand(
    inputs: dict[str, Path], tmp_path: Path
) -> None:
    good = inputs["jsonl"].read_bytes().splitlines()[0]
    path = tmp_path / "bad.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf"
        + b"\n".join([good, b"{", b"", b"\xff\x00", good, b"7", b'{"platform": "x"}', good[:-1]])
    )
    done = score(path, "--out", tmp_path / "o.jsonl")
    assert done.exit_code == 0, done.output
    found = lines(tmp_path / "o.jsonl")
    assert found[0]["inauthentic"]
    assert "line 2" in found[1]["error"]["detail"]
    assert "line 4" in found[2]["error"]["detail"]
    assert found[3]["error"]["type"] == "/problems/duplicate-account"
    assert "not 7" in found[4]["error"]["detail"]
    assert found[5]["error"]["errors"][0]["field"] == "account_id"
    assert "line 8" in found[6]["error"]["detail"]
    assert "refused 6" in done.stdout


def test_an_account_is_a_duplicate_wherever_it_stood_before(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_MOST_ACCOUNTS", 3)
    path = tmp_path / "twice.jsonl"
    path.write_bytes(inputs["jsonl"].read_bytes() * 2)
    score(path, "--out", tmp_path / "o.jsonl")
    found = lines(tmp_path / "o.jsonl")
    assert ["error" in result for result in found] == [False] * 45 + [True] * 45


@pytest.mark.parametrize(
    ("groups", "english", "french"),
    [(1, "; 1 group (vigie network describes it)", "1 groupe ("), (2, "; 2 groups (", "2 groupes (")],
)
def test_what_comparing_found_is_told_in_the_number_of_its_groups(
    groups: int, english: str, french: str
) -> None:
    comparison = SimpleNamespace(groups=pl.DataFrame({"group": range(groups)}))
    found = _compared(
        cast("ScoringResult", SimpleNamespace(coordination=SimpleNamespace(comparison=comparison))), []
    )
    assert english in found.say("en")
    assert french in found.say("fr")


def test_refused_accounts_fit_every_output(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("{}\n")
    for suffix in ("jsonl", "parquet", "csv"):
        refused = score(path, "--out", tmp_path / f"o.{suffix}")
        assert refused.exit_code == 2
        assert "no account of 1 could be read" in refused.output
    assert pl.read_parquet(tmp_path / "o.parquet")["status"].to_list() == ["refused"]
    assert pl.read_csv(tmp_path / "o.csv")["error"].str.contains("platform").to_list() == [True]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", b"", "is empty"),
        ("a.jsonl", "{}".encode("utf-16"), "UTF-16"),
        ("a.xlsx", b"PK", "Allowed: .jsonl"),
        ("a.parquet", b"PAR1 nothing", "not a Parquet file"),
        (None, b"", "is not there"),
    ],
)
def test_an_input_that_cannot_be_read_is_explained(
    tmp_path: Path, name: str | None, content: bytes, said: str
) -> None:
    path = tmp_path / (name or "absent")
    if name:
        path.write_bytes(content)
    done = score(path, "--out", tmp_path / "o.csv")
    assert done.exit_code == 2
    assert said in done.stderr
    assert not (tmp_path / "o.csv").exists()


def test_a_folder_that_is_no_dataset_or_was_changed_is_refused(
    inputs: dict[str, Path], tmp_path: Path
) -> None:
    assert "manifest.json" in score(tmp_path, "--out", tmp_path / "o.csv").stderr
    copy = tmp_path / "d"
    copy.mkdir()
    for file in inputs["dataset"].iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    posts = copy / "posts.parquet"
    posts.write_bytes(posts.read_bytes()[:-100])
    done = score(copy, "--out", tmp_path / "o.csv")
    assert done.exit_code == 2
    assert "changed or" in done.stderr


def test_bad_options_are_explained(inputs: dict[str, Path], tmp_path: Path) -> None:
    assert "Allowed: .csv" in score(inputs["jsonl"], "--out", tmp_path / "o.xlsx").stderr
    assert "Allowed: en, fr" in score(inputs["jsonl"], "--out", tmp_path / "o.csv", "--language", "de").stderr
    assert "the input itself" in score(inputs["jsonl"], "--out", inputs["jsonl"]).stderr
    assert "bundle.json" in score(inputs["jsonl"], "--out", tmp_path / "o.csv", "--bundle", tmp_path).stderr


def test_nothing_appears_where_scoring_fails(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("vigie.models.engine.compute", fail)
    out = tmp_path / "o.csv"
    out.write_text("what was there")
    assert score(inputs["jsonl"], "--out", out).exit_code == 1
    assert out.read_text() == "what was there"
    assert [path.name for path in tmp_path.iterdir()] == ["o.csv"]


def test_what_was_not_compared_is_told_in_the_language_asked_for(tmp_path: Path) -> None:
    accounts = [
        {
            "platform": "x", "account_id": f"{name}", "observed_at": "2024-05-20T00:00:00Z",
            "posts": [
                {"post_id": f"{name}-{act}", "created_at": f"2024-05-14T1{act}:00:{name % 60:02}Z", "kind": "original",
                 "urls": [f"https://a.example/{act}"]}
                for act in range(2)
            ],
        }
        for name in range(210)
    ]  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(account) + "\n" for account in accounts))
    for language in LANGUAGES:
        done = score(path, "--out", tmp_path / "o.jsonl", "--target", "coordinated", "--language", language)
        assert done.exit_code == 0, done.output
        burst = message(
            "coordination.burst", count=420, trace=traces.title("co_url"), window=Duration(60), cap=200
        )
        assert burst.say(language) in done.stderr
