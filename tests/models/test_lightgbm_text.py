"""A text that LightGBM would not have written for a model of ours is refused before LightGBM reads it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vigie.errors import BundleCorruptError
from vigie.models import lightgbm_io, lightgbm_text
from vigie.models.bundle import default_folder
from vigie.models.engine import Models
from vigie.training.config import Size

from .model_fuzz import FEATURES, small_model, with_sizes

FUZZ = Path(__file__).with_name("model_fuzz.py")


@pytest.fixture(scope="module")
def text() -> str:
    return small_model()


def _set(key: str, change: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    """Return a function that changes the values of the first line of a key, and states the sizes that follow."""

    def edit(text: str) -> str:
        line = re.compile(rf"^{key}=(.*)$", re.MULTILINE)
        edited = line.sub(lambda found: f"{key}={' '.join(change(found[1].split(' ')))}", text, count=1)
        return edited if key == "tree_sizes" else with_sizes(edited)

    return edit


def _first(value: str) -> Callable[[list[str]], list[str]]:
    return lambda values: [value, *values[1:]]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (_set("split_feature", _first("4")), "tree 0: split_feature"),
        (_set("split_feature", _first("-1")), "tree 0: split_feature"),
        (_set("split_feature", _first("2147483648")), "tree 0: split_feature"),
        (_set("left_child", _first("0")), "its children"),
        (_set("left_child", _first("99")), "its children"),
        (_set("right_child", _first("-99")), "its children"),
        (_set("right_child", lambda values: values[::-1]), "its children"),
        (_set("left_child", lambda values: values[:-1]), "another length"),
        (_set("threshold", _first("nan")), "tree 0 has another form"),
        (_set("leaf_value", _first("inf")), "tree 0 has another form"),
        (_set("leaf_value", _first("1e+300")), "leaf_value"),
        (_set("split_gain", _first("1e+999")), "too large"),
        (_set("decision_type", _first("255")), "decision_type"),
        (_set("decision_type", _first("1")), "decision_type"),
        (_set("num_leaves", _first("7")), "another length"),
        (_set("num_leaves", _first("0")), "0 leaves"),
        (_set("num_leaves", _first("99999")), "99999 leaves"),
        (_set("num_cat", _first("1")), "another form"),
        (_set("is_linear", _first("1")), "another form"),
        (_set("leaf_count", _first("0")), "counts"),
        (_set("internal_count", _first("2147483647")), "counts"),
        (_set("tree_sizes", _first("1")), "another size"),
        (_set("tree_sizes", lambda values: values[:-1]), "does not end"),
        (_set("tree_sizes", lambda values: [""]), "0 trees"),
        (_set("Tree", _first("1")), "another size or number"),
        (_set("num_class", _first("2")), "header"),
        (_set("num_tree_per_iteration", _first("0")), "header"),
        (_set("max_feature_idx", _first("4")), "number of features"),
        (_set("feature_infos", lambda values: values[1:]), "number of features"),
        (_set("feature_names", _first("other")), "names other features"),
        (_set("objective", _first("multiclass")), "header"),
        (lambda text: text.replace("num_class=1\n", "num_class=1\nnum_class=1\n"), "header"),
        (lambda text: with_sizes(text.replace("Tree=0\n", "Tree=0\ncat_threshold=1\n")), "tree 0 has another form"),
        (lambda text: text[: text.index("Tree=3")], "tree 3 has another form"),
        (lambda text: "tree", "header"),
        (lambda text: "", "header"),
    ],
)  # fmt: skip
def test_a_text_that_would_break_lightgbm_is_refused_with_what_is_wrong(
    text: str, edit: Callable[[str], str], said: str
) -> None:
    broken = edit(text)
    assert broken != text
    with pytest.raises(BundleCorruptError, match=rf"m\.txt is not a model that vigie trains: .*{said}"):
        lightgbm_io.load(broken, "m.txt", FEATURES)


def test_a_line_of_megabytes_is_refused_at_once(text: str) -> None:
    wide = _set("leaf_value", lambda values: values * 100_000)(text)
    with pytest.raises(BundleCorruptError, match="another length"):
        lightgbm_io.load(wide, "m.txt", FEATURES)


def test_what_comes_after_the_trees_is_not_handed_on(text: str) -> None:
    checked = lightgbm_text.checked(text, "m.txt", FEATURES)
    assert text.startswith(checked)
    assert checked.endswith("end of trees\n")


def test_all_models_that_ship_are_accepted(models: Models) -> None:
    for target, bundle in models.bundles.items():
        for part in bundle.parts.values():
            text = (default_folder(target) / f"{part.name}.txt").read_text("utf-8")
            assert lightgbm_text.checked(text, part.name, part.features)


def test_every_size_that_a_training_may_choose_is_accepted() -> None:
    allowed = Size.model_json_schema()["properties"]
    largest = [allowed[name]["items"]["maximum"] for name in ("leaves", "trees")]
    assert largest == [lightgbm_text.MOST_LEAVES, lightgbm_text.MOST_TREES]


def test_no_mutant_of_a_model_ends_the_process_or_goes_on_for_ever() -> None:
    made = subprocess.run(  # noqa: S603
        [sys.executable, FUZZ, "7", "600"], capture_output=True, text=True, timeout=60, check=False
    )
    assert made.returncode == 0, made.stderr
    outcomes = json.loads(made.stdout)
    assert outcomes["refused"] > 200
    assert outcomes["answered"] > 50
    assert "unexplained" not in outcomes
