"""A bundle as an MLflow model answers one row per account: scored, abstained or refused, in order."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from vigie.models.bundle import default_folder
from vigie.serving.api.schemas.requests import EXAMPLE

Answers = Callable[..., list[dict[str, Any]]]
SILENT = {"platform": "x", "account_id": "2", "observed_at": "2024-05-16T12:00:00Z"}


@pytest.fixture(scope="module")
def predict() -> Answers:
    """Return a function from a target and accounts to the rows of the table that MLflow gets."""
    import pandas

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what MLflow warns of is not ours to mend
        from vigie.training.registry.mlflow_pyfunc import ServedModel

    def rows(target: str, *accounts: object) -> list[dict[str, Any]]:
        served = ServedModel()
        served.load_context(SimpleNamespace(artifacts={"bundle": default_folder(target)}))
        table = served.predict(None, pandas.DataFrame({"account": [json.dumps(one) for one in accounts]}))
        assert table["probability"].dtype == float
        found: list[dict[str, Any]] = table.to_dict("records")
        return [row | {"answer": json.loads(row["answer"])} for row in found]

    return rows


def test_an_account_is_scored_with_its_reasons_and_what_was_read(predict: Answers) -> None:
    (row,) = predict("inauthentic", EXAMPLE["accounts"][0])
    assert row["status"] == row["answer"]["status"] == "scored"
    assert row["probability"] == row["answer"]["probability"]
    assert 0 < row["probability"] < 1
    assert len(row["answer"]["reasons"]) == 5
    assert row["answer"]["posts_supplied"] == 24


def test_rows_keep_their_order_whatever_becomes_of_each_account(predict: Answers) -> None:
    good = EXAMPLE["accounts"][0]
    rows = predict("inauthentic", 7, good, SILENT, good)
    assert [row["status"] for row in rows] == ["refused", "scored", "abstained", "refused"]
    assert rows[3]["answer"]["type"] == "/problems/duplicate-account"
    assert [row["probability"] > 0 for row in rows] == [False, True, False, False]


def test_accounts_are_scored_alike_alone_and_among_others(predict: Answers) -> None:
    good = EXAMPLE["accounts"][0]
    (alone,), (_, among) = predict("inauthentic", good), predict("inauthentic", SILENT, good)
    assert alone == among


def test_too_few_accounts_to_compare_abstain_on_coordination(predict: Answers) -> None:
    (row,) = predict("coordinated", EXAMPLE["accounts"][0])
    assert (row["status"], row["answer"]["code"]) == ("abstained", "no_comparison_accounts")
    assert isinstance(row["answer"]["notes"], list)


def test_an_account_that_is_no_json_is_refused_and_spoils_no_other(predict: Answers) -> None:
    good = EXAMPLE["accounts"][0]
    rows = predict("inauthentic", good, good | {"account_id": "3", "followers_count": float("nan")})
    assert [row["status"] for row in rows] == ["scored", "refused"]
    assert "does not parse" in rows[1]["answer"]["detail"]
