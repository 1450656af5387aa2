"""JSON of answers: one way to write it, with numbers of six significant digits.

No model is more certain than that, and digits that mean nothing make answers long. Whole numbers are written whole.
Nothing is computed from numbers that were written so: what is told together is told of the exact ones.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import SchemaSerializer, core_schema

_DIGITS = 6


def shortened(value: Any) -> Any:
    """Return a value of JSON with its numbers in six significant digits.

    >>> shortened([0.123456789, 1234567.0, {"p": 1.5e-17 / 7}])
    [0.123457, 1234567.0, {'p': 2.14286e-18}]
    """
    match value:
        case float():
            return value if value.is_integer() else float(f"{value:.{_DIGITS}g}")
        case list() | tuple():
            return [shortened(element) for element in value]
        case dict():
            return {key: shortened(element) for key, element in value.items()}
        case _:
            return value


def encoded(kind: Any, value: Any, indent: int | None = None) -> bytes:
    """Return a value of a type as JSON.

    Args:
        kind: A type that pydantic knows, such as a dataclass or a list of them.
        value: Of that type.
        indent: Spaces by which each level is indented; None: all in one line.
    """
    return _serializer(kind).to_json(value, indent=indent, by_alias=True)


@cache
def _serializer(kind: Any) -> SchemaSerializer:
    return SchemaSerializer(_shortening(TypeAdapter(kind).core_schema))


def _shortening(schema: Any) -> Any:
    """Return a schema of pydantic in which all that may hold a number that is not whole is written short."""
    if isinstance(schema, list | tuple):
        return type(schema)(_shortening(part) for part in schema)
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") in ("float", "any") and "serialization" not in schema:
        short = core_schema.plain_serializer_function_ser_schema(shortened, when_used="json")
        return schema | {"serialization": short}
    return {key: part if key == "metadata" else _shortening(part) for key, part in schema.items()}
