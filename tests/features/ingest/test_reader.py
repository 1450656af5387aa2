"""What a reader could not use is written down: rows set aside with file, line and reason, and notes with counts."""

from __future__ import annotations

import json

import polars as pl

from vigie.features import schema
from vigie.features.ingest.reader import FILE, LINE, REJECT_SCHEMA, ROW_CHARS, Log, written


def rows() -> pl.DataFrame:
    return pl.DataFrame({FILE: ["a.csv"] * 3, LINE: [2, 3, 4], "handle": ["ana", "bob", "é"]})


def test_several_faults_of_a_row_are_one_row_set_aside() -> None:
    log = Log()
    faults = pl.DataFrame(
        {
            "index": [2, 0, 2, 2],
            "field": ["handle", "url", "url", "handle"],
            "reason": ["too long", "no link", "empty", "odd"],
        }
    )
    log.set_aside(rows(), "accounts", faults)
    rejects = log.rejects()
    assert rejects.schema == REJECT_SCHEMA
    assert rejects.rows() == [
        ("a.csv", 2, "accounts", "url", "no link", '{"handle": "ana"}'),
        ("a.csv", 4, "accounts", "handle, url", "too long; empty; odd", '{"handle": "é"}'),
    ]


def test_a_log_without_faults_has_an_empty_table_and_empty_contract_tables() -> None:
    log = Log()
    log.set_aside(rows(), "accounts", pl.DataFrame({"index": [], "field": [], "reason": []}))
    result = log.read()
    assert result.rejects.schema == REJECT_SCHEMA
    assert result.rejects.is_empty()
    for name in schema.TABLES:
        assert result.table(name).schema == schema.schema(name)
        assert result.seen[name] == 0


def test_a_rejected_row_counts_as_read_and_is_cut() -> None:
    log = Log()
    log.reject("a.json", None, "posts", None, "no object", "x" * (2 * ROW_CHARS))
    result = log.read()
    assert result.seen == {"accounts": 0, "posts": 1, "labels": 0}
    assert result.rejects["row"].str.len_chars().to_list() == [ROW_CHARS]


def test_notes_hold_their_count_with_separators_and_none_is_written_of_nothing() -> None:
    log = Log()
    log.note("{} rows repaired", 12_345)
    log.note("{} rows repaired", 0)
    log.note("read as minutes")
    assert log.read().notes == ("12,345 rows repaired", "read as minutes")


def test_a_row_is_written_as_json_without_what_travels_with_it_and_cut() -> None:
    row = rows().row(2, named=True) | {"when": schema.TIME, "count": 12}
    assert json.loads(written(row)) == {"handle": "é", "when": str(schema.TIME), "count": 12}
    assert len(written({"text": "x" * (2 * ROW_CHARS)})) == ROW_CHARS
