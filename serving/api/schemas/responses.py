"""The shape of requests and answers, for OpenAPI: accounts and posts come from the contract, field by field.

The frame of a request (:class:`Envelope`) is validated here; its accounts are read column by column in
:mod:`vigie.features.ingest.parsing`, so that one bad account does not spoil the others and twenty thousand posts take
milliseconds. The contract tests hold the two together.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from vigie.features import schema
from vigie.features.i18n.languages import Language
from vigie.features.ingest.parsing import FROM_ACCOUNT, IDS, POSTS
from vigie.features.ingest.validation import LONGEST_VECTOR
from vigie.serving.api.problems import Problem
from vigie.serving.settings import MOST_REASONS

_Id = Annotated[str, Field(min_length=1)] | int
_Count = Annotated[int, Field(ge=0, le=10**13)]
_TYPES: dict[pl.DataType, Any] = {
    pl.String(): str,
    pl.Int64(): _Count,
    pl.Boolean(): bool,
    schema.TIME: AwareDatetime,
    schema.TEXTS: list[str],
    schema.VECTOR: Annotated[list[float], Field(min_length=1, max_length=LONGEST_VECTOR)],
}

EXAMPLE: dict[str, Any] = {
    "accounts": [
        {
            "platform": "x",
            "account_id": "1000000000000000001",
            "handle": "harbour_news24",
            "display_name": "Harbour News",
            "description": "All the news of the harbour, all day long.",
            "location": "",
            "created_at": "2024-03-02T08:15:00Z",
            "observed_at": "2024-05-16T12:00:00Z",
            "followers_count": 41,
            "following_count": 1203,
            "posts_count": 5210,
            "likes_given_count": 12,
            "listed_count": 0,
            "verified": False,
            "has_profile_image": True,
            "posts": [
                {
                    "post_id": str(2000 + index),
                    "created_at": f"2024-05-{13 + index // 8:02}T{9 + index % 8:02}:00:{10 + index % 3:02}Z",
                    "text": f"{12 + index} places left for the harbour market! https://market.example.org",
                    "kind": "original" if index % 3 else "repost",
                    "like_count": 0,
                    "repost_count": 1,
                    "reply_count": 0,
                }
                for index in range(24)
            ],
        }
    ],
    "language": "en",
    "top_reasons": 5,
}


def _shared_pages(account: int) -> list[dict[str, Any]]:
    """Return posts of an invented account: the first three link the same new pages within eight seconds."""
    morning = datetime(2024, 5, 14, 8, tzinfo=UTC)
    called = [(f"quay.example.org/{act}", timedelta(hours=9 * act, seconds=4 * account)) for act in range(5)]
    read = [
        (
            f"paper.example.org/{(account + 2 * page) % 6}",
            timedelta(minutes=(397 * account + 731 * page) % 2880),
        )
        for page in range(3)
    ]
    return [
        {
            "post_id": f"{account}-{place}",
            "created_at": f"{morning + after:%Y-%m-%dT%H:%M:%SZ}",
            "text": f"Worth a look https://{page}",
        }
        for place, (page, after) in enumerate(called * (account < 3) + read)
    ]


NETWORK_EXAMPLE: dict[str, Any] = {
    "accounts": [
        {
            "platform": "x",
            "account_id": str(account),
            "handle": f"{'quay' if account < 3 else 'reader'}_{account}",
            "observed_at": "2024-05-20T00:00:00Z",
            "posts": _shared_pages(account),
        }
        for account in range(12)
    ],
    "language": "en",
}


def _field(item: schema.Field, *, ids: bool) -> tuple[Any, FieldInfo]:
    """Return a pydantic field of a contract field."""
    kind: Any = _TYPES[item.dtype]
    if item.name in IDS:
        kind = _Id
    elif item.allowed:
        kind = Literal[item.allowed]
    required = item.required and (ids or item.name != "post_id")
    shown = f"{item.doc} Unit: {item.unit}." + (
        f" Also read under the names {', '.join(item.aliases)}." if item.aliases else ""
    )
    info: Any = Field(
        default=... if required else None,
        description=shown,
        validation_alias=AliasChoices(item.name, *item.aliases),
    )
    return (kind if required else kind | None), info


_POST_FIELDS: dict[str, Any] = {
    item.name: _field(item, ids=False) for item in schema.POST_FIELDS if item.name not in FROM_ACCOUNT
}
Post = create_model(
    "Post",
    __doc__="A post; its author is the account it stands in. Without post_id it is called #0, #1, …",
    __config__=ConfigDict(
        extra="allow", json_schema_extra={"examples": [EXAMPLE["accounts"][0]["posts"][0]]}
    ),
    **_POST_FIELDS,
)
_ACCOUNT_FIELDS: dict[str, Any] = {item.name: _field(item, ids=True) for item in schema.ACCOUNT_FIELDS}
_ACCOUNT_FIELDS[POSTS] = (
    list[Post] | None,  # type: ignore[valid-type]
    Field(default=None, description="Its posts, in any order; the most recent 200 are read."),
)
Account = create_model(
    "Account",
    __doc__="An account as it was seen at observed_at. Leave out, or null, what is not known.",
    __config__=ConfigDict(extra="allow"),
    **_ACCOUNT_FIELDS,
)


class Envelope(BaseModel):
    """The frame of a request: options, and accounts not looked into yet."""

    model_config = ConfigDict(extra="ignore")

    accounts: list[Any] = Field(min_length=1, description="1 to 500 accounts.")
    language: Language | None = Field(
        default=None, description="Language of the sentences; null: by Accept-Language, else English."
    )


class ScoreEnvelope(Envelope):
    """The frame of a request for scores."""

    targets: list[Literal[schema.TARGETS]] = Field(  # type: ignore[valid-type]
        default=list(schema.TARGETS),
        min_length=1,
        description="What is asked; coordinated compares the accounts with each other and takes most of the time.",
    )
    top_reasons: Annotated[int, Field(strict=True)] = Field(
        default=5, ge=0, le=MOST_REASONS, description="Reasons per account, strongest first; 0 for none."
    )


_Accounts = Annotated[
    list[Account],  # type: ignore[valid-type]
    Field(min_length=1, max_length=500, description="1 to 500 accounts."),
]


class ScoreRequest(ScoreEnvelope):
    """Accounts to score. Unknown fields are not refused: the answer lists them."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [EXAMPLE]})

    accounts: _Accounts


class NetworkRequest(Envelope):
    """Accounts to compare by their posts. Unknown fields are not refused: the answer lists them."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [NETWORK_EXAMPLE]})

    accounts: _Accounts


class ModelIdentity(BaseModel):
    """What to keep beside a score."""

    name: str
    version: str = Field(description="Digest of the model.")
    feature_set: str = Field(description="Fingerprint of the features it reads.")


class DroppedPosts(BaseModel):
    """Posts that were not read, and why."""

    count: int
    field: str | None = Field(description="The field at fault, or null.")
    reason: str = Field(
        description="Why; of several posts with a fault in the same field, that of the first."
    )


class IgnoredField(BaseModel):
    """A field that is not of the contract."""

    field: str
    nearest: str | None = Field(description="The known field with the nearest name.")


class Coverage(BaseModel):
    """What there was to judge by."""

    tier: str = Field(description="Parts of the model that spoke: profile, posts, profile+posts or none.")
    posts: int = Field(description="Posts read.")
    posts_supplied: int
    missing: list[str] = Field(description="Groups of features with no value at all.")
    partial: list[str] = Field(description="Groups of features with some values missing.")
    dropped_posts: list[DroppedPosts]
    ignored_fields: list[IgnoredField]


class Reason(BaseModel):
    """What moved the score."""

    group: str
    feature: str
    value: float
    percentile: float | None = Field(description="Share of the reference accounts below it, in percent.")
    contribution: float = Field(description="Addition to the log-odds.")
    sentence: str
    post_ids: list[str] = Field(description="Most recent posts that show it.")


class Scored(BaseModel):
    """A score."""

    status: Literal["scored"]
    probability: float = Field(description="At the assumed prevalence.", ge=0, le=1)
    interval: Annotated[list[float], Field(min_length=2, max_length=2)] = Field(description="90 %.")
    assumed_prevalence: float
    at_prevalence: dict[str, float] = Field(description="The probability where 10, 1, 0.1 % are inauthentic.")
    band: str
    reasons: list[Reason]


class Abstained(BaseModel):
    """No score, and why."""

    status: Literal["abstained"]
    why: str
    code: str


class _Strict(BaseModel):
    """A part of an answer whose every field is declared."""

    model_config = ConfigDict(extra="forbid")


class Name(_Strict):
    """An account by its own names."""

    platform: str
    account_id: str
    handle: str | None


class Leading(Name):
    """A member that mostly acts before, or after, the others."""

    net_leads: int = Field(description="Objects on which it acted first less those on which it acted second.")


class Member(Name):
    """A member of a group."""

    degree_of_coordination: float | None = Field(
        description="Percentile of its strongest pair among all pairs beyond chance."
    )
    net_leads: int | None


class Layer(_Strict):
    """What a group did on one trace; p-values are the best over its pairs and windows."""

    pairs: int
    windows: list[int] = Field(description="Seconds.")
    p_class: float
    p_author: float
    median_objects: float


class SharedObject(_Strict):
    """Something both accounts of a pair acted on within the window."""

    trace: str
    object: str = Field(
        description="The page, the hashtags, the id of the post reposted or answered, the start of the text."
    )
    kind: Literal["copypasta", "rewording", "translation"] | None = Field(
        description="How two texts are alike; null for all that is no text."
    )
    accounts: int = Field(description="Accounts of the request that acted on it; the rarest stand first.")
    first_post_id: str
    first_time: AwareDatetime
    second_post_id: str
    second_time: AwareDatetime


class Pair(_Strict):
    """Two accounts that meet more often than chance has them, on the trace and window where it tells most."""

    first: Name
    second: Name
    trace: str = Field(description="The trace, or any: all of them together, each post counting once.")
    window: int = Field(description="Seconds within which both acted.")
    objects: int = Field(description="Things both acted on within the window.")
    days: int = Field(description="Days on which they did.")
    authors: int | None = Field(description="Authors of those things; null where unknown.")
    first_leads: int
    second_leads: int
    leads: Literal["first", "second"] | None = Field(description="Who mostly acted before the other.")
    expected: float = Field(description="Objects that chance gives, by the rate of objects as popular.")
    p_class: float
    p_class_corrected: float = Field(
        description="Share of false pairs among all that are as surprising (Benjamini and Hochberg 1995)."
    )
    expected_author: float = Field(description="Objects that waiting for the same authors gives.")
    p_author: float
    p_author_corrected: float
    shared: list[SharedObject] = Field(description="At most 10 of the objects.")


class _Likeness(_Strict):
    """A likeness of the members, and how often random draws of ordinary accounts are as alike."""

    p: float | None
    reference: Literal["corpus", "bundle"] | None = Field(
        description="What was drawn from: the other accounts of the request, or those kept with the model."
    )


class Creation(_Likeness):
    """How the members' creation dates bunch; p against random draws of ordinary accounts."""

    within_1_days: float
    within_7_days: float
    within_31_days: float


class Handles(_Likeness):
    """The shape that handles share most beyond chance; p against random draws."""

    shape: str | None
    count: int | None


class Biographies(_Likeness):
    """Shares of empty biographies; p against random draws."""

    empty_share: float | None
    empty_share_others: float | None


class Shared(_Strict):
    """What of their profiles members share: creations in a row, a rare shape of handle, biography or picture."""

    known: int = Field(description="Members that carry the value.")
    members: int | None = Field(description="Members that share theirs with another member.")
    object: str | None = Field(description="The one that most members share.")
    sharing: int | None = Field(description="Members that share it.")
    outside: int | None = Field(description="Other accounts of the request that do.")


class Audience(_Strict):
    """What the members' own posts reached."""

    median_views: float | None
    median_engagement: float | None
    posts: int | None
    internal_share: float | None = Field(
        description="Of the reposts, replies and quotes of their posts in the request, the share by members themselves."
    )


class Alternative(_Strict):
    """An ordinary explanation, with what speaks for and against it."""

    name: str
    sentence: str
    pro: list[str] = Field(alias="for")
    contra: list[str] = Field(alias="against")


class GroupDescription(_Strict):
    """Accounts that act in synchrony: never a verdict of inauthenticity."""

    group: int = Field(description="0 is the strongest.")
    verdict: Literal["synchronous", "strong"]
    sentence: str
    size: int
    platforms: dict[str, int]
    layers: dict[str, Layer] = Field(description="By trace.")
    days: int = Field(description="Most days on which one pair met.")
    objects: int = Field(description="Most objects on which one pair met.")
    authors: int | None = Field(description="Most authors whose objects one pair met on.")
    author_significant_share: float | None = Field(
        description="Share of the pairs that waiting for the same authors does not explain."
    )
    leads: list[Leading]
    relays: list[Leading]
    accounts: list[Member]
    density: float
    stability: float = Field(description="Share of the runs in which two members share a community.")
    creation: Creation
    handles: Handles
    bios: Biographies
    profile: dict[str, Shared] = Field(description="By trace of the profile.")
    audience: Audience
    benign_alternatives: list[Alternative] = Field(
        description="Ordinary explanations that something speaks for."
    )
    alternatives_without_evidence: list[str] = Field(description="Those considered that nothing speaks for.")


class Group(GroupDescription):
    """A group with the proof."""

    pairs: list[Pair] = Field(description="The 20 most surprising.")
    pairs_left_out: int


class Window(_Strict):
    """The hours in which an account looked most coordinated."""

    start: AwareDatetime
    end: AwareDatetime
    accounts: int = Field(description="Accounts compared in it.")


class SharedWithPartner(_Strict):
    """Something an account and its partner both acted on within the window of the pair."""

    trace: str
    object: str
    kind: Literal["copypasta", "rewording", "translation"] | None
    accounts: int = Field(description="Accounts of the request that acted on it.")
    post_id: str
    time: AwareDatetime
    partner_post_id: str
    partner_time: AwareDatetime


class Partner(_Strict):
    """An account with which this one meets more often than chance has it: synchronous, not inauthentic."""

    partner: Name
    sentence: str
    trace: str
    window: int = Field(description="Seconds within which both acted.")
    objects: int
    days: int
    authors: int | None
    expected: float
    p_class: float
    p_class_corrected: float
    expected_author: float
    p_author: float
    p_author_corrected: float
    leads: int = Field(description="Objects on which this account acted first.")
    follows: int
    shared: list[SharedWithPartner] = Field(description="At most 5 of the objects, the rarest first.")


class _Evidence(BaseModel):
    """What there is of coordination beside the score, whether there is a score or not."""

    group: int | None = Field(description="Number of its group in ``groups``; null outside any.")
    partners: list[Partner] = Field(description="The 3 most surprising.")
    partners_left_out: int


class Coordinated(Scored, _Evidence):
    """A score of coordination, with the proof."""

    basis: Literal["group", "shared_activity", "behaviour"] = Field(
        description="What it rests on: a group beyond chance, things shared with others, or conduct alone (then the "
        "band is never high)."
    )
    window: Window
    posts: int = Field(description="Posts read in the window.")


class NotCompared(Abstained, _Evidence):
    """No score of coordination, and why; what pairs show is given nevertheless."""

    window: Window | None = None
    posts: int | None = None


class Result(BaseModel):
    """The answer for one account: a verdict on each target asked, or an error."""

    model_config = ConfigDict(extra="forbid")

    platform: str | None
    account_id: str | None
    coverage: Coverage | None = None
    inauthentic: Annotated[Scored | Abstained, Field(discriminator="status")] | None = None
    coordinated: Annotated[Coordinated | NotCompared, Field(discriminator="status")] | None = None
    error: Problem | None = None


class ScoreResponse(BaseModel):
    """One result per account, in the order of the request."""

    model: ModelIdentity = Field(description="The model of inauthenticity.")
    coordinated_model: ModelIdentity
    language: Language
    note: str = Field(description="What a score of coordination does not say.")
    results: list[Result]
    groups: list[GroupDescription] = Field(description="The groups that verdicts on coordination name.")
    ignored_fields: list[str] = Field(description="Unknown fields of the request itself.")


class Counts(_Strict):
    """What was looked at."""

    accounts: int = Field(description="Accounts read.")
    posts: int = Field(description="Their posts with a time.")
    pairs: int = Field(description="Pairs of accounts with two objects or more within a window.")
    pairs_beyond_chance: int


class Refused(_Strict):
    """An account that could not be read, and why."""

    index: int = Field(description="Position in the request, from 0.")
    platform: str | None
    account_id: str | None
    error: Problem


class NetworkResponse(_Strict):
    """Who acts on the same things at the same time, and whether chance explains it."""

    language: Language
    note: str = Field(description="What the answer does not say.")
    groups: list[Group] = Field(description="The strongest first.")
    ungrouped: list[Pair] = Field(description="The 50 most surprising pairs that share no group.")
    ungrouped_left_out: int
    counts: Counts
    notes: list[str] = Field(description="What was capped, skipped or left out.")
    refused: list[Refused]
    ignored_fields: list[IgnoredField] = Field(description="Unknown fields of the request, accounts, posts.")


class RejectedBundle(_Strict):
    """A bundle that was not taken."""

    at: AwareDatetime
    reason: str = Field(description="Kind of the fault, and what was seen.")


class Reload(_Strict):
    """Where a model comes from, and since when it is in use."""

    watched: bool = Field(
        description="Whether it lies in a folder that is looked at for a new one; false for the model that ships."
    )
    loaded_at: AwareDatetime | None
    last_refusal: RejectedBundle | None = Field(
        description="Why what lies in the folder now is not in use; null where it is."
    )


class ModelDescription(ModelIdentity):
    """What a model is and how far it may be trusted."""

    target: str
    assumed_prevalence: float
    bands: dict[str, float] = Field(description="Lower end of each band of probability.")
    floors: dict[str, float] = Field(description="Below these the model abstains.")
    figures: Any = Field(description="Measured on what the model had not seen.")
    data: Any = Field(description="What it was trained on.")
    card: str = Field(description="Model card, Markdown.")
    card_language: Language = Field(description="Language of the card.")
    reload: Reload


class Change(_Strict):
    """Accounts of which champion and challenger say different things."""

    champion: str = Field(description="Band, or abstained.")
    challenger: str = Field(description="Band, or abstained.")
    accounts: int


class ShadowDifferences(_Strict):
    """How far a challenger differs from the champion, over all accounts that both were asked about."""

    champion: str = Field(description="Version.")
    challenger: str = Field(description="Version.")
    accounts: int = Field(description="Accounts compared since both versions are in use.")
    scored_by_both: int
    mean_log_odds_difference: float | None = Field(
        description="Challenger less champion, over accounts scored by both; null where there are none."
    )
    mean_absolute_log_odds_difference: float | None
    band_changes: list[Change]
    status_changes: list[Change]


class ShadowModel(_Strict):
    """The challenger of a target."""

    model: ModelIdentity | None = Field(description="Null until one could be loaded.")
    reload: Reload
    differences: ShadowDifferences | None = Field(description="Null until a request was compared.")


class ShadowRequests(_Strict):
    """Requests drawn for the challengers."""

    compared: int
    skipped: int = Field(description="Left out, since those before were not done yet.")
    failed: int


class Challenger(_Strict):
    """Models that are compared with those that answer; no answer is theirs."""

    share: float = Field(description="Share of the requests that is drawn.")
    requests: ShadowRequests
    inauthentic: ShadowModel | None
    coordinated: ShadowModel | None


class ModelResponse(ModelDescription):
    """The model of inauthenticity, and beside it that of coordination."""

    criterion_3_only: Literal[True]
    note: str
    coordinated: ModelDescription
    challenger: Challenger | None = Field(description="Null where no challenger is given.")


class FeatureDrift(BaseModel):
    """How far one feature is from what the model learnt on; null where too little is known."""

    feature: str
    known: int = Field(description="Accounts in which it is known.")
    psi: float | None = Field(description="Population stability index over the deciles of the reference.")
    psi_by_chance: float | None = Field(description="Its mean where nothing drifts.")
    psi_p: float | None = Field(description="Chance of an index as large where nothing drifts.")
    missing_then: float | None = Field(description="Share of accounts expected to lack it.")
    missing_now: float | None = Field(description="Share of the accounts seen that lack it.")
    missing_p: float | None
    level: Literal["stable", "moderate", "large", "unknown"]
    missing_moved: bool


class ScoreDrift(BaseModel):
    """How far the log-odds at equal classes are from those of the reference."""

    psi: float | None
    psi_by_chance: float | None
    psi_p: float | None
    ks: float | None = Field(description="Largest distance of the cumulative shares.")
    level: Literal["stable", "moderate", "large", "unknown"]
    mean_then: float | None = Field(description="Of all labelled accounts, by models that had not seen them.")
    mean_expected: float | None = Field(description="Of the mix of both classes that fits the scores best.")
    mean_now: float | None
    bands: dict[str, dict[str, float | None]] = Field(description="Share of scored accounts in each band.")


class AbstentionDrift(BaseModel):
    """How often the model abstains."""

    then: float | None
    now: float | None
    p: float | None
    codes: dict[str, float] = Field(description="Share of the accounts seen, by code.")


class DriftComparison(BaseModel):
    """The accounts seen, all or of one platform or language, beside those the model learnt on."""

    name: str = Field(description="all, platform NAME or language CODE.")
    accounts: int
    trained: int | None = Field(description="Labelled accounts of the same that the model learnt on.")
    mix: float | None = Field(description="Share of the target's accounts in the mix that fits best.")
    features: list[FeatureDrift] = Field(description="The most moved first.")
    score: ScoreDrift
    abstained: AbstentionDrift


class DriftReport(BaseModel):
    """What moved, how far, and what to do."""

    model: dict[str, str]
    reference: Literal["labelled accounts", "quantiles of ordinary accounts"]
    reference_accounts: int | None
    level: Literal["unknown", "none", "watch", "act"]
    advice: dict[str, str] = Field(description="In English and French.")
    comparisons: list[DriftComparison] = Field(description="All accounts first.")


class DriftOfModel(BaseModel):
    """What one model saw of late."""

    since: str = Field(description="UTC; later where the model was replaced.")
    report: DriftReport
    sketch: dict[str, Any] = Field(description="Counts of accounts by bin; vigie drift compares them again.")


class DriftResponse(BaseModel):
    """What the models saw of late, in counts."""

    hours: float = Field(description="What is older is forgotten.")
    inauthentic: DriftOfModel
    coordinated: DriftOfModel


class FeatureResponse(BaseModel):
    """One measurement."""

    name: str
    group: str
    doc: str
    unit: str
    low: float
    high: float | None
    needs_posts: int
    english: str = Field(description="Its name in tables and plots.")
    french: str = Field(description="Its name in French.")
    evidence: str
    monotone: int
    leak: str = Field(description="Why the model must not read it, or empty.")
    source: list[str] = Field(description="Citation keys, entries of the bibliography.")
    read_by: list[str] = Field(description="Targets whose model reads it.")


class Health(BaseModel):
    """A sign of life."""

    status: Literal["alive", "ready"]
