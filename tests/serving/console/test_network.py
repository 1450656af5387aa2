"""A network is read as it was judged: its layers, times and colours, for a picture and for a script."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vigie.serving.console import network as module
from vigie.serving.console.network import Layer, Network
from vigie.serving.operations.judgement import DRAWING, Cell, CellLink, Drawing, Link, Node

START = datetime(2024, 5, 13, 8, 30, tzinfo=UTC)


def drawing() -> Drawing:
    nodes = [Node("x", str(number), None, number % 2 or None, 10.0 * number, 5.0) for number in range(4)]
    later = START + timedelta(minutes=5)
    links = [
        Link(0, 1, ["any", "co_url"], [START, later]), Link(1, 2, ["any"], [START]), Link(2, 3, ["co_url", "contents"], [None, later]),
    ]  # fmt: skip
    return Drawing(1_000.0, 100.0, nodes, links, 3, 0)


def network(drawn: Drawing) -> Network:
    return Network.read(DRAWING.dump_json(drawn))


def test_a_pair_is_in_the_layer_of_each_trace_and_in_that_of_all_only_where_it_has_no_other() -> None:
    layers = {layer.trace: layer.pairs for layer in network(drawing()).layers()}
    assert layers == {"co_url": 2, "any": 1}


def test_a_script_is_told_when_each_pair_first_met_after_the_first_of_all() -> None:
    seen = network(drawing())
    # One that is not known counts as there from the beginning.
    assert {layer.trace: layer.links for layer in seen.layers()} == {
        "co_url": "0,1,300;2,3,0",
        "any": "1,2,0",
    }
    frame = seen.frame()
    assert (frame.first, frame.last) == (int(START.timestamp()), int(START.timestamp()) + 300)


def test_what_an_earlier_version_judged_is_drawn_without_times() -> None:
    old = json.loads(DRAWING.dump_json(replace(drawing(), links=[Link(0, 1, ["co_url"])])))
    for stored in (old, {**old, "links": [{"first": 0, "second": 1, "traces": ["co_url"]}]}):
        seen = Network.read(json.dumps(stored).encode())
        assert seen.layers() == [Layer("co_url", "M0.0 5.0L10.0 5.0", "0,1,0", 1)]
        assert seen.frame().first is None


def test_links_among_more_accounts_than_stand_beside_text_are_for_the_script_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BESIDE", len(drawing().nodes) - 1)
    seen = network(drawing())
    assert {(layer.trace, layer.path, layer.links) for layer in seen.layers()} == {
        ("co_url", "", "0,1,300;2,3,0"), ("any", "", "1,2,0"),
    }  # fmt: skip
    assert all(each.path for each in seen.dots())


def test_accounts_that_nothing_joins_are_drawn_alone() -> None:
    alone = network(replace(drawing(), links=[], pairs=0))
    assert alone.layers() == []
    assert [(each.colour, each.path.count("M")) for each in alone.dots()] == [(0, 2), (1, 2)]


def test_groups_have_colours_and_a_frame_holds_all_accounts() -> None:
    seen = network(drawing())
    assert seen.colours() == {1: 1}
    frame = seen.frame()
    assert frame.x < 0
    assert frame.x + frame.width > 30
    assert 0 < frame.dot <= 6


def test_the_largest_groups_have_the_first_colours_and_the_small_ones_share_the_last() -> None:
    nodes = [
        Node("x", f"{group}-{each}", None, group, 0.0, 1.0 * each)
        for group in range(1, 10)
        for each in range(group)
    ]
    colours = network(replace(drawing(), nodes=nodes, links=[])).colours()
    assert {group: colours[group] for group in (9, 8, 7)} == {9: 1, 8: 2, 7: 3}
    assert {colours[group] for group in (1, 2, 3)} == {7}


def test_accounts_are_told_to_a_script_by_their_own_names_without_marks_of_direction() -> None:
    nodes = [Node("x", "1\u202e", None, None, 0.0, 5.0), Node("vk", "2", "a\u202eb", 3, 10.0, 5.0)]
    told = network(replace(drawing(), nodes=nodes, links=[])).accounts()
    assert told.isascii()
    assert json.loads(told) == [
        [0.0, 5.0, 0, "x", "1\u202e", "1\ufffd"],
        [10.0, 5.0, 1, "vk", "2", "@a\ufffdb"],
    ]


def test_groups_are_nodes_of_a_summary_as_large_as_they_have_accounts() -> None:
    cells = [Cell(5, 9_000), Cell(None, 2_000), Cell(7, 90)]
    told = network(
        replace(drawing(), cells=cells, cell_links=[CellLink(0, 2, 40), CellLink(0, 1, 10)])
    ).summary()
    assert told is not None
    assert [(each.group, each.accounts) for each in told.circles] == [(5, 9_000), (None, 2_000), (7, 90)]
    radii = [each.radius for each in told.circles]
    assert radii == sorted(radii, reverse=True)
    for one, other in itertools.pairwise(told.circles):
        assert one.x + one.radius < other.x - other.radius
    assert {tie.pairs: tie.width for tie in told.ties} == {40: 6.0, 10: 3.5}
    assert (told.groups, told.left_out) == (2, 0)


def test_a_summary_of_many_groups_stands_in_rows_and_says_how_many_are_left_out() -> None:
    told = network(replace(drawing(), cells=[Cell(number, 50) for number in range(60)])).summary()
    assert told is not None
    assert (len(told.circles), told.left_out) == (40, 20)
    assert len({each.y for each in told.circles}) > 1
    assert all(each.x - each.radius + 1 > 0 and each.x + each.radius <= 1_000 for each in told.circles)
    assert max(each.y + each.radius for each in told.circles) < told.height


def test_one_group_alone_has_no_summary() -> None:
    assert network(replace(drawing(), cells=[Cell(5, 9_000), Cell(None, 3)])).summary() is None
    assert network(drawing()).summary() is None


def test_what_leaves_is_what_is_seen_of_the_pairs() -> None:
    seen = network(drawing())
    whole = seen.pairs_seen((), None, None)
    assert whole.select("account_id", "other_account_id", "trace", "met_at").rows() == [
        ("0", "1", "co_url", START + timedelta(minutes=5)), ("1", "2", "any", START), ("2", "3", "co_url", None)
    ]  # fmt: skip
    assert seen.pairs_seen(["co_url"], None, None)["trace"].to_list() == ["any"]
    assert seen.pairs_seen((), 0.5, None)["account_id"].to_list() == ["1", "2"]
    assert seen.pairs_seen((), 1.0, None).equals(whole)
    assert seen.pairs_seen((), None, None, "co_url").height == seen.layers()[0].pairs == 2
    assert seen.pairs_seen((), None, "x:2")["account_id"].to_list() == ["1", "2"]
    assert seen.pairs_seen((), None, "facebook:2").is_empty()
