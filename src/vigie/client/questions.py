"""What is asked: each question yields requests, is sent their responses, and ends with its answer.

Nothing here sends anything, so that both clients ask the same. ``client.ask`` takes a question.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NotRequired, TypeAlias, TypedDict, TypeVar
from urllib.parse import quote

import httpx2

from vigie.client import accounts as tables
from vigie.client import answers, requests
from vigie.client.accounts import Table
from vigie.client.answers import Answer
from vigie.client.requests import Chunks, Request
from vigie.client.types import (
    AccountResult,
    AccountSubject,
    Adaptation,
    AlertList,
    Assessment,
    ContentAnswer,
    ContentList,
    ContentSubject,
    CopiedContent,
    Decision,
    DecisionList,
    Dossier,
    Drawing,
    GroupTest,
    Judged,
    Label,
    LabelList,
    ListedPost,
    MemoryList,
    NoteFields,
    Observation,
    Operation,
    OperationList,
    PostList,
    RankedAccount,
    Ranking,
    Remembered,
    ScoreResponse,
    Suggestions,
    Theme,
    Timeline,
    Tracked,
    TrackList,
    TrackSubject,
)
from vigie.errors import AnswerError

_Told = TypeVar("_Told")
Question: TypeAlias = Generator[Request, httpx2.Response, _Told]

Language = Literal["en", "fr"]
Kind = Literal["account", "post"]
Tracks = Literal["groups", "campaigns"]
Subject: TypeAlias = AccountSubject | TrackSubject | ContentSubject
# How a bundle is marked: who may read it.
Marking = Literal["clear", "green", "amber", "amber+strict", "red"]
Criterion = Literal[
    "fundamental_interests",
    "inaccurate_or_misleading",
    "artificial_massive_deliberate",
    "foreign_involvement",
]
# Files of known campaigns.
Form = Literal["json", "csv", "xlsx"]
_OPERATIONS, _KNOWN = "/v1/operations", "/v1/known-campaigns"
# Of one page, the most that the service gives.
_PAGE = 1000
# How often pages are begun anew because the service judged again between two of them.
_TRIES = 5


class Opening(TypedDict, total=False):
    """What may be said of an operation beside what must be."""

    theme: Theme
    retention_days: int | None


class Changes(Opening, total=False):
    """What may be changed of an operation; what is left out stays."""

    title: str
    legal_basis: str
    expires_at: datetime | str


class Reasoned(TypedDict):
    """Who says something, why, and after which decision on the same: null or left out, there was none."""

    by: str
    why: str
    after: NotRequired[int | None]


class Decided(Reasoned):
    """A decision, but for what it is on."""

    target: Literal["inauthentic", "coordinated"]
    decision: Literal["confirmed", "false_positive", "cannot_tell"]


class OneOfSeveral(Decided):
    """A decision with what it is on."""

    subject: Subject


class Said(Reasoned):
    """What is said of a criterion."""

    criterion: Criterion
    answer: Literal["met", "not_met", "cannot_tell"]


class NoteTexts(TypedDict):
    """What somebody writes into a note, by field, and after which entry: null or left out, there was none."""

    fields: dict[str, str]
    by: str
    after: NotRequired[int | None]


class Named(TypedDict, total=False):
    """What is said of the campaigns of a file that does not say it."""

    name: str
    source: str
    platform: str


class Filters(TypedDict, total=False):
    """Which accounts are asked for, and in which order."""

    sort: Literal["coordinated", "inauthentic", "posts"]
    band: str
    platform: str
    handle: str
    group: int
    campaign: int
    known: str
    created: str
    label: Literal["inauthentic", "ordinary"]


class PostFilters(TypedDict, total=False):
    """Which posts are asked for, and in which order; times have a zone, weekday 0 is Monday."""

    sort: Literal["latest", "earliest", "views", "likes", "reposts", "replies"]
    platform: str
    account_id: str
    hashtag: str
    since: str
    until: str
    weekday: int
    hour: int
    content: str
    wording: int
    group: int
    campaign: int


def one(request: Request, shape: type[_Told]) -> Question[_Told]:
    """Ask for what one answer holds.

    Args:
        request: What is sent.
        shape: Of the answer, for a type checker: it is not checked here.

    Raises:
        AnswerError: The service refuses the request.
    """
    told: _Told = answers.read((yield request))
    return told


def scores(planned: Iterable[Request]) -> Question[Answer[ScoreResponse]]:
    """Ask for scores in several requests, and join them."""
    parts: list[ScoreResponse | list[AccountResult]] = []
    for request in planned:
        parts.append(answers.results(request, (yield request)))  # noqa: PERF401 - a comprehension cannot yield
    return answers.joined(parts)


def opened(title: str, legal_basis: str, expires_at: datetime | str, said: Opening) -> Question[Operation]:
    """Open an operation. This is no request to repeat, since each opens one."""
    fields = {"title": title, "legal_basis": legal_basis, "expires_at": expires_at, **said}
    return one(requests.order("POST", _OPERATIONS, fields, is_repeatable=False), Operation)


def operations() -> Question[OperationList]:
    """Ask for all operations."""
    return one(requests.get(_OPERATIONS), OperationList)


def known_campaigns() -> Question[MemoryList]:
    """Ask for all known campaigns."""
    return one(requests.get(_KNOWN), MemoryList)


def remembered(content: bytes, form: Form, said: Named) -> Question[Remembered]:
    """Remember the campaigns of a file; those of the same name and source are replaced."""
    return one(requests.upload(_KNOWN, content, {"format": form, **said}), Remembered)


def forgotten(name: str, source: str) -> Question[MemoryList]:
    """Forget a known campaign."""
    return one(Request("DELETE", _KNOWN, {"name": name, "source": source}, is_repeatable=False), MemoryList)


def file(request: Request) -> Question[bytes]:
    """Ask for a file."""
    return answers.file((yield request))


@dataclass(frozen=True)
class OperationQuestions:
    """What one operation is asked.

    Attributes:
        operation: Its id.
        chunks: How much one request carries of what was seen.
    """

    operation: str
    chunks: Chunks

    def get(self) -> Question[Operation]:
        """Ask what it is."""
        return one(requests.get(self.path()), Operation)

    def change(self, changes: Changes) -> Question[Operation]:
        """Change it."""
        return one(requests.order("PATCH", self.path(), changes), Operation)

    def close(self) -> Question[Operation]:
        """Close it."""
        return one(requests.order("POST", self.path("close")), Operation)

    def purge(self) -> Question[Operation]:
        """Purge it."""
        return one(requests.order("DELETE", self.path()), Operation)

    def observed(self, kind: Kind, given: Table, posts: Table | None = None) -> Question[Answer[Observation]]:
        """Send what was seen, in requests of bounded size.

        Args:
            kind: What is given.
            given: Accounts or posts.
            posts: Of accounts, in a table of their own.

        Raises:
            EmptyInputError: Nothing is given.
            InputError: What is given cannot be sent.
            AnswerError: The service refuses a request; what was sent before it is kept.
        """
        most = self.chunks if kind == "account" else replace(self.chunks, accounts=self.chunks.posts)
        entries = tables.objects(given, posts)
        parts: list[Observation] = []
        for request in requests.chunked(self.path(f"{kind}s"), entries, {}, most, kind):
            part: Observation = answers.read((yield request))
            for item in part["items"]:
                item["index"] += request.first
            parts.append(part)
        return answers.observed(parts)

    def judge(self) -> Question[Judged]:
        """Judge it now."""
        return one(requests.order("POST", self.path("judgements")), Judged)

    def judgement(self, language: Language) -> Question[Judged]:
        """Ask what the last judgement read."""
        return one(requests.get(self.path("judgement"), language), Judged)

    def adapt(self) -> Question[Adaptation]:
        """Adapt the model to it by its decisions."""
        return one(requests.order("POST", self.path("adaptation")), Adaptation)

    def adaptation(self, language: Language) -> Question[Adaptation]:
        """Ask how it is adapted."""
        return one(requests.get(self.path("adaptation"), language), Adaptation)

    def forget_adaptation(self) -> Question[bytes]:
        """Judge it by the model as it is."""
        return file(requests.order("DELETE", self.path("adaptation"), is_repeatable=False))

    def suggestions(self, most: int, language: Language) -> Question[Suggestions]:
        """Ask whom to decide on next."""
        asked = requests.get(self.path("adaptation", "suggestions"), language, {"limit": most})
        return one(asked, Suggestions)

    def accounts(self, most: int | None, filters: Filters) -> Question[Answer[list[RankedAccount]]]:
        """Ask for accounts page by page, all of one judgement.

        Args:
            most: How many; None: all.
            filters: Which accounts.

        Raises:
            AnswerError: The service judges again and again before the last page is read.
        """
        for _ in range(_TRIES):
            found: list[RankedAccount] = []
            judged: set[int] = set()
            offset: int | None = 0
            while offset is not None and len(judged) < 2 and (most is None or len(found) < most):
                limit = _PAGE if most is None else min(_PAGE, most - len(found))
                asked = {**filters, "offset": offset, "limit": limit}
                page: Ranking = answers.read((yield requests.get(self.path("accounts"), options=asked)))
                judged.add(page["judged_revision"])
                found += page["accounts"]
                offset = page["next_offset"]
            if len(judged) < 2:
                return answers.rows(found)
        raise AnswerError(
            200, {"detail": "the operation was judged anew before all accounts were read"}, None
        )

    def posts(self, most: int | None, filters: PostFilters) -> Question[Answer[list[ListedPost]]]:
        """Ask for posts page by page.

        Args:
            most: How many; None: all.
            filters: Which posts.
        """
        found: list[ListedPost] = []
        offset: int | None = 0
        while offset is not None and (most is None or len(found) < most):
            limit = _PAGE if most is None else min(_PAGE, most - len(found))
            asked = {**filters, "offset": offset, "limit": limit}
            page: PostList = answers.read((yield requests.get(self.path("posts"), options=asked)))
            found += page["posts"]
            offset = page["next_offset"]
        return answers.rows(found)

    def account(self, platform: str, account_id: str, language: Language) -> Question[Dossier]:
        """Ask for all that is known of an account."""
        return one(requests.get(self.path("accounts", platform, account_id), language), Dossier)

    def tracks(self, kind: Tracks, language: Language) -> Question[TrackList]:
        """Ask for groups or campaigns over time."""
        return one(requests.get(self.path(kind), language), TrackList)

    def track(self, kind: Tracks, number: int, language: Language) -> Question[Tracked]:
        """Ask for a group or a campaign."""
        return one(requests.get(self.path(kind, number), language), Tracked)

    def contents(self, trace: str | None) -> Question[Answer[list[CopiedContent]]]:
        """Ask for all that several accounts published, page by page."""
        found: list[CopiedContent] = []
        while True:
            asked = {"trace": trace, "offset": len(found), "limit": _PAGE}
            page: ContentList = answers.read((yield requests.get(self.path("contents"), options=asked)))
            found += page["contents"]
            if len(page["contents"]) < _PAGE:
                return answers.rows(found)

    def content(self, content: str) -> Question[ContentAnswer]:
        """Ask who published a content, page by page."""
        page: ContentAnswer = answers.read(
            (yield requests.get(self.path("contents", content), options={"limit": _PAGE}))
        )
        posts, following = page["published"]["posts"], page["published"]["next_offset"]
        while following is not None:
            asked = {"offset": following, "limit": _PAGE}
            further: ContentAnswer = answers.read(
                (yield requests.get(self.path("contents", content), options=asked))
            )
            posts, following = [*posts, *further["published"]["posts"]], further["published"]["next_offset"]
        return {**page, "published": {**page["published"], "posts": posts, "next_offset": None}}

    def timeline(self) -> Question[Timeline]:
        """Ask what was posted, hour by hour."""
        return one(requests.get(self.path("timeline")), Timeline)

    def alerts(self, since: int, language: Language) -> Question[AlertList]:
        """Ask for the alerts after one."""
        return one(requests.get(self.path("alerts"), language, {"since": since}), AlertList)

    def decide(self, subject: Subject, decided: Decided) -> Question[Decision]:
        """Decide on something. This is no request to repeat, since each adds a decision."""
        fields = {"subject": subject, **decided}
        return one(requests.order("POST", self.path("decisions"), fields, is_repeatable=False), Decision)

    def decide_all(self, decided: Sequence[OneOfSeveral]) -> Question[DecisionList]:
        """Decide on several things, on all or on none. This is no request to repeat."""
        path = self.path("decisions", "several")
        return one(
            requests.order("POST", path, {"decisions": list(decided)}, is_repeatable=False), DecisionList
        )

    def withdraw(self, decisions: Sequence[int], by: str, why: str) -> Question[DecisionList]:
        """Take decisions back, all or none. This is no request to repeat, since each adds decisions."""
        fields = {"decisions": list(decisions), "by": by, "why": why}
        path = self.path("decisions", "withdrawals")
        return one(requests.order("POST", path, fields, is_repeatable=False), DecisionList)

    def decisions(self, since: int) -> Question[Answer[list[Decision]]]:
        """Ask for all decisions after one, page by page."""
        found: list[Decision] = []
        while True:
            asked = {"since": found[-1]["id"] if found else since, "limit": _PAGE}
            page: DecisionList = answers.read((yield requests.get(self.path("decisions"), options=asked)))
            found += page["decisions"]
            if len(page["decisions"]) < _PAGE:
                return answers.rows(found)

    def labels(self) -> Question[Answer[list[Label]]]:
        """Ask for the labels that decisions give."""
        told: LabelList = answers.read((yield requests.get(self.path("labels"))))
        return answers.rows(told["labels"])

    def assessment(self, kind: Tracks, number: int, language: Language) -> Question[Assessment]:
        """Ask for a group or a campaign against the four criteria."""
        return one(requests.get(self.path(kind, number, "assessment"), language), Assessment)

    def assess(self, kind: Tracks, number: int, said: Said) -> Question[Decision]:
        """Say whether a criterion is met. This is no request to repeat, since each adds to what was said."""
        path = self.path(kind, number, "assessment")
        return one(requests.order("PUT", path, said, is_repeatable=False), Decision)

    def write_note(
        self, kind: Tracks, number: int, texts: NoteTexts, language: Language
    ) -> Question[NoteFields]:
        """Write fields of the technical note; a text that stands there already adds nothing."""
        path = self.path(kind, number, "assessment", "fields")
        return one(requests.order("PUT", path, texts, language=language), NoteFields)

    def group_test(
        self, subjects: Sequence[AccountSubject | TrackSubject], language: Language
    ) -> Question[GroupTest]:
        """Ask whether the profiles of accounts, groups and campaigns are more alike than ordinary ones."""
        asked = {"subjects": list(subjects)}
        return one(requests.order("POST", self.path("group-tests"), asked, language=language), GroupTest)

    def drawing(self, kind: Tracks, number: int) -> Question[Drawing]:
        """Ask for a group or a campaign with places on a page."""
        return one(requests.get(self.path(kind, number, "drawing")), Drawing)

    def remember(self, kind: Tracks, number: int, name: str) -> Question[Remembered]:
        """Remember a group or a campaign; one of the same name is replaced."""
        return one(requests.order("POST", self.path(kind, number, "remember"), {"name": name}), Remembered)

    def stix(self, kind: Tracks, number: int, tlp: Marking, language: Language) -> Question[bytes]:
        """Ask for a group or a campaign as a STIX bundle."""
        return file(requests.get(self.path(kind, number, "stix"), language, {"tlp": tlp}))

    def content_stix(self, content: str, tlp: Marking, language: Language) -> Question[bytes]:
        """Ask for a content as a STIX bundle."""
        return file(requests.get(self.path("contents", content, "stix"), language, {"tlp": tlp}))

    def shared(self, tlp: Marking, language: Language) -> Question[bytes]:
        """Ask for the operation as a STIX bundle."""
        return file(requests.get(self.path("stix"), language, {"tlp": tlp}))

    def dossier(self, kind: Tracks, number: int) -> Question[bytes]:
        """Ask for a group or a campaign as a sealed dossier."""
        return file(requests.get(self.path(kind, number, "dossier")))

    def written(
        self, name: Literal["note", "note.zip", "network.graphml"], language: Language
    ) -> Question[bytes]:
        """Ask for a file of the operation."""
        return file(requests.get(self.path(name), language))

    def technical(
        self, kind: Tracks, number: int, name: Literal["note", "note.zip"], language: Language
    ) -> Question[bytes]:
        """Ask for the technical note on a group or a campaign."""
        return file(requests.get(self.path(kind, number, name), language))

    def path(self, *parts: object) -> str:
        """Return the address of the operation, or of something in it."""
        return "/".join((_OPERATIONS, *(quote(str(part), safe="") for part in (self.operation, *parts))))
