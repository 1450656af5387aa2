"""The shape of webhooks that are registered, and of lists of them."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from vigie.serving.operations.webhooks.door import LONGEST_URL
from vigie.serving.operations.webhooks.events import Type
from vigie.serving.operations.webhooks.queue import DeadLetter
from vigie.serving.operations.webhooks.registration import Webhook


class WebhookRequest(BaseModel):
    """An address to tell of alerts."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"url": "https://receiver.example/vigie", "kinds": ["vigie.campaign.created"]}]
        },
    )

    url: str = Field(
        min_length=1,
        max_length=LONGEST_URL,
        description="https, and public unless the operator of the service allows a network.",
    )
    kinds: list[Type] = Field(
        default=[], max_length=20, description="Types of events to be told of; empty: all."
    )


@dataclass(frozen=True, slots=True)
class WebhookList:
    """Every webhook of an operation, the oldest first."""

    webhooks: list[Webhook]


@dataclass(frozen=True, slots=True)
class DeadLetterList:
    """Events that are no longer tried, in order."""

    dead_letters: list[DeadLetter]
