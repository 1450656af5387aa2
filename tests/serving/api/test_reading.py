"""A request is read whole or refused with what was wrong, and its language is the one asked for."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any, Literal

import pytest
import zstandard

from vigie.errors import EmptyInputError, MalformedInputError, RequestTooLargeError
from vigie.features.ingest.refusals import FieldProblem, Problem, refusal
from vigie.serving.api.problems import RequestError
from vigie.serving.api.reading import Given, none_readable, read
from vigie.serving.api.schemas.requests import EXAMPLE, Options, ScoreOptions
from vigie.serving.batch import inputs
from vigie.serving.settings import ACCOUNT_WORK, Settings


def body(**changed: Any) -> bytes:
    return json.dumps(EXAMPLE | changed).encode()


def lines(*accounts: object, **asked: list[str]) -> Given:
    return Given("\n".join(map(json.dumps, accounts)).encode(), options=asked)


def test_a_request_is_its_frame_its_accounts_and_what_was_not_understood() -> None:
    found = read(Given(body(verbose=True, top_reasons=2, language=None), "fr"), ScoreOptions, Settings())
    assert found.options.top_reasons == 2
    assert set(found.options.targets) == {"inauthentic", "coordinated"}
    assert found.batch.size == len(EXAMPLE["accounts"])
    assert found.ignored == ["verbose"]
    assert found.language == "fr"
    assert read(Given(body(language="en"), "fr"), Options, Settings()).language == "en"


def test_unknown_fields_of_the_frame_are_bounded_in_number_and_length() -> None:
    found = read(Given(body(**{f"{number}" + "x" * 100: 1 for number in range(50)})), Options, Settings())
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
        read(Given(content), Options, Settings())


def test_more_work_than_allowed_is_refused_however_accounts_are_sent() -> None:
    posts = len(EXAMPLE["accounts"][0]["posts"])
    accounts = [EXAMPLE["accounts"][0], EXAMPLE["accounts"][0] | {"account_id": "2"}]
    work = 2 * (posts + ACCOUNT_WORK)
    for given in (Given(body(accounts=accounts)), lines(*accounts)):
        assert read(given, Options, Settings(max_work=work)).batch.size == 2
        with pytest.raises(
            RequestTooLargeError, match=f"asks for {work} units of work.*at most {work - 1} fit"
        ):
            read(given, Options, Settings(max_work=work - 1))


def test_lines_ask_by_the_address_for_what_a_frame_asks() -> None:
    account = EXAMPLE["accounts"][0]
    asked = {
        "top_reasons": ["2"],
        "targets": ["coordinated", "inauthentic"],
        "language": ["fr"],
        "verbose": ["1"],
    }
    found = read(lines(account, **asked), ScoreOptions, Settings())
    framed = {name: values if name == "targets" else values[0] for name, values in asked.items()} | {
        "top_reasons": 2
    }
    alike = read(Given(body(accounts=[account], **framed)), ScoreOptions, Settings())
    assert (found.options, found.ignored, found.language) == (alike.options, alike.ignored, alike.language)
    assert found.batch.accounts.equals(alike.batch.accounts)
    assert found.batch.posts.equals(alike.batch.posts)


@pytest.mark.parametrize(
    ("name", "value"),
    [("top_reasons", "51"), ("top_reasons", "few"), ("targets", "both"), ("language", "de")],
)
def test_an_option_of_the_address_that_cannot_be_is_named(name: str, value: str) -> None:
    with pytest.raises(RequestError) as refused:
        read(lines(EXAMPLE["accounts"][0], **{name: [value]}), ScoreOptions, Settings())
    assert refused.value.errors[0].field.startswith(name)


def test_a_bad_line_is_refused_by_its_number_and_the_others_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_MOST_ACCOUNTS", 2)  # several batches are one
    good = json.dumps(EXAMPLE["accounts"][0]).encode()
    other = good.replace(b"1000000000000000001", b"1000000000000000002")
    given = b"\n".join([good, b"", b"{", b'{"platform": "x"}', good, b"7", other])
    batch = read(Given(given, options={}), Options, Settings()).batch
    assert batch.size == 6
    assert batch.accounts["row"].to_list() == [0, 5]
    assert {index: refusal(batch, index).errors[0].line for index in (*batch.refused, *batch.repeated)} == {  # type: ignore[index]
        1: 3, 2: 4, 3: 5, 4: 6,
    }  # fmt: skip
    assert refusal(batch, 1).detail.startswith("line 3: the JSON does not parse")


def test_faults_of_accounts_are_named_by_account_and_the_list_of_them_is_bounded() -> None:
    batch = read(
        Given(body(accounts=[{"account_id": f"{number}"} for number in range(150)])), Options, Settings()
    ).batch
    fault = Problem("/problems/contract", "a", 422, "b", [FieldProblem("platform", "is missing")])
    error = none_readable(batch, [fault] * 150)
    assert [(each.account, each.account_id, each.field) for each in error.errors[:2]] == [
        (0, "0", "platform"), (1, "1", "platform"),
    ]  # fmt: skip
    assert len(error.errors) == 100
    assert "none of the 150 accounts can be read" in str(error)


def test_an_account_alone_that_cannot_be_read_is_told_in_the_singular() -> None:
    batch = read(Given(body(accounts=[{"account_id": "1"}])), Options, Settings()).batch
    fault = Problem("/problems/contract", "a", 422, "b", [FieldProblem("platform", "is missing")])
    assert str(none_readable(batch, [fault])).startswith("the account cannot be read; ")


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_a_compressed_body_is_read_as_a_plain_one(
    encoding: Literal["gzip", "zstd"], pack: Callable[[bytes], bytes]
) -> None:
    settings = Settings(max_body_mb=0.05)
    plain = read(Given(body()), Options, settings).batch
    packed = read(Given(pack(body()), encoding=encoding), Options, settings).batch
    assert packed.posts.equals(plain.posts)
    with pytest.raises(MalformedInputError, match=f"the body is no whole {encoding}"):
        read(Given(pack(body())[:-9], encoding=encoding), Options, settings)
    with pytest.raises(MalformedInputError, match=f"the body is no whole {encoding}"):
        read(Given(b"{}", encoding=encoding), Options, settings)
    with pytest.raises(RequestTooLargeError, match=r"expands to more than 0\.05 MB"):
        read(Given(pack(body() + b" " * 50_000), encoding=encoding), Options, settings)
