"""What OpenCTI would do: no platform can run here, so that its helper is recorded at its border."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from vigie.client import Client
from vigie.features.json_object import JsonObject
from vigie_opencti.connector import Connector
from vigie_opencti.settings import VigieOptions

_TLP = ("TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED")


@dataclass
class Log:
    """Keeps what is logged."""

    lines: list[tuple[str, Any]] = field(default_factory=list)

    def info(self, message: str, meta: dict[str, Any] | None = None) -> None:
        self.lines.append((message, meta))


@dataclass
class RecordedHelper:
    """Has the methods of pycti's helper that a connector calls, and keeps what is sent."""

    connect_scope: str = "User-Account,Channel"
    playbook: dict[str, Any] | None = None
    connector_logger: Log = field(default_factory=Log)
    sent: list[JsonObject] = field(default_factory=list)

    def check_max_tlp(self, tlp: str, max_tlp: str) -> bool:
        return _TLP.index(tlp) <= _TLP.index(max_tlp)

    def stix2_create_bundle(self, items: list[JsonObject]) -> str | None:
        return json.dumps({"type": "bundle", "objects": items})

    def send_stix2_bundle(self, bundle: str) -> list[str]:
        self.sent.append(json.loads(bundle))
        return [bundle]


@dataclass(frozen=True)
class Platform:
    """A connector, and the helper that it speaks to."""

    connector: Connector
    helper: RecordedHelper

    def enrich(self, entity: JsonObject, *others: JsonObject, tlp: str | None = None) -> str:
        """Ask for an enrichment as pycti hands it over; return the message of the connector."""
        kind = {"user-account": "User-Account", "channel": "Channel"}.get(entity["type"], entity["type"])
        markings = [{"definition_type": "TLP", "definition": tlp}] if tlp else []
        return self.connector.process_message(
            {
                "entity_id": entity["id"],
                "enrichment_entity": {
                    "entity_type": kind,
                    "standard_id": entity["id"],
                    "objectMarking": markings,
                },
                "stix_entity": entity,
                "stix_objects": [entity, *others],
            }
        )

    def objects(self, kind: str) -> list[JsonObject]:
        """Return the objects of a type in the last bundle that was sent."""
        return [each for each in self.helper.sent[-1]["objects"] if each["type"] == kind]


@pytest.fixture
def platform(watched: Any) -> Iterator[Callable[..., Platform]]:
    """Return a function that makes a connector to the operation, with some options set."""
    with Client(watched.url) as client:

        def connect(**options: Any) -> Platform:
            told = {"url": watched.url, "operation": watched.operation} | options
            helper = RecordedHelper()
            return Platform(Connector(VigieOptions.model_validate(told), helper, client), helper)

        yield connect
