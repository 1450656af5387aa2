"""A record is whole beside its bundle: JSON without NaN, tables, both reports and cards."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import RecordError
from vigie.features.i18n import message
from vigie.models import bundle
from vigie.training import config
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.metrics import Estimate
from vigie.training.report import run_record

SETTINGS = config.parse({"parts": {"profile": {"floor": 0.5}}})
RESULT = EvaluationResult(
    {"auc.mean": Estimate.alone(0.9), "absent": Estimate.alone(float("nan"))},
    {"budget": pl.DataFrame({"k": [50]}), "empty": pl.DataFrame({"k": []})},
    {"precision.png": b"png"},
    (message("training.note_two_sources"),),
)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    folder = run_record.record_path(tmp_path / "my.vigie")
    run_record.write(folder, bundle.load(), SETTINGS, RESULT, pl.DataFrame({"account_id": ["a"]}))
    return folder


def test_everything_of_the_run_is_in_the_folder(record: Path) -> None:
    assert {str(path.relative_to(record)) for path in record.rglob("*") if path.is_file()} == {
        "record.json", "judged.parquet", "report.html", "report.fr.html", "card.md", "card.html", "card.fr.md",
        "card.fr.html", "tables/budget.csv", "plots/precision.png",
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
    run_record.write(record, bundle.load(), SETTINGS, RESULT, pl.DataFrame({"account_id": ["b"]}))
    assert not (record / "old.txt").exists()
    assert json.loads((record / "record.json").read_text())["run_id"] is None
