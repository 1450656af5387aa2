"""Members are compared with the corpus where it is large enough, else with a frozen reference, else not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.report import profile_tests
from vigie.features.coordination.report.profile_tests import ProfileTests, Reference
from vigie.features.coordination.report.types import HomogeneityTest

SEEN = datetime(2024, 5, 1, tzinfo=UTC)
OBSERVED = int(SEEN.timestamp())
DAY = 86_400


def ordinary(count: int = 400, seed: int = 3) -> pl.DataFrame:
    """Ordinary accounts: ages up to ten years, handles of some shapes, a fifth without a biography."""
    generator = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "platform": ["x"] * count,
            "account_id": [str(place) for place in range(count)],
            "handle": ["".join(generator.choice(list("abXY_09"), 9)) for _ in range(count)],
            "description": generator.choice(["", "I write"], count, p=[0.2, 0.8]).tolist(),
            "created_at": [SEEN - timedelta(days=float(age)) for age in generator.uniform(0, 3_650, count)],
            "observed_at": [SEEN] * count,
        }
    )
    return schema.conform(frame, "accounts")


def table(accounts: pl.DataFrame) -> pl.DataFrame:
    """Return accounts as the tests read them."""
    return accounts.select(
        created=pl.col("created_at").dt.epoch("s"),
        observed=pl.col("observed_at").dt.epoch("s"),
        shape=profile_tests.shape(pl.col("handle")),
        empty=profile_tests.empty(pl.col("description")),
    )


def bought(count: int = 8) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "platform": ["x"] * count,
            "account_id": [f"b{place}" for place in range(count)],
            "handle": [f"Marie{place}" for place in range(10_000, 10_000 + count)],
            "description": [""] * count,
            "created_at": [SEEN - timedelta(days=100, hours=place) for place in range(count)],
            "observed_at": [SEEN] * count,
        }
    )
    return schema.conform(frame, "accounts")


def parts(tests: ProfileTests) -> tuple[HomogeneityTest, ...]:
    return tests.creation, tests.handles, tests.bios


def test_too_few_others_and_no_reference_are_no_test() -> None:
    found = profile_tests.tested(table(bought()), table(ordinary(49)), None)
    assert all(part.p is None and part.reference is None for part in parts(found))


def test_a_corpus_that_is_large_enough_is_what_counts() -> None:
    found = profile_tests.tested(table(bought()), table(ordinary()), Reference.of(bought(60)))
    assert {part.reference for part in parts(found)} == {"corpus"}
    assert all(part.p is not None and part.p < 1e-3 for part in parts(found))


def test_a_reference_stands_in_and_tells_bought_accounts_from_ordinary_ones() -> None:
    reference = Reference.of(ordinary())
    few = table(ordinary(20, seed=9))
    for members, unlikely in ((bought(), True), (ordinary(8, seed=7), False)):
        found = profile_tests.tested(table(members), few, reference)
        assert {part.reference for part in parts(found)} == {"bundle"}
        assert all(part.p is not None and (part.p < 1e-3) == unlikely for part in parts(found))
    assert found.bios.empty_share_others == pytest.approx(reference.empty_bio_share, abs=1e-4)


def test_each_test_takes_its_own_reference() -> None:
    others = ordinary().with_columns(created_at=pl.lit(None, schema.TIME))
    found = profile_tests.tested(table(bought()), table(others), Reference.of(ordinary()))
    assert [part.reference for part in parts(found)] == ["bundle", "corpus", "corpus"]


def test_too_few_members_have_no_reference_either() -> None:
    found = profile_tests.tested(table(bought(2)), table(ordinary(0)), Reference.of(ordinary()))
    assert all(part.p is None and part.reference is None for part in parts(found))


def test_without_a_time_of_observation_creation_dates_have_no_reference() -> None:
    blind = table(bought()).with_columns(observed=pl.lit(None, pl.Int64))
    found = profile_tests.tested(blind, table(ordinary(0)), Reference.of(ordinary()))
    assert found.creation.p is None
    assert found.handles.reference == "bundle"


def test_a_reference_has_the_proportions_of_its_accounts() -> None:
    accounts = ordinary(3_000)
    people = Reference.of(accounts).population(OBSERVED)
    assert people["empty"].mean() == pytest.approx((accounts["description"] == "").mean(), abs=1e-3)
    ages = (OBSERVED - people["created"]) / DAY
    own = (SEEN - accounts["created_at"]).dt.total_seconds() / DAY
    for quantile in (0.1, 0.5, 0.9):
        assert ages.quantile(quantile) == pytest.approx(own.quantile(quantile), abs=40)
    shape, share = next(iter(Reference.of(accounts).handle_shapes.items()))
    assert (people["shape"] == shape).mean() == pytest.approx(share, abs=1e-3)


def test_of_shapes_the_commonest_are_kept_and_the_rest_are_all_different() -> None:
    handles = ["Aa0"] * 300 + ["_" * (place + 2) for place in range(700)]
    accounts = pl.DataFrame({"platform": "x", "account_id": handles, "observed_at": SEEN, "handle": handles})
    reference = Reference.of(schema.conform(accounts, "accounts"))
    assert len(reference.handle_shapes) == profile_tests.SHAPES
    assert reference.handle_shapes["Aa0"] == 0.3
    others = reference.population(OBSERVED)["shape"].filter(
        ~reference.population(OBSERVED)["shape"].is_in(list(reference.handle_shapes))
    )
    assert len(others) == others.n_unique() > 1_000


def test_what_too_few_accounts_carry_is_missing_and_gives_no_test() -> None:
    reference = Reference.of(ordinary(49))
    assert reference == Reference({}, None, ())
    found = profile_tests.tested(table(bought()), table(ordinary(0)), reference)
    assert {part.p for part in parts(found)} == {None}


@pytest.mark.parametrize("count", [400, 10])
def test_a_reference_survives_json(count: int) -> None:
    reference = Reference.of(ordinary(count))
    assert Reference.from_json(json.loads(json.dumps(reference.to_json(), allow_nan=False))) == reference


@pytest.mark.parametrize(
    "change",
    [
        {"empty_bio_share": 1.5},
        {"empty_bio_share": float("nan")},
        {"handle_shapes": {"a": 0.7, "A": 0.7}},
        {"handle_shapes": {"a": -0.1}},
        {"account_age_days": [1.0, 2.0]},
        {"account_age_days": [float("nan")] * 101},
        {"account_age_days": list(range(101, 0, -1))},
        {"empty_bio_share": "many"},
    ],
)
def test_a_broken_reference_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"share|quantiles|float"):
        Reference.from_json(Reference.of(ordinary()).to_json() | change)


def test_shapes_are_capitals_small_letters_digits_and_other_signs() -> None:
    handles = pl.Series("handle", ["Marie_82", "ÉloïseX", "ИванOv9", "___", "", None])
    shapes = pl.select(profile_tests.shape(pl.lit(handles))).to_series()
    assert shapes.to_list() == ["Aa_00", "AaA", "AaAa0", "___", "", None]


@pytest.mark.parametrize(
    ("said", "declared"),
    [
        ("weather_bot", True), ("I am a bot", True), ("WeatherBot", True), ("Compte automatisé de la ville", True),
        ("No ads. Bot by @ann", True), ("I am not a bot", False), ("No bots, please", False), ("anti-bot", False),
        ("Not an automated account", False), ("Pas un robot", False), ("ni bot ni troll", False), ("I isn’t a bot", False),
        ("don’t follow bots", False), ("abbott", False), (None, None),
    ],
)  # fmt: skip
def test_who_denies_to_be_automated_does_not_declare_it(said: str | None, declared: bool | None) -> None:
    profile = pl.DataFrame({"description": [said]}, {"description": pl.String})
    assert profile.select(profile_tests.declares_automation(pl.col("description"))).item() is declared


def test_ordinary_accounts_are_made_only_where_the_corpus_holds_too_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = ordinary()
    monkeypatch.setattr(Reference, "population", lambda *_: pytest.fail("they were made"))
    tests = profile_tests.tested(table(bought()), table(people), Reference.of(people))
    assert {tests.creation.reference, tests.handles.reference, tests.bios.reference} == {"corpus"}


def test_accounts_are_drawn_once_for_all_lengths_of_the_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    people, bunched = ordinary(), profile_tests._bunched
    drawn: list[int] = []

    def counted(times: profile_tests.Ints) -> profile_tests.Floats:
        drawn.append(len(times))
        return bunched(times)

    monkeypatch.setattr(profile_tests, "_bunched", counted)
    profile_tests.tested(table(bought()), table(people), None)
    assert sum(drawn) == 1 + profile_tests.DRAWS
