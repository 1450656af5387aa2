"""Alerts reach a real receiver: in order, at least once, after an absence and after kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any

import pytest
from structlog.testing import capture_logs

from vigie.errors import StoreError
from vigie.serving.operations.catalogue import Catalogue, Opening, Theme
from vigie.serving.operations.store import Database, Store
from vigie.serving.operations.webhooks import registration
from vigie.serving.operations.webhooks.delivery import Deliverer
from vigie.serving.operations.webhooks.registration import Keyed
from vigie.serving.operations.webhooks.sending import Message, Sender, signed

OPENING = Opening("Another", Theme(), "an invented decree", datetime(2090, 1, 1, tzinfo=UTC), None)


def test_alerts_arrive_in_order_and_signed(
    deliverer: Deliverer, receiver: Any, told: Keyed, alert: Callable[..., str], clock: Any
) -> None:
    sent = [alert(track=number) for number in range(5)]
    deliverer.turn()
    assert receiver.ids == sent
    headers, body = receiver.taken[0]
    expected = signed(Message(sent[0], body), [told.secret], clock())
    assert headers["webhook-signature"] == expected["webhook-signature"]
    deliverer.turn()
    assert receiver.ids == sent


def test_a_receiver_that_was_away_for_a_day_gets_everything_afterwards_in_order(
    deliverer: Deliverer, receiver: Any, told: Keyed, alert: Callable[..., str], clock: Any
) -> None:
    away = True
    receiver.answer = lambda _: (503, {}) if away else (200, {})
    sent = []
    for _ in range(24 * 6):
        sent.append(alert())
        deliverer.turn()
        clock.go_on(minutes=10)
    assert receiver.taken == []
    assert {headers["webhook-id"] for headers, _ in receiver.refused} == {sent[0]}
    assert len(receiver.refused) < 40
    away = False
    clock.go_on(hours=1.1)
    deliverer.turn()
    assert receiver.ids == sent


def test_a_repeated_message_has_the_same_id_and_body_and_a_time_of_its_own(
    deliverer: Deliverer, receiver: Any, told: Keyed, alert: Callable[..., str], clock: Any
) -> None:
    receiver.answer = lambda _: (500, {})
    alert()
    for _ in range(3):
        deliverer.turn()
        clock.go_on(hours=1.2)
    (first, body), (second, repeated), _ = receiver.refused
    assert (first["webhook-id"], body) == (second["webhook-id"], repeated)
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 1.2 * 3600


def test_of_several_processes_each_message_is_sent_by_one(
    receiver: Any, told: Keyed, alert: Callable[..., str], address: str, opened: Callable[[str], Store], clock: Any, sender: Sender
) -> None:  # fmt: skip
    sent = [alert() for _ in range(20)]
    others = [Deliverer(Catalogue(opened(address), clock), sender) for _ in range(3)]
    threads = [threading.Thread(target=other.turn) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert receiver.ids == sent


_PROCESS = """
import sys
from datetime import datetime
from ipaddress import ip_network
from vigie.errors import StoreError
from vigie.serving.operations.catalogue import Catalogue, Opening, Theme
from vigie.serving.operations.store import Database, Store
from vigie.serving.operations.webhooks.delivery import Deliverer
from vigie.serving.operations.webhooks.door import Door
from vigie.serving.operations.webhooks.sending import Sender
now = datetime.fromisoformat(sys.argv[2])
Deliverer(Catalogue(Store(sys.argv[1]), lambda: now), Sender(Door([ip_network("127.0.0.0/8")]))).turn()
"""


def test_what_was_on_its_way_when_a_process_was_killed_is_sent_again(
    deliverer: Deliverer, receiver: Any, told: Keyed, alert: Callable[..., str], address: str, clock: Any
) -> None:
    sent = [alert(), alert()]
    arrived, killed = threading.Event(), threading.Event()

    def hold(_: str) -> tuple[int, dict[str, str]]:
        arrived.set()
        killed.wait(10)
        return 200, {}

    receiver.answer = hold
    process = subprocess.Popen([sys.executable, "-c", _PROCESS, address, clock().isoformat()])  # noqa: S603
    assert arrived.wait(60)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    killed.set()
    deliverer.turn()
    assert receiver.ids in ([], [sent[0]])  # its lease runs
    clock.go_on(seconds=61)
    deliverer.turn()
    assert sorted(set(receiver.ids)) == sorted(sent)
    assert list(dict.fromkeys(receiver.ids)) == sent


def test_one_receiver_that_is_away_holds_back_no_other(
    watched: Any, deliverer: Deliverer, receiver: Any, told: Keyed, alert: Callable[..., str], clock: Any
) -> None:
    with watched.catalogue.observing(watched.id) as connection:
        away = registration.register(connection, receiver.url.replace("hook", "away"), [], clock())
        gone = registration.register(connection, "http://127.0.0.1:9/", [], clock())
    sent = [alert(), alert()]
    deliverer.turn()
    assert sorted(receiver.ids) == sorted(sent * 2)
    with watched.catalogue.database(watched.id).reading() as connection:
        assert registration.one(connection, away.webhook.id).waiting == 0
        assert registration.one(connection, gone.webhook.id).last_answer == "no connection (ConnectError)"


def test_an_operation_that_cannot_be_read_holds_back_no_other(
    watched: Any,
    deliverer: Deliverer,
    receiver: Any,
    told: Keyed,
    alert: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = watched.catalogue.create(OPENING, "").id
    whole = Catalogue.database

    def database(catalogue: Catalogue, operation: str) -> Database:
        if operation == broken:
            raise StoreError("it cannot be opened")
        return whole(catalogue, operation)

    monkeypatch.setattr(Catalogue, "database", database)
    sent = alert()
    deliverer.turn()
    assert receiver.ids == [sent]


def test_nothing_of_a_secret_an_address_or_a_body_is_logged(
    deliverer: Deliverer, receiver: Any, told: Keyed, alert: Callable[..., str]
) -> None:
    alert()
    with capture_logs() as lines:
        deliverer.turn()
    assert [line["event"] for line in lines] == ["webhook sent"]
    assert not any(part in str(lines) for part in (told.secret, receiver.url, "specversion"))


def test_an_operation_that_is_purged_tells_nothing_more(
    watched: Any, deliverer: Deliverer, receiver: Any, told: Keyed, alert: Callable[..., str]
) -> None:
    alert()
    watched.catalogue.purge(watched.id)
    deliverer.turn()
    assert receiver.taken == []


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_the_thread_delivers_by_itself_and_ends_while_a_receiver_hangs(
    deliverer: Deliverer, receiver: Any, told: Keyed, alert: Callable[..., str]
) -> None:
    sent, hangs = alert(), threading.Event()
    with deliverer.running():
        for _ in range(100):
            if receiver.taken:
                break
            sleep(0.1)
        assert receiver.ids == [sent]
        receiver.answer = lambda _: (hangs.set(), sleep(3), (200, {}))[2]  # type: ignore[func-returns-value]
        alert()
        assert hangs.wait(10)
        start = monotonic()
    assert monotonic() - start < 2
