"""``vigie promote``, ``rollback`` and ``pull`` on a real MLflow store: refused, accepted, forced, undone, installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from vigie.cli import app
from vigie.models.installation import installed
from vigie.training.registry.mlflow_tracking import CHAMPION
from vigie.training.registry.model_registry import PREVIOUS, Registry

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own


def run(shelf: Any, *arguments: Any) -> Any:
    return CliRunner().invoke(app, [*map(str, arguments), "--tracking-uri", shelf.uri])


def champion(shelf: Any, name: str) -> str | None:
    found = Registry(shelf.uri).holder(name, CHAMPION)
    return found.number if found else None


@pytest.fixture
def weak_champion(shelf: Any, request: pytest.FixtureRequest) -> str:
    """Name of a model whose weak version 1 is champion; version 2 is strong, version 3 weak."""
    name = str(request.node.name).removeprefix("test_")
    shelf.stock(name, "weak", "strong", "weak")
    done = run(shelf, "promote", 1, "--name", name)
    assert done.exit_code == 0, done.output
    return name


@pytest.fixture
def strong_champion(shelf: Any, weak_champion: str) -> str:
    """Name of a model whose strong version 2 is champion, after the weak version 1."""
    assert run(shelf, "promote", 2, "--name", weak_champion).exit_code == 0
    return weak_champion


def test_without_a_champion_only_absolute_gates_count(shelf: Any) -> None:
    shelf.stock("first", "weak")
    done = run(shelf, "promote", "1", "--name", "first")
    assert done.exit_code == 0
    assert "first has no champion: 1 gates that compare with one do not apply." in done.output
    assert "passed  auc.mean, low end of its interval, at least 0.7: 0.75" in done.output
    assert "champion.gain" not in done.output
    assert champion(shelf, "first") == "1"


def test_a_better_challenger_becomes_champion(shelf: Any, weak_champion: str) -> None:
    done = run(shelf, "promote", 2, "--name", weak_champion)
    assert done.exit_code == 0
    assert "compared on the 400 they share" in done.output
    assert "Gates in force: those of the champion’s configuration." in done.output
    assert f"{weak_champion} version 2 is champion; before it: {weak_champion} version 1." in done.output
    assert champion(shelf, weak_champion) == "2"


def test_a_worse_challenger_is_refused_with_the_gate_and_by_how_much(
    shelf: Any, strong_champion: str
) -> None:
    done = run(shelf, "promote", 3, "--name", strong_champion)
    assert done.exit_code == 1
    assert "FAILED  champion.gain.auc, low end of its interval, at least -0.01: -0." in done.output
    assert "fails by 0." in done.output
    assert "Why this gate: no worse than what is in use" in done.output
    assert f"Refused: 1 of 2 gates failed; {strong_champion} version 2 stays champion." in done.output
    assert champion(shelf, strong_champion) == "2"


def test_force_needs_a_reason_that_is_kept_with_the_failed_gates(shelf: Any, strong_champion: str) -> None:
    bare = run(shelf, "promote", 3, "--name", strong_champion, "--force")
    assert bare.exit_code == 2
    assert "--force needs --reason" in bare.output
    reason = "version 2 flags a newsroom"
    done = run(shelf, "promote", 3, "--name", strong_champion, "--force", "--reason", reason)
    assert done.exit_code == 0
    assert f"is champion against 1 failed gates, because: {reason}" in done.output
    registry = Registry(shelf.uri)
    (event,) = registry.events(registry.find("3", strong_champion)).values()
    assert event.reason == reason
    assert event.failing[0].startswith("champion.gain.auc, low end")
    assert event.by


@pytest.mark.parametrize(("version", "code"), [(2, 0), (3, 1)])
def test_a_dry_run_changes_nothing(shelf: Any, version: int, code: int) -> None:
    name = f"dry-{version}"
    shelf.stock(name, "weak", "strong", "weak")
    gates = Path(shelf.uri.removeprefix("sqlite:///")).parent / "strict.toml"
    gates.write_text('[[gates]]\nfigure = "champion.gain.auc"\nend = "low"\nat_least = 0.01\n')
    assert run(shelf, "promote", 1, "--name", name).exit_code == 0
    done = run(shelf, "promote", version, "--name", name, "--gates", gates, "--dry-run")
    assert done.exit_code == code
    assert f"Gates in force: those of {gates}." in done.output
    assert champion(shelf, name) == "1"


def test_gates_that_hold_none_or_are_misspelt_are_refused(
    shelf: Any, weak_champion: str, tmp_path: Path
) -> None:
    (tmp_path / "none.toml").write_text("seed = 3\n")
    done = run(shelf, "promote", 2, "--name", weak_champion, "--gates", tmp_path / "none.toml")
    assert done.exit_code == 2
    assert "no gate is in force" in done.output
    (tmp_path / "bad.toml").write_text('[[gates]]\nfigure = "auc.mean"\nat_leest = 0.5\n')
    done = run(shelf, "promote", 2, "--name", weak_champion, "--gates", tmp_path / "bad.toml")
    assert done.exit_code == 2
    assert "Did you mean at_least" in done.output


def test_the_champion_is_not_judged_against_itself(shelf: Any, weak_champion: str) -> None:
    done = run(shelf, "promote", 1, "--name", weak_champion)
    assert (done.exit_code, done.output) == (0, f"{weak_champion} version 1 is the champion already.\n")


def test_rollback_and_pull_move_what_is_installed(shelf: Any, weak_champion: str, tmp_path: Path) -> None:
    place = tmp_path / "inauthentic"
    done = run(shelf, "promote", 2, "--name", weak_champion, "--install", place)
    assert done.exit_code == 0, done.output
    assert installed(place) == shelf.bundles["strong"]
    back = run(shelf, "rollback", weak_champion, "--install", place, "--reason", "too many false positives")
    assert back.exit_code == 0, back.output
    assert (
        f"{weak_champion} version 1 is champion again; {weak_champion} version 2 no longer is." in back.output
    )
    assert installed(place) == shelf.bundles["weak"]
    assert Registry(shelf.uri).holder(weak_champion, PREVIOUS) is None
    pulled = run(shelf, "pull", weak_champion, "--install", place)
    assert (pulled.exit_code, pulled.output) == (0, f"{place} holds {weak_champion} version 1 already.\n")
    elsewhere = tmp_path / "elsewhere"
    assert run(shelf, "pull", weak_champion, "--install", elsewhere).exit_code == 0
    assert installed(elsewhere) == shelf.bundles["weak"]


def test_rollback_of_the_first_champion_is_refused(shelf: Any, weak_champion: str) -> None:
    done = run(shelf, "rollback", weak_champion)
    assert done.exit_code == 2
    assert "is the first champion of its line" in done.output


def test_a_champion_without_a_record_can_only_be_replaced_by_force(shelf: Any) -> None:
    import mlflow

    shelf.stock("bare", "weak", "strong")
    client = mlflow.MlflowClient(shelf.uri)
    source = client.get_model_version("bare", "1").source
    made = client.create_model_version("bare", source, client.create_run("0").info.run_id)
    client.set_registered_model_alias("bare", CHAMPION, made.version)
    refused = run(shelf, "promote", 2, "--name", "bare")
    assert refused.exit_code == 2
    assert (
        "fetching record.json of bare version 3 (if it is not there, an older vigie trained it"
        in refused.output
    )
    done = run(shelf, "promote", 2, "--name", "bare", "--force", "--reason", "the old one has no record")
    assert done.exit_code == 0, done.output
    assert "Gates in force: those of the challenger’s configuration." in done.output
    assert (
        "FAILED  champion.gain.auc, low end of its interval, at least -0.01: there is no such figure"
        in done.output
    )
    assert champion(shelf, "bare") == "2"


def test_a_challenger_whose_bundle_is_broken_is_never_champion(
    shelf: Any, weak_champion: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Registry.bundle

    def broken(self: Registry, version: Any, folder: Path) -> Path:
        found = whole(self, version, folder)
        (found / "card.md").write_text("cut off")
        return found

    monkeypatch.setattr(Registry, "bundle", broken)
    done = run(shelf, "promote", 2, "--name", weak_champion)
    assert done.exit_code == 2
    assert "altered or truncated" in done.output
    assert champion(shelf, weak_champion) == "1"
