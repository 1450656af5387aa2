"""Applications that publish for their users and can be told by the client that signs the posts: a verse at seven sharp, a result.

Such posts appear within the same seconds, and leave hardly a life beside them where people post little else. What tells them from
those of a campaign:

- One client publishes what is shared, and hardly anything else of the same accounts.
- Its name stands in each post, as a hashtag or otherwise. Or, where it is not named, what it publishes is of one day, at an hour that
  each account keeps, under one hashtag at most, beside a life by other clients.
- Nobody is addressed.

A campaign that publishes by a client of its own and signs with its name, or keeps to what an application does and has its accounts
publish other things by other clients, looks the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report.applications import ADDRESSED, OF_ONE_SITE, OF_THE_OTHERS
from vigie.features.coordination.report.occasions import WITHIN, Occasion
from vigie.features.coordination.report.shared_posts import SharedActs, beyond_one, names

# Letters and digits of the name of a client, at least, from which a post that holds them names it.
_NAME = 4


@dataclass(frozen=True)
class Signature:
    """Which client published what the members of a group share.

    Attributes:
        client: The client that published most of it.
        share: Share of the shared posts that it published.
        elsewhere: Share of the other posts of the members that it did; None where there are none.
        named: Share of the shared posts that hold its name.
        addressed: Share of the shared posts with a mention, or an author that they answer, quote or repost.
        tagged: Share of the shared posts with a hashtag beside the one that most have.
        occasion: When they were published.
    """

    client: str
    share: float
    elsewhere: float | None
    named: float
    addressed: float
    tagged: float
    occasion: Occasion

    @property
    def is_of_an_application(self) -> bool:
        """Whether an application published what is shared, and signs it."""
        alone = self.share >= OF_ONE_SITE and (self.elsewhere or 0.0) <= OF_THE_OTHERS
        return alone and self.addressed <= ADDRESSED and (self.is_named or self._is_of_the_day)

    @property
    def is_named(self) -> bool:
        """Whether the shared posts hold the name of the client."""
        return self.named >= OF_ONE_SITE

    @property
    def _is_of_the_day(self) -> bool:
        of_day = self.occasion.is_at_hours and self.occasion.dated >= WITHIN
        return of_day and self.tagged <= ADDRESSED and self.elsewhere is not None


def by_group(posts: pl.DataFrame, shared: SharedActs, moments: dict[int, Occasion]) -> dict[int, Signature]:
    """Return which client published what the members of each group share; groups without a known client or time are left out.

    Args:
        posts: Their posts: contract columns, ``group`` and ``post`` (number).
        shared: What they share.
        moments: When each group published it, as :func:`.occasions.by_group` returns it.
    """
    held = shared.told
    if held["client"].null_count() == held.height:
        return {}
    most = (
        held.lazy()
        .drop_nulls("client")
        .group_by("group", "client")
        .len()
        .sort("group", "len", "client", descending=[False, True, False])
        .unique("group", keep="first", maintain_order=True)
        .select("group", main="client")
        .collect()
    )
    spelt = {client: _name(client) for client in most["main"].unique()}
    by_it = (pl.col("client") == pl.col("main")).fill_null(value=False)
    tags = pl.col("hashtags").list.eval(pl.element().str.to_lowercase())
    tagged = beyond_one(held.select("group", "post", thing=tags), pl.col("thing"))
    others = (
        posts.lazy()
        .filter(~pl.col("post").is_in(held["post"].implode()))
        .join(most.lazy(), on="group")
        .group_by("group")
        .agg(elsewhere=by_it.mean())
    )
    each = (
        held.lazy()
        .join(most.lazy(), on="group")
        .with_columns(tagged=tagged)
        .group_by("group")
        .agg(
            pl.col("main").first(),
            pl.col("addressed", "tagged").mean(),
            share=by_it.mean(),
            named=names(pl.col("main").replace_strict(spelt, return_dtype=pl.String)).mean(),
        )
        .join(others, on="group", how="left")
        .select("group", "main", "share", "elsewhere", "named", "addressed", "tagged")
        .collect()
    )
    return {
        group: Signature(client, share, elsewhere, named, addressed, tagged, moments[group])
        for group, client, share, elsewhere, named, addressed, tagged in each.iter_rows()
        if group in moments
    }


def _name(client: str) -> str | None:
    """Return what a client is called, in small letters and digits; None where that is too short to tell."""
    name = "".join(filter(str.isalnum, client.lower()))
    return name if len(name) >= _NAME else None
