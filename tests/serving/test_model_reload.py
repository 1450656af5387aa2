"""A bundle that replaces the one in use is checked and rehearsed first; one that cannot be trusted changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vigie.models.bundle import default_folder
from vigie.serving import engine, model_reload
from vigie.serving.api.schemas.responses import EXAMPLE
from vigie.serving.engine import AccountScores, Models
from vigie.serving.metrics import Metrics
from vigie.serving.model_reload import every
from vigie.serving.service import Service, load_models
from vigie.serving.settings import Settings

BODY = json.dumps(EXAMPLE).encode()


def point(link: Path, folder: Path) -> None:
    """Make a link lead to a folder, at once."""
    fresh = link.with_name("fresh")
    fresh.symlink_to(folder)
    os.replace(fresh, link)


@pytest.fixture
def link(tmp_path: Path, remade: Callable[..., Path]) -> Path:
    """A link to a first bundle."""
    place = tmp_path / "champion"
    place.symlink_to(remade("first"))
    return place


@pytest.fixture
def service(link: Path, models: Models) -> Service:
    """A service that answers with the bundle behind the link."""
    made = Service(Settings(bundle=link), Metrics())
    made.start(Models(load_models(link, None).inauthentic, models.coordinated))
    return made


def version(folder: Path) -> str:
    return str(json.loads((folder / "bundle.json").read_text())["version"])


def answered(service: Service) -> str:
    """Return the version that answers a request."""
    return str(json.loads(service.score(BODY, None).body)["model"]["version"])


def counted(service: Service, outcome: str) -> int:
    labels = {"role": "champion", "target": "inauthentic", "outcome": outcome}
    found = service.metrics.registry.get_sample_value("vigie_model_reloads_total", labels)
    return int(found or 0)


def test_what_the_link_leads_to_next_answers_next_and_is_told(
    service: Service, link: Path, remade: Callable[..., Path]
) -> None:
    first = service.model()
    second = remade("second", assumed_prevalence=0.2)
    point(link, second)
    service.look()
    assert answered(service) == version(second) != first["version"]
    told = service.model()
    assert told["version"] == version(second)
    assert told["assumed_prevalence"] == 0.2
    assert told["reload"]["watched"]
    assert told["reload"]["last_refusal"] is None
    assert told["reload"]["loaded_at"] > first["reload"]["loaded_at"]
    assert told["coordinated"] == first["coordinated"]
    said = service.metrics.text().decode()
    assert f'role="champion",target="inauthentic",version="{version(second)}"}} 1.0' in said
    assert first["version"] not in said
    assert counted(service, "loaded") == 1


def test_each_target_is_replaced_by_itself(
    tmp_path: Path, models: Models, remade: Callable[..., Path]
) -> None:
    places = {target: tmp_path / f"champion-{target}" for target in ("inauthentic", "coordinated")}
    for target, place in places.items():
        place.symlink_to(remade(f"first-{target}", target))
    service = Service(
        Settings(bundle=places["inauthentic"], coordinated_bundle=places["coordinated"]), Metrics()
    )
    service.start(models)
    second = remade("second", "coordinated", assumed_prevalence=0.2)
    point(places["coordinated"], second)
    point(places["inauthentic"], tmp_path / "nothing")
    service.look()
    found = json.loads(service.score(BODY, None).body)
    assert found["coordinated_model"]["version"] == version(second)
    assert found["model"]["version"] == models.inauthentic.version
    told = service.model()
    assert told["coordinated"]["reload"]["last_refusal"] is None
    assert told["reload"]["last_refusal"]["reason"].startswith("bundle-not-found: ")


def cut_index(folder: Path) -> None:
    file = folder / "bundle.json"
    file.write_bytes(file.read_bytes()[:1000])


def alter(folder: Path) -> None:
    file = folder / "posts.txt"
    file.write_bytes(file.read_bytes()[:-50])


def lose(folder: Path) -> None:
    (folder / "profile.txt").unlink()


def of_another_target(folder: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(default_folder("coordinated"), folder)


@pytest.mark.parametrize(
    ("spoil", "slug"),
    [
        (cut_index, "bundle-corrupt"),
        (alter, "bundle-corrupt"),
        (lose, "bundle-corrupt"),
        (shutil.rmtree, "bundle-not-found"),
        (of_another_target, "bundle-target"),
    ],
)
def test_what_cannot_be_trusted_is_refused_once_and_the_old_one_keeps_answering(
    service: Service, link: Path, remade: Callable[..., Path], spoil: Callable[[Path], None], slug: str
) -> None:
    before = service.model()
    second = remade("second", assumed_prevalence=0.2)
    spoil(second)
    point(link, second)
    service.look()
    told = service.model()
    service.look()
    assert service.model() == told
    assert counted(service, "refused") == 1
    refusal = told["reload"].pop("last_refusal")
    assert refusal["reason"].startswith(f"{slug}: ")
    assert "second" in refusal["reason"] or "champion" in refusal["reason"]
    assert str(link.parent) not in refusal["reason"]
    assert before["reload"].pop("last_refusal") is None
    assert told == before
    assert answered(service) == before["version"]


def test_a_bundle_with_good_digests_that_cannot_answer_is_refused(
    service: Service, link: Path, remade: Callable[..., Path]
) -> None:
    before = answered(service)
    point(link, remade("second", weights={}))
    service.look()
    assert answered(service) == before
    assert service.model()["reload"]["last_refusal"]["reason"].startswith("bundle-corrupt: ")


def test_a_bundle_refused_half_copied_is_used_when_the_rest_has_come(
    service: Service, link: Path, tmp_path: Path, remade: Callable[..., Path]
) -> None:
    whole, copy = remade("whole", assumed_prevalence=0.2), tmp_path / "copy"
    copy.mkdir()
    shutil.copy2(whole / "bundle.json", copy)
    point(link, copy)
    service.look()
    assert service.model()["reload"]["last_refusal"]["reason"].startswith("bundle-corrupt: ")
    shutil.copytree(whole, copy, dirs_exist_ok=True)
    service.look()
    assert answered(service) == version(whole)
    assert service.model()["reload"]["last_refusal"] is None


def test_going_back_to_the_bundle_in_use_ends_the_refusal_and_loads_nothing(
    service: Service, link: Path, tmp_path: Path
) -> None:
    first, since = link.resolve(), service.model()["reload"]["loaded_at"]
    point(link, tmp_path / "nothing")
    service.look()
    assert service.model()["reload"]["last_refusal"]
    point(link, first)
    service.look()
    assert service.model()["reload"] == {"watched": True, "loaded_at": since, "last_refusal": None}
    assert counted(service, "loaded") == 0


def test_what_did_not_change_is_not_read_again(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.look()

    def read(*_: Any) -> None:
        pytest.fail("it was read")

    monkeypatch.setattr(model_reload, "load_bundle", read)
    service.look()


def test_a_request_is_answered_by_the_models_it_began_with(
    service: Service, link: Path, remade: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = service.model()["version"]
    second = remade("second", floors={"acts": 10**6, "posts": 10**6})
    judge = engine.judge

    def swapped_meanwhile(*given: Any, **named: Any) -> AccountScores | None:
        monkeypatch.setattr(engine, "judge", judge)
        point(link, second)
        service.look()
        return judge(*given, **named)

    monkeypatch.setattr(engine, "judge", swapped_meanwhile)
    found = json.loads(service.score(BODY, None).body)
    assert found["model"]["version"] == first
    assert found["results"][0]["inauthentic"]["status"] == "scored"
    after = json.loads(service.score(BODY, None).body)
    assert after["model"]["version"] == version(second)
    assert after["results"][0]["inauthentic"]["status"] == "abstained"


def test_the_bundle_that_ships_is_not_watched(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(Settings(reload_seconds=0.001), Metrics())
    service.start(models)
    assert service.model()["reload"]["watched"] is False
    with service.watching():
        assert "reload" not in {thread.name for thread in threading.enumerate()}


def test_looks_go_on_until_the_end_and_never_without_an_interval() -> None:
    looked = threading.Semaphore(0)
    with every(0.001, looked.release):
        assert all(looked.acquire(timeout=10) for _ in range(3))
    with every(0, lambda: pytest.fail("it looked")):
        assert "reload" not in {thread.name for thread in threading.enumerate()}
