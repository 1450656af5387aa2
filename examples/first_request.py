# ruff: noqa: INP001 - a script, not a package
"""Write ``examples/first-request.json``, the request of the README: a small coordinated group among ordinary accounts.

Run ``python examples/first_request.py`` from the root of the repository. The accounts are synthetic. Ordinary accounts
link to news pages and repost popular posts, each at a time of its own. Five accounts link to the pages of one look-alike
site and repost the same posts within seconds of each other, on three days. In between they post on their own.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# The posts of an account: when, and the fields that say what is linked to or reposted.
Timeline = list[tuple[datetime, dict[str, Any]]]

OUT = Path(__file__).with_name("first-request.json")
LOOKALIKE_SITE = "the-herald.example.net"
_START = datetime(2024, 5, 13, 6, tzinfo=UTC)
_OBSERVED = datetime(2024, 5, 16, 12, tzinfo=UTC)
_DAYS, _DAY_MINUTES = 3, 15 * 60
_ORDINARY, _COORDINATED = 35, 5
_NEWS_PAGES, _POPULAR_POSTS = 30, 24
_LINKS, _REPOSTS, _OWN_POSTS = (3, 6), (1, 4), (3, 7)  # of an account, from and to
_CAMPAIGN_PAGES, _CAMPAIGN_REPOSTS, _LARGEST_DELAY_S = 5, 3, 25
_TOPICS = ("the ferry", "my garden", "the match", "this recipe", "the library", "the rain", "an old song")
_OPENINGS = ("Thinking about", "Enough of", "Happy with", "Reading on", "Notes on", "Once more", "A word on")
_ENDINGS = ("today", "again", "at last", "this morning", "with friends", "on the way home", "as every year")
_COLOURS = ("amber", "blue", "coral", "dusky", "grey", "ivory", "olive", "silver")
_BIRDS = ("finch", "heron", "lark", "plover", "raven")
_HANDLES = ("{0}_{1}", "{1}_{0}", "{0}{1}", "{1}{2}", "the_{0}_{1}", "{0}.{1}{2}", "{1}_{2}", "{0}{1}{2}")


def first_request() -> dict[str, Any]:
    """Return the request; each call returns the same."""
    rng = random.Random(7)  # noqa: S311 - reproducible synthetic data
    timelines = [_ordinary(rng) for _ in range(_ORDINARY)] + _coordinated(rng)
    rng.shuffle(timelines)
    handles = [
        rng.choice(_HANDLES).format(colour, bird, rng.randint(1, 99))
        for colour in _COLOURS
        for bird in _BIRDS
    ]
    rng.shuffle(handles)
    accounts = [
        _account(rng, str(number), handle, timeline)
        for number, (handle, timeline) in enumerate(zip(handles, timelines, strict=True), start=101)
    ]
    return {"language": "en", "targets": ["coordinated"], "top_reasons": 2, "accounts": accounts}


def _ordinary(rng: random.Random) -> Timeline:
    pages = rng.sample(range(_NEWS_PAGES), rng.randint(*_LINKS))
    popular = rng.sample(range(_POPULAR_POSTS), rng.randint(*_REPOSTS))
    links = [(_any_time(rng), _link(f"news.example.com/{page}")) for page in pages]
    return links + [(_any_time(rng), _repost(post)) for post in popular] + _own_posts(rng)


def _coordinated(rng: random.Random) -> list[Timeline]:
    objects = [_link(f"{LOOKALIKE_SITE}/story-{page}") for page in range(1, _CAMPAIGN_PAGES + 1)]
    objects += [_repost(post) for post in rng.sample(range(_POPULAR_POSTS), _CAMPAIGN_REPOSTS)]
    plan = [(_any_time(rng, day=number % _DAYS), fields) for number, fields in enumerate(objects)]
    return [
        [(time + timedelta(seconds=rng.randint(0, _LARGEST_DELAY_S)), fields) for time, fields in plan]
        + _own_posts(rng)
        for _ in range(_COORDINATED)
    ]


def _own_posts(rng: random.Random) -> Timeline:
    return [(_any_time(rng), {}) for _ in range(rng.randint(*_OWN_POSTS))]


def _link(page: str) -> dict[str, Any]:
    return {"kind": "original", "urls": [f"https://{page}"]}


def _repost(post: int) -> dict[str, Any]:
    return {"kind": "repost", "target_post_id": f"popular-{post}", "target_account_id": f"author-{post}"}


def _any_time(rng: random.Random, day: int | None = None) -> datetime:
    """Return a moment of waking hours, on the day given or on any."""
    day = rng.randrange(_DAYS) if day is None else day
    return _START + timedelta(days=day, minutes=rng.randrange(_DAY_MINUTES), seconds=rng.randrange(60))


def _account(rng: random.Random, account_id: str, handle: str, timeline: Timeline) -> dict[str, Any]:
    posts = [
        {"post_id": f"{account_id}-{number}", "created_at": _text(time), **fields, "text": _sentence(rng)}
        for number, (time, fields) in enumerate(sorted(timeline, key=lambda post: post[0]), start=1)
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
