"""The proxy files that ship, started before a real service: what passes, what is refused, and what never reaches the service."""

from __future__ import annotations

import getpass
import gzip
import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

from vigie.cli.demo import requests
from vigie.serving.api.schemas.operations import EXAMPLE
from vigie.training.synthetic.accounts import example

DEPLOY = Path(__file__).parents[2] / "deploy"
JSON = {"Content-Type": "application/json"}
_PATIENCE_S = 20
Opened = Callable[[str], httpx2.Client]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a self-made certificate and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    made = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", "tls.key", "-out", "tls.crt"]  # fmt: skip
    subprocess.run(made, cwd=folder, check=True, capture_output=True)  # noqa: S603
    (folder / "vigie.pem").write_text((folder / "tls.crt").read_text() + (folder / "tls.key").read_text())
    return folder


@pytest.fixture(scope="session", params=["nginx", "haproxy"])
def proxied(
    request: pytest.FixtureRequest, certificate: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    """Return a function that starts the proxy before an address and returns a client of the proxy."""
    program = shutil.which(request.param)
    if program is None:
        pytest.skip(f"{request.param} is not installed")
    with ExitStack() as stack:

        def opened(upstream: str) -> httpx2.Client:
            folder = tmp_path_factory.mktemp(f"{request.param}-proxy")
            command = {"nginx": _nginx, "haproxy": _haproxy}[request.param](folder, certificate, upstream)
            found = stack.enter_context(_running([program, *command], folder))
            trusted = ssl.create_default_context(cafile=certificate / "tls.crt")
            return stack.enter_context(httpx2.Client(base_url=found, verify=trusted, timeout=60))

        yield opened


def _replaced(file: str, folder: Path, changes: dict[str, str]) -> Path:
    """Write a file that ships with what a test cannot have as it is; each of the changes must be to something there."""
    text = (DEPLOY / file).read_text()
    for before, after in changes.items():
        assert before in text, f"{file} has no {before!r}"
        text = text.replace(before, after)
    place = folder / file
    place.write_text(text)
    return place


def _nginx(folder: Path, certificate: Path, upstream: str) -> list[str]:
    changes = {
        # Nobody else may enter pytest's folder.
        "user www-data;": f"user {getpass.getuser()};",
        "/etc/nginx/tls": str(certificate),
        "/run/nginx": f"{folder}/nginx",
        "/dev/stdout": f"{folder}/access",
        "listen 443 ssl": "listen 127.0.0.1:PORT ssl",
        "server vigie:8000": f"server {upstream.removeprefix('http://')}",
        # Where Debian's build keeps what this proxy has no use for.
        "server_tokens off;": "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("fastcgi", "scgi", "uwsgi")
        ),
    }
    return ["-c", str(_replaced("nginx.conf", folder, changes)), "-p", str(folder), "-g", "daemon off;"]


def _haproxy(folder: Path, certificate: Path, upstream: str) -> list[str]:
    changes = {
        "/etc/haproxy/tls": str(certificate),
        "bind :443": "bind 127.0.0.1:PORT",
        "127.0.0.1:8000": upstream.removeprefix("http://"),
        "hdr Host vigie.example.org": "hdr Host 127.0.0.1",
        "stdout": "stderr",
    }
    return ["-db", "-f", str(_replaced("haproxy.cfg", folder, changes))]


@contextmanager
def _running(command: list[str], folder: Path) -> Iterator[str]:
    """Run a proxy on a free port, which is written into its file, and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    (file,) = (path for path in folder.iterdir() if path.is_file())
    file.write_text(file.read_text().replace("127.0.0.1:PORT", f"127.0.0.1:{port}"))
    log = folder / "log"
    with (
        log.open("wb") as out,
        subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as process,  # noqa: S603
    ):
        try:
            end = time.monotonic() + _PATIENCE_S
            while True:
                with suppress(OSError):
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                if process.poll() is not None or time.monotonic() > end:
                    pytest.fail(f"the proxy did not start: {log.read_text()}")
                time.sleep(0.05)
            yield f"https://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture
def logs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Return what reads all that the proxies wrote to their logs."""
    folders = tmp_path_factory.getbasetemp()
    return lambda: "".join(
        log.read_text() for name in ("log", "access") for log in folders.glob(f"*-proxy*/{name}")
    )


@pytest.fixture(scope="session")
def client(proxied: Opened, address: str) -> httpx2.Client:
    """A client of a proxy before the service."""
    return ready(proxied(address))


def ready(client: httpx2.Client) -> httpx2.Client:
    """Return a client when the proxy knows that the service answers: HAProxy asks it first."""
    end = time.monotonic() + _PATIENCE_S
    while client.get("/readyz").status_code != 200 and time.monotonic() < end:
        time.sleep(0.1)
    return client


class _Seen(ThreadingHTTPServer):
    """A server that keeps the heads of what reached it, and when."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keep)
        self.heads: list[tuple[str, dict[str, str]]] = []
        self.times: list[float] = []


class _Keep(BaseHTTPRequestHandler):
    server: _Seen

    def do_POST(self) -> None:
        self.server.times.append(time.monotonic())
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.do_GET()

    def do_GET(self) -> None:
        names = {name.lower(): value for name, value in self.headers.items()}
        self.server.heads.append((self.path, names))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="session")
def seen(proxied: Opened) -> Iterator[tuple[httpx2.Client, _Seen]]:
    """A client of a proxy, and what reaches the server behind it."""
    with _Seen() as server:
        threading.Thread(target=server.serve_forever).start()
        yield proxied(f"http://127.0.0.1:{server.server_port}"), server
        server.shutdown()


def accounts() -> list[dict[str, Any]]:
    world = example()
    return requests(world.accounts, world.posts)


def problem(answer: httpx2.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert said["status"] == status
    return said


def test_a_body_of_megabytes_is_answered_plain_and_compressed(client: httpx2.Client) -> None:
    many = [account | {"description": "a" * 100_000} for account in accounts()]
    body = json.dumps({"accounts": many, "top_reasons": 0}).encode()
    assert len(body) > 2_000_000
    plain = client.post("/v1/score", content=body, headers=JSON)
    packed = client.post(
        "/v1/score", content=gzip.compress(body), headers={**JSON, "Content-Encoding": "gzip"}
    )
    assert plain.status_code == packed.status_code == 200
    assert len(plain.json()["results"]) == 24
    assert plain.json()["results"] == packed.json()["results"]


def test_lines_pass_as_the_service_answers_them(client: httpx2.Client, address: str) -> None:
    lines = "\n".join(json.dumps(account) for account in accounts())
    headers = {"Content-Type": "application/x-ndjson", "Accept": "application/x-ndjson"}
    through = client.post("/v1/score", content=lines, headers=headers)
    direct = httpx2.post(f"{address}/v1/score", content=lines, headers=headers, timeout=60)
    assert through.status_code == 200
    assert through.content == direct.content
    assert through.headers["vigie-model"] == direct.headers["vigie-model"]


def test_a_balancer_may_ask_with_head(client: httpx2.Client) -> None:
    answer = client.head("/readyz")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_a_body_that_comes_slowly_is_answered(client: httpx2.Client) -> None:
    body = json.dumps({"accounts": accounts()[:1]}).encode()

    def slowly() -> Iterator[bytes]:
        for part in (body[:1000], body[1000:2000], body[2000:]):
            time.sleep(0.3)
            yield part

    assert client.post("/v1/score", content=slowly(), headers=JSON).status_code == 200


def test_refusals_of_the_service_pass_with_the_time_to_come_back(
    proxied: Opened, serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_MAX_IN_FLIGHT_MB", "0.001")
    address = serve()
    client = proxied(address)
    host, port = address.removeprefix("http://").split(":")
    head = "POST /v1/score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    body = json.dumps({"accounts": accounts()[:1]}).encode()
    with socket.create_connection((host, int(port))) as stalled:
        stalled.sendall(head.encode() + b" " * 50_000)
        end = time.monotonic() + _PATIENCE_S
        while True:
            answer = client.post("/v1/score", content=body, headers=JSON)
            told = answer.json().get("type")
            if told == "/problems/overloaded" or time.monotonic() > end:
                break
            time.sleep(0.2)
    problem(answer, 503)
    assert told == "/problems/overloaded"
    assert answer.headers["retry-after"] == "2"


@pytest.mark.parametrize("path", ["/metrics", "/%6Detrics", "/metrics?a=1"])
def test_counters_are_not_shown_outside(client: httpx2.Client, path: str) -> None:
    said = problem(client.get(path), 404)
    assert said["type"] == "/problems/proxy"


def test_a_request_keeps_its_id_and_gets_one_where_it_has_none_that_is_usable(client: httpx2.Client) -> None:
    given = client.get("/livez", headers={"X-Request-ID": "monday-17"})
    assert given.headers["x-request-id"] == "monday-17"
    unusable = client.get("/livez", headers={"X-Request-ID": "a b<c>"})
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", unusable.headers["x-request-id"])


def test_what_a_client_says_of_itself_does_not_reach_the_service(seen: tuple[httpx2.Client, _Seen]) -> None:
    client, server = seen
    claims = {"X-Forwarded-User": "admin", "X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1"}
    assert client.get("/v1/model", headers={**claims, "Authorization": "Bearer key"}).status_code == 200
    path, head = server.heads[-1]
    assert path == "/v1/model"
    assert head["authorization"] == "Bearer key"
    assert not {"x-forwarded-user", "forwarded"} & set(head)
    assert (head["x-forwarded-for"], head["x-forwarded-proto"]) == ("127.0.0.1", "https")


def test_a_length_beside_chunks_smuggles_nothing(seen: tuple[httpx2.Client, _Seen]) -> None:
    client, server = seen
    before = len(server.heads)
    inner = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
    outer = (
        "POST /v1/score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        f"0\r\n\r\n{inner}"
    )
    port = client.base_url.port or 0
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    with unchecked.wrap_socket(socket.create_connection(("127.0.0.1", port))) as raw:
        raw.sendall(outer.encode())
        raw.settimeout(3)
        with suppress(TimeoutError, OSError):
            answer = b"".join(iter(lambda: raw.recv(65536), b""))
    # nginx refuses it; HAProxy leaves the length out, and closes the connection after one answer.
    assert len(re.findall(rb"HTTP/1\.[01] \d{3} ", answer)) == 1
    arrived = server.heads[before:]
    assert not any("content-length" in head or path == "/smuggled" for path, head in arrived)


def test_the_log_of_a_proxy_names_no_account(
    seen: tuple[httpx2.Client, _Seen], logs: Callable[[], str]
) -> None:
    client, _ = seen
    assert client.get("/v1/operations/op_1/accounts/x/4711?handle=anna").status_code == 200
    assert client.get("/v1/operations/op_1/accounts?handle=anna").status_code == 200
    end = time.monotonic() + _PATIENCE_S
    while 'op_1/accounts"' not in logs() and time.monotonic() < end:
        time.sleep(0.05)
    written = logs()
    assert "op_1/accounts/" in written
    assert "4711" not in written
    assert "anna" not in written


def test_where_the_service_is_down_the_proxy_says_when_to_come_back(proxied: Opened) -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        nobody = f"http://127.0.0.1:{bound.getsockname()[1]}"
    answer = proxied(nobody).post("/v1/score", json={"accounts": []})
    assert answer.status_code in (502, 503)
    problem(answer, answer.status_code)
    assert answer.headers["retry-after"] == "5"


def test_lines_that_an_operation_observes_may_be_longer_than_other_bodies(
    proxied: Opened, serve: Callable[..., str], tmp_path: Path
) -> None:
    client = ready(proxied(serve("--store", tmp_path / "store")))
    address = f"/v1/operations/{client.post('/v1/operations', json=EXAMPLE).json()['id']}/accounts"
    line = json.dumps(accounts()[0]).encode() + b"\n"
    # Lines of spaces are passed over.
    parts = [*(b" " * 999_999 + b"\n" for _ in range(70)), line]
    headers = {"Content-Type": "application/x-ndjson", "Content-Length": str(sum(map(len, parts)))}
    kept = client.post(address, content=iter(parts), headers=headers)
    assert kept.status_code == 200, kept.text
    assert [item["status"] for item in kept.json()["items"]] == ["new"]
    with suppress(httpx2.TransportError):  # closed before all was sent
        problem(client.post(address, content=b" " * 70_000_000, headers=JSON), 413)


def test_a_body_far_too_large_is_refused_with_problem_details(client: httpx2.Client) -> None:
    with suppress(httpx2.TransportError):  # closed before all was sent
        said = problem(client.post("/v1/score", content=b" " * 70_000_000, headers=JSON), 413)
        assert "send fewer accounts at a time" in said["detail"]


def test_nginx_holds_a_slow_body_until_it_is_whole(
    request: pytest.FixtureRequest, seen: tuple[httpx2.Client, _Seen]
) -> None:
    if "nginx" not in request.node.name.split("[")[-1]:
        pytest.skip("HAProxy passes bodies on while they come")
    client, server = seen

    def slowly() -> Iterator[bytes]:
        yield b"{"
        time.sleep(1)
        yield b"}"

    start = time.monotonic()
    assert client.post("/v1/score", content=slowly(), headers=JSON).status_code == 200
    assert server.times[-1] - start > 1
