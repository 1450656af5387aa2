"""A file of results appears whole or not at all, and holds the same in every format."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import UnknownFormatError
from vigie.features.ingest.refusals import Problem
from vigie.models.engine import Models
from vigie.models.verdict import Abstention, AccountResult, Coverage
from vigie.serving.batch.columns import SCHEMA
from vigie.serving.batch.writers import check_suffix, opened

COVERAGE = Coverage("none", 0, 0, [], [], [], [])
RESULTS = [
    AccountResult(
        "x", "1", "handle", COVERAGE, Abstention(why='few; "quoted",\nin two lines', code="too_few_posts")
    ),
    AccountResult(None, None, None, error=Problem("/problems/contract", "a", 422, "no platform")),
]


def written(out: Path, models: Models) -> Path:
    with opened(out, models) as sink:
        sink.write(RESULTS[:1])
        sink.write(RESULTS[1:])
    return out


def test_json_lines_are_the_results_of_the_service_and_nothing_else(models: Models, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in written(tmp_path / "o.jsonl", models).read_text().splitlines()]
    assert [line["account_id"] for line in lines] == ["1", None]
    assert lines[0]["inauthentic"]["why"].endswith("in two lines")
    assert "error" not in lines[0]
    assert lines[1]["error"]["detail"] == "no platform"
    assert [list(line) for line in lines] == [
        ["platform", "account_id", "handle", "coverage", "inauthentic"], ["platform", "account_id", "handle", "error"],
    ]  # fmt: skip


def test_tables_have_one_schema_and_hold_the_same(models: Models, tmp_path: Path) -> None:
    table = pl.read_parquet(written(tmp_path / "o.parquet", models))
    flat = pl.read_csv(written(tmp_path / "o.CSV", models), infer_schema_length=None)
    assert dict(table.schema) == SCHEMA
    assert flat.columns == table.columns
    assert flat["why"].to_list() == table["why"].to_list()
    assert flat["status"].to_list() == ["abstained", "refused"]
    assert flat["handle"].to_list() == table["handle"].to_list() == ["handle", None]
    assert table["model_version"].to_list() == [models.inauthentic.version] * 2
    assert {"errors": None} | json.loads(flat["error"][1]) == table["error"][1]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_nothing_written_is_an_empty_file_of_its_format(models: Models, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / "deeper" / f"o{suffix}"
    with opened(out, models):
        pass
    assert out.exists()
    if suffix == ".parquet":
        assert pl.read_parquet(out).is_empty()
    if suffix == ".csv":
        assert out.read_text().strip().split(",") == list(SCHEMA)


def test_a_failure_leaves_what_was_there_and_nothing_else(models: Models, tmp_path: Path) -> None:
    out = tmp_path / "o.jsonl"
    out.write_text("before")

    def fail() -> None:
        with opened(out, models) as sink:
            sink.write(RESULTS)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert out.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["o.jsonl"]


@pytest.mark.parametrize("name", ["o.xlsx", "o", "o.json"])
def test_a_format_that_no_writer_knows_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(UnknownFormatError, match=r"\.parquet"):
        check_suffix(Path(name))
