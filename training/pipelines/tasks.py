"""The targets that can be trained, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vigie.errors import ConfigError, choices
from vigie.training.pipelines.coordinated import CoordinatedTask
from vigie.training.pipelines.inauthentic import InauthenticTask
from vigie.training.pipelines.task import TrainingTask

# Each task has types of its own for data, model and evaluation, which nobody outside it needs to know.
AnyTask = TrainingTask[Any, Any, Any]
TASKS: Mapping[str, AnyTask] = {task.target: task for task in (InauthenticTask(), CoordinatedTask())}


def task_of(target: str) -> AnyTask:
    """Return the task of a target.

    Raises:
        ConfigError: There is no such target.

    >>> task_of("inauthentic").parts
    ('profile', 'posts')
    """
    if target not in TASKS:
        raise ConfigError(f"{target} is not a target. {choices(target, TASKS)}")
    return TASKS[target]
