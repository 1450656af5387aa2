"""Reactions to an account's own posts: medians, ratios and the Gini index, from the counters as observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

Values = dict[str, float | None]
OfPosts = Callable[..., Values]


def measured(of_posts: OfPosts, likes: Sequence[int | None], **columns: object) -> Values:
    """Measure posts with these likes, and no repost or reply unless stated."""
    counters = {"like_count": likes, "repost_count": 0, "reply_count": 0} | columns
    return of_posts(count=len(likes), **counters)


@pytest.mark.parametrize(
    "likes", [[0, 0, 1, 2, 3, 5, 8, 13, 21, 34], [34, 21, 13, 8, 5, 3, 2, 1, 0, 0], [4] * 12, [0] * 11 + [9]]
)
def test_gini_is_half_the_mean_difference_over_the_mean(of_posts: OfPosts, likes: list[int]) -> None:
    pairs = np.abs(np.subtract.outer(likes, likes)).mean() / (2 * np.mean(likes))
    assert measured(of_posts, likes)["audience_engagement_gini"] == pytest.approx(pairs, abs=1e-9)


def test_posts_without_any_reaction_have_no_gini_and_are_counted(of_posts: OfPosts) -> None:
    none = measured(of_posts, [0] * 12)
    assert none["audience_engagement_gini"] is None
    assert none["audience_no_engagement_share"] == 1
    assert measured(of_posts, [0, 0, 0, 7, 1])["audience_no_engagement_share"] == 3 / 5


def test_engagement_adds_up_likes_reposts_and_replies_of_own_posts_only(of_posts: OfPosts) -> None:
    values = measured(
        of_posts, [1, 2, 3, 4, 5, 1_000], repost_count=[3, 3, 3, 3, 3, 1_000], reply_count=[0, 0, 0, 1, 1, 1_000],
        view_count=[40] * 5 + [9], kind=["original"] * 5 + ["repost"], account={"followers_count": 9},
    )  # fmt: skip
    reactions = np.array([4, 5, 6, 8, 9])
    expected = {
        "audience_engagement_median_count": 6, "audience_engagement_per_follower": reactions.mean() / 10,
        "audience_repost_like_ratio": np.median([4 / 2, 4 / 3, 4 / 4, 4 / 5, 4 / 6]),
        "audience_reply_like_ratio": np.median([1 / 2, 1 / 3, 1 / 4, 2 / 5, 2 / 6]),
        "audience_views_per_follower": 4, "audience_engagement_per_view": reactions.sum() / 200,
    }  # fmt: skip
    assert {name: values[name] for name in expected} == pytest.approx(expected)


def test_fewer_than_five_posts_with_counters_give_nothing(of_posts: OfPosts) -> None:
    values = measured(of_posts, [1, 2, 3, 4, *[None] * 20], view_count=[1, 2, 3, 4, *[None] * 20])
    assert {
        name for name, value in values.items() if name.startswith("audience_") and value is not None
    } == set()


def test_an_unknown_number_of_followers_leaves_only_what_needs_it_missing(of_posts: OfPosts) -> None:
    values = measured(of_posts, [1] * 10, view_count=5)
    assert values["audience_engagement_per_follower"] is values["audience_views_per_follower"] is None
    assert values["audience_engagement_median_count"] == 1
    assert values["audience_engagement_per_view"] == pytest.approx(1 / 5)
