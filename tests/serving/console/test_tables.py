"""A list for a spreadsheet holds each row that is seen, in the language of its reader, and runs nothing."""

from __future__ import annotations

import csv
import re
from html import unescape
from io import StringIO
from typing import Any
from urllib.parse import unquote


def rows_of(answer: Any, separator: str) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment")
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig")), delimiter=separator))


def test_accounts_of_a_table_are_those_that_the_filters_of_the_page_leave(opened: Any, kept: Any) -> None:
    browser = opened()
    every = rows_of(browser.get(f"{kept.at}/accounts.csv"), ",")
    # Other tests decide and observe meanwhile, which ranks them otherwise.
    ranked = browser.get(f"/v1/operations/{kept.operation}/accounts?limit=1000").json()["accounts"]
    assert [row["Account id"] for row in every] == [each["account_id"] for each in ranked]
    page = "/accounts?platform=facebook&band=&handle="
    some = rows_of(browser.get(f"{kept.at}{page.replace('accounts', 'accounts.csv')}"), ",")
    assert {row["Platform"] for row in some} == {"facebook"}
    assert f"{len(some)} accounts" in browser.get(f"{kept.at}{page}").text
    assert not any(value.startswith(("=", "+", "@")) for row in every for value in row.values())


def test_a_timeline_holds_the_bars_of_its_page(opened: Any, kept: Any) -> None:
    browser, track = opened(), kept.tracks["campaigns"][0]
    for of, table in (
        ("", "/timeline.csv"),
        ("/posts?platform=x&since=", "/posts/timeline.csv?platform=x&since="),
        (f"/contents/{kept.contents[0]}", f"/contents/{kept.contents[0]}/timeline.csv"),
        (f"/campaigns/{track}", f"/campaigns/{track}/timeline.csv"),
    ):
        page = unescape(browser.get(f"{kept.at}{of}").text)
        assert f'href="{kept.at}{table}"' in page.replace('platform=x"', 'platform=x&since="')
        bars = re.findall(
            r'<a tabindex="-1" href="[^"]*/posts\?[^"]*since=([^&"]+)[^"]*"><title>[^<]* · (\d+)</title>',
            page,
        )
        rows = rows_of(browser.get(f"{kept.at}{table}"), ",")
        assert bars
        assert [(row["From (UTC)"][:16].replace(" ", "T"), row["Posts"]) for row in rows] == [
            (unquote(since), posts) for since, posts in bars
        ]


def test_contents_of_a_table_are_those_of_the_page_in_its_language(opened: Any, kept: Any) -> None:
    rows = rows_of(opened("fr").get(f"{kept.at}/contents.csv"), ";")
    assert [row["Contenu"] for row in rows] == kept.contents
    assert all(int(row["Comptes"]) > 1 for row in rows)
