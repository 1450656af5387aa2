"""Tables of pages as files."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request, Response

from vigie.serving.console import figures, tables
from vigie.serving.console.visit import Visit
from vigie.serving.operations.copied import Spread
from vigie.serving.operations.judgement import Hour


def table_of(content: bytes, name: str) -> Response:
    """Return a table as a file.

    Args:
        content: Of the table, as CSV.
        name: Of the file, without its ending.
    """
    saved = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return Response(content, media_type="text/csv; charset=utf-8", headers=saved)


def activity_of(request: Request, hours: Sequence[Hour | Spread]) -> Response:
    """Return the bars of a page over time as a table."""
    language = Visit.of(request).language
    return table_of(tables.bars(figures.activity(hours, language), language), "timeline")
