"""From dataset directories to one corpus: labelled accounts and their posts, each person once.

The same people stand in several public data sets, sometimes under other ids. They are found by id, by
handle, and by posts published in the same minute with the same words, and kept in the first set only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from vigie.errors import LabelError
from vigie.features import dataset, text

# Posts with the same minute and words that make two accounts one person.
_SAME_POSTS = 3
# Fewer labelled accounts of a class than this cannot carry a model.
_LEAST_PER_CLASS = 20


@dataclass(frozen=True)
class Corpus:
    """Labelled accounts of several data sets.

    Attributes:
        accounts: Contract columns, ``row`` (UInt32, unique), ``source``, ``y`` (Boolean), ``kind``,
            ``campaign``.
        posts: Contract columns without platform and account_id, plus ``row``.
        manifests: Manifest of each dataset directory.
        removed: Accounts removed as duplicates, by source and reason.
    """

    accounts: pl.DataFrame
    posts: pl.DataFrame
    manifests: tuple[dict[str, Any], ...]
    removed: pl.DataFrame

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the sources, in order."""
        return tuple(self.accounts["source"].unique(maintain_order=True))


def load(folders: Sequence[Path], target: str, sources: Sequence[str]) -> Corpus:
    """Return the corpus of a target.

    Args:
        folders: Dataset directories.
        target: Which labels to use.
        sources: Data sets to use, in order of preference; empty for all, in the order of ``folders``.

    Raises:
        DatasetNotFoundError: A folder is not a dataset directory.
        LabelError: No label of the target, or too few of one class.
    """
    opened = {found.manifest["name"]: found for found in (dataset.open(folder) for folder in folders)}
    chosen = [opened[name] for name in (sources or opened) if name in opened]
    accounts, posts = [], []
    for found in chosen:
        labels = _labels(found.labels().filter(pl.col("target") == target).collect())
        joined = (
            found.accounts()
            .collect()
            .join(labels, on=["platform", "account_id"], how="inner", maintain_order="left")
        )
        accounts.append(joined.with_columns(source=pl.lit(found.manifest["name"])))
        posts.append(found.posts().collect().with_columns(source=pl.lit(found.manifest["name"])))
    if not accounts:
        raise LabelError(
            f"none of the data sets {sorted(opened)} is among the sources {list(sources)} of the configuration"
        )
    table = pl.concat(accounts).with_row_index("row")
    written = (
        pl.concat(posts)
        .join(
            table.select("row", "source", "platform", "account_id"),
            on=["source", "platform", "account_id"],
            how="inner",
        )
        .drop("platform", "account_id", "source")
    )
    kept, removed = _once(table, written)
    counts = kept.group_by("y").len()
    for value in (True, False):
        number = counts.filter(pl.col("y") == value)["len"].sum()
        if number < _LEAST_PER_CLASS:
            raise LabelError(
                f"{number} accounts are labelled {target}={value}; at least {_LEAST_PER_CLASS} of each value are needed. "
                "Add a data set, or check the labels table"
            )
    if kept["source"].n_unique() < 2:
        raise LabelError(
            f"all labels come from {kept['source'][0]}; a model is judged on sources it never saw, so two data sets are "
            "needed at least"
        )
    written = written.join(kept.select("row"), on="row", how="semi")
    return Corpus(kept, written, tuple(found.manifest for found in chosen), removed)


def _labels(labels: pl.DataFrame) -> pl.DataFrame:
    """Return one label per account; accounts whose labels contradict each other are left out."""
    grouped = labels.group_by("platform", "account_id", maintain_order=True).agg(
        y=pl.col("value").first(),
        values=pl.col("value").n_unique(),
        kind=pl.col("kind").first(),
        campaign=pl.col("campaign").first(),
    )
    return grouped.filter(pl.col("values") == 1).drop("values")


def _once(accounts: pl.DataFrame, posts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the first account of each person."""
    handle = pl.col("handle").str.to_lowercase()
    marked = accounts.with_columns(
        same_id=~pl.struct("platform", "account_id").is_first_distinct(),
        same_handle=handle.is_not_null()
        & (handle != "")
        & ~pl.struct("platform", handle).is_first_distinct(),
        same_posts=pl.col("row").is_in(_same_posts(accounts, posts)),
    )
    reason = pl.coalesce(
        pl.when(name).then(pl.lit(name)) for name in ("same_id", "same_handle", "same_posts")
    )
    marked = marked.with_columns(reason=reason)
    removed = (
        marked.filter(pl.col("reason").is_not_null())
        .group_by("source", "reason")
        .len()
        .sort("source", "reason")
    )
    return marked.filter(pl.col("reason").is_null()).drop(
        "same_id", "same_handle", "same_posts", "reason"
    ), removed


def _same_posts(accounts: pl.DataFrame, posts: pl.DataFrame) -> list[int]:
    """Return rows of accounts that share posts, minute and words, with an account of an earlier row.

    Only words that one account alone of each source wrote in that minute count: what many people write
    at once (reposts, slogans) tells nobody apart.
    """
    keyed = (
        posts.select(
            "row",
            key=pl.struct(
                pl.col("created_at").dt.truncate("1m"),
                # Archives cut and clean texts differently; the first words survive.
                text.letters(pl.col("text").str.replace(r"^RT @\w+:?\s*", "")).str.slice(0, 30),
            ).hash(seed=3),
            size=text.letters(pl.col("text")).str.len_chars(),
        )
        .filter(pl.col("size") >= 30)
        .select("row", "key")
        .unique()
    )
    keyed = keyed.join(accounts.select("row", "source"), on="row")
    alone = keyed.filter(pl.len().over("source", "key") == 1)
    shared = alone.filter(pl.len().over("key") > 1)
    pairs = shared.join(shared, on="key", suffix="_earlier").filter(pl.col("row_earlier") < pl.col("row"))
    counted = pairs.group_by("row", "row_earlier").len().filter(pl.col("len") >= _SAME_POSTS)
    return counted["row"].unique().sort().to_list()
