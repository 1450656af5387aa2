"""Webhooks over HTTP: registered where they may go, told of what a judgement found, and taken away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from time import sleep
from typing import Any

import pytest
from standardwebhooks import Webhook
from starlette.testclient import TestClient

from vigie.cli.demo import requests
from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.settings import Settings
from vigie.training.synthetic.example_collection import example_collection

OPENING = {"title": "Harbour vote", "legal_basis": "an invented decree", "expires_at": "2090-01-01T00:00:00Z"}


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """Address of a server, and what it was sent."""
    taken: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            taken.append((dict(self.headers.items()), body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook", taken
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def service(
    models: Models, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[TestClient, str]]:
    """A service whose webhooks may go to some networks, and the address of an operation."""
    allowed = tuple(map(ip_network, getattr(request, "param", ["127.0.0.0/8"])))
    settings = Settings(
        store=str(tmp_path_factory.mktemp("store")), judge_seconds=3600, webhook_allow=allowed
    )
    with TestClient(create_app(settings, models)) as client:
        yield client, f"/v1/operations/{client.post('/v1/operations', json=OPENING).json()['id']}"


def test_a_campaign_that_a_judgement_finds_is_told_signed(
    service: tuple[TestClient, str], receiver: tuple[str, list[Any]]
) -> None:
    client, at = service
    url, taken = receiver
    made = client.post(f"{at}/webhooks", json={"url": url, "kinds": ["vigie.campaign.created"]})
    assert made.status_code == 201
    world = example_collection()
    client.post(f"{at}/accounts", json={"accounts": requests(world.accounts, world.posts)})
    client.post(f"{at}/judgements")
    for _ in range(150):
        if taken:
            break
        sleep(0.1)
    headers, body = taken[0]
    event = Webhook(made.json()["secret"]).verify(body, headers)
    assert event["type"] == "vigie.campaign.created"
    campaign = client.get(event["data"]["address"]).json()
    assert campaign["members"] == event["data"]["accounts"]
    names = {member["account_id"] for member in campaign["campaign"]["accounts"]}
    assert not any(name in body.decode() for name in names)


def test_a_webhook_is_listed_rotated_and_taken_away(service: tuple[TestClient, str]) -> None:
    client, at = service
    made = client.post(f"{at}/webhooks", json={"url": "http://127.0.0.1:9/"}).json()
    own = f"{at}/webhooks/{made['webhook']['id']}"
    assert client.get(f"{at}/webhooks").json() == {"webhooks": [made["webhook"]]}
    assert client.get(own).json() == made["webhook"]
    rotated = client.post(f"{own}/secret")
    assert rotated.status_code == 200
    assert rotated.json()["secret"] != made["secret"]
    assert client.get(f"{own}/dead-letters").json() == {"dead_letters": []}
    assert client.post(f"{own}/dead-letters/send").json()["waiting"] == 0
    assert client.delete(own).status_code == 204
    assert client.get(own).status_code == 404


@pytest.mark.parametrize("service", [[]], indirect=True)
@pytest.mark.parametrize(
    "url",
    [
        "http://9.9.9.9/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::ffff:10.0.0.1]/",
        "gopher://x",
    ],
)
def test_an_address_inside_is_refused_at_the_door(service: tuple[TestClient, str], url: str) -> None:
    client, at = service
    refused = client.post(f"{at}/webhooks", json={"url": url})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/webhook-address")
    assert client.get(f"{at}/webhooks").json() == {"webhooks": []}


def test_a_kind_that_does_not_exist_is_refused(service: tuple[TestClient, str]) -> None:
    client, at = service
    refused = client.post(f"{at}/webhooks", json={"url": "http://127.0.0.1:9/", "kinds": ["vigie.group"]})
    assert refused.status_code == 422
    assert "kinds" in json.dumps(refused.json())
