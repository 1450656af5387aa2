"""What a notebook calls is a name of the room, loaded when it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import vigie.training
from vigie.training import api


@pytest.mark.parametrize("name", ["configuration", "judge_bundle", "train_model"])
def test_a_name_of_the_room_is_that_of_its_api(name: str) -> None:
    assert getattr(vigie.training, name) is getattr(api, name)


def test_every_name_that_the_room_lists_is_there() -> None:
    assert all(callable(getattr(vigie.training, name)) for name in vigie.training.__all__)


def test_an_unknown_name_is_no_attribute_of_the_room() -> None:
    with pytest.raises(AttributeError, match=r"module 'vigie\.training' has no attribute 'train_modle'"):
        vigie.training.train_modle  # noqa: B018 - the point of the test


def test_one_module_of_the_room_does_not_load_the_others() -> None:
    asked = (
        "import sys, vigie.training.result; print([n for n in sys.modules if n.startswith('vigie.training')])"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "['vigie.training', 'vigie.training.result']"
