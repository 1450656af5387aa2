"""Tables as packets: rows in the stream format of Arrow, so that an engine moves bytes whatever the table holds.

No type of an engine comes between a table that is sent and the one that arrives.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import polars as pl

from vigie.version import VERSION

if TYPE_CHECKING:
    import pyarrow as pa

# Rows that are worked on together.
_TOGETHER = 200_000
# A number that says where a packet belongs, and the packet.
PLACE, PACKET = "_place", "_packet"
# How an engine knows a table of packets.
SCHEMA = f"{PLACE} bigint, {PACKET} binary"
# What runs in executors must be what runs here, or digits may differ.
VERSIONS = f"vigie {VERSION} and polars {pl.__version__}"


def packed(table: pl.DataFrame) -> bytes:
    """Return a table as a packet."""
    stream = io.BytesIO()
    # In the layout that holds the letters of these rows alone: the newest would hold all that their table was cut from.
    table.write_ipc_stream(stream, compression="lz4", compat_level=pl.CompatLevel.oldest())
    return stream.getvalue()


def unpacked(packet: bytes) -> pl.DataFrame:
    """Return the table that a packet holds."""
    return pl.read_ipc_stream(packet)


def sent(packets: Iterable[tuple[int, bytes]]) -> pa.Table:
    """Return packets with their places, as an engine takes them."""
    import pyarrow as pa

    places, held = zip(*packets, strict=True)
    return pa.table({PLACE: pa.array(places, pa.int64()), PACKET: pa.array(held, pa.binary())})


def received(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield the place and the table of each packet in batches of an engine."""
    for batch in batches:
        for place, packet in zip(batch[PLACE].to_pylist(), batch[PACKET].to_pylist(), strict=True):
            yield place, unpacked(packet)


def handed_on(place: int, table: pl.DataFrame) -> pa.RecordBatch:
    """Return one packet as a batch of an engine."""
    import pyarrow as pa

    return pa.RecordBatch.from_pydict(
        {PLACE: pa.array([place], pa.int64()), PACKET: pa.array([packed(table)], pa.binary())}
    )


def gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pl.DataFrame]:
    """Yield batches of an engine, which are small, as tables of about :data:`_TOGETHER` rows."""
    held: list[pl.DataFrame] = []
    for batch in batches:
        held.append(pl.DataFrame(batch))
        if sum(part.height for part in held) >= _TOGETHER:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)


def check(versions: str) -> None:
    """Compare the versions that run here with those that the work was made by.

    Raises:
        RuntimeError: They differ.
    """
    if versions != VERSIONS:
        raise RuntimeError(f"an executor runs {VERSIONS} where {versions} is asked for; install these there")
