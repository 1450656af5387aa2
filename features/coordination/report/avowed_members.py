"""Members of a body, a trade or a movement that say so in their profiles: a parliamentary group, a union, the staff of a company.

They have one source for what they publish, and their biographies are alike because they say the same of themselves. So likeness of
biographies is no sign here that accounts were made for something. What an analyst sees of such members:

- A third of the biographies or more hold one word that hardly anybody else's does, unless all who were collected are of the body;
  or half of the biographies and of the handles do, as those of fans. Most of the biographies that are alike hold it.
- They were there before: between the first quarter of the accounts to be created and the last lies a year or more.
- They have a life: the median member publishes a good part of its posts apart from the others. An album or an election brings some of
  them onto the platform in one month. These are fewer than half, and most of them have such a life too.

Accounts made for a campaign come from a batch, or do nothing else. One that buys accounts of many years and has them publish other
things too looks the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report import biography_words, common_word
from vigie.features.coordination.report.applications import ASIDE
from vigie.features.coordination.report.biography_words import BiographyWord
from vigie.features.coordination.traces import DAY
from vigie.features.group_test.trait_tests import Measurement
from vigie.features.group_test.types import Trait

# Traits of profiles that members who say what they are may have in common.
EXPLAINED: tuple[Trait, ...] = ("shared_biographies", "shared_pictures", "creation_bursts", "creation_chains")
_OF_CREATION: tuple[Trait, ...] = ("creation_bursts", "creation_chains")
# Words that are named, at most.
_NAMED = 3
# Share of the biographies that are alike and hold one of the words, more than; of the accounts created together that have a life;
# and share of the members that these are, at most.
_MOSTLY = 0.5
# Share of the handles and of the biographies that hold one word of four letters or more, at least.
_IN_HANDLES, _SHORT = 0.5, 4
# Days between the creation of the first quarter of the accounts and of the last, and share of the creations that are known, at least.
_APART, _KNOWN = 365, 0.5


@dataclass(frozen=True)
class AvowedMembers:
    """What accounts say that they are, and what else is known of them.

    Attributes:
        words: The words that most biographies hold, as most spell them; three at most.
        named: Share of the biographies that hold the first.
        naming: ``row`` of the accounts whose biography holds one of them.
        accounts: Members.
        living: ``row`` of the accounts that publish a good part of their posts apart from the others.
        others: Share of its posts that the median account publishes apart from the others.
        days: Days between the creation of the first quarter of the accounts and of the last; None where half of them are not known.
    """

    words: tuple[str, ...]
    named: float
    naming: frozenset[int]
    accounts: int
    living: frozenset[int]
    others: float
    days: int | None

    @property
    def have_lives(self) -> bool:
        """Whether the accounts were created years apart, and publish other things too."""
        return self.others >= 1 - ASIDE and self.days is not None and self.days >= _APART

    def explains(self, alike: Collection[Measurement]) -> bool:
        """Return whether what is alike in the profiles of the members is explained.

        Args:
            alike: The traits in which they are more alike than others.
        """
        return self.have_lives and all(self._explains(each) for each in alike)

    def _explains(self, alike: Measurement) -> bool:
        rows = set(alike.rows)
        if alike.trait in _OF_CREATION:
            few = len(rows) <= _MOSTLY * self.accounts
            return few and len(rows & self.living) > _MOSTLY * len(rows)
        return alike.trait in EXPLAINED and (alike.trait != "shared_biographies" or self.explain(rows))

    def explain(self, alike: Iterable[int]) -> bool:
        """Return whether most accounts whose biographies are alike, by ``row``, name what they are."""
        rows = set(alike)
        return len(rows & self.naming) > _MOSTLY * len(rows)


def of(
    members: pl.DataFrame, published: pl.DataFrame, accounts: pl.DataFrame, posts: pl.DataFrame
) -> AvowedMembers | None:
    """Return what the members of a campaign say that they are; None where their biographies name nothing in common.

    Args:
        members: ``row``, ``handle``, ``description`` and ``created_at`` of the members.
        published: ``account`` and ``post`` (number) of their posts that hold its contents.
        accounts: All accounts: ``row`` and ``description``.
        posts: All posts: ``row`` of the author.
    """
    candidates = (*biography_words.shared(members), *_in_handles(members))
    if not candidates:
        return None
    rows = members["row"].cast(pl.Int64)
    others = accounts.filter(~pl.col("row").cast(pl.Int64).is_in(rows.implode()))
    named = [each for each in candidates if _is_of_these(each.word, others)][:_NAMED]
    if not named:
        return None
    said = biography_words.plain("description")
    naming = members.filter(pl.any_horizontal(biography_words.holds(said, each.word) for each in named))[
        "row"
    ]
    apart = _apart(rows, published, posts)
    return AvowedMembers(
        words=tuple(each.spelt for each in named),
        named=named[0].share,
        naming=frozenset(naming.to_list()),
        accounts=members.height,
        living=frozenset(apart.filter(pl.col("others") >= 1 - ASIDE)["account"].to_list()),
        others=float(apart.select(pl.col("others").median()).item()),
        days=_days(members["created_at"]),
    )


def _is_of_these(word: str, others: pl.DataFrame) -> bool:
    """Return whether hardly any other account names a word, or as many as where all who were collected are of one body."""
    share = biography_words.share_among(word, others)
    return share is None or not biography_words.USUAL < share < biography_words.SHARED


def _in_handles(members: pl.DataFrame) -> list[BiographyWord]:
    """Return the word that most handles share, where half of the handles and of the biographies hold it."""
    word = common_word.by_group(members.with_columns(group=0)).get(0)
    if word is None or len(word.word) < _SHORT or min(word.share, word.named) < _IN_HANDLES:
        return []
    return [BiographyWord(word.word, word.word, word.named)]


def _apart(rows: pl.Series, published: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Return the share of its posts that each member publishes apart from the others; arguments as :func:`of`.

    Returns:
        ``account``, ``others``.
    """
    of_campaign = published.lazy().group_by("account").agg(held=pl.col("post").n_unique())
    return (
        posts.lazy()
        .select(account=pl.col("row").cast(pl.Int64))
        .filter(pl.col("account").is_in(rows.implode()))
        .group_by("account")
        .len()
        .join(of_campaign, on="account")
        .select("account", others=1 - pl.col("held") / pl.col("len"))
        .collect()
    )


def _days(created: pl.Series) -> int | None:
    """Return the days between the creation of the first quarter of accounts and of the last; None where too few are known."""
    known = created.drop_nulls().dt.epoch("s")
    if not len(created) or len(known) < _KNOWN * len(created):
        return None
    first, last = (known.quantile(end, "linear") for end in (0.25, 0.75))
    return None if first is None or last is None else int((last - first) // DAY)
