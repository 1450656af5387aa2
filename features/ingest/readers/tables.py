"""Tables and records of collectors made ready for their mapping, where they hold what no mapping can say.

A table that lacks the columns is left as it is: the mapping tells what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.readers.bluesky import REPOST_ID
from vigie.features.ingest.readers.unfolding import wrapped
from vigie.features.json_object import JsonObject

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


def _same_table(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


def _same_record(record: JsonObject) -> JsonObject:
    return record


@dataclass(frozen=True)
class Ready:
    """How files are made ready for a mapping.

    Attributes:
        table: Changes the columns of a table.
        record: Changes a record of JSON.
    """

    table: Callable[[pl.DataFrame], pl.DataFrame] = _same_table
    record: Callable[[JsonObject], JsonObject] = _same_record


AS_IT_IS = Ready()


def crowdtangle(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table of CrowdTangle with offsets instead of names of zones: ``2020-04-16 09:48:29 EDT``."""
    times = [name for name in ("Post Created", "Page Created") if name in frame.columns]
    return frame.with_columns(_with_offset(pl.col(name).cast(pl.String)) for name in times)


def rtweet(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table of rtweet without the x before ids."""
    return frame.with_columns(pl.col(f"^.*{_IDS}$").cast(pl.String).str.replace(r"^x(\d+)$", "$1"))


def telegram(frame: pl.DataFrame) -> pl.DataFrame:
    """Return messages of 4CAT with ids that hold outside of their channel: ``channel-12``, as its newer versions write."""
    if _lacks(frame, "thread_id", "id", "reply_to"):
        return frame
    channel = pl.col("thread_id").cast(pl.String)

    def whole(name: str) -> pl.Expr:
        number = pl.col(name).cast(pl.String).str.strip_chars().str.strip_prefix(pl.format("{}-", channel))
        return pl.when(number != "").then(pl.format("{}-{}", channel, number)).alias(name)

    return frame.with_columns(whole("id"), whole("reply_to"))


def bluesky(frame: pl.DataFrame) -> pl.DataFrame:
    """Return posts of Bluesky of 4CAT with their kind; the posts that they act on are told by addresses of the web."""
    if _lacks(frame, "quoted_post", "replied_to_post"):
        return frame
    return frame.with_columns(
        pl.when(_filled("quoted_post"))
        .then(pl.lit("quote"))
        .when(_filled("replied_to_post"))
        .then(pl.lit("reply"))
        .otherwise(pl.lit("original"))
        .alias("kind")
    )


def minet_bluesky(frame: pl.DataFrame) -> pl.DataFrame:
    """Return posts of Bluesky of minet, those that somebody reposted as the repost, by that account at that time."""
    by = ("repost_by_user_did", "repost_by_user_handle", "repost_timestamp_utc")
    if _lacks(frame, "uri", "user_did", "user_handle", "timestamp_utc", *by):
        return frame
    reposted = _filled(by[0])
    # What a row tells of the author and of the counts of a post is not of its repost.
    others = ("user_diplay_name", "user_timestamp_utc", "url", "quoted_uri", "to_post_uri")
    counts = [f"{kind}_count" for kind in ("like", "repost", "reply", "quote")]
    instead = {
        "uri": pl.format(REPOST_ID, by[0], "uri"),
        "user_did": pl.col(by[0]),
        "user_handle": pl.col(by[1]),
        "timestamp_utc": pl.col(by[2]),
        **{name: pl.lit(None) for name in (*others, *counts) if name in frame.columns},
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
    return (
        frame
        if _lacks(frame, "id")
        else frame.with_columns(pl.col("id").cast(pl.String).str.strip_prefix("u"))
    )


def _lacks(frame: pl.DataFrame, *names: str) -> bool:
    return not set(names) <= set(frame.columns)


def _filled(name: str) -> pl.Expr:
    return (pl.col(name).cast(pl.String).str.strip_chars() != "").fill_null(False)


def _with_offset(time: pl.Expr) -> pl.Expr:
    offset = (
        time.str.strip_chars()
        .str.extract(_NAMED)
        .replace_strict(_OFFSETS, default=None, return_dtype=pl.String)
    )
    return pl.when(offset.is_null()).then(time).otherwise(time.str.replace(_NAMED, "") + offset)


# Mapping to how its files are made ready.
READY: Mapping[str, Ready] = {
    "4cat-bluesky": Ready(table=bluesky),
    "4cat-telegram": Ready(table=telegram),
    "crowdtangle": Ready(table=crowdtangle),
    "crowdtangle-instagram": Ready(table=crowdtangle),
    "minet-bluesky": Ready(table=minet_bluesky),
    "rtweet": Ready(table=rtweet),
    "twibot-22-labels": Ready(table=twibot_22),
    "zeeschuimer-instagram": Ready(record=wrapped),
    "zeeschuimer-tiktok": Ready(record=wrapped),
}
# How files of a mapping are known besides: as 4CAT writes what Zeeschuimer collected.
ALSO: Mapping[str, tuple[Signature, ...]] = {
    f"zeeschuimer-{name}": (Signature(keys=keys, values={"__import_meta.source_platform": (f"{name}.com",)}),)
    for name, keys in (
        ("tiktok", ("__import_meta.timestamp_collected", "desc", "createTime")),
        ("instagram", ("__import_meta.timestamp_collected",)),
    )
}
