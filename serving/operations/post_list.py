"""Posts of an operation that filters leave: by author, platform, time, hashtag, content, group or campaign.

Every number that an operation shows counts posts, and this is how they are read. Posts are read where they lie: of all, the few
columns that filters need, and whole those of a page alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field
from sqlalchemy import Connection, func, select

from vigie.features import schema
from vigie.features.coordination.report.types import AccountName
from vigie.features.json_object import JsonObject
from vigie.serving.operations import copied, corpus, questions, records, tables
from vigie.serving.operations.copied import Spread
from vigie.serving.operations.judgement import Kind

# Accounts looked up at once: databases bound the values of a query.
_AT_ONCE = 10_000

PostOrder = Literal["latest", "earliest", "views", "likes", "reposts", "replies"]
_COUNTERS = {
    "views": "view_count",
    "likes": "like_count",
    "reposts": "repost_count",
    "replies": "reply_count",
}


def _doc(text: str) -> object:
    return Field(description=text)


@dataclass(frozen=True, slots=True)
class PostFilters:
    """Which posts are asked for; None: whichever. Times and hours are those of UTC.

    Attributes:
        platform: Where they were published.
        account_id: Id of their author, on the platform that is named beside it.
        hashtag: One that they bear, however it is written.
        since: Published then or later.
        until: Published before.
        weekday: Day of the week on which they were published: 0 is Monday.
        hour: Hour of the day.
        content: Id of a content that they hold.
        wording: Place of its wording among those of the content.
        group: Number over time of the group of their author.
        campaign: Number over time of the campaign of their author.
    """

    platform: str | None = None
    account_id: str | None = None
    hashtag: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    weekday: int | None = None
    hour: int | None = None
    content: str | None = None
    wording: int | None = None
    group: int | None = None
    campaign: int | None = None

    def conditions(self) -> list[pl.Expr]:
        """Return what a row of posts must fulfil by itself."""
        time = pl.col("created_at")
        stated: dict[str, Callable[[Any], pl.Expr]] = {
            "platform": lambda name: pl.col("platform") == name.strip().lower(),
            "account_id": lambda name: pl.col("account_id") == name,
            "hashtag": _bears,
            "since": lambda first: time >= first,
            "until": lambda end: time < end,
            "weekday": lambda day: time.dt.weekday() == day + 1,
            "hour": lambda hour: time.dt.hour() == hour,
        }
        return [of(getattr(self, name)) for name, of in stated.items() if getattr(self, name) is not None]


@dataclass(frozen=True, slots=True)
class ListedPost(AccountName):
    """A post with its author."""

    group: Annotated[int | None, _doc("Number over time of the group of its author.")]
    campaign: Annotated[int | None, _doc("Number over time of the campaign of its author.")]
    post: Annotated[JsonObject, _doc("In the fields of the contract.")]


@dataclass(frozen=True, slots=True)
class PostList:
    """A page of the posts that filters leave."""

    judged_revision: int
    total: Annotated[int, _doc("Posts that the filters leave.")]
    accounts: Annotated[int, _doc("Their authors.")]
    spread: Annotated[list[Spread], _doc("Posts and authors, hour by hour.")]
    posts: list[ListedPost]
    next_offset: Annotated[int | None, _doc("Where the next page begins; null on the last one.")]


def listed(connection: Connection, wanted: PostFilters, by: PostOrder, offset: int, most: int) -> PostList:
    """Return a page of posts, as they are held now: also those that came after the last judgement.

    Args:
        connection: Of the operation.
        wanted: Which posts.
        by: Their order; those of which it is not known come last.
        offset: How many are skipped.
        most: How many are returned.

    Raises:
        OperationNotFoundError: The last judgement has no such content.
    """
    stored = _stored(connection, wanted)
    found = _found(connection, stored, wanted, by)
    page = _first(found, by, offset + most).slice(offset, most)
    after = offset + page.height
    return PostList(
        judged_revision=questions.judged_revision(connection),
        total=found.height,
        accounts=found.select(pl.struct(records.ACCOUNT).n_unique()).item(),
        spread=_spread(found),
        posts=list(_told(_whole(connection, stored, page))),
        next_offset=after if after < found.height else None,
    )


def spread(connection: Connection, wanted: PostFilters) -> list[Spread]:
    """Return posts and authors, hour by hour.

    Arguments and errors are those of :func:`listed`.
    """
    return _spread(_found(connection, _stored(connection, wanted), wanted, "latest"))


def table(connection: Connection, wanted: PostFilters, by: PostOrder, most: int) -> pl.DataFrame:
    """Return posts in the columns of the contract with ``handle``, ``group`` and ``campaign``.

    Arguments and errors are those of :func:`listed`.
    """
    stored = _stored(connection, wanted)
    return _whole(connection, stored, _first(_found(connection, stored, wanted, by), by, most))


def _spread(found: pl.DataFrame) -> list[Spread]:
    return [Spread(*row) for row in copied.spread(found).iter_rows()]


def _bears(hashtag: str) -> pl.Expr:
    written = pl.element().str.strip_chars("#").str.to_lowercase()
    return pl.col("hashtags").list.eval(written).list.contains(hashtag.strip().strip("#").lower())


def _stored(connection: Connection, wanted: PostFilters) -> list[bytes]:
    """Return the files among which the posts lie, the earliest first."""
    segments, posts = tables.segments, tables.posts
    which = select(segments.c.posts).order_by(segments.c.id)
    if wanted.platform is not None and wanted.account_id is not None:
        author = records.account_key(wanted.platform.strip().lower(), wanted.account_id)
        which = which.where(segments.c.id.in_(select(posts.c.segment).where(posts.c.account == author)))
    return list(connection.execute(which).scalars())


def _rows(stored: Sequence[bytes]) -> pl.LazyFrame:
    """Return every record of every post, the earliest first, in the columns of the contract as it is now."""
    columns = schema.schema("posts")
    if not stored:
        return schema.empty("posts").lazy()
    return pl.scan_parquet(list(stored), schema=columns, missing_columns="insert", extra_columns="ignore")


def _found(
    connection: Connection, stored: Sequence[bytes], wanted: PostFilters, by: PostOrder
) -> pl.DataFrame:
    """Return the posts that filters leave, each once: names, time and what they are ordered by."""
    columns = dict.fromkeys([*records.POST, "created_at", *_keys(by)])
    rows = _rows(stored).filter(*wanted.conditions()).select(list(columns))
    tracks: dict[Kind, int | None] = {"group": wanted.group, "campaign": wanted.campaign}
    for kind, track in tracks.items():
        if track is not None:
            members = questions.member_names(connection, kind, track)
            rows = rows.join(members.lazy(), on=records.ACCOUNT, how="semi")
    if wanted.content is not None:
        holding = copied.holding(connection, wanted.content, wanted.wording)
        rows = rows.join(holding.lazy(), on=records.POST, how="semi")
    found = rows.collect()
    if _is_each_once(connection):
        return found
    return found.unique(records.POST, keep="last", maintain_order=True)


def _is_each_once(connection: Connection) -> bool:
    """Return whether each post has one record: databases know it without a look at the posts."""
    counted = select(
        select(func.count()).select_from(tables.posts).scalar_subquery(),
        select(func.sum(tables.segments.c.rows)).scalar_subquery(),
    )
    posts, rows = connection.execute(counted).one()
    return bool(posts == rows)


def _first(found: pl.DataFrame, by: PostOrder, most: int) -> pl.DataFrame:
    """Return the first posts of an order; of those that are alike in it, those that came last stand first, on each page."""
    keys = [*_keys(by), "came"]
    numbered = found.with_row_index("came")
    if by == "earliest":
        return numbered.bottom_k(most, by=keys).sort(keys)
    return numbered.top_k(most, by=keys).sort(keys, descending=True, nulls_last=True)


def _keys(by: PostOrder) -> list[str]:
    return ["created_at"] if by in ("latest", "earliest") else [_COUNTERS[by], "created_at"]


def _whole(connection: Connection, stored: Sequence[bytes], page: pl.DataFrame) -> pl.DataFrame:
    """Return the posts of a page with all that is known of them and of their authors, in its order."""
    which = [pl.col("post_id").is_in(page["post_id"].implode())]
    times = page["created_at"]
    if not times.has_nulls() and _is_each_once(connection):
        # Most files are passed over by their times. An earlier record of a post may have another one.
        which.append(pl.col("created_at").is_between(times.min(), times.max()))
    held = _rows(stored).filter(*which).collect()
    named = page.select(records.POST)
    whole = named.join(corpus.latest(held), on=records.POST, how="left", maintain_order="left")
    return whole.join(_authors(connection, page), on=records.ACCOUNT, how="left", maintain_order="left")


def _authors(connection: Connection, posts: pl.DataFrame) -> pl.DataFrame:
    """Return ``handle``, ``group`` and ``campaign`` of the authors of posts."""
    accounts, verdicts = tables.accounts, tables.verdicts
    keys = records.keys(posts.select(records.ACCOUNT).unique(), records.ACCOUNT).to_list()
    asked = select(
        accounts.c.platform,
        accounts.c.account_id,
        accounts.c.handle,
        verdicts.c.track,
        verdicts.c.campaign_track,
    ).join(verdicts, verdicts.c.account == accounts.c.key, isouter=True)
    rows: list[Any] = [
        row
        for start in range(0, len(keys), _AT_ONCE)
        for row in connection.execute(asked.where(accounts.c.key.in_(keys[start : start + _AT_ONCE])))
    ]
    columns = {
        "platform": pl.String,
        "account_id": pl.String,
        "handle": pl.String,
        "group": pl.Int64,
        "campaign": pl.Int64,
    }
    return pl.DataFrame(rows, columns, orient="row")


def _told(whole: pl.DataFrame) -> Iterator[ListedPost]:
    own = ("handle", "group", "campaign")
    authors = whole.select(*records.ACCOUNT, *own).iter_rows(named=True)
    for author, post in zip(authors, whole.drop(own).iter_rows(named=True), strict=True):
        yield ListedPost(**author, post=records.known(post))
