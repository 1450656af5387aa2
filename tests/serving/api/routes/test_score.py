"""The service answers every account, in order, and says what it could not use."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from vigie.cli.demo import requests
from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.requests import EXAMPLE, ScoreRequest
from vigie.serving.api.schemas.responses import ScoreResponse
from vigie.serving.settings import Settings
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import corpus

Accounts = list[dict[str, Any]]
_ANSWER = TypeAdapter(ScoreResponse)


def ask(client: TestClient, accounts: list[Any], **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/score", json={"accounts": accounts, **more})
    assert answer.status_code == 200, answer.text
    _ANSWER.validate_json(answer.content)
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


SIZE = 30
TROUPE = Campaign("mutual_repost", accounts=SIZE, camouflage=0.0, start_day=0)


@cache
def collection() -> tuple[list[dict[str, Any]], frozenset[str]]:
    """Three days of 150 people and thirty more who repost each other at once; and who these are."""
    made = corpus(organic=150, campaigns=[TROUPE], days=3, seed=2)
    planted = frozenset(made.labels.filter("value")["account_id"])
    return requests(made.accounts, made.posts), planted


def answer(client: TestClient, **options: Any) -> dict[str, Any]:
    accounts, _ = collection()
    got = client.post("/v1/score", json={"accounts": accounts, **options})
    assert got.status_code == 200, got.text
    _ANSWER.validate_json(got.content)
    return dict(got.json())


def test_both_targets_are_answered_apart_and_planted_accounts_rank_first(client: TestClient) -> None:
    results = answer(client)["results"]
    _, planted = collection()
    assert all({"inauthentic", "coordinated"} <= result.keys() for result in results)
    scored = [result for result in results if result["coordinated"]["status"] == "scored"]
    assert len(scored) >= 120
    ranked = sorted(scored, key=lambda result: -result["coordinated"]["probability"])
    first = {result["account_id"] for result in ranked[: len(planted)]}
    assert len(first & planted) >= 0.7 * len(planted)


def test_a_verdict_names_group_partners_objects_times_posts_and_both_p_values(client: TestClient) -> None:
    found = answer(client)
    _, planted = collection()
    accounts, _ = collection()
    posts = {(account["account_id"], post["post_id"]) for account in accounts for post in account["posts"]}
    grouped = [result for result in found["results"] if result["coordinated"]["group"] is not None]
    assert {result["account_id"] for result in grouped} & planted
    for result in grouped:
        told = result["coordinated"]
        assert told["group"] < len(found["groups"])
        assert result["account_id"] in {
            one["account_id"] for one in found["groups"][told["group"]]["accounts"]
        }
        for partner in told["partners"]:
            assert 0 < partner["p_class"] <= 1
            assert 0 < partner["p_author"] <= 1
            assert "where chance would give" in partner["sentence"]
            assert partner["shared"]
            for thing in partner["shared"]:
                assert (result["account_id"], thing["post_id"]) in posts
                assert (partner["partner"]["account_id"], thing["partner_post_id"]) in posts
    assert all(group["verdict"] in ("synchronous", "strong") for group in found["groups"])


def test_sentences_of_partners_and_groups_are_in_the_language_asked_for(client: TestClient) -> None:
    found = answer(client, language="fr")
    said = [
        partner["sentence"] for result in found["results"] for partner in result["coordinated"]["partners"]
    ]
    assert said
    assert all(sentence.startswith("Ce compte et ") and "hasard" in sentence for sentence in said)
    assert "comportement coordonné" in found["note"]


@pytest.mark.parametrize("target", ["inauthentic", "coordinated"])
def test_one_target_alone_is_answered_alone(client: TestClient, target: str) -> None:
    for result in answer(client, targets=[target])["results"]:
        assert {"inauthentic", "coordinated"} & result.keys() == {target}


@pytest.mark.parametrize("targets", [[], ["guilty"], "coordinated"])
def test_targets_that_do_not_exist_are_refused_with_the_allowed_ones(
    client: TestClient, targets: Any
) -> None:
    accounts, _ = collection()
    got = client.post("/v1/score", json={"accounts": accounts[:1], "targets": targets})
    assert got.status_code == 422
    assert "targets" in got.json()["errors"][0]["field"]


def test_without_others_to_compare_with_the_model_abstains_and_says_what_it_needs(client: TestClient) -> None:
    accounts, _ = collection()
    got = client.post("/v1/score", json={"accounts": accounts[:5]}).json()
    for result in got["results"]:
        assert result["coordinated"]["status"] == "abstained"
        assert result["coordinated"]["code"] == "no_comparison_accounts"
        assert "20 accounts" in result["coordinated"]["why"]


def test_the_same_request_gives_the_same_answer(client: TestClient) -> None:
    assert answer(client) == answer(client)


def together(accounts: int, contents: int) -> list[dict[str, Any]]:
    """Accounts that all share the same pages within a minute: each pair meets on each."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        {
            "platform": "x", "account_id": f"{number}", "observed_at": "2026-02-01T00:00:00Z",
            "posts": [
                {
                    "post_id": f"{number}-{act}", "kind": "original", "urls": [f"https://a.example/{act}"],
                    "created_at": (start + timedelta(hours=2 * act, seconds=number)).isoformat(),
                }
                for act in range(contents)
            ],
        }
        for number in range(accounts)
    ]  # fmt: skip


@pytest.mark.parametrize(("language", "said"), [("en", "would cost more than"), ("fr", "coûterait plus")])
def test_where_comparing_costs_too_much_accounts_abstain_and_notes_say_how_far_it_came(
    models: Models, language: str, said: str
) -> None:
    accounts = together(40, 10)
    body = {"accounts": accounts, "language": language}
    with TestClient(create_app(Settings(max_meetings_in_all=1_000), models)) as client:
        answer = client.post("/v1/score", json=body).json()
        again = client.post("/v1/score", json=body).json()
        network = client.post("/v1/network", json=body).json()
        drift = client.get("/v1/drift").json()["coordinated"]["sketch"]["slices"]
    assert answer == again
    for result in answer["results"]:
        assert result["inauthentic"]["status"] in ("scored", "abstained")
        assert (result["coordinated"]["status"], result["coordinated"]["code"]) == ("abstained", "too_costly")
        assert said in result["coordinated"]["why"]
    note = {"en": "The comparison ended before its time", "fr": "La comparaison s’est arrêtée avant la fin"}[
        language
    ]
    assert any(each.startswith(note) for each in answer["notes"])
    assert any(each.startswith(note) for each in network["notes"])
    assert sum(part["abstained"]["unstated"] for part in drift) == 2 * len(accounts)


def test_a_budget_that_is_enough_changes_nothing(models: Models) -> None:
    answers = []
    for most in (20_000_000, 10**12):
        with TestClient(create_app(Settings(max_meetings_in_all=most), models)) as client:
            answers.append(client.post("/v1/score", json={"accounts": together(40, 10)}).content)
    assert answers[0] == answers[1]
    assert b"too_costly" not in answers[0]
