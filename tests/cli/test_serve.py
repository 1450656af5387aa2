"""``vigie serve`` refuses to start what cannot be served, and says why."""

import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vigie.cli import app
from vigie.models.bundle import default_folder, version_of


def start(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["serve", "--port", "0", *arguments])
    return done.exit_code, done.stderr


def test_a_taken_port_is_named_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = start("--port", str(port))
    assert code == 2
    assert f"127.0.0.1:{port}" in said
    assert "--port" in said


def test_a_setting_out_of_range_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_MAX_BODY_MB", "many")
    code, said = start()
    assert code == 2
    assert "VIGIE_MAX_BODY_MB" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - what is tested
def test_other_machines_are_served_only_with_keys_or_if_that_is_said(host: str) -> None:
    code, said = start("--host", host)
    assert code == 2
    for way in ("vigie keys create", "--keys keys.json", "--open"):
        assert way in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--keys", "absent.json"), "vigie keys create"),
        (("--tls-certificate", "absent.pem"), "--tls-key"),
        (("--tls-certificate", "absent.pem", "--tls-key", "absent.pem"), "No such file"),
        (("--audit", "/dev/null/audit.jsonl"), "cannot be written"),
    ],
)
def test_what_access_needs_and_is_not_there_is_named(arguments: tuple[str, ...], said: str) -> None:
    code, shown = start(*arguments)
    assert code == 2
    assert said in shown


def truncate(folder: Path) -> None:
    file = folder / "posts.txt"
    file.write_bytes(file.read_bytes()[:-50])


def alter(folder: Path) -> None:
    file = folder / "profile.txt"
    file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))


def remove(folder: Path) -> None:
    (folder / "posts.txt").unlink()


def cut_index(folder: Path) -> None:
    file = folder / "bundle.json"
    file.write_bytes(file.read_bytes()[:1000])


def other_features(folder: Path) -> None:
    file = folder / "bundle.json"
    index = json.loads(file.read_text())
    name = sorted(index["fingerprints"])[0]
    index["fingerprints"][name] = "0" * 12
    file.write_text(json.dumps(index | {"version": version_of(index)}))


def unknown_features(folder: Path) -> None:
    file = folder / "bundle.json"
    index = json.loads(file.read_text())
    index["fingerprints"]["rhythm_of_the_moon"] = "0" * 12
    file.write_text(json.dumps(index | {"version": version_of(index)}))


def other_format(folder: Path) -> None:
    file = folder / "bundle.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 99}))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (truncate, "altered or truncated"),
        (alter, "altered or truncated"),
        (remove, "is missing"),
        (cut_index, "truncated or not JSON"),
        (other_features, "computed otherwise"),
        (unknown_features, "rhythm_of_the_moon"),
        (other_format, "format 99"),
        (shutil.rmtree, "no bundle.json"),
    ],
)
def test_a_bundle_that_cannot_be_trusted_is_not_served(
    tmp_path: Path, change: Callable[[Path], None], said: str
) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(default_folder(), folder)
    change(folder)
    code, shown = start("--bundle", str(folder))
    assert code == 2
    assert said in shown
    assert "Traceback" not in shown
