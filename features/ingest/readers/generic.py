"""Any CSV, JSON, JSON lines or Parquet file, with a mapping to the contract or its own names.

What a mapping can say is in :mod:`vigie.features.ingest.mapping`. A table takes every file that has all of its
columns, so accounts, posts and labels may stand in one file or in several. Without a mapping, columns go by the
contract's names and aliases, and JSON accounts may hold their posts, as requests to the service do.

A file is planned once, from its columns: :func:`planned` or :func:`recognised` say which tables it fills and how.
Its rows are then shaped in any number of pieces: :func:`shaped` needs no more than the rows given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from vigie.errors import ContractError, EmptyInputError, MalformedInputError, UnknownFormatError, choices
from vigie.features import preprocessing, schema
from vigie.features.ingest import counts, mapping
from vigie.features.ingest.forms import PLAIN
from vigie.features.ingest.mapping import ByKind, Cell, Plan, Signature
from vigie.features.ingest.nested_posts import FROM_ACCOUNT, POSTS
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import FILE, LINE, MEDIA, POST_AT, UNITED, EachFile, Log, Options, Part
from vigie.features.ingest.readers import cells, kinds, nested, raw
from vigie.features.ingest.readers.file_plan import (
    LABEL_DEFAULTS,
    Filling,
    Seen,
    met,
    planned,
    recognised,
    wanted,
)
from vigie.features.ingest.readers.tables import AS_IT_IS, Ready
from vigie.features.json_object import JsonObject

ENDINGS = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet")
PATTERNS = tuple(f"*{ending}" for ending in ENDINGS)
# How files are known whose columns have the names of the contract.
RECOGNISE = (
    Signature(columns=("post_id", "account_id", "created_at"), keys=("post_id", "account_id", "created_at")),
    Signature(
        columns=("platform", "account_id", "observed_at"), keys=("platform", "account_id", "observed_at")
    ),
    Signature(
        columns=("platform", "account_id", "target", "value"),
        keys=("platform", "account_id", "target", "value"),
    ),
)


# Names by which an account that holds posts says whose they are, and a post which it is.
_OWNER = {one.name: (one.name, *one.aliases) for one in schema.ACCOUNT_FIELDS if one.name in FROM_ACCOUNT}
(_POST_ID,) = ((one.name, *one.aliases) for one in schema.POST_FIELDS if one.name == "post_id")


@dataclass(frozen=True)
class _Chunk:
    """Some rows of a file.

    Attributes:
        seen: What the file shows of itself, as far as these rows tell.
        frame: Gives the rows as columns, once it is known what is wanted of them.
        inside: Whether these rows stood inside those of accounts, and so have columns of their own.
    """

    seen: Seen
    frame: Callable[[Sequence[Filling]], pl.DataFrame]
    inside: bool = False


def parts(
    file: SourceFile, options: Options, log: Log, plan: Plan | None = None, ready: Ready = AS_IT_IS
) -> Iterator[Part]:
    """Read a file.

    Args:
        file: The file.
        options: Its mapping counts where no other is given.
        log: Takes what is not taken.
        plan: The mapping; None: that of the options, else names and aliases of the contract.
        ready: How the file is made ready for the mapping.

    Raises:
        ContractError: The mapping names a field that the contract does not have, or a column says two things.
        MissingColumnError: The file lacks what its tables need.
        UnknownFormatError: The file has an ending that is not read.
    """
    plan = plan or _stated(options)
    first = next(iter(plan.tables), "accounts") if plan else "accounts"
    fillings: tuple[Filling, ...] = ()
    known: dict[bool, dict[str, None]] = {False: {}, True: {}}
    for chunk in _chunks(file, first, log, plan, ready):
        # Later records of JSON may have keys that no earlier one has.
        if chunk.seen.is_json or not fillings:
            seen = known[chunk.inside]
            seen |= dict.fromkeys(chunk.seen.columns)
            fillings = _fillings(replace(chunk.seen, columns=tuple(seen)), plan, options)
        frame = chunk.frame(fillings)
        taken = {column for one in fillings for column in one.columns()}
        log.ignored.update(dict.fromkeys(name for name in chunk.seen.names() if name not in taken))
        made = {one.table: shaped(frame, one, options.name, log) for one in fillings}
        for one in fillings:
            rows = made[one.table]
            if one.table == "posts":
                rows = rows.with_columns(pl.lit(one.unites).alias(UNITED))
            elif one.table == "accounts" and "posts" in made:
                # The profile beside a post is that of its day: of several, the one with the newest post counts.
                dated = made["posts"].select(FILE, LINE, pl.col("created_at").alias(POST_AT))
                rows = rows.join(dated, on=[FILE, LINE], how="left", maintain_order="left")
            yield Part(one.table, rows)
    for one in fillings:
        if one.absent:
            log.note(f"{file.name}: {one.table} have no {', '.join(one.absent)}; missing")


def check(
    files: Sequence[SourceFile], options: Options, plan: Plan | None = None, ready: Ready = AS_IT_IS
) -> None:
    """Check, from the first rows of files, that each table of a mapping finds its columns in one of them.

    What cannot be read is told where it is read.

    Raises:
        MissingColumnError: One does not.
        ContractError: See :func:`parts`.
    """
    plan = plan or _stated(options)
    if plan is not None:
        first = next(iter(plan.tables))
        seen: list[Seen] = []
        for file in files:
            with suppress(EmptyInputError, MalformedInputError):
                seen += [chunk.seen for chunk in islice(_chunks(file, first, Log(), plan, ready), 1)]
        if seen:
            met(plan, seen, [planned(one, plan, options.defaults) for one in seen])


def _stated(options: Options) -> Plan | None:
    return mapping.load(options.mapping) if options.mapping else None


def _fillings(seen: Seen, plan: Plan | None, options: Options) -> tuple[Filling, ...]:
    if plan is not None:
        return planned(seen, plan, options.defaults)
    return recognised(seen, options.defaults, options.handles_as_ids)


def _chunks(file: SourceFile, table: str, log: Log, plan: Plan | None, ready: Ready) -> Iterator[_Chunk]:
    """Yield the rows of a file; at least once, where it holds something."""
    if file.suffix in (".csv", ".tsv"):
        yield from map(partial(_of_columns, file.name), map(ready.table, raw.csv_chunks(file, log, table)))
    elif file.suffix == ".parquet":
        yield from map(partial(_of_columns, file.name), map(ready.table, raw.parquet_chunks(file, log)))
    elif file.suffix in (".json", ".jsonl", ".ndjson"):
        paths = [path for section in plan.tables.values() for path in section.columns()] if plan else []
        for records in raw.json_chunks(file, log, table):
            for record in records:
                if not isinstance(record.value, dict):
                    log.reject(record.file, record.line, table, None, "not a JSON object", str(record.value))
            whole = [
                raw.Record(one.file, one.line, ready.record(one.value))
                for one in records
                if isinstance(one.value, dict)
            ]
            if plan and plan.records:
                whole = _inside_pages(whole, plan.records, file.name, log)
            posts = [] if plan else _inside_accounts(whole, log)
            yield _of_records(file.name, paths, [_without_posts(one) for one in whole] if posts else whole)
            if posts:
                yield replace(_of_records(file.name, paths, posts), inside=True)
    else:
        raise UnknownFormatError(
            f"{file.name}: no reader for {file.suffix or 'a file without ending'}. "
            f"{choices(file.suffix, ENDINGS)}"
        )


def _inside_pages(pages: Sequence[raw.Record], path: str, file: str, log: Log) -> list[raw.Record]:
    """Return the records that stand in pages, each at the line of its page."""
    held = [(page, nested.inside(page.value, path)) for page in pages]
    log.note(f"{file}: JSON values that hold no {path}: {{}}", sum(records is None for _, records in held))
    return [raw.Record(page.file, page.line, record) for page, records in held for record in records or ()]


def _inside_accounts(accounts: Sequence[raw.Record], log: Log) -> list[raw.Record]:
    """Return the posts that stand in accounts, each with the platform and the id of its account, at the line of this.

    As in a request, a post without an id has its place among those of its account for one.
    """
    found: list[raw.Record] = []
    for account in accounts:
        posts = account.value.get(POSTS)
        if not isinstance(posts, list):
            continue
        owner = {name: _first(account.value, names) for name, names in _OWNER.items()}
        for place, post in enumerate(posts):
            if not isinstance(post, dict):
                log.reject(account.file, account.line, POSTS, None, "not a JSON object", str(post))
                continue
            told = {name: value for name, value in post.items() if name not in _POST_ID}
            known = owner | {"post_id": _first(post, _POST_ID, f"#{place}")}
            found.append(raw.Record(account.file, account.line, known | told))
    return found


def _first(record: JsonObject, names: Sequence[str], otherwise: Any = None) -> Any:
    return next((record[name] for name in names if record.get(name) is not None), otherwise)


def _without_posts(account: raw.Record) -> raw.Record:
    kept = {name: value for name, value in account.value.items() if name != POSTS}
    return raw.Record(account.file, account.line, kept)


def _of_columns(file: str, frame: pl.DataFrame) -> _Chunk:
    return _Chunk(Seen(file, _shown(frame)), lambda fillings: frame)


def _of_records(file: str, paths: Sequence[str], records: Sequence[raw.Record]) -> _Chunk:
    values = [record.value for record in records]
    files, lines = [record.file for record in records], [record.line for record in records]

    def frame(fillings: Sequence[Filling]) -> pl.DataFrame:
        return nested.table(values, files, lines, *wanted(fillings))

    return _Chunk(Seen(file, tuple(nested.keys(values, paths)), is_json=True), frame)


def shaped(frame: pl.DataFrame, part: Filling, source: str | None, log: Log) -> pl.DataFrame:
    """Return rows of a file as rows of a table of the contract, with their file and line.

    Args:
        frame: Rows as read; columns of text, of lists of texts or of the types of a Parquet file.
        part: What the file gives to the table.
        source: Name of the data set, for labels that state none; None: the name of the file.
        log: Takes the rows set aside, the cells lost and the notes.

    Raises:
        ContractError: Two columns both say what a field is, and differ.
    """
    _same(frame, part)
    fields = schema.schema(part.table)
    values = {name: _text(frame, right) for name, right in part.fields.items() if isinstance(right, Cell)}
    forms = {
        name: next(iter(right.cells.values())).form if isinstance(right, ByKind) else right.form
        for name, right in part.fields.items()
    }
    if part.table == "posts":
        values |= kinds.values(part.fields, frame, log)
    fallback = dict(part.defaults)
    if part.table == "posts" and "observed_at" in fallback:
        # All was collected then, so the posts were too; of their authors nothing else may be known.
        fallback.setdefault("recorded_at", fallback["observed_at"])
    if part.table == "labels":
        fallback = LABEL_DEFAULTS | {"source": source or Path(_file(frame)).stem} | fallback
    for name, text in fallback.items():
        if name not in fields or (name in cells.LISTS and name in values):
            continue
        said = cells.no_value(values[name].cast(pl.String)) if name in values else pl.lit(None, pl.String)
        values[name] = pl.when(said.str.strip_chars() != "").then(said).otherwise(pl.lit(text))
    if "platform" in values:
        words = forms.get("platform", PLAIN).values
        values["platform"] = schema.platform(values["platform"].cast(pl.String)).replace(words)
    if part.table == "accounts":  # planned without only where the newest time of the import stands in for it
        values.setdefault("observed_at", pl.lit(None, schema.TIME))
    if "handle" in values:
        values["handle"] = values["handle"].cast(pl.String).str.strip_chars().str.strip_prefix("@")
        if part.fields.get("account_id") == part.fields["handle"]:
            values["account_id"] = values["handle"]
    faults = {
        name: pl.when(values[name].is_null()).then(reason)
        for name, right in part.fields.items()
        if name not in cells.LISTS and not (name == "kind" and isinstance(right, ByKind))
        for column in mapping.columns_of(right)
        if (reason := nested.structures(frame, column)) is not None
    }
    carried: tuple[str, ...] = ()
    if part.media is not None:
        saved = _text(frame, part.media)
        frame = frame.with_columns(
            cells.list_of(saved, frame.select(saved).to_series().dtype, "urls", part.media.form)[0].alias(
                MEDIA
            )
        )
        carried = (MEDIA,)
    made = cells.placed(frame, part.table, values, log, carried, forms=forms, faults=faults)
    if part.table == "posts":
        log.note(
            "posts that act on another in a way that is not stated: {}; they count neither as originals nor as reposts",
            made.select(preprocessing.act().is_null().sum()).item(),
        )
    return made


def _same(frame: pl.DataFrame, part: Filling) -> None:
    """Refuse columns that both say what a field is and differ."""
    for name, columns in part.rivals.items():
        number = schema.schema(part.table)[name] == pl.Int64
        texts = [pl.col(column).cast(pl.String).str.strip_chars() for column in columns]
        said = [counts.read(text) if number else pl.when(text != "").then(text) for text in texts]
        for column, text in zip(columns[1:], said[1:], strict=True):
            differing = frame.filter((said[0] != text).fill_null(False))
            if differing.height:
                raise ContractError(
                    f"{_file(frame)}: {columns[0]} and {column} are both names of {name}, and differ (line "
                    f'{differing[LINE][0]}); say with --mapping which it is: [{part.table}] {name} = "{column}"'
                )


def _text(frame: pl.DataFrame, cell: Cell) -> pl.Expr:
    """Return the first filled of the columns of a cell."""
    columns = [pl.col(column) for column in cell.columns]
    if len(columns) == 1:
        return columns[0]
    if any(frame.schema[column].is_nested() for column in cell.columns):
        return pl.coalesce(columns)
    texts = [column.cast(pl.String) for column in columns]
    return pl.coalesce(pl.when(cells.no_value(text).str.strip_chars() != "").then(text) for text in texts)


def _shown(frame: pl.DataFrame) -> tuple[str, ...]:
    return tuple(name for name in frame.columns if name not in (FILE, LINE))


def _file(frame: pl.DataFrame) -> str:
    return str(frame[FILE].first()) if frame.height else "the file"


# How files are read that come without a mapping of the package.
EACH = EachFile(PATTERNS, parts, check=check)
