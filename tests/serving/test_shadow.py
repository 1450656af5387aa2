"""The challenger is compared with the champion on what was asked; no client sees it or waits for it."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import structlog

from vigie.cli.demo import requests
from vigie.features.coordination import comparison
from vigie.features.ingest.parsing import from_requests
from vigie.features.window import windows
from vigie.models import engine
from vigie.models.bundle import Bundle, load
from vigie.models.calibration import probability
from vigie.models.engine import Models, ScoringEngine
from vigie.models.verdict import CoordinationVerdict, ScoredVerdict, Verdict
from vigie.serving.api.admission import Abandoned
from vigie.serving.api.reading import Given
from vigie.serving.api.routes.models import described
from vigie.serving.api.routes.score import score_accounts
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.api.schemas.responses import (
    Challenger,
    Change,
    ScoreResponse,
    ShadowDifferences,
    ShadowModel,
)
from vigie.serving.metrics import Metrics
from vigie.serving.models_in_use import ModelsInUse
from vigie.serving.settings import Settings
from vigie.serving.shadow import Differences, Outcomes, Sample, Shadow
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import corpus

ONE = json.dumps(EXAMPLE).encode()
Compare = Callable[..., ModelsInUse]


@cache
def many() -> bytes:
    """Three days of 60 people and ten more who repost each other at once, as a request."""
    planted = Campaign("mutual_repost", accounts=10, camouflage=0.0, start_day=0)
    made = corpus(organic=60, campaigns=[planted], days=3, seed=2)
    return json.dumps({"accounts": requests(made.accounts, made.posts), "top_reasons": 1}).encode()


@pytest.fixture
def compare(models: Models) -> Iterator[Compare]:
    """Return a function that starts a service with challengers; they are closed in the end."""
    made: list[ModelsInUse] = []

    def start(share: float = 1.0, **folders: Any) -> ModelsInUse:
        service = ModelsInUse(Settings(shadow_share=share, **folders), Metrics())
        service.start(models)
        made.append(service)
        return service

    yield start
    for service in made:
        service.shadow.close()


def wait_for(true: Callable[[], bool]) -> None:
    """Wait until something is true, up to a minute."""
    pause = threading.Event()
    for _ in range(600):
        if true():
            return
        pause.wait(0.1)
    pytest.fail("it never was")


def score(service: ModelsInUse, body: bytes) -> ScoreResponse:
    return score_accounts(service, Given(body), Abandoned())


def challenger(service: ModelsInUse, drawn: int) -> Challenger:
    """Return what ``/v1/model`` says of the challengers, once that many requests are done with."""
    wait_for(lambda: service.shadow.requests.total() == drawn)
    said = described(service, "en").challenger
    assert said is not None
    return said


def model(of: ShadowModel | None) -> ShadowModel:
    assert of is not None
    return of


def differences(of: ShadowModel | None) -> ShadowDifferences:
    found = model(of).differences
    assert found is not None
    return found


def requests_of(said: Challenger) -> tuple[int, int, int]:
    return said.requests.compared, said.requests.skipped, said.requests.failed


def test_a_challenger_that_scores_alike_differs_in_nothing_and_features_are_computed_once(
    compare: Compare, remade: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = compare(
        challenger=remade("one", name="twin"),
        coordinated_challenger=remade("other", "coordinated", name="twin"),
    )
    computed: Counter[str] = Counter()
    for module, name in ((engine, "compute"), (windows, "compute"), (comparison, "detect_pairs")):
        original = getattr(module, name)

        def counting(
            *given: Any, original: Any = original, counted: object = (module, name), **named: Any
        ) -> Any:
            computed[str(counted)] += 1
            return original(*given, **named)

        monkeypatch.setattr(module, name, counting)
    found = score(service, many())
    said = challenger(service, 1)
    assert list(computed.values()) == [1, 1, 1]
    assert requests_of(said) == (1, 0, 0)
    alone = sum(isinstance(result.inauthentic, Verdict) for result in found.results)
    among = sum(isinstance(result.coordinated, CoordinationVerdict) for result in found.results)
    for of, scored in ((said.inauthentic, alone), (said.coordinated, among)):
        apart = differences(of)
        assert apart.accounts == 70
        assert apart.scored_by_both == scored > 50
        assert apart.mean_absolute_log_odds_difference == pytest.approx(0, abs=1e-9)
        assert apart.band_changes == apart.status_changes == []
        identity = model(of).model
        assert identity is not None
        assert apart.challenger == identity.version != apart.champion
        assert identity.name == "twin"


def test_a_shift_of_the_log_odds_is_told_as_it_is(
    compare: Compare, remade: Callable[..., Path], models: Models
) -> None:
    index = models.inauthentic.index

    def lowered(part: dict[str, Any]) -> dict[str, Any]:
        calibration = part["calibration"] | {"intercept": part["calibration"]["intercept"] - 1}
        told = [log_odds - 1 for log_odds in part["rehearsal"]["log_odds"]]
        return part | {"calibration": calibration, "rehearsal": part["rehearsal"] | {"log_odds": told}}

    parts = {name: lowered(part) for name, part in index["parts"].items()}
    service = compare(challenger=remade("lower", parts=parts))
    answer = score(service, ONE)
    assert answer.model.version == models.inauthentic.version
    coverage = answer.results[0].coverage
    assert coverage is not None
    assert coverage.tier == "profile+posts"
    apart = differences(challenger(service, 1).inauthentic)
    expected = sum(index["weights"][name] for name in parts)
    assert apart.mean_log_odds_difference == pytest.approx(-expected)
    assert apart.mean_absolute_log_odds_difference == pytest.approx(expected)


def test_bands_and_abstentions_are_counted_from_champion_to_challenger(
    compare: Compare, remade: Callable[..., Path]
) -> None:
    verdict = score(compare(), ONE).results[0].inauthentic
    assert isinstance(verdict, Verdict)
    band = verdict.band
    moved = compare(challenger=remade("moved", bands={"other": 0.0}, known_accounts=None))
    silent = compare(challenger=remade("silent", floors={"acts": 10**6, "posts": 10**6}))
    for service in (moved, silent, silent):
        score(service, ONE)
    apart = differences(challenger(moved, 1).inauthentic)
    assert apart.band_changes == [Change(champion=band, challenger="other", accounts=1)]
    assert apart.status_changes == []
    apart = differences(challenger(silent, 2).inauthentic)
    assert apart.status_changes == [Change(champion=band, challenger="abstained", accounts=2)]
    assert apart.band_changes == []
    assert apart.mean_log_odds_difference is None
    said = silent.metrics.text().decode()
    line = f'vigie_shadow_accounts_total{{challenger="abstained",champion="{band}",target="inauthentic"}} 2.0'
    assert line in said


def test_only_what_is_asked_and_drawn_is_compared(compare: Compare, remade: Callable[..., Path]) -> None:
    folder = remade("one", name="twin")
    never, some = compare(0.0, challenger=folder), compare(0.25, challenger=folder)
    score(never, ONE)
    assert requests_of(challenger(never, 0)) == (0, 0, 0)
    draws = iter([0.25, 0.9, 0.24])
    some.shadow.draw = lambda: next(draws)
    other = json.dumps(EXAMPLE | {"targets": ["coordinated"]}).encode()
    for body in (other, ONE, ONE, ONE):
        score(some, body)
    assert requests_of(challenger(some, 1)) == (1, 0, 0)


def test_no_client_waits_for_a_challenger_that_is_behind(
    compare: Compare, remade: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, going_on = compare(challenger=remade("one", name="twin")), threading.Event()
    original = Sample.differences

    def slow(self: Sample, bundle: Bundle) -> Differences:
        going_on.wait(60)
        return original(self, bundle)

    monkeypatch.setattr(Sample, "differences", slow)
    for _ in range(7):
        score(service, ONE)
    assert service.shadow.requests == {"compared": 0, "skipped": 3, "failed": 0}
    going_on.set()
    wait_for(lambda: service.shadow.requests["compared"] == 4)


def test_a_challenger_that_fails_spoils_no_answer_and_its_log_holds_no_post(
    compare: Compare, remade: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = compare(challenger=remade("one", name="twin"))

    def fail(*_: Any) -> None:
        raise ValueError(EXAMPLE["accounts"][0]["posts"][0]["text"])

    monkeypatch.setattr(Sample, "differences", fail)
    with structlog.testing.capture_logs() as lines:
        assert score(service, ONE).results
        said = challenger(service, 1)
    assert requests_of(said) == (0, 0, 1)
    assert lines == [{"event": "challenger failed", "error": "ValueError", "log_level": "warning"}]


def test_a_challenger_that_cannot_be_used_stops_no_service_and_one_that_comes_is_compared(
    compare: Compare, remade: Callable[..., Path], tmp_path: Path
) -> None:
    service = compare(challenger=tmp_path / "later")
    before = model(challenger(service, 0).inauthentic)
    assert before.model is None
    assert before.reload.last_refusal is not None
    assert before.reload.last_refusal.reason.startswith("bundle-not-found: ")
    score(service, ONE)
    remade("later", name="twin")
    service.poll()
    score(service, ONE)
    said = challenger(service, 1)
    assert said.requests.compared == 1
    assert model(said.inauthentic).reload.last_refusal is None
    assert said.coordinated is None


def test_what_waits_for_the_challenger_holds_no_post(
    compare: Compare, remade: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, kept = compare(coordinated_challenger=remade("other", "coordinated", name="twin")), []
    monkeypatch.setattr(Shadow, "_compare", lambda _, sample, __: kept.append(sample))
    score(service, many())
    service.shadow.close()
    (sample,) = kept
    assert sample.windows
    assert all(
        matrix.posts.is_empty() for matrix in (sample.matrix, *(each.matrix for each in sample.windows))
    )
    assert all(each.network.events.is_empty() for each in sample.windows)


def between(champion: str, challenger: str, first: list[float], second: list[float]) -> Differences:
    said = [
        Outcomes(tuple("abstained" if np.isnan(one) else "low" for one in each), np.array(each))
        for each in (first, second)
    ]
    return Differences.between(champion, challenger, said[0], said[1])


def test_differences_add_up_over_requests_of_the_same_two_versions_only() -> None:
    one, two = between("a", "b", [1.0, np.nan], [3.0, 1.0]), between("a", "b", [1.0], [0.0])
    added = two.after(one)
    assert (added.both, added.mean, added.mean_absolute) == (2, 0.5, 1.5)
    assert added.pairs == {("low", "low"): 2, ("abstained", "low"): 1}
    assert between("a", "c", [1.0], [0.0]).after(added).both == 1
    assert between("a", "b", [np.nan], [1.0]).mean is None


def test_outcomes_are_those_of_the_answer(models: Models) -> None:
    batch = from_requests(json.loads(many())["accounts"], datetime.now(UTC))
    result = ScoringEngine(models).score(batch.accounts, batch.posts)
    assert result.accounts is not None
    assert result.coordination is not None
    of_targets = (
        (Outcomes.of_accounts(models.inauthentic, result.accounts.scores), result.verdicts),
        (Outcomes.of_coordination(result.coordination.scores, result.rows), result.coordination_verdicts),
    )
    for outcomes, verdicts in of_targets:
        made = verdicts(top=0, language="en")
        assert list(outcomes.bands) == [getattr(one, "band", "abstained") for one in made]
        prior = next(one.assumed_prevalence for one in made if isinstance(one, ScoredVerdict))
        for log_odds, verdict in zip(outcomes.log_odds, made, strict=True):
            assert np.isnan(log_odds) == (verdict.status == "abstained")
            if isinstance(verdict, ScoredVerdict):
                assert probability(log_odds, prior) == pytest.approx(verdict.probability)


def test_a_bundle_takes_the_place_of_the_challenger_before_it() -> None:
    shadow, bundle = Shadow(1.0), load()
    shadow.challenge(bundle)
    assert shadow.challengers == {"inauthentic": bundle}
    shadow.close()


def test_what_other_processes_and_earlier_ones_compared_is_added(
    compare: Compare, remade: Callable[..., Path]
) -> None:
    folder = remade("one", name="twin")
    services = [compare(challenger=folder) for _ in range(3)]
    for service in services:
        score(service, ONE)
        challenger(service, 1)
    first, second, third = (service.shadow for service in services)
    first.restore(json.loads(json.dumps(second.snapshot())))
    first.gather([json.loads(json.dumps(third.snapshot()))])
    said = challenger(services[0], 3)
    assert requests_of(said) == (3, 0, 0)
    assert differences(said.inauthentic).accounts == 3
    idle = compare(challenger=folder)
    idle.shadow.gather([json.loads(json.dumps(third.snapshot()))])
    assert differences(challenger(idle, 1).inauthentic).accounts == 1
