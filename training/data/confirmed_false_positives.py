"""Confirmed false positives, kept in a folder, on which every later model is replayed.

::

    DIR/
    ├── people/                   a dataset directory: accounts, posts, and labels that say no
    └── confirmations.parquet     who confirmed each, when and why

Whoever was wrongly flagged once must not be flagged again unnoticed. People of the registry are never learnt from: a
replay on accounts that a model was fitted on would prove nothing. A folder of this shape is no dataset directory, so
that a training refuses it. It holds people's posts: keep it as you keep those.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import polars as pl

from vigie.errors import DatasetCorruptError, DatasetError, DatasetNotFoundError, InputError, choices
from vigie.features import schema, whole_files
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.models.bundle import Bundle
from vigie.models.engine import Models, ScoringEngine
from vigie.models.metrics import Estimate
from vigie.models.verdict import AbstentionReason, ScoredVerdict

# Format in the manifest of the people.
FORM = "registry"
KIND = "confirmed false positive"
_PEOPLE, _CONFIRMATIONS = "people", "confirmations.parquet"
_KEYS = ["platform", "account_id"]
_SCHEMA = pl.Schema(
    {
        "platform": pl.String(), "account_id": pl.String(), "target": pl.String(), "addition": pl.Int64(),
        "reason": pl.String(), "by": pl.String(), "at": schema.TIME,
    }
)  # fmt: skip


def add(
    registry: Path,
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
    *,
    target: str,
    reason: str,
    by: str,
    now: datetime,
) -> pl.DataFrame:
    """Add accounts to a registry, made if it is not there, and return its entries.

    Of an account that is there already, the record observed last is kept, with all its posts.

    Args:
        registry: Folder of the registry.
        accounts: Contract columns and ``row``.
        posts: Contract columns (without platform and account_id) and ``row`` of the author.
        target: What they were wrongly flagged as.
        reason: Why it is wrong.
        by: Who confirmed it.
        now: When.

    Raises:
        InputError: There is no such target, no account, or no word of who confirmed it and why.
        DatasetError: The folder holds something else, or was changed.
    """
    if target not in schema.TARGETS:
        raise InputError(f"{target} is not a target. {choices(target, schema.TARGETS)}")
    if accounts.is_empty() or not reason.strip() or not by.strip():
        raise InputError(
            f"{accounts.height} accounts, confirmed by {by!r} because {reason!r}: give one account at least, who "
            f"confirmed that it was wrongly flagged, and why"
        )
    known = _known(registry)
    addition = int(known["addition"].max() or 0) + 1  # type: ignore[arg-type]  # Int64 or null
    fresh = accounts.select(
        *_KEYS, target=pl.lit(target), addition=pl.lit(addition, pl.Int64), reason=pl.lit(reason.strip()),
        by=pl.lit(by.strip()), at=pl.lit(now, schema.TIME),
    )  # fmt: skip
    confirmations = pl.concat([known, fresh])
    owned = posts.join(accounts.select("row", *_KEYS), on="row", how="inner")
    parts = {"accounts": [accounts], "posts": [owned]}
    if known.height:
        held = dataset.open(registry / _PEOPLE)
        # A post that is there twice is kept as it was first.
        parts = {"accounts": [held.accounts().collect(), accounts], "posts": [held.posts().collect(), owned]}
    tables = {
        name: pl.concat([schema.conform(part, name) for part in tables]) for name, tables in parts.items()
    }
    dataset.write(
        Log().read(tables["accounts"], tables["posts"], _labels(confirmations)), registry / _PEOPLE,
        name=registry.resolve().name, form=FORM, replace=True, now=now,
    )  # fmt: skip
    _put(confirmations, registry / _CONFIRMATIONS)
    return entries(registry)


def entries(registry: Path) -> pl.DataFrame:
    """Return one row per account and target, as confirmed last.

    Returns:
        ``platform``, ``account_id``, ``target``, ``addition`` (number of the addition it came with), ``reason``,
        ``by``, ``at``.

    Raises:
        DatasetNotFoundError: There is no registry.
        DatasetCorruptError: It cannot be read.
    """
    if not (registry / _CONFIRMATIONS).is_file():
        raise DatasetNotFoundError(
            f"{registry} holds no confirmed false positives; vigie registry add makes such a folder"
        )
    return _known(registry).unique([*_KEYS, "target"], keep="last", maintain_order=True)


def without_registered(accounts: pl.DataFrame, registry: Path) -> pl.DataFrame:
    """Return the accounts (``platform``, ``account_id``) that are not in a registry: those a model may learn from."""
    return accounts.join(entries(registry), on=_KEYS, how="anti", maintain_order="left")


def replay(bundle: Bundle, registry: Path) -> pl.DataFrame:
    """Return what a model says of the false positives of its target.

    Coordination is measured among accounts: those that were added together are compared with each other.

    Returns:
        The columns of :func:`entries`, and ``status``, ``probability`` and ``band`` (null where the model abstains),
        ``flagged`` (band high or above).

    Raises:
        DatasetError: There is no registry, or it was changed.
    """
    told = entries(registry).filter(pl.col("target") == bundle.target).with_row_index("row")
    held = dataset.open(registry / _PEOPLE)
    key = told.select("row", *_KEYS)
    accounts = key.join(held.accounts().collect(), on=_KEYS, how="inner", maintain_order="left")
    posts = held.posts().collect().join(key, on=_KEYS, how="inner").drop(_KEYS)
    engine = ScoringEngine(Models.of(bundle))
    verdicts: list[_Row] = []
    for _, added in told.group_by("addition", maintain_order=True):
        own = pl.col("row").is_in(added["row"].implode())
        result = engine.score(accounts.filter(own), posts.filter(own), [bundle.target])
        given: Sequence[ScoredVerdict | AbstentionReason] = (
            result.coordination_verdicts(top=0, language="en")
            if bundle.target == "coordinated"
            else result.verdicts(top=0, language="en")
        )
        verdicts += [_verdict(bundle, row, verdict) for row, verdict in zip(result.rows, given, strict=True)]
    found = pl.DataFrame(verdicts, schema=_VERDICT, orient="row")
    return told.join(found, on="row", how="left", maintain_order="left").drop("row")


def metrics(replayed: pl.DataFrame) -> dict[str, Estimate]:
    """Return the metrics of a record: people of the registry, and how many of them are flagged again."""
    counts = {"accounts": replayed.height, "flagged": int(replayed["flagged"].sum())}
    return {f"registry.{name}": Estimate.alone(float(count)) for name, count in counts.items()}


_Row: TypeAlias = tuple[int, str, float | None, str | None, bool]
_VERDICT = {
    "row": pl.UInt32, "status": pl.String, "probability": pl.Float64, "band": pl.String, "flagged": pl.Boolean,
}  # fmt: skip


def _verdict(bundle: Bundle, row: int, verdict: ScoredVerdict | AbstentionReason) -> _Row:
    chance, band, flagged = None, None, False
    if isinstance(verdict, ScoredVerdict):
        chance, band = verdict.probability, verdict.band
        flagged = band in _flagging(bundle)
    return row, verdict.status, chance, band, flagged


def _flagging(bundle: Bundle) -> set[str]:
    """Return *high* and the bands above it: of known accounts the levels fall, of probabilities the bounds rise."""
    if bundle.known is not None:
        levels = bundle.known.bands
        return {name for name, level in levels.items() if level <= levels["high"]}
    bounds = bundle.index["bands"]
    return {name for name, bound in bounds.items() if bound >= bounds["high"]}


def _known(registry: Path) -> pl.DataFrame:
    """Return every confirmation of a registry, in order; none where the folder is not there or empty.

    Raises:
        DatasetError: The folder holds something else.
        DatasetCorruptError: The confirmations cannot be read.
    """
    file = registry / _CONFIRMATIONS
    if not file.is_file():
        others = (
            [path.name for path in registry.iterdir() if path.name != _PEOPLE] if registry.is_dir() else []
        )
        if registry.is_file() or others:
            raise DatasetError(
                f"{registry} is no folder of confirmed false positives; name a new folder, or one that vigie registry add made"
            )
        return pl.DataFrame(schema=_SCHEMA)
    try:
        return pl.read_parquet(file).match_to_schema(_SCHEMA)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DatasetCorruptError(
            f"{file} was changed or cut short ({str(error)[:200]}); restore it"
        ) from error


def _labels(confirmations: pl.DataFrame) -> pl.DataFrame:
    """Return the labels of the people: each is not what it was flagged as."""
    return schema.conform(
        confirmations.select(
            *_KEYS,
            "target",
            value=pl.lit(value=False),
            kind=pl.lit(KIND),
            source=pl.lit(FORM),
            strength=pl.lit("expert"),
        ).unique(maintain_order=True),
        "labels",
    )


def _put(table: pl.DataFrame, file: Path) -> None:
    """Write a table whole or not at all."""
    with whole_files.new_file(file) as fresh:
        table.write_parquet(fresh)
