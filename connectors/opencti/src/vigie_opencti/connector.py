"""Enriches what the platform asks for."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from vigie.client import Client
from vigie.client.types import Dossier
from vigie.errors import AnswerError
from vigie.features.json_object import JsonObject
from vigie.serving.known_campaigns.addresses import AccountAddress
from vigie_opencti.converter_to_stix import ConverterToStix, Findings
from vigie_opencti.settings import VigieOptions
from vigie_opencti.subjects import subject

_NOT_SEEN = "/problems/operation-not-found"


class Logger(Protocol):
    """Writes lines with fields."""

    def info(self, message: str, meta: dict[str, Any] | None = None) -> None:
        """Write one."""


class Helper(Protocol):
    """What is used of pycti's ``OpenCTIConnectorHelper``."""

    connect_scope: str
    playbook: dict[str, Any] | None

    @property
    def connector_logger(self) -> Logger:
        """Return what writes the log."""

    def check_max_tlp(self, tlp: str, max_tlp: str) -> bool:
        """Return whether a marking is no higher than another."""

    def stix2_create_bundle(self, items: list[JsonObject]) -> str | None:
        """Return a bundle of objects."""

    def send_stix2_bundle(self, bundle: str) -> list[str]:
        """Send a bundle to the platform; return it in the parts that it was sent in."""


@dataclass(frozen=True)
class Connector:
    """Answers each request of the platform for an enrichment.

    Attributes:
        settings: Which operation is asked, and what may be said to it.
        helper: The platform.
        client: The service; open.
    """

    settings: VigieOptions
    helper: Helper
    client: Client

    def __post_init__(self) -> None:
        # It would log the address of each request, which names the account, where pycti logs at level info.
        logging.getLogger("httpx2").setLevel(logging.WARNING)

    def process_message(self, data: Mapping[str, Any]) -> str:
        """Return what the platform shows of an enrichment that ended well. The helper reports what is raised as an error.

        Args:
            data: What pycti hands over: ``enrichment_entity``, ``stix_entity``, ``stix_objects``.

        Raises:
            ValueError: The object is marked above what may be sent, or does not say which account it is.
            RemoteError: The service refuses the request, or gives no answer.
        """
        entity: JsonObject = data["stix_entity"]
        given: list[JsonObject] = data["stix_objects"]
        if not self._is_in_scope(data["enrichment_entity"]):
            return self._unchanged(given, "not an account or a channel of the connector's scope")
        self._check_markings(data["enrichment_entity"])
        found = self._findings(subject(entity))
        if found is None:
            return self._unchanged(given, "the operation has not seen this account")
        converter = ConverterToStix(self.settings.tlp, self.settings.language)
        added = converter.enriched(entity, found)
        known = {each["id"] for each in added}
        sent = self._send([*added, *(each for each in given if each["id"] not in known)])
        # By its id in the platform alone: logs hold no handle and no id of a person's account.
        self.helper.connector_logger.info("enriched", {"id": entity["id"], "objects": len(added)})
        return f"sent {len(added)} objects in {sent} bundle(s)"

    def _is_in_scope(self, entity: Mapping[str, Any]) -> bool:
        scopes = {scope.strip().lower() for scope in self.helper.connect_scope.split(",")}
        return entity["entity_type"].lower() in scopes & {"user-account", "channel"}

    def _check_markings(self, entity: Mapping[str, Any]) -> None:
        for marking in entity.get("objectMarking") or ():
            is_tlp = marking["definition_type"] == "TLP"
            if is_tlp and not self.helper.check_max_tlp(marking["definition"], self.settings.max_tlp):
                raise ValueError(
                    f"nothing was sent to vigie: the object is marked {marking['definition']}, and the connector may send "
                    f"{self.settings.max_tlp} at most (vigie.max_tlp)"
                )

    def _findings(self, account: AccountAddress) -> Findings | None:
        """Return what the operation knows of an account; None where it has not seen it."""
        watch = self.client.operation(self.settings.operation)
        language = self.settings.language
        operation = watch.get()
        dossier = self._dossier(account)
        if dossier is None:
            return None
        group = None if dossier["group"] is None else watch.group(dossier["group"], language)
        return Findings(operation, watch.judgement(language), dossier, group)

    def _dossier(self, account: AccountAddress) -> Dossier | None:
        watch = self.client.operation(self.settings.operation)
        account_id = account.account_id or self._id_of(account)
        if account_id is None:
            return None
        try:
            return watch.account(account.platform, account_id, self.settings.language)
        except AnswerError as error:
            if error.problem.get("type") == _NOT_SEEN:
                return None
            raise

    def _id_of(self, account: AccountAddress) -> str | None:
        """Return the id of the account with a handle; None where none was seen.

        Raises:
            ValueError: Several have it.
        """
        wanted = (account.handle or "").casefold()
        watch = self.client.operation(self.settings.operation)
        ranked = watch.accounts(platform=account.platform, handle=account.handle or "").content
        same = [each["account_id"] for each in ranked if (each["handle"] or "").casefold() == wanted]
        if len(same) > 1:
            raise ValueError(
                f"{len(same)} accounts of the operation have this handle; enrich the user account by its user_id"
            )
        return same[0] if same else None

    def _unchanged(self, given: list[JsonObject], why: str) -> str:
        """Give a playbook its bundle back, which must go on; else do nothing."""
        if self.helper.playbook is not None:
            self._send(given)
        return f"nothing added: {why}"

    def _send(self, items: list[JsonObject]) -> int:
        bundle = self.helper.stix2_create_bundle(items)
        return len(self.helper.send_stix2_bundle(bundle)) if bundle else 0
