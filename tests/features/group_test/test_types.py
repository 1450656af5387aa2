"""The types of a test of a group can be written as JSON and read back."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from pydantic import TypeAdapter

from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.group_test.report import describe
from vigie.features.group_test.types import GroupTest


def test_an_answer_survives_json(ordinary: Callable[..., pl.DataFrame], reference: Reference) -> None:
    shape = TypeAdapter(GroupTest)
    told = describe(ordinary(40), reference, "en")
    assert shape.validate_json(shape.dump_json(told)) == told
    fields = shape.json_schema()["$defs"]["TraitTest"]["properties"]
    assert all("description" in fields[name] for name in ("known", "p", "reason", "reference", "members"))
