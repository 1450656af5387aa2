"""``vigie train`` shows a whole configuration, and asks for data before it begins."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from vigie.cli import app
from vigie.training import config


def test_the_whole_configuration_is_shown_as_a_file_that_means_the_same(tmp_path: Path) -> None:
    mine = tmp_path / "my.toml"
    mine.write_text("[size]\ntrees = [60]\n")
    done = CliRunner().invoke(app, ["train", "inauthentic", "--config", str(mine), "--show-config"])
    assert done.exit_code == 0, done.output
    whole = tmp_path / "whole.toml"
    whole.write_text(done.output)
    assert config.load(whole, "inauthentic") == config.load(mine, "inauthentic")
    assert "trees = [60]" in done.output


def test_a_training_without_data_is_refused() -> None:
    done = CliRunner().invoke(app, ["train", "inauthentic"])
    assert done.exit_code == 2
    assert "--data DIRECTORY" in done.output
