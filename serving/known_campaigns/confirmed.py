"""A group or a campaign found and confirmed here, as a known campaign: so that what comes back is recognised."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from vigie.features.coordination.comparison import Comparison
from vigie.serving.known_campaigns.types import Indicator, IndicatorKind, KnownAccount, KnownCampaign, Source
from vigie.serving.note.subjects import Subject

# Share of those who published a content that are members, from which the content tells of the group; and wordings or hashes
# kept of one.
_OWN = 0.8
_VARIANTS = 5
_KINDS: tuple[tuple[str, str, IndicatorKind], ...] = (
    ("text_duplicate", "text", "text"), ("media_duplicate", "media_hashes", "media"),
)  # fmt: skip


def of_subject(subject: Subject, compared: Comparison, *, name: str, source: str) -> KnownCampaign:
    """Return a group or a campaign that people confirmed.

    Contents are kept that its members published and hardly anybody else.

    Args:
        subject: What was found.
        compared: The comparison that it was found in.
        name: What it is called from now on.
        source: Who confirmed it, or where.
    """
    members = compared.accounts.filter(pl.col("row").is_in(list(subject.members)))
    times = compared.posts.group_by("row").agg(
        first_seen=pl.col("created_at").min(), last_seen=pl.col("created_at").max()
    )
    table = members.join(times, on="row", how="left", maintain_order="left")
    known = (
        "platform", "account_id", "handle", "display_name", "description", "created_at", "first_seen", "last_seen",
    )  # fmt: skip
    return KnownCampaign(
        name=name,
        source=Source(name=source, published=compared.accounts["observed_at"].max()),  # type: ignore[arg-type]
        accounts=tuple(KnownAccount(**row) for row in table.select(known).iter_rows(named=True)),
        indicators=tuple(dict.fromkeys(_contents(subject, compared))),
    )


def _contents(subject: Subject, compared: Comparison) -> Iterator[Indicator]:
    if subject.acts.is_empty():
        return
    member = pl.col("account").is_in(list(subject.members))
    shares = subject.everywhere.group_by("object").agg(
        share=pl.col("account").filter(member).n_unique() / pl.col("account").n_unique(),
        members=pl.col("account").filter(member).n_unique(),
    )
    own = shares.filter((pl.col("share") >= _OWN) & (pl.col("members") > 1))
    acts = subject.acts.join(own.select("object"), on="object", how="semi")
    for trace, field, kind in _KINDS:
        posts = acts.filter(pl.col("trace") == trace)
        values = compared.posts[field].gather(posts["post"].to_list())
        shown = posts.select("object", "time").with_columns(value=values)
        if field == "media_hashes":
            shown = shown.explode("value")
        kept = (
            shown.drop_nulls("value")
            .sort("time", "object", "value")
            .group_by("object", maintain_order=True)
            .agg(pl.col("value").unique(maintain_order=True).head(_VARIANTS))
            .explode("value")
        )
        for value in kept["value"]:
            yield Indicator(kind=kind, value=value)
