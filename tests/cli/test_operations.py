"""``vigie operations`` opens, lists, judges, closes and purges."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vigie.cli import app
from vigie.cli.demo import requests
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.observation import observe_accounts, read_accounts
from vigie.serving.operations.store import Store
from vigie.training.synthetic.example_collection import example_collection


def run(*arguments: object, code: int = 0) -> Sequence[str]:
    done = CliRunner().invoke(app, ["operations", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done.stdout.splitlines() if code == 0 else done.output.splitlines()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "watches"


def opened(store: Path) -> str:
    (name,) = run(
        "open", "Harbour election", "--legal-basis", "Decree 1", "--expires", "2090-06-30", "--hashtag", "Vote",
        "--store", store,
    )  # fmt: skip
    return name


def test_an_operation_is_listed_until_it_is_purged(store: Path) -> None:
    name = opened(store)
    assert any(
        name in line and "open" in line and "2090-06-30" in line for line in run("list", "--store", store)
    )
    assert Catalogue(Store(str(store))).get(name).theme.hashtags == ["Vote"]
    assert "closed" in run("close", name, "--store", store)[0]
    assert run("purge", "--store", store) == ["no operation has expired"]
    assert "purged" in run("purge", name, "--store", store)[0]
    assert not (store / "operations" / name).exists()


def test_a_judgement_tells_the_campaign_in_words(store: Path) -> None:
    name = opened(store)
    made = example_collection()
    kept = Catalogue(Store(str(store)))
    sent = read_accounts(requests(made.accounts, made.posts), kept.clock())
    with kept.observing(name) as connection:
        observe_accounts(connection, sent, kept.clock())
    told = "\n".join(run("judge", name, "--store", store, "--language", "fr"))
    assert "Nouvelle campagne" in told
    assert "54 comptes" in told
    again = "\n".join(run("judge", name, "--store", store, "--language", "fr"))
    assert "Nouvelle campagne" not in again


def test_an_operation_that_is_not_there_is_named_with_what_to_do(store: Path) -> None:
    assert "there is no operation of that name" in " ".join(run("close", "op_0", "--store", store, code=2))


def test_an_expiry_that_has_passed_is_refused(store: Path) -> None:
    told = run("open", "t", "--legal-basis", "law", "--expires", "2020-01-01", "--store", store, code=2)
    assert "has passed" in " ".join(told)
