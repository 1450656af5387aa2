"""Texts made ready for comparison where they lie: normal forms and sketches, which are most of its cost.

Which texts are similar is found on the machine that asks, among sketches of 144 bytes a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from vigie.features import text
from vigie.features.cluster import packets
from vigie.features.cluster.stored_tables import StoredTables
from vigie.features.similarity import near_duplicate_text
from vigie.features.similarity.near_duplicate_text import SimilarTexts

if TYPE_CHECKING:
    import pyarrow as pa


def sketched(tables: StoredTables) -> SimilarTexts | None:
    """Return the texts of all posts that are not said to be reposts, not yet compared; None where no post has a text.

    Raises:
        ClusterError: The engine failed, or an executor has other versions of vigie or Polars.
    """
    posts, versions = tables.posts, packets.VERSIONS
    if "text" not in posts.columns:
        return None

    def sketch(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        packets.check(versions)
        for rows in packets.gathered(batches):
            shown = rows.select(text.visible(pl.col("text"))).to_series()
            yield packets.handed_on(0, near_duplicate_text.sketched(shown))

    own = posts.filter("kind is null or kind <> 'repost'") if "kind" in posts.columns else posts
    said = own.select("text").filter("text is not null").distinct()
    found = said.mapInArrow(sketch, packets.SCHEMA).toArrow()
    sketches = [table for _, table in packets.received(found.to_batches())]
    return near_duplicate_text.of_sketches(sketches) if sketches else None
