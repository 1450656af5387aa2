"""Profile features: what one account object says, as of ``observed_at``."""

from __future__ import annotations

import polars as pl

from vigie.features import text
from vigie.features.catalogue import feature


def _age_days() -> pl.Expr:
    age = (pl.col("observed_at") - pl.col("created_at")).dt.total_seconds() / 86_400
    return age.clip(lower_bound=1.0)


def _ratio(numerator: str, denominator: str) -> pl.Expr:
    """Return (a + 1) / (b + 1): defined for zero counts, missing when either is."""
    return (pl.col(numerator) + 1) / (pl.col(denominator) + 1)


@feature(unit="count", source="Yang2020")
def profile_followers_count() -> pl.Expr:
    """Accounts that follow it."""
    return pl.col("followers_count")


@feature(unit="count", source="Yang2020")
def profile_following_count() -> pl.Expr:
    """Accounts it follows."""
    return pl.col("following_count")


@feature(unit="count", source="Yang2020")
def profile_posts_count() -> pl.Expr:
    """Posts since creation, as the platform counts them."""
    return pl.col("posts_count")


@feature(
    unit="count",
    leak="L3, L4: the cresci-2017 stump; habits of liking changed with the years",
    source="Yang2020",
)
def profile_likes_given_count() -> pl.Expr:
    """Likes it gave since creation."""
    return pl.col("likes_given_count")


@feature(unit="count", source="Yang2020")
def profile_listed_count() -> pl.Expr:
    """Public lists that hold it."""
    return pl.col("listed_count")


@feature(
    unit="days",
    low=1,
    leak="L1, L14: each archive was collected at one time, and its bots created in one wave",
    source="Yang2020",
)
def profile_age_days() -> pl.Expr:
    """Days between creation and observation, at least 1."""
    return _age_days()


@feature(unit="per day", source="Yang2020")
def profile_posts_per_day() -> pl.Expr:
    """Posts since creation per day of age."""
    return pl.col("posts_count") / _age_days()


@feature(unit="per day", source="Yang2020")
def profile_followers_per_day() -> pl.Expr:
    """Followers per day of age."""
    return pl.col("followers_count") / _age_days()


@feature(unit="per day", source="Yang2020")
def profile_following_per_day() -> pl.Expr:
    """Accounts followed per day of age."""
    return pl.col("following_count") / _age_days()


@feature(unit="per day", source="Yang2020")
def profile_likes_given_per_day() -> pl.Expr:
    """Likes given per day of age."""
    return pl.col("likes_given_count") / _age_days()


@feature(unit="per day", source="Yang2020")
def profile_listed_per_day() -> pl.Expr:
    """Public lists per day of age."""
    return pl.col("listed_count") / _age_days()


@feature(unit="ratio", source="Chu2012")
def profile_followers_following_ratio() -> pl.Expr:
    """Followers per account followed, both plus one."""
    return _ratio("followers_count", "following_count")


@feature(unit="ratio", source="Hays2023")
def profile_likes_given_per_post() -> pl.Expr:
    """Likes given per post published, both plus one."""
    return _ratio("likes_given_count", "posts_count")


@feature(unit="ratio")
def profile_listed_per_follower() -> pl.Expr:
    """Public lists per follower."""
    # Nothing is added to either: one more list would say "few followers" a second time, and rank people on no list high.
    return pl.when(pl.col("followers_count") > 0).then(pl.col("listed_count") / pl.col("followers_count"))


@feature(unit="ratio")
def profile_followers_per_post() -> pl.Expr:
    """Followers per post published, both plus one."""
    return _ratio("followers_count", "posts_count")


@feature(unit="ratio")
def profile_following_per_post() -> pl.Expr:
    """Accounts followed per post published, both plus one."""
    return _ratio("following_count", "posts_count")


@feature(unit="characters", source="Varol2017")
def profile_description_length() -> pl.Expr:
    """Characters of the biography."""
    return text.visible(pl.col("description")).str.len_chars()


@feature(unit="count")
def profile_description_url_count() -> pl.Expr:
    """Links in the biography."""
    return text.count(pl.col("description"), text.URL)


@feature(unit="count")
def profile_description_hashtag_count() -> pl.Expr:
    """Hashtags in the biography."""
    return text.count(pl.col("description"), text.HASHTAG)


@feature(unit="count")
def profile_description_mention_count() -> pl.Expr:
    """Accounts mentioned in the biography."""
    return text.count(pl.col("description"), text.MENTION)


@feature(unit="count", leak="L14: emojis date an archive")
def profile_description_emoji_count() -> pl.Expr:
    """Emojis in the biography."""
    return text.count(pl.col("description"), text.EMOJI)


def _filled(column: str) -> pl.Expr:
    return text.visible(pl.col(column)).str.strip_chars() != ""


@feature(unit="yes/no")
def profile_has_description() -> pl.Expr:
    """Whether the biography says anything."""
    return _filled("description")


@feature(unit="yes/no")
def profile_has_location() -> pl.Expr:
    """Whether a location is given."""
    return _filled("location")


@feature(unit="yes/no")
def profile_has_url() -> pl.Expr:
    """Whether the profile links somewhere."""
    return _filled("url")


@feature(unit="yes/no", source="Yang2020")
def profile_has_image() -> pl.Expr:
    """Whether it set a picture of its own."""
    return pl.col("has_profile_image")


@feature(unit="yes/no", leak="L2, L14: banners exist since 2012, and archives give them unevenly")
def profile_has_banner() -> pl.Expr:
    """Whether it set a banner."""
    return pl.col("has_banner")


@feature(unit="yes/no", leak="L2, L7: private accounts drop out of archives with posts")
def profile_is_protected() -> pl.Expr:
    """Whether its posts are private."""
    return pl.col("protected")


@feature(unit="yes/no", leak="L3: human samples are full of verified celebrities")
def profile_is_verified() -> pl.Expr:
    """Whether the platform shows it as verified."""
    return pl.col("verified")
