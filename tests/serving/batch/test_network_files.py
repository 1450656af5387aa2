"""The files of a network hold times as times and contents as a reader knows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest

from vigie.serving.batch import network_files


@pytest.fixture(scope="module")
def folder(flood: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("files") / "deep" / "network"
    network_files.write(out, flood.compared, flood.report("en"))
    return out


def test_times_are_times(folder: Path) -> None:
    moment = pl.Datetime("us", "UTC")
    assert pl.read_parquet_schema(folder / "events.parquet")["time"] == moment
    evidence = pl.read_parquet_schema(folder / "evidence.parquet")
    assert evidence["first_time"] == evidence["second_time"] == moment


def test_every_object_is_what_a_reader_knows_it_by(folder: Path) -> None:
    events = pl.read_parquet(folder / "events.parquet")
    assert events["object"].null_count() == events["object_id"].null_count() == 0
    pictures = events.filter(trace="media_duplicate")["object"].unique().to_list()
    assert all(len(name) == 16 and int(name, 16) for name in pictures)
    assert len(pictures) > 1
    texts = events.filter(trace="text_duplicate")
    assert texts["object"].str.contains(" ").all()
    assert texts["object_id"].n_unique() >= texts["object"].n_unique() > 1
    # Files that name one content name it alike.
    evidence = pl.read_parquet(folder / "evidence.parquet")
    named = evidence.select(trace="object_trace", object="object")
    assert named.join(events, on=["trace", "object"], how="anti").is_empty()


def test_nodes_carry_campaign_and_dates(folder: Path) -> None:
    root = ElementTree.parse(folder / "network.graphml").getroot()  # noqa: S314  our own file
    keys = {data.attrib["key"] for data in root.iter("{http://graphml.graphdrawing.org/xmlns}data")}
    assert {"node_campaign", "node_first_act", "node_last_act"} <= keys
    assert json.loads((folder / "campaigns.json").read_text())


def test_evidence_written_in_shares_is_that_written_at_once(
    flood: Any, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_files, "_PAIRS", 7)
    network_files.write(tmp_path / "network", flood.compared, flood.report("en"))
    written = pl.read_parquet(tmp_path / "network" / "evidence.parquet")
    assert flood.compared.network.significant().height > 7
    assert written.equals(pl.read_parquet(folder / "evidence.parquet"))
    assert {file.name for file in (tmp_path / "network").iterdir()} == {
        file.name for file in folder.iterdir()
    }
