"""A group and a pair in one sentence each: who did what with whom, and what that does not say."""

from __future__ import annotations

import polars as pl

from vigie.features.coordination import traces
from vigie.features.coordination.report import display_text
from vigie.features.coordination.report.group_metrics import GroupMetrics, own
from vigie.features.coordination.report.types import Pair
from vigie.features.coordination.traces import ANY
from vigie.features.i18n import Duration, Expected, Listing, Message, PValue, Value, message


def group(members: pl.DataFrame, leaders: list[str], metrics: GroupMetrics, linked: pl.DataFrame) -> Message:
    """Return who did what together, on how many days, and what that does not say.

    Args:
        members: ``platform`` of the members.
        leaders: Names of the members that mostly act first.
        metrics: The metrics of the group.
        linked: Its pairs, one row per pair and trace.
    """
    platforms = [display_text.platform(name) for name in members["platform"].drop_nulls().unique().sort()]
    by_pairs = own(linked).group_by("trace").len().sort("len", "trace", descending=[True, False])["trace"]
    values: dict[str, Value] = {
        "accounts": members.height,
        "did": Listing(tuple(did(name) for name in by_pairs)),
        "most": message(
            "coordination.group_most",
            objects=message("coordination.objects", count=metrics.objects),
            days=message("coordination.days", count=metrics.days),
        ),
        "where": message("coordination.group_platforms", platforms=Listing(tuple(platforms)))
        if platforms
        else "",
        "after": message("coordination.group_leaders", leaders=Listing(tuple(leaders))) if leaders else "",
    }
    return Message("coordination.group", values)


def partner(name: str, pair: Pair) -> Message:
    """Return what an account did with a partner, how often, and what chance would give.

    Args:
        name: What the partner is called.
        pair: The pair of both.
    """
    return message(
        "coordination.partner" if pair.decided_by == "collection" else "coordination.partner_reference",
        partner=name,
        did=did(pair.trace),
        window=Duration(pair.window),
        objects=message("coordination.objects", count=pair.objects),
        days=message("coordination.days", count=pair.days),
        expected=Expected(pair.expected),
        p=PValue(pair.p),
        p_author=PValue(pair.p_author),
    )


def ungrouped(pair: Pair) -> Message:
    """Return what the two accounts of a pair outside any group did."""
    return message(
        "coordination.ungrouped_pair"
        if pair.decided_by == "collection"
        else "coordination.ungrouped_pair_reference",
        first=pair.first.shown,
        second=pair.second.shown,
        did=did(pair.trace),
        window=Duration(pair.window),
        objects=message("coordination.objects", count=pair.objects),
        days=message("coordination.days", count=pair.days),
        expected=Expected(pair.expected),
        p=PValue(pair.p),
        p_author=PValue(pair.p_author),
    )


def did(trace: str) -> Message:
    """Return what accounts that share a trace, or all of them together, did: the verb of a sentence in the past."""
    return message("coordination.did_any") if trace == ANY else traces.did(trace)
