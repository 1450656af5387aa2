"""The metrics of a group that the rules read, and those that only describe it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl

from vigie.features.coordination import traces
from vigie.features.coordination.report.applications import SharedPosts
from vigie.features.coordination.report.branches import Branches
from vigie.features.coordination.report.occasions import Occasion
from vigie.features.coordination.report.one_occasion import OneOccasion
from vigie.features.coordination.report.profile_tests import ProfileTests
from vigie.features.coordination.report.signatures import Signature
from vigie.features.coordination.report.syndication import Syndication
from vigie.features.coordination.report.types import Layer, SharedTrait
from vigie.features.coordination.traces import ANY
from vigie.features.similarity import url_canonical

# p-value of a homogeneity test from which it counts.
ALPHA_HOMOGENEITY = 1e-3
# Accounts named as leads and relays.
_NAMED = 5


@dataclass(frozen=True)
class GroupMetrics:
    """What the rules read.

    Attributes:
        layers: Names of the traces; all traces together count only where there are no others.
        days: Most days on which one pair met.
        objects: Most objects on which one pair met.
        authors: Most authors whose objects one pair met on; None where unknown.
        one_author: Whether most pairs met, where authors are known, on objects of one author only.
        author_share: Share of the pairs with known authors that the author null does not explain; None
            where authors are unknown.
        author_significant: Whether at least half of the pairs hold under the author null: of those with
            known authors where these are most, else of all.
        creation: p of the creation-date scan; None where not tested.
        handle: p of the shapes of handles.
        bio: p of the empty biographies.
        site_share: Share of the members' links that go to the site they link to most.
        token: What most handles share, and the share of the handles.
        busy_share: Share of the members' posts in their six busiest hours in a row.
        declared: Share of the members who say that they are automated.
        shortest: Shortest window, in seconds.
        size: Members.
        profile: What the members share before they act, see :func:`vigie.features.coordination.report.profile_traits.shared`.
        named: Share of the members whose biography holds the word that most handles share; None where there is no such word.
        branches: What the members say of the branches that they are; None where their handles share few words.
        shared: Where the posts lead that the members share; None where they share none, or none with a link.
        occasion: When they published what they share, and with what; None where they share nothing at the same moments.
        syndication: Where the posts of each lead that the members share; None as ``shared``.
        one_occasion: Whether what they share is of one occasion; None as ``occasion``.
        signature: Which client published what they share; None where none is known.
        one_name: The name that all members have, each on a platform of its own; None where they do not.
        referred: Share of the pairs that only the rates of ordinary collections do not explain.
        nameless: Whether neither handle nor biography of any member is known.
        unattributed: Share of the acts on what several members act on that are reposts of unknown authors; asked where that may be
            all that joins them.
    """

    layers: frozenset[str]
    days: int
    objects: int
    authors: int | None
    one_author: bool
    author_share: float | None
    author_significant: bool
    creation: float | None
    handle: float | None
    bio: float | None
    site_share: float | None
    token: tuple[str, float] | None
    busy_share: float | None
    declared: float | None
    shortest: int
    size: int
    profile: Mapping[str, SharedTrait]
    named: float | None = None
    branches: Branches | None = None
    shared: SharedPosts | None = None
    occasion: Occasion | None = None
    syndication: Syndication | None = None
    one_occasion: OneOccasion | None = None
    signature: Signature | None = None
    one_name: str | None = None
    referred: float = 0.0
    nameless: bool = False
    unattributed: float = 0.0

    @property
    def homogeneous(self) -> bool:
        """Whether the accounts are more homogeneous than random draws of ordinary ones."""
        return any(p is not None and p < ALPHA_HOMOGENEITY for p in (self.creation, self.handle, self.bio))

    def with_profile(self, tests: ProfileTests, profile: Mapping[str, SharedTrait]) -> GroupMetrics:
        """Return the metrics with what is known of the profiles of the members."""
        return replace(
            self, creation=tests.creation.p, handle=tests.handles.p, bio=tests.bios.p, profile=profile
        )


def by_group(
    members: pl.DataFrame, linked: pl.DataFrame, seen: pl.DataFrame, said: pl.DataFrame | None
) -> dict[int, GroupMetrics]:
    """Return the metrics of the acts of each group; what is known of profiles and contents is not among them.

    All groups are measured at once, as a table of few rows costs as much as one of thousands.

    Args:
        members: ``group`` and ``declared`` (whether it says that it is automated) of the members.
        linked: Their pairs, one row per pair and trace, with ``group`` and ``author_holds``.
        seen: Their pairs in all windows, with ``group``.
        said: Their posts, with ``group``; None where there are none.
    """
    known = pl.col("authors").is_not_null()
    # One row per pair of accounts: what its own traces say of authors, and whether any holds under the author null.
    joined = (
        linked.lazy()
        .with_columns(mine=known & _is_own(has_groups=True))
        .group_by("group", "first", "second")
        .agg(
            attributed=pl.col("mine").any(),
            authors=pl.col("authors").filter("mine").max(),
            attributed_holds=pl.col("author_holds").filter("mine").any(),
            holds=pl.col("author_holds").any(),
        )
        .group_by("group")
        .agg(
            pairs=pl.len(),
            attributed=pl.col("attributed").sum(),
            share=pl.col("attributed_holds").filter("attributed").mean(),
            alone=(pl.col("authors").filter("attributed") <= 1).sum(),
            holds=pl.col("holds").sum(),
        )
    )
    most = (
        seen.lazy()
        .group_by("group")
        .agg(
            pl.col("days", "objects").max(),
            most_authors=pl.col("authors").max(),
            shortest=pl.col("window").min(),
        )
    )
    each = (
        members.lazy()
        .group_by("group")
        .agg(size=pl.len(), says=pl.col("declared").count(), declared=pl.col("declared").sum())
        .join(joined, on="group", how="left")
        .join(most, on="group", how="left")
        .join(own(linked).lazy().group_by("group").agg(pl.col("trace").unique()), on="group", how="left")
        .collect()
    )
    sites, busy = ({}, {}) if said is None else (_site_shares(said), _busy_shares(said))
    return {
        one["group"]: _metrics(one, sites.get(one["group"]), busy.get(one["group"]))
        for one in each.iter_rows(named=True)
    }


def _metrics(one: Mapping[str, Any], site_share: float | None, busy_share: float | None) -> GroupMetrics:
    """Return the metrics of a group, given what was counted of it; nothing was where no pair joins its members."""
    pairs, attributed = one["pairs"] or 0, one["attributed"] or 0
    covered = 2 * attributed >= pairs > 0
    return GroupMetrics(
        layers=frozenset(one["trace"] or ()),
        days=one["days"] or 0,
        objects=one["objects"] or 0,
        authors=one["most_authors"],
        one_author=covered and 2 * one["alone"] > attributed,
        author_share=one["share"],
        author_significant=(
            one["share"] >= 0.5
            if covered and one["share"] is not None
            else 2 * (one["holds"] or 0) >= pairs > 0
        ),
        creation=None,
        handle=None,
        bio=None,
        site_share=site_share,
        token=None,
        busy_share=busy_share,
        declared=one["declared"] / one["size"] if one["says"] else None,
        shortest=one["shortest"] or 0,
        size=one["size"],
        profile={},
    )


def periods(seen: pl.DataFrame, acts: pl.DataFrame) -> dict[int, tuple[datetime, datetime]]:
    """Return when the accounts of each group first and last acted on one object within the longest window of its trace.

    Args:
        seen: Their pairs in all windows: ``group``, ``trace``, ``window``.
        acts: What they did: ``group``, ``trace``, ``account``, ``object``, ``time`` (seconds since 1970).

    Returns:
        By group, the first and the last such act, in UTC; groups without one are left out.
    """
    key = ("group", "trace", "object")
    longest = seen.lazy().group_by(key[:2]).agg(pl.col("window").max())
    # Most objects are of one account: they go before anything is sorted.
    several = pl.col("account").max().over(key) > pl.col("account").min().over(key)
    shared = acts.lazy().filter(several)
    together = shared.with_columns(object=pl.concat_str("trace", pl.lit(" "), "object"), trace=pl.lit(ANY))
    ordered = pl.concat([shared, together]).join(longest, on=key[:2]).sort(*key, "time", "account")
    near = [
        pl.all_horizontal(pl.col(name).shift(step) == pl.col(name) for name in key)
        & (pl.col("account").shift(step) != pl.col("account"))
        & ((pl.col("time").shift(step) - pl.col("time")).abs() <= pl.col("window"))
        for step in (1, -1)
    ]
    times = ordered.filter(pl.any_horizontal(near)).group_by("group")
    ends = times.agg(first=pl.col("time").min(), last=pl.col("time").max()).collect(engine="in-memory")
    return {
        group: (datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC))
        for group, first, last in ends.iter_rows()
    }


def own(linked: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of the traces themselves; those of all traces together where a group has no others.

    All traces together repeat what each tells, so they are no further layer, and of their objects only some
    have a known author.

    Args:
        linked: ``trace``, and ``group`` unless all are of one.
    """
    return linked.filter(_is_own(has_groups="group" in linked.columns))


def _is_own(*, has_groups: bool) -> pl.Expr:
    """Return whether a pair is among those that :func:`own` returns."""
    alone = pl.col("trace") != ANY
    return alone | ~(alone.any().over("group") if has_groups else alone.any())


def layers(linked: pl.DataFrame, seen: pl.DataFrame) -> dict[int, dict[str, Layer]]:
    """Return what each group did on each trace; p-values are the best over pairs and windows.

    Args:
        linked: Its pairs, one row per pair and trace, with ``group``.
        seen: Its pairs in all windows, with ``group``.
    """
    key = ("group", "trace")
    best = (
        seen.lazy()
        .group_by(key)
        .agg(
            pl.col("window").unique().sort(),
            pl.col("p", "p_class", "p_author").min(),
        )
        .join(linked.lazy().group_by(key).agg(pl.len(), pl.col("objects").median()), on=key)
        .sort(key)
        .collect()
    )
    found: dict[int, dict[str, Layer]] = {}
    for row in best.iter_rows(named=True):
        found.setdefault(row["group"], {})[row["trace"]] = Layer(
            pairs=row["len"],
            windows=row["window"],
            p=row["p"],
            p_class=row["p_class"],
            p_author=row["p_author"],
            median_objects=row["objects"],
        )
    return found


def positions(members: pl.DataFrame, linked: pl.DataFrame) -> pl.DataFrame:
    """Return the members of groups with ``percentile``, their degree of coordination, and ``net``, their net leads.

    The degree is the percentile of the strongest pair, after [Nizzoli2021].

    Args:
        members: ``row`` of the members; nobody is of two groups.
        linked: The pairs inside groups, one row per pair and trace.
    """
    ahead = pl.col("first_leads") - pl.col("second_leads")
    sides = pl.concat(
        [
            linked.lazy().select(pl.col("first").alias("row"), "percentile", ahead.alias("net")),
            linked.lazy().select(pl.col("second").alias("row"), "percentile", (-ahead).alias("net")),
        ]
    )
    each = sides.group_by("row").agg(pl.col("percentile").max(), pl.col("net").sum())
    return members.lazy().join(each, on="row", how="left").sort("row").collect()


def leaders(placed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the members of each group that mostly act first and those that mostly act after, the clearest first.

    Args:
        placed: What :func:`positions` returned, with ``group``.
    """
    first, after = (
        placed.lazy()
        .filter(ahead > 0)
        .sort("group", ahead, "row", descending=[False, True, False])
        .group_by("group", maintain_order=True)
        .head(_NAMED)
        .collect()
        for ahead in (pl.col("net"), -pl.col("net"))
    )
    return first, after


@dataclass(frozen=True)
class Acted:
    """What a sentence tells of the acts of a group.

    Attributes:
        traces: Its traces, that of most pairs first; all traces together only where there are no others.
        trace: That on which a pair shares most objects.
        window: Of this pair, in seconds.
        objects: How many it shares within this window.
        days: On how many days.
        expected: How many chance would give.
        decided_by: What says so: ``collection`` or ``reference``.
    """

    traces: tuple[str, ...]
    trace: str
    window: int
    objects: int
    days: int
    expected: float
    decided_by: str


def acted(linked: pl.DataFrame, seen: pl.DataFrame) -> dict[int, Acted]:
    """Return what a sentence tells of the acts of each group.

    Args:
        linked: Their pairs, one row per pair and trace, with ``group``.
        seen: Their pairs in all windows, with ``group``.
    """
    by_pairs = (
        linked.lazy()
        .filter(_is_own(has_groups=True))
        .group_by("group", "trace")
        .len()
        .sort("group", "len", "trace", descending=[False, True, False])
        .group_by("group")
        .agg("trace")
        .collect()
    )
    closest = (
        seen.lazy()
        .filter(_is_own(has_groups=True))
        .sort(
            "group",
            "objects",
            "expected",
            "window",
            descending=[False, True, False, False],
            maintain_order=True,
        )
        .unique("group", keep="first", maintain_order=True)
        .select("group", "trace", "window", "objects", "days", "expected", "decided_by")
        .collect()
    )
    traces_of = dict(by_pairs.iter_rows())
    return {group: Acted(tuple(traces_of[group]), *values) for group, *values in closest.iter_rows()}


def _site_shares(said: pl.DataFrame) -> dict[int, float]:
    """Return the share of the links of each group that go to the site linked to most."""
    if "urls" not in said.columns:
        return {}
    shares = (
        url_canonical.with_sites(said)
        .lazy()
        .select("group", site="sites")
        .explode("site", empty_as_null=False, keep_nulls=False)
        .drop_nulls()
        .group_by("group", "site")
        .len()
        .group_by("group")
        .agg(pl.col("len").max() / pl.col("len").sum())
        .collect()
    )
    return dict(shares.iter_rows())


def _busy_shares(said: pl.DataFrame) -> dict[int, float]:
    """Return the share of the posts of each group in its six busiest hours in a row."""
    if "created_at" not in said.columns:
        return {}
    timed = (
        said.lazy()
        .select("group", time=pl.col("created_at").dt.epoch("s"))
        .drop_nulls()
        .sort("group", "time")
        .collect()
    )
    time = timed["time"].to_numpy()
    if not len(time):
        return {}
    groups, number, count = np.unique(timed["group"].to_numpy(), return_inverse=True, return_counts=True)
    key = number * (int(time.max() - time.min()) + 6 * traces.HOUR + 1) + time
    within = np.searchsorted(key, key + 6 * traces.HOUR, "right") - np.arange(len(key))
    most = np.maximum.reduceat(within, np.cumsum(count) - count)
    return dict(zip(groups.tolist(), (most / count).tolist(), strict=True))
