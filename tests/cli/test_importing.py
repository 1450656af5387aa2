"""The command ``vigie import``."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from vigie.cli import importing
from vigie.errors import UnknownFormatError
from vigie.features.ingest import dataset
from vigie.features.ingest.readers import SOURCES

CSV = (
    "platform,user_id,screen_name,crawled_at,followers\nx,7,ana,2020-01-01,3\nx,8,bob,2020-01-01,many\nx,9\n"
)


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    importing.register(app)

    @app.command("other")
    def other() -> None:
        """Keep the application one of several commands."""

    return app


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    path = tmp_path / "profiles.csv"
    path.write_text(CSV)
    return path


def test_help_lists_every_format_and_gives_examples(app: typer.Typer) -> None:
    shown = CliRunner().invoke(app, ["import", "--help"], terminal_width=200).stdout
    assert all(name in shown for name in SOURCES)
    assert "vigie import generic" in shown


def test_an_import_says_what_was_read_kept_and_set_aside_and_why(
    app: typer.Typer, profiles: Path, tmp_path: Path
) -> None:
    out = tmp_path / "made"
    result = CliRunner().invoke(
        app,
        ["import", "generic", str(profiles), "--out", str(out), "--licence", "CC0"],
        catch_exceptions=False,
    )
    assert result.exit_code == 0
    words = result.stdout.replace("\n", " ")
    assert "the first: profiles.csv, line 3: many is no count" in words
    assert "2 cells where the header has 5" in words
    assert "rejects.parquet" in words
    found = dataset.open(out)
    assert found.accounts().collect()["handle"].to_list() == ["ana", "bob"]
    assert found.rejects().collect()["line"].to_list() == [4]
    assert (found.manifest["name"], found.manifest["licence"]) == ("made", "CC0")
    counts = found.manifest["counts"]["accounts"]
    assert (counts["read"], counts["kept"], counts["set_aside"]) == (3, 2, 1)


def test_nothing_but_the_report_is_printed_when_not_on_a_terminal(
    app: typer.Typer, profiles: Path, tmp_path: Path
) -> None:
    result = CliRunner().invoke(app, ["import", "generic", str(profiles), "--out", str(tmp_path / "d")])
    assert result.stderr == ""
    assert "\x1b" not in result.stdout


def test_the_name_is_the_source_of_the_labels(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("platform,account_id,value\nx,7,1\n")
    arguments = ["import", "generic", str(path), "--out", str(tmp_path / "d"), "--name", "mine"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert dataset.open(tmp_path / "d").labels().collect()["source"].to_list() == ["mine"]


def test_replace_is_needed_to_write_over_a_dataset(app: typer.Typer, profiles: Path, tmp_path: Path) -> None:
    arguments = ["import", "generic", str(profiles), "--out", str(tmp_path / "d")]
    codes = [CliRunner().invoke(app, arguments + more).exit_code for more in ([], [], ["--replace"])]
    assert codes == [0, 1, 0]


def test_an_unknown_format_is_left_to_the_caller_to_print(
    app: typer.Typer, profiles: Path, tmp_path: Path
) -> None:
    result = CliRunner().invoke(app, ["import", "creschi", str(profiles), "--out", str(tmp_path / "d")])
    assert isinstance(result.exception, UnknownFormatError)
    assert not (tmp_path / "d").exists()
