"""A state operation's accounts among ordinary people: ``accounts.csv`` and ``posts_*.parquet``.

Times are floored to the minute and ids are hashed by the archive. Nobody saw the profiles, so an account
counts as observed at its last post. Posts have no id of their own: their position in the file is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from vigie.errors import MissingColumnError
from vigie.features.ingest.opening import SourceFile, expand
from vigie.features.ingest.reader import FILE, LINE, Log, Options, Read
from vigie.features.ingest.readers import cells, raw

# An operation is labelled by the platform; the organic archives by those who gathered them.
_OPERATION = "io"


def read(paths: Sequence[Path], options: Options) -> Read:
    """Read the accounts and every posts file given.

    Raises:
        MissingColumnError: There is no accounts.csv or no posts file.
    """
    log = Log()
    files = expand(paths, ("accounts.csv", "posts_*.parquet"))
    tables = [path for path in files if path.suffix == ".csv"]
    archives = [path for path in files if path.suffix == ".parquet"]
    if len(tables) != 1 or not archives:
        raise MissingColumnError(
            f"{', '.join(path.name for path in files)}: it takes accounts.csv and posts_*.parquet files"
        )
    listed = raw.read_csv(tables[0], log, "accounts", ("account", "source", "label", "family"))
    posts = pl.concat([_posts(path, log) for path in archives])
    last = posts.group_by("account_id").agg(last=pl.col("created_at").max())
    seen = listed.join(last, left_on="account", right_on="account_id", how="left", maintain_order="left")
    accounts = cells.shape(
        seen,
        "accounts",
        {"platform": pl.lit("x"), "account_id": pl.col("account"), "observed_at": pl.col("last")},
        log,
    )
    return log.read(
        accounts=accounts, posts=posts, labels=_labels(listed, options.name or "coordination", log)
    )


def _posts(path: SourceFile, log: Log) -> pl.DataFrame:
    frame = raw.read_parquet(path, log, ("account", "ts", "text", "is_repost"))
    values = {
        "platform": pl.lit("x"),
        "post_id": pl.format(
            "{}-{}", pl.col(FILE).str.strip_suffix(".parquet").str.strip_prefix("posts_"), LINE
        ),
        "account_id": pl.col("account"),
        "created_at": pl.col("ts"),
        "time_resolution": pl.lit("minute"),
        "text": pl.col("text"),
        "kind": pl.when("is_repost").then(pl.lit("repost")),
    }
    return cells.shape(frame, "posts", values, log)


def _labels(listed: pl.DataFrame, source: str, log: Log) -> pl.DataFrame:
    """Return both targets: the accounts of an operation are inauthentic, and act together."""
    operation = pl.col("label") == _OPERATION
    values = {
        "platform": pl.lit("x"),
        "account_id": pl.col("account"),
        "target": pl.col("target"),
        "value": operation,
        "kind": pl.when(operation)
        .then(pl.lit("troll"))
        .when(pl.col("label") == "organisation")
        .then(pl.lit("organisation"))
        .otherwise(pl.lit("person")),
        "campaign": pl.when(operation).then("family").otherwise("source"),
        "source": pl.lit(source),
        "strength": pl.when(operation).then(pl.lit("platform")).otherwise(pl.lit("expert")),
    }
    both = listed.join(pl.DataFrame({"target": ["inauthentic", "coordinated"]}), how="cross")
    return cells.shape(both, "labels", values, log)
