"""Requests hold bounded numbers of accounts and posts, in order, and say what they are."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.client.requests import Chunks, Request, chunked, get, whole
from vigie.errors import EmptyInputError, InputError


def accounts(*posts: int) -> list[dict[str, Any]]:
    return [{"account_id": str(place), "posts": [{}] * count} for place, count in enumerate(posts)]


def lines(request: Request) -> list[Any]:
    assert request.body is not None
    return [json.loads(line) for line in gzip.decompress(request.body).splitlines()]


@pytest.mark.parametrize(
    ("most", "sizes"),
    [
        (Chunks(accounts=2), [2, 2, 1]),
        (Chunks(posts=4), [2, 1, 2]),
        (Chunks(megabytes=0.00007), [2, 1, 2]),
        (Chunks(), [5]),
    ],
)
def test_a_chunk_ends_before_it_holds_too_much(most: Chunks, sizes: list[int]) -> None:
    given = accounts(1, 2, 9, 1, 1)
    made = list(chunked("/v1/score", given, {}, most))
    assert [request.accounts for request in made] == sizes
    assert [request.first for request in made] == [sum(sizes[:place]) for place in range(len(sizes))]
    assert [line for request in made for line in lines(request)] == given


def test_accounts_are_read_as_they_are_needed() -> None:
    taken = 0

    def endless() -> Iterator[dict[str, Any]]:
        nonlocal taken
        while True:
            taken += 1
            yield {"account_id": str(taken)}

    requests = chunked("/v1/score", endless(), {}, Chunks(accounts=10))
    assert next(requests).accounts == 10
    assert taken == 11


def test_each_request_has_a_key_of_its_own() -> None:
    one, two = chunked("/v1/score", accounts(0, 0), {"top_reasons": 2}, Chunks(accounts=1))
    assert one.headers["Idempotency-Key"] != two.headers["Idempotency-Key"]
    assert one.headers["Content-Encoding"] == "gzip"
    assert one.headers["Content-Type"] == "application/x-ndjson"
    assert one.options == {"top_reasons": 2}


def test_all_accounts_go_in_one_request_where_they_are_compared() -> None:
    assert whole("/v1/network", accounts(*[9] * 500), {}).accounts == 500
    with pytest.raises(EmptyInputError):
        whole("/v1/network", [], {})


def test_values_of_python_numpy_and_polars_are_written_as_json() -> None:
    account = {
        "created_at": datetime(2024, 5, 1, tzinfo=UTC), "day": date(2024, 5, 1), "count": np.int64(3),
        "embedding": np.array([0.5, 1.0]), "urls": pl.Series(["a"]), "half": "\ud83d",
    }  # fmt: skip
    (line,) = lines(whole("/", [account], {}))
    assert line == {
        "created_at": "2024-05-01T00:00:00+00:00", "day": "2024-05-01", "count": 3, "embedding": [0.5, 1.0],
        "urls": ["a"], "half": "?",
    }  # fmt: skip


@pytest.mark.parametrize("value", [object(), [float("nan")], {1, 2}])
def test_what_json_does_not_hold_is_an_error_that_names_the_account(value: Any) -> None:
    with pytest.raises(InputError, match="account 1 cannot be written as JSON"):
        whole("/", [{}, {"urls": value}], {})


def test_what_is_asked_for_may_be_in_a_language() -> None:
    assert get("/v1/model", "fr").headers == {"Accept-Language": "fr"}
    assert get("/v1/drift").headers == {}
