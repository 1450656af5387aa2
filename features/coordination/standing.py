"""How far an account stands out from the others of its window: in what it shares, and in when it is active.

People on one topic all share much and are active in the same hours, and what is much in one collection is little in the
next. A model that reads absolute values learns the collections of its operators. So each value is set against those of the
accounts of the same window that post enough to be compared.

Accounts that share nothing with anybody do not tell what is usual among those that do. A flood of random words, lone bots or
accounts that hardly post would else set the usual down to nothing, and the people around them would stand out for what is
ordinary. So those that share something are the null. They may be the campaign itself, in a window of people who share nothing:
so fifty accounts count at least, and the usual is raised to one thing that two accounts alone did, and no further. Among
ordinary people who share anything it is one such thing within the hour, and one or two within the day.

Campaigns act at paces of their own: a scheduler within the minute, people who follow one call within the hour or the day.
What two accounts did at one pace weighs log2 of the accounts of the window over those that did it around the same time, so a
viral object brings two accounts closer only where few others acted on it just then.

Operators differ in what they do together: one copies texts, the next reposts, a third keeps a timetable. How much each of these
says is therefore not learnt from the operators that are known. The standings of an account are added up, and it stands out the
more where those closest to it stand out too, and these the more where others closest to them do: two friends may share much,
but accounts that all stand out, and are close to each other, are rare among ordinary people. Hours of work in common count as
weight of such evidence, never alone.

Who posts much shares much by chance. In a window of people who post hundreds of times, the few accounts of a small campaign
share less than they do. So part of what posting more brings in the window is taken off before standings are added up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.coordination import pairs
from vigie.features.coordination.pairs import Ints
from vigie.features.coordination.parts import Parts
from vigie.features.coordination.traces import DAY, HOUR, MINUTE

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PACES = (MINUTE, HOUR, DAY)
# Standings that are added up: of what is shared, and of the minutes in which accounts are active.
ADDED = ("partner_standing", "text_standing", "ten_minutes_standing", "half_hour_standing")
# Others on one object around the same time beyond which it brings nobody closer; bounds the pairs looked at.
_CROWD = 60
# Rarity that two accounts of any window may share by chance: one thing that two accounts of 128 did.
_BY_CHANCE = 6.0
# Partners whose standing counts for an account, and how much it counts. An account of a campaign of three has two.
_PARTNERS, _WEIGHT = 2, 2.0
# Share of what posting more brings that is taken off a standing. Accounts of campaigns post more than others of their window too.
_BY_ACTIVITY = 0.5
# Share of the accounts, those that stand out most for what they post, that do not tell what posting more brings.
_OUTSTANDING = 0.2
# Accounts that tell what is usual in a window, at least: where fewer share something, others count with them.
_TELLING = 50
# Most that hours of work in common add, as a share of all else that is known.
_MOST_BY_HOURS = 0.5
# Squared deviations of activity that are rounding.
_LEAST_SPREAD = 1e-9
# Standard scores say no more beyond these.
_LEAST, _MOST = -2.0, 3.0
# Meetings of two accounts held at once.
_HELD = 5_000_000


@dataclass(frozen=True)
class Closeness:
    """How close pairs of accounts are in one respect.

    Attributes:
        pairs: ``first``, ``second`` and ``value``, above 0; each pair once.
        by_chance: A value that two accounts of any window may have by chance.
        finest: Seconds between two ticks of the coarsest clock that can tell it.
    """

    pairs: pl.DataFrame
    by_chance: float
    finest: int


def shared_at_paces(acts: pl.DataFrame, size: Floats, parts: Parts) -> dict[int, Closeness]:
    """Return, by pace, how much that few did at that pace each two accounts did both.

    Args:
        acts: ``account``, ``object`` (any hashable), ``time`` (seconds), ``post`` and ``author`` (null if unknown).
        size: Accounts of each window.
        parts: The windows that the accounts are of.

    Returns:
        For each of :data:`PACES`, bits.
    """
    found = pairs.actions(acts, parts)
    return {pace: Closeness(_shared(found, pace, size), _BY_CHANCE, pace) for pace in PACES}


def closest_partners(shared: Mapping[int, Closeness]) -> pl.DataFrame:
    """Return how much that few did at its pace each account did with the account closest to it, and with the third closest.

    Args:
        shared: What :func:`shared_at_paces` returned.

    Returns:
        ``account``, and ``closest_PACE`` and ``third_PACE`` in bits for each of :data:`PACES`, null where there is no such account.
    """
    accounts = [each.pairs[side] for each in shared.values() for side in ("first", "second")]
    table = pl.DataFrame({"account": pl.concat(accounts).unique().sort()})
    for pace, each in shared.items():
        sides = pl.concat(each.pairs.select("value", account=side) for side in ("first", "second"))
        most = pl.col("value").top_k(3).sort(descending=True)
        closest = sides.group_by("account").agg(
            most.first().alias(f"closest_{pace}"), most.get(2, null_on_oob=True).alias(f"third_{pace}")
        )
        table = table.join(closest, on="account", how="left", maintain_order="left")
    return table


def joint_standing(known: pl.DataFrame, close: Sequence[Closeness]) -> pl.DataFrame:
    """Return how far each account stands out in all that is known of it, and with partners that stand out.

    A tie to a partner is the value of the pair, over that value, what chance gives, and what is usual in the window to have in
    common with the closest partner. Of all respects the strongest tie of two accounts counts.

    Args:
        known: ``account``, ``part`` (the window), ``compared`` (whether it posts enough to be compared), ``weight`` (see
            :func:`weight`), ``resolution`` (seconds between two ticks of the clock), ``posts``, the columns of :data:`ADDED`,
            and ``schedule_standing``.
        close: In which respects accounts are close.

    Returns:
        ``account`` and ``joint_standing``, 0 where it stands out in nothing.
    """
    own = _own(known)
    backing = _backing(known["account"].to_numpy(), own, _ties(known, close))
    shown = own + _WEIGHT * backing
    hours = np.maximum(np.nan_to_num(known["schedule_standing"].cast(pl.Float64).to_numpy()), 0.0)
    return known.select(
        "account", joint_standing=pl.Series(shown + np.minimum(hours, _MOST_BY_HOURS * shown))
    )


def addends(standings: Floats, schedule: Floats, joint: Floats, posts: Ints, compared: Flags) -> Floats:
    """Return what the joint standings of the accounts of one window are the sum of.

    Args:
        standings: Those of :data:`ADDED`, shape (accounts, standings), NaN where missing.
        schedule: ``schedule_standing``, NaN where missing.
        joint: ``joint_standing``.
        posts: Posts of each account.
        compared: Which accounts post enough to be compared.

    Returns:
        Columns: the standings of :data:`ADDED`, hours of work in common, and partners that stand out too; none below 0.
    """
    own = beyond_activity(standings, posts, compared)
    # Hours add what they are worth, or half of all else where that is less: then they are a third of the sum.
    most = joint * _MOST_BY_HOURS / (1 + _MOST_BY_HOURS)
    hours = np.minimum(np.maximum(np.nan_to_num(schedule), 0.0), most)
    return np.column_stack([own, hours, np.maximum(joint - hours - own.sum(axis=1), 0.0)])


def beyond_activity(standings: Floats, posts: Ints, compared: Flags) -> Floats:
    """Return how far the accounts of one window stand out, less part of what posting as much as they do brings there; at least 0.

    What posting more brings is the slope of a line through the standings of the accounts that are compared, on the logarithm of
    their posts, without those furthest above a first such line: a campaign does not explain itself.

    Args:
        standings: Shape (accounts, standings), NaN where missing.
        posts: Posts of each account.
        compared: Which accounts post enough to be compared.
    """
    known = np.nan_to_num(standings)
    if not compared.any():
        return np.asarray(np.maximum(known, 0.0))
    activity = np.log(np.maximum(posts, 1))
    activity = activity - activity[compared].mean()
    others = np.broadcast_to(compared[:, None], known.shape)
    above = known - _slope(known, activity, others) * activity[:, None]
    ordinary = others & (above <= np.quantile(above[compared], 1 - _OUTSTANDING, axis=0))
    brought = _slope(known, activity, ordinary) * activity[:, None]
    return np.asarray(np.maximum(known - _BY_ACTIVITY * brought, 0.0))


def _own(known: pl.DataFrame) -> Floats:
    """Return the sum of what each account stands out in; arguments as :func:`joint_standing`."""
    standings, window = known.select(ADDED).to_numpy(), known["part"].to_numpy()
    posts, compared = known["posts"].to_numpy(), known["compared"].to_numpy()
    own = np.zeros(known.height)
    for one in np.unique(window):
        here = window == one
        own[here] = beyond_activity(standings[here], posts[here], compared[here]).sum(axis=1)
    return own


def _slope(values: Floats, activity: Floats, rows: Flags) -> Floats:
    """Return the slope of each column of values on activity over some of its rows, 0 where it falls or there is one activity."""
    count = np.maximum(rows.sum(axis=0), 1)
    off = np.where(rows, activity[:, None] - (rows * activity[:, None]).sum(axis=0) / count, 0.0)
    spread = (off**2).sum(axis=0)
    return np.asarray(
        np.maximum((off * values).sum(axis=0) / np.where(spread > _LEAST_SPREAD, spread, np.inf), 0.0)
    )


def _backing(accounts: Ints, own: Floats, tied: pl.DataFrame) -> Floats:
    """Return what the partners of each account stand out in, by themselves and with other partners.

    Args:
        accounts: Each account once.
        own: What each stands out in by itself.
        tied: What :func:`_ties` returned.
    """
    order = np.argsort(accounts)
    first, second = (
        order[np.searchsorted(accounts, tied[side], sorter=order)] for side in ("first", "second")
    )
    account, partner = np.append(first, second), np.append(second, first)
    tie = np.tile(tied["tie"].to_numpy(), 2)
    counts = own[partner] > 0
    account, partner, tie = account[counts], partner[counts], tie[counts]
    # Of one partner more than count, so that an account can be left out of those of its partner: it does not back itself.
    best = _largest(account, tie * own[partner], len(accounts), _PARTNERS + 1)
    by_others = best.sum(axis=1)[partner] - np.maximum(tie * own[account], best[partner, -1])
    whole = own[partner] + np.maximum(by_others, 0.0) / _PARTNERS
    return np.asarray(_largest(account, tie * whole, len(accounts), _PARTNERS).sum(axis=1) / _PARTNERS)


def _largest(account: Ints, values: Floats, accounts: int, count: int) -> Floats:
    """Return the largest values of each account in falling order, 0 where it has fewer; shape (accounts, count)."""
    order = np.lexsort((-values, account))
    ordered = account[order]
    rank = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    kept = rank < count
    found = np.zeros((accounts, count))
    found[ordered[kept], rank[kept]] = values[order][kept]
    return found


def _ties(known: pl.DataFrame, close: Sequence[Closeness]) -> pl.DataFrame:
    """Return ``first``, ``second`` and ``tie`` (0 to 1), the strongest in any respect; arguments as :func:`joint_standing`."""
    tables = [pl.DataFrame(schema={"first": pl.Int64, "second": pl.Int64, "tie": pl.Float64})]
    for each in close:
        sides = pl.concat(each.pairs.select("value", account=side) for side in ("first", "second"))
        closest = sides.group_by("account").agg(pl.col("value").max())
        of_window = (
            known.select("account", "part", "compared", "weight")
            .join(closest, on="account", how="left")
            .group_by("part")
            .agg(usual=_usual(pl.col("value").fill_null(0.0)))
        )
        told = known.filter(pl.col("resolution") <= each.finest).select("account", "part")
        value = pl.col("value")
        tables.append(
            each.pairs.join(told.join(of_window, on="part"), left_on="first", right_on="account").select(
                "first", "second", tie=value / (value + each.by_chance + pl.col("usual"))
            )
        )
    return pl.concat(tables).group_by("first", "second").agg(pl.col("tie").max())


def weight() -> pl.Expr:
    """Return how much each account counts for what is usual in its window, 0 to 1.

    Those that are compared and share something count. Where these are fewer than :data:`_TELLING`, all others that are compared
    count in equal parts, so that this many do. Reads the columns of :func:`closest_partners`, ``own_text_bits``, ``part`` and
    ``compared``.
    """
    compared = pl.col("compared")
    closest = pl.max_horizontal(f"closest_{pace}" for pace in PACES)
    shares = compared & ((closest.fill_null(0.0) > 0) | (pl.col("own_text_bits") > 0))
    others = compared & ~shares
    lacking = (_TELLING - shares.sum().cast(pl.Float64)).over("part") / others.sum().over("part")
    return (
        pl.when(shares).then(1.0).when(compared).then(lacking.clip(0.0, 1.0)).otherwise(0.0).alias("weight")
    )


def partner_standing() -> pl.Expr:
    """Return how far an account is above what is usual, with its closest or its third partner, at the pace that says most.

    Reads the columns of :func:`closest_partners`, ``part``, ``compared``, ``weight`` and ``resolution`` (seconds between two
    ticks of the clock). A pace finer than the clock does not count.
    """
    return pl.max_horizontal(
        pl.when(pl.col("resolution") <= pace).then(above_usual(pl.col(f"{rank}_{pace}").fill_null(0.0)))
        for pace in PACES
        for rank in ("closest", "third")
    )


def above_usual(bits: pl.Expr) -> pl.Expr:
    """Return the natural logarithm of bits over those that are usual in the window.

    Reads ``part`` (the window), ``compared`` (whether an account posts enough to be compared) and ``weight`` (see
    :func:`weight`); null where none is compared.
    """
    return (bits + _BY_CHANCE).log() - (_usual(bits).over("part") + _BY_CHANCE).log()


def standard_score(value: pl.Expr) -> pl.Expr:
    """Return by how many standard deviations a value is above the mean of the window, within bounds; reads as :func:`above_usual`.

    Where the accounts of a window are all alike a small difference says little: the deviation is one more than measured.
    """
    counts = pl.when(value.is_not_null()).then("weight")
    mean = ((counts * value).sum() / counts.sum()).over("part")
    squares = (counts * (value - mean) ** 2).sum().over("part")
    deviation = (squares / (counts.sum().over("part") - 1).clip(lower_bound=1.0)).sqrt() + 1
    return ((value - mean) / deviation).clip(_LEAST, _MOST)


def _usual(bits: pl.Expr) -> pl.Expr:
    """Return what is usual in one window: the median of the accounts that tell it, within bounds.

    It is the median of all that are compared at least, and no more than one thing that two accounts alone did unless that
    median is more. Who shares nothing has nothing of any of what is shared, so accounts that count in part are as many
    noughts. Reads as :func:`above_usual`.
    """
    compared = bits.filter(pl.col("compared"))
    falling, telling = compared.sort(descending=True), pl.col("weight").sum().round().cast(pl.Int64)
    middle = (
        falling.get((telling - 1) // 2, null_on_oob=True) + falling.get(telling // 2, null_on_oob=True)
    ) / 2
    return pl.max_horizontal(compared.median(), pl.min_horizontal(middle, (pl.len() / 2).log(2)))


def _shared(found: pairs.Actions, pace: int, size: Floats) -> pl.DataFrame:
    """Return ``first``, ``second`` and ``value`` (bits) of the accounts that acted on one object at a pace.

    Objects that the same two posts share are one, the rarest.

    Args:
        found: The actions.
        pace: Seconds.
        size: Accounts of each window.
    """
    near = pairs.around(found, pace)
    shares = 1 + int(pairs.reach(found, pace, _CROWD)[1].sum()) // _HELD
    tables = [pl.DataFrame(schema={"first": pl.Int64, "second": pl.Int64, "value": pl.Float64})]
    for share in range(shares):
        met = [
            _met(found, size, near, earlier, later).filter(pl.col("first") % shares == share)
            for earlier, later in pairs.joined(found, pace, _CROWD)
        ]
        if met:
            once = pl.concat(met).group_by("first", "second", "post", "answer").agg(pl.col("bits").max())
            tables.append(once.group_by("first", "second").agg(value=pl.col("bits").sum()))
    return pl.concat(tables)


def _met(found: pairs.Actions, size: Floats, near: Ints, earlier: Ints, later: Ints) -> pl.DataFrame:
    """Return meetings: the two accounts, their posts, and the rarity of what they met on."""
    ascending = found.account[earlier] < found.account[later]
    first, second = np.where(ascending, earlier, later), np.where(ascending, later, earlier)
    share = size[found.part[found.object[first]]] / np.maximum(near[first], near[second])
    return pl.DataFrame(
        {
            "first": found.account[first], "second": found.account[second],
            "post": found.post[first], "answer": found.post[second], "bits": np.maximum(np.log2(share), 0.0),
        }
    )  # fmt: skip
