"""Which column of a file holds what, where no format is known by them: what a person says becomes a mapping of the generic reader."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from vigie.features.schema import ACCOUNT_FIELDS, POST_FIELDS

# Fields that a form asks for, those without which no post is read first.
NEEDED = ("account_id", "post_id", "created_at")
OFFERED = (*NEEDED, "handle", "text", "urls", "hashtags", "permalink")
# How a field of a form is called that names the column of a field.
PREFIX = "column-"
_LISTS = ("urls", "hashtags")
# Other names that collectors give them; what authors are called stands beside their posts in most tables.
_OTHER_NAMES = {
    field.name: field.aliases for field in (*ACCOUNT_FIELDS, *POST_FIELDS) if field.name in OFFERED
}


def mapping(fields: Mapping[str, str]) -> bytes | None:
    """Return the mapping that a form states, as TOML; None where it states none.

    Args:
        fields: Of the form: ``column-FIELD`` for each of :data:`OFFERED`, ``platform``, and ``time_format`` where times are
            written as no standard has them.
    """
    columns = {name: fields[PREFIX + name] for name in OFFERED if fields.get(PREFIX + name)}
    if not columns:
        return None
    cells = {name: _cell(name, column, fields.get("time_format", "")) for name, column in columns.items()}
    lines = [f"platform = {_text(fields.get('platform', ''))}"]
    if "handle" in cells:
        # An account was seen, under this name, when it posted.
        seen = {"account_id": "account_id", "handle": "handle", "observed_at": "created_at"}
        own = (f"{name} = {cells[source]}" for name, source in seen.items() if source in cells)
        lines += ["[accounts]", *own]
    posts = (f"{name} = {cell}" for name, cell in cells.items() if name != "handle")
    return "\n".join([*lines, "[posts]", *posts]).encode()


def suggested(columns: Sequence[str]) -> dict[str, str]:
    """Return the column that each field may be, by what it is called.

    >>> suggested(["Username", "message", "note"])
    {'handle': 'Username', 'text': 'message'}
    """
    named = {column.strip().lower(): column for column in columns}
    found = {
        field: next((named[name] for name in (field, *_OTHER_NAMES[field]) if name in named), None)
        for field in OFFERED
    }
    return {field: column for field, column in found.items() if column is not None}


def _cell(name: str, column: str, time_format: str) -> str:
    if name == "created_at" and time_format:
        return f"{{ column = {_text(column)}, format = {_text(time_format)} }}"
    if name in _LISTS:
        return f'{{ column = {_text(column)}, separator = "|" }}'
    return _text(column)


def _text(value: str) -> str:
    """Return a text as TOML writes it; what JSON writes is read so too."""
    return json.dumps(value, ensure_ascii=True)
