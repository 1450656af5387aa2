"""A planted burst is found, ordinary lists are not called anything, and what is not known is no evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.group_test import ordinary_lists, trait_tests
from vigie.features.group_test.trait_tests import LEAST, Measurement

SEEN = datetime(2024, 5, 1, tzinfo=UTC)
Ordinary = Callable[..., pl.DataFrame]


def measured(accounts: pl.DataFrame, reference: Reference) -> dict[str, Measurement]:
    return {each.trait: each for each in trait_tests.measure(accounts, reference)}


def first(count: int) -> pl.Expr:
    return pl.int_range(pl.len()) < count


def created(
    count: int, every: timedelta, start: datetime = datetime(2021, 2, 3, 8, 1, tzinfo=UTC)
) -> pl.Expr:
    """Return creation dates of the first accounts at one distance, those of the others as they are."""
    place = pl.int_range(pl.len())
    return (
        pl.when(place < count)
        .then(start + every * place)
        .otherwise("created_at")
        .cast(schema.TIME)
        .alias("created_at")
    )


def test_of_two_hundred_ordinary_lists_no_more_than_one_in_twenty_is_significant(
    ordinary: Ordinary, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordinary_lists, "DRAWS", 120)
    monkeypatch.setattr(ordinary_lists, "_FEWEST", 120)
    low: Counter[str] = Counter()
    for seed in range(200):
        for trait, each in measured(ordinary(60, seed=1_000 + seed), reference).items():
            low[trait] += each.p is not None and each.p < 0.05
    # 5 % of 200, and three standard deviations.
    assert max(low.values()) <= 20
    assert sum(low.values()) <= 0.05 * 200 * 5


def test_a_planted_burst_is_found_with_its_accounts(ordinary: Ordinary, reference: Reference) -> None:
    accounts = ordinary(423).with_columns(created(104, timedelta(hours=7)))
    found = measured(accounts, reference)["creation_bursts"]
    assert found.p == pytest.approx(1 / (1 + ordinary_lists.DRAWS))
    assert (found.reference, found.span) == ("bundle", 31)
    (month,) = [span for span in found.spans if span.days == 31]
    assert month.accounts == found.accounts
    assert month.accounts >= 104
    assert str(month.first_day) == "2021-02-03"
    assert month.ordinary_median is not None
    assert month.ordinary_most is not None
    assert month.ordinary_median <= month.ordinary_most < 30
    assert set(range(104)) <= set(found.rows)


def test_a_chain_is_found_and_creations_known_by_the_day_are_in_none(
    ordinary: Ordinary, reference: Reference
) -> None:
    chained = ordinary(423).with_columns(created(12, timedelta(minutes=9)))
    found = measured(chained, reference)["creation_chains"]
    assert found.p is not None
    assert found.p < 0.001
    assert (found.accounts, found.reference) == (12, "list")
    by_day = chained.with_columns(pl.col("created_at").dt.truncate("1d"))
    coarse = measured(by_day, reference)
    assert (coarse["creation_chains"].p, coarse["creation_chains"].accounts) == (None, None)
    assert "by the day only" in coarse["creation_chains"].reason.say("en")  # type: ignore[union-attr]  # asserted
    fine = measured(chained, reference)["creation_bursts"]
    assert coarse["creation_bursts"].spans == fine.spans


def test_two_accounts_minutes_apart_are_no_chain(ordinary: Ordinary, reference: Reference) -> None:
    pair = ordinary(100).with_columns(created(2, timedelta(minutes=1)))
    assert measured(pair, reference)["creation_chains"].accounts == 0


def test_a_shape_of_handles_and_empty_biographies_are_found(ordinary: Ordinary, reference: Reference) -> None:
    place = pl.int_range(pl.len())
    accounts = ordinary(423).with_columns(
        handle=pl.when(first(60)).then(pl.format("Marie{}", 10_000_000 + place)).otherwise("handle"),
        description=pl.when(first(310)).then(pl.lit("")).otherwise("description"),
    )
    found = measured(accounts, reference)
    shapes, empty = found["handle_shapes"], found["empty_biographies"]
    assert shapes.p == pytest.approx(1 / (1 + ordinary_lists.DRAWS))
    assert empty.p is not None
    assert empty.p < 0.005
    assert (shapes.object, shapes.accounts) == ("Aa00000000", 60)
    assert empty.accounts is not None
    assert empty.accounts >= 310


def test_shared_biographies_are_found_and_shared_pictures_counted(
    ordinary: Ordinary, reference: Reference
) -> None:
    said = "We sell flowers at the old quay, every morning from six to noon"
    accounts = ordinary(200).with_columns(
        description=pl.when(first(130)).then(pl.lit(said)).otherwise("description"),
        avatar_hash=pl.when(first(30)).then(pl.lit("f0e1d2c3b4a59687")),
    )
    found = measured(accounts, reference)
    biographies, pictures = found["shared_biographies"], found["shared_pictures"]
    assert (biographies.accounts, biographies.object, biographies.reference) == (130, said, "collections")
    assert biographies.p is not None
    assert biographies.p < 0.005
    assert (pictures.accounts, pictures.p) == (30, None)
    assert pictures.reason is not None


def test_what_is_not_known_has_a_reason_and_no_number(ordinary: Ordinary, reference: Reference) -> None:
    blank = ordinary(50).with_columns(
        pl.lit(None, kind).alias(name)
        for name, kind in (("handle", pl.String), ("description", pl.String), ("created_at", schema.TIME))
    )
    for each in trait_tests.measure(blank, reference):
        assert (each.p, each.accounts, each.known) == (None, None, 0)
        assert each.reason is not None
        assert str(LEAST) in each.reason.say("fr")


def test_missing_evidence_raises_nothing(ordinary: Ordinary, reference: Reference) -> None:
    accounts = ordinary(200).with_columns(created(40, timedelta(hours=7)))
    fewer = accounts.with_columns(created_at=pl.when(first(160)).then("created_at"))
    whole, part = (measured(each, reference)["creation_bursts"] for each in (accounts, fewer))
    assert (whole.known, part.known) == (200, 160)
    for one, other in zip(part.spans, whole.spans, strict=True):
        assert one.accounts <= other.accounts


def test_accounts_of_another_platform_are_not_compared_with_those_of_x(
    ordinary: Ordinary, reference: Reference
) -> None:
    accounts = ordinary(423, platform="telegram").with_columns(created(104, timedelta(hours=7)))
    found = measured(accounts, reference)
    for trait in ("handle_shapes", "empty_biographies", "shared_biographies"):
        assert found[trait].p is None
        assert found[trait].accounts is not None
        reason = found[trait].reason
        assert reason is not None
        assert "of X; the list is of Telegram" in reason.say("en")
    assert found["creation_bursts"].reference == found["creation_chains"].reference == "list"
    assert found["creation_bursts"].p is not None
    assert found["creation_bursts"].p < 0.001


def test_dates_known_by_the_month_are_no_burst(ordinary: Ordinary, reference: Reference) -> None:
    accounts = ordinary(100).with_columns(pl.col("created_at").dt.truncate("1mo"))
    assert measured(accounts, reference)["creation_bursts"].p is None


def test_all_created_in_one_second_with_one_handle_are_survived(
    ordinary: Ordinary, reference: Reference
) -> None:
    accounts = ordinary(40).with_columns(created(40, timedelta()), handle=pl.lit("user"))
    found = measured(accounts, reference)
    assert found["creation_bursts"].accounts == found["creation_chains"].accounts == 40
    assert found["handle_shapes"].p is None
    assert found["creation_bursts"].p is not None
    assert found["creation_bursts"].p < 0.001


def test_a_measurement_is_the_same_each_time(ordinary: Ordinary, reference: Reference) -> None:
    once, again = (measured(ordinary(80), reference) for _ in range(2))
    assert [each.p for each in once.values()] == [each.p for each in again.values()]
    assert all(
        np.array_equal(one.rows, two.rows) for one, two in zip(once.values(), again.values(), strict=True)
    )


def test_of_a_list_longer_than_any_measured_biographies_are_counted_and_not_tested(
    ordinary: Ordinary, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "We sell flowers at the old quay, every morning from six to noon"
    accounts = ordinary(60).with_columns(
        description=pl.when(first(20)).then(pl.lit(said)).otherwise("description")
    )
    monkeypatch.setattr(trait_tests, "LARGEST_COLLECTION", 30)
    found = measured(accounts, reference)["shared_biographies"]
    assert (found.p, found.accounts, found.object) == (None, 20, said)
    assert found.reason is not None
    assert "more than 30" in found.reason.say("en")
