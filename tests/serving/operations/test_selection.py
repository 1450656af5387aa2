"""Accounts are selected by name and as members, each once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select

from vigie.errors import OperationNotFoundError
from vigie.serving.operations import corpus, selection, tables
from vigie.serving.operations.decisions import AccountSubject, TrackSubject


def test_members_and_accounts_named_are_selected_once_with_the_newest_profile(
    judged: Any, reading: Callable[..., Any], account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "AT_ONCE", 3)
    whole = reading(corpus.read).accounts
    (track, members), *_ = reading(
        lambda connection: connection.execute(
            select(tables.tracks.c.id, tables.tracks.c.members).where(tables.tracks.c.kind == "campaign")
        ).all()
    )
    inside = whole.filter(pl.col("key").is_in([bytes.fromhex(key) for key in members]))
    outside = whole.join(inside, on="key", how="anti").row(0, named=True)
    judged.accounts(account(outside["account_id"], handle="renamed", observed_at="2024-05-21T00:00:00Z"))
    chosen = [
        TrackSubject("campaign", track),
        AccountSubject("x", outside["account_id"]),
        AccountSubject(inside["platform"][0], inside["account_id"][0]),
    ]
    found = reading(selection.profiles, chosen)
    names = ["platform", "account_id"]
    assert found.select(names).rows() == sorted([*inside.select(names).rows(), ("x", outside["account_id"])])
    assert found["row"].to_list() == list(range(len(members) + 1))
    handles = dict(found.select("account_id", "handle").iter_rows())
    assert handles[outside["account_id"]] == "renamed"


@pytest.mark.parametrize(
    ("missing", "said"),
    [(AccountSubject("x", "nobody"), "not seen this account"), (TrackSubject("group", 99), "no group 99")],
)
def test_what_the_operation_does_not_hold_is_told(
    missing: Any, said: str, judged: Any, reading: Callable[..., Any]
) -> None:
    with pytest.raises(OperationNotFoundError, match=said):
        reading(selection.profiles, [missing])
