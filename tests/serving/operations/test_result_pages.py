"""Results are read page by page, as they were kept."""

from __future__ import annotations

from typing import Any

from vigie.models.verdict import AccountResult
from vigie.serving.operations import result_pages


def test_pages_hold_the_results_in_their_order_and_language(watched: Any) -> None:
    results = [AccountResult("x", str(number), None) for number in range(result_pages.SIZE + 3)]
    database = watched.catalogue.database(watched.id)
    with database.writing() as connection:
        result_pages.keep(connection, results, "fr")
    with database.reading() as connection:
        assert result_pages.read(connection, [0, 1], "fr") == results
        assert result_pages.read(connection, [1], "fr") == results[-3:]
        assert result_pages.read(connection, [2], "fr") == result_pages.read(connection, [0], "en") == []
