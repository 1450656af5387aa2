"""What changed is judged, by one process and not all the time; what has expired is forgotten, unless the clock was moved."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from vigie.errors import StoreError
from vigie.models.engine import Models
from vigie.serving.metrics import Metrics
from vigie.serving.models_in_use import ModelsInUse
from vigie.serving.operations import alerts, tables, watch
from vigie.serving.operations.catalogue import Catalogue, Opening, Theme
from vigie.serving.operations.judgement import judge as real_judge
from vigie.serving.operations.observation import observe_tables
from vigie.serving.operations.store import Store
from vigie.serving.operations.watch import Watch
from vigie.serving.settings import Settings

Make = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def models_in_use(models: Models) -> ModelsInUse:
    used = ModelsInUse(Settings(), Metrics())
    used.start(models)
    return used


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch, clock: Any) -> Any:
    """A monotonic clock that goes with the injected one, but for what it is told to be off by."""

    class Ticks:
        began, off_s = clock(), 0.0

        def __call__(self) -> float:
            return float((clock() - self.began).total_seconds() - self.off_s)

    found = Ticks()
    monkeypatch.setattr(watch, "monotonic", found)
    return found


@pytest.fixture
def look(watched: Any, models_in_use: ModelsInUse, ticks: Any) -> Watch:
    return Watch(watched.catalogue, models_in_use, pause_s=30)


def judged(watched: Any) -> int:
    return int(watched.catalogue.get(watched.id).holdings.judged_revision)


def test_what_changed_is_judged_and_then_rests(watched: Any, look: Watch, post: Make, clock: Any) -> None:
    watched.posts(post("1"))
    look.turn()
    assert judged(watched) == 1
    watched.posts(post("2"))
    look.turn()
    assert judged(watched) == 1
    clock.go_on(days=1)
    look.turn()
    assert judged(watched) == 2


def test_a_batch_a_second_makes_no_queue_of_judgements(
    watched: Any, look: Watch, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = 0
    judgements: list[tuple[int, int]] = []

    def second() -> None:
        nonlocal sent
        sent += 1
        watched.posts(post(str(sent)))
        clock.go_on(seconds=1)

    def judge(*asked: Any) -> Any:
        told = real_judge(*asked)
        judgements.append((sent, told.revision))
        for _ in range(20):  # what comes in while it is at it
            second()
        monkeypatch.setattr(watch, "perf_counter", lambda ended=float(sent): ended)
        return told

    monkeypatch.setattr(watch, "judge", judge)
    monkeypatch.setattr(watch, "perf_counter", lambda: 0.0)
    while sent < 160:
        second()
        look.turn()
    # Each holds all that had come in when it began, and begins when the one before has rested.
    assert [held for held, _ in judgements] == [revision for _, revision in judgements]
    assert 2 <= len(judgements) <= 4
    clock.go_on(days=1)
    look.turn()
    assert judgements[-1][1] >= 160
    before = len(judgements)
    clock.go_on(days=1)
    look.turn()
    clock.go_on(days=1)
    look.turn()
    assert len(judgements) == before + 2


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_new_campaign_is_told_as_soon_as_the_operation_has_rested(
    watched: Any,
    look: Watch,
    records_of: Any,
    reading: Callable[..., Any],
    post: Make,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "perf_counter", lambda: 0.0)
    watched.posts(post("1"))
    look.turn()
    accounts, posts = records_of
    with watched.catalogue.observing(watched.id) as connection:
        observe_tables(connection, accounts, posts, clock())
    clock.go_on(seconds=29)
    look.turn()
    assert reading(alerts.since, 0, 100, "en") == []
    clock.go_on(seconds=1)
    look.turn()
    told = reading(alerts.since, 0, 100, "en")
    assert "campaign_new" in {alert.kind for alert in told}
    assert {alert.at for alert in told} == {clock()}


def test_an_operation_that_another_process_judges_is_left_to_it(
    watched: Any, look: Watch, post: Make, clock: Any
) -> None:
    watched.posts(post("1"))
    with watched.catalogue.observing(watched.id) as connection:
        connection.execute(update(tables.state).values(busy_until=clock() + timedelta(minutes=9)))
    look.turn()
    assert judged(watched) == 0
    clock.go_on(minutes=10)  # that process has died
    look.turn()
    assert judged(watched) == 1


def test_two_processes_judge_an_operation_once(
    address: str,
    opened: Callable[[str], Store],
    watched: Any,
    look: Watch,
    post: Make,
    models_in_use: ModelsInUse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(Watch, "_judge", lambda _, operation, __: calls.append(operation))
    other = Watch(Catalogue(opened(address), watched.catalogue.clock), models_in_use, pause_s=30)
    watched.posts(post("1"))
    for each in (look, other, look):
        each.turn()
    assert calls == [watched.id]


def test_a_claim_by_a_clock_that_was_ahead_ends(watched: Any, look: Watch, post: Make, clock: Any) -> None:
    watched.posts(post("1"))
    with watched.catalogue.observing(watched.id) as connection:
        connection.execute(update(tables.state).values(busy_until=clock() + timedelta(days=400)))
    look.turn()
    assert judged(watched) == 1


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_clock_that_is_set_back_leaves_nothing_resting_for_as_long(
    watched: Any, look: Watch, post: Make, clock: Any
) -> None:
    watched.posts(post("1"))
    look.turn()
    watched.posts(post("2"))
    clock.go_on(hours=-1)
    look.turn()
    assert judged(watched) == 2


def test_a_process_that_was_killed_while_it_judged_is_replaced_after_a_minute(
    watched: Any, look: Watch, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.posts(post("1"))
    # Killed right after the claim: nothing is done, and nothing is said any more.
    with monkeypatch.context() as patch:
        patch.setattr(Watch, "_judge", lambda *_: None)
        look.turn()
    clock.go_on(seconds=59)
    look.turn()
    assert judged(watched) == 0
    clock.go_on(seconds=2)
    look.turn()
    assert judged(watched) == 1


def test_a_step_of_a_judgement_may_take_longer_than_a_minute(
    address: str,
    opened: Callable[[str], Store],
    watched: Any,
    look: Watch,
    post: Make,
    clock: Any,
    models_in_use: ModelsInUse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "_SIGN_S", 0.01)
    other = Watch(Catalogue(opened(address), watched.catalogue.clock), models_in_use, pause_s=30)
    begun: list[str] = []

    def said_until() -> Any:
        with watched.catalogue.database(watched.id).reading() as connection:
            return connection.execute(select(tables.state.c.busy_until)).scalar_one()

    def judge(database: Any, *more: Any) -> Any:
        begun.append(database.name)
        for _ in range(3):
            clock.go_on(seconds=50)
            end = time.monotonic() + 30
            while said_until() < clock() + timedelta(seconds=60) and time.monotonic() < end:
                time.sleep(0.01)
            other.turn()
        return real_judge(database, *more)

    monkeypatch.setattr(watch, "judge", judge)
    watched.posts(post("1"))
    look.turn()
    assert begun == [watched.id]
    assert judged(watched) == 1
    # What is said last is the rest, not a sign of life.
    assert said_until() < clock() + timedelta(seconds=120)
    clock.go_on(minutes=-10)
    watched.posts(post("2"))
    monkeypatch.setattr(watch, "judge", real_judge)
    other.turn()
    assert judged(watched) == 2


def test_a_judgement_that_fails_spoils_no_other_operation(
    watched: Any, look: Watch, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.go_on(minutes=1)
    opening = Opening("other", Theme(), "law", clock() + timedelta(days=90), None)
    second = type(watched)(watched.catalogue, watched.catalogue.create(opening, "").id)
    watched.posts(post("1"))
    second.posts(post("1"))

    def judge(database: Any, *more: Any, **named: Any) -> Any:
        if database.name == second.id:
            raise StoreError("broken")
        return real_judge(database, *more, **named)

    monkeypatch.setattr(watch, "judge", judge)
    look.turn()
    assert (judged(watched), judged(second)) == (1, 0)


def test_what_has_expired_is_purged_by_the_watch(watched: Any, look: Watch, clock: Any, post: Make) -> None:
    watched.posts(post("1"))
    clock.go_on(days=89)
    look.turn()
    assert watched.catalogue.get(watched.id).state == "open"
    clock.go_on(days=1, minutes=1)
    look.turn()
    assert watched.catalogue.get(watched.id).state == "purged"


def test_what_expires_while_something_is_judged_is_purged_at_the_next_step(
    watched: Any, look: Watch, clock: Any, post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = Opening("other", Theme(), "law", clock() + timedelta(days=99), None)
    other = watched.catalogue.create(opening, "").id
    states: list[list[str]] = []

    def judge(database: Any, _: Any, __: Any, ___: Any, progress: Callable[[str], None], *____: Any) -> None:
        for _____ in range(2):
            clock.go_on(days=50)
            try:
                progress("step")
            finally:
                states.append([watched.catalogue.get(each).state for each in (watched.id, other)])

    monkeypatch.setattr(watch, "judge", judge)
    watched.posts(post("1"))
    look.turn()
    assert states == [["open", "open"], ["purged", "purged"]]


def test_a_clock_that_was_moved_purges_nothing_for_a_day(
    watched: Any, look: Watch, clock: Any, ticks: Any, post: Make
) -> None:
    watched.posts(post("1"))
    look.turn()
    clock.go_on(days=365)
    ticks.off_s = 365 * 86_400 - 120
    look.turn()
    assert watched.catalogue.get(watched.id).state == "expired"
    clock.go_on(days=-365)
    ticks.off_s = -240
    look.turn()
    told = watched.catalogue.get(watched.id)
    assert (told.state, told.holdings.posts) == ("open", 1)
    clock.go_on(days=91)
    look.turn()
    assert watched.catalogue.get(watched.id).state == "purged"


def test_small_batches_are_put_together_before_they_are_judged(watched: Any, look: Watch, post: Make) -> None:
    for number in range(20):
        watched.posts(post(str(number)))
    look.turn()
    with watched.catalogue.database(watched.id).reading() as connection:
        assert connection.execute(select(tables.segments.c.rows)).scalars().all() == [20]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_PAUSE_S", 0.02)


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_the_watch_works_by_itself_and_ends_with_the_service(
    watched: Any, look: Watch, post: Make, quick: None
) -> None:
    watched.posts(post("1"))
    with look.running():
        end = time.monotonic() + 30
        while judged(watched) < 1 and time.monotonic() < end:
            time.sleep(0.05)
    assert judged(watched) == 1
    with watched.catalogue.database(watched.id).reading() as connection:
        assert connection.execute(select(tables.state.c.revision)).scalar_one() == 1


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_judgement_ends_at_its_next_step_when_the_service_ends_and_is_free_for_others(
    watched: Any, look: Watch, post: Make, quick: None, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.posts(post("1"))
    entered: list[bool] = []

    def judge(
        database: Any, engine: Any, limits: Any, until: Any, progress: Callable[[str], None], *_: Any
    ) -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            entered.append(True)
            progress("step")
            time.sleep(0.01)

    monkeypatch.setattr(watch, "judge", judge)
    with look.running():
        while not entered:
            time.sleep(0.01)
    with watched.catalogue.database(watched.id).reading() as connection:
        busy = connection.execute(select(tables.state.c.busy_until)).scalar_one()
    assert busy <= clock()
    assert judged(watched) == 0
