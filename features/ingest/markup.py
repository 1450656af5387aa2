"""Texts that platforms give as HTML (Mastodon, some exports): the words as they are shown, and the links."""

from __future__ import annotations

from html.parser import HTMLParser

import polars as pl

from vigie.features.schema import TEXTS

# A text that begins with a paragraph, breaks a line or links as HTML does; words about HTML seldom do.
_HTML = r"(?i)^\s*<p[\s>]|<br\s*/?>|<a\s[^>]*href=[^>]*>|</(?:p|a|span)>"
# Elements after which a line ends.
_BLOCKS = ("p", "div", "li", "blockquote")
# Links that name a person or a hashtag, not a page.
_NO_PAGE = {"mention", "hashtag", "u-url"}
# Longer texts are cut: no platform publishes posts this long.
_MOST = 1_000_000


def is_html(text: pl.Series) -> pl.Series:
    """Return which texts are HTML.

    >>> is_html(pl.Series(["one<br>two", "1 < 2", None])).to_list()
    [True, False, False]
    """
    tagged = text.str.contains("<", literal=True).fill_null(False)
    return tagged & text.str.contains(_HTML).fill_null(False) if tagged.any() else tagged


def read(text: pl.Series) -> pl.DataFrame:
    """Return HTML as it is shown.

    Args:
        text: HTML, null where there is none.

    Returns:
        ``text``: the words, entities written out, a line for each paragraph; ``links``: the pages it links to, in
        order, without those of hashtags and persons. Both null where there is no HTML.
    """
    given = text.to_frame("html")
    different = given["html"].drop_nulls().unique()
    found = [_read(one) for one in different]
    schema = pl.Schema({"html": pl.String(), "text": pl.String(), "links": TEXTS})
    read_once = pl.DataFrame(
        {"html": different, "text": [words for words, _ in found], "links": [pages for _, pages in found]},
        schema=schema,
    )
    return given.join(read_once, on="html", how="left", maintain_order="left").drop("html")


class _Reader(HTMLParser):
    """Gathers words and links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.pages: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = set((given.get("class") or "").split())
        address = given.get("href") or ""
        if tag == "a" and address.startswith(("http://", "https://")) and not classes & _NO_PAGE:
            self.pages.append(address)
        if tag == "br":
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _read(html: str) -> tuple[str, list[str]]:
    reader = _Reader()
    reader.feed(html[:_MOST])
    reader.close()
    return "".join(reader.words).strip(), list(dict.fromkeys(reader.pages))
