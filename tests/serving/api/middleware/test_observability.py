"""Each request is one line of the log and one count, and neither holds anything of its body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.settings import Settings

Problem = Callable[..., dict[str, Any]]


def test_an_unexpected_error_shows_and_logs_nothing_of_the_body(
    models: Models, monkeypatch: pytest.MonkeyPatch, problem: Problem
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("harbour_news24 wrote this")

    with TestClient(create_app(Settings(), models)) as client, capture_logs() as logs:
        monkeypatch.setattr("vigie.models.engine.compute", fail)
        answer = client.post("/v1/score", json=EXAMPLE, headers={"X-Request-ID": "abc-1"})
    said = problem(answer, 500)
    assert "abc-1" in said["detail"]
    assert "harbour" not in answer.text + str(logs)
    assert "Traceback" not in answer.text
    assert {line["event"] for line in logs} == {"unexpected", "request"}


def test_one_line_is_logged_per_request_without_the_body(client: TestClient, models: Models) -> None:
    with capture_logs() as logs:
        client.post("/v1/score", json=EXAMPLE)
    (line,) = logs
    assert {"method", "route", "status", "seconds", "request_id"} <= set(line)
    assert (line["client"], line["caller"]) == ("testclient", "anonymous:testclient")
    assert line["models"] == {
        "inauthentic": models.inauthentic.version,
        "coordinated": models.coordinated.version,
    }
    assert line["accounts"] == len(EXAMPLE["accounts"])
    assert "harbour" not in str(line)


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>", "ok\u00e9"])
def test_a_request_id_that_could_do_harm_is_replaced(client: TestClient, given: str) -> None:
    answer = client.get("/livez", headers={b"X-Request-ID": given.encode("latin-1")})
    assert answer.headers["x-request-id"] != given
    assert client.get("/livez", headers={"X-Request-ID": "abc.1"}).headers["x-request-id"] == "abc.1"


def test_every_answer_may_be_traced_and_is_not_kept_by_a_cache(client: TestClient) -> None:
    answer = client.get("/v1/features", headers={"X-Request-ID": "abc.1"})
    assert answer.headers["x-request-id"] == "abc.1"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_paths_that_do_not_exist_are_counted_together(client: TestClient) -> None:
    for path in ("/nope", "/v1/score/123"):
        client.get(path)
    text = client.get("/metrics").text
    assert 'route="unmatched",status="404"' in text
    assert "nope" not in text
