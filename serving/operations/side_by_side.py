"""Two accounts side by side: what both acted on, with the post of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import polars as pl
from pydantic import Field
from sqlalchemy import Connection

from vigie.features.coordination import traces
from vigie.features.coordination.detector import BY_SPECIFICITY
from vigie.features.json_object import JsonObject
from vigie.serving.operations import corpus, records

# Pairs of posts shown, those closest in time first.
MOST = 20


@dataclass(frozen=True, slots=True)
class SharedPosts:
    """A post of each account on one thing."""

    trace: Annotated[str, Field(description="The most telling trace on which they share it.")]
    first: Annotated[JsonObject, Field(description="In the fields of the contract.")]
    second: JsonObject

    @property
    def apart_s(self) -> float:
        """Seconds between them."""
        times: list[datetime] = [self.first["created_at"], self.second["created_at"]]
        return abs((times[1] - times[0]).total_seconds())


def shared_posts(
    connection: Connection, first: tuple[str, str], second: tuple[str, str]
) -> list[SharedPosts]:
    """Return posts of two accounts on the same things, those closest in time first; each post stands once.

    Args:
        connection: Of the operation.
        first: Platform and id of an account.
        second: Platform and id of the other one.
    """
    own = [corpus.posts_of(connection, *account) for account in (first, second)]
    posts = pl.concat([some.with_columns(row=pl.lit(row, pl.UInt32)) for row, some in enumerate(own)])
    if any(some.is_empty() for some in own):
        return []
    return list(_chosen(_met(posts), posts))


def _met(posts: pl.DataFrame) -> pl.DataFrame:
    """Return which posts (``first``, ``second``) meet on which ``trace``, the closest and most telling first."""
    read = traces.read(posts).posts
    found = [_of_trace(traces.acts(read, name), name) for name in traces.registered()]
    telling = {name: place for place, name in enumerate(BY_SPECIFICITY)}
    return pl.concat(found).sort(
        "apart", pl.col("trace").replace_strict(telling, default=len(telling), return_dtype=pl.Int64), "first"
    )


def _of_trace(acts: pl.DataFrame, name: str) -> pl.DataFrame:
    sides = [
        acts.filter(pl.col("account") == row).select("object", "time", pl.col("post").alias(side))
        for row, side in enumerate(("first", "second"))
    ]
    return (
        sides[0]
        .join(sides[1], on="object")
        .select("first", "second", apart=(pl.col("time") - pl.col("time_right")).abs(), trace=pl.lit(name))
    )


def _chosen(met: pl.DataFrame, posts: pl.DataFrame) -> Iterator[SharedPosts]:
    """Yield the first pairs of posts of which none stands already."""
    seen: set[int] = set()
    for first, second, trace in met.select("first", "second", "trace").iter_rows():
        if len(seen) >= 2 * MOST:
            return
        if first not in seen and second not in seen:
            seen |= {first, second}
            yield SharedPosts(trace, *(records.known(posts.row(at, named=True)) for at in (first, second)))
