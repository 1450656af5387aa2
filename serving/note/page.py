"""The note as one page and two annexes: what was found, in sentences that one would sign, and the proof beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined

from vigie.features import html_page, whole_files
from vigie.features.coordination import detector
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import display_text
from vigie.features.coordination.report.network import note as caution
from vigie.features.coordination.report.types import Alternative, Group, NetworkReport
from vigie.features.i18n import Language, Listing, Message, Percent, Period, Value, message
from vigie.features.i18n.formatting import number, percent, stamp
from vigie.features.i18n.message import written
from vigie.models.engine import Models
from vigie.models.verdict import ABSTAINED
from vigie.serving import network_layout
from vigie.serving.note import (
    annexes,
    contents,
    drawing,
    figures,
    proof,
    spreadsheet,
    subjects,
    summary,
    technical,
)
from vigie.serving.note.contents import Content
from vigie.serving.note.drawing import Drawing
from vigie.serving.note.figures import Figure
from vigie.serving.note.proof import Proof
from vigie.serving.note.subjects import Subject
from vigie.serving.note.summary import Summary
from vigie.serving.note.technical import Case, Head

# Subjects told in full on the first screen, those told in a line, and those with figures, contents and evidence.
FIRST, LISTED, DETAILED = 3, 20, 6
# Rows of the annexes that the page holds; the files beside it hold all.
ACCOUNTS_SHOWN, POSTS_SHOWN = 500, 300
_ENDINGS = (".accounts.csv", ".posts.csv")
_BANDS = {
    "low": message("note.band_low"), "elevated": message("note.band_elevated"), "high": message("note.band_high"),
    "very high": message("note.band_very_high"), ABSTAINED: message("note.band_abstained"),
}  # fmt: skip
_HEADS_ACCOUNTS = tuple(
    message(key)
    for key in (
        "note.head_handle", "note.head_platform", "note.head_id", "note.head_profile", "note.head_created",
        "note.head_followers", "note.head_inauthentic_band", "note.head_inauthentic", "note.head_coordinated_band",
        "note.head_coordinated", "note.head_first_act", "note.head_last_act", "note.head_observed", "note.head_campaign",
        "note.head_group",
    )
)  # fmt: skip
_HEADS_POSTS = tuple(
    message(key)
    for key in (
        "note.head_platform", "note.head_handle", "note.head_id", "note.head_address", "note.head_time_utc",
        "note.head_excerpt", "note.head_campaign", "note.head_group", "note.head_post_id",
    )
)  # fmt: skip
# Words of the template that hold no value.
_WORDS = {
    key: message(f"note.word_{key}")
    for key in (
        "figures", "contents", "evidence", "alternatives", "method", "accounts", "posts", "on_this_page",
        "caution", "table_of_figure", "for_it", "against_it", "would_settle", "others_considered", "network",
        "own_scale", "limits", "notes", "opens", "no_post", "show_rows", "colon", "semicolon",
    )
}  # fmt: skip
# The same of the head of a technical note.
_HEAD_WORDS = {
    key: message(f"technical.{key}")
    for key in (
        "marking_text", "for_person", "for_person_text", "not_collected", "identity", "confidence", "confidence_scope", "doubts",
        "chronology", "chronology_text", "techniques", "no_technique", "head_current", "head_earlier", "head_basis", "criteria",
        "criteria_text", "head_criterion", "head_measured", "head_person", "not_measured", "clues", "follow_up", "archive",
        "archive_text", "head_object", "head_digest", "head_event",
    )
} | {"time_utc": message("note.head_time_utc")}  # fmt: skip
# And those that count something.
_COUNTED = {
    "unlisted": "note.unlisted", "undetailed": "note.undetailed", "contents_left_out": "note.contents_left_out",
    "pairs_left_out": "note.pairs_left_out", "rows_shown": "note.rows_shown", "rows_all": "note.rows_all",
}  # fmt: skip


@dataclass(frozen=True)
class Explained:
    """An ordinary explanation, and what would settle whether it holds."""

    told: Alternative
    settled_by: Message


@dataclass(frozen=True)
class Detail:
    """A subject with its figures, contents, evidence and ordinary explanations."""

    subject: Subject
    figures: tuple[Figure, ...]
    contents: tuple[Content, ...]
    contents_left_out: int
    proof: Proof
    alternatives: tuple[Explained, ...]
    considered: Listing | None


@dataclass(frozen=True)
class Cell:
    """A cell of a table: a text, and where it leads."""

    text: str
    address: str | None = None


@dataclass(frozen=True)
class Annex:
    """A table on the page, of the rows of a file."""

    heads: tuple[Message, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    file: str


@dataclass(frozen=True)
class Note:
    """What a page holds.

    Attributes:
        title: Of the page.
        scope: What was looked at, in a sentence.
        summaries: Subjects told in full.
        listed: Subjects told in a line.
        unlisted: How many more there are.
        undetailed: Subjects without a part of their own.
        details: Subjects with figures, contents and evidence.
        network: The network; None where nothing was found.
        method: How it was found.
        limits: What it does not say, and what was not judged.
        notes: What was capped, skipped or left out.
        annexes: Accounts, and posts to capture.
        head: What a technical note says before; None in a note on a whole collection.
    """

    title: Message
    scope: tuple[Message, ...]
    summaries: tuple[Summary, ...]
    listed: tuple[Summary, ...]
    unlisted: int
    undetailed: int
    details: tuple[Detail, ...]
    network: Drawing | None
    method: tuple[Message, ...]
    limits: tuple[Message, ...]
    notes: tuple[str, ...]
    annexes: Mapping[str, Annex]
    head: Head | None


def files(path: Path) -> tuple[Path, Path]:
    """Return where the annexes of a note lie: beside it, under its name.

    >>> [file.name for file in files(Path("out/note.html"))]
    ['note.accounts.csv', 'note.posts.csv']
    """
    first, second = (path.with_name(path.stem + ending) for ending in _ENDINGS)
    return first, second


@dataclass(frozen=True)
class Files:
    """A note and its annexes, as they are written.

    Attributes:
        page: HTML.
        annexes: CSV by the name of the file; none where the note is about nobody.
    """

    page: str
    annexes: Mapping[str, bytes]


def made(
    stem: str,
    compared: Comparison,
    told: NetworkReport,
    scores: pl.DataFrame,
    models: Models,
    *,
    name: str,
    language: Language,
    about: Sequence[Subject] | None = None,
    case: Case | None = None,
) -> Files:
    """Return a note and its annexes.

    Args:
        stem: Name of the page without its ending, which names its annexes too.
        compared: The comparison.
        told: What is told of it, in the language of the note.
        scores: What :func:`vigie.serving.note.scores.of` returned for the members of its campaigns and groups.
        models: What scored.
        name: What the collection is called.
        language: Of the note.
        about: The campaigns and groups that it is on; None: all of them.
        case: What the operation knows of the first beside, for a technical note on it.
    """
    about = subjects.of(compared, told) if about is None else list(about)
    accounts = _in_words(annexes.accounts(about, compared, scores), language)
    posts = _in_words(annexes.posts(about, compared), language)
    of_accounts, of_posts = (file.name for file in files(Path(stem)))
    shown = {
        "accounts": _annex(accounts, _HEADS_ACCOUNTS, ACCOUNTS_SHOWN, of_accounts, language),
        "posts": _annex(posts, _HEADS_POSTS, POSTS_SHOWN, of_posts, language),
    }
    tables = ((of_accounts, accounts, _HEADS_ACCOUNTS), (of_posts, posts, _HEADS_POSTS)) if about else ()
    written_annexes = {
        file: spreadsheet.written(table, [head.say(language) for head in heads], language)
        for file, table, heads in tables
    }
    head = technical.of(about[0], compared, models, case, written_annexes) if about and case else None
    note = _note(about, compared, told, scores, models, shown, head, name, language)
    return Files(render(note, language), written_annexes)


def write(path: Path, note: Files) -> None:
    """Write a note and its annexes.

    Args:
        path: The page.
        note: From :func:`made`, with the stem of the path.

    Raises:
        OSError: A file cannot be written.
    """
    with whole_files.new_file(path) as fresh:
        fresh.write_text(note.page, encoding="utf-8")
    for file, text in note.annexes.items():
        with whole_files.new_file(path.with_name(file)) as fresh:
            fresh.write_bytes(text)


def render(note: Note, language: Language) -> str:
    """Return a note as HTML; every text in it is escaped.

    Args:
        note: What it holds.
        language: Of its words.
    """

    def say(value: Value) -> str:
        return written(value, language)

    def counted(word: str, count: int, **values: Value) -> str:
        return Message(_COUNTED[word], {"count": count, **values}).say(language)

    body = (
        _environment()
        .get_template("note.html.j2")
        .render(
            note=note,
            say=say,
            counted=counted,
            stamp=lambda time: stamp(time, language),
            t={key: word.say(language) for key, word in (_WORDS | _HEAD_WORDS).items()},
            caution=caution().say(language),
            width=figures.WIDTH,
            height=figures.HEIGHT,
            drawing_width=network_layout.WIDTH,
        )
    )
    style = _environment().get_template("note.css").render(marking=note.head.marking if note.head else "")
    return html_page.page(body, note.title.say(language), language, style=style)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("vigie.serving.note"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def _note(
    about: list[Subject],
    compared: Comparison,
    made: NetworkReport,
    scores: pl.DataFrame,
    models: Models,
    shown: Mapping[str, Annex],
    head: Head | None,
    name: str,
    language: Language,
) -> Note:
    told = [summary.of(one, compared, scores) for one in about[:LISTED]]
    plain = display_text.plain_name(name)
    return Note(
        title=message("technical.title", subject=about[0].title, name=plain)
        if head
        else message("note.title", name=plain),
        scope=tuple(_scope(about, compared, made)),
        summaries=tuple(told[:FIRST]),
        listed=tuple(told[FIRST:]),
        unlisted=max(0, len(about) - LISTED),
        undetailed=max(0, len(about) - DETAILED),
        details=tuple(_detail(one, compared, language) for one in about[:DETAILED]),
        network=drawing.of(about, compared),
        method=tuple(_method(made, models)),
        limits=tuple(message(f"note.limit_{name}") for name in _LIMITS),
        notes=tuple(made.notes),
        annexes=shown,
        head=head,
    )


_LIMITS = ("attribution", "seen", "accounts", "audience", "scores")


def _scope(about: list[Subject], compared: Comparison, made: NetworkReport) -> Iterator[Message]:
    """Yield what was looked at, and that nothing was found where that is so."""
    times = compared.posts["created_at"].drop_nulls()
    platforms = compared.accounts.drop_nulls("platform").group_by("platform").len().sort("platform")
    who = summary.accounts(dict(platforms.iter_rows()), compared.accounts.height)
    posts = message("note.posts", count=made.counts.posts)
    if len(times):
        span = Period(times.min(), times.max())  # type: ignore[arg-type]  # datetimes
        yield message("note.scope", accounts=who, posts=posts, period=span)
    else:
        yield message("note.scope_undated", accounts=who)
    if not about:
        yield message("note.nothing")
        yield message(
            "note.nothing_pairs", count=made.counts.pairs, significant=made.counts.pairs_beyond_chance
        )


def _detail(subject: Subject, compared: Comparison, language: Language) -> Detail:
    drawn = (figures.acts(subject, language), figures.creations(subject, compared, language))
    without = subject.told.alternatives_without_evidence if isinstance(subject.told, Group) else []
    return Detail(
        subject=subject,
        figures=tuple(figure for figure in drawn if figure is not None),
        contents=tuple(contents.of(subject, compared)),
        contents_left_out=contents.left_out(subject),
        proof=proof.of(subject, compared),
        alternatives=tuple(
            Explained(each, Message(f"note.settle_{each.name}")) for each in subject.told.benign_alternatives
        ),
        # Quoted, as explanations hold commas.
        considered=Listing(
            tuple(
                message("note.considered", explanation=Message(f"coordination.benign.{each}"))
                for each in without
            )
        )
        if without
        else None,
    )


def _method(made: NetworkReport, models: Models) -> Iterator[Message]:
    yield message("note.method_pairs", share=Percent(detector.ALPHA))
    yield message("note.method_groups")
    yield message("note.method_campaigns")
    yield message(
        "note.method_counts", pairs=made.counts.pairs, significant=made.counts.pairs_beyond_chance,
        groups=len(made.groups), campaigns=len(made.campaigns),
    )  # fmt: skip
    bundles = (models.inauthentic, models.coordinated)
    names = Listing(tuple(f"{bundle.index['name']} {bundle.index['version']}" for bundle in bundles))
    rates = [Percent(float(bundle.index["assumed_prevalence"])) for bundle in bundles]
    yield message("note.method_scores", models=names, inauthentic=rates[0], coordinated=rates[1])


def _in_words(table: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return an annex with its bands in a language, and platforms as they write themselves."""
    bands = {name: band.say(language) for name, band in _BANDS.items()}
    platforms = {name: display_text.platform(name) for name in table["platform"].drop_nulls().unique()}
    said = {"inauthentic_band": bands, "coordinated_band": bands, "platform": platforms}
    return table.with_columns(pl.col(name).replace(said[name]) for name in said if name in table.columns)


def _annex(
    table: pl.DataFrame, heads: tuple[Message, ...], most: int, file: str, language: Language
) -> Annex:
    """Return the first rows of a table as cells; those of ``address`` are links."""
    cells = {name: _written(table[name].head(most), language) for name in table.columns}
    addresses = table["address"].head(most).to_list()
    rows = tuple(
        tuple(
            Cell(text, address if name == "address" else None) for name, text in zip(cells, row, strict=True)
        )
        for row, address in zip(zip(*cells.values(), strict=True), addresses, strict=True)
    )
    return Annex(heads, rows, table.height, file)


def _written(column: pl.Series, language: Language) -> list[str]:
    """Return a column as a page writes it; what is unknown is empty."""
    return [_cell(value, language) for value in column]


def _cell(value: object, language: Language) -> str:
    match value:
        case datetime():
            return stamp(value, language)
        case float():  # a probability: never as 1 where it is nearly so
            return percent(value, language)
        case int():
            return number(value, language, 0)
        case None:
            return ""
        case _:
            return str(value)
