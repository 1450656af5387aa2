"""Questions of several requests, answered by hand: nothing is sent."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx2
import pytest

from vigie.client.cases import CaseQuestions
from vigie.client.questions import OperationQuestions, Question, opened, operations, remembered
from vigie.client.requests import Chunks, Request
from vigie.client.webhooks import WebhookQuestions
from vigie.errors import AnswerError, EmptyInputError

ASKED = OperationQuestions("op_1", Chunks(accounts=2, posts=3))


def answered(question: Question[Any], *contents: Any) -> tuple[Any, list[Request]]:
    """Return the answer to a question, and the requests that it asked."""
    left, sent = list(contents), [next(question)]
    while True:
        try:
            sent.append(question.send(httpx2.Response(200, json=left.pop(0))))
        except StopIteration as end:
            assert not left
            return end.value, sent


def page(revision: int, accounts: list[str], next_offset: int | None) -> dict[str, Any]:
    return {
        "judged_revision": revision,
        "total": 3,
        "accounts": [{"account_id": each} for each in accounts],
        "next_offset": next_offset,
    }


def batch(*statuses: str) -> dict[str, Any]:
    counts = {status: statuses.count(status) for status in ("new", "known", "changed", "rejected")}
    items = [{"index": index, "platform": "x", "status": status} for index, status in enumerate(statuses)]
    return {"revision": 7, "accounts": counts, "posts": {}, "items": items}


def lines(request: Request) -> list[Any]:
    assert request.body is not None
    return [json.loads(line) for line in gzip.decompress(request.body).splitlines()]


def test_pages_are_followed_to_the_end() -> None:
    told, sent = answered(
        ASKED.accounts(None, {"band": "high"}), page(1, ["a", "b"], 2), page(1, ["c"], None)
    )
    assert told.to_polars()["account_id"].to_list() == ["a", "b", "c"]
    assert [dict(request.options) for request in sent] == [
        {"band": "high", "offset": offset, "limit": 1000} for offset in (0, 2)
    ]


def test_pages_end_where_as_many_as_wanted_are_there() -> None:
    told, sent = answered(ASKED.accounts(2, {}), page(1, ["a", "b"], 2))
    assert len(told.content) == 2
    assert sent[0].options["limit"] == 2


def test_pages_of_two_judgements_are_not_mixed() -> None:
    told, _ = answered(
        ASKED.accounts(None, {}), page(1, ["a"], 1), page(2, ["a"], None), page(2, ["b", "a"], None)
    )
    assert [each["account_id"] for each in told.content] == ["b", "a"]


def test_an_operation_that_is_judged_all_the_time_is_an_error() -> None:
    changing = [page(revision, ["a"], 1) for revision in range(10)]
    with pytest.raises(AnswerError, match="judged anew"):
        answered(ASKED.accounts(None, {}), *changing)


def test_contents_are_read_until_a_page_is_not_full() -> None:
    full = {"judged_revision": 1, "contents": [{"trace": "t"}] * 1000}
    told, sent = answered(ASKED.contents("t"), full, {"judged_revision": 1, "contents": [{"trace": "t"}]})
    assert len(told.content) == 1001
    assert sent[1].options == {"trace": "t", "offset": 1000, "limit": 1000}


def test_posts_are_read_to_the_last_page_or_to_as_many_as_are_wanted() -> None:
    pages = [
        {"posts": [{"handle": "a"}] * 2, "next_offset": 2},
        {"posts": [{"handle": "b"}], "next_offset": None},
    ]
    told, sent = answered(ASKED.posts(None, {"hashtag": "quay"}), *pages)
    assert [each["handle"] for each in told.content] == ["a", "a", "b"]
    assert sent[1].options == {"hashtag": "quay", "offset": 2, "limit": 1000}
    told, sent = answered(ASKED.posts(2, {}), pages[0])
    assert [request.options["limit"] for request in sent] == [2]


def test_what_was_seen_is_sent_in_chunks_and_counted_together() -> None:
    accounts = [{"platform": "x", "account_id": str(number)} for number in range(3)]
    told, sent = answered(ASKED.observed("account", accounts), batch("new", "rejected"), batch("known"))
    assert [lines(request) for request in sent] == [accounts[:2], accounts[2:]]
    assert {request.path for request in sent} == {"/v1/operations/op_1/accounts"}
    assert len({request.headers["Idempotency-Key"] for request in sent}) == 2
    assert told.content["accounts"] == {"new": 1, "known": 1, "changed": 0, "rejected": 1}
    assert told.to_polars().select("index", "status").rows() == [(0, "new"), (1, "rejected"), (2, "known")]


def test_posts_are_cut_by_the_number_of_posts() -> None:
    posts = [{"platform": "x", "account_id": "1", "post_id": str(number)} for number in range(4)]
    told, sent = answered(ASKED.observed("post", posts), batch("new", "new", "new"), batch("new"))
    assert [len(lines(request)) for request in sent] == [3, 1]
    assert sent[0].path.endswith("/posts")
    assert told.to_polars()["index"].to_list() == [0, 1, 2, 3]


def test_nothing_seen_is_an_error() -> None:
    with pytest.raises(EmptyInputError, match="at least one account or post"):
        answered(ASKED.observed("post", []))


def test_names_are_quoted_in_addresses() -> None:
    request = next(ASKED.account("mastodon", "a/b@c?d", "fr"))
    assert request.path == "/v1/operations/op_1/accounts/mastodon/a%2Fb%40c%3Fd"
    assert request.headers == {"Accept-Language": "fr"}


def test_to_open_an_operation_twice_opens_two_and_all_else_may_be_repeated() -> None:
    assert not next(opened("t", "b", "2030-01-01T00:00:00Z", {})).is_repeatable
    others: list[Question[Any]] = [operations(), ASKED.get(), ASKED.close(), ASKED.purge(), ASKED.judge()]
    assert all(next(each).is_repeatable for each in others)


def test_what_changes_is_sent_as_it_is_said() -> None:
    request = next(ASKED.change({"title": "t", "retention_days": None}))
    assert (request.method, request.body) == ("PATCH", b'{"title":"t","retention_days":null}')


def test_decisions_are_read_until_a_page_is_not_full() -> None:
    full = {"decisions": [{"id": number} for number in range(1, 1001)], "last": 1000}
    told, sent = answered(ASKED.decisions(0), full, {"decisions": [{"id": 1003}], "last": 1003})
    assert told.to_polars()["id"].to_list() == [*range(1, 1001), 1003]
    assert [request.options["since"] for request in sent] == [0, 1000]


@pytest.mark.parametrize(
    "question",
    [
        ASKED.decide({"kind": "group", "track": 1}, {"target": "coordinated", "decision": "confirmed", "by": "a", "why": "b"}),
        ASKED.assess("groups", 1, {"criterion": "foreign_involvement", "answer": "met", "by": "a", "why": "b"}),
        WebhookQuestions(ASKED).add("https://a.example", []),
        ASKED.decide_all([]),
        ASKED.withdraw([1], "a", "b"),
        CaseQuestions(ASKED).add(1, 1, {"by": "a", "note": "b"}),
        WebhookQuestions(ASKED).rotate("w"),
    ],
)  # fmt: skip
def test_what_would_be_done_twice_is_not_sent_again(question: Question[Any]) -> None:
    assert not next(question).is_repeatable


def test_an_adaptation_is_asked_for_with_what_it_needs() -> None:
    made, suggested = next(ASKED.adapt()), next(ASKED.suggestions(20, "fr"))
    assert (made.method, made.path, made.is_repeatable) == ("POST", "/v1/operations/op_1/adaptation", True)
    assert (suggested.path, suggested.options) == (
        "/v1/operations/op_1/adaptation/suggestions",
        {"limit": 20},
    )
    assert suggested.headers == {"Accept-Language": "fr"}
    assert not next(ASKED.forget_adaptation()).is_repeatable


def test_a_name_of_a_webhook_is_no_path() -> None:
    assert next(WebhookQuestions(ASKED).get("../a")).path == "/v1/operations/op_1/webhooks/..%2Fa"


def test_a_file_is_given_as_it_came_and_a_problem_is_raised() -> None:
    question = ASKED.stix("groups", 1, "green", "fr")
    request = next(question)
    assert (request.path, request.options) == ("/v1/operations/op_1/groups/1/stix", {"tlp": "green"})
    with pytest.raises(StopIteration) as end:
        question.send(httpx2.Response(200, content=b"\x00bytes"))
    assert end.value.value == b"\x00bytes"
    refused = ASKED.written("note", "en")
    next(refused)
    with pytest.raises(AnswerError, match="409: purged"):
        refused.send(httpx2.Response(409, json={"detail": "purged"}))


def test_accounts_are_tested_and_an_operation_is_shared_in_the_language_asked_for() -> None:
    asked = next(ASKED.group_test([{"kind": "campaign", "track": 4}], "fr"))
    assert (asked.method, asked.path) == ("POST", "/v1/operations/op_1/group-tests")
    assert json.loads(asked.body or b"") == {"subjects": [{"kind": "campaign", "track": 4}]}
    assert asked.headers == {"Accept-Language": "fr", "Content-Type": "application/json"}
    content = next(ASKED.content_stix("3f", "red", "en"))
    assert (content.path, content.options) == ("/v1/operations/op_1/contents/3f/stix", {"tlp": "red"})
    bundle = next(ASKED.shared("green", "fr"))
    assert (bundle.path, bundle.options) == ("/v1/operations/op_1/stix", {"tlp": "green"})
    assert bundle.headers == {"Accept-Language": "fr"}


def test_a_file_of_campaigns_is_sent_as_it_is() -> None:
    request = next(remembered(b"\xff\x00", "xlsx", {"name": "Quay"}))
    assert (request.body, request.options) == (b"\xff\x00", {"format": "xlsx", "name": "Quay"})
    assert request.headers == {"Content-Type": "application/octet-stream"}


def test_the_posts_of_a_content_are_read_to_the_last_page() -> None:
    def told(posts: list[int], following: int | None) -> dict[str, Any]:
        return {
            "judged_revision": 1,
            "published": {"posts": posts, "next_offset": following},
            "decisions": [],
        }

    answer, sent = answered(ASKED.content("c_1"), told([1, 2], 2), told([3], None))
    assert (answer["published"]["posts"], answer["published"]["next_offset"]) == ([1, 2, 3], None)
    assert [request.options.get("offset") for request in sent] == [None, 2]
