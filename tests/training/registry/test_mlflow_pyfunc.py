"""A bundle as an MLflow model answers one row per account: scored, abstained or refused, in order."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from vigie.features.cluster.session import connected
from vigie.features.ingest.parsing import from_texts
from vigie.features.pipeline import MODEL_FEATURES
from vigie.models.bundle import default_folder
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.batch import feature_table

Answers = Callable[..., list[dict[str, Any]]]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
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


@pytest.fixture(scope="module")
def of_features() -> Callable[..., Any]:
    """Return a function from a target and features to the table that MLflow gets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from vigie.training.registry.mlflow_pyfunc import ServedModel

    def table(target: str, features: pl.DataFrame) -> Any:
        served = ServedModel()
        served.load_context(SimpleNamespace(artifacts={"bundle": default_folder(target)}))
        return served.predict(None, features.to_pandas())

    return table


def features_of(*accounts: object) -> pl.DataFrame:
    return feature_table.measured(from_texts([json.dumps(one).encode() for one in accounts], NOW))


def test_features_computed_before_give_the_probability_of_their_account(
    predict: Answers, of_features: Callable[..., Any]
) -> None:
    good = EXAMPLE["accounts"][0]
    accounts = (good, SILENT, good | {"account_id": "3", "posts": []})
    expected = predict("inauthentic", *accounts)
    found = of_features("inauthentic", features_of(*accounts)).to_dict("records")
    assert [row["status"] for row in found] == [row["status"] for row in expected]
    assert [row["status"] for row in found] == ["scored", "abstained", "scored"]
    for one, other in zip(found, expected, strict=True):
        assert one["probability"] == other["probability"] or one["status"] != "scored"
        answer = json.loads(one["answer"])
        assert answer.get("interval") == other["answer"].get("interval")
        assert not answer.get("reasons")


def test_features_that_are_not_there_are_named(of_features: Callable[..., Any]) -> None:
    known = features_of(EXAMPLE["accounts"][0])
    with pytest.raises(ValueError, match=r"of which profile_posts_count and 1 in all are not there"):
        of_features("inauthentic", known.drop("profile_posts_count"))
    with pytest.raises(ValueError, match="a model of coordination needs a column account"):
        of_features("coordinated", known)


def test_spark_scores_ready_features_as_this_machine_does(
    remote: str, shelf: Any, of_features: Callable[..., Any]
) -> None:
    shelf.stock("on-spark", "strong")
    known = features_of(*({**EXAMPLE["accounts"][0], "account_id": str(number)} for number in range(50)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow
        from pyspark.sql.functions import struct

        mlflow.set_tracking_uri(shelf.uri)
        expected = mlflow.pyfunc.load_model("models:/on-spark/1").predict(known.to_pandas())
        with connected(remote) as session:
            scored = mlflow.pyfunc.spark_udf(
                session, "models:/on-spark/1", result_type="struct<status: string, probability: double>"
            )
            table = session.createDataFrame(known.to_arrow()).repartition(3).filter("error is null")
            columns = struct("posts", *MODEL_FEATURES)
            found = pl.DataFrame(table.select("account_id", scored(columns).alias("scored")).toArrow())
    told = found.unnest("scored").sort("account_id").rows()
    assert told == sorted(zip(known["account_id"], expected["status"], expected["probability"], strict=True))
