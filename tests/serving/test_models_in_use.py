"""A service answers with one pair of models at a time, replaces them whole, and starts with the last good ones."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vigie.errors import BundleCorruptError, BundleError, NotReadyError
from vigie.features.pipeline import FeatureMatrix, compute
from vigie.models import bundle
from vigie.models.bundle import default_folder
from vigie.models.engine import Models
from vigie.models.installation import install
from vigie.models.verdict import Abstention, Verdict
from vigie.serving.api.admission import Abandoned
from vigie.serving.api.reading import Given
from vigie.serving.api.routes.models import described
from vigie.serving.api.routes.score import score_accounts
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.api.schemas.responses import ModelResponse
from vigie.serving.metrics import Metrics
from vigie.serving.models_in_use import ModelsInUse
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
def in_use(link: Path, models: Models) -> ModelsInUse:
    """Models in use, that of inauthenticity from behind the link."""
    made = ModelsInUse(Settings(bundle=link), Metrics())
    made.start(Models.of(Models.load(link, None).inauthentic, models.coordinated))
    return made


def version(folder: Path) -> str:
    return str(json.loads((folder / "bundle.json").read_text())["version"])


def answered(in_use: ModelsInUse) -> str:
    """Return the version that answers a request."""
    return score_accounts(in_use, Given(BODY), Abandoned()).model.version


def describe(in_use: ModelsInUse) -> ModelResponse:
    return described(in_use, "en")


def refusal(in_use: ModelsInUse) -> str:
    """Return why what lies in the folder of the model of inauthenticity is not in use."""
    last = describe(in_use).reload.last_refusal
    assert last is not None
    return last.reason


def counted(in_use: ModelsInUse, outcome: str) -> int:
    labels = {"role": "champion", "target": "inauthentic", "outcome": outcome}
    found = in_use.metrics.registry.get_sample_value("vigie_model_reloads_total", labels)
    return int(found or 0)


def test_what_the_link_leads_to_next_answers_next(
    in_use: ModelsInUse, link: Path, remade: Callable[..., Path]
) -> None:
    first = describe(in_use)
    second = remade("second", assumed_prevalence=0.2)
    point(link, second)
    in_use.poll()
    assert answered(in_use) == version(second) != first.version
    now = describe(in_use)
    assert now.version == version(second)
    assert now.assumed_prevalence == 0.2
    assert now.reload.watched
    assert now.reload.last_refusal is None
    assert now.reload.loaded_at is not None
    assert first.reload.loaded_at is not None
    assert now.reload.loaded_at > first.reload.loaded_at
    assert now.coordinated == first.coordinated
    counters = in_use.metrics.text().decode()
    assert f'role="champion",target="inauthentic",version="{version(second)}"}} 1.0' in counters
    assert first.version not in counters
    assert counted(in_use, "loaded") == 1


def test_each_target_is_replaced_by_itself(
    tmp_path: Path, models: Models, remade: Callable[..., Path]
) -> None:
    places = {target: tmp_path / f"champion-{target}" for target in ("inauthentic", "coordinated")}
    for target, place in places.items():
        place.symlink_to(remade(f"first-{target}", target))
    in_use = ModelsInUse(
        Settings(bundle=places["inauthentic"], coordinated_bundle=places["coordinated"]), Metrics()
    )
    in_use.start(models)
    second = remade("second", "coordinated", assumed_prevalence=0.2)
    point(places["coordinated"], second)
    point(places["inauthentic"], tmp_path / "nothing")
    in_use.poll()
    found = score_accounts(in_use, Given(BODY), Abandoned())
    assert found.coordinated_model.version == version(second)
    assert found.model.version == models.inauthentic.version
    assert describe(in_use).coordinated.reload.last_refusal is None
    assert refusal(in_use).startswith("bundle-not-found: ")


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
    in_use: ModelsInUse, link: Path, remade: Callable[..., Path], spoil: Callable[[Path], None], slug: str
) -> None:
    before = describe(in_use)
    second = remade("second", assumed_prevalence=0.2)
    spoil(second)
    point(link, second)
    in_use.poll()
    after = describe(in_use)
    in_use.poll()
    assert describe(in_use) == after
    assert counted(in_use, "refused") == 1
    reason = refusal(in_use)
    assert reason.startswith(f"{slug}: ")
    assert "second" in reason or "champion" in reason
    assert str(link.parent) not in reason
    assert before.reload.last_refusal is None
    assert (after.version, after.card, after.reload.loaded_at) == (
        before.version, before.card, before.reload.loaded_at,
    )  # fmt: skip
    assert answered(in_use) == before.version


def test_a_bundle_with_good_digests_that_cannot_answer_is_refused(
    in_use: ModelsInUse, link: Path, remade: Callable[..., Path]
) -> None:
    before = answered(in_use)
    point(link, remade("second", weights={}))
    in_use.poll()
    assert answered(in_use) == before
    assert refusal(in_use).startswith("bundle-corrupt: ")


def with_looping_children(text: str) -> str:
    """Return a model of the same size in which nodes are their own children."""
    return re.sub(r"^left_child=-?[0-9]", "left_child=0", text, flags=re.MULTILINE)


def without_any_leaf_value(text: str) -> str:
    """Return a model of the same size that gives every account the same score."""
    return re.sub(r"^leaf_value=.*$", lambda found: re.sub("[1-9]", "0", found[0]), text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("craft", "reason"),
    [
        (with_looping_children, "bundle-corrupt: profile.txt is not a model that vigie trains: tree "),
        (without_any_leaf_value, "bundle-rehearsal: "),
    ],
)
def test_a_crafted_bundle_with_good_digests_is_refused_and_the_old_one_keeps_answering(
    in_use: ModelsInUse, link: Path, tmp_path: Path, craft: Callable[[str], str], reason: str
) -> None:
    before = answered(in_use)
    index = json.loads((link / "bundle.json").read_text())
    files = {name: (link / name).read_text() for name in index["files"]}
    models = {name: craft(text) for name, text in files.items() if name in ("profile.txt", "posts.txt")}
    bundle.save(tmp_path / "crafted", index, files | models)
    point(link, tmp_path / "crafted")
    in_use.poll()
    assert refusal(in_use).startswith(reason)
    assert answered(in_use) == before


def test_a_bundle_refused_half_copied_is_used_when_the_rest_has_come(
    in_use: ModelsInUse, link: Path, tmp_path: Path, remade: Callable[..., Path]
) -> None:
    whole, copy = remade("whole", assumed_prevalence=0.2), tmp_path / "copy"
    copy.mkdir()
    shutil.copy2(whole / "bundle.json", copy)
    point(link, copy)
    in_use.poll()
    assert refusal(in_use).startswith("bundle-corrupt: ")
    shutil.copytree(whole, copy, dirs_exist_ok=True)
    in_use.poll()
    assert answered(in_use) == version(whole)
    assert describe(in_use).reload.last_refusal is None


def test_going_back_to_the_bundle_in_use_ends_the_refusal_and_loads_nothing(
    in_use: ModelsInUse, link: Path, tmp_path: Path
) -> None:
    first, since = link.resolve(), describe(in_use).reload.loaded_at
    point(link, tmp_path / "nothing")
    in_use.poll()
    assert refusal(in_use)
    point(link, first)
    in_use.poll()
    now = describe(in_use).reload
    assert (now.watched, now.loaded_at, now.last_refusal) == (True, since, None)
    assert counted(in_use, "loaded") == 0


def test_a_request_is_answered_by_the_models_it_began_with(
    in_use: ModelsInUse, link: Path, remade: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = describe(in_use).version
    second = remade("second", floors={"acts": 10**6, "posts": 10**6})

    def swapped_meanwhile(*given: Any) -> FeatureMatrix:
        monkeypatch.setattr("vigie.models.engine.compute", compute)
        point(link, second)
        in_use.poll()
        return compute(*given)

    monkeypatch.setattr("vigie.models.engine.compute", swapped_meanwhile)
    found = score_accounts(in_use, Given(BODY), Abandoned())
    assert found.model.version == first
    assert isinstance(found.results[0].inauthentic, Verdict)
    after = score_accounts(in_use, Given(BODY), Abandoned())
    assert after.model.version == version(second)
    assert isinstance(after.results[0].inauthentic, Abstention)


def test_the_bundle_that_ships_is_not_watched(models: Models) -> None:
    in_use = ModelsInUse(Settings(reload_seconds=0.001), Metrics())
    in_use.start(models)
    assert describe(in_use).reload.watched is False
    with in_use.watching():
        assert "reload" not in {thread.name for thread in threading.enumerate()}


def test_before_the_start_nothing_answers() -> None:
    in_use = ModelsInUse(Settings(), Metrics())
    assert not in_use.started
    with pytest.raises(NotReadyError):
        _ = in_use.engine
    with pytest.raises(NotReadyError):
        describe(in_use)


class TestBrokenChampion:
    """A service that starts again must answer, though the newest bundle is broken."""

    @staticmethod
    def place(tmp_path: Path, remade: Callable[..., Path], *prevalences: float) -> tuple[Path, list[Path]]:
        """Install bundles one after the other, corrupt the last, and return the place and their folders."""
        place = tmp_path / "served" / "inauthentic"
        kept = [install(remade(f"bundle-{rate}", assumed_prevalence=rate), place) for rate in prevalences]
        (kept[-1] / "posts.txt").write_text("tree")
        return place, kept

    @staticmethod
    def start(place: Path) -> ModelsInUse:
        in_use = ModelsInUse(Settings(bundle=place), Metrics())
        in_use.start()
        return in_use

    def test_the_last_good_one_answers_and_the_refusal_is_told(
        self, tmp_path: Path, remade: Callable[..., Path]
    ) -> None:
        place, kept = self.place(tmp_path, remade, 0.2, 0.3, 0.4)
        in_use = self.start(place)
        assert answered(in_use) == kept[1].name
        assert refusal(in_use).startswith("bundle-corrupt: posts.txt")
        assert counted(in_use, "refused") == 1
        in_use.poll()
        assert counted(in_use, "refused") == 1
        assert refusal(in_use)
        assert answered(in_use) == kept[1].name

    def test_a_broken_one_among_the_kept_is_passed_over(
        self, tmp_path: Path, remade: Callable[..., Path]
    ) -> None:
        place, kept = self.place(tmp_path, remade, 0.2, 0.3, 0.4)
        (kept[1] / "card.md").unlink()
        assert answered(self.start(place)) == kept[0].name

    def test_one_that_was_installed_again_comes_before_later_ones(
        self, tmp_path: Path, remade: Callable[..., Path]
    ) -> None:
        place, kept = self.place(tmp_path, remade, 0.2, 0.3, 0.2, 0.4)
        assert answered(self.start(place)) == kept[0].name

    def test_a_good_one_put_there_later_is_used_and_ends_the_refusal(
        self, tmp_path: Path, remade: Callable[..., Path]
    ) -> None:
        place, _ = self.place(tmp_path, remade, 0.2, 0.3)
        in_use = self.start(place)
        fresh = install(remade("fresh", assumed_prevalence=0.45), place)
        in_use.poll()
        assert answered(in_use) == fresh.name
        assert describe(in_use).reload.last_refusal is None

    def test_without_an_older_one_the_start_fails(self, tmp_path: Path, remade: Callable[..., Path]) -> None:
        place, _ = self.place(tmp_path, remade, 0.2)
        with pytest.raises(BundleCorruptError, match=r"posts\.txt"):
            self.start(place)

    def test_a_plain_folder_that_is_broken_ends_the_start(self, remade: Callable[..., Path]) -> None:
        folder = remade("plain")
        alter(folder)
        with pytest.raises(BundleError):
            self.start(folder)
