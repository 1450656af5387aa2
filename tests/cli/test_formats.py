"""The formats that are read, listed."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from vigie.cli import app
from vigie.features.ingest.readers import SOURCES


def test_every_format_is_listed() -> None:
    shown = CliRunner().invoke(app, ["formats"], terminal_width=200)
    assert shown.exit_code == 0
    assert all(name in shown.stdout for name in SOURCES)


def test_the_page_of_the_reference_is_that_of_the_code() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "formats.md"
    assert CliRunner().invoke(app, ["formats", "--markdown"]).stdout == page.read_text(encoding="utf-8")


def test_a_sample_of_a_format_is_printed() -> None:
    shown = CliRunner().invoke(app, ["formats", "minet"])
    assert shown.stdout.startswith("id,timestamp_utc,")
    assert "no sample of cresci" in CliRunner().invoke(app, ["formats", "cresci"]).stdout
