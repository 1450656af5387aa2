"""The service answers under its own names alone, so that no page in a browser reaches it under another."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from vigie.serving.access.exposure import LOOPBACK_HOSTS
from vigie.serving.settings import Settings

Problem = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("path", ["/v1/features", "/livez", "/docs", "/nope"])
def test_another_name_is_421_and_says_which_names_there_are(
    served: Callable[[Settings], str], problem: Problem, path: str
) -> None:
    address = served(Settings(allowed_hosts=LOOPBACK_HOSTS))
    said = problem(httpx2.get(address + path, headers={"Host": "evil.example"}), 421, "host")
    assert "localhost, 127.0.0.1, ::1" in said["detail"]
    assert "VIGIE_ALLOWED_HOSTS" in said["detail"]
    assert "evil" not in str(said)
    for host in ("localhost:1", "127.0.0.1", "[::1]:80"):
        assert httpx2.get(f"{address}/livez", headers={"Host": host}).status_code == 200


def test_a_request_without_a_name_is_refused_too(served: Callable[[Settings], str]) -> None:
    port = int(served(Settings(allowed_hosts=LOOPBACK_HOSTS)).rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /livez HTTP/1.0\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 421 ")
