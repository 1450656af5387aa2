"""What was found is asked for over HTTP, in two languages; odd parameters are refused and find nothing."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient


def get(keeping: TestClient, address: str, **parameters: Any) -> Any:
    answer = keeping.get(address, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_judgement_says_what_it_read(keeping: TestClient, judged: str) -> None:
    told = get(keeping, f"{judged}/judgement")
    assert (told["revision"], told["accounts"]) == (1, 76)
    assert told["platforms"] == {"x": 74, "facebook": 2}


def test_accounts_are_ranked_filtered_and_paged(keeping: TestClient, judged: str) -> None:
    first = get(keeping, f"{judged}/accounts", limit=70)
    rest = get(keeping, f"{judged}/accounts", limit=70, offset=first["next_offset"])
    assert first["total"] == len(first["accounts"]) + len(rest["accounts"]) == 76
    assert rest["next_offset"] is None
    assert get(keeping, f"{judged}/accounts", platform="facebook")["total"] == 2
    assert get(keeping, f"{judged}/accounts", handle="voice%")["total"] == 0
    assert get(keeping, f"{judged}/accounts", sort="posts", limit=1)["accounts"][0]["posts"] >= 4


def test_an_account_is_told_in_the_language_asked_for(keeping: TestClient, judged: str) -> None:
    address = f"{judged}/accounts/x/1004"
    french = keeping.get(address, headers={"Accept-Language": "fr"})
    assert french.headers["content-language"] == "fr"
    english = get(keeping, address)
    assert french.json()["result"] != english["result"]
    assert english["campaign"] is not None
    assert english["posts"]


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/x/1004", "/groups", "/campaigns", "/judgement", "/alerts", "/campaigns/1/assessment",
        "/adaptation/suggestions", "/campaigns/1/note", "/stix",
    ],
)  # fmt: skip
def test_the_language_of_the_address_goes_before_that_of_the_header(
    keeping: TestClient, judged: str, path: str
) -> None:
    said = {
        asked: keeping.get(
            f"{judged}{path}",
            params={"language": asked} if asked else {},
            headers={"Accept-Language": header},
        )
        for asked, header in (("fr", "en"), ("", "fr"))
    }
    assert [answer.status_code for answer in said.values()] == [200, 200]
    assert said["fr"].text == said[""].text
    assert said["fr"].headers.get("content-language") == said[""].headers.get("content-language")
    declared = keeping.get("/openapi.json").json()["paths"]
    names = {
        parameter["name"]
        for route in (
            f"/v1/operations/{{operation}}{part}"
            for part in ("/groups", "/campaigns", "/judgement", "/alerts")
        )
        for parameter in declared[route]["get"]["parameters"]
    }
    assert {"language", "Accept-Language"} <= names


def test_a_judgement_that_is_asked_for_is_told_in_the_language_asked_for(
    keeping: TestClient, judged: str
) -> None:
    told = keeping.post(f"{judged}/judgements", params={"language": "fr"})
    assert told.headers["content-language"] == "fr"
    assert told.json()["notes"] == keeping.get(f"{judged}/judgement?language=fr").json()["notes"]
    assert told.json()["notes"] != keeping.get(f"{judged}/judgement").json()["notes"]


def test_an_id_may_hold_a_slash(keeping: TestClient, operation: str) -> None:
    sent = {"platform": "mastodon", "account_id": "https://a.example/users/b"}
    assert keeping.post(f"{operation}/accounts", json={"accounts": [sent]}).status_code == 200
    told = get(keeping, f"{operation}/accounts/mastodon/https%3A%2F%2Fa.example%2Fusers%2Fb")
    assert told["account_id"] == "https://a.example/users/b"


def test_campaigns_contents_hours_and_alerts_tell_of_the_flood(keeping: TestClient, judged: str) -> None:
    campaigns = get(keeping, f"{judged}/campaigns")
    track = campaigns["found"][0]["track"]
    assert get(keeping, f"{judged}/campaigns/{track}") == campaigns["found"][0]
    assert get(keeping, f"{judged}/groups")["judged_revision"] == 1
    contents = get(keeping, f"{judged}/contents")["contents"]
    assert contents[0]["accounts"] >= 10
    trace = contents[0]["trace"]
    assert {each["trace"] for each in get(keeping, f"{judged}/contents", trace=trace)["contents"]} == {trace}
    assert get(keeping, f"{judged}/contents", limit=1, offset=1)["contents"] == contents[1:2]
    assert sum(hour["posts"] for hour in get(keeping, f"{judged}/timeline")["hours"]) > 300
    told = get(keeping, f"{judged}/contents/{contents[0]['id']}", limit=2)
    assert told["published"]["content"] == contents[0]
    assert (len(told["published"]["posts"]), told["published"]["next_offset"]) == (2, 2)
    alerts = get(keeping, f"{judged}/alerts")
    assert "campaign_new" in {alert["kind"] for alert in alerts["alerts"]}
    assert get(keeping, f"{judged}/alerts", since=alerts["last"]) == {"alerts": [], "last": alerts["last"]}


def test_scores_are_asked_against_an_operation_and_nothing_is_kept(keeping: TestClient, judged: str) -> None:
    before = get(keeping, judged)["holdings"]
    accounts = [{"platform": "x", "account_id": "1004", "observed_at": "2024-05-07T08:00:00Z"}]
    name = judged.rsplit("/", 1)[1]
    answer = keeping.post("/v1/score", json={"accounts": accounts, "operation": name})
    assert answer.status_code == 200, answer.text
    assert answer.json()["results"][0]["coordinated"]["status"] == "scored"
    assert get(keeping, judged)["holdings"] == before
    asked = {"accounts": accounts, "operation": "op_0000000000000000"}
    assert keeping.post("/v1/score", json=asked).status_code == 404


def test_nothing_is_judged_at_first(keeping: TestClient, operation: str, problem: Any) -> None:
    problem(keeping.get(f"{operation}/judgement"), 404, "operation-not-found")
    assert get(keeping, f"{operation}/accounts")["accounts"] == []
    assert get(keeping, f"{operation}/groups")["found"] == []
    assert get(keeping, f"{operation}/timeline")["hours"] == []


@pytest.mark.parametrize(
    "asked",
    [
        "accounts?offset=-1", "accounts?offset=99999999999999999999", "accounts?limit=0", "accounts?limit=1001",
        "accounts?group=-1", "accounts?group=99999999999999999999", "accounts?handle=%00", "accounts?platform=%00",
        "accounts?band=%00", "accounts?sort=handle", "accounts?handle=" + "x" * 201, "groups/-1", "groups/x",
        "groups/99999999999999999999999", "campaigns/1e3", "alerts?since=-1", "alerts?since=99999999999999999999",
        "contents?trace=%00", "contents?offset=x", "contents/7?limit=0", "contents/" + "7" * 65,
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_is_refused(
    keeping: TestClient, judged: str, problem: Any, asked: str
) -> None:
    said = problem(keeping.get(f"{judged}/{asked}"), 422)
    assert said["errors"]


@pytest.mark.parametrize(
    "asked",
    [
        "accounts/x/%00",
        "accounts/%00/7",
        "accounts/x/%ED%A0%80",
        "accounts/x/" + "9" * 5000,
        "contents/%00",
        "contents/" + "0" * 32,
        "groups/4611686018427387904",
    ],
)
def test_what_is_not_there_is_not_found(keeping: TestClient, judged: str, problem: Any, asked: str) -> None:
    problem(keeping.get(f"{judged}/{asked}"), 404, "operation-not-found")


def test_a_campaign_and_its_groups_are_drawn(keeping: TestClient, judged: str) -> None:
    for kind in ("campaigns", "groups"):
        for found in get(keeping, f"{judged}/{kind}")["found"]:
            drawn = get(keeping, f"{judged}/{kind}/{found['track']}/drawing")
            assert len(drawn["nodes"]) + drawn["accounts_left_out"] == found["members"]
            assert len(drawn["links"]) <= drawn["pairs"]
    assert keeping.get(f"{judged}/groups/999/drawing").status_code == 404


def test_accounts_of_an_operation_are_tested_as_a_group(keeping: TestClient, judged: str) -> None:
    campaign = get(keeping, f"{judged}/campaigns")["found"][0]
    one = {"kind": "account", "platform": "x", "account_id": "1004"}
    subjects = [{"kind": "campaign", "track": campaign["track"]}, one, one]
    answer = keeping.post(
        f"{judged}/group-tests", json={"subjects": subjects}, headers={"Accept-Language": "fr"}
    )
    assert answer.status_code == 200, answer.text
    said = answer.json()
    members = {(each["platform"], each["account_id"]) for each in campaign["campaign"]["accounts"]}
    assert said["accounts"] == len(members | {("x", "1004")})
    assert answer.headers["content-language"] == "fr"
    known = [
        get(keeping, f"{judged}/accounts/{platform}/{account_id}")
        for platform, account_id in sorted(members | {("x", "1004")})
    ]
    listed = [
        each["profile"] | {"observed_at": each["last_observed_at"], "platform": each["platform"], "account_id": each["account_id"]}
        for each in known
    ]  # fmt: skip
    alone = keeping.post("/v1/group-tests", json={"accounts": listed, "language": "fr"}).json()
    assert {name: alone[name] for name in said} == said


@pytest.mark.parametrize(
    ("subjects", "status"),
    [
        ([], 422),
        ([{"kind": "content", "trace": "co_url", "object": "a"}], 422),
        ([{"kind": "account", "platform": "x", "account_id": "\x00"}], 422),
        ([{"kind": "account", "platform": "x", "account_id": "nobody"}], 404),
        ([{"kind": "group", "track": 99}], 404),
    ],
)
def test_a_selection_that_cannot_be_is_refused(
    keeping: TestClient, judged: str, subjects: list[Any], status: int
) -> None:
    assert keeping.post(f"{judged}/group-tests", json={"subjects": subjects}).status_code == status


def test_posts_behind_a_number_are_listed_and_paged(keeping: TestClient, judged: str) -> None:
    hour = max(get(keeping, f"{judged}/timeline")["hours"], key=lambda each: each["posts"])
    wanted = {"since": hour["start"], "platform": hour["platform"], "limit": 2}
    found = get(keeping, f"{judged}/posts", **wanted)
    assert found["spread"][0]["posts"] == hour["posts"]
    assert [len(found["posts"]), found["next_offset"]] == [2, 2]
    one = found["posts"][0]
    assert one["post"]["post_id"]
    author = get(keeping, f"{judged}/posts", platform=one["platform"], account_id=one["account_id"])
    assert author["accounts"] == 1
    for wrong in ({"since": "2024-05-20T12:00:00"}, {"hour": 24}, {"hashtag": "\0"}, {"sort": "bots"}):
        assert keeping.get(f"{judged}/posts", params=wrong).status_code == 422, wrong
    assert keeping.get(f"{judged}/posts", params={"content": "none"}).status_code == 404


@pytest.mark.parametrize(
    "question",
    [
        "accounts?plattform=facebook",
        "contents?traces=co_url",
        "stix?TLP=red",
        "decisions?after=3",
        "cases?status=open",
    ],
)
def test_a_misspelt_filter_does_not_find_everything(keeping: TestClient, judged: str, question: str) -> None:
    answer = keeping.get(f"{judged}/{question}")
    assert answer.status_code == 422
    name = question.partition("?")[2].partition("=")[0]
    assert [fault["field"] for fault in answer.json()["errors"]] == [name]


@pytest.mark.parametrize(
    ("question", "total"),
    [
        ({"since": "9999-12-31T23:59:59-14:00"}, False),
        ({"until": "9999-12-31T23:59:59-14:00"}, True),
        ({"since": "0001-01-01T00:00:00+14:00"}, True),
        ({"until": "0001-01-01T00:00:00+14:00"}, False),
    ],
)
def test_the_first_and_the_last_time_there_is_may_be_asked_for_in_any_zone(
    keeping: TestClient, judged: str, question: dict[str, str], total: bool
) -> None:
    assert bool(get(keeping, f"{judged}/posts", **question)["total"]) is total
