"""What is to be delivered waits in order, rests after failures, and dies after days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from vigie.serving.operations.webhooks import queue, registration
from vigie.serving.operations.webhooks.registration import Keyed
from vigie.serving.operations.webhooks.sending import Answer

AWAY, TAKEN = Answer(None, "no connection"), Answer(204, "HTTP 204")


@pytest.fixture
def writing(watched: Any) -> Callable[[], Any]:
    @contextmanager
    def begun() -> Iterator[Connection]:
        with watched.catalogue.database(watched.id).writing() as connection:
            queue.fill(connection, watched.catalogue.clock())
            yield connection

    return begun


def noted(connection: Connection, webhook: str, answer: Answer, now: Any) -> bool:
    found = queue.head(connection, webhook)
    assert found is not None
    return queue.note(connection, found[1], answer, now)


def test_only_the_kinds_that_are_asked_for_wait_and_none_from_before(
    watched: Any, clock: Any, alert: Callable[..., str], writing: Any
) -> None:
    alert("group_new")
    with watched.catalogue.observing(watched.id) as connection:
        made = registration.register(connection, "https://r.example/", ["vigie.group.grown"], clock())
    alert("group_new")
    grown = alert("group_grew")
    with writing() as connection:
        assert not queue.has_fresh(connection)
        found = queue.head(connection, made.webhook.id)
        assert found is not None
        assert grown.endswith(f"_{found[2].id}")
        assert registration.one(connection, made.webhook.id).waiting == 1


def test_a_webhook_is_served_by_one_at_a_time_until_its_lease_ends(
    clock: Any, told: Keyed, alert: Callable[..., str], writing: Any
) -> None:
    alert()
    with writing() as connection:
        assert queue.due(connection, clock()) == [told.webhook.id]
        assert queue.claim(connection, told.webhook.id, clock())
        assert queue.due(connection, clock()) == []
        assert not queue.claim(connection, told.webhook.id, clock())
        clock.go_on(seconds=61)
        assert queue.claim(connection, told.webhook.id, clock())
        queue.release(connection, told.webhook.id)
        assert queue.due(connection, clock()) == [told.webhook.id]


def test_a_clock_that_was_ahead_holds_nothing_back_after_it_is_set_right(
    clock: Any, told: Keyed, alert: Callable[..., str], writing: Any
) -> None:
    alert()
    with writing() as connection:
        clock.go_on(hours=1)
        assert not noted(connection, told.webhook.id, AWAY, clock())
        assert queue.due(connection, clock()) == []
        assert queue.claim(connection, told.webhook.id, clock() + timedelta(seconds=9))
        clock.go_on(hours=-1)
        assert queue.due(connection, clock()) == [told.webhook.id]
        assert queue.claim(connection, told.webhook.id, clock())
        clock.go_on(minutes=-3)  # the claim of later is none
        assert queue.due(connection, clock()) == [told.webhook.id]


def test_a_receiver_rests_longer_after_each_failure_up_to_an_hour(
    clock: Any, told: Keyed, alert: Callable[..., str], writing: Any
) -> None:
    alert()
    rests = []
    with writing() as connection:
        for _ in range(14):
            assert not noted(connection, told.webhook.id, AWAY, clock())
            webhook = registration.one(connection, told.webhook.id)
            assert webhook.next_at is not None
            assert queue.due(connection, webhook.next_at - timedelta(seconds=1)) == []
            assert queue.due(connection, webhook.next_at) == [told.webhook.id]
            rests.append((webhook.next_at - clock()).total_seconds())
        assert rests[0] == pytest.approx(5, rel=0.11)
        assert rests[5] == pytest.approx(160, rel=0.11)
        assert rests[-1] == pytest.approx(3600, rel=0.11)
        assert noted(connection, told.webhook.id, TAKEN, clock())
        webhook = registration.one(connection, told.webhook.id)
    assert (webhook.failures, webhook.next_at, webhook.waiting, webhook.delivered_at) == (0, None, 0, clock())


def test_what_is_not_taken_for_three_days_is_a_dead_letter_and_can_be_sent_again(
    clock: Any, told: Keyed, alert: Callable[..., str], writing: Any
) -> None:
    alert("group_new")
    with writing() as connection:
        noted(connection, told.webhook.id, AWAY, clock())
        clock.go_on(days=2, hours=23)
    later = alert("group_grew")
    with writing() as connection:
        noted(connection, told.webhook.id, AWAY, clock())
        assert queue.dead_letters(connection, told.webhook.id) == []
        clock.go_on(hours=1)
        noted(connection, told.webhook.id, AWAY, clock())
        (dead,) = queue.dead_letters(connection, told.webhook.id)
        assert (dead.kind, dead.attempts, dead.given_up_at) == ("vigie.group.created", 3, clock())
        found = queue.head(connection, told.webhook.id)
        assert found is not None
        assert later.endswith(f"_{found[2].id}")
        queue.send_again(connection, told.webhook.id, clock())
        again = queue.head(connection, told.webhook.id)
        assert again is not None
        assert again[1].id == dead.id
        assert queue.dead_letters(connection, told.webhook.id) == []


def test_a_message_that_a_receiver_refuses_five_times_does_not_hold_back_the_others(
    clock: Any, told: Keyed, alert: Callable[..., str], writing: Any
) -> None:
    alert()
    alert()
    with writing() as connection:
        goes_on = [noted(connection, told.webhook.id, Answer(422, "HTTP 422"), clock()) for _ in range(5)]
        assert goes_on == [False, False, False, False, True]
        webhook = registration.one(connection, told.webhook.id)
    assert (webhook.dead, webhook.waiting, webhook.failures, webhook.next_at) == (1, 1, 0, None)


def test_a_receiver_that_is_gone_is_told_no_more(
    clock: Any, told: Keyed, alert: Callable[..., str], writing: Any
) -> None:
    alert()
    with writing() as connection:
        noted(connection, told.webhook.id, Answer(410, "HTTP 410"), clock())
        clock.go_on(days=1)
        assert queue.due(connection, clock()) == []
        assert queue.head(connection, told.webhook.id) is None
        queue.send_again(connection, told.webhook.id, clock())
        assert queue.due(connection, clock()) == [told.webhook.id]


def test_a_receiver_that_asks_for_time_is_given_it_within_an_hour() -> None:
    assert queue.rest(1, 600) >= timedelta(seconds=540)
    assert queue.rest(1, 10**9) <= timedelta(hours=1.1)
