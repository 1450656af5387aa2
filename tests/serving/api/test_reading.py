"""A request is read whole or refused with what was wrong, and its language is the one asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vigie.errors import EmptyInputError, MalformedInputError, RequestTooLargeError
from vigie.features.ingest.refusals import FieldProblem, Problem
from vigie.serving.api.problems import RequestError
from vigie.serving.api.reading import none_readable, preferred, read, spoken
from vigie.serving.api.schemas.requests import EXAMPLE, Envelope, ScoreEnvelope
from vigie.serving.settings import Settings


def body(**changed: Any) -> bytes:
    return json.dumps(EXAMPLE | changed).encode()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"), ("fr", "fr"), ("fr-CA,en;q=0.5", "fr"), ("de, fr;q=0.4, en;q=0.6", "en"), ("de", "en"),
        ("*", "en"), ("en;q=0, *;q=0.1", "fr"), ("fr;q=x", "en"), (";;,,=", "en"),
    ],
)  # fmt: skip
def test_the_header_chooses_the_language(header: str | None, language: str) -> None:
    assert preferred(header) == language


def test_a_request_is_its_frame_its_accounts_and_what_was_not_understood() -> None:
    found = read(body(verbose=True, top_reasons=2, language=None), ScoreEnvelope, "fr", Settings())
    assert found.frame.top_reasons == 2
    assert set(found.frame.targets) == {"inauthentic", "coordinated"}
    assert found.batch.size == len(EXAMPLE["accounts"])
    assert found.ignored == ["verbose"]
    assert found.language == "fr"
    assert read(body(language="en"), Envelope, "fr", Settings()).language == "en"


def test_unknown_fields_of_the_frame_are_bounded_in_number_and_length() -> None:
    found = read(body(**{f"{number}" + "x" * 100: 1 for number in range(50)}), Envelope, None, Settings())
    assert len(found.ignored) == 20
    assert max(map(len, found.ignored)) == 60


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b" ", EmptyInputError), (b"{", MalformedInputError), (b"[]", RequestError), (b"{}", RequestError),
        (b'{"accounts": 3}', RequestError), (b'{"accounts": [], "language": "de"}', RequestError),
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused_by_kind(content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(content, Envelope, None, Settings())


@pytest.mark.parametrize("limits", [{"max_accounts": 1}, {"max_posts": 10}])
def test_more_accounts_or_posts_than_allowed_are_refused_before_they_are_read(limits: dict[str, int]) -> None:
    accounts = [*EXAMPLE["accounts"], {"account_id": "2"}]
    with pytest.raises(RequestTooLargeError):
        read(body(accounts=accounts), Envelope, None, Settings(**limits))  # type: ignore[arg-type]  # whole numbers


def test_faults_of_accounts_are_named_by_account_and_the_list_of_them_is_bounded() -> None:
    batch = read(
        body(accounts=[{"account_id": f"{number}"} for number in range(150)]), Envelope, None, Settings()
    ).batch
    fault = Problem("/problems/contract", "a", 422, "b", [FieldProblem("platform", "is missing")])
    error = none_readable(batch, [fault] * 150)
    assert [(each.account, each.account_id, each.field) for each in error.errors[:2]] == [
        (0, "0", "platform"), (1, "1", "platform"),
    ]  # fmt: skip
    assert len(error.errors) == 100
    assert "none of the 150 accounts can be read" in str(error)


def test_an_account_alone_that_cannot_be_read_is_told_in_the_singular() -> None:
    batch = read(body(accounts=[{"account_id": "1"}]), Envelope, None, Settings()).batch
    fault = Problem("/problems/contract", "a", 422, "b", [FieldProblem("platform", "is missing")])
    assert str(none_readable(batch, [fault])).startswith("the account cannot be read; ")


def test_an_answer_says_its_language() -> None:
    assert spoken("fr") == {"Content-Language": "fr", "Vary": "Accept-Language"}
