"""The command ``vigie import``."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from vigie.cli import importing
from vigie.errors import MissingColumnError, UnknownFormatError
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


def test_days_are_added_and_datasets_merged(app: typer.Typer, tmp_path: Path) -> None:
    for day, likes in (("14", 3), ("15", 7)):
        row = f"x,1,7,2024-05-14T08:00:00Z,{likes},2024-05-{day}T20:00:00Z\nx,{day},7,2024-05-{day}T09:00:00Z,0,\n"
        (tmp_path / f"{day}.csv").write_text(
            "platform,post_id,account_id,created_at,likes,recorded_at\n" + row
        )
    for day in ("14", "15"):
        arguments = [
            "import",
            "generic",
            str(tmp_path / f"{day}.csv"),
            "--out",
            str(tmp_path / "d"),
            "--append",
        ]
        assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 0
        alone = ["import", "generic", str(tmp_path / f"{day}.csv"), "--out", str(tmp_path / day)]
        assert CliRunner().invoke(app, alone, catch_exceptions=False).exit_code == 0
    merged = ["merge", str(tmp_path / "15"), str(tmp_path / "14"), "--out", str(tmp_path / "m")]
    assert CliRunner().invoke(app, merged, catch_exceptions=False).exit_code == 0
    for name in ("d", "m"):
        posts = dataset.open(tmp_path / name).posts().sort("post_id").collect()
        assert posts.select("post_id", "like_count").rows() == [("1", 7), ("14", 0), ("15", 0)]


def test_the_platform_is_stated_where_the_files_name_none(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "objects.csv"
    path.write_text("object_id,account_id,content_id,timestamp_share\nhttps://a.example,11,1801,1715673609\n")
    arguments = ["import", "coortweet-objects", str(path), "--out", str(tmp_path / "d")]
    refused = CliRunner().invoke(app, arguments)
    assert isinstance(refused.exception, MissingColumnError)
    assert "--platform" in str(refused.exception)
    assert CliRunner().invoke(app, [*arguments, "--platform", "vk"]).exit_code == 0
    assert dataset.open(tmp_path / "d").posts().collect()["platform"].to_list() == ["vk"]


def test_authors_known_by_posts_alone_are_seen_when_it_is_stated(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("platform,post_id,account_id,created_at\nx,1,7,2024-05-14 08:00:00\n")
    arguments = ["import", "generic", str(path), "--out", str(tmp_path / "d"), "--observed-at", "2024-05-20"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    seen = datetime(2024, 5, 20, 23, 59, 59, tzinfo=UTC)
    made = dataset.open(tmp_path / "d")
    assert made.accounts().collect()["observed_at"].to_list() == [seen]
    assert made.posts().collect()["recorded_at"].to_list() == [seen]


@pytest.mark.parametrize(
    ("form", "option"), [("x-api-v2", "--observed-at"), ("x-api-v2", "--platform"), ("minet", "--mapping")]
)
def test_an_option_that_the_format_would_not_hear_is_refused(
    app: typer.Typer, tmp_path: Path, form: str, option: str
) -> None:
    arguments = ["import", form, str(tmp_path), "--out", str(tmp_path / "d"), option, "2024-05-16"]
    refused = CliRunner().invoke(app, arguments)
    assert refused.exit_code == 2
    assert f"{form} does not take {option}" in refused.stderr


def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing(profiles: Path, tmp_path: Path) -> None:
    command = ["bash", "-c", 'ulimit -f 1 && exec "$@"', "-", sys.executable, "-m", "vigie", "import"]
    arguments = ["generic", str(profiles), "--out", str(tmp_path / "out" / "d")]
    ended = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    assert (ended.returncode, "Traceback" in ended.stderr) == (2, False)
    assert "The system refused: File too large" in ended.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_an_import_that_keeps_nothing_fails_and_says_so(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text('{"item_id": "1", "data": {"rest_id": "1"}}\n')
    result = CliRunner().invoke(app, ["import", "x-api-v2", str(path), "--out", str(tmp_path / "d")])
    assert result.exit_code == 1
    assert "Not one row was kept" in result.stderr
    assert "rest_id" in result.stdout
