"""A campaign for people: its accounts, contents and chronology, and what else may explain it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import polars as pl

from vigie.features.coordination.campaigns import founded_on
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import (
    audience,
    avowed_members,
    benign_explanations,
    campaign_story,
    open_community,
    openness,
    pair_evidence,
    profile_tests,
    profile_traits,
    shared_posts,
)
from vigie.features.coordination.report.audience import Surroundings
from vigie.features.coordination.report.avowed_members import AvowedMembers
from vigie.features.coordination.report.benign_explanations import unlike_strangers
from vigie.features.coordination.report.beyond_people import BeyondPeople
from vigie.features.coordination.report.group import people_of
from vigie.features.coordination.report.judged_campaigns import JudgedCampaigns
from vigie.features.coordination.report.open_community import OpenCommunity
from vigie.features.coordination.report.openness import Openness
from vigie.features.coordination.report.profile_tests import ProfileTests, Reference
from vigie.features.coordination.report.types import (
    AccountName,
    Alternative,
    Audience,
    Campaign,
    CampaignMember,
    Content,
    SharedTrait,
)
from vigie.features.i18n import Language, Message, Percent, message

# Contents and hashtags named with a campaign, those of most accounts first; the other contents are counted.
CONTENTS, HASHTAGS = 20, 10
# What founds campaigns that are told by their contents alone.
_TOLD_BY_CONTENTS = ("contents", "one_hour")
# Span in which so many accounts published the one content that founds a campaign.
_WITHIN: Mapping[str, Literal["minute", "hour"]] = {"one_content": "minute", "one_hour": "hour"}
# Share of the accounts compared from which members are compared with ordinary accounts kept with the model, since the rest
# of the collection is no measure.
_LARGE = 0.1


def describe(
    compared: Comparison, judged: JudgedCampaigns, language: Language, reference: Reference | None = None
) -> list[Campaign]:
    """Return every campaign of a comparison, the largest first.

    Args:
        compared: The comparison, without those who merely copied its campaigns.
        judged: What :func:`vigie.features.coordination.report.judged_campaigns.judged` found.
        language: Language of the sentences.
        reference: Ordinary accounts to compare members with.
    """
    return describe_in(compared, judged, [language], reference)[language]


def describe_in(
    compared: Comparison,
    judged: JudgedCampaigns,
    languages: Sequence[Language],
    reference: Reference | None = None,
) -> dict[Language, list[Campaign]]:
    """Return every campaign of a comparison in several languages, as :func:`describe` returns them in one."""
    campaigns = compared.campaigns
    described: dict[Language, list[Campaign]] = {language: [] for language in languages}
    if campaigns.members.is_empty():
        return described
    shown = shared_posts.of_campaigns(compared)
    held = campaigns.contents.lazy().filter("shared").group_by("object")
    everywhere = held.agg(holders=pl.col("account").n_unique()).collect(engine="in-memory")
    named = pair_evidence.object_names(compared.network, compared.posts, shown).join(
        everywhere, on="object", how="left", maintain_order="left"
    )
    members = campaigns.members.rename({"campaign": "group"})
    people = people_of(compared.accounts, members)
    open_about = openness.by_campaign(compared, people)
    traits = profile_traits.shared(compared.accounts, members, compared.posts)
    surroundings = Surroundings.of(compared.accounts, compared.posts, members["account"])
    answered = shared_posts.of_members(compared.posts, members).join(
        audience.reactions(compared.posts, members), on="post_id", how="left", maintain_order="left"
    )
    reached = audience.by_group(answered, surroundings)
    for number in campaigns.members["campaign"].unique(maintain_order=True):
        told = _campaign(
            number,
            judged,
            compared,
            shown,
            named,
            people,
            open_about[number],
            answered,
            reached.get(number, audience.NO_POST),
            traits[number],
            languages,
            reference,
        )
        for language, campaign in told.items():
            described[language].append(campaign)
    return described


def _campaign(
    number: int,
    judged: JudgedCampaigns,
    compared: Comparison,
    shown: pl.DataFrame,
    named: pl.DataFrame,
    people: pl.DataFrame,
    about: Openness,
    answered: pl.DataFrame,
    reached: Audience,
    profile: Mapping[str, SharedTrait],
    languages: Sequence[Language],
    reference: Reference | None,
) -> dict[Language, Campaign]:
    """Return a campaign in each language: measured once, said in each."""
    campaigns, is_strong = compared.campaigns, number in judged.strong
    own = pl.col("campaign") == number
    held = shown.filter(own)
    members = people.filter(pl.col("group").eq_missing(number))
    posts = answered.filter(pl.col("group") == number)
    others = people.filter(~pl.col("group").eq_missing(number))
    crowd = members.height > _LARGE * compared.accounts.height
    tests = profile_tests.tested(members, others.clear() if crowd else others, reference)
    contents = _contents(held, named, compared)
    groups = campaigns.groups.filter(own)["group"].to_list()
    first, last = (datetime.fromtimestamp(int(end), UTC) for end in (held["time"].min(), held["time"].max()))  # type: ignore[arg-type]  # Int64
    platforms = dict(members.drop_nulls("platform").group_by("platform").len().sort("platform").iter_rows())
    founded = campaigns.members.filter(own).select(founded_on().first()).item()
    pairs = campaigns.pairs.filter(own)
    hashtags = _hashtags(posts)
    told = (
        [
            message(
                f"coordination.campaign_{founded}",
                accounts=members.height,
                platforms=campaign_story.on_platforms(platforms),
                count=len(contents),
                within=int(tests.creation.within_31_days),
            )
        ]
        if founded not in _TOLD_BY_CONTENTS
        else list(campaign_story.story(platforms, contents, held, pairs, hashtags, reached, tests.creation))
    )
    copied = campaigns.copiers.filter(own).height
    if copied:
        told.append(message("coordination.campaign_copiers", count=copied))
    alternatives = _alternatives(
        members,
        about,
        tests,
        profile,
        judged.beyond.get(number, BeyondPeople()).said(judged.copiers, members.height),
        of_one_source=founded in _TOLD_BY_CONTENTS and not is_strong and about.is_by_hand,
        community=open_community.of(members, held, compared.accounts, compared.posts)
        if not is_strong and about.is_by_hand
        else None,
        avowed=avowed_members.of(members, held, compared.accounts, compared.posts)
        if not is_strong and about.is_by_hand
        else None,
    )
    unsaid = Campaign(
        campaign=number,
        verdict="strong" if is_strong else "shared_contents",
        founded_on="one_content" if founded == "one_content" else "contents",
        founded_within=_WITHIN.get(founded),
        size=members.height,
        copiers=copied,
        platforms=platforms,
        first_time=first,
        last_time=last,
        groups=groups,
        contents=contents[:CONTENTS],
        contents_left_out=max(0, len(contents) - CONTENTS),
        hashtags=hashtags,
        accounts=_members(members, held, posts),
        creation=tests.creation,
        handles=tests.handles,
        bios=tests.bios,
        profile=dict(profile),
        sentence="",
        audience=reached,
        benign_alternatives=[],
    )
    return {
        language: replace(
            unsaid,
            sentence=" ".join(each.say(language) for each in told),
            audience=audience.said(reached, members.height, language),
            benign_alternatives=[
                Alternative(
                    name=name,
                    sentence=Message(f"coordination.benign.{name}").say(language),
                    evidence_for=[each.say(language) for each in supporting],
                    evidence_against=[each.say(language) for each in opposing],
                )
                for name, (supporting, opposing) in alternatives.items()
            ],
        )
        for language in languages
    }


def _contents(held: pl.DataFrame, named: pl.DataFrame, compared: Comparison) -> list[Content]:
    """Return the contents of a campaign, those of most accounts first.

    Args:
        held: Its posts, see :meth:`vigie.features.coordination.campaigns.Campaigns.posts`.
        named: ``object``, its ``name``, and ``holders`` (accounts that published it, members or not).
        compared: The comparison.
    """
    table = (
        held.sort("time", "post")
        .group_by("object", maintain_order=True)
        .agg(
            pl.col("trace").first(),
            accounts=pl.col("account").n_unique(),
            posts=pl.len(),
            held_posts=pl.col("post"),
            first_account=pl.col("account").first(),
            first_post=pl.col("post").first(),
            first_time=pl.from_epoch(pl.col("time").first(), "s").dt.replace_time_zone("UTC"),
            last_time=pl.from_epoch(pl.col("time").last(), "s").dt.replace_time_zone("UTC"),
        )
        .join(named, on="object", how="left", maintain_order="left")
        .sort("accounts", "first_time", "object", descending=[True, False, False])
    )
    first = compared.accounts.filter(
        pl.col("row").cast(pl.Int64).is_in(table["first_account"].unique().implode())
    )
    people = {
        row: AccountName(*name)
        for row, *name in first.select("row", "platform", "account_id", "handle").iter_rows()
    }
    post_ids, counters = compared.posts["post_id"], audience.counters(compared.posts)
    return [
        Content(
            trace=row["trace"],
            object=row["name"] or "",
            accounts=row["accounts"],
            posts=row["posts"],
            outside=row["holders"] - row["accounts"],
            first_account=people[row["first_account"]],
            first_post_id=post_ids[row["first_post"]],
            first_time=row["first_time"],
            last_time=row["last_time"],
            reach=audience.reach(counters[row["held_posts"]]),
        )
        for row in table.iter_rows(named=True)
    ]


def _hashtags(posts: pl.DataFrame) -> dict[str, int]:
    """Return the hashtags of most posts, and how many."""
    tags = posts.select(tag=pl.coalesce("hashtags", pl.col("text").str.extract_all(r"#\w+"))).explode(
        "tag", empty_as_null=True, keep_nulls=False
    )
    counted = (
        tags.drop_nulls("tag")
        .select(pl.col("tag").str.strip_chars("#").str.to_lowercase())
        .group_by("tag")
        .len()
        .sort("len", "tag", descending=[True, False])
        .head(HASHTAGS)
    )
    return {f"#{tag}": count for tag, count in counted.iter_rows()}


def _members(members: pl.DataFrame, held: pl.DataFrame, posts: pl.DataFrame) -> list[CampaignMember]:
    """Return the members, in order, with how many of their posts hold contents of the campaign, and when."""
    shared = held.group_by("account").agg(
        contents=pl.col("object").n_unique(),
        shared_posts=pl.len(),
        first=pl.from_epoch(pl.col("time").min(), "s").dt.replace_time_zone("UTC"),
        last=pl.from_epoch(pl.col("time").max(), "s").dt.replace_time_zone("UTC"),
    )
    published = posts.group_by(pl.col("row").cast(pl.Int64).alias("account")).len("posts")
    table = (
        members.select(pl.col("row").alias("account"), "platform", "account_id", "handle")
        .join(published, on="account", how="left", maintain_order="left")
        .join(shared, on="account", how="left", maintain_order="left")
        .with_columns(pl.col("posts", "contents", "shared_posts").fill_null(0))
    )
    columns = ("platform", "account_id", "handle", "posts", "shared_posts", "contents", "first", "last")
    return [CampaignMember(*row) for row in table.select(columns).iter_rows()]


def _alternatives(
    members: pl.DataFrame,
    about: Openness,
    tests: ProfileTests,
    profile: Mapping[str, SharedTrait],
    beyond: Sequence[Message],
    *,
    of_one_source: bool,
    community: OpenCommunity | None,
    avowed: AvowedMembers | None,
) -> Mapping[str, tuple[list[Message], list[Message]]]:
    """Return the ordinary explanations that something speaks for, with what speaks for and against each."""
    unlikely = list(
        unlike_strangers(tests.creation.p, tests.handles.p, tests.bios.p, profile, members.height)
    )
    unlikely += beyond
    apart = (
        [message("coordination.created_apart")]
        if tests.creation.p is not None and tests.creation.p >= 0.05
        else []
    )
    found = {"activists": ([message("coordination.activists.material"), *apart], unlikely)}
    if about.declared:
        share = message("coordination.bots.declared", share=Percent(about.declared))
        found["declared_bots"] = ([share], list(unlikely))
    house, _ = benign_explanations.organisation(about.token, about.named, about.branches)
    if house:
        found["organisation"] = (house, list(unlikely))
    person, _ = benign_explanations.one_person(about.one_name)
    if person:
        found["one_person"] = (person, [])
    if community is not None and (community.speaks_to_itself or community.is_convened):
        supporting, opposing = benign_explanations.of_open_community(community)
        found[benign_explanations.OPEN_COMMUNITY] = (supporting, [*opposing, *unlikely])
    if avowed is not None and avowed.have_lives:
        supporting, opposing = benign_explanations.of_avowed_members(avowed)
        found[benign_explanations.MEMBERS] = (supporting, [*opposing, *unlikely])
    if of_one_source:
        supporting, opposing = benign_explanations.of_one_source(1.0, about.contents.one_occasion)
        found[benign_explanations.ONE_SOURCE] = (supporting, [*opposing, *unlikely])
    given = about.given.items()
    return found | {name: (supporting, [*opposing, *unlikely]) for name, (supporting, opposing) in given}
