"""What is said of groups, pairs and partners: the types behind the API, ``groups.json`` and the columns of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from vigie.features.coordination.report.display_text import plain_name
from vigie.features.i18n import Language, Message

TextLikeness = Literal["copypasta", "rewording", "translation"]
ReferenceSource = Literal["corpus", "bundle"]
DecidedBy = Literal["collection", "reference"]


def _doc(text: str) -> object:
    return Field(description=text)


@dataclass(frozen=True, slots=True)
class AccountName:
    """An account by its own names."""

    platform: str | None
    account_id: str | None
    handle: str | None

    @property
    def shown(self) -> str:
        """What a sentence calls it: its handle, or else its id, without control and direction marks."""
        return plain_name(f"@{self.handle}" if self.handle else str(self.account_id))


@dataclass(frozen=True, slots=True)
class Leader(AccountName):
    """A member that mostly acts before, or after, the others."""

    net_leads: Annotated[int, _doc("Objects on which it acted first less those on which it acted second.")]


@dataclass(frozen=True, slots=True)
class Member(AccountName):
    """A member of a group."""

    degree_of_coordination: Annotated[
        float | None, _doc("Percentile of its strongest pair among all significant pairs.")
    ]
    net_leads: int | None


@dataclass(frozen=True, slots=True)
class SharedAction:
    """Something both accounts of a pair acted on within the window."""

    trace: str
    object: Annotated[
        str,
        _doc("The page, the hashtags, the id of the post reposted or answered, the start of the text."),
    ]
    kind: Annotated[TextLikeness | None, _doc("How two texts are alike; null for all that is no text.")]
    accounts: Annotated[
        int, _doc("Accounts compared that acted on it; objects of the fewest accounts stand first.")
    ]
    first_post_id: str
    first_time: datetime
    second_post_id: str
    second_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PairStatistics:
    """How often two accounts meet, and what chance would give."""

    trace: Annotated[str, _doc("The trace, or any: all of them together, each post counting once.")]
    window: Annotated[int, _doc("Seconds within which both acted.")]
    objects: Annotated[int, _doc("Objects both acted on within the window.")]
    days: Annotated[int, _doc("Days on which they did.")]
    authors: Annotated[int | None, _doc("Authors of those objects; null where unknown.")]
    expected: Annotated[
        float, _doc("Objects expected by chance, at the rate of objects as popular: the rate that decided.")
    ]
    decided_by: Annotated[
        DecidedBy,
        _doc(
            "Whose rate decided: that of the collection; or, where a campaign may have set that one, the reference rate of "
            "ordinary collections."
        ),
    ]
    p: Annotated[float, _doc("The p-value that decided: p_class or p_reference.")]
    p_class: float
    p_class_corrected: Annotated[
        float,
        _doc("Share of false pairs among all that are as significant (Benjamini and Hochberg 1995)."),
    ]
    expected_author: Annotated[float, _doc("Objects expected where both wait for the same authors.")]
    p_author: float
    p_author_corrected: float
    p_reference: Annotated[
        float | None, _doc("By the rates of ordinary collections; null on traces that are referred to none.")
    ]
    p_reference_corrected: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(PairStatistics):
    """Two accounts that meet more often than chance explains, on the trace and window of the lowest p-value."""

    first: AccountName
    second: AccountName
    first_leads: int
    second_leads: int
    leads: Annotated[Literal["first", "second"] | None, _doc("Who mostly acted before the other.")]
    shared: Annotated[list[SharedAction], _doc("At most 10 of the objects.")]


@dataclass(frozen=True, slots=True)
class PartnerAction:
    """Something an account and its partner both acted on within the window of the pair."""

    trace: str
    object: str
    kind: TextLikeness | None
    accounts: Annotated[int, _doc("Accounts compared that acted on it.")]
    post_id: str
    time: datetime
    partner_post_id: str
    partner_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner(PairStatistics):
    """An account with which this one meets more often than chance explains: synchronous, not inauthentic."""

    partner: AccountName
    sentence: str
    leads: Annotated[int, _doc("Objects on which this account acted first.")]
    follows: int
    shared: Annotated[
        list[PartnerAction], _doc("At most 5 of the objects, those of the fewest accounts first.")
    ]


@dataclass(frozen=True, slots=True)
class Companions:
    """What there is of coordination beside a score: the campaign and the group of an account, and its partners."""

    campaign: int | None
    group: int | None
    partners: list[Partner]
    partners_left_out: int


@dataclass(frozen=True, slots=True)
class Layer:
    """What a group did on one trace; p-values are the best over its pairs and windows."""

    pairs: int
    windows: Annotated[list[int], _doc("Seconds.")]
    p: Annotated[float, _doc("Of the null that decided.")]
    p_class: float
    p_author: float
    median_objects: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HomogeneityTest:
    """A trait of the members, and how often random draws of ordinary accounts show it as much.

    Attributes:
        p: Share of draws; None where too few accounts carry the trait.
        reference: Where the draws come from.
    """

    p: float | None
    reference: Annotated[
        ReferenceSource | None,
        _doc("What was drawn from: the other accounts compared, or those kept with the model."),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationTest(HomogeneityTest):
    """How close together the members were created: the most members within a span."""

    within_1_days: float
    within_7_days: float
    within_31_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleTest(HomogeneityTest):
    """The shape of handles that members have most in excess."""

    shape: str | None
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BiographyTest(HomogeneityTest):
    """Shares of empty biographies."""

    empty_share: float | None
    empty_share_others: float | None


@dataclass(frozen=True, slots=True)
class SharedTrait:
    """What members share: creations in a row, a rare shape of handle, biography or picture, an application."""

    known: Annotated[int, _doc("Members that carry the trait.")]
    members: Annotated[int | None, _doc("Members that share theirs with another member.")]
    object: Annotated[str | None, _doc("The one that most members share.")]
    sharing: Annotated[int | None, _doc("Members that share it.")]
    outside: Annotated[int | None, _doc("Other accounts compared that do.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What some posts have together, as the platform counts it; null where it gives none."""

    posts: int
    views: int | None = None
    likes: Annotated[int | None, _doc("Likes; of platforms that have several, all reactions.")] = None
    reposts: int | None = None
    replies: int | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """What the members' own posts reached."""

    median_views: float | None
    median_engagement: float | None
    posts: int | None
    internal_share: Annotated[
        float | None,
        _doc(
            "Of the reposts, replies and quotes of their posts in the data, the share by members themselves."
        ),
    ]
    reach: Annotated[Reach | None, _doc("Of all their own posts; null where there are none.")] = None
    like_size_median_views: Annotated[
        float | None,
        _doc(
            "What posts of accounts outside with as many followers, within a power of two, have in the median."
        ),
    ] = None
    like_size_median_engagement: float | None = None
    sentence: Annotated[str | None, _doc("The same in words; null where the platform counts nothing.")] = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """An ordinary explanation, with what speaks for and against it."""

    name: str
    sentence: str
    evidence_for: Annotated[list[str], Field(alias="for")]
    evidence_against: Annotated[list[str], Field(alias="against")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDescription:
    """Accounts that act in synchrony: never a verdict of inauthenticity."""

    group: Annotated[int, _doc("0 is the strongest.")]
    verdict: Literal["synchronous", "strong"]
    sentence: str
    size: int
    platforms: dict[str, int]
    layers: Annotated[dict[str, Layer], _doc("By trace.")]
    days: Annotated[int, _doc("Most days on which one pair met.")]
    objects: Annotated[int, _doc("Most objects on which one pair met.")]
    authors: Annotated[int | None, _doc("Most authors whose objects one pair met on.")]
    author_significant_share: Annotated[
        float | None, _doc("Share of the pairs that remain significant where both wait for the same authors.")
    ]
    leads: list[Leader]
    relays: list[Leader]
    accounts: list[Member]
    density: float
    stability: Annotated[float, _doc("Share of the runs in which two members share a community.")]
    creation: CreationTest
    handles: HandleTest
    bios: BiographyTest
    profile: Annotated[dict[str, SharedTrait], _doc("By trait of the profile.")]
    audience: Audience
    benign_alternatives: Annotated[
        list[Alternative], _doc("Ordinary explanations that something speaks for.")
    ]
    alternatives_without_evidence: Annotated[list[str], _doc("Those considered that nothing speaks for.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(GroupDescription):
    """A group with the pairs that prove it."""

    pairs: Annotated[list[Pair], _doc("The 20 of the lowest p-values.")]
    pairs_left_out: int


@dataclass(frozen=True, slots=True)
class Content:
    """A picture, a text, a template of texts or a sequence of hashtags that members of a campaign published; or what they passed on."""

    trace: str
    object: Annotated[
        str,
        _doc(
            "The hash, the start of the text, the words of the template (… for those that differ) or the hashtags."
        ),
    ]
    accounts: Annotated[int, _doc("Members that published it.")]
    posts: int
    outside: Annotated[int, _doc("Other accounts compared that did.")]
    first_account: Annotated[AccountName, _doc("The member that published it first.")]
    first_post_id: str
    first_time: datetime
    last_time: datetime
    reach: Annotated[Reach, _doc("Of the members' posts that hold it.")]


@dataclass(frozen=True, slots=True)
class CampaignMember(AccountName):
    """A member of a campaign."""

    posts: Annotated[int, _doc("Posts compared.")]
    shared_posts: Annotated[int, _doc("Posts that hold a content of the campaign.")]
    contents: Annotated[int, _doc("Contents of the campaign that it published.")]
    first_time: Annotated[
        datetime | None, _doc("Of its posts that hold one; null for a member by its group alone.")
    ]
    last_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Accounts that publish the same contents, which hardly anybody else publishes, and the groups among them."""

    campaign: Annotated[int, _doc("From 0; those by several contents first, the largest first.")]
    verdict: Annotated[
        Literal["strong", "shared_contents"],
        _doc(
            "strong: more than the contents joins the members. Most act at the same moments in groups too, or their profiles "
            "are more alike than those of ordinary lists, or they were created in several batches, or they change the contents "
            "or the words of others as people do not. shared_contents: nothing but the contents joins them, as with "
            "activists and their material; or nothing but that and the time of their creation."
        ),
    ]
    founded_on: Annotated[
        Literal["contents", "one_content"],
        _doc(
            "contents: contents that members share (one alone, if so many published it within an hour), or what accounts created "
            "together pass on. one_content: one that they published within a minute of each other."
        ),
    ]
    sentence: str
    size: int
    platforms: dict[str, int]
    first_time: Annotated[datetime, _doc("First post of a member that holds one of its contents.")]
    last_time: datetime
    groups: Annotated[list[int], _doc("Numbers of the groups whose accounts mostly belong to it.")]
    contents: Annotated[list[Content], _doc("At most 20, those of most accounts first.")]
    contents_left_out: int
    hashtags: Annotated[dict[str, int], _doc("The 10 of most posts of the members, and how many.")]
    accounts: list[CampaignMember]
    creation: CreationTest
    handles: HandleTest
    bios: BiographyTest
    profile: Annotated[dict[str, SharedTrait], _doc("What members share before they act, by trait.")]
    audience: Audience
    benign_alternatives: list[Alternative]
    # Judgements that are kept may be older than it.
    copiers: Annotated[
        int,
        _doc("Accounts that copied some of its contents and otherwise publish unlike it: no members of it."),
    ] = 0
    founded_within: Annotated[
        Literal["minute", "hour"] | None,
        _doc(
            "Span within which so many accounts published one content that it alone founds the campaign: a minute where "
            "founded_on is one_content, an hour for one long text. null for the others."
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What was looked at."""

    accounts: Annotated[int, _doc("Accounts read.")]
    posts: Annotated[int, _doc("Their posts with a time.")]
    pairs: Annotated[int, _doc("Pairs of accounts with two objects or more within a window.")]
    pairs_beyond_chance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkReport:
    """Groups and pairs, accounts by their own ids, sentences in one language."""

    campaigns: Annotated[list[Campaign], _doc("The largest first.")]
    groups: Annotated[list[Group], _doc("The strongest first.")]
    ungrouped: Annotated[
        list[Pair], _doc("The 50 pairs of the lowest p-values whose accounts share no group.")
    ]
    ungrouped_left_out: int
    counts: Counts
    notes: Annotated[list[str], _doc("What was capped, skipped or left out.")]

    def beside(self, left_out: Sequence[Message], language: Language) -> NetworkReport:
        """Return the report with what was left out before anything was compared, first among its notes."""
        return replace(self, notes=[*(each.say(language) for each in left_out), *self.notes])
