"""``vigie drift`` tells the same of a service, of its saved answer and of the accounts themselves."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import uvicorn
from typer.testing import CliRunner

from vigie.cli import app
from vigie.cli.demo import requests
from vigie.cli.serve import listen
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.models import bundle
from vigie.models.bundle import save
from vigie.serving.access.keys import KeyFile, issue
from vigie.serving.access.scopes import Scope
from vigie.serving.api.app import create_app
from vigie.serving.settings import Settings
from vigie.training.data.corpus import Corpus
from vigie.training.data.truncated_views import FULL
from vigie.training.fitting.reference_population import for_accounts
from vigie.training.synthetic.accounts import World, generate

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = ["platform", "account_id"]


@dataclass(frozen=True)
class Places:
    """A bundle that learnt on an invented world, and accounts.

    Attributes:
        bundle: Its folder.
        alike: Dataset directory of accounts of the same world.
        other: Dataset directory of accounts of a platform and a collector that it never saw.
        world: Those of ``other``.
    """

    bundle: Path
    alike: Path
    other: Path
    world: World


def write(world: World, folder: Path) -> Path:
    read = Log().read(world.accounts, world.posts, world.labels)
    dataset.write(read, folder, name=folder.name, form="invented", now=NOW)
    return folder


def half(world: World, *, first: bool) -> World:
    accounts = world.accounts.filter((pl.int_range(pl.len()) % 2 == 0) == first)
    kept = [table.join(accounts, on=KEYS, how="semi") for table in (world.posts, world.labels)]
    return World(accounts, *kept)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    from vigie.features.pipeline import FEATURES, compute
    from vigie.models.scoring import score
    from vigie.training.fitting.bundle_builder import reference

    root = tmp_path_factory.mktemp("drift")
    world = generate(ordinary=400, inauthentic=260, seed=41, posts_per_account=25)
    learnt, alike = half(world, first=True), half(world, first=False)
    labels = learnt.labels.select(*KEYS, y="value", source="source")
    accounts = learnt.accounts.with_row_index("row").join(labels, on=KEYS, maintain_order="left")
    posts = learnt.posts.join(accounts.select("row", *KEYS), on=KEYS).drop(KEYS)
    matrix = compute(accounts, posts)
    shipped = bundle.load()
    rows = matrix.table.with_columns(accounts["y"], accounts["source"], view=pl.lit(FULL))
    index = {
        name: value
        for name, value in shipped.index.items()
        if name not in ("format", "feature_set", "fingerprints", "files", "version")
    }
    index["reference"] = reference(rows.filter(~pl.col("y")), FEATURES)
    judged = rows.select("row").with_columns(
        log_odds=pl.Series(score(shipped, matrix).log_odds).fill_nan(None)
    )
    index["sketch"] = for_accounts(index, rows, Corpus(accounts, posts, (), pl.DataFrame()), judged)
    files = {
        name: (bundle.default_folder() / name).read_text(encoding="utf-8") for name in shipped.index["files"]
    }
    save(root / "bundle", index, files)
    strange = alike.accounts.with_columns(platform=pl.lit("agora"), followers_count=pl.lit(None, pl.Int64))
    told = alike.posts.with_columns(platform=pl.lit("agora"), text=pl.col("text").str.to_uppercase() + "!!!")
    other = World(strange, told, alike.labels.with_columns(platform=pl.lit("agora")))
    return Places(root / "bundle", write(alike, root / "alike"), write(other, root / "other"), other)


def drift(*arguments: Any) -> Any:
    return CliRunner().invoke(app, ["drift", *map(str, arguments)])


def test_accounts_of_the_same_world_have_not_drifted(places: Places) -> None:
    done = drift(places.alike, "--bundle", places.bundle, "--fail-above", 0.1)
    assert done.exit_code == 0, done.output
    assert "Nothing to do." in done.output
    assert "labelled accounts, 330 of them" in done.output


def test_another_source_is_named_with_what_it_lacks_in_both_languages(places: Places) -> None:
    done = drift(places.other, "--bundle", places.bundle)
    assert done.exit_code == 0, done.output
    assert "The field followers_count is missing in 100%" in done.output
    assert "of the platform agora" in done.output
    assert "content_exclamation_share" in done.output
    french = drift(places.other, "--bundle", places.bundle, "--language", "fr")
    assert "Le champ followers_count manque" in french.output


def test_a_limit_fails_where_it_is_passed_and_only_there(places: Places) -> None:
    done = drift(places.other, "--bundle", places.bundle, "--fail-above", 0.25)
    assert done.exit_code == 1
    assert "inauthentic content_exclamation_share" in done.output
    assert drift(places.other, "--bundle", places.bundle, "--fail-above", 50).exit_code == 0


def test_what_was_written_tells_the_same_again_and_no_account(places: Places, tmp_path: Path) -> None:
    out, page = tmp_path / "deep" / "drift.json", tmp_path / "drift.html"
    assert drift(places.other, "--bundle", places.bundle, "--out", out).exit_code == 0
    again = drift(out, "--bundle", places.bundle, "--out", page)
    assert again.exit_code == 0, again.output
    assert "of the platform agora" in again.output
    written = out.read_text() + page.read_text()
    assert "followers_count" in page.read_text()
    assert '<html lang="en">' in page.read_text()
    for name in ("account_id", "handle"):
        texts = places.world.accounts[name].drop_nulls()
        assert not [text for text in texts if len(text) >= 6 and text in written]
    bare = tmp_path / "bare.json"
    bare.write_text(json.dumps(json.loads(out.read_text())["inauthentic"]["sketch"]))
    assert "of the platform agora" in drift(bare, "--bundle", places.bundle).output


def test_accounts_are_compared_with_each_other_where_that_is_asked(places: Places) -> None:
    done = drift(places.alike, "--bundle", places.bundle, "--target", "coordinated")
    assert done.exit_code == 0, done.output
    assert "vigie-coordinated" in done.output
    assert "vigie-inauthentic" not in done.output


def test_the_model_that_ships_says_what_it_cannot_compare(places: Places) -> None:
    done = drift(places.alike)
    assert done.exit_code == 0, done.output
    counted = "sketch" in bundle.load().index
    assert ("only quantiles of the ordinary accounts" in done.output) != counted


@pytest.fixture(scope="module")
def address(places: Places) -> Iterator[str]:
    """A real server on a real socket."""
    with served(Settings(bundle=places.bundle)) as found:
        yield found


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    bound = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.05)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    bound.close()


def test_a_service_fed_another_source_tells_it(places: Places, address: str, tmp_path: Path) -> None:
    assert "At least 100 are needed" in drift(address).output
    accounts = requests(places.world.accounts, places.world.posts)
    for start in range(0, len(accounts), 110):
        body = json.dumps({"accounts": accounts[start : start + 110]}).encode()
        sent = urllib.request.Request(f"{address}/v1/score", body, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(sent) as answer:  # noqa: S310
            assert answer.status == 200
    done = drift(address, "--target", "inauthentic")
    assert done.exit_code == 0, done.output
    for said in ("The field followers_count is missing in 100%", "of the platform agora", "since "):
        assert said in done.output
    saved = tmp_path / "answer.json"
    with urllib.request.urlopen(f"{address}/v1/drift") as answer:  # noqa: S310
        saved.write_bytes(answer.read())
    again = drift(saved, "--bundle", places.bundle, "--target", "inauthentic")
    assert "of the platform agora" in again.output


def test_a_service_that_asks_for_a_key_is_given_one(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = issue("analyst", [Scope.MODEL], datetime.now(UTC), life=None)
    with KeyFile(tmp_path / "keys.json").changing() as keys:
        keys[issued.key.id] = issued.key
    with served(Settings(bundle=places.bundle, keys=tmp_path / "keys.json")) as address:
        assert "--key, or VIGIE_KEY" in drift(address).output
        assert drift(address, "--key", issued.written).exit_code == 0
        monkeypatch.setenv("VIGIE_KEY", issued.written)
        assert drift(address).exit_code == 0


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("no.json", "{", "is not JSON"),
        ("list.json", "[]", "holds no sketch"),
        ("other.json", '{"inauthentic": {"sketch": {"format": 9, "slices": []}}}', "no sketch of format"),
    ],
)
def test_a_file_that_is_no_sketch_is_refused(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content)
    done = drift(tmp_path / name)
    assert done.exit_code == 2
    assert said in done.output


def test_what_cannot_be_asked_is_refused_with_what_can(places: Places, tmp_path: Path, address: str) -> None:
    out = tmp_path / "drift.json"
    assert drift(places.alike, "--bundle", places.bundle, "--out", out).exit_code == 0
    for arguments, said in (
        (["http://127.0.0.1:9"], "vigie serve"),
        ([f"{address}/v1"], "404"),
        ([places.alike / "absent"], "is not there"),
        ([tmp_path / "absent.json"], "No such file"),
        ([places.alike, "--out", "drift.pdf"], ".html"),
        ([places.alike, "--target", "coordinate"], "Did you mean coordinated?"),
        ([places.alike, "--language", "de"], "Allowed: en, fr"),
        ([out], "--bundle"),
        ([out, "--bundle", places.bundle, "--target", "coordinated"], "it has inauthentic"),
    ):
        done = drift(*arguments)
        assert done.exit_code == 2, (arguments, done.output)
        assert said in done.output
