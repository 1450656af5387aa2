"""Decisions leave with the lines that prove them, and one that was changed is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vigie.errors import DossierError
from vigie.serving.dossier import decisions
from vigie.serving.dossier.decisions import Excerpt
from vigie.serving.operations.catalogue import Catalogue, Opening, Theme
from vigie.serving.operations.decision_chain import GENESIS, decide, line_digest
from vigie.serving.operations.decisions import AccountSubject, Statement
from vigie.serving.operations.observation import observe_accounts, read_accounts
from vigie.serving.operations.store import Store

NOW = datetime(2024, 5, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    store = Store(str(tmp_path / "store"))
    yield Catalogue(store, lambda: NOW)
    store.close()


def opened(catalogue: Catalogue) -> str:
    name = catalogue.create(Opening("Vote", Theme(), "a decree", NOW + timedelta(days=9), None), "").id
    account = {"platform": "x", "account_id": "7", "observed_at": NOW.isoformat()}
    with catalogue.observing(name) as connection:
        observe_accounts(connection, read_accounts([account], NOW), NOW)
    return name


@pytest.fixture
def excerpt(catalogue: Catalogue) -> Excerpt:
    """Two decisions, with one of another operation between them."""
    own, other = opened(catalogue), opened(catalogue)
    subject = AccountSubject("x", "7")
    decide(catalogue, own, Statement(subject, "inauthentic", "confirmed", "an analyst", "it copies", None))
    decide(catalogue, other, Statement(subject, "inauthentic", "cannot_tell", "another", "unclear", None))
    decide(catalogue, own, Statement(subject, "inauthentic", "cannot_tell", "an analyst", "on reflection", 1))
    return decisions.excerpt(catalogue, own)


def test_an_excerpt_holds_the_decisions_of_one_operation_and_fits_the_chain(excerpt: Excerpt) -> None:
    assert [each.entry["why"] for each in excerpt.decisions] == ["it copies", "on reflection"]
    assert [each.line["id"] for each in excerpt.decisions] == [1, 3]
    assert excerpt.decisions[0].line["previous"] == GENESIS
    assert (excerpt.lines, excerpt.head) == (3, excerpt.decisions[1].line["digest"])
    assert decisions.checked(excerpt.model_dump_json().encode()) == excerpt


def test_a_decision_that_was_changed_is_named(excerpt: Excerpt) -> None:
    changed = excerpt.model_dump_json().replace("on reflection", "on no reflection")
    with pytest.raises(DossierError, match=r"decision 2 .* was changed"):
        decisions.checked(changed.encode())


def test_a_line_that_does_not_follow_is_told(catalogue: Catalogue) -> None:
    own, subject = opened(catalogue), AccountSubject("x", "7")
    for after in (None, 1):
        decide(catalogue, own, Statement(subject, "inauthentic", "confirmed", "a", "b", after))
    held = decisions.excerpt(catalogue, own)
    first = held.decisions[0]
    line = first.line | {"previous": "1" * 64}
    line["digest"] = line_digest(line)
    forged = held.model_copy(
        update={"decisions": (first.model_copy(update={"line": line}), held.decisions[1])}
    )
    with pytest.raises(DossierError, match="decision 2 does not follow"):
        decisions.checked(forged.model_dump_json().encode())


def test_what_is_no_excerpt_is_refused() -> None:
    with pytest.raises(DossierError, match="does not parse"):
        decisions.checked(b"[]")
