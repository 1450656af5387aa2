"""The metrics of a group that the rules read, and those that only describe it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import polars as pl

from vigie.features.coordination import traces
from vigie.features.coordination.report.applications import SharedPosts
from vigie.features.coordination.report.common_word import CommonWord
from vigie.features.coordination.report.given_contents import NOTHING, GivenContents
from vigie.features.coordination.report.occasions import Occasion
from vigie.features.coordination.report.one_occasion import OneOccasion
from vigie.features.coordination.report.profile_tests import ProfileTests
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
        shared: Where the posts lead that the members share; None where they share none, or none with a link.
        occasion: When they published what they share, and with what; None where they share nothing at the same moments.
        syndication: Where the posts of each lead that the members share; None as ``shared``.
        one_occasion: Whether what they share is of one occasion; None as ``occasion``.
        one_name: The name that all members have, each on a platform of its own; None where they do not.
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
    shared: SharedPosts | None = None
    occasion: Occasion | None = None
    syndication: Syndication | None = None
    one_occasion: OneOccasion | None = None
    one_name: str | None = None

    @property
    def homogeneous(self) -> bool:
        """Whether the accounts are more homogeneous than random draws of ordinary ones."""
        return any(p is not None and p < ALPHA_HOMOGENEITY for p in (self.creation, self.handle, self.bio))

    def with_profile(self, tests: ProfileTests, profile: Mapping[str, SharedTrait]) -> GroupMetrics:
        """Return the metrics with what is known of the profiles of the members."""
        return replace(
            self, creation=tests.creation.p, handle=tests.handles.p, bio=tests.bios.p, profile=profile
        )


def measured(
    members: pl.DataFrame,
    linked: pl.DataFrame,
    seen: pl.DataFrame,
    said: pl.DataFrame | None,
    tests: ProfileTests,
    profile: Mapping[str, SharedTrait],
    contents: GivenContents = NOTHING,
    word: CommonWord | None = None,
) -> GroupMetrics:
    """Return the metrics of a group.

    Args:
        members: ``declared`` (whether it says that it is automated) of the members.
        linked: Their pairs, one row per pair and trace, with ``author_holds``.
        seen: Their pairs in all windows.
        said: Their posts; None where there are none.
        tests: What :func:`vigie.features.coordination.report.profile_tests.tested` returned.
        profile: What the members share before they act.
        contents: What is known of the contents that they share.
        word: The word that most of their handles share; None where there is none.
    """
    # One row per pair of accounts: what its own traces say of authors, and whether any holds under the author null.
    known = pl.col("authors").is_not_null()
    mine = known & (pl.col("trace") != ANY if (linked["trace"] != ANY).any() else pl.lit(value=True))
    joined = (
        linked.lazy()
        .group_by("first", "second")
        .agg(
            attributed=mine.any(),
            authors=pl.col("authors").filter(mine).max(),
            attributed_holds=pl.col("author_holds").filter(mine).any(),
            holds=pl.col("author_holds").any(),
        )
        .collect()
    )
    by_author = joined.filter("attributed")
    covered = 2 * by_author.height >= joined.height > 0
    share = float(by_author["attributed_holds"].mean()) if by_author.height else None  # type: ignore[arg-type]
    alone = int((by_author["authors"] <= 1).sum())
    says = members["declared"].drop_nulls()
    return GroupMetrics(
        layers=frozenset(own(linked)["trace"].unique().to_list()),
        days=_most(seen["days"]) or 0,
        objects=_most(seen["objects"]) or 0,
        authors=_most(seen["authors"]),
        one_author=covered and 2 * alone > by_author.height,
        author_share=share,
        author_significant=(
            share >= 0.5
            if covered and share is not None
            else 2 * int(joined["holds"].sum()) >= joined.height > 0
        ),
        creation=tests.creation.p,
        handle=tests.handles.p,
        bio=tests.bios.p,
        site_share=_site_share(said),
        token=None if word is None else (word.word, word.share),
        busy_share=_busy_share(said),
        declared=int(says.sum()) / members.height if len(says) else None,
        shortest=int(seen["window"].min() or 0),  # type: ignore[arg-type]  # Int64 or null
        size=members.height,
        profile=profile,
        named=None if word is None else word.named,
        shared=contents.shared,
        occasion=contents.occasion,
        syndication=contents.syndication,
        one_occasion=contents.one_occasion,
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
    """Return the pairs of the traces themselves; those of all traces together where there are no others.

    All traces together repeat what each tells, so they are no further layer, and of their objects only some
    have a known author.
    """
    alone = linked.filter(pl.col("trace") != ANY)
    return alone if alone.height else linked


def _most(values: pl.Series) -> int | None:
    most = values.max()
    return None if most is None else int(most)  # type: ignore[arg-type]  # Int64


def layers(linked: pl.DataFrame, seen: pl.DataFrame) -> dict[str, Layer]:
    """Return what the group did on each trace; p-values are the best over pairs and windows."""
    best = (
        seen.lazy()
        .group_by("trace")
        .agg(
            pl.col("window").unique().sort(),
            pl.col("p", "p_class", "p_author").min(),
        )
        .join(linked.lazy().group_by("trace").agg(pl.len(), pl.col("objects").median()), on="trace")
        .sort("trace")
        .collect()
    )
    return {
        row["trace"]: Layer(
            pairs=row["len"],
            windows=row["window"],
            p=row["p"],
            p_class=row["p_class"],
            p_author=row["p_author"],
            median_objects=row["objects"],
        )
        for row in best.iter_rows(named=True)
    }


def positions(members: pl.DataFrame, linked: pl.DataFrame) -> pl.DataFrame:
    """Return the members with ``percentile``, their degree of coordination, and ``net``, their net leads.

    The degree is the percentile of the strongest pair, after [Nizzoli2021].
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
    """Return the members that mostly act first and those that mostly act after, the clearest first.

    Args:
        placed: What :func:`positions` returned.
    """
    net = pl.col("net").fill_null(0)
    first = placed.filter(net > 0).sort("net", "row", descending=[True, False]).head(_NAMED)
    after = placed.filter(net < 0).sort("net", "row").head(_NAMED)
    return first, after


def _column(said: pl.DataFrame | None, name: str) -> pl.Series | None:
    if said is None or name not in said.columns or not said[name].drop_nulls().len():
        return None
    return said[name].drop_nulls()


def _site_share(said: pl.DataFrame | None) -> float | None:
    """Return the share of links that go to the site linked to most."""
    if said is None or _column(said, "urls") is None:
        return None
    sites = url_canonical.with_sites(said)["sites"].explode(empty_as_null=True, keep_nulls=False).drop_nulls()
    return float(sites.value_counts()["count"].max()) / len(sites) if len(sites) else None  # type: ignore[arg-type]


def _busy_share(said: pl.DataFrame | None) -> float | None:
    """Return the share of posts in the six busiest hours in a row."""
    times = _column(said, "created_at")
    if times is None:
        return None
    seconds = np.sort(times.dt.epoch("s").to_numpy())
    most = np.searchsorted(seconds, seconds + 6 * traces.HOUR, "right") - np.arange(len(seconds))
    return float(most.max()) / len(seconds)
