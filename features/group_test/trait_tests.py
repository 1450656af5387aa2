"""How much the accounts of a list share each trait of profiles, and how often ordinary lists share as much.

A trait that cannot be tested has a reason and no p. Missing values count for nothing: an account without a date is
in no burst, and an account whose biography was not collected has no empty one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl

from vigie.features import schema, text
from vigie.features.coordination.report import display_text, profile_tests, profile_traits
from vigie.features.coordination.report.profile_tests import SCAN_DAYS, Reference
from vigie.features.group_test import ordinary_lists
from vigie.features.group_test.ordinary_lists import Floats, Ints, p_value
from vigie.features.group_test.types import Comparison, CreationSpan, Trait
from vigie.features.i18n import Listing, Message, message

# Accounts of a list of which a trait must be known.
LEAST = 10
# Share of ordinary accounts that share a biography with another of their collection, and the most accounts that a
# measured collection holds: in longer lists more are shared by chance.
SHARED_BIOGRAPHIES, LARGEST_COLLECTION = 0.007, 20_000
# Platforms of the measured collections.
MEASURED = ("x",)
# Share of creations at midnight sharp, or on the first of a month, from which dates are known by the day, or month.
_COARSE = 0.9
# Creations in a row, and seconds between one and the next, in a chain.
_CHAIN, _CHAIN_SECONDS = 3, 600
_DAY, _CENTURIES = 86_400, 100_000 * 86_400
_EPOCH = date(1970, 1, 1)
_LEAST_BIOGRAPHY, _SHOWN = 20, 120


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A trait of a list.

    Attributes:
        trait: Its name.
        known: Accounts of which it is known.
        accounts: Accounts that show it most; None where it was not measured.
        object: What they share, as it is shown; None where there is nothing to show.
        spans: Of creation bursts, the most accounts within spans of days.
        span: Days of the span that is most unusual.
        ordinary: The same number in ordinary lists; None where there is no p.
        p: Share of ordinary lists that show as much.
        reference: What ordinary means.
        reason: Why there is no p.
        rows: ``row`` of the accounts that show it.
    """

    trait: Trait
    known: int
    accounts: int | None = None
    object: str | None = None
    spans: list[CreationSpan] = field(default_factory=list)
    span: int | None = None
    ordinary: Floats | None = None
    p: float | None = None
    reference: Comparison | None = None
    reason: Message | None = None
    rows: pl.Series = field(default_factory=lambda: pl.Series("row", [], pl.Int64))


def measure(
    accounts: pl.DataFrame, reference: Reference, others: pl.DataFrame | None = None
) -> list[Measurement]:
    """Return every trait of a list.

    Args:
        accounts: ``row`` and the contract's columns, each account once.
        reference: Ordinary accounts.
        others: Accounts that were collected with the list: the same columns; None: there are none.
    """
    return [
        creation_bursts(accounts, reference, others),
        creation_chains(accounts),
        handle_shapes(accounts, reference),
        empty_biographies(accounts, reference),
        shared_biographies(accounts),
        shared_pictures(accounts),
    ]


def creation_bursts(
    accounts: pl.DataFrame, reference: Reference, others: pl.DataFrame | None = None
) -> Measurement:
    """Return the most accounts created within 1, 7 and 31 calendar days in a row.

    The three spans are one test, as in :mod:`vigie.features.coordination.report.profile_tests`. A burst must be
    unusual both for the reference and for the trend of the list itself, where the list is of a platform of the
    reference; elsewhere for its own trend. Where accounts were collected with it, their trend stands for its own, half of which
    the burst may be.
    """
    dated = accounts.drop_nulls("created_at").select(
        "row", day=(pl.col("created_at").dt.epoch("s") // _DAY), first=pl.col("created_at").dt.day() == 1
    )
    trait: Trait = "creation_bursts"
    known = dated.height
    if known < LEAST:
        return Measurement(trait=trait, known=known, reason=_too_few(known, "creation_dates"))
    day = dated["day"].to_numpy().astype(np.int64)
    if dated["first"].mean() >= _COARSE and dated["day"].n_unique() > 2:  # type: ignore[operator]  # a share
        return Measurement(trait=trait, known=known, reason=message("group_test.dates_by_month"))
    seen = int(accounts["observed_at"].dt.epoch("s").max())  # type: ignore[arg-type]  # Int64
    opened = accounts.select(schema.opened(pl.col("platform")).dt.epoch("s").min() // _DAY).item()
    start, end = min(int(day.min()), int(opened)), max(int(day.max()), seen // _DAY)
    per_day = np.bincount(day - start, minlength=end - start + 1)
    highest, place = _scan(per_day[None, :])
    beside = None if others is None else others["created_at"].drop_nulls().dt.epoch("s") // _DAY
    trend_of = per_day
    if beside is not None and len(beside) >= profile_tests.LEAST_OTHERS:
        trend_of = np.bincount(np.clip(beside.to_numpy() - start, 0, end - start), minlength=end - start + 1)
    trends = [ordinary_lists.own_trend(trend_of)]
    source: Comparison = "list"
    if _of_platform(accounts, reference.platforms) and reference.account_age_days:
        trends.append(ordinary_lists.reference_trend(reference.account_age_days, seen, start, end))
        source = "bundle"
    p, best, chance = -1.0, 0, np.zeros((len(SCAN_DAYS), 1))
    for trend in trends:
        drawn = np.concatenate([_scan(block)[0] for block in ordinary_lists.days(trend, known)], axis=1)
        mean = drawn.mean(axis=1, keepdims=True)
        spread = np.maximum(drawn.std(axis=1, keepdims=True), 0.5)
        excess = (highest - mean) / spread
        one = p_value(float(excess.max()), ((drawn - mean) / spread).max(axis=0))
        # The comparison that finds the list less unusual decides; of two alike, that with the reference is told.
        if one >= p:
            p, best, chance = one, int(excess[:, 0].argmax()), drawn
    starts = [int(each) + start for each in place[:, 0]]
    spans = [
        CreationSpan(
            days=days,
            accounts=int(highest[number, 0]),
            first_day=_EPOCH + timedelta(days=starts[number]),
            ordinary_median=float(np.median(chance[number])),
            ordinary_most=most(chance[number]),
        )
        for number, days in enumerate(SCAN_DAYS)
    ]
    inside = pl.col("day").is_between(starts[best], starts[best] + SCAN_DAYS[best] - 1)
    rows = dated.filter(inside)
    first, last = (_EPOCH + timedelta(days=int(each)) for each in (rows["day"].min(), rows["day"].max()))  # type: ignore[arg-type]  # Int64
    return Measurement(
        trait=trait,
        known=known,
        accounts=int(highest[best, 0]),
        object=f"{first} – {last}",
        spans=spans,
        span=SCAN_DAYS[best],
        ordinary=chance[best],
        p=p,
        reference=source,
        rows=rows["row"],
    )


def creation_chains(accounts: pl.DataFrame) -> Measurement:
    """Return the accounts in chains of three or more creations, each within ten minutes of the one before.

    Ordinary is a list whose accounts were created at the same time of other days, up to a fortnight away. Creations
    known by the day alone are left out.
    """
    trait: Trait = "creation_chains"
    chains = profile_traits.creation_burst(accounts).rename({"account": "row"})
    known = chains.height
    if known < LEAST:
        by_day = accounts["created_at"].drop_nulls().len() - known
        why = message("group_test.dates_by_day", count=by_day) if by_day else None
        return Measurement(trait=trait, known=known, reason=why or _too_few(known, "creation_times"))
    shared = _sharing(chains, least=_CHAIN)
    timed = accounts.join(chains.select("row"), on="row", how="semi").sort("platform", "created_at", "row")
    # Platforms are moved so far apart that no chain holds accounts of two.
    apart = _CENTURIES * timed["platform"].rle_id().to_numpy().astype(np.int64)
    times = timed["created_at"].dt.epoch("s").to_numpy().astype(np.int64) + apart
    chance = ordinary_lists.moved_times(times, _in_chains)
    return Measurement(
        trait=trait,
        known=known,
        accounts=shared.rows.len(),
        object=shared.shown,
        ordinary=chance,
        p=p_value(shared.rows.len(), chance),
        reference="list",
        rows=shared.rows,
    )


def handle_shapes(accounts: pl.DataFrame, reference: Reference) -> Measurement:
    """Return the shape of handles most in excess.

    The excess of a shape is (count - expected) / sqrt(expected + 1 + (spread * expected)²). A handle that several
    accounts of a platform have names none of them and is left out.
    """
    trait: Trait = "handle_shapes"
    named = (
        accounts.drop_nulls("handle")
        .filter((pl.col("handle") != "") & ~pl.struct("platform", "handle").is_duplicated())
        .select("row", shape=profile_tests.shape(pl.col("handle")))
    )
    known = named.height
    if known < LEAST:
        return Measurement(trait=trait, known=known, reason=_too_few(known, "handles"))
    counted = named["shape"].value_counts(name="count").sort("count", "shape", descending=[True, False])
    usual = pl.DataFrame(
        {"shape": list(reference.handle_shapes), "share": list(reference.handle_shapes.values())},
        schema={"shape": pl.String, "share": pl.Float64},
    )
    least = 1 / profile_tests.POPULATION
    table = counted.join(usual, on="shape", how="left", maintain_order="left").with_columns(
        pl.col("share").fill_null(0) + least
    )
    shapes, own = table["shape"], table["count"].to_numpy().astype(np.int64)
    excess = _excess(own, table["share"].to_numpy(), known)
    best = int(np.argmax(excess))
    of_platform = _of_platform(accounts, reference.platforms)
    if not of_platform or usual.is_empty():
        best = 0
    rows = named.filter(pl.col("shape") == shapes[best])["row"]
    measured = {
        "trait": trait, "known": known, "accounts": int(own[best]), "object": _plain(shapes[best]), "rows": rows,
    }  # fmt: skip
    if not of_platform or usual.is_empty():
        return Measurement(**measured, reason=_elsewhere(accounts, reference.platforms))  # type: ignore[arg-type]  # by name
    # Shapes that the reference does not have are one more kind, as rare as the rarest.
    ordinary = np.append(usual["share"].to_numpy(), least) + least
    ordinary = ordinary / ordinary.sum()
    at = usual["shape"].index_of(shapes[best])
    highest, alike = [], []
    for block in ordinary_lists.counts(ordinary, known):
        highest.append(_excess(block, ordinary, known).max(axis=1))
        alike.append(block[:, len(ordinary) - 1 if at is None else at])
    return Measurement(
        **measured,  # type: ignore[arg-type]  # by name
        ordinary=np.concatenate(alike).astype(float),
        p=p_value(float(excess[best]), np.concatenate(highest)),
        reference="bundle",
    )


def empty_biographies(accounts: pl.DataFrame, reference: Reference) -> Measurement:
    """Return the accounts whose biography is known to be empty."""
    trait: Trait = "empty_biographies"
    flags = accounts.select("row", empty=profile_tests.empty(pl.col("description"))).drop_nulls("empty")
    known = flags.height
    if known < LEAST:
        return Measurement(trait=trait, known=known, reason=_too_few(known, "biographies"))
    rows = flags.filter(pl.col("empty") == 1)["row"]
    usual = reference.empty_bio_share
    if usual is None or not _of_platform(accounts, reference.platforms):
        reason = _elsewhere(accounts, reference.platforms)
        return Measurement(trait=trait, known=known, accounts=rows.len(), rows=rows, reason=reason)
    chance = ordinary_lists.shares(usual, known, ordinary_lists.EMPTY_SPREAD)
    return Measurement(
        trait=trait,
        known=known,
        accounts=rows.len(),
        ordinary=chance,
        p=p_value(rows.len(), chance),
        reference="bundle",
        rows=rows,
    )


def shared_biographies(accounts: pl.DataFrame) -> Measurement:
    """Return the accounts whose biography, of 20 characters or more, another one has too.

    Word for word or nearly; in lists of more than :data:`LARGEST_COLLECTION` accounts, where there is no test, word
    for word.
    """
    trait: Trait = "shared_biographies"
    if accounts.height > LARGEST_COLLECTION:
        said = text.visible(pl.col("description"))
        written = pl.when(display_text.line(said).str.len_chars() >= _LEAST_BIOGRAPHY).then(
            text.letters(said)
        )
        held = accounts.select("row", object=written, shown=said).filter(pl.col("object") != "")
    else:
        held = profile_traits.shared_biography(accounts).rename({"account": "row"}).drop_nulls("object")
    known = held.height
    if known < LEAST:
        return Measurement(trait=trait, known=known, reason=_too_few(known, "long_biographies"))
    shared = _sharing(held)
    measured = {
        "trait": trait, "known": known, "accounts": shared.rows.len(), "object": shared.shown, "rows": shared.rows,
    }  # fmt: skip
    if not _of_platform(accounts, MEASURED):
        return Measurement(**measured, reason=_elsewhere(accounts, MEASURED))  # type: ignore[arg-type]  # by name
    if known > LARGEST_COLLECTION:
        reason = message("group_test.larger_than_measured", known=known, most=LARGEST_COLLECTION)
        return Measurement(**measured, reason=reason)  # type: ignore[arg-type]  # by name
    chance = ordinary_lists.shares(SHARED_BIOGRAPHIES, known, ordinary_lists.SHARED_SPREAD)
    p = p_value(shared.rows.len(), chance)
    return Measurement(**measured, ordinary=chance, p=p, reference="collections")  # type: ignore[arg-type]  # by name


def shared_pictures(accounts: pl.DataFrame) -> Measurement:
    """Return the accounts whose picture another one shows too; no ordinary collection with pictures was measured."""
    trait: Trait = "shared_pictures"
    held = profile_traits.shared_avatar(accounts).rename({"account": "row"}).drop_nulls("object")
    known = held.height
    if known < LEAST:
        return Measurement(trait=trait, known=known, reason=_too_few(known, "pictures"))
    shared = _sharing(held)
    return Measurement(
        trait=trait,
        known=known,
        accounts=shared.rows.len(),
        object=shared.shown,
        rows=shared.rows,
        reason=message("group_test.no_pictures_measured"),
    )


@dataclass(frozen=True)
class _Shared:
    """Accounts that share an object with another, those of the commonest first, and that object as it is shown."""

    rows: pl.Series
    shown: str | None


def _sharing(held: pl.DataFrame, least: int = 2) -> _Shared:
    """Return who shares an object.

    Args:
        held: ``row``, ``object``, ``shown``.
        least: Accounts from which an object counts as shared.
    """
    several = (
        held.with_columns(number=pl.len().over("object"))
        .filter(pl.col("number") >= least)
        .sort("number", "object", "row", descending=[True, False, False])
    )
    shown = None if several.is_empty() else several["shown"][0]
    return _Shared(several["row"], _plain(shown))


def _plain(shown: str | None) -> str | None:
    if shown is None:
        return None
    plain = pl.DataFrame({"shown": [shown]}).select(
        display_text.plain(display_text.cut(display_text.line(pl.col("shown")), _SHOWN))
    )
    return str(plain.item())


def _scan(per_day: Ints) -> tuple[Floats, Ints]:
    """Return, per span and row, the most accounts within so many days in a row, and where they begin."""
    total = np.cumsum(np.pad(per_day, ((0, 0), (1, max(SCAN_DAYS)))), axis=1)
    width = per_day.shape[1]
    within = [total[:, days : days + width] - total[:, :width] for days in SCAN_DAYS]
    return (
        np.stack([counts.max(axis=1) for counts in within]).astype(float),
        np.stack([counts.argmax(axis=1) for counts in within]),
    )


def _in_chains(times: Ints) -> Floats:
    """Return, per row of sorted times, how many are in a chain of three creations or more."""
    near = np.diff(times, axis=1) <= _CHAIN_SECONDS
    middle = np.pad(near[:, 1:] & near[:, :-1], ((0, 0), (2, 2)))
    chained: Ints = (middle[:, :-2] | middle[:, 1:-1] | middle[:, 2:]).sum(axis=1)
    return chained.astype(float)


def _excess(count: Ints, share: Floats, size: int) -> Floats:
    expected = share * size
    return np.asarray(
        (count - expected) / np.sqrt(expected + 1 + (ordinary_lists.SHAPE_SPREAD * expected) ** 2)
    )


def most(chance: Floats) -> float:
    """Return what 99 of 100 ordinary lists do not exceed."""
    return float(np.quantile(chance, 0.99, method="higher"))


def _of_platform(accounts: pl.DataFrame, platforms: tuple[str, ...]) -> bool:
    return bool(accounts["platform"].is_in(list(platforms)).all())


def _too_few(known: int, what: str) -> Message:
    return message("group_test.too_few", count=known, what=Message(f"group_test.known.{what}"), least=LEAST)


def _elsewhere(accounts: pl.DataFrame, platforms: tuple[str, ...]) -> Message:
    if _of_platform(accounts, platforms):
        return message("group_test.not_in_reference")
    return message(
        "group_test.other_platform",
        reference=_named(platforms),
        given=_named(tuple(accounts["platform"].unique().sort())),
    )


def _named(platforms: tuple[str, ...]) -> Listing:
    return Listing(tuple(display_text.platform(name) for name in platforms))
