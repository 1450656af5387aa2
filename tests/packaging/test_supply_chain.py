"""The list of parts holds what is locked, and the audit tells a vulnerability from a service that cannot be asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# A vulnerability as osv.dev tells it.
_FAULT = {
    "id": "PYSEC-2026-1", "summary": "invented", "details": "", "aliases": [],
    "published": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z",
    "affected": [{"package": {"name": "uvicorn", "ecosystem": "PyPI"}, "ranges": [
        {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "999"}]}]}],
}  # fmt: skip


@contextmanager
def database(vulnerable: str | None) -> Iterator[str]:
    """Serve a database of vulnerabilities that knows of one package at most."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps({"vulns": [_FAULT]} if asked["package"]["name"] == vulnerable else {}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


def audit(address: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "requirements" / "audit.py"), "--osv-url", address]
    environment = os.environ | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603


def test_a_vulnerable_version_fails_the_audit_and_is_named() -> None:
    with database("uvicorn") as address:
        done = audit(address)
    assert done.returncode == 1, done.stderr
    assert "PYSEC-2026-1, mended in 999" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("1 vulnerabilities")


def test_an_audit_without_findings_says_how_many_packages_were_looked_up() -> None:
    with database(None) as address:
        done = audit(address)
    locked = sum("==" in line for line in (ROOT / "requirements" / "run.txt").read_text().splitlines())
    assert done.returncode == 0, done.stderr
    looked_up, _, of = done.stdout.partition(" locked packages")[0].partition(" of ")
    # Some are locked for other systems than this one.
    assert 0.9 * locked < int(looked_up) == int(of) <= locked


def test_an_audit_that_could_not_be_made_says_so_and_does_not_fail() -> None:
    done = audit("http://127.0.0.1:1/v1/query")
    assert done.returncode == 0
    assert done.stdout.startswith("not audited, the vulnerability service could not be asked: ")


def test_the_list_of_parts_is_valid_and_holds_every_locked_package_with_its_hashes(tmp_path: Path) -> None:
    out, environment = tmp_path / "sbom.cdx.json", Path(sys.prefix)
    # What runs this test is set up already.
    make = [
        "make",
        "--silent",
        "--old-file",
        f"{environment}/.dev",
        f"VENV={environment}",
        f"SBOM={out}",
        "sbom",
    ]
    done = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    parts = json.loads(out.read_text())
    assert parts["metadata"]["component"]["name"] == "vigie"
    locked = {
        tuple(line.split()[0].split(";")[0].split("=="))
        for line in (ROOT / "requirements" / "run.txt").read_text().splitlines()
        if "==" in line
    }
    assert {(part["name"], part["version"]) for part in parts["components"]} == locked
    assert all(part["externalReferences"][0]["hashes"] for part in parts["components"])
