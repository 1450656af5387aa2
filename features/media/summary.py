"""What a table of hashes holds, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from vigie.features.i18n import Message, message


def told(hashes: pl.DataFrame, folder: str) -> Iterator[Message]:
    """Yield how many files of a folder have hashes, and of the others how many were refused for which reason.

    Args:
        hashes: A table as of :func:`vigie.features.media.table_of`.
        folder: What the folder is called.
    """
    files = hashes.group_by("file", maintain_order=True).agg(
        hashed=pl.col("hash").is_not_null().any(),
        frames=(pl.col("frame_s").is_not_null() & pl.col("hash").is_not_null()).sum(),
        refused=pl.col("refused").drop_nulls().first(),
    )
    without = files.filter(~pl.col("hashed"))
    yield message(
        "media.files",
        count=files.height,
        folder=folder,
        hashed=files.height - without.height,
        refused=without.height,
    )
    videos = files.filter(pl.col("frames") > 0)
    if videos.height:
        yield message("media.frames", count=videos.height, frames=int(videos["frames"].sum()))
    reasons = (
        without.group_by("refused", maintain_order=True)
        .agg(pl.len(), example=pl.col("file").first())
        .sort("len", descending=True, maintain_order=True)
    )
    for reason, count, example in reasons.iter_rows():
        yield message(f"media.refused.{reason}", count=count, example=example)
