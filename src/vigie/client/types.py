# ruff: noqa: E501
# fmt: off
"""The shapes of answers, written from the OpenAPI document by ``vigie contract --types``.

Objects of answers are open: fields that a later service adds are there and not named here.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Abstention(TypedDict):
    """No score, and why."""

    status: Literal["abstained"]
    why: str
    code: str
    fields: NotRequired[list[str]]


class AbstentionDrift(TypedDict):
    """How often the model abstains, as shares of the accounts."""

    then: float | None
    now: float | None
    p: float | None
    codes: dict[str, float]


class AccountName(TypedDict):
    """An account by its own names."""

    platform: str | None
    account_id: str | None
    handle: str | None


class AccountResult(TypedDict):
    """The answer for one account."""

    platform: str | None
    account_id: str | None
    handle: str | None
    coverage: NotRequired[Coverage | None]
    inauthentic: NotRequired[Verdict | Abstention | None]
    coordinated: NotRequired[CoordinationVerdict | CoordinationAbstention | None]
    matches: NotRequired[list[KnownMatch] | None]
    error: NotRequired[Problem | None]


class AccountSubject(TypedDict):
    """One account."""

    platform: str
    account_id: str
    kind: Literal["account"]


class Adaptation(TypedDict):
    """A head that decisions made, and what it is worth on labelled accounts that it did not see."""

    version: str
    adapted_from: str
    is_in_use: bool
    at: str
    by: str
    accounts: int
    labels: Labels
    before: Area
    after: Area
    gain: Area
    notes: list[str]


class Alert(TypedDict):
    """Something that changed."""

    id: int
    at: str
    kind: str
    track: int | None
    other: int | None
    accounts: int
    joined: int
    left: int
    known: str | None
    burst: Burst | None
    sentence: str


class AlertList(TypedDict):
    """Alerts after one, in order."""

    alerts: list[Alert]
    last: int


Alternative = TypedDict(
    "Alternative",
    {
        "name": str,
        "sentence": str,
        "for": list[str],
        "against": list[str],
    },
)
"""An ordinary explanation, with what speaks for and against it."""


class Area(TypedDict):
    """An area under the ROC curve, or the difference of two, with its interval at 95 %."""

    value: float
    low: float
    high: float


class Assessment(TypedDict):
    """A group or campaign against the four criteria."""

    kind: Literal["group", "campaign"]
    track: int
    judged_revision: int
    is_found: bool
    criteria: list[Criterion]
    clues: list[Clue]
    note: str
    written: NoteFields


class Audience(TypedDict):
    """What the members' own posts reached."""

    median_views: float | None
    median_engagement: float | None
    posts: int | None
    internal_share: float | None
    reach: NotRequired[Reach | None]
    like_size_median_views: NotRequired[float | None]
    like_size_median_engagement: NotRequired[float | None]
    sentence: NotRequired[str | None]


class BandShares(TypedDict):
    """Share of the scored accounts in a band."""

    then: float | None
    expected: float | None
    now: float | None


class BenignExplanation(TypedDict):
    """An ordinary explanation of traits that accounts share."""

    name: str
    sentence: str
    traits: list[Literal["creation_bursts", "creation_chains", "handle_shapes", "empty_biographies", "shared_biographies", "shared_pictures"]]


class BiographyTest(TypedDict):
    """Shares of empty biographies."""

    p: float | None
    reference: Literal["corpus", "bundle"] | None
    empty_share: float | None
    empty_share_others: float | None


class Burst(TypedDict):
    """More of something within hours than the operation's own earlier hours explain."""

    what: Literal["posts", "hashtag", "content"]
    name: str | None
    content: str | None
    since: str
    until: str
    peak: int
    usual: float
    accounts: dict[str, int]
    posts: int
    beside: list[str]


class Campaign(TypedDict):
    """Accounts that publish the same contents, which hardly anybody else publishes, and the groups among them."""

    campaign: int
    verdict: Literal["strong", "shared_contents"]
    founded_on: Literal["contents", "one_content"]
    sentence: str
    size: int
    platforms: dict[str, int]
    first_time: str
    last_time: str
    groups: list[int]
    contents: list[Content]
    contents_left_out: int
    hashtags: dict[str, int]
    accounts: list[CampaignMember]
    creation: CreationTest
    handles: HandleTest
    bios: BiographyTest
    profile: dict[str, SharedTrait]
    audience: Audience
    benign_alternatives: list[Alternative]
    copiers: NotRequired[int]
    founded_within: NotRequired[Literal["minute", "hour"] | None]


class CampaignMember(TypedDict):
    """A member of a campaign."""

    platform: str | None
    account_id: str | None
    handle: str | None
    posts: int
    shared_posts: int
    contents: int
    first_time: str | None
    last_time: str | None


class Case(TypedDict):
    """What somebody looks into."""

    id: int
    title: str
    state: Literal["pending", "investigating", "closed"]
    subjects: list[AccountSubject | TrackSubject | ContentSubject]
    entries: list[Entry]


class CaseList(TypedDict):
    """Cases, those that were changed last first."""

    cases: list[Case]


class Cell(TypedDict):
    """The accounts of a drawing that are of one group, placed or not."""

    group: int | None
    accounts: int


class CellLink(TypedDict):
    """Pairs beyond chance whose accounts are of two groups."""

    first: int
    second: int
    pairs: int


class Challenger(TypedDict):
    """Models that are compared with those that answer; no answer is theirs."""

    share: float
    requests: ShadowRequests
    inauthentic: ShadowModel | None
    coordinated: ShadowModel | None


class Change(TypedDict):
    """Accounts of which champion and challenger say different things."""

    champion: str
    challenger: str
    accounts: int


class Clue(TypedDict):
    """Something that may hint at a link abroad, and may not."""

    name: str
    accounts: int
    known: int
    ordinary_accounts: int
    ordinary_known: int
    sentence: str
    benign: str


class Content(TypedDict):
    """A picture, a text, a template of texts or a sequence of hashtags that members of a campaign published; or what they passed on."""

    trace: str
    object: str
    accounts: int
    posts: int
    outside: int
    first_account: AccountName
    first_post_id: str
    first_time: str
    last_time: str
    reach: Reach


class ContentAnswer(TypedDict):
    """One content."""

    judged_revision: int
    published: Publications
    decisions: list[Decision]


class ContentList(TypedDict):
    """What several accounts published as their own, of most accounts first."""

    judged_revision: int
    contents: list[CopiedContent]
    decisions: list[Decision]


class ContentSubject(TypedDict):
    """Something that several accounts published, as ``contents`` names it."""

    trace: str
    object: str
    kind: Literal["content"]


class CoordinationAbstention(TypedDict):
    """No score of coordination, and why; partners are given nevertheless."""

    status: Literal["abstained"]
    why: str
    code: str
    campaign: int | None
    group: int | None
    partners: list[Partner]
    partners_left_out: int


class CoordinationVerdict(TypedDict):
    """A score of coordination, with the partners that prove it."""

    status: Literal["scored"]
    probability: float
    interval: list[Any]
    assumed_prevalence: float
    at_prevalence: dict[str, float]
    band: str
    reasons: list[Reason]
    basis: Literal["campaign", "group", "partner", "shared_activity", "nothing_shared"]
    window: Window | None
    posts: int
    campaign: int | None
    group: int | None
    partners: list[Partner]
    partners_left_out: int


class CopiedContent(TypedDict):
    """A text, a picture, a link or a sequence of hashtags that several accounts published as their own."""

    id: str
    trace: str
    object: str
    accounts: int
    posts: int
    platforms: dict[str, int]
    first_account: AccountName
    first_post_id: str
    first_time: str
    last_time: str
    text: str
    reach: Reach


class Counts(TypedDict):
    """What was looked at."""

    accounts: int
    posts: int
    pairs: int
    pairs_beyond_chance: int


class Coverage(TypedDict):
    """What there was to judge by."""

    tier: str
    posts: int
    posts_supplied: int
    missing: list[str]
    partial: list[str]
    dropped_posts: list[UnusedPosts]
    ignored_fields: list[IgnoredField]


class CreationSpan(TypedDict):
    """The most accounts of a list created within a number of calendar days (UTC) in a row."""

    days: int
    accounts: int
    first_day: str
    ordinary_median: float | None
    ordinary_most: float | None


class CreationTest(TypedDict):
    """How close together the members were created."""

    p: float | None
    reference: Literal["corpus", "bundle"] | None
    within_1_days: float
    within_7_days: float
    within_31_days: float


class Criterion(TypedDict):
    """One criterion."""

    name: Literal["fundamental_interests", "inaccurate_or_misleading", "artificial_massive_deliberate", "foreign_involvement"]
    text: str
    measured: list[str]
    against: list[str]
    said: Decision | None
    history: list[Decision]


class CriterionSubject(TypedDict):
    """One criterion of the assessment of a group or a campaign."""

    of: Literal["group", "campaign"]
    track: int
    criterion: str
    kind: Literal["criterion"]


class DeadLetter(TypedDict):
    """An event that is no longer tried."""

    id: int
    alert: int
    kind: str
    attempts: int
    queued_at: str
    given_up_at: str


class DeadLetterList(TypedDict):
    """Events that are no longer tried, in order."""

    dead_letters: list[DeadLetter]


class Decision(TypedDict):
    """What somebody decided."""

    id: int
    at: str
    subject: AccountSubject | TrackSubject | ContentSubject | CriterionSubject
    target: Literal["inauthentic", "coordinated"] | None
    decision: Literal["confirmed", "false_positive", "cannot_tell", "met", "not_met"]
    by: str
    why: str
    members: int
    after: int | None
    receipt: str | None
    withdraws: NotRequired[int | None]


class DecisionList(TypedDict):
    """Decisions after one, in order."""

    decisions: list[Decision]
    last: int


class Dossier(TypedDict):
    """All that an operation knows of an account."""

    platform: str
    account_id: str
    handle: str | None
    first_observed_at: str
    last_observed_at: str
    profile: dict[str, Any]
    history: list[Seen]
    judged_revision: int
    result: AccountResult | None
    group: int | None
    campaign: int | None
    posts: list[dict[str, Any]]
    posts_left_out: int
    rhythm: list[list[int]]
    decisions: list[Decision]


class Drawing(TypedDict):
    """The accounts of a group or a campaign with their places on a page."""

    width: float
    height: float
    nodes: list[Node]
    links: list[Link]
    pairs: int
    accounts_left_out: int
    cells: NotRequired[list[Cell]]
    cell_links: NotRequired[list[CellLink]]


class DriftComparison(TypedDict):
    """The accounts seen, all or of one platform or language, beside those the model learnt on."""

    name: str
    accounts: int
    trained: int | None
    mix: float | None
    features: list[FeatureDrift]
    score: ScoreDrift
    abstained: AbstentionDrift


class DriftReport(TypedDict):
    """What moved, how far, and what to do."""

    model: dict[str, str]
    reference: Literal["labelled accounts", "quantiles of ordinary accounts"]
    reference_accounts: int | None
    level: Literal["unknown", "none", "watch", "act"]
    advice: Sentence
    comparisons: list[DriftComparison]


class DriftResponse(TypedDict):
    """What the models saw of late, in counts."""

    hours: float
    inauthentic: TargetDrift
    coordinated: TargetDrift


class Entry(TypedDict):
    """What somebody did in a case."""

    id: int
    at: str
    by: str
    note: str
    state: Literal["pending", "investigating", "closed"] | None
    subjects: list[AccountSubject | TrackSubject | ContentSubject]
    files: list[File]


class FeatureDrift(TypedDict):
    """How far one feature is from what the model learnt on; null where too little is known."""

    feature: str
    known: int
    psi: float | None
    psi_by_chance: float | None
    psi_p: float | None
    missing_then: float | None
    missing_now: float | None
    missing_p: float | None
    level: Literal["stable", "moderate", "large", "unknown"]
    missing_moved: bool


class FeatureResponse(TypedDict):
    """One measurement."""

    name: str
    group: str
    doc: str
    unit: str
    low: float
    high: float | None
    needs_posts: int
    english: str
    french: str
    evidence: str
    monotone: int
    leak: str
    source: list[str]
    read_by: list[str]


class FieldProblem(TypedDict):
    """One fault of one field."""

    field: str
    detail: str
    account: NotRequired[int | None]
    account_id: NotRequired[str | None]
    line: NotRequired[int | None]


class File(TypedDict):
    """Something that lies elsewhere."""

    name: str
    url: NotRequired[str | None]
    sha256: NotRequired[str | None]


class Group(TypedDict):
    """A group with the pairs that prove it."""

    group: int
    verdict: Literal["synchronous", "strong"]
    sentence: str
    size: int
    platforms: dict[str, int]
    layers: dict[str, Layer]
    days: int
    objects: int
    authors: int | None
    author_significant_share: float | None
    leads: list[Leader]
    relays: list[Leader]
    accounts: list[Member]
    density: float
    stability: float
    creation: CreationTest
    handles: HandleTest
    bios: BiographyTest
    profile: dict[str, SharedTrait]
    audience: Audience
    benign_alternatives: list[Alternative]
    alternatives_without_evidence: list[str]
    pairs: list[Pair]
    pairs_left_out: int


class GroupDescription(TypedDict):
    """Accounts that act in synchrony."""

    group: int
    verdict: Literal["synchronous", "strong"]
    sentence: str
    size: int
    platforms: dict[str, int]
    layers: dict[str, Layer]
    days: int
    objects: int
    authors: int | None
    author_significant_share: float | None
    leads: list[Leader]
    relays: list[Leader]
    accounts: list[Member]
    density: float
    stability: float
    creation: CreationTest
    handles: HandleTest
    bios: BiographyTest
    profile: dict[str, SharedTrait]
    audience: Audience
    benign_alternatives: list[Alternative]
    alternatives_without_evidence: list[str]


class GroupTest(TypedDict):
    """Whether the profiles of a list are more alike than those of ordinary accounts."""

    verdict: Literal["homogeneous", "ordinary", "not_testable"]
    sentence: str
    accounts: int
    platforms: dict[str, int]
    p: float | None
    correction: Literal["holm"]
    significance_level: float
    reference: str
    tests: list[TraitTest]
    benign_explanations: list[BenignExplanation]
    caveats: list[str]
    notes: list[str]


class GroupTestResponse(TypedDict):
    """Whether the profiles of a list are more alike than those of ordinary accounts."""

    verdict: Literal["homogeneous", "ordinary", "not_testable"]
    sentence: str
    accounts: int
    platforms: dict[str, int]
    p: float | None
    correction: Literal["holm"]
    significance_level: float
    reference: str
    tests: list[TraitTest]
    benign_explanations: list[BenignExplanation]
    caveats: list[str]
    notes: list[str]
    language: Literal["en", "fr"]
    refused: list[RefusedAccount]
    ignored_fields: list[IgnoredField]


class HandleTest(TypedDict):
    """The shape of handles that members have most in excess."""

    p: float | None
    reference: Literal["corpus", "bundle"] | None
    shape: str | None
    count: int | None


class Health(TypedDict):
    """A sign of life."""

    status: Literal["alive", "ready"]


class Holdings(TypedDict):
    """What the store of an operation holds."""

    accounts: int
    posts: int
    revision: int
    judged_revision: int


class Hour(TypedDict):
    """What was posted within an hour."""

    start: str
    platform: str
    posts: int
    accounts: int
    hashtags: dict[str, int]


class IgnoredField(TypedDict):
    """A field that is not of the contract."""

    field: str
    nearest: str | None


class InferenceModel(TypedDict):
    """A model, as the Open Inference Protocol describes models."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]


class InferenceModelReady(TypedDict):
    """Whether a model is loaded."""

    name: str
    ready: bool


class InferenceServer(TypedDict):
    """The service, as the Open Inference Protocol describes servers."""

    name: str
    version: str
    extensions: list[str]


class Judged(TypedDict):
    """What a judgement read, and when it was made."""

    revision: int
    at: str
    models: dict[str, str]
    accounts: int
    posts: int
    platforms: dict[str, int]
    first_time: str | None
    last_time: str | None
    notes: list[str]
    seconds: float
    adapted_from: NotRequired[str | None]


class Keyed(TypedDict):
    """A webhook with its secret, shown this once."""

    webhook: Webhook
    secret: str


class KnownMatch(TypedDict):
    """Something that an account shares with a known campaign."""

    how: Literal["account_id", "handle", "earlier_handle", "domain", "lookalike_domain", "page", "media", "text", "biography"]
    campaign: str
    source: str
    role: Literal["used", "amplified", "named"]
    sentence: str
    value: str
    known: str | None
    field: str
    posts: int
    post_ids: list[str]
    known_from: str | None
    known_until: str | None
    ordinary_share: float | None


class Label(TypedDict):
    """A label, as the contract describes it."""

    platform: str
    account_id: str
    target: Literal["inauthentic", "coordinated"]
    value: bool
    kind: str | None
    campaign: str | None
    source: str
    strength: str


class LabelList(TypedDict):
    """The labels that decisions give, one per account and target."""

    labels: list[Label]


class Labels(TypedDict):
    """How the labels of a collection were used."""

    inauthentic: int
    ordinary: int
    abstained: int
    repeated: int
    unmatched: int


class Layer(TypedDict):
    """What a group did on one trace; p-values are the best over its pairs and windows."""

    pairs: int
    windows: list[int]
    p: float
    p_class: float
    p_author: float
    median_objects: float


class Leader(TypedDict):
    """A member that mostly acts before, or after, the others."""

    platform: str | None
    account_id: str | None
    handle: str | None
    net_leads: int


class Link(TypedDict):
    """Two accounts that act together more often than chance explains."""

    first: int
    second: int
    traces: list[str]
    since: NotRequired[list[str | None]]


class ListedPost(TypedDict):
    """A post with its author."""

    platform: str | None
    account_id: str | None
    handle: str | None
    group: int | None
    campaign: int | None
    post: dict[str, Any]


class LooksLike(TypedDict):
    """Which known accounts an account looks like, with a promise on every known set of ordinary people."""

    kinds: list[Literal["ordinary", "inauthentic"]]
    level: float
    ordinary: float
    inauthentic: float
    suspecting: int
    sources: int
    sentence: str


class Member(TypedDict):
    """A member of a group."""

    platform: str | None
    account_id: str | None
    handle: str | None
    degree_of_coordination: float | None
    net_leads: int | None


class MemoryList(TypedDict):
    """Every campaign that is remembered, by name."""

    campaigns: list[RememberedCampaign]


class ModelDescription(TypedDict):
    """What a model is and how far it may be trusted."""

    name: str
    version: str
    feature_set: str
    adapted_from: NotRequired[str | None]
    target: str
    assumed_prevalence: float
    bands: dict[str, float]
    band_rule: str
    floors: dict[str, float]
    figures: dict[str, Any]
    data: list[dict[str, Any]]
    card: str
    card_language: Literal["en", "fr"]
    reload: Reload


class ModelIdentity(TypedDict):
    """What to keep beside a score."""

    name: str
    version: str
    feature_set: str
    adapted_from: NotRequired[str | None]


class ModelResponse(TypedDict):
    """The model of inauthenticity, and beside it that of coordination."""

    name: str
    version: str
    feature_set: str
    adapted_from: NotRequired[str | None]
    target: str
    assumed_prevalence: float
    bands: dict[str, float]
    band_rule: str
    floors: dict[str, float]
    figures: dict[str, Any]
    data: list[dict[str, Any]]
    card: str
    card_language: Literal["en", "fr"]
    reload: Reload
    criterion_3_only: Literal[True]
    note: str
    coordinated: ModelDescription
    challenger: Challenger | None


class NetworkResponse(TypedDict):
    """Who acts on the same things at the same time, and whether chance explains it."""

    campaigns: list[Campaign]
    groups: list[Group]
    ungrouped: list[Pair]
    ungrouped_left_out: int
    counts: Counts
    notes: list[str]
    language: Literal["en", "fr"]
    note: str
    refused: list[RefusedAccount]
    ignored_fields: list[IgnoredField]


class Node(TypedDict):
    """An account of a drawing."""

    platform: str | None
    account_id: str | None
    handle: str | None
    group: int | None
    x: float
    y: float


class NoteField(TypedDict):
    """One field of the technical note that no measurement fills."""

    name: Literal["author", "contact", "narrative", "targets", "personas", "advertising", "exposure", "attribution", "actions"]
    title: str
    written: Written | None


class NoteFields(TypedDict):
    """The fields of the technical note on a group or campaign that people fill."""

    fields: list[NoteField]
    last: int | None


class Observation(TypedDict):
    """What became of a batch."""

    revision: int
    accounts: StatusCounts
    posts: StatusCounts
    items: list[ObservedItem]


class ObservedItem(TypedDict):
    """What became of one account or post, in the place where it was sent."""

    index: int
    platform: str | None
    account_id: str | None
    status: Literal["new", "known", "changed", "rejected"]
    post_id: NotRequired[str | None]
    posts: NotRequired[StatusCounts | None]
    error: NotRequired[Problem | None]
    unread: NotRequired[list[FieldProblem] | None]


class Operation(TypedDict):
    """A protective watch on a theme."""

    id: str
    title: str
    theme: Theme
    legal_basis: str
    opened_at: str
    expires_at: str
    retention_days: int | None
    created_by: str
    state: Literal["open", "closed", "expired", "purged"]
    closed_at: str | None
    purged_at: str | None
    holdings: Holdings | None
    summary: dict[str, Any] | None


class OperationList(TypedDict):
    """Every operation, the newest first."""

    operations: list[Operation]


class Pair(TypedDict):
    """Two accounts that meet more often than chance explains, on the trace and window of the lowest p-value."""

    trace: str
    window: int
    objects: int
    days: int
    authors: int | None
    expected: float
    decided_by: Literal["collection", "reference"]
    p: float
    p_class: float
    p_class_corrected: float
    expected_author: float
    p_author: float
    p_author_corrected: float
    p_reference: float | None
    p_reference_corrected: float | None
    first: AccountName
    second: AccountName
    first_leads: int
    second_leads: int
    leads: Literal["first", "second"] | None
    shared: list[SharedAction]


class Partner(TypedDict):
    """An account with which this one meets more often than chance explains."""

    trace: str
    window: int
    objects: int
    days: int
    authors: int | None
    expected: float
    decided_by: Literal["collection", "reference"]
    p: float
    p_class: float
    p_class_corrected: float
    expected_author: float
    p_author: float
    p_author_corrected: float
    p_reference: float | None
    p_reference_corrected: float | None
    partner: AccountName
    sentence: str
    leads: int
    follows: int
    shared: list[PartnerAction]


class PartnerAction(TypedDict):
    """Something an account and its partner both acted on within the window of the pair."""

    trace: str
    object: str
    kind: Literal["copypasta", "rewording", "translation"] | None
    accounts: int
    post_id: str
    time: str
    partner_post_id: str
    partner_time: str


class PostList(TypedDict):
    """A page of the posts that filters leave."""

    judged_revision: int
    total: int
    accounts: int
    spread: list[Spread]
    posts: list[ListedPost]
    next_offset: int | None


class Problem(TypedDict):
    """Problem details, RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: NotRequired[list[FieldProblem] | None]


class Publication(TypedDict):
    """A post that holds a content."""

    platform: str | None
    account_id: str | None
    handle: str | None
    post_id: str
    created_at: str
    text: str
    wording: int | None
    view_count: int | None
    like_count: int | None
    repost_count: int | None
    reply_count: int | None


class Publications(TypedDict):
    """Who published a content and when."""

    content: CopiedContent
    groups: dict[str, int]
    campaigns: dict[str, int]
    wordings: list[Wording]
    wordings_left_out: int
    spread: list[Spread]
    posts: list[Publication]
    next_offset: int | None


class RankedAccount(TypedDict):
    """An account with both verdicts in numbers."""

    platform: str
    account_id: str
    handle: str | None
    inauthentic: float | None
    inauthentic_band: str
    coordinated: float | None
    coordinated_band: str
    group: int | None
    campaign: int | None
    posts: int
    known: dict[str, Literal["account", "content"]]
    decisions: list[Decision]
    created_at: str | None


class Ranking(TypedDict):
    """Some accounts of an operation, in order."""

    judged_revision: int
    total: int
    accounts: list[RankedAccount]
    next_offset: int | None


class Reach(TypedDict):
    """What some posts have together, as the platform counts it; null where it gives none."""

    posts: int
    views: NotRequired[int | None]
    likes: NotRequired[int | None]
    reposts: NotRequired[int | None]
    replies: NotRequired[int | None]


class Reason(TypedDict):
    """What moved the score."""

    group: str
    feature: str
    value: float
    percentile: float | None
    contribution: float
    sentence: str
    post_ids: list[str]


class RefusedAccount(TypedDict):
    """An account that could not be read, and why."""

    index: int
    platform: str | None
    account_id: str | None
    handle: str | None
    error: Problem


class RejectedBundle(TypedDict):
    """A bundle that was not taken."""

    at: str
    reason: str


class Reload(TypedDict):
    """Where a model comes from, and since when it is in use."""

    watched: bool
    loaded_at: str | None
    last_refusal: RejectedBundle | None


class Remembered(TypedDict):
    """What was added to the memory."""

    campaigns: list[RememberedCampaign]
    left_out: dict[str, int]


class RememberedCampaign(TypedDict):
    """A campaign of the memory, without what it is known by."""

    name: str
    source: str
    accounts: int
    indicators: int
    are_digests: bool
    added_at: str
    added_by: str


class ScoreDrift(TypedDict):
    """How far the log-odds at equal classes are from those of the reference."""

    psi: float | None
    psi_by_chance: float | None
    psi_p: float | None
    ks: float | None
    level: Literal["stable", "moderate", "large", "unknown"]
    mean_then: float | None
    mean_expected: float | None
    mean_now: float | None
    bands: dict[str, BandShares]


class ScoreResponse(TypedDict):
    """One result per account, in the order of the request."""

    model: ModelIdentity
    coordinated_model: ModelIdentity
    language: Literal["en", "fr"]
    note: str
    results: list[AccountResult]
    campaigns: list[Campaign]
    groups: list[GroupDescription]
    notes: list[str]
    ignored_fields: list[str]


class Seen(TypedDict):
    """What an account showed of itself when it was observed."""

    observed_at: str
    profile: dict[str, Any]


class Sentence(TypedDict):
    """A text in both languages."""

    en: str
    fr: str


class ServerLive(TypedDict):
    """Whether the process is alive."""

    live: bool


class ServerReady(TypedDict):
    """Whether the models are loaded."""

    ready: bool


class ShadowDifferences(TypedDict):
    """How far a challenger differs from the champion, over all accounts that both were asked about."""

    champion: str
    challenger: str
    accounts: int
    scored_by_both: int
    mean_log_odds_difference: float | None
    mean_absolute_log_odds_difference: float | None
    band_changes: list[Change]
    status_changes: list[Change]


class ShadowModel(TypedDict):
    """The challenger of a target."""

    model: ModelIdentity | None
    reload: Reload
    differences: ShadowDifferences | None


class ShadowRequests(TypedDict):
    """Requests drawn for the challengers."""

    compared: int
    skipped: int
    failed: int


class SharedAction(TypedDict):
    """Something both accounts of a pair acted on within the window."""

    trace: str
    object: str
    kind: Literal["copypasta", "rewording", "translation"] | None
    accounts: int
    first_post_id: str
    first_time: str
    second_post_id: str
    second_time: str


class SharedTrait(TypedDict):
    """What members share."""

    known: int
    members: int | None
    object: str | None
    sharing: int | None
    outside: int | None


class Spread(TypedDict):
    """How often a content was published within an hour on a platform."""

    start: str
    platform: str
    posts: int
    accounts: int


class StatusCounts(TypedDict):
    """How many were new, known already, known and changed, or not taken."""

    new: NotRequired[int]
    known: NotRequired[int]
    changed: NotRequired[int]
    rejected: NotRequired[int]


class SuggestedAccount(TypedDict):
    """An account to decide on next."""

    platform: str
    account_id: str
    handle: str | None
    probability: float
    why: str


class Suggestions(TypedDict):
    """Accounts to decide on next, the highest scores first."""

    judged_revision: int
    accounts: list[SuggestedAccount]


class TargetDrift(TypedDict):
    """What one model saw."""

    report: DriftReport
    sketch: dict[str, Any]
    since: NotRequired[str | None]


class Theme(TypedDict):
    """What an operation watches."""

    keywords: NotRequired[list[str]]
    hashtags: NotRequired[list[str]]
    platforms: NotRequired[list[str]]
    languages: NotRequired[list[str]]


class Timeline(TypedDict):
    """What was posted, hour by hour."""

    judged_revision: int
    hours: list[Hour]


class TrackList(TypedDict):
    """Groups or campaigns over time."""

    judged_revision: int
    found: list[Tracked]


class TrackSubject(TypedDict):
    """A group or a campaign, by its number over time."""

    kind: Literal["group", "campaign"]
    track: int


class Tracked(TypedDict):
    """A group or a campaign over time."""

    track: int
    born_at: str
    seen_at: str
    is_found: bool
    merged_into: int | None
    members: int
    group: NotRequired[Group | None]
    campaign: NotRequired[Campaign | None]
    decisions: NotRequired[list[Decision]]


class TraitTest(TypedDict):
    """One trait of the profiles of a list, and how often ordinary lists of the same size show it as much."""

    trait: Literal["creation_bursts", "creation_chains", "handle_shapes", "empty_biographies", "shared_biographies", "shared_pictures"]
    title: str
    sentence: str
    known: int
    accounts: int | None
    share: float | None
    object: str | None
    spans: list[CreationSpan]
    ordinary_median: float | None
    ordinary_most: float | None
    p: float | None
    p_corrected: float | None
    reference: Literal["bundle", "collections", "list"] | None
    reason: str | None
    members: list[AccountName]
    members_left_out: int


class UnusedPosts(TypedDict):
    """Posts that were not read, and why."""

    count: int
    field: str | None
    reason: str


class Verdict(TypedDict):
    """A score, and what it rests on."""

    status: Literal["scored"]
    probability: float
    interval: list[Any]
    assumed_prevalence: float
    at_prevalence: dict[str, float]
    band: str
    reasons: list[Reason]
    looks_like: NotRequired[LooksLike | None]


class Webhook(TypedDict):
    """An address that is told of alerts."""

    id: str
    url: str
    kinds: list[str]
    created_at: str
    is_enabled: bool
    delivered_at: str | None
    waiting: int
    dead: int
    failures: int
    next_at: str | None
    last_answer: str | None


class WebhookList(TypedDict):
    """Every webhook of an operation, the oldest first."""

    webhooks: list[Webhook]


class Window(TypedDict):
    """The hours in which an account looked most coordinated."""

    start: str
    end: str
    accounts: int


class Wording(TypedDict):
    """Posts of a content whose texts have the same letters."""

    text: str
    likeness: Literal["copypasta", "rewording", "translation"] | None
    posts: int
    accounts: int
    first_time: str


class Written(TypedDict):
    """What somebody wrote into a field."""

    id: int
    at: str
    by: str
    text: str
