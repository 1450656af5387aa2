"""``vigie network`` writes tables and a graph under the accounts' own ids, and speaks of synchrony only."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest
from typer.testing import CliRunner

from vigie.cli import app
from vigie.features import on_disk
from vigie.features.coordination.detector import ALPHA
from vigie.features.coordination.report.network import note
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.features.similarity import text_templates
from vigie.training.synthetic.accounts import generate

# A command that keeps every step, and that a kill ends when so many are kept.
KILLED = """
import os, signal, sys
from vigie.cli import app
from vigie.features import on_disk, steps, whole_files
most, *command = sys.argv[1:]
steps.LEAST_S, on_disk.LEAST, on_disk.ROWS, on_disk.KEYED = 0.0, 0, 5_000, 1
put = whole_files.put
def counted(fresh, place, **options):
    put(fresh, place, **options)
    if len(list(place.parent.glob("*-*-*"))) == int(most):
        os.kill(os.getpid(), signal.SIGKILL)
whole_files.put = counted
app(command)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = generate(ordinary=300, inauthentic=120, seed=4)
    read = Log().read(made.accounts, made.posts, made.labels)
    out = tmp_path_factory.mktemp("data") / "invented"
    dataset.write(read, out, name="invented", form="generic", now=datetime(2024, 6, 1, tzinfo=UTC))
    return out


@pytest.fixture(scope="module")
def network(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("out") / "network"
    done = CliRunner().invoke(app, ["network", str(folder), "--out", str(out)])
    assert done.exit_code == 0, done.output
    return out, done.output


def test_a_collection_worked_on_from_disk_gives_the_same_files_to_the_last_digit(
    folder: Path, network: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_disk, "LEAST", 0)
    monkeypatch.setattr(on_disk, "ROWS", 5_000)
    monkeypatch.setattr(on_disk, "KEYED", 1)
    monkeypatch.setattr(text_templates, "_TEXTS", 3_000)
    laid: list[pl.DataFrame] = []
    written = on_disk._written

    def watched(table: pl.DataFrame, folder: Path) -> pl.DataFrame:
        laid.append(written(table, folder))
        return laid[-1]

    monkeypatch.setattr(on_disk, "_written", watched)
    out = tmp_path / "network"
    done = CliRunner().invoke(app, ["network", str(folder), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert (
        sum(table.height for table in laid) > dataset.open(folder).posts().select(pl.len()).collect().item()
    )
    in_memory, _ = network
    assert {file.name for file in out.iterdir()} == {file.name for file in in_memory.iterdir()}
    for file in out.iterdir():
        assert file.read_bytes() == (in_memory / file.name).read_bytes(), file.name
    assert [file.name for file in tmp_path.iterdir()] == ["network"]


def test_a_comparison_killed_again_and_again_writes_the_same_bytes_in_the_end(
    folder: Path, network: tuple[Path, str], tmp_path: Path
) -> None:
    out = tmp_path / "network"

    def run(most: int) -> subprocess.CompletedProcess[str]:
        arguments = [str(most), "network", str(folder), "--out", str(out)]
        return subprocess.run(  # noqa: S603
            [sys.executable, "-c", KILLED, *arguments], capture_output=True, text=True, check=False
        )

    for most in (3, 12, 20):
        assert run(most).returncode == -signal.SIGKILL
        assert not out.exists()
        assert len(list((tmp_path / ".network.unfinished").glob("*-*-*"))) == most
    again = run(-1)
    assert again.returncode == 0, again.stderr
    assert "An earlier run did" in again.stderr
    in_memory, _ = network
    for file in in_memory.iterdir():
        assert file.read_bytes() == (out / file.name).read_bytes(), file.name
    assert [file.name for file in tmp_path.iterdir()] == ["network"]


def test_groups_are_numbered_from_one_for_people_and_from_nought_in_files(network: tuple[Path, str]) -> None:
    out, said = network
    held = {group["group"] for group in json.loads((out / "groups.json").read_text())}
    assert min(held) == 0
    told = {int(number) for number in re.findall(r"^Group (\d+) \(", said, re.MULTILINE)}
    assert told == {number + 1 for number in held}


def test_every_file_is_written_and_names_accounts_by_their_own_ids(
    network: tuple[Path, str], folder: Path
) -> None:
    out, _ = network
    known = set(dataset.open(folder).accounts().collect()["account_id"])
    pairs = pl.read_parquet(out / "pairs.parquet")
    assert set(pairs["first_account_id"]) | set(pairs["second_account_id"]) <= known
    posts = set(dataset.open(folder).posts().collect()["post_id"])
    assert set(pl.read_parquet(out / "events.parquet")["post_id"]) <= posts
    groups = json.loads((out / "groups.json").read_text())
    assert groups
    for group in groups:
        # The names of the answer of /v1/network.
        assert all(set(why) == {"name", "sentence", "for", "against"} for why in group["benign_alternatives"])
    assert len(pl.read_parquet(out / "groups.parquet")) == sum(group["size"] for group in groups)
    ElementTree.parse(out / "network.graphml")  # noqa: S314  our own file
    active = pl.read_parquet(out / "activity.parquet")
    assert set(active["first_account_id"]) | set(active["second_account_id"]) <= known
    assert set(active["bin"]) <= {60, 600, 1_800}
    assert isinstance(json.loads((out / "ungrouped.json").read_text()), list)


def test_hours_are_added_to_the_times_of_a_platform_and_a_bad_shift_is_refused(
    folder: Path, network: tuple[Path, str], tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, ["network", str(folder), "--out", str(tmp_path / "n"), "--shift", "x=-2"])
    assert done.exit_code == 0, done.output
    before, after = (
        pl.read_parquet(out / "events.parquet").filter(pl.col("trace") == "co_url")
        for out in (network[0], tmp_path / "n")
    )
    both = before.join(after, on=["post_id", "object"], suffix="_after")
    assert (both["time"] - both["time_after"]).unique().to_list() == [timedelta(hours=2)]
    bad = CliRunner().invoke(app, ["network", str(folder), "--out", str(tmp_path / "m"), "--shift", "x:2"])
    assert bad.exit_code == 2
    assert "--shift x=4" in bad.output


def test_the_proof_of_every_pair_beyond_chance_is_written_with_post_ids(
    network: tuple[Path, str], folder: Path
) -> None:
    out, _ = network
    key = [f"{side}_{name}" for side in ("first", "second") for name in ("platform", "account_id")]
    pairs, proof = pl.read_parquet(out / "pairs.parquet"), pl.read_parquet(out / "evidence.parquet")
    rows = proof.group_by("trace", "window", *key).agg(rows=pl.len().cast(pl.Int64))
    both = pairs.join(rows, on=["trace", "window", *key], how="inner")
    assert both.height == rows.height > 0
    assert both["rows"].equals(both["objects"].clip(upper_bound=10))
    assert (both["p_class_corrected"] < ALPHA).all()
    # What waiting for the same authors explains may count or not; the rest is all there.
    waited = pl.col("authors").is_not_null() & (pl.col("p_author_corrected") >= ALPHA)
    sure = pairs.filter((pl.col("p_class_corrected") < ALPHA) & ~waited)
    assert sure.join(rows, on=["trace", "window", *key], how="anti").is_empty()
    author = dict(dataset.open(folder).posts().select("post_id", "account_id").collect().iter_rows())
    for side in ("first", "second"):
        assert [author[post] for post in proof[f"{side}_post_id"]] == proof[f"{side}_account_id"].to_list()


def test_the_words_are_synchrony_and_its_benign_alternatives(network: tuple[Path, str]) -> None:
    _, said = network
    told = " ".join(said.split())
    # Once, in the note, and in no sentence of a group.
    assert told.count("Coordination is neither inauthenticity nor attribution") == 1
    assert told.count("inauthentic") == 1


def sentences(value: Any) -> Iterator[str]:
    """Yield the sentences of a JSON document: what is written for people."""
    match value:
        case dict():
            for name, inner in value.items():
                if name in {"sentence", "for", "against"}:
                    yield from [inner] if isinstance(inner, str) else inner
                else:
                    yield from sentences(inner)
        case list():
            for inner in value:
                yield from sentences(inner)


def test_in_french_nothing_is_said_in_english_and_the_note_lies_beside_its_annexes(
    folder: Path, network: tuple[Path, str], tmp_path: Path
) -> None:
    page = tmp_path / "note.html"
    arguments = ["--out", str(tmp_path / "n"), "--language", "fr", "--report", str(page)]
    done = CliRunner().invoke(app, ["network", str(folder), *arguments])
    assert done.exit_code == 0, done.output
    english = {line.strip() for line in network[1].splitlines() if len(line.split()) > 2}
    assert english & {line.strip() for line in done.output.splitlines()} == set()
    for file in ("groups.json", "campaigns.json"):
        before, after = (
            set(sentences(json.loads((out / file).read_text()))) for out in (network[0], tmp_path / "n")
        )
        assert len(before) == len(after)
        assert before & after == set()
    assert {path.name for path in tmp_path.iterdir()} == {
        "n",
        "note.html",
        "note.accounts.csv",
        "note.posts.csv",
    }
    assert '<html lang="fr">' in page.read_text(encoding="utf-8")
    assert f"{page}" in "".join(done.output.split())
    groups = json.loads((tmp_path / "n" / "groups.json").read_text())
    heads, *accounts = (tmp_path / "note.accounts.csv").read_text(encoding="utf-8-sig").splitlines()
    assert heads.startswith("identifiant;plateforme;")
    assert len(accounts) >= len({member["account_id"] for group in groups for member in group["accounts"]})


def test_a_note_over_a_file_that_is_there_and_one_that_is_no_page_are_refused(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "there.accounts.csv").write_text("mine")
    for name, said in (("note.pdf", "ends in .html"), ("there.html", "there.accounts.csv exists")):
        done = CliRunner().invoke(
            app, ["network", str(folder), "--out", str(tmp_path / "n"), "--report", str(tmp_path / name)]
        )
        assert done.exit_code == 2
        assert said in " ".join(done.output.split())
    assert not (tmp_path / "n").exists()


def test_groups_are_of_one_invented_campaign_each(network: tuple[Path, str], folder: Path) -> None:
    campaign = dict(dataset.open(folder).labels().select("account_id", "campaign").collect().iter_rows())
    table = pl.read_parquet(network[0] / "groups.parquet")
    for (_,), members in table.group_by("group"):
        named = [campaign.get(account) for account in members["account_id"]]
        assert max(named.count(name) for name in set(named)) >= 0.8 * len(named)


def test_a_folder_that_exists_and_an_unknown_language_are_refused(folder: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(app, ["network", str(folder), "--out", str(tmp_path)]).exit_code == 2
    refused = runner.invoke(app, ["network", str(folder), "--out", str(tmp_path / "n"), "--language", "de"])
    assert refused.exit_code == 2
    assert "Allowed: en, fr" in refused.output


def test_an_account_that_reposts_its_own_posts_is_known_by_its_id(folder: Path, tmp_path: Path) -> None:
    held = dataset.open(folder)
    posts = held.posts().collect()
    author = posts["account_id"].mode().min()
    own = posts.filter(account_id=author).with_columns(
        kind=pl.lit("repost"), target_account_id=pl.lit(author), target_post_id=pl.col("post_id") + " unseen"
    )
    read = Log().read(
        held.accounts().collect(),
        pl.concat([posts, own.with_columns(post_id=pl.col("post_id") + " again")]),
        held.labels().collect(),
    )
    dataset.write(read, tmp_path / "data", name="own", form="generic", now=datetime(2024, 6, 1, tzinfo=UTC))
    done = CliRunner().invoke(app, ["network", str(tmp_path / "data"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert f"{own.height} reposts by accounts of their own posts were left out" in " ".join(
        done.output.split()
    )
    french = CliRunner().invoke(
        app, ["network", str(tmp_path / "data"), "--out", str(tmp_path / "fr"), "--language", "fr"]
    )
    assert f"{own.height} republications" in " ".join(french.output.split())
    assert "left out" not in french.output
    assert note().say("en") in " ".join(done.output.split())
    told = pl.read_parquet(tmp_path / "out" / "events.parquet")
    assert told.filter(pl.col("post_id").str.ends_with(" again")).is_empty()


def test_a_file_of_accounts_is_compared_and_its_refused_lines_are_named(tmp_path: Path) -> None:
    def account(name: str, *moments: int) -> str:
        posts = [
            {
                "post_id": f"{name}-{number}", "created_at": f"2024-05-16T0{number}:00:{second:02}Z",
                "urls": [f"https://news.example/{number}"],
            }
            for number, second in enumerate(moments)
        ]  # fmt: skip
        entry = {"platform": "x", "account_id": name, "observed_at": "2024-05-17T00:00:00Z", "posts": posts}
        return json.dumps(entry)

    path = tmp_path / "accounts.jsonl"
    path.write_text("\n".join([account("a", 1, 2, 3, 4), account("b", 2, 3, 4, 5), "{", account("a", 1)]))
    done = CliRunner().invoke(app, ["network", str(path), "--out", str(tmp_path / "n")])
    assert done.exit_code == 0, done.output
    assert "refused: an account without a readable id: line 3:" in done.output
    assert "refused: account a: the account a of x was given before" in done.output
    assert pl.read_parquet(tmp_path / "n" / "events.parquet")["account_id"].unique().sort().to_list() == [
        "a",
        "b",
    ]


def test_a_falsification_run_finds_nothing_where_the_collection_shows_groups(
    network: tuple[Path, str], folder: Path, tmp_path: Path
) -> None:
    assert json.loads((network[0] / "groups.json").read_text())
    done = CliRunner().invoke(app, ["network", str(folder), "--out", str(tmp_path / "shuffled"), "--shuffle"])
    assert done.exit_code == 0, done.output
    assert "Falsification run" in done.output
    for name in ("groups", "campaigns", "ungrouped"):
        assert json.loads((tmp_path / "shuffled" / f"{name}.json").read_text()) == [], name


def test_a_falsification_run_describes_nobody(folder: Path, tmp_path: Path) -> None:
    note_of_it = ["--shuffle", "--report", str(tmp_path / "note.html")]
    done = CliRunner().invoke(app, ["network", str(folder), "--out", str(tmp_path / "out"), *note_of_it])
    assert done.exit_code != 0
    assert not (tmp_path / "out").exists()


def test_a_bundle_holds_what_strong_evidence_speaks_for_and_tells_what_it_leaves_out(tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["example", "--out", str(tmp_path / "example")])
    assert made.exit_code == 0, made.output
    given, bundle = tmp_path / "example" / "accounts.jsonl", tmp_path / "bundle.json"
    words = ["network", str(given), "--out", str(tmp_path / "n"), "--stix", str(bundle), "--tlp", "green"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    objects = json.loads(bundle.read_text())["objects"]
    kinds = [each["type"] for each in objects]
    assert kinds.count("incident") == 1
    assert "grouping" not in kinds
    assert "TLP:GREEN" in done.output
    assert re.search(r"want of strong evidence: [1-9]", done.output)
    (report,) = [each for each in objects if each["type"] == "report"]
    assert [file["name"] for file in report["x_opencti_files"]] == ["note.html"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--stix", "b.txt"], "ends in .json"), (["--stix", "b.json", "--tlp", "ambre"], "Did you mean amber"),
        (["--stix", "b.json", "--shuffle"], "--shuffle goes with none of"),
    ],
)  # fmt: skip
def test_a_bundle_that_cannot_be_written_is_refused_before_anything_is_compared(
    folder: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    done = CliRunner().invoke(app, ["network", str(folder), "--out", str(tmp_path / "n"), *words])
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert not (tmp_path / "n").exists()
