"""Advice names what moved and what to do, in both languages, and raises no alarm by chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from vigie.models.bundle import Bundle
from vigie.models.drift import psi
from vigie.models.drift.advice import Advice, advise, report
from vigie.models.drift.histograms import Histogram
from vigie.models.drift.psi import Comparison, compare, population

World = tuple[pl.DataFrame, pl.DataFrame, pl.Series]
Seen = Callable[[pl.DataFrame, pl.DataFrame], Histogram]
Subset = Callable[[pl.DataFrame, pl.DataFrame, pl.Series], tuple[pl.DataFrame, pl.DataFrame]]


def advised(model: Bundle, histogram: Histogram) -> tuple[list[Comparison], Advice]:
    reference = population(model)
    comparisons = compare(reference, histogram)
    return comparisons, advise(reference, histogram, comparisons)


def test_a_population_that_writes_otherwise_is_told_and_named(
    world: Callable[..., World], model: Bundle, seen: Seen
) -> None:
    accounts, posts, _ = world(7)
    shouted = posts.with_columns(
        pl.col("text").str.to_uppercase() + "!!!", created_at=pl.col("created_at").dt.truncate("1d")
    )
    comparisons, advice = advised(model, seen(accounts, shouted))
    moved = comparisons[0].features.filter(pl.col("level") == "large")
    assert "content_exclamation_share" in set(moved["feature"].head(5))
    assert "name_handle_length" not in set(moved["feature"])
    assert advice.level == "act"
    assert comparisons[0].features["feature"][0] in advice.say("en")
    assert "retrain" in advice.say("en").lower()


def test_a_field_that_the_collector_lost_is_named_and_no_other(
    world: Callable[..., World], model: Bundle, seen: Seen
) -> None:
    accounts, posts, _ = world(7)
    without = accounts.with_columns(followers_count=pl.lit(None, pl.Int64))
    comparisons, advice = advised(model, seen(without, posts))
    assert "The field followers_count is missing in 100%" in advice.say("en")
    assert "Le champ followers_count manque à 100\u202f%" in advice.say("fr")
    assert "following_count" not in advice.say("en")
    assert advice.level == "act"
    (row,) = comparisons[0].features.filter(pl.col("feature") == "profile_followers_count").to_dicts()
    assert row["missing_now"] == 1
    assert row["missing_then"] < 0.1
    assert row["psi"] is None
    assert row["level"] == "unknown"


def test_several_lost_fields_are_told_in_one_sentence(
    world: Callable[..., World], model: Bundle, seen: Seen
) -> None:
    accounts, posts, _ = world(7)
    lost = {"listed_count": pl.Int64, "description": pl.String}
    without = accounts.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in lost.items())
    _, advice = advised(model, seen(without, posts))
    assert advice.say("en").startswith(
        "2 fields are missing in more accounts than expected, description (100%, "
    )
    assert advice.say("fr").startswith("2 champs manquent")
    assert "listed_count (100%, " in advice.say("en")
    assert "likes_given_count" not in advice.say("en")


def test_posts_that_no_longer_come_are_told_once(
    world: Callable[..., World], model: Bundle, seen: Seen
) -> None:
    accounts, posts, _ = world(7)
    _, advice = advised(model, seen(accounts, posts.filter(pl.col("row") % 2 == 0)))
    assert "too few posts" in advice.say("en")
    assert "rhythm_" not in advice.say("en").split("features moved")[0]


def test_a_platform_that_the_model_never_saw_is_named(
    world: Callable[..., World], model: Bundle, seen: Seen
) -> None:
    accounts, posts, _ = world(7)
    mixed = accounts.with_columns(
        platform=pl.when(pl.col("row") % 3 == 0).then(pl.lit("telegram{x}")).otherwise("platform")
    )
    comparisons, advice = advised(model, seen(mixed, posts))
    assert {"platform telegram{x}", "platform x", "language en"} <= {each.name for each in comparisons}
    assert "33% of the accounts are of the platform telegram{x}" in advice.say("en")
    assert "learnt little (labelled accounts in training: 0)" in advice.say("en")
    assert advice.level == "act"


def test_a_language_that_the_model_never_saw_is_to_be_watched_only(
    world: Callable[..., World], model: Bundle, seen: Seen
) -> None:
    accounts, posts, _ = world(7)
    _, advice = advised(model, seen(accounts, posts.with_columns(lang=pl.lit("sw"))))
    assert advice.level == "watch"
    assert (
        "in the language sw, on which the model learnt little (labelled accounts in training: 0)"
        in advice.say("en")
    )
    assert "dans la langue sw" in advice.say("fr")


def test_few_accounts_do_not_cry(
    world: Callable[..., World], model: Bundle, seen: Seen, subset: Subset
) -> None:
    accounts, posts, _ = world(7)
    for number in range(8):
        # Both classes in the measure of the whole: the first rows are all of one.
        comparisons, advice = advised(model, seen(*subset(accounts, posts, accounts["row"] % 8 == number)))
        assert 110 <= comparisons[0].accounts <= 115
        assert comparisons[0].features.filter(pl.col("psi") > psi.MODERATE).height > 0  # by chance alone
        assert advice.level == "none"
    comparisons, advice = advised(model, seen(*subset(accounts, posts, accounts["row"] < 40)))
    assert advice.level == "unknown"
    assert "At least 100" in advice.say("en")
    assert len(comparisons) == 1


def test_no_drift_is_nothing_to_do(model: Bundle, seen_of_world: Callable[..., Histogram]) -> None:
    for seed in (1, 7):
        _, advice = advised(model, seen_of_world(seed))
        assert advice.level == "none"
        assert "Nothing to do" in advice.say("en")
        assert "Rien à faire" in advice.say("fr")


def test_fewer_accounts_of_the_target_are_no_drift(
    world: Callable[..., World], model: Bundle, seen: Seen, subset: Subset
) -> None:
    accounts, posts, truth = world(7)
    _, advice = advised(model, seen(*subset(accounts, posts, ~truth | (accounts["row"] % 10 == 0))))
    assert advice.level == "none", advice


def test_a_bundle_without_counts_says_what_it_cannot_compare(
    world: Callable[..., World], model: Bundle, seen: Seen, subset: Subset
) -> None:
    accounts, posts, truth = world(7)
    old = replace(model, index={name: value for name, value in model.index.items() if name != "sketch"})
    _, advice = advised(old, seen(*subset(accounts, posts, ~truth)))
    assert "quantiles" in advice.say("en")
    # The accounts of the target among those seen may be all that moved.
    _, advice = advised(old, seen(*subset(accounts, posts, truth)))
    assert advice.level == "watch"


def test_a_report_holds_the_level_the_advice_in_both_languages_and_every_comparison(
    model: Bundle, seen_of_world: Callable[..., Histogram]
) -> None:
    comparisons, expected = advised(model, seen_of_world(7))
    made = report(population(model), seen_of_world(7))
    assert made.level == expected.level
    assert (made.advice.en, made.advice.fr) == (expected.say("en"), expected.say("fr"))
    assert [each.name for each in made.comparisons] == [each.name for each in comparisons]
    assert made.reference_accounts == 900
