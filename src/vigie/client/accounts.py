"""Accounts as people hold them, turned into objects of a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from vigie.errors import InputError, MissingColumnError, choices

if TYPE_CHECKING:
    import pandas as pd

Row: TypeAlias = Mapping[str, Any]
Table: TypeAlias = "Iterable[Row] | pl.DataFrame | pd.DataFrame"

_POSTS = "posts"
# What a post of a table names its author by.
_AUTHOR = ("platform", "account_id")


def objects(accounts: Table, posts: Table | None = None) -> Iterator[dict[str, Any]]:
    """Yield accounts as objects of a request, each with its posts; what is null or NaN is left out.

    Args:
        accounts: Fields of the contract; each may hold its ``posts`` as a list of objects.
        posts: A table with the ``platform`` and ``account_id`` of each author; None: posts stand in the accounts, or there
            are none.

    Raises:
        MissingColumnError: A post or an account of two tables has no ``platform`` or ``account_id``.
        InputError: A post is of no account that was given, or what was given is no table.
    """
    if posts is None:
        yield from map(_known, _rows(accounts))
        return
    by_author: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for post in _rows(posts):
        known = _known(post)
        by_author.setdefault(_author(known, "post"), []).append(
            {name: value for name, value in known.items() if name not in _AUTHOR}
        )
    for account in map(_known, _rows(accounts)):
        yield account | {_POSTS: by_author.pop(_author(account, "account"), [])}
    if by_author:
        platform, account_id = next(iter(by_author))
        raise InputError(
            f"{len(by_author):,} authors of posts are not among the accounts, the first is {account_id} of {platform}; "
            "give their accounts, or leave their posts out"
        )


def _rows(table: Table) -> Iterator[Row]:
    if isinstance(table, pl.DataFrame):
        yield from table.iter_rows(named=True)
    elif hasattr(table, "notna"):  # pandas, which is not imported for who does not use it
        frame: Any = table
        _refuse_columns(getattr(frame, "columns", None))
        yield from map(_plain, frame.astype(object).where(frame.notna(), None).to_dict("records"))
    elif table is None:
        raise InputError("there is no table of accounts; give one, or a list of objects")
    else:
        yield from table


def _refuse_columns(columns: Any) -> None:
    """Refuse a table of pandas whose columns are not named, or not once: pandas would leave some out."""
    if columns is None or columns.nlevels > 1:
        raise InputError("a table of pandas has one row of column names; give a data frame with them")
    if not columns.is_unique:
        twice = columns[columns.duplicated()][0]
        raise InputError(f"the table has the column {twice} twice; keep one of them")


def _known(row: Row) -> dict[str, Any]:
    """Return a row without what is unknown; a day is text, as in a file."""
    if not isinstance(row, Mapping):
        raise InputError(f"an account or a post is an object of named fields, not {type(row).__name__}")
    return {
        name: value.isoformat() if type(value) is date else value
        for name, value in row.items()
        if value is not None and value == value
    }


def _plain(value: Any) -> Any:
    """Return a value of pandas, which holds lists of a Parquet file as arrays, also in the posts of an account."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value


def _author(row: dict[str, Any], kind: str) -> tuple[str, str]:
    """Return the platform and the id that posts and accounts of two tables are joined by."""
    for name in _AUTHOR:
        if name not in row:
            raise MissingColumnError(f"a {kind} has no {name}. {choices(name, map(str, row))}")
    return str(row["platform"]).strip().lower(), str(row["account_id"])
