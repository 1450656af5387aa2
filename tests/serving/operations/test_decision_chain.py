"""The chain shows what was changed, removed or inserted, and says nothing of persons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from vigie.errors import DecisionChainError, DecisionConflictError
from vigie.serving.operations import decisions, tables
from vigie.serving.operations.decision_chain import GENESIS, decide, settle, verify
from vigie.serving.operations.decisions import AccountSubject, Statement

ANN = Statement(
    AccountSubject("x", "7"), "coordinated", "confirmed", "Ann", "same pictures as my neighbour", None
)


@pytest.fixture
def decided(watched: Any, account: Callable[..., Any]) -> Any:
    """An operation with three decisions."""
    watched.accounts(account("7"), account("8"))
    last = None
    for choice in ("confirmed", "cannot_tell", "false_positive"):
        last = decide(watched.catalogue, watched.id, replace(ANN, decision=choice, after=last)).id
    return watched


def lines(watched: Any) -> list[Any]:
    with watched.catalogue.store.catalogue.reading() as connection:
        return list(connection.execute(select(tables.decision_log).order_by(tables.decision_log.c.id)))


def test_every_decision_has_a_line_whose_digest_is_its_receipt(decided: Any) -> None:
    with decided.catalogue.database(decided.id).reading() as connection:
        receipts = [each.receipt for each in decisions.listed(connection, 0, 10)]
    chain = verify(decided.catalogue)
    assert [line.digest for line in lines(decided)] == receipts
    assert (chain.lines, chain.checked, chain.waiting, chain.head) == (3, 3, 0, receipts[-1])
    assert lines(decided)[0].previous == GENESIS
    assert verify(decided.catalogue, receipts[0]) == chain


def test_the_chain_outlives_the_operation_and_names_no_subject(decided: Any) -> None:
    decided.catalogue.purge(decided.id)
    assert verify(decided.catalogue).lines == 3
    told = " ".join(str(tuple(line)) for line in lines(decided))
    assert "Ann" in told
    assert not any(word in told for word in ("'7'", "neighbour", "coordinated"))


def test_equal_decisions_have_different_digests_so_that_none_can_be_guessed(decided: Any) -> None:
    other = decide(decided.catalogue, decided.id, replace(ANN, subject=AccountSubject("x", "8")))
    assert other.receipt
    assert len({line.content for line in lines(decided)}) == 4


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (update(tables.decisions).where(tables.decisions.c.id == 2).values(why="other"), "decision 2 of operation"),
        (delete(tables.decisions).where(tables.decisions.c.id == 2), "line 2 of the chain has no decision"),
    ],
)  # fmt: skip
def test_a_decision_that_was_changed_or_removed_is_named(decided: Any, change: Any, told: str) -> None:
    with decided.catalogue.database(decided.id).writing() as connection:
        connection.execute(change)
    with pytest.raises(DecisionChainError, match=told):
        verify(decided.catalogue)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (update(tables.decision_log).where(tables.decision_log.c.id == 2).values(by="Bea"), "line 2 of the chain was changed"),
        (delete(tables.decision_log).where(tables.decision_log.c.id == 2), "line 2 of the chain does not follow"),
        (delete(tables.decision_log).where(tables.decision_log.c.id == 3), "decision 3 of operation .* lost its line"),
        (delete(tables.decision_log).where(tables.decision_log.c.id == 1), "line 1 of the chain does not follow"),
    ],
)  # fmt: skip
def test_a_line_that_was_changed_or_removed_is_named(decided: Any, change: Any, told: str) -> None:
    with decided.catalogue.store.catalogue.writing() as connection:
        connection.execute(change)
    with pytest.raises(DecisionChainError, match=told):
        verify(decided.catalogue)


def test_lines_cut_off_with_a_forgotten_operation_are_missed_by_who_kept_a_receipt(decided: Any) -> None:
    receipt = lines(decided)[-1].digest
    decided.catalogue.purge(decided.id)
    with decided.catalogue.store.catalogue.writing() as connection:
        connection.execute(delete(tables.decision_log).where(tables.decision_log.c.id == 3))
    assert verify(decided.catalogue).lines == 2
    with pytest.raises(DecisionChainError, match=f"receipt {receipt}"):
        verify(decided.catalogue, receipt)


def test_a_decision_whose_line_was_not_written_gets_it_later_and_once(decided: Any) -> None:
    with decided.catalogue.database(decided.id).writing() as connection:
        decisions.record(connection, replace(ANN, after=3), decided.catalogue.clock())
    assert verify(decided.catalogue).waiting == 1
    settle(decided.catalogue, decided.id)
    # As where the process ended after the line, before the receipt.
    with decided.catalogue.database(decided.id).writing() as connection:
        connection.execute(update(tables.decisions).where(tables.decisions.c.id == 4).values(receipt=None))
    settle(decided.catalogue, decided.id)
    chain = verify(decided.catalogue)
    assert (chain.lines, chain.checked, chain.waiting) == (4, 4, 0)


def test_a_decision_forged_with_a_receipt_is_found(decided: Any) -> None:
    with decided.catalogue.database(decided.id).writing() as connection:
        number = decisions.record(connection, replace(ANN, after=3), decided.catalogue.clock())
        values = {"receipt": lines(decided)[0].digest}
        connection.execute(update(tables.decisions).where(tables.decisions.c.id == number).values(**values))
    with pytest.raises(DecisionChainError, match="decision 4 of operation"):
        verify(decided.catalogue)


def test_of_many_at_once_one_decides_and_the_others_are_told(
    decided: Any, opened: Any, address: str, clock: Any
) -> None:
    from vigie.serving.operations.catalogue import Catalogue

    barrier, outcomes = Barrier(6), []

    def try_it(by: str) -> None:
        own = Catalogue(opened(address), clock)
        barrier.wait()
        try:
            outcomes.append(decide(own, decided.id, replace(ANN, by=by, after=3)).receipt)
        except DecisionConflictError:
            outcomes.append(None)

    threads = [Thread(target=try_it, args=(f"analyst {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 6
    assert len([each for each in outcomes if each]) == 1
    assert verify(decided.catalogue).lines == 4


def test_many_who_decide_on_different_accounts_at_once_all_get_lines(
    watched: Any, account: Callable[..., Any], opened: Any, address: str, clock: Any
) -> None:
    from vigie.serving.operations.catalogue import Catalogue

    watched.accounts(*(account(str(number)) for number in range(12)))
    barrier = Barrier(4)

    def work(start: int) -> None:
        own = Catalogue(opened(address), clock)
        barrier.wait()
        for number in range(start, 12, 4):
            decide(own, watched.id, replace(ANN, subject=AccountSubject("x", str(number))))

    threads = [Thread(target=work, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chain = verify(watched.catalogue)
    assert (chain.lines, chain.checked, chain.waiting) == (12, 12, 0)
