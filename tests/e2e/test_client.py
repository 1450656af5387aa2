"""The client asks a real server, and gives what the server gives."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pandas as pd
import polars as pl
import pytest

from vigie.cli.demo import requests
from vigie.client import AsyncClient, Chunks, Client, Retries
from vigie.errors import AnswerError, UnreachableError
from vigie.serving.api.schemas.requests import GROUP_TEST_EXAMPLE, NETWORK_EXAMPLE
from vigie.training.synthetic.accounts import example


@pytest.fixture(scope="module")
def accounts() -> list[dict[str, Any]]:
    world = example()
    return requests(world.accounts, world.posts)


def test_chunks_of_any_size_give_the_results_of_one_request(
    address: str, accounts: list[dict[str, Any]]
) -> None:
    asked = {"accounts": accounts, "targets": ["inauthentic"], "top_reasons": 2, "language": "fr"}
    whole = httpx2.post(f"{address}/v1/score", json=asked, timeout=60).json()
    with Client(address, chunks=Chunks(accounts=5)) as client:
        scores = client.score(accounts, targets=["inauthentic"], top_reasons=2, language="fr")
    assert scores.content["results"] == whole["results"]
    assert scores.content["language"] == "fr"
    table = scores.to_polars()
    assert table["account_id"].to_list() == [account["account_id"] for account in accounts]
    assert table["probability"].to_list() == [
        result["inauthentic"].get("probability") for result in whole["results"]
    ]
    assert table["coordinated_status"].null_count() == len(accounts)


def test_tables_of_polars_and_pandas_and_objects_say_the_same(
    address: str, accounts: list[dict[str, Any]]
) -> None:
    few = accounts[:4]
    profiles = pl.DataFrame([{k: v for k, v in each.items() if k != "posts"} for each in few])
    posts = pl.DataFrame(
        [
            post | {"platform": each["platform"], "account_id": each["account_id"]}
            for each in few
            for post in each["posts"]
        ],
        infer_schema_length=None,
    )
    with Client(address) as client:
        plain = client.score(few, targets=["inauthentic"])
        of_polars = client.score(profiles, posts, targets=["inauthentic"])
        of_pandas = client.score(
            pd.DataFrame(profiles.to_dicts()), pd.DataFrame(posts.to_dicts()), targets=["inauthentic"]
        )
    assert of_polars.content == plain.content
    assert of_pandas.content == plain.content
    frame = plain.to_pandas()
    assert list(frame.columns) == plain.to_polars().columns
    assert frame["account_id"].tolist() == [each["account_id"] for each in few]


def test_accounts_are_compared_in_one_request(address: str, accounts: list[dict[str, Any]]) -> None:
    with Client(address, chunks=Chunks(accounts=1)) as client:
        both = client.score(accounts).to_polars()
        network = client.network(NETWORK_EXAMPLE["accounts"])
        tested = client.group_test(GROUP_TEST_EXAMPLE["accounts"], language="fr")
    assert both["coordinated_status"].null_count() == 0
    assert set(network.to_polars()["account_id"]) == {"0", "1", "2"}
    assert tested.content["language"] == "fr"
    assert tested.to_polars()["trait"].n_unique() == len(tested.content["tests"])


def test_an_account_that_cannot_be_read_costs_itself_alone_also_where_its_chunk_holds_no_other(
    address: str, accounts: list[dict[str, Any]]
) -> None:
    bad = {"platform": "x", "account_id": "7", "observed_at": "2024-05-16T00:00:00Z", "followers_count": -1}
    with Client(address, chunks=Chunks(accounts=1)) as client:
        alone = client.score([*accounts[:2], bad], targets=["inauthentic"])
    with Client(address) as client:
        together = client.score([*accounts[:2], bad], targets=["inauthentic"])
    for scores in (alone, together):
        table = scores.to_polars()
        assert table["status"].to_list()[2] == "refused"
        assert "followers_count is -1" in table["error"].to_list()[2]
        problem = scores.content["results"][2].get("error")
        assert problem
        (fault,) = problem.get("errors") or []
        assert (fault["field"], fault.get("line")) == ("followers_count", 3)
    assert alone.content["results"][:2] == together.content["results"][:2]


def test_a_request_that_is_refused_says_what_the_service_says(address: str) -> None:
    with Client(address) as client:
        with pytest.raises(
            AnswerError, match="answered 422: the request cannot be read: language"
        ) as refused:
            client.network(NETWORK_EXAMPLE["accounts"], language="de")  # type: ignore[arg-type]
        with pytest.raises(AnswerError, match="the account cannot be read"):
            client.network([{"platform": "x"}])
    assert refused.value.answered == 422
    assert refused.value.problem["type"] == "/problems/contract"
    assert f"(request {refused.value.request_id})" in str(refused.value)


def test_the_models_features_and_drift_are_there(address: str) -> None:
    with Client(address) as client:
        assert client.ready()
        assert client.model("fr")["card_language"] == "fr"
        assert client.features().to_polars()["name"].n_unique() > 100
        assert client.drift()["inauthentic"]["report"]["level"] in ("unknown", "none", "watch", "act")


def test_both_clients_give_the_same(address: str, accounts: list[dict[str, Any]]) -> None:
    async def asked() -> tuple[Any, ...]:
        async with AsyncClient(address, chunks=Chunks(accounts=3)) as client:
            return (
                (await client.score(accounts[:7], targets=["inauthentic"])).content,
                (await client.network(NETWORK_EXAMPLE["accounts"])).content,
                (await client.group_test(GROUP_TEST_EXAMPLE["accounts"])).content,
                await client.model(),
                (await client.features()).content,
                await client.ready(),
            )

    with Client(address) as client:
        assert asyncio.run(asked()) == (
            client.score(accounts[:7], targets=["inauthentic"]).content,
            client.network(NETWORK_EXAMPLE["accounts"]).content,
            client.group_test(GROUP_TEST_EXAMPLE["accounts"]).content,
            client.model(),
            client.features().content,
            True,
        )


def test_times_may_be_datetimes(address: str, accounts: list[dict[str, Any]]) -> None:
    timed = [each | {"observed_at": datetime.fromisoformat(each["observed_at"])} for each in accounts[:2]]
    assert timed[0]["observed_at"].tzinfo == UTC
    with Client(address) as client:
        assert (
            client.score(timed, targets=["inauthentic"]).content
            == client.score(accounts[:2], targets=["inauthentic"]).content
        )


def test_a_service_that_is_not_there_is_told(address: str) -> None:
    with Client("http://127.0.0.1:9", retries=Retries(most=1, first_s=0.01)) as client:
        assert not client.ready()
        with pytest.raises(UnreachableError, match="gave no answer"):
            client.model()


def test_the_example_finds_the_accounts_that_act_together(address: str) -> None:
    example = Path(__file__).parents[2] / "examples" / "client.py"
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(example), address], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    first, *likely, group = done.stdout.splitlines()
    assert "of 40 accounts could be judged" in first
    assert len(likely) == 5
    assert "5 accounts" in group
