"""Each kind of campaign does what its name says, with the accounts that it has."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from vigie.training.synthetic import campaigns, population
from vigie.training.synthetic.accounts import OBSERVED_AT
from vigie.training.synthetic.campaigns import KINDS, Campaign
from vigie.training.synthetic.coordinated_actions import ActorGroup
from vigie.training.synthetic.corpus import corpus
from vigie.training.synthetic.feeds import DAY, HOUR, FeedCatalogue

Group = Callable[..., ActorGroup]
Planned = Callable[[str], pl.DataFrame]
SIZE = 30


@pytest.fixture(scope="module")
def planned(feeds: FeedCatalogue, group: Group) -> Planned:
    """Return a function from a kind to the acts that thirty accounts plan."""

    def plan(kind: str) -> pl.DataFrame:
        return KINDS[kind].plan(np.random.default_rng(7), feeds, group(SIZE))

    return plan


def delays(acts: pl.DataFrame) -> pl.Series:
    """Return how long after the first act on a thing each other one comes, in seconds."""
    first = pl.col("time").min().over("object")
    late = acts.select(late=pl.col("time") - first)["late"]
    return late.filter(late > 0)


@pytest.mark.parametrize("kind", KINDS)
def test_members_and_nobody_else_act_together_after_the_start(
    kind: str, planned: Planned, group: Group
) -> None:
    made, actors = planned(kind), group(SIZE)
    assert made.schema == population.ACTS
    assert set(made["who"]) <= set(actors.people["who"])
    assert made["time"].min() >= actors.start  # type: ignore[operator]  # integers
    together = made.drop_nulls("object").group_by("object").agg(pl.col("who").n_unique())["who"]
    assert together.median() >= 3  # type: ignore[operator]  # a number


@pytest.mark.parametrize(
    ("kind", "least_s", "most_s"),
    [
        ("mutual_repost", 5, 120),
        ("one_author_boost", 20, 200),
        ("lookalike_links", 30, 300),
        ("slow_drip", 2 * HOUR, 15 * HOUR),
    ],
)
def test_campaigns_are_as_fast_as_their_kind(kind: str, least_s: int, most_s: int, planned: Planned) -> None:
    assert least_s < delays(planned(kind)).median() < most_s  # type: ignore[operator]  # numbers


def test_nobody_reposts_their_own_post_in_a_ring_of_reposts(planned: Planned) -> None:
    made = planned("mutual_repost")
    posted, reposted = made.filter(kind="original"), made.filter(kind="repost")
    both = reposted.join(posted.select(target_key="key", author="who"), on="target_key")
    assert both.height == reposted.height > 100
    assert both.filter(pl.col("who") == pl.col("author")).is_empty()
    assert posted["who"].n_unique() > SIZE / 2


def test_a_boost_is_of_one_author_who_is_no_member(planned: Planned) -> None:
    assert planned("one_author_boost")["target_author"].unique().to_list() == ["made-author"]


def test_lookalike_pages_lie_on_a_dozen_sites_with_one_letter_more(planned: Planned) -> None:
    hosts = planned("lookalike_links")["url"].str.extract(r"^https://([^/]+)/p\d+$")
    assert hosts.null_count() == 0
    assert 6 <= hosts.n_unique() <= 12
    assert hosts.str.starts_with("x").all()


def test_seeded_replies_answer_what_the_media_posted(planned: Planned) -> None:
    made = planned("reply_seeding")
    assert set(made["kind"]) == {"reply"}
    assert made["target_author"].str.starts_with("public-author-").all()
    assert (made["target_time"] < made["time"]).all()
    # Six texts, of which each copy changes a word now and then.
    assert made["prose"].n_unique() < made.height


def test_a_drip_is_a_message_now_and_then_in_words_of_each_own(planned: Planned) -> None:
    made = planned("slow_drip")
    assert made["object"].n_unique() == 4  # in six days
    assert made["prose"].n_unique() > 0.8 * made.height


def test_a_flood_publishes_its_pictures_and_hashtags_and_the_public_uses_the_first(
    planned: Planned,
) -> None:
    made = planned("crisis_flood")
    tags = campaigns.crisis_tags("made")
    assert len(set(tags)) == 4
    assert set(made["hashtags"].explode().drop_nulls()) == set(tags)
    assert made["picture"].null_count() == 0
    # Of 48 pictures, one cell answers about a third.
    assert 10 <= made["object"].n_unique() <= 24
    whole = corpus(organic=60, days=3, campaigns=[Campaign("crisis_flood", accounts=6)], seed=1)
    name = whole.groups["group"][0]
    public = whole.posts.join(whole.groups, on="account_id", how="anti")["hashtags"].explode().drop_nulls()
    used = [(public == tag).sum() > 0 for tag in campaigns.crisis_tags(name)]
    assert used == [True, False, False, False]


def test_the_size_is_that_of_the_kind_unless_another_is_asked() -> None:
    assert Campaign("slow_drip").size == KINDS["slow_drip"].accounts == 25
    assert Campaign("slow_drip", accounts=7).size == 7


def test_no_account_of_a_campaign_is_verified_and_its_share_is_on_facebook(
    feeds: FeedCatalogue, group: Group
) -> None:
    kind = KINDS["crisis_flood"]
    made = campaigns.profiles(np.random.default_rng(1), feeds, group(410).people, kind, feeds.start + DAY)
    assert made["platform"].sum() == 10
    assert not made["verified"].any()
    assert (made["description"] == "").mean() > 0.3  # type: ignore[operator]  # a number


def test_crisis_flood_spans_two_days_and_two_platforms() -> None:
    made = corpus(
        organic=150, days=6, seed=5, campaigns=[Campaign("crisis_flood", accounts=200, camouflage=0.0)]
    )
    times = made.acts["time"]
    # Operators act up to ten hours after they are called.
    assert times.max() - times.min() < 2.5 * 86_400  # type: ignore[operator]  # integers
    platforms = made.groups.group_by("platform").len().sort("len")["platform"].to_list()
    assert platforms == ["facebook", "x"]


def test_full_crisis_flood_has_sixteen_hundred_x_accounts_and_dozens_on_facebook() -> None:
    made = corpus(organic=20, days=3, campaigns=[Campaign("crisis_flood")], seed=1)
    sizes = dict(made.groups.group_by("platform").len().rows())
    assert sizes == {"x": 1_600, "facebook": 40}


def test_part_of_a_campaign_is_created_in_bursts_and_part_is_old() -> None:
    made = corpus(
        organic=150, days=6, seed=5, campaigns=[Campaign("crisis_flood", accounts=300, camouflage=0.0)]
    )
    age = (OBSERVED_AT - made.accounts.join(made.groups, on="account_id")["created_at"]).dt.total_days()
    assert 0.5 < (age < 130).mean() < 0.9  # type: ignore[operator]  # a number
    assert (age > 365).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "fast_drip"}, "there is no campaign of kind fast_drip"),
        ({"accounts": 1}, "accounts is 1; a campaign has at least 2"),
        ({"observed": 0.0}, "observed is 0.0; it is a share above 0 and at most 1"),
        ({"observed": 1.5}, "observed is 1.5"),
        ({"cell": 1}, "cell is 1; a cell has at least 2 accounts"),
        ({"jitter_s": -1}, "jitter_s is -1; it cannot be negative"),
        ({"camouflage": -0.5}, "camouflage is -0.5; it cannot be negative"),
        ({"start_day": -2}, "start_day is -2; it cannot be negative"),
    ],
)
def test_impossible_campaigns_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Campaign(**({"kind": "slow_drip"} | options))  # type: ignore[arg-type]  # by name
