"""The command ``vigie hash``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from typer.testing import CliRunner

from vigie.cli import app
from vigie.features import media

pytest.importorskip("pdqhash", reason="pdqhash is compiled where a C++ compiler is")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    blotches = np.random.default_rng(1).integers(0, 255, (8, 8, 3)).astype(np.uint8)
    Image.fromarray(blotches).resize((200, 200)).save(folder / "a.png")
    Image.new("RGB", (200, 200), "red").save(folder / "red.png")
    return folder


def said(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["hash", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_a_run_writes_a_table_and_says_what_came_of_each_file(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "made" / "hashes.parquet"
    assert said(str(folder), "--out", str(out)).splitlines() == [
        f"2 files in {folder}; files with a hash: 1; without: 1.",
        "1 file has no hash: it shows too little, such as one colour, to be told from others (red.png).",
        f"Hashes written to {out}.",
    ]
    assert media.table_of(out)["file"].to_list() == ["a.png", "red.png"]


def test_a_second_run_says_what_it_did_not_read_again_in_the_language_asked_for(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "empreintes.csv"
    said(str(folder), "--out", str(out), "--jobs", "1")
    words = said(str(folder), "--out", str(out), "--language", "fr")
    assert f"2 fichiers n’ont pas été relus\u202f: {out} les contenait déjà." in words
    assert pl.read_csv(out).height == 2


def test_help_gives_examples() -> None:
    shown = CliRunner().invoke(app, ["hash", "--help"], terminal_width=200).stdout
    assert "vigie hash downloads/media --out hashes.parquet" in shown


def test_a_folder_that_is_none_is_told_in_a_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["hash", str(tmp_path / "absent"), "--out", str(tmp_path / "h.csv")])
    assert result.exit_code == 2
    assert "is no folder" in result.stderr
    assert not (tmp_path / "h.csv").exists()
