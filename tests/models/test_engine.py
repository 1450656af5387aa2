"""One engine behind every way of asking: the answers are equal, and what is cut is part of them."""

from __future__ import annotations

import json
import random
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from vigie.cli import app
from vigie.errors import BundleNotFoundError
from vigie.features.coordination.comparison import Limits
from vigie.features.ingest.parsing import Batch, from_requests
from vigie.features.schema import TARGETS
from vigie.models.bundle import default_folder
from vigie.models.engine import Models, ScoringEngine, ScoringResult, answers
from vigie.models.verdict import CoordinationAbstention, CoordinationVerdict
from vigie.serving.api.app import create_app
from vigie.serving.settings import Settings
from vigie.training.synthetic.accounts import generate

END = datetime(2024, 5, 16, 12, tzinfo=UTC)
HOURS = 71
# Accounts that act together, by the second link of every fifth post.
TOGETHER = frozenset(map(str, range(12)))
# Size of the collection that the service cut to one link per post, and the files did not.
MANY = 500, 101


@cache
def collection(accounts: int, posts: int, rhythm: str) -> list[dict[str, Any]]:
    """Return accounts that all post at one pace; twelve of them share the second links of their posts.

    Args:
        accounts: How many.
        posts: Of each.
        rhythm: ``regular`` (each at moments of its own), ``same`` (all at the same moments) or ``jitter`` (at random).
    """
    chance = random.Random(7)  # noqa: S311 - a seed, not a secret
    step = HOURS * 3_600 // posts

    def second(account: int, turn: int) -> int:
        if f"{account}" in TOGETHER and turn % 5 == 0:
            return 3 * account
        return {"regular": 7 * account % step, "same": 0, "jitter": chance.randrange(step)}[rhythm]

    def link(account: int, turn: int) -> str:
        if f"{account}" not in TOGETHER:
            return f"https://b.example/{chance.randrange(6 * accounts)}"
        return f"https://campaign.example/{turn}" if turn % 5 == 0 else f"https://b{account}.example/{turn}"

    start = END - timedelta(hours=HOURS)
    return [
        {
            "platform": "x", "account_id": f"{account}", "handle": f"user{account}",
            "created_at": "2015-01-01T00:00:00Z", "observed_at": END.isoformat(), "followers_count": 100 + account,
            "following_count": 200, "posts_count": 1_000 + account, "likes_given_count": 100,
            "posts": [
                {
                    "post_id": f"{account}-{turn}", "kind": "original",
                    "created_at": (start + timedelta(seconds=step * turn + second(account, turn))).isoformat(),
                    "text": f"note {account} {turn} {chance.randrange(10**9)} from my day",
                    "urls": [f"https://a{account}.example/{turn}", link(account, turn)],
                }
                for turn in range(posts)
            ],
        }
        for account in range(accounts)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def engine(models: Models) -> ScoringEngine:
    return ScoringEngine(models)


def read(accounts: list[Any]) -> Batch:
    return from_requests(accounts, datetime.now(UTC))


def score(
    engine: ScoringEngine, accounts: list[dict[str, Any]], limits: Limits | None = None
) -> ScoringResult:
    batch = read(accounts)
    return engine.score(batch.accounts, batch.posts, ["coordinated"], limits or Limits())


Coordinated = dict[str, Mapping[str, Any]]


def assert_the_twelve_alone_are_named(coordinated: Coordinated) -> None:
    """Fail where the twelve are not one group of each other's partners, or where another account is accused."""
    assert {name for name, verdict in coordinated.items() if verdict["group"] is not None} == TOGETHER
    for name in TOGETHER:
        verdict = coordinated[name]
        partners = {partner["partner"]["account_id"] for partner in verdict["partners"]}
        assert len(partners) == 3
        assert partners <= TOGETHER - {name}
        assert verdict["partners_left_out"] == 8
        assert verdict["basis"] == "group"
        assert verdict["band"] == "high"
    for name in coordinated.keys() - TOGETHER:
        assert coordinated[name]["band"] == "low", name
        assert coordinated[name]["partners"] == []


@pytest.fixture(scope="module")
def served(models: Models) -> dict[str, Any]:
    with TestClient(create_app(Settings(), models)) as client:
        body = {"accounts": collection(*MANY, "jitter"), "targets": ["coordinated"]}
        found: dict[str, Any] = client.post("/v1/score", json=body).json()
    return found


@pytest.fixture(scope="module")
def batch() -> Batch:
    from vigie.cli.demo import requests

    world = generate(ordinary=15, inauthentic=10, seed=3, posts_per_account=25)
    return read(requests(world.accounts, world.posts))


class TestEveryDoor:
    """Accounts that share the second links of their posts come out alike however they are handed in."""

    def test_the_service_names_the_twelve_and_accuses_nobody_else(self, served: dict[str, Any]) -> None:
        assert_the_twelve_alone_are_named(
            {result["account_id"]: result["coordinated"] for result in served["results"]}
        )
        (group,) = served["groups"]
        assert {member["account_id"] for member in group["accounts"]} == TOGETHER
        assert served["notes"] == []

    def test_files_give_what_the_service_gives(self, served: dict[str, Any], tmp_path: Path) -> None:
        path, out = tmp_path / "a.jsonl", tmp_path / "o.jsonl"
        path.write_text("".join(json.dumps(account) + "\n" for account in collection(*MANY, "jitter")))
        done = CliRunner().invoke(app, ["score", str(path), "--out", str(out), "--target", "coordinated"])
        assert done.exit_code == 0, done.output
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        assert [line["coordinated"] for line in lines] == [
            result["coordinated"] for result in served["results"]
        ]

    @pytest.mark.parametrize("rhythm", ["regular", "same", "jitter"])
    def test_the_engine_accuses_nobody_for_a_pace_that_all_have(
        self, engine: ScoringEngine, rhythm: str
    ) -> None:
        result = score(engine, collection(150, 40, rhythm))
        verdicts = result.coordination_verdicts(top=0, language="en")
        assert_the_twelve_alone_are_named(
            {f"{row}": asdict(verdict) for row, verdict in zip(result.rows, verdicts, strict=True)}
        )

    def test_the_model_for_mlflow_gives_what_the_engine_gives(self, engine: ScoringEngine) -> None:
        import pandas

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what MLflow warns of is not ours to mend
            from vigie.training.registry.mlflow_pyfunc import ServedModel

            served = ServedModel()
        accounts = collection(150, 40, "regular")
        served.load_context(SimpleNamespace(artifacts={"bundle": default_folder("coordinated")}))
        table = served.predict(None, pandas.DataFrame({"account": list(map(json.dumps, accounts))}))
        found = [json.loads(answer) for answer in table["answer"]]
        assert_the_twelve_alone_are_named({f"{row}": answer for row, answer in enumerate(found)})
        verdicts = score(engine, accounts).coordination_verdicts(top=5, language="en")
        assert [answer["probability"] for answer in found] == [
            verdict.probability for verdict in verdicts if isinstance(verdict, CoordinationVerdict)
        ]


class TestLimits:
    def test_what_is_capped_is_part_of_the_result(self, engine: ScoringEngine) -> None:
        result = score(engine, collection(150, 40, "same"), Limits(meetings=500))
        capped = [note for note in result.notes if note.key == "coordination.burst_capped"]
        assert capped
        comparison = result.coordination.comparison if result.coordination else None
        assert comparison is not None
        assert result.notes == comparison.notes
        assert not [note for note in score(engine, collection(150, 40, "same")).notes if "burst" in note.key]

    def test_windows_beyond_the_limit_are_counted_in_a_note(self, engine: ScoringEngine) -> None:
        early, late = collection(25, 6, "jitter"), collection(25, 12, "regular")
        for account, other in zip(early, late, strict=True):
            for post in other["posts"]:
                moved = datetime.fromisoformat(post["created_at"]) - timedelta(hours=73)
                account["posts"].append(
                    post | {"post_id": f"e{post['post_id']}", "created_at": moved.isoformat()}
                )
        result = score(engine, early, Limits(windows=1))
        (note,) = [note for note in result.notes if note.key == "verdict.windows_left_out"]
        assert (note.values["count"], note.values["windows"]) == (1, 1)
        assert result.coordination is not None
        assert len(result.coordination.scores.windows) == 1
        assert not [note for note in score(engine, early).notes if note.key == "verdict.windows_left_out"]


class TestResult:
    @pytest.mark.parametrize("targets", [["inauthentic"], ["coordinated"], list(TARGETS)])
    def test_what_is_not_asked_is_not_there(
        self, engine: ScoringEngine, batch: Batch, targets: list[str]
    ) -> None:
        result = engine.score(batch.accounts, batch.posts, targets)
        rows = batch.accounts.height
        alone, among = "inauthentic" in targets, "coordinated" in targets
        assert (result.accounts is not None, result.coordination is not None) == (alone, among)
        assert len(result.verdicts(top=1, language="en")) == len(result.coverages("en")) == rows * alone
        assert len(result.coordination_verdicts(top=1, language="en")) == rows * among
        assert result.rows == tuple(range(rows))

    def test_nobody_and_one_account_alone_are_no_fault(self, engine: ScoringEngine, batch: Batch) -> None:
        nobody = engine.score(batch.accounts.clear(), batch.posts.clear())
        assert (nobody.rows, nobody.accounts, nobody.groups("en")) == ((), None, [])
        assert nobody.verdicts(top=1, language="en") == []
        assert nobody.coordination_verdicts(top=1, language="en") == []
        first = pl.col("row") == 0
        alone = engine.score(batch.accounts.filter(first), batch.posts.filter(first))
        (verdict,) = alone.coordination_verdicts(top=1, language="en")
        assert isinstance(verdict, CoordinationAbstention)
        assert verdict.code == "no_comparison_accounts"

    def test_every_account_handed_in_has_one_result_in_its_place(
        self, engine: ScoringEngine, batch: Batch
    ) -> None:
        from vigie.serving.api.schemas.requests import EXAMPLE

        good = EXAMPLE["accounts"][0]
        mixed = read([7, good, good, good | {"account_id": "2", "posts": [*good["posts"], 17], "bioo": "a"}])
        result = engine.score(mixed.accounts, mixed.posts)
        found = answers(
            mixed,
            result.rows,
            result.coverages("en"),
            result.verdicts(top=1, language="en"),
            result.coordination_verdicts(top=1, language="en"),
        )
        assert [one.outcome for one in found] == ["refused", "scored", "refused", "scored"]
        assert found[2].error is not None
        assert found[2].error.type == "/problems/duplicate-account"
        last = found[3].coverage
        assert last is not None
        assert last.posts_supplied == len(good["posts"]) + 1
        assert [(one.count, one.field) for one in last.dropped_posts] == [(1, "post")]
        assert [one.field for one in last.ignored_fields] == ["bioo"]


class TestModels:
    def test_each_target_has_its_bundle_and_can_be_replaced_by_itself(self, models: Models) -> None:
        assert {target: bundle.target for target, bundle in models.bundles.items()} == {
            target: target for target in TARGETS
        }
        only = Models.of(models.inauthentic)
        both = only.replacing(models.coordinated)
        assert set(only.bundles) == {"inauthentic"}
        assert both.bundles == models.bundles
        with pytest.raises(KeyError):
            _ = only.coordinated

    def test_a_folder_without_a_bundle_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(BundleNotFoundError):
            Models.load(None, tmp_path)

    def test_profiles_are_compared_with_the_accounts_kept_with_the_model(self, models: Models) -> None:
        population = models.population()
        assert population.handle_shapes
        assert len(population.account_age_days) == 101
