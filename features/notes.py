"""Notes: sentences on what was left out, capped or skipped, made once in both languages and shown in one."""

from __future__ import annotations

from dataclasses import dataclass

from vigie.features.sentences import LANGUAGES, Language, number


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence, or a part of one, in both languages.

    Attributes:
        english: It in English, or a template of it.
        french: The same in French.
    """

    english: str
    french: str

    def say(self, language: Language) -> str:
        """Return it in one language."""
        return self.english if language == "en" else self.french

    def filled(self, **values: float | str | Note) -> Note:
        r"""Return a template with the same values in both languages, numbers as each writes them.

        >>> Note("{share} of {count}", "{share} de {count}").filled(share=0.25, count=1200).french
        '0,25 de 1\u202f200'
        """
        english, french = (
            self.say(language).format_map({name: _said(value, language) for name, value in values.items()})
            for language in LANGUAGES
        )
        return Note(english, french)


def counted(count: int, one: Note, several: Note, /, **values: float | str | Note) -> Note:
    """Return the template for one thing or for several, filled with ``count`` and the other values."""
    return (one if count == 1 else several).filled(count=count, **values)


def _said(value: float | str | Note, language: Language) -> str:
    match value:
        case Note():
            return value.say(language)
        case str():
            return value
        case _:
            return number(value, language, 0 if isinstance(value, int) else 2)
