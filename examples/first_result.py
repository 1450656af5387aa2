# ruff: noqa: INP001 - a script, not a package
r"""Draw the campaign that ``vigie network`` finds in the example collection, for the README.

From the root of the repository:

    vigie example --out example
    vigie network example/accounts.jsonl --out network
    python examples/first_result.py < network/campaigns.json > docs/assets/first-result.svg

Everything drawn is read from the first campaign of the file: contents, times, accounts, what speaks against it.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from html import escape
from typing import Any

_WIDTH, _LEFT, _RIGHT, _TOP, _ROW, _FOOT = 960, 200, 190, 92, 24, 96
_CONTENTS, _TICK = 12, timedelta(hours=12)
_TEXT, _FAINT, _LINE, _BAR, _DOT = "#1f2933", "#5a6b7b", "#d5dde5", "#b2dfdb", "#00796b"


def drawing(campaigns: list[dict[str, Any]]) -> str:
    """Return the first campaign as SVG: a row per content, from its first post to its last."""
    campaign = campaigns[0]
    contents = sorted(campaign["contents"][:_CONTENTS], key=lambda content: str(content["first_time"]))
    start = min(_time(content["first_time"]) for content in contents)
    end = max(_time(content["last_time"]) for content in contents)
    bottom = _TOP + _ROW * len(contents)

    def x(time: datetime) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * ((time - start) / (end - start))

    platforms = ", ".join(
        f"{count} on {name.capitalize()}" for name, count in _by_size(campaign["platforms"])
    )
    title = f"Campaign found in the example collection: {campaign['size']} accounts ({platforms})"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + _FOOT}" role="img" '
        'font-family="Arial, Helvetica, sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        f'<rect x="0.5" y="0.5" width="{_WIDTH - 1}" height="{bottom + _FOOT - 1}" rx="8" fill="#fbfcfd" stroke="{_LINE}"/>',
        _line(20, 30, title, size=16, weight=600),
        _line(
            20,
            50,
            f"Its {len(contents)} pictures of most accounts, each from the first post (dot, with its account) to the last. "
            "Nobody here exists.",
        ),
    ]
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    ticks = [day + number * _TICK for number in range(1, int((end - day) / _TICK) + 1)]
    for tick in (tick for tick in ticks if tick >= start):
        parts += [
            f'<path d="M{x(tick):.1f} {_TOP - 6}V{bottom}" stroke="{_LINE}"/>',
            _line(x(tick) + 3, _TOP - 12, f"{tick:%d %b %H:%M}", size=11),
        ]
    for row, content in enumerate(contents):
        y = _TOP + _ROW * (row + 0.5)
        first, last = (x(_time(content[name])) for name in ("first_time", "last_time"))
        parts += [
            f'<rect x="{first:.1f}" y="{y - 5:.1f}" width="{last - first:.1f}" height="10" rx="5" fill="{_BAR}"/>',
            f'<circle cx="{first:.1f}" cy="{y:.1f}" r="4.5" fill="{_DOT}"/>',
            _line(20, y + 4, f"@{content['first_account']['handle']}", colour=_TEXT),
            _line(
                _WIDTH - _RIGHT + 16,
                y + 4,
                f"{content['accounts']} accounts, {content['outside']} outside",
                colour=_TEXT,
            ),
        ]
    parts += [_line(20, bottom + 26 + 20 * number, text) for number, text in enumerate(_notes(campaign))]
    return "\n".join([*parts, "</svg>", ""])


def _notes(campaign: dict[str, Any]) -> list[str]:
    """Return what stands under the drawing: the audience, the ordinary explanation, and what speaks against that."""
    explained = campaign["benign_alternatives"][0]
    return [
        f"Audience: {campaign['audience']['median_views']:.0f} views per post in the median, over "
        f"{campaign['audience']['posts']} posts. Hashtags: {', '.join(list(campaign['hashtags'])[:3])}.",
        f"Ordinary explanation to check: {explained['sentence']}.",
        f"Against it: {explained['against'][0]}",
    ]


def _by_size(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: -each[1])


def _time(said: str) -> datetime:
    return datetime.fromisoformat(said)


def _line(x: float, y: float, text: str, *, size: int = 13, weight: int = 400, colour: str = _FAINT) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{colour}">'
        f"{escape(text)}</text>"
    )


if __name__ == "__main__":
    sys.stdout.write(drawing(json.load(sys.stdin)))
