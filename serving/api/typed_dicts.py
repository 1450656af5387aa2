"""The types of answers for Python clients, written from the OpenAPI document."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator

from vigie.features.json_object import JsonObject

_HEAD = '''# ruff: noqa: E501
# fmt: off
"""The shapes of answers, written from the OpenAPI document by ``vigie contract --types``.

Objects of answers are open: fields that a later service adds are there and not named here.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
'''
_PLAIN = {"string": "str", "number": "float", "integer": "int", "boolean": "bool", "null": "None"}
_PROBLEM = "Problem"


def module(document: JsonObject) -> str:
    """Return a module with one type per object that an answer may hold, in the order of their names.

    Args:
        document: OpenAPI document.
    """
    schemas = document["components"]["schemas"]
    wanted = [_PROBLEM, *_answers(document)]
    found: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in found:
            found.add(name)
            wanted += _references(schemas[name])
    return "\n\n".join([_HEAD, *(_declared(name, schemas[name]) for name in sorted(found))])


def _answers(document: JsonObject) -> Iterator[str]:
    for methods in document["paths"].values():
        for operation in methods.values():
            yield from _references(
                [said for status, said in operation["responses"].items() if status.startswith("2")]
            )


def _references(value: object) -> Iterator[str]:
    """Yield the names of the schemas that a part of a document refers to."""
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference.rsplit("/", 1)[-1]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _references(part)


def _type_name(name: str) -> str:
    """Return the name of a type: pydantic tells an object of answers apart where requests hold it in another shape."""
    return name.removesuffix("-Output")


def _declared(schema_name: str, schema: JsonObject) -> str:
    name = _type_name(schema_name)
    required = schema.get("required", [])
    # A field of one value tells which of several objects this is: it is always there.
    fields = {
        field: _hint(shape) if field in required or "const" in shape else f"NotRequired[{_hint(shape)}]"
        for field, shape in schema["properties"].items()
    }
    summary = re.split(r"(?<=[.:]) |\n", schema.get("description", f"{name}."))[0].rstrip(":.") + "."
    if any(keyword.iskeyword(field) or not field.isidentifier() for field in fields):
        items = "".join(f'        "{field}": {_quoted(hint)},\n' for field, hint in fields.items())
        return f'{name} = TypedDict(\n    "{name}",\n    {{\n{items}    }},\n)\n"""{summary}"""\n'
    items = "".join(f"    {field}: {hint}\n" for field, hint in fields.items())
    return f'class {name}(TypedDict):\n    """{summary}"""\n\n{items}'


def _hint(schema: JsonObject) -> str:
    """Return the Python type of a schema."""
    if "$ref" in schema:
        return _type_name(str(schema["$ref"]).rsplit("/", 1)[-1])
    if variants := schema.get("anyOf") or schema.get("oneOf"):
        return " | ".join(dict.fromkeys(_hint(variant) for variant in variants))
    if "const" in schema:
        return f"Literal[{_literal(schema['const'])}]"
    if "enum" in schema:
        return f"Literal[{', '.join(map(_literal, schema['enum']))}]"
    match schema.get("type"):
        case "array":
            return f"list[{_hint(schema.get('items', {}))}]"
        case "object":
            held = schema.get("additionalProperties")
            return f"dict[str, {_hint(held) if isinstance(held, dict) else 'Any'}]"
        case str() as kind:
            return _PLAIN[kind]
        case _:
            return "Any"


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _quoted(hint: str) -> str:
    return hint if re.fullmatch(r"(list\[)*(str|float|int|bool|Any)\]*", hint) else f"'{hint}'"
