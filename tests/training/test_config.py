"""A configuration names what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vigie.errors import ConfigError
from vigie.training import config
from vigie.training.fitting.booster import features_of

SHIPPED = Path(config.__file__).parent / "configs" / "inauthentic.toml"


def test_the_shipped_configuration_loads() -> None:
    assert config.load(SHIPPED).target == "inauthentic"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sed = 7\n[parts.profile]\nfloor = 0.5", "sed is not a key.*Did you mean seed"),
        ("[booster]\nlerning_rate = 0.1\n[parts.profile]\nfloor = 0.5", "Did you mean learning_rate"),
        ("[parts.profile]\nflor = 0.5\nfloor = 0.5", "Did you mean floor"),
        ("[parts.profile]\nfloor = 2", "parts.profile.floor: .*less than or equal to 1"),
        ("seed = 'x'\n[parts.profile]\nfloor = 0.5", "seed: .*valid integer"),
        ("= 3", "is not TOML"),
    ],
)
def test_a_fault_is_named_with_the_nearest_key(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "my.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        config.load(path)


def test_a_missing_file_names_the_shipped_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"inauthentic\.toml"):
        config.load(tmp_path / "none.toml")


def test_an_unknown_part_or_feature_is_named() -> None:
    part = config.parse({"parts": {"pictures": {"floor": 0.5}}})
    with pytest.raises(ConfigError, match="pictures is not a part"):
        features_of("pictures", part)
    excluded = config.parse({"parts": {"posts": {"floor": 0.5, "exclude": ["content_url_shares"]}}})
    with pytest.raises(ConfigError, match="Did you mean content_url_share"):
        features_of("posts", excluded)


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
