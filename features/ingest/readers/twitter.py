"""What the Twitter readers share: the columns of a profile and what its picture and banner say."""

from __future__ import annotations

import polars as pl

from vigie.features.ingest.readers import cells

# Contract field to column, as the Twitter API v1.1 and most research files name it.
PROFILE = {
    "account_id": "id",
    "handle": "screen_name",
    "display_name": "name",
    "description": "description",
    "location": "location",
    "url": "url",
    "created_at": "created_at",
    "followers_count": "followers_count",
    "following_count": "friends_count",
    "posts_count": "statuses_count",
    "likes_given_count": "favourites_count",
    "listed_count": "listed_count",
    "verified": "verified",
    "protected": "protected",
    "lang": "lang",
}

# Pictures that Twitter gave: default_profile_images/… , and before 2011 default_profile_3_normal.png.
_DEFAULT_PICTURE = r"default_profile(_images/|_\d)"


def has_picture(frame: pl.DataFrame) -> dict[str, pl.Expr]:
    """Return the expression of ``has_profile_image``, where the file tells.

    Args:
        frame: Rows as read, with ``profile_image_url``, ``default_profile_image``, both or neither.
    """
    rules: list[pl.Expr] = []
    if "default_profile_image" in frame.columns:
        flag = cells.no_value(pl.col("default_profile_image")).str.to_lowercase()
        rules.append(pl.when(flag.is_in(["1", "true"])).then(False))
    if "profile_image_url" in frame.columns:
        url = cells.no_value(pl.col("profile_image_url"))
        rules.append(pl.when(url.str.strip_chars() != "").then(~url.str.contains(_DEFAULT_PICTURE)))
    if "default_profile_image" in frame.columns:
        rules.append(pl.when(flag.is_in(["0", "false"])).then(True))
    return {"has_profile_image": pl.coalesce(rules)} if rules else {}


def has_banner(frame: pl.DataFrame) -> dict[str, pl.Expr]:
    """Return the expression of ``has_banner``, where the file tells.

    The API leaves the banner out of profiles without one, so a missing cell means none; but a file without a
    single banner was collected before there were banners, or without the field, and says nothing.

    Args:
        frame: Rows as read, with ``profile_banner_url`` or not.
    """
    if "profile_banner_url" not in frame.columns:
        return {}
    given = cells.no_value(pl.col("profile_banner_url")).str.strip_chars().fill_null("") != ""
    return {"has_banner": given} if frame.select(given.any()).item() else {}


def handle(text: pl.Expr) -> pl.Expr:
    """Return a handle without spaces around it and without @."""
    return text.str.strip_chars().str.strip_prefix("@")
