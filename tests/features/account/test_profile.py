"""Values of the profile are those that a person works out by hand; what is unknown stays missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

Values = dict[str, float | None]
OfAccount = Callable[..., Values]
OBSERVED = datetime(2024, 5, 16, 12, tzinfo=UTC)

COUNTERS = {
    "followers_count": 99, "following_count": 49, "posts_count": 399, "likes_given_count": 799, "listed_count": 9,
}  # fmt: skip


def test_counters_are_given_as_they_are_per_day_of_age_and_against_each_other(of_account: OfAccount) -> None:
    values = of_account(created_at=OBSERVED - timedelta(days=100), **COUNTERS)
    expected = {
        "profile_followers_count": 99, "profile_following_count": 49, "profile_posts_count": 399,
        "profile_likes_given_count": 799, "profile_listed_count": 9, "profile_age_days": 100,
        "profile_followers_per_day": 0.99, "profile_following_per_day": 0.49, "profile_posts_per_day": 3.99,
        "profile_likes_given_per_day": 7.99, "profile_listed_per_day": 0.09,
        # Both sides plus one.
        "profile_followers_following_ratio": 100 / 50, "profile_likes_given_per_post": 800 / 400,
        "profile_followers_per_post": 100 / 400, "profile_following_per_post": 50 / 400,
        # As they are.
        "profile_listed_per_follower": 9 / 99,
    }  # fmt: skip
    assert {name: values[name] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize("age", [timedelta(), timedelta(hours=3), timedelta(days=1)])
def test_an_account_is_one_day_old_at_least(of_account: OfAccount, age: timedelta) -> None:
    values = of_account(created_at=OBSERVED - age, **COUNTERS)
    assert values["profile_age_days"] == 1
    assert values["profile_posts_per_day"] == 399


def test_age_is_counted_to_observed_at_and_not_to_today(of_account: OfAccount) -> None:
    created = OBSERVED - timedelta(days=10, hours=12)
    assert of_account(created_at=created)["profile_age_days"] == 10.5
    later = of_account(created_at=created, observed_at=OBSERVED + timedelta(days=100))
    assert later["profile_age_days"] == 110.5


def test_counters_of_zero_have_ratios_and_unknown_ones_have_none(of_account: OfAccount) -> None:
    zero = of_account(**dict.fromkeys(COUNTERS, 0))
    assert zero["profile_followers_following_ratio"] == zero["profile_followers_per_post"] == 1
    assert zero["profile_listed_per_follower"] is None
    assert of_account(**COUNTERS | {"listed_count": 0})["profile_listed_per_follower"] == 0
    unknown = of_account(**COUNTERS | {"followers_count": None})
    for name in ("count", "following_ratio", "per_post", "per_day"):
        assert unknown[f"profile_followers_{name}"] is None
    assert unknown["profile_listed_per_follower"] is None
    assert unknown["profile_following_per_post"] == 50 / 400


def test_the_biography_is_measured_without_invisible_characters(of_account: OfAccount) -> None:
    values = of_account(description="Hi\u200b @ana and @bob, #news 😀 https://a.example")
    assert values["profile_description_length"] == len("Hi @ana and @bob, #news 😀 https://a.example")
    for name, count in {"url": 1, "hashtag": 1, "mention": 2, "emoji": 1}.items():
        assert values[f"profile_description_{name}_count"] == count, name


@pytest.mark.parametrize(
    ("text", "filled"), [("Oslo", 1.0), ("", 0.0), ("  ", 0.0), ("\u200b", 0.0), (None, None)]
)
def test_a_field_known_to_be_empty_is_no_and_an_unknown_one_is_missing(
    of_account: OfAccount, text: str | None, filled: float | None
) -> None:
    values = of_account(description=text, location=text, url=text)
    for name in ("description", "location", "url"):
        assert values[f"profile_has_{name}"] == filled, name


@pytest.mark.parametrize(("flag", "value"), [(True, 1.0), (False, 0.0), (None, None)])
def test_flags_are_one_zero_or_missing(of_account: OfAccount, flag: bool | None, value: float | None) -> None:
    values = of_account(has_profile_image=flag, has_banner=flag, protected=flag, verified=flag)
    for name in ("has_image", "has_banner", "is_protected", "is_verified"):
        assert values[f"profile_{name}"] == value, name
