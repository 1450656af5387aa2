"""``vigie pin`` prints the line that allows a bundle, after it was checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner

from vigie.cli import app
from vigie.models import bundle


def test_the_line_that_is_printed_allows_the_bundle(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["pin", str(bundle.default_folder())])
    assert done.exit_code == 0, done.output
    (tmp_path / "pins.txt").write_text(done.output)
    loaded = bundle.load(bundle.default_folder(), pins=tmp_path / "pins.txt")
    assert done.output.endswith(f"  {loaded.name} {loaded.version}\n")


def test_a_damaged_bundle_has_no_line(remade: Callable[..., Path]) -> None:
    folder = remade("mine")
    (folder / "card.md").write_text("damaged")
    done = CliRunner().invoke(app, ["pin", str(folder)])
    assert done.exit_code == 2
    assert "sha256:" not in done.output
