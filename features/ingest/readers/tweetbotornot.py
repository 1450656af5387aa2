"""The training files of tweetbotornot: profiles with a label ``bot``, times as epoch seconds.

Nobody wrote down when the profiles were collected. They count as observed when the newest account of the
files given was created: a lower bound, the same for both classes, so that age carries no more of the
collection than it must. Ages are approximate here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from vigie.features.ingest import timestamps
from vigie.features.ingest.opening import expand
from vigie.features.ingest.reader import FILE, Log, Options, Read
from vigie.features.ingest.readers import cells, raw, twitter

_COLUMNS = twitter.PROFILE | {
    "account_id": "user_id",
    "created_at": "account_created_at",
    "lang": "account_lang",
}


def read(paths: Sequence[Path], options: Options) -> Read:
    """Read the files given; the campaign of a label is its file.

    Raises:
        MissingColumnError: A file lacks the columns of the format.
    """
    log = Log()
    required = ("user_id", "screen_name", "account_created_at", "bot")
    frames = [raw.read_csv(path, log, "accounts", required) for path in expand(paths, ("*.csv",))]
    newest = timestamps.newest(
        *(frame.select(timestamps.parse(pl.col("account_created_at"))).to_series() for frame in frames)
    )
    if newest is not None:
        log.note(
            f"no crawl time: all profiles observed at {newest:%Y-%m-%d %H:%M}, when the newest was created"
        )
    accounts = [
        cells.shape(
            frame,
            "accounts",
            {
                "platform": pl.lit("x"),
                **cells.present(frame, _COLUMNS),
                "observed_at": pl.lit(newest),
                **twitter.has_picture(frame),
                **twitter.has_banner(frame),
            },
            log,
        )
        for frame in frames
    ]
    labels = [_labels(frame, options.name or "tweetbotornot-2018", log) for frame in frames]
    return log.read(accounts=pl.concat(accounts), labels=pl.concat(labels))


def _labels(frame: pl.DataFrame, source: str, log: Log) -> pl.DataFrame:
    values = {
        "platform": pl.lit("x"),
        "account_id": pl.col("user_id"),
        "target": pl.lit("inauthentic"),
        "value": pl.col("bot"),
        "campaign": pl.col(FILE).str.strip_suffix(".csv"),
        "source": pl.lit(source),
        "strength": pl.lit("weak"),
    }
    return cells.shape(frame, "labels", values, log)
