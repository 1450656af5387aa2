"""What the synthetic world promises to those who use it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vigie.features import schema
from vigie.features.catalogue import CATALOGUE
from vigie.features.ingest.validation import check
from vigie.features.pipeline import FEATURES, FeatureMatrix, compute
from vigie.training.synthetic.accounts import OBSERVED_AT, PERSONAS, WINDOW_DAYS, World, example, generate

TABLES = tuple(schema.TABLES)


@pytest.fixture(scope="module")
def world() -> World:
    return generate(ordinary=60, inauthentic=60, seed=11, posts_per_account=80)


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


def test_smallest_full_cast_has_every_kind() -> None:
    truth = {persona.kind: persona.inauthentic for persona in PERSONAS}
    inauthentic = sum(truth.values())
    made = generate(ordinary=len(truth) - inauthentic, inauthentic=inauthentic, seed=1, posts_per_account=5)
    assert dict(made.labels.select("kind", "value").rows()) == truth


def test_labels_are_one_per_account_and_campaigns_only_of_inauthentic_ones(world: World) -> None:
    assert world.labels["account_id"].to_list() == world.accounts["account_id"].to_list()
    assert world.labels["value"].sum() == 60
    assert (world.labels["campaign"].is_not_null() == world.labels["value"]).all()


def test_ids_are_unique(world: World) -> None:
    assert world.accounts["account_id"].is_unique().all()
    assert world.accounts["handle"].is_unique().all()
    assert world.posts["post_id"].is_unique().all()


def test_posts_lie_between_the_window_and_the_observation_and_after_the_creation(world: World) -> None:
    created = world.accounts.select("account_id", opened="created_at")
    posts = world.posts.join(created, on="account_id")
    assert posts.height == world.posts.height
    assert (posts["created_at"] <= OBSERVED_AT).all()
    assert (posts["created_at"] >= OBSERVED_AT - timedelta(days=WINDOW_DAYS)).all()
    assert posts.filter(pl.col("created_at") < pl.col("opened")).is_empty()
    assert posts.filter(pl.col("created_at") < pl.col("target_created_at")).is_empty()


def test_no_link_leaves_the_invented_web(world: World) -> None:
    links = pl.concat(
        [world.posts["urls"].explode(empty_as_null=True).drop_nulls(), world.accounts["url"].drop_nulls()]
    )
    hosts = links.filter(links != "").str.extract(r"^https://([^/]+)/")
    assert hosts.len() > 100
    assert hosts.str.contains(r"\.example$|\.example\.org$").all()
    assert not world.posts.filter(pl.col("text").str.contains(r"https?://[^/\s]*\.(com|net)\b")).height


def test_texts_hold_the_links_hashtags_and_mentions_of_their_columns(world: World) -> None:
    originals = world.posts.filter(kind="original")
    tags = originals["text"].str.extract_all(r"#[\p{L}\p{N}_]+")
    assert_frame_equal(
        pl.DataFrame({"tags": tags.list.eval(pl.element().str.strip_prefix("#"))}),
        originals.select(tags="hashtags"),
    )
    reposts = world.posts.filter(kind="repost")
    assert reposts.filter(
        ~pl.col("text").str.starts_with(pl.format("RT @{}: ", pl.col("mentions").list.first()))
    ).is_empty()


def test_amplifiers_repost_accounts_of_their_campaign_within_minutes() -> None:
    made = generate(ordinary=20, inauthentic=60, seed=2, posts_per_account=60)
    campaign = made.labels.select("account_id", "campaign", label="kind")
    chases = (
        made.posts.filter(kind="repost")
        .join(campaign, on="account_id")
        .join(campaign.select(target_account_id="account_id", target="campaign"), on="target_account_id")
        .with_columns(delay_s=(pl.col("created_at") - pl.col("target_created_at")).dt.total_seconds())
    )
    assert chases.filter(label="amplifier").height > 200
    assert chases["campaign"].equals(chases["target"])
    median = chases.filter(label="amplifier")["delay_s"].median()
    assert isinstance(median, float)
    assert median < 180
    # The same post is taken by several of them, and a repost says what its target says.
    assert chases.group_by("target_post_id").len()["len"].to_numpy().max() >= 4
    said = made.posts.select(target_post_id="post_id", said="text")
    same = chases.join(said, on="target_post_id")
    assert same.height == chases.height
    assert same.filter(~pl.col("text").str.ends_with(pl.col("said"))).is_empty()


@pytest.mark.parametrize("name", FEATURES)
def test_feature_is_finite_or_missing_and_within_its_range(matrix: FeatureMatrix, name: str) -> None:
    feature, known = CATALOGUE[name], matrix.table[name].drop_nulls()
    assert known.len() > 0, "the world must exercise every feature"
    assert known.is_finite().all()
    assert (known >= feature.low).all()
    assert feature.high is None or (known <= feature.high).all()


@pytest.mark.parametrize(
    ("name", "kind", "factor"),
    [
        ("content_duplicate_share", "spambot", 2.0),
        ("content_repost_share", "amplifier", 1.5),
        ("content_length_mean", "LLM persona", 1.3),
        ("content_url_share", "declared automation", 2.0),
        ("content_reply_share", "chatty replier", 1.5),
    ],
)
def test_persona_shows_its_trait_and_still_overlaps_with_the_others(
    name: str, kind: str, factor: float
) -> None:
    made = generate(ordinary=150, inauthentic=150, seed=21, posts_per_account=40)
    accounts = made.accounts.with_row_index("row")
    posts = made.posts.join(accounts.select("account_id", "row"), on="account_id")
    table = compute(accounts, posts.drop("platform", "account_id")).table.hstack(made.labels.select("kind"))
    own = table.filter(pl.col("kind") == kind)[name].drop_nulls().to_numpy()
    others = table.filter(pl.col("kind") != kind)[name].drop_nulls().to_numpy()
    assert own.mean() > factor * others.mean()
    assert own.min() < others.max()


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
