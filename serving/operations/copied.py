"""Contents that several accounts published as their own: a text, a picture, a link, a sequence of hashtags.

A link or a sequence of hashtags is known by what it is. A text or a picture is a cluster of posts that are alike, and has no
name of its own: it is known by the posts that hold it. Its id is that of the first; where an earlier copy comes in later,
the id that was given before still finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from io import BytesIO
from typing import Annotated

import polars as pl
from pydantic import Field, TypeAdapter
from sqlalchemy import Connection, select

from vigie.errors import OperationNotFoundError
from vigie.features import text
from vigie.features.coordination import traces
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import display_text, pair_evidence
from vigie.features.coordination.report.types import AccountName, Reach, TextLikeness
from vigie.features.i18n import message
from vigie.serving.operations import documents, records, tables

# Posts of contents from which they are a document of their own: one for each content costs more than to find it.
_TOGETHER = 5_000
# Contents kept of each trace, those of most accounts first.
MOST = 200
# Accounts that a content must have, to be one that is copied.
_LEAST = 2
# Wordings shown of a content, those of most posts first.
WORDINGS_SHOWN = 50
_EXCERPT = 280
_LINK = "co_url"
# What is one content wherever it stands; the others are known by a post that holds them.
_NAMED = (_LINK, "hashtag_sequence")
_COUNTERS = ("view_count", "like_count", "repost_count", "reply_count")
_REACH = ("posts", "views", "likes", "reposts", "replies")
# Document of the ids that find each content.
_IDS = "content-ids"
_OF_POST = ("post_id", "created_at", "text", "lang", *_COUNTERS)


def _doc(told: str) -> object:
    return Field(description=told)


@dataclass(frozen=True, slots=True)
class CopiedContent:
    """A text, a picture, a link or a sequence of hashtags that several accounts published as their own."""

    id: Annotated[str, _doc("Finds it again, also after later judgements.")]
    trace: str
    object: Annotated[str, _doc("The hash, the start of the text, the page or the hashtags.")]
    accounts: int
    posts: int
    platforms: dict[str, int]
    first_account: AccountName
    first_post_id: str
    first_time: datetime
    last_time: datetime
    text: Annotated[str, _doc("Start of the text of the first post.")]
    reach: Annotated[Reach, _doc("Of the posts that hold it.")]


@dataclass(frozen=True, slots=True)
class Wording:
    """Posts of a content whose texts have the same letters."""

    text: Annotated[str, _doc("Start of the text of the first of them.")]
    likeness: Annotated[
        TextLikeness | None, _doc("To the first text of the content; null for that one, and without letters.")
    ]
    posts: int
    accounts: int
    first_time: datetime


@dataclass(frozen=True, slots=True)
class Spread:
    """How often a content was published within an hour on a platform."""

    start: datetime
    platform: str
    posts: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Publication(AccountName):
    """A post that holds a content."""

    post_id: str
    created_at: datetime
    text: Annotated[str, _doc("Its start.")]
    wording: Annotated[int | None, _doc("Place in wordings; null for one that is not shown there.")]
    view_count: int | None
    like_count: int | None
    repost_count: int | None
    reply_count: int | None


@dataclass(frozen=True, slots=True)
class Publications:
    """Who published a content and when: counted by hour, wording and group, told post by post."""

    content: CopiedContent
    groups: Annotated[
        dict[int, int], _doc("Accounts that published it, by the number over time of their group.")
    ]
    campaigns: Annotated[dict[int, int], _doc("The same by campaign.")]
    wordings: Annotated[
        list[Wording],
        _doc(f"Copies have one wording, rewordings others; those of most posts, {WORDINGS_SHOWN} at most."),
    ]
    wordings_left_out: int
    spread: Annotated[list[Spread], _doc("Hour by hour.")]
    posts: Annotated[list[Publication], _doc("A page of the posts, the earliest first.")]
    next_offset: Annotated[int | None, _doc("Where the next page of posts begins; null on the last one.")]


_CONTENTS = TypeAdapter(list[CopiedContent])


@dataclass(frozen=True)
class Found:
    """A content that a judgement found.

    Attributes:
        content: What is told of it.
        posts: Those that hold it, in order: ``row``, names, ``post_id``, ``created_at``, text, counters, ``group``, ``campaign``.
        ids: All that find it, its own first.
        object: What it is called in the comparison, without its trace.
        positions: Of the posts among those that were compared.
    """

    content: CopiedContent
    posts: pl.DataFrame
    ids: list[str]
    object: str
    positions: list[int]


def find(compared: Comparison) -> Iterator[Found]:
    """Yield the contents that several accounts published, those of most accounts first."""
    spread = (
        _published(compared)
        .group_by("trace", "object", maintain_order=True)
        .agg(
            accounts=pl.col("account").n_unique(),
            first_time=pl.col("time").first(),
            posts=pl.col("post"),
            places=pl.col("place"),
        )
        .filter(pl.col("accounts") >= _LEAST)
        .sort("accounts", "first_time", "object", descending=[True, False, False])
        .filter(pl.int_range(pl.len()).over("trace") < MOST)
    )
    names = pair_evidence.object_names(compared.network, compared.posts, spread.select("trace", "object"))
    named = spread.join(names, on="object", how="left", maintain_order="left")
    # All contents are measured at once: to look at each by itself costs more than all else that is told of them.
    posts = _holders(named, _authored(compared))
    ids = _ids(named, posts)
    begin = 0
    for each, measured in zip(
        named.iter_rows(named=True), _measured(posts).iter_rows(named=True), strict=True
    ):
        content = CopiedContent(
            id=ids[begin],
            trace=each["trace"],
            object=each["name"] or "",
            accounts=each["accounts"],
            posts=measured["posts"],
            platforms={one["platform"]: one["accounts"] for one in measured["platforms"]},
            first_account=AccountName(measured["platform"], measured["account_id"], measured["handle"]),
            first_post_id=measured["post_id"],
            first_time=measured["first_time"],
            last_time=measured["last_time"],
            text=measured["excerpt"],
            reach=Reach(**{name: measured[name] for name in _REACH}),
        )
        end = begin + content.posts
        found_by = ids[begin : begin + 1] if content.trace in _NAMED else ids[begin:end]
        yield Found(
            content,
            posts[begin:end].drop("content"),
            found_by,
            each["object"].removeprefix(f"{each['trace']} "),
            each["posts"],
        )
        begin = end


def _holders(contents: pl.DataFrame, authored: pl.DataFrame) -> pl.DataFrame:
    """Return the posts that hold contents, content by content and in order of time.

    Args:
        contents: ``posts`` and ``places`` of each, as lists.
        authored: What :func:`_authored` returned.

    Returns:
        ``content`` (its row in ``contents``), what is known of each post, and its ``place``.
    """
    each = contents.with_row_index("content").select("content", "posts", "places").explode("posts", "places")
    return (
        each.select("content")
        .hstack(authored[each["posts"]])
        .with_columns(place=each["places"].cast(pl.Int64))
    )


def _measured(posts: pl.DataFrame) -> pl.DataFrame:
    """Return what is told of each content, in order: of its first post, of all of them, and accounts by platform.

    Args:
        posts: What :func:`_holders` returned.
    """
    people = (
        posts.unique(["content", *records.ACCOUNT])
        .group_by("content", "platform")
        .agg(accounts=pl.len())
        .sort("content", "accounts", "platform", descending=[False, True, False])
        .group_by("content", maintain_order=True)
        .agg(platforms=pl.struct("platform", "accounts"))
    )
    return (
        posts.group_by("content", maintain_order=True)
        .agg(
            pl.first(*records.ACCOUNT, "handle", "post_id", "text"),
            # What no post counts is unknown, not nought.
            *(
                pl.when(pl.col(counter).count() > 0).then(pl.col(counter).sum()).alias(name)
                for counter, name in zip(_COUNTERS, _REACH[1:], strict=True)
            ),
            posts=pl.len(),
            first_time=pl.col("created_at").first(),
            last_time=pl.col("created_at").last(),
        )
        .with_columns(excerpt=_excerpt())
        .join(people, on="content", maintain_order="left")
    )


def keep(connection: Connection, found: Sequence[Found]) -> None:
    """Keep what several accounts published, as a judgement found it.

    Args:
        connection: Of the operation, writing; without the documents of an earlier judgement.
        found: From :func:`find`.
    """
    found_by: list[tuple[str, int, int]] = []
    part: list[pl.DataFrame] = []
    number = rows = 0
    for place, each in enumerate(found):
        found_by += [(id, place, number) for id in each.ids]
        part.append(each.posts.with_columns(content=pl.lit(place, pl.Int64)))
        rows += each.posts.height
        if rows >= _TOGETHER or place == len(found) - 1:
            documents.keep(connection, f"content-posts-{number}", "", _parquet(pl.concat(part)))
            part, number, rows = [], number + 1, 0
    documents.keep(connection, "contents", "", _CONTENTS.dump_json([each.content for each in found]))
    schema = {"id": pl.String, "place": pl.Int64, "part": pl.Int64}
    places = pl.DataFrame(found_by, schema, orient="row").unique("id", keep="first")
    documents.keep(connection, _IDS, "", _parquet(places.sort("id")))


def contents(connection: Connection) -> list[CopiedContent]:
    """Return what is copied most, of most accounts first."""
    stored = documents.read(connection, "contents")
    return [] if stored is None else _CONTENTS.validate_json(stored)


def publications(connection: Connection, content: str, offset: int, most: int) -> Publications:
    """Return who published a content.

    Args:
        connection: Of the operation.
        content: An id that it has, or had in an earlier judgement.
        offset: Posts that are skipped.
        most: Posts that are told.

    Raises:
        OperationNotFoundError: The last judgement has no such content.
    """
    every = contents(connection)
    at = _place(connection, content)
    posts = _worded(_held(connection, at))
    wordings = _wordings(posts)
    shown = wordings.head(WORDINGS_SHOWN)
    page = posts.slice(offset, most).join(
        shown.select("form").with_row_index("wording"), on="form", how="left", maintain_order="left"
    )
    after = offset + page.height
    return Publications(
        content=every[at.place],
        groups=_tracks(connection, "group", posts),
        campaigns=_tracks(connection, "campaign", posts),
        wordings=[Wording(*row) for row in shown.drop("form").iter_rows()],
        wordings_left_out=wordings.height - shown.height,
        spread=[Spread(*row) for row in spread(posts).iter_rows()],
        posts=[
            Publication(*row)
            for row in page.select(
                *records.ACCOUNT, "handle", "post_id", "created_at", "excerpt", "wording", *_COUNTERS
            ).iter_rows()
        ],
        next_offset=after if after < posts.height else None,
    )


def check(connection: Connection, content: str) -> None:
    """Check that the last judgement has a content; arguments and errors as of :func:`holding`."""
    _place(connection, content)


def holding(connection: Connection, content: str, wording: int | None) -> pl.DataFrame:
    """Return the posts that hold a content: ``platform``, ``account_id``, ``post_id``.

    Args:
        connection: Of the operation.
        content: An id that it has, or had in an earlier judgement.
        wording: Place of a wording among all of the content; None: whichever.

    Raises:
        OperationNotFoundError: The last judgement has no such content.
    """
    posts = _held(connection, _place(connection, content))
    if wording is not None:
        posts = _worded(posts)
        posts = posts.join(_wordings(posts).slice(wording, 1), on="form", how="semi")
    return posts.select(records.POST)


def _held(connection: Connection, at: _Place) -> pl.DataFrame:
    """Return the posts that hold a content, in order, see :class:`Found`."""
    stored = documents.read(
        connection, f"content-{at.place}" if at.part is None else f"content-posts-{at.part}"
    )
    assert stored is not None  # noqa: S101 - kept together
    held = pl.read_parquet(BytesIO(stored))
    return held if at.part is None else held.filter(pl.col("content") == at.place).drop("content")


def _authored(compared: Comparison) -> pl.DataFrame:
    """Return the posts that were compared, in their order, with their authors and what these are found to be members of."""
    authors = (
        compared.accounts.select(pl.col("row").cast(pl.Int64), *records.ACCOUNT, "handle")
        .join(compared.groups.select(row="account", group="group"), on="row", how="left")
        .join(compared.campaigns.members.select(row="account", campaign="campaign"), on="row", how="left")
    )
    return compared.posts.select(pl.col("row").cast(pl.Int64), *_OF_POST).join(
        authors, on="row", how="left", maintain_order="left"
    )


def _published(compared: Comparison) -> pl.DataFrame:
    """Return all that accounts published as their own, in the order of time.

    Returns:
        ``trace``, ``object`` (with its trace in front), ``account``, ``time``, ``post``, and ``place``: which of the things of
        its trace that a post holds it is.
    """
    whole = compared.network.published.select(
        "trace", pl.concat_str("trace", pl.lit(" "), "object").alias("object"), "account", "time", "post"
    )
    templates = compared.campaigns.contents.filter(pl.col("trace") == traces.TEMPLATE).select(whole.columns)
    return (
        pl.concat([whole, templates])
        .with_columns(place=pl.int_range(pl.len()).over("trace", "post"))
        .unique(["object", "post"], keep="first", maintain_order=True)
        .sort("time", "post", maintain_order=True)
    )


def _ids(contents: pl.DataFrame, posts: pl.DataFrame) -> list[str]:
    """Return an id for each post that holds a content: of what the content is, where that has a name, or else of the post.

    Args:
        contents: ``trace`` and ``object`` of each.
        posts: What :func:`_holders` returned.
    """
    names = list(contents.select("trace", "object").iter_rows())
    keys = records.keys(posts, records.POST)
    return [
        _digest(thing) if trace in _NAMED else _digest(trace, key.hex(), place)
        for (trace, thing), key, place in zip(
            (names[content] for content in posts["content"]), keys, posts["place"], strict=True
        )
    ]


def _digest(*parts: object) -> str:
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a content is kept.

    Attributes:
        place: Among those listed.
        part: Document that its posts lie in with those of others; None: an earlier version kept each by itself.
    """

    place: int
    part: int | None


def _place(connection: Connection, content: str) -> _Place:
    """Return where a content is kept, by its id or by one that it had before.

    Raises:
        OperationNotFoundError: It is not among those of the last judgement.
    """
    stored = documents.read(connection, _IDS)
    found = (
        pl.scan_parquet(BytesIO(stored)).filter(pl.col("id") == content).collect()
        if stored
        else pl.DataFrame()
    )
    if found.is_empty():
        raise OperationNotFoundError(message("operations.error.no_content"))
    row = found.row(0, named=True)
    return _Place(row["place"], row.get("part"))


def _worded(posts: pl.DataFrame) -> pl.DataFrame:
    """Return posts with ``form``, the letters of their texts alone, and ``excerpt``; null where a text has no letters."""
    form = text.letters(text.visible(pl.col("text")).str.normalize("NFKC"))
    forms = (
        posts.select("text").unique().select("text", form=pl.when(form != "").then(form), excerpt=_excerpt())
    )
    return posts.join(forms, on="text", how="left", nulls_equal=True, maintain_order="left")


def _wordings(worded: pl.DataFrame) -> pl.DataFrame:
    """Return the wordings of posts, those of most posts first: the columns of :class:`Wording`, and ``form``."""
    said = worded.drop_nulls("form")
    each = said.group_by("form", maintain_order=True).agg(
        pl.first("text", "lang", "excerpt"),
        posts=pl.len(),
        accounts=pl.struct(records.ACCOUNT).n_unique(),
        first_time=pl.col("created_at").first(),
    )
    first = each.select(pl.first("text", "lang")).select(pl.all().repeat_by(each.height).explode())
    likeness = pair_evidence.likeness(first, each.select("text", "lang"))
    return (
        each.with_columns(likeness=pl.when(pl.int_range(pl.len()) > 0).then(likeness))
        .sort("posts", "first_time", descending=[True, False], maintain_order=True)
        .select("form", "excerpt", "likeness", "posts", "accounts", "first_time")
    )


def spread(posts: pl.DataFrame) -> pl.DataFrame:
    """Return posts and accounts by hour and platform, in order: the columns of :class:`Spread`.

    Args:
        posts: ``platform``, ``account_id`` and ``created_at``.
    """
    return (
        posts.group_by(pl.col("created_at").dt.truncate("1h"), "platform")
        .agg(posts=pl.len(), accounts=pl.col("account_id").n_unique())
        .sort("created_at", "platform")
    )


def _tracks(connection: Connection, kind: str, posts: pl.DataFrame) -> dict[int, int]:
    """Return the accounts of posts by the number over time of their group or campaign, most first."""
    table = tables.tracks
    numbered = select(table.c.number, table.c.id).where(table.c.kind == kind, table.c.number.is_not(None))
    tracks = {row.number: row.id for row in connection.execute(numbered)}
    members = posts.unique(records.ACCOUNT)[kind].drop_nulls().value_counts()
    ordered = members.sort("count", kind, descending=[True, False])
    return {tracks[number]: count for number, count in ordered.iter_rows()}


def _excerpt() -> pl.Expr:
    return display_text.cut(display_text.plain(display_text.line(pl.col("text"))), _EXCERPT).fill_null("")


def _parquet(table: pl.DataFrame) -> bytes:
    file = BytesIO()
    table.write_parquet(file, compression="uncompressed")  # the document is compressed
    return file.getvalue()
