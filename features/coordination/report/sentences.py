"""A group and a pair in some sentences each: who did what with whom, when, how often, and what chance would give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from vigie.features.coordination import traces
from vigie.features.coordination.report import display_text
from vigie.features.coordination.report.campaign_story import on_platforms
from vigie.features.coordination.report.group_metrics import Acted
from vigie.features.coordination.report.types import Pair
from vigie.features.coordination.traces import ANY, HOUR, MINUTE
from vigie.features.i18n import Duration, Expected, Frequency, Listing, Message, Period, message
from vigie.features.i18n.formatting import LEAST_FREQUENCY

# Traces that tell of one act with another, which is told where both hold.
SAME_ACT = {
    "fast_repost": "co_repost", "rare_domain": "co_url", "hashtag_sequence": "rare_hashtag",
    "text_meaning": "text_duplicate",
}  # fmt: skip


def group(
    size: int,
    platforms: Mapping[str, int],
    leaders: Sequence[str],
    done: Acted,
    period: tuple[datetime, datetime] | None,
) -> Message:
    """Return who did what together, when, how often, and what chance would give.

    Args:
        size: How many members it has.
        platforms: How many of them are on each platform that is known, by name of the platform.
        leaders: Names of the members that mostly act first.
        done: What they did.
        period: When its members first and last acted together; None where that is unknown.
    """
    acted = message(
        "coordination.group_acted",
        accounts=size,
        where=_where(platforms),
        did=Listing(tuple(did(name) for name in done.traces if SAME_ACT.get(name) not in done.traces)),
        objects=_objects(done.trace, done.objects),
        within=_within(done.window),
        days=message("coordination.days", count=done.days),
        expected=_expected(done.decided_by, done.expected),
    )
    whole = message("coordination.group", period=Period(*period), acted=acted) if period else acted
    return (
        message("coordination.group_led", group=whole, leaders=Listing(tuple(leaders))) if leaders else whole
    )


def partner(name: str, pair: Pair) -> Message:
    """Return what an account did with a partner, how often, and what chance would give.

    Args:
        name: What the partner is called.
        pair: The pair of both.
    """
    return Message("coordination.partner", {"partner": name, **_of_pair(pair)})


def ungrouped(pair: Pair) -> Message:
    """Return what the two accounts of a pair outside any group did."""
    names = {"first": pair.first.shown, "second": pair.second.shown}
    return Message("coordination.ungrouped_pair", {**names, **_of_pair(pair)})


def did(trace: str) -> Message:
    """Return what accounts that share a trace, or all of them together, did: the verb of a sentence in the past."""
    return message("coordination.did_any") if trace == ANY else traces.did(trace)


def _of_pair(pair: Pair) -> dict[str, Message]:
    """Return what two accounts did, how often, and what chance would give, as parts of a sentence."""
    return {
        "did": did(pair.trace),
        "within": _within(pair.window),
        "objects": message("coordination.objects", count=pair.objects),
        "days": message("coordination.days", count=pair.days),
        "expected": _expected(pair.decided_by, pair.expected),
        "chance": _chance(pair),
    }


def _chance(pair: Pair) -> Message:
    """Return how often chance would bring two accounts as close, and accounts that wait for the same authors."""
    often = Frequency(pair.p, "pairs")
    if pair.decided_by == "reference":
        return message("coordination.chance_reference", often=often)
    if pair.authors is None:
        return message("coordination.chance", often=often)
    if pair.p_author <= max(pair.p, LEAST_FREQUENCY):
        return message("coordination.chance_even_authors", often=often)
    by_authors = Frequency(pair.p_author, "pairs")
    return message("coordination.chance_or_authors", often=often, author_often=by_authors)


def _expected(decided_by: str, objects: float) -> Message:
    if decided_by == "reference":
        return message("coordination.expected_reference", expected=Expected(objects))
    return message("coordination.expected", expected=Expected(objects))


def _objects(trace: str, count: int) -> Message:
    """Return how many objects of a trace, by the name of what they are."""
    if trace in traces.BUILT_IN:
        return Message(f"coordination.contents.{trace}", {"count": count})
    return message("coordination.objects", count=count)


def _within(window: int) -> Message:
    if window == MINUTE:
        return message("coordination.within_minute")
    if window == HOUR:
        return message("coordination.within_hour")
    return message("coordination.within", window=Duration(window))


def _where(platforms: Mapping[str, int]) -> Message | str:
    if not platforms:
        return ""
    if len(platforms) == 1:
        return message("coordination.group_platform", platform=display_text.platform(next(iter(platforms))))
    return message("coordination.group_platforms", platforms=on_platforms(platforms))
