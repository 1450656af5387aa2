"""What the synthetic world promises to those who use it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from polars.testing import assert_frame_equal

from vigie.features import schema
from vigie.features.catalogue import CATALOGUE
from vigie.features.ingest.validation import check
from vigie.features.pipeline import FEATURES, FeatureMatrix, compute
from vigie.training.synthetic.accounts import OBSERVED_AT, World, example, generate
from vigie.training.synthetic.personas import PERSONAS

TABLES = tuple(schema.TABLES)


@pytest.fixture(scope="module")
def matrix(world: World) -> FeatureMatrix:
    accounts = world.accounts.with_row_index("row")
    posts = world.posts.join(accounts.select("platform", "account_id", "row"), on=["platform", "account_id"])
    return compute(accounts, posts.drop("platform", "account_id"))


@pytest.mark.parametrize("table", TABLES)
def test_same_seed_gives_same_tables(table: str) -> None:
    one, two = (generate(ordinary=9, inauthentic=8, seed=3, posts_per_account=30) for _ in range(2))
    assert_frame_equal(getattr(one, table), getattr(two, table))


@pytest.mark.parametrize("table", TABLES)
def test_other_seed_gives_other_tables(table: str) -> None:
    one, two = (generate(ordinary=9, inauthentic=8, seed=seed, posts_per_account=30) for seed in (3, 4))
    assert not getattr(one, table).equals(getattr(two, table))


@pytest.mark.parametrize("table", TABLES)
def test_tables_have_the_schema_of_the_contract(world: World, table: str) -> None:
    assert getattr(world, table).schema == schema.schema(table)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("observed_at", [OBSERVED_AT, datetime(2009, 5, 1, tzinfo=UTC)])
def test_tables_pass_every_rule_as_of_their_observation(table: str, observed_at: datetime) -> None:
    made = generate(ordinary=30, inauthentic=30, seed=5, observed_at=observed_at, posts_per_account=20)
    frame = getattr(made, table)
    good, faults = check(frame, table, observed_at)
    assert faults.is_empty(), faults
    assert good.height == frame.height


def test_labels_are_one_per_account_and_campaigns_only_of_inauthentic_ones(world: World) -> None:
    assert world.labels["account_id"].to_list() == world.accounts["account_id"].to_list()
    assert world.labels["value"].sum() == 60
    assert (world.labels["campaign"].is_not_null() == world.labels["value"]).all()


def test_ids_are_unique(world: World) -> None:
    assert world.accounts["account_id"].is_unique().all()
    assert world.accounts["handle"].is_unique().all()
    assert world.posts["post_id"].is_unique().all()


@pytest.mark.parametrize("name", FEATURES)
def test_feature_is_finite_or_missing_and_within_its_range(matrix: FeatureMatrix, name: str) -> None:
    feature, known = CATALOGUE[name], matrix.table[name].drop_nulls()
    assert known.len() > 0, "the world must exercise every feature"
    assert known.is_finite().all()
    assert (known >= feature.low).all()
    assert feature.high is None or (known <= feature.high).all()


def test_example_is_a_small_operation_in_one_campaign() -> None:
    made = example()
    assert made.accounts.height == 24
    assert made.labels["campaign"].drop_nulls().unique().to_list() == ["invented-harbour"]
    assert set(made.labels["kind"]) == {persona.kind for persona in PERSONAS}


@pytest.mark.parametrize(
    ("ordinary", "inauthentic", "posts"), [(1, 0, 120), (0, 1, 120), (3, 2, 0), (7, 5, 1)]
)
def test_tiny_worlds_can_be_made(ordinary: int, inauthentic: int, posts: int) -> None:
    made = generate(ordinary=ordinary, inauthentic=inauthentic, seed=1, posts_per_account=posts)
    assert made.accounts.height == ordinary + inauthentic
    assert made.posts.schema == schema.schema("posts")


@pytest.mark.parametrize(
    ("ordinary", "inauthentic", "observed_at", "message"),
    [
        (-1, 2, OBSERVED_AT, "ordinary is -1"),
        (0, 0, OBSERVED_AT, "at least one"),
        (1, 1, OBSERVED_AT.replace(tzinfo=None), "without a zone"),
    ],
)
def test_impossible_orders_are_refused(
    ordinary: int, inauthentic: int, observed_at: datetime, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        generate(ordinary=ordinary, inauthentic=inauthentic, seed=1, observed_at=observed_at)
