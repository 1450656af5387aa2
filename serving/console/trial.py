"""A file that somebody tries: how it was recognised, its first rows, what was set aside, and what the models make of it.

The file lies in a folder of its own while it is worked on, and is gone afterwards whatever happens.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from vigie.errors import RequestTooLargeError
from vigie.features.coordination.comparison import Limits
from vigie.features.coordination.report.types import Campaign, GroupDescription
from vigie.features.i18n import Language, message
from vigie.features.ingest.importing import Destination, import_files
from vigie.features.ingest.opening import BLOCK, SourceFile, expand
from vigie.features.ingest.parsing import Batch
from vigie.features.ingest.readers import RECOGNISE, Options, find, generic, recognising, sources
from vigie.features.ingest.readers.recognising import Shown
from vigie.features.json_object import JsonObject
from vigie.models.engine import ScoringEngine, answers
from vigie.models.verdict import AccountResult
from vigie.serving.batch import inputs, observed
from vigie.serving.console import columns
from vigie.serving.console.uploads import Upload

# Rows shown of the file and of those set aside, columns and characters of each, and accounts shown.
_ROWS, _COLUMNS, _CHARACTERS, _REJECTS, _ACCOUNTS, _TOP = 5, 12, 80, 50, 100, 1
# Files in an archive, and how much longer than the upload what it stands for may be.
_MOST_FILES, _EXPANSION = 100, 20
# Entries of an archive, which may be folders and files that are not read; how an archive begins, and each entry of its list.
_MOST_ENTRIES, _ZIP, _LISTED = 1_000, b"PK", b"PK\x01\x02"
_LINES = (".jsonl", ".ndjson")
# Columns among which a person chooses, and the reader that takes the choice.
_OFFERED, _GENERIC = 200, "generic"


@dataclass(frozen=True)
class Seen:
    """The first rows of a file.

    Attributes:
        columns: Names of the first columns.
        rows: Their values as text, cut.
        form: Name of the format.
        why: The columns or keys that told it.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    form: str
    why: str


@dataclass(frozen=True)
class Offered:
    """A file of no known format.

    Attributes:
        names: Its columns, or the paths of its records.
        seen: Its first rows.
    """

    names: tuple[str, ...]
    seen: Seen

    @property
    def suggested(self) -> Mapping[str, str]:
        """The column that each field may be."""
        return columns.suggested(self.names)


@dataclass(frozen=True)
class Trial:
    """What came out of a file.

    Attributes:
        seen: Its first rows, and how it was recognised.
        counts: Rows read, kept, found twice and set aside, by table.
        notes: What the reader noted.
        rejects: Rows set aside, with file, line, field and reason.
        results: Verdicts, those most likely coordinated first.
        accounts: How many accounts were scored.
        campaigns: Found among them.
        groups: Found among them.
        tables: Accounts and posts in the columns of the contract, part by part, as an operation observes them.
    """

    seen: Seen
    counts: Mapping[str, Mapping[str, int]]
    notes: tuple[str, ...]
    rejects: tuple[JsonObject, ...]
    results: tuple[AccountResult, ...]
    accounts: int
    campaigns: tuple[Campaign, ...]
    groups: tuple[GroupDescription, ...]
    tables: tuple[tuple[pl.DataFrame, pl.DataFrame], ...]


def tried(
    upload: Upload,
    engine: ScoringEngine,
    limits: Limits,
    language: Language,
    check: Callable[[int, int], None],
    progress: Callable[[str], None] = lambda _: None,
) -> Trial:
    """Return what comes out of a file.

    Args:
        upload: The file; its form may state what columns hold, see :func:`vigie.serving.console.columns.mapping`.
        engine: The models.
        limits: How much is looked at.
        language: Of the sentences.
        check: Given accounts and posts before they are scored, refuses what is too much.
        progress: Called with the name of each step as it begins, and may raise to end the work.

    Raises:
        InputError: It cannot be read, or holds more than may be tried.
    """
    with _unpacked(upload) as (file, given):
        progress("reading")
        stated = columns.mapping(upload.fields)
        seen = _seen(given) if stated is None else _stated(given, upload.fields)
        source = file
        counts: Mapping[str, Mapping[str, int]] = {}
        notes: tuple[str, ...] = ()
        rejects: tuple[JsonObject, ...] = ()
        if seen.form != _OWN:
            plan = file.with_name("columns.toml")
            plan.write_bytes(stated or b"")
            made = import_files(
                find(recognising.NAME if stated is None else _GENERIC),
                [file],
                Options("upload", mapping=None if stated is None else plan),
                Destination(file.with_name("made"), "upload"),
                reading=lambda *_: progress("reading"),
            )
            source, counts, notes = made.path, made.manifest["counts"], tuple(made.manifest["notes"])
            rejects = tuple(made.rejects().head(_REJECTS).collect().iter_rows(named=True))
        corpus = inputs.find(source, datetime.now(UTC)).corpus(lambda _: None)
        tables = tuple(observed.tables(source, "auto"))
    check(corpus.accounts.height, corpus.posts.height)
    scored = engine.score(corpus.accounts, corpus.posts, limits=limits, progress=progress)
    names = corpus.accounts.select("row", "platform", "account_id", "handle")
    batch = Batch(corpus.accounts.height, corpus.accounts, corpus.posts, names.drop("row").rows())
    told = answers(
        batch,
        range(corpus.accounts.height),
        scored.coverages(language),
        scored.verdicts(top=_TOP, language=language),
        scored.coordination_verdicts(top=_TOP, language=language),
    )
    return Trial(
        seen=seen,
        counts=counts,
        notes=notes,
        rejects=rejects,
        results=(*corpus.refused, *sorted(told, key=_likely, reverse=True))[:_ACCOUNTS],
        accounts=corpus.accounts.height,
        campaigns=tuple(scored.campaigns(language)),
        groups=tuple(scored.groups(language)),
        tables=tables,
    )


def offered(upload: Upload) -> Offered:
    """Return the columns of a file that is of no known format.

    Args:
        upload: The file.

    Raises:
        InputError: It cannot be read as a table, or as JSON.
    """
    with _unpacked(upload) as (_, given):
        shown = recognising.shown(given)
        return Offered(shown.names[:_OFFERED], _first_rows(shown, _GENERIC, ""))


# Lines of accounts as ``/v1/score`` takes them, their posts inside.
_OWN, _OWN_KEYS = "vigie", ("platform", "account_id")


def _is_own(file: SourceFile, shown: Shown) -> bool:
    return file.suffix in _LINES and all(
        record.keys() >= set(_OWN_KEYS) and "post_id" not in record for record in shown.records
    )


@contextmanager
def _unpacked(upload: Upload) -> Iterator[tuple[Path, SourceFile]]:
    """Yield a file in a folder of its own, and the first that it holds; both are gone afterwards.

    Raises:
        InputError: It holds more than may be tried.
    """
    with tempfile.TemporaryDirectory(prefix="vigie-try-") as scratch:
        file = Path(scratch) / f"upload{upload.ending}"
        file.write_bytes(upload.content)
        _check_entries(upload.content)
        given = expand([file], generic.PATTERNS)
        _check_expansion(given, len(upload.content))
        yield file, given[0]


def _check_entries(content: bytes) -> None:
    """Check how many entries an archive lists before a reader holds them all: a million fit into an upload, of 500 bytes each."""
    entries = content.count(_LISTED) if content.startswith(_ZIP) else 0
    if entries > _MOST_ENTRIES:
        raise RequestTooLargeError(message("console.many_files", count=entries, most=_MOST_FILES))


def _check_expansion(files: list[SourceFile], size: int) -> None:
    """Check how much a file stands for once it is expanded, without holding it."""
    if len(files) > _MOST_FILES:
        raise RequestTooLargeError(message("console.many_files", count=len(files), most=_MOST_FILES))
    most, seen = size * _EXPANSION + BLOCK, 0
    for file in files:
        with file.open() as data:
            while block := data.read(BLOCK):
                seen += len(block)
                if seen > most:
                    raise RequestTooLargeError(message("console.expands", times=_EXPANSION))


def _stated(file: SourceFile, fields: Mapping[str, str]) -> Seen:
    """Return the first rows of a file of which a person says what its columns are."""
    named = (fields[columns.PREFIX + name] for name in columns.OFFERED if fields.get(columns.PREFIX + name))
    return _first_rows(recognising.shown(file), _GENERIC, ", ".join(dict.fromkeys(named)))


def _seen(file: SourceFile) -> Seen:
    """Return the first rows of a file and its format.

    Raises:
        InputError: It is of none that is known.
    """
    shown = recognising.shown(file)
    form, why = _OWN, ", ".join(_OWN_KEYS)
    if not _is_own(file, shown):
        found = recognising.recognise(shown, RECOGNISE, sources())
        form, why = found.source.name, found.why
    return _first_rows(shown, form, why)


def _first_rows(shown: Shown, form: str, why: str) -> Seen:
    frame = shown.frame.head(_ROWS).to_dicts() if shown.columns else shown.records[:_ROWS]
    heads = tuple(dict.fromkeys(name for row in frame for name in row if not name.startswith("_")))[:_COLUMNS]
    return Seen(heads, tuple(tuple(_cell(row.get(name)) for name in heads) for row in frame), form, why)


def _cell(value: object) -> str:
    said = "" if value is None else str(value)
    return said if len(said) <= _CHARACTERS else said[:_CHARACTERS] + "…"


def _likely(result: AccountResult) -> tuple[float, float]:
    """Return what accounts are ordered by: the two probabilities, that of an abstention below all others."""
    each = (result.coordinated, result.inauthentic)
    first, second = (float(getattr(verdict, "probability", None) or -1.0) for verdict in each)
    return first, second
