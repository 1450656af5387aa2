"""``vigie demo`` is the main job: a real service, a real request, a readable table, and what to try next."""

import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from typer.testing import CliRunner

from vigie.cli import app


def test_the_demonstration_scores_explains_and_keeps_serving(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as file:
        command = [sys.executable, "-m", "vigie", "demo", "--port", "0"]
        process = subprocess.Popen(command, stdout=file, stderr=file)  # noqa: S603 - our own command
    try:
        end = time.monotonic() + 60
        while "Serving until" not in log.read_text() and time.monotonic() < end and process.poll() is None:
            time.sleep(0.1)
        said = log.read_text()
        assert process.poll() is None, said
        assert "spambot" in said
        assert re.search(r"\d+% \(\d+% to \d+%\)", said)
        assert "reference accounts" in said
        assert "/docs" in said
        assert "vigie score --help" in said
        (line,) = (line for line in said.splitlines() if line.startswith("curl"))
        if shutil.which("curl"):
            done = subprocess.run(shlex.split(line), capture_output=True, text=True, check=True)  # noqa: S603
            assert '"status":"' in done.stdout
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_a_taken_port_is_named_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = CliRunner().invoke(app, ["demo", "--port", str(taken.getsockname()[1])])
    assert done.exit_code == 2
    assert "--port" in done.stderr


def test_help_and_version_are_quick_and_need_no_heavy_room() -> None:
    probe = (
        "import sys; from vigie.cli import app\n"
        "try: app(['--version'])\n"
        "except SystemExit: pass\n"
        "print(sorted(set(sys.modules) & {'lightgbm', 'mlflow', 'fastapi', 'sklearn', 'pandas', 'uvicorn'}))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_catalogue_is_printed_as_a_table_and_as_a_page() -> None:
    table = CliRunner().invoke(app, ["features"])
    page = CliRunner().invoke(app, ["features", "--markdown"])
    assert table.exit_code == page.exit_code == 0
    assert "profile_" in table.stdout
    assert page.stdout.startswith("# Features\n")
    assert page.stdout.count("\n| `") >= 100
    assert "\n## Coordination\n" in page.stdout
    assert "`coordination_partners_count`" in page.stdout
