"""The webhooks of one operation, asked by either client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vigie.client import requests
from vigie.client.questions import OperationQuestions, Question, file, one
from vigie.client.types import DeadLetter, DeadLetterList, Keyed, Webhook, WebhookList

if TYPE_CHECKING:
    from vigie.client.clients import AsyncClient, Client


@dataclass(frozen=True)
class WebhookQuestions:
    """What is asked of the webhooks of an operation.

    Attributes:
        of: The operation.
    """

    of: OperationQuestions

    def listed(self) -> Question[WebhookList]:
        """Ask for all of them."""
        return one(requests.get(self._path()), WebhookList)

    def add(self, url: str, kinds: Sequence[str]) -> Question[Keyed]:
        """Add one. This is no request to repeat, since each adds one."""
        fields = {"url": url, "kinds": list(kinds)}
        return one(requests.order("POST", self._path(), fields, is_repeatable=False), Keyed)

    def get(self, webhook: str) -> Question[Webhook]:
        """Ask how one fares."""
        return one(requests.get(self._path(webhook)), Webhook)

    def remove(self, webhook: str) -> Question[bytes]:
        """Remove one; the answer holds nothing."""
        return file(requests.order("DELETE", self._path(webhook), is_repeatable=False))

    def rotate(self, webhook: str) -> Question[Keyed]:
        """Change the secret of one. This is no request to repeat, since the secret of the first answer would be lost."""
        return one(requests.order("POST", self._path(webhook, "secret"), is_repeatable=False), Keyed)

    def dead_letters(self, webhook: str) -> Question[DeadLetterList]:
        """Ask for events that are no longer tried."""
        return one(requests.get(self._path(webhook, "dead-letters")), DeadLetterList)

    def send_again(self, webhook: str) -> Question[Webhook]:
        """Send these events again."""
        return one(requests.order("POST", self._path(webhook, "dead-letters", "send")), Webhook)

    def _path(self, *parts: str) -> str:
        return self.of.path("webhooks", *parts)


@dataclass(frozen=True)
class WebhooksClient:
    """Asks of the webhooks of one operation, and waits for each answer. See :attr:`OperationClient.webhooks`."""

    _client: Client
    _asked: WebhookQuestions

    def all(self) -> list[Webhook]:
        """Return all of them, the oldest first."""
        return self._client.ask(self._asked.listed())["webhooks"]

    def add(self, url: str, kinds: Sequence[str] = ()) -> Keyed:
        """Tell an address of each alert from now on; the answer has the secret that signs, this once.

        Args:
            url: https, and public unless the operator of the service allows a network.
            kinds: Types of events such as ``vigie.group.created``; default: all.
        """
        return self._client.ask(self._asked.add(url, kinds))

    def get(self, webhook: str) -> Webhook:
        """Return how one fares."""
        return self._client.ask(self._asked.get(webhook))

    def remove(self, webhook: str) -> None:
        """Tell an address no more."""
        self._client.ask(self._asked.remove(webhook))

    def rotate(self, webhook: str) -> Keyed:
        """Change the secret of one; for a day the one before it signs too."""
        return self._client.ask(self._asked.rotate(webhook))

    def dead_letters(self, webhook: str) -> list[DeadLetter]:
        """Return events that are no longer tried, in order."""
        return self._client.ask(self._asked.dead_letters(webhook))["dead_letters"]

    def send_again(self, webhook: str) -> Webhook:
        """Send dead letters again, in their old order."""
        return self._client.ask(self._asked.send_again(webhook))


@dataclass(frozen=True)
class AsyncWebhooksClient:
    """As :class:`WebhooksClient`, without blocking."""

    _client: AsyncClient
    _asked: WebhookQuestions

    async def all(self) -> list[Webhook]:
        """As :meth:`WebhooksClient.all`."""
        return (await self._client.ask(self._asked.listed()))["webhooks"]

    async def add(self, url: str, kinds: Sequence[str] = ()) -> Keyed:
        """As :meth:`WebhooksClient.add`."""
        return await self._client.ask(self._asked.add(url, kinds))

    async def get(self, webhook: str) -> Webhook:
        """As :meth:`WebhooksClient.get`."""
        return await self._client.ask(self._asked.get(webhook))

    async def remove(self, webhook: str) -> None:
        """As :meth:`WebhooksClient.remove`."""
        await self._client.ask(self._asked.remove(webhook))

    async def rotate(self, webhook: str) -> Keyed:
        """As :meth:`WebhooksClient.rotate`."""
        return await self._client.ask(self._asked.rotate(webhook))

    async def dead_letters(self, webhook: str) -> list[DeadLetter]:
        """As :meth:`WebhooksClient.dead_letters`."""
        return (await self._client.ask(self._asked.dead_letters(webhook)))["dead_letters"]

    async def send_again(self, webhook: str) -> Webhook:
        """As :meth:`WebhooksClient.send_again`."""
        return await self._client.ask(self._asked.send_again(webhook))
