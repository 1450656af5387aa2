"""Tables as Markdown, and Markdown as one self-contained HTML page: no script, no font, no address outside itself."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping

import polars as pl
from markdown_it import MarkdownIt

from vigie.features import html_page
from vigie.features.i18n.languages import Language
from vigie.models.metrics import Estimate
from vigie.training.report.formatting import plain, written


def table(frame: pl.DataFrame, titles: Mapping[str, str] | None = None, *, language: Language = "en") -> str:
    """Return a Markdown table; a metric and the ends of its interval stand in one cell.

    Args:
        frame: Columns ``x``, ``x_low``, ``x_high`` become one.
        titles: Columns to show, in order, with their titles; None for all under their own names.
        language: In which numbers, and yes and no, are written.

    >>> print(table(pl.DataFrame({"n": [3], "auc": [0.5], "auc_low": [0.4], "auc_high": [0.6]})))
    | n | auc |
    |--:|--:|
    | 3 | .500 [.400, .600] |
    """
    shown = cells(frame, titles, language=language)
    names = titles or _columns(frame)
    rules = ("--:" if frame.schema[name].is_numeric() else "---" for name in names)
    lines = ["| " + " | ".join(shown) + " |", "|" + "|".join(rules) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in zip(*shown.values(), strict=True)]
    return "\n".join(lines)


def cells(
    frame: pl.DataFrame, titles: Mapping[str, str] | None = None, *, language: Language = "en"
) -> dict[str, list[str]]:
    """Return the cells of each column by its title, as they are written; see :func:`table`.

    >>> cells(pl.DataFrame({"n": [3], "auc": [0.5], "auc_low": [0.4], "auc_high": [0.6]}))
    {'n': ['3'], 'auc': ['.500 [.400, .600]']}
    """
    shown = titles or {name: plain(name.replace("_", " ")) for name in _columns(frame)}
    return {
        title: [written(value, language) for value in _values(frame, name)] for name, title in shown.items()
    }


def _columns(frame: pl.DataFrame) -> list[str]:
    """Return the columns of a table but for the ends of intervals."""
    ends = {f"{name}_{end}" for name in frame.columns for end in ("low", "high")}
    return [name for name in frame.columns if name not in ends or f"{name}_low" in frame.columns]


def _values(frame: pl.DataFrame, name: str) -> list[object]:
    """Return the values of a column, as metrics where the ends of their intervals stand beside them."""
    if f"{name}_low" not in frame.columns:
        return frame[name].to_list()
    return [
        None
        if value is None
        else Estimate(value, math.nan if low is None else low, math.nan if high is None else high)
        for value, low, high in frame.select(name, f"{name}_low", f"{name}_high").iter_rows()
    ]


def page(
    markdown: str,
    title: str,
    *,
    language: Language = "en",
    images: Mapping[str, bytes] | None = None,
    contents: str = "",
) -> str:
    """Return Markdown as an HTML page that works offline.

    Args:
        markdown: The text; HTML in it is shown as text, never run.
        title: Of the page.
        language: Of the text.
        images: PNG files by the name under which the text refers to them.
        contents: Heading of a table of contents, which then stands before the first section; without it there is none.
    """
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    body = body.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    for name, content in (images or {}).items():
        data = base64.b64encode(content).decode()
        body = re.sub(rf'src="{re.escape(name)}"', f'src="data:image/png;base64,{data}"', body)
    return html_page.page(_with_contents(body, contents) if contents else body, title, language)


def _with_contents(body: str, heading: str) -> str:
    """Return HTML whose sections have anchors, with a list of them before the first."""
    titles = re.findall(r"<h2>(.*?)</h2>", body)
    numbers = iter(range(1, len(titles) + 1))
    anchored = re.sub(r"<h2>", lambda _: f'<h2 id="section-{next(numbers)}">', body)
    links = "".join(
        f'<li><a href="#section-{number}">{title}</a></li>' for number, title in enumerate(titles, 1)
    )
    return anchored.replace(
        '<h2 id="section-1">', f'<nav><h2>{heading}</h2><ol>{links}</ol></nav>\n<h2 id="section-1">', 1
    )
