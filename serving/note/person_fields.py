"""The fields of a technical note that no measurement fills: a person writes them, in the order in which a reader asks for them."""

from __future__ import annotations

from typing import Literal, get_args

FieldName = Literal[
    "author",
    "contact",
    "narrative",
    "targets",
    "personas",
    "advertising",
    "exposure",
    "attribution",
    "actions",
]
FIELDS: tuple[FieldName, ...] = get_args(FieldName)
