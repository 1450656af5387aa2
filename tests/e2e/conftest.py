"""A real server process on a free port."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

_PATIENCE_S = 60


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of ``vigie serve`` with the bundle that ships."""
    with _serving(tmp_path_factory.mktemp("server") / "log") as found:
        yield found


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Return a function that starts ``vigie serve`` with options and returns its address; the log is ``log``."""
    with ExitStack() as stack:
        yield lambda *options: stack.enter_context(_serving(tmp_path / "log", *options))


@pytest.fixture(scope="module")
def serve_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """The same for all tests of a module."""
    with ExitStack() as stack:
        yield lambda *options: stack.enter_context(
            _serving(tmp_path_factory.mktemp("server") / "log", *options)
        )


@contextmanager
def _serving(log: Path, *options: object) -> Iterator[str]:
    command = [sys.executable, "-m", "vigie", "serve", "--port", "0", *map(str, options)]
    with log.open("w") as file:
        process = subprocess.Popen(command, stderr=file)  # noqa: S603
        yield _address(process, log)
        process.terminate()
        process.wait(timeout=20)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Return the address that a server wrote to its log, when it is ready to answer there."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"https?://\S+:\d+", log.read_text())
        with suppress(httpx2.TransportError):
            # Whom a certificate is of is for the tests to look at.
            if found and httpx2.get(f"{found.group()}/readyz", verify=False).status_code == 200:
                return found.group()
        time.sleep(0.05)
    process.kill()
    pytest.fail(f"the server did not start: {log.read_text()}")
