"""The service ends when it is told to, whatever clients do."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2


def test_a_client_that_stalls_does_not_hold_the_service_up(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as file:
        process = subprocess.Popen([sys.executable, "-m", "vigie", "serve", "--port", "0"], stderr=file)
    end = time.monotonic() + 60
    while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", log.read_text())) and time.monotonic() < end:
        time.sleep(0.05)
    assert found, log.read_text()
    assert httpx2.get(f"{found.group()}/readyz").status_code == 200
    with socket.create_connection(("127.0.0.1", int(found.group(1)))) as stalled:
        head = "POST /v1/score HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
        stalled.sendall(head.encode() + b'{"accounts": [')
        time.sleep(0.2)
        start = time.monotonic()
        process.terminate()
        process.wait(timeout=20)
        assert time.monotonic() - start < 10
