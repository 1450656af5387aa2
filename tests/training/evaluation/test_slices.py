"""The audit says which people are flagged more often, and how little a small slice proves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.features import schema as contract
from vigie.training.evaluation import slices
from vigie.training.evaluation.slices import HIGH, ONE_PERCENT, SLICES

SEEN = datetime(2024, 5, 1, 12, tzinfo=UTC)
BANDS = {"low": 0.0, "elevated": 0.1, "high": 0.5}


def accounts(*given: dict[str, Any]) -> pl.DataFrame:
    """Return accounts of which only what a test names is known."""
    records = [
        {"platform": "x", "account_id": str(row), "observed_at": SEEN} | fields
        for row, fields in enumerate(given)
    ]
    kinds = pl.DataFrame({"kind": [fields.get("kind") for fields in given]}, schema={"kind": pl.String})
    sources = pl.Series("source", [fields.get("source", "one") for fields in given])
    known = contract.schema("accounts")
    table = pl.DataFrame(
        [{name: value for name, value in record.items() if name in known} for record in records], schema=known
    )
    return table.with_row_index("row").with_columns(kinds["kind"], sources)


def posts(*given: dict[str, Any]) -> pl.DataFrame:
    """Return posts of accounts by their row."""
    schema = pl.Schema({"row": pl.UInt32(), **contract.schema("posts")})
    records = [
        {
            "platform": "x",
            "account_id": str(fields["row"]),
            "post_id": str(number),
            "created_at": SEEN,
            "text": "",
        }
        | fields
        for number, fields in enumerate(given)
    ]
    return pl.DataFrame(records, schema=schema)


def of(table: pl.DataFrame, name: str) -> list[str]:
    assert table.select(SLICES).null_count().sum_horizontal().item() == 0
    return table[name].to_list()


def held_out(people: list[tuple[str, int, int]], positives: int = 50) -> pl.DataFrame:
    """Return judged rows: for each language, so many people and so many of them flagged, and positives beside."""
    rows = [
        {
            "account_id": f"{language}-{number}",
            "y": False,
            "language": language,
            "log_odds": 5.0 if number < flagged else -5.0,
        }
        for language, size, flagged in people
        for number in range(size)
    ]
    rows += [
        {"account_id": f"p-{number}", "y": True, "language": "xx", "log_odds": 9.0}
        for number in range(positives)
    ]
    others = {name: pl.lit("unknown") for name in SLICES if name != "language"}
    return pl.DataFrame(rows).with_columns(platform=pl.lit("x"), **others)


def row(found: slices.ErrorAnalysis, name: str, value: str = "", threshold: str = "cut") -> dict[str, Any]:
    is_it = (pl.col("slice") == name) & (pl.col("value") == value) & (pl.col("threshold") == threshold)
    return found.table.row(by_predicate=is_it, named=True)


class TestSlices:
    def test_the_language_is_that_of_most_posts_else_of_the_account(self) -> None:
        table = accounts({}, {"lang": "fr-CA"}, {"lang": "fr"}, {})
        written = posts(
            *[{"row": 0, "lang": lang} for lang in ("es", "es-419", "en", "und", "und", "und")],
            {"row": 2, "lang": "und"},
        )
        assert of(slices.slices(table, written), "language") == ["es", "fr", "fr", "unknown"]

    def test_the_script_is_that_of_most_letters_links_and_names_apart(self) -> None:
        written = posts(
            {"row": 0, "text": "مرحبا يا صديقي https://a.example/long/latin/path @somebody_with_a_long_name"},
            {"row": 1, "text": "hello, привет"}, {"row": 1, "text": "and so on"}, {"row": 2, "text": "123 !!"},
        )  # fmt: skip
        assert of(slices.slices(accounts({}, {}, {}), written), "script") == ["other", "Latin", "unknown"]

    def test_ages_and_activity_fall_in_bands_with_the_end_in_the_next(self) -> None:
        days = [29, 30, 364, 365, 3_000]
        table = accounts(*[{"created_at": SEEN - timedelta(days=day)} for day in days], {})
        written = posts(*[{"row": 0} for _ in range(20)], *[{"row": 1} for _ in range(19)], {"row": 5})
        found = slices.slices(table, written)
        assert of(found, "age") == [
            "under 30 days", "30 days to 1 year", "30 days to 1 year", "1 to 3 years", "over 8 years", "unknown",
        ]  # fmt: skip
        assert of(found, "activity") == [
            "20 to 99 posts", "1 to 19 posts", "no posts", "no posts", "no posts", "1 to 19 posts",
        ]  # fmt: skip

    def test_a_newcomer_is_young_little_followed_and_has_posted_little(self) -> None:
        young = {"created_at": SEEN - timedelta(days=40), "followers_count": 9, "posts_count": 12}
        old = young | {"created_at": SEEN - timedelta(days=400)}
        table = accounts(young, old, young | {"followers_count": 100}, young | {"posts_count": 20},
                         young | {"posts_count": None}, young | {"followers_count": None})  # fmt: skip
        found = slices.slices(table, posts())
        assert of(found, "newcomer") == ["yes", "no", "no", "no", "yes", "unknown"]

    def test_automation_is_declared_by_the_kind_or_the_profile(self) -> None:
        table = accounts(
            {"kind": "declared automation"}, {"description": "An automated feed"}, {"handle": "WeatherBot"},
            {"kind": "person", "handle": "abbott", "description": "bottle maker"}, {},
        )  # fmt: skip
        assert of(slices.slices(table, posts()), "automation") == ["yes", "yes", "yes", "no", "unknown"]

    def test_verified_and_organisations_are_known_or_unknown(self) -> None:
        table = accounts({"verified": True, "kind": "charity"}, {"verified": False, "kind": "person"}, {})
        found = slices.slices(table, posts())
        assert of(found, "verified") == ["yes", "no", "unknown"]
        assert of(found, "organisation") == ["yes", "no", "unknown"]

    def test_a_live_event_is_a_hashtag_many_use_on_one_day_and_hardly_on_others(self) -> None:
        day = timedelta(days=1)
        final = [{"row": person, "text": "goal #Final", "created_at": SEEN - day} for person in range(6)]
        daily = [{"row": 6, "hashtags": ["news"], "created_at": SEEN - back * day} for back in range(5)] + [
            {"row": person, "hashtags": ["News"], "created_at": SEEN - person * day} for person in range(6)
        ]
        quiet = [{"row": 5, "text": "nothing"} for _ in range(20)]
        found = slices.slices(accounts(*[{}] * 8), posts(*final, *daily, *quiet))
        assert of(found, "live_event") == ["yes"] * 5 + ["no", "no", "unknown"]

    def test_an_event_of_one_source_is_none_of_another(self) -> None:
        final = [{"row": person, "text": "#final", "created_at": SEEN} for person in range(5)]
        table = accounts(*[{"source": "one" if person else "two"} for person in range(5)])
        assert of(slices.slices(table, posts(*final)), "live_event") == ["no"] * 5


class TestThresholds:
    def test_the_band_high_is_a_probability_at_the_prevalence_of_the_model(self) -> None:
        told = slices.thresholds(held_out([("en", 100, 3)]), BANDS, 0.1)
        assert told[HIGH] == pytest.approx(np.log(9))

    def test_one_person_in_a_hundred_is_above_the_other(self) -> None:
        table = held_out([("en", 300, 0)]).with_columns(log_odds=pl.int_range(pl.len()).cast(pl.Float64))
        limit = slices.thresholds(table, BANDS, 0.1)[ONE_PERCENT]
        people = table.filter(~pl.col("y"))
        assert (people["log_odds"] >= limit).sum() == 3

    def test_ties_are_not_flagged_beyond_one_in_a_hundred(self) -> None:
        limit = slices.thresholds(held_out([("en", 300, 30)]), BANDS, 0.1)[ONE_PERCENT]
        assert limit > 5.0


class TestAudit:
    def test_the_interval_is_wilsons(self) -> None:
        found = row(
            slices.error_analysis(held_out([("en", 50, 10), ("fr", 150, 0)]), {"cut": 0.0}), "language", "en"
        )
        z, p, n = NormalDist().inv_cdf(0.975), 0.2, 50
        middle, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        assert (found["people"], found["rate"]) == (50, p)
        assert found["low"] == pytest.approx((middle - half) / (1 + z**2 / n))
        assert found["high"] == pytest.approx((middle + half) / (1 + z**2 / n))

    def test_the_worst_slice_is_that_whose_lower_end_is_highest_not_the_highest_rate(self) -> None:
        found = slices.error_analysis(
            held_out([("en", 900, 9), ("fr", 300, 30), ("ru", 31, 5)]), {"cut": 0.0}
        )
        worst = found.worst.row(0, named=True)
        assert (worst["slice"], worst["value"]) == ("language", "fr")
        assert row(found, "language", "ru")["rate"] > worst["rate"]
        assert worst["ratio"] == pytest.approx((30 / 300) / (44 / 1231))
        assert worst["ratio_low"] > 1

    def test_few_people_are_compared_with_nobody_and_nought_of_n_is_bounded_by_three(self) -> None:
        found = slices.error_analysis(held_out([("en", 900, 9), ("ru", 29, 0), ("fr", 60, 0)]), {"cut": 0.0})
        small, none = row(found, "language", "ru"), row(found, "language", "fr")
        assert small["too_few"]
        assert small["ratio"] is None
        assert small["rule_of_three"] == pytest.approx(3 / 29)
        assert not none["too_few"]
        assert none["rule_of_three"] == pytest.approx(0.05)
        assert row(found, "language", "en")["rule_of_three"] is None

    def test_the_ratio_is_widened_for_the_number_of_slices(self) -> None:
        found = row(
            slices.error_analysis(held_out([("en", 200, 10), ("fr", 200, 10)]), {"cut": 0.0}),
            "language",
            "en",
        )
        assert found["ratio_low"] < found["low"] / found["rate"]
        assert found["ratio_high"] > found["high"] / found["rate"]

    def test_positives_and_abstentions_are_no_false_positives(self) -> None:
        table = held_out([("en", 100, 10)])
        silent = table.with_columns(log_odds=pl.when(pl.col("log_odds") != 5.0).then("log_odds"))
        everybody = row(slices.error_analysis(silent, {"cut": 0.0}), "everybody")
        assert (everybody["people"], everybody["rate"], everybody["abstained"]) == (100, 0.0, 0.1)

    def test_who_shares_nothing_that_can_be_shown_is_not_flagged_and_not_an_abstention(self) -> None:
        table = held_out([("en", 100, 10)]).with_columns(flaggable=pl.int_range(pl.len()) % 2 == 0)
        everybody = row(slices.error_analysis(table, {"cut": 0.0}), "everybody")
        assert (everybody["rate"], everybody["abstained"]) == (0.05, 0.0)
        assert slices.thresholds(table, BANDS, 0.1)[ONE_PERCENT] > 5.0

    def test_whom_answers_put_in_the_band_high_is_flagged_whatever_the_log_odds(self) -> None:
        table = held_out([("en", 100, 10)]).with_columns(flagged=pl.int_range(pl.len()) == 3)
        found = slices.error_analysis(table, {HIGH: 0.0, ONE_PERCENT: 0.0})
        assert row(found, "everybody", "", HIGH)["rate"] == 0.01
        assert row(found, "everybody", "", ONE_PERCENT)["rate"] == 0.1

    def test_a_person_in_many_pools_counts_once(self) -> None:
        table = held_out([("en", 40, 10)])
        again = pl.concat(
            [table, *[table.filter(pl.col("account_id") == "en-0").with_columns(log_odds=-5.0)] * 3]
        )
        everybody = row(slices.error_analysis(again, {"cut": 0.0}), "everybody")
        assert everybody["people"] == 40
        assert everybody["rate"] == pytest.approx((9 + 0.25) / 40)

    def test_nobody_flagged_is_no_worst_slice(self) -> None:
        found = slices.error_analysis(held_out([("en", 100, 0)]), {ONE_PERCENT: 0.0, HIGH: 0.0})
        assert found.worst.is_empty()
        assert set(slices.metrics(found)) == {"audit.flagged_at_high"}

    def test_the_figures_are_those_of_the_table(self) -> None:
        found = slices.error_analysis(
            held_out([("en", 900, 9), ("fr", 300, 30)]), {ONE_PERCENT: 0.0, HIGH: 0.0}
        )
        told = slices.metrics(found)
        assert told["audit.worst_slice"].value == row(found, "language", "fr", ONE_PERCENT)["ratio"]
        assert told["audit.worst_slice"].low == row(found, "language", "fr", ONE_PERCENT)["ratio_low"]
        assert told["audit.flagged_at_high"].value == row(found, "everybody", "", HIGH)["rate"]

    def test_the_caution_counts_the_slices_compared(self) -> None:
        found = slices.error_analysis(
            held_out([("en", 900, 9), ("fr", 300, 30), ("ru", 5, 0)]), {"cut": 0.0, "other": 1.0}
        )
        # Two languages, the platform, and the one value of each other slice.
        assert found.caution.say("en").startswith(f"{2 + 1 + len(SLICES) - 1} slices")
