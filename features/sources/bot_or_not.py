"""The "Bot or Not" exercise: ``dataset.posts&users.N.json`` and the ids of its bots, ``dataset.bots.N.txt``.

Profiles are observed at the end of the exercise's window (``metadata.end_time``). ``tweet_count`` counts the
posts of the account inside the set, not since its creation, and is not taken for ``posts_count``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from vigie.errors import MalformedInputError
from vigie.features import contract
from vigie.features.sources import cells, raw
from vigie.features.sources.base import Log, Options, Read


def read(paths: Sequence[Path], options: Options) -> Read:
    """Read every set given with its list of bots.

    Raises:
        MalformedInputError: A set lacks its metadata, users or posts.
    """
    log = Log()
    files = raw.expand(paths, ("dataset.posts&users.*.json", "dataset.bots.*.txt"))
    bots = {_number(path): path for path in files if path.suffix == ".txt"}
    tables: dict[str, list[pl.DataFrame]] = {table: [contract.empty(table)] for table in contract.TABLES}
    for path in files:
        if path.suffix != ".json":
            continue
        held = _held(path, log)
        end = held["metadata"]["end_time"]
        users, posts = _frame(held["users"], path), _frame(held["posts"], path)
        tables["accounts"].append(cells.shape(users, "accounts", _account(users, end), log))
        shaped = cells.shape(posts, "posts", _post(posts), log)
        tables["posts"].append(shaped)
        late = shaped.filter(pl.col("created_at") > pl.lit(end).str.to_datetime(time_zone="UTC")).height
        log.note(
            f"{path.name}: {{}} posts dated after the window ends ({end}); kept, no feature reads them", late
        )
        number = _number(path)
        if number in bots:
            listed = set(raw.decode(bots[number], log).split())
            tables["labels"].append(_labels(users, listed, number, options.name or "bot-or-not-en", log))
            log.note(
                f"{bots[number].name}: {{}} ids are of no user of the set", len(listed - set(users["id"]))
            )
        else:
            log.note(f"{path.name}: no list of bots beside it, no label")
    return log.read(**{table: pl.concat(parts) for table, parts in tables.items()})


def _held(path: Path, log: Log) -> dict[str, Any]:
    records = raw.read_json(path, log, "posts")
    held = records[0].value if len(records) == 1 else None
    if not isinstance(held, dict) or not {"metadata", "users", "posts"} <= set(held):
        raise MalformedInputError(f"{path.name} does not hold one object with metadata, users and posts")
    if not isinstance(held["metadata"], dict) or "end_time" not in held["metadata"]:
        raise MalformedInputError(f"{path.name}: metadata has no end_time, the time the profiles were seen")
    return held


def _frame(records: list[dict[str, Any]], path: Path) -> pl.DataFrame:
    return cells.table(records, [path.name] * len(records), range(1, len(records) + 1))


def _account(users: pl.DataFrame, end: str) -> dict[str, pl.Expr]:
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


def _number(path: Path) -> str:
    """Return the N of ``dataset.bots.N.txt``."""
    return path.name.split(".")[-2]
