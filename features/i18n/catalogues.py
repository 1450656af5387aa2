"""Message catalogues: one gettext file per language and domain, read with Babel.

A key such as ``coordination.pair_synchronous`` is an entry of ``locales/LANGUAGE/coordination.po``. English is a
translation as French is, so that a wording changes in a catalogue and never in code. Entries with a plural have
the forms that the language asks for, chosen by the value named ``count``.
"""

from __future__ import annotations

import io
from functools import cache, lru_cache
from gettext import GNUTranslations
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from vigie.features.i18n.languages import Language


class MissingMessageError(LookupError):
    """A key that no catalogue of the language holds: a fault of the code, since tests compare both."""


@cache
def catalogue(domain: str, language: Language) -> GNUTranslations:
    """Return the entries of one domain in one language.

    Raises:
        MissingMessageError: There is no such domain.
    """
    file = resources.files("vigie.features.i18n") / "locales" / language / f"{domain}.po"
    try:
        text = file.read_bytes()
    except FileNotFoundError as error:
        raise MissingMessageError(f"there is no catalogue {domain!r} in {language!r}") from error
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(text), locale=language, domain=domain, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)


@lru_cache(maxsize=4096)
def template(key: str, language: Language, count: float | None = None) -> str:
    """Return the text of a key, placeholders open, in the form that a number asks for.

    Args:
        key: ``domain.name``.
        language: Language of the text.
        count: What the entry counts; None where it counts nothing.

    Raises:
        MissingMessageError: The language has no such entry.
    """
    entries = catalogue(key.partition(".")[0], language)
    if count is None:
        found = entries.gettext(key)
    else:
        # French says the singular below two, English for one alone; gettext asks for whole numbers.
        whole = int(count) if count == int(count) or language == "fr" else 2
        found = entries.ngettext(key, key, whole)
        found = entries.gettext(key) if found == key else found
    if found == key:
        raise MissingMessageError(f"{language!r} has no message {key!r}")
    return found
