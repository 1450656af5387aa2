"""Invented posts for tests of what accounts publish: floods, people with memes, texts of one template."""

from __future__ import annotations

import numpy as np
import polars as pl

from vigie.features.similarity import near_duplicate_text
from vigie.features.similarity.near_duplicate_text import SimilarTexts

SCHEMA = {
    "trace": pl.String, "account": pl.Int64, "object": pl.String, "time": pl.Int64, "post": pl.Int64, "author": pl.Int64,
}  # fmt: skip


def events(published: list[tuple[int, str]], trace: str = "media_duplicate") -> pl.DataFrame:
    rows = [
        {
            "trace": trace,
            "account": account,
            "object": thing,
            "time": 1_000 * post,
            "post": post,
            "author": None,
        }
        for post, (account, thing) in enumerate(published)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def crowd(first: int, count: int, posts: int = 6) -> list[tuple[int, str]]:
    return [
        (account, f"own-{account}-{each}") for account in range(first, first + count) for each in range(posts)
    ]


def flood(members: int, contents: int = 12, each: int = 4) -> list[tuple[int, str]]:
    rng = np.random.default_rng(5)
    return [
        (account, f"picture-{thing}")
        for account in range(members)
        for thing in rng.choice(contents, each, replace=False)
    ] + [(account, f"alone-{account}") for account in range(members)]


def kit(members: int = 12) -> list[tuple[int, str]]:
    """Return accounts that publish material of their own, three contents each."""
    material = [(5_000 + account, f"kit-{account + each}") for account in range(members) for each in range(3)]
    return material + crowd(5_000, members, posts=5)


def memes(first: int, people: int, contents: int, posts: int = 6) -> list[tuple[int, str]]:
    """Return people who each pass on some of a few contents beside posts of their own."""
    rng = np.random.default_rng(8)
    passed_on = [
        (account, f"meme-{thing}")
        for account in range(first, first + people)
        for thing in rng.choice(contents, 2, replace=False)
    ]
    return passed_on + crowd(first, people, posts - 2)


def worded(members: int, templates: int, each: int = 3) -> tuple[pl.DataFrame, SimilarTexts]:
    """Return accounts that fill some of a few templates with words of their own, and their texts compared."""
    rng = np.random.default_rng(6)

    def some(count: int) -> str:
        return " ".join("".join(rng.choice(list("abdegklmnorstu"), 6)) for _ in range(count))

    clauses = [(some(7), some(6)) for _ in range(templates)]
    said = [
        (account, f"{some(5)} {first} {some(4)} {second}")
        for account in range(members)
        for first, second in (clauses[thing] for thing in rng.choice(templates, each, replace=False))
    ]
    texts = near_duplicate_text.similar(pl.Series([text for _, text in said]))
    clusters = texts.clusters(pl.Series([text for _, text in said]))
    return events(
        [(account, str(cluster)) for (account, _), cluster in zip(said, clusters, strict=True)],
        "text_duplicate",
    ), texts


def posts_of(published: list[tuple[int, dict[str, str]]]) -> pl.DataFrame:
    """Return posts of accounts, each with what it holds by trace."""
    rows = [
        (trace, account, thing, 1_000 * post, post, None)
        for post, (account, held) in enumerate(published)
        for trace, thing in held.items()
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
