"""Bytes as JSON, or a message that says where they stop being JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import pydantic_core

from vigie.errors import MalformedInputError
from vigie.features.i18n import Message, message
from vigie.features.json_object import HALF_CHARACTER, repaired

# What the parser of JSON says is wrong, and where; the messages of the faults that are met.
_PLACED = re.compile(r"(?P<what>.+) at line (?P<line>\d+) column (?P<column>\d+)")
_PARSER = {
    "expected value": "refusals.json.value",
    "expected ident": "refusals.json.word",
    "key must be a string": "refusals.json.name",
    "expected `:`": "refusals.json.colon",
    "expected `,` or `]`": "refusals.json.list",
    "expected `,` or `}`": "refusals.json.object",
    "trailing comma": "refusals.json.comma",
    "trailing characters": "refusals.json.rest",
    "EOF while parsing a value": "refusals.json.end_value",
    "EOF while parsing a list": "refusals.json.end_list",
    "EOF while parsing an object": "refusals.json.end_object",
    "EOF while parsing a string": "refusals.json.end_text",
    "invalid number": "refusals.json.number",
    "invalid escape": "refusals.json.escape",
    "invalid unicode code point": "refusals.json.unicode",
    "control character (\\u0000-\\u001F) found while parsing a string": "refusals.json.control",
    "recursion limit exceeded": "refusals.json.deep",
}


def decode(body: bytes) -> Any:
    """Return the JSON value that bytes hold.

    Raises:
        MalformedInputError: They are not UTF-8 or not JSON; NaN and Infinity are not JSON.

    >>> decode(b'{"followers_count": NaN}')
    Traceback (most recent call last):
    vigie.errors.MalformedInputError: the JSON does not parse: expected value at line 1 column 21; send \
strict JSON in UTF-8 (NaN and Infinity are not JSON: write null where a value is unknown)
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        return pydantic_core.from_json(body, allow_inf_nan=False, cache_strings="keys")
    except ValueError as error:
        fault = str(error)
    # Half an emoji, cut by a collector, is legal JSON: repaired as readers of files do.
    if HALF_CHARACTER.search(body.decode(errors="replace")):
        try:
            return repaired(json.loads(body.decode(), parse_constant=_refuse_constant))
        except (ValueError, RecursionError) as error:
            fault = str(error)
    raise MalformedInputError(message("refusals.json", fault=_parser_words(fault)))


def _parser_words(fault: str) -> Message | str:
    """Return what the parser says as a message, where it says what it often says."""
    found = _PLACED.fullmatch(fault)
    key = _PARSER.get(found["what"]) if found else None
    if found is None or key is None:
        return fault
    return message("refusals.json.at", fault=message(key), line=found["line"], column=found["column"])


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
