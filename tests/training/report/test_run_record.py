"""A record is whole beside its bundle: JSON without NaN, tables, both reports and cards."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import RecordError
from vigie.features.i18n import message
from vigie.models import bundle
from vigie.models.metrics import Estimate
from vigie.training import config
from vigie.training.config import Gate
from vigie.training.evaluation.gates import check
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.report import run_record
from vigie.training.report.summary import Standing

SETTINGS = config.parse({"parts": {"profile": {"floor": 0.5}}})
RESULT = EvaluationResult(
    {"auc.mean": Estimate.alone(0.9), "absent": Estimate.alone(float("nan"))},
    {"rules": pl.DataFrame({"rule": ["a"]}), "empty": pl.DataFrame({"k": []})},
    {"precision.png": b"png"},
    (message("training.note_two_sources"),),
)
STANDING = Standing(
    champion="m version 1",
    gain=Estimate(0.02, -0.01, 0.05),
    because="",
    gates_of=message("training.gates_of_champion"),
    verdicts=tuple(
        check([Gate(figure="auc.mean", at_least=0.8), Gate(figure="absent", at_least=0.8)], RESULT.metrics)
    ),
    promotion="vigie promote run-1",
)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    folder = run_record.record_path(tmp_path / "my.vigie")
    run_record.write(folder, bundle.load(), SETTINGS, RESULT, pl.DataFrame({"account_id": ["a"]}), STANDING)
    return folder


def test_everything_of_the_run_is_in_the_folder(record: Path) -> None:
    assert {str(path.relative_to(record)) for path in record.rglob("*") if path.is_file()} == {
        "record.json", "judged.parquet", "report.html", "report.fr.html", "card.md", "card.html", "card.fr.md",
        "card.fr.html", "tables/rules.csv", "plots/precision.png",
    }  # fmt: skip
    french = (record / "report.fr.html").read_text()
    assert '<html lang="fr">' in french
    assert "Modèle de la cible <em>inauthentique</em>" in french


def test_what_could_not_be_computed_is_null(record: Path) -> None:
    content = run_record.read(record)
    assert content["figures"]["absent"] == {"value": None, "low": None, "high": None}
    assert content["figures"]["auc.mean"]["value"] == 0.9
    assert content["notes"][0].startswith("With two sources")


def test_the_run_and_the_version_are_noted_and_nothing_else_changes(record: Path) -> None:
    before = run_record.read(record)
    run_record.set_tracking(record, "run-1", "3")
    assert run_record.read(record) == {**before, "run_id": "run-1", "registered": "3"}


@pytest.mark.parametrize("content", ["", "[]"])
def test_a_record_that_cannot_be_read_says_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / "record.json").write_text(content)
    with pytest.raises(RecordError, match="train it anew"):
        run_record.read(tmp_path)


def test_writing_again_replaces_the_record_whole(record: Path, tmp_path: Path) -> None:
    (record / "old.txt").write_text("of an earlier training")
    run_record.write(record, bundle.load(), SETTINGS, RESULT, pl.DataFrame({"account_id": ["b"]}), STANDING)
    assert not (record / "old.txt").exists()
    assert json.loads((record / "record.json").read_text())["run_id"] is None


def test_the_record_holds_how_the_model_stood(record: Path) -> None:
    standing = run_record.read(record)["standing"]
    assert standing["champion"] == "m version 1"
    assert standing["gain"] == {"value": 0.02, "low": -0.01, "high": 0.05}
    assert standing["passed"] == ["auc.mean, at least 0.8: 0.9, with 0.1 to spare"]
    assert standing["failed"] == ["absent, at least 0.8: the figure could not be computed"]
