"""Columns of collectors' tables made ready for their mapping, where a cell holds what no mapping can say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from vigie.features.ingest.readers.bluesky import REPOST_ID

# Offsets of zones by the names that CrowdTangle writes behind times. Names that several zones share are left alone.
_OFFSETS = {
    "UTC": "+00:00",
    "GMT": "+00:00",
    "WET": "+00:00",
    "BST": "+01:00",
    "WEST": "+01:00",
    "CET": "+01:00",
    "CEST": "+02:00",
    "EET": "+02:00",
    "EEST": "+03:00",
    "EDT": "-04:00",
    "EST": "-05:00",
    "CDT": "-05:00",
    "MDT": "-06:00",
    "MST": "-07:00",
    "PDT": "-07:00",
    "PST": "-08:00",
    "AEST": "+10:00",
    "AEDT": "+11:00",
    "NZST": "+12:00",
    "NZDT": "+13:00",
}
_NAMED = r" ([A-Z]{3,4})$"
# Columns of rtweet whose cells have an x before an id.
_IDS = r"(^|_)(status|user)_id$"


def as_it_is(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table as it is."""
    return frame


def crowdtangle(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table of CrowdTangle with offsets instead of names of zones: ``2020-04-16 09:48:29 EDT``."""
    times = [name for name in ("Post Created", "Page Created") if name in frame.columns]
    return frame.with_columns(_with_offset(pl.col(name)) for name in times)


def rtweet(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table of rtweet without the x before ids."""
    return frame.with_columns(pl.col(f"^.*{_IDS}$").str.replace(r"^x(\d+)$", "$1"))


def telegram(frame: pl.DataFrame) -> pl.DataFrame:
    """Return messages of 4CAT with ids that hold outside of their channel: ``channel-12``, as its newer versions write."""
    channel = pl.col("thread_id")

    def whole(name: str) -> pl.Expr:
        number = pl.col(name).str.strip_chars().str.strip_prefix(pl.format("{}-", channel))
        return pl.when(number != "").then(pl.format("{}-{}", channel, number)).alias(name)

    return frame.with_columns(whole("id"), whole("reply_to"))


def bluesky(frame: pl.DataFrame) -> pl.DataFrame:
    """Return posts of Bluesky of 4CAT with their kind; the posts that they act on are told by addresses of the web."""
    filled = {name: pl.col(name).str.strip_chars() != "" for name in ("quoted_post", "replied_to_post")}
    return frame.with_columns(
        pl.when(filled["quoted_post"])
        .then(pl.lit("quote"))
        .when(filled["replied_to_post"])
        .then(pl.lit("reply"))
        .otherwise(pl.lit("original"))
        .alias("kind")
    )


def minet_bluesky(frame: pl.DataFrame) -> pl.DataFrame:
    """Return posts of Bluesky of minet, those that somebody reposted as the repost, by that account at that time."""
    by = pl.col("repost_by_user_did")
    reposted = (by.str.strip_chars() != "").fill_null(False)
    instead = {
        "uri": pl.format(REPOST_ID, by, "uri"),
        "user_did": by,
        "user_handle": pl.col("repost_by_user_handle"),
        "timestamp_utc": pl.col("repost_timestamp_utc"),
        # What the row tells of the author and of the counts of the post is not of the repost.
        **{
            name: pl.lit(None, pl.String)
            for name in (
                "user_diplay_name",
                "user_timestamp_utc",
                "url",
                "quoted_uri",
                "to_post_uri",
                *(f"{kind}_count" for kind in ("like", "repost", "reply", "quote")),
            )
            if name in frame.columns
        },
    }
    before = {
        "reposted_uri": "uri",
        "reposted_user_did": "user_did",
        "reposted_timestamp_utc": "timestamp_utc",
    }
    return frame.with_columns(
        *(pl.when(reposted).then(value).otherwise(name).alias(name) for name, value in instead.items()),
        *(pl.when(reposted).then(name).alias(made) for made, name in before.items()),
    )


def twibot_22(frame: pl.DataFrame) -> pl.DataFrame:
    """Return labels of TwiBot-22 without the letter before ids."""
    return frame.with_columns(pl.col("id").str.strip_prefix("u"))


def _with_offset(time: pl.Expr) -> pl.Expr:
    offset = (
        time.str.strip_chars()
        .str.extract(_NAMED)
        .replace_strict(_OFFSETS, default=None, return_dtype=pl.String)
    )
    return pl.when(offset.is_null()).then(time).otherwise(time.str.replace(_NAMED, "") + offset)


# Mapping to what is done to its tables before.
READY: Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "4cat-bluesky": bluesky,
    "4cat-telegram": telegram,
    "crowdtangle": crowdtangle,
    "crowdtangle-instagram": crowdtangle,
    "minet-bluesky": minet_bluesky,
    "rtweet": rtweet,
    "twibot-22-labels": twibot_22,
}
