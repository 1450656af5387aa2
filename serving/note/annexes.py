"""The annexes of a note: the accounts of its campaigns and groups, and the posts to capture."""

from __future__ import annotations

import polars as pl

from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import display_text
from vigie.features.coordination.report.types import Campaign
from vigie.serving.note import addresses, contents
from vigie.serving.note.subjects import Subject, people

ACCOUNTS = (
    "handle", "platform", "account_id", "address", "created_at", "followers_count", "inauthentic_band", "inauthentic",
    "coordinated_band", "coordinated", "first_act", "last_act", "observed_at", "campaign", "group",
)  # fmt: skip
POSTS = ("platform", "handle", "account_id", "address", "time", "excerpt", "campaign", "group", "post_id")


def accounts(subjects: list[Subject], compared: Comparison, scores: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts of all campaigns and groups, one row each.

    Args:
        subjects: The campaigns and groups.
        compared: The comparison they are of.
        scores: What :func:`vigie.serving.note.scores.of` returned for their members.

    Returns:
        The columns of :data:`ACCOUNTS`: ``first_act`` and ``last_act`` are times of posts that hold a content which another
        member shares (null for a member by its group alone); ``campaign`` and ``group`` count from 1, as people do.
    """
    members = _members(subjects, compared)
    acted = (
        pl.concat([pl.DataFrame(schema=_ACTED), *(one.acts.select("account", "time") for one in subjects)])
        .group_by("account")
        .agg(first_act=_moment(pl.col("time").min()), last_act=_moment(pl.col("time").max()))
    )
    return (
        members.join(people(compared), on="account", how="left", maintain_order="left")
        .join(scores, on="account", how="left", maintain_order="left")
        .join(acted, on="account", how="left", maintain_order="left")
        .with_columns(address=addresses.of_profiles(), handle=display_text.plain(pl.col("handle")))
        .select(ACCOUNTS)
        .sort("campaign", _GROUP_APART, "first_act", nulls_last=True, maintain_order=True)
    )


def posts(subjects: list[Subject], compared: Comparison) -> pl.DataFrame:
    """Return the posts that hold what the members of a campaign or a group share, the earliest of each first.

    Args:
        subjects: The campaigns and groups.
        compared: The comparison they are of.

    Returns:
        The columns of :data:`POSTS`; ``address`` is null where it is not certain.
    """
    parts = [pl.DataFrame(schema={"account": pl.Int64, "post": pl.Int64})]
    parts += [one.acts.select("account", "post") for one in subjects]
    acted = pl.concat(parts).unique("post", maintain_order=True)
    given = compared.posts[acted["post"].to_list()].select(
        "post_id", "created_at", "text", "permalink", account=pl.col("row").cast(pl.Int64)
    )
    known = people(compared).select("account", "platform", "handle", "account_id")
    return (
        given.join(known, on="account", how="left", maintain_order="left")
        .join(_members(subjects, compared), on="account", how="left", maintain_order="left")
        .with_columns(
            address=addresses.of_posts(),
            excerpt=contents.excerpt(),
            handle=display_text.plain(pl.col("handle")),
            time=pl.col("created_at"),
        )
        .select(POSTS)
        .sort("campaign", _GROUP_APART, "time", nulls_last=True, maintain_order=True)
    )


# Inside a campaign the order is that of time; its groups are not told apart.
_GROUP_APART = pl.when(pl.col("campaign").is_null()).then("group")
_ACTED = {"account": pl.Int64, "time": pl.Int64}


def _members(subjects: list[Subject], compared: Comparison) -> pl.DataFrame:
    """Return the accounts of all subjects with ``campaign`` and ``group``, numbered from 1; null where in none."""
    rows = pl.Series("account", sorted({row for one in subjects for row in one.members}), dtype=pl.Int64)
    campaigns = [
        pl.DataFrame({"account": one.members, "campaign": one.number}, schema=_CAMPAIGN)
        for one in subjects
        if isinstance(one.told, Campaign)
    ]
    home = pl.concat([pl.DataFrame(schema=_CAMPAIGN), *campaigns]).unique("account", maintain_order=True)
    groups = compared.groups.select("account", group=pl.col("group") + 1)
    return (
        rows.to_frame()
        .join(home, on="account", how="left", maintain_order="left")
        .join(groups, on="account", how="left", maintain_order="left")
    )


_CAMPAIGN = {"account": pl.Int64, "campaign": pl.Int64}


def _moment(seconds: pl.Expr) -> pl.Expr:
    return pl.from_epoch(seconds, "s").dt.replace_time_zone("UTC")
