"""The cards say the same in English and French, from the same figures, and no name in the data can break them."""

from __future__ import annotations

import re
from typing import Any

import polars as pl
import pytest

from vigie.features.schema import STRENGTHS
from vigie.models.bundle import CARDS
from vigie.training.evaluation import accounts, baselines, windows
from vigie.training.fitting import leave_campaign_out
from vigie.training.pipelines import coordinated
from vigie.training.report.french_terms import FRENCH
from vigie.training.report.markdown import page
from vigie.training.report.model_card import coordinated as pool_card
from vigie.training.report.model_card import inauthentic as card

HOSTILE = "a|b\n# H <script>alert(1)</script> <img src=x> [l](http://e.org) ![i](http://e.org/p.png) `c` *d* _e_ {f}"
# Words of English that are not of French.
ENGLISH = re.compile(
    r"\b(the|of|and|is|are|with|which|that|account|accounts|unseen|seen|flagged|people|should|never|it)\b"
)


def _figure(**values: float) -> dict[str, float]:
    return {
        f"{name}{end}": value + shift
        for name, value in values.items()
        for end, shift in (("", 0.0), ("_low", -0.0125), ("_high", 0.0125))
    }


def _index(target: str, name: str, data: str) -> dict[str, Any]:
    part = {"trees": 400, "leaves": 8}
    entry = {
        "name": data,
        "format": "generic",
        "licence": "CC BY 4.0",
        "tables": {"accounts": {"rows": 12_345}, "posts": {"rows": 1_234_567}, "labels": {"rows": 12_000}},
        "observed_at": {"first": "2013-03-30T13:36:40+00:00", "last": "2017-05-17T01:34:51+00:00"},
    }
    return {
        "name": name,
        "target": target,
        "assumed_prevalence": 0.015,
        "bands": {"low": 0.0, "high": 0.8125},
        "floors": {"accounts": 20, "posts": 4},
        "pool": {"hours": 72},
        "missing_fields": {"location": {"log_odds": 0.0312}},
        "parts": {"profile": part, "posts": part},
        "config": {"seed": 7, "strengths": {"weak": 0.25}, "unlabelled": {data: 0.02}},
        "data": [entry, {"name": "coordination", "licence": None, "observed_at": None}],
    }


def inauthentic(name: str = "vigie-inauthentic", data: str = "set-1") -> dict[str, str]:
    """The card of an invented run."""
    models = [
        accounts.MODEL, accounts.PLAIN, accounts.GROUPED, accounts.LATER, accounts.RANDOM, *baselines.baselines(("a",))
    ]  # fmt: skip
    mean = {"auc": 0.897, "low": 0.884, "high": 0.907, "low_over_sources": 0.831, "high_over_sources": 0.95}
    held_out = {"accounts": 3_626, "positives": 2_898, "abstained": 0.111, "calibration_error": 0.222}
    metrics = _figure(auc=0.976, average_precision=0.8, recall_at_1=0.563)
    curve = {"accounts": 659, "abstained": 0.0, "probability": 0.069, "flagged": 0.0312}
    found = accounts.Evaluation(
        table=pl.DataFrame([{"model": model, "source": data, **held_out, **metrics} for model in models]),
        means=pl.DataFrame([{"model": model, **mean} for model in models]),
        gains=pl.DataFrame([{"baseline": models[-1], "sources": "all", **mean, "low_over_sources": -0.003}]),
        held_out=pl.DataFrame(),
        posts_curve=pl.DataFrame([{"source": data, "y": True, "posts": -1, **curve}]),
        intervals=pl.DataFrame(
            [{"source": data, "half_width": 1.453, "excludes_even": 0.151, "wrong_when_excluding": None}]
        ),
        best_single=pl.DataFrame([{"source": data, "feature": "profile_posts_per_day", "auc": 0.992}]),
        unseen={},
    )
    size = [{"leaves": 2, "trees": 50, "mean": 0.866, "error": 0.003, "kilobytes": 23.122}]
    told = pl.DataFrame(
        [{"feature": name, "source": data, "auc": 0.75} for name in ("all features", "content_url_share")]
    )
    noise = pl.DataFrame([{"source": data, "auc": 0.4876}])
    counts = pl.DataFrame(
        [(data, True, "bought follower", "platform", 3_351), (data, True, data, None, 20), (data, False, None, "expert", 729)],
        schema=["source", "y", "kind", "strength", "len"], orient="row",
    )  # fmt: skip
    return card.card(
        _index("inauthentic", name, data),
        found,
        {"size_profile": pl.DataFrame(size), "trials_posts": pl.DataFrame({"trial": range(31)})},
        {"profile": told, "posts": told},
        {"profile": noise, "posts": noise},
        counts,
    )


def in_concert(name: str = "vigie-coordinated", data: str = "set-1") -> dict[str, str]:
    """The card of an invented run of the model of pools."""
    models = [
        windows.MODEL, coordinated.WITHOUT_RESEMBLANCE, coordinated.COORDINATION_ONLY, coordinated.CONDUCT_ONLY,
        coordinated.LOGISTIC,
    ]  # fmt: skip
    metrics = _figure(average_precision=0.615, auc=0.971, recall_at_1=0.626, recall_at_01=0.37)
    schemes = (leave_campaign_out.ACCOUNTS, leave_campaign_out.CAMPAIGN)
    flagged = {"rows": 9_283, "flagged": 0.003, "low": 0.0, "high": 0.008, "accounts ever flagged": 0.025}
    recovered = {"f1": 0.211, "precision": 0.467, "recall": 0.159, "pools with a group": 125, "pools": 240}
    found = windows.Evaluation(
        table=pl.DataFrame([{"model": m, "scheme": scheme, **metrics} for m in models for scheme in schemes]),
        campaigns=pl.DataFrame([{"scheme": schemes[0], "campaign": data, "pools": 35, **metrics}]),
        cohorts=pl.DataFrame([{"scheme": schemes[0], "cohort": n, "pools": 12, **metrics} for n in (3, 40)]),
        backgrounds=pl.DataFrame(
            [{"scheme": schemes[0], "accounts of": of, **flagged} for of in (data, "operation")]
        ),
        recovery=pl.DataFrame(
            [
                {"by": by, **recovered}
                for by in (*(f"flagged accounts, {scheme}" for scheme in schemes), "synchronous groups")
            ]
        ),
        rules=pl.DataFrame([{"rule": "coortweet", "coordinated flagged": 0.06, "ordinary flagged": 0.012}]),
        abstained=pl.DataFrame([{"y": False, "rows": 87_688, "abstained": 0.0}]),
        threshold=1.5,
    )
    counts = pl.DataFrame(
        [(True, "troll", data, "platform", 67), (False, "person", data, "expert", 707)],
        schema=["y", "kind", "campaign", "strength", "len"], orient="row",
    )  # fmt: skip
    return pool_card.card(
        _index("coordinated", name, data),
        found,
        counts,
        pl.DataFrame({"scenario": ["a"] * 203 + ["b"] * 621}),
        pl.DataFrame([{"scheme": scheme, "rows": 480, "flagged": 0.0} for scheme in schemes]),
    )


MADE = {"inauthentic": inauthentic, "coordinated": in_concert}
both = pytest.mark.parametrize("target", MADE)


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


@both
def test_both_languages_have_the_same_sections_in_the_same_order_and_the_same_figures(target: str) -> None:
    english, french = (MADE[target]()[CARDS[language]] for language in CARDS)
    assert kinds(english) == kinds(french)
    pairs = list(zip(blocks(english), blocks(french), strict=True))
    for one, other in pairs:
        assert numbers(one, "en") == numbers(other, "fr"), one
    assert sum(len(numbers(one, "en")) for one, _ in pairs) > 100


@both
def test_no_english_is_left_in_the_french_card(target: str) -> None:
    english, french = (MADE[target]()[CARDS[language]] for language in CARDS)
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


def test_every_word_of_ours_in_a_table_has_its_french() -> None:
    ours = {
        accounts.PLAIN, *accounts.OPTIMISTIC, *baselines.baselines(("a",)), *leave_campaign_out.SCHEMES, *STRENGTHS,
        coordinated.WITHOUT_RESEMBLANCE, coordinated.COORDINATION_ONLY, coordinated.CONDUCT_ONLY, coordinated.LOGISTIC,
        *(f"flagged accounts, {scheme}" for scheme in leave_campaign_out.SCHEMES), "synchronous groups", "all features",
        *accounts._kinds({}, ["a"]),
    }  # fmt: skip
    assert ours <= set(FRENCH)


@both
def test_numbers_are_written_as_in_their_language(target: str) -> None:
    english, french = (MADE[target]()[CARDS[language]] for language in CARDS)
    assert "12,345" in english
    assert "12\u202f345" in french
    assert re.search(r"\.\d{3} \[\.\d{3}, \.\d{3}\]", english)
    assert re.search(r"0,\d{3} \[0,\d{3}\u202f; 0,\d{3}\]", french)
    assert "1.5%" in english
    assert "1,5\u202f%" in french


@both
def test_a_reader_finds_data_labels_limits_and_who_should_not_use_it(target: str) -> None:
    made = MADE[target]()
    for title in ("Who should use it", "Who should not", "Data", "Strength of the labels", "How the figures were made",
                  "Limits", "If an account is wrongly flagged"):  # fmt: skip
        assert f"\n## {title}\n" in made["card.md"], title
    for title in ("À qui s'adresse ce modèle", "À qui il ne s'adresse pas", "Données", "Force des étiquettes",
                  "Comment les chiffres ont été obtenus", "Limites", "Si un compte est signalé à tort"):  # fmt: skip
        assert f"\n## {title}\n" in made["card.fr.md"], title
    assert f"vigie train {target} --data set-1 --data coordination" in made["card.md"]
    assert f"registry add flagged.jsonl --registry confirmed --target {target} " in made["card.fr.md"]
    assert "CC BY 4.0" in made["card.fr.md"]


def test_labels_are_counted_from_the_strongest_to_the_weakest_with_their_weight() -> None:
    lines = inauthentic()["card.md"].splitlines()
    start = lines.index("| strength | accounts of the class | ordinary accounts | weight in the training |")
    # A label whose strength is not stated counts as weak.
    assert lines[start + 2 : start + 6] == [
        "| platform | 3,351 | 0 | 1.000 |",
        "| state | 0 | 0 | 1.000 |",
        "| expert | 0 | 729 | 1.000 |",
        "| weak | 20 | 0 | 0.250 |",
    ]


def test_what_is_known_of_a_public_set_is_said_only_where_it_was_learnt_from() -> None:
    here = card._limits(_index("inauthentic", "m", "set-1"))[1].written("en")
    index = _index("inauthentic", "m", "set-1")
    without = card._limits(index | {"data": index["data"][:1]})[1].written("en")
    assert "In `coordination` all trolls" in here
    assert "In `coordination` all trolls" not in without


def test_a_profile_without_a_costly_field_has_nothing_taken_off() -> None:
    assert [block.written("fr") for block in card._missing({})][-1] == "Rien."


@both
@pytest.mark.parametrize("language", CARDS)
def test_no_name_in_the_data_breaks_the_markdown_or_the_page(target: str, language: Any) -> None:
    text, clean = (MADE[target](*names)[CARDS[language]] for names in ((HOSTILE, HOSTILE), ("n", "d")))
    assert kinds(text) == kinds(clean)
    shown, plain = page(text, HOSTILE, language=language), page(clean, "n", language=language)
    for tag in ("<h1", "<h2", "<h3", "<tr", "<td", "<th", "<li", "<p>", "<pre", "<em", "<strong", "<code"):
        assert shown.count(tag) == plain.count(tag), tag
    for tag in ("<script", "<img", "<a ", 'src="', 'href="'):
        assert tag not in shown, tag
    # It is shown as it is.
    assert "a|b # H &lt;script&gt;alert(1)&lt;/script&gt; &lt;img src=x&gt; [l](http://e.org)" in shown


@pytest.mark.parametrize("language", CARDS)
def test_the_page_needs_nothing_from_elsewhere_and_says_its_language(language: Any) -> None:
    shown = page(inauthentic()[CARDS[language]], "vigie", language=language)
    assert f'<html lang="{language}">' in shown
    assert "default-src 'none'" in shown
    assert not re.search(r"(src|href)=|<script|@import|url\(", shown)
