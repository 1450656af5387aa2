"""The challenger is compared with the champion on what was asked; no client sees it or waits for it."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import structlog

from vigie.cli.demo import requests
from vigie.features.window import windows
from vigie.models.bundle import Bundle, load
from vigie.serving import engine
from vigie.serving.api.schemas.responses import EXAMPLE, Challenger
from vigie.serving.engine import Models
from vigie.serving.metrics import Metrics
from vigie.serving.service import Service
from vigie.serving.settings import Settings
from vigie.serving.shadow import Differences, Sample, Shadow, Verdicts
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import corpus

ONE = json.dumps(EXAMPLE).encode()
Compare = Callable[..., Service]


@cache
def many() -> bytes:
    """Three days of 60 people and ten more who repost each other at once, as a request."""
    planted = Campaign("mutual_repost", accounts=10, camouflage=0.0, start_day=0)
    made = corpus(organic=60, campaigns=[planted], days=3, seed=2)
    return json.dumps({"accounts": requests(made.accounts, made.posts), "top_reasons": 1}).encode()


@pytest.fixture
def compare(models: Models) -> Iterator[Compare]:
    """Return a function that starts a service with challengers; they are closed in the end."""
    made: list[Service] = []

    def start(share: float = 1.0, **folders: Any) -> Service:
        service = Service(Settings(shadow_share=share, **folders), Metrics())
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


def told(service: Service, drawn: int) -> dict[str, Any]:
    """Return what ``/v1/model`` says of the challengers, once that many requests are done with."""
    wait_for(lambda: service.shadow.requests.total() == drawn)
    said: dict[str, Any] = service.model()["challenger"]
    Challenger.model_validate(said)
    return said


def test_a_challenger_that_scores_alike_differs_in_nothing_and_features_are_computed_once(
    compare: Compare, remade: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = compare(
        challenger=remade("one", name="twin"),
        coordinated_challenger=remade("other", "coordinated", name="twin"),
    )
    computed: Counter[str] = Counter()
    for module in (engine, windows):
        original = module.compute

        def counting(*given: Any, original: Any = original, name: str = module.__name__) -> Any:
            computed[name] += 1
            return original(*given)

        monkeypatch.setattr(module, "compute", counting)
    found = json.loads(service.score(many(), None).body)
    said = told(service, 1)
    assert set(computed.values()) == {1}
    assert said["requests"] == {"compared": 1, "skipped": 0, "failed": 0}
    for target in ("inauthentic", "coordinated"):
        scored = sum(result[target]["status"] == "scored" for result in found["results"])
        differences = said[target]["differences"]
        assert differences["accounts"] == 70
        assert differences["scored_by_both"] == scored > 50
        assert differences["mean_absolute_log_odds_difference"] == pytest.approx(0, abs=1e-9)
        assert differences["band_changes"] == differences["status_changes"] == []
        assert differences["challenger"] == said[target]["model"]["version"] != differences["champion"]
        assert said[target]["model"]["name"] == "twin"


def test_a_shift_of_the_log_odds_is_told_as_it_is(
    compare: Compare, remade: Callable[..., Path], models: Models
) -> None:
    index = models.inauthentic.index
    parts = {
        name: part
        | {"calibration": part["calibration"] | {"intercept": part["calibration"]["intercept"] - 1}}
        for name, part in index["parts"].items()
    }
    service = compare(challenger=remade("lower", parts=parts))
    answer = json.loads(service.score(ONE, None).body)
    assert answer["model"]["version"] == models.inauthentic.version
    assert answer["results"][0]["coverage"]["tier"] == "profile+posts"
    differences = told(service, 1)["inauthentic"]["differences"]
    expected = sum(index["weights"][name] for name in parts)
    assert differences["mean_log_odds_difference"] == pytest.approx(-expected)
    assert differences["mean_absolute_log_odds_difference"] == pytest.approx(expected)


def test_bands_and_abstentions_are_counted_from_champion_to_challenger(
    compare: Compare, remade: Callable[..., Path]
) -> None:
    band = json.loads(compare().score(ONE, None).body)["results"][0]["inauthentic"]["band"]
    moved = compare(challenger=remade("moved", bands={"other": 0.0}))
    silent = compare(challenger=remade("silent", floors={"acts": 10**6, "posts": 10**6}))
    for service in (moved, silent, silent):
        service.score(ONE, None)
    differences = told(moved, 1)["inauthentic"]["differences"]
    assert differences["band_changes"] == [{"champion": band, "challenger": "other", "accounts": 1}]
    assert differences["status_changes"] == []
    differences = told(silent, 2)["inauthentic"]["differences"]
    assert differences["status_changes"] == [{"champion": band, "challenger": "abstained", "accounts": 2}]
    assert differences["band_changes"] == []
    assert differences["mean_log_odds_difference"] is None
    said = silent.metrics.text().decode()
    line = f'vigie_shadow_accounts_total{{challenger="abstained",champion="{band}",target="inauthentic"}} 2.0'
    assert line in said


def test_only_what_is_asked_and_drawn_is_compared(compare: Compare, remade: Callable[..., Path]) -> None:
    folder = remade("one", name="twin")
    never, some = compare(0.0, challenger=folder), compare(0.25, challenger=folder)
    never.score(ONE, None)
    assert told(never, 0)["requests"]["compared"] == 0
    draws = iter([0.25, 0.9, 0.24])
    some.shadow.draw = lambda: next(draws)
    other = json.dumps(EXAMPLE | {"targets": ["coordinated"]}).encode()
    for body in (other, ONE, ONE, ONE):
        some.score(body, None)
    assert told(some, 1)["requests"] == {"compared": 1, "skipped": 0, "failed": 0}


def test_no_client_waits_for_a_challenger_that_is_behind(
    compare: Compare, remade: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, going_on = compare(challenger=remade("one", name="twin")), threading.Event()
    differences = Sample.differences

    def slow(self: Sample, challenger: Bundle) -> Differences:
        going_on.wait(60)
        return differences(self, challenger)

    monkeypatch.setattr(Sample, "differences", slow)
    for _ in range(7):
        service.score(ONE, None)
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
        assert json.loads(service.score(ONE, None).body)["results"]
        said = told(service, 1)
    assert said["requests"] == {"compared": 0, "skipped": 0, "failed": 1}
    assert lines == [{"event": "challenger failed", "error": "ValueError", "log_level": "warning"}]


def test_a_challenger_that_cannot_be_used_stops_no_service_and_one_that_comes_is_compared(
    compare: Compare, remade: Callable[..., Path], tmp_path: Path
) -> None:
    service = compare(challenger=tmp_path / "later")
    said = service.model()["challenger"]["inauthentic"]
    assert said["model"] is None
    assert said["reload"]["last_refusal"]["reason"].startswith("bundle-not-found: ")
    service.score(ONE, None)
    remade("later", name="twin")
    service.look()
    service.score(ONE, None)
    said = told(service, 1)
    assert said["requests"]["compared"] == 1
    assert said["inauthentic"]["reload"]["last_refusal"] is None
    assert said["coordinated"] is None


def test_what_waits_for_the_challenger_holds_no_post(
    compare: Compare, remade: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, kept = compare(coordinated_challenger=remade("other", "coordinated", name="twin")), []
    monkeypatch.setattr(Shadow, "_compare", lambda _, sample, __: kept.append(sample))
    service.score(many(), None)
    service.shadow.close()
    (sample,) = kept
    assert sample.pools
    assert all(matrix.posts.is_empty() for matrix in (sample.matrix, *(each.matrix for each in sample.pools)))


def between(champion: str, challenger: str, first: list[float], second: list[float]) -> Differences:
    said = [
        Verdicts(tuple("abstained" if np.isnan(one) else "low" for one in each), np.array(each))
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


def test_log_odds_are_those_at_equal_classes_and_finite_where_a_probability_is_rounded() -> None:
    verdicts: list[dict[str, Any]] = [
        {"probability": 0.1, "assumed_prevalence": 0.1, "band": "low"},
        {"probability": 1.0, "assumed_prevalence": 0.1, "band": "high"},
        {"probability": 0.0, "assumed_prevalence": 0.1, "band": "low"},
        {"status": "abstained"},
    ]
    found = Verdicts.of(verdicts)
    assert found.said == ("low", "high", "low", "abstained")
    assert found.log_odds[0] == pytest.approx(0)
    assert np.isfinite(found.log_odds[:3]).all()
    assert np.isnan(found.log_odds[3])


def test_a_bundle_takes_the_place_of_the_challenger_before_it() -> None:
    shadow, bundle = Shadow(1.0), load()
    shadow.challenge(bundle)
    assert shadow.challengers == {"inauthentic": bundle}
    shadow.close()
