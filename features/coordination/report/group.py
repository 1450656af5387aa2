"""A group in figures and in words: who did what with whom, and what else would explain it.

Nothing here says that a group is inauthentic. Its verdict is ``synchronous`` or ``strong``; ``strong`` asks for
several objects, several days, several traces or an unlikely likeness of the accounts, and a synchrony that
waiting for the same author does not explain. What speaks for and against ordinary explanations is listed with
every group.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from vigie.features.coordination import communities
from vigie.features.coordination.detector import ALPHA
from vigie.features.coordination.report import (
    benign_explanations,
    display_text,
    group_metrics,
    profile_tests,
    profile_traits,
    sentences,
)
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.schema import TIME

# Objects, days and traces that a strong group has at least.
LEAST_OBJECTS, LEAST_DAYS, LEAST_LAYERS = 3, 2, 2
# Traces that tell of one act with another: they are one layer.
_SAME_ACT = {
    "fast_repost": "co_repost", "rare_domain": "co_url", "hashtag_sequence": "rare_hashtag",
    "text_meaning": "text_duplicate",
}  # fmt: skip

AUTOMATED = r"(?i:\b(?:ro)?bots?\b|_bots?\b|automated|automatique|automatisé)|[a-z]Bot\b"


def describe(
    groups: pl.DataFrame,
    pairs: pl.DataFrame,
    accounts: pl.DataFrame,
    posts: pl.DataFrame | None,
    reference: Reference | None = None,
) -> list[dict[str, Any]]:
    """Return what is known of every group, ready for JSON, the strongest first.

    Args:
        groups: What :func:`vigie.features.coordination.communities.find` returned.
        pairs: The significant pairs of all traces and windows.
        accounts: Contract columns and ``row``; those outside a group are what its likeness is compared with.
        posts: Contract columns and ``row`` of the author; None where there are none.
        reference: Ordinary accounts to compare with where the corpus holds too few others.

    Returns:
        One mapping per group. What could not be computed is None.
    """
    if groups.is_empty():
        return []
    linked = communities.edges(pairs).with_columns(
        author_holds=pl.col("p_author_corrected") < ALPHA,
        percentile=100 * pl.col("weight").rank("max") / pl.len(),
    )
    people = _people(accounts, groups)
    said = None if posts is None else _said(posts, groups)
    home = groups.select(pl.col("account"), pl.col("group"))
    inside = (
        linked.join(home.rename({"account": "first"}), on="first")
        .join(home.rename({"account": "second", "group": "other"}), on="second")
        .filter(pl.col("group") == pl.col("other"))
    )
    seen = pairs.join(
        inside.select("trace", "first", "second", "group"), on=["trace", "first", "second"], how="inner"
    )
    shared = profile_traits.shared(accounts, groups)
    described = []
    for (name,), part in groups.sort("group").group_by("group", maintain_order=True):
        number = int(str(name))
        mine = pl.col("group").eq_missing(number)
        members = people.filter(mine)
        described.append(
            _one(
                number,
                float(part["stability"][0]),
                members,
                inside.filter(mine),
                seen.filter(mine),
                None if said is None else said.filter(mine),
                profile_tests.tested(members, people.filter(~mine), reference),
                shared[number],
            )
        )
    return described


def _one(
    number: int,
    stability: float,
    members: pl.DataFrame,
    linked: pl.DataFrame,
    seen: pl.DataFrame,
    said: pl.DataFrame | None,
    alike: Mapping[str, Mapping[str, Any]],
    profile: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    size = members.height
    found = group_metrics.measured(members, linked, seen, said, alike, profile)
    strong = (
        found.objects >= LEAST_OBJECTS
        and found.days >= LEAST_DAYS
        and (len({_SAME_ACT.get(name, name) for name in found.layers}) >= LEAST_LAYERS or found.alike)
        and found.author_significant
        and not found.one_author
    )
    listed = group_metrics.listed(members, linked)
    lead, relay = group_metrics.leads(listed)
    joined = linked.select("first", "second").unique().height
    plausible, others = benign_explanations.considered(found)
    english, french = sentences.sentences(members, lead, found, linked)
    return {
        "group": number,
        "verdict": "strong" if strong else "synchronous",
        "english": english,
        "french": french,
        "size": size,
        "platforms": dict(
            members.filter(pl.col("platform").is_not_null())
            .group_by("platform")
            .len()
            .sort("platform")
            .rows()
        ),
        "layers": group_metrics.layers(linked, seen),
        "days": found.days,
        "objects": found.objects,
        "authors": found.authors,
        "author_significant_share": found.author_share,
        "leads": lead,
        "relays": relay,
        "accounts": listed,
        "density": 2 * joined / (size * (size - 1)),
        "stability": stability,
        **alike,
        "profile": profile,
        "audience": group_metrics.audience(said),
        "benign_alternatives": plausible,
        "alternatives_without_evidence": others,
    }


def _people(accounts: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return all accounts with their group and what tests read; members without a record have nulls."""
    columns = {
        "platform": pl.String(), "account_id": pl.String(), "handle": pl.String(), "display_name": pl.String(),
        "description": pl.String(), "created_at": TIME, "observed_at": TIME,
    }  # fmt: skip
    known = accounts.select(
        pl.col("row").cast(pl.Int64),
        *(
            pl.col(name).cast(kind) if name in accounts.columns else pl.lit(None, kind).alias(name)
            for name, kind in columns.items()
        ),
    ).unique("row", keep="first", maintain_order=True)
    return (
        known.join(
            groups.select(pl.col("account").alias("row"), "group"), on="row", how="full", coalesce=True
        )
        .sort("row")
        .with_columns(
            display_text.plain(pl.col("handle", "platform", "account_id")),
            created=pl.col("created_at").dt.epoch("s"),
            observed=pl.col("observed_at").dt.epoch("s"),
            empty=profile_tests.empty(pl.col("description")),
            shape=profile_tests.shape(pl.col("handle")),
            declared=pl.any_horizontal(
                pl.col("handle", "display_name", "description").str.contains(AUTOMATED)
            ),
        )
    )


def _said(posts: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the posts of members, with their group and the reactions to them in the corpus."""
    members = groups.select(pl.col("account").alias("row"), "group")
    said = posts.with_columns(pl.col("row").cast(pl.Int64)).join(members, on="row", how="inner")
    if "target_post_id" not in posts.columns:
        return said
    return said.join(group_metrics.reactions(posts, groups), on="post_id", how="left", maintain_order="left")
