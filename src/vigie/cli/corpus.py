"""All accounts and posts of a dataset directory or a file, for commands that compare accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.cli.refused import told

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

    from vigie.features.coordination.layers import Engine
    from vigie.features.similarity.near_duplicate_text import SimilarTexts


@dataclass(frozen=True)
class Collection:
    """What is to be compared, and where.

    Attributes:
        accounts: Contract columns and ``row``.
        posts: Contract columns, without the platform, and ``row`` of the author.
        engine: Where actions are compared.
        texts: Texts that were made ready there; None: none were.
    """

    accounts: pl.DataFrame
    posts: pl.DataFrame
    engine: Engine
    texts: SimilarTexts | None


def read(path: Path, console: Console, now: datetime | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return accounts with ``row``, and posts with the row and the id of their author; what was refused is told.

    Args:
        path: A dataset directory or a file.
        console: Where it is told.
        now: Clock for "in the future"; None: that of the machine.
    """
    from vigie.features import on_disk
    from vigie.features.ingest import dataset
    from vigie.serving.batch import inputs

    if path.is_dir():
        found = dataset.open(path)
        return _with_strangers(
            found.accounts().collect(), found.posts(), lambda: found.portions("posts", on_disk.ROWS)
        )
    corpus = inputs.find(path, now or datetime.now(UTC)).corpus(lambda _: None)
    for line in told(corpus.refused):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    names = corpus.accounts.select("row", "account_id")
    return corpus.accounts, corpus.posts.join(names, on="row", how="left", maintain_order="left")


@contextmanager
def collected(path: str, remote: str | None, console: Console, now: datetime) -> Iterator[Collection]:
    """Yield what is to be compared: read here, or by the engine of a server, which then compares while the body runs.

    Args:
        path: A dataset directory or a file, or a folder that the engine reads.
        remote: The server; None: this machine.
        console: Where it is told what was refused.
        now: Clock for "in the future".

    Raises:
        DatasetError: There are no accounts, or not those that were written.
        ClusterError: The engine cannot be reached, or failed.
    """
    from vigie.features.coordination.layers import HERE

    if remote is None:
        yield Collection(*read(Path(path), console, now), HERE, None)
        return
    from vigie.features.cluster import stored_tables, texts
    from vigie.features.cluster.by_object import ClusterEngine
    from vigie.features.cluster.session import connected

    with connected(remote) as session:
        tables = stored_tables.opened(session, path)
        told, published = tables.collected()
        accounts, posts = _with_strangers(told, published.lazy(), lambda: [published])
        yield Collection(accounts, posts, ClusterEngine(session), texts.sketched(tables))


def _with_strangers(
    accounts: pl.DataFrame, posts: pl.LazyFrame, portions: Callable[[], Iterable[pl.DataFrame]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return accounts with ``row``, authors known by their posts alone included, and posts with their row.

    Posts keep ``account_id``, which tells reposts of an account's own posts.

    Args:
        accounts: Contract columns.
        posts: The same.
        portions: Reads the posts, some at a time.
    """
    import polars as pl

    from vigie.features import on_disk, schema

    keys = ["platform", "account_id"]
    strangers = (
        posts.join(accounts.lazy(), on=keys, how="anti", maintain_order="left")
        .select(keys)
        .unique(maintain_order=True)
        .collect(engine="streaming")
    )
    unseen = strangers.with_columns(
        pl.lit(None, dtype).alias(name)
        for name, dtype in schema.schema("accounts").items()
        if name not in keys
    ).select(accounts.columns)
    indexed = pl.concat([accounts, unseen]).with_row_index("row")
    rows = indexed.select("row", *keys)
    authored = (
        some.join(rows, on=keys, how="inner", maintain_order="left").drop("platform") for some in portions()
    )
    empty = posts.limit(0).collect().join(rows, on=keys).drop("platform")
    return indexed, on_disk.stacked(chain([empty], authored))
