"""Tables of pages are files of their own names that nobody keeps for others."""

from __future__ import annotations

from typing import Any


def test_a_table_is_a_file_that_is_not_stored(opened: Any, kept: Any) -> None:
    browser = opened()
    for address, name in ((f"{kept.at}/timeline.csv", "timeline"), (f"{kept.at}/accounts.csv", "accounts")):
        answer = browser.get(address)
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert len(answer.text.splitlines()) > 2
