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
from vigie.features.ingest.parsing import Batch, from_posts, from_requests
from vigie.features.ingest.refusals import FieldProblem, Problem, problem_of, refusal
from vigie.serving.operations import records, tables

# Keys looked up at once: databases bound the values of a query.
_AT_ONCE = 10_000
# Times that one account may stand in a batch.
_MOST_RECORDS = 20

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


def observe_accounts(connection: Connection, entries: Sequence[Any], now: datetime) -> Observation:
    """Keep accounts with the posts inside them.

    Args:
        connection: Of the operation, writing.
        entries: As :func:`vigie.features.ingest.parsing.from_requests` takes them. The same account may stand several
            times, with other posts or as seen at another time.
        now: Clock of the service: when accounts were seen that do not state it.
    """
    items: dict[int, ObservedItem] = {}
    accounts, posts = StatusCounts(), StatusCounts()
    places = list(range(len(entries)))
    for turn in range(_MOST_RECORDS):
        batch = from_requests([entries[place] for place in places], now, seen=now)
        owned = batch.posts.join(
            batch.accounts.select("row", *records.ACCOUNT, seen="observed_at"),
            on="row",
            maintain_order="left",
        ).with_columns(pl.col("recorded_at").fill_null(pl.col("seen")))
        kept = _keep(connection, batch.accounts, owned, now)
        of_account = _counts(owned["row"], kept.posts)
        for row, status in zip(batch.accounts["row"], kept.accounts, strict=True):
            items[places[row]] = _taken(batch, row, places[row], status, of_account)
        accounts += StatusCounts.of(kept.accounts.to_list())
        is_last = turn == _MOST_RECORDS - 1
        for row in (*batch.refused, *(batch.repeated if is_last else ())):
            platform, account_id, _ = batch.names[row]
            items[places[row]] = ObservedItem(
                places[row], platform, account_id, "rejected", error=refusal(batch, row)
            )
            accounts += StatusCounts(rejected=1)
        places = [places[row] for row in sorted(batch.repeated)]
        if not places:
            break
    for item in items.values():
        posts += item.posts or StatusCounts()
    return Observation(
        _advanced(connection, accounts, posts), accounts, posts, [items[index] for index in sorted(items)]
    )


def observe_posts(connection: Connection, entries: Sequence[Any], now: datetime) -> Observation:
    """Keep posts that name their authors; an author is known from then on, as far as a post tells of it.

    Args:
        connection: Of the operation, writing.
        entries: As :func:`vigie.features.ingest.parsing.from_posts` takes them.
        now: Clock of the service: when posts were seen that do not state it.
    """
    batch = from_posts(entries, now)
    seen = batch.posts.with_columns(pl.col("recorded_at").fill_null(now))
    authors = seen.group_by(records.ACCOUNT, maintain_order=True).agg(observed_at=pl.col("recorded_at").max())
    unknown = schema.conform(authors, "accounts")
    kept = _keep(connection, unknown, seen, now)
    status = dict(zip(seen["item"], kept.posts, strict=True))
    items = []
    for index, (platform, account_id, post_id) in enumerate(batch.names):
        faults = batch.refused.get(index)
        error = None
        if faults:
            details = [FieldProblem(fault.field, fault.detail) for fault in faults]
            error = problem_of(ContractError("; ".join(fault.detail for fault in faults)), details)
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
        connection, table, {"key": pl.Binary, "profile": pl.String, "last_observed_at": schema.TIME}, accounts
    )
    both = accounts.join(held, on="key", how="left", maintain_order="left")
    before = records.profile_columns(both["profile"]).rename(lambda name: f"{name}_before")
    both = both.hstack(before).with_columns(
        is_new=pl.col("profile").is_null(),
        is_late=(pl.col("observed_at") < pl.col("last_observed_at")).fill_null(False),
        differs=pl.any_horizontal(
            pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_before"))
            for name in records.PROFILE
        ),
    )
    both = both.with_columns(shown=records.profiles(both))
    both = both.with_columns(differs=pl.col("differs") & ~_in_history(connection, both))
    merged = both.with_columns(
        pl.when("is_late")
        .then(pl.coalesce(f"{name}_before", name))
        .otherwise(pl.coalesce(name, f"{name}_before"))
        .alias(name)
        for name in records.PROFILE
    )
    merged = merged.with_columns(merged=records.profiles(merged))
    fresh = merged.filter("is_new")
    if fresh.height:
        connection.execute(
            insert(table),
            fresh.select(
                "key",
                *records.ACCOUNT,
                "handle",
                profile="merged",
                first_observed_at="observed_at",
                last_observed_at="observed_at",
            ).to_dicts(),
        )
    later = merged.filter(
        ~pl.col("is_new") & (pl.col("differs") | (pl.col("observed_at") > pl.col("last_observed_at")))
    )
    if later.height:
        connection.execute(
            update(table)
            .where(table.c.key == bindparam("of"))
            .values(
                handle=bindparam("named"), profile=bindparam("shown"), last_observed_at=bindparam("seen")
            ),
            later.select(
                of="key",
                named="handle",
                shown="merged",
                seen=pl.max_horizontal("observed_at", "last_observed_at"),
            ).to_dicts(),
        )
    told = merged.filter("differs")
    if told.height:
        connection.execute(
            insert(tables.versions), told.select("observed_at", account="key", profile="shown").to_dicts()
        )
    return merged.select(
        pl.when("is_new")
        .then(pl.lit("new"))
        .when("differs")
        .then(pl.lit("changed"))
        .otherwise(pl.lit("known"))
    ).to_series()


def _in_history(connection: Connection, both: pl.DataFrame) -> pl.Series:
    """Return which accounts were observed before as they are now, at the same time: what is sent late again and again."""
    late = both.filter(pl.col("is_late") & pl.col("differs")).select("key", "observed_at", "shown")
    table = tables.versions
    held = [
        row
        for part in late["key"].unique().reshape((-1, 1)).arr.first().to_frame().iter_slices(_AT_ONCE)
        for row in connection.execute(
            select(table.c.account, table.c.observed_at, table.c.profile).where(
                table.c.account.in_(part.to_series().to_list())
            )
        )
    ]
    known = pl.DataFrame(
        held, {"key": pl.Binary, "observed_at": schema.TIME, "shown": pl.String}, orient="row"
    )
    return both.select(
        pl.struct("key", "observed_at", "shown").is_in(
            known.select(pl.struct(pl.all())).to_series().implode()
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
    """Return what a table holds of the keys of rows."""
    columns = [table.c[name] for name in wanted]
    keys = rows["key"].to_list()
    found = [
        row
        for start in range(0, len(keys), _AT_ONCE)
        for row in connection.execute(select(*columns).where(table.c.key.in_(keys[start : start + _AT_ONCE])))
    ]
    return pl.DataFrame(found, wanted, orient="row").unique("key")
