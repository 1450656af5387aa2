"""The service answers every account, in order, and says what it could not use."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from vigie.features.i18n.languages import Language
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.responses import EXAMPLE, ModelResponse, ScoreRequest, ScoreResponse
from vigie.serving.engine import Models
from vigie.serving.service import preferred
from vigie.serving.settings import Settings

Accounts = list[dict[str, Any]]


def ask(client: TestClient, accounts: list[Any], **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/score", json={"accounts": accounts, **more})
    assert answer.status_code == 200, answer.text
    ScoreResponse.model_validate_json(answer.content)
    found: dict[str, Any] = answer.json()
    return found


def only(client: TestClient, account: dict[str, Any], **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = ask(client, [account], **more)["results"][0]
    return found


def test_the_example_is_scored_with_reasons(client: TestClient) -> None:
    result = only(client, EXAMPLE["accounts"][0])
    assert result["inauthentic"]["status"] == "scored"
    assert len(result["inauthentic"]["reasons"]) == 5
    assert set(result["inauthentic"]["at_prevalence"]) == {"0.1", "0.01", "0.001"}


def test_the_example_is_valid_by_the_schema() -> None:
    ScoreRequest.model_validate(EXAMPLE)


def test_results_stand_in_the_order_of_the_accounts(client: TestClient, invented: Accounts) -> None:
    backwards = invented[::-1]
    found = ask(client, backwards)["results"]
    assert [result["account_id"] for result in found] == [account["account_id"] for account in backwards]


def test_an_account_alone_gives_what_it_gives_among_others(client: TestClient, invented: Accounts) -> None:
    together = ask(client, invented, targets=["inauthentic"])["results"]
    for account, among in zip(invented[:8], together, strict=False):
        assert ask(client, [account], targets=["inauthentic"])["results"] == [among]


@pytest.mark.parametrize("top", [0, 1, 50])
def test_a_request_names_how_many_reasons(client: TestClient, invented: Accounts, top: int) -> None:
    for result in ask(client, invented, top_reasons=top)["results"]:
        assert len(result["inauthentic"].get("reasons", [])) <= top


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"), ("fr", "fr"), ("fr-CA,en;q=0.5", "fr"), ("de, fr;q=0.4, en;q=0.6", "en"), ("de", "en"),
        ("*", "en"), ("en;q=0, *;q=0.1", "fr"), ("fr;q=x", "en"), (";;,,=", "en"),
    ],
)  # fmt: skip
def test_the_header_chooses_the_language(header: str | None, language: str) -> None:
    assert preferred(header) == language


def test_the_parameter_beats_the_header(client: TestClient) -> None:
    answer = client.post("/v1/score", json=EXAMPLE | {"language": "fr"}, headers={"Accept-Language": "en"})
    assert answer.headers["Content-Language"] == "fr"
    assert "score" in answer.json()["results"][0]["inauthentic"]["reasons"][0]["sentence"]


def without(name: str) -> Callable[[dict[str, Any]], None]:
    def change(account: dict[str, Any]) -> None:
        del account[name]

    return change


def changed(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(account: dict[str, Any]) -> None:
        account[name] = value

    return change


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        (without("observed_at"), "observed_at", "missing"),
        (without("account_id"), "account_id", "missing"),
        (changed("platform", " "), "platform", "missing"),
        (changed("observed_at", "2024-05-16 12:00 CEST"), "observed_at", "can mean several"),
        (changed("observed_at", "16/05/2024"), "observed_at", "cannot be read"),
        (changed("observed_at", True), "observed_at", "is a time"),
        (changed("observed_at", "2099-01-01T00:00:00Z"), "observed_at", "in the future"),
        (changed("created_at", "1999-01-01T00:00:00Z"), "created_at", "before the platform opened"),
        (changed("created_at", "2024-06-16T12:00:00Z"), "created_at", "after observed_at"),
        (changed("followers_count", -1), "followers_count", "negative"),
        (changed("followers_count", "-1"), "followers_count", "negative"),
        (changed("followers_count", 1.5), "followers_count", "whole number"),
        (changed("followers_count", "1.5"), "followers_count", "whole number"),
        (changed("followers_count", "many"), "followers_count", "whole number"),
        (changed("followers_count", "NaN"), "followers_count", "whole number"),
        (changed("followers_count", True), "followers_count", "whole number"),
        (changed("followers_count", 10**30), "followers_count", "more than any"),
        (changed("followers_count", 10**15), "followers_count", "more than any"),
        (changed("followers_count", {"a": 1}), "followers_count", "an object"),
        (changed("verified", "maybe"), "verified", "true, false or null"),
        (changed("handle", 7), "handle", "is a text"),
        (changed("account_id", 7.5), "account_id", "is an id"),
        (changed("posts", 17), "posts", "list of objects"),
    ],
)
def test_a_bad_account_is_refused_in_its_place_and_spoils_no_other(
    client: TestClient, change: Callable[[dict[str, Any]], None], field: str, said: str
) -> None:
    bad = deepcopy(EXAMPLE["accounts"][0])
    change(bad)
    good = EXAMPLE["accounts"][0] | {"account_id": "2"}
    first, second = ask(client, [bad, good])["results"]
    assert first["error"]["status"] == 422
    assert field in [fault["field"] for fault in first["error"]["errors"]]
    assert said in first["error"]["detail"]
    assert "inauthentic" not in first
    assert second["inauthentic"] == only(client, good)["inauthentic"]


def test_what_is_no_object_is_refused_in_its_place(client: TestClient) -> None:
    results = ask(client, [3, None, "x", [], EXAMPLE["accounts"][0]])["results"]
    assert [("error" in result) for result in results] == [True] * 4 + [False]


def test_the_second_of_two_equal_accounts_is_refused(client: TestClient) -> None:
    account = EXAMPLE["accounts"][0]
    first, second = ask(client, [account, account | {"platform": "Twitter"}])["results"]
    assert first["inauthentic"]["status"] == "scored"
    assert second["error"]["type"] == "/problems/duplicate-account"


@pytest.mark.parametrize(
    "same",
    [
        {"observed_at": 1715860800},
        {"observed_at": 1715860800000},
        {"observed_at": "1715860800"},
        {"observed_at": "2024-05-16 14:00:00 +0200"},
        {"observed_at": "2024-05-16T12:00:00.000 UTC"},
        {"observed_at": "Thu May 16 12:00:00 +0000 2024"},
        {"followers_count": "41"},
        {"followers_count": 41.0},
        {"account_id": 1000000000000000001},
        {"platform": "Twitter"},
    ],
)
def test_other_spellings_of_a_value_give_the_same_answer(client: TestClient, same: dict[str, Any]) -> None:
    assert only(client, EXAMPLE["accounts"][0] | same) == only(client, EXAMPLE["accounts"][0])


def test_aliases_give_the_same_answer(client: TestClient) -> None:
    account = deepcopy(EXAMPLE["accounts"][0])
    other = {
        {"account_id": "id_str", "handle": "screen_name", "posts_count": "statuses_count"}.get(
            name, name
        ): value
        for name, value in account.items()
    }
    other["posts"] = [
        {{"post_id": "id", "text": "full_text"}.get(name, name): value for name, value in post.items()}
        for post in account["posts"]
    ]
    assert only(client, other) == only(client, account)


def test_the_order_of_posts_does_not_matter(client: TestClient) -> None:
    account = EXAMPLE["accounts"][0]
    assert only(client, account | {"posts": account["posts"][::-1]}) == only(client, account)


def test_a_bad_post_is_left_out_counted_and_explained(client: TestClient) -> None:
    account = deepcopy(EXAMPLE["accounts"][0])
    good = account["posts"][0]
    account["posts"] += [
        17,
        good | {"post_id": "a", "like_count": -1},
        good | {"post_id": "b", "created_at": "2050-01-01T00:00:00Z"},
        good | {"post_id": "c", "created_at": "2001-01-01T00:00:00Z"},
        good | {"post_id": "d", "created_at": "2024-05-13 09:00 CEST"},
        good | {"post_id": "e", "kind": "shout"},
        good | {"post_id": "f", "urls": "https://example.org"},
        good | {"post_id": "g", "account_id": "someone else"},
        good,
    ]
    result = only(client, account)
    dropped = {(part["field"], part["count"]) for part in result["coverage"]["dropped_posts"]}
    assert dropped == {
        ("post", 1), ("like_count", 1), ("created_at", 1), ("created_at", 2), ("kind", 1), ("urls", 1),
        ("account_id", 1), (None, 1),
    }  # fmt: skip
    assert result["coverage"]["posts_supplied"] == 24 + 9
    assert result["inauthentic"] == only(client, EXAMPLE["accounts"][0])["inauthentic"]


def test_posts_without_id_are_called_by_their_place(client: TestClient) -> None:
    account = deepcopy(EXAMPLE["accounts"][0])
    for post in account["posts"]:
        del post["post_id"]
    result = only(client, account, top_reasons=50)
    named = {name for reason in result["inauthentic"]["reasons"] for name in reason["post_ids"]}
    assert named
    assert named <= {f"#{index}" for index in range(24)}


def test_lists_are_read_whatever_their_elements(client: TestClient) -> None:
    account = deepcopy(EXAMPLE["accounts"][0])
    values: list[Any] = [[], ["a"], ["a", "b"], [""], ["", ""], ["a\x1fb"], [1, "b"], None]
    for post, value in zip(account["posts"], values, strict=False):
        post["hashtags"] = value
    assert only(client, account)["coverage"]["dropped_posts"] == []
    account["posts"][0]["hashtags"] = [{"tag": "a"}]
    assert only(client, account)["coverage"]["dropped_posts"][0]["field"] == "hashtags"


def test_unknown_fields_are_named_with_the_nearest_known(client: TestClient) -> None:
    account = deepcopy(EXAMPLE["accounts"][0])
    account["folowers_count"] = 3
    account["zzz"] = 3
    account["posts"][0]["txt"] = "a"
    found = ask(client, [account], verbose=True)
    assert found["results"][0]["coverage"]["ignored_fields"] == [
        {"field": "folowers_count", "nearest": "followers_count"},
        {"field": "zzz", "nearest": None},
        {"field": "posts.txt", "nearest": "posts.text"},
    ]
    assert found["ignored_fields"] == ["verbose"]


def test_strange_text_is_no_trouble(client: TestClient) -> None:
    account = deepcopy(EXAMPLE["accounts"][0])
    texts = ["😀" * 300, "سوق\u202e الميناء", "\u200b\u200d\ufeff", "\x00", "a" * 100_000, "e\u0301", "🏳️‍🌈"]
    for post, text in zip(account["posts"], texts, strict=False):
        post["text"] = text
    account["display_name"] = "\u202e\u200b😀"
    assert only(client, account)["inauthentic"]["status"] == "scored"


def test_half_an_emoji_is_repaired(client: TestClient) -> None:
    body = b'{"accounts":[{"platform":"x","account_id":"1","observed_at":"2024-05-16T12:00:00Z","bio":"\\ud83d"}]}'
    answer = client.post("/v1/score", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200


def test_nothing_known_is_abstained_from(client: TestClient) -> None:
    result = only(client, {"platform": "x", "account_id": "1", "observed_at": "2024-05-16T12:00:00Z"})
    assert result["inauthentic"]["status"] == "abstained"
    assert result["inauthentic"]["why"]


def test_the_model_says_what_it_is_and_is_not(client: TestClient) -> None:
    said = client.get("/v1/model").json()
    ModelResponse.model_validate(said)
    assert said["criterion_3_only"] is True
    assert "third" in said["note"]


def test_the_model_speaks_the_language_asked_for(client: TestClient) -> None:
    french = client.get("/v1/model", headers={"Accept-Language": "fr-FR, en;q=0.5"})
    assert french.headers["content-language"] == "fr"
    assert french.headers["vary"] == "Accept-Language"
    assert "diffusion artificielle" in french.json()["note"]
    english = client.get("/v1/model")
    assert english.headers["content-language"] == "en"
    assert "artificial" in english.json()["note"]


def test_the_card_comes_in_the_language_asked_for_or_in_english(models: Models) -> None:
    cards: dict[Language, str] = {"en": "# The card", "fr": "# La fiche"}
    both = Models(
        replace(models.inauthentic, cards=cards), replace(models.coordinated, cards={"en": "# Old"})
    )
    with TestClient(create_app(Settings(), both)) as client:
        said = client.get("/v1/model", headers={"Accept-Language": "fr"}).json()
        assert client.get("/v1/model").json()["card"] == "# The card"
    ModelResponse.model_validate(said)
    assert (said["card"], said["card_language"]) == ("# La fiche", "fr")
    assert (said["coordinated"]["card"], said["coordinated"]["card_language"]) == ("# Old", "en")


def test_the_catalogue_tells_what_the_model_reads(client: TestClient) -> None:
    listed = client.get("/v1/features").json()
    assert len(listed) >= 70
    assert all(feature["english"] and feature["french"] for feature in listed)
    assert not [feature["name"] for feature in listed if feature["read_by"] and feature["leak"]]
    assert {target for feature in listed for target in feature["read_by"]} == {"inauthentic", "coordinated"}


def test_metrics_count_requests_accounts_and_seconds(client: TestClient) -> None:
    ask(client, [EXAMPLE["accounts"][0], 3])
    text = client.get("/metrics").text
    for line in (
        'vigie_accounts_total{outcome="refused"}',
        'vigie_stage_seconds_total{stage="features"}',
        'vigie_requests_total{route="/v1/score",status="200"}',
    ):
        assert float(text.split(line)[1].split("\n")[0]) > 0


def test_the_docs_ask_nobody_else_and_run_nothing(client: TestClient) -> None:
    assert client.get("/", follow_redirects=False).headers["location"] == "/docs"
    answer = client.get("/docs")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert 'src="' not in answer.text
    assert "/v1/score" in answer.text
