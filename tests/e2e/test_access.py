"""A newcomer opens the service to a network: makes a key, asks with it, rotates it, reads the audit log; real processes."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from vigie.serving.api.schemas.requests import EXAMPLE

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is tested


def vigie(*arguments: object) -> str:
    command = [sys.executable, "-m", "vigie", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


def certify(certificate: Path, private: Path) -> None:
    """Make a certificate of localhost and its key."""
    subprocess.run(  # noqa: S603
        [  # noqa: S607
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", private, "-out", certificate,
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip


def test_a_service_is_opened_with_keys_over_tls_and_tells_who_asked(
    serve: Callable[..., str], tmp_path: Path
) -> None:
    keys, audit = tmp_path / "keys.json", tmp_path / "audit.jsonl"
    certificate, private = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certify(certificate, private)
    first = vigie("keys", "create", "collector", "--scope", "score", "--keys", keys)
    address = serve(
        "--host", EVERYWHERE, "--keys", keys, "--audit", audit, "--tls-certificate", certificate, "--tls-key", private
    )  # fmt: skip
    assert address.startswith("https://")
    trust = ssl.create_default_context(cafile=certificate)
    with httpx2.Client(base_url=address.replace(EVERYWHERE, "localhost"), verify=trust, timeout=60) as client:
        assert client.post("/v1/score", json=EXAMPLE).status_code == 401
        answer = client.post("/v1/score", json=EXAMPLE, headers={"X-API-Key": first})
        assert answer.status_code == 200
        assert answer.headers["strict-transport-security"]
        assert client.get("/v1/model", headers={"X-API-Key": first}).status_code == 403
        second = vigie("keys", "rotate", "collector", "--keys", keys)
        for key in (first, second):
            assert client.post("/v1/score", json=EXAMPLE, headers={"X-API-Key": key}).status_code == 200
        vigie("keys", "revoke", "collector", "--keys", keys)
        for key in (first, second):
            assert client.post("/v1/score", json=EXAMPLE, headers={"X-API-Key": key}).status_code == 401
    certify(certificate, private)
    renewed = ssl.create_default_context(cafile=certificate)
    place = address.replace(EVERYWHERE, "localhost")
    assert httpx2.get(f"{place}/livez", verify=renewed).status_code == 200
    with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx2.get(f"{place}/livez", verify=trust)
    entries = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [(entry["status"], entry["name"]) for entry in entries] == [
        (401, None), *[(status, "collector") for status in (200, 403, 200, 200, 401, 401)]
    ]  # fmt: skip
    assert "7 lines in 1 file, all as written." in vigie("audit", "verify", audit)
    assert "warning" not in (tmp_path / "log").read_text()


def test_a_service_that_is_open_to_anyone_warns(serve: Callable[..., str], tmp_path: Path) -> None:
    address = serve("--host", EVERYWHERE, "--open").replace(EVERYWHERE, "127.0.0.1")
    assert "warning: whoever reaches this address" in (tmp_path / "log").read_text()
    assert httpx2.get(f"{address}/v1/features", headers={"Host": "vigie.example.org"}).status_code == 200


def test_on_the_loopback_a_page_of_another_name_gets_nothing_and_no_client_chooses_its_address(
    serve: Callable[..., str], tmp_path: Path
) -> None:
    address = serve()
    assert httpx2.get(f"{address}/v1/features", headers={"Host": "evil.example"}).status_code == 421
    httpx2.get(f"{address}/v1/features", headers={"X-Forwarded-For": "198.51.100.7"})
    assert "198.51.100.7" not in (tmp_path / "log").read_text()
