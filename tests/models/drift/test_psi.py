"""Drift: what moved is told, what did not is not, and no account can be found in a sketch."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache
from itertools import permutations
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.errors import HistogramError
from vigie.features.pipeline import compute
from vigie.models import bundle
from vigie.models.drift import psi
from vigie.models.drift.advice import Advice, advise
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
from vigie.models.drift.psi import Comparison, Expected, compare, entry, population, stability
from vigie.models.scoring import score
from vigie.training.synthetic.accounts import generate

Tables = tuple[pl.DataFrame, pl.DataFrame]
_KEYS = ["platform", "account_id"]


@cache
def world(
    seed: int, ordinary: int = 500, inauthentic: int = 400
) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    made = generate(ordinary=ordinary, inauthentic=inauthentic, seed=seed, posts_per_account=25)
    accounts = made.accounts.with_row_index("row")
    posts = made.posts.join(accounts.select("row", *_KEYS), on=_KEYS).drop(_KEYS)
    truth = accounts.join(made.labels, on=_KEYS, how="left", maintain_order="left")["value"]
    return accounts, posts, truth


@cache
def model() -> bundle.Bundle:
    """The model that ships, with the accounts of an invented world as those it learnt on."""
    shipped = bundle.load()
    accounts, posts, truth = world(1)
    matrix = compute(accounts, posts)
    log_odds = score(shipped, matrix).log_odds
    # Its bins come from quantiles of real accounts, which invented ones hardly fill.
    ordinary = matrix.table.filter(~truth)
    quantiles = {
        name: np.quantile(ordinary[name].drop_nulls().to_numpy(), np.linspace(0, 1, 101)).tolist()
        for name in shipped.reference
        if ordinary[name].count() >= 50
    }
    index = shipped.index | {"reference": quantiles}
    rows = matrix.table.with_columns(y=truth)
    kept = entry(index, rows, slices_of(accounts, posts), log_odds, np.ones(rows.height, np.bool_))
    reference = {name: np.array(values) for name, values in quantiles.items()}
    return replace(shipped, index=index | {"sketch": kept}, reference=reference)


def seen(accounts: pl.DataFrame, posts: pl.DataFrame) -> Histogram:
    layout = BinLayout.of(model().index)
    matrix = compute(accounts, posts)
    scores = score(model(), matrix)
    return sketch(
        layout, slices_of(accounts, posts), matrix.values(layout.features), scores.log_odds, scores.status
    )


def some(tables: Tables, keep: pl.Series) -> Tables:
    accounts = tables[0].filter(keep)
    return accounts, tables[1].join(accounts.select("row"), on="row", how="semi")


def told(given: Histogram) -> tuple[list[Comparison], Advice]:
    reference = population(model())
    found = compare(reference, given)
    return found, advise(reference, given, found)


def levels(found: Comparison) -> dict[str, str]:
    return dict(found.features.select("feature", "level").iter_rows())


def test_the_index_is_that_of_a_loop_over_bins() -> None:
    now, ordinary, positive, mix = [40, 10, 0, 50], [10, 20, 30, 40], [5, 5, 0, 10], 0.25
    then = [
        (1 - mix) * a / sum(ordinary) + mix * b / sum(positive)
        for a, b in zip(ordinary, positive, strict=True)
    ]
    size = 1 / ((1 - mix) ** 2 / sum(ordinary) + mix**2 / sum(positive))
    wanted = 0.0
    for count, share in zip(now, then, strict=True):
        p = (share * size + 0.5) / (size + 2)
        q = (count + 0.5) / (sum(now) + 2)
        wanted += (q - p) * math.log(q / p)
    expected = psi._expected(np.array([ordinary]), np.array([positive]), mix)
    index, by_chance, p_value = stability(np.array([now]), expected, np.array([4]))
    assert index[0] == pytest.approx(wanted)
    assert by_chance[0] == pytest.approx(3 * (1 / 100 + 1 / size))
    assert p_value[0] < 1e-4


def test_under_no_drift_the_p_value_is_as_small_as_it_says_at_most_and_the_mean_is_that_of_chance() -> None:
    generator = np.random.default_rng(5)
    shares = np.array([0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.03, 0.01, 0.01])
    for now, then, tolerance in ((300, 2_000, 0.15), (40, 400, 0.5)):
        drawn = generator.multinomial(now, shares, size=4_000).astype(np.int64)
        reference = generator.multinomial(then, shares, size=4_000)
        size = np.full(4_000, float(then))
        index, by_chance, p = stability(drawn, Expected(reference / then, 1 / size, size), np.full(4_000, 10))
        assert (p < 0.05).mean() < 0.06
        assert index.mean() == pytest.approx(by_chance.mean(), rel=tolerance)


def test_a_value_that_fills_several_deciles_has_a_bin_of_its_own_however_it_was_rounded() -> None:
    third = 1 / 3
    quantiles = np.array([float(f"{value:.6g}") for value in np.repeat([0.0, third, 0.9], [40, 35, 26])])
    found = edges(quantiles)
    of = np.searchsorted(found, [-1.0, 0.0, 0.2, third, 0.5, 0.9, 1.0], side="left")
    assert len(set(of.tolist())) == len(of)
    assert edges(np.zeros(101)).tolist() == pytest.approx([0.0, 0.0], abs=1e-9)
    assert np.searchsorted(edges(np.zeros(101)), [-1.0, 0.0, 1.0], side="left").tolist() == [0, 1, 2]


def test_counts_are_those_of_a_loop_over_accounts() -> None:
    accounts, posts, _ = world(2, 60, 40)
    layout = BinLayout.of(model().index)
    matrix, slices = compute(accounts, posts), slices_of(accounts, posts)
    scores, values = score(model(), compute(accounts, posts)), matrix.values(layout.features)
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


def test_sketches_add_up_in_any_order_and_survive_json() -> None:
    accounts, posts, _ = world(2, 60, 40)
    thirds = [some((accounts, posts), accounts["row"] % 3 == part) for part in range(3)]
    parts = [seen(*third) for third in thirds]
    whole = seen(accounts, posts)
    for order in permutations(parts):
        added = empty(whole.layout)
        for part in order:
            added += part
        assert added.to_json() == whole.to_json()
    assert read(json.loads(json.dumps(whole.to_json())), model()).to_json() == whole.to_json()


def test_the_population_itself_does_not_drift_nor_does_another_sample_of_it() -> None:
    for seed in (1, 7):
        found, advice = told(seen(*world(seed)[:2]))
        assert set(levels(found[0]).values()) <= {"stable", "unknown"}
        assert not found[0].features["missing_moved"].any()
        assert found[0].score.level == "stable"
        assert advice.level == "none"
        assert "Nothing to do" in advice.say("en")
        assert "Rien à faire" in advice.say("fr")


def test_fewer_accounts_of_the_target_are_no_drift() -> None:
    accounts, posts, truth = world(7)
    keep = ~truth | (accounts["row"] % 10 == 0)
    (whole, *_), _ = told(seen(accounts, posts))
    found, advice = told(seen(*some((accounts, posts), keep)))
    assert found[0].mix is not None
    assert whole.mix is not None
    assert found[0].mix < whole.mix - 0.1
    assert advice.level == "none", advice


def test_a_population_that_writes_otherwise_is_told_and_named() -> None:
    accounts, posts, _ = world(7)
    shouted = posts.with_columns(
        pl.col("text").str.to_uppercase() + "!!!", created_at=pl.col("created_at").dt.truncate("1d")
    )
    found, advice = told(seen(accounts, shouted))
    moved = found[0].features.filter(pl.col("level") == "large")
    assert "content_exclamation_share" in set(moved["feature"].head(5))
    assert "name_handle_length" not in set(moved["feature"])
    assert advice.level == "act"
    assert found[0].features["feature"][0] in advice.say("en")
    assert "retrain" in advice.say("en").lower()


def test_a_field_that_the_collector_lost_is_named_and_no_other() -> None:
    accounts, posts, _ = world(7)
    without = accounts.with_columns(followers_count=pl.lit(None, pl.Int64))
    found, advice = told(seen(without, posts))
    assert "The field followers_count is missing in 100%" in advice.say("en")
    assert "Le champ followers_count manque à 100\u202f%" in advice.say("fr")
    assert "following_count" not in advice.say("en")
    assert advice.level == "act"
    (row,) = found[0].features.filter(pl.col("feature") == "profile_followers_count").to_dicts()
    assert row["missing_now"] == 1
    assert row["missing_then"] < 0.1
    assert row["psi"] is None
    assert row["level"] == "unknown"


def test_several_lost_fields_are_told_in_one_sentence() -> None:
    accounts, posts, _ = world(7)
    lost = {"listed_count": pl.Int64, "description": pl.String}
    without = accounts.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in lost.items())
    _, advice = told(seen(without, posts))
    assert advice.say("en").startswith(
        "2 fields are missing in more accounts than expected, description (100%, "
    )
    assert advice.say("fr").startswith("2 champs manquent")
    assert "listed_count (100%, " in advice.say("en")
    assert "likes_given_count" not in advice.say("en")


def test_posts_that_no_longer_come_are_told_once() -> None:
    accounts, posts, _ = world(7)
    _, advice = told(seen(accounts, posts.filter(pl.col("row") % 2 == 0)))
    assert "too few posts" in advice.say("en")
    assert "rhythm_" not in advice.say("en").split("features moved")[0]


def test_a_platform_that_the_model_never_saw_is_named() -> None:
    accounts, posts, _ = world(7)
    mixed = accounts.with_columns(
        platform=pl.when(pl.col("row") % 3 == 0).then(pl.lit("telegram{x}")).otherwise("platform")
    )
    found, advice = told(seen(mixed, posts))
    assert {"platform telegram{x}", "platform x", "language en"} <= {each.name for each in found}
    assert "33% of the accounts are of the platform telegram{x}" in advice.say("en")
    assert "learnt from 0 labelled accounts" in advice.say("en")
    assert advice.level == "act"


def test_a_language_that_the_model_never_saw_is_to_be_watched_only() -> None:
    accounts, posts, _ = world(7)
    _, advice = told(seen(accounts, posts.with_columns(lang=pl.lit("sw"))))
    assert advice.level == "watch"
    assert "in the language sw, on which the model learnt from 0" in advice.say("en")
    assert "dans la langue sw" in advice.say("fr")


def test_few_accounts_do_not_cry() -> None:
    accounts, posts, _ = world(7)
    for number in range(8):
        # Both classes in the measure of the whole: the first rows are all of one.
        found, advice = told(seen(*some((accounts, posts), accounts["row"] % 8 == number)))
        assert 110 <= found[0].accounts <= 115
        assert found[0].features.filter(pl.col("psi") > psi.MODERATE).height > 0  # by chance alone
        assert advice.level == "none"
    found, advice = told(seen(*some((accounts, posts), accounts["row"] < 40)))
    assert advice.level == "unknown"
    assert "at least 100" in advice.say("en")
    assert len(found) == 1


def test_nothing_of_an_account_is_in_a_sketch() -> None:
    accounts, posts, _ = world(2, 60, 40)
    written = json.dumps(seen(accounts, posts).to_json())
    for name in ("account_id", "handle", "display_name", "description", "location", "url"):
        texts = accounts[name].drop_nulls().unique()
        assert not [text for text in texts if len(text) >= 6 and text in written]
    for name in ("post_id", "text", "target_account_id"):
        texts = posts[name].drop_nulls().unique()
        assert not [text for text in texts if len(text) >= 6 and text in written]


def test_small_slices_are_folded_and_the_largest_kept() -> None:
    layout = BinLayout.of(model().index)
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


def test_accounts_whose_features_were_not_looked_at_lack_none() -> None:
    layout = BinLayout.of(model().index)
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


def test_a_bundle_without_counts_compares_features_with_ordinary_accounts_and_says_so() -> None:
    accounts, posts, truth = world(7)
    old = replace(model(), index={name: value for name, value in model().index.items() if name != "sketch"})
    reference = population(old)
    ordinary = seen(*some((accounts, posts), ~truth))
    found = compare(reference, ordinary)
    advice = advise(reference, ordinary, found)
    assert "quantiles" in advice.say("en")
    assert set(levels(found[0]).values()) <= {"stable", "unknown"}
    assert found[0].features["missing_then"].is_null().all()
    assert found[0].score.psi is None
    assert found[0].score.mean_now is not None
    others = seen(*some((accounts, posts), truth))
    found = compare(reference, others)
    assert "large" in levels(found[0]).values()
    # The accounts of the target among those seen may be all that moved.
    assert advise(reference, others, found).level == "watch"


def test_a_sketch_of_another_bundle_is_refused() -> None:
    given = seen(*world(2, 60, 40)[:2])
    other = replace(model(), index=model().index | {"version": "other"})
    with pytest.raises(HistogramError, match="--bundle"):
        read(given.to_json(), other)
    with pytest.raises(HistogramError):
        compare(population(other), given)
    with pytest.raises(HistogramError):
        given + empty(BinLayout.of(other.index))


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
def test_a_broken_sketch_is_refused(damage: Any) -> None:
    given = seen(*world(2, 60, 40)[:2]).to_json()
    with pytest.raises(HistogramError):
        read(damage(given), model())
