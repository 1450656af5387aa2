"""A note says the same in both languages, each with its own way of writing numbers."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from types import ModuleType

import pytest

from vigie.features.coordination import clock_offsets, detector, traces
from vigie.features.i18n.message import Note, counted
from vigie.serving import network as comparing

_PLACE = re.compile(r"\{\w+\}|\d+")


def written(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Yield every pair of sentences that a module makes."""
    for call in ast.walk(ast.parse(inspect.getsource(module))):
        match call:
            case ast.Call(ast.Name("Note"), [ast.Constant(str(english)), ast.Constant(str(french))]):
                yield english, french


@pytest.mark.parametrize("module", [traces, detector, clock_offsets, comparing])
def test_every_note_has_a_french_form_of_its_own_with_the_same_numbers(module: ModuleType) -> None:
    sentences = list(written(module))
    assert sentences
    for english, french in sentences:
        assert english != french
        assert sorted(_PLACE.findall(english)) == sorted(_PLACE.findall(french))


def test_numbers_are_written_as_each_language_does_and_values_are_no_templates() -> None:
    said = Note("{count}, {share}: {what}", "{count}, {share} : {what}").filled(
        count=12_345, share=5.5, what="{count}"
    )
    assert said == Note("12,345, 5.5: {count}", "12\u202f345, 5,5 : {count}")
    assert (said.say("en"), said.say("fr")) == (said.english, said.french)


def test_a_note_inside_another_is_in_its_language() -> None:
    whole = Note("the {thing}", "le {thing}").filled(thing=Note("harbour", "port"))
    assert whole == Note("the harbour", "le port")


@pytest.mark.parametrize(("count", "word"), [(1, "post"), (2, "posts"), (0, "posts")])
def test_one_thing_is_singular(count: int, word: str) -> None:
    assert counted(count, Note("{count} post", ""), Note("{count} posts", "")).english == f"{count} {word}"
