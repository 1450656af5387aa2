"""Which known accounts an account looks like, with a promise that holds on every known public of ordinary people.

A probability rests on what the model believes. A set rests on counting: on every set of accounts that calibrates it, the score of
a new account is compared with those of the others of its label. Ordinary people of any of these sets are called suspect at most
as often as the level says, whatever the model is worth, since a new one of them ranks among the others at random. These are
label-conditional conformal p-values [Vovk2005], with the maximum over sources: one public that has many such accounts is enough
for an account to count as ordinary.

Two things keep the ranks fair. What is compared with the accounts of a source is the score of a model that did not learn from it.
And accounts are compared with those of like evidence, their *tier*; a thin profile with whole ones too, so that an account does
not look suspect because less is known of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vigie.features.json_object import JsonObject
from vigie.models.calibration import Floats

Tiers = NDArray[np.str_]

# The band of what reaches no other.
LOWEST = "low"
# The tier of an account on which the model abstains.
NOTHING = "none"
# A profile of which little more is known than counts and dates.
THIN = "counts"
_WHOLE = "profile"


def least_accounts(level: float) -> int:
    """Return how many accounts a group must hold for a p-value to reach a level.

    >>> least_accounts(0.01)
    99
    """
    return int(np.ceil(1 / level - 1e-9)) - 1


def as_rich(tier: str, other: str) -> bool:
    """Return whether accounts of a tier show the same parts as those of another, and their profiles no less.

    >>> as_rich("profile+posts", "counts+posts"), as_rich("counts", "profile"), as_rich("profile+posts", "profile")
    (True, False, False)
    """
    return tier in (other, other.replace(THIN, _WHOLE))


@dataclass(frozen=True)
class Group:
    """Accounts of one source, label and tier, by the log-odds that a model which did not learn from the source gives them.

    Attributes:
        source: Name of the data set.
        inauthentic: Their label.
        tier: What is known of them.
        log_odds: Distinct values, rising.
        accounts: How many accounts have each.
    """

    source: str
    inauthentic: bool
    tier: str
    log_odds: Floats
    accounts: NDArray[np.int64]

    @cached_property
    def size(self) -> int:
        """Number of accounts."""
        return int(self.accounts.sum())

    @cached_property
    def _below(self) -> NDArray[np.int64]:
        """How many accounts lie below each value, and in all."""
        below: NDArray[np.int64] = np.r_[0, np.cumsum(self.accounts)]
        return below

    def p_values(self, log_odds: Floats) -> Floats:
        """Return, for each account, a bound on the chance that one of the group is at least as unlike the others.

        Ordinary accounts are unlike the others where they score high, inauthentic ones where they score low.

        >>> people = Group("town", False, "profile", np.array([-1.0, 0.5]), np.array([3, 1]))
        >>> people.p_values(np.array([-2.0, 0.0, 0.5, 0.6])).tolist()
        [1.0, 0.4, 0.4, 0.2]
        """
        if self.inauthentic:
            beyond = self._below[np.searchsorted(self.log_odds, log_odds, side="right")]
        else:
            beyond = self.size - self._below[np.searchsorted(self.log_odds, log_odds, side="left")]
        return np.asarray((1 + beyond) / (1 + self.size))


@dataclass(frozen=True)
class Likeness:
    """What accounts look like; every array has one entry per account, NaN or 0 where the model abstains.

    Attributes:
        ordinary: The largest p-value over sources of ordinary accounts; 1 where none is of such evidence.
        inauthentic: The same over sources of inauthentic ones.
        suspecting: How many sources of ordinary accounts have a p-value of at most the level.
        sources: How many sources of ordinary accounts were asked.
    """

    ordinary: Floats
    inauthentic: Floats
    suspecting: NDArray[np.int64]
    sources: NDArray[np.int64]


@dataclass(frozen=True)
class KnownAccounts:
    """The accounts that a model is held against.

    Attributes:
        level: At most this share of the ordinary accounts of any source is called suspect.
        bands: Level of each band above the lowest, falling.
        groups: The accounts.
    """

    level: float
    bands: Mapping[str, float]
    groups: tuple[Group, ...]

    def names(self) -> tuple[str, ...]:
        """Return the bands, lowest first."""
        return (LOWEST, *sorted(self.bands, key=lambda name: -self.bands[name]))

    def likeness(self, tiers: Tiers, log_odds: Floats, without: Mapping[str, Floats]) -> Likeness:
        """Return what accounts look like.

        Args:
            tiers: Tier of each account; the model abstains on :data:`NOTHING`.
            log_odds: By the model.
            without: By its members, by the source that each did not learn from.
        """
        ordinary = self._p_values(False, self.level, tiers, log_odds, without)
        inauthentic = self._p_values(True, self.level, tiers, log_odds, without)
        known = tiers != NOTHING
        by_source = np.stack([*ordinary.values(), np.full(len(tiers), np.nan)])
        return Likeness(
            np.where(known, _largest(ordinary, len(tiers)), np.nan),
            np.where(known, _largest(inauthentic, len(tiers)), np.nan),
            suspecting=(by_source <= self.level).sum(axis=0),
            sources=(~np.isnan(by_source)).sum(axis=0),
        )

    def reached(self, tiers: Tiers, log_odds: Floats, without: Mapping[str, Floats]) -> NDArray[np.str_]:
        """Return the highest band of each account: on no source are more of the ordinary accounts in it than its level says.

        Args:
            tiers: See :meth:`likeness`.
            log_odds: See there.
            without: See there.
        """
        band = np.full(len(tiers), LOWEST, dtype="<U16")
        among = np.ones(len(tiers), dtype=np.bool_)
        for name, level in sorted(self.bands.items(), key=lambda item: -item[1]):
            among &= _largest(self._p_values(False, level, tiers, log_odds, without), len(tiers)) <= level
            band[among] = name
        return band

    def _p_values(
        self, inauthentic: bool, level: float, tiers: Tiers, log_odds: Floats, without: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Return p-values by source of a label, of groups that are large enough for a level; NaN where none is as rich."""
        values: dict[str, Floats] = {}
        names, place = np.unique(tiers, return_inverse=True)
        accounts_of = {str(name): place == number for number, name in enumerate(names) if name != NOTHING}
        least = max(least_accounts(level), least_accounts(self.level))
        for group in self.groups:
            if group.inauthentic != inauthentic or group.size < least:
                continue
            alike = [here for tier, here in accounts_of.items() if as_rich(group.tier, tier)]
            if not alike:
                continue
            kept = values.setdefault(group.source, np.full(len(tiers), np.nan))
            seen = without.get(group.source, log_odds)
            for here in alike:
                kept[here] = np.fmax(kept[here], group.p_values(seen[here]))
        return values

    def to_json(self) -> JsonObject:
        """Return what ``bundle.json`` holds of it."""
        return {
            "level": self.level,
            "bands": dict(self.bands),
            "groups": [
                {
                    "source": group.source,
                    "inauthentic": group.inauthentic,
                    "tier": group.tier,
                    "log_odds": group.log_odds.tolist(),
                    "accounts": group.accounts.tolist(),
                }
                for group in self.groups
            ],
        }

    @classmethod
    def from_json(cls, entry: JsonObject) -> KnownAccounts:
        """Return what an entry of a checked index describes."""
        groups = tuple(
            Group(
                each["source"],
                each["inauthentic"],
                each["tier"],
                np.array(each["log_odds"]),
                np.array(each["accounts"], dtype=np.int64),
            )
            for each in entry["groups"]
        )
        return cls(entry["level"], entry["bands"], groups)


def _largest(values: Mapping[str, Floats], accounts: int) -> Floats:
    """Return the largest p-value of each account; 1 where there is none."""
    largest = np.full(accounts, np.nan)
    for each in values.values():
        largest = np.fmax(largest, each)
    return np.asarray(np.nan_to_num(largest, nan=1.0))
