"""When two accounts first acted on the same thing, on each trace: what a network drawn over time needs."""

from __future__ import annotations

import polars as pl

from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.traces import ANY
from vigie.serving.network_layout import CONTENTS

_PAIR = ("first", "second")
_ACT = ("layer", "trace", "object", "account")


def first_meetings(compared: Comparison, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return when accounts that act together beyond chance first did.

    Args:
        compared: The comparison that found the pairs.
        pairs: ``first`` and ``second``: rows of two accounts, each pair once.

    Returns:
        ``first``, ``second``, ``trace`` (or :data:`vigie.serving.network_layout.CONTENTS`) and ``time``, the seconds since 1970
        at which the second of them had acted on a thing within the window of the pair, or had published a content of the
        campaign. Pairs that are not beyond chance on a trace have no row for it.
    """
    found = pl.concat(
        [
            compared.network.significant().select(*_PAIR, "window", layer="trace"),
            compared.campaigns.pairs.select(
                *_PAIR, window=pl.lit(None, pl.Int64), layer=pl.lit(CONTENTS)
            ).unique(),
        ]
    ).join(pairs, on=_PAIR, how="semi")
    asked = pl.col("account").is_in(pl.concat([found["first"], found["second"]]).unique().implode())
    events = compared.network.events.filter(asked)
    published = compared.campaigns.contents.filter("shared", asked)
    acts = (
        pl.concat(
            [
                table.select("trace", "object", "account", "time", layer=layer)
                for table, layer in (
                    (events, pl.col("trace")), (events, pl.lit(ANY)), (published, pl.lit(CONTENTS))
                )
            ]
        )
        .group_by(_ACT)
        .agg(pl.col("time").min())
    )  # fmt: skip
    first, second = (acts.rename({"account": side, "time": f"{side}_time"}) for side in _PAIR)
    apart = (pl.col("first_time") - pl.col("second_time")).abs()
    return (
        found.join(first, on=["layer", "first"])
        .join(second, on=["layer", "second", "trace", "object"])
        .filter(pl.col("window").is_null() | (apart <= pl.col("window")))
        .group_by(*_PAIR, trace="layer")
        .agg(time=pl.max_horizontal("first_time", "second_time").min())
        .sort(*_PAIR, "trace")
    )
