"""Whether the accounts of a group are more homogeneous than ordinary accounts drawn at random.

Creation dates, shapes of handles and empty biographies of the members are compared with :data:`DRAWS` random
draws, with replacement and a fixed seed, of as many ordinary accounts: the other accounts of the corpus, or, where
too few of them carry the value, a :class:`Reference` that was frozen before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.coordination import traces
from vigie.features.coordination.report.types import BiographyTest, CreationTest, HandleTest, ReferenceSource
from vigie.features.json_object import JsonObject

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Statistic = Callable[[Ints], Floats]

DRAWS = 2_000
# Accounts that must carry a value: others for a reference, members for a test.
LEAST_OTHERS, LEAST_MEMBERS = 50, 3
# Windows of the creation-date scan, in days.
SCAN_DAYS = (1, 7, 31)
# Digits of a handle from which a number was given to it. People choose fewer themselves, as a year or the number of a county, and
# how many of them do differs by country: so such a shape is held against ordinary accounts of elsewhere only where more than two
# thirds have it.
_LEAST_DIGITS, _MOSTLY = 4, 2 / 3
# Shapes of handles that a reference keeps, the commonest, and accounts it is spread out into for the draws.
SHAPES, POPULATION = 500, 10_000
_PLACES = np.arange(POPULATION)
_SEED = 17
_AUTOMATED = r"(?i:\b(?:ro)?bots?\b|_bots?\b|automated|automatique|automatisé)|[a-z]Bot\b"
# "Not a bot", "no bots", "anti-bot", "pas un robot", "ni bot ni troll".
_DENIAL = (
    r"(?i)\b(?:not|no|never|nor|anti|isn['’]t|ain['’]t|don['’]t|pas|ni|aucun|sans|jamais)\b[\s-]*"
    r"(?:(?:an?|any|un|une|de|des|compte|account|follow)\b\s*)*(?:(?:ro)?bots?\b|automated|automatique|automatisé)"
)
_DAY = traces.DAY
# What tests read of a profile.
_TESTED = ("created", "observed", "shape", "empty")
# Draws evaluated at once, in account values: bounds memory.
_BLOCK = 2_000_000


def shape(handle: pl.Expr) -> pl.Expr:
    """Return the shape of handles: runs of capitals as A, of small letters as a, every digit as 0."""
    return (
        handle.str.replace_all(r"\p{Lu}+", "A")
        .str.replace_all(r"[^\P{L}A]+", "a")
        .str.replace_all(r"\p{Nd}", "0")
    )


def is_series(shape: str | None, share: float, source: ReferenceSource | None) -> bool:
    """Return whether handles of a shape, more frequent than in ordinary accounts, are in series: these have numbers.

    Shops, papers and branches put words together in their handles, so a shape without digits is none.

    Args:
        shape: As :func:`shape` returns it.
        share: Share of the accounts that have it.
        source: Where the ordinary accounts are from: ``corpus`` where they were collected with these.
    """
    digits = (shape or "").count("0")
    return digits >= _LEAST_DIGITS or (digits > 0 and (source == "corpus" or share > _MOSTLY))


def empty(description: pl.Expr) -> pl.Expr:
    """Return 1 for biographies known to be empty and 0 for others."""
    return description.str.strip_chars().str.len_chars().eq(0).cast(pl.Int64)


def declares_automation(profile: pl.Expr) -> pl.Expr:
    """Return whether names and biographies say that an account is automated; one that denies it does not."""
    return profile.str.replace_all(_DENIAL, " ").str.contains(_AUTOMATED)


@dataclass(frozen=True)
class Reference:
    """What ordinary accounts look like, kept for corpora that hold too few of them.

    What fewer than :data:`LEAST_OTHERS` of the accounts carried is missing: empty or None.

    Attributes:
        handle_shapes: Share of each of the commonest shapes of handles.
        empty_bio_share: Share of empty biographies.
        account_age_days: Quantiles 0, 1 … 100 % of the days from creation to observation. Between them ages are
            taken as even, so bursts shorter than a hundredth of the accounts are smoothed away.
        platforms: Where the accounts are from. Bundles that do not say learnt from accounts of X.
    """

    handle_shapes: dict[str, float]
    empty_bio_share: float | None
    account_age_days: tuple[float, ...]
    platforms: tuple[str, ...] = ("x",)

    def __post_init__(self) -> None:
        shares = [
            *self.handle_shapes.values(),
            *([] if self.empty_bio_share is None else [self.empty_bio_share]),
        ]
        if not all(0 <= share <= 1 for share in shares) or sum(self.handle_shapes.values()) > 1 + 1e-6:
            raise ValueError("shares of a reference lie between 0 and 1, those of shapes together too")
        ages = self.account_age_days
        if len(ages) not in (0, 101) or not all(map(math.isfinite, ages)) or list(ages) != sorted(ages):
            raise ValueError(
                f"account_age_days holds 101 ascending quantiles or none, not {len(ages)} values"
            )

    @classmethod
    def of(cls, accounts: pl.DataFrame) -> Reference:
        """Return the reference that a table of ordinary accounts gives.

        Args:
            accounts: Contract columns.
        """
        table = accounts.select(
            shape=shape(pl.col("handle")),
            empty=empty(pl.col("description")),
            age=(pl.col("observed_at") - pl.col("created_at")).dt.total_seconds() / _DAY,
        )
        shapes, bios, ages = (
            column if len(column) >= LEAST_OTHERS else column.clear()
            for column in (table[name].drop_nulls() for name in table.columns)
        )
        commonest = shapes.value_counts().sort("count", "shape", descending=[True, False]).head(SHAPES)
        return cls(
            handle_shapes={name: count / len(shapes) for name, count in commonest.iter_rows()},
            empty_bio_share=_share(bios.to_numpy()),
            account_age_days=tuple(np.percentile(ages, np.arange(101)).tolist()) if len(ages) else (),
            platforms=tuple(accounts["platform"].drop_nulls().unique().sort()),
        )

    def to_json(self) -> JsonObject:
        """Return the reference as a bundle keeps it."""
        listed = {"account_age_days": list(self.account_age_days), "platforms": list(self.platforms)}
        return asdict(self) | listed

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> Reference:
        """Return the reference that :meth:`to_json` wrote.

        Raises:
            ValueError: A share is none, or the quantiles are not 101 ascending numbers.
            KeyError: A part is missing.
        """
        bios = held["empty_bio_share"]
        return cls(
            handle_shapes={str(name): float(share) for name, share in held["handle_shapes"].items()},
            empty_bio_share=None if bios is None else float(bios),
            account_age_days=tuple(float(age) for age in held["account_age_days"]),
            platforms=tuple(str(name) for name in held.get("platforms", ("x",))),
        )

    def population(self, observed: int | None) -> pl.DataFrame:
        """Return accounts in the proportions of the reference: ``shape``, ``empty``, ``created``.

        Args:
            observed: When the accounts compared with it were observed, in seconds since 1970; None: unknown, and
                so are the creation dates.
        """
        created: pl.Series | pl.Expr = pl.lit(None, pl.Int64)
        if self.account_age_days and observed is not None:
            ages = np.interp(100 * _PLACES / (POPULATION - 1), np.arange(101), self.account_age_days)
            created = pl.Series((observed - ages * _DAY).astype(np.int64))
        return self._profiles.select("shape", "empty", created=created)

    @cached_property
    def _profiles(self) -> pl.DataFrame:
        """``shape`` and ``empty`` of the accounts of :meth:`population`."""
        shapes: list[str | None] = [None] * POPULATION
        if self.handle_shapes:
            counts = [round(share * POPULATION) for share in self.handle_shapes.values()]
            known = np.repeat(list(self.handle_shapes), counts)[:POPULATION].tolist()
            # Shapes beyond the commonest are rare: each counts as one of its own, named as no shape is.
            shapes = [*known, *(f"other {number}" for number in range(1, POPULATION - len(known) + 1))]
        bios = None
        if self.empty_bio_share is not None:
            bios = (round(self.empty_bio_share * POPULATION) > _PLACES).astype(np.int64)
        return pl.DataFrame({"shape": shapes, "empty": bios}, schema={"shape": pl.String, "empty": pl.Int64})


@dataclass(frozen=True)
class _Draws:
    """What is drawn from: the values of ordinary accounts, how many are drawn, and where the values come from."""

    values: Ints
    size: int
    source: ReferenceSource

    def statistic(self, of: Statistic) -> Floats:
        """Return the statistic of every draw, on its last axis; the draws are the same at each call."""
        generator = np.random.default_rng(_SEED)
        step = max(1, _BLOCK // self.size)
        parts = [
            of(self.values[generator.integers(0, len(self.values), (min(step, DRAWS - start), self.size))])
            for start in range(0, DRAWS, step)
        ]
        return np.concatenate(parts, axis=-1)


@dataclass(frozen=True)
class ProfileTests:
    """How homogeneous the members of a group are."""

    creation: CreationTest
    handles: HandleTest
    bios: BiographyTest


def tested(members: pl.DataFrame, others: pl.DataFrame, reference: Reference | None) -> ProfileTests:
    """Return how homogeneous members are, by permutation tests.

    Each test holds ``p``, how often random draws are as homogeneous, and ``reference``, what was drawn from; both
    None where too few members or ordinary accounts carry the value.

    Args:
        members: ``created`` and ``observed`` (seconds since 1970), ``shape``, ``empty`` (see :func:`empty`).
        others: The same of the other accounts of the corpus.
        reference: What stands in for them where they are too few.
    """
    people = pl.concat(table.select(_TESTED) for table in (members, others))
    return Profiles(people, reference).tested(np.arange(people.height) < members.height)


@dataclass(frozen=True)
class Profiles:
    """The profiles of all accounts of a corpus, read once for the tests of all its groups.

    Attributes:
        people: ``created``, ``observed``, ``shape`` and ``empty``, as :func:`tested` reads them.
        reference: What stands in for other accounts where they are too few.
    """

    people: pl.DataFrame
    reference: Reference | None

    def tested(self, inside: Bools) -> ProfileTests:
        """Return how homogeneous the accounts inside are, compared with the others, as :func:`tested` does."""
        ordinary = _Ordinary(self.reference, self._observed.of(inside))
        return ProfileTests(
            creation=_creation(self._created.of(inside), self._created.of(~inside), ordinary),
            handles=self._handles(inside),
            bios=_bios(self._empty.of(inside), self._empty.of(~inside), ordinary),
        )

    def _handles(self, inside: Bools) -> HandleTest:
        known = self._shapes
        mine, others = known.shape.of(inside), known.shape.of(~inside)
        if len(others) >= LEAST_OTHERS or self.reference is None:
            return _handles(mine, others, "corpus", known.names)
        known = self._shapes_beside_ordinary
        return _handles(known.shape.of(inside), known.ordinary, "bundle", known.names)

    @cached_property
    def _created(self) -> _Values:
        return _Values.read(self.people["created"])

    @cached_property
    def _observed(self) -> _Values:
        return _Values.read(self.people["observed"])

    @cached_property
    def _empty(self) -> _Values:
        return _Values.read(self.people["empty"])

    @cached_property
    def _shapes(self) -> _Shapes:
        return _Shapes.of(self.people["shape"], self.people["shape"].clear())

    @cached_property
    def _shapes_beside_ordinary(self) -> _Shapes:
        ordinary = _Ordinary(self.reference, np.empty(0, np.int64)).accounts
        return self._shapes if ordinary is None else _Shapes.of(self.people["shape"], ordinary["shape"])


@dataclass(frozen=True)
class _Values:
    """A value of accounts.

    Attributes:
        number: The value; anything where it is missing.
        is_known: Whether it is not.
    """

    number: Ints
    is_known: Bools

    @classmethod
    def read(cls, column: pl.Series) -> _Values:
        """Return the values of a column of integers or of an enumeration."""
        return cls(
            column.to_physical().cast(pl.Int64).fill_null(0).to_numpy(), column.is_not_null().to_numpy()
        )

    def of(self, some: Bools) -> Ints:
        """Return the values known of some accounts."""
        return self.number[some & self.is_known]


@dataclass(frozen=True)
class _Shapes:
    """Shapes of handles, by their place among all in order.

    Attributes:
        names: All of them, ascending.
        shape: That of each account of the corpus.
        ordinary: Those of ordinary accounts that stand in for others.
    """

    names: pl.Series
    shape: _Values
    ordinary: Ints

    @classmethod
    def of(cls, people: pl.Series, ordinary: pl.Series) -> _Shapes:
        """Return the shapes of two lists of accounts."""
        names = pl.concat([people, ordinary]).drop_nulls().unique().sort()
        shape, others = (_Values.read(column.cast(pl.Enum(names))) for column in (people, ordinary))
        return cls(names, shape, others.number[others.is_known])


@dataclass(frozen=True)
class _Ordinary:
    """Ordinary accounts that stand in for those of a corpus, made where one of the tests needs them.

    Attributes:
        reference: What they are made of; None: there are none.
        observed: When the members were observed, in seconds since 1970, where this is known.
    """

    reference: Reference | None
    observed: Ints

    @cached_property
    def accounts(self) -> pl.DataFrame | None:
        """``shape``, ``empty`` and ``created`` of them."""
        if self.reference is None:
            return None
        return self.reference.population(int(self.observed.max()) if len(self.observed) else None)


def _against(others: Ints, ordinary: _Ordinary, name: str) -> tuple[Ints, ReferenceSource]:
    """Return the values of ordinary accounts: of the corpus, unless too few of it carry any and others are there."""
    if len(others) >= LEAST_OTHERS or ordinary.accounts is None:
        return others, "corpus"
    return ordinary.accounts[name].drop_nulls().to_numpy(), "bundle"


def _draws(mine: Ints, rest: Ints, source: ReferenceSource) -> _Draws | None:
    """Return what to draw from; None where there are too few."""
    if len(mine) < LEAST_MEMBERS or len(rest) < LEAST_OTHERS:
        return None
    return _Draws(rest, len(mine), source)


def _creation(mine: Ints, others: Ints, ordinary: _Ordinary) -> CreationTest:
    """Return the most members created within 1, 7 and 31 days, and how often random draws bunch as much.

    The three windows are one test: each count is standardised by the draws, and the largest is compared.
    """
    counts = _bunched(np.sort(mine)[None, :])
    day, week, month = counts[:, 0].tolist()

    def test(p: float | None, source: ReferenceSource | None) -> CreationTest:
        return CreationTest(
            p=p, reference=source, within_1_days=day, within_7_days=week, within_31_days=month
        )

    drawn = _draws(mine, *_against(others, ordinary, "created"))
    if drawn is None:
        return test(None, None)
    by_chance = drawn.statistic(_bunched)
    mean = by_chance.mean(axis=1, keepdims=True)
    spread = np.maximum(by_chance.std(axis=1, keepdims=True), 0.5)
    observed, chance = (((number - mean) / spread).max(axis=0) for number in (counts, by_chance))
    return test(_p(float(observed[0]), chance), drawn.source)


def _bunched(times: Ints) -> Floats:
    """Return, per row of times, the most of them within each of :data:`SCAN_DAYS`: shape (lengths, rows)."""
    rows, width = times.shape
    if not width:
        return np.zeros((len(SCAN_DAYS), rows))
    # Rows are moved apart, so that one search serves all.
    moved = np.sort(times - times.min(), axis=1)
    moved += (np.arange(rows) * (int(moved.max()) + max(SCAN_DAYS) * _DAY + 1))[:, None]
    every = moved.ravel()
    most = [
        (np.searchsorted(every, every + days * _DAY, "right") - np.arange(every.size))
        .reshape(rows, width)
        .max(axis=1)
        for days in SCAN_DAYS
    ]
    return np.array(most, float)


def _handles(mine: Ints, others: Ints, source: ReferenceSource, shapes: pl.Series) -> HandleTest:
    """Return the shape of handles most in excess, and how often random draws concentrate as much.

    The excess of a shape is (count - expected) / sqrt(expected + 1), expected from its share among the ordinary
    accounts.

    Args:
        mine: Shapes of the members, by their place among all.
        others: Those of other accounts.
        source: Where these are from.
        shapes: All shapes, ascending.
    """
    drawn = _draws(mine, others, source)
    if drawn is None:
        return HandleTest(p=None, reference=None, shape=None, count=None)
    share = (np.bincount(drawn.values, minlength=len(shapes)) + 1) / (len(drawn.values) + 1)
    expected = share * drawn.size
    count = np.bincount(mine, minlength=len(shapes))
    excess = (count - expected) / np.sqrt(expected + 1)
    best = int(np.argmax(np.where(count > 0, excess, -np.inf)))

    def concentrated(rows: Ints) -> Floats:
        key, number = np.unique(np.arange(len(rows))[:, None] * len(shapes) + rows, return_counts=True)
        kind = key % len(shapes)
        most = np.full(len(rows), -np.inf)
        np.maximum.at(most, key // len(shapes), (number - expected[kind]) / np.sqrt(expected[kind] + 1))
        return most

    p = _p(float(excess[best]), drawn.statistic(concentrated))
    return HandleTest(p=p, reference=source, shape=shapes[best], count=int(count[best]))


def _bios(mine: Ints, others: Ints, ordinary: _Ordinary) -> BiographyTest:
    """Return the shares of empty biographies, and how often random draws have as many."""
    rest, source = _against(others, ordinary, "empty")
    drawn = _draws(mine, rest, source)
    p = None
    if drawn is not None:
        chance = drawn.statistic(lambda rows: rows.sum(axis=1).astype(float))
        p = _p(float(mine.sum()), chance)
    return BiographyTest(
        p=p,
        reference=None if drawn is None else source,
        empty_share=_share(mine),
        empty_share_others=_share(rest),
    )


def _share(flags: Ints) -> float | None:
    return int(flags.sum()) / len(flags) if len(flags) else None


def _p(observed: float, chance: Floats) -> float:
    return (1 + int((chance >= observed - 1e-9).sum())) / (1 + len(chance))
