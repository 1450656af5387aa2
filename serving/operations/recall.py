"""The memory of campaigns of a deployment: what is known of earlier ones, and who comes back.

It lies in the catalogue, for all operations. Of campaigns that were confirmed in an operation it keeps keyed digests and the
label, so that what comes back is recognised when the operation, and all that is of persons in it, is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

import polars as pl
import zstandard
from pydantic import Field, TypeAdapter
from sqlalchemy import Connection, delete, insert, select

from vigie.errors import OperationNotFoundError
from vigie.features.i18n import message
from vigie.serving.known_campaigns import matching
from vigie.serving.known_campaigns.digests import Key
from vigie.serving.known_campaigns.matching import Matches
from vigie.serving.known_campaigns.types import CONFIRMED_HERE, KnownCampaign, Memory
from vigie.serving.operations import tables
from vigie.serving.operations.kept_secrets import kept_secret
from vigie.serving.operations.store import Database

_CAMPAIGN = TypeAdapter(KnownCampaign)
_TABLE = tables.known_campaigns


@dataclass(frozen=True, slots=True)
class RememberedCampaign:
    """A campaign of the memory, without what it is known by."""

    name: str
    source: Annotated[str, Field(description="Who says so.")]
    accounts: int
    indicators: Annotated[
        int, Field(description="Domains, pages, hashes, texts; digests, where digests are kept.")
    ]
    are_digests: Annotated[
        bool, Field(description="Whether keyed digests are kept instead of what they are of.")
    ]
    added_at: datetime
    added_by: str


@dataclass(frozen=True)
class Recall:
    """What accounts are compared with.

    Attributes:
        memory: Known campaigns.
        key: That of the digests among them.
    """

    memory: Memory
    key: Key

    def matches(self, accounts: pl.DataFrame, posts: pl.DataFrame, names: pl.DataFrame) -> Matches:
        """Return what accounts share with known campaigns; arguments as of :func:`matching.matches`."""
        return matching.matches(accounts, posts, self.memory, key=self.key, names=names)


def recall(catalogue: Database, operation: str) -> Recall | None:
    """Return what the accounts of an operation are compared with; None where nothing is known.

    What was confirmed in the operation itself is left out: its accounts would be recognised as themselves. Of what was confirmed in
    another one it is not told in which: whoever may ask one operation must not learn of others.

    Raises:
        StoreError: The database does not answer.
    """
    with catalogue.reading() as connection:
        rows = connection.execute(
            select(_TABLE.c.content)
            .where(_TABLE.c.source != operation)
            .order_by(_TABLE.c.name, _TABLE.c.source)
        ).scalars()
        campaigns = tuple(
            _without_operation(_CAMPAIGN.validate_json(zstandard.decompress(row))) for row in rows
        )
    if not campaigns:
        return None
    return Recall(Memory(campaigns=campaigns), key(catalogue))


def key(catalogue: Database) -> Key:
    """Return the key of the digests of a deployment, made when it is first asked for.

    Raises:
        StoreError: The database does not answer.
    """
    return Key(kept_secret(catalogue, tables.digest_key))


def add(
    catalogue: Database, campaigns: Iterable[KnownCampaign], now: datetime, by: str
) -> list[RememberedCampaign]:
    """Remember campaigns; one of the same name and source takes the place of what was there.

    Args:
        catalogue: The tables that list the operations.
        campaigns: What is known.
        now: Clock of the service.
        by: Who adds them.

    Raises:
        StoreError: The database does not answer.
    """
    added = list(campaigns)
    with catalogue.writing() as connection:
        for each in added:
            own = (_TABLE.c.name == each.name) & (_TABLE.c.source == each.source.name)
            connection.execute(delete(_TABLE).where(own))
            content = zstandard.compress(_CAMPAIGN.dump_json(each, exclude_defaults=True))
            connection.execute(
                insert(_TABLE).values(
                    name=each.name, source=each.source.name, content=content, added_at=now, added_by=by
                )
            )
        names = {(each.name, each.source.name) for each in added}
        return [each for each in _all(connection) if (each.name, each.source) in names]


def listed(catalogue: Database, only: str | None = None) -> list[RememberedCampaign]:
    """Return every campaign that is remembered, by name.

    Args:
        catalogue: The tables that list the operations.
        only: The one operation that may be named: what others confirmed is left out; None: nothing is.

    Raises:
        StoreError: The database does not answer.
    """
    with catalogue.reading() as connection:
        every = _all(connection)
    return [each for each in every if only is None or not each.are_digests or each.source == only]


def forget(catalogue: Database, name: str, source: str) -> None:
    """Forget a campaign.

    Raises:
        OperationNotFoundError: There is none of that name and source.
        StoreError: The database does not answer.
    """
    with catalogue.writing() as connection:
        own = (_TABLE.c.name == name) & (_TABLE.c.source == source)
        if not connection.execute(delete(_TABLE).where(own)).rowcount:
            raise OperationNotFoundError(message("operations.error.not_remembered"))


def _without_operation(campaign: KnownCampaign) -> KnownCampaign:
    """Return a campaign without the name of the operation that it was confirmed in; digests are kept of those alone."""
    if campaign.key is None:
        return campaign
    return replace(campaign, source=replace(campaign.source, name=CONFIRMED_HERE))


def _all(connection: Connection) -> list[RememberedCampaign]:
    rows = connection.execute(select(_TABLE).order_by(_TABLE.c.name, _TABLE.c.source)).all()
    told = []
    for row in rows:
        campaign = _CAMPAIGN.validate_json(zstandard.decompress(row.content))
        told.append(
            RememberedCampaign(
                name=row.name,
                source=row.source,
                accounts=len(campaign.accounts),
                indicators=len(campaign.indicators),
                are_digests=campaign.key is not None,
                added_at=row.added_at,
                added_by=row.added_by,
            )
        )
    return told
