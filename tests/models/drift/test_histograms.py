"""Histograms count accounts as a loop does, add up in any order, and hold nothing of one account."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.errors import HistogramError
from vigie.features.pipeline import compute
from vigie.models.bundle import Bundle
from vigie.models.drift.histograms import (
    REST,
    BinLayout,
    Histogram,
    Slice,
    edges,
    empty,
    read,
    sketch,
    slices_of,
)
from vigie.models.scoring import score

World = tuple[pl.DataFrame, pl.DataFrame, pl.Series]
Seen = Callable[[pl.DataFrame, pl.DataFrame], Histogram]
Subset = Callable[[pl.DataFrame, pl.DataFrame, pl.Series], tuple[pl.DataFrame, pl.DataFrame]]


def test_a_value_that_fills_several_deciles_has_a_bin_of_its_own_however_it_was_rounded() -> None:
    third = 1 / 3
    quantiles = np.array([float(f"{value:.6g}") for value in np.repeat([0.0, third, 0.9], [40, 35, 26])])
    comparisons = edges(quantiles)
    of = np.searchsorted(comparisons, [-1.0, 0.0, 0.2, third, 0.5, 0.9, 1.0], side="left")
    assert len(set(of.tolist())) == len(of)
    assert edges(np.zeros(101)).tolist() == pytest.approx([0.0, 0.0], abs=1e-9)
    assert np.searchsorted(edges(np.zeros(101)), [-1.0, 0.0, 1.0], side="left").tolist() == [0, 1, 2]


def test_counts_are_those_of_a_loop_over_accounts(world: Callable[..., World], model: Bundle) -> None:
    accounts, posts, _ = world(2, 60, 40)
    layout = BinLayout.of(model.index)
    matrix, slices = compute(accounts, posts), slices_of(accounts, posts)
    scores, values = score(model, compute(accounts, posts)), matrix.values(layout.features)
    made = sketch(layout, slices, values, scores.log_odds, scores.status)
    tally = made.total()
    assert tally.accounts == 100
    assert tally.scores.sum() + tally.abstained.sum() == 100
    assert tally.scores.sum() == (scores.status == "scored").sum()
    for place, name in enumerate(layout.features):
        wanted = [0] * layout.bins[place]
        for value in matrix.table[name].drop_nulls():
            wanted[sum(value > edge for edge in layout.edges[place])] += 1
        assert tally.known[place, : layout.bins[place]].tolist() == wanted
        assert tally.missing[place] == matrix.table[name].null_count()
    for key in set(slices):
        assert made.counts[key][0] == slices.count(key)


def test_sketches_add_up_in_any_order_and_survive_json(
    world: Callable[..., World], model: Bundle, seen: Seen, subset: Subset
) -> None:
    accounts, posts, _ = world(2, 60, 40)
    thirds = [subset(accounts, posts, accounts["row"] % 3 == part) for part in range(3)]
    parts = [seen(*third) for third in thirds]
    whole = seen(accounts, posts)
    for order in permutations(parts):
        added = empty(whole.layout)
        for part in order:
            added += part
        assert added.to_json() == whole.to_json()
    assert read(json.loads(json.dumps(whole.to_json())), model).to_json() == whole.to_json()


def test_bands_that_an_earlier_version_did_not_count_are_unknown_and_not_a_fault(
    world: Callable[..., World], model: Bundle, seen: Seen
) -> None:
    layout = BinLayout.of(model.index)
    told = layout.to_json(seen(*world(2)[:2]).total())
    assert sum(told.pop("bands").values()) == 0
    assert layout.by_band(layout.from_json(told)) == {"low": 0, "elevated": 0, "high": 0}
    without = BinLayout.of({name: value for name, value in model.index.items() if name != "known_accounts"})
    assert without.digest == layout.digest
    assert sum(without.by_band(without.from_json(told)).values()) == sum(told["log_odds"])


def test_nothing_of_an_account_is_in_a_sketch(world: Callable[..., World], seen: Seen) -> None:
    accounts, posts, _ = world(2, 60, 40)
    written = json.dumps(seen(accounts, posts).to_json())
    for name in ("account_id", "handle", "display_name", "description", "location", "url"):
        texts = accounts[name].drop_nulls().unique()
        assert not [text for text in texts if len(text) >= 6 and text in written]
    for name in ("post_id", "text", "target_account_id"):
        texts = posts[name].drop_nulls().unique()
        assert not [text for text in texts if len(text) >= 6 and text in written]


def test_small_slices_are_folded_and_the_largest_kept(model: Bundle) -> None:
    layout = BinLayout.of(model.index)
    slices: list[Slice] = [("x", "en")] * 30 + [("x", "fr")] * 20 + [("vk", "ru")] * 19 + [("a-name", "en")]
    slices += [("x", "de")] * 12 + [("x", "es")] * 12
    rows = len(slices)
    made = sketch(
        layout, slices, np.full((rows, len(layout.features)), np.nan), np.zeros(rows), np.full(rows, "scored")
    )
    assert set(made.folded(20, 9).counts) == {("x", "en"), ("x", "fr"), ("x", "other"), REST}
    assert set(made.folded(1, 2).counts) == {("x", "en"), ("x", "fr"), ("x", "other"), REST}
    assert set(made.folded(25, 9).counts) == {("x", "en"), ("x", "other"), REST}
    assert made.folded(20, 9).counts[REST][0] == 20
    assert made.folded(20, 9).counts["x", "other"][0] == 24
    assert made.folded(20, 9).folded(20, 9).to_json() == made.folded(20, 9).to_json()
    assert set(made.folded(40, 9).counts) == {REST}
    assert made.folded(20, 9).total().missing.tolist() == made.total().missing.tolist()


def test_the_language_of_an_account_is_that_of_most_of_its_posts() -> None:
    accounts = pl.DataFrame({"row": [3, 5, 8, 9], "platform": ["x", "x", "vk", "vk"]})
    posts = pl.DataFrame(
        {"row": [3, 3, 3, 5, 5, 8, 8], "lang": ["pt-BR", "pt", "en", "und", "xx x", "ru", None]}
    )
    assert slices_of(accounts, posts) == [("x", "pt"), ("x", "unknown"), ("vk", "ru"), ("vk", "unknown")]


def test_accounts_whose_features_were_not_looked_at_lack_none(model: Bundle) -> None:
    layout = BinLayout.of(model.index)
    made = sketch(
        layout,
        [("x", "en")] * 2,
        np.full((2, len(layout.features)), np.nan),
        np.array([np.nan, np.nan]),
        np.array(["no_comparison_accounts", "insufficient_data"]),
        read=np.array([False, True]),
    )
    assert made.total().missing.tolist() == [1] * len(layout.features)
    assert made.total().abstained.tolist() == [0, 1, 1, 0, 0]


def test_a_sketch_of_another_bundle_is_refused(
    model: Bundle, seen_of_world: Callable[..., Histogram]
) -> None:
    histogram = seen_of_world(2, 60, 40)
    other = replace(model, index=model.index | {"version": "other"})
    with pytest.raises(HistogramError, match="--bundle"):
        read(histogram.to_json(), other)
    with pytest.raises(HistogramError):
        histogram + empty(BinLayout.of(other.index))


@pytest.mark.parametrize(
    "damage",
    [
        lambda given: [],
        lambda given: given | {"format": 2},
        lambda given: given | {"layout": "other"},
        lambda given: given | {"slices": [3]},
        lambda given: given | {"slices": [{"platform": "x", "language": "en"}]},
        lambda given: given | {"slices": [given["slices"][0] | {"log_odds": [1]}]},
        lambda given: given | {"slices": [given["slices"][0] | {"accounts": -1}]},
        lambda given: given | {"slices": [given["slices"][0] | {"accounts": "many"}]},
    ],
)
def test_a_broken_sketch_is_refused(
    model: Bundle, seen_of_world: Callable[..., Histogram], damage: Any
) -> None:
    given = seen_of_world(2, 60, 40).to_json()
    with pytest.raises(HistogramError):
        read(damage(given), model)
