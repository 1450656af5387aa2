"""A configuration names what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vigie.errors import ConfigError
from vigie.features.catalogue import CATALOGUE
from vigie.features.pipeline import POST_FEATURES
from vigie.training import config
from vigie.training.fitting.booster import features_of

SHIPPED = config.shipped("inauthentic")


def loaded(folder: Path, text: str) -> config.Config:
    path = folder / "my.toml"
    path.write_text(text)
    return config.load(path, "inauthentic")


def test_a_file_says_only_what_differs_from_the_shipped_configuration(tmp_path: Path) -> None:
    assert loaded(tmp_path, "") == SHIPPED
    made = loaded(tmp_path, "[size]\ntrees = [60]\n[parts.posts]\nfloor = 0.3")
    assert (made.size.trees, made.size.leaves) == ([60], SHIPPED.size.leaves)
    assert (made.parts["posts"].floor, made.parts["profile"]) == (0.3, SHIPPED.parts["profile"])


def test_a_part_that_is_false_is_left_out_and_bands_are_replaced_whole(tmp_path: Path) -> None:
    made = loaded(tmp_path, "[parts]\nposts = false\n[bands]\nlow = 0.0\nhigh = 0.6")
    assert list(made.parts) == ["profile"]
    assert made.bands == {"low": 0.0, "high": 0.6}


def test_gates_are_inherited_and_one_on_the_same_figure_end_and_side_is_replaced(tmp_path: Path) -> None:
    made = loaded(
        tmp_path,
        """
        [[gates]]
        figure = "auc.mean"
        end = "low"
        at_least = 0.8
        [[gates]]
        figure = "brier.mean"
        at_most = 0.2
        """,
    )
    assert len(made.gates) == len(SHIPPED.gates) + 1
    assert [gate.at_least for gate in made.gates if gate.figure == "auc.mean"] == [0.8]


def test_data_sets_named_by_the_shipped_configuration_are_not_asked_of_others(tmp_path: Path) -> None:
    assert config.shipped("coordinated").unlabelled
    (tmp_path / "my.toml").write_text("seed = 3")
    assert config.load(tmp_path / "my.toml", "coordinated").unlabelled == {}


def test_a_file_for_another_target_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="for the target coordinated, not inauthentic"):
        loaded(tmp_path, 'target = "coordinated"')


@pytest.mark.parametrize("target", ["inauthentic", "coordinated"])
def test_a_configuration_that_is_written_out_is_read_as_itself(tmp_path: Path, target: str) -> None:
    whole = config.shipped(target)
    (tmp_path / "my.toml").write_text(config.written(whole))
    assert config.load(tmp_path / "my.toml", target) == whole


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sed = 7\n[parts.profile]\nfloor = 0.5", "sed is not a key.*Did you mean seed"),
        ("[booster]\nlerning_rate = 0.1\n[parts.profile]\nfloor = 0.5", "Did you mean learning_rate"),
        ("[parts.profile]\nflor = 0.5\nfloor = 0.5", "Did you mean floor"),
        ("[parts.profile]\nfloor = 2", "parts.profile.floor: .*less than or equal to 1"),
        ("seed = 'x'\n[parts.profile]\nfloor = 0.5", "seed: .*valid integer"),
        ("[booster]\nlambda_l1 = -1", "booster.lambda_l1: .*greater than or equal to 0 .seen: -1"),
        ("[booster]\nobjective = 'regression'", "booster.objective is not a key"),
        ("size = 3", "size: .*seen: 3"),
        ("gates = 3", "gates: .*seen: 3"),
        ("parts = 3", "parts: .*seen: 3"),
        ("= 3", "is not TOML"),
    ],
)
def test_a_fault_is_named_with_the_nearest_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        loaded(tmp_path, text)


def test_a_missing_file_names_the_shipped_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"inauthentic\.toml"):
        config.load(tmp_path / "none.toml", "inauthentic")


def test_an_unknown_part_or_feature_is_named() -> None:
    part = config.parse({"parts": {"pictures": {"floor": 0.5}}})
    with pytest.raises(ConfigError, match="pictures is not a part"):
        features_of("pictures", part)
    excluded = config.parse({"parts": {"posts": {"floor": 0.5, "exclude": ["content_url_shares"]}}})
    with pytest.raises(ConfigError, match="Did you mean content_url_share"):
        features_of("posts", excluded)
    only = config.parse({"parts": {"posts": {"floor": 0.5, "only": ["content_url_shares"]}}})
    with pytest.raises(ConfigError, match=r"posts\.only: content_url_shares is not a feature"):
        features_of("posts", only)


def test_a_part_reads_only_what_it_is_told_to_and_never_what_leaks() -> None:
    leak = next(name for name in POST_FEATURES if CATALOGUE[name].leak)
    named = ["content_url_share", "content_repost_share", leak]
    part = {"floor": 0.5, "only": named, "exclude": ["content_repost_share"]}
    assert features_of("posts", config.parse({"parts": {"posts": part}})) == ("content_url_share",)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"size": {"leaves": []}}, "size.leaves: list should have at least 1 item"),
        ({"size": {"trees": []}}, "size.trees: list should have at least 1 item"),
        ({"seed": -1}, "seed: .* greater than or equal to 0"),
        ({"seed": 2**70}, "seed: .* less than"),
        ({"name": "a/b"}, "name: "),
        ({"name": ""}, "name: "),
        ({"bands": {"low": 0.0, "hihg": 0.5}}, "bands: .* seen: low, hihg"),
        ({"bands": {"high": 1.5}}, "bands.high: .* less than or equal to 1"),
    ],
)
def test_a_value_that_would_fail_late_is_refused_at_once(keys: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        config.parse({"parts": {"profile": {"floor": 0.5}}} | keys)
