"""Accounts and posts as tables of a notebook: ``vigie.score`` and ``vigie.features_of``.

Tables are of Polars, lazy or not, or of pandas, or lists of objects; times are text or datetimes. They are read as the service
reads a request and scored as ``vigie score`` scores a file, to the same digits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from vigie.client.accounts import Row, objects
from vigie.errors import InputError, choices
from vigie.features.i18n import LANGUAGES, Language
from vigie.features.schema import TARGETS
from vigie.models.engine import Models, ScoringEngine
from vigie.serving.batch import columns, feature_table, inputs
from vigie.serving.batch.scoring import BulkScoring

if TYPE_CHECKING:
    import pandas as pd

Table: TypeAlias = "Collection[Row] | pl.DataFrame | pl.LazyFrame | pd.DataFrame"


def score(
    accounts: Table,
    posts: Table | None = None,
    *,
    targets: Collection[str] = TARGETS,
    top_reasons: int = 5,
    language: Language = "en",
    bundle: Path | str | None = None,
    coordinated_bundle: Path | str | None = None,
) -> pl.DataFrame | pd.DataFrame:
    """Score accounts, as ``vigie score`` does.

    Args:
        accounts: Fields of the data contract; each may hold its ``posts`` as a list of objects.
        posts: A table with the ``platform`` and ``account_id`` of each author; None: posts stand in the accounts, or there are
            none.
        targets: ``inauthentic`` (each account by itself), ``coordinated`` (all of them compared with each other), or both.
        top_reasons: Reasons per account; 0 is fastest.
        language: Language of the sentences.
        bundle: Folder of the model of inauthenticity; None: the one that ships.
        coordinated_bundle: Folder of the model of coordination; None: the one that ships.

    Returns:
        One row per account, in order, with the columns of ``vigie score --out FILE.parquet``; of pandas where ``accounts`` are. An
        account that cannot be read has ``error`` and no score.

    Raises:
        InputError: There is no such target, language or number of reasons, what was given is no table, or a post is of no account
            that was given.
        BundleError: A bundle is absent, altered, or of another target.
    """
    if isinstance(targets, str) or not targets:
        raise InputError('targets is a list of one or two, such as ["inauthentic"]')
    for name in targets:
        if name not in TARGETS:
            raise InputError(f"{name} is not a target. {choices(name, TARGETS)}")
    if language not in LANGUAGES:
        raise InputError(f"{language} is not a language. {choices(language, LANGUAGES)}")
    if top_reasons < 0:
        raise InputError(f"top_reasons is 0 or more, not {top_reasons}")
    engine = ScoringEngine(_models(bundle, coordinated_bundle))
    bulk = BulkScoring(engine, tuple(targets), top_reasons, language)
    given = _input(accounts, posts)
    compared = bulk.compare(given, lambda _: None) if "coordinated" in targets else None
    rows = [
        columns.row(result, engine.models)
        for results, _ in bulk.answers(given, compared)
        for result in results
    ]
    return _like(accounts, pl.DataFrame(rows, schema=columns.SCHEMA))


def features_of(accounts: Table, posts: Table | None = None) -> pl.DataFrame | pd.DataFrame:
    """Measure accounts, as ``vigie features DATA --out`` does.

    Args:
        accounts: As for :func:`score`.
        posts: As for :func:`score`.

    Returns:
        One row per account, in order: ``platform``, ``account_id``, ``handle``, ``posts`` read, ``error`` where the account cannot
        be read, and every feature of the catalogue that looks at one account, null where missing; of pandas where ``accounts``
        are.

    Raises:
        InputError: A post is of no account that was given.
    """
    return _like(accounts, feature_table.whole(_input(accounts, posts)))


def _input(accounts: Table, posts: Table | None) -> inputs.Input:
    read = list(objects(_collected(accounts), None if posts is None else _collected(posts)))
    return inputs.of_objects(read, datetime.now(UTC))


def _collected(table: Table) -> Collection[Mapping[str, Any]] | pl.DataFrame | pd.DataFrame:
    return table.collect() if isinstance(table, pl.LazyFrame) else table


def _like(accounts: Table, table: pl.DataFrame) -> pl.DataFrame | pd.DataFrame:
    """Return a table for pandas where the accounts are of pandas."""
    if not hasattr(accounts, "notna"):
        return table
    import pandas as pd

    return pd.DataFrame({name: table[name].to_list() for name in table.columns}, columns=table.columns)


def _models(bundle: Path | str | None, coordinated_bundle: Path | str | None) -> Models:
    # A folder may hold another bundle by the next call; the package holds the same.
    if bundle is None and coordinated_bundle is None:
        return _shipped()
    inauthentic, coordinated = (
        None if folder is None else Path(folder) for folder in (bundle, coordinated_bundle)
    )
    return Models.load(inauthentic, coordinated)


@cache
def _shipped() -> Models:
    return Models.load(None, None)
