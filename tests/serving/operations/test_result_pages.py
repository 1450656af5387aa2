"""Results are read page by page, as they were kept; what accounts are by themselves is handed on as it was written."""

from __future__ import annotations

from typing import Any

from vigie.models.verdict import Abstention, AccountResult, Coverage
from vigie.serving.operations import documents, result_pages
from vigie.serving.operations.result_pages import Alone

KEYS = [number.to_bytes(16, "big") for number in range(result_pages.SIZE + 3)]
ALONE = Alone(
    Coverage("none", 0, 0, [], [], [], []), Abstention(why="Rien ;\nrien.", code="nothing", fields=[])
)
LINES = [result_pages.line(key, ALONE) for key in KEYS]


def test_pages_hold_the_results_in_their_order_and_language(watched: Any) -> None:
    compared = [AccountResult("x", str(number), None) for number in range(result_pages.SIZE + 3)]
    results = [
        AccountResult("x", str(number), None, ALONE.coverage, ALONE.inauthentic)
        for number in range(result_pages.SIZE + 3)
    ]
    database = watched.catalogue.database(watched.id)
    with database.writing() as connection:
        result_pages.keep(connection, compared, LINES, "fr")
    with database.reading() as connection:
        assert result_pages.read(connection, [0, 1], "fr") == results
        assert result_pages.read(connection, [1], "fr") == results[-3:]
        assert result_pages.read(connection, [2], "fr") == result_pages.read(connection, [0], "en") == []
        assert result_pages.alone(connection, [1], "fr") == dict(zip(KEYS[-3:], LINES[-3:], strict=True))
        assert result_pages.alone(connection, [2], "fr") == result_pages.alone(connection, [0], "en") == {}


def test_a_page_that_an_earlier_version_kept_whole_is_read(watched: Any) -> None:
    whole = AccountResult("x", "7", None, ALONE.coverage, ALONE.inauthentic)
    database = watched.catalogue.database(watched.id)
    with database.writing() as connection:
        content = result_pages._RESULTS.dump_json([whole], by_alias=True)
        documents.keep(connection, "results-0", "en", content)
    with database.reading() as connection:
        assert result_pages.read(connection, [0], "en") == [whole]
        assert result_pages.alone(connection, [0], "en") == {}
