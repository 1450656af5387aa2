"""What a note is about: the campaigns, the strongest first, and the groups that belong to none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import polars as pl

from vigie.features.coordination import detector
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.detector import BY_SPECIFICITY
from vigie.features.coordination.report import display_text
from vigie.features.coordination.report.types import Campaign, Group, NetworkReport
from vigie.features.i18n import Message


@dataclass(frozen=True)
class Subject:
    """A campaign, or a group of no campaign.

    Attributes:
        told: What is known of it.
        members: Rows of its accounts.
        acts: What its members did on contents that another of them shares: ``account``, ``post`` (position), ``time``
            (seconds since 1970), ``trace``, ``object`` (with its trace in front), sorted by time. Empty for a group whose
            acts none of the traces told apart hold.
        everywhere: What all accounts compared did on these contents, members included: ``account``, ``object``.
        track: Its number over time in an operation, by which it is called there; None: by that of the comparison.
    """

    told: Campaign | Group
    members: tuple[int, ...]
    acts: pl.DataFrame
    everywhere: pl.DataFrame
    track: int | None = None

    @property
    def kind(self) -> Literal["campaign", "group"]:
        """What it is."""
        return "campaign" if isinstance(self.told, Campaign) else "group"

    @property
    def place(self) -> int:
        """Its number in the comparison."""
        return self.told.campaign if isinstance(self.told, Campaign) else self.told.group

    @property
    def number(self) -> int:
        """What it is called by; people count from 1."""
        return self.place + 1 if self.track is None else self.track

    @property
    def title(self) -> Message:
        """What it is called."""
        return Message(f"note.{self.kind}", {"number": self.number})

    @property
    def anchor(self) -> str:
        """Its name inside the page."""
        return f"{self.kind}-{self.number}"

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """Times of the first and the last act; None where there is none."""
        if self.acts.is_empty():
            return None
        first, last = self.acts["time"].min(), self.acts["time"].max()
        return datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC)  # type: ignore[arg-type]  # seconds


def of(compared: Comparison, made: NetworkReport) -> list[Subject]:
    """Return the campaigns and then the groups of no campaign, of both those of strong evidence first.

    Args:
        compared: The comparison.
        made: What is told of it.
    """
    within = {group for campaign in made.campaigns for group in campaign.groups}
    apart = [group for group in made.groups if group.group not in within]
    return [*campaigns(compared, made.campaigns), *groups(compared, apart)]


def campaigns(compared: Comparison, about: Sequence[Campaign]) -> Iterator[Subject]:
    """Yield campaigns of a comparison, those of strong evidence first."""
    counted = {(each.platform, each.account_id) for told in about for each in told.accounts}
    known = compared.accounts.join(
        compared.campaigns.members.select(row=pl.col("account").cast(compared.accounts["row"].dtype)),
        on="row",
        how="semi",
    )
    rows = [
        row
        for row, *name in known.select("row", "platform", "account_id").iter_rows()
        if tuple(name) in counted
    ]
    # Who merely copied a campaign is not told as a member of it.
    members, acts = (
        table.filter(pl.col("account").is_in(rows))
        for table in (compared.campaigns.members, compared.campaigns.posts())
    )
    shared = compared.campaigns.contents.filter("shared")
    for told in sorted(about, key=_weak):
        own = pl.col("campaign") == told.campaign
        yield _subject(told, members.filter(own)["account"], acts.filter(own), shared)


def groups(compared: Comparison, about: Sequence[Group]) -> Iterator[Subject]:
    """Yield groups of a comparison, those of strong evidence first."""
    if not about:
        return
    mixed = detector.any_trace(compared.network.events).with_columns(
        trace=pl.col("kind").replace_strict(dict(enumerate(BY_SPECIFICITY)), return_dtype=pl.String)
    )
    acts = mixed.join(compared.groups.select("group", "account"), on="account").filter(
        pl.col("account").n_unique().over("group", "object") > 1
    )
    for told in sorted(about, key=_weak):
        own = pl.col("group") == told.group
        yield _subject(told, compared.groups.filter(own)["account"], acts.filter(own), mixed)


def _subject(
    told: Campaign | Group, members: pl.Series, acts: pl.DataFrame, all_acts: pl.DataFrame
) -> Subject:
    own = acts.select(_ACTS).sort("time", "post")
    everywhere = all_acts.select("account", "object").join(
        own.select("object").unique(), on="object", how="semi"
    )
    return Subject(told, tuple(members), own, everywhere)


def _weak(told: Campaign | Group) -> bool:
    return told.verdict != "strong"


_ACTS = ("account", "post", "time", "trace", "object")


def people(compared: Comparison) -> pl.DataFrame:
    """Return the accounts compared as a page names them: ``account`` (row), ``name``, ``platform`` and the contract's columns.

    The name is the handle, or else the id, without control and direction marks.
    """
    name = pl.coalesce(pl.concat_str(pl.lit("@"), "handle"), pl.col("account_id"))
    return compared.accounts.with_columns(account=pl.col("row").cast(pl.Int64), name=display_text.plain(name))
