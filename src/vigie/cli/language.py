"""The language that a command speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vigie.features.i18n import Language

LanguageName = Annotated[str, typer.Option("--language", help="Language of the sentences: en or fr.")]


def spoken(name: str) -> Language:
    """Return a language by its name.

    Raises:
        InputError: The name is no language of the catalogues.
    """
    from vigie.errors import InputError, choices
    from vigie.features.i18n.languages import LANGUAGES

    found = next((known for known in LANGUAGES if known == name), None)
    if found is None:
        raise InputError(f"--language is {name}. {choices(name, LANGUAGES)}")
    return found
