"""Results as a table of one column, JSON with all digits, for where they are kept or travel: nothing is unpickled."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from pydantic import TypeAdapter

from vigie.features.ingest.parsing import Batch
from vigie.models.verdict import AccountResult

SCHEMA: dict[str, pl.DataType] = {"result": pl.String()}
_RESULT = TypeAdapter(AccountResult)


def of(judge: Callable[[Batch], list[AccountResult]]) -> Callable[[Batch], pl.DataFrame]:
    """Return a function that makes :data:`SCHEMA` of a batch from one that makes results of it."""

    def written(batch: Batch) -> pl.DataFrame:
        texts = [_RESULT.dump_json(result).decode() for result in judge(batch)]
        return pl.DataFrame({"result": texts}, schema=SCHEMA)

    return written


def results(table: pl.DataFrame) -> list[AccountResult]:
    """Return the results of :data:`SCHEMA`."""
    return [_RESULT.validate_json(text) for text in table["result"]]
