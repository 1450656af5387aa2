# ruff: noqa: INP001 - a script, not a package
"""Write ``examples/first-request.json``, the request of the README: a small coordinated group among ordinary accounts.

Run ``python examples/first_request.py`` from the root of the repository. The accounts are synthetic. Ordinary accounts
link to news pages, each at a time of its own. Five accounts link to the pages of one look-alike site within seconds of
each other, on three days, and post on their own in between.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# The times of an account's posts, each with the page it links to, or None.
Timeline = list[tuple[datetime, str | None]]

OUT = Path(__file__).with_name("first-request.json")
_START = datetime(2024, 5, 13, 6, tzinfo=UTC)
_OBSERVED = datetime(2024, 5, 16, 12, tzinfo=UTC)
_DAYS, _DAY_MINUTES = 3, 15 * 60
_ORDINARY, _COORDINATED = 35, 5
_NEWS_PAGES, _LINKS, _OWN_POSTS = 30, (4, 7), (4, 8)
_CAMPAIGN_PAGES, _LARGEST_DELAY_S = 6, 25
_TOPICS = ("the ferry", "my garden", "the match", "this recipe", "the library", "the rain", "an old song")
_OPENINGS = ("Thinking about", "Enough of", "Happy with", "Reading on", "Notes on", "Once more", "A word on")
_ENDINGS = ("today", "again", "at last", "this morning", "with friends", "on the way home", "as every year")
_COLOURS = ("amber", "blue", "coral", "dusky", "grey", "ivory", "olive", "silver")
_BIRDS = ("finch", "heron", "lark", "plover", "raven")
LOOKALIKE = "the-herald.example.net"


def first_request() -> dict[str, Any]:
    """Return the request; each call returns the same."""
    rng = random.Random(7)  # noqa: S311 - reproducible synthetic data
    timelines = [_ordinary(rng) for _ in range(_ORDINARY)] + _coordinated(rng)
    rng.shuffle(timelines)
    handles = [f"{colour}_{bird}" for colour in _COLOURS for bird in _BIRDS]
    rng.shuffle(handles)
    accounts = [
        _account(rng, str(number), handle, timeline)
        for number, (handle, timeline) in enumerate(zip(handles, timelines, strict=True), start=101)
    ]
    return {"language": "en", "targets": ["coordinated"], "top_reasons": 2, "accounts": accounts}


def _ordinary(rng: random.Random) -> Timeline:
    links = rng.sample(range(_NEWS_PAGES), rng.randint(*_LINKS))
    return [(_any_time(rng), f"https://news.example.com/{page}") for page in links] + _own_posts(rng)


def _coordinated(rng: random.Random) -> list[Timeline]:
    releases = [_any_time(rng, day=page % _DAYS) for page in range(_CAMPAIGN_PAGES)]
    timelines: list[Timeline] = []
    for _ in range(_COORDINATED):
        links: Timeline = [
            (
                release + timedelta(seconds=rng.randint(0, _LARGEST_DELAY_S)),
                f"https://{LOOKALIKE}/story-{page}",
            )
            for page, release in enumerate(releases, start=1)
        ]
        timelines.append(links + _own_posts(rng))
    return timelines


def _own_posts(rng: random.Random) -> Timeline:
    return [(_any_time(rng), None) for _ in range(rng.randint(*_OWN_POSTS))]


def _any_time(rng: random.Random, day: int | None = None) -> datetime:
    """Return a moment of waking hours, on the day given or on any."""
    day = rng.randrange(_DAYS) if day is None else day
    return _START + timedelta(days=day, minutes=rng.randrange(_DAY_MINUTES), seconds=rng.randrange(60))


def _account(rng: random.Random, account_id: str, handle: str, timeline: Timeline) -> dict[str, Any]:
    posts = [
        {"post_id": f"{account_id}-{number}", "created_at": _text(time), "text": _sentence(rng)}
        | ({"urls": [url]} if url else {})
        for number, (time, url) in enumerate(sorted(timeline, key=lambda post: post[0]), start=1)
    ]
    return {
        "platform": "x",
        "account_id": account_id,
        "handle": handle,
        "observed_at": _text(_OBSERVED),
        "posts": posts,
    }


def _sentence(rng: random.Random) -> str:
    return f"{rng.choice(_OPENINGS)} {rng.choice(_TOPICS)} {rng.choice(_ENDINGS)}"


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def file_text() -> str:
    """Return the file: one account a line, so that a change of one account is a change of one line."""
    request = first_request()
    accounts = ",\n".join(json.dumps(account) for account in request.pop("accounts"))
    return json.dumps(request)[:-1] + ', "accounts": [\n' + accounts + "\n]}\n"


if __name__ == "__main__":
    OUT.write_text(file_text(), encoding="utf-8")
