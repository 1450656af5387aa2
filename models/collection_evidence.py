"""What the whole collection shows of an account: its campaign, its group or its partner, with dates and posts.

A score of coordination rests on evidence between accounts that can be shown. That evidence is found once, over everything
that was compared, and is the same for every window and every way of asking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.coordination import communities
from vigie.features.coordination.campaigns import founded_on
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.detector import SEVERAL_AUTHORS
from vigie.features.coordination.membership import log_membership
from vigie.features.coordination.report import benign_explanations, pair_evidence
from vigie.features.coordination.report.display_text import plain_name
from vigie.features.coordination.report.group import MeasuredGroups
from vigie.features.coordination.report.group_metrics import GroupMetrics
from vigie.features.coordination.report.judged_campaigns import NO_CAMPAIGN, JudgedCampaigns, judged
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.coordination.traces import DAY
from vigie.features.i18n import Message, Period, message
from vigie.models.calibration import Floats
from vigie.models.evidence_basis import CAMPAIGN, FEATURE, log_bayes_factor

Kind = Literal["campaign", "group", "partner"]
# The feature that a reason from each kind of evidence is named by.
FEATURES: Mapping[str, str] = {
    "campaign": CAMPAIGN, "group": FEATURE, "partner": "coordination_surprise_index",
}  # fmt: skip
# -log10 of a p-value times the accounts: what significance says at least, and beyond what it says no more.
_LEAST, _MOST = 2.0, 30.0
# Posts named of an account.
_POSTS_NAMED = 5
# Traces of groups that contents of a campaign explain, where these are explained.
_WORDS = frozenset({"text_duplicate", "text_meaning", "hashtag_sequence", "rare_hashtag"})
# Explanations that hold where pictures go with the words, and the traces of such groups.
_ILLUSTRATED = ("syndication", "one_occasion")
_WITH_PICTURES = _WORDS | {"media_duplicate"}
# Share of the accounts of a content that are members, from which it is theirs.
_MOSTLY = 0.5
# Seconds between the creation of accounts and what they publish, from which no occasion of these days explains that they were created.
_MONTHS = 60 * DAY
# Explanations that hold of groups whose accounts are no closer to each other than to the rest.
_OF_ONE_SOURCE = (
    benign_explanations.ONE_SOURCE,
    benign_explanations.OPEN_COMMUNITY,
    benign_explanations.MEMBERS,
)
# Evidence that ordinary people show too, as a sentence says of those of whom nothing ordinary is known.
_ALSO = ("campaign", "one_content", "created_together")


@dataclass(frozen=True)
class AccountEvidence:
    """What the collection shows of one account: the first that there is of campaign, group and partner.

    Attributes:
        kind: Which of them.
        strong: Whether nothing ordinary is known to explain it. It is not where only its contents join a campaign, or join the
            account to one, where a campaign or group is openly explained, and where waiting for one author explains the pair.
        founded_on: What founds the campaign (``contents``, ``one_content``, ``one_hour``, ``created_together``); ``contents`` for the
            others.
        rarity: -log10 of the smallest p-value of its pairs there, times the accounts compared; in a strong campaign, that of as
            many of its posts being of the campaign, if this says more.
        accounts: Accounts of the campaign, less those who merely copied it, or of the group; 2 for a partner.
        contents: Contents of the campaign that it published; objects that it shares with its closest partner.
        partner: What its closest partner is called; empty for a campaign.
        explanation: Name of the ordinary explanation of the campaign, the group or the pair; empty where none is known.
        because: What makes the campaign, or the account's part in it, strong; None for the others.
        created_before: Whether the accounts of a campaign founded on their creation were created months before what they published.
        first: When it first published one of these contents, or acted on one of these objects.
        last: When it last did.
        post_ids: Its posts that show it, the latest first.
    """

    kind: Kind
    strong: bool
    founded_on: str
    rarity: float
    accounts: int
    contents: int
    partner: str
    explanation: str
    first: datetime
    last: datetime
    post_ids: tuple[str, ...]
    because: Message | None = None
    created_before: bool = False

    @property
    def log_odds(self) -> float:
        """What it adds to the log-odds at most."""
        return float(log_bayes_factor(np.array([self.rarity]))[0])

    @property
    def sentence(self) -> Message:
        """What it is, in words, and what makes it strong or what ordinary explains it."""
        name = self.founded_on if self.founded_on in _ALSO else self.kind
        if self.explanation == benign_explanations.COPIER:
            name = "copied"
        shown = message(
            f"verdict.evidence.{name}",
            count=self.contents,
            accounts=self.accounts,
            partner=self.partner,
            period=Period(self.first, self.last),
        )
        if self.because is not None:
            return message("verdict.evidence.because", shown=shown, because=self.because)
        if not self.explanation:
            # Who else does so, where nothing fits better. No occasion of these days brings people onto a platform months before.
            also = "created_before" if self.created_before else name
            return message(f"verdict.evidence.also.{also}", shown=shown) if name in _ALSO else shown
        known = Message(f"coordination.benign.{self.explanation}")
        # That a source is possible is not that one was seen.
        is_seen = self.explanation != benign_explanations.UNKNOWN_AUTHORS and (
            self.kind != "campaign" or self.explanation != benign_explanations.ONE_SOURCE
        )
        name = "explained" if is_seen else "possible"
        return message(f"verdict.evidence.{name}", shown=shown, explanation=known)


@dataclass(frozen=True)
class SharedContents:
    """Contents of a strong campaign that an account published which is no member of any.

    Attributes:
        count: How many.
        accounts: Members of the campaign.
    """

    count: int
    accounts: int

    @property
    def sentence(self) -> Message:
        """What it is, in words."""
        return message("verdict.evidence.beside", count=self.count, accounts=self.accounts)


@dataclass(frozen=True)
class CollectionEvidence:
    """What the whole collection shows of its accounts.

    Attributes:
        accounts: By row; accounts of which nothing can be shown are not there.
        posts_read: By row, how many of its posts were compared.
        campaigns: The campaigns as they were judged.
        groups: The groups as they were measured; None where nothing was compared.
        beside: By row, contents of a strong campaign that others published, too few posts of whom are known to say more.
    """

    accounts: Mapping[int, AccountEvidence]
    posts_read: Mapping[int, int]
    campaigns: JudgedCampaigns = NO_CAMPAIGN
    groups: MeasuredGroups | None = field(default=None, compare=False)
    beside: Mapping[int, SharedContents] = field(default_factory=dict)

    @classmethod
    def of(cls, compared: Comparison, reference: Reference | None) -> CollectionEvidence:
        """Return the evidence of a comparison.

        Args:
            compared: The comparison.
            reference: Ordinary accounts; None: profiles are not tested.
        """
        campaigns = judged(compared, reference)
        groups = MeasuredGroups.of(
            compared.groups,
            compared.network.significant(),
            compared.accounts,
            compared.posts,
            compared.network.events,
        )
        explained = groups.openly_explained(reference) | _of_campaigns(compared, campaigns, groups)
        by_campaign = _in_campaigns(compared, campaigns, explained)
        by_pair = _in_pairs(compared, explained, _of_partners(compared, reference))
        if by_campaign.is_empty() and by_pair.is_empty():
            return replace(NOTHING, groups=groups) if groups.each else NOTHING
        # That accounts were created together is the least that joins any: what else an account shows goes before.
        least = pl.col("founded_on") == "created_together"
        rows = (
            pl.concat([by_campaign, by_pair])
            .sort(least, maintain_order=True)
            .unique("account", keep="first", maintain_order=True)
        )
        read = compared.posts.group_by(pl.col("row").cast(pl.Int64)).len()
        return cls(
            {
                account: AccountEvidence(
                    kind, is_strong, founded_on, rarity, accounts, contents, plain_name(partner), explanation,
                    datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC), tuple(post_ids),
                    because=_because(kind, campaign, campaigns) if is_strong else None, created_before=before,
                )
                for account, kind, is_strong, founded_on, rarity, accounts, contents, partner, explanation, first, last, post_ids,
                campaign, before in rows.iter_rows()
            },
            dict(read.iter_rows()),
            campaigns,
            groups,
            _beside(compared, campaigns),
        )  # fmt: skip

    def kinds(self, rows: pl.Series) -> NDArray[np.str_]:
        """Return the kind of evidence of each account, empty where there is none."""
        found = map(self.accounts.get, rows.to_list())
        return np.array([one.kind if one else "" for one in found], dtype=str)

    def rarity(self, rows: pl.Series, kind: Kind) -> Floats:
        """Return the rarity of the evidence of each account; NaN where it has none of that kind."""
        found = map(self.accounts.get, rows.to_list())
        return np.array([one.rarity if one and one.kind == kind else np.nan for one in found], dtype=float)

    def are_strong(self, rows: pl.Series) -> NDArray[np.bool_]:
        """Return which accounts have evidence that nothing ordinary is known to explain."""
        found = map(self.accounts.get, rows.to_list())
        return np.array([one is not None and one.strong for one in found], dtype=bool)

    def table(self) -> pl.DataFrame:
        """Return ``row``, ``evidence`` (its kind), ``evidence_strong`` and ``evidence_rarity`` of the accounts with any."""
        return pl.DataFrame(
            [(row, one.kind, one.strong, one.rarity) for row, one in self.accounts.items()],
            schema={
                "row": pl.Int64, "evidence": pl.String, "evidence_strong": pl.Boolean, "evidence_rarity": pl.Float64,
            },
            orient="row",
        )  # fmt: skip

    def decides(self, row: int) -> bool:
        """Return whether an account that no window judges is judged by this evidence alone."""
        return row in self.accounts and self.accounts[row].kind != "partner"


NOTHING = CollectionEvidence({}, {})
_SCHEMA = pl.Schema(
    {
        "account": pl.Int64(), "kind": pl.String(), "strong": pl.Boolean(), "founded_on": pl.String(),
        "rarity": pl.Float64(), "accounts": pl.Int64(), "contents": pl.Int64(), "partner": pl.String(),
        "explanation": pl.String(), "first": pl.Int64(), "last": pl.Int64(), "post_ids": pl.List(pl.String()),
        "strong_campaign": pl.Int64(), "created_before": pl.Boolean(),
    }
)  # fmt: skip


def _of_campaigns(compared: Comparison, campaigns: JudgedCampaigns, groups: MeasuredGroups) -> dict[int, str]:
    """Return the groups of campaigns that are openly explained, where nothing but what is explained joins them either.

    Accounts that name their house in handles and biographies need no such condition: their group is of that house too. One source
    explains no group whose accounts are closer to each other than to the rest, nor does a community that joined together, nor that
    accounts say what they are members of.
    """
    metrics = {each.number: each.metrics for each in groups.each}

    def holds(name: str, of_group: GroupMetrics) -> bool:
        if name in _OF_ONE_SOURCE:
            return bool(benign_explanations.of_one_source(of_group.referred, of_group.one_occasion)[0])
        explained = _WITH_PICTURES if name in _ILLUSTRATED else _WORDS
        return name == "organisation" or of_group.layers <= explained

    return {
        group: campaigns.explained[campaign]
        for campaign, group in compared.campaigns.groups.iter_rows()
        if campaign in campaigns.explained
        and group in metrics
        and holds(campaigns.explained[campaign], metrics[group])
    }


def _of_partners(compared: Comparison, reference: Reference | None) -> dict[int, str]:
    """Return the accounts that have from elsewhere what they share with partners outside their group, with what explains it."""
    pairs = compared.network.significant()
    sets = communities.outside_groups(pairs, compared.groups)
    if sets.is_empty():
        return {}
    measured = MeasuredGroups.of(sets, pairs, compared.accounts, compared.posts, compared.network.events)
    explained = measured.openly_explained(reference)
    return {
        account: explained[number]
        for number, account in sets.select("group", "account").iter_rows()
        if explained.get(number)
        in (
            *benign_explanations.GIVEN,
            "one_person",
            benign_explanations.UNKNOWN_AUTHORS,
            benign_explanations.FOLLOWERS,
        )
    }


def _in_campaigns(
    compared: Comparison, campaigns: JudgedCampaigns, explained: Mapping[int, str]
) -> pl.DataFrame:
    """Return the evidence of the members of campaigns, strong for some; those by their group alone have that of the group.

    Of a campaign that more than its contents joins, an account is a member as surely as its posts are of it.
    """
    in_group = compared.groups.filter(~pl.col("group").is_in(list(explained)))["account"].to_list()
    copies = pl.col("account").is_in(list(campaigns.copiers))
    members = compared.campaigns.members.with_columns(accounts=(~copies).sum().over("campaign")).drop_nulls(
        "log_rarity"
    )
    if members.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    shown = compared.campaigns.posts()
    posts = (
        shown.with_columns(post_id=compared.posts["post_id"].gather(shown["post"]))
        .sort("time", "post", descending=True)
        .group_by("account", maintain_order=True)
        .agg(
            contents=pl.col("object").n_unique(), first=pl.col("time").min(), last=pl.col("time").max(),
            post_ids=pl.col("post_id").head(_POSTS_NAMED),
        )
    )  # fmt: skip
    of_strong = pl.col("campaign").is_in(list(campaigns.strong)) & ~copies
    strong = of_strong | pl.col("account").is_in(in_group)
    of_campaign = (
        pl.when(copies)
        .then(pl.lit(benign_explanations.COPIER))
        .otherwise(pl.col("campaign").replace_strict(campaigns.explained, default="", return_dtype=pl.String))
    )
    surely = log_membership(compared.campaigns, campaigns.strong)
    each = (
        members.join(posts, on="account")
        .join(surely, on=["campaign", "account"], how="left", maintain_order="left")
        .join(
            compared.accounts.select(pl.col("row").cast(pl.Int64).alias("account"), "created_at"),
            on="account",
            how="left",
            maintain_order="left",
        )
    )
    before = pl.col("first") - pl.col("created_at").dt.epoch("s").median()
    created_before = pl.col("created_together") & (before.median() > _MONTHS).fill_null(value=False)
    return each.select(
        "account", pl.lit("campaign").alias("kind"), strong=strong, founded_on=founded_on(),
        rarity=pl.max_horizontal("log_rarity", pl.col("log_membership").clip(upper_bound=_MOST)),
        accounts=pl.col("accounts").cast(pl.Int64), contents=pl.col("contents").cast(pl.Int64), partner=pl.lit(""),
        explanation=pl.when(strong).then(pl.lit("")).otherwise(of_campaign), first="first", last="last",
        post_ids="post_ids", strong_campaign=pl.when(of_strong).then("campaign"),
        created_before=created_before.over("campaign"),
    )  # fmt: skip


def _beside(compared: Comparison, campaigns: JudgedCampaigns) -> dict[int, SharedContents]:
    """Return the accounts of no campaign that published contents which mostly members of a strong one did."""
    if not campaigns.strong:
        return {}
    members = compared.campaigns.members
    size = members.group_by("campaign").agg(accounts=pl.len().cast(pl.Int64))
    own = (
        compared.campaigns.posts()
        .filter(pl.col("campaign").is_in(list(campaigns.strong)))
        .group_by("campaign", "object")
        .agg(inside=pl.col("account").n_unique())
    )
    held = compared.campaigns.contents.join(own, on="object")
    theirs = held.filter(
        pl.col("account").n_unique().over("campaign", "object") <= pl.col("inside") / _MOSTLY
    )
    found = (
        theirs.filter(~pl.col("account").is_in(members["account"].implode()))
        .group_by("account", "campaign")
        .agg(count=pl.col("object").n_unique().cast(pl.Int64))
        .join(size, on="campaign")
        .sort("account", "count", "campaign", descending=[False, True, False])
        .unique("account", keep="first", maintain_order=True)
    )
    return {
        row: SharedContents(*one) for row, *one in found.select("account", "count", "accounts").iter_rows()
    }


def _because(kind: str, campaign: int | None, campaigns: JudgedCampaigns) -> Message | None:
    """Return what makes a member of a campaign strong: its campaign, or else its group; None for those of no campaign.

    Args:
        kind: Kind of its evidence.
        campaign: Its campaign, if that is strong.
        campaigns: The campaigns as they were judged.
    """
    if kind != "campaign":
        return None
    return message("verdict.evidence.in_group") if campaign is None else campaigns.because.get(campaign)


def _in_pairs(
    compared: Comparison, explained: Mapping[int, str], explained_partners: Mapping[int, str]
) -> pl.DataFrame:
    """Return the evidence of accounts in groups, and of those that have a partner outside any."""
    pairs = compared.network.significant()
    if pairs.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    home = compared.groups.lazy().select("account", "group")
    # Whoever waits for one author with others has shown no more than that.
    several = pl.col("authors").is_null() | (pl.col("authors") >= SEVERAL_AUTHORS)
    surprise = pl.when(several).then("p").otherwise(pl.max_horizontal("p", "p_author"))
    sided = pairs.lazy().with_columns(surprise=surprise, several=several)
    accounts = compared.posts["row"].n_unique()
    rarity = -(pl.col("surprise") * accounts).clip(lower_bound=1e-300).log10()
    closest = (
        pl.concat(
            sided.select(
                "trace", "window", "first", "second", "objects", "surprise", "several", account=one, other=two
            )
            for one, two in (("first", "second"), ("second", "first"))
        )
        .join(home, on="account", how="left", maintain_order="left")
        .join(
            home.rename({"account": "other", "group": "of_other"}),
            on="other",
            how="left",
            maintain_order="left",
        )
        .with_columns(inside=(pl.col("group") == pl.col("of_other")).fill_null(value=False))
        .sort(~pl.col("inside"), "surprise", "trace", "window", "other")
        .unique("account", keep="first", maintain_order=True)
        .collect(engine="in-memory")
    )
    size = home.group_by("group").len("accounts")
    key = ["trace", "window", "first", "second"]
    acts = pair_evidence.acts(
        compared.network, closest.select(key).unique(maintain_order=True), most=_POSTS_NAMED
    )
    own = pl.concat(
        acts.lazy().select(*key, account=side, time=f"{side}_time", post=f"{side}_post")
        for side in ("first", "second")
    )
    posts = (
        own.with_columns(post_id=pl.lit(compared.posts["post_id"]).gather("post"))
        .sort("time", "post", descending=True)
        .group_by(*key, "account", maintain_order=True)
        .agg(
            first_time=pl.col("time").min(), last_time=pl.col("time").max(),
            post_ids=pl.col("post_id").unique(maintain_order=True),
        )
    )  # fmt: skip
    names = compared.accounts.lazy().select(
        other=pl.col("row").cast(pl.Int64),
        partner=pl.coalesce(pl.concat_str(pl.lit("@"), "handle"), "account_id", pl.lit("")),
    )
    of_group = pl.col("group").replace_strict(explained, default="", return_dtype=pl.String)
    of_partner = pl.col("account").replace_strict(explained_partners, default="", return_dtype=pl.String)
    waits = ~pl.col("several") & (rarity < _LEAST)
    explanation = (
        pl.when(pl.col("inside") & (of_group != ""))
        .then(of_group)
        .when(waits)
        .then(pl.lit("fan_club"))
        .when(~pl.col("inside"))
        .then(of_partner)
        .otherwise(pl.lit(""))
    )
    return (
        closest.lazy()
        .join(posts, on=[*key, "account"], how="left", maintain_order="left")
        .join(names, on="other", how="left", maintain_order="left")
        .join(size, on="group", how="left", maintain_order="left")
        .select(
            "account",
            kind=pl.when("inside").then(pl.lit("group")).otherwise(pl.lit("partner")),
            strong=explanation == "",
            founded_on=pl.lit("contents"),
            rarity=rarity.clip(pl.when("several").then(_LEAST).otherwise(0.0), _MOST),
            accounts=pl.when("inside").then("accounts").otherwise(2).cast(pl.Int64),
            contents="objects", partner="partner", explanation=explanation, first="first_time", last="last_time", post_ids="post_ids",
            strong_campaign=pl.lit(None, pl.Int64), created_before=pl.lit(value=False),
        )
        .drop_nulls("first")
        .collect(engine="in-memory")
    )  # fmt: skip
