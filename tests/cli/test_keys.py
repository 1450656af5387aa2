"""``vigie keys`` shows a secret once, and what it changes counts at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from vigie.cli import app
from vigie.errors import UnauthenticatedError
from vigie.serving.access.keys import Key, KeyFile, ShownKey

Run = Callable[..., Result]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def run(file: Path) -> Run:
    """Return a function that runs ``vigie keys`` on a file."""
    return lambda *arguments: CliRunner().invoke(app, ["keys", *arguments, "--keys", str(file)])


def found(file: Path, result: Result) -> Key:
    """Return the key that a command printed, as the service finds it."""
    return KeyFile(file).find(ShownKey.of(result.stdout.strip()), datetime.now(UTC))


def test_a_key_is_printed_alone_and_may_ask_what_was_said_for_as_long_as_was_said(
    run: Run, file: Path
) -> None:
    options = (
        "--scope",
        "score",
        "--scope",
        "model",
        "--expires",
        "90d",
        "--rate",
        "60/minute",
        "--accounts",
        "5000/hour",
    )
    made = run("create", "collector", *options)
    assert made.exit_code == 0
    key = found(file, made)
    assert (key.name, key.scopes, key.life) == ("collector", ("model", "score"), timedelta(days=90))
    assert (str(key.requests), str(key.accounts)) == ("60 per 1 minute", "5000 per 1 hour")
    assert made.stdout.strip() not in made.stderr
    assert key.id in made.stderr


def test_a_key_lives_a_year_unless_it_is_said(run: Run, file: Path) -> None:
    assert found(file, run("create", "a", "--scope", "score")).life == timedelta(days=365)
    assert found(file, run("create", "b", "--scope", "score", "--expires", "never")).life is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "a"), "--scope"),
        (("create", "a", "--scope", "fly"), "'score', 'network', 'model'"),
        (("create", "a", "--scope", "score", "--expires", "soon"), "90d"),
        (("create", "a", "--scope", "score", "--expires", "0d"), "more than 0"),
        (("create", "a", "--scope", "score", "--rate", "often"), "600/minute"),
        (("create", "a\nb", "--scope", "score"), "cannot be used"),
        (("revoke", "nobody"), "vigie keys create"),
        (("rotate", "nobody"), "vigie keys create"),
        (("list",), "vigie keys create"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    run: Run, file: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", "").split())
    assert not file.exists()


def test_a_name_is_given_again_only_when_its_key_has_ended(run: Run, file: Path) -> None:
    first = found(file, run("create", "a", "--scope", "score"))
    assert "vigie keys rotate a" in run("create", "a", "--scope", "score").stderr
    assert run("revoke", "a").exit_code == 0
    assert found(file, run("create", "a", "--scope", "score")).id != first.id


def test_a_rotated_key_has_two_secrets_for_a_while(run: Run, file: Path) -> None:
    made = run("create", "a", "--scope", "score")
    rotated = run("rotate", "a", "--overlap", "1h")
    assert found(file, made).id == found(file, rotated).id
    assert "valid until" in rotated.stderr
    last = run("rotate", found(file, rotated).id, "--overlap", "0s")
    assert found(file, last)
    for old in (made, rotated):
        with pytest.raises(UnauthenticatedError):
            found(file, old)


def test_the_list_tells_what_became_of_each_key_and_no_secret(run: Run, file: Path) -> None:
    made = run("create", "old", "--scope", "score")
    run("revoke", "old")
    run("create", "guest", "--scope", "network", "--rate", "60/minute")
    shown = run("list").stdout
    assert found(file, made).id in shown
    assert {"old", "revoked", "guest", "active", "network"} <= set(shown.split())
    assert made.stdout.strip().split("_", 2)[2] not in shown
