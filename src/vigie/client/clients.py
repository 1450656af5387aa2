"""The two clients: they send what is planned elsewhere, and wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import httpx2

from vigie.client import accounts as tables
from vigie.client import answers, questions, requests
from vigie.client.accounts import Table
from vigie.client.answers import Answer
from vigie.client.operations import AsyncOperationClient, OperationClient
from vigie.client.questions import Form, Named, Opening, OperationQuestions, Question
from vigie.client.requests import Asked, Chunks, Request, ScoresAsked
from vigie.client.retries import Attempts, Outcome, Retries
from vigie.client.types import (
    DriftResponse,
    FeatureResponse,
    GroupTestResponse,
    ModelResponse,
    NetworkResponse,
    Operation,
    Remembered,
    RememberedCampaign,
    ScoreResponse,
)
from vigie.errors import UnreachableError

_Told = TypeVar("_Told")
_SCORE, _NETWORK, _GROUP_TEST = "/v1/score", "/v1/network", "/v1/group-tests"
_MODEL, _FEATURES, _DRIFT, _READY = "/v1/model", "/v1/features", "/v1/drift", "/readyz"


class _Settings:
    """What both clients are told, and what they do without sending."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout_s: float = 300,
        chunks: Chunks | None = None,
        retries: Retries | None = None,
        transport: Any = None,
    ) -> None:
        """Make the client; it connects when something is asked.

        Args:
            url: Address of the service, such as ``http://127.0.0.1:8000``.
            key: API key, where the service asks for one.
            timeout_s: Seconds in which an answer must begin: a large comparison takes minutes.
            chunks: How much one request carries: for scores of inauthenticity, and of what is observed.
            retries: How often and how long a request is tried again.
            transport: What carries requests, as httpx2 takes it; None: the network.
        """
        self._chunks, self._retries = chunks or Chunks(), retries or Retries()
        self._options: dict[str, Any] = {
            "base_url": url,
            "headers": {"Authorization": f"Bearer {key}"} if key else {},
            "timeout": httpx2.Timeout(timeout_s, connect=10),
            "transport": transport,
        }
        self._url = url

    def _plan(self, accounts: Table, posts: Table | None, asked: ScoresAsked) -> Iterator[Request]:
        """Yield the requests for scores: one where accounts are compared, else several of bounded size."""
        given = tables.objects(accounts, posts)
        if list(asked.get("targets", ())) == ["inauthentic"]:
            yield from requests.chunked(_SCORE, given, asked, self._chunks)
        else:
            yield requests.whole(_SCORE, given, asked)

    def _built(self, http: httpx2.Client | httpx2.AsyncClient, request: Request) -> httpx2.Request:
        return http.build_request(
            request.method,
            request.path,
            params=request.options,
            content=request.body,
            headers=request.headers,
        )

    def _counts(self, outcome: Outcome) -> httpx2.Response:
        """Return the response that an attempt ended with.

        Raises:
            UnreachableError: It ended with none.
        """
        if isinstance(outcome, httpx2.Response):
            return outcome
        said = str(outcome) or type(outcome).__name__
        raise UnreachableError(f"{self._url} gave no answer: {said}; is the service there?") from outcome


class Client(_Settings):
    """Asks a service, and waits for each answer. Use it as a context, so that its connections are closed."""

    def __enter__(self) -> Self:
        """Open it."""
        self._http = httpx2.Client(**self._options)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its connections."""
        self._http.close()

    def score(
        self, accounts: Table, posts: Table | None = None, **asked: Unpack[ScoresAsked]
    ) -> Answer[ScoreResponse]:
        """Return a result for each account, in order; a row of the table is an account.

        With ``targets=["inauthentic"]`` accounts are judged each by itself: any number is sent, in requests of bounded size.
        Otherwise they are compared with each other and go in one request, which the service refuses where it is too large.

        Args:
            accounts: Objects of the contract, or a table of Polars or pandas; each may hold its ``posts``.
            posts: A table of posts, with ``platform`` and ``account_id`` of their authors.
            **asked: ``targets``, ``top_reasons``, ``language``, and an ``operation`` among whose accounts these are compared;
                default: the service's.

        Raises:
            InputError: What is given cannot be sent.
            AnswerError: The service refuses the request.
            UnreachableError: It gives no answer.
        """
        return self.ask(questions.scores(self._plan(accounts, posts, asked)))

    def network(
        self, accounts: Table, posts: Table | None = None, **asked: Unpack[Asked]
    ) -> Answer[NetworkResponse]:
        """Return who acts in coordination; a row of the table is an account of a group. Arguments as :meth:`score`.

        All accounts go in one request, since those of several would not be compared with each other.
        """
        request = requests.whole(_NETWORK, tables.objects(accounts, posts), asked)
        return answers.network(self._read(request))

    def group_test(self, accounts: Table, **asked: Unpack[Asked]) -> Answer[GroupTestResponse]:
        """Return whether profiles are more alike than those of ordinary accounts; a row of the table is a trait.

        Arguments as :meth:`score`, without posts; all accounts go in one request.
        """
        return answers.group_test(self._read(requests.whole(_GROUP_TEST, tables.objects(accounts), asked)))

    def model(self, language: str = "en") -> ModelResponse:
        """Return what the models are, with their cards in a language."""
        model: ModelResponse = self._read(requests.get(_MODEL, language))
        return model

    def features(self) -> Answer[list[FeatureResponse]]:
        """Return what is measured; a row of the table is a feature."""
        return answers.rows(self._read(requests.get(_FEATURES)))

    def drift(self) -> DriftResponse:
        """Return how far the accounts of late are from those the models learnt on."""
        drift: DriftResponse = self._read(requests.get(_DRIFT))
        return drift

    def ready(self) -> bool:
        """Return whether the service would answer now; nothing is tried again."""
        try:
            return self._http.get(_READY).is_success
        except httpx2.TransportError:
            return False

    def open_operation(
        self, title: str, legal_basis: str, expires_at: datetime | str, **said: Unpack[Opening]
    ) -> Operation:
        """Open an operation, and return what it is; where this breaks off, look whether it is among :meth:`operations`.

        Args:
            title: Of the watch.
            legal_basis: What allows the collection: the text and the article.
            expires_at: When all that is of persons is forgotten; with its time zone.
            **said: ``theme`` (what is watched), ``retention_days``.
        """
        return self.ask(questions.opened(title, legal_basis, expires_at, said))

    def operations(self) -> list[Operation]:
        """Return every operation, the newest first."""
        return self.ask(questions.operations())["operations"]

    def operation(self, operation: str) -> OperationClient:
        """Return what asks one operation; nothing is sent yet.

        Args:
            operation: Its id.
        """
        return OperationClient(self, OperationQuestions(operation, self._chunks))

    def known_campaigns(self) -> list[RememberedCampaign]:
        """Return every campaign that the service remembers, by name."""
        return self.ask(questions.known_campaigns())["campaigns"]

    def remember_campaigns(self, content: bytes, form: Form, **said: Unpack[Named]) -> Remembered:
        """Remember the campaigns of a file, and return them with what was left out.

        Args:
            content: A STIX bundle, Meta's indicators, or a table of accounts, domains, pages or media hashes.
            form: How it is written.
            **said: ``name``, ``source`` and ``platform``, where the file does not say them.
        """
        return self.ask(questions.remembered(content, form, said))

    def forget_campaign(self, name: str, source: str) -> list[RememberedCampaign]:
        """Forget a known campaign, and return those that are left."""
        return self.ask(questions.forgotten(name, source))["campaigns"]

    def ask(self, question: Question[_Told]) -> _Told:
        """Return the answer to a question of :mod:`vigie.client.questions`."""
        try:
            request = next(question)
            while True:
                request = question.send(self._sent(request))
        except StopIteration as end:
            told: _Told = end.value
            return told

    def _read(self, request: Request) -> Any:
        return answers.read(self._sent(request))

    def _sent(self, request: Request) -> httpx2.Response:
        attempts = Attempts(self._retries, request.is_repeatable)
        while True:
            outcome: Outcome
            try:
                outcome = self._http.send(self._built(self._http, request))
            except httpx2.TransportError as error:
                outcome = error
            if (wait := attempts.wait(outcome)) is None:
                return self._counts(outcome)
            time.sleep(wait)


class AsyncClient(_Settings):
    """Asks a service without blocking; methods, arguments and errors are those of :class:`Client`."""

    async def __aenter__(self) -> Self:
        """Open it."""
        self._http = httpx2.AsyncClient(**self._options)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def score(
        self, accounts: Table, posts: Table | None = None, **asked: Unpack[ScoresAsked]
    ) -> Answer[ScoreResponse]:
        """As :meth:`Client.score`."""
        return await self.ask(questions.scores(self._plan(accounts, posts, asked)))

    async def network(
        self, accounts: Table, posts: Table | None = None, **asked: Unpack[Asked]
    ) -> Answer[NetworkResponse]:
        """As :meth:`Client.network`."""
        request = requests.whole(_NETWORK, tables.objects(accounts, posts), asked)
        return answers.network(await self._read(request))

    async def group_test(self, accounts: Table, **asked: Unpack[Asked]) -> Answer[GroupTestResponse]:
        """As :meth:`Client.group_test`."""
        return answers.group_test(
            await self._read(requests.whole(_GROUP_TEST, tables.objects(accounts), asked))
        )

    async def model(self, language: str = "en") -> ModelResponse:
        """As :meth:`Client.model`."""
        model: ModelResponse = await self._read(requests.get(_MODEL, language))
        return model

    async def features(self) -> Answer[list[FeatureResponse]]:
        """As :meth:`Client.features`."""
        return answers.rows(await self._read(requests.get(_FEATURES)))

    async def drift(self) -> DriftResponse:
        """As :meth:`Client.drift`."""
        drift: DriftResponse = await self._read(requests.get(_DRIFT))
        return drift

    async def ready(self) -> bool:
        """As :meth:`Client.ready`."""
        try:
            return (await self._http.get(_READY)).is_success
        except httpx2.TransportError:
            return False

    async def open_operation(
        self, title: str, legal_basis: str, expires_at: datetime | str, **said: Unpack[Opening]
    ) -> Operation:
        """As :meth:`Client.open_operation`."""
        return await self.ask(questions.opened(title, legal_basis, expires_at, said))

    async def operations(self) -> list[Operation]:
        """As :meth:`Client.operations`."""
        return (await self.ask(questions.operations()))["operations"]

    def operation(self, operation: str) -> AsyncOperationClient:
        """As :meth:`Client.operation`."""
        return AsyncOperationClient(self, OperationQuestions(operation, self._chunks))

    async def known_campaigns(self) -> list[RememberedCampaign]:
        """As :meth:`Client.known_campaigns`."""
        return (await self.ask(questions.known_campaigns()))["campaigns"]

    async def remember_campaigns(self, content: bytes, form: Form, **said: Unpack[Named]) -> Remembered:
        """As :meth:`Client.remember_campaigns`."""
        return await self.ask(questions.remembered(content, form, said))

    async def forget_campaign(self, name: str, source: str) -> list[RememberedCampaign]:
        """As :meth:`Client.forget_campaign`."""
        return (await self.ask(questions.forgotten(name, source)))["campaigns"]

    async def ask(self, question: Question[_Told]) -> _Told:
        """As :meth:`Client.ask`."""
        try:
            request = next(question)
            while True:
                request = question.send(await self._sent(request))
        except StopIteration as end:
            told: _Told = end.value
            return told

    async def _read(self, request: Request) -> Any:
        return answers.read(await self._sent(request))

    async def _sent(self, request: Request) -> httpx2.Response:
        attempts = Attempts(self._retries, request.is_repeatable)
        while True:
            outcome: Outcome
            try:
                outcome = await self._http.send(self._built(self._http, request))
            except httpx2.TransportError as error:
                outcome = error
            if (wait := attempts.wait(outcome)) is None:
                return self._counts(outcome)
            await asyncio.sleep(wait)
