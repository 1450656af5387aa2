"""What the Twitter readers share: the columns of a profile and what its picture and banner say."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from vigie.features.ingest import timestamps
from vigie.features.ingest.reader import FILE, LINE, Log
from vigie.features.ingest.readers import cells
from vigie.features.schema import TIME

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


def observe(users: pl.DataFrame, posts: pl.DataFrame, log: Log) -> pl.DataFrame:
    """Return one record per user, with the time it was seen.

    Where no collection time was written down, all counts as seen at the newest time of the files: it was
    collected after it. Of several records of one user, the one seen last counts, then the one with the newest
    status.

    Args:
        users: Records as read: ``id``, ``created_at``, ``seen`` (collection time or null), ``status_at``
            (time of the user's status or null), all text.
        posts: Posts of the same files, contract columns.
        log: Takes a note on records without a collection time.

    Returns:
        ``users`` with ``observed`` (UTC time).
    """
    timed = users.with_columns(
        status_time=timestamps.parse(pl.col("status_at")), seen_time=timestamps.parse(pl.col("seen"))
    )
    joined = timed.select(timestamps.parse(pl.col("created_at"))).to_series()
    newest = timestamps.newest(posts["created_at"], timed["status_time"], joined)
    stated = pl.col("seen").is_not_null()
    shown = (
        f"observed at {newest:%Y-%m-%d %H:%M}, the newest time in the files" if newest else "nor any other"
    )
    log.note(f"records of users without a collection time: {{}}; {shown}", timed.filter(~stated).height)
    return (
        timed.with_columns(
            observed=pl.when(stated).then(pl.col("seen_time")).otherwise(pl.lit(newest, dtype=TIME))
        )
        .sort("observed", "status_time", nulls_last=False, maintain_order=True)
        .unique("id", keep="last", maintain_order=True)
        .sort(FILE, LINE, maintain_order=True)
    )


def columns(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return the frame with columns that it lacks all null."""
    lacking = [pl.lit(None, dtype=pl.String).alias(name) for name in names if name not in frame.columns]
    return frame.with_columns(lacking)
