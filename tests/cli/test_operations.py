"""``vigie operations`` opens, lists, judges, closes and purges; decisions leave as labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from vigie.cli import app
from vigie.cli.demo import requests
from vigie.features import schema
from vigie.models import bundle
from vigie.serving.operations import tables
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decision_chain import decide
from vigie.serving.operations.decisions import AccountSubject, Choice, Statement
from vigie.serving.operations.observation import observe_accounts, read_accounts
from vigie.serving.operations.store import Store
from vigie.training.data import confirmed_false_positives
from vigie.training.synthetic.accounts import generate
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


@pytest.fixture
def decided(store: Path) -> str:
    """An operation in which two people were confirmed to be no case, one of them later a case."""
    name, kept = opened(store), Catalogue(Store(str(store)))
    people = generate(ordinary=3, inauthentic=0, seed=4, posts_per_account=5)
    with kept.observing(name) as connection:
        sent = read_accounts(requests(people.accounts, people.posts), kept.clock())
        observe_accounts(connection, sent, kept.clock())
    ids = people.accounts["account_id"].to_list()
    said: list[tuple[str, Choice, int | None]] = [
        (ids[0], "false_positive", None), (ids[1], "false_positive", None), (ids[1], "confirmed", 2),
    ]  # fmt: skip
    for account_id, choice, after in said:
        subject = AccountSubject(people.accounts["platform"][0], account_id)
        decide(kept, name, Statement(subject, "inauthentic", choice, "Ann", "met them", after))
    return name


def test_decisions_leave_as_labels_and_false_positives_are_replayed_later(store: Path, decided: str) -> None:
    registry, out = store / "confirmed", store / "labels.csv"
    told = run("labels", decided, "--store", store, "--out", out, "--registry", registry)
    assert told == [f"2 labels in {out}", f"1 account added to {registry}"]
    labels = pl.read_csv(out, schema=schema.schema("labels"))
    assert sorted(labels["value"]) == [False, True]
    (entry,) = confirmed_false_positives.entries(registry).iter_rows(named=True)
    assert (entry["by"], entry["reason"], entry["target"]) == ("Ann", "met them", "inauthentic")
    assert confirmed_false_positives.replay(bundle.load(), registry).height == 1
    again = run("labels", decided, "--store", store, "--out", out, "--registry", registry)
    assert again[-1] == f"0 accounts added to {registry}"


def test_a_chain_that_fits_is_told_and_one_that_does_not_is_named(store: Path, decided: str) -> None:
    (told,) = run("verify", "--store", store)
    assert told.startswith("3 decisions in the chain, all in order; 3 of them")
    assert run("verify", "--store", store, "--receipt", told.split()[-1]) == [told]
    with Store(str(store)).catalogue.writing() as connection:
        connection.execute(update(tables.decision_log).where(tables.decision_log.c.id == 2).values(by="Bea"))
    assert "line 2 of the chain was changed" in " ".join(run("verify", "--store", store, code=2))
