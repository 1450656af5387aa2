"""Which campaigns are strong: more than their contents joins their members, and nothing ordinary explains it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from vigie.features.coordination import communities
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import (
    avowed_members,
    benign_explanations,
    copiers,
    one_source,
    open_community,
    openness,
    shared_posts,
)
from vigie.features.coordination.report.beyond_people import BeyondPeople
from vigie.features.coordination.report.group import people_of
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.group_test.beside import set_apart
from vigie.features.group_test.report import seen, telling_traits
from vigie.features.group_test.trait_tests import Measurement
from vigie.features.i18n import Listing, Message, message

# Share of a campaign's members in groups of its own from which it is strong.
_MOSTLY = 0.5


@dataclass(frozen=True)
class JudgedCampaigns:
    """What joins the members of campaigns beyond their contents, or explains these.

    Attributes:
        strong: Campaigns of which more than the contents joins the members.
        explained: Name of the ordinary explanation of each campaign whose accounts do not hide it.
        copiers: Members of strong campaigns that may be people who copied some of the contents, see
            :mod:`vigie.features.coordination.report.copiers`.
        beyond: What members of each campaign do that ordinary people do not.
        because: What makes each strong campaign strong, in words.
    """

    strong: frozenset[int]
    explained: Mapping[int, str]
    copiers: frozenset[int] = frozenset()
    beyond: Mapping[int, BeyondPeople] = field(default_factory=dict)
    because: Mapping[int, Message] = field(default_factory=dict)


NO_CAMPAIGN = JudgedCampaigns(frozenset(), {})


def judged(compared: Comparison, reference: Reference | None) -> JudgedCampaigns:
    """Return which campaigns are strong, and which are openly explained.

    A campaign is strong if most of its members act at the same moments in groups too, closer to each other than to others that
    publish the same (:mod:`vigie.features.coordination.report.one_source`) or faster than people copy; or if their profiles are
    more alike than those of ordinary lists (:mod:`vigie.features.group_test`) and than those of other accounts of the collection;
    or if some disguise the letters of what most publish plainly (:mod:`vigie.features.coordination.report.disguise`), or many
    change words in it (:mod:`vigie.features.coordination.report.reworded`); or if they lead to a site with the words of others
    (:mod:`vigie.features.coordination.borrowed_words`). Activists with campaign material are none of these.
    One that is founded on the creation of its accounts is strong only where these were made in several batches
    (:mod:`vigie.features.coordination.report.batches`): of one the same would be said twice. Nor is one strong whose members say
    that they are automated or of one house; or, with profiles as unlike as those of others, one to which an application, an
    occasion, an event or another source gives the contents.

    Args:
        compared: The comparison.
        reference: Ordinary accounts; None: profiles are not tested.
    """
    campaigns = compared.campaigns
    if campaigns.members.is_empty():
        return NO_CAMPAIGN
    people = compared.accounts.with_columns(account=pl.col("row").cast(pl.Int64))
    grouped = campaigns.members.join(
        compared.groups.join(campaigns.groups, on="group"), on=["account", "campaign"]
    )
    alike_groups = [] if grouped.is_empty() else _of_one_source(compared)
    open_about = openness.by_campaign(
        compared, people_of(compared.accounts, campaigns.members.rename({"campaign": "group"}))
    )
    together_at_all = pl.concat([campaigns.members["account"], compared.groups["account"]])
    others = people.filter(~pl.col("account").is_in(together_at_all.implode()))
    published = shared_posts.of_campaigns(compared)
    strong: set[int] = set()
    explained: dict[int, str] = {}
    copying: set[int] = set()
    beyond: dict[int, BeyondPeople] = {}
    because: dict[int, Message] = {}
    for (campaign,), members in campaigns.members.group_by("campaign", maintain_order=True):
        number = int(str(campaign))
        about = open_about[number]
        given = next(iter(about.given), None)
        own = people.join(members.select("account", "created_together"), on="account")
        its_posts = published.filter(pl.col("campaign") == number)
        shown = BeyondPeople.of(its_posts, own, others, compared, is_given=given is not None)
        beyond[number] = shown
        if about.said is not None:
            explained[number] = about.said
            continue
        if members["created_together"].all():
            # As a likeness of profiles the same would be said twice. Of several batches, all but one say more.
            if reference is not None and shown.made is not None:
                strong.add(number)
                copying |= shown.made.outside
                because[number] = _because(shown, [], members, copying)
            elif given is not None:
                explained[number] = given
            continue
        acting = grouped.filter(
            (pl.col("campaign") == number) & ~pl.col("group").is_in(alike_groups if about.is_by_hand else [])
        )["account"]
        together = given is None and len(acting) >= _MOSTLY * members.height
        # Profiles are asked last, as ordinary lists are drawn by the thousand.
        if together and len(acting) == members.height:
            strong.add(number)
            because[number] = _because(shown, [], members, copying)
            continue
        # Fewer others than members are no measure: some may be members that were not found.
        measure = others if others.height >= members.height else others.clear()
        alike = [] if reference is None else telling_traits(own, reference, measure)
        of_itself = together or bool(shown.disguising or shown.rewording or shown.borrowing)
        may_avow = alike and not of_itself and about.is_by_hand
        avowed = _avowed(alike, own, its_posts, compared) if may_avow else None
        if avowed is not None:
            explained[number] = avowed
        elif of_itself or alike:
            strong.add(number)
            apart = [set_apart(each, own, measure).cast(pl.Int64) for each in alike]
            core: set[int] = set().union(*(each.to_list() for each in apart))
            of_it = {*acting, *shown.rewording}
            # Who acts in its groups is of it, however else it publishes.
            copying |= copiers.among(_with_manners(its_posts, compared), core, of_it) - of_it
            because[number] = _because(shown, alike, members, copying)
        elif given is not None:
            explained[number] = given
        elif about.is_by_hand and not members["one_content"].any():
            explained[number] = benign_explanations.ONE_SOURCE
    return JudgedCampaigns(frozenset(strong), explained, frozenset(copying), beyond, because)


def _because(
    shown: BeyondPeople, alike: Sequence[Measurement], members: pl.DataFrame, copying: Collection[int]
) -> Message:
    """Return what makes a campaign strong, in words: what can be shown of most accounts first.

    Args:
        shown: What its members do that ordinary people do not.
        alike: Traits in which their profiles are more alike than those of ordinary lists.
        members: ``account`` of the members.
        copying: Accounts that are no members after all.
    """
    out = int(members["account"].is_in(list(copying)).sum())
    said = shown.said(frozenset(copying), members.height - out)
    if said:
        return said[0]
    if alike:
        left = [
            replace(each, known=each.known - out, accounts=int((~each.rows.is_in(list(copying))).sum()))
            for each in alike
        ]
        return message("coordination.because_alike", what=Listing(tuple(seen(each) for each in left)))
    return message("coordination.because_together")


def _avowed(
    alike: Collection[Measurement], members: pl.DataFrame, published: pl.DataFrame, compared: Comparison
) -> str | None:
    """Return the name of the explanation by which profiles are alike that the members state in their biographies; None for none.

    They are a community that joined together and speaks to itself, or members of a body with lives of their own.

    Args:
        alike: The traits in which they are.
        members: Contract columns and ``row`` of the members.
        published: Their posts that hold contents of the campaign.
        compared: The comparison.
    """
    found = avowed_members.of(members, published, compared.accounts, compared.posts)
    if found is not None and found.explains(alike):
        return benign_explanations.MEMBERS
    community = open_community.of(members, published, compared.accounts, compared.posts)
    explains = community is not None and community.explains(alike)
    return benign_explanations.OPEN_COMMUNITY if explains else None


def _with_manners(published: pl.DataFrame, compared: Comparison) -> pl.DataFrame:
    """Return posts of a campaign, as :func:`.shared_posts.of_campaigns` returned them, with what :func:`.copiers.among` reads of them."""
    words = (
        compared.network.published.lazy()
        .filter((pl.col("trace") == "text_duplicate") & pl.col("post").is_in(published["post"].implode()))
        .select("post", worded=pl.col("account").n_unique().over("object") > 1)
        .group_by("post")
        .agg(pl.col("worded").any())
        .collect()
    )
    by_account = compared.posts.group_by(account=pl.col("row").cast(pl.Int64)).agg(
        posts=pl.len().cast(pl.Int64)
    )
    pictures = compared.posts["media_hashes"].gather(published["post"]).list.len()
    return (
        published.with_columns(pictured=(pictures > 0).fill_null(value=False))
        .join(words, on="post", how="left", maintain_order="left")
        .join(by_account, on="account", how="left", maintain_order="left")
        .with_columns(pl.col("worded").fill_null(value=False))
    )


def _of_one_source(compared: Comparison) -> list[int]:
    """Return the groups most of whose pairs only the rates of ordinary collections do not explain."""
    home = compared.groups.select("account", "group")
    linked = (
        communities.edges(compared.network.significant())
        .join(home.rename({"account": "first"}), on="first")
        .join(home.rename({"account": "second"}), on=["second", "group"])
    )
    return [group for group, share in one_source.referred(linked).items() if share > one_source.MOSTLY]
