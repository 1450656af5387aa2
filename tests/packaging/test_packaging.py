"""The doors open on their rooms, and a built wheel holds everything and works outside the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("features", "models", "training", "serving")


@pytest.mark.parametrize("room", ROOMS)
def test_each_door_opens_on_its_room(room: str) -> None:
    door = ROOT / "src" / "vigie" / room
    assert door.is_symlink()
    assert door.resolve() == (ROOT / room).resolve()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr[-2000:]
    return next(out.glob("*.whl"))


def test_the_wheel_holds_every_module_config_and_the_default_bundle(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"vigie/{path.relative_to(ROOT)}" for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    expected |= {f"vigie/{path.relative_to(ROOT)}" for path in (ROOT / "training" / "configs").glob("*.toml")}
    loaded = ("note/templates", "console/templates", "console/static")
    templates = [
        *(ROOT / "training").rglob("*.j2"),
        *(file for folder in loaded for file in (ROOT / "serving" / folder).iterdir()),
    ]
    expected |= {f"vigie/{path.relative_to(ROOT)}" for path in templates}
    expected |= {
        f"vigie/{path.relative_to(ROOT)}"
        for path in (ROOT / "models" / "default").rglob("*")
        if path.is_file()
    }
    expected |= {
        f"vigie/{path.relative_to(ROOT / 'src/vigie')}"
        for package in ("cli", "client")
        for path in (ROOT / "src/vigie" / package).glob("*.py")
    }
    assert expected | {"vigie/py.typed", "vigie/errors.py"} <= names


def test_the_wheel_scores_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    account = {
        "platform": "x", "account_id": "1", "observed_at": "2024-05-16T12:00:00Z", "created_at": "2020-01-01T00:00:00Z",
        "followers_count": 3, "following_count": 900, "posts_count": 40, "likes_given_count": 0, "listed_count": 0,
        "handle": "anna", "display_name": "Anna", "description": "", "location": "", "url": "",
    }  # fmt: skip
    (tmp_path / "in.jsonl").write_text(json.dumps(account) + "\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    done = subprocess.run(
        [sys.executable, "-m", "vigie", "score", "in.jsonl", "--out", "out.jsonl"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads((tmp_path / "out.jsonl").read_text())["inauthentic"]["status"] == "scored"


def test_every_locked_version_has_a_hash_and_no_host_is_named() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "://" not in text
        blocks = [block for block in text.replace("\\\n", " ").splitlines() if "==" in block]
        assert blocks
        assert all("--hash=sha256:" in block for block in blocks)


def test_a_server_needs_neither_mlflow_nor_scikit_learn_nor_pandas() -> None:
    locked = (ROOT / "requirements" / "run.txt").read_text()
    assert not {"mlflow", "scikit-learn", "pandas"} & {line.split("==")[0] for line in locked.splitlines()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert not any(name.startswith(("mlflow", "scikit-learn", "pandas")) for name in project["dependencies"])


@pytest.mark.parametrize(("command", "page"), [("features", "features"), ("contract", "contract")])
def test_generated_reference_pages_are_those_of_the_code(command: str, page: str) -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "vigie", command, "--markdown"], capture_output=True, text=True, check=True
    )
    assert done.stdout == (ROOT / "docs" / "reference" / f"{page}.md").read_text(), "run make docs"
