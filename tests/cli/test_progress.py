"""Where nobody watches a bar, a line a minute says how far a command is and how long it still takes."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from vigie.cli import progress
from vigie.features.i18n import Language, message


class Clock:
    """Seconds that pass when they are told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr(progress, "monotonic", stopped)
    return stopped


def said(
    clock: Clock, shares: list[int], every: float, language: Language = "en", done: int = 0
) -> list[str]:
    written = io.StringIO()
    console = Console(file=written)
    with progress.reported(console, message("cli.scoring"), 1_000, language, done) as advance:
        for share in shares:
            clock.now += every
            advance(share)
    return written.getvalue().splitlines()


def test_a_line_a_minute_tells_the_share_and_the_time_left(clock: Clock) -> None:
    assert said(clock, [100] * 10, every=30) == [
        "scoring the accounts: 30%, about 3.5\u202fmin left",
        "scoring the accounts: 50%, about 2.5\u202fmin left",
        "scoring the accounts: 70%, about 1.5\u202fmin left",
        "scoring the accounts: 90%, about 30\u202fs left",
    ]


def test_what_was_done_before_counts_but_does_not_make_it_look_fast(clock: Clock) -> None:
    lines = said(clock, [0, 0, 100, 100], every=60, done=500)
    assert lines == ["scoring the accounts: 70%, about 3\u202fmin left"]


def test_what_comes_before_the_first_part_does_not_make_it_look_slow(clock: Clock) -> None:
    written = io.StringIO()
    with progress.reported(Console(file=written), message("cli.scoring"), 100, "en") as advance:
        for share, seconds in ((10, 600), (10, 60)):
            clock.now += seconds
            advance(share)
    assert written.getvalue() == "scoring the accounts: 20%, about 8\u202fmin left\n"


def test_a_minute_in_which_hardly_a_part_ends_tells_of_no_days(clock: Clock) -> None:
    assert (
        said(clock, [100, 200, 200, 1], every=60)[-1] == "scoring the accounts: 50%, about 3.7\u202fmin left"
    )


def test_a_command_of_seconds_says_nothing(clock: Clock) -> None:
    assert said(clock, [500, 500], every=10) == []


def test_the_line_is_in_the_language_asked_for(clock: Clock) -> None:
    assert said(clock, [250, 250], every=60, language="fr") == [
        "évaluation des comptes\u202f: 50\u202f%, encore 2\u202fmin environ"
    ]


def test_the_line_tells_what_is_being_done_at_the_time(clock: Clock) -> None:
    written = io.StringIO()
    with progress.reported(Console(file=written), message("cli.reading"), 100, "en") as advance:
        for share, what in ((10, "cli.campaigns"), (40, "cli.writing"), (30, "cli.scoring")):
            clock.now += 60
            advance(share)
            advance.describe(message(what))
    assert written.getvalue().splitlines() == [
        "looking for campaigns: 50%, about 1.2\u202fmin left",
        "writing the files: 80%, about 34\u202fs left",
    ]


def test_a_terminal_shows_a_bar_with_what_is_being_done() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=100)
    with progress.reported(console, message("cli.reading"), 100, "fr", done=20) as advance:
        advance(30)
        advance.describe(message("cli.writing"))
    assert "écriture des fichiers" in written.getvalue()
    assert "50%" in written.getvalue()


def test_what_an_earlier_run_did_is_told() -> None:
    written = io.StringIO()
    for done in (0, 250):
        progress.told_of_earlier(Console(file=written), done, 1_000, "en")
    assert written.getvalue() == "An earlier run did 25% of it: going on from there\n"
