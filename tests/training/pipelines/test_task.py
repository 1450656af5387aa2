"""A task asks for the files that its target needs, refuses the others, and leaves out no step."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from vigie.errors import ConfigError
from vigie.training.pipelines.coordinated import CoordinatedTask
from vigie.training.pipelines.inauthentic import InauthenticTask
from vigie.training.pipelines.task import TrainingInputs, TrainingTask

HERE = Path("windows.parquet")


def test_the_files_that_a_target_needs_are_enough() -> None:
    CoordinatedTask().check_options({"windows": HERE})
    InauthenticTask().check_options({})


def test_a_file_that_no_target_reads_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError) as fault:
        CoordinatedTask().check_options({"window": HERE})
    assert str(fault.value) == (
        "the target coordinated takes no file of window; leave it out. Allowed: windows. Did you mean windows?"
    )


def test_a_target_that_reads_no_further_file_names_none() -> None:
    with pytest.raises(ConfigError) as fault:
        InauthenticTask().check_options({"windows": HERE})
    assert str(fault.value) == "the target inauthentic takes no file of windows; leave it out"


def test_a_file_that_is_needed_is_asked_for_with_what_it_holds() -> None:
    with pytest.raises(ConfigError, match="coordinated needs a file of windows: a Parquet file with the col"):
        CoordinatedTask().check_options({})


def test_a_task_that_lacks_a_step_cannot_be_made() -> None:
    class Half(TrainingTask[pl.DataFrame, None, None]):
        """A target that knows how to sum up, and nothing else."""

        target = "half"
        parts = ()

        def headline(self, evaluation: None) -> dict[str, pl.DataFrame]:
            return {}

    with pytest.raises(TypeError, match=r"bundle.*cards.*evaluate.*evaluate_bundle.*examine.*fit.*load"):
        Half()  # type: ignore[abstract]  # the point of the test


def test_inputs_are_folders_alone_unless_more_is_given() -> None:
    inputs = TrainingInputs([HERE])
    assert (inputs.options, inputs.false_positives) == ({}, None)
    assert inputs.options is not TrainingInputs([HERE]).options
