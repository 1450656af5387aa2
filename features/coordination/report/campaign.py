"""A campaign for people: its accounts, contents and chronology, and what else may explain it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import polars as pl

from vigie.features.coordination import borrowed_words, communities
from vigie.features.coordination.campaigns import founded_on
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import (
    audience,
    batches,
    benign_explanations,
    branches,
    campaign_story,
    common_word,
    copiers,
    disguise,
    given_contents,
    one_person,
    one_source,
    open_community,
    pair_evidence,
    profile_tests,
    profile_traits,
    reworded,
    shared_posts,
)
from vigie.features.coordination.report.audience import Surroundings
from vigie.features.coordination.report.benign_explanations import unlike_strangers
from vigie.features.coordination.report.branches import Branches
from vigie.features.coordination.report.given_contents import GivenContents
from vigie.features.coordination.report.group import people_of
from vigie.features.coordination.report.open_community import OpenCommunity
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
from vigie.features.group_test.beside import set_apart
from vigie.features.group_test.report import telling_traits
from vigie.features.group_test.trait_tests import Measurement
from vigie.features.i18n import Language, Message, Percent, message

# Contents and hashtags named with a campaign, those of most accounts first; the other contents are counted.
CONTENTS, HASHTAGS = 20, 10
# Share of the accounts compared from which members are compared with ordinary accounts kept with the model, since the rest
# of the collection is no measure.
_LARGE = 0.1
# Share of a campaign's members in groups of its own from which it is strong.
_MOSTLY = 0.5


def describe(
    compared: Comparison, strong: Collection[int], language: Language, reference: Reference | None = None
) -> list[Campaign]:
    """Return every campaign of a comparison, the largest first.

    Args:
        compared: The comparison.
        strong: Its strong campaigns, see :func:`judged`.
        language: Language of the sentences.
        reference: Ordinary accounts to compare members with.
    """
    return describe_in(compared, strong, [language], reference)[language]


def describe_in(
    compared: Comparison,
    strong: Collection[int],
    languages: Sequence[Language],
    reference: Reference | None = None,
) -> dict[Language, list[Campaign]]:
    """Return every campaign of a comparison in several languages, as :func:`describe` returns them in one."""
    campaigns = compared.campaigns
    described: dict[Language, list[Campaign]] = {language: [] for language in languages}
    if campaigns.members.is_empty():
        return described
    shown = _published(compared)
    held = campaigns.contents.lazy().filter("shared").group_by("object")
    everywhere = held.agg(holders=pl.col("account").n_unique()).collect(engine="in-memory")
    named = pair_evidence.object_names(compared.network, compared.posts, shown).join(
        everywhere, on="object", how="left", maintain_order="left"
    )
    members = campaigns.members.rename({"campaign": "group"})
    people = people_of(compared.accounts, members)
    openness = _openness(compared, people)
    traits = profile_traits.shared(compared.accounts, members, compared.posts)
    surroundings = Surroundings.of(compared.accounts, compared.posts, members["account"])
    answered = shared_posts.of_members(compared.posts, members).join(
        audience.reactions(compared.posts, members), on="post_id", how="left", maintain_order="left"
    )
    reached = audience.by_group(answered, surroundings)
    for number in campaigns.members["campaign"].unique(maintain_order=True):
        told = _campaign(
            number,
            number in strong,
            compared,
            shown,
            named,
            people,
            openness[number],
            answered,
            reached.get(number, audience.NO_POST),
            traits[number],
            languages,
            reference,
        )
        for language, campaign in told.items():
            described[language].append(campaign)
    return described


@dataclass(frozen=True)
class JudgedCampaigns:
    """What joins the members of campaigns beyond their contents, or explains these.

    Attributes:
        strong: Campaigns of which more than the contents joins the members.
        explained: Name of the ordinary explanation of each campaign whose accounts do not hide it.
        copiers: Members of strong campaigns that may be people who copied some of the contents, see
            :mod:`vigie.features.coordination.report.copiers`.
    """

    strong: frozenset[int]
    explained: Mapping[int, str]
    copiers: frozenset[int] = frozenset()


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
        return JudgedCampaigns(frozenset(), {})
    people = compared.accounts.with_columns(account=pl.col("row").cast(pl.Int64))
    grouped = campaigns.members.join(
        compared.groups.join(campaigns.groups, on="group"), on=["account", "campaign"]
    )
    alike_groups = [] if grouped.is_empty() else _of_one_source(compared)
    openness = _openness(
        compared, people_of(compared.accounts, campaigns.members.rename({"campaign": "group"}))
    )
    together_at_all = pl.concat([campaigns.members["account"], compared.groups["account"]])
    others = people.filter(~pl.col("account").is_in(together_at_all.implode()))
    published = _published(compared)
    strong: set[int] = set()
    explained: dict[int, str] = {}
    copying: set[int] = set()
    for (campaign,), members in campaigns.members.group_by("campaign", maintain_order=True):
        number = int(str(campaign))
        said, given = openness[number].said, next(iter(openness[number].given), None)
        if said is not None:
            explained[number] = said
            continue
        own = people.join(members.select("account"), on="account", how="semi")
        if members["created_together"].all():
            # As a likeness of profiles the same would be said twice. Of several batches, all but one say more.
            made = None if reference is None else batches.of(own, others)
            if made is not None:
                strong.add(number)
                copying |= made.outside
            elif given is not None:
                explained[number] = given
            continue
        by_hand = openness[number].is_by_hand
        acting = grouped.filter(
            (pl.col("campaign") == number) & ~pl.col("group").is_in(alike_groups if by_hand else [])
        )["account"]
        together = given is None and len(acting) >= _MOSTLY * members.height
        # Profiles are asked last, as ordinary lists are drawn by the thousand.
        if together and len(acting) == members.height:
            strong.add(number)
            continue
        # Fewer others than members are no measure: some may be members that were not found.
        measure = others if others.height >= members.height else others.clear()
        alike = [] if reference is None else telling_traits(own, reference, measure)
        its_posts = published.filter(pl.col("campaign") == number)
        hidden = disguise.beyond_people(its_posts, members.height)
        changing = (
            reworded.beyond_people(_texts(its_posts, compared), members.height)
            if given is None and not (together or alike or hidden)
            else frozenset()
        )
        borrowing = _borrowing(its_posts, members, compared)
        of_itself = together or hidden or changing or borrowing
        if alike and not of_itself and by_hand and _is_open(alike, own, its_posts, compared):
            explained[number] = benign_explanations.OPEN_COMMUNITY
        elif of_itself or alike:
            strong.add(number)
            apart = [set_apart(each, own, measure).cast(pl.Int64) for each in alike]
            core: set[int] = set().union(*(each.to_list() for each in apart))
            of_it = {*acting, *changing}
            # Who acts in its groups is of it, however else it publishes.
            copying |= copiers.among(_with_manners(its_posts, compared), core, of_it) - of_it
        elif given is not None:
            explained[number] = given
        elif by_hand and not members["one_content"].any():
            explained[number] = benign_explanations.ONE_SOURCE
    return JudgedCampaigns(frozenset(strong), explained, frozenset(copying))


def _is_open(
    alike: Collection[Measurement], members: pl.DataFrame, published: pl.DataFrame, compared: Comparison
) -> bool:
    """Return whether profiles are alike as those of a community are that joined together, says who it is and speaks to itself.

    Args:
        alike: The traits in which they are.
        members: Contract columns and ``row`` of the members.
        published: Their posts that hold contents of the campaign.
        compared: The comparison.
    """
    if not {each.trait for each in alike} <= set(open_community.EXPLAINED):
        return False
    found = open_community.of(members, published, compared.accounts, compared.posts)
    return found is not None and found.speaks_to_itself


def _published(compared: Comparison) -> pl.DataFrame:
    """Return the posts of members that hold contents of their campaign, with the ``text`` of each."""
    shown = compared.campaigns.posts()
    return shown.with_columns(text=compared.posts["text"].gather(shown["post"]))


def _borrowing(published: pl.DataFrame, members: pl.DataFrame, compared: Comparison) -> int:
    """Return how many members lead to a site with the words of others, 0 unless most do.

    Args:
        published: The posts of the campaign, as :func:`_published` returned them.
        members: Its ``account``.
        compared: The comparison.
    """
    # What they share are pages then.
    if 2 * (published["trace"] == "co_url").sum() <= published.height:
        return 0
    found = borrowed_words.detect(compared.network.published, compared.campaigns.contents)
    count = members.join(found, on="account", how="semi").height
    return count if count >= _MOSTLY * members.height else 0


def _texts(published: pl.DataFrame, compared: Comparison) -> pl.DataFrame:
    """Return the posts with a text that others published too or nearly, each with that as its ``object``; posts as :func:`_published`'s."""
    is_text = (pl.col("trace") == "text_duplicate") & pl.col("post").is_in(published["post"].implode())
    held = compared.network.published.filter(is_text)
    return held.with_columns(text=compared.posts["text"].gather(held["post"]))


def _with_manners(published: pl.DataFrame, compared: Comparison) -> pl.DataFrame:
    """Return posts of a campaign with what :func:`.copiers.among` reads of them; posts as :func:`_published` returned them."""
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


@dataclass(frozen=True)
class _Openness:
    """What the members of a campaign say of themselves, and where and when they have its contents from.

    Attributes:
        declared: Share of the members who say that they are automated; None where none could.
        token: The word that most handles share, and the share of the handles.
        named: Share of the biographies that hold it.
        branches: What they say of the branches that they are; None where their handles share few words.
        contents: What is known of the contents of several members.
        one_name: The name that all members have, each on a platform of its own.
    """

    declared: float | None
    token: tuple[str, float] | None
    named: float | None
    branches: Branches | None
    contents: GivenContents
    one_name: str | None

    @property
    def said(self) -> str | None:
        """Name of the explanation that the members state themselves."""
        if self.declared is not None and self.declared >= benign_explanations.DECLARED:
            return "declared_bots"
        if self.one_name is not None:
            return "one_person"
        is_open = benign_explanations.is_open_about_one_house(self.token, self.named, self.branches)
        return "organisation" if is_open else None

    @property
    def is_by_hand(self) -> bool:
        """Whether the contents are published no faster than people copy."""
        return self.contents.one_occasion is None or self.contents.one_occasion.is_slow

    @property
    def given(self) -> Mapping[str, tuple[list[Message], list[Message]]]:
        """What speaks for and against contents that members have from elsewhere, by explanation."""
        contents = self.contents
        return benign_explanations.of_given_contents(
            contents.shared, contents.occasion, contents.syndication, contents.one_occasion
        )


def _openness(compared: Comparison, people: pl.DataFrame) -> dict[int, _Openness]:
    """Return how open the members of each campaign are; people as :func:`people_of` returned them, campaigns as groups."""
    campaigns = compared.campaigns
    home = campaigns.members.select("account", group="campaign")
    contents = given_contents.by_group(
        shared_posts.of_members(compared.posts, home), campaigns.posts().rename({"campaign": "group"}), people
    )
    words, bodies = common_word.by_group(people), branches.by_group(people)
    found: dict[int, _Openness] = {}
    for number in campaigns.members["campaign"].unique(maintain_order=True):
        members = people.filter(pl.col("group") == number)
        says = members["declared"].drop_nulls()
        word = words.get(number)
        found[number] = _Openness(
            declared=int(says.sum()) / members.height if len(says) else None,
            token=None if word is None else (word.word, word.share),
            named=None if word is None else word.named,
            branches=bodies.get(number),
            contents=contents.get(number, given_contents.NOTHING),
            one_name=one_person.one_name(members),
        )
    return found


def _campaign(
    number: int,
    is_strong: bool,
    compared: Comparison,
    shown: pl.DataFrame,
    named: pl.DataFrame,
    people: pl.DataFrame,
    openness: _Openness,
    answered: pl.DataFrame,
    reached: Audience,
    profile: Mapping[str, SharedTrait],
    languages: Sequence[Language],
    reference: Reference | None,
) -> dict[Language, Campaign]:
    """Return a campaign in each language: measured once, said in each."""
    campaigns = compared.campaigns
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
        if founded != "contents"
        else list(campaign_story.story(platforms, contents, held, pairs, hashtags, reached, tests.creation))
    )
    copied = campaigns.copiers.filter(own).height
    if copied:
        told.append(message("coordination.campaign_copiers", count=copied))
    alternatives = _alternatives(
        members,
        openness,
        tests,
        profile,
        _shown(held, number, compared, is_open=bool(openness.given)),
        of_one_source=founded == "contents" and not is_strong and openness.is_by_hand,
        community=open_community.of(members, held, compared.accounts, compared.posts)
        if not is_strong and openness.is_by_hand
        else None,
    )
    unsaid = Campaign(
        campaign=number,
        verdict="strong" if is_strong else "shared_contents",
        founded_on="one_content" if founded == "one_content" else "contents",
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


def _shown(held: pl.DataFrame, number: int, compared: Comparison, *, is_open: bool) -> list[Message]:
    """Return what members show that no ordinary people do, beside likeness.

    Args:
        held: The posts of the campaign, as :func:`_published` returned them.
        number: The campaign.
        compared: The comparison.
        is_open: Whether something ordinary gives the members what they share.
    """
    members = compared.campaigns.members
    own = members.filter(pl.col("campaign") == number)
    found = []
    if count := disguise.beyond_people(held, own.height):
        found.append(message("coordination.disguised", count=count, accounts=own.height))
    if not is_open and (count := len(reworded.beyond_people(_texts(held, compared), own.height))):
        found.append(message("coordination.reworded", count=count, accounts=own.height))
    if count := _borrowing(held, own, compared):
        found.append(message("coordination.borrowed", count=count, accounts=own.height))
    if own["created_together"].all():
        known = compared.accounts.with_columns(account=pl.col("row").cast(pl.Int64))
        together = pl.concat([members["account"], compared.groups["account"]])
        others = known.filter(~pl.col("account").is_in(together.implode()))
        made = batches.of(known.join(own.select("account"), on="account", how="semi"), others)
        if made is not None:
            days = message("group_test.days", count=made.days)
            found.append(message("coordination.batches", count=made.accounts, batches=made.count, days=days))
    return found


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
    openness: _Openness,
    tests: ProfileTests,
    profile: Mapping[str, SharedTrait],
    shown: Sequence[Message],
    *,
    of_one_source: bool,
    community: OpenCommunity | None,
) -> Mapping[str, tuple[list[Message], list[Message]]]:
    """Return the ordinary explanations that something speaks for, with what speaks for and against each."""
    unlikely = list(
        unlike_strangers(tests.creation.p, tests.handles.p, tests.bios.p, profile, members.height)
    )
    unlikely += shown
    apart = (
        [message("coordination.created_apart")]
        if tests.creation.p is not None and tests.creation.p >= 0.05
        else []
    )
    found = {"activists": ([message("coordination.activists.material"), *apart], unlikely)}
    if openness.declared:
        share = message("coordination.bots.declared", share=Percent(openness.declared))
        found["declared_bots"] = ([share], list(unlikely))
    house, _ = benign_explanations.organisation(openness.token, openness.named, openness.branches)
    if house:
        found["organisation"] = (house, list(unlikely))
    person, _ = benign_explanations.one_person(openness.one_name)
    if person:
        found["one_person"] = (person, [])
    if community is not None and community.speaks_to_itself:
        supporting, opposing = benign_explanations.of_open_community(community)
        found[benign_explanations.OPEN_COMMUNITY] = (supporting, [*opposing, *unlikely])
    if of_one_source:
        supporting, opposing = benign_explanations.of_one_source(1.0, openness.contents.one_occasion)
        found[benign_explanations.ONE_SOURCE] = (supporting, [*opposing, *unlikely])
    given = openness.given.items()
    return found | {name: (supporting, [*opposing, *unlikely]) for name, (supporting, opposing) in given}
