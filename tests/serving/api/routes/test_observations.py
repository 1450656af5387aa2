"""What collectors send over HTTP: kept once, answered item by item, the same when it is sent again."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from starlette.testclient import TestClient

Make = Callable[..., dict[str, Any]]
LINES = {"Content-Type": "application/x-ndjson"}


def lines(*entries: Any) -> bytes:
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)


def statuses(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["status"] for item in answer.json()["items"]]


def test_an_object_and_lines_plain_and_compressed_are_the_same(
    keeping: TestClient, operation: str, post: Make
) -> None:
    sent = [post("1"), post("2")]
    address = f"{operation}/posts"
    assert statuses(keeping.post(address, json={"posts": sent})) == ["new", "new"]
    assert statuses(keeping.post(address, content=lines(*sent), headers=LINES)) == ["known", "known"]
    for encoding, compress in (("gzip", gzip.compress), ("zstd", zstandard.compress)):
        headers = LINES | {"Content-Encoding": encoding}
        assert statuses(keeping.post(address, content=compress(lines(*sent)), headers=headers)) == [
            "known",
            "known",
        ]


def test_an_answer_is_one_item_a_line_where_that_is_asked_for(
    keeping: TestClient, operation: str, post: Make
) -> None:
    headers = {"Accept": "application/x-ndjson"}
    answer = keeping.post(f"{operation}/posts", json={"posts": [post("1"), "word"]}, headers=headers)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["vary"] == "Accept, Accept-Language"
    assert [json.loads(line)["status"] for line in answer.text.splitlines()] == ["new", "rejected"]


@pytest.mark.parametrize("of", ["posts", "accounts"])
def test_what_is_rejected_is_told_in_the_language_asked_for(
    keeping: TestClient, operation: str, post: Make, of: str
) -> None:
    sent = {of: [{"platform": "x"}, "word"]}

    def errors(**asked: Any) -> list[Any]:
        answer = keeping.post(f"{operation}/{of}", json=sent, **asked)
        return [item["error"] for item in answer.json()["items"]]

    english, french = errors(), errors(params={"language": "fr"})
    assert errors(headers={"Accept-Language": "fr"}) == french
    for one, other in zip(english, french, strict=True):
        assert one["title"] != other["title"]
        assert one["detail"] != other["detail"]


def test_a_request_that_names_itself_is_answered_the_same(
    keeping: TestClient, operation: str, post: Make, problem: Any
) -> None:
    key = {"Idempotency-Key": "hour-17"}
    address = f"{operation}/posts"
    first = keeping.post(address, json={"posts": [post("1")]}, headers=key)
    again = keeping.post(address, json={"posts": [post("1")]}, headers=key)
    assert again.content == first.content
    assert statuses(again) == ["new"]
    problem(keeping.post(address, json={"posts": [post("2")]}, headers=key), 422, "idempotency")
    problem(
        keeping.post(address, json={"posts": [post("2")]}, headers={"Idempotency-Key": "x" * 256}),
        422,
        "idempotency",
    )
    assert statuses(keeping.post(address, json={"posts": [post("2")]})) == ["new"]


def test_accounts_with_their_posts_are_seen_when_they_are_received(
    keeping: TestClient, operation: str, post: Make
) -> None:
    sent = {"platform": "X ", "account_id": 7, "handle": "quay", "posts": [post(account_id=None)]}
    answer = keeping.post(f"{operation}/accounts", json={"accounts": [sent, {"platform": "x"}]})
    assert statuses(answer) == ["new", "rejected"]
    told = answer.json()
    assert told["posts"] == {"new": 1, "known": 0, "changed": 0, "rejected": 0}
    assert told["items"][1]["error"]["errors"][0]["field"] == "account_id"
    assert keeping.get(f"{operation}/accounts/x/7").json()["handle"] == "quay"


def test_a_line_that_does_not_parse_is_rejected_in_its_place(
    keeping: TestClient, operation: str, post: Make
) -> None:
    body = lines(post("1")) + b"{broken\n\n" + lines(post("2"))
    answer = keeping.post(f"{operation}/posts", content=body, headers=LINES)
    assert statuses(answer) == ["new", "rejected", "new"]
    assert "line 2" in answer.json()["items"][1]["error"]["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"{", b"[]", b"null", b"{}", b'{"posts": []}', b'{"posts": {}}', b'{"posts": null}', b"\xff\xfe",
        b'{"posts": ' + b"[" * 100_000, b'{"posts": [' + b"{}," * 100_000 + b"{}]}", b"x" * 4_000_001,
    ],
)  # fmt: skip
def test_what_holds_no_posts_is_refused_whole(keeping: TestClient, operation: str, body: bytes) -> None:
    answer = keeping.post(f"{operation}/posts", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 413, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert keeping.get(operation).json()["holdings"]["posts"] == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("post_id", "a\x00b"), ("account_id", "\x00"), ("account_id", "x\x1fy"), ("platform", "x\x00"), ("post_id", ""),
        ("created_at", 10**400), ("platform", "p" * 65), ("like_count", 2**64), ("text", 7.5e300), ("hashtags", {"a": 1}),
    ],
)  # fmt: skip
def test_a_post_that_a_database_could_not_keep_is_rejected_and_spoils_no_other(
    keeping: TestClient, operation: str, post: Make, field: str, value: Any
) -> None:
    answer = keeping.post(f"{operation}/posts", json={"posts": [post("1"), post("2") | {field: value}]})
    assert statuses(answer)[0] == "new"
    if field != "text":
        assert statuses(answer)[1] == "rejected"


def test_texts_with_any_character_are_kept(keeping: TestClient, operation: str, post: Make) -> None:
    text = "nul \x00 unit \x1f override \u202e half \ud83d whole \U0001f600"
    sent = {"platform": "x", "account_id": "7", "handle": text, "posts": [post(account_id=None, text=text)]}
    body = json.dumps({"accounts": [sent]}).encode()
    answer = keeping.post(f"{operation}/accounts", content=body, headers={"Content-Type": "application/json"})
    assert statuses(answer) == ["new"]
    told = keeping.get(f"{operation}/accounts/x/7").json()
    assert told["profile"]["handle"] == told["posts"][0]["text"] == text.replace("\ud83d", "\ufffd")
    assert keeping.get(f"{operation}/accounts", params={"handle": "nul"}).status_code == 200


def test_a_closed_operation_takes_nothing_more(
    keeping: TestClient, operation: str, post: Make, problem: Any
) -> None:
    keeping.post(f"{operation}/close")
    problem(keeping.post(f"{operation}/posts", json={"posts": [post()]}), 409, "operation-closed")


def test_lines_beyond_what_a_request_holds_are_kept_in_parts_and_answered_the_same_again(
    keeping: TestClient, operation: str, post: Make, problem: Any
) -> None:
    sent = lines(*(post(str(number), text="w" * 300) for number in range(12_000)), "word")
    assert len(sent) > 4_000_000
    address, headers = f"{operation}/posts", LINES | {"Idempotency-Key": "day-3"}
    first = keeping.post(address, content=sent, headers=headers)
    assert first.status_code == 200, first.text
    told = first.json()
    assert (told["posts"]["new"], told["posts"]["rejected"]) == (12_000, 1)
    assert [item["index"] for item in told["items"]] == list(range(12_001))
    again = keeping.post(address, content=sent, headers=headers)
    assert again.content == first.content
    known = keeping.post(address, content=sent, headers=LINES | {"Accept": "application/x-ndjson"})
    assert {json.loads(line)["status"] for line in known.text.splitlines()} == {"known", "rejected"}
    assert keeping.get(operation).json()["holdings"]["posts"] == 12_000
    problem(keeping.post(address, content=sent.replace(b"w", b"v"), headers=headers), 422, "idempotency")
    problem(
        keeping.post(address, content=sent, headers={"Content-Type": "application/json"}), 413, "too-large"
    )


def test_a_long_body_that_breaks_off_keeps_whole_parts_and_is_taken_up_again(
    keeping: TestClient, operation: str, post: Make, problem: Any
) -> None:
    sent = lines(*(post(str(number), text="w" * 300) for number in range(25_000)))
    whole = gzip.compress(sent, 0)
    address, headers = f"{operation}/posts", LINES | {"Content-Encoding": "gzip", "Idempotency-Key": "k"}
    problem(keeping.post(address, content=whole[: len(whole) * 9 // 10], headers=headers), 400, "malformed")
    assert keeping.get(operation).json()["holdings"]["posts"] == 20_000
    answer = keeping.post(address, content=whole, headers=headers)
    assert answer.json()["posts"]["new"] == 25_000
    assert keeping.get(operation).json()["holdings"]["posts"] == 25_000
