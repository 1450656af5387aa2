"""Pairs of accounts that act on the same object within a window: exact, in bounded memory, viral or not.

The window join: actions sorted by (object, time) are each compared with those after it up to the last within
the window, so the work is that of the pairs found and not of all pairs of an object. In a burst, an action
with more than ``cap`` others within the window pairs with none of them: it says little about whom the account
follows, and its account is credited with a burst instead. The object as such is kept: away from its burst it
still tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.coordination.parts import ONE, Parts
from vigie.features.similarity import medoid_clustering
from vigie.features.similarity.medoid_clustering import Halves

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
# A number for all objects, or one for each.
OfObjects = int | Ints

# Others within the window on one object beyond which an action pairs with none.
CAP = 200
# Distinct objects that two accounts share, at least, where nothing else is asked for.
LEAST_OBJECTS = 2
# Meetings of two accounts looked at together, and meetings held at once: they bound memory at some tens and
# some hundreds of megabytes whatever the corpus.
_BLOCK = 1_000_000
_HELD = 1 << 24
# Bits of the marks that tell most meetings of other pairs apart, at most: a table of four megabytes; and how many more they are than
# the pairs take, so that one mark in some sixty-four stands.
_MARK_BITS, _SPARE_BITS = 22, 6


@dataclass(frozen=True)
class Meetings:
    """Meetings of two accounts on one object, each once.

    Attributes:
        first: Row of the one account.
        second: Row of the other, larger.
        author: Row or number of the author of the object, -1 if unknown.
        day: Days since 1970 of the earlier action.
        first_post: Index of the post of the one.
        second_post: Index of the post of the other.
        lead: 1 where the one acted before the other, -1 where after it, 0 at the same second.
    """

    first: Ints
    second: Ints
    author: Ints
    day: Ints
    first_post: Ints
    second_post: Ints
    lead: Ints


@dataclass(frozen=True)
class Actions:
    """Actions of one trace, sorted by object and time, one per account and object (the earliest).

    Attributes:
        account: Row of the account.
        object: Row of the object, 0 … number of objects - 1.
        time: Seconds since 1970.
        post: Index of the post it was done with.
        author: Row of the author of each object, -1 if unknown; one entry per object.
        kind: Number of the trace of each object.
        part: The collection of each object.
    """

    account: Ints
    object: Ints
    time: Ints
    post: Ints
    author: Ints
    kind: Ints
    part: Ints

    @property
    def objects(self) -> int:
        """Number of objects."""
        return len(self.author)

    @property
    def width(self) -> int:
        """One more than the largest account row: ``first * width + second`` is one number per pair."""
        return int(self.account.max(initial=-1)) + 1

    def where(self, keep: Bools) -> Actions:
        """Return some of the actions, on the same objects."""
        return replace(
            self,
            account=self.account[keep], object=self.object[keep], time=self.time[keep], post=self.post[keep],
        )  # fmt: skip


def actions(events: pl.DataFrame, parts: Parts = ONE) -> Actions:
    """Return the actions of one trace.

    Args:
        events: ``account``, ``object`` (any hashable), ``time`` (seconds), ``post``, ``author`` (null if
            unknown), and ``kind`` (number of the trace) where there are several. An account acting on its own
            object is left out, and so are objects of one account.
        parts: The collections that the accounts are of; what is called the same in two of them is two objects.
    """
    account, author = pl.col("account"), pl.col("author")
    of_others = events.lazy().filter(author.is_null() | (author != account))
    # Most objects are of one account: they go before anything is sorted. And names are long, so each is put in order once.
    shared = of_others.group_by("object").len().filter(pl.col("len") > 1)
    numbered = shared.select(pl.col("object").sort(), number=pl.int_range(pl.len()))
    # Those of a part are next to each other.
    of_part = [parts.of(account)] if parts.count > 1 else []
    kind = pl.col("kind") if "kind" in events.columns else pl.lit(0, pl.Int64).alias("kind")
    ordered = (
        of_others.join(numbered, on="object")
        .select("account", "time", "post", author.fill_null(-1), kind, object="number")
        .sort(*of_part, "object", "time", "account", "post")
        .collect(engine="in-memory")
    )
    # What is left is numbers, on which a query costs more than the work.
    columns = {name: ordered[name].to_numpy().astype(np.int64, copy=False) for name in ordered.columns}
    columns["part"] = parts.of_accounts(columns["account"])
    columns["object"] = columns["part"] * (int(columns["object"].max(initial=0)) + 1) + columns["object"]
    own = columns["object"] * (int(columns["account"].max(initial=0)) + 1) + columns["account"]
    earliest = pl.Series(own).is_first_distinct().to_numpy()
    columns = {name: column[earliest] for name, column in columns.items()}
    begins = np.flatnonzero(np.diff(columns["object"], prepend=-1))
    size = np.diff(begins, append=len(columns["object"]))
    several = np.repeat(size > 1, size)
    columns = {name: column[several] for name, column in columns.items()}
    number = np.repeat(np.arange((size > 1).sum()), size[size > 1])
    opening = np.flatnonzero(np.diff(number, prepend=-1))
    return Actions(
        account=columns["account"],
        object=number,
        time=columns["time"],
        post=columns["post"],
        author=columns["author"][opening],
        kind=columns["kind"][opening],
        part=columns["part"][opening],
    )


def stacked(each: Sequence[Actions], parts: int) -> Actions:
    """Return several lots of actions as one: accounts, objects and parts of a lot are numbered on from those before.

    Args:
        each: The lots.
        parts: How many parts each has. Accounts of a lot are :func:`width_of` further on than those of the one before.
    """
    width, begins = width_of(each), np.cumsum([0, *(found.objects for found in each)])
    return Actions(
        account=np.concatenate([found.account + number * width for number, found in enumerate(each)]),
        object=np.concatenate([found.object + begin for found, begin in zip(each, begins, strict=False)]),
        time=np.concatenate([found.time for found in each]),
        post=np.concatenate([found.post for found in each]),
        author=np.concatenate([found.author for found in each]),
        kind=np.concatenate([found.kind for found in each]),
        part=np.concatenate([found.part + number * parts for number, found in enumerate(each)]),
    )


def width_of(each: Sequence[Actions]) -> int:
    """Return one more than the largest account row of several lots of actions."""
    return max(1, *(found.width for found in each))


def crowded(found: Actions, window: OfObjects, cap: OfObjects = CAP) -> Bools:
    """Return which actions have more than ``cap`` others on their object within the window around them.

    Args:
        found: The actions.
        window: The window, in seconds: one for all objects, or one for each.
        cap: One for all objects, or one for each.
    """
    # Only on an object of more actions than that can any have so many around it.
    popular = np.flatnonzero((np.bincount(found.object, minlength=found.objects) > cap)[found.object])
    crowd = np.zeros(len(found.object), np.bool_)
    if not len(popular):
        return crowd
    key, thing = _key(found, window)[popular], found.object[popular]
    near = of_objects(window, thing)
    around = np.searchsorted(key, key + near, "right") - np.searchsorted(key, key - near, "left") - 1
    crowd[popular] = around > of_objects(cap, thing)
    return crowd


def of_objects(value: OfObjects, thing: Ints) -> OfObjects:
    """Return the number that is that of some objects."""
    return value[thing] if isinstance(value, np.ndarray) else value


def around(found: Actions, window: int) -> Ints:
    """Return how many actions are on the object of each within the window around it, itself among them."""
    key = _key(found, window)
    return np.searchsorted(key, key + window, "right") - np.searchsorted(key, key - window, "left")


def reach(found: Actions, window: OfObjects, cap: OfObjects = CAP) -> tuple[Ints, Ints]:
    """Return the actions that pair, and for each how many of those right after it it pairs with.

    Returns:
        Positions of the actions that :func:`crowded` does not name, ascending; number of the actions that
        follow each in that list, on the same object and within the window.
    """
    calm = np.flatnonzero(~crowded(found, window, cap))
    key = _key(found, window)[calm]
    last = np.searchsorted(key, key + of_objects(window, found.object[calm]), "right")
    return calm, last - np.arange(1, len(key) + 1)


def joined(found: Actions, window: OfObjects, cap: OfObjects = CAP) -> Iterator[tuple[Ints, Ints]]:
    """Yield positions (earlier, later) of actions on one object within the window, in blocks.

    No pair is yielded twice; actions that :func:`crowded` names yield none.
    """
    yield from _followed(*reach(found, window, cap))


def counted(
    found: Actions, window: OfObjects, cap: OfObjects = CAP, least: int = LEAST_OBJECTS
) -> pl.DataFrame:
    """Return the pairs of accounts with at least ``least`` distinct objects within the window.

    Returns:
        ``first``, ``second`` (account rows, first < second), ``objects`` (those that the same two posts share are one: a
        post with three mentions, answered in kind, is one act), ``days`` and ``authors`` (distinct ones among those
        objects; authors null where none is known), ``first_leads`` (objects on which ``first`` acted before ``second``)
        and ``second_leads``.
    """
    calm, after = reach(found, window, cap)
    meetings = int(after.sum())
    if not meetings:
        return NONE
    # A share of the pairs at a time, so that the meetings of each share can be held.
    shares = 1 << (meetings // _HELD).bit_length()
    tables = [_share(found, calm, after, least, (share, shares)) for share in range(shares)]
    return tables[0] if shares == 1 else pl.concat(tables).sort("first", "second")


def meetings(found: Actions, window: OfObjects, cap: OfObjects = CAP) -> Iterator[Meetings]:
    """Yield the meetings of actions, in blocks: those of an object need its actions alone."""
    for earlier, later in joined(found, window, cap):
        yield _told(found, found.author, earlier, later)


def of_meetings(met: Meetings) -> pl.DataFrame:
    """Return what :func:`counted` does, given all meetings of some pairs, in any order."""
    number = met.first * (int(met.second.max(initial=0)) + 1) + met.second
    pairs, objects = _frequent([number], LEAST_OBJECTS)
    if not len(pairs):
        return NONE
    place = np.minimum(np.searchsorted(pairs, number), len(pairs) - 1)
    often = np.flatnonzero(pairs[place] == number)
    kept = Meetings(*(getattr(met, item.name)[often] for item in fields(Meetings)))
    kept = replace(kept, author=_numbered(kept.author))
    return _described(pairs, objects, place[often], kept, LEAST_OBJECTS)


def _followed(calm: Ints, after: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield actions with each of those that they pair with; arguments as :func:`reach` returns them."""
    following = np.arange(1, len(calm) + 1)
    for earlier, later in medoid_clustering.spans(following, following + after, _BLOCK):
        yield calm[earlier], calm[later]


def _key(found: Actions, window: OfObjects) -> Ints:
    """Return one number that sorts by object and time, objects further apart than any window."""
    start = int(found.time.min()) if len(found.time) else 0
    span = int(found.time.max()) - start + 2 * int(np.max(window)) + 2 if len(found.time) else 1
    return np.asarray(found.object * span + (found.time - start))


def _share(found: Actions, calm: Ints, after: Ints, least: int, share: tuple[int, int]) -> pl.DataFrame:
    """Return what :func:`counted` returns, of one share of the pairs out of so many."""
    held = list(_paired(found, calm, after, share))
    pairs, objects = _frequent([pair for pair, _, _ in held], least)
    if not len(pairs):
        return NONE
    met = [_among(pairs, *meetings) for meetings in held]
    place, earlier, later = (np.concatenate(part) for part in zip(*met, strict=True))
    return _described(pairs, objects, place, _told(found, _numbered(found.author), earlier, later), least)


def _numbered(author: Ints) -> Ints:
    """Return authors numbered from 0, -1 where one is unknown."""
    return np.where(author >= 0, np.unique(author, return_inverse=True)[1], -1)


def _told(found: Actions, author: Ints, earlier: Halves | Ints, later: Halves | Ints) -> Meetings:
    """Return meetings, given as positions of their actions and with the author of each object."""
    one, other = found.account[earlier], found.account[later]
    ascending = one < other
    ahead = found.time[earlier] < found.time[later]
    return Meetings(
        first=np.where(ascending, one, other),
        second=np.where(ascending, other, one),
        author=author[found.object[earlier]],
        day=found.time[earlier] // 86_400,
        first_post=np.where(ascending, found.post[earlier], found.post[later]),
        second_post=np.where(ascending, found.post[later], found.post[earlier]),
        lead=np.where(ahead, np.where(ascending, 1, -1), 0),
    )


def _described(pairs: Ints, objects: Ints, place: Ints, met: Meetings, least: int) -> pl.DataFrame:
    """Return what :func:`counted` returns.

    Args:
        pairs: The pairs, as ascending numbers.
        objects: How often each met.
        place: Place of the pair of each meeting.
        met: The meetings.
        least: As there.
    """
    size = len(pairs)
    first, second = np.empty(size, np.int64), np.empty(size, np.int64)
    first[place], second[place] = met.first, met.second
    known = met.author >= 0
    posts = np.minimum(_distinct(place, met.first_post, size), _distinct(place, met.second_post, size))
    columns = {
        "first": first,
        "second": second,
        "objects": np.minimum(objects, posts),
        "days": _distinct(place, met.day, size),
        "authors": _distinct(place[known], met.author[known], size),
        "first_leads": np.bincount(place[met.lead > 0], minlength=size),
        "second_leads": np.bincount(place[met.lead < 0], minlength=size),
    }
    often = columns["objects"] >= least
    table = pl.DataFrame({name: values[often] for name, values in columns.items()}, schema=NONE.schema)
    return table.with_columns(pl.col("authors").replace(0, None))


NONE = pl.DataFrame(
    schema=dict.fromkeys(
        ("first", "second", "objects", "days", "authors", "first_leads", "second_leads"), pl.Int64
    )
)


def _paired(
    found: Actions, calm: Ints, after: Ints, share: tuple[int, int]
) -> Iterator[tuple[Ints, Halves, Halves]]:
    """Yield the meetings of one share of the pairs: number of the pair, earlier and later action."""
    number, shares = share
    for earlier, later in _followed(calm, after):
        one, other = found.account[earlier], found.account[later]
        pair = np.minimum(one, other) * found.width + np.maximum(one, other)
        if shares > 1:
            mine = np.flatnonzero(pair & (shares - 1) == number)
            pair, earlier, later = pair[mine], earlier[mine], later[mine]
        yield pair, earlier.astype(np.int32), later.astype(np.int32)


def _frequent(parts: list[Ints], least: int) -> tuple[Ints, Ints]:
    """Return the numbers that occur ``least`` times or more, ascending, and how often each does."""
    # Polars sorts whole numbers at less than half the cost of NumPy.
    ordered = pl.Series(np.concatenate([np.empty(0, np.int64), *parts])).sort().to_numpy()
    begins = np.flatnonzero(np.diff(ordered, prepend=-1))
    counts = np.diff(begins, append=len(ordered))
    often = counts >= least
    return ordered[begins[often]], counts[often]


def _among(pairs: Ints, pair: Ints, earlier: Halves, later: Halves) -> tuple[Ints, Halves, Halves]:
    """Return the meetings of some pairs, given as ascending numbers: place of the pair, and the actions."""
    # Most meetings are of other pairs: a table of marks by a few bits of the number tells so at once, and of few pairs a small one.
    bits = min(len(pairs).bit_length() + _SPARE_BITS, _MARK_BITS)
    marked = np.zeros(1 << bits, np.bool_)
    marked[_mark(pairs, bits)] = True
    likely = np.flatnonzero(marked[_mark(pair, bits)])
    place = np.minimum(np.searchsorted(pairs, pair[likely]), len(pairs) - 1)
    exact = pairs[place] == pair[likely]
    likely = likely[exact]
    return place[exact], earlier[likely], later[likely]


def _mark(pair: Ints, bits: int) -> NDArray[np.uint64]:
    """Return so many bits of thoroughly mixed numbers."""
    return pair.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(64 - bits)


def _distinct(place: Ints, value: Ints, size: int) -> Ints:
    """Return how many distinct values each of ``size`` places holds."""
    lowest = int(value.min(initial=0))
    span = int(value.max(initial=0)) - lowest + 1
    held, _ = _frequent([place * span + (value - lowest)], 1)
    return np.bincount(held // span, minlength=size)
