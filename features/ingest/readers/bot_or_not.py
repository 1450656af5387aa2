"""The "Bot or Not" exercise: ``dataset.posts&users.N.json`` and the ids of its bots, ``dataset.bots.N.txt``.

Profiles are observed at the end of the exercise's window (``metadata.end_time``). ``tweet_count`` counts the
posts of the account inside the set, not since its creation, and is not taken for ``posts_count``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from vigie.errors import MalformedInputError
from vigie.features import schema
from vigie.features.ingest import timestamps
from vigie.features.ingest.opening import SourceFile, expand
from vigie.features.ingest.reader import Log, Options, Read
from vigie.features.ingest.readers import cells, raw
from vigie.features.json_object import JsonObject

# Name in the file to table of the contract.
_TABLES = {"users": "accounts", "posts": "posts"}


def read(paths: Sequence[Path], options: Options) -> Read:
    """Read every set given with its list of bots.

    Raises:
        MalformedInputError: A set lacks its metadata, users or posts.
    """
    log = Log()
    files = expand(paths, ("dataset.posts&users.*.json", "dataset.bots.*.txt"))
    bots = {_number(path): path for path in files if path.suffix == ".txt"}
    tables: dict[str, list[pl.DataFrame]] = {table: [schema.empty(table)] for table in schema.TABLES}
    for path in files:
        if path.suffix != ".json":
            continue
        held, end = _held(path, log)
        users, posts = (_frame(held[name], path, table, log) for name, table in _TABLES.items())
        tables["accounts"].append(cells.shape(users, "accounts", _account(users, end), log))
        shaped = cells.shape(posts, "posts", _post(posts), log)
        tables["posts"].append(shaped)
        late = shaped.filter(pl.col("created_at") > end).height
        log.note(
            f"{path.name}: posts kept that are dated after the window ends ({end:%Y-%m-%d %H:%M}) and that no "
            "feature reads: {}",
            late,
        )
        number = _number(path)
        if number in bots:
            listed = set(raw.read_text(bots[number], log).split())
            tables["labels"].append(_labels(users, listed, number, options.name or "bot-or-not-en", log))
            log.note(f"{bots[number].name}: ids of no user of the set: {{}}", len(listed - set(users["id"])))
        else:
            log.note(f"{path.name}: no list of bots beside it, no label")
    return log.read(**{table: pl.concat(parts) for table, parts in tables.items()})


def _held(path: SourceFile, log: Log) -> tuple[JsonObject, datetime]:
    """Return what a set holds, and when its window ends."""
    records = raw.read_json(path, log, "posts")
    held = records[0].value if len(records) == 1 else None
    if not isinstance(held, dict) or not all(isinstance(held.get(name), list) for name in _TABLES):
        raise MalformedInputError(f"{path.name} does not hold one object with metadata, users and posts")
    metadata = held.get("metadata")
    stated = str(metadata.get("end_time")) if isinstance(metadata, dict) else ""
    end = timestamps.newest(pl.select(timestamps.parse(pl.lit(stated))).to_series())
    if end is None:
        raise MalformedInputError(f"{path.name}: metadata states no end_time, when the profiles were seen")
    return held, end


def _frame(values: list[Any], path: SourceFile, table: str, log: Log) -> pl.DataFrame:
    numbered = [
        (line, value) for line, value in enumerate(values, 1) if isinstance(value, dict) and "id" in value
    ]
    for line, value in enumerate(values, 1):
        if not isinstance(value, dict) or "id" not in value:
            log.reject(path.name, line, table, None, "not an object with an id", str(value))
    if not numbered:
        raise MalformedInputError(f"{path.name} holds no {table}")
    return cells.table(
        [value for _, value in numbered], [path.name] * len(numbered), [line for line, _ in numbered]
    )


def _account(users: pl.DataFrame, end: datetime) -> dict[str, pl.Expr]:
    columns = {"account_id": "id", "handle": "username", "display_name": "name"}
    texts = {"description": "description", "location": "location"}
    return {"platform": pl.lit("x"), **cells.present(users, columns | texts), "observed_at": pl.lit(end)}


def _post(posts: pl.DataFrame) -> dict[str, pl.Expr]:
    columns = {
        "post_id": "id",
        "account_id": "author_id",
        "created_at": "created_at",
        "text": "text",
        "lang": "lang",
    }
    return {"platform": pl.lit("x"), **cells.present(posts, columns), "time_resolution": pl.lit("second")}


def _labels(users: pl.DataFrame, bots: set[str], number: str, source: str, log: Log) -> pl.DataFrame:
    bot = pl.col("id").is_in(sorted(bots))
    values = {
        "platform": pl.lit("x"),
        "account_id": pl.col("id"),
        "target": pl.lit("inauthentic"),
        "value": bot,
        "kind": pl.when(bot).then(pl.lit("LLM persona")).otherwise(pl.lit("person")),
        "campaign": pl.lit(f"set {number}"),
        "source": pl.lit(source),
        "strength": pl.lit("expert"),
    }
    return cells.shape(users, "labels", values, log)


def _number(path: SourceFile) -> str:
    """Return the N of ``dataset.bots.N.txt``."""
    return path.name.split(".")[-2]
