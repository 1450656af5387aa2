"""``vigie group-test`` says a sentence first, then a table, and never calls a list inauthentic."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from vigie.cli import app


def write(path: Path, count: int, planted: int, seed: int = 5) -> Path:
    generator = np.random.default_rng(seed)
    start = datetime(2009, 1, 1, tzinfo=UTC)
    ages = generator.uniform(0, 10 * 365 * 86_400, count).astype(int)
    created = [start + timedelta(seconds=int(age)) for age in ages]
    for place in range(planted):
        created[place] = datetime(2016, 2, 3, 8, 1, tzinfo=UTC) + timedelta(hours=7) * place
    pl.DataFrame(
        {
            "created_at": [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in created],
            "handle": [f"user_{place}" for place in range(count)],
            "bio": [
                "" if place % 12 == 0 or place < planted else f"reader number {place}"
                for place in range(count)
            ],
            "mood": ["calm"] * count,
        }
    ).write_csv(path)
    return path


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["group-test", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


STATED = ("--platform", "x", "--observed-at", "2019-06-01")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("list") / "list.csv", 423, 104)


def test_the_sentence_stands_first_and_the_whole_answer_is_written(planted: Path, tmp_path: Path) -> None:
    said = run(planted, *STATED, "--out", tmp_path / "answer.json")
    assert said.startswith("Homogeneous: The profiles of these 423 accounts are more alike")
    assert "within 31 days" in said
    assert "neither inauthentic nor coordinated" in said
    assert "How was this list chosen?" in said
    assert "Columns that are not read: mood." in said
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert (answer["verdict"], answer["accounts"], answer["correction"]) == ("homogeneous", 423, "holm")
    assert run(planted, *STATED) == run(planted, *STATED)


def test_french_leaves_no_english_word(planted: Path) -> None:
    said = run(planted, *STATED, "--language", "fr")
    assert said.startswith("Homogène\u202f: Les profils de ces 423 comptes se ressemblent")
    words = set(re.findall(r"[a-z]+", said.lower()))
    assert not words & {
        "the",
        "accounts",
        "of",
        "and",
        "created",
        "within",
        "days",
        "not",
        "ordinary",
        "note",
        "list",
    } - {"note"}


def test_three_accounts_are_not_testable(tmp_path: Path) -> None:
    said = run(write(tmp_path / "few.csv", 3, 0), *STATED)
    assert said.startswith("Not testable")
    assert "10 accounts" in said


def test_bad_rows_are_told_and_the_others_tested(planted: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(planted.read_text() + "soon,late,,calm\n")
    said = run(path, *STATED)
    assert "1 cell of created_at could not be read and counts as missing: bad.csv, line 425: soon" in said
    path.write_text(planted.read_text() + ",,,calm\n")
    said = run(path, *STATED)
    assert "bad.csv, row 425: account_id" in said
    assert "1 row could not be read" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--language", "de"), "Allowed: en, fr"),
        ((), "platform"),
        (("--platform", "x", "--observed-at", "soon"), "none of"),
    ],
)
def test_what_cannot_be_done_is_said(planted: Path, arguments: tuple[str, ...], words: str) -> None:
    done = CliRunner().invoke(app, ["group-test", str(planted), *arguments])
    assert done.exit_code == 2
    assert words in done.output
    again = CliRunner().invoke(app, ["group-test", str(planted), *STATED, "--out", str(planted)])
    assert again.exit_code == 2


def test_a_hundred_thousand_accounts_take_seconds(tmp_path: Path) -> None:
    path = write(tmp_path / "long.csv", 100_000, 0)
    start = monotonic()
    run(path, *STATED)
    assert monotonic() - start < 90
