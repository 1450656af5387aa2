"""Who saw and answered what accounts published, in numbers and in words."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from vigie.features.coordination.report import audience
from vigie.features.coordination.report.audience import Surroundings, reach, reactions, said, told
from vigie.features.coordination.report.types import Audience, GroupDescription, Reach
from vigie.features.i18n import LANGUAGES

Clique = Callable[..., pl.DataFrame]
Accounts = Callable[..., pl.DataFrame]
Posts = Callable[..., pl.DataFrame]
Described = Callable[..., GroupDescription]


def measured(posts: pl.DataFrame, surroundings: Surroundings | None) -> Audience:
    """Return the audience of posts of one group."""
    return audience.by_group(posts.with_columns(group=pl.lit(0)), surroundings).get(0, audience.NO_POST)


def test_the_audience_is_that_of_own_posts_and_missing_where_not_given(
    clique: Clique, accounts: Accounts, posts: Posts, described: Described
) -> None:
    written = posts(kind=["original", "repost"] * 10, view_count=[10, 10_000] * 10, like_count=[3, 900] * 10)
    found = described(clique("co_repost"), accounts(), written).audience
    assert (found.median_views, found.median_engagement, found.posts) == (10.0, 3.0, 10)
    assert found.reach == Reach(posts=10, views=100, likes=30)
    assert found.sentence == (
        "8 accounts, 10 posts, 100 views, and 30 likes. Half of the posts have at most 10 views."
    )
    assert described(clique("co_repost"), accounts()).audience == Audience(None, None, None, None)


def test_the_audience_says_how_much_of_it_is_the_group_itself() -> None:
    posts = pl.DataFrame(
        {
            "row": [0, 1, 2, 9],
            "post_id": ["a", "b", "c", "d"],
            "kind": ["original", "repost", "repost", "reply"],
            "target_post_id": [None, "a", "a", "a"],
        }
    )
    together = pl.DataFrame({"account": [0, 1, 2], "group": [0, 0, 0]})
    table = reactions(posts, together)
    assert table.row(0, named=True) == {"post_id": "a", "reactions": 3, "internal": 2}
    said = posts.filter(pl.col("row") < 3).join(table, on="post_id", how="left")
    assert measured(said, None).internal_share == pytest.approx(2 / 3)
    assert measured(said.filter(pl.col("post_id") != "a"), None).internal_share is None


def test_a_message_number_of_another_channel_is_no_reaction() -> None:
    posts = pl.DataFrame(
        {
            "row": [0, 1, 2],
            "account_id": ["c0", "c1", "c2"],
            "post_id": ["101", "7", "8"],
            "target_post_id": [None, "101", "101"],
            "target_account_id": [None, "c0", "elsewhere"],
        }
    )
    together = pl.DataFrame({"account": [0, 1, 2], "group": [0, 0, 0]})
    assert reactions(posts, together)["reactions"].to_list() == [1]


def collection(views: list[int | None]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return two accounts of about 100 followers, six others of as many and six of 10,000, with a post each."""
    followers = [100, 120, *[70, 80, 90, 100, 110, 120], *[10_000] * 6]
    accounts = pl.DataFrame({"row": range(14), "followers_count": followers})
    posts = pl.DataFrame(
        {"row": range(14), "view_count": views}, schema={"row": pl.UInt32, "view_count": pl.Int64}
    )
    return accounts, posts


def test_an_audience_is_compared_with_accounts_of_as_many_followers() -> None:
    accounts, posts = collection([5, 7, *[30, 31, 32, 33, 34, 35], *[9_000] * 6])
    around = Surroundings.of(accounts, posts, pl.Series([0, 1]))
    found = said(measured(posts.head(2), around), 2, "en")
    assert (found.median_views, found.like_size_median_views) == (6, 32.5)
    assert found.sentence == (
        "2 accounts, 2 posts, and 12 views. Half of the posts have at most 6 views. "
        "Of the posts of other accounts with as many followers, half have at most 32."
    )


def test_where_too_few_are_of_like_size_nothing_is_compared() -> None:
    accounts, posts = collection([5, 7, *[30] * 6, *[9_000] * 6])
    around = Surroundings.of(accounts.filter(~pl.col("row").is_in([2, 3])), posts, pl.Series([0, 1]))
    assert measured(posts.head(2), around).like_size_median_views is None
    unknown = Surroundings.of(accounts.drop("followers_count"), posts, pl.Series([0, 1]))
    assert measured(posts.head(2), unknown).like_size_median_views is None


def test_groups_measured_together_are_measured_as_each_is_alone() -> None:
    accounts, posts = collection([5, 7, *[30, 31, 32, 33, 34, 35], *[9_000] * 6])
    around = Surroundings.of(accounts, posts, pl.Series([0, 1, 8, 9]))
    # The last of the three has no post of its own, and nobody outside is of the size of the second.
    grouped = pl.DataFrame({"row": [0, 1, 8, 9, 2], "group": [0, 0, 1, 1, 2]}).cast({"row": pl.UInt32})
    written = posts.join(grouped, on="row").with_columns(
        kind=pl.when(pl.col("group") == 2).then(pl.lit("repost")).otherwise(pl.lit("original")),
        reactions=pl.col("group"),
        internal=pl.lit(1),
    )
    found = audience.by_group(written, around)
    assert found == {
        number: audience.by_group(written.filter(pl.col("group") == number), around)[number]
        for number in (0, 1)
    }
    assert [found[number].like_size_median_views for number in (0, 1)] == [32.5, None]
    assert [found[number].internal_share for number in (0, 1)] == [None, 1.0]


def test_what_a_platform_does_not_count_is_missing_and_not_nought() -> None:
    accounts, posts = collection([None] * 14)
    found = said(measured(posts.head(2), Surroundings.of(accounts, posts, pl.Series([0, 1]))), 2, "en")
    assert found.reach == Reach(posts=2)
    assert (found.median_views, found.sentence) == (None, None)
    assert list(told(Audience(None, None, 2, 0.5, Reach(posts=2)), 2)) == []
    some = pl.DataFrame({"view_count": [None, 4], "like_count": [0, 0]})
    assert reach(some) == Reach(posts=2, views=4, likes=0)


def test_every_sentence_is_there_in_every_language() -> None:
    found = Audience(
        9.0, 3.0, 12_300, 0.78, Reach(posts=12_300, views=41_000, likes=1, reposts=2, replies=0), 40.0, 4.0
    )
    for language in LANGUAGES:
        said = " ".join(each.say(language) for each in told(found, 1_640))
        assert "78" in said
    assert " ".join(each.say("en") for each in told(found, 1_640)) == (
        "1,640 accounts, 12,300 posts, 41,000 views, 1 like, 2 reposts, and 0 replies. Half of the posts have at most 9 views. Of the "
        "posts of other accounts with as many followers, half have at most 40. 78% of the reposts, replies and quotes of these posts "
        "that the collection holds come from the accounts themselves."
    )


def test_what_a_reach_is_counted_from_is_all_of_it() -> None:
    posts = pl.DataFrame({"row": [0, 1], "text": ["a", "b"], "like_count": [3, None], "view_count": [10, 20]})
    counters = audience.counters(posts)
    assert "text" not in counters.columns
    assert reach(counters) == reach(posts)
