"""A real server process on a free port."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_PATIENCE_S = 60


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of ``vigie serve`` with the bundle that ships."""
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as file:
        process = subprocess.Popen([sys.executable, "-m", "vigie", "serve", "--port", "0"], stderr=file)
        yield _address(process, log)
        process.terminate()
        process.wait(timeout=20)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Return the address that a server wrote to its log, when it answers there."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"http://\S+:\d+", log.read_text())
        if found:
            return found.group()
        time.sleep(0.05)
    process.kill()
    pytest.fail(f"the server did not start: {log.read_text()}")
