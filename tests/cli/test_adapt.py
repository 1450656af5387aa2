"""``vigie adapt`` goes round: whom to label, labels in, an adapted bundle that scores; or a sentence why not."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from vigie.cli import app
from vigie.cli.demo import requests
from vigie.models import bundle
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decision_chain import decide
from vigie.serving.operations.decisions import AccountSubject, Choice, Statement
from vigie.serving.operations.observation import observe_accounts, read_accounts
from vigie.serving.operations.store import Store
from vigie.training.synthetic.accounts import World, generate


@pytest.fixture(scope="module")
def world() -> World:
    return generate(ordinary=90, inauthentic=90, seed=9, posts_per_account=30)


@pytest.fixture(scope="module")
def accounts(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("collection") / "harbour.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in requests(world.accounts, world.posts)))
    return file


def run(*words: str | int | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["adapt", *map(str, words)])
    return result.exit_code, result.output


def test_whom_to_label_then_labels_then_a_bundle(world: World, accounts: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "to-label.csv", tmp_path / "mine.vigie"
    code, said = run(accounts, "--suggest", 100, "--out", file)
    assert code == 0, said
    asked = pl.read_csv(file, schema_overrides={"account_id": pl.String})
    assert asked.columns == ["platform", "account_id", "handle", "value", "probability", "why"]
    assert asked["value"].is_null().all()
    median = world.accounts["handle"].str.len_chars().median()
    word = (
        pl.when(pl.col("handle").str.len_chars() > median)
        .then(pl.lit("inauthentic"))
        .otherwise(pl.lit("ordinary"))
    )
    asked.with_columns(value=word).write_csv(file)
    code, said = run(accounts, "--labels", file, "--out", out)
    assert code == 0, said
    assert "accounts that it did not see: AUC" in said
    assert bundle.load(out).index["adaptation"]["collection"] == "harbour"


def test_a_file_that_may_hold_labels_is_not_overwritten(accounts: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("account_id,value\n")
    code, said = run(accounts, "--suggest", 5, "--out", tmp_path / "mine.csv")
    assert (code, (tmp_path / "mine.csv").read_text()) == (2, "account_id,value\n")
    assert "name a new file" in said


def test_without_labels_it_says_how_to_get_them(accounts: Path, tmp_path: Path) -> None:
    code, said = run(accounts, "--out", tmp_path / "mine.vigie")
    assert code == 2
    assert "--suggest 50" in said


def test_the_decisions_of_an_operation_make_a_bundle_that_names_it(world: World, tmp_path: Path) -> None:
    store = tmp_path / "watches"
    opening = ["open", "Harbour", "--legal-basis", "Decree 1", "--expires", "2090-06-30", "--hashtag", "Vote"]
    opened = CliRunner().invoke(app, ["operations", *opening, "--store", str(store)])
    (name,) = opened.stdout.split()
    kept = Catalogue(Store(str(store)))
    with kept.observing(name) as connection:
        sent = read_accounts(requests(world.accounts, world.posts), kept.clock())
        observe_accounts(connection, sent, kept.clock())
    out = tmp_path / "mine.vigie"
    code, said = run("--operation", name, "--store", store, "--out", out)
    assert (code, "holds no labels" in said) == (2, True)
    median = statistics.median(len(handle) for handle in world.accounts["handle"])
    for row in world.accounts.head(100).iter_rows(named=True):
        choice: Choice = "confirmed" if len(row["handle"]) > median else "false_positive"
        subject = AccountSubject(row["platform"], row["account_id"])
        decide(kept, name, Statement(subject, "inauthentic", choice, "Ann", "looked", None))
    code, said = run("--operation", name, "--store", store, "--out", out)
    assert code == 0, said
    assert bundle.load(out).index["adaptation"]["collection"] == name


def test_one_collection_is_named(accounts: Path, tmp_path: Path) -> None:
    for words in ((accounts, "--operation", "op_1"), ()):
        code, said = run(*words, "--out", tmp_path / "mine.vigie")
        assert (code, "name one collection" in said) == (2, True)
    code, said = run("--operation", "op_1", "--out", tmp_path / "mine.vigie")
    assert (code, "--store" in said) == (2, True)
