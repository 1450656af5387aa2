# ruff: noqa: INP001 - a script, not a package
r"""Draw the group that the service finds in ``examples/first-request.json``, for the README.

With the service running (``make run``), from the root of the repository:

    curl -s http://127.0.0.1:8000/v1/score -H 'Content-Type: application/json' -d @examples/first-request.json \
      | python examples/first_result.py > docs/assets/first-result.svg

Everything drawn is read from the answer: members, shared objects, times, sentences.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from html import escape
from typing import Any

_WIDTH, _LEFT, _TOP, _ROW, _FOOT = 960, 150, 96, 36, 92
_SECONDS_SHOWN = 30
_TEXT, _FAINT, _LINE, _DOT = "#1f2933", "#5a6b7b", "#d5dde5", "#00796b"


def drawing(answer: dict[str, Any]) -> str:
    """Return the first group of an answer as SVG: a row per member, a column per shared object."""
    group = answer["groups"][0]
    members = [(member["account_id"], member["handle"]) for member in group["accounts"]]
    objects = _times(answer, {account for account, _ in members})
    columns = sorted(objects, key=lambda name: min(objects[name].values()))
    step = (_WIDTH - _LEFT - 20) / len(columns)
    bottom = _TOP + _ROW * len(members)
    height = bottom + _FOOT
    title = f"Group found in examples/first-request.json: {len(members)} of {len(answer['results'])} accounts"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        'font-family="Arial, Helvetica, sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        f'<rect x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1}" rx="8" fill="#fbfcfd" stroke="{_LINE}"/>',
        _line(20, 30, title, size=16, weight=600),
        _line(
            20,
            50,
            f"Each dot is a post that the answer lists, placed by its delay after the group's first post (0 to {_SECONDS_SHOWN} s)",
        ),
    ]
    for column, name in enumerate(columns):
        x = _LEFT + column * step
        start = min(objects[name].values())
        parts += [
            _line(x + 4, _TOP - 24, name.rpartition("/")[2], size=12, colour=_TEXT),
            _line(x + 4, _TOP - 9, f"{start:%d %b %H:%M}", size=11),
            f'<rect x="{x:.1f}" y="{_TOP}" width="{step - 8:.1f}" height="{bottom - _TOP}" fill="#fff" stroke="{_LINE}"/>',
        ]
        for row, (account, _) in enumerate(members):
            if account in objects[name]:
                late = (objects[name][account] - start).total_seconds()
                cx = x + 8 + (step - 24) * min(late, _SECONDS_SHOWN) / _SECONDS_SHOWN
                parts.append(
                    f'<circle cx="{cx:.1f}" cy="{_TOP + _ROW * (row + 0.5):.1f}" r="4.5" fill="{_DOT}"/>'
                )
    scores = {result["account_id"]: result["coordinated"] for result in answer["results"]}
    for row, (account, handle) in enumerate(members):
        y = _TOP + _ROW * (row + 0.5)
        parts.append(_line(20, y - 1, f"@{handle}", colour=_TEXT))
        parts.append(
            _line(20, y + 12, f"{scores[account]['band']}, {scores[account]['probability']:.3f}", size=11)
        )
    parts += [_line(20, bottom + 26 + 20 * number, text) for number, text in enumerate(_notes(answer))]
    return "\n".join([*parts, "</svg>", ""])


def _times(answer: dict[str, Any], members: set[str]) -> dict[str, dict[str, datetime]]:
    """Return, for each object that members shared, when each of them acted on it."""
    times: dict[str, dict[str, datetime]] = {}
    for result in answer["results"]:
        for partner in result["coordinated"]["partners"]:
            if not {result["account_id"], partner["partner"]["account_id"]} <= members:
                continue
            for shared in partner["shared"]:
                acted = times.setdefault(shared["object"], {})
                acted[result["account_id"]] = datetime.fromisoformat(shared["time"])
                acted[partner["partner"]["account_id"]] = datetime.fromisoformat(shared["partner_time"])
    return times


def _notes(answer: dict[str, Any]) -> list[str]:
    """Return what stands under the drawing: the surest pair, the benign alternatives, the other accounts."""
    group = answer["groups"][0]
    pairs = [
        (result["account_id"], pair)
        for result in answer["results"]
        for pair in result["coordinated"]["partners"]
    ]
    account, pair = min(pairs, key=lambda one: one[1]["p_class"])
    handles = {member["account_id"]: member["handle"] for member in group["accounts"]}
    bands = [result["coordinated"].get("band") for result in answer["results"]]
    explained = "; ".join(
        f"{each['sentence']}: {' '.join(each['for'])}" for each in group["benign_alternatives"]
    )
    return [
        f"@{handles[account]} and @{pair['partner']['handle']} met on {pair['objects']} things within "
        f"{pair['window']} s, on {pair['days']} days; chance would give {pair['expected']:.2f} "
        f"(p = {pair['p_class']:.0e}).",
        f"Benign alternative to check: {explained}" if explained else "No benign alternative has support.",
        f"Of the other {len(bands) - len(group['accounts'])} accounts, {bands.count('low')} are in the band low.",
    ]


def _line(x: float, y: float, text: str, *, size: int = 13, weight: int = 400, colour: str = _FAINT) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{colour}">'
        f"{escape(text)}</text>"
    )


if __name__ == "__main__":
    sys.stdout.write(drawing(json.load(sys.stdin)))
