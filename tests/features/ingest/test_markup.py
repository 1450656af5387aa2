"""Texts that are HTML."""

import polars as pl
import pytest

from vigie.features.ingest import markup

TOOT = (
    '<p>To the <a href="https://i.example/tags/quay" class="mention hashtag" rel="tag">#<span>quay</span></a>, says '
    '<span class="h-card"><a href="https://i.example/@bob" class="u-url mention">@<span>bob</span></a></span><br />'
    'don&#39;t be late</p><p><a href="https://quay.example/7"><span class="invisible">https://</span>quay.example/7</a></p>'
)


def test_html_is_read_as_it_is_shown_with_the_pages_it_links_to() -> None:
    read = markup.read(pl.Series([TOOT, None, TOOT, '<a href="javascript:x">y</a><br>&amp;']))
    shown = "To the #quay, says @bob\ndon't be late\nhttps://quay.example/7"
    assert read["text"].to_list() == [shown, None, shown, "y\n&"]
    assert read["links"].to_list() == [["https://quay.example/7"], None, ["https://quay.example/7"], []]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (TOOT, True),
        ("one<br>two", True),
        ("<P>One", True),
        ("x < y > z &amp; <3", False),
        ("a <p in words", False),
        ("https://a.example/?p=<a>", False),
    ],
)
def test_html_is_known_by_its_tags(text: str, html: bool) -> None:
    assert markup.is_html(pl.Series([text])).item() == html


def test_no_text_is_no_html() -> None:
    assert markup.is_html(pl.Series([None, TOOT])).to_list() == [False, True]
    assert markup.is_html(pl.Series([None], dtype=pl.String)).to_list() == [False]
