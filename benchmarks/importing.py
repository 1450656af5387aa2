"""What an import costs: CPU and memory by size of the files, and a day added to many against all at once.

Pages of the X API v2 are invented, imported in a process of their own, and removed. Prints one line a figure::

    python benchmarks/importing.py --megabytes 60 350 2000 --days 100
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scoring import measure

_POSTS, _ACCOUNTS, _WORDS = 100, 20_000, [f"mot{number}" for number in range(3_000)]
_FIRST_ID = 1_780_000_000_000_000_000


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=int, nargs="*", default=[60], help="sizes of the files")
    parser.add_argument(
        "--days", type=int, default=20, help="days in the dataset before the last one is added"
    )
    asked = parser.parse_args()
    start = measure("import", "--help").cpu
    print(f"start of the command: {start:.2f} CPU s, taken off below")
    with tempfile.TemporaryDirectory() as scratch:
        for size in asked.megabytes:
            _of_size(size, Path(scratch), start)
        if asked.days:
            _of_days(asked.days, Path(scratch), start)


def _of_size(megabytes: int, folder: Path, start: float) -> None:
    file = folder / "pages.jsonl"
    rng = np.random.default_rng(1)
    posts = 0
    with file.open("w", encoding="utf-8") as out:
        while out.tell() < megabytes * 1_000_000:
            out.write(_page(rng, posts // 86_400, posts))
            posts += _POSTS
    cost = measure("import", "x-api-v2", str(file), "--out", str(folder / "made"), "--replace")
    print(
        f"{megabytes:,} MB of pages, {posts:,} posts: {(cost.cpu - start) / posts * 1_000:.3f} CPU s per 1,000 posts, "
        f"peak {cost.peak / 1e6:,.0f} MB, {megabytes / (cost.cpu - start):.0f} MB a CPU second"
    )


def _of_days(days: int, folder: Path, start: float) -> None:
    rng = np.random.default_rng(2)
    files: list[Path] = []
    for day in range(days + 1):
        files.append(folder / f"day{day:03}.jsonl")
        pages = (_page(rng, day, (day * 50 + number) * _POSTS) for number in range(50))
        files[-1].write_text("".join(pages), encoding="utf-8")
    before = [str(file) for file in files[:-1]]
    whole = measure("import", "x-api-v2", *before, str(files[-1]), "--out", str(folder / "whole")).cpu - start
    measure("import", "x-api-v2", *before, "--out", str(folder / "grown"))
    added = (
        measure("import", "x-api-v2", str(files[-1]), "--out", str(folder / "grown"), "--append").cpu - start
    )
    alone = measure("import", "x-api-v2", str(files[-1]), "--out", str(folder / "alone")).cpu - start
    print(
        f"one day of 5,000 posts: alone {alone:.2f} CPU s, added to {days} days {added:.2f}, "
        f"all {days + 1} days at once {whole:.2f}: adding costs {added / whole:.1%} of that"
    )


def _page(rng: np.random.Generator, day: int, first: int) -> str:
    """Return a page as twarc writes it, one line: a third of its posts are reposts, each author with a profile."""
    posts = [_post(rng, first + number, day) for number in range(_POSTS)]
    authors = sorted({str(post["author_id"]) for post in posts})
    seen = {
        "url": "https://api.example.org/2/tweets",
        "version": "2.14",
        "retrieved_at": f"{_day(day + 1)}T00:00:00Z",
    }
    includes = {"users": [_user(author) for author in authors], "tweets": list(_originals(posts))}
    return (
        json.dumps({"data": posts, "includes": includes, "meta": {"result_count": _POSTS}, "__twarc": seen})
        + "\n"
    )


def _day(number: int) -> str:
    return f"20{10 + number // 336:02}-{1 + number // 28 % 12:02}-{1 + number % 28:02}"


def _post(rng: np.random.Generator, number: int, day: int) -> dict[str, object]:
    second = number % 86_400
    text = " ".join(rng.choice(_WORDS, 22))
    topic = {
        "id": "46",
        "name": "Business Taxonomy",
        "description": "Categories that narrow down the scope of brands",
    }
    post: dict[str, object] = {
        "id": str(_FIRST_ID + number * 4_096),
        "edit_history_tweet_ids": [str(_FIRST_ID + number * 4_096)],
        "author_id": str(10**17 + rng.integers(_ACCOUNTS)),
        "created_at": f"{_day(day)}T{second // 3_600:02}:{second // 60 % 60:02}:{second % 60:02}.000Z",
        "lang": "fr",
        "text": text,
        "possibly_sensitive": False,
        "reply_settings": "everyone",
        "context_annotations": [{"domain": topic, "entity": {"id": "1557", "name": "Sports"}}] * 2,
        "entities": {
            "hashtags": [{"start": 1, "end": 6, "tag": str(rng.choice(_WORDS))}],
            "urls": [
                {
                    "start": 90,
                    "end": 113,
                    "url": "https://t.co/abc",
                    "expanded_url": f"https://news.example.org/{rng.integers(5_000)}",
                    "display_url": "news.example.org/…",
                    "status": 200,
                }
            ],
            "mentions": [{"start": 0, "end": 5, "username": "user7", "id": str(10**17 + 7)}],
        },
        "public_metrics": {
            "retweet_count": 3,
            "reply_count": 1,
            "like_count": 8,
            "quote_count": 0,
            "bookmark_count": 0,
            "impression_count": 120,
        },
    }
    if number % 3 == 0:
        post["referenced_tweets"] = [{"type": "retweeted", "id": str(_FIRST_ID + number % 700)}]
        post["text"] = f"RT @user7: {text}"
    return post


def _originals(posts: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    for post in posts:
        match post:
            case {"referenced_tweets": [{"id": original}], "text": str(text)}:
                yield {
                    "id": original,
                    "author_id": str(10**17 + 7),
                    "created_at": "2010-01-01T00:00:00Z",
                    "text": text[11:],
                }


def _user(author: str) -> dict[str, object]:
    return {
        "id": author,
        "username": f"user{author[-5:]}",
        "name": f"User {author[-5:]}",
        "created_at": "2009-03-01T10:00:00.000Z",
        "description": "A harbour, two boats and what the tide brings",
        "location": "Brest",
        "verified": False,
        "protected": False,
        "profile_image_url": "https://pbs.example.org/profile_images/1/a_normal.jpg",
        "url": "https://t.co/x",
        "public_metrics": {
            "followers_count": 90,
            "following_count": 10,
            "tweet_count": 1_000,
            "listed_count": 1,
        },
    }


if __name__ == "__main__":
    main()
