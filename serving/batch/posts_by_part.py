"""Posts put on disk by the part of the accounts that wrote them, so that each part is read back whole and alone.

A dataset holds the posts of an account anywhere. To look for those of every part in all of it would cost the square of its
size; here it is read once. Each part is a file of packets, a few thousand posts each in the stream format of Arrow::

    posts/
    ├── 000000    length of a packet (8 bytes), the packet, the length of the next, …
    └── 000001
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from vigie.features import whole_files

_LENGTH_BYTES = 8


@dataclass(frozen=True)
class PostsByPart:
    """Posts on disk.

    Attributes:
        folder: Holds a file for each part that has posts.
        columns: What a part without posts has.
    """

    folder: Path
    columns: pl.Schema

    def part(self, number: int) -> pl.DataFrame:
        """Return the posts of a part, in the order in which they came."""
        stored = self.folder / _name(number)
        if not stored.exists():
            return pl.DataFrame(schema=self.columns)
        with stored.open("rb") as file:
            return pl.concat(list(_packets(file)))


def sorted_into(
    folder: Path, posts: Iterable[pl.DataFrame], parts: pl.DataFrame, columns: pl.Schema
) -> PostsByPart:
    """Return posts by part, in a folder that is whole or not there; one that is there is taken as it is.

    Args:
        folder: Where they go.
        posts: With ``account_id``, some at a time.
        parts: ``account_id`` and ``part``, a number from 0, each pair once: an id on two platforms may fall into two parts,
            and its posts then go to both.
        columns: Of the posts.
    """
    made = PostsByPart(folder, columns)
    if folder.exists():
        return made
    draft = folder.with_name(f"{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for some in posts:
        # Rows are moved once, to where they are written.
        places = (
            some.select("account_id").with_row_index().join(parts, on="account_id", maintain_order="left")
        )
        for (number,), rows in places.partition_by("part", as_dict=True, maintain_order=True).items():
            with (draft / _name(int(number))).open("ab") as file:
                _append(file, some[rows["index"]])
    whole_files.put(draft, folder)
    return made


def _name(number: int) -> str:
    return f"{number:06}"


def _append(file: BinaryIO, rows: pl.DataFrame) -> None:
    packet = io.BytesIO()
    rows.write_ipc_stream(packet, compression="lz4")
    file.write(packet.tell().to_bytes(_LENGTH_BYTES, "little"))
    file.write(packet.getbuffer())


def _packets(file: BinaryIO) -> Iterator[pl.DataFrame]:
    while length := file.read(_LENGTH_BYTES):
        yield pl.read_ipc_stream(file.read(int.from_bytes(length, "little")))
