"""Members of a body, a trade or a movement that say so in their profiles: a parliamentary group, a union, the staff of a company.

They have one source for what they publish, and their biographies are alike because they say the same of themselves. So likeness of
biographies is no sign here that accounts were made for something. What an analyst sees of such members:

- A third of the biographies or more hold one word that hardly anybody else's does, unless all who were collected are of the body.
  Most of the biographies that are alike hold it.
- They were there before: between the first quarter of the accounts to be created and the last lies a year or more.
- They have a life: the median member publishes a good part of its posts apart from the others.

Accounts made for a campaign come from a batch, or do nothing else. One that buys accounts of many years and has them publish other
things too looks the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report import biography_words
from vigie.features.coordination.report.applications import ASIDE
from vigie.features.coordination.report.common_word import folded, parted
from vigie.features.coordination.traces import DAY
from vigie.features.group_test.types import Trait

# Traits of profiles that members who say what they are may have in common.
EXPLAINED: tuple[Trait, ...] = ("shared_biographies", "shared_pictures")
# Words that are named, at most.
_NAMED = 3
# Share of the biographies that are alike and hold one of the words, more than.
_MOSTLY = 0.5
# Days between the creation of the first quarter of the accounts and of the last, and share of the creations that are known, at least.
_APART, _KNOWN = 365, 0.5


@dataclass(frozen=True)
class AvowedMembers:
    """What accounts say that they are, and what else is known of them.

    Attributes:
        words: The words that most biographies hold, as most spell them; three at most.
        named: Share of the biographies that hold the first.
        naming: ``row`` of the accounts whose biography holds one of them.
        others: Share of its posts that the median account publishes apart from the others.
        days: Days between the creation of the first quarter of the accounts and of the last; None where half of them are not known.
    """

    words: tuple[str, ...]
    named: float
    naming: frozenset[int]
    others: float
    days: int | None

    @property
    def have_lives(self) -> bool:
        """Whether the accounts were created years apart, and publish other things too."""
        return self.others >= 1 - ASIDE and self.days is not None and self.days >= _APART

    def explain(self, alike: Iterable[int]) -> bool:
        """Return whether most accounts whose biographies are alike, by ``row``, name what they are."""
        rows = set(alike)
        return len(rows & self.naming) > _MOSTLY * len(rows)


def of(
    members: pl.DataFrame, published: pl.DataFrame, accounts: pl.DataFrame, posts: pl.DataFrame
) -> AvowedMembers | None:
    """Return what the members of a campaign say that they are; None where their biographies name nothing in common.

    Args:
        members: ``row``, ``description`` and ``created_at`` of the members.
        published: ``account`` and ``post`` (number) of their posts that hold its contents.
        accounts: All accounts: ``row`` and ``description``.
        posts: All posts: ``row`` of the author.
    """
    candidates = biography_words.shared(members)
    if not candidates:
        return None
    rows = members["row"].cast(pl.Int64)
    others = accounts.filter(~pl.col("row").cast(pl.Int64).is_in(rows.implode()))
    named = [each for each in candidates if _is_of_these(each.word, others)][:_NAMED]
    if not named:
        return None
    said = folded(parted("description"))
    naming = members.filter(pl.any_horizontal(biography_words.holds(said, each.word) for each in named))[
        "row"
    ]
    return AvowedMembers(
        words=tuple(each.spelt for each in named),
        named=named[0].share,
        naming=frozenset(naming.to_list()),
        others=_others(rows, published, posts),
        days=_days(members["created_at"]),
    )


def _is_of_these(word: str, others: pl.DataFrame) -> bool:
    """Return whether hardly any other account names a word, or as many as where all who were collected are of one body."""
    share = biography_words.share_among(word, others)
    return share is None or not biography_words.USUAL < share < biography_words.SHARED


def _others(rows: pl.Series, published: pl.DataFrame, posts: pl.DataFrame) -> float:
    """Return the share of its posts that the median member publishes apart from the others; arguments as :func:`of`."""
    of_campaign = published.lazy().group_by("account").agg(held=pl.col("post").n_unique())
    return float(
        posts.lazy()
        .select(account=pl.col("row").cast(pl.Int64))
        .filter(pl.col("account").is_in(rows.implode()))
        .group_by("account")
        .len()
        .join(of_campaign, on="account")
        .select((1 - pl.col("held") / pl.col("len")).median())
        .collect()
        .item()
    )


def _days(created: pl.Series) -> int | None:
    """Return the days between the creation of the first quarter of accounts and of the last; None where too few are known."""
    known = created.drop_nulls().dt.epoch("s")
    if not len(created) or len(known) < _KNOWN * len(created):
        return None
    first, last = (known.quantile(end, "linear") for end in (0.25, 0.75))
    return None if first is None or last is None else int((last - first) // DAY)
