"""The steps of the container file install what is locked, and nothing beside it runs in the image."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Lines that go on in the next one are one.
FILE = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")


def stage(name: str) -> list[tuple[str, str]]:
    """Return the instructions of a stage, each with its arguments."""
    of_stages = re.split(r"^FROM ", re.sub(r"^#.*\n", "", FILE, flags=re.MULTILINE), flags=re.MULTILINE)[1:]
    (found,) = [body for body in of_stages if body.split("\n")[0].endswith(f" AS {name}")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in found.split("\n")[1:]) if word]


def argument(name: str, instruction: str) -> str:
    (found,) = [rest.strip() for word, rest in stage(name) if word == instruction]
    return found


def test_the_base_has_a_version_and_every_stage_begins_with_it() -> None:
    assert re.search(r"^ARG PYTHON=\S+:\d+\.\d+\.\d+-slim-\w+$", FILE, re.MULTILINE)
    bases = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", FILE, re.MULTILINE)
    named = {name for _, name in bases}
    assert all(base == "${PYTHON}" or base in named for base, _ in bases)
    assert bases[-1][1] == "service"


@pytest.mark.parametrize("packages", ["service-packages", "registry-packages"])
def test_packages_are_installed_with_their_hashes_and_nothing_is_compiled(packages: str) -> None:
    first, *rest = [command for word, command in stage(packages) if word == "RUN"]
    assert {"--require-hashes", "--only-binary"} <= set(first.split())
    lock = first.split()[-1]
    assert (ROOT / lock).is_file()
    assert all({"--no-deps", "--no-build-isolation"} <= set(command.split()) for command in rest)


def test_the_image_runs_as_nobody_and_says_how_it_is() -> None:
    assert re.fullmatch(r"(\d{5}):\1", argument("base", "USER"))
    assert argument("service", "STOPSIGNAL") == "SIGTERM"
    assert "/readyz" in argument("service", "HEALTHCHECK")
    assert "curl" not in FILE
    for installed in re.findall(r"apt-get install ([^&]+)", FILE):
        assert [word for word in installed.split() if not word.startswith("--")] == ["libgomp1"]


def test_the_package_is_built_of_what_the_build_may_see_by_the_step_of_the_file(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "vigie"
    _copy_shown(source)
    venv.create(place, with_pip=False)
    packages = place / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    # The packages that are locked, installed already.
    (packages / "others.pth").write_text(
        "\n".join(path for path in sys.path if path.endswith("site-packages"))
    )
    build = [command for word, command in stage("service-packages") if word == "RUN"][1].split("&&")[0]
    step = [word.replace("/opt/vigie", str(place)) for word in shlex.split(build)]
    assert step[0] == "python"
    command = [sys.executable, *step[1:], "--quiet", "--force-reinstall"]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert (packages / "vigie" / "serving" / "settings.py").is_file()
    assert (place / "bin" / "vigie").is_file()


def _copy_shown(place: Path) -> None:
    """Copy what .dockerignore lets the build see."""
    hidden, *shown = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()[1:]
    assert hidden == "*"
    for name in (line.removeprefix("!") for line in shown if line.startswith("!")):
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            kept = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / name, target, symlinks=True, ignore=kept)
        else:
            shutil.copy(ROOT / name, target)


def test_the_health_check_asks_whether_the_service_is_ready(address: str) -> None:
    code = argument("service", "HEALTHCHECK").partition('"-c", ')[2].strip('"]')
    asked = code.replace("http://127.0.0.1:8000", address)
    answered = [
        subprocess.run([sys.executable, "-c", one], capture_output=True, check=False).returncode  # noqa: S603
        for one in (asked, asked.replace("/readyz", "/nothing"))
    ]
    assert answered == [0, 1]
