"""The example data of the CooRTweet package: shares on Facebook and Twitter, anonymised, without texts.

``german_elections.parquet`` has a row per object (url, hashtag, image) that a post shares: rows of one post
are gathered. ``russian_coord_tweets.parquet`` has a row per repost. Nobody saw the profiles, so all accounts
of a file count as observed at its newest post. There is no label.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from vigie.errors import MissingColumnError
from vigie.features import schema
from vigie.features.ingest.opening import expand
from vigie.features.ingest.reader import FILE, LINE, Log, Options, Read
from vigie.features.ingest.readers import cells, raw

_SHARES = {"account_id", "post_id", "url_id", "hashtag_id", "phash_id", "ts"}
_REPOSTS = {"account_id", "content_id", "object_id", "ts"}


def read(paths: Sequence[Path], options: Options) -> Read:
    """Read shares, reposts or both; ``options`` hold nothing for this format.

    Raises:
        MissingColumnError: A file is neither.
    """
    log = Log()
    posts = [schema.empty("posts")]
    accounts = [schema.empty("accounts")]
    for path in expand(paths, ("*.parquet",)):
        frame = raw.read_parquet(path, log)
        if set(frame.columns) >= _SHARES:
            shaped = _shares(frame, log)
        elif set(frame.columns) >= _REPOSTS:
            shaped = _reposts(frame, log)
        else:
            raise MissingColumnError(
                f"{path.name} has neither {', '.join(sorted(_SHARES))} nor {', '.join(sorted(_REPOSTS))}; "
                f"it has {', '.join(frame.columns)}"
            )
        posts.append(shaped)
        seen = shaped.select("platform", "account_id", observed_at=pl.col("created_at").max()).unique(
            ["platform", "account_id"], maintain_order=True
        )
        log.seen["accounts"] += seen.height
        accounts.append(schema.conform(seen, "accounts"))
    return log.read(accounts=pl.concat(accounts), posts=pl.concat(posts))


def _shares(frame: pl.DataFrame, log: Log) -> pl.DataFrame:
    kept = frame.with_columns(
        post_id=pl.coalesce(pl.col("post_id").cast(pl.String), pl.format("row-{}", LINE))
    )

    def objects(column: str, prefix: str) -> pl.Expr:
        return pl.format(f"{prefix}{{}}", pl.col(column).drop_nulls().unique(maintain_order=True)).implode()

    whole = kept.group_by("account_id", "post_id", maintain_order=True).agg(
        pl.col(FILE, LINE, "ts").first(),
        urls=objects("url_id", "url:").first(),
        hashtags=objects("hashtag_id", "hashtag").first(),
        media_hashes=objects("phash_id", "").first(),
    )
    log.note("rows that are a further object of a post, gathered: {}", frame.height - whole.height)
    log.note("posts without an id, named after their row: {}", frame["post_id"].null_count())
    values = {
        "platform": pl.when(pl.col("account_id").str.starts_with("fb_"))
        .then(pl.lit("facebook"))
        .otherwise(pl.lit("x")),
        "post_id": pl.col("post_id"),
        "account_id": pl.col("account_id"),
        "created_at": pl.col("ts"),
        "time_resolution": pl.lit("second"),
        "urls": pl.col("urls"),
        "hashtags": pl.col("hashtags"),
        "media_hashes": pl.col("media_hashes"),
    }
    return cells.shape(whole, "posts", values, log)


def _reposts(frame: pl.DataFrame, log: Log) -> pl.DataFrame:
    values = {
        "platform": pl.lit("x"),
        "post_id": pl.col("content_id"),
        "account_id": pl.col("account_id"),
        "created_at": pl.col("ts"),
        "time_resolution": pl.lit("second"),
        "kind": pl.lit("repost"),
        "target_post_id": pl.col("object_id"),
    }
    return cells.shape(frame, "posts", values, log)
