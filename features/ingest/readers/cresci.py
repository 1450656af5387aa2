"""The MIB data sets of Cresci et al.: bought followers (2015) and spambots (2017) on Twitter.

**2015** is a folder with ``users.csv`` and ``tweets.parquet``; **2017** one with ``genuine_users.csv``,
``social_spambot_users_*.csv`` and ``spambots_*.csv``, profiles only.

Observation time. 2017: ``crawled_at``, which every profile has (2010 to 2016); ``updated`` is March 2016 for
all, a later touch of the table. 2015: ``crawled_at`` is empty and ``updated`` is the same second for a whole
batch, up to two years after its newest post, again a touch of the table. The batches were collected within
days, so a batch (``source_set``) counts as observed at its newest post. Both columns are written in Italian
local time and read as UTC: one or two hours late, never early.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from vigie.errors import MissingColumnError
from vigie.features import schema
from vigie.features.ingest import timestamps
from vigie.features.ingest.opening import SourceFile, expand
from vigie.features.ingest.reader import FILE, Log, Options, Read
from vigie.features.ingest.readers import cells, raw, twitter

_JUDGEMENTS = "crowdflower"
_PATTERNS = ("*users*.csv", "spambots_*.csv", "tweets.parquet", f"{_JUDGEMENTS}*.csv")
_REQUIRED = ("id", "screen_name", "created_at", "followers_count", "friends_count", "statuses_count")


def read(paths: Sequence[Path], options: Options) -> Read:
    """Read either layout.

    Raises:
        MissingColumnError: The files are neither layout.
    """
    log = Log()
    files = expand(paths, _PATTERNS)
    tables = [path for path in files if path.suffix == ".csv" and not path.name.startswith(_JUDGEMENTS)]
    posts = [path for path in files if path.suffix == ".parquet"]
    for path in files:
        if path.name.startswith(_JUDGEMENTS):
            log.note(f"{path.name}: judgements of annotators, ignored")
    frames = [raw.read_csv(path, log, "accounts", _REQUIRED) for path in tables]
    if frames and all(
        "crawled_at" in frame.columns and "source_set" not in frame.columns for frame in frames
    ):
        return _read_2017(frames, options.name or "cresci-2017", log)
    if len(frames) == 1 and {"label", "source_set"} <= set(frames[0].columns):
        return _read_2015(frames[0], posts, options.name or "cresci-2015", log)
    raise MissingColumnError(
        f"{', '.join(path.name for path in files)}: neither the 2015 layout (users.csv with label and "
        "source_set, tweets.parquet) nor that of 2017 (genuine_users.csv, social_spambot_users_*.csv, "
        "spambots_*.csv with crawled_at)"
    )


def _read_2017(frames: Sequence[pl.DataFrame], source: str, log: Log) -> Read:
    accounts: list[pl.DataFrame] = []
    labels: list[pl.DataFrame] = []
    for frame in frames:
        accounts.append(cells.shape(frame, "accounts", _profile(frame, pl.col("crawled_at")), log))
        campaign = pl.col(FILE).str.strip_suffix(".csv")
        genuine = campaign.str.starts_with("genuine")
        labels.append(_labels(frame, ~genuine, "spambot", campaign, source, log))
    return log.read(accounts=pl.concat(accounts), labels=pl.concat(labels))


def _read_2015(users: pl.DataFrame, files: Sequence[SourceFile], source: str, log: Log) -> Read:
    posts = schema.empty("posts")
    for path in files:
        frame = raw.read_parquet(path, log, ("user_id", "tweet_id", "created_at", "text"))
        values = {
            "platform": pl.lit("x"),
            "post_id": pl.col("tweet_id"),
            "account_id": pl.col("user_id"),
            "created_at": pl.col("created_at"),
            "time_resolution": pl.lit("second"),
            "text": pl.col("text"),
        }
        posts = pl.concat([posts, cells.shape(frame, "posts", values, log)])
    newest = posts.group_by("account_id").agg(newest=pl.col("created_at").max())
    created = timestamps.parse(pl.col("created_at"))
    seen = users.join(
        newest, left_on="id", right_on="account_id", how="left", maintain_order="left"
    ).with_columns(batch=pl.max_horizontal("newest", created).max().over("source_set"))
    for name, time in seen.select("source_set", "batch").unique().drop_nulls().sort("source_set").iter_rows():
        log.note(
            f"{name}: profiles observed at {time:%Y-%m-%d %H:%M}, the newest post of the batch: {{}}",
            seen.filter(pl.col("source_set") == name).height,
        )
    accounts = cells.shape(seen, "accounts", _profile(seen, pl.col("batch")), log)
    labels = _labels(users, pl.col("label") == "fake", "bought follower", pl.col("source_set"), source, log)
    return log.read(accounts=accounts, posts=posts, labels=labels)


def _profile(frame: pl.DataFrame, observed_at: pl.Expr) -> dict[str, pl.Expr]:
    return {
        "platform": pl.lit("x"),
        **cells.present(frame, twitter.PROFILE),
        "observed_at": observed_at,
        **twitter.has_picture(frame),
        **twitter.has_banner(frame),
    }


def _labels(
    frame: pl.DataFrame, value: pl.Expr, kind: str, campaign: pl.Expr, source: str, log: Log
) -> pl.DataFrame:
    values = {
        "platform": pl.lit("x"),
        "account_id": pl.col("id"),
        "target": pl.lit("inauthentic"),
        "value": value,
        "kind": pl.when(value).then(pl.lit(kind)).otherwise(pl.lit("person")),
        "campaign": campaign,
        "source": pl.lit(source),
        "strength": pl.lit("expert"),
    }
    return cells.shape(frame, "labels", values, log)
