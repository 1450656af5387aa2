"""The targets that can be trained are found by name."""

from __future__ import annotations

import pytest

from vigie.errors import ConfigError
from vigie.training.api import configuration
from vigie.training.fitting.booster import features_of
from vigie.training.pipelines.tasks import TASKS, task_of


@pytest.mark.parametrize("target", TASKS)
def test_every_target_has_a_configuration_whose_parts_are_its_own(target: str) -> None:
    settings = configuration(target)
    assert settings.target == TASKS[target].target == target
    assert set(settings.parts) <= set(TASKS[target].parts)
    assert all(features_of(part, settings) for part in settings.parts)


def test_another_target_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="Did you mean coordinated"):
        task_of("coordinatd")
