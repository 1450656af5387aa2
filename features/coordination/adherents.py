"""Adherents of a group: accounts that publish hardly anything but its contents, though no other account publishes the same ones.

A flood of fifty pictures has accounts that publish two or three of them each. Hardly two of these publish the same two, so few
pairs are beyond chance, and the group that they make is a part of the flood that most of its pictures have holders outside of.
Yet what each of the others published is of the group. So an account is held against those outside: how often a post of theirs
holds one of the group's contents. Those that chance does not explain belong to it too.

An account of one post is none and tells nothing of the others: all that it published may be what it happened to see.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import betainc

from vigie.features import on_disk
from vigie.features.coordination import shared_contents

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Distinct contents of the group that an account publishes at least, and of which it has as many members at least.
LEAST = 2
# Share of an account's own posts that hold one of them, more than.
MOSTLY = 0.5
# Share of false adherents among those found.
ALPHA = 0.01
# Outcomes of accounts of so many posts that are counted one by one, from the likeliest: beyond them the bound itself is taken, which
# is no less. Accounts of thousands of posts have as many outcomes, nearly all of which chance never gives.
OUTCOMES = 64
# Rounds, at most: each makes the group larger, and few find anything new.
ROUNDS = 8


@dataclass(frozen=True)
class _Published:
    """What accounts published.

    Attributes:
        accounts: In ascending order.
        posts: Own posts of each.
        holds: Which account (row) published which shared content (column).
    """

    accounts: Ints
    posts: Ints
    holds: csr_matrix

    @classmethod
    def of(cls, published: pl.DataFrame) -> _Published:
        """Return what :func:`vigie.features.coordination.published_contents.contents` tells of accounts."""
        own = on_disk.by_keys(
            [published.select("account")],
            ["account"],
            lambda some: some.group_by("account").agg(posts=pl.len().cast(pl.Int64)),
        ).sort("account")
        accounts = own["account"].to_numpy()
        held = shared_contents.holders(published)
        row = np.searchsorted(accounts, held["account"].to_numpy())
        thing = held["object"].rank("dense").cast(pl.Int64).to_numpy() - 1
        size = (len(accounts), int(thing.max(initial=-1)) + 1)
        return cls(
            accounts, own["posts"].to_numpy(), csr_matrix((np.ones(len(row), np.int32), (row, thing)), size)
        )

    def placed(self, member: pl.DataFrame, parts: pl.Series) -> Ints:
        """Return the place of the part of each account among some parts, -1 for those in none."""
        part = np.full(len(self.accounts), -1)
        part[np.searchsorted(self.accounts, member["account"].to_numpy())] = parts.search_sorted(
            member["part"]
        )
        return part

    def held(self, part: Ints, parts: int, least: int) -> csr_matrix:
        """Return how many distinct contents of each part, which so many of its members published, each account published."""
        inside = np.flatnonzero(part >= 0)
        of = csr_matrix((np.ones(len(inside), np.int32), (inside, part[inside])), (len(part), parts))
        return self.holds @ (self.holds.T @ of >= least).astype(np.int32)


def joined(published: pl.DataFrame, member: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts of groups with their adherents.

    Args:
        published: What :func:`vigie.features.coordination.published_contents.contents` returned.
        member: ``account``, ``part``: of disjoint groups.

    Returns:
        ``account``, ``part``, those given first.
    """
    if member.is_empty():
        return member.select("account", "part")
    told, parts = _Published.of(published), member["part"].unique().sort()
    part = told.placed(member, parts)
    found = []
    for _ in range(ROUNDS):
        new, its = _adherents(told, part, len(parts))
        if not len(new):
            break
        part[new] = its
        found.append(pl.DataFrame({"account": told.accounts[new], "part": parts.gather(its)}))
    return pl.concat([member.select("account", "part"), *found])


def confirmed(published: pl.DataFrame, member: pl.DataFrame) -> pl.DataFrame:
    """Return the members of groups that publish more of what others of their group do than chance explains.

    Args:
        published: As in :func:`joined`.
        member: ``account``, ``part``: of disjoint groups.

    Returns:
        The same columns.
    """
    if member.is_empty():
        return member.select("account", "part")
    told, parts = _Published.of(published), member["part"].unique().sort()
    part = told.placed(member, parts)
    # Published by two others at least.
    held = told.held(part, len(parts), LEAST + 1)
    outside = part < 0
    found = []
    for one in range(len(parts)):
        mine, count = np.flatnonzero(part == one), np.asarray(held[:, [one]].todense()).ravel()
        rate = min((count[outside].sum() + 1) / (told.posts[outside].sum() + 1), 1.0)
        asked = mine[count[mine] >= LEAST]
        share = _false_share(count[asked], told.posts[asked], told.posts[told.posts >= LEAST], rate, 0.0)
        kept = told.accounts[asked[share < ALPHA]]
        found.append(pl.DataFrame({"account": kept, "part": parts.gather([one] * len(kept))}))
    return pl.concat(found)


def _adherents(told: _Published, part: Ints, parts: int) -> tuple[Ints, Ints]:
    """Return the rows of accounts that adhere to a part, given which part each is in (-1: none), and the part of each."""
    outside = np.flatnonzero((part < 0) & (told.posts >= LEAST))
    copied = told.held(part, parts, LEAST)[outside].tocoo()
    account, its, count = copied.row, copied.col.astype(np.int64), copied.data
    posts = told.posts[outside[account]]
    # What adherents publish tells nothing of how often others do. All that might be are taken for such at first.
    is_adherent = count >= np.maximum(posts * MOSTLY + 0.5, LEAST)
    while is_adherent.any():
        others = ~is_adherent
        held = np.bincount(its[others], count[others], parts)
        of_others = told.posts[outside].sum() - np.bincount(its[is_adherent], posts[is_adherent], parts)
        rate = np.minimum((held + 1) / (of_others + 1), 1.0)
        asked = np.flatnonzero(is_adherent)
        keep = np.zeros(len(asked), np.bool_)
        for one in np.unique(its[asked]):
            mine = its[asked] == one
            keep[mine] = (
                _false_share(count[asked[mine]], posts[asked[mine]], told.posts[outside], rate[one], MOSTLY)
                < ALPHA
            )
        if keep.all():
            break
        is_adherent[asked[~keep]] = False
    # Of two parts, that of which it publishes most.
    order = np.lexsort((its, -count, account))
    order = order[is_adherent[order]]
    first = order[np.append(True, np.diff(account[order]) != 0)[: len(order)]]
    return outside[account[first]], its[first]


def _false_share(count: Ints, posts: Ints, of_all: Ints, rate: float, mostly: float) -> Floats:
    """Return the share of false ones among accounts as surprising as each or more, if others publish contents at some rate.

    Accounts of two posts have few outcomes, and accounts of many others: so it is counted how many of each the rate would give.

    Args:
        count: Distinct contents that each account published, of a group.
        posts: Its own posts.
        of_all: Own posts of all accounts that might have been found.
        rate: Chance that a post of an account that is none of the group's holds one of its contents.
        mostly: Share of its own posts that an account had to publish of them, more than, to be looked at.
    """
    p = _tail(count, posts, rate)
    order = np.argsort(p, kind="stable")
    size, times = np.unique(of_all, return_counts=True)
    expected = np.zeros(len(p))
    for n, accounts in zip(size.tolist(), times.tolist(), strict=True):
        least = max(LEAST, int(n * mostly) + 1)
        outcomes = np.arange(least, min(n, least + OUTCOMES - 1) + 1)
        reached = _tail(outcomes, np.full(len(outcomes), n), rate)
        # From the largest of its outcomes to the smallest.
        at = np.searchsorted(-reached, -p[order], "left")
        beyond = p[order] if least + OUTCOMES <= n else np.zeros(len(p))
        expected += accounts * np.where(at < len(reached), np.append(reached, 0.0)[at], beyond)
    share = expected / np.arange(1, len(p) + 1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum.accumulate(share[::-1])[::-1]
    return adjusted


def _tail(count: Ints, posts: Ints, rate: float) -> Floats:
    """Return the chance of that many contents or more among so many posts."""
    return np.asarray(betainc(count, posts - count + 1, rate))
