"""A file that is tried is recognised, read, scored and removed; a hostile one is refused in words."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from vigie.cli.demo import requests
from vigie.errors import InputError, RequestTooLargeError, UnknownFormatError
from vigie.features.coordination.comparison import Limits
from vigie.features.ingest.readers import samples
from vigie.models.engine import Models, ScoringEngine
from vigie.serving.console.trial import Trial, tried
from vigie.serving.console.uploads import Upload

Try = Callable[..., Trial]


@pytest.fixture
def attempt(models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Try:
    """Return a function that tries a file; whatever happens, nothing is left of it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def run(
        content: bytes, ending: str, language: Any = "en", check: Callable[[int, int], None] = lambda *_: None
    ) -> Trial:
        try:
            return tried(Upload({}, ending, content), ScoringEngine(models), Limits(), language, check)
        finally:
            assert list(tmp_path.iterdir()) == []

    return run


def lines(flood: Any) -> bytes:
    return b"\n".join(json.dumps(each).encode() for each in requests(flood.accounts, flood.posts))


def test_the_accounts_of_a_file_are_scored_and_what_they_share_is_found(attempt: Try, flood: Any) -> None:
    made = attempt(lines(flood), ".jsonl", "fr")
    assert (made.seen.form, made.accounts, len(made.results)) == ("vigie", 76, 76)
    assert len(made.campaigns) == 1
    likely = [each.coordinated for each in made.results]
    assert getattr(likely[0], "probability", 0) >= getattr(likely[1], "probability", 0)
    assert sum(accounts.height for accounts, _ in made.tables) == 76


def test_a_collectors_file_is_recognised_and_says_why(attempt: Try) -> None:
    folder = Path(samples.__file__).parents[1] / "samples"
    made = attempt((folder / "4cat-x.csv").read_bytes(), ".csv")
    assert made.seen.form == "4cat-x"
    assert made.seen.why
    assert made.seen.rows
    assert made.counts["posts"]["kept"] > 0


def test_rows_that_cannot_be_believed_are_told_by_line(attempt: Try) -> None:
    folder = Path(samples.__file__).parents[1] / "samples"
    text = (folder / "4cat-x.csv").read_text()
    made = attempt(
        text.replace("1714636800", "soon").replace("2024-05-02 10:00:00", "<b>soon</b>").encode(), ".csv"
    )
    (reject, *_) = made.rejects
    assert (reject["line"], reject["field"]) == (2, "created_at")


def test_a_file_of_no_known_format_is_refused_with_what_it_has(attempt: Try) -> None:
    with pytest.raises(UnknownFormatError, match="it has colour, price"):
        attempt(b"colour,price\nred,1\n", ".csv")
    with pytest.raises(InputError):
        attempt(b"\x80\x04\x95pickled", ".pkl")
    with pytest.raises(InputError):
        attempt(b"\x1f\x8bcut short", ".csv.gz")


def test_a_bomb_is_refused_before_it_is_read(attempt: Try) -> None:
    with pytest.raises(RequestTooLargeError, match="20 times"):
        attempt(gzip.compress(b"a" * 30_000_000), ".csv.gz")
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for number in range(101):
            archive.writestr(f"{number}.csv", "a,b\n")
    with pytest.raises(RequestTooLargeError, match="101 files"):
        attempt(file.getvalue(), ".zip")


def test_the_list_of_an_archive_is_bounded_before_it_is_held(
    attempt: Try, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("posts.csv", "a,b\n")
        for number in range(1_000):
            archive.writestr(f"{number}.unread", "")
    monkeypatch.setattr(ZipFile, "__init__", None)  # it holds the whole list
    with pytest.raises(RequestTooLargeError, match="1,001 files"):
        attempt(file.getvalue(), ".zip")


def test_more_than_is_allowed_is_refused_before_it_is_scored(attempt: Try, flood: Any) -> None:
    def refuse(accounts: int, posts: int) -> None:
        raise RequestTooLargeError(f"{accounts} accounts, {posts} posts")

    with pytest.raises(RequestTooLargeError, match="76 accounts"):
        attempt(lines(flood), ".jsonl", check=refuse)
