"""The evidence pair by pair: both posts, both times, the content, and how unlikely it is, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from vigie.features.coordination import traces
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import pair_evidence, sentences
from vigie.features.coordination.report.types import Campaign, Group, Pair
from vigie.features.i18n import Duration, Expected, Message, message
from vigie.serving.note import addresses
from vigie.serving.note.likelihood import chance
from vigie.serving.note.subjects import Subject, people

# Pairs shown of a subject, and contents of a pair.
PAIRS, ACTS = 4, 3


@dataclass(frozen=True)
class Act:
    """A content that both accounts published.

    Attributes:
        kind: What it is.
        name: What a reader knows it by.
        first_time: When the first account published it.
        first_address: Of its post; None where it is not certain.
        second_time: When the second account did.
        second_address: Of its post.
    """

    kind: Message
    name: str
    first_time: datetime
    first_address: str | None
    second_time: datetime
    second_address: str | None

    @property
    def apart(self) -> Message:
        """Time between the two posts."""
        return message("note.apart", gap=Duration(abs((self.second_time - self.first_time).total_seconds())))


@dataclass(frozen=True)
class ProvenPair:
    """Two accounts, what they did together, and some of it."""

    first: str
    second: str
    sentence: Message
    acts: tuple[Act, ...]


@dataclass(frozen=True)
class Proof:
    """The pairs of a subject of the lowest p-values, and how many more there are."""

    pairs: tuple[ProvenPair, ...]
    left_out: int


def of(subject: Subject, compared: Comparison) -> Proof:
    """Return the evidence of a subject.

    Args:
        subject: The campaign or group.
        compared: The comparison it is of.
    """
    if isinstance(subject.told, Campaign):
        return _of_campaign(subject.told, subject.acts, compared)
    return _of_group(subject.told, compared)


def _of_group(group: Group, compared: Comparison) -> Proof:
    """Return the pairs of a group, with what they did within the window."""
    shown = group.pairs[:PAIRS]
    wanted = {
        post_id
        for pair in shown
        for one in pair.shared
        for post_id in (one.first_post_id, one.second_post_id)
    }
    names = compared.accounts.select("row", "platform", author="account_id")
    posts = compared.posts.filter(pl.col("post_id").is_in(list(wanted))).join(names, on="row", how="left")
    known = {
        (platform, author, post_id): address
        for platform, author, post_id, address in posts.select(
            "platform", "author", "post_id", address=addresses.of_posts()
        ).iter_rows()
    }
    pairs = tuple(
        ProvenPair(
            pair.first.shown,
            pair.second.shown,
            did(pair),
            tuple(
                Act(
                    traces.title(one.trace),
                    one.object,
                    one.first_time,
                    known.get((pair.first.platform, pair.first.account_id, one.first_post_id)),
                    one.second_time,
                    known.get((pair.second.platform, pair.second.account_id, one.second_post_id)),
                )
                for one in pair.shared[:ACTS]
            ),
        )
        for pair in shown
    )
    return Proof(pairs, group.pairs_left_out + len(group.pairs) - len(shown))


def did(pair: Pair) -> Message:
    """Return what the accounts of a pair did within the window, and how unlikely that is."""
    return message(
        "note.pair",
        first=pair.first.shown,
        second=pair.second.shown,
        did=sentences.did(pair.trace),
        window=Duration(pair.window),
        objects=message("coordination.objects", count=pair.objects),
        days=message("coordination.days", count=pair.days),
        expected=Expected(pair.expected),
        chance=chance(pair.p),
    )


def _of_campaign(campaign: Campaign, acts: pl.DataFrame, compared: Comparison) -> Proof:
    """Return the pairs of a campaign, with the contents that both published, whenever they did."""
    own = compared.campaigns.pairs.filter(pl.col("campaign") == campaign.campaign)
    ordered = own.sort("p", -pl.col("objects"), "first", "second")
    shown = ordered.head(PAIRS)
    told = _shared(shown, acts, compared)
    name = dict(people(compared).select("account", "name").iter_rows())
    pairs = tuple(
        ProvenPair(
            name[row["first"]],
            name[row["second"]],
            message(
                "note.pair_contents",
                first=name[row["first"]],
                second=name[row["second"]],
                objects=message("coordination.objects", count=row["objects"]),
                expected=Expected(row["expected"]),
                chance=chance(row["p"]),
            ),
            tuple(
                _acts(told.filter((pl.col("first") == row["first"]) & (pl.col("second") == row["second"])))
            ),
        )
        for row in shown.iter_rows(named=True)
    )
    return Proof(pairs, own.height - len(pairs))


def _shared(shown: pl.DataFrame, acts: pl.DataFrame, compared: Comparison) -> pl.DataFrame:
    """Return the contents of some pairs, the closest in time first, with the first post of each account."""
    once = acts.unique(["account", "object"], keep="first", maintain_order=True)
    sides = {
        side: once.select(
            "object", "trace", pl.col("account").alias(side), pl.col("time").alias(f"{side}_time"),
            pl.col("post").alias(f"{side}_post"),
        )
        for side in ("first", "second")
    }  # fmt: skip
    table = (
        shown.select("first", "second")
        .join(sides["first"], on="first", how="inner", maintain_order="left")
        .join(sides["second"].drop("trace"), on=["second", "object"], how="inner", maintain_order="left")
        .sort((pl.col("first_time") - pl.col("second_time")).abs(), "object")
    )
    names = pair_evidence.object_names(compared.network, compared.posts, table.select("trace", "object"))
    platforms = compared.accounts.select("row", "platform")
    for side in sides:
        posts = compared.posts[table[f"{side}_post"].to_list()]
        known = posts.join(platforms, on="row", how="left", maintain_order="left")
        table = table.with_columns(known.select(addresses.of_posts().alias(f"{side}_address")))
    return table.join(names, on="object", how="left", maintain_order="left")


def _acts(told: pl.DataFrame) -> Iterator[Act]:
    for row in told.head(ACTS).iter_rows(named=True):
        yield Act(
            traces.title(row["trace"]),
            row["name"] or "",
            datetime.fromtimestamp(row["first_time"], UTC),
            row["first_address"],
            datetime.fromtimestamp(row["second_time"], UTC),
            row["second_address"],
        )
