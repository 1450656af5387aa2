"""Twitter's archive of information operations: CSV files of users and of tweets, per operation.

All accounts of an operation are labelled by the platform. The archive states no collection time: profiles
count as observed at the newest tweet of the files given (without tweets, when the newest account was made).
Where an account has tweets but no row among the users, its profile is read from its newest tweet.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from vigie.errors import MissingColumnError
from vigie.features import schema
from vigie.features.ingest import lists, timestamps
from vigie.features.ingest.opening import expand
from vigie.features.ingest.reader import FILE, LINE, Log, Options, Read
from vigie.features.ingest.readers import cells, raw
from vigie.features.schema import TIME

_PROFILE = {
    "account_id": "userid",
    "handle": "user_screen_name",
    "display_name": "user_display_name",
    "description": "user_profile_description",
    "location": "user_reported_location",
    "url": "user_profile_url",
    "created_at": "account_creation_date",
    "followers_count": "follower_count",
    "following_count": "following_count",
    "lang": "account_language",
}
_POST = {
    "post_id": "tweetid",
    "account_id": "userid",
    "created_at": "tweet_time",
    "text": "tweet_text",
    "lang": "tweet_language",
    "client": "tweet_client_name",
    "like_count": "like_count",
    "repost_count": "retweet_count",
    "reply_count": "reply_count",
    "quote_count": "quote_count",
}
_TARGETS = ("retweet_tweetid", "quoted_tweet_tweetid", "in_reply_to_tweetid")
_AUTHORS = ("retweet_userid", "in_reply_to_userid")
# iran_201906_1_users_csv_hashed.csv → iran_201906_1
_OPERATION = r"[_.-]?(?:users?|tweets?)(?:_csv)?(?:_(?:un)?hashed)?(?:_\d+)?\.csv$"


def read(paths: Sequence[Path], options: Options) -> Read:
    """Read users, tweets or both.

    Raises:
        MissingColumnError: A file is neither.
    """
    log = Log()
    profiles: list[pl.DataFrame] = []
    posts = [schema.empty("posts")]
    newest = None
    for path in expand(paths, ("*.csv",)):
        frame = raw.read_csv(path, log, "posts" if "tweet" in path.name else "accounts", ("userid",))
        if "tweetid" in frame.columns:
            posts.append(_posts(frame, log))
            newest = timestamps.newest(posts[-1]["created_at"], pl.Series([newest], dtype=TIME))
            profiles.append(_last_profiles(frame))
        elif "user_screen_name" in frame.columns:
            profiles.insert(0, frame)
        else:
            raise MissingColumnError(
                f"{path.name} has neither tweetid nor user_screen_name; it has {', '.join(frame.columns)}"
            )
    users = pl.concat(profiles, how="diagonal").unique("userid", keep="first", maintain_order=True)
    if newest is None:
        newest = timestamps.newest(
            users.select(timestamps.parse(pl.col("account_creation_date"))).to_series()
        )
    values = {
        "platform": pl.lit("x"),
        **cells.present(users, _PROFILE),
        "observed_at": pl.lit(newest, dtype=TIME),
    }
    accounts = cells.shape(users, "accounts", values, log)
    return log.read(
        accounts=accounts, posts=pl.concat(posts), labels=_labels(users, options.name or "io-archive", log)
    )


def _posts(frame: pl.DataFrame, log: Log) -> pl.DataFrame:
    separators = {"urls": None, "hashtags": ",", "mentions": ","}
    columns = {"urls": "urls", "hashtags": "hashtags", "mentions": "user_mentions"}
    values = {"platform": pl.lit("x"), **cells.present(frame, _POST), "time_resolution": pl.lit("minute")}
    for name, column in columns.items():
        if column in frame.columns:
            values[name] = lists.bracketed(cells.no_value(pl.col(column)), separators[name])
    if "hashtags" in values:
        values["hashtags"] = values["hashtags"].list.eval(pl.element().str.strip_prefix("#"))
    repost, quote, reply = (_filled(frame, name) for name in _TARGETS)
    if "is_retweet" in frame.columns:
        stated = pl.col("is_retweet").str.to_lowercase()
        other = (
            pl.when(quote.is_not_null())
            .then(pl.lit("quote"))
            .when(reply.is_not_null() | _filled(frame, "in_reply_to_userid").is_not_null())
            .then(pl.lit("reply"))
            .otherwise(pl.lit("original"))
        )
        values["kind"] = pl.when(stated == "true").then(pl.lit("repost")).when(stated == "false").then(other)
    values["target_post_id"] = pl.coalesce(repost, quote, reply)
    values["target_account_id"] = pl.coalesce(_filled(frame, name) for name in _AUTHORS)
    return cells.shape(frame, "posts", values, log)


def _filled(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Return the cells of a column that hold something; null where the file has no such column."""
    if name not in frame.columns:
        return pl.lit(None, dtype=pl.String)
    text = cells.no_value(pl.col(name)).str.strip_chars()
    return pl.when(~text.is_in(["", "0"])).then(text)


def _last_profiles(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the profile columns of each account's newest tweet."""
    columns = [column for column in _PROFILE.values() if column in frame.columns]
    return (
        frame.sort(
            timestamps.parse(pl.col("tweet_time")), descending=True, nulls_last=True, maintain_order=True
        )
        .unique("userid", keep="first", maintain_order=True)
        .select(*columns, FILE, LINE)
    )


def _labels(users: pl.DataFrame, source: str, log: Log) -> pl.DataFrame:
    values = {
        "platform": pl.lit("x"),
        "account_id": pl.col("userid"),
        "target": pl.lit("inauthentic"),
        "value": pl.lit("true"),
        "kind": pl.lit("troll"),
        "campaign": pl.col(FILE).str.replace(_OPERATION, "").str.strip_suffix(".csv"),
        "source": pl.lit(source),
        "strength": pl.lit("platform"),
    }
    return cells.shape(users, "labels", values, log)
