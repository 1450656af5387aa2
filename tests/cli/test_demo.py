"""``vigie demo`` is the main job: a real service, a real request, a campaign told first, and what to try next."""

import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from textwrap import wrap

import pytest
from typer.testing import CliRunner

from vigie.cli import app


@pytest.fixture(scope="module", params=["en", "fr"])
def demonstration(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield what the demonstration prints into a pipe while it still serves."""
    log = tmp_path_factory.mktemp("demo") / "log"
    with log.open("w") as file:
        command = [sys.executable, "-m", "vigie", "demo", "--port", "0", "--language", request.param]
        process = subprocess.Popen(command, stdout=file, stderr=file)  # noqa: S603 - our own command
    try:
        end = time.monotonic() + 60
        while "Ctrl-C." not in log.read_text() and time.monotonic() < end and process.poll() is None:
            time.sleep(0.1)
        said = log.read_text()
        assert process.poll() is None, said
        yield said
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_the_demonstration_leads_with_the_flood_and_nobody_else(demonstration: str) -> None:
    lines = demonstration.splitlines()
    first = next(number for number, line in enumerate(lines) if re.match(r"Campaign 1 |Campagne 1 ", line))
    assert first <= 4
    assert re.search(r"54 (accounts|comptes) \(50 (on|sur) X (and|et) 4 (on|sur) Facebook\)", lines[first])
    # What is true of its accounts names one kind alone.
    truth = next(line for line in lines[first:] if re.match("  (In truth|En vérité)", line))
    assert re.search(r": \d+ (accounts of the flood|comptes de la vague) \([^()]*\)\.$", truth)


def test_fans_newsroom_and_activists_are_told_apart_with_their_ordinary_explanations(
    demonstration: str,
) -> None:
    apart = demonstration[demonstration.index("Told apart" if "Told apart" in demonstration else "À part") :]
    for explanation in (
        "Fans who wait|Des admirateurs", "Accounts of one newsroom|Les comptes d’une même rédaction",
        "Activists who share|Des militants",
    ):  # fmt: skip
        assert re.search(rf"^  .*({explanation})", apart, re.MULTILINE)


def test_the_demonstration_is_short(demonstration: str) -> None:
    """On a screen of 100 columns too, in both languages."""
    rows = [row for line in demonstration.splitlines() for row in wrap(line, 100) or [""]]
    assert len(rows) <= 60


def test_the_demonstration_scores_single_accounts_and_keeps_serving(demonstration: str) -> None:
    said = demonstration
    assert re.search(r"\d+\s?% \((de )?\d+\s?% (to|à) \d+\s?%\)", said)
    assert re.search("ordinary accounts|comptes ordinaires", said)
    for command in ("/docs", "vigie example --out example", "vigie score --help", "vigie network --help"):
        assert command in said
    (line,) = (line for line in said.splitlines() if line.startswith("curl"))
    if shutil.which("curl"):
        done = subprocess.run(shlex.split(line), capture_output=True, text=True, check=True)  # noqa: S603
        assert '"status":"' in done.stdout


def test_an_unknown_language_is_refused_before_anything_starts() -> None:
    done = CliRunner().invoke(app, ["demo", "--language", "de"])
    assert done.exit_code == 2
    assert "Allowed: en, fr" in done.stderr


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
