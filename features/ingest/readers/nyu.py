"""The NYU competition of 2017: ``bots_data.csv`` and ``nonbots_data.csv``, a profile and a status per row.

A spreadsheet went over the files: ids are rounded, so the handle in lower case is the account id; many
creation dates are day/month or month/day, read where only one reading is possible and left empty otherwise.
The status is JSON, a Python literal, a printed tweepy object (its ``_json`` is read) or bare text without a
time; it is parsed, never evaluated.

Observation time: the newest status of the files given. Both were collected on one day, 14 March 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from vigie.features import schema
from vigie.features.ingest import timestamps
from vigie.features.ingest.opening import expand
from vigie.features.ingest.reader import FILE, LINE, Log, Options, Read
from vigie.features.ingest.readers import cells, raw, twitter, x_api_v1
from vigie.features.json_object import JsonObject, literal
from vigie.features.schema import TIME

_COLUMNS = twitter.PROFILE | {
    "account_id": "key",
    "handle": "handle",
    "created_at": "joined",
    "listed_count": "listedcount",
}
_SLASHED = r"^(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}:\d{2})$"
# A bot that says so in its name or description; the data set does not mark them otherwise.
_DECLARED = r"(?i)bot|automat"


def read(paths: Sequence[Path], options: Options) -> Read:
    """Read the files given; the campaign of a label is its file.

    Raises:
        MissingColumnError: A file lacks the columns of the format.
    """
    log = Log()
    required = ("screen_name", "created_at", "status", "bot")
    frames = [_clean(raw.read_csv(path, log, "accounts", required)) for path in expand(paths, ("*.csv",))]
    posts = pl.concat([_posts(frame, log) for frame in frames])
    newest = timestamps.newest(posts["created_at"])
    if newest is not None:
        log.note(f"all profiles observed at {newest:%Y-%m-%d %H:%M}, the newest status")
    accounts: list[pl.DataFrame] = []
    for frame in frames:
        joined = frame.with_columns(joined=_joined(pl.col("created_at"), pl.lit(newest, dtype=TIME)))
        log.note(
            f"{_name(joined)}: creation dates that could be day/month or month/day, left empty: {{}}",
            joined.filter(pl.col("joined").is_null() & pl.col("created_at").str.contains(_SLASHED)).height,
        )
        values = {
            "platform": pl.lit("x"),
            **cells.present(joined, _COLUMNS),
            "observed_at": pl.lit(newest, dtype=TIME),
            **twitter.has_picture(joined),
        }
        accounts.append(cells.shape(joined, "accounts", values, log))
    labels = [_labels(frame, options.name or "nyu-2017", log) for frame in frames]
    return log.read(accounts=pl.concat(accounts), posts=posts, labels=pl.concat(labels))


def _clean(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame without the quotation marks that JSON left around cells, and with its key."""
    texts = [name for name in frame.columns if name not in ("status", FILE, LINE)]
    bare = frame.with_columns(pl.col(texts).str.strip_chars().str.strip_prefix('"').str.strip_suffix('"'))
    handle = twitter.handle(pl.col("screen_name"))
    return bare.with_columns(handle=handle).with_columns(key=pl.col("handle").str.to_lowercase())


def _joined(text: pl.Expr, newest: pl.Expr) -> pl.Expr:
    """Return the creation time; slashed dates only where one order alone is a date not after ``newest``."""
    first, second = text.str.extract(_SLASHED, 1), text.str.extract(_SLASHED, 2)
    rest = [text.str.extract(_SLASHED, 3), text.str.extract(_SLASHED, 4)]

    def order(month: pl.Expr, day: pl.Expr) -> pl.Expr:
        written = pl.format("{}-{}-{} {}", rest[0], month, day, rest[1])
        time = written.str.to_datetime("%Y-%m-%d %H:%M", time_unit="us", time_zone="UTC", strict=False)
        return pl.when(time <= newest).then(time)

    american, european = order(first, second), order(second, first)
    single = (
        pl.when(american.is_null() | (american == european))
        .then(european)
        .when(european.is_null())
        .then(american)
    )
    return pl.coalesce(timestamps.parse(text), single)


def _posts(frame: pl.DataFrame, log: Log) -> pl.DataFrame:
    kept: list[JsonObject] = []
    lines: list[int] = []
    file = _name(frame)
    bare = 0
    for key, text, line in frame.select("key", "status", LINE).iter_rows():
        status = _status(text)
        if status is None:
            bare += text.strip() not in ("", "null", "None")
            continue
        kept.append(x_api_v1.post(status) | {"account_id": key})
        lines.append(line)
    log.note(
        f"{file}: statuses that are bare text or cut short, without a time, and give no post: {{}}", bare
    )
    if not kept:
        return schema.empty("posts")
    table = cells.table(kept, [file] * len(kept), lines)
    return cells.shape(
        table, "posts", cells.present(table, cells.same("posts")) | {"platform": pl.lit("x")}, log
    )


def _name(frame: pl.DataFrame) -> str:
    return str(frame[FILE].first())


def _status(text: str) -> JsonObject | None:
    """Return the status object that a cell holds, in whichever form it was printed."""
    value = literal(text) if text.lstrip().startswith("{") else None
    if value is None and text.startswith("Status(") and "_json={" in text:
        value = literal(_braced(text, text.index("_json={") + len("_json=")))
    return value if isinstance(value, dict) and "created_at" in value else None


def _braced(text: str, start: int) -> str:
    """Return the part of a text from an opening brace to the one that closes it, quotes respected."""
    depth, quote, position = 0, "", start
    while position < len(text):
        character = text[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if not depth:
                return text[start : position + 1]
        position += 1
    return ""


def _labels(frame: pl.DataFrame, source: str, log: Log) -> pl.DataFrame:
    bot = pl.col("bot") == "1"
    shown = [
        pl.col(name).str.contains(_DECLARED)
        for name in ("handle", "name", "description")
        if name in frame.columns
    ]
    values = {
        "platform": pl.lit("x"),
        "account_id": pl.col("key"),
        "target": pl.lit("inauthentic"),
        "value": pl.col("bot"),
        "kind": pl.when(bot & pl.any_horizontal(shown)).then(pl.lit("declared automation")),
        "campaign": pl.col(FILE).str.strip_suffix(".csv"),
        "source": pl.lit(source),
        "strength": pl.lit("weak"),
    }
    return cells.shape(frame, "labels", values, log)
