"""The columns of scored accounts in files, derived from the types of results.

A verdict's interval and its stated prevalences get columns of their own. Columns on coordination start with
``coordinated_``: the two scores are separate questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import polars as pl
from pydantic import TypeAdapter

from vigie.features.ingest.refusals import Problem
from vigie.features.schema import TIME
from vigie.models.engine import Models
from vigie.models.known_match import KnownMatch
from vigie.models.verdict import (
    STATED_PREVALENCES,
    Abstention,
    AccountResult,
    CoordinationAbstention,
    CoordinationVerdict,
    Coverage,
    Verdict,
)
from vigie.serving.json_encoding import shortened

_APART = "coordinated_"
_PLAIN: dict[Any, pl.DataType] = {
    str: pl.String(), float: pl.Float64(), int: pl.Int64(), bool: pl.Boolean(), datetime: TIME,
}  # fmt: skip
_RESULT = TypeAdapter(AccountResult)
_MODEL = ("model", "model_version", "feature_set")


def polars_type(hint: Any) -> pl.DataType:
    """Return the type of a column that holds values of a Python type.

    Args:
        hint: ``str``, ``int``, ``float``, ``bool``, ``datetime``, a literal, a list, a dataclass, or one of them or None.

    Raises:
        TypeError: It is none of these.

    >>> polars_type(list[str] | None)
    List(String)
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return polars_type(arguments[0])
    if origin in (Union, UnionType):
        (one,) = (argument for argument in arguments if argument is not NoneType)
        return polars_type(one)
    if origin is Literal:
        return _PLAIN[type(arguments[0])]
    if origin is list:
        return pl.List(polars_type(arguments[0]))
    if isinstance(hint, type) and is_dataclass(hint):
        return pl.Struct({name: polars_type(part) for name, part in _hints(hint).items()})
    if hint in _PLAIN:
        return _PLAIN[hint]
    raise TypeError(f"no column holds values of {hint}")


def _hints(kind: type) -> dict[str, Any]:
    """Return the types of the fields of a dataclass, in order."""
    hints = get_type_hints(kind, include_extras=True)
    return {item.name: hints[item.name] for item in fields(kind)}


def _of_verdicts(*kinds: type) -> dict[str, pl.DataType]:
    """Return the columns of verdicts of some types."""
    columns: dict[str, pl.DataType] = {}
    for kind in kinds:
        for name, hint in _hints(kind).items():
            if name == "interval":
                columns |= dict.fromkeys(("interval_low", "interval_high"), pl.Float64())
            elif name == "at_prevalence":
                columns |= {f"at_prevalence_{rate}": pl.Float64() for rate in STATED_PREVALENCES}
            else:
                columns[name] = polars_type(hint)
    return columns


SCHEMA: dict[str, pl.DataType] = {
    "platform": pl.String(),
    "account_id": pl.String(),
    "handle": pl.String(),
    **_of_verdicts(Verdict, Abstention),
    **{name: polars_type(hint) for name, hint in _hints(Coverage).items()},
    **{
        _APART + name: dtype
        for name, dtype in _of_verdicts(CoordinationVerdict, CoordinationAbstention).items()
    },
    "matches": polars_type(list[KnownMatch]),
    "error": polars_type(Problem),
    **dict.fromkeys(_MODEL, pl.String()),
    **{_APART + name: pl.String() for name in _MODEL},
}


def row(result: AccountResult, models: Models) -> dict[str, Any]:  # a row of SCHEMA
    """Return a result as one row of :data:`SCHEMA`."""
    plain = shortened(_RESULT.dump_python(result))
    values = {
        "platform": plain["platform"],
        "account_id": plain["account_id"],
        "handle": plain["handle"],
        "matches": plain.get("matches"),
        "error": plain.get("error"),
        **plain.get("coverage", {}),
        **_flat(plain.get("inauthentic"), models, "inauthentic"),
        **{
            _APART + name: value
            for name, value in _flat(plain.get("coordinated"), models, "coordinated").items()
        },
    }
    return dict.fromkeys(SCHEMA) | values


def _flat(verdict: Mapping[str, Any] | None, models: Models, target: str) -> dict[str, Any]:
    """Return a verdict with its interval and prevalences in columns of their own, and the model beside it."""
    given = dict(verdict or {"status": "refused"})
    low, high = given.pop("interval", (None, None))
    stated = {f"at_prevalence_{rate}": value for rate, value in given.pop("at_prevalence", {}).items()}
    identity = dict(zip(_MODEL, models.bundles[target].identity().values(), strict=True))
    return given | stated | {"interval_low": low, "interval_high": high} | identity
