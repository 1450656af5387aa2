"""Every account of a subject is a dot of the network, inside the drawing, and the same each time."""

from __future__ import annotations

from typing import Any

import pytest

from vigie.serving import network_layout
from vigie.serving.note import drawing
from vigie.serving.note.subjects import Subject


def test_every_account_is_drawn_within_the_drawing(flood: Any, campaign: Subject) -> None:
    drawn = drawing.of([campaign], flood.compared)
    assert drawn is not None
    assert sorted(dot.label for dot in drawn.dots) == sorted(
        "@=cmd\ufffd" if row == 5 else f"@voice_{row}" for row in range(16)
    )
    assert all(0 <= dot.x <= network_layout.WIDTH and 0 <= dot.y <= drawn.height for dot in drawn.dots)
    assert len({(dot.x, dot.y) for dot in drawn.dots}) == 16
    assert 0 < drawn.lines.count("M") <= 16 * network_layout.CLEAREST * 2
    assert drawn == drawing.of([campaign], flood.compared)


def test_the_legend_names_every_colour_used(flood: Any, campaign: Subject) -> None:
    drawn = drawing.of([campaign], flood.compared)
    assert drawn is not None
    assert {dot.colour for dot in drawn.dots} == {entry.colour for entry in drawn.legend}
    counts = [entry.text.values["count"] for entry in drawn.legend]
    assert sum(count for count in counts if isinstance(count, int)) == 16


def test_accounts_beyond_the_most_are_counted(
    flood: Any, campaign: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "MOST", 10)
    drawn = drawing.of([campaign], flood.compared)
    assert drawn is not None
    assert len(drawn.dots) == 10
    assert "left out of the drawing: 6" in drawn.summary.say("en")


def test_no_subject_is_no_drawing(flood: Any) -> None:
    assert drawing.of([], flood.compared) is None
