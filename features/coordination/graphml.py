"""The synchronous pairs as GraphML, for Gephi and other tools."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

import polars as pl

from vigie.features.coordination import communities

_NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
# Characters that XML 1.0 does not carry, or that a reader would change.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NODE = {
    "handle": "string", "platform": "string", "group": "long", "campaign": "long", "first_act": "string", "last_act": "string",
}  # fmt: skip
_EDGE = {
    "trace": "string", "window": "long", "objects": "long", "decided_by": "string", "p": "double",
    "p_class": "double", "p_author": "double", "p_reference": "double", "weight": "double",
}  # fmt: skip


def graphml(
    pairs: pl.DataFrame,
    groups: pl.DataFrame,
    accounts: pl.DataFrame,
    campaigns: pl.DataFrame,
    events: pl.DataFrame,
) -> Iterator[str]:
    """Yield the network as a GraphML document, part by part: as a whole it would take many times the memory of the pairs.

    Args:
        pairs: Significant pairs of all traces and windows.
        groups: What :func:`vigie.features.coordination.communities.detect_groups` returned.
        accounts: ``row``, ``platform``, ``handle``.
        campaigns: ``campaign``, ``account``.
        events: ``account`` and ``time`` (seconds since 1970) of what the accounts did.

    Yields:
        The parts of the document of an undirected graph. Nodes are the accounts with a pair, a group or a campaign: their
        row as id, ``handle``, ``platform``, ``group`` and ``campaign`` (absent where unknown or in none), ``first_act`` and
        ``last_act`` (UTC, ISO 8601; of its acts compared). Edges are one per pair and trace, parallel
        where a pair has several: ``trace``, ``window`` (seconds, the one with the largest excess),
        ``objects``, ``decided_by``, ``p`` (that decided), ``p_class``, ``p_author``, ``p_reference``, ``weight`` (the
        excess over its mean in the trace). Characters that XML cannot carry are replaced by U+FFFD.
    """
    linked = communities.edges(pairs)
    homes = (groups, "group"), (campaigns, "campaign")
    seen = [linked["first"], linked["second"], *(table["account"].cast(pl.Int64) for table, _ in homes)]
    nodes = pl.DataFrame({"row": pl.concat(seen).unique().sort()}).join(
        accounts.select(pl.col("row").cast(pl.Int64), "handle", "platform").unique("row", keep="first"),
        on="row",
        how="left",
        maintain_order="left",
    )
    for table, name in homes:
        home = table.select(pl.col("account").cast(pl.Int64).alias("row"), name)
        nodes = nodes.join(home, on="row", how="left", maintain_order="left")
    nodes = nodes.join(_acts(events), on="row", how="left", maintain_order="left")
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="{_NAMESPACE}">\n'
    for place, fields in (("node", _NODE), ("edge", _EDGE)):
        for name, kind in fields.items():
            key = {"id": f"{place}_{name}", "for": place, "attr.name": name, "attr.type": kind}
            yield _indented(ElementTree.Element("key", key), 1)
    yield '  <graph id="synchrony" edgedefault="undirected">\n'
    for node in nodes.iter_rows(named=True):
        yield _element("node", {"id": str(node["row"])}, _NODE, node)
    for index, edge in enumerate(linked.select("first", "second", *_EDGE).iter_rows(named=True)):
        ends = {"id": f"e{index}", "source": str(edge["first"]), "target": str(edge["second"])}
        yield _element("edge", ends, _EDGE, edge)
    yield "  </graph>\n</graphml>\n"


def _acts(events: pl.DataFrame) -> pl.DataFrame:
    """Return by ``row`` the times of the first and the last act of each account, as text."""
    moment = pl.from_epoch(pl.col("time"), "s")
    return events.group_by(pl.col("account").cast(pl.Int64).alias("row")).agg(
        first_act=moment.min().dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        last_act=moment.max().dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _element(place: str, named: dict[str, str], fields: Mapping[str, str], row: Mapping[str, object]) -> str:
    """Return a node or an edge with what it carries."""
    element = ElementTree.Element(place, named)
    for name in fields:
        value = row[name]
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            continue
        data = ElementTree.SubElement(element, "data", {"key": f"{place}_{name}"})
        data.text = _FORBIDDEN.sub("\ufffd", str(value))
    return _indented(element, 2)


def _indented(element: ElementTree.Element, level: int) -> str:
    """Return an element as it stands at some level of a document."""
    ElementTree.indent(element, level=level)
    return f"{'  ' * level}{ElementTree.tostring(element, encoding='unicode')}\n"
