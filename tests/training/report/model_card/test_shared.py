"""What every card holds: data sets with dates and licences, labels by quality, commands that a shell reads as meant."""

from __future__ import annotations

import shlex

import polars as pl

from vigie.training.report.model_card.shared import label_quality, shared

INDEX = {
    "target": "inauthentic",
    "name": "m",
    "assumed_prevalence": 0.1,
    "config": {"seed": 7},
    "data": [{"name": "a set; rm -rf", "observed_at": {"first": "2020-01-02T03:04:05+00:00", "last": None}}],
}
COUNTS = pl.DataFrame({"strength": ["weak", None, "state"], "y": [True, True, False], "len": [3, 4, 5]})


def test_a_name_of_a_data_set_is_one_word_of_the_command() -> None:
    values = shared(INDEX, COUNTS)
    words = shlex.split(values["train_command"].line)  # type: ignore[attr-defined]  # a Command
    assert words[:5] == ["vigie", "train", "inauthentic", "--data", "a set; rm -rf"]


def test_dates_are_days_and_what_is_not_stated_is_unknown() -> None:
    table = shared(INDEX, COUNTS)["data_sets"]
    assert table.frame.select("first", "last", "licence").row(0) == ("2020-01-02", None, None)  # type: ignore[attr-defined]


def test_labels_without_a_quality_count_as_weak() -> None:
    frame = label_quality(COUNTS, None).frame
    assert frame.filter(pl.col("strength") == "weak").select("yes", "no").row(0) == (7, 0)
    assert frame["strength"].to_list() == ["platform", "state", "expert", "weak"]
