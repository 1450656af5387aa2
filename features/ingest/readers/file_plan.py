"""Which tables a file fills and how, from the names of its columns alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vigie.errors import ContractError, MissingColumnError
from vigie.features import schema
from vigie.features.ingest import mapping, vocabulary
from vigie.features.ingest.mapping import BY_KIND, ByKind, Cell, Plan, Right
from vigie.features.ingest.readers.cells import LISTS
from vigie.features.schema import TABLES, Field

# What a label file need not say.
LABEL_DEFAULTS = {"target": "inauthentic", "strength": "weak"}
# Columns by which CooRTweet writes a row for each object of a post, whatever the mapping says.
_OF_OBJECTS = ("object_id", "account_id", "content_id", "timestamp_share")
# Columns named in a message.
_MOST_SHOWN = 80


@dataclass(frozen=True)
class Seen:
    """What a file shows of itself before its rows are read.

    Attributes:
        file: Its name.
        columns: Columns of a table; keys and paths of JSON records.
        is_json: Whether it holds JSON records, in which an absent key says nothing of the others.
    """

    file: str
    columns: tuple[str, ...]
    is_json: bool = False

    def has(self, column: str) -> bool:
        """Return whether the file has a column, or its records a path."""
        named = column in self.columns
        return named or (self.is_json and _without_numbers(column) in self.columns)

    def names(self) -> tuple[str, ...]:
        """Return the columns, or the keys of records without what is inside them."""
        if not self.is_json:
            return self.columns
        return tuple(dict.fromkeys(column.split(".")[0] for column in self.columns))

    def twice(self, column: str) -> bool:
        """Return whether a name stands twice in the header: raw reading numbers the later ones by their place."""
        return any(
            name == f"{column}_{place}" and column in self.columns[: place - 1]
            for place, name in enumerate(self.columns, 1)
        )

    def shown(self) -> str:
        """Return the names, for messages."""
        more = len(self.columns) - _MOST_SHOWN
        return f"{self.file} has {', '.join(self.columns[:_MOST_SHOWN])}" + (
            f" and {more} more" if more > 0 else ""
        )


@dataclass(frozen=True)
class Filling:
    """What one file gives to one table.

    Attributes:
        table: ``accounts``, ``posts`` or ``labels``.
        fields: Contract field to where its values stand; all columns are there.
        defaults: Contract field to text, for rows where the file says nothing.
        rivals: Contract field to columns that all are names of it.
        absent: Fields of the mapping that the file lacks.
        unites: Whether rows of one post are one post with the lists of all of them.
        media: Where stands what was saved of the pictures of a post; None: nowhere.
    """

    table: str
    fields: Mapping[str, Right]
    defaults: Mapping[str, str]
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    unites: bool = False
    media: Cell | None = None

    def columns(self) -> set[str]:
        """Return the columns it reads."""
        rights = [*self.fields.values(), *([self.media] if self.media else [])]
        return {column for right in rights for column in mapping.columns_of(right)}


def planned(seen: Seen, plan: Plan, defaults: Mapping[str, str]) -> tuple[Filling, ...]:
    """Return what a file gives to each table of a mapping whose columns it has.

    Args:
        seen: The file.
        plan: The mapping.
        defaults: Contract field to text; those of the mapping go before.

    Raises:
        ContractError: A mapped column stands twice in the header.
        MissingColumnError: The file fits a table that lacks a required field.
    """
    stated = {**defaults, **plan.defaults}
    observed = ("observed_at",) if plan.observed_newest else ()
    parts: list[Filling] = []
    for table, section in plan.tables.items():
        if _lacking(seen, table, section.fields, plan.shipped):
            continue
        held = {
            name: own for name, right in section.fields.items() if (own := _held(seen, right)) is not None
        }
        _complete(table, (*section.fields, *stated, *observed), seen)
        for column in sorted({one for right in held.values() for one in mapping.columns_of(right)}):
            _once(seen, column)
        missing = tuple(name for name in section.fields if name not in held)
        unites = section.objects or (table == "posts" and all(seen.has(column) for column in _OF_OBJECTS))
        media = None if section.media is None else _cell(seen, section.media)
        parts.append(Filling(table, held, stated, absent=missing, unites=unites, media=media))
    return tuple(parts)


def met(plan: Plan, seen: Sequence[Seen], parts: Sequence[Sequence[Filling]]) -> None:
    """Check that each table of a mapping found its columns in a file.

    Raises:
        MissingColumnError: One did not.
    """
    filled = {part.table for own in parts for part in own}
    for table, section in plan.tables.items():
        if table in filled:
            continue
        nearest = min(seen, key=lambda one: len(_lacking(one, table, section.fields, plan.shipped)))
        lacking = _lacking(nearest, table, section.fields, plan.shipped)
        listed = ", ".join(f"{column} (for {name})" for name, column in lacking.items())
        raise MissingColumnError(
            f"[{table}] maps {listed}, which no file has beside the others. {nearest.shown()}.{_hints(table, list(lacking))}"
            ' A column that some files lack is written {column = "…", optional = true}'
        )


def recognised(seen: Seen, defaults: Mapping[str, str], handles_as_ids: bool) -> tuple[Filling, ...]:
    """Return what a file gives to the tables that its column names fit.

    Args:
        seen: The file.
        defaults: Contract field to text.
        handles_as_ids: Whether handles stand in for the ids of accounts where the file has none.

    Raises:
        ContractError: A column that is a field stands twice in the header.
        MissingColumnError: The file lacks a required field.
    """
    posts, labels, accounts = (_named(seen, table) for table in ("posts", "labels", "accounts"))
    if _is_of_posts(seen, posts, accounts):
        chosen = {"posts": posts}
    else:
        chosen = {"labels": labels} if "value" in labels else {}
        if not chosen or len(accounts) > len({"platform", "account_id"}):
            chosen["accounts"] = accounts
    if handles_as_ids and "accounts" in chosen and "account_id" not in accounts and "handle" in accounts:
        accounts["account_id"] = accounts["handle"]
    parts: list[Filling] = []
    for table, names in chosen.items():
        _complete(table, (*names, *defaults), seen)
        for column in sorted({column for columns in names.values() for column in columns}):
            _once(seen, column)
        fields: dict[str, Right] = {name: Cell(columns) for name, columns in names.items()}
        rivals = {name: columns for name, columns in names.items() if len(columns) > 1 and name not in LISTS}
        if table == "posts":
            for name in BY_KIND[1:]:
                if name in rivals:
                    told = {vocabulary.kind_of_column(column): Cell((column,)) for column in rivals.pop(name)}
                    fields[name] = ByKind({kind: told[kind] for kind in schema.KINDS if kind in told})
        parts.append(Filling(table, fields, defaults, rivals))
    return tuple(parts)


def wanted(parts: Sequence[Filling]) -> tuple[list[str], dict[str, str]]:
    """Return the paths at which JSON records are read: those of values, and those of lists with their field."""
    lists = {
        column: name
        for part in parts
        for name, right in (*part.fields.items(), *((("urls", part.media),) if part.media else ()))
        if name in LISTS
        for column in mapping.columns_of(right)
    }
    values = dict.fromkeys(
        column for part in parts for column in sorted(part.columns()) if column not in lists
    )
    return list(values), lists


def _held(seen: Seen, right: Right) -> Right | None:
    """Return a right side with the columns that a table has; None where it has none."""
    if isinstance(right, ByKind):
        cells = {kind: held for kind, cell in right.cells.items() if (held := _cell(seen, cell)) is not None}
        return ByKind(cells) if cells else None
    return _cell(seen, right)


def _cell(seen: Seen, cell: Cell) -> Cell | None:
    columns = tuple(column for column in cell.columns if seen.has(column))
    return Cell(columns, cell.form, cell.optional) if columns else None


def _lacking(seen: Seen, table: str, fields: Mapping[str, Right], shipped: bool) -> dict[str, str]:
    """Return the fields without which a file does not fit a table, and their columns."""
    required = {one.name for one in TABLES[table] if one.required}
    lacking: dict[str, str] = {}
    for name, right in fields.items():
        if ((seen.is_json or shipped) and name not in required) or mapping.is_optional(right):
            continue
        for cell in right.cells.values() if isinstance(right, ByKind) else (right,):
            if not cell.optional and not any(seen.has(column) for column in cell.columns):
                lacking[name] = " or ".join(cell.columns)
    return lacking


def _named(seen: Seen, table: str) -> dict[str, tuple[str, ...]]:
    """Return contract field to columns, by name, else by its aliases; a column serves one field."""
    there = seen.names()
    found: dict[str, tuple[str, ...]] = {one.name: (one.name,) for one in TABLES[table] if one.name in there}
    for one in TABLES[table]:
        taken = {column for columns in found.values() for column in columns}
        free = [alias for alias in one.aliases if alias in there and alias not in taken]
        # An id as text is exact where the number beside it may not be.
        free = [alias for alias in free if f"{alias}_str" not in free]
        if one.name not in found and free:
            found[one.name] = tuple(free)
    return found


def _is_of_posts(
    seen: Seen, posts: Mapping[str, tuple[str, ...]], accounts: Mapping[str, tuple[str, ...]]
) -> bool:
    """Return whether the rows of a file are posts: they have words, or an id that is named a post's."""
    fields = {one.name: one for one in TABLES["posts"]}
    shared = {"id", "id_str"}
    own = {*_names(fields["post_id"]), *_names(fields["text"])} - shared
    if own & set(seen.names()):
        return True
    profile = {"handle", "display_name", "description", "followers_count", "following_count"}
    return {"post_id", "account_id", "created_at"} <= set(posts) and not profile & set(accounts)


def _names(one: Field) -> tuple[str, ...]:
    return (one.name, *one.aliases)


def _complete(table: str, given: Sequence[str], seen: Seen) -> None:
    stated = {*given, *(("source", *LABEL_DEFAULTS) if table == "labels" else ())}
    missing = [one.name for one in TABLES[table] if one.required and one.name not in stated]
    if missing:
        raise MissingColumnError(
            f"the {table} table needs {', '.join(missing)}; {seen.shown()}.{_hints(table, missing)} Map the columns "
            "with --mapping, or state a value for all rows: --platform, --observed-at, or [defaults] in the mapping"
        )


def _once(seen: Seen, column: str) -> None:
    if seen.twice(column):
        raise ContractError(
            f"{seen.file}: the column {column} stands twice in the header, and only one of the two can be meant; "
            "rename one"
        )


def _hints(table: str, names: Sequence[str]) -> str:
    """Return how collectors also call fields."""
    known = [(one.name, one.aliases) for one in TABLES[table] if one.name in names and one.aliases]
    return "".join(f" Collectors also call {name} {', '.join(aliases)}." for name, aliases in known)


def _without_numbers(path: str) -> str:
    return ".".join(step for step in path.split(".") if not step.isdigit())
