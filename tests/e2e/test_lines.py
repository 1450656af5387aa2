"""Lines of accounts over a real socket, and files on the command line: one shape, one answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner

from vigie.cli import app
from vigie.cli.demo import requests
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import corpus
from vigie.training.synthetic.floods import flooded

LINES = "application/x-ndjson"


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=address, timeout=120) as running:
        yield running


@pytest.fixture(scope="module")
def accounts() -> list[dict[str, Any]]:
    """Eighty people, a campaign that reposts itself, and a flood."""
    people = corpus(organic=80, campaigns=[Campaign("mutual_repost", accounts=12)], days=3, seed=5)
    made = flooded(people, "waves", accounts=40, seed=5)
    return requests(made.accounts, made.posts)


def body(accounts: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(account) + "\n" for account in accounts).encode()


def lines(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


def sent(
    client: httpx2.Client, path: str, content: bytes, accept: str = "*/*", **options: Any
) -> httpx2.Response:
    headers = {"Content-Type": LINES, "Accept": accept}
    answer = client.post(path, content=content, headers=headers, params=options)
    assert answer.status_code == 200, answer.text
    return answer


def test_lines_json_and_files_give_the_same_results_and_the_same_groups(
    client: httpx2.Client, accounts: list[dict[str, Any]], tmp_path: Path
) -> None:
    framed = client.post("/v1/score", json={"accounts": accounts, "language": "fr", "top_reasons": 3}).json()
    given = sent(client, "/v1/score", body(accounts), language="fr", top_reasons=3)
    assert given.json() == framed
    streamed = sent(client, "/v1/score", body(accounts), LINES, language="fr", top_reasons=3)
    assert streamed.headers["content-type"].startswith(LINES)
    assert streamed.headers["content-language"] == "fr"
    assert streamed.headers["vigie-model"] == framed["model"]["version"]
    assert streamed.headers["vigie-coordinated-model"] == framed["coordinated_model"]["version"]
    assert streamed.headers["vigie-notes"] == str(len(framed["notes"]))
    assert lines(streamed.content) == framed["results"]

    file, scores, network = tmp_path / "a.jsonl", tmp_path / "scores.jsonl", tmp_path / "network"
    file.write_bytes(body(accounts))
    asked = ["score", str(file), "--out", str(scores), "--language", "fr", "--top-reasons", "3"]
    assert CliRunner().invoke(app, asked).exit_code == 0
    assert lines(scores.read_bytes()) == framed["results"]

    done = CliRunner().invoke(app, ["network", str(file), "--out", str(network), "--language", "fr"])
    assert done.exit_code == 0, done.output
    compared = sent(client, "/v1/network", body(accounts), language="fr").json()
    assert compared == client.post("/v1/network", json={"accounts": accounts, "language": "fr"}).json()
    for name in ("groups", "campaigns", "ungrouped"):
        assert json.loads((network / f"{name}.json").read_text()) == compared[name]
    assert compared["groups"]
    assert compared["campaigns"]


def test_a_bad_line_is_refused_where_it_stands_and_the_others_are_scored(
    client: httpx2.Client, accounts: list[dict[str, Any]]
) -> None:
    few = accounts[:3]
    good = [json.dumps(account).encode() for account in few]
    content = b"\n".join([good[0], b"{", b"", b"7", good[1], good[0], good[2]])
    answer = sent(client, "/v1/score", content, LINES, targets="inauthentic")
    found = lines(answer.content)
    assert [result.get("error", {}).get("errors", [{}])[0].get("line") for result in found] == [
        None, 2, 4, None, 6, None,
    ]  # fmt: skip
    alone = client.post("/v1/score", json={"accounts": few, "targets": ["inauthentic"]}).json()["results"]
    assert [result for result in found if "error" not in result] == alone
    refused = sent(client, "/v1/network", content).json()["refused"]
    assert [(each["index"], each["error"]["errors"][0]["line"]) for each in refused] == [
        (1, 2),
        (2, 4),
        (4, 6),
    ]


def test_lines_none_of_which_can_be_read_are_a_problem_that_names_them(client: httpx2.Client) -> None:
    answer = client.post("/v1/score", content=b"{\n7\n", headers={"Content-Type": LINES, "Accept": LINES})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [fault["line"] for fault in answer.json()["errors"]] == [1, 2]


def test_more_accounts_than_heads_ever_were_counted_fit_where_their_work_does(client: httpx2.Client) -> None:
    idle = [
        {
            "platform": "x",
            "account_id": str(number),
            "handle": f"idle_{number}",
            "observed_at": "2024-05-16T12:00:00Z",
        }
        for number in range(501)
    ]
    answer = sent(client, "/v1/score", body(idle), LINES, top_reasons=0)
    assert [result["handle"] for result in lines(answer.content)] == [account["handle"] for account in idle]
