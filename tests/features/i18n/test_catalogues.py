"""The catalogues hold every message in both languages, in sentences that stand alone and are typeset as they should be."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import vigie
from vigie.features.catalogue import CATALOGUE, GROUPS
from vigie.features.explanations import observation
from vigie.features.i18n import LANGUAGES, Language
from vigie.features.i18n.catalogues import MissingMessageError, template

PACKAGE = Path(vigie.__file__).parent
LOCALES = PACKAGE / "features" / "i18n" / "locales"
DOMAINS = sorted(file.stem for file in (LOCALES / "en").glob("*.po"))
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {forms}\\n"\n\n'
PLURALS: dict[Language, str] = {"en": "nplurals=2; plural=(n != 1);", "fr": "nplurals=2; plural=(n > 1);"}

PLACES = (
    "above", "below", "equal", "as_rare", "longer", "shorter", "more_so", "less_so", "unlike", "rarer", "less_rare",
)  # fmt: skip

Entries = dict[str, tuple[str, ...]]
Faults = list[str]

# Openings that mean nothing without the sentence before them.
LEANS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"(The same|In (such|those|these|that|this)|They|It|Its|Their|These|Those|Such|Also|Both|Here|That)\b"
        r"|This (raises|lowers|is|was|means|can|may|must|would)\b"
    ),
    "fr": re.compile(
        r"(De même|Dans (ces|ce|cette|cet)|Ils?|Elles?|Ces|Ceux|Celles|Cela|Ceci|Tels?|Telles?|Aussi|Idem|Ses|Sa|Son"
        r"|Leurs?)\b"
    ),
}
TYPOGRAPHY: dict[str, re.Pattern[str]] = {
    "an ordinary space before a sign that asks for a narrow one": re.compile(
        r"[ \u00a0](?=[;:!?%»])|(?<=«)[ \u00a0]"
    ),
    "no space before a sign that asks for a narrow one": re.compile(
        r"[^\W_](?=[;!?%»])|(?<=«)(?!\u202f)|[^\W\d_]:(?!/)"
    ),
    "an ordinary space inside a number": re.compile(r"\d[ \u00a0]\d{3}\b"),
    "a straight apostrophe": re.compile("'"),
    "a straight quotation mark": re.compile('"'),
    "a message where a post is meant": re.compile(r"\b[Mm]essages? (du|de|par|publi)"),
}


def parsed(text: bytes, language: Language) -> Catalog:
    return read_po(io.BytesIO(text), locale=language, abort_invalid=True)


@cache
def catalogue(domain: str, language: Language) -> Catalog:
    return parsed((LOCALES / language / f"{domain}.po").read_bytes(), language)


def entries(catalog: Catalog) -> Entries:
    """Return the forms of each entry; several where it has a plural."""
    return {
        each.id if isinstance(each.id, str) else each.id[0]: (each.string,)
        if isinstance(each.string, str)
        else tuple(each.string or ())
        for each in catalog
        if each.id
    }


def made(language: Language, **forms: tuple[str, ...]) -> Entries:
    """Return entries of one domain, written as a catalogue and read back."""
    lines = [HEADER.format(forms=PLURALS[language])]
    for name, texts in forms.items():
        if len(texts) == 1:
            lines.append(f'msgid "made.{name}"\nmsgstr "{texts[0]}"\n')
        else:
            plural = "\n".join(f'msgstr[{place}] "{text}"' for place, text in enumerate(texts))
            lines.append(f'msgid "made.{name}"\nmsgid_plural "made.{name}"\n{plural}\n')
    return entries(parsed("\n".join(lines).encode(), language))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def differing_keys(english: Entries, french: Entries) -> Faults:
    return sorted(english.keys() ^ french.keys())


def empty_forms(english: Entries, french: Entries) -> Faults:
    return [key for each in (english, french) for key, forms in each.items() if not all(forms)]


def differing_plurals(english: Entries, french: Entries) -> Faults:
    """Return the entries that have a plural in one language alone."""
    return [key for key in english.keys() & french.keys() if len(english[key]) != len(french[key])]


def differing_placeholders(english: Entries, french: Entries) -> Faults:
    """Return the entries whose forms do not all hold the same values; a singular may write out its number."""

    def differ(key: str) -> bool:
        values = [placeholders(form) for form in (*english[key], *french[key])]
        plurals = (placeholders(english[key][-1]), placeholders(french[key][-1]))
        return len({frozenset(each - {"count"}) for each in values}) > 1 or plurals[0] != plurals[1]

    return [key for key in english.keys() & french.keys() if differ(key)]


def leaning(language: Language) -> Callable[[Entries, Entries], Faults]:
    def check(english: Entries, french: Entries) -> Faults:
        chosen = english if language == "en" else french
        return [
            f"{key}: {form}" for key, forms in chosen.items() for form in forms if LEANS[language].match(form)
        ]

    return check


def badly_typeset(english: Entries, french: Entries) -> Faults:
    return [
        f"{key}: {what}: {form}"
        for key, forms in french.items()
        for form in forms
        for what, pattern in TYPOGRAPHY.items()
        if pattern.search(re.sub(r"https?://\S+", "", form))
    ]


CHECKS: list[tuple[Callable[[Entries, Entries], Faults], Entries, Entries]] = [
    (differing_keys, made("en", one=("a",), two=("b",)), made("fr", one=("a",))),
    (empty_forms, made("en", one=("{count} a", "")), made("fr", one=("{count} a", "{count} as"))),
    (differing_plurals, made("en", one=("{count} a", "{count} as")), made("fr", one=("{count} a",))),
    (differing_placeholders, made("en", one=("a {name}",)), made("fr", one=("a {nom}",))),
    (
        differing_placeholders,
        made("en", one=("one", "{count} as")),
        made("fr", one=("un", "plusieurs")),
    ),
    *(
        (leaning("en"), made("en", one=(text,)), made("fr", one=("Un compte.",)))
        for text in ("The same for links.", "In such pairs it acts first.", "They moved.", "This raises the score.")
    ),
    *(
        (leaning("fr"), made("en", one=("An account.",)), made("fr", one=(text,)))
        for text in ("De même pour les liens.", "Dans ces paires, il précède.", "Elles ont bougé.")
    ),
    *(
        (badly_typeset, made("en", one=("a",)), made("fr", one=(text,)))
        for text in (
            "Part : {value}", "Part: {value}", "Attention!", "« oui »", "«oui»", "l'heure", "1 000 comptes", "93 %",
            "93%", "93\u00a0%", "les messages du compte",
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize(
    "check", dict.fromkeys(check for check, _, _ in CHECKS), ids=lambda check: check.__qualname__
)
def test_the_catalogues_of_a_domain_have_no_such_fault(
    domain: str, check: Callable[[Entries, Entries], Faults]
) -> None:
    assert check(entries(catalogue(domain, "en")), entries(catalogue(domain, "fr"))) == []


@pytest.mark.parametrize(("check", "english", "french"), CHECKS)
def test_each_check_finds_its_fault(
    check: Callable[[Entries, Entries], Faults], english: Entries, french: Entries
) -> None:
    assert len(check(english, french)) >= 1


@pytest.mark.parametrize("check", [check for check, _, _ in CHECKS])
def test_no_check_finds_a_fault_in_good_entries(check: Callable[[Entries, Entries], Faults]) -> None:
    english = made(
        "en", one=("One post: {name}", "{count} posts: {name}"), two=("The account reposts 93% of “{url}”",)
    )
    french = made(
        "fr",
        one=("Une publication\u202f: {name}", "{count} publications\u202f: {name}"),
        two=(
            "Le compte republie 93\u202f% de «\u202f{url}\u202f» à 12:30 (https://example.org/?a=b), c’est-à-dire tout",
        ),
    )
    assert check(english, french) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_languages_have_the_same_domains(language: Language) -> None:
    assert sorted(file.stem for file in (LOCALES / language).glob("*.po")) == DOMAINS


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_headers_state_the_plural_and_no_entry_is_written_twice_or_left_behind(
    domain: str, language: Language
) -> None:
    text = (LOCALES / language / f"{domain}.po").read_text(encoding="utf-8")
    assert f'"Plural-Forms: {PLURALS[language]}\\n"' in text
    assert "charset=utf-8" in text
    keys = re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)
    assert len(keys) == len(set(keys))
    assert all(key.startswith(f"{domain}.") for key in keys)
    assert not catalogue(domain, language).obsolete
    assert not [each.id for each in catalogue(domain, language) if each.fuzzy and each.id]


def literal_keys(source: str) -> Iterator[str]:
    """Yield the keys that a module gives to messages, literally."""
    for call in ast.walk(ast.parse(source)):
        match call:
            case ast.Call(ast.Name("message" | "Message"), [ast.Constant(str(key)), *_]):
                yield key


def named_keys(source: str) -> Iterator[str]:
    """Yield every text of a module that may be a key: literals, and families such as ``features.label.*``."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(str(text)):
                yield re.escape(text)
            case ast.JoinedStr(parts):
                yield "".join(
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[^.]+"
                    for part in parts
                )


def sources() -> list[str]:
    rooms = (
        file
        for room in ("features", "models", "serving", "training", "cli")
        for file in (PACKAGE / room).rglob("*.py")
    )
    connectors = (Path(__file__).parents[3] / "connectors").rglob("*.py")
    return [file.read_text(encoding="utf-8") for file in (*rooms, *connectors)]


def undefined(modules: list[str], known: set[str]) -> Faults:
    return sorted({key for module in modules for key in literal_keys(module)} - known)


def unused(modules: list[str], known: set[str]) -> Faults:
    texts = {text for module in modules for text in named_keys(module)}
    families = [
        re.compile(text)
        for text in texts
        if "[^.]+" in text and text.startswith(tuple(f"{d}\\." for d in DOMAINS))
    ]
    return sorted(
        key
        for key in known
        if re.escape(key) not in texts and not any(family.fullmatch(key) for family in families)
    )


def test_every_key_in_the_code_is_in_the_catalogues_and_every_entry_is_used() -> None:
    known = {key for domain in DOMAINS for key in entries(catalogue(domain, "en"))}
    modules = sources()
    assert undefined(modules, known) == []
    assert unused(modules, known) == []


def test_an_unknown_key_and_an_unused_entry_are_found() -> None:
    modules = ['message("drift.watch", count=1)\nMessage(f"features.label.{name}")\nmessage("drift.unheard")']
    known = {"drift.watch", "drift.retrain", "features.label.name_handle_length", "features.place.above"}
    assert undefined(modules, known) == ["drift.unheard"]
    assert unused(modules, known) == ["drift.retrain", "features.place.above"]


def own_words(name: str) -> set[str]:
    """Return the endings of the sentences of a feature that are for small values: none at all, or one in so many."""
    return {observation(name, value).key.removeprefix(f"features.{name}") for value in (-9.0, 0.0, 0.01)} - {
        ""
    }


def expected_of_features() -> set[str]:
    """Return the keys of the families of the domain ``features``: sentences, labels and groups."""
    sentences = {
        f"features.{name}{answer}"
        for name, feature in CATALOGUE.items()
        for answer in ((".yes", ".no") if feature.unit == "yes/no" else ("", *own_words(name)))
    }
    return (
        sentences
        | {f"features.label.{name}" for name in CATALOGUE}
        | {f"features.group.{name}" for name in GROUPS}
        | {f"features.place.{words}" for words in PLACES}
    )


def test_every_feature_and_group_has_its_entries_and_no_entry_is_of_another() -> None:
    literal = {key for module in sources() for key in literal_keys(module) if key.startswith("features.")}
    known = set(entries(catalogue("features", "en")))
    assert known - literal == expected_of_features()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_of_a_feature_carries_its_value_where_a_person_understands_it(
    language: Language,
) -> None:
    known = entries(catalogue("features", language))
    bare = {name for name, feature in CATALOGUE.items() if feature.unit in ("bits", "index")}
    without = {
        name for name in CATALOGUE if not all("{value}" in form for form in known.get(f"features.{name}", ()))
    }
    assert bare <= without
    assert without - bare == {
        "audience_engagement_gini", "content_length_variation", "content_vocabulary_richness",
        "coordination_closest_partner_cosine", "rhythm_gap_variation",
    }  # fmt: skip


JARGON = re.compile(
    r"\b(bits?|entropi?e?y?|cosinus|cosine|ind(ex|ice)|écarts? types?|deviations?|Gini|p ?[=<])\b|10 ?\^"
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_reason_is_told_in_jargon(language: Language) -> None:
    known = entries(catalogue("features", language))
    said = [form for key, forms in known.items() if not key.startswith("features.label.") for form in forms]
    assert [form for form in said if JARGON.search(form)] == []
    assert JARGON.search("une entropie de 3 bits")


@pytest.mark.parametrize("key", ["drift.unheard", "unheard.watch"])
def test_a_missing_message_is_an_error_and_never_a_key_shown_to_a_person(key: str) -> None:
    with pytest.raises(MissingMessageError):
        template(key, "en")


@pytest.mark.parametrize(
    ("count", "english", "french"),
    [(0, "{count} days", "{count} jour"), (1, "{count} day", "{count} jour"), (1.5, "{count} days", "{count} jour"),
     (2, "{count} days", "{count} jours")],
)  # fmt: skip
def test_the_number_chooses_the_plural_as_each_language_does(count: float, english: str, french: str) -> None:
    assert template("features.value.days", "en", count) == english
    assert template("features.value.days", "fr", count) == french
