"""Labels are put to the accounts that they name, each person once, and a head makes another model of its parent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.errors import LabelError
from vigie.features.ingest import own_labels
from vigie.features.pipeline import compute
from vigie.models import bundle
from vigie.models.adaptation.collection import Fitted, ScoredCollection, fit, put_on, suggest
from vigie.models.bundle import Bundle
from vigie.models.scoring import score


@pytest.fixture(scope="module")
def fitted(labelled_collection: Any) -> Fitted:
    return fit(labelled_collection.scored, labelled_collection.labels())


@pytest.fixture(scope="module")
def adapted(fitted: Fitted) -> Bundle:
    return put_on(fitted.collection.parent, fitted.entries())


def test_one_person_under_two_ids_is_learnt_from_once(labelled_collection: Any) -> None:
    collection = labelled_collection.scored
    first = collection.accounts.head(1).with_columns(account_id=pl.lit("again"), row=pl.lit(9_999, pl.UInt32))
    doubled = type(labelled_collection).of(
        ScoredCollection.of(
            "harbour", pl.concat([collection.accounts, first]), collection.posts, collection.parent
        )
    )
    made = fit(doubled.scored, doubled.labels(doubled.scored.accounts.height))
    assert made.labels.repeated >= 1
    assert any("labelled already under another id" in note.say("en") for note in made.labels.notes())


def test_labels_that_name_nobody_are_told_before_too_few_are_refused(labelled_collection: Any) -> None:
    lost = labelled_collection.labels(30).with_columns(
        name=pl.when(pl.int_range(pl.len()) < 10).then("name").otherwise(pl.col("name") + "0")
    )
    said: list[str] = []
    with pytest.raises(LabelError, match="at least 20 are needed"):
        fit(labelled_collection.scored, lost, said.append)
    assert "on 10 of 30 labels; 20 labels name no account of the collection" in said[-1]


def test_labels_of_accounts_that_the_model_abstains_on_are_refused_as_such(labelled_collection: Any) -> None:
    collection = labelled_collection.scored
    silent = ScoredCollection.of(
        "silent",
        collection.accounts.with_columns(posts_count=pl.lit(1, pl.Int64)),
        collection.posts.head(0),
        collection.parent,
    )
    with pytest.raises(LabelError, match="the model abstains on all 120 labelled accounts"):
        fit(silent, labelled_collection.labels())


def test_suggestions_are_scored_and_not_labelled(labelled_collection: Any) -> None:
    collection, known = labelled_collection.scored, labelled_collection.labels()
    suggested = suggest(collection, known, 30)
    rows = {row for row, _, _ in suggested}
    assert len(rows) == 30
    assert not rows & set(own_labels.attach(collection.accounts, known)[0]["row"])


def test_a_table_without_a_label_suggests_as_none_does(labelled_collection: Any) -> None:
    collection, known = labelled_collection.scored, labelled_collection.labels()
    assert suggest(collection, known.clear(), 10) == suggest(collection, None, 10)


def test_a_head_in_memory_scores_as_one_that_was_written(
    fitted: Fitted, adapted: Bundle, tmp_path: Path
) -> None:
    collection = fitted.collection
    for name in adapted.index["files"]:
        (tmp_path / name).write_bytes((bundle.default_folder() / name).read_bytes())
    (tmp_path / bundle.INDEX).write_text(json.dumps(adapted.index))
    read = bundle.load(tmp_path)
    assert read.identity() == adapted.identity()
    matrix = compute(collection.accounts, collection.posts)
    assert np.array_equal(score(read, matrix).log_odds, score(adapted, matrix).log_odds, equal_nan=True)


def test_a_model_with_a_head_is_another_one_and_is_held_against_no_known_accounts(
    fitted: Fitted, adapted: Bundle
) -> None:
    parent = fitted.collection.parent
    assert adapted.index["adaptation"]["parent"] == parent.identity()
    assert (adapted.name, adapted.feature_set) == (f"{parent.name}-adapted", parent.feature_set)
    assert adapted.version != parent.version
    assert parent.known is not None
    assert adapted.known is None
    assert adapted.cards == {}
