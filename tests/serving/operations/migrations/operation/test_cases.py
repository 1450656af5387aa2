"""An operation of the first schema takes cases, and its chain of decisions still fits."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from vigie.errors import DecisionChainError
from vigie.serving.operations import cases, decision_chain, tables
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decisions import AccountSubject, about, canonical, digest


def test_a_store_of_the_first_schema_takes_cases(old_store: Any) -> None:
    catalogue = Catalogue(old_store.opened(), old_store.clock)
    with catalogue.database(old_store.id).writing() as connection:
        made = cases.begin(
            connection, "The quay", [AccountSubject("x", "7")], "Ann", "n", old_store.clock()
        )  # fmt: skip
        assert cases.listed(connection) == [made]


def test_decisions_that_knew_of_no_withdrawal_keep_their_digests(old_store: Any) -> None:
    catalogue = Catalogue(old_store.opened(), old_store.clock)
    subject = AccountSubject("x", "7")
    values = {
        "id": 1, "at": old_store.clock(), "about": about(subject), "target": "coordinated", "decision": "confirmed", "by": "Ann",
        "why": "w", "members": [], "after": None,
    }  # fmt: skip
    salt = b"s" * 32
    # As the versions before took it.
    content = hmac.new(salt, canonical(values | {"at": old_store.clock().isoformat()}), sha256).hexdigest()
    with catalogue.database(old_store.id).writing() as connection:
        connection.execute(insert(tables.decisions).values(**values, subject=digest(subject), salt=salt))
    decision_chain.settle(catalogue, old_store.id)
    with catalogue.store.catalogue.reading() as connection:
        assert connection.execute(select(tables.decision_log.c.content)).scalar_one() == content
    assert decision_chain.verify(catalogue).checked == 1
    with catalogue.database(old_store.id).writing() as connection:
        connection.execute(update(tables.decisions).values(withdraws=1))
    with pytest.raises(DecisionChainError):
        decision_chain.verify(catalogue)
