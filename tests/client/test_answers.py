"""Answers become tables of fixed columns, whatever the service left out."""

from __future__ import annotations

from typing import Any

import httpx2
import pandas as pd
import polars as pl
import pytest

from vigie.client import answers
from vigie.client.requests import Request
from vigie.errors import AnswerError

IDENTITY = {"name": "m", "version": "1", "feature_set": "f"}
NAMES = {"platform": "x", "handle": None}


def content(*results: dict[str, Any]) -> Any:
    return {"model": IDENTITY, "coordinated_model": IDENTITY | {"version": "2"}, "results": list(results)}


SCORED = NAMES | {
    "account_id": "1",
    "coverage": {"posts": 7},
    "inauthentic": {"status": "scored", "probability": 0.5, "interval": [0.4, 0.6], "band": "medium", "reasons": []},
    "coordinated": {"status": "abstained", "code": "too_few_posts", "why": "few", "campaign": None, "group": 3},
}  # fmt: skip
REFUSED = NAMES | {"account_id": "2", "error": {"detail": "followers_count is -1", "errors": None}}


def test_a_row_holds_both_verdicts_or_why_there_is_none() -> None:
    table = answers.scores(content(SCORED, REFUSED)).to_polars()
    scored, refused = table.rows(named=True)
    assert {name: value for name, value in scored.items() if value is not None} == {
        "platform": "x", "account_id": "1", "status": "scored", "probability": 0.5, "interval_low": 0.4, "interval_high": 0.6,
        "band": "medium", "coordinated_status": "abstained", "coordinated_code": "too_few_posts", "coordinated_why": "few",
        "coordinated_group": 3, "posts": 7, "model_version": "1", "coordinated_model_version": "2",
    }  # fmt: skip
    assert (refused["status"], refused["error"]) == ("refused", "followers_count is -1")


def test_columns_are_the_same_for_any_results_in_both_kinds_of_table() -> None:
    every, one = (answers.scores(content(*results)) for results in ((SCORED, REFUSED), (REFUSED,)))
    assert every.to_polars().schema == one.to_polars().schema
    assert isinstance(one.to_polars(), pl.DataFrame)
    assert isinstance(one.to_pandas(), pd.DataFrame)
    assert list(one.to_pandas().columns) == one.to_polars().columns


def test_a_problem_of_the_request_itself_is_no_result() -> None:
    said = {"detail": "language is de", "errors": [{"field": "language", "detail": "language is de"}]}
    with pytest.raises(AnswerError, match="language is de"):
        answers.results(Request("POST", "/"), httpx2.Response(422, json=said))


def test_an_account_of_a_refused_chunk_beyond_the_faults_that_are_listed_has_the_problem_of_all() -> None:
    said = {"detail": "none of the 2 accounts can be read", "errors": [{"field": "a", "detail": "d", "account": 0, "line": 1}]}  # fmt: skip
    found = answers.results(Request("POST", "/", first=10, accounts=2), httpx2.Response(422, json=said))
    assert isinstance(found, list)
    first, second = (result["error"] for result in found)
    assert first
    assert second
    assert (first["detail"], first["errors"]) == ("d", [{"field": "a", "detail": "d", "line": 11}])
    assert (second["detail"], second["errors"]) == ("none of the 2 accounts can be read", [])
