"""What the checks of a model should overlook ends a process of its own: shown with the checks switched off in that process."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from vigie.errors import BundleCorruptError
from vigie.models import lightgbm_text, trial
from vigie.models.trial import Model

from .model_fuzz import FEATURES, small_model, with_sizes

_UNCHECKED = "from vigie.models import lightgbm_text\nlightgbm_text.checked = lambda text, *_: text\n"


@pytest.fixture(scope="module")
def text() -> str:
    return small_model()


@pytest.fixture(autouse=True)
def _nothing_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_passed", set())


@pytest.fixture
def unchecked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch the checks off, here and in processes that are started."""
    monkeypatch.setattr(lightgbm_text, "checked", lambda text, *_: text)
    (tmp_path / "sitecustomize.py").write_text(_UNCHECKED)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))


def crafted(text: str, key: str, value: str) -> Model:
    """Return a model in which the first value of a line is another."""
    head, _, rest = text.partition(f"\n{key}=")
    return Model("crafted.txt", with_sizes(f"{head}\n{key}={value} {rest.partition(' ')[2]}"), FEATURES)


@pytest.mark.usefixtures("unchecked")
def test_a_model_that_breaks_lightgbm_ends_its_trial_and_is_named(text: str) -> None:
    whole = Model("whole.txt", text, FEATURES)
    with pytest.raises(
        BundleCorruptError, match=r"crafted\.txt ended the process that tried it \(SIG(SEGV|ABRT)\)"
    ):
        trial.run([whole, crafted(text, "left_child", "900000000")])


@pytest.mark.usefixtures("unchecked")
def test_a_model_that_never_ends_is_given_up(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "PATIENCE_S", 5)
    looping = small_model().replace("left_child=1", "left_child=0").replace("right_child=2", "right_child=0")
    with pytest.raises(BundleCorruptError, match=r"not done in 5 s|ended the process that tried it"):
        trial.run([Model("looping.txt", with_sizes(looping), FEATURES)])


def test_a_model_that_the_checks_refuse_is_not_tried(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("it was tried"))
    with pytest.raises(BundleCorruptError, match=r"crafted\.txt is not a model that vigie trains"):
        trial.run([crafted(text, "split_feature", "99")])


def test_a_model_is_tried_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    run = subprocess.run

    def counted(*given: Any, **named: Any) -> Any:
        started.append(given)
        return run(*given, **named)

    monkeypatch.setattr(subprocess, "run", counted)
    model = Model("m.txt", text, FEATURES)
    trial.run([model, model])
    trial.run([model])
    assert len(started) == 1
    trial.run([model, Model("other.txt", text.replace("shrinkage=0.1", "shrinkage=0.2"), FEATURES)])
    assert len(started) == 2
