"""Accounts that somebody selects: by their names, or as the members of groups and campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import polars as pl
from pydantic import Field
from sqlalchemy import Connection

from vigie.errors import OperationNotFoundError
from vigie.features.i18n import message
from vigie.serving.operations import corpus, questions, records
from vigie.serving.operations.decisions import AccountSubject, TrackSubject

Selected = Annotated[AccountSubject | TrackSubject, Field(discriminator="kind")]


def profiles(connection: Connection, selected: Sequence[Selected]) -> pl.DataFrame:
    """Return what is known of the accounts that are selected, each once.

    Members that were forgotten since their group or campaign was last found are left out.

    Args:
        connection: Of the operation.
        selected: Accounts, groups and campaigns.

    Returns:
        Contract columns, ``row`` and ``key``, sorted by platform and id.

    Raises:
        OperationNotFoundError: It has not seen an account, or there is no such group or campaign.
    """
    named: set[bytes] = set()
    members: set[bytes] = set()
    for each in selected:
        match each:
            case AccountSubject(platform, account_id):
                named.add(records.account_key(platform, account_id))
            case TrackSubject(kind, track):
                members |= {bytes.fromhex(key) for key in questions.members(connection, kind, track)}
    found = corpus.profiles(connection, named | members)
    if not named.issubset(found["key"]):
        raise OperationNotFoundError(message("operations.error.unseen_account"))
    return found
