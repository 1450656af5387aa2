"""``vigie observe`` puts files of any kind into an operation, each account and post once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vigie.cli import app
from vigie.serving.operations import corpus
from vigie.serving.operations.catalogue import Catalogue, Opening, Theme
from vigie.serving.operations.store import Store

ACCOUNT = {"platform": "x", "account_id": "7", "handle": "quay", "observed_at": "2024-05-20T00:00:00Z"}
POST = {"post_id": "1", "created_at": "2024-05-19T00:00:00Z", "text": "hello"}


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def kept(tmp_path: Path) -> Catalogue:
    return Catalogue(Store(str(tmp_path / "watches")))


@pytest.fixture
def name(kept: Catalogue) -> str:
    return kept.create(Opening("t", Theme(), "law", datetime(2090, 1, 1, tzinfo=UTC), None), "").id


def test_lines_of_accounts_are_kept_once(kept: Catalogue, name: str, tmp_path: Path) -> None:
    file = tmp_path / "accounts.jsonl"
    file.write_text(json.dumps(ACCOUNT | {"posts": [POST]}) + "\n")
    store = tmp_path / "watches"
    assert "accounts 1 new, 0 changed, 0 known; posts 1 new" in run("observe", name, file, "--store", store)
    file.write_text(
        json.dumps(ACCOUNT | {"handle": "quay2", "observed_at": "2024-05-21T00:00:00Z", "posts": [POST]})
    )
    assert "accounts 0 new, 1 changed, 0 known; posts 0 new, 0 changed, 1 known" in run(
        "observe", name, file, "--store", store
    )


def test_a_dataset_brings_authors_known_by_their_posts_alone(
    kept: Catalogue, name: str, tmp_path: Path
) -> None:
    page = {
        "data": [
            {
                "id": "1787654321098765432",
                "author_id": "9",
                "text": "hi",
                "created_at": "2024-05-19T00:00:00.000Z",
            }
        ]
    }
    (tmp_path / "page.json").write_text(json.dumps(page))
    run("import", "x-api-v2", tmp_path / "page.json", "--out", tmp_path / "data")
    told = run("observe", name, tmp_path / "data", "--store", tmp_path / "watches")
    assert "accounts 1 new" in told
    again = run(
        "observe", name, tmp_path / "page.json", "--format", "x-api-v2", "--store", tmp_path / "watches"
    )
    assert "posts 0 new, 0 changed, 1 known" in again
    with kept.database(name).reading() as connection:
        held = corpus.read(connection)
    assert held.accounts["account_id"].to_list() == ["9"]
    assert held.posts["text"].to_list() == ["hi"]
