"""Invented accounts and posts whose truth is known, for tests and for the demonstration.

Nobody here exists: names are built from syllables, links end in ``.example`` or ``example.org``, texts are
words in an order that means nothing. What is imitated is conduct: who posts when, in which bursts, to whom,
how alike, with how much echo. Each account follows a :class:`Persona`; some of them borrow part of the
conduct of a persona of the other side, so that no threshold separates the two. A model must not be judged
on this world, only the code that fits, scores and shows one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import polars as pl

from vigie.features import schema
from vigie.training.synthetic import account_posts
from vigie.training.synthetic.account_posts import times
from vigie.training.synthetic.personas import CAMPAIGNS, LANGUAGES, PERSONAS, Crowd, Flags, gather
from vigie.training.synthetic.prose import DOMAINS, EMOJIS, LATIN, Style, domain, hashes, names, write

OBSERVED_AT = datetime(2024, 5, 16, 12, tzinfo=UTC)
SOURCE = "invented"

_DAY = 86_400
_PLATFORM = "x"


@dataclass(frozen=True)
class World:
    """A synthetic world, as tables of the contract.

    Attributes:
        accounts: One row per account.
        posts: Their posts, by account and time.
        labels: The truth: one row per account.
    """

    accounts: pl.DataFrame
    posts: pl.DataFrame
    labels: pl.DataFrame


def generate(
    *,
    ordinary: int,
    inauthentic: int,
    seed: int,
    observed_at: datetime = OBSERVED_AT,
    posts_per_account: int = 120,
) -> World:
    """Return a synthetic world.

    Each persona of a side appears at least once when that side has as many accounts as personas (seven
    ordinary, five inauthentic).

    Args:
        ordinary: Accounts labelled not inauthentic.
        inauthentic: Accounts labelled inauthentic, in campaigns of about thirty.
        seed: Same seed and arguments, same tables.
        observed_at: When every account was seen, with its zone; nothing is later.
        posts_per_account: Posts of a typical account in the 60 days before; some have few, some twice it.

    Raises:
        ValueError: A count is negative, there is no account, or ``observed_at`` has no zone.

    >>> generate(ordinary=0, inauthentic=0, seed=1)
    Traceback (most recent call last):
    ValueError: no account to invent: ordinary is 0 and inauthentic is 0; ask for at least one
    """
    if min(ordinary, inauthentic, posts_per_account) < 0:
        raise ValueError(
            f"ordinary is {ordinary}, inauthentic {inauthentic}, posts_per_account {posts_per_account}; "
            "none may be negative"
        )
    if ordinary + inauthentic == 0:
        raise ValueError("no account to invent: ordinary is 0 and inauthentic is 0; ask for at least one")
    if observed_at.tzinfo is None:
        raise ValueError(f"observed_at is {observed_at}, without a zone; give it one, for example UTC")
    rng = np.random.default_rng(seed)
    crowd = gather(rng, ordinary, inauthentic)
    prefix = f"invented-{seed}"
    end = int(observed_at.timestamp())
    accounts = _accounts(rng, crowd, prefix, end)
    posts = schema.conform(account_posts.posts(rng, crowd, accounts, prefix, end, posts_per_account), "posts")
    # The platform counts at least the posts that are seen.
    accounts = accounts.join(
        posts.group_by("account_id").len(), on="account_id", how="left", maintain_order="left"
    ).with_columns(posts_count=pl.max_horizontal("posts_count", "len"))
    labels = pl.DataFrame(
        {
            "platform": _PLATFORM,
            "account_id": accounts["account_id"],
            "target": "inauthentic",
            "value": crowd.inauthentic,
            "kind": [PERSONAS[index].kind for index in crowd.persona],
            "campaign": [f"invented-{CAMPAIGNS[c]}" if c >= 0 else None for c in crowd.campaign],
            "source": SOURCE,
            "strength": "expert",
        }
    )
    return World(
        schema.conform(_forget(rng, accounts), "accounts"),
        posts,
        schema.conform(labels, "labels"),
    )


def example(seed: int = 3) -> World:
    """Return the operation of the demonstration: a campaign of eleven accounts among thirteen others."""
    return generate(ordinary=13, inauthentic=11, seed=seed, posts_per_account=80)


def _accounts(rng: np.random.Generator, crowd: Crowd, prefix: str, end: int) -> pl.DataFrame:
    """Return the accounts with every field known."""
    n, conduct = len(crowd), crowd.conduct

    def has(share: str) -> Flags:
        return rng.random(n) < conduct[share]

    # Accounts of a campaign made in one burst: within days of each other.
    burst_age = np.exp(rng.normal(np.log(120), 0.5, len(CAMPAIGNS)))[crowd.campaign] + rng.exponential(3.0, n)
    age = np.where((crowd.campaign >= 0) & has("burst"), burst_age, conduct["age_days"])
    opened = pl.select(schema.opened(pl.lit(_PLATFORM)).dt.epoch("s")).item()
    age = np.clip(age, 2.0, min(5_400.0, (end - opened) / _DAY))

    declared = np.array([p.kind == "declared automation" for p in PERSONAS])[crowd.persona]
    words = np.where(declared, 4, rng.integers(3, 13, n))
    bio = pl.DataFrame(
        {
            "text": write(rng, crowd.language, words, Style.plain(n)),
            "emoji": pl.Series(EMOJIS).gather(rng.integers(0, len(EMOJIS), n)),
            "declared": declared,
            "shown": has("bio"),
            "smiles": has("emoji"),
        }
    ).select(
        pl.when("shown").then(
            pl.concat_str(
                pl.when("declared").then(pl.lit("Automated feed of an invented newsroom.")),
                "text",
                pl.when("smiles").then("emoji"),
                separator=" ",
                ignore_nulls=True,
            )
        ).otherwise(pl.lit("")).alias("description")
    )  # fmt: skip
    first, family, shown = names(rng, crowd.language)
    handles = _handles(rng, crowd, first, family)
    towns = pl.Series([f"{name.capitalize()}ville" for name in LATIN]).gather(rng.integers(0, len(LATIN), n))
    image = has("image")
    place, site = has("place"), has("site")
    days = np.minimum(age, 3_650)
    return pl.DataFrame(
        {
            "platform": _PLATFORM,
            "account_id": [f"{prefix}-{i:06d}" for i in range(n)],
            "handle": handles,
            "display_name": shown,
            "description": bio["description"],
            "location": pl.Series(np.where(place, towns.to_numpy(), "").tolist()),
            "url": [f"https://{domain(i % DOMAINS)}/" if yes else "" for i, yes in enumerate(site)],
            "created_at": times(end - (age * _DAY).astype(np.int64)),
            "observed_at": times(np.full(n, end)),
            "followers_count": conduct["followers"].astype(np.int64),
            "following_count": np.minimum(conduct["following"], 50_000).astype(np.int64),
            "posts_count": (conduct["posts_per_day"] * days).astype(np.int64),
            "likes_given_count": (conduct["likes_per_day"] * days).astype(np.int64),
            "listed_count": rng.poisson(np.minimum(conduct["followers"], 1e7) * 0.008),
            "verified": has("verified"),
            "protected": np.zeros(n, dtype=bool),
            "has_profile_image": image,
            "has_banner": has("banner"),
            "lang": pl.Series(LANGUAGES).gather(crowd.language),
            "avatar_hash": [h if yes else None for h, yes in zip(hashes(rng, n), image, strict=True)],
        }
    )


def _handles(rng: np.random.Generator, crowd: Crowd, first: list[str], family: list[str]) -> pl.Series:
    """Return handles: a name in one of several forms, or letters and digits at random; no two alike."""
    n = len(crowd)
    at_random = rng.random(n) < crowd.conduct["random_handle"]
    digits = np.where(rng.random(n) < crowd.conduct["digits"], 10 ** rng.integers(1, 6, n), 0)
    number = rng.integers(0, 10**8, n)
    form = rng.integers(0, 4, n)
    letters = rng.choice(list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"), (n, 9))
    handles = []
    for i in range(n):
        one, two = first[i], family[i]
        if at_random[i]:
            handle = "".join(letters[i, : 5 + form[i]]) + f"{number[i]:08d}"[: 3 + form[i] + 1]
        else:
            handle = (
                f"{one}_{two}",
                f"{one.capitalize()}{two.capitalize()}",
                f"{one}{two}",
                f"{two}_{one[0]}",
            )[form[i]]
            handle += str(number[i] % digits[i]) if digits[i] else ""
        handles.append(handle)
    again = (
        pl.Series("handle", handles)
        .to_frame()
        .select(
            pl.when(pl.int_range(pl.len()).over("handle") > 0)
            .then(pl.concat_str("handle", pl.lit("_"), pl.int_range(pl.len()).over("handle")))
            .otherwise("handle")
            .alias("handle")
        )
    )
    return again["handle"]


def _forget(rng: np.random.Generator, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts as a collector has them: here and there a field it did not see."""
    unseen = {"created_at": 0.02, "followers_count": 0.02, "following_count": 0.02, "likes_given_count": 0.12,
              "listed_count": 0.12, "description": 0.04, "location": 0.06, "url": 0.08, "has_banner": 0.1,
              "verified": 0.05, "protected": 0.3, "lang": 0.3, "avatar_hash": 0.5}  # fmt: skip
    return accounts.with_columns(
        pl.when(pl.Series(rng.random(accounts.height) >= share)).then(pl.col(name)).alias(name)
        for name, share in unseen.items()
    )
