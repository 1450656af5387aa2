"""The page works offline, shows hostile text as text, links safely, and says what a reader asks."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from vigie.features.coordination.comparison import Limits, compare_posts
from vigie.features.coordination.report.network import note as caution
from vigie.features.coordination.report.network import report
from vigie.features.i18n import LANGUAGES, Language, Message
from vigie.features.i18n.catalogues import catalogue
from vigie.features.ingest import account_list
from vigie.models.engine import Models
from vigie.serving.known_campaigns.readers import tables
from vigie.serving.note import page, scores, subjects

SECTIONS = ("figures", "contents", "evidence", "alternatives", "method", "accounts", "posts")
# Without an end tag.
VOID = {"meta", "br"}


class Outline(HTMLParser):
    """The tags of a page, its ids, links and text; an end tag that closes nothing is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[dict[str, str | None]] = []
        self.said: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.tags.add(tag)
        if held.get("id"):
            self.ids.append(str(held["id"]))
        if tag == "a":
            self.links.append(held)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.said.append(data)


def written(flood: Any, models: Models, out: Path, language: Language) -> Path:
    judged = pl.DataFrame(
        {"account": [0], "inauthentic_band": ["low"], "inauthentic": [0.25], "coordinated_band": ["very high"], "coordinated": [0.9]},
        schema=scores.SCHEMA,
    )  # fmt: skip
    path = out / "deep" / "note.html"
    page.write(
        path,
        page.made(
            path.stem,
            flood.compared,
            flood.report(language),
            judged,
            models,
            name="a<b>\u202ec",
            language=language,
        ),
    )
    return path


@pytest.fixture(scope="module", params=LANGUAGES)
def note(
    request: Any, flood: Any, models: Models, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Language, Path]:
    return request.param, written(flood, models, tmp_path_factory.mktemp("note"), request.param)


def test_the_page_is_whole_and_needs_nothing_beside_it(note: tuple[Language, Path]) -> None:
    text = note[1].read_text(encoding="utf-8")
    outline = Outline(text)
    assert outline.open == []
    assert not outline.tags & {"script", "link", "img", "iframe", "form", "object"}
    assert not re.search(r"url\(|@import|\bon\w+=\"", text)
    assert len(outline.ids) == len(set(outline.ids))
    assert [each for each in outline.ids if each in SECTIONS] == list(SECTIONS)


def test_hostile_text_is_text(note: tuple[Language, Path]) -> None:
    text = note[1].read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(0)&lt;/script&gt;" in text
    assert "a&lt;b&gt;\ufffdc" in text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", text)


def test_links_tell_no_referrer_and_lead_to_the_web_or_the_page(note: tuple[Language, Path]) -> None:
    outline = Outline(note[1].read_text(encoding="utf-8"))
    outward = [link for link in outline.links if not str(link["href"]).startswith("#")]
    assert outward
    assert all(re.fullmatch(r"https?://[^\"<>\s]+", str(link["href"])) for link in outward)
    assert {link["rel"] for link in outward} == {"noreferrer noopener"}
    inward = {str(link["href"])[1:] for link in outline.links} - {str(link["href"])[1:] for link in outward}
    assert inward <= set(outline.ids)
    assert not any("campaign.example" in str(link["href"]) for link in outward), (
        "what a campaign links to is not opened"
    )


def test_the_caution_stands_once(note: tuple[Language, Path]) -> None:
    said = " ".join(Outline(note[1].read_text(encoding="utf-8")).said)
    assert said.count(caution().say(note[0])) == 1
    for campaign_or_group in ("does not make", "ne rend pas"):
        assert campaign_or_group not in said


def test_figures_say_what_they_show_and_have_tables(note: tuple[Language, Path]) -> None:
    text = note[1].read_text(encoding="utf-8")
    drawn = re.findall(r'<svg[^>]*role="img" aria-labelledby="(\S+) (\S+)"', text)
    assert len(drawn) == 3
    for title, description in drawn:
        assert re.search(f'<title id="{title}">[^<]+</title><desc id="{description}">[^<]+</desc>', text)
    assert text.count("<details>") == 2


def test_a_probability_is_a_share_and_what_is_unknown_is_empty(note: tuple[Language, Path]) -> None:
    text = note[1].read_text(encoding="utf-8")
    row = next(row for row in re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL) if ">voice_0<" in row)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row)
    assert cells[7] == ("25\u202f%" if note[0] == "fr" else "25%")
    other = next(row for row in re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL) if ">voice_1<" in row)
    assert re.findall(r"<td[^>]*>(.*?)</td>", other)[7] == ""


def test_the_annexes_lie_beside_the_page_and_open_in_a_spreadsheet(note: tuple[Language, Path]) -> None:
    language, path = note
    tables = {}
    for file in page.files(path):
        with file.open(encoding="utf-8-sig", newline="") as opened:
            tables[file.name] = list(csv.reader(opened, delimiter=";" if language == "fr" else ","))
    accounts, posts = tables["note.accounts.csv"], tables["note.posts.csv"]
    assert (len(accounts), len(posts)) == (17, 73)
    assert all(len(row) == len(accounts[0]) for row in accounts)
    assert "'=cmd\ufffd" in {row[0] for row in accounts}
    assert not [cell for row in [*accounts, *posts] for cell in row if cell[:1] in tuple("=+-@")]
    first = next(row for row in accounts if row[0] == "voice_0")
    expected = (
        ["faible", "0,250", "très élevé", "0,900"]
        if language == "fr"
        else ["low", "0.250", "very high", "0.900"]
    )
    assert first[6:10] == expected
    assert path.name in {"note.html"}


def english_sentences() -> set[str]:
    """Return the parts of English entries that French does not share, between placeholders, of three words or more."""
    found: set[str] = set()
    for domain in ("cli", "coordination", "note", "values"):
        for key, text in catalogue(domain, "en")._catalog.items():  # type: ignore[attr-defined]  # gettext's own table
            if key:
                french = catalogue(domain, "fr")._catalog[key]  # type: ignore[attr-defined]  # the same
                parts = (part.strip(" .,:;()“”\n") for part in re.split(r"\{\w+\}", text))
                found |= {part for part in parts if len(part.split()) > 2 and part not in french}
    return found


def english_labels() -> set[str]:
    """Return the short English entries of the note that hold no value: heads, bands, units and questions."""
    short = re.compile(
        r"note\.((head|band|word|unit)_\w+|when|what|who_begins|audience|unlikely|alone|ordinary)"
    )
    keys = [key for key in catalogue("note", "en")._catalog if isinstance(key, str) and short.fullmatch(key)]  # type: ignore[attr-defined]
    labels, french = ({Message(key).say(language) for key in keys} for language in LANGUAGES)
    return {label for label in labels - french if len(label.strip()) > 3}


def test_no_english_is_on_the_french_page(flood: Any, models: Models, tmp_path: Path) -> None:
    assert len(english_sentences()) > 150
    assert {"account id", "very high", "Ordinary explanation"} <= english_labels()
    said = [
        part.strip()
        for part in Outline(written(flood, models, tmp_path, "fr").read_text(encoding="utf-8")).said
    ]
    whole = " ".join(said)
    assert {sentence for sentence in english_sentences() if sentence in whole} == set()
    assert english_labels() & set(said) == set()
    # Decimals have commas: a point between figures is in an address, a hash or a script's brackets alone.
    assert not re.search(r"(?<![\w./])\d+\.\d+(?![\w./])", whole)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_nothing_was_found_the_page_says_so_and_what_was_looked_at(
    flood: Any, models: Models, tmp_path: Path, language: Language
) -> None:
    people = flood.accounts.filter(pl.col("row") >= 16)
    compared = compare_posts(people, flood.posts.join(people.select("row"), on="row", how="semi"), Limits())
    path = tmp_path / "note.html"
    made = report(compared, language)
    assert subjects.of(compared, made) == []
    nobody = pl.DataFrame(schema=scores.SCHEMA)
    page.write(path, page.made(path.stem, compared, made, nobody, models, name="calm", language=language))
    outline = Outline(path.read_text(encoding="utf-8"))
    said = " ".join(outline.said)
    assert Message("note.nothing").say(language) in said
    assert ("60 comptes" if language == "fr" else "60 accounts") in said
    assert [each for each in outline.ids if each in SECTIONS] == ["method"]
    assert not any(file.exists() for file in page.files(path)), "an annex of nothing is no file"


def test_every_ordinary_explanation_says_what_would_settle_it() -> None:
    names = [
        key.rpartition(".")[2]
        for key in catalogue("coordination", "en")._catalog  # type: ignore[attr-defined]  # gettext's own table
        if isinstance(key, str) and key.startswith("coordination.benign.")
    ]
    assert len(names) >= 5
    assert all(Message(f"note.settle_{name}").say("fr") for name in names)


def test_the_annex_of_accounts_is_read_again_as_a_list_and_as_known_accounts(
    flood: Any, note: tuple[Language, Path]
) -> None:
    language, path = note
    annex = page.files(path)[0]
    given = account_list.read(annex, datetime(2100, 1, 1, tzinfo=UTC))
    assert (given.refused, given.handles_as_ids) == ([], False)
    named = ("platform", "account_id")
    read = set(given.accounts.select(named).iter_rows())
    assert len(read) == 16
    assert read <= set(flood.compared.accounts.select(named).iter_rows())
    assert given.accounts.select("created_at", "observed_at").null_count().row(0) == (0, 0)
    cells = pl.read_csv(annex, separator=";" if language == "fr" else ",", infer_schema=False)
    known = [account for _, account in tables.assets(cells).accounts]
    assert {(one.platform, one.account_id) for one in known} == read
    assert all(one.created_at and one.first_seen for one in known)
