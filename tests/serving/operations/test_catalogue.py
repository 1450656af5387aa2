"""Operations are opened, changed, closed, and forgotten for real."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from vigie.errors import (
    NoStoreError,
    OperationClosedError,
    OperationError,
    OperationNotFoundError,
    StoreError,
)
from vigie.features.coordination.comparison import Limits
from vigie.models.engine import ScoringEngine
from vigie.serving.operations import catalogue as module
from vigie.serving.operations import corpus, judgement, tables
from vigie.serving.operations.catalogue import Catalogue, Holdings, Opening, Theme
from vigie.serving.operations.idempotency import once
from vigie.serving.operations.store import Store

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def opening(clock: Any) -> Opening:
    return Opening(
        "Harbour vote", Theme(hashtags=["HarbourVote"]), "a decree", clock() + timedelta(days=9), 3
    )


def test_an_operation_is_what_was_said_of_it(catalogue: Catalogue, opening: Opening, clock: Any) -> None:
    told = catalogue.create(opening, by="who opened it")
    assert (told.title, told.theme, told.legal_basis) == (opening.title, opening.theme, opening.legal_basis)
    assert (told.opened_at, told.expires_at) == (clock(), opening.expires_at)
    assert (told.retention_days, told.created_by, told.state) == (3, "who opened it", "open")
    assert told.holdings == Holdings(0, 0, 0, 0)
    assert catalogue.get(told.id) == told


def test_operations_are_listed_the_newest_first(catalogue: Catalogue, opening: Opening, clock: Any) -> None:
    made = []
    for _ in range(3):
        made.append(catalogue.create(opening, "").id)
        clock.go_on(hours=1)
    assert [told.id for told in catalogue.all()] == catalogue.kept() == made[::-1]


def test_what_has_passed_cannot_be_the_expiry(catalogue: Catalogue, opening: Opening, clock: Any) -> None:
    past = clock() - timedelta(seconds=1)
    with pytest.raises(OperationError, match="a time to come"):
        catalogue.create(replace(opening, expires_at=past), "")
    made = catalogue.create(opening, "")
    with pytest.raises(OperationError, match="a time to come"):
        catalogue.change(made.id, {"expires_at": past})
    assert catalogue.get(made.id) == made


def test_what_is_said_of_an_operation_can_be_changed(catalogue: Catalogue, opening: Opening) -> None:
    made = catalogue.create(opening, "")
    changed = catalogue.change(made.id, {"title": "Other", "theme": Theme(["a"]), "retention_days": None})
    assert changed == replace(made, title="Other", theme=Theme(["a"]), retention_days=None)
    assert catalogue.change(made.id, {}) == changed


@pytest.mark.parametrize("name", ["op_0000000000000000", "op_\x00", "../store", "", "\ud800", "x" * 9999])
def test_what_no_operation_is_called_is_not_found(catalogue: Catalogue, name: str) -> None:
    for ask in (catalogue.get, catalogue.close, catalogue.purge, catalogue.database):
        with pytest.raises(OperationNotFoundError):
            ask(name)


def test_a_closed_operation_takes_nothing_more_and_is_read(watched: Any, post: Make, clock: Any) -> None:
    watched.posts(post())
    closed = watched.catalogue.close(watched.id)
    assert (closed.state, closed.closed_at) == ("closed", clock())
    clock.go_on(hours=1)
    assert watched.catalogue.close(watched.id) == closed
    with pytest.raises(OperationClosedError, match="closed"):
        watched.posts(post("2"))
    with watched.catalogue.database(watched.id).reading() as connection:
        assert corpus.read(connection).posts.height == 1


def test_an_expired_operation_answers_nothing_before_it_is_purged(
    watched: Any, post: Make, clock: Any
) -> None:
    clock.go_on(days=91)
    assert watched.catalogue.get(watched.id).state == "expired"
    with pytest.raises(OperationClosedError, match="expired"):
        watched.posts(post())
    with pytest.raises(OperationClosedError, match="expired"):
        watched.catalogue.database(watched.id)
    with pytest.raises(OperationClosedError):
        watched.catalogue.change(watched.id, {"expires_at": clock() + timedelta(days=9)})


PERSONAL = (
    b"1000000000000000777",
    b"quay_of_someone",
    b"earlier_handle",
    b"9000000000000000123",
    b"words that",
)


@pytest.fixture
def personal(watched: Any, account: Make, post: Make) -> Any:
    """An operation that has seen, judged, answered and decided something of a person."""
    who = {"account_id": "1000000000000000777", "posts": []}
    said = {"post_id": "9000000000000000123", "text": "words that nobody else says"}
    watched.accounts(account(**who, handle="earlier_handle"))
    later = "2024-05-20T13:00:00Z"
    watched.accounts(
        account(
            **who | {"posts": [post(**said, account_id=None)]}, handle="quay_of_someone", observed_at=later
        )
    )
    watched.posts(post(**said, account_id="1000000000000000777", like_count=3))
    with watched.catalogue.observing(watched.id) as connection:
        once(connection, "key", b"{}", watched.catalogue.clock(), lambda: b"1000000000000000777")
        connection.execute(
            insert(tables.decisions).values(
                at=watched.catalogue.clock(), subject=b"7", about={"account_id": "1000000000000000777"}, salt=b"s",
                decision="confirmed", by="a", why="words that", members=[],
            )
        )  # fmt: skip
    return watched


def found_in(folder: Path) -> set[bytes]:
    """Return which words of a person the files of a folder hold, compressed documents and posts as they lie there."""
    held = [each.read_bytes() for each in folder.rglob("*") if each.is_file()]
    return {words for words in PERSONAL if any(words in each for each in held)}


def test_a_purge_leaves_counts_and_nothing_of_persons(personal: Any) -> None:
    purged = personal.catalogue.purge(personal.id)
    assert (purged.state, purged.holdings) == ("purged", None)
    assert purged.summary == {"accounts": 1, "posts": 1, "decisions": 1}
    assert personal.catalogue.purge(personal.id) == purged
    with pytest.raises(OperationClosedError, match="purged"):
        personal.catalogue.database(personal.id)


def test_nothing_of_a_purged_operation_is_on_the_disk(
    address: str,
    personal: Any,
    engine: ScoringEngine,
    limits: Limits,
    request: pytest.FixtureRequest,
    clock: Any,
) -> None:
    judgement.judge(personal.catalogue.database(personal.id), engine, limits, clock())
    folder = Path(address)
    if "://" in address:
        server = request.getfixturevalue("postgresql")
        folder = server.data / "base"
        _checkpoint(address)
    assert found_in(folder) >= set(PERSONAL[:3])
    personal.catalogue.purge(personal.id)
    if "://" in address:
        _checkpoint(address)
    assert found_in(folder) == set()
    assert not list(folder.rglob(f"*{personal.id}*"))


def _checkpoint(address: str) -> None:
    """Have PostgreSQL write its tables, and take the files of dropped ones off the disk."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CHECKPOINT")


@pytest.mark.parametrize("step", ["drop", "release"])
def test_a_purge_that_was_cut_off_is_taken_up_again(
    personal: Any, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: Any) -> None:
        raise StoreError("cut off")

    monkeypatch.setattr(Store, step, cut)
    with pytest.raises(StoreError):
        personal.catalogue.purge(personal.id)
    monkeypatch.undo()
    with pytest.raises(OperationClosedError, match="expired"):
        personal.catalogue.database(personal.id)
    assert [told.holdings for told in personal.catalogue.all()] == [None]
    assert personal.catalogue.forget() == [personal.id]
    assert personal.catalogue.get(personal.id).summary == {"accounts": 1, "posts": 1, "decisions": 1}
    assert personal.catalogue.get(personal.id).state == "purged"


def test_what_has_expired_is_forgotten_and_the_rest_is_not(
    catalogue: Catalogue, opening: Opening, clock: Any
) -> None:
    soon = catalogue.create(opening, "").id
    clock.go_on(hours=1)
    later = catalogue.create(replace(opening, expires_at=clock() + timedelta(days=90)), "").id
    assert catalogue.forget() == []
    clock.go_on(days=10)
    assert catalogue.forget() == [soon]
    assert [(told.id, told.state) for told in catalogue.all()] == [(later, "open"), (soon, "purged")]
    assert catalogue.kept() == [later]


def test_an_operation_whose_store_is_broken_does_not_keep_others_from_being_forgotten(
    catalogue: Catalogue, opening: Opening, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = catalogue.create(opening, "").id, catalogue.create(opening, "").id
    clock.go_on(days=10)
    drop = Store.drop

    def drops(store: Store, name: str) -> None:
        if name == broken:
            raise StoreError("broken")
        drop(store, name)

    monkeypatch.setattr(Store, "drop", drops)
    with pytest.raises(StoreError, match="broken"):
        catalogue.forget()
    monkeypatch.undo()
    assert catalogue.get(sound).state == "purged"
    assert catalogue.get(broken).state == "expired"


def test_what_was_received_longer_ago_than_it_is_kept_is_forgotten(
    watched: Any, account: Make, post: Make, clock: Any, address: str
) -> None:
    catalogue = watched.catalogue
    catalogue.change(watched.id, {"retention_days": 3})
    watched.accounts(
        account("old", handle="old_someone", posts=[post("1", account_id=None)]), account("seen")
    )
    watched.accounts(account("seen", handle="first", observed_at="2024-05-20T11:00:00Z"))
    clock.go_on(days=2)
    watched.accounts(
        account("seen", handle="second", observed_at=clock().isoformat(), posts=[post("2", account_id=None)])
    )
    before = catalogue.get(watched.id).holdings
    catalogue.forget()
    assert catalogue.get(watched.id).holdings == before
    clock.go_on(days=1, minutes=1)
    catalogue.forget()
    held = catalogue.get(watched.id).holdings
    assert (held.accounts, held.posts) == (1, 1)
    assert held.revision > before.revision
    with catalogue.database(watched.id).reading() as connection:
        left = corpus.read(connection)
    assert left.accounts.select("account_id", "handle").rows() == [("seen", "second")]
    assert left.posts["post_id"].to_list() == ["2"]
    if "://" not in address:
        assert not any(
            b"old_someone" in each.read_bytes() for each in Path(address).rglob("*") if each.is_file()
        )
    catalogue.forget()
    assert catalogue.get(watched.id).holdings == held


def test_keys_of_requests_are_forgotten_after_two_days(watched: Any, clock: Any) -> None:
    def ask() -> bytes:
        with watched.catalogue.observing(watched.id) as connection:
            return once(connection, "key", b"body", clock(), lambda: str(clock()).encode())

    first = ask()
    clock.go_on(days=1)
    watched.catalogue.forget()
    assert ask() == first
    clock.go_on(days=1, minutes=1)
    watched.catalogue.forget()
    assert ask() != first


def test_a_clock_that_is_set_back_loses_nothing(watched: Any, account: Make, post: Make, clock: Any) -> None:
    watched.catalogue.change(watched.id, {"retention_days": 1})
    watched.accounts(account(posts=[post("1", account_id=None)]))
    clock.go_on(hours=-12)
    seen = watched.posts(post("2"))
    assert seen.posts.new == 1
    watched.catalogue.forget()
    assert watched.catalogue.get(watched.id).holdings.posts == 2


def test_an_operation_that_was_cut_off_while_it_was_made_is_not_listed(
    catalogue: Catalogue, opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_: Theme) -> None:
        raise StoreError("cut off")

    monkeypatch.setattr(module, "_plain", cut)
    with pytest.raises(StoreError):
        catalogue.create(opening, "")
    assert catalogue.all() == []


def test_a_purge_that_was_cut_off_goes_on_where_the_clock_is_set_back(
    personal: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drop(_: Any, __: str) -> None:
        raise StoreError("cut off")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "drop", drop)
        with pytest.raises(StoreError):
            personal.catalogue.purge(personal.id)
    clock.go_on(hours=-1)
    assert personal.catalogue.get(personal.id).state == "expired"
    with pytest.raises(OperationClosedError):
        personal.catalogue.database(personal.id)
    with pytest.raises(OperationClosedError):
        personal.catalogue.change(personal.id, {"expires_at": clock() + timedelta(days=9)})
    assert personal.catalogue.forget() == [personal.id]
    assert personal.catalogue.get(personal.id).state == "purged"


def test_files_of_an_operation_that_another_process_purged_are_let_go(
    watched: Any, address: str, opened: Callable[[str], Store], clock: Any, post: Make
) -> None:
    other = Catalogue(opened(address), clock)
    watched.posts(post())
    assert other.get(watched.id).holdings == watched.catalogue.get(watched.id).holdings
    watched.catalogue.purge(watched.id)
    other.let_go()
    assert watched.id not in other.store._opened
    assert other.get(watched.id).state == "purged"


def test_a_service_without_a_store_says_how_to_have_one() -> None:
    with pytest.raises(NoStoreError, match="--store"):
        module.none_kept()


def test_summaries_remain_true_when_the_operation_goes_on_being_purged(watched: Any, post: Make) -> None:
    watched.posts(post("1"), post("2"))
    with watched.catalogue.store.catalogue.writing() as connection:
        connection.execute(
            update(tables.operations).values(summary={"accounts": 5, "posts": 5, "decisions": 0})
        )
    assert watched.catalogue.purge(watched.id).summary == {"accounts": 5, "posts": 5, "decisions": 0}
