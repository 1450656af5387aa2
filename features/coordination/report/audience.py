"""Who saw and answered what accounts published: as the platform counts it, and as the collection holds it.

Counters are those of the accounts' own posts as observed last; what a platform does not give is missing, never nought.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from vigie.features import on_disk
from vigie.features.coordination.report.types import Audience, Reach
from vigie.features.coordination.targets import is_global
from vigie.features.i18n import Decimal, Language, Listing, Percent, message
from vigie.features.i18n import Message as Told

# Accounts outside that one size must have to be compared with, and the share of posts that must have a counterpart.
_LEAST, _MOSTLY = 5, 0.5
_COUNTERS = {
    "views": "view_count",
    "likes": "like_count",
    "reposts": "repost_count",
    "replies": "reply_count",
}
# What one post was answered with, all together.
_ENGAGEMENT = ("like_count", "repost_count", "reply_count")


@dataclass(frozen=True)
class Surroundings:
    """Accounts outside, by the size of their own following.

    Attributes:
        sizes: ``row`` and ``size`` of each account whose followers are known: whole powers of two.
        outside: ``size``, ``view_count``, ``engagement``: what half of the posts of accounts outside have less than.
    """

    sizes: pl.DataFrame
    outside: pl.DataFrame

    @classmethod
    def of(cls, accounts: pl.DataFrame, posts: pl.DataFrame, inside: pl.Series) -> Surroundings:
        """Return what surrounds some accounts.

        Args:
            accounts: Contract columns and ``row``.
            posts: Contract columns and ``row`` of the author.
            inside: Rows of the accounts that are no measure, such as the members of all groups.
        """
        followers = _column(accounts, "followers_count")
        sizes = accounts.select(
            pl.col("row").cast(pl.Int64), size=(followers + 1).log(2).floor().cast(pl.Int64)
        ).drop_nulls("size")
        others = sizes.filter(~pl.col("row").is_in(inside.cast(pl.Int64).implode()))
        # Posts are many, and wide.
        needed = posts.select(name for name in ("row", "kind", *_COUNTERS.values()) if name in posts.columns)
        outside = (
            on_disk.by_stretches(needed, lambda some: _counted(_own(some)).join(others, on="row"))
            .lazy()
            .group_by("size")
            .agg(
                pl.col("view_count", "engagement").median(),
                accounts=pl.col("row").n_unique(),
            )
            .filter(pl.col("accounts") >= _LEAST)
            .collect(engine="in-memory")
        )
        return cls(sizes, outside)

    def medians(self, own: pl.DataFrame) -> pl.LazyFrame:
        """Return what half of the posts of each group would have less than if accounts of like size outside had published them.

        Args:
            own: What :func:`_counted` returned of the posts, with ``group``.

        Returns:
            ``group``, ``like_views`` and ``like_engagement``: null where too few of the posts have a counterpart.
        """
        counters = {"like_views": "view_count", "like_engagement": "engagement"}
        alike = {
            name: pl.col(f"{counter}_outside").filter(pl.col(counter).is_not_null())
            for name, counter in counters.items()
        }
        matched = (
            own.lazy()
            .join(self.sizes.lazy(), on="row")
            .join(self.outside.lazy(), on="size", suffix="_outside")
            .group_by("group")
            .agg(
                **{name: posts.median() for name, posts in alike.items()},
                **{f"{name}_posts": posts.count() for name, posts in alike.items()},
            )
        )
        known = own.lazy().group_by("group").agg(pl.col(*counters.values()).count())
        enough = {
            name: pl.col(f"{name}_posts") >= _MOSTLY * pl.col(counter) for name, counter in counters.items()
        }
        return known.join(matched, on="group").select(
            "group", *(pl.when(holds).then(name).alias(name) for name, holds in enough.items())
        )


# Of accounts that have no post of their own.
NO_POST = Audience(
    median_views=None, median_engagement=None, posts=0, internal_share=None, reach=Reach(posts=0)
)


def by_group(posts: pl.DataFrame, surroundings: Surroundings | None) -> dict[int, Audience]:
    """Return what the own posts of each group reached, without a sentence; groups without any are left out.

    Args:
        posts: Their posts: contract columns, ``group`` and ``row``, with ``reactions`` and ``internal`` of :func:`reactions` where
            they were looked for.
        surroundings: Accounts outside; None: there are none to compare with.
    """
    asked = ("group", "row", "kind", "reactions", "internal", *_COUNTERS.values())
    # Posts are many, and wide.
    own = _counted(_own(posts.select(name for name in asked if name in posts.columns)))
    answered = "reactions" in own.columns
    each = (
        own.lazy()
        .group_by("group")
        .agg(
            posts=pl.len(),
            views=pl.col("view_count").median(),
            engagement=pl.col("engagement").median(),
            reactions=pl.col("reactions").sum() if answered else pl.lit(0),
            internal=pl.col("internal").sum() if answered else pl.lit(0),
            **{f"total_{name}": _total(column) for name, column in _COUNTERS.items()},
        )
    )
    if surroundings is None:
        compared = each.with_columns(like_views=None, like_engagement=None)
    else:
        compared = each.join(surroundings.medians(own), on="group", how="left")
    return {
        one["group"]: Audience(
            median_views=one["views"],
            median_engagement=one["engagement"],
            posts=one["posts"],
            internal_share=one["internal"] / one["reactions"] if one["reactions"] else None,
            reach=Reach(posts=one["posts"], **{name: one[f"total_{name}"] for name in _COUNTERS}),
            like_size_median_views=one["like_views"],
            like_size_median_engagement=one["like_engagement"],
        )
        for one in compared.collect().iter_rows(named=True)
    }


def said(found: Audience, accounts: int, language: Language) -> Audience:
    """Return an audience with its sentences in a language.

    Args:
        found: What :func:`by_group` returned of them.
        accounts: How many accounts.
        language: Language of the sentences.
    """
    sentence = " ".join(each.say(language) for each in told(found, accounts))
    return replace(found, sentence=sentence or None)


def reach(posts: pl.DataFrame) -> Reach:
    """Return what some posts have together, as the platform counts it; null where it gives none."""
    sums = {
        name: int(posts[column].sum()) if column in posts.columns and posts[column].count() else None
        for name, column in _COUNTERS.items()
    }
    return Reach(posts=posts.height, **sums)


def counters(posts: pl.DataFrame) -> pl.DataFrame:
    """Return what :func:`reach` reads of some posts: posts are many, and wide."""
    return posts.select("row", *(name for name in _COUNTERS.values() if name in posts.columns))


def told(found: Audience, accounts: int) -> Iterator[Told]:
    """Yield sentences on an audience; none where the platform counts nothing."""
    total = found.reach
    if total is None or not total.posts or (found.median_views is None and found.median_engagement is None):
        return
    counts = [("accounts", accounts), ("posts", total.posts)]
    counts += [(name, count) for name in _COUNTERS if (count := getattr(total, name)) is not None]
    yield message(
        "coordination.audience",
        counts=Listing(
            tuple(message(f"coordination.audience.{name}", count=count) for name, count in counts)
        ),
    )
    if found.median_views is not None:
        yield message("coordination.audience.half_views", count=Decimal(found.median_views, 0))
        like = found.like_size_median_views
    else:
        yield message("coordination.audience.half_engagement", count=Decimal(found.median_engagement or 0, 0))
        like = found.like_size_median_engagement
    if like is not None:
        yield message("coordination.audience.like_size", count=Decimal(like, 0))
    if found.internal_share is not None:
        yield message("coordination.audience.internal", share=Percent(found.internal_share))


def reactions(posts: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the reactions to each post that members of a group made, and those of its author's own group.

    Args:
        posts: Contract columns and ``row``.
        groups: ``account`` and ``group``.

    Returns:
        ``post_id``, ``reactions`` (reposts, replies and quotes of it in the corpus) and ``internal`` (of these, by
        accounts of the group of its author).
    """
    home = groups.lazy().select(pl.col("account").alias("row"), "group")
    named = "account_id" in posts.columns and "target_account_id" in posts.columns
    author = (
        posts.lazy()
        .select(
            "post_id",
            pl.col("row").cast(pl.Int64),
            of=pl.col("account_id") if named else pl.lit(None, pl.String),
        )
        .join(home, on="row", how="inner")
    )
    targets = posts.lazy().select(
        post_id="target_post_id",
        by=pl.col("row").cast(pl.Int64),
        aimed_at=pl.col("target_account_id") if named else pl.lit(None, pl.String),
    )
    by = home.rename({"row": "by", "group": "group_of_reaction"})
    return (
        targets.drop_nulls("post_id")
        .join(author, on="post_id", how="inner")
        .filter(pl.col("by") != pl.col("row"))
        # A message number of one channel is no post of another.
        .filter(is_global(pl.col("post_id")) | (pl.col("aimed_at") == pl.col("of")).fill_null(value=True))
        .join(by, on="by", how="left")
        .group_by("post_id")
        .agg(
            reactions=pl.len(),
            internal=(pl.col("group") == pl.col("group_of_reaction")).fill_null(value=False).sum(),
        )
        .collect(engine="in-memory")
    )


def _own(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the posts that are no repost of another's."""
    return posts.filter(pl.col("kind").ne_missing("repost")) if "kind" in posts.columns else posts


def _counted(posts: pl.DataFrame) -> pl.DataFrame:
    """Return posts with every counter, and their ``engagement``: likes, reposts and replies together."""
    counters = posts.with_columns(
        pl.col("row").cast(pl.Int64), *(_column(posts, name).alias(name) for name in _COUNTERS.values())
    )
    total = pl.sum_horizontal(_ENGAGEMENT)
    return counters.with_columns(
        engagement=pl.when(pl.any_horizontal(pl.col(_ENGAGEMENT).is_not_null())).then(total)
    )


def _column(table: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name) if name in table.columns else pl.lit(None, pl.Int64)


def _total(column: str) -> pl.Expr:
    """Return the sum of a counter; null where no post has it."""
    return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum())
