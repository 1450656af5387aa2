"""The cards say the same in English and French, from the same numbers, and no name in the data can break them."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources
from typing import Any

import jinja2
import pytest

from vigie.models.bundle import CARDS
from vigie.training.report.markdown import page
from vigie.training.report.model_card.render import render

CardBuilder = Callable[..., dict[str, str]]
HOSTILE = "a|b\n# H <script>alert(1)</script> <img src=x> [l](http://e.org) ![i](http://e.org/p.png) `c` *d* _e_ {f}"
# Words of English that are not of French.
ENGLISH = re.compile(
    r"\b(the|of|and|is|are|with|which|that|account|accounts|unseen|seen|flagged|people|should|never|it)\b"
)


def blocks(text: str) -> list[str]:
    return text.strip().split("\n\n")


def kinds(text: str) -> list[str]:
    """What each block is: a heading of some level, a table, a list, a command or a paragraph."""
    marks = (re.match(r"#+ |\| |- |```", block) for block in blocks(text))
    return [found.group() if found else "paragraph" for found in marks]


def numbers(block: str, language: str) -> list[float]:
    """The numbers of a block, in any order."""
    comma, point = (r"(?<=\d),(?=\d)", ".") if language == "fr" else (r"(?<=\d),(?=\d{3})", "")
    text = re.sub(comma, point, block.replace("\u202f", ""))
    # A hyphen inside a word is no sign: "depth-3".
    return sorted(float(found) for found in re.findall(r"(?:(?<!\w)-)?\d*\.?\d+", text))


def prose(text: str) -> str:
    """The sentences of a card: neither its tables nor what is typed."""
    said = [block for block in blocks(text) if not block.startswith(("|", "```", "# "))]
    return re.sub(r"`[^`]*`", "", "\n".join(said))


def test_both_languages_have_the_same_sections_in_the_same_order_and_the_same_figures(
    make_card: CardBuilder,
) -> None:
    english, french = (make_card()[CARDS[language]] for language in CARDS)
    assert kinds(english) == kinds(french)
    pairs = list(zip(blocks(english), blocks(french), strict=True))
    for one, other in pairs:
        assert numbers(one, "en") == numbers(other, "fr"), one
    assert sum(len(numbers(one, "en")) for one, _ in pairs) > 100


def test_no_english_is_left_in_the_french_card(make_card: CardBuilder) -> None:
    english, french = (make_card()[CARDS[language]] for language in CARDS)
    same = [
        one
        for one, other in zip(blocks(english), blocks(french), strict=True)
        if one == other and not one.startswith(("```", "# "))
    ]
    assert same == []
    assert ENGLISH.findall(prose(english).lower())
    assert ENGLISH.findall(prose(french).lower()) == []
    titles = [block.splitlines()[0] for block in blocks(french) if block.startswith("|")]
    assert ENGLISH.findall(" ".join(titles).lower()) == []


def test_numbers_are_written_as_in_their_language(make_card: CardBuilder) -> None:
    english, french = (make_card()[CARDS[language]] for language in CARDS)
    assert "12,345" in english
    assert "12\u202f345" in french
    assert re.search(r"\.\d{3} \[\.\d{3}, \.\d{3}\]", english)
    assert re.search(r"0,\d{3} \[0,\d{3}\u202f; 0,\d{3}\]", french)
    assert "1.5%" in english
    assert "1,5\u202f%" in french


def test_a_reader_finds_data_labels_limits_and_who_should_not_use_it(
    target: str, make_card: CardBuilder
) -> None:
    made = make_card()
    for title in ("Who should use it", "Who should not", "Data", "Quality of the labels", "How the metrics were made",
                  "Limits", "If an account is wrongly flagged"):  # fmt: skip
        assert f"\n## {title}\n" in made["card.md"], title
    for title in ("À qui s’adresse ce modèle", "À qui il ne s’adresse pas", "Données", "Qualité des étiquettes",
                  "Comment les mesures ont été obtenues", "Limites", "Si un compte est signalé à tort"):  # fmt: skip
        assert f"\n## {title}\n" in made["card.fr.md"], title
    assert f"vigie train {target} --data set-1 --data coordination" in made["card.md"]
    assert f"registry add flagged.jsonl --registry confirmed --target {target} " in made["card.fr.md"]
    assert "CC BY 4.0" in made["card.fr.md"]


@pytest.mark.parametrize("language", CARDS)
def test_no_name_in_the_data_breaks_the_markdown_or_the_page(make_card: CardBuilder, language: Any) -> None:
    text, clean = (make_card(*names)[CARDS[language]] for names in ((HOSTILE, HOSTILE), ("n", "d")))
    assert kinds(text) == kinds(clean)
    shown, plain = page(text, HOSTILE, language=language), page(clean, "n", language=language)
    for tag in ("<h1", "<h2", "<h3", "<tr", "<td", "<th", "<li", "<p>", "<pre", "<em", "<strong", "<code"):
        assert shown.count(tag) == plain.count(tag), tag
    for tag in ("<script", "<img", "<a ", 'src="', 'href="'):
        assert tag not in shown, tag
    # It is shown as it is.
    assert "a|b # H &lt;script&gt;alert(1)&lt;/script&gt; &lt;img src=x&gt; [l](http://e.org)" in shown


def test_a_value_that_a_template_lacks_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render("inauthentic", {})


def test_both_languages_have_the_same_templates_with_the_same_values_in_them() -> None:
    folder = resources.files("vigie.training.report.model_card") / "templates"
    names = {language: {file.name for file in (folder / language).iterdir()} for language in CARDS}
    assert names["en"] == names["fr"]
    for name in names["en"]:
        english, french = (
            sorted(re.findall(r"\{[{%].*?[%}]\}", (folder / language / name).read_text(encoding="utf-8")))
            for language in CARDS
        )
        assert english == french, name


def test_french_templates_are_typeset() -> None:
    folder = resources.files("vigie.training.report.model_card") / "templates" / "fr"
    for file in folder.iterdir():
        text = re.sub(
            r"```.*?```|`[^`]*`|\{[{%].*?[%}]\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        assert re.findall(r"\w'\w| [:;?!%»]|« ", text) == [], file.name


def test_french_never_calls_a_post_a_message(make_card: CardBuilder) -> None:
    assert "message" not in make_card()[CARDS["fr"]].lower()
