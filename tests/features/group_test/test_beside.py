"""What the others of a collection show as often sets no list apart; what they do not show does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.report.profile_tests import LEAST_OTHERS, Reference
from vigie.features.group_test import trait_tests
from vigie.features.group_test.beside import SHARES, p_beside, set_apart
from vigie.features.group_test.report import SIGNIFICANCE, telling_traits

Ordinary = Callable[..., pl.DataFrame]
# Share of the accounts in which something is planted.
PLANTED = 0.7


def created_together(accounts: pl.DataFrame) -> pl.DataFrame:
    start = datetime(2021, 2, 3, 8, 1, tzinfo=UTC)
    place = pl.int_range(pl.len())
    # Within a week, and no two within ten minutes of each other.
    within = timedelta(hours=7) * (place % 24) + timedelta(minutes=23) * (place // 24)
    return _planted(accounts, "created_at", (start + within).cast(schema.TIME))


def named_alike(accounts: pl.DataFrame) -> pl.DataFrame:
    number = (pl.int_range(pl.len()) + 1_000_000).cast(pl.String)
    return _planted(accounts, "handle", pl.format("ab_cd_{}", number))


def silent(accounts: pl.DataFrame) -> pl.DataFrame:
    return _planted(accounts, "description", pl.lit(""))


def _planted(accounts: pl.DataFrame, column: str, value: pl.Expr) -> pl.DataFrame:
    those = pl.int_range(pl.len()) < PLANTED * pl.len()
    return accounts.with_columns(pl.when(those).then(value).otherwise(column).alias(column))


KINDS = {"creation_bursts": created_together, "handle_shapes": named_alike, "empty_biographies": silent}


@pytest.mark.parametrize("trait", SHARES)
def test_a_trait_that_others_show_as_often_sets_a_list_apart_from_nobody(
    trait: str, ordinary: Ordinary, reference: Reference
) -> None:
    plant = KINDS[trait]
    accounts, alike, unlike = plant(ordinary(80)), plant(ordinary(400, seed=5)), ordinary(400, seed=5)
    (measured,) = (each for each in trait_tests.measure(accounts, reference) if each.trait == trait)
    p_alike, p_unlike = p_beside(measured, accounts, alike), p_beside(measured, accounts, unlike)
    assert p_alike is not None
    assert p_alike > SIGNIFICANCE
    assert p_unlike is not None
    assert p_unlike < 1e-6


@pytest.mark.parametrize("trait", SHARES)
def test_where_few_others_tell_the_reference_decides(
    trait: str, ordinary: Ordinary, reference: Reference
) -> None:
    plant = KINDS[trait]
    accounts, few = plant(ordinary(80)), plant(ordinary(LEAST_OTHERS - 1, seed=5))
    (measured,) = (each for each in trait_tests.measure(accounts, reference) if each.trait == trait)
    assert p_beside(measured, accounts, few) is None


@pytest.mark.parametrize("plant", [created_together, named_alike])
def test_a_list_telling_traits_where_few_others_tell_or_are_unlike_it(
    plant: Callable[[pl.DataFrame], pl.DataFrame], ordinary: Ordinary, reference: Reference
) -> None:
    accounts = plant(ordinary(80))
    assert telling_traits(accounts, reference, ordinary(0))
    assert telling_traits(accounts, reference, ordinary(400, seed=5))
    assert not telling_traits(accounts, reference, plant(ordinary(400, seed=5)))


@pytest.mark.parametrize(("digits", "share", "tells"), [(2, 0.45, False), (2, 0.7, True), (7, 0.45, True)])
def test_few_digits_that_people_choose_tell_nothing_where_few_others_do(
    digits: int, share: float, tells: bool, ordinary: Ordinary, reference: Reference
) -> None:
    number = 10 ** (digits - 1) + pl.int_range(pl.len())
    those = pl.int_range(pl.len()) < share * pl.len()
    named = ordinary(80).with_columns(
        handle=pl.when(those).then(pl.format("ab_cd_{}", number)).otherwise("handle")
    )
    assert bool(telling_traits(named, reference, ordinary(0))) == tells
    assert telling_traits(named, reference, ordinary(400, seed=5))


def test_biographies_that_others_share_as_often_tell_nothing(
    ordinary: Ordinary, reference: Reference
) -> None:
    trades = pl.Series(
        ["Nurse in an emergency ward", "Nurse at night, mother of two", "Midwife and union member"]
    )
    said = pl.lit(trades).gather(pl.int_range(pl.len()) % 3)
    movement = ordinary(80).with_columns(description=said)
    assert telling_traits(movement, reference, ordinary(0))
    assert telling_traits(movement, reference, ordinary(400, seed=5))
    assert not telling_traits(movement, reference, ordinary(400, seed=5).with_columns(description=said))


def test_traits_of_a_few_accounts_are_no_share_of_a_crowd(ordinary: Ordinary, reference: Reference) -> None:
    accounts = ordinary(80)
    measured = [each for each in trait_tests.measure(accounts, reference) if each.trait not in SHARES]
    assert measured
    assert all(p_beside(each, accounts, ordinary(400, seed=5)) is None for each in measured)


def test_an_ordinary_list_is_not_homogeneous_whoever_is_beside_it(
    ordinary: Ordinary, reference: Reference
) -> None:
    assert not telling_traits(ordinary(80), reference, ordinary(0))


def test_a_few_accounts_of_another_platform_do_not_hide_what_the_rest_of_a_list_shows(
    ordinary: Ordinary, reference: Reference
) -> None:
    elsewhere = ordinary(10, seed=8, platform="facebook").with_columns(pl.col("row") + 1_000)
    alike = pl.concat([named_alike(ordinary(40)), elsewhere])
    assert telling_traits(alike, reference, ordinary(400, seed=5))
    unlike = pl.concat([ordinary(40), named_alike(elsewhere)])
    assert not telling_traits(unlike, reference, ordinary(400, seed=5))


def test_accounts_with_a_trait_that_few_others_have_are_set_apart_on_every_platform(
    ordinary: Ordinary, reference: Reference
) -> None:
    accounts, others = created_together(ordinary(80)), ordinary(400, seed=5)
    elsewhere = created_together(ordinary(10, seed=8, platform="facebook")).with_columns(
        pl.col("row") + 1_000
    )
    whole = pl.concat([accounts, elsewhere])
    (burst,) = (each for each in trait_tests.measure(accounts, reference) if each.trait == "creation_bursts")
    those = {*burst.rows, *elsewhere["row"].head(7)}
    assert set(set_apart(burst, whole, others)) >= those
    assert set(set_apart(burst, whole, ordinary(0))) >= those
    assert set_apart(burst, whole, created_together(others)).is_empty()


def test_a_burst_of_months_shows_beside_others_though_it_is_half_of_the_trend_of_the_list(
    ordinary: Ordinary, reference: Reference
) -> None:
    start = datetime(2021, 2, 3, 8, 1, tzinfo=UTC)
    place = pl.int_range(pl.len())
    slow = (start + timedelta(hours=10) * place).cast(schema.TIME)
    accounts = ordinary(200).with_columns(created_at=pl.when(place < 100).then(slow).otherwise("created_at"))
    assert telling_traits(accounts, reference, ordinary(400, seed=5))


def test_the_shape_most_in_excess_is_judged_as_one_of_those_looked_at(ordinary: Ordinary) -> None:
    place = pl.int_range(pl.len())
    shown = pl.Series("row", [0])
    measured = trait_tests.Measurement(trait="handle_shapes", known=80, accounts=8, rows=shown)

    def of(kinds: int) -> float | None:
        word = pl.lit("a7").repeat_by(1 + place % kinds).list.join("")
        accounts = ordinary(80).with_columns(handle=pl.when(place < 8).then(pl.lit("ab_7")).otherwise(word))
        return p_beside(measured, accounts, ordinary(400, seed=5))

    one = of(1)
    assert one is not None
    assert of(6) == pytest.approx(one * 7 / 2)


@pytest.mark.parametrize(("share", "tells"), [(0.25, False), (0.45, True)])
def test_a_shape_of_handles_tells_of_a_list_where_a_third_has_it(
    share: float, tells: bool, ordinary: Ordinary, reference: Reference
) -> None:
    serial = pl.when(pl.int_range(pl.len()) < share * pl.len()).then(
        pl.format("ab_cd_{}", pl.int_range(pl.len()) + 1_000_000)
    )
    accounts = ordinary(80).with_columns(handle=serial.otherwise("handle"))
    assert bool(telling_traits(accounts, reference, ordinary(400, seed=5))) == tells
