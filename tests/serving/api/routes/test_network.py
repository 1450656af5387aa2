"""The network of a request: groups with their proof, whatever is handed in, and what was left out."""

from __future__ import annotations

import time
from copy import deepcopy
from typing import Any

import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from vigie.features.coordination import traces
from vigie.features.i18n import LANGUAGES, Duration, Message, message
from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.requests import NETWORK_EXAMPLE, NetworkRequest
from vigie.serving.api.schemas.responses import NetworkResponse
from vigie.serving.settings import Settings

Accounts = list[dict[str, Any]]
_ANSWER = TypeAdapter(NetworkResponse)
# Far above what any request here takes: only a search that explodes gets there.
_PATIENCE_S = 30


def ask(client: TestClient, accounts: list[Any], **more: Any) -> dict[str, Any]:
    start = time.monotonic()
    answer = client.post("/v1/network", json={"accounts": accounts, **more})
    assert time.monotonic() - start < _PATIENCE_S
    assert answer.status_code == 200, answer.text
    _ANSWER.validate_json(answer.content)
    found: dict[str, Any] = answer.json()
    return found


def example() -> Accounts:
    accounts: Accounts = deepcopy(NETWORK_EXAMPLE["accounts"])
    return accounts


def account(name: object, posts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"platform": "x", "account_id": f"{name}", "observed_at": "2024-05-20T00:00:00Z", "posts": posts}


def moment(second: int) -> str:
    return f"2024-05-14T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


def test_the_example_is_valid_and_yields_its_one_group(client: TestClient) -> None:
    NetworkRequest.model_validate(NETWORK_EXAMPLE)
    said = ask(client, **NETWORK_EXAMPLE)
    (group,) = said["groups"]
    assert [member["account_id"] for member in group["accounts"]] == ["0", "1", "2"]
    pair = group["pairs"][0]
    assert len(pair["shared"]) == pair["objects"] == 5
    texts = {post["post_id"]: post["text"] for entry in example() for post in entry["posts"]}
    for thing in pair["shared"]:
        assert thing["object"] in texts[thing["first_post_id"]]
        assert thing["object"] in texts[thing["second_post_id"]]
    assert said["counts"] == {
        "accounts": 12,
        "posts": 51,
        "pairs": said["counts"]["pairs"],
        "pairs_beyond_chance": 3,
    }
    assert (said["notes"], said["refused"], said["ignored_fields"], said["ungrouped"]) == ([], [], [], [])


def test_the_document_holds_the_example_and_the_shape_of_the_answer(client: TestClient) -> None:
    operation = client.get("/openapi.json").json()["paths"]["/v1/network"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["example"] == NETWORK_EXAMPLE
    shape = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert shape == {"$ref": "#/components/schemas/NetworkResponse"}
    assert set(operation["responses"]) == {
        "200", "400", "401", "403", "408", "413", "415", "421", "422", "429", "500", "503",
    }  # fmt: skip
    assert "/v1/network" in client.get("/docs").text


def test_what_the_description_says_is_the_least_is_enough_and_so_is_the_group_alone(
    client: TestClient,
) -> None:
    fewer = example()[:8]
    for member in fewer[:3]:
        del member["posts"][4]
    assert sum(len(member["posts"]) for member in fewer) == 36
    assert [group["size"] for group in ask(client, fewer)["groups"]] == [3]
    # Nobody ordinary is there to compare with: the rates of ordinary collections decide.
    (alone,) = ask(client, example()[:3])["groups"]
    assert alone["size"] == 3
    assert {pair["decided_by"] for pair in alone["pairs"]} == {"reference"}


def test_until_a_model_is_loaded_the_route_says_so() -> None:
    client = TestClient(create_app(Settings()))
    assert client.post("/v1/network", json={"accounts": example()}).status_code == 503


@pytest.mark.parametrize(
    ("header", "language", "word"), [("en", "en", "newsroom"), ("fr", "fr", "rédaction")]
)
def test_sentences_and_note_are_in_the_language_of_the_header(
    client: TestClient, header: str, language: str, word: str
) -> None:
    answer = client.post("/v1/network", json={"accounts": example()}, headers={"Accept-Language": header})
    assert answer.headers["Content-Language"] == answer.json()["language"] == language
    assert word in answer.json()["note"]
    assert word in answer.json()["groups"][0]["sentence"] + answer.json()["note"]


def test_an_account_that_cannot_be_read_or_stands_twice_spoils_no_other(client: TestClient) -> None:
    bad = [
        {"platform": "x"},
        7,
        *example(),
        example()[0],
        example()[1] | {"account_id": "9z", "posts": "none"},
    ]
    said = ask(client, bad)
    assert [entry["index"] for entry in said["refused"]] == [0, 1, 14, 15]
    kinds = [entry["error"]["type"].removeprefix("/problems/") for entry in said["refused"]]
    assert kinds[2] == "duplicate-account"
    assert all(entry["error"]["errors"] for entry in said["refused"])
    assert len(said["groups"]) == 1
    assert said["counts"]["accounts"] == 12


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422), (b"{", 400), (b"[]", 422), (b"{}", 422), (b'{"accounts": []}', 422), (b'{"accounts": [{}]}', 422),
        (b'{"accounts": [1, 2]}', 422), (b'{"accounts": [{}], "language": "de"}', 422),
    ],
)  # fmt: skip
def test_a_bad_body_is_a_problem(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/v1/network", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_accounts_with_posts_are_an_answer_that_says_so(client: TestClient, count: int) -> None:
    silent = [account("s1", []), account("s2", [])]
    said = ask(client, [*example()[3 : 2 + count], *silent])
    assert said["groups"] == []
    why = message("coordination.too_few_authors", authors=count - 1, read=count + 1)
    assert said["notes"] == [why.say("en")]
    assert said["notes"][0].startswith(f"Accounts read with posts that count: {count - 1} of {count + 1}; ")
    assert ask(client, [*example()[3 : 2 + count], *silent], language="fr")["notes"] == [why.say("fr")]


def test_two_accounts_alone_are_compared_with_ordinary_rates(client: TestClient) -> None:
    said = ask(client, example()[:2])
    assert (said["groups"], said["counts"]["pairs"]) == ([], 1)
    (pair,) = said["ungrouped"]
    assert pair["decided_by"] == "reference"
    assert pair["p"] == pair["p_reference"] < 1e-3 < pair["p_class"]


def test_posts_without_a_time_are_left_out_and_counted(client: TestClient) -> None:
    accounts = example()
    for member in accounts[3:]:
        del member["posts"][0]["created_at"]
    accounts[4]["posts"][1]["created_at"] = "soon"
    said = ask(client, accounts)
    (note,) = said["notes"]
    start, reason = note.split("the first: ")
    assert start.startswith("10 posts")
    assert reason.startswith("created_at")
    (french,) = ask(client, accounts, language="fr")["notes"]
    assert french.startswith("10 publications")
    assert "created_at manque" in french
    assert said["counts"]["posts"] == 41
    assert len(said["groups"]) == 1


def test_repeated_and_late_posts_are_left_out_and_all_others_compared(client: TestClient) -> None:
    accounts = example()
    accounts[3]["posts"] += [
        accounts[3]["posts"][0],
        {"post_id": "late", "created_at": "2024-05-21T00:00:00Z"},
    ]
    accounts[4]["posts"] += [
        {"post_id": f"o{i}", "created_at": "2024-05-15T00:00:00Z", "text": "a"} for i in range(200)
    ]
    notes = ask(client, accounts)["notes"]
    counts = {"duplicate": 1, "after_observation": 1}
    unread = [
        Message(f"coordination.unread.{why}", {"count": count, "most": 200}) for why, count in counts.items()
    ]
    assert notes == [each.say("en") for each in unread]
    assert [note[:6] for note in notes] == ["1 post", "1 post"]
    assert ask(client, accounts, language="fr")["notes"] == [each.say("fr") for each in unread]


def test_what_members_share_in_their_profiles_is_told(client: TestClient) -> None:
    accounts = example()
    for member in accounts[:3]:
        member["description"] = "Market trader\u202e, mother of two, proud of the old quay"
        member["avatar_hash"] = "f0e1d2c3b4a59687"
    (group,) = ask(client, accounts)["groups"]
    assert set(group["profile"]) == {
            "creation_burst", "handle_shape", "shared_biography", "shared_avatar", "common_client",
        }  # fmt: skip
    assert group["profile"]["shared_biography"] == {
        "known": 3, "members": 3, "object": "Market trader, mother of two, proud of the old quay", "sharing": 3,
        "outside": 0,
    }  # fmt: skip
    assert group["profile"]["creation_burst"]["members"] is None
    for alternative in group["benign_alternatives"]:
        assert sum("mother of two" in said for said in alternative["against"]) == 1


def test_translations_of_a_request_are_found_by_their_embeddings(client: TestClient) -> None:
    accounts = example()
    words = (
        "The market at the quay opens again",
        "Le marché du quai rouvre ses portes",
        "Der Markt am Kai öffnet wieder",
    )
    for place, member in enumerate(accounts):
        for act, post in enumerate(member["posts"]):
            chosen = place < 3 and act < 5
            vector = [0.0] * 16
            vector[act if chosen else 5 + (5 * place + act) % 11] = 1.0 + place
            body = (
                f"{words[place]} {'abcde'[act] * 4}"
                if chosen
                else f"{post['text']} one of those I came to read here today"
            )
            post |= {"text": body, "lang": ("en", "fr", "de")[place % 3], "embedding": vector}
    said = ask(client, accounts)
    (group,) = said["groups"]
    assert "text_meaning" in group["layers"]
    assert {thing["kind"] for pair in group["pairs"] for thing in pair["shared"]} == {"translation"}
    accounts[5]["posts"][0]["embedding"] = [1.0]
    (note,) = ask(client, accounts)["notes"]
    assert note.startswith("1 post")
    assert "embedding has another length than most" in note


def test_unknown_fields_are_named_once_with_the_nearest_known(client: TestClient) -> None:
    accounts = example()
    for member in accounts[:2]:
        member["posts"][0]["hastags"] = ["a"]
    assert ask(client, accounts, top_reasons=3)["ignored_fields"] == [
        {"field": "top_reasons", "nearest": None},
        {"field": "posts.hastags", "nearest": "posts.hashtags"},
    ]


def test_one_thing_shared_by_all_at_once_pairs_nobody_and_is_said(client: TestClient) -> None:
    crowd = [
        account(name, [{"post_id": f"{name}-{act}", "created_at": moment(act), "kind": "repost",
                        "target_post_id": f"t{act}"} for act in range(4)])
        for name in range(300)
    ]  # fmt: skip
    said = ask(client, crowd)
    assert (said["groups"], said["counts"]["pairs"]) == ([], 0)
    burst = message(
        "coordination.burst", count=1_200, trace=traces.title("co_repost"), window=Duration(60), cap=200
    )
    assert burst.say("en") in said["notes"]
    assert "1,200 actions" in burst.say("en")
    french = ask(client, crowd, language="fr")["notes"]
    assert len(french) == len(said["notes"])
    assert burst.say("fr") in french


def test_what_a_bound_on_the_comparison_leaves_out_is_said_and_evidence_keeps_every_object(
    models: Models,
) -> None:
    # A group beside a crowd that shares two pages within minutes.
    crowd = [
        account(100 + name, [{"post_id": f"{name}-{act}", "created_at": moment(600 * act + 3 * name),
                              "kind": "original", "urls": [f"https://paper.example/{act}"]} for act in range(2)])
        for name in range(60)
    ]  # fmt: skip
    accounts = [*example(), *crowd]
    with TestClient(create_app(Settings(max_meetings=500), models)) as bounded:
        said = ask(bounded, accounts)
        scored = bounded.post("/v1/score", json={"accounts": accounts}).json()
        french = ask(bounded, accounts, language="fr")
    capped = [note for note in said["notes"] if "the comparison was bounded" in note]
    assert capped
    assert [note for note in scored["notes"] if "the comparison was bounded" in note] == capped
    assert len(french["notes"]) == len(said["notes"])
    (group,) = said["groups"]
    assert {member["account_id"] for member in group["accounts"]} == {"0", "1", "2"}
    assert len(group["pairs"]) == 3
    assert all(len(pair["shared"]) == pair["objects"] == 5 for pair in group["pairs"])


def test_more_links_in_a_post_than_are_read_are_said(client: TestClient) -> None:
    accounts = example()
    accounts[0]["posts"][0]["urls"] = [f"https://a.example/{place}" for place in range(3_000)]
    accounts[1]["posts"][0]["text"] = " ".join(f"https://b.example/{place} #t{place}" for place in range(400))
    cut = [traces.shortened(2, 10, "urls"), traces.shortened(1, 10, "hashtags")]
    for language in LANGUAGES:
        assert ask(client, accounts, language=language)["notes"] == [each.say(language) for each in cut]


_WORDS = "the harbour market opens again and everybody from the old quay is there"


@pytest.mark.parametrize(
    "posts",
    [
        [{"text": _WORDS + f" {act}"} for act in range(40)],
        [{"text": "😀"} for _ in range(40)],
        [{"text": ""} for _ in range(40)],
        [{"urls": ["javascript:alert(1)", "https://", "http://[", "https://xn--e1afmkfd.example/a", "", "\x00"]}] * 4,
        [{"urls": ["https://a.example/" + "x" * 10_000]}, {"text": "https://b.example/?" + "&=" * 5_000}],
        [{"media_hashes": ["f" * 15, "0" * 64, "", "zz", "f0e1d2c3b4a59687", "\u202e"]}] * 4,
        [{"hashtags": ["", " ", "#", "a" * 5_000]}] * 4,
        [{"kind": "repost", "target_post_id": "p" * 3_000}, {"kind": "repost", "target_post_id": "\x1b[31m"}],
        [{"kind": "repost", "target_post_id": f"{act}", "target_account_id": "1"} for act in range(5)],
        [{"kind": "reply"}, {"kind": "quote"}, {"kind": "repost"}],
        [{"embedding": [1e-30 * act, -1e30], "text": _WORDS} for act in range(5)],
        [{"kind": "repost", "target_post_id": "0-0"}, {"mentions": ["@", "", "a" * 500] * 50}],
    ],
    ids=["same texts", "emoji", "empty", "urls", "long urls", "hashes", "hashtags", "targets", "own", "targetless", "vectors",
         "mentions"],
)  # fmt: skip
@pytest.mark.parametrize("spread", [0, 1], ids=["one second", "a minute"])
def test_hostile_posts_are_survived(client: TestClient, posts: list[dict[str, Any]], spread: int) -> None:
    accounts = [
        account(
            f"h{name}",
            [
                post | {"post_id": f"{name}-{place}", "created_at": moment(spread * (600 * place + name))}
                for place, post in enumerate(posts)
            ],
        )
        for name in range(20)
    ]
    said = ask(client, accounts)
    assert said["counts"]["posts"] == 20 * len(posts)
    assert ask(client, [*accounts, *example()[3:]])["counts"]["accounts"] == 29
    shown = [
        thing["object"] for group in said["groups"] for pair in group["pairs"] for thing in pair["shared"]
    ]
    assert all(0 < len(name) <= 500 and "\x1b" not in name for name in shown)


def test_accounts_compared_and_seconds_are_counted(client: TestClient) -> None:
    ask(client, example())
    text = client.get("/metrics").text
    for line in ('vigie_accounts_total{outcome="compared"}', 'vigie_stage_seconds_total{stage="network"}'):
        assert float(text.split(line)[1].split("\n")[0]) > 0
