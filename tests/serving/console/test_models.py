"""The page of a model shows its card and what it saw of late to who may ask for the model; a card runs nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vigie.serving.access.scopes import Scope
from vigie.serving.console.models import card


def test_a_card_stands_below_the_heading_of_its_page() -> None:
    shown = card("# vigie\n\nEstimates.\n\n## Limits\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert "<h1>" not in shown
    assert "vigie" not in shown
    assert "<h3>Limits</h3>" in shown
    assert "<td>2</td>" in shown


def test_a_column_of_numbers_is_aligned_by_a_class_and_no_cell_has_a_style() -> None:
    shown = card("# vigie\n\n| a | b | c |\n|:--|--:|:-:|\n| 1 | 2 | 3 |\n")
    assert '<td class="number">2</td>' in shown
    assert "<td>1</td>" in shown
    assert "style" not in shown


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", "[a](javascript:alert(1))", "![a](https://evil.example/a.png)", "[a](data:text/html,b)"],
)  # fmt: skip
def test_nothing_hostile_in_a_card_runs_or_loads(hostile: str) -> None:
    shown = card(f"# card\n\n{hostile}\n")
    assert not any(sign in shown for sign in ("<script", "<img", 'href="javascript', 'href="data'))


@pytest.mark.parametrize(
    ("language", "said"), [("en", "No other model is tried"), ("fr", "Aucun autre modèle")]
)
def test_the_page_shows_each_model_in_the_language_asked_for(opened: Any, language: str, said: str) -> None:
    browser = opened(language)
    for target in ("inauthentic", "coordinated"):
        answer = browser.get(f"/console/model?target={target}")
        assert answer.status_code == 200, answer.text
        assert said in answer.text
        assert answer.text.count("<h1") == 1
    assert browser.get("/console/model?target=other").status_code == 422


def test_the_page_needs_the_scope_of_the_model(
    opened: Any, key_file: Path, make_key: Callable[..., str]
) -> None:
    keys = [make_key(Scope.DECIDE), make_key(Scope.MODEL)]
    browser = opened(keys=key_file)
    answers = [browser.get("/console/model", headers={"X-API-Key": key}) for key in keys]
    assert [answer.status_code for answer in answers] == [403, 200]
