"""A page on a content that several accounts published: what was measured of it, and the posts that hold it. Nobody is judged on it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined

from vigie.features import html_page
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import display_text
from vigie.features.i18n import Language, Message, message
from vigie.features.i18n.formatting import stamp
from vigie.serving.note import addresses, contents
from vigie.serving.note.subjects import people

_HEADS = tuple(
    message(f"note.head_{name}") for name in ("time_utc", "platform", "handle", "excerpt", "address")
)


def page(
    title: Message, paragraphs: Iterable[Message], posts: pl.Series, compared: Comparison, language: Language
) -> str:
    """Return the page as HTML; every text in it is escaped.

    Args:
        title: What the content is called.
        paragraphs: What is told of it.
        posts: Positions of the posts that are shown, in their order.
        compared: The comparison that it was found in.
        language: Of the words.
    """
    body = (
        _environment()
        .get_template("content.html.j2")
        .render(
            title=title.say(language),
            paragraphs=[each.say(language) for each in paragraphs],
            heads=[each.say(language) for each in _HEADS],
            posts=_rows(posts, compared).rows(named=True),
            stamp=lambda time: stamp(time, language),
            platform=display_text.platform,
        )
    )
    return html_page.page(body, title.say(language), language)


def _rows(posts: pl.Series, compared: Comparison) -> pl.DataFrame:
    """Return what the page shows of posts: ``created_at``, ``platform``, ``name``, ``excerpt``, ``address``."""
    named = people(compared).select("row", "platform", "name")
    return (
        compared.posts[posts.to_list()]
        .drop("platform", strict=False)
        .join(named, on="row", how="left", maintain_order="left")
        .select("created_at", "platform", "name", excerpt=contents.excerpt(), address=addresses.of_posts())
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("vigie.serving.note"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
