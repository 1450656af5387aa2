"""Items of 4CAT are annotated with scores of a real service; 4CAT's classes have its shapes, since 4CAT is no package."""

from __future__ import annotations

import csv
import importlib.util
import random
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import vigie.features.ingest

ROOT = Path(__file__).parents[3]
TOGETHER = ("100", "101", "102", "103", "104")
SAMPLES = Path(vigie.features.ingest.__file__).parent / "samples"


class Interrupted(Exception):
    """What 4CAT raises where a processor is to stop."""


class UserInput:
    """The kinds of options."""

    OPTION_TEXT, OPTION_INFO, OPTION_MULTI, OPTION_CHOICE = "string", "info", "multi", "choice"


@dataclass
class Parent:
    """A dataset that is processed."""

    items: list[dict[str, Any]]

    def iterate_items(self, processor: Any) -> Iterator[dict[str, Any]]:
        for item in self.items:
            if processor.interrupted:
                raise Interrupted
            yield item


@dataclass
class Made:
    """A dataset that a processor makes."""

    folder: Path
    statuses: list[str] = field(default_factory=list)
    progress: list[float] = field(default_factory=list)
    error: str | None = None

    def get_staging_area(self) -> Path:
        return self.folder

    def update_status(self, status: str) -> None:
        self.statuses.append(status)

    def update_progress(self, share: float) -> None:
        self.progress.append(share)

    def finish_with_error(self, error: str) -> None:
        self.error = error


class BasicProcessor:
    """What a processor inherits."""

    interrupted = False

    def __init__(
        self, dataset: Made, parent: Parent, parameters: dict[str, Any], config: dict[str, Any]
    ) -> None:
        self.dataset, self.source_dataset, self.parameters, self.config = dataset, parent, parameters, config
        self.saved: list[dict[str, Any]] = []
        self.rows: list[dict[str, Any]] = []

    def save_annotations(self, annotations: list[dict[str, Any]]) -> int:
        self.saved += annotations
        return len(annotations)

    def write_csv_items_and_finish(self, data: list[dict[str, Any]]) -> None:
        self.rows = data


@pytest.fixture
def processor_class(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The processor, loaded from its file as 4CAT loads extensions."""
    held: dict[str, dict[str, Any]] = {
        "backend.lib.processor": {"BasicProcessor": BasicProcessor},
        "common.lib.exceptions": {"ProcessorInterruptedException": Interrupted},
        "common.lib.helpers": {"UserInput": UserInput},
    }
    for name, members in held.items():
        for parent in (name.split(".")[0], name.rpartition(".")[0], name):
            monkeypatch.setitem(sys.modules, parent, types.ModuleType(parent))
        vars(sys.modules[name]).update(members)
    file = ROOT / "connectors" / "4cat" / "score_accounts.py"
    spec = importlib.util.spec_from_file_location("score_accounts", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ScoreAccounts


@pytest.fixture
def made(processor_class: Any, service: str, tmp_path: Path) -> Callable[..., Any]:
    """Return a function that makes a processor of some items, with some options set."""

    def make(items: list[dict[str, Any]], config: dict[str, Any] | None = None, **parameters: Any) -> Any:
        told = {"url": service, "targets": ["inauthentic", "coordinated"], "language": "en"} | parameters
        return processor_class(Made(tmp_path), Parent(items), told, config or {})

    return make


def sample(platform: str) -> list[dict[str, Any]]:
    with (SAMPLES / f"4cat-{platform}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def text(seed: int) -> str:
    """Return twelve invented words."""
    drawn = random.Random(seed)  # noqa: S311 - nothing secret
    return " ".join("".join(drawn.choices("abdeiklmnorstu", k=6)) for _ in range(12))


def flood() -> list[dict[str, Any]]:
    """Return items of X of which five accounts publish the same texts within seconds, on three days, and others do not."""
    columns = dict.fromkeys(sample("x")[0], "")
    start = 1714636800
    together = [
        (
            account,
            text(turn),
            turn * 15_000 + account * 4,
        )
        for turn, account in product(range(15), range(5))
    ]
    alone = [
        (account, text(100 * account + turn), turn * 28_800 + account * 700)
        for turn, account in product(range(8), range(5, 40))
    ]
    return [
        columns
        | {
            "id": str(number), "thread_id": str(number), "unix_timestamp": str(start + seconds), "body": text,
            "author": f"user{account}", "author_id": str(100 + account), "author_fullname": f"User {account}",
            "is_retweet": "no", "is_quote_tweet": "no", "is_reply": "no",
        }
        for number, (account, text, seconds) in enumerate(together + alone)
    ]  # fmt: skip


def test_each_item_is_annotated_with_what_is_said_of_its_author(made: Callable[..., Any]) -> None:
    items = flood()
    processor = made(items)
    processor.process()
    assert processor.dataset.error is None
    bands = {
        each["item_id"]: each["value"]
        for each in processor.saved
        if each["label"] == "vigie coordinated band"
    }
    assert set(bands) == {item["id"] for item in items}
    groups = {each["item_id"] for each in processor.saved if each["label"] == "vigie group"}
    assert groups == {item["id"] for item in items if item["author_id"] in TOGETHER}
    assert len({each["account_id"] for each in processor.rows}) == len(processor.rows) == 40
    assert all(each["value"] != "" for each in processor.saved)
    assert processor.dataset.progress[0] == 0


@pytest.mark.parametrize("platform", ["x", "bluesky", "facebook", "instagram", "telegram", "tiktok"])
def test_items_of_every_platform_that_vigie_reads_are_annotated(
    made: Callable[..., Any], platform: str
) -> None:
    items = sample(platform)
    processor = made(items, targets=["inauthentic"], language="fr")
    processor.process()
    assert processor.dataset.error is None
    assert {each["item_id"] for each in processor.saved} == {item["id"] for item in items}
    assert {each["label"] for each in processor.saved} >= {
        "vigie inauthentic band",
        "vigie inauthentic reasons",
    }
    assert not [each for each in processor.saved if "coordinated" in each["label"]]


@pytest.mark.parametrize(
    ("items", "options", "said"),
    [
        ([], {}, "The dataset has no items"),
        ([{"id": "1", "body": "b", "author": "a"}], {}, "bluesky, facebook, instagram, telegram, tiktok, x"),
        (flood(), {"url": ""}, "Choose the address"),
        (flood(), {"targets": []}, "Choose at least one score"),
        (flood(), {"language": "de"}, "answered 422"),
    ],
)
def test_what_cannot_be_done_ends_with_an_error_in_words(
    made: Callable[..., Any], items: list[dict[str, Any]], options: dict[str, Any], said: str
) -> None:
    processor = made(items, **options)
    processor.process()
    assert said in processor.dataset.error
    assert not processor.saved


def test_a_processor_that_is_interrupted_stops_and_saves_nothing(made: Callable[..., Any]) -> None:
    processor = made(flood(), targets=["inauthentic"])
    update = processor.dataset.update_progress

    def interrupt(share: float) -> None:
        update(share)
        processor.interrupted = True

    processor.dataset.update_progress = interrupt
    with pytest.raises(Interrupted):
        processor.process()
    assert not processor.saved
    assert not processor.rows


def test_the_key_is_sensitive_and_is_not_asked_for_where_the_server_has_one(processor_class: Any) -> None:
    assert processor_class.get_options()["key"]["sensitive"]
    options = processor_class.get_options(config={"vigie.url": "https://v.example", "vigie.key": "k"})
    assert set(options) == {"consent", "targets", "language"}


def test_the_address_of_the_server_goes_before_that_of_a_user(made: Callable[..., Any], service: str) -> None:
    processor = made(sample("x"), {"vigie.url": service}, url="http://127.0.0.1:9", targets=["inauthentic"])
    processor.process()
    assert processor.dataset.error is None


def test_it_takes_datasets_that_were_collected(processor_class: Any) -> None:
    def dataset(*, top: bool, extension: str) -> Any:
        return types.SimpleNamespace(is_top_dataset=lambda: top, get_extension=lambda: extension)

    assert processor_class.is_compatible_with(dataset(top=True, extension="ndjson"))
    assert not processor_class.is_compatible_with(dataset(top=False, extension="csv"))
    assert not processor_class.is_compatible_with(dataset(top=True, extension="zip"))


def test_statuses_name_no_account(made: Callable[..., Any]) -> None:
    processor = made(flood(), targets=["inauthentic"])
    processor.process()
    assert not [status for status in processor.dataset.statuses if "user" in status.lower()]
