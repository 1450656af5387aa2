"""Robustness says what changes do to scores at a fixed threshold, and counts a rise as posts vanish."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.models.bundle import Bundle
from vigie.models.scoring import score
from vigie.training import config
from vigie.training.data import corpus as data
from vigie.training.data import truncated_views
from vigie.training.evaluation import perturbations, robustness
from vigie.training.evaluation.robustness import (
    CAMOUFLAGE,
    CUT,
    DROPPED,
    JITTER,
    NAMES,
    UNCHANGED,
    Robustness,
)
from vigie.training.fitting import booster, leave_source_out
from vigie.training.synthetic.accounts import generate

SETTINGS = config.parse(
    {
        "size": {"leaves": [4], "trees": [40]},
        "booster": {"min_data_in_leaf": 10, "learning_rate": 0.1},
        "parts": {"profile": {"floor": 0.5}, "posts": {"floor": 0.4}},
        "views": {"truncations": [20, 40], "windows": 1},
        "bootstrap_draws": 50,
    }
)
SEEN: list[str] = []


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> data.Corpus:
    root = tmp_path_factory.mktemp("data")
    for seed in (1, 2):
        world = generate(ordinary=120, inauthentic=120, seed=seed, posts_per_account=60)
        name = f"invented-{seed}"
        labels = world.labels.with_columns(source=pl.lit(name))
        read = Log().read(world.accounts, world.posts, labels)
        dataset.write(read, root / name, name=name, form="invented", now=datetime(2024, 6, 1, tzinfo=UTC))
    return data.read([root / "invented-1", root / "invented-2"], "inauthentic", [])


@pytest.fixture(scope="module")
def rows(corpus: data.Corpus) -> pl.DataFrame:
    return truncated_views.rows(corpus, SETTINGS.views)


@pytest.fixture(scope="module")
def unseen(rows: pl.DataFrame) -> dict[str, Bundle]:
    fits = {
        part: leave_source_out.crossfit(booster.table_of(part, rows, SETTINGS), SETTINGS, 4, 40, lambda: None)
        for part in SETTINGS.parts
    }
    return {
        source: leave_source_out.held_out_bundle(fits, SETTINGS, source)
        for source in ("invented-1", "invented-2")
    }


@pytest.fixture(scope="module")
def found(corpus: data.Corpus, rows: pl.DataFrame, unseen: dict[str, Bundle]) -> Robustness:
    return robustness.robustness(corpus, rows, unseen, SETTINGS, SEEN.append, most=80)


def one(found: Robustness, what: str, how: str = "") -> dict[str, float]:
    return found.means.filter((pl.col("what") == what) & (pl.col("how") == how)).row(0, named=True)


def test_every_change_is_judged_on_the_same_accounts(found: Robustness) -> None:
    assert set(found.table["accounts"]) == {160}
    assert found.means["what"].n_unique() == 7
    groups = found.means.filter(pl.col("what") == DROPPED)["how"].to_list()
    assert groups == ["profile", "name", "timing", "content", "action_sequence"]
    assert found.means.filter(pl.col("what") == CUT)["how"].to_list()[0] == "to 5"
    assert [step.removeprefix("changing accounts of ") for step in SEEN] == ["invented-1", "invented-2"]


def test_nothing_changed_is_no_change(found: Robustness) -> None:
    still = one(found, UNCHANGED)
    assert still["recall_change"] == 0
    assert still["recall"] > 0.05
    assert still["rise_ordinary"] is None
    assert found.table.filter(pl.col("what") == UNCHANGED)["touched"].to_list() == [0, 0]


def test_one_ordinary_account_in_a_hundred_of_the_whole_source_is_flagged(
    rows: pl.DataFrame, unseen: dict[str, Bundle]
) -> None:
    here = rows.filter((pl.col("source") == "invented-1") & (pl.col("view") == "full"))
    log_odds = score(unseen["invented-1"], leave_source_out.as_matrix(here)).log_odds
    threshold = robustness._threshold(here, log_odds)
    ordinary = log_odds[~here["y"].to_numpy()]
    assert (ordinary >= threshold).sum() == 1
    assert (ordinary >= np.nextafter(threshold, -np.inf)).sum() == 2


def test_a_small_change_of_times_costs_less_than_half_the_posts_being_others(found: Robustness) -> None:
    assert (
        one(found, JITTER, "up to 1 min")["recall_change"]
        > one(found, CAMOUFLAGE, "half of the posts")["recall_change"]
    )
    assert one(found, CAMOUFLAGE, "half of the posts")["rise_positive"] < 0
    assert one(found, CAMOUFLAGE, "half of the posts")["rise_ordinary"] is None


def test_intervals_hold_the_figure(found: Robustness) -> None:
    for name in ("recall", "recall_change", "false_positives", "rise_ordinary", "rise_positive"):
        told = found.means.drop_nulls(name)
        assert told.height
        assert (told[f"{name}_low"] <= told[name] + 1e-12).all()
        assert (told[f"{name}_high"] >= told[name] - 1e-12).all()
    assert (found.means["recall_high"] > found.means["recall_low"]).any()


def test_the_largest_rise_as_posts_vanish_is_that_of_the_table(found: Robustness) -> None:
    cuts = found.means.filter(pl.col("what") == CUT)
    largest = max(cuts["rise_ordinary"].drop_nulls().to_list() + cuts["rise_positive"].drop_nulls().to_list())
    told = robustness.metrics(found)
    assert told["robustness.rise_as_posts_vanish"].value == pytest.approx(largest)
    assert told["robustness.recall.handles renamed"].value == one(found, NAMES)["recall"]


def test_the_names_of_figures_are_names_of_metrics(found: Robustness) -> None:
    assert all(re.fullmatch(r"[\w.\- ]+", name, re.ASCII) for name in robustness.metrics(found))


def test_a_model_that_reads_few_posts_as_a_sign_is_found_out(
    corpus: data.Corpus, rows: pl.DataFrame, unseen: dict[str, Bundle]
) -> None:
    model = unseen["invented-1"]
    # A discount that falls with fewer posts pays for silence.
    index = model.index | {"discount": {"posts": [0, 60], "log_odds": [-3.0, 0.0]}}
    paid = robustness.robustness(
        corpus, rows, {"invented-1": replace(model, index=index)}, SETTINGS, SEEN.append, most=80
    )
    assert paid.rise_as_posts_vanish is not None
    assert paid.rise_as_posts_vanish.low > 0.1


def test_a_change_that_touches_nobody_of_a_source_says_nothing_of_it(
    corpus: data.Corpus, rows: pl.DataFrame, unseen: dict[str, Bundle]
) -> None:
    silent = data.Corpus(corpus.accounts, corpus.posts.clear(), (), corpus.removed)
    bare = truncated_views.rows(silent, SETTINGS.views)
    found = robustness.robustness(silent, bare, unseen, SETTINGS, SEEN.append, most=30)
    assert found.rise_as_posts_vanish is None
    assert "robustness.rise_as_posts_vanish" not in robustness.metrics(found)
    assert set(found.table["what"]) == {UNCHANGED, DROPPED, NAMES}
    assert set(found.table.filter(pl.col("what") == DROPPED)["how"]) == {"profile", "name"}


def test_the_sample_is_decided_by_the_seed_and_in_the_order_of_the_table(rows: pl.DataFrame) -> None:
    full = rows.filter(pl.col("view") == "full")
    chosen, again, other = (robustness._sample(full, 20, seed) for seed in (1, 1, 2))
    assert chosen.group_by("y").len()["len"].to_list() == [20, 20]
    assert chosen["row"].is_sorted()
    assert chosen["row"].equals(again["row"])
    assert not chosen["row"].equals(other["row"])


def test_the_changes_are_those_of_the_protocol() -> None:
    kinds = [what for what, _, _ in robustness.changes(seed=1)]
    assert kinds.count(CUT) == len(robustness.SIZES)
    assert kinds.count(JITTER) == len(robustness.MINUTES)
    assert all(callable(change) for _, _, change in robustness.changes(seed=1))
    assert perturbations.stripped in [change for _, _, change in robustness.changes(seed=1)]
