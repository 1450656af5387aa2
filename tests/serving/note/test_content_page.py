"""The page on a content shows what was measured and the posts, escapes what was collected, and judges nobody."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from vigie.features.i18n import Language, message
from vigie.serving.note import content_page


@pytest.mark.parametrize(("language", "head"), [("en", "date and time (UTC)"), ("fr", "date et heure (UTC)")])
def test_posts_are_shown_in_order_with_their_authors_and_addresses(
    flood: Any, language: Language, head: str
) -> None:
    posts = flood.compared.posts
    shown = pl.Series(posts.with_row_index("at").filter(pl.col("row") < 6).sort("created_at")["at"].head(9))
    page = content_page.page(
        message("stix.content_title", name="<b>", trace="t", first="f", excerpt="\"'<i>"),
        [message("stix.content_ordinary")], shown, flood.compared, language,
    )  # fmt: skip
    assert f'<html lang="{language}">' in page
    assert head in page
    assert page.count("<tr>") == 10
    addresses = [f"https://x.com/i/status/{number}" for number in posts[shown.to_list()]["post_id"]]
    places = [page.find(each) for each in addresses if each in page]
    assert places == sorted(places)
    assert len(places) >= 8
    for hostile in ("<script", "<b>", "<i>", "\u202e"):
        assert hostile not in page
    assert "&lt;script&gt;" in page
