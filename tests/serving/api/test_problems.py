"""Everything that is not an answer is a problem, and says no more than it should."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from vigie.errors import OverloadedError
from vigie.models.engine import Models
from vigie.serving.api import problems
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.settings import Settings

Problem = Callable[..., dict[str, Any]]
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        (b"", 422, "empty-input"),
        (b"  \n", 422, "empty-input"),
        (b"{", 400, "malformed"),
        (b"\x00\x00", 400, "malformed"),
        (b'{"accounts": [{"followers_count": NaN}]}', 400, "malformed"),
        (b'{"accounts": [{"followers_count": -Infinity}]}', 400, "malformed"),
        (b'{"accounts": [{"handle": "\xff\xfe"}]}', 400, "malformed"),
        ('{"accounts": []}'.encode("utf-16"), 400, "malformed"),
        (b"[" * 5000, 400, "malformed"),
        (b"[]", 422, "contract"),
        (b"null", 422, "contract"),
        (b"{}", 422, "contract"),
        (b'{"accounts": {}}', 422, "contract"),
        (b'{"accounts": []}', 422, "contract"),
        (b'{"accounts": [{}]}', 422, "contract"),
        (b'{"accounts": [{}], "top_reasons": 51}', 422, "contract"),
        (b'{"accounts": [{}], "top_reasons": true}', 422, "contract"),
        (b'{"accounts": [{}], "language": "de"}', 422, "contract"),
    ],
)
def test_a_bad_body_is_a_problem(
    client: TestClient, body: bytes, status: int, slug: str, problem: Problem
) -> None:
    problem(client.post("/v1/score", content=body, headers=JSON), status, slug)


def test_where_no_account_can_be_read_account_and_field_are_named(
    client: TestClient, problem: Problem
) -> None:
    bad = EXAMPLE["accounts"][0] | {"followers_count": -5}
    said = problem(client.post("/v1/score", json={"accounts": [bad, 4]}), 422)
    first = said["errors"][0]
    assert (first["account"], first["account_id"], first["field"]) == (
        0,
        bad["account_id"],
        "followers_count",
    )
    assert said["errors"][1]["account"] == 1


def test_a_byte_order_mark_is_no_trouble(client: TestClient, problem: Problem) -> None:
    body = b"\xef\xbb\xbf" + b'{"accounts": [{"platform": "x"}]}'
    problem(client.post("/v1/score", content=body, headers=JSON), 422)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=utf-16"},
        JSON | {"Content-Encoding": "br"},
    ],
)
def test_what_is_not_plain_json_is_415(client: TestClient, headers: dict[str, str], problem: Problem) -> None:
    problem(client.post("/v1/score", content=b"{}", headers=headers), 415)


def test_unknown_routes_and_wrong_methods_are_problems(client: TestClient, problem: Problem) -> None:
    problem(client.get("/nope"), 404)
    problem(client.get("/v1/score/"), 404)
    assert problem(client.get("/v1/score"), 405)
    assert client.get("/v1/score").headers["allow"] == "POST"


def test_until_a_model_is_loaded_the_service_says_so(models: Models, problem: Problem) -> None:
    client = TestClient(create_app(Settings(), models))
    assert client.get("/livez").status_code == 200
    for path in ("/readyz", "/v1/model", "/v1/features"):
        problem(client.get(path), 503, "not-ready")
    problem(client.post("/v1/score", json=EXAMPLE), 503, "not-ready")


# Words that only English has, of which none may stand in a French answer.
ENGLISH = re.compile(
    r"\b(the|is|are|not|must|should|required|input|missing|cannot|read|request|account|field|wanted|allowed|send|given|and"
    r"|expected|found|body|larger|leave|unknown|platform opened|time zone)\b",
    re.IGNORECASE,
)
FRENCH = {"Accept-Language": "fr"} | JSON
# Names of fields and codes, which are the same in every language.
NAMES = re.compile(
    r"\b(accounts?|account_id|observed_at|created_at|platform|posts|unknown_field|top_reasons|language)\b"
)


def english_words(said: Any) -> list[str]:
    """Return the English words of the sentences of a problem."""
    if isinstance(said, dict):
        parts = [
            said[key]
            for key in ("title", "detail", "reason", "errors", "error", "dropped_posts")
            if said.get(key)
        ]
        return [word for part in parts for word in english_words(part)]
    if isinstance(said, list):
        return [word for part in said for word in english_words(part)]
    return ENGLISH.findall(NAMES.sub("", said))


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"{}", b'{"accounts": []}', b'{"accounts": {}}', b'{"accounts": [1, "a", null]}', b'{"accounts": [{}]}',
        b'{"accounts": [{}], "top_reasons": 51}', b'{"accounts": [{}], "top_reasons": -1}', b'{"accounts": [{}], "top_reasons": "a"}',
        b'{"accounts": [{}], "targets": []}', b'{"accounts": [{}], "targets": ["no"]}', b'{"accounts": [{}], "targets": 3}',
        b'{"accounts": [{}], "language": "de"}', b'{"accounts": [{"a": tru}]}', b'{"accounts": [1,]}', b'{"accounts": [01]}',
        b'{"accounts" 1}', b'{accounts: 1}', b'{"accounts": [1 2]}', b'{"accounts": []} x', b'{"a": "\\x"}', b'{"a": "\x01"}',
        b'{"a": 1 "b"}', b'{"a"', b'["a', b'{"accounts": [', b'{"a": "\xff"}', b"[" * 5000,
    ],
)  # fmt: skip
def test_in_french_a_problem_holds_no_english_word(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/score", content=body, headers=FRENCH)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-language"] == "fr"
    assert english_words(answer.json()) == []


@pytest.mark.parametrize(
    ("path", "method", "headers", "status"),
    [("/nope", "GET", FRENCH, 404), ("/v1/score", "GET", FRENCH, 405), ("/v2/models/nope", "GET", FRENCH, 404),
     ("/v1/score", "POST", FRENCH | {"Content-Type": "text/plain"}, 415)],
)  # fmt: skip
def test_in_french_an_address_or_a_header_is_refused_in_french(
    client: TestClient, path: str, method: str, headers: dict[str, str], status: int
) -> None:
    answer = client.request(method, path, headers=headers)
    assert answer.status_code == status
    assert english_words(answer.json()) == []


FAULTS: dict[str, list[Any]] = {
    "platform": [None, "", " ", "y" * 65, 7], "account_id": [None, "", 7.5, True, "8.41E+17", [], {}],
    "handle": [7, {}], "created_at": ["soon", "2024-01-01 10:00 CEST", "1999-01-01T00:00:00Z", "2090-01-01T00:00:00Z", True, [1],
    "2024-05-20T00:00:00Z"], "observed_at": [None, "", "2090-01-01T00:00:00Z"], "followers_count": [-1, 1.5, 10**14, 10**30, "many"],
    "verified": ["perhaps", 7], "posts": [{}, 7],
}  # fmt: skip
POST_FAULTS: dict[str, list[Any]] = {
    "created_at": [None, "soon"], "kind": ["shout"], "urls": ["a", [{}]], "permalink": ["javascript:1"],
    "embedding": [[], ["a"], [1e39], [0.1] * 4097, [0, 0], [10**400]], "account_id": ["8"], "post_id": ["8.41E+17"], "like_count": [-1],
}  # fmt: skip


def test_in_french_accounts_and_posts_are_refused_in_french(client: TestClient) -> None:
    good = {
        "platform": "x",
        "account_id": "1",
        "created_at": "2020-01-01T00:00:00Z",
        "observed_at": "2024-05-16T12:00:00Z",
    }
    accounts: list[Any] = [good, good, 7]
    accounts += [
        good | {"account_id": f"a{number}"} | {field: value}
        for number, (field, value) in enumerate(
            (field, value) for field, values in FAULTS.items() for value in values
        )
    ]
    post = {"post_id": "1", "created_at": "2024-05-15T12:00:00Z"}
    posts: list[Any] = [
        7,
        *(
            post | {"post_id": f"{field}{place}", field: value}
            for field, values in POST_FAULTS.items()
            for place, value in enumerate(values)
        ),
    ]
    accounts.append(good | {"account_id": "p", "posts": posts})
    asked = {"accounts": accounts, "targets": ["inauthentic"], "top_reasons": 0}
    french, english = (
        client.post("/v1/score", json=asked | {"language": language}).json()["results"]
        for language in ("fr", "en")
    )
    refused = [result for result in french if "error" in result]
    assert len(refused) == 2 + sum(map(len, FAULTS.values()))
    (left_out,) = (result["coverage"]["dropped_posts"] for result in french if result["account_id"] == "p")
    assert sum(each["count"] for each in left_out) == len(posts)
    assert english_words([result["error"] for result in refused]) == []
    assert english_words(left_out) == []
    assert [bool(result.get("error")) for result in french] == [
        bool(result.get("error")) for result in english
    ]
    assert english_words([result["error"] for result in english if "error" in result])


def test_names_of_one_field_that_differ_are_refused_in_french(client: TestClient) -> None:
    account = {"platform": "x", "id": "1", "user_id": "2", "observed_at": "2024-05-16T12:00:00Z"}
    said = client.post("/v1/score", json={"accounts": [account], "language": "fr"}).json()
    assert (
        said["errors"][0]["detail"]
        == "id et user_id désignent tous deux account_id et diffèrent\u202f; envoyez account_id"
    )
    assert said["title"] == "Une valeur ne respecte pas le contrat de données"


def test_lines_of_a_network_are_refused_in_french(client: TestClient) -> None:
    lines = b'{"platform": "x"\n{"platform": "x", "account_id": "1", "observed_at": "2024-05-16T12:00:00Z", "posts": [{"post_id": "1"}]}'
    answer = client.post(
        "/v1/network?language=fr", content=lines, headers={"Content-Type": "application/x-ndjson"}
    ).json()
    (refused,) = answer["refused"]
    assert refused["error"]["detail"].startswith(
        "ligne 1\u202f: le JSON est illisible\u202f: le texte s’arrête"
    )
    assert english_words(answer["notes"]) == []


def test_a_request_that_is_too_large_or_too_much_is_refused_in_french(models: Models) -> None:
    small = Settings(max_body_mb=0.001, max_work=30, max_list_accounts=1)
    with TestClient(create_app(small, models)) as client:
        for path, content in (
            ("/v1/score", b" " * 2_000),
            ("/v1/score", b'{"accounts": [{}, {}]}'),
            ("/v1/score", b"[" * 500),
            ("/v1/group-tests", b'{"accounts": [{}, {}]}'),
        ):
            answer = client.post(path, content=content, headers=FRENCH)
            assert answer.status_code == 413
            assert english_words(answer.json()) == []
    problem = json.loads(bytes(problems.of_error(OverloadedError(3), "fr").body))
    assert problem["detail"].startswith("le service a autant de travail")
    english = json.loads(bytes(problems.of_error(OverloadedError(3), "en").body))
    assert english["detail"] == str(OverloadedError(3))
