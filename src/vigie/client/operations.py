"""One operation, asked by either client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from vigie.client.accounts import Table
from vigie.client.answers import Answer
from vigie.client.cases import AsyncCasesClient, CaseQuestions, CasesClient
from vigie.client.questions import (
    Changes,
    Decided,
    Filters,
    Language,
    Marking,
    NoteTexts,
    OneOfSeveral,
    OperationQuestions,
    PostFilters,
    Said,
    Subject,
    Tracks,
)
from vigie.client.types import (
    AccountSubject,
    Adaptation,
    Alert,
    Assessment,
    ContentAnswer,
    CopiedContent,
    Decision,
    Dossier,
    Drawing,
    GroupTest,
    Judged,
    Label,
    ListedPost,
    NoteFields,
    Observation,
    Operation,
    RankedAccount,
    Remembered,
    Suggestions,
    Timeline,
    Tracked,
    TrackList,
    TrackSubject,
)
from vigie.client.webhooks import AsyncWebhooksClient, WebhookQuestions, WebhooksClient

if TYPE_CHECKING:
    from vigie.client.clients import AsyncClient, Client


@dataclass
class Alerts:
    """Alerts in order. Each loop goes on after the last one that was given.

    Attributes:
        last: Its id: keep it, and ask for those since it when the program starts again.
    """

    _client: Client
    _asked: OperationQuestions
    last: int
    _language: Language

    def __iter__(self) -> Iterator[Alert]:
        """Yield those that there are now."""
        while page := self._client.ask(self._asked.alerts(self.last, self._language))["alerts"]:
            for alert in page:
                self.last = alert["id"]
                yield alert


@dataclass
class AsyncAlerts:
    """As :class:`Alerts`, for ``async for``."""

    _client: AsyncClient
    _asked: OperationQuestions
    last: int
    _language: Language

    async def __aiter__(self) -> AsyncIterator[Alert]:
        """Yield those that there are now."""
        while page := (await self._client.ask(self._asked.alerts(self.last, self._language)))["alerts"]:
            for alert in page:
                self.last = alert["id"]
                yield alert


@dataclass(frozen=True)
class OperationClient:
    """Asks one operation, and waits for each answer. See :meth:`vigie.client.Client.operation`."""

    _client: Client
    _asked: OperationQuestions

    def get(self) -> Operation:
        """Return what it is and how much it holds."""
        return self._client.ask(self._asked.get())

    def change(self, **changes: Unpack[Changes]) -> Operation:
        """Change its title, theme, legal basis, expiry or retention, and return it."""
        return self._client.ask(self._asked.change(changes))

    def close(self) -> Operation:
        """Take nothing more; what it holds is kept until it expires."""
        return self._client.ask(self._asked.close())

    def purge(self) -> Operation:
        """Forget now all that is of persons; counts and the chain of decisions remain."""
        return self._client.ask(self._asked.purge())

    def observe(self, accounts: Table, posts: Table | None = None) -> Answer[Observation]:
        """Send accounts with their posts; a row of the table is an account, and what became of it.

        They go in requests of bounded size. All of a request is kept when it is answered, or nothing of it; where one fails,
        send everything again: what is kept already is known, and kept once.

        Args:
            accounts: Objects of the contract, or a table of Polars or pandas; each may hold its ``posts``. ``observed_at`` may
                be left out: they were seen when they are received.
            posts: A table of posts, with ``platform`` and ``account_id`` of their authors.

        Raises:
            InputError: What is given cannot be sent.
            AnswerError: The service refuses a request.
            UnreachableError: It gives no answer.
        """
        return self._client.ask(self._asked.observed("account", accounts, posts))

    def observe_posts(self, posts: Table) -> Answer[Observation]:
        """Send posts that name their authors by ``platform`` and ``account_id``; a row is a post. As :meth:`observe`."""
        return self._client.ask(self._asked.observed("post", posts))

    def judge(self) -> Judged:
        """Judge now all that it holds; the service does so by itself some time after something came in."""
        return self._client.ask(self._asked.judge())

    def judgement(self, language: Language = "en") -> Judged:
        """Return what the last judgement read, when it was made, and what this collection cannot show."""
        return self._client.ask(self._asked.judgement(language))

    def adapt(self) -> Adaptation:
        """Adapt the model of inauthenticity to it by its decisions, and return what that is worth.

        Raises:
            AnswerError: The decisions are too few, or do not surely improve the model: what judged goes on judging.
        """
        return self._client.ask(self._asked.adapt())

    def adaptation(self, language: Language = "en") -> Adaptation:
        """Return how it is adapted, and what that is worth."""
        return self._client.ask(self._asked.adaptation(language))

    def forget_adaptation(self) -> None:
        """Judge it by the model as it is again."""
        self._client.ask(self._asked.forget_adaptation())

    def suggestions(self, most: int = 50, language: Language = "en") -> Suggestions:
        """Return accounts to decide on next, so that an adaptation gains most, and why each."""
        return self._client.ask(self._asked.suggestions(most, language))

    def accounts(self, most: int | None = None, **filters: Unpack[Filters]) -> Answer[list[RankedAccount]]:
        """Return accounts ranked by a score, of all pages; a row of the table is an account.

        Args:
            most: How many; None: all that the filters leave.
            **filters: ``sort``, ``band``, ``platform``, ``handle`` (its start), ``group``, ``campaign``, ``known`` (a known
                campaign that it matches), ``created`` (a day), ``label`` (what decisions label it as).
        """
        return self._client.ask(self._asked.accounts(most, filters))

    def posts(self, most: int | None = None, **filters: Unpack[PostFilters]) -> Answer[list[ListedPost]]:
        """Return the posts behind a number, of all pages; a row of the table is a post.

        Args:
            most: How many; None: all that the filters leave.
            **filters: ``sort``, ``platform``, ``account_id``, ``hashtag``, ``since``, ``until``, ``weekday``, ``hour``, ``content``
                (an id of :meth:`contents`), ``wording``, ``group``, ``campaign``.
        """
        return self._client.ask(self._asked.posts(most, filters))

    def account(self, platform: str, account_id: str, language: Language = "en") -> Dossier:
        """Return both verdicts on an account with reasons and partners, the history of its profile, its latest posts."""
        return self._client.ask(self._asked.account(platform, account_id, language))

    def groups(self, language: Language = "en") -> TrackList:
        """Return the groups over time: those found last first."""
        return self._client.ask(self._asked.tracks("groups", language))

    def group(self, track: int, language: Language = "en") -> Tracked:
        """Return a group by its number over time."""
        return self._client.ask(self._asked.track("groups", track, language))

    def campaigns(self, language: Language = "en") -> TrackList:
        """Return the campaigns over time: those found last first."""
        return self._client.ask(self._asked.tracks("campaigns", language))

    def campaign(self, track: int, language: Language = "en") -> Tracked:
        """Return a campaign by its number over time."""
        return self._client.ask(self._asked.track("campaigns", track, language))

    def contents(self, trace: str | None = None) -> Answer[list[CopiedContent]]:
        """Return what several accounts published as their own, of all pages; a row of the table is a content."""
        return self._client.ask(self._asked.contents(trace))

    def timeline(self) -> Timeline:
        """Return what was posted, hour by hour."""
        return self._client.ask(self._asked.timeline())

    def alerts(self, since: int = 0, language: Language = "en") -> Alerts:
        """Return what changed after an alert: a new group, one that grew, merged, split, rests or is back, a burst."""
        return Alerts(self._client, self._asked, since, language)

    def decide(self, subject: Subject, **decided: Unpack[Decided]) -> Decision:
        """Add a decision; nothing is overwritten, and no score changes.

        Args:
            subject: ``{"kind": "group", "track": 1}``, ``{"kind": "campaign", "track": 1}``, ``{"kind": "account", "platform": …,
                "account_id": …}`` or ``{"kind": "content", "trace": …, "object": …}``.
            **decided: ``target``, ``decision``, ``by`` whom, ``why``, and ``after`` which decision on the same.

        Raises:
            AnswerError: 409: somebody decided in between.
        """
        return self._client.ask(self._asked.decide(subject, decided))

    def decisions(self, since: int = 0) -> Answer[list[Decision]]:
        """Return all decisions after one, in order; a row of the table is a decision."""
        return self._client.ask(self._asked.decisions(since))

    def labels(self) -> Answer[list[Label]]:
        """Return the labels that decisions give, to train or evaluate with; a row of the table is a label."""
        return self._client.ask(self._asked.labels())

    def assessment(self, kind: Tracks, track: int, language: Language = "en") -> Assessment:
        """Return a group or a campaign against the four criteria of a foreign digital interference."""
        return self._client.ask(self._asked.assessment(kind, track, language))

    def assess(self, kind: Tracks, track: int, **said: Unpack[Said]) -> Decision:
        """Say whether a criterion is met; it is added to what was said before.

        Args:
            kind: ``groups`` or ``campaigns``.
            track: Number over time.
            **said: ``criterion``, ``answer``, ``by`` whom, ``why``, and ``after`` which decision on the same.
        """
        return self._client.ask(self._asked.assess(kind, track, said))

    def write_note(
        self, kind: Tracks, track: int, language: Language = "en", **texts: Unpack[NoteTexts]
    ) -> NoteFields:
        """Write the fields of the technical note that no measurement fills.

        Args:
            kind: ``groups`` or ``campaigns``.
            track: Number over time.
            language: Of the titles of the fields.
            **texts: ``fields`` with a text each, ``by`` whom, and ``after`` which entry of the note.
        """
        return self._client.ask(self._asked.write_note(kind, track, texts, language))

    def drawing(self, kind: Tracks, track: int) -> Drawing:
        """Return the accounts of a group or a campaign with their places on a page."""
        return self._client.ask(self._asked.drawing(kind, track))

    def group_test(
        self, subjects: Sequence[AccountSubject | TrackSubject], language: Language = "en"
    ) -> GroupTest:
        """Return whether the profiles of accounts, groups and campaigns are more alike than those of ordinary lists.

        Args:
            subjects: What is tested: ``{"kind": "campaign", "track": 4}``, an account by ``platform`` and ``account_id``.
            language: Of the sentences.
        """
        return self._client.ask(self._asked.group_test(subjects, language))

    def remember(self, kind: Tracks, track: int, name: str) -> Remembered:
        """Keep keyed digests of a confirmed group or campaign, by which other operations recognise what comes back."""
        return self._client.ask(self._asked.remember(kind, track, name))

    def stix(self, kind: Tracks, track: int, tlp: Marking = "amber", language: Language = "en") -> bytes:
        """Return a group or a campaign as a STIX 2.1 bundle, JSON, for OpenCTI."""
        return self._client.ask(self._asked.stix(kind, track, tlp, language))

    def content_stix(self, content: str, tlp: Marking = "amber", language: Language = "en") -> bytes:
        """Return a content, by its id, as a STIX 2.1 bundle, JSON, for OpenCTI: who published it, without a verdict."""
        return self._client.ask(self._asked.content_stix(content, tlp, language))

    def shared(self, tlp: Marking = "amber", language: Language = "en") -> bytes:
        """Return the operation as a STIX 2.1 bundle: what evidence is strong for, or somebody confirmed."""
        return self._client.ask(self._asked.shared(tlp, language))

    def note(self, language: Language = "en") -> bytes:
        """Return the note of an analyst, one page of HTML."""
        return self._client.ask(self._asked.written("note", language))

    def note_archive(self, language: Language = "en") -> bytes:
        """Return the note with its annexes: a ZIP archive with accounts and posts as CSV."""
        return self._client.ask(self._asked.written("note.zip", language))

    def technical_note(self, kind: Tracks, track: int, language: Language = "en") -> bytes:
        """Return the technical note on a group or a campaign, one page of HTML."""
        return self._client.ask(self._asked.technical(kind, track, "note", language))

    def technical_note_archive(self, kind: Tracks, track: int, language: Language = "en") -> bytes:
        """Return the technical note with its annexes, a ZIP archive."""
        return self._client.ask(self._asked.technical(kind, track, "note.zip", language))

    def graphml(self, language: Language = "en") -> bytes:
        """Return the network of the accounts as GraphML."""
        return self._client.ask(self._asked.written("network.graphml", language))

    def decide_all(self, decided: Sequence[OneOfSeveral]) -> list[Decision]:
        """Add several decisions, all or none; each has its ``subject`` and what :meth:`decide` takes.

        Raises:
            AnswerError: 409: somebody decided on one of them in between.
        """
        return self._client.ask(self._asked.decide_all(decided))["decisions"]

    def withdraw(self, decisions: Sequence[int], by: str, why: str) -> list[Decision]:
        """Take decisions back, all or none: what stood before each stands again.

        Args:
            decisions: Ids, each of the last decision on its subject and target.
            by: Whom.
            why: In words.

        Raises:
            AnswerError: 409: somebody decided after one of them.
        """
        return self._client.ask(self._asked.withdraw(decisions, by, why))["decisions"]

    def dossier(self, kind: Tracks, track: int) -> bytes:
        """Return a group or a campaign as a sealed dossier, a ZIP archive; it holds personal data of all that were compared."""
        return self._client.ask(self._asked.dossier(kind, track))

    def content(self, content: str) -> ContentAnswer:
        """Return who published a content, when and in which words, with the posts of all pages.

        Args:
            content: Its id in :meth:`contents`.
        """
        return self._client.ask(self._asked.content(content))

    @property
    def cases(self) -> CasesClient:
        """What people look into."""
        return CasesClient(self._client, CaseQuestions(self._asked))

    @property
    def webhooks(self) -> WebhooksClient:
        """Addresses that are told of alerts."""
        return WebhooksClient(self._client, WebhookQuestions(self._asked))


@dataclass(frozen=True)
class AsyncOperationClient:
    """Asks one operation without blocking; methods, arguments and errors are those of :class:`OperationClient`."""

    _client: AsyncClient
    _asked: OperationQuestions

    async def get(self) -> Operation:
        """As :meth:`OperationClient.get`."""
        return await self._client.ask(self._asked.get())

    async def change(self, **changes: Unpack[Changes]) -> Operation:
        """As :meth:`OperationClient.change`."""
        return await self._client.ask(self._asked.change(changes))

    async def close(self) -> Operation:
        """As :meth:`OperationClient.close`."""
        return await self._client.ask(self._asked.close())

    async def purge(self) -> Operation:
        """As :meth:`OperationClient.purge`."""
        return await self._client.ask(self._asked.purge())

    async def observe(self, accounts: Table, posts: Table | None = None) -> Answer[Observation]:
        """As :meth:`OperationClient.observe`."""
        return await self._client.ask(self._asked.observed("account", accounts, posts))

    async def observe_posts(self, posts: Table) -> Answer[Observation]:
        """As :meth:`OperationClient.observe_posts`."""
        return await self._client.ask(self._asked.observed("post", posts))

    async def judge(self) -> Judged:
        """As :meth:`OperationClient.judge`."""
        return await self._client.ask(self._asked.judge())

    async def judgement(self, language: Language = "en") -> Judged:
        """As :meth:`OperationClient.judgement`."""
        return await self._client.ask(self._asked.judgement(language))

    async def adapt(self) -> Adaptation:
        """As :meth:`OperationClient.adapt`."""
        return await self._client.ask(self._asked.adapt())

    async def adaptation(self, language: Language = "en") -> Adaptation:
        """As :meth:`OperationClient.adaptation`."""
        return await self._client.ask(self._asked.adaptation(language))

    async def forget_adaptation(self) -> None:
        """As :meth:`OperationClient.forget_adaptation`."""
        await self._client.ask(self._asked.forget_adaptation())

    async def suggestions(self, most: int = 50, language: Language = "en") -> Suggestions:
        """As :meth:`OperationClient.suggestions`."""
        return await self._client.ask(self._asked.suggestions(most, language))

    async def accounts(
        self, most: int | None = None, **filters: Unpack[Filters]
    ) -> Answer[list[RankedAccount]]:
        """As :meth:`OperationClient.accounts`."""
        return await self._client.ask(self._asked.accounts(most, filters))

    async def posts(
        self, most: int | None = None, **filters: Unpack[PostFilters]
    ) -> Answer[list[ListedPost]]:
        """As :meth:`OperationClient.posts`."""
        return await self._client.ask(self._asked.posts(most, filters))

    async def account(self, platform: str, account_id: str, language: Language = "en") -> Dossier:
        """As :meth:`OperationClient.account`."""
        return await self._client.ask(self._asked.account(platform, account_id, language))

    async def groups(self, language: Language = "en") -> TrackList:
        """As :meth:`OperationClient.groups`."""
        return await self._client.ask(self._asked.tracks("groups", language))

    async def group(self, track: int, language: Language = "en") -> Tracked:
        """As :meth:`OperationClient.group`."""
        return await self._client.ask(self._asked.track("groups", track, language))

    async def campaigns(self, language: Language = "en") -> TrackList:
        """As :meth:`OperationClient.campaigns`."""
        return await self._client.ask(self._asked.tracks("campaigns", language))

    async def campaign(self, track: int, language: Language = "en") -> Tracked:
        """As :meth:`OperationClient.campaign`."""
        return await self._client.ask(self._asked.track("campaigns", track, language))

    async def contents(self, trace: str | None = None) -> Answer[list[CopiedContent]]:
        """As :meth:`OperationClient.contents`."""
        return await self._client.ask(self._asked.contents(trace))

    async def timeline(self) -> Timeline:
        """As :meth:`OperationClient.timeline`."""
        return await self._client.ask(self._asked.timeline())

    def alerts(self, since: int = 0, language: Language = "en") -> AsyncAlerts:
        """As :meth:`OperationClient.alerts`."""
        return AsyncAlerts(self._client, self._asked, since, language)

    async def decide(self, subject: Subject, **decided: Unpack[Decided]) -> Decision:
        """As :meth:`OperationClient.decide`."""
        return await self._client.ask(self._asked.decide(subject, decided))

    async def decisions(self, since: int = 0) -> Answer[list[Decision]]:
        """As :meth:`OperationClient.decisions`."""
        return await self._client.ask(self._asked.decisions(since))

    async def labels(self) -> Answer[list[Label]]:
        """As :meth:`OperationClient.labels`."""
        return await self._client.ask(self._asked.labels())

    async def assessment(self, kind: Tracks, track: int, language: Language = "en") -> Assessment:
        """As :meth:`OperationClient.assessment`."""
        return await self._client.ask(self._asked.assessment(kind, track, language))

    async def assess(self, kind: Tracks, track: int, **said: Unpack[Said]) -> Decision:
        """As :meth:`OperationClient.assess`."""
        return await self._client.ask(self._asked.assess(kind, track, said))

    async def write_note(
        self, kind: Tracks, track: int, language: Language = "en", **texts: Unpack[NoteTexts]
    ) -> NoteFields:
        """As :meth:`OperationClient.write_note`."""
        return await self._client.ask(self._asked.write_note(kind, track, texts, language))

    async def drawing(self, kind: Tracks, track: int) -> Drawing:
        """As :meth:`OperationClient.drawing`."""
        return await self._client.ask(self._asked.drawing(kind, track))

    async def group_test(
        self, subjects: Sequence[AccountSubject | TrackSubject], language: Language = "en"
    ) -> GroupTest:
        """As :meth:`OperationClient.group_test`."""
        return await self._client.ask(self._asked.group_test(subjects, language))

    async def remember(self, kind: Tracks, track: int, name: str) -> Remembered:
        """As :meth:`OperationClient.remember`."""
        return await self._client.ask(self._asked.remember(kind, track, name))

    async def stix(
        self, kind: Tracks, track: int, tlp: Marking = "amber", language: Language = "en"
    ) -> bytes:
        """As :meth:`OperationClient.stix`."""
        return await self._client.ask(self._asked.stix(kind, track, tlp, language))

    async def content_stix(self, content: str, tlp: Marking = "amber", language: Language = "en") -> bytes:
        """As :meth:`OperationClient.content_stix`."""
        return await self._client.ask(self._asked.content_stix(content, tlp, language))

    async def shared(self, tlp: Marking = "amber", language: Language = "en") -> bytes:
        """As :meth:`OperationClient.shared`."""
        return await self._client.ask(self._asked.shared(tlp, language))

    async def note(self, language: Language = "en") -> bytes:
        """As :meth:`OperationClient.note`."""
        return await self._client.ask(self._asked.written("note", language))

    async def note_archive(self, language: Language = "en") -> bytes:
        """As :meth:`OperationClient.note_archive`."""
        return await self._client.ask(self._asked.written("note.zip", language))

    async def technical_note(self, kind: Tracks, track: int, language: Language = "en") -> bytes:
        """As :meth:`OperationClient.technical_note`."""
        return await self._client.ask(self._asked.technical(kind, track, "note", language))

    async def technical_note_archive(self, kind: Tracks, track: int, language: Language = "en") -> bytes:
        """As :meth:`OperationClient.technical_note_archive`."""
        return await self._client.ask(self._asked.technical(kind, track, "note.zip", language))

    async def graphml(self, language: Language = "en") -> bytes:
        """As :meth:`OperationClient.graphml`."""
        return await self._client.ask(self._asked.written("network.graphml", language))

    async def decide_all(self, decided: Sequence[OneOfSeveral]) -> list[Decision]:
        """As :meth:`OperationClient.decide_all`."""
        return (await self._client.ask(self._asked.decide_all(decided)))["decisions"]

    async def withdraw(self, decisions: Sequence[int], by: str, why: str) -> list[Decision]:
        """As :meth:`OperationClient.withdraw`."""
        return (await self._client.ask(self._asked.withdraw(decisions, by, why)))["decisions"]

    async def dossier(self, kind: Tracks, track: int) -> bytes:
        """As :meth:`OperationClient.dossier`."""
        return await self._client.ask(self._asked.dossier(kind, track))

    async def content(self, content: str) -> ContentAnswer:
        """As :meth:`OperationClient.content`."""
        return await self._client.ask(self._asked.content(content))

    @property
    def cases(self) -> AsyncCasesClient:
        """As :attr:`OperationClient.cases`."""
        return AsyncCasesClient(self._client, CaseQuestions(self._asked))

    @property
    def webhooks(self) -> AsyncWebhooksClient:
        """As :attr:`OperationClient.webhooks`."""
        return AsyncWebhooksClient(self._client, WebhookQuestions(self._asked))
