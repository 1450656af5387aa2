"""A real MLflow store on SQLite: who is champion, who was, who decided it, and what lies in the store."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import mlflow
import pytest

from vigie.errors import PromotionRunningError, RegistryError
from vigie.models import bundle
from vigie.training.registry.mlflow_tracking import CHALLENGER, CHAMPION
from vigie.training.registry.model_registry import PREVIOUS, PromotionEvent, Registry, Version

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(minute: int = 0, **more: Any) -> PromotionEvent:
    return PromotionEvent(at=NOON + timedelta(minutes=minute), by="anna", **more)


@pytest.fixture
def registry(shelf: Any) -> Registry:
    return Registry(shelf.uri)


def stocked(shelf: Any, name: str, *champions: str) -> Registry:
    """Return a registry in which a name has four versions, some of which were made champion in turn."""
    shelf.stock(name, "weak", "strong", "weak", "strong")
    registry = Registry(shelf.uri)
    for minute, number in enumerate(champions):
        registry.promote(registry.find(number, name), event(minute))
    return registry


def aliases(shelf: Any, name: str) -> dict[str, str]:
    found = mlflow.MlflowClient(shelf.uri).get_registered_model(name).aliases
    return {alias: str(number) for alias, number in found.items()}


def test_a_version_is_found_by_number_run_and_alias(shelf: Any) -> None:
    registry = stocked(shelf, "found", "2")
    by_number = registry.find("2", "found")
    assert by_number == Version("found", "2", shelf.runs["strong"])
    assert registry.find(CHAMPION, "found") == by_number
    assert registry.find(shelf.runs["strong"], "found") == Version("found", "4", shelf.runs["strong"])


def test_what_is_not_there_is_said_with_the_nearest_name(shelf: Any, registry: Registry) -> None:
    shelf.stock("vigie-a", "weak")
    with pytest.raises(RegistryError, match=r"vigie-b is not in sqlite.*Did you mean vigie-a"):
        registry.find("1", "vigie-b")
    with pytest.raises(
        RegistryError, match=r"looking for vigie-a version 9 \(a number, the id of a run, or one of"
    ):
        registry.find("9", "vigie-a")
    with pytest.raises(RegistryError, match=r"run 0{32} has no registered version"):
        registry.find("0" * 32, None)
    with pytest.raises(RegistryError, match=r"holds \d+ models .* say which: --name"):
        registry.find("1", None)
    with pytest.raises(RegistryError, match=r"is registered as .*shelf-weak, vigie-a; say which"):
        registry.find(shelf.runs["weak"], None)


def test_the_record_the_judged_accounts_and_the_bundle_come_back(shelf: Any, tmp_path: Path) -> None:
    registry = stocked(shelf, "fetched")
    version = registry.find("2", "fetched")
    assert registry.record(version)["target"] == "inauthentic"
    assert registry.held_out(version).height == 400
    assert registry.index(version)["version"] == shelf.bundles["strong"]
    assert bundle.load(registry.bundle(version, tmp_path)).version == shelf.bundles["strong"]


def test_a_promotion_moves_the_alias_and_keeps_the_champion_before(shelf: Any) -> None:
    registry = stocked(shelf, "moved", "1")
    assert aliases(shelf, "moved") == {CHAMPION: "1"}
    registry.promote(registry.find("2", "moved"), event(1))
    assert aliases(shelf, "moved") == {CHAMPION: "2", PREVIOUS: "1"}


def test_a_champion_is_no_challenger_any_more_and_a_later_challenger_stays_one(shelf: Any) -> None:
    registry = stocked(shelf, "crowned")
    client = mlflow.MlflowClient(shelf.uri)
    client.set_registered_model_alias("crowned", CHALLENGER, "2")
    registry.promote(registry.find(CHALLENGER, "crowned"), event())
    assert aliases(shelf, "crowned") == {CHAMPION: "2"}
    client.set_registered_model_alias("crowned", CHALLENGER, "4")
    registry.promote(registry.find("3", "crowned"), event(1))
    assert aliases(shelf, "crowned") == {CHAMPION: "3", PREVIOUS: "2", CHALLENGER: "4"}


def test_who_promoted_when_and_why_is_kept_with_the_gates_that_failed(shelf: Any) -> None:
    registry = stocked(shelf, "told")
    version = registry.find("1", "told")
    mlflow.MlflowClient(shelf.uri).set_model_version_tag("told", "1", "vigie.gates", "4 of 5 passed")
    registry.promote(version, event(reason="an emergency", failing=["auc.mean, at least 0.9: 0.8"]))
    assert registry.events(version) == {
        "vigie.2026-03-01T12:00:00.000000Z.promoted": event(
            reason="an emergency", failing=["auc.mean, at least 0.9: 0.8"]
        )
    }


def test_rollback_goes_down_the_whole_line(shelf: Any) -> None:
    registry = stocked(shelf, "line", "1", "2", "3")
    assert registry.rollback("line", event(10, reason="worse")).number == "2"
    assert aliases(shelf, "line") == {CHAMPION: "2", PREVIOUS: "1"}
    assert registry.rollback("line", event(11)).number == "1"
    assert aliases(shelf, "line") == {CHAMPION: "1"}
    with pytest.raises(RegistryError, match="line version 1 is the first champion of its line"):
        registry.rollback("line", event(12))
    assert [key.rpartition(".")[2] for key in registry.events(registry.find("3", "line"))] == [
        "promoted",
        "rolled_back",
    ]


def test_a_new_champion_after_a_rollback_continues_from_there(shelf: Any) -> None:
    registry = stocked(shelf, "again", "1", "2")
    registry.rollback("again", event(10))
    registry.promote(registry.find("3", "again"), event(11))
    assert registry.rollback("again", event(12)).number == "1"


def test_a_champion_named_by_hand_is_not_lost(shelf: Any) -> None:
    registry = stocked(shelf, "hand", "1")
    mlflow.MlflowClient(shelf.uri).set_registered_model_alias("hand", CHAMPION, "3")
    registry.promote(registry.find("4", "hand"), event(5))
    assert registry.rollback("hand", event(6)).number == "3"
    assert registry.rollback("hand", event(7)).number == "1"


def test_a_champion_deleted_since_is_passed_over(shelf: Any) -> None:
    registry = stocked(shelf, "deleted", "1", "2", "3")
    mlflow.MlflowClient(shelf.uri).delete_model_version("deleted", "2")
    assert registry.rollback("deleted", event(5)).number == "1"


def test_a_promotion_cut_off_after_the_alias_moved_is_put_right(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = stocked(shelf, "cut", "1", "2")

    def away(*_: Any) -> None:
        raise OSError("the server went away")

    third = registry.find("3", "cut")
    monkeypatch.setattr(registry._client, "set_registered_model_tag", away)
    with pytest.raises(RegistryError, match="the server went away"):
        registry.promote(third, event(5))
    monkeypatch.undo()
    assert registry.champion("cut").number == "3"
    assert registry.rollback("cut", event(6)).number == "2"


def test_without_a_champion_what_to_do_is_said(shelf: Any, registry: Registry) -> None:
    shelf.stock("nobody", "weak")
    assert registry.holder("nobody", CHALLENGER) is None
    with pytest.raises(RegistryError, match="has no champion yet; make one: vigie promote"):
        registry.champion("nobody")


def test_a_version_without_a_record_says_what_to_do(shelf: Any, registry: Registry) -> None:
    with pytest.raises(RegistryError, match="publish its training again"):
        registry.record(Version("shelf-weak", "1", "0" * 32))


def test_a_server_that_is_away_is_said_in_one_line_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(RegistryError) as raised:
        Registry("http://anna:secret@127.0.0.1:9").find("1", "vigie-inauthentic")
    said = str(raised.value)
    assert said.startswith("listing the models. http://127.0.0.1:9 said: ")
    assert "secret" not in said
    assert "\n" not in said


_HOLDER = """
import sys
from vigie.training.registry.model_registry import Registry
with Registry(sys.argv[1]).lock(sys.argv[2], "berta"):
    print("locked", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def another_process_promotes(uri: str, name: str) -> Iterator[subprocess.Popen[str]]:
    """Run a process that holds the lock of a model until a line is written to it."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with tempfile.TemporaryDirectory() as folder:
        # pyspark ends a process whose main module is no file: it takes it for its own doctests.
        holder = Path(folder) / "holder.py"
        holder.write_text(_HOLDER)
        command = [sys.executable, "-W", "ignore", str(holder), uri, name]
        with subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "locked\n"
            yield process
            if process.poll() is None:
                process.communicate("go on\n")


def test_a_promotion_is_refused_while_another_process_promotes(shelf: Any) -> None:
    registry = stocked(shelf, "locked", "1")
    with another_process_promotes(shelf.uri, "locked") as process:
        for attempt in (
            lambda: registry.promote(registry.find("2", "locked"), event(1)),
            lambda: registry.rollback("locked", event(1)),
        ):
            said = rf"another promotion of locked is running since 20.*by berta on .*process {process.pid}\)"
            with pytest.raises(PromotionRunningError, match=said):
                attempt()
        assert aliases(shelf, "locked")[CHAMPION] == "1"
        # The lock is no model that one could ask for.
        with pytest.raises(RegistryError, match="is not in"):
            registry.find("1", "locked.promotion-lock")
    registry.promote(registry.find("2", "locked"), event(2))
    assert aliases(shelf, "locked")[CHAMPION] == "2"


def test_the_lock_of_a_killed_promotion_is_broken_on_request_only(shelf: Any) -> None:
    registry = stocked(shelf, "killed", "1")
    with another_process_promotes(shelf.uri, "killed") as process:
        process.kill()
        process.wait()
    with pytest.raises(PromotionRunningError, match=r"If it was cut off .* break its lock: --break-lock"):
        registry.promote(registry.find("2", "killed"), event(1))
    with registry.lock("killed", "anna", break_lock=True):
        registry.promote(registry.find("2", "killed"), event(2))
    assert aliases(shelf, "killed")[CHAMPION] == "2"
    assert "killed.promotion-lock" not in {
        model.name for model in mlflow.MlflowClient(shelf.uri).search_registered_models(max_results=1000)
    }
