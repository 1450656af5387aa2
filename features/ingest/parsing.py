"""The one way from what people hand in to what :func:`vigie.features.pipeline.compute` reads.

The service hands in the accounts of a request, the command line the lines of a file or the tables of a
dataset: the same values are read the same way, the same rules refuse the same rows, so the answers are the
same. Work goes by column, not by row: a request of twenty thousand posts must not cost more to read than to
judge.

An account that cannot be read is refused with the fields at fault; a post that cannot be read is left out,
counted and explained; neither spoils the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from itertools import chain
from typing import Annotated, Any

import polars as pl
import pydantic

from vigie.errors import MalformedInputError
from vigie.features import on_disk, schema
from vigie.features.i18n import Language, Message, message
from vigie.features.ingest import ids, markup, raw_objects, validation, vocabulary
from vigie.features.ingest.decoding import decode
from vigie.features.ingest.mapping import PROSE
from vigie.features.ingest.nested_posts import FROM_ACCOUNT, POSTS
from vigie.features.ingest.values import as_column, shown
from vigie.features.json_object import JsonObject
from vigie.features.schema import ACCOUNT_FIELDS, POST_FIELDS, Field

# Field of a fault that is the account's as a whole.
WHOLE = "account"
# What an account is called in answers.
NAMES = (*FROM_ACCOUNT, "handle")
# Unknown fields that are named per account.
_MOST_IGNORED = 20
_LONGEST_SHOWN = 60
_POST_SCHEMA = {name: dtype for name, dtype in schema.schema("posts").items() if name not in FROM_ACCOUNT}


# To make them costs a small request more than to ask them.
_NULLS = {item.dtype: pl.lit(None, item.dtype) for table in schema.TABLES.values() for item in table}


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field: its name (the position in a list after it) and a sentence."""

    field: str
    detail: str


@dataclass(frozen=True)
class Dropped:
    """Posts of one account left out for the same field: how many, and the reason of the first."""

    count: int
    field: str
    reason: str


@dataclass(frozen=True)
class IgnoredField:
    """A field that is not of the contract."""

    field: str
    nearest: Annotated[str | None, pydantic.Field(description="The known field with the nearest name.")]


@dataclass
class Batch:
    """Accounts and posts as the pipeline takes them, and what was not taken.

    ``row`` is the position of the account in what was handed in.

    Attributes:
        size: Accounts handed in.
        accounts: ``row`` and the contract's columns; only accounts that keep every rule.
        posts: ``row`` of the author and the contract's columns but platform and account_id.
        names: Platform, id and handle of each account handed in, as far as they could be read.
        refused: Position to the faults of the account there.
        repeated: Positions whose account stands earlier already.
        dropped: Position to the posts left out.
        ignored: Position to the unknown fields.
        lines: Position to the number of the line, from 1, where accounts were handed in as lines.
        language: Language of the faults and reasons.
    """

    size: int
    accounts: pl.DataFrame
    posts: pl.DataFrame
    names: list[tuple[str | None, str | None, str | None]]
    refused: dict[int, list[Fault]] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)
    dropped: dict[int, list[Dropped]] = field(default_factory=dict)
    ignored: dict[int, list[IgnoredField]] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    language: Language = "en"


@dataclass(frozen=True)
class PostBatch:
    """Posts handed in without their accounts.

    Attributes:
        size: Posts handed in.
        posts: ``item``, the position of the post in what was handed in, and the contract's columns.
        names: Platform and id of the author, id of the post of each handed in, as far as they could be read.
        refused: Position to the faults of the post there.
        language: Language of the faults.
    """

    size: int
    posts: pl.DataFrame
    names: list[tuple[str | None, str | None, str | None]]
    refused: dict[int, list[Fault]]
    language: Language


def from_requests(
    entries: Sequence[Any], now: datetime, language: Language = "en", seen: datetime | None = None
) -> Batch:
    """Return the batch of accounts written as requests are: objects with their posts inside.

    Args:
        entries: Decoded JSON; anything that is not an object is refused, and so is text that did not parse, which is the
            error that says why. Times may also be datetimes.
        now: Clock of whoever receives them (see :func:`vigie.features.ingest.validation.check`).
        language: Language of the faults and reasons.
        seen: When accounts were observed that do not state it; None: these are refused.
    """
    refused: dict[int, list[Fault]] = {}
    objects: list[JsonObject] = []
    owners: list[int] = []
    places: list[int] = []
    posts: list[Any] = []
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            refused[index] = [Fault(WHOLE, _unlike("refusals.account_object", entry, language))]
            objects.append({})
            continue
        objects.append(entry)
        given = entry.get(POSTS)
        if isinstance(given, list):
            posts.extend(given)
            places.extend(range(len(given)))
            owners.extend([index] * len(given))
        elif given is not None:
            refused[index] = [Fault(POSTS, message("refusals.posts_list", seen=shown(given)).say(language))]

    accounts, faults, unknown = _columns(
        raw_objects.accounts(objects), ACCOUNT_FIELDS, (POSTS,), "row", language
    )
    accounts = accounts.with_columns(
        schema.platform(pl.col("platform")), pl.col("observed_at").fill_null(pl.lit(seen, schema.TIME))
    )
    for index, fault in faults:
        refused.setdefault(index, []).append(fault)
    ignored = {index: [_ignored(name, "", ACCOUNT_FIELDS) for name in names] for index, names in unknown}

    strange = [index for index, post in enumerate(posts) if type(post) is not dict]
    left_out = [
        (index, Fault("post", message("refusals.post_object", seen=shown(posts[index])).say(language)))
        for index in strange
    ]
    for index in strange:
        posts[index] = {}
    table, faults, unknown = _columns(raw_objects.posts(posts), POST_FIELDS, (), "index", language)
    left_out += faults
    for index, names in unknown:
        of_account = ignored.setdefault(owners[index], [])
        for name in names:
            if len(of_account) < _MOST_IGNORED and all(
                known.field != f"posts.{name}" for known in of_account
            ):
                of_account.append(_ignored(name, "posts.", POST_FIELDS))
    table = table.with_columns(
        row=pl.Series(owners, dtype=pl.UInt32), place=pl.Series(places, dtype=pl.UInt32)
    )
    left_out += _strangers(table, accounts, language)
    if table["post_id"].null_count():
        table = table.with_columns(pl.col("post_id").fill_null(pl.format("#{}", "place")))
    bad = {index for index, _ in left_out}
    if bad:
        table = table.filter(~pl.col("index").is_in(list(bad)))
    batch = _judge(accounts, table[["row", *_POST_SCHEMA]], refused, now, language)
    batch.ignored = {index: names for index, names in ignored.items() if index not in batch.refused and names}
    _note_dropped(batch, [(owners[index], index, fault) for index, fault in left_out], first=True)
    return batch


def from_texts(texts: Sequence[bytes], now: datetime) -> Batch:
    """Return the batch of accounts each written as JSON; one that does not parse is refused, and spoils no other.

    Args:
        texts: Each an account, as :func:`from_requests` takes it.
        now: See :func:`from_requests`.
    """
    entries: list[Any] = []
    for text in texts:
        try:
            entries.append(decode(text))
        except MalformedInputError as error:
            entries.append(error)
    return from_requests(entries, now)


def from_posts(entries: Sequence[Any], now: datetime, language: Language = "en") -> PostBatch:
    """Return posts that name their authors, each an object with the contract's fields.

    Args:
        entries: See :func:`from_requests`.
        now: See :func:`from_requests`.
        language: Language of the faults.
    """
    refused: dict[int, list[Fault]] = {}
    objects: list[JsonObject] = []
    for index, entry in enumerate(entries):
        is_object = isinstance(entry, dict)
        if not is_object:
            refused[index] = [Fault("post", _unlike("refusals.post_object", entry, language))]
        objects.append(entry if is_object else {})
    table, unread, _ = _columns(raw_objects.posts(objects), POST_FIELDS, (), "item", language)
    for index, fault in unread:
        refused.setdefault(index, []).append(fault)
    table = table.with_columns(schema.platform(pl.col("platform")))
    _, faults = validation.check(table, "posts", now, language)
    for index, name, reason in faults.iter_rows():
        said = refused.setdefault(index, [])
        if all(fault.field not in (name, "post") for fault in said):
            said.append(Fault(name, reason))
    return PostBatch(
        size=len(entries),
        posts=table.filter(~pl.col("item").is_in(list(refused))),
        names=table.select("platform", "account_id", "post_id").rows(),
        refused=refused,
        language=language,
    )


def from_tables(accounts: pl.DataFrame, posts: pl.DataFrame, now: datetime) -> Batch:
    """Return the batch of tables of the contract; posts of accounts that are not there are left out.

    Args:
        accounts: Contract columns.
        posts: Contract columns.
        now: See :func:`from_requests`.

    Raises:
        MissingColumnError: A required column is absent.
    """
    known = (
        schema.conform(accounts, "accounts")
        .with_columns(schema.platform(pl.col("platform")))
        .with_row_index("row")
    )
    owned = (
        schema.conform(posts, "posts")
        .with_columns(schema.platform(pl.col("platform")))
        .join(
            known.select("row", *FROM_ACCOUNT).unique(FROM_ACCOUNT, keep="first", maintain_order=True),
            on=FROM_ACCOUNT,
            how="inner",
        )
        .drop(FROM_ACCOUNT)
    )
    return _judge(known, owned, {}, now, "en")


def joined(batches: Iterable[Batch]) -> Batch:
    """Return several batches as one, in order; an account that an earlier one holds is repeated already."""
    accounts = [schema.empty("accounts").with_row_index("row")]
    posts = [schema.empty("posts").drop(FROM_ACCOUNT).with_row_index("row")]
    whole = Batch(0, accounts[0], posts[0], [])
    for batch in batches:
        offset = whole.size
        moved = (pl.col("row") + offset).cast(pl.UInt32)
        accounts.append(batch.accounts.with_columns(moved))
        posts.append(on_disk.laid(batch.posts.with_columns(moved), least=1))
        whole.size, whole.language = whole.size + batch.size, batch.language
        whole.names += batch.names
        whole.refused |= {offset + place: faults for place, faults in batch.refused.items()}
        whole.repeated |= {offset + place for place in batch.repeated}
        whole.dropped |= {offset + place: left_out for place, left_out in batch.dropped.items()}
        whole.ignored |= {offset + place: names for place, names in batch.ignored.items()}
        whole.lines |= {offset + place: line for place, line in batch.lines.items()}
    whole.accounts, whole.posts = pl.concat(accounts), pl.concat(posts)
    return whole


def _judge(
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
    refused: dict[int, list[Fault]],
    now: datetime,
    language: Language,
) -> Batch:
    """Apply the rules of the contract to whole tables."""
    _, faults = validation.check(accounts, "accounts", now, language)
    for index, name, reason in faults.iter_rows():
        said = refused.setdefault(index, [])
        if all(fault.field not in (name, WHOLE) for fault in said):
            said.append(Fault(name, reason))
    names = accounts[list(NAMES)].rows()
    twice = _repeated(names, refused)
    sound = accounts
    if refused or twice:
        sound = accounts.filter(~pl.col("row").is_in([*refused, *twice]))
    batch = Batch(
        size=accounts.height,
        accounts=sound,
        posts=posts,
        names=names,
        refused=refused,
        repeated=twice,
        language=language,
    )
    judged = posts.join(sound[["row", *FROM_ACCOUNT]], on="row", how="inner", maintain_order="left")
    good, faults = validation.check(judged, "posts", now, language)
    if faults.height:
        owner = judged["row"]
        _note_dropped(
            batch, [(owner[index], index, Fault(name, reason)) for index, name, reason in faults.iter_rows()]
        )
    batch.posts = good[["row", *_POST_SCHEMA]]
    return batch


def _repeated(names: Sequence[tuple[str | None, ...]], refused: Collection[int]) -> set[int]:
    """Return the accounts that stand earlier already, among those that are not refused."""
    earlier: set[tuple[str | None, ...]] = set()
    twice: set[int] = set()
    for row, (platform, account_id, *_) in enumerate(names):
        if row in refused:
            continue
        if (platform, account_id) in earlier:
            twice.add(row)
        earlier.add((platform, account_id))
    return twice


def _note_dropped(batch: Batch, faults: Iterable[tuple[int, int, Fault]], *, first: bool = False) -> None:
    """Count posts left out, each under the first field at fault."""
    seen: set[int] = set()
    counts: dict[tuple[int, str], list[Any]] = {}
    for owner, index, fault in faults:
        if index in seen or owner in batch.refused or owner in batch.repeated:
            continue
        seen.add(index)
        counts.setdefault((owner, fault.field), [0, fault.detail])[0] += 1
    for (owner, name), (count, reason) in counts.items():
        found = batch.dropped.setdefault(owner, [])
        found.insert(0 if first else len(found), Dropped(count, name, reason))


def _strangers(posts: pl.DataFrame, accounts: pl.DataFrame, language: Language) -> list[tuple[int, Fault]]:
    """Return the posts that say they are another account's."""
    if posts["account_id"].null_count() == posts.height:
        return []
    owner = accounts.select("row", owner="account_id")
    other = posts.join(owner, on="row", how="left", maintain_order="left").filter(
        pl.col("account_id") != pl.col("owner")
    )
    return [
        (index, Fault("account_id", message("refusals.other_author", seen=shown(name)).say(language)))
        for index, name in other.select("index", "account_id").iter_rows()
    ]


def _columns(
    rows: list[JsonObject],
    fields: tuple[Field, ...],
    others: tuple[str, ...],
    index_name: str,
    language: Language,
) -> tuple[pl.DataFrame, list[tuple[int, Fault]], list[tuple[int, list[str]]]]:
    """Return JSON objects as a table, the values that cannot be read, the unknown fields.

    Args:
        rows: The objects.
        fields: Those of the contract.
        others: Names of fields that are read elsewhere.
        index_name: Name of the column with the position of each object, before the contract's columns.
        language: Language of the faults.
    """
    given = _by_name(rows)
    columns: dict[str, pl.Series] = {}
    unread: dict[str, list[tuple[int, Message]]] = {}
    for item in fields:
        names = [name for name in (item.name, *item.aliases) if name in given]
        if not names:
            continue
        faults = unread.setdefault(item.name, [])
        values = given[names[0]]
        for name in names[1:]:
            others_say = given[name]
            if names[0] != item.name and name != names[0].removesuffix("_str"):
                faults += _rivals(names[0], name, values, others_say)
            values = [
                other if value is None else value for value, other in zip(values, others_say, strict=True)
            ]
        columns[item.name], bad = as_column(item, values, language)
        faults += bad
    named = {name: column for name, column in columns.items() if name in ids.NAMES}
    for name, where in ids.rounded(named).items():
        unread[name] += [
            (index, message("refusals.id_rounded", seen=shown(columns[name][index])))
            for index in where.arg_true()
        ]
    cut = [
        (name, [(index, message("refusals.ids_cut")) for index in where.arg_true()])
        for name, where in ids.cut(named).items()
    ]
    said = [
        (index, Fault(name, replace(why, values={**why.values, "field": name}).say(language)))
        for name, found in (*unread.items(), *cut)
        for index, why in found
    ]
    if fields is POST_FIELDS:
        _read_kinds(given, columns)
    _show(columns)
    known = {name for item in fields for name in (item.name, *item.aliases)} | set(others)
    unknown: list[tuple[int, list[str]]] = []
    if given.keys() - known:
        for index, row in enumerate(rows):
            names = [name for name in row if name not in known and row[name] is not None]
            if names:
                unknown.append((index, names[:_MOST_IGNORED]))
    position = pl.int_range(len(rows), dtype=pl.UInt32, eager=True)
    absent = [_NULLS[item.dtype].alias(item.name) for item in fields if item.name not in columns]
    table = pl.DataFrame({index_name: position, **columns}).with_columns(absent)
    return table[[index_name, *(item.name for item in fields)]], said, unknown


def _by_name(rows: list[JsonObject]) -> dict[str, list[Any]]:
    """Return the values of objects by each name that any of them has, null where one has not."""
    # All values of an object at once: to look each object up again for every name takes twice as long.
    blank = dict.fromkeys(set().union(*rows))
    values = list(chain.from_iterable((blank | row).values() for row in rows))
    return {name: values[place :: len(blank)] for place, name in enumerate(blank)}


def _rivals(first: str, second: str, values: list[Any], others: list[Any]) -> list[tuple[int, Message]]:
    """Return where two names of one field say different things."""
    return [
        (index, message("refusals.rivals", first=first, second=second))
        for index, (value, other) in enumerate(zip(values, others, strict=True))
        if value is not None and other is not None and str(value) != str(other)
    ]


def _read_kinds(given: dict[str, list[Any]], columns: dict[str, pl.Series]) -> None:
    """Read the kind of posts: what is stated, in the contract's words, else what the name of the target says."""
    said = columns.get("kind")
    if said is not None and not set(said.unique()) <= {*schema.KINDS, None}:
        said = said.to_frame("said").select(pl.coalesce(vocabulary.kind(pl.col("said")), "said")).to_series()
    aliases = [
        alias
        for item in POST_FIELDS
        if item.name in ("target_post_id", "target_account_id")
        for alias in item.aliases
        if alias in given
    ]
    for alias in aliases:
        kind = vocabulary.kind_of_column(alias)
        told = [None if value is None else kind for value in given[alias]]
        of_alias = pl.Series(told, dtype=pl.String)
        said = of_alias if said is None else said.zip_with(said.is_not_null(), of_alias)
    if said is not None:
        columns["kind"] = said


def _show(columns: dict[str, pl.Series]) -> None:
    """Replace texts that are HTML by what they show; their links are those of a post that states none."""
    for name in PROSE:
        if name not in columns:
            continue
        html = markup.is_html(columns[name])
        if not html.any():
            continue
        shown = markup.read(columns[name].zip_with(html, pl.Series([None], dtype=pl.String)))
        columns[name] = shown["text"].zip_with(html, columns[name]).alias(name)
        if name == "text":
            urls = columns.get("urls")
            links = shown["links"]
            columns["urls"] = links if urls is None else urls.zip_with(urls.is_not_null(), links)


def nearest(name: str) -> IgnoredField:
    """Return an unknown field of an account with the contract's nearest name."""
    return _ignored(name, "", ACCOUNT_FIELDS)


def _ignored(name: str, prefix: str, fields: tuple[Field, ...]) -> IgnoredField:
    """Return an unknown field with the contract's nearest name."""
    return _nearest(name[:_LONGEST_SHOWN], prefix, fields)


@lru_cache(maxsize=1000)
def _nearest(short: str, prefix: str, fields: tuple[Field, ...]) -> IgnoredField:
    known = {alias: item.name for item in fields for alias in (item.name, *item.aliases)}
    near = get_close_matches(short.lower(), known, n=1, cutoff=0.7)
    return IgnoredField(f"{prefix}{short}", f"{prefix}{known[near[0]]}" if near else None)


def _unlike(key: str, entry: Any, language: Language) -> str:
    """Return why an entry is not the object that it should be."""
    if isinstance(entry, MalformedInputError):
        return str(entry.args[0].say(language))
    return Message(key, {"seen": shown(entry)}).say(language)
