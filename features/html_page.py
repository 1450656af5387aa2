"""One HTML page that works offline: no script, no font, no address fetched, and no referrer told to those that are opened."""

from __future__ import annotations

import html

from vigie.features.i18n.languages import Language

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; margin-top: 2em; } h1 { margin-top: 0; }
p, li { max-width: 46rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .875rem; margin: 1em 0; }
th, td { padding: .3em .7em; border-bottom: 1px solid #8884; text-align: left; vertical-align: top; }
th { border-bottom-width: 2px; vertical-align: bottom; } td[style*="right"] { white-space: nowrap; }
img { max-width: 100%; background: white; border-radius: 4px; }
code { background: #8882; padding: .1em .3em; border-radius: 3px; }
pre { overflow-x: auto; background: #8882; padding: .5em 1em; border-radius: 3px; } pre code { background: none; padding: 0; }
blockquote { border-left: 4px solid #c80; margin: 1em 0; padding: .1em 1em; }
nav ol { columns: 3 14rem; font-size: .875rem; } nav h2 { font-size: 1rem; margin: 1.5em 0 0; }
@page { size: A4; margin: 13mm; }
@media print {
  body { font-size: 8.5pt; line-height: 1.35; margin: 0; padding: 0; max-width: none; }
  h1, h2, h3 { margin-top: 1em; break-after: avoid; } p, li { max-width: none; }
  .wide { overflow: visible; } table { font-size: 7pt; margin: .5em 0; } th, td { padding: .1em .5em; } tr { break-inside: avoid; }
  p > img { max-width: 45%; max-height: 75mm; }
}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def page(body: str, title: str, language: Language, *, style: str = "") -> str:
    """Return a whole page.

    Args:
        body: HTML; what is text in it is escaped already.
        title: Of the page, as text.
        language: Of the text.
        style: Rules after those that every page has.

    >>> page("<p>a</p>", "a < b", "en").count("a &lt; b")
    1
    """
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}{style}</style></head>\n<body>\n{body}</body></html>\n"
    )
