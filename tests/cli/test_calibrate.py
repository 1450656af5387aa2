"""``vigie calibrate`` adds people to a model and says how often they are called suspect, or why it cannot."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vigie.cli import app, training
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.models import bundle
from vigie.training.synthetic.accounts import generate


@pytest.fixture
def people(tmp_path: Path) -> Path:
    made = generate(ordinary=330, inauthentic=0, seed=4, posts_per_account=25)
    read = Log().read(made.accounts, made.posts, made.labels.head(0))
    dataset.write(read, tmp_path / "club", name="club", form="generic", now=datetime(2024, 6, 1, tzinfo=UTC))
    return tmp_path / "club"


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["calibrate", *map(str, words)])
    return result.exit_code, result.output


def test_people_in_and_a_bundle_out_that_is_held_against_them(people: Path, tmp_path: Path) -> None:
    code, said = run(people, "--out", tmp_path / "mine.vigie")
    assert code == 0, said
    assert "club" in said
    known = bundle.load(tmp_path / "mine.vigie").known
    assert known is not None
    assert "club" in {group.source for group in known.groups}


def test_a_folder_that_is_not_there_is_told_before_what_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "find_spec", lambda _: None)
    code, said = run(tmp_path / "typo", "--out", tmp_path / "mine.vigie")
    assert code == 2
    assert "typo is not there" in said.replace("\n", "")
    assert "needs sklearn" not in said


def test_a_folder_that_is_no_dataset_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    code, said = run(tmp_path, "--out", tmp_path / "mine.vigie")
    assert (code, (tmp_path / "mine.vigie").exists()) == (2, False)
    assert str(tmp_path) in said.replace("\n", "")
