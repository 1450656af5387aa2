"""What the posts of the synthetic world promise."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vigie.features.pipeline import compute
from vigie.training.synthetic.account_posts import WINDOW_DAYS
from vigie.training.synthetic.accounts import OBSERVED_AT, World, generate


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
