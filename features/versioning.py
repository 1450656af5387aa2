"""Fingerprints of features: digests of the values they give, so that two versions of the code can be compared.

Every feature is computed on a fixed probe of synthetic accounts, and the digest of its values is its fingerprint. A
changed definition, a changed shared column or a library that counts differently changes the digest; a changed label
or source does not. A bundle stores the fingerprints it was trained with and
refuses to score where they differ.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache

import polars as pl

from vigie.features import schema
from vigie.features.pipeline import FEATURES, compute
from vigie.features.window.windows import WINDOW_FEATURES, measure

_OBSERVED = datetime(2024, 5, 16, 12, tzinfo=UTC)
_PHRASES = (
    "The harbour market opens at dawn, bring the children!",
    "RT @north_wind: the ferry was late AGAIN...",
    "@anna thank you, see you on Sunday?",
    "Le marché du port ouvre à l'aube #port #Marché https://www.example.org/a?utm_source=x",
    "Рынок в порту открывается на рассвете 😀",
    "سوق الميناء يفتح عند الفجر",
    "12 offers left, click https://bit.ly/abc #deal",
    "47 offers left, click https://bit.ly/xyz #deal",
    "",
)
# Digits of the probe's values that enter the digest: enough to see a change of definition, few enough
# that the last bits of another processor do not.
_DIGITS = 8


def _probe() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return six synthetic accounts and their posts, by arithmetic alone."""
    accounts, posts = [], []
    for row in range(6):
        bare = row == 5
        accounts.append(
            {
                "row": row,
                "platform": "x",
                "account_id": str(row),
                "handle": None
                if bare
                else ("anna_port", "xkqzvw84312907", "NewsPort24", "АннаПорт", "a")[row],
                "display_name": None if bare else ("Anna Port", "xk", "NEWS 24 😀", "Анна Порт", "")[row],
                "description": None
                if bare
                else ("Mother. Sailor. #port", "", "See https://example.org @anna", "ok", "z")[row],
                "location": None if bare else ("Brest", "", "\u200b", "Одеса", "x")[row],
                "url": None if row % 2 else "https://example.org",
                "created_at": None if bare else _OBSERVED - timedelta(days=3 + 400 * row, hours=row),
                "observed_at": _OBSERVED,
                "followers_count": None if bare else 10**row,
                "following_count": None if bare else 7 * row + 1,
                "posts_count": None if bare else 50 * row,
                "likes_given_count": None if bare else 90 - row,
                "listed_count": None if bare else row,
                "verified": row == 2,
                "protected": False,
                "has_profile_image": row != 1,
                "has_banner": row > 2,
            }
        )
        for index in range((60, 120, 30, 12, 4, 0)[row]):
            step = (37 * index * index + 11 * index) % (900 * (row + 1)) + (0 if row == 1 else 41 * index)
            minutes = 30 * index if row == 2 else step
            kind = None if row < 3 else schema.KINDS[index % 4]
            seconds = 0 if row == 1 else (17 * index) % 60
            when = _OBSERVED - timedelta(minutes=minutes + 1, seconds=seconds)
            posts.append(
                {
                    "row": row,
                    "post_id": f"{row}-{index}",
                    "created_at": when,
                    "kind": kind,
                    "text": _PHRASES[(index * (row + 1)) % len(_PHRASES)],
                    "lang": ("en", "fr", None)[index % 3],
                    "target_account_id": str(index % 3) if kind in ("repost", "reply") else None,
                    "target_created_at": when - timedelta(seconds=13 * index) if kind == "repost" else None,
                    "media_hashes": ["ff00"] * (index % 2) if row != 1 else None,
                    "like_count": None if row == 1 else (index * 5) % 17,
                    "repost_count": index % 4,
                    "reply_count": index % 3,
                    "view_count": 100 + index if row == 0 else None,
                }
            )
    columns = {
        name: schema.schema("posts")[name]
        for name in schema.schema("posts").names()[1:]
        if name != "account_id"
    }
    return (
        pl.DataFrame(accounts, schema={"row": pl.UInt32, **schema.schema("accounts")}),
        pl.DataFrame(posts, schema={"row": pl.UInt32, **columns}),
    )


def _group_probe() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return 24 synthetic accounts, three of which act together, and their posts, by arithmetic alone."""
    size, turns = 24, 40
    accounts = schema.conform(
        pl.DataFrame(
            {
                "platform": "x",
                "account_id": [f"{row}" for row in range(size)],
                "observed_at": [_OBSERVED] * size,
            }
        ),
        "accounts",
    ).with_row_index("row")
    posts = []
    for row in range(size):
        for turn in range(turns):
            # The three meet on most turns; everybody is elsewhere on the others.
            together = row < 3 and turn % 8 < 5 + row
            thing = turn if together else (53 * turn + 97 * row * row) % 500
            minutes = 95 * turn if together else (37 * turn * (row + 3) + 211 * row) % 4_000 // (1 + row % 5)
            kind = schema.KINDS[thing % 4]
            posts.append(
                {
                    "platform": "x",
                    "account_id": f"{row}",
                    "post_id": f"{row}-{turn}",
                    "created_at": _OBSERVED
                    - timedelta(minutes=minutes + 1, seconds=(7 + turn % 2 * 9) * row),
                    "kind": kind,
                    "text": f"{_PHRASES[thing % 5]} {_PHRASES[thing // 5 % 6]} {chr(97 + thing % 26) * 9} {chr(97 + thing // 26) * 9}",
                    "target_post_id": f"of-{thing}" if kind != "original" else None,
                    "target_account_id": f"author-{thing % 7}" if kind != "original" else None,
                    "hashtags": [f"tag{thing}"] if thing % 3 == 0 else [],
                    "mentions": [f"person{thing}"] if thing % 3 == 1 else [],
                    "urls": [f"https://pages.example/{thing}"] if thing % 5 == 0 else [],
                }
            )
    written = schema.conform(pl.DataFrame(posts), "posts")
    keys = ["platform", "account_id"]
    return accounts, written.join(accounts.select("row", *keys), on=keys, maintain_order="left").drop(keys)


@cache
def fingerprints() -> dict[str, str]:
    """Return one short digest per feature of the catalogue."""
    alone = compute(*_probe()).table
    end = int(_OBSERVED.timestamp()) + 1
    of_window = measure(*_group_probe(), 0, end).matrix.table
    tables = ((FEATURES, alone), (WINDOW_FEATURES, of_window))
    return {name: _digest(table[name]) for names, table in tables for name in names}


def _digest(values: pl.Series) -> str:
    """Return the digest of what a feature gives on a probe."""
    written = ",".join("" if value is None else f"{value:.{_DIGITS}g}" for value in values.to_list())
    return hashlib.sha256(written.encode()).hexdigest()[:12]


def feature_set(names: tuple[str, ...] | list[str]) -> str:
    """Return the digest of a list of features, in order: names and what they give.

    Raises:
        KeyError: A name is not in the catalogue.
    """
    known = fingerprints()
    return hashlib.sha256("\n".join(f"{name} {known[name]}" for name in names).encode()).hexdigest()[:16]
