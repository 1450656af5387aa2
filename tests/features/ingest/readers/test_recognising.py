"""Formats told by columns and keys: one that fits best, none, several."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import UnknownFormatError
from vigie.features.ingest.importing import Destination, import_files
from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import Options
from vigie.features.ingest.readers import RECOGNISE, SOURCES, find, samples
from vigie.features.ingest.readers.recognising import recognise, shown

SAMPLES = list(samples.files().values())
ANY = Options(name="n", defaults={"platform": "x"})


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_a_sample_of_a_format_is_recognised_as_it(sample: Path) -> None:
    assert recognise(shown(SourceFile(sample)), RECOGNISE, SOURCES).source.name == sample.stem


@pytest.mark.parametrize("platform", ["x", "facebook", "tiktok", "instagram"])
def test_what_zeeschuimer_collected_is_the_same_as_4cat_writes_it(tmp_path: Path, platform: str) -> None:
    sample = SAMPLES[0].parent / f"zeeschuimer-{platform}.ndjson"
    records = [json.loads(line) for line in sample.read_text(encoding="utf-8").splitlines()]
    moved = [
        {**one["data"], "__import_meta": {key: value for key, value in one.items() if key != "data"}}
        for one in records
    ]
    file = tmp_path / "dataset.ndjson"
    file.write_text("".join(json.dumps(one) + "\n" for one in moved), encoding="utf-8")
    assert recognise(shown(SourceFile(file)), RECOGNISE, SOURCES).source.name == f"zeeschuimer-{platform}"
    found, direct = (find("auto").read([path], Options(name="n")) for path in (file, sample))
    assert found.posts.equals(direct.posts)
    assert found.accounts.equals(direct.accounts)
    assert found.posts.height == len(records)


def test_files_of_several_formats_in_one_import_are_each_read_by_their_own(tmp_path: Path) -> None:
    """The five forms of one corpus, one of them compressed, and a channel of Telegram."""
    names = ("minet.csv", "twarc-csv.csv", "telegram-desktop.json")
    for name in names:
        (tmp_path / name).write_bytes((SAMPLES[0].parent / name).read_bytes())
    (tmp_path / "x.jsonl.gz").write_bytes(gzip.compress((SAMPLES[0].parent / "x-api-v2.jsonl").read_bytes()))
    dataset = import_files(find("auto"), [tmp_path], Options(name="n"), Destination(tmp_path / "out", "n"))
    # Three files hold the same four posts of X.
    assert dataset.manifest["counts"]["posts"]["kept"] == 4 + 3
    told = [note for note in dataset.manifest["notes"] if "known by" in note]
    assert [note.split(",")[0] for note in told] == [
        "files read as minet",
        "files read as telegram-desktop",
        "files read as twarc-csv",
        "files read as x-api-v2",
    ]
    assert "retweeted_id" in told[0]
    assert all(note.endswith(": 1") for note in told)


def test_a_file_of_no_format_is_refused_with_what_it_has_and_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "video_id,comment_id,author_name,author_channel_id,colour\nv,k,a,UC,red\n", encoding="utf-8"
    )
    with pytest.raises(UnknownFormatError) as caught:
        find("auto").read([file], ANY).table("posts")
    said = str(caught.value)
    assert "it has video_id, comment_id, author_name, author_channel_id, colour. Nearest" in said
    assert "minet-youtube-comments lacks parent_comment_id" in said
    assert "vigie import generic --mapping map.toml" in said


def test_the_format_that_states_most_goes_before_and_equal_ones_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a,b,c\n1,2,3\n", encoding="utf-8")
    seen = shown(SourceFile(file))
    one, two, other = Signature(columns=("a",)), Signature(columns=("a", "b")), Signature(columns=("b", "c"))
    assert recognise(seen, {"minet": (one,), "rtweet": (two,)}, SOURCES).source.name == "rtweet"
    with pytest.raises(UnknownFormatError, match="fits minet and rtweet equally"):
        recognise(seen, {"minet": (other,), "rtweet": (two,)}, SOURCES)
    without = Signature(columns=("b", "c"), none_of=("a",))
    assert recognise(seen, {"minet": (without,), "rtweet": (two,)}, SOURCES).source.name == "rtweet"
    worded = Signature(columns=("b", "c"), values={"a": ("2",)})
    assert recognise(seen, {"minet": (worded,), "rtweet": (two,)}, SOURCES).source.name == "rtweet"


def test_one_large_record_is_recognised_from_its_beginning(tmp_path: Path) -> None:
    message = {"id": 1, "type": "message", "date": "2024-05-02T08:00:00", "text": "x" * 1000}
    export = {"name": "A", "type": "public_channel", "id": 1, "messages": [message] * 6000}
    file = tmp_path / "result.json"
    file.write_text(json.dumps(export, indent=1), encoding="utf-8")
    seen = shown(SourceFile(file))
    assert recognise(seen, RECOGNISE, SOURCES).source.name == "telegram-desktop"
    # Half of the file was looked at.
    assert len(seen.records[0]["messages"]) < 5000


def test_parquet_and_values_on_lines_that_follow_one_another_are_looked_at(tmp_path: Path) -> None:
    table = tmp_path / "a.parquet"
    pl.read_csv(SAMPLES[0].parent / "generic.csv", infer_schema=False).write_parquet(table)
    assert recognise(shown(SourceFile(table)), RECOGNISE, SOURCES).source.name == "generic"
    values = tmp_path / "a.json"
    first = json.loads((SAMPLES[0].parent / "twscrape.jsonl").read_text(encoding="utf-8").splitlines()[0])
    values.write_text(json.dumps(first, indent=1) + "\n" + json.dumps(first, indent=1), encoding="utf-8")
    assert recognise(shown(SourceFile(values)), RECOGNISE, SOURCES).source.name == "twscrape"


def test_a_dataset_of_vigie_is_not_taken_for_files_of_a_collector(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    (tmp_path / "posts.csv").write_bytes((SAMPLES[0].parent / "generic.csv").read_bytes())
    with pytest.raises(UnknownFormatError, match="is a dataset that vigie wrote"):
        find("auto").read([tmp_path / "posts.csv"], ANY)


def test_an_ending_that_is_not_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"x")
    with pytest.raises(UnknownFormatError, match=r"no reader for \.xlsx"):
        find("auto").read([file], ANY).table("posts")
