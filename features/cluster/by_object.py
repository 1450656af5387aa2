"""Actions compared on an engine: each object in one place, whole, by the functions that compare here.

The machine that asks holds the actions as numbers and sends them in lots of some objects each. An executor finds who meets in
its lots; the meetings of a pair, on whatever objects, then come together in one place, which counts them. Back come the
pairs that meet twice, and then the objects that these share. Rates, tests and groups are found from those.

An object that everybody acts on is no larger than its cap makes it: an action in a burst pairs with none. Lots are of
about the same work, and what is sent on is cut into blocks, so memory does not depend on how popular an object is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from vigie.features.cluster import packets
from vigie.features.cluster.packets import PLACE
from vigie.features.coordination import layers, pairs
from vigie.features.coordination.pairs import Actions, Ints, Meetings
from vigie.features.coordination.sharing import Shared, Sharing

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

# Actions and meetings of a lot, about: less than one lot in all is compared here, as sending it costs more.
WORK = 2_000_000
# Meetings that are counted in one place, about.
MEETINGS = 2_000_000
# Pairs whose shared objects are asked for at once: they travel with the question, to every executor.
PAIRS = 1_000_000


@dataclass(frozen=True)
class ClusterEngine:
    """An engine where actions are compared (:class:`vigie.features.coordination.layers.Engine`).

    Attributes:
        session: The engine.
        together: Actions of the layers that are compared at once, so many that one question is worth its cost.
    """

    session: SparkSession
    together: int = 4_000_000

    def pairs(self, found: Actions, window: Ints, cap: Ints) -> tuple[pl.DataFrame, Iterable[Shared]]:
        """Return pairs and what they share; see :class:`vigie.features.coordination.layers.Engine`.

        Raises:
            ClusterError: The engine failed, or an executor has other versions of vigie or Polars.
        """
        calm, after = pairs.reach(found, window, cap)
        met = np.bincount(found.object[calm], after, minlength=found.objects)
        work = np.cumsum(np.bincount(found.object, minlength=found.objects) + met)
        if not len(work) or work[-1] < WORK:
            return layers.HERE.pairs(found, window, cap)
        lots = [packets.packed(lot) for lot in _lots(found, window, cap, (work // WORK).astype(np.int64))]
        sent = self.session.createDataFrame(packets.sent(enumerate(lots))).repartition(len(lots))
        counted = _counted(sent, int(met.sum()) // MEETINGS + 1)
        return counted, [_shared(sent, counted, start) for start in range(0, counted.height, PAIRS)]


def _lots(found: Actions, window: Ints, cap: Ints, lot: Ints) -> Iterator[pl.DataFrame]:
    """Yield the actions of each lot, given the lot of each object: one row per action, with what is known of its object."""
    thing = found.object
    table = pl.DataFrame(
        {
            "account": found.account, "object": thing, "time": found.time, "post": found.post,
            "author": found.author[thing], "window": window[thing], "cap": cap[thing],
        }
    )  # fmt: skip
    begins = np.flatnonzero(np.diff(lot[thing], prepend=-1))
    for begin, end in zip(begins, [*begins[1:], table.height], strict=True):
        yield table[begin:end]


@dataclass(frozen=True)
class _Lot:
    """Actions on some objects.

    Attributes:
        actions: The actions, accounts and objects numbered from 0.
        accounts: Row of each account among all.
        objects: Row of each object among all.
        window: Window of each object.
        cap: Cap of each object.
    """

    actions: Actions
    accounts: Ints
    objects: Ints
    window: Ints
    cap: Ints

    @classmethod
    def of(cls, table: pl.DataFrame) -> _Lot:
        """Return what a lot was made of."""
        column = {name: table[name].to_numpy() for name in table.columns}
        accounts, account = np.unique(column["account"], return_inverse=True)
        opening = np.flatnonzero(np.diff(column["object"], prepend=-1))
        nought = np.zeros(len(opening), np.int64)
        thing = np.repeat(np.arange(len(opening)), np.diff(opening, append=table.height))
        actions = Actions(
            account,
            thing,
            column["time"],
            column["post"],
            column["author"][opening],
            kind=nought,
            part=nought,
        )
        return cls(
            actions, accounts, column["object"][opening], column["window"][opening], column["cap"][opening]
        )


def _counted(sent: DataFrame, places: int) -> pl.DataFrame:
    """Return the pairs of all lots, counted in so many places."""
    versions = packets.VERSIONS

    def meet(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        packets.check(versions)
        for _, table in packets.received(batches):
            lot = _Lot.of(table)
            for met in pairs.meetings(lot.actions, lot.window, lot.cap):
                named = replace(met, first=lot.accounts[met.first], second=lot.accounts[met.second])
                home = (pl.col("first") * 31 + pl.col("second")) % places
                told = pl.DataFrame(vars(named)).with_columns(home.alias(PLACE))
                for (place,), some in told.partition_by(PLACE, as_dict=True, include_key=False).items():
                    yield packets.handed_on(place, some)

    def count(met: pa.Table) -> pa.Table:
        import pyarrow as pa

        every = pl.concat([table for _, table in packets.received(met.to_batches())])
        counted = pairs.of_meetings(Meetings(**{name: every[name].to_numpy() for name in every.columns}))
        return pa.Table.from_batches([packets.handed_on(0, counted)])

    meetings = sent.mapInArrow(meet, packets.SCHEMA)
    found = meetings.groupBy(PLACE).applyInArrow(count, packets.SCHEMA).toArrow()
    tables = [table for _, table in packets.received(found.to_batches())]
    return pl.concat([pairs.NONE, *tables]).sort("first", "second")


def _shared(sent: DataFrame, counted: pl.DataFrame, start: int) -> Shared:
    """Return the objects that the accounts of :data:`PAIRS` pairs share, from one place on."""
    ends = counted.select("first", "second").slice(start, PAIRS)
    asked, versions = packets.packed(ends), packets.VERSIONS

    def share(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        packets.check(versions)
        wanted = packets.unpacked(asked).with_row_index("place")
        for _, table in packets.received(batches):
            lot = _Lot.of(table)
            row = pl.DataFrame({"account": lot.accounts, "row": np.arange(len(lot.accounts))})
            here = wanted.join(row.rename({"account": "first", "row": "one"}), on="first").join(
                row.rename({"account": "second", "row": "other"}), on="second"
            )
            for some in Sharing(lot.actions, here.select(first="one", second="other")):
                of_pair = here["place"].gather(some.place)
                yield packets.handed_on(
                    0, pl.DataFrame({"place": of_pair, "object": lot.objects[some.object]})
                )

    found = sent.mapInArrow(share, packets.SCHEMA).toArrow()
    tables = [table for _, table in packets.received(found.to_batches())]
    every = pl.concat([_NO_OBJECT, *tables]).sort("place", "object")
    return Shared(
        (every["place"].to_numpy() + start).astype(np.int32), every["object"].to_numpy().astype(np.int32)
    )


_NO_OBJECT = pl.DataFrame(schema={"place": pl.UInt32, "object": pl.Int64})
