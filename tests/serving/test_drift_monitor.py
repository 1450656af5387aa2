"""The service counts what it sees, tells how far that is from what its models learnt on, and shows no account."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from vigie.cli.demo import requests
from vigie.errors import NotReadyError
from vigie.features.ingest.parsing import Batch, from_requests
from vigie.models.bundle import Bundle
from vigie.models.drift.histograms import BinLayout, Histogram, read, slices_of
from vigie.models.drift.psi import entry
from vigie.models.engine import AccountScores, Models, ScoringEngine, ScoringResult
from vigie.models.verdict import Verdict
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.responses import DriftResponse
from vigie.serving.batch.inputs import Input
from vigie.serving.drift_monitor import LEAST_SHOWN, Drift, RecentCounts, for_accounts, histograms
from vigie.serving.drift_monitor import shown as folded
from vigie.serving.settings import Settings
from vigie.training.synthetic.accounts import World, generate

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def accounts_of(world: World) -> list[dict[str, Any]]:
    return requests(world.accounts, world.posts)


@pytest.fixture(scope="module")
def world() -> World:
    return generate(ordinary=400, inauthentic=240, seed=31, posts_per_account=25)


def half(world: World, *, first: bool) -> World:
    """Return every second account of a world."""
    accounts = world.accounts.filter((pl.int_range(pl.len()) % 2 == 0) == first)
    return replace(world, accounts=accounts, posts=world.posts.join(accounts, on="account_id", how="semi"))


@pytest.fixture(scope="module")
def learnt(world: World) -> World:
    return half(world, first=True)


@pytest.fixture(scope="module")
def taught(models: Models, learnt: World) -> Models:
    """The models that ship, as if that of inauthenticity had learnt on an invented world."""
    batch = from_requests(accounts_of(learnt), NOW)
    judged = ScoringEngine(models).score(batch.accounts, batch.posts, ["inauthentic"]).accounts
    assert judged is not None
    keys = ["platform", "account_id"]
    truth = batch.accounts.join(learnt.labels, on=keys, how="left", maintain_order="left")["value"]
    ordinary = judged.matrix.table.filter(~truth)
    quantiles = {
        name: np.quantile(ordinary[name].drop_nulls().to_numpy(), np.linspace(0, 1, 101)).tolist()
        for name in models.inauthentic.reference
        if name in ordinary.columns and ordinary[name].count() >= 50
    }
    index = models.inauthentic.index | {"reference": quantiles}
    rows = judged.matrix.table.with_columns(y=truth)
    every = np.ones(rows.height, np.bool_)
    kept = entry(index, rows, slices_of(batch.accounts, batch.posts), judged.scores.log_odds, every)
    return models.replacing(replace(models.inauthentic, index=index | {"sketch": kept}))


@pytest.fixture
def client(taught: Models) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(), taught)) as running:
        yield running


def told(client: TestClient, accounts: list[dict[str, Any]]) -> dict[str, Any]:
    """Send accounts, a hundred at a time, and return what is told of drift."""
    for start in range(0, len(accounts), 100):
        assert client.post("/v1/score", json={"accounts": accounts[start : start + 100]}).status_code == 200
    answer = client.get("/v1/drift")
    assert answer.status_code == 200
    TypeAdapter(DriftResponse).validate_json(answer.content)
    found: dict[str, Any] = answer.json()
    return found


def test_more_of_what_it_learnt_on_is_no_drift(client: TestClient, world: World) -> None:
    found = told(client, accounts_of(half(world, first=False)))["inauthentic"]["report"]
    assert found["reference"] == "labelled accounts"
    # Up to nineteen, of slices too small to show, are left out.
    assert 300 < found["comparisons"][0]["accounts"] <= 320
    assert found["level"] == "none", found["advice"]


def test_another_source_is_told_with_its_name_what_it_lacks_and_where_it_differs(client: TestClient) -> None:
    world = generate(ordinary=200, inauthentic=40, seed=33, posts_per_account=25)
    accounts = accounts_of(world)
    for account in accounts:
        account |= {"platform": "agora", "likes_given_count": None}
        for post in account["posts"]:
            post["text"] = post["text"].upper() + "!!!"
    found = told(client, accounts)
    report = found["inauthentic"]["report"]
    assert report["level"] == "act"
    assert "likes_given_count is missing in 100%" in report["advice"]["en"]
    assert "100% of the accounts are of the platform agora" in report["advice"]["en"]
    assert "plateforme agora" in report["advice"]["fr"]
    moved = {row["feature"] for row in report["comparisons"][0]["features"] if row["level"] == "large"}
    assert {"content_exclamation_share", "content_shouting_share"} <= moved
    assert "name_handle_length" not in moved
    lines = client.get("/metrics").text.splitlines()
    gauges = dict(line.rsplit(" ", 1) for line in lines if line.startswith("vigie_drift"))
    assert 220 < float(gauges['vigie_drift_accounts{target="inauthentic"}']) <= 240
    of = '{{feature="{}",target="inauthentic"}}'.format
    assert float(gauges["vigie_drift_psi" + of("content_exclamation_share")]) > 1
    assert abs(float(gauges["vigie_drift_psi" + of("name_handle_length")])) < 0.25
    assert float(gauges["vigie_drift_missing_rate" + of("profile_likes_given_per_day")]) == 1
    assert 'vigie_drift_score_psi{target="inauthentic"}' in gauges


def test_nothing_of_an_account_or_post_is_in_the_answer(client: TestClient, learnt: World) -> None:
    told(client, accounts_of(learnt)[:100])
    written = client.get("/v1/drift").text + client.get("/metrics").text
    for table, names in (
        (learnt.accounts, ("account_id", "handle", "display_name", "description", "location", "url")),
        (learnt.posts, ("post_id", "text", "target_account_id")),
    ):
        for name in names:
            assert not [text for text in table[name].drop_nulls() if len(text) >= 6 and text in written]


def test_fewer_than_twenty_accounts_or_of_a_slice_are_not_shown(client: TestClient, learnt: World) -> None:
    accounts = accounts_of(learnt)
    few = told(client, accounts[: LEAST_SHOWN - 1])["inauthentic"]
    assert few["sketch"]["slices"] == []
    assert few["report"]["level"] == "unknown"
    rare = [account | {"platform": "a-rare-platform"} for account in accounts[30:35]]
    more = told(client, [*accounts[40:100], *rare])["inauthentic"]
    assert more["sketch"]["accounts"] >= 60
    assert "rare" not in json.dumps(more)
    for part in more["sketch"]["slices"]:
        assert part["accounts"] >= LEAST_SHOWN
    # The next account alone is not told apart.
    assert told(client, accounts[36:37])["inauthentic"] == more


def test_the_answer_holds_the_sketch_it_was_told_from(
    client: TestClient, taught: Models, learnt: World
) -> None:
    found = told(client, accounts_of(learnt)[:150])
    sketch = read(found["inauthentic"]["sketch"], taught.inauthentic)
    assert sketch.accounts == found["inauthentic"]["report"]["comparisons"][0]["accounts"]


def test_accounts_judged_among_each_other_are_counted_with_the_features_of_their_window(
    client: TestClient, taught: Models, learnt: World
) -> None:
    body = {"accounts": accounts_of(learnt)[:100]}
    results = client.post("/v1/score", json=body).json()["results"]
    found = client.get("/v1/drift").json()["coordinated"]["sketch"]
    tally = read(found, taught.coordinated).total()
    # The model judges accounts in windows; what the collection shows of others is no score of its own.
    scored = sum(bool(result["coordinated"].get("window")) for result in results)
    assert scored > 20
    assert tally.scores.sum() == scored
    assert tally.accounts == 100
    assert tally.abstained.sum() == 100 - scored
    looked = tally.known.sum(axis=1) + tally.missing
    assert set(looked.tolist()) == {scored}
    assert tally.known.sum() > tally.missing.sum()


def test_where_one_target_is_asked_the_other_is_not_counted(client: TestClient, learnt: World) -> None:
    body = {"accounts": accounts_of(learnt)[:60], "targets": ["inauthentic"]}
    assert client.post("/v1/score", json=body).status_code == 200
    found = client.get("/v1/drift").json()
    assert found["inauthentic"]["report"]["comparisons"][0]["accounts"] > 0
    assert found["coordinated"]["report"]["comparisons"][0]["accounts"] == 0


@dataclass(frozen=True)
class Seen:
    """A hundred accounts, and what was made of them."""

    batch: Batch
    result: ScoringResult
    judged: AccountScores
    histogram: Histogram


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def seen(taught: Models, learnt: World) -> Seen:
    batch = from_requests(accounts_of(learnt)[:100], NOW)
    result = ScoringEngine(taught).score(batch.accounts, batch.posts, ["inauthentic"])
    assert result.accounts is not None
    layout = BinLayout.of(taught.inauthentic.index)
    histogram = for_accounts(
        layout, slices_of(batch.accounts, batch.posts), result.accounts, taught.inauthentic
    )
    return Seen(batch, result, result.accounts, histogram)


def test_bands_are_counted_as_answers_give_them(seen: Seen) -> None:
    said = [each.band for each in seen.result.verdicts(top=0, language="en") if isinstance(each, Verdict)]
    layout = seen.histogram.layout
    assert layout.counted == ("low", "elevated", "high")
    assert layout.by_band(seen.histogram.total()) == {name: said.count(name) for name in layout.counted}
    assert 0 < said.count("low") < len(said)


def shown(window: RecentCounts) -> int:
    return int(window.described().sketch["accounts"])


def test_old_traffic_is_forgotten_by_halves(taught: Models, seen: Seen) -> None:
    clock, sketch = (
        Hand(),
        Histogram(seen.histogram.layout, {("x", "en"): seen.histogram.layout.vector(seen.histogram.total())}),
    )
    window = RecentCounts(taught.inauthentic, 10, clock)
    window.add(sketch)
    for hours, accounts in ((4, 100), (5, 100), (9, 100)):
        clock.now = NOW + timedelta(hours=hours)
        assert shown(window) == accounts
    window.add(sketch)
    assert shown(window) == 200
    assert window.described().since == NOW.isoformat()
    clock.now = NOW + timedelta(hours=11)
    assert shown(window) == 100
    assert str(window.described().since) > NOW.isoformat()
    clock.now = NOW + timedelta(hours=100)
    assert shown(window) == 0


def test_threads_lose_no_account(taught: Models, seen: Seen) -> None:
    window = RecentCounts(taught.inauthentic, 10, Hand())

    def work() -> None:
        for _ in range(50):
            window.add(seen.histogram)
            window.described()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = read(window.described().sketch, taught.inauthentic)
    assert whole.counts["x", "en"].tolist() == (200 * seen.histogram.counts["x", "en"]).tolist()


def test_another_model_counts_anew_and_requests_of_the_one_before_no_longer_count(
    taught: Models, seen: Seen
) -> None:
    asked = {"inauthentic"}
    drift = Drift(10, Hand())

    def accounts() -> int:
        return int(drift.described().inauthentic.sketch["accounts"])

    for bundle in (taught.inauthentic, taught.coordinated):
        drift.track(bundle)
    drift.record(seen.batch, seen.result, asked)
    before = accounts()
    assert before >= 60
    later: Bundle = replace(taught.inauthentic, index=taught.inauthentic.index | {"version": "later"})
    drift.track(later)
    assert accounts() == 0
    drift.record(seen.batch, seen.result, asked)
    assert accounts() == 0
    drift.record(seen.batch, replace(seen.result, models=taught.replacing(later)), asked)
    assert accounts() == before


def test_platforms_that_clients_invent_do_not_fill_the_memory(taught: Models) -> None:
    layout = BinLayout.of(taught.inauthentic.index)
    window = RecentCounts(taught.inauthentic, 10, Hand())
    one = np.zeros(layout.size, dtype=np.int64)
    one[0] = 1
    for number in range(30):
        window.add(Histogram(layout, {(f"platform-{number}-{each}", "en"): one for each in range(100)}))
    assert len(window._own.newer.counts) <= 401
    assert window.described().sketch["accounts"] == 3_000


def test_features_read_in_another_order_are_counted_alike(taught: Models, seen: Seen) -> None:
    scores = seen.judged.scores
    turned = replace(seen.judged, scores=replace(scores, features=scores.features[::-1]))
    slices = slices_of(seen.batch.accounts, seen.batch.posts)
    counted = for_accounts(seen.histogram.layout, slices, turned, taught.inauthentic)
    assert counted.to_json() == seen.histogram.to_json()


def test_a_file_is_counted_as_requests_are(taught: Models, learnt: World) -> None:
    accounts = accounts_of(learnt)[:100]
    parts = [accounts[:40], accounts[40:]]
    given = Input(100, lambda first=0: ((from_requests(part, NOW), len(part)) for part in parts))
    engine = ScoringEngine(taught)
    ticks: list[int] = []
    found = histograms(engine, given, ["inauthentic", "coordinated"], ticks.append)
    assert sum(ticks) == 200
    batch = from_requests(accounts, NOW)
    result = engine.score(batch.accounts, batch.posts)
    drift = Drift(10, Hand())
    for bundle in taught.bundles.values():
        drift.track(bundle)
    drift.record(batch, result, ["inauthentic", "coordinated"])
    described = drift.described()
    for target, whole in (("inauthentic", described.inauthentic), ("coordinated", described.coordinated)):
        assert folded(found[target]).to_json() == whole.sketch


def tracking(taught: Models, clock: Hand, *, leads: bool = True) -> Drift:
    drift = Drift(10, clock, leads=leads)
    for bundle in taught.bundles.values():
        drift.track(bundle)
    return drift


def kept(drift: Drift) -> dict[str, Any]:
    """What a process writes, as another reads it."""
    found: dict[str, Any] = json.loads(json.dumps(drift.snapshot()))
    return found


def test_one_process_shows_the_sum_and_the_others_show_the_same(taught: Models, seen: Seen) -> None:
    clock = Hand()
    leader, other = tracking(taught, clock), tracking(taught, clock, leads=False)
    with pytest.raises(NotReadyError):
        other.described()
    assert not any(family.samples for family in other.collect())
    leader.record(seen.batch, seen.result, ["inauthentic"])
    for _ in range(2):
        other.record(seen.batch, seen.result, ["inauthentic"])
    leader.gather([kept(other)])
    other.gather([kept(leader)])
    assert leader.described().inauthentic.sketch["accounts"] == 300
    assert other.described() == leader.described()
    assert {sample.value for family in other.collect() for sample in family.samples if "accounts" in sample.name} == {
        300, 0,
    }  # fmt: skip


def test_counts_and_what_was_shown_of_them_outlast_a_process(taught: Models, seen: Seen) -> None:
    clock = Hand()
    before = tracking(taught, clock)
    before.record(seen.batch, seen.result, ["inauthentic"])
    told = before.described()
    few = Histogram(
        seen.histogram.layout, {("x", "en"): np.zeros(seen.histogram.layout.size, dtype=np.int64)}
    )
    few.counts["x", "en"][0] = LEAST_SHOWN - 1
    before._windows["inauthentic"].add(few)
    clock.now = NOW + timedelta(hours=3)
    again = tracking(taught, clock)
    again.restore(kept(before))
    # Too few accounts more for another answer.
    assert again.described() == told
    again.record(seen.batch, seen.result, ["inauthentic"])
    assert again.described().inauthentic.sketch["accounts"] == 200 + LEAST_SHOWN - 1
    assert again.described().inauthentic.since == NOW.isoformat()


def test_counts_that_are_too_old_or_of_another_model_are_not_taken_up(taught: Models, seen: Seen) -> None:
    clock = Hand()
    before = tracking(taught, clock)
    before.record(seen.batch, seen.result, ["inauthentic"])
    before.described()
    later = replace(taught.inauthentic, index=taught.inauthentic.index | {"version": "later"})
    other = tracking(taught.replacing(later), clock)
    other.restore(kept(before))
    other.gather([kept(before)])
    assert other.described().inauthentic.sketch["accounts"] == 0
    clock.now = NOW + timedelta(hours=10)
    again = tracking(taught, clock)
    again.restore(kept(before))
    assert again.described().inauthentic.sketch["accounts"] == 0
