"""Which fields of an account would lift an abstention for want of data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vigie.features.catalogue import CATALOGUE
from vigie.features.schema import ACCOUNT_FIELDS
from vigie.models.bundle import Bundle, Part
from vigie.models.scoring import Scores

Bools = NDArray[np.bool_]

# Known of every account.
_ALWAYS = {"observed_at", "platform", "account_id"}
_FIELDS = tuple(item.name for item in ACCOUNT_FIELDS if item.name not in _ALWAYS)


def lifting_fields(bundle: Bundle, scores: Scores) -> list[list[str]]:
    """Return, per account, the fields of its profile that would let the model judge it if all of them were given.

    Those without which most is unknown come first. The list is empty where the account is judged, or published too little, and
    where the model reads no profile.
    """
    found: list[list[str]] = [[] for _ in scores.status]
    wanting = np.flatnonzero(scores.status == "insufficient_data")
    part = bundle.parts.get("profile")
    if part is None or not len(wanting):
        return found
    columns = [scores.features.index(name) for name in part.features]
    known = ~np.isnan(scores.values[wanting][:, columns])
    # Collections lack the same fields of most accounts.
    patterns, place = np.unique(known, axis=0, return_inverse=True)
    needed = ["posts_count"] if bundle.index["floors"].get("posts_count_needed", True) else []
    lists = [_fields_of(part, pattern, needed) for pattern in patterns]
    for row, pattern in zip(wanting.tolist(), place.ravel().tolist(), strict=True):
        found[row] = lists[pattern]
    return found


def _fields_of(part: Part, known: Bools, needed: list[str]) -> list[str]:
    reads = [set(CATALOGUE[name].expression.meta.root_names()) & set(_FIELDS) for name in part.features]
    given = {name for fields, seen in zip(reads, known, strict=True) if seen for name in fields}
    chosen = [name for name in needed if name not in given]
    while True:
        there = given | set(chosen)
        shown = np.array([fields <= there for fields in reads]) | known
        if shown @ part.gains >= part.floor:
            return chosen
        chosen.append(max(_FIELDS, key=lambda name: _worth(name, reads, there, part)))


def _worth(name: str, reads: list[set[str]], there: set[str], part: Part) -> float:
    """Return the gain that a field brings: of each feature that lacks it, an equal share with the other fields that it lacks."""
    lacking = (fields - there for fields in reads)
    return sum(
        float(gain) / len(fields) for fields, gain in zip(lacking, part.gains, strict=True) if name in fields
    )
