"""What members of a campaign do that ordinary people do not, beside sharing its contents.

Each is found in a module of its own, which says how often ordinary people do so.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import batches, disguise, reworded
from vigie.features.coordination.report.batches import Batches
from vigie.features.i18n import Message, message

# Share of the members that lead to a site with the words of others, at least.
_MOSTLY = 0.5


@dataclass(frozen=True)
class BeyondPeople:
    """Members that do what ordinary people do not; each set is empty where too few do.

    Attributes:
        disguising: Members that swap letters of what most publish plainly (:mod:`vigie.features.coordination.report.disguise`).
        rewording: Members that change words in it (:mod:`vigie.features.coordination.report.reworded`).
        borrowing: Members that lead to a site with the words of others (:mod:`vigie.features.coordination.borrowed_words`).
        made: Batches in which the members were created, of a campaign founded on their creation; None for the others.
    """

    disguising: frozenset[int] = frozenset()
    rewording: frozenset[int] = frozenset()
    borrowing: frozenset[int] = frozenset()
    made: Batches | None = None

    @classmethod
    def of(
        cls,
        published: pl.DataFrame,
        members: pl.DataFrame,
        others: pl.DataFrame,
        compared: Comparison,
        *,
        is_given: bool,
    ) -> BeyondPeople:
        """Return what the members of a campaign do.

        Args:
            published: Posts of the campaign, as :func:`vigie.features.coordination.report.shared_posts.of_campaigns` returns them.
            members: ``account``, ``created_together`` and the contract columns of its members.
            others: Contract columns of the accounts that are of no campaign and no group.
            compared: The comparison.
            is_given: Whether something ordinary gives the members what they share: who speaks as they hear it rewords it.
        """
        return cls(
            disguising=disguise.beyond_people(published, members.height),
            rewording=frozenset()
            if is_given
            else reworded.beyond_people(_texts(published, compared), members.height),
            borrowing=_borrowing(published, members, compared),
            made=batches.of(members, others) if members["created_together"].all() else None,
        )

    def said(self, copiers: frozenset[int], accounts: int) -> list[Message]:
        """Return it in words.

        Args:
            copiers: Accounts that are no members after all.
            accounts: Members.
        """
        each = {"disguised": self.disguising, "reworded": self.rewording, "borrowed": self.borrowing}
        found = [
            message(f"coordination.{name}", count=len(some - copiers), accounts=accounts)
            for name, some in each.items()
            if some - copiers
        ]
        if self.made is not None:
            days = message("group_test.days", count=self.made.days)
            found.append(
                message("coordination.batches", count=self.made.accounts, batches=self.made.count, days=days)
            )
        return found


def _texts(published: pl.DataFrame, compared: Comparison) -> pl.DataFrame:
    """Return the posts with a text that others published too or nearly, each with that as its ``object``."""
    is_text = (pl.col("trace") == "text_duplicate") & pl.col("post").is_in(published["post"].implode())
    held = compared.network.published.filter(is_text)
    return held.with_columns(text=compared.posts["text"].gather(held["post"]))


def _borrowing(published: pl.DataFrame, members: pl.DataFrame, compared: Comparison) -> frozenset[int]:
    """Return the members that lead to a site with the words of others, none unless most do."""
    # What they share are pages then.
    if 2 * (published["trace"] == "co_url").sum() <= published.height:
        return frozenset()
    found = compared.campaigns.borrowers & frozenset(members["account"].to_list())
    return found if len(found) >= _MOSTLY * members.height else frozenset()
