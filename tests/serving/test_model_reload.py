"""What lies in a watched folder is read when it changes, warmed up before it is used, and refused once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vigie.errors import BundleNotFoundError
from vigie.features.i18n import LANGUAGES
from vigie.models import bundle, pins, signatures
from vigie.models.bundle import Bundle, load
from vigie.models.engine import Models, ScoringEngine, ScoringResult
from vigie.serving import model_reload
from vigie.serving.metrics import Metrics
from vigie.serving.model_reload import WatchedBundle, load_champion, warm_up


def watched(folder: Path | None) -> WatchedBundle:
    return WatchedBundle("champion", "inauthentic", folder, Metrics())


def test_a_folder_is_read_again_only_when_something_in_it_changed(
    remade: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = remade("first")
    used: list[Bundle] = []
    place = watched(folder)
    place.poll(used.append)
    assert [bundle.version for bundle in used] == [load(folder).version]
    assert place.held is not None

    def read(*_: Any) -> None:
        pytest.fail("it was read")

    with monkeypatch.context() as patch:
        patch.setattr(model_reload, "load_bundle", read)
        place.poll(used.append)
    (folder / "card.md").write_text("damaged")
    place.poll(used.append)
    assert len(used) == 1
    assert place.refusal is not None
    assert place.refusal.reason.startswith("bundle-corrupt: card.md")


def test_a_bundle_that_fails_when_it_is_used_is_refused_without_what_it_held(
    remade: Callable[..., Path],
) -> None:
    place = watched(remade("first"))

    def fail(_: Bundle) -> None:
        raise RuntimeError("somebody's post")

    place.poll(fail)
    assert place.held is None
    assert place.refusal is not None
    assert place.refusal.reason == "bundle-corrupt: it cannot be used (RuntimeError)"


def test_metrics_tell_a_refused_bundle_while_it_lies_there_and_an_older_one_that_answers_instead(
    remade: Callable[..., Path],
) -> None:
    folder = remade("first")
    card, metrics = (folder / "card.md").read_text(), Metrics()
    place = WatchedBundle("champion", "inauthentic", folder, metrics)

    def told() -> tuple[float | None, float | None]:
        named = {"role": "champion", "target": "inauthentic"}
        value = metrics.registry.get_sample_value
        return value("vigie_model_refused", named), value("vigie_model_fallback", named)

    assert told() == (0, 0)
    (folder / "card.md").write_text("damaged")
    place.poll(lambda _: None)
    assert told() == (1, 0)
    older = load(None)
    place.fall_back(older, BundleNotFoundError("it is gone"))
    place.hold(older)
    assert told() == (1, 1)
    (folder / "card.md").write_text(card)
    place.poll(lambda _: None)
    assert told() == (0, 0)


def test_the_bundle_that_ships_is_never_looked_for() -> None:
    watched(None).poll(lambda _: pytest.fail("it was used"))


def test_a_champion_that_is_absent_with_nothing_beside_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BundleNotFoundError):
        load_champion(watched(tmp_path / "nothing"))
    assert load_champion(watched(None)).target == "inauthentic"


def test_a_warm_up_makes_both_models_speak_in_every_language(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken: list[str] = []
    scored: list[ScoringResult] = []
    original = ScoringEngine.score
    verdicts = ScoringResult.coordination_verdicts

    def score(self: ScoringEngine, *given: Any, **named: Any) -> ScoringResult:
        scored.append(original(self, *given, **named))
        return scored[-1]

    def say(self: ScoringResult, *, top: int, language: Any) -> Any:
        spoken.append(language)
        return verdicts(self, top=top, language=language)

    monkeypatch.setattr(ScoringEngine, "score", score)
    monkeypatch.setattr(ScoringResult, "coordination_verdicts", say)
    warm_up(ScoringEngine(models))
    (result,) = scored
    assert result.accounts is not None
    assert "scored" in result.accounts.scores.status
    assert result.coordination is not None
    assert "scored" in result.coordination.scores.windows[0].scores.status
    assert spoken == list(LANGUAGES)


def test_a_bundle_that_no_trusted_key_signed_is_refused_until_it_is_signed(
    remade: Callable[..., Path], tmp_path: Path
) -> None:
    folder, trusted = remade("mine", assumed_prevalence=0.2), tmp_path / "k.pub.pem"
    signatures.SIGNING.make_keys(tmp_path / "k.pem", trusted)
    place = WatchedBundle("champion", "inauthentic", folder, Metrics(), trusted_keys=trusted)
    used: list[Bundle] = []
    place.poll(used.append)
    assert used == []
    assert place.refusal is not None
    assert place.refusal.reason.startswith("bundle-unsigned: the bundle in mine is not signed")
    digest = bundle.digest_of(load(folder).index).encode()
    made = signatures.SIGNING.sign(digest, signatures.SIGNING.private_key(tmp_path / "k.pem"))
    (folder / signatures.FILE).write_text(made.model_dump_json())
    place.poll(used.append)
    assert place.refusal is None
    assert [each.version for each in used] == [load(folder).version]


@pytest.mark.parametrize("target", ["inauthentic", "coordinated"])
def test_a_model_that_cannot_answer_fails_its_warm_up(models: Models, target: str) -> None:
    bundle = models.bundles[target]
    broken = replace(bundle, index=bundle.index | {"weights": {}})
    with pytest.raises(KeyError):
        warm_up(ScoringEngine(models.replacing(broken)))


def test_a_bundle_that_no_pin_allows_is_refused_until_its_line_is_there(
    remade: Callable[..., Path], tmp_path: Path
) -> None:
    first, other = remade("first"), remade("other", assumed_prevalence=0.2)
    allowed = tmp_path / "pins.txt"

    def allow(folder: Path) -> None:
        loaded = load(folder)
        with allowed.open("a") as file:
            file.write(pins.line(bundle.digest_of(loaded.index), loaded.name, loaded.version) + "\n")

    allow(first)
    link = tmp_path / "place"
    link.symlink_to(first)
    place = WatchedBundle("champion", "inauthentic", link, Metrics(), allowed)
    used: list[Bundle] = []
    place.poll(used.append)
    link.unlink()
    link.symlink_to(other)
    place.poll(used.append)
    assert [each.version for each in used] == [load(first).version]
    assert place.refusal is not None
    assert place.refusal.reason.startswith("bundle-unpinned: pins.txt does not allow")
    allow(other)
    place.poll(used.append)
    assert place.refusal is None
    assert used[-1].version == load(other).version
