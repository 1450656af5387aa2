"""A challenger is compared and tested; what cannot be asked or compared is said, and stops no training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vigie.errors import BundleTargetError, RegistryError
from vigie.training.config import Gate
from vigie.training.registry import judgement
from vigie.training.registry.judgement import Contender, judge
from vigie.training.registry.model_registry import Registry

SHIPPED = [Gate(figure="auc.mean", at_least=0.5, why="shipped")]


@pytest.fixture
def stocked(shelf: Any, request: pytest.FixtureRequest) -> str:
    """Return a name with a weak champion and a strong challenger."""
    name = f"judged-{request.node.originalname}"
    shelf.stock(name, "weak", "strong")
    registry = Registry(shelf.uri)
    registry._client.set_registered_model_alias(name, "champion", "1")
    return name


def contender(shelf: Any, name: str, number: str) -> Contender:
    registry = Registry(shelf.uri)
    return Contender.registered(registry, registry.find(number, name))


def named(who: Contender, name: str) -> Contender:
    return replace(who, settings=who.settings.model_copy(update={"name": name}))


def test_gates_of_the_champion_count_before_those_of_the_challenger(shelf: Any, stocked: str) -> None:
    registry = Registry(shelf.uri)
    found = judge(registry, contender(shelf, stocked, "2"), registry.champion(stocked), shipped=SHIPPED)
    assert found.comparison is not None
    assert found.gates_of.key == "training.gates_of_champion"
    assert [verdict.passed for verdict in found.verdicts] == [True, True]


def test_without_a_champion_gates_that_compare_with_one_do_not_apply(shelf: Any, stocked: str) -> None:
    found = judge(Registry(shelf.uri), contender(shelf, stocked, "2"), None, shipped=SHIPPED)
    assert (found.comparison, found.inapplicable) == (None, 1)
    assert [verdict.gate.figure for verdict in found.verdicts] == ["auc.mean"]


def test_gates_that_ship_count_where_no_configuration_has_any(shelf: Any, stocked: str) -> None:
    bare = contender(shelf, stocked, "2")
    bare = replace(bare, settings=bare.settings.model_copy(update={"gates": []}))
    found = judge(Registry(shelf.uri), bare, None, shipped=SHIPPED)
    assert found.gates_of.key == "training.gates_of_vigie"
    assert [verdict.gate.why for verdict in found.verdicts] == ["shipped"]


def test_models_of_two_targets_are_not_compared(shelf: Any, stocked: str) -> None:
    registry, other = Registry(shelf.uri), contender(shelf, stocked, "2")
    other = replace(other, index={**other.index, "target": "coordinated"})
    with pytest.raises(BundleTargetError, match="register each target under its own name"):
        judge(registry, other, registry.champion(stocked), shipped=SHIPPED, tolerant=True)
    told = judgement.standing(shelf.uri, named(other, stocked), SHIPPED, "vigie promote 2")
    assert told.champion == f"{stocked} version 1"
    assert "register each target under its own name" in told.because


def test_a_training_is_told_how_it_stands_beside_the_champion(shelf: Any, stocked: str) -> None:
    ours = named(contender(shelf, stocked, "2"), stocked)
    told = judgement.standing(shelf.uri, ours, SHIPPED, "vigie promote 2")
    assert told.champion == f"{stocked} version 1"
    assert told.gain is not None
    assert told.gain.low > 0
    assert (told.because, told.promotion) == ("", "vigie promote 2")


def test_a_name_that_is_new_has_no_champion(shelf: Any, stocked: str) -> None:
    told = judgement.standing(shelf.uri, named(contender(shelf, stocked, "2"), "new"), SHIPPED, "")
    assert (told.champion, told.gain, told.because) == (None, None, "")


def test_a_comparison_that_fails_is_an_answer_for_a_training_and_an_error_for_a_promotion(
    shelf: Any, stocked: str
) -> None:
    registry = Registry(shelf.uri)

    def absent() -> Any:
        raise RegistryError("judged.parquet is gone")

    ours = replace(named(contender(shelf, stocked, "2"), stocked), held_out=absent)
    assert "judged.parquet is gone" in judgement.standing(shelf.uri, ours, SHIPPED, "").because
    with pytest.raises(RegistryError, match="is gone"):
        judge(registry, ours, registry.champion(stocked), shipped=SHIPPED)


def test_a_registry_that_is_away_stops_no_training(
    shelf: Any, stocked: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    told = judgement.standing("http://127.0.0.1:9", contender(shelf, stocked, "2"), SHIPPED, "")
    assert told.champion is None
    assert "127.0.0.1:9" in told.because
