"""What a collector sends into an operation: accounts and posts, kept once, however often they are sent.

The cost of a batch is that of its own rows: they are looked up by key, and posts are kept as one Parquet file per batch.
A later observation of an account that shows something else is kept beside the earlier ones, with its time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field
from sqlalchemy import Connection, Table, bindparam, insert, select, update

from vigie.errors import ContractError
from vigie.features import schema
from vigie.features.i18n import Language
from vigie.features.ingest.parsing import Batch, PostBatch, from_requests
from vigie.features.ingest.refusals import FieldProblem, Problem, problem_of, refusal
from vigie.serving.operations import records, tables

# Keys looked up at once: databases bound the values of a query.
_AT_ONCE = 10_000
# Times that one account may stand in a batch.
_MOST_RECORDS = 20

# Columns of what is known of a field, and of when it was last seen.
_BEFORE = {name: f"{name}_before" for name in records.PROFILE}
_SEEN = {name: f"{name}_seen" for name in records.PROFILE}

# PostgreSQL keeps every character but this one in texts that are searched.
_NAMED = pl.col("handle").str.replace_all("\x00", "", literal=True)

Status = Literal["new", "known", "changed", "rejected"]


def _doc(text: str) -> object:
    return Field(description=text)


def _absent(value: object) -> bool:
    return value is None


@dataclass(frozen=True, slots=True)
class StatusCounts:
    """How many were new, known already, known and changed, or not taken."""

    new: int = 0
    known: int = 0
    changed: int = 0
    rejected: int = 0

    @classmethod
    def of(cls, statuses: Sequence[str]) -> StatusCounts:
        """Return the counts of statuses."""
        return cls(**{status: statuses.count(status) for status in ("new", "known", "changed", "rejected")})

    def __add__(self, other: StatusCounts) -> StatusCounts:
        """Return both together."""
        return StatusCounts(
            self.new + other.new,
            self.known + other.known,
            self.changed + other.changed,
            self.rejected + other.rejected,
        )


@dataclass(frozen=True, slots=True)
class ObservedItem:
    """What became of one account or post, in the place where it was sent."""

    index: Annotated[int, _doc("Position in what was sent, from 0.")]
    platform: str | None
    account_id: str | None
    status: Status
    post_id: Annotated[str | None, Field(exclude_if=_absent)] = None
    posts: Annotated[StatusCounts | None, Field(exclude_if=_absent, description="Of its posts.")] = None
    error: Annotated[Problem | None, Field(exclude_if=_absent)] = None
    unread: Annotated[
        list[FieldProblem] | None,
        Field(exclude_if=_absent, description="Why posts of the account were not taken, by field."),
    ] = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What became of a batch."""

    revision: Annotated[int, _doc("Number of the state of the operation that holds the batch.")]
    accounts: Annotated[StatusCounts, _doc("Accounts sent, or authors of the posts sent.")]
    posts: StatusCounts
    items: Annotated[list[ObservedItem], _doc("In the order of what was sent.")]


@dataclass(frozen=True)
class _Kept:
    """Status of each row that was kept, in order."""

    accounts: pl.Series
    posts: pl.Series


@dataclass(frozen=True)
class Sent:
    """Accounts that were read, each once.

    Attributes:
        places: Where each stands in what was sent.
        batch: The accounts.
    """

    places: Sequence[int]
    batch: Batch


def read_accounts(entries: Sequence[Any], now: datetime, language: Language = "en") -> list[Sent]:
    """Return accounts with the posts inside them, as :func:`observe_accounts` keeps them.

    Args:
        entries: As :func:`vigie.features.ingest.parsing.from_requests` takes them. The same account may stand several
            times, with other posts or as seen at another time; its second record is in the second of what is returned.
        now: Clock of the service: when accounts were seen that do not state it.
        language: Language of the faults.
    """
    batch = from_requests(entries, now, language, seen=now)
    sent = [Sent(range(len(entries)), batch)]
    records_of: dict[tuple[str | None, ...], int] = {}
    again: dict[int, list[int]] = {}
    for row in sorted(batch.repeated):
        name = batch.names[row][:2]
        records_of[name] = records_of.get(name, 0) + 1
        if records_of[name] < _MOST_RECORDS:
            again.setdefault(records_of[name], []).append(row)
            batch.repeated.remove(row)
    sent += [
        Sent(rows, from_requests([entries[row] for row in rows], now, language, seen=now))
        for rows in again.values()
    ]
    return sent


def observe_accounts(connection: Connection, sent: Sequence[Sent], now: datetime) -> Observation:
    """Keep accounts with the posts inside them.

    Args:
        connection: Of the operation, writing.
        sent: From :func:`read_accounts`: what takes time before anything is kept holds nobody up.
        now: Clock of the service: when posts were received.
    """
    items: dict[int, ObservedItem] = {}
    posts = StatusCounts()
    for some in sent:
        batch, places = some.batch, some.places
        owned = batch.posts.join(
            batch.accounts.select("row", *records.ACCOUNT, seen="observed_at"),
            on="row",
            maintain_order="left",
        ).with_columns(pl.col("recorded_at").fill_null(pl.col("seen")))
        kept = _keep(connection, batch.accounts, owned, now)
        of_account = _counts(owned["row"], kept.posts)
        for row, status in zip(batch.accounts["row"], kept.accounts, strict=True):
            items[places[row]] = _taken(batch, row, places[row], status, of_account)
        for row in (*batch.refused, *batch.repeated):
            platform, account_id, _ = batch.names[row]
            items[places[row]] = ObservedItem(
                places[row], platform, account_id, "rejected", error=refusal(batch, row)
            )
    accounts = StatusCounts.of([item.status for item in items.values()])
    for item in items.values():
        posts += item.posts or StatusCounts()
    return Observation(
        _advanced(connection, accounts, posts), accounts, posts, [items[index] for index in sorted(items)]
    )


def observe_posts(connection: Connection, batch: PostBatch, now: datetime) -> Observation:
    """Keep posts that name their authors; an author is known from then on, as far as a post tells of it.

    Args:
        connection: Of the operation, writing.
        batch: The posts.
        now: Clock of the service: when posts were seen that do not state it.
    """
    seen = batch.posts.with_columns(pl.col("recorded_at").fill_null(now))
    kept = _keep(connection, _authors(seen), seen, now)
    status = dict(zip(seen["item"], kept.posts, strict=True))
    items = []
    for index, (platform, account_id, post_id) in enumerate(batch.names):
        faults = batch.refused.get(index)
        error = None
        if faults:
            details = [FieldProblem(fault.field, fault.detail) for fault in faults]
            said = "; ".join(fault.detail for fault in faults)
            error = problem_of(ContractError(said), details, batch.language)
        items.append(
            ObservedItem(
                index, platform, account_id, status.get(index, "rejected"), post_id=post_id, error=error
            )
        )
    accounts = StatusCounts.of(kept.accounts.to_list())
    posts = StatusCounts.of([item.status for item in items])
    return Observation(_advanced(connection, accounts, posts), accounts, posts, items)


def observe_tables(
    connection: Connection, accounts: pl.DataFrame, posts: pl.DataFrame, now: datetime
) -> Observation:
    """Keep tables that were read already; authors that are no accounts of theirs are known from their posts on.

    Args:
        connection: Of the operation, writing.
        accounts: Columns of the contract, each account once.
        posts: Columns of the contract.
        now: Clock: when posts were seen that do not state it.

    Returns:
        Counts alone: it has no items.
    """
    seen = posts.join(
        accounts.select(*records.ACCOUNT, seen="observed_at"),
        on=records.ACCOUNT,
        how="left",
        maintain_order="left",
    ).with_columns(pl.coalesce("recorded_at", "seen", pl.lit(now)).alias("recorded_at"))
    strangers = _authors(seen.join(accounts, on=records.ACCOUNT, how="anti", maintain_order="left"))
    kept = _keep(connection, pl.concat([accounts, strangers]), seen, now)
    of_accounts, of_posts = (StatusCounts.of(each.to_list()) for each in (kept.accounts, kept.posts))
    return Observation(_advanced(connection, of_accounts, of_posts), of_accounts, of_posts, [])


def _authors(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the authors of posts as accounts of which nothing else is known."""
    authors = posts.group_by(records.ACCOUNT, maintain_order=True).agg(
        observed_at=pl.col("recorded_at").max()
    )
    return schema.conform(authors, "accounts")


def _taken(
    batch: Batch, row: int, place: int, status: Status, of_account: dict[int, StatusCounts]
) -> ObservedItem:
    """Return what became of an account that was taken."""
    dropped = batch.dropped.get(row, [])
    rejected = StatusCounts(rejected=sum(each.count for each in dropped))
    return ObservedItem(
        place,
        *batch.names[row][:2],
        status,
        posts=of_account.get(row, StatusCounts()) + rejected,
        unread=[FieldProblem(f"posts.{each.field}", each.reason) for each in dropped] or None,
    )


def _counts(rows: pl.Series, statuses: pl.Series) -> dict[int, StatusCounts]:
    """Return how many posts of each account have which status."""
    counted = pl.DataFrame({"row": rows, "status": statuses}).group_by("row", "status").len()
    found: dict[int, dict[str, int]] = {}
    for row, status, count in counted.iter_rows():
        found.setdefault(row, {})[status] = count
    return {row: StatusCounts(**counts) for row, counts in found.items()}


def _advanced(connection: Connection, accounts: StatusCounts, posts: StatusCounts) -> int:
    """Return the number of the state of the operation, a new one where anything was new or changed."""
    revision = int(connection.execute(select(tables.state.c.revision)).scalar_one())
    if accounts.new + accounts.changed + posts.new + posts.changed:
        revision += 1
        connection.execute(update(tables.state).values(revision=revision))
    return revision


def _keep(connection: Connection, accounts: pl.DataFrame, posts: pl.DataFrame, now: datetime) -> _Kept:
    """Keep accounts, each once, and posts, each of one of them, in the columns of the contract."""
    accounts = accounts.with_columns(records.keys(accounts, records.ACCOUNT).alias("key"))
    posts = posts.with_columns(
        records.keys(posts, records.POST).alias("key"), records.keys(posts, records.ACCOUNT).alias("account")
    )
    return _Kept(_keep_accounts(connection, accounts), _keep_posts(connection, posts, now))


def _keep_accounts(connection: Connection, accounts: pl.DataFrame) -> pl.Series:
    table = tables.accounts
    held = _looked_up(
        connection,
        table,
        {"key": pl.Binary, "profile": pl.String, "seen": pl.String, "last_observed_at": schema.TIME},
        accounts,
    )
    both = accounts.join(held, on="key", how="left", maintain_order="left")
    before = records.profile_columns(both["profile"]).rename(_BEFORE.__getitem__)
    times = records.seen_columns(both["seen"]).rename(_SEEN.__getitem__)
    both = both.hstack([*before, *times]).with_columns(
        is_new=pl.col("profile").is_null(),
        differs=pl.any_horizontal(
            pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(before))
            for name, before in _BEFORE.items()
        ),
        shown=records.profiles(both),
    )
    both = both.with_columns(is_history=_in_history(connection, both))
    merged = _merged(both)
    fresh = merged.filter("is_new")
    if fresh.height:
        connection.execute(
            insert(table),
            fresh.select(
                "key",
                *records.ACCOUNT,
                _NAMED,
                profile="merged",
                first_observed_at="observed_at",
                last_observed_at="observed_at",
            ).to_dicts(),
        )
    later = merged.filter(
        ~pl.col("is_new")
        & ~pl.col("is_history")
        & pl.any_horizontal(
            pl.col(now).ne_missing(pl.col(before))
            for now, before in (("merged", "profile"), ("times", "seen"), ("last", "last_observed_at"))
        )
    )
    if later.height:
        connection.execute(
            update(table)
            .where(table.c.key == bindparam("of"))
            .values(
                handle=bindparam("named"),
                profile=bindparam("shown"),
                seen=bindparam("times"),
                last_observed_at=bindparam("at"),
            ),
            later.select("times", of="key", named=_NAMED, shown="merged", at="last").to_dicts(),
        )
    told = merged.filter(pl.col("differs") & ~pl.col("is_history"))
    if told.height:
        connection.execute(
            insert(tables.versions), told.select("observed_at", account="key", profile="shown").to_dicts()
        )
    return merged.select(
        pl.when("is_new")
        .then(pl.lit("new"))
        .when(pl.col("differs") & ~pl.col("is_history"))
        .then(pl.lit("changed"))
        .otherwise(pl.lit("known"))
    ).to_series()


def _merged(both: pl.DataFrame) -> pl.DataFrame:
    """Return accounts with the newest value known of each field, the whole profile as text, and when fields were seen."""
    last = pl.max_horizontal("observed_at", "last_observed_at")
    dated = both.with_columns(
        pl.when(pl.col(before).is_not_null())
        .then(pl.coalesce(_SEEN[name], "last_observed_at"))
        .alias(_SEEN[name])
        for name, before in _BEFORE.items()
    )
    is_newest = {
        name: pl.col(name).is_not_null() & (pl.col("observed_at") >= pl.col(seen)).fill_null(True)
        for name, seen in _SEEN.items()
    }
    dated = dated.with_columns(
        *(
            pl.when(is_newest[name]).then(name).otherwise(before).alias(name)
            for name, before in _BEFORE.items()
        ),
        *(
            pl.when(is_newest[name]).then("observed_at").otherwise(seen).alias(seen)
            for name, seen in _SEEN.items()
        ),
        last=last,
    )
    earlier = dated.select(
        pl.when(pl.col(seen) != pl.col("last")).then(seen).alias(name) for name, seen in _SEEN.items()
    )
    return dated.with_columns(merged=records.profiles(dated), times=records.seen(earlier))


def _in_history(connection: Connection, both: pl.DataFrame) -> pl.Series:
    """Return which accounts were observed before as they are now, at the same time: what is sent again."""
    again = both.filter(pl.col("differs") & (pl.col("observed_at") <= pl.col("last_observed_at")))
    known = _looked_up(
        connection,
        tables.versions,
        {"account": pl.Binary, "observed_at": schema.TIME, "profile": pl.String},
        again,
    )
    return both.select(
        pl.struct("key", "observed_at", "shown").is_in(
            known.select(pl.struct(key="account", observed_at="observed_at", shown="profile"))
            .to_series()
            .implode()
        )
    ).to_series()


def _keep_posts(connection: Connection, posts: pl.DataFrame, now: datetime) -> pl.Series:
    table = tables.posts
    posts = posts.with_columns(content=records.contents(posts))
    held = _looked_up(connection, table, {"key": pl.Binary, "content": pl.Binary}, posts)
    both = posts.join(held.rename({"content": "before"}), on="key", how="left", maintain_order="left")
    # Of several records of one post in a batch, the last counts.
    is_last = ~pl.struct("key").is_duplicated() | (
        pl.int_range(pl.len()).over("key") == pl.len().over("key") - 1
    )
    status = both.select(
        pl.when(~is_last | (pl.col("content") == pl.col("before")).fill_null(False))
        .then(pl.lit("known"))
        .when(pl.col("before").is_null())
        .then(pl.lit("new"))
        .otherwise(pl.lit("changed"))
    ).to_series()
    fresh = both.filter(status != "known")
    if fresh.height:
        made = connection.execute(
            insert(tables.segments).values(received_at=now, rows=fresh.height, posts=records.parquet(fresh))
        )
        segment = made.inserted_primary_key[0] if made.inserted_primary_key else None
        is_new = fresh["before"].is_null()
        rows = fresh.select("key", "account", "content", segment=pl.lit(segment))
        if is_new.any():
            connection.execute(insert(table), rows.filter(is_new).to_dicts())
        if not is_new.all():
            connection.execute(
                update(table)
                .where(table.c.key == bindparam("of"))
                .values(content=bindparam("says"), segment=bindparam("lies_in")),
                rows.filter(~is_new).select(of="key", says="content", lies_in="segment").to_dicts(),
            )
    return status


def _looked_up(
    connection: Connection, table: Table, wanted: dict[str, Any], rows: pl.DataFrame
) -> pl.DataFrame:
    """Return what a table holds of the keys of rows; the first column asked for is the key there."""
    key, *others = (table.c[name] for name in wanted)
    keys = rows["key"].unique().to_list()
    found = [
        row
        for start in range(0, len(keys), _AT_ONCE)
        for row in connection.execute(select(key, *others).where(key.in_(keys[start : start + _AT_ONCE])))
    ]
    return pl.DataFrame(found, wanted, orient="row")
