"""``vigie sign`` makes keys, and signs bundles that hold together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner

from vigie.cli import app
from vigie.models import bundle, signatures


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["sign", *map(str, words)])
    return result.exit_code, result.output


def test_a_key_is_made_and_what_it_signs_is_trusted(remade: Callable[..., Path], tmp_path: Path) -> None:
    key, folder = tmp_path / "models.pem", remade("mine")
    assert run("--new-key", key)[0] == 0
    code, said = run(folder, "--key", key)
    assert code == 0, said
    assert "Signed vigie-inauthentic" in said
    assert bundle.load(folder, trusted_keys=tmp_path / "models.pub.pem").name == "vigie-inauthentic"
    code, said = run("--new-key", key)
    assert code == 2
    assert "is there already" in said.replace("\n", " ")


def test_a_damaged_bundle_is_not_signed(remade: Callable[..., Path], tmp_path: Path) -> None:
    folder = remade("mine")
    (folder / "card.md").write_text("damaged")
    run("--new-key", tmp_path / "k.pem")
    code, _ = run(folder, "--key", tmp_path / "k.pem")
    assert (code, (folder / signatures.FILE).exists()) == (2, False)


def test_a_bundle_without_a_key_is_told_what_is_missing(remade: Callable[..., Path]) -> None:
    code, said = run(remade("mine"))
    assert code == 2
    assert "name a bundle and the key" in said
