"""The hooks of the documentation site list what exists, and report a reference that does not."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import griffe
import pytest

ROOT = Path(__file__).parents[2]


def hook(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / "hooks" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_made_of_a_file_has_its_file() -> None:
    pages = hook("repository_pages").PAGES
    assert not [source for source in pages if not (ROOT / source).is_file()]


def test_the_api_reference_has_public_modules_of_every_room() -> None:
    names = hook("api_reference").modules(ROOT)
    assert {"vigie.features.catalogue", "vigie.models.bundle", "vigie.training.api", "vigie.errors"} <= set(
        names
    )
    assert "vigie.serving.api.app" in names
    assert not [name for name in names if "._" in name]


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        (":func:`answer`", "[`answer`][sample.answer]"),
        (":data:`LIMIT`", "`LIMIT`"),  # has no docstring, so no entry to link to
        (":func:`~vigie.gone.away`", "[`vigie.gone.away`][vigie.gone.away]"),  # the strict build reports it
        ("As in [Pacheco2021].", "As in [Pacheco2021][pacheco2021]."),
        (">>> answer()\n42\n\nMore.", "```pycon\n>>> answer()\n42\n```\n\nMore."),
    ],
)
def test_docstrings_get_links_and_blocks_of_code(reference: str, shown: str) -> None:
    code = f'LIMIT = 1\ndef answer():\n    """Answer."""\ndef other():\n    """{reference}"""\n'
    with griffe.temporary_visited_module(code, module_name="sample") as module:
        hook("docstring_references").DocstringReferences().on_package(pkg=module)
        docstring = module["other"].docstring
    assert docstring
    assert docstring.value == shown
