"""The answer keeps homogeneous apart from inauthentic, says how it was corrected and what else may explain it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl

from vigie.features import schema
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.group_test.report import SIGNIFICANCE, describe, holm, telling_traits
from vigie.features.group_test.trait_tests import LEAST

Ordinary = Callable[..., pl.DataFrame]


def planted(accounts: pl.DataFrame, count: int) -> pl.DataFrame:
    place = pl.int_range(pl.len())
    start = datetime(2021, 2, 3, 8, 1, tzinfo=UTC)
    return accounts.with_columns(
        created_at=pl.when(place < count)
        .then(start + timedelta(hours=7) * place)
        .otherwise("created_at")
        .cast(schema.TIME)
    )


def test_a_list_with_a_planted_burst_telling_traits_and_nothing_worse(
    ordinary: Ordinary, reference: Reference
) -> None:
    told = describe(planted(ordinary(423), 104), reference, "en")
    assert told.verdict == "homogeneous"
    assert told.p is not None
    assert told.p < SIGNIFICANCE == told.significance_level
    assert re.search(r"10[4-9] of 423 accounts were created within 31 days", told.sentence)
    assert "random draws" in told.sentence
    assert {each.name for each in told.benign_explanations} == {"selection", "joined_together", "newcomers"}
    assert any("neither inauthentic nor coordinated" in caveat for caveat in told.caveats)
    assert any(caveat.startswith("How was this list chosen?") for caveat in told.caveats)
    (burst,) = [test for test in told.tests if test.trait == "creation_bursts"]
    assert burst.p_corrected == told.p
    assert len(burst.members) == 20
    assert burst.members_left_out == (burst.accounts or 0) - 20
    assert "at most in 99 of 100" in burst.sentence


def test_a_trait_of_few_accounts_says_nothing_of_a_large_crowd(
    ordinary: Ordinary, reference: Reference
) -> None:
    few, many = planted(ordinary(1_000), 40), planted(ordinary(600), 104)
    assert describe(few, reference, "en").verdict == "homogeneous"
    assert not telling_traits(few, reference, ordinary(0))
    assert telling_traits(many, reference, ordinary(0))


def test_an_ordinary_list_is_ordinary_and_asks_for_no_explanation(
    ordinary: Ordinary, reference: Reference
) -> None:
    told = describe(ordinary(423), reference, "en")
    assert (told.verdict, told.benign_explanations) == ("ordinary", [])
    assert len(told.caveats) == 3


def test_three_accounts_are_not_testable_and_the_least_number_is_said(
    ordinary: Ordinary, reference: Reference
) -> None:
    for language in ("en", "fr"):
        told = describe(ordinary(3), reference, language)
        assert (told.verdict, told.p) == ("not_testable", None)
        assert f"{LEAST}" in told.sentence
        assert all(test.p is None and test.reason for test in told.tests)


def test_one_profile_under_two_ids_counts_once_and_is_told(ordinary: Ordinary, reference: Reference) -> None:
    accounts = ordinary(60)
    copies = accounts.head(7).with_columns(row=pl.col("row") + 60, account_id=pl.col("account_id") + " again")
    told = describe(pl.concat([accounts, copies]), reference, "en")
    assert told.accounts == 60
    assert told.notes == ["7 rows repeat the profiles of others under other ids and were counted once."]
    nameless = pl.concat([accounts, copies]).with_columns(handle=pl.lit(None, pl.String))
    assert describe(nameless, reference, "en").accounts == 67
    named = nameless.with_columns(display_name=pl.col("account_id").str.strip_suffix(" again"))
    assert describe(named, reference, "en").accounts == 60


def test_french_holds_no_english_word(ordinary: Ordinary, reference: Reference) -> None:
    told = describe(planted(ordinary(423), 104), reference, "fr")
    said = [
        told.sentence,
        told.reference,
        *told.caveats,
        *(each.sentence for each in told.benign_explanations),
    ]
    said += [text for test in told.tests for text in (test.title, test.sentence, test.reason or "")]
    words = set(re.findall(r"[a-z]+", " ".join(said).lower()))
    assert not words & {"the", "accounts", "of", "and", "created", "within", "days", "were", "at", "ordinary"}
    assert "ont été créés en 31\u202fjours" in told.sentence or "ont été créés en 31 jours" in told.sentence


def test_holm_leaves_no_p_below_an_earlier_one() -> None:
    assert holm([None, 0.02, 0.021]) == [None, 0.04, 0.04]
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([None]) == [None]


def test_towns_that_name_themselves_alike_hide_nothing(ordinary: Ordinary, reference: Reference) -> None:
    towns = pl.lit(pl.Series([f"{chr(97 + place // 26)}{chr(97 + place % 26)}burgh" for place in range(60)]))
    open_about_it = ordinary(60).with_columns(
        handle=pl.format("town_of_{}", towns),
        description=pl.format("Official account of the town of {}, with news for all", towns),
    )
    assert describe(open_about_it, reference, "en").verdict == "homogeneous"
    assert not telling_traits(open_about_it, reference, ordinary(0))
    in_series = open_about_it.with_columns(handle=pl.format("town_of_{}", pl.col("row") + 1_000))
    assert telling_traits(in_series, reference, ordinary(0))
    unnamed = open_about_it.with_columns(handle="account_id", display_name=pl.lit("Anna"))
    assert telling_traits(unnamed, reference, ordinary(0))
