"""JSON whose shape somebody else decides: a collector's page, an entry of a bundle, an OpenAPI document."""

from __future__ import annotations

import ast
import json
import re
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]

# The escape of half a character, as a collector leaves it that cuts an emoji in two.
HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")


def whole(text: str) -> str:
    r"""Return a text whose surrogates (from ``"\ud83d\ude00"`` in JSON) are paired, lone ones replaced.

    >>> whole("\ud83d\ude00") == "\U0001f600"
    True
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def repaired(value: Any) -> Any:
    r"""Return a JSON value whose texts hold no half of a character.

    >>> repaired({"text": ["\ud83d"]})
    {'text': ['�']}
    """
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, list):
        return [repaired(element) for element in value]
    if isinstance(value, dict):
        return {whole(key): repaired(element) for key, element in value.items()}
    return value


def literal(source: str) -> Any:
    """Return a Python or JSON literal, never evaluated; None where the text is neither.

    >>> literal("{u'id': 7, 'retweeted': False}")
    {'id': 7, 'retweeted': False}
    >>> literal("__import__('os').getcwd()") is None
    True
    """
    try:
        return repaired(ast.literal_eval(source.strip()))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        pass
    try:
        return json.loads(source)
    except (ValueError, RecursionError):
        return None
