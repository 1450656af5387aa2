"""The GraphML parses back, whatever accounts are called."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import polars as pl
import pytest

from vigie.features.coordination import communities, graphml

SPACE = {"g": "http://graphml.graphdrawing.org/xmlns"}
HOSTILE = ["</data><node id='evil'/>", "a\x00b\x1b[31m\r\n", '"&<>]]>', None]


def pairs(*rows: tuple[str, int, int, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [(trace, 60, a, b, objects, 0.1, "collection", 1e-9, 1e-9, 1e-5, None) for trace, a, b, objects in rows],
        schema={
            "trace": pl.String, "window": pl.Int64, "first": pl.Int64, "second": pl.Int64,
            "objects": pl.Int64, "expected": pl.Float64, "decided_by": pl.String, "p": pl.Float64, "p_class": pl.Float64,
            "p_author": pl.Float64, "p_reference": pl.Float64,
        },
        orient="row",
    )  # fmt: skip


TABLE = pairs(("co_repost", 0, 1, 5), ("co_repost", 1, 2, 4), ("co_url", 0, 1, 3), ("co_url", 2, 3, 3))
ACCOUNTS = pl.DataFrame({"row": [0, 1, 2, 3], "platform": ["x", "x", "facebook", "x"], "handle": HOSTILE})
GROUPS = pl.DataFrame({"group": [0, 0, 0], "account": [0, 1, 2], "stability": [1.0, 1.0, 1.0]})
CAMPAIGNS = pl.DataFrame({"campaign": [1, 1], "account": [2, 4]})
EVENTS = pl.DataFrame({"account": [2, 2, 2], "time": [1_714_728_000, 1_714_640_400, 1_714_640_460]})


def written(table: pl.DataFrame = TABLE) -> str:
    return "".join(graphml.graphml(table, GROUPS, ACCOUNTS, CAMPAIGNS, EVENTS))


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314  # our own document


def values(element: ElementTree.Element) -> dict[str, str]:
    return {data.attrib["key"]: data.text or "" for data in element.findall("g:data", SPACE)}


def test_nodes_and_edges_come_back_with_what_they_carry() -> None:
    root = parsed(written())
    nodes = {node.attrib["id"]: values(node) for node in root.findall(".//g:node", SPACE)}
    assert list(nodes) == ["0", "1", "2", "3", "4"], "the member of a campaign without a pair too"
    assert nodes["2"] == {
        "node_handle": HOSTILE[2], "node_platform": "facebook", "node_group": "0", "node_campaign": "1",
        "node_first_act": "2024-05-02T09:00:00Z", "node_last_act": "2024-05-03T09:20:00Z",
    }  # fmt: skip
    assert nodes["4"] == {"node_campaign": "1"}
    assert nodes["3"] == {"node_platform": "x"}
    edges = root.findall(".//g:edge", SPACE)
    assert len(edges) == 4
    first = values(edges[0])
    assert (first["edge_trace"], first["edge_window"], first["edge_objects"]) == ("co_repost", "60", "5")
    assert float(first["edge_p_class"]) == 1e-9
    assert float(first["edge_p_author"]) == 1e-5


def test_a_hostile_handle_adds_no_node_and_no_control_character() -> None:
    text = written()
    nodes = parsed(text).findall(".//g:node", SPACE)
    assert [values(node).get("node_handle") for node in nodes][:2] == [
        HOSTILE[0],
        "a\ufffdb\ufffd[31m\ufffd\ufffd",
    ]
    assert not re.search("[\x00-\x08\x0b-\x1f]", text)


def test_no_pair_gives_an_empty_graph() -> None:
    groups = communities.detect_groups(TABLE.clear())
    parts = graphml.graphml(TABLE.clear(), groups, ACCOUNTS, CAMPAIGNS.clear(), EVENTS.clear())
    root = parsed("".join(parts))
    assert root.findall(".//g:node", SPACE) == []


def test_networkx_reads_it() -> None:
    networkx = pytest.importorskip("networkx")
    read = networkx.read_graphml(io.BytesIO(written().encode()))
    assert read.number_of_edges() == 4
    assert read.nodes["0"]["group"] == 0
