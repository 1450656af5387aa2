"""The cases of one operation, asked by either client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

from vigie.client import requests
from vigie.client.questions import OperationQuestions, Question, Subject, one
from vigie.client.types import Case, CaseList, File

if TYPE_CHECKING:
    from vigie.client.clients import AsyncClient, Client

State = Literal["pending", "investigating", "closed"]


class Opened(TypedDict):
    """Who opens a case, and why."""

    by: str
    note: str


class Added(Opened, total=False):
    """What is added to a case besides a note."""

    state: State | None
    subjects: Sequence[Subject]
    files: Sequence[File]


@dataclass(frozen=True)
class CaseQuestions:
    """What is asked of the cases of an operation. What adds to them is not sent again where a connection breaks.

    Attributes:
        of: The operation.
    """

    of: OperationQuestions

    def listed(self, state: State | None) -> Question[CaseList]:
        """Ask for all of them, or for those in a state."""
        return one(requests.get(self.of.path("cases"), options={"state": state}), CaseList)

    def get(self, case: int) -> Question[Case]:
        """Ask for one."""
        return one(requests.get(self.of.path("cases", case)), Case)

    def open(self, title: str, subjects: Sequence[Subject], said: Opened) -> Question[Case]:
        """Open one."""
        fields = {"title": title, "subjects": list(subjects), **said}
        return one(requests.order("POST", self.of.path("cases"), fields, is_repeatable=False), Case)

    def add(self, case: int, after: int, said: Added) -> Question[Case]:
        """Add to one."""
        path = self.of.path("cases", case, "entries")
        return one(requests.order("POST", path, {"after": after, **said}, is_repeatable=False), Case)


@dataclass(frozen=True)
class CasesClient:
    """Asks of the cases of one operation, and waits for each answer. See :attr:`OperationClient.cases`."""

    _client: Client
    _asked: CaseQuestions

    def all(self, state: State | None = None) -> list[Case]:
        """Return all of them, or those in a state, those changed last first."""
        return self._client.ask(self._asked.listed(state))["cases"]

    def get(self, case: int) -> Case:
        """Return one with its entries."""
        return self._client.ask(self._asked.get(case))

    def open(self, title: str, subjects: Sequence[Subject] = (), **said: Unpack[Opened]) -> Case:
        """Open one.

        Args:
            title: What it is called.
            subjects: Accounts, groups, campaigns and contents, as :meth:`OperationClient.decide` takes them.
            **said: ``by`` whom, and a ``note``.
        """
        return self._client.ask(self._asked.open(title, subjects, said))

    def add(self, case: int, after: int, **said: Unpack[Added]) -> Case:
        """Add a note to one, and with it a state, subjects or files.

        Args:
            case: Its number.
            after: The last entry that was seen.
            **said: ``by`` whom, a ``note``, ``state``, ``subjects``, ``files`` (name, and url or sha256).

        Raises:
            AnswerError: 409: somebody added in between.
        """
        return self._client.ask(self._asked.add(case, after, said))


@dataclass(frozen=True)
class AsyncCasesClient:
    """As :class:`CasesClient`, without blocking."""

    _client: AsyncClient
    _asked: CaseQuestions

    async def all(self, state: State | None = None) -> list[Case]:
        """As :meth:`CasesClient.all`."""
        return (await self._client.ask(self._asked.listed(state)))["cases"]

    async def get(self, case: int) -> Case:
        """As :meth:`CasesClient.get`."""
        return await self._client.ask(self._asked.get(case))

    async def open(self, title: str, subjects: Sequence[Subject] = (), **said: Unpack[Opened]) -> Case:
        """As :meth:`CasesClient.open`."""
        return await self._client.ask(self._asked.open(title, subjects, said))

    async def add(self, case: int, after: int, **said: Unpack[Added]) -> Case:
        """As :meth:`CasesClient.add`."""
        return await self._client.ask(self._asked.add(case, after, said))
