"""The contents of a campaign or a group: what was published, who began, how it spread, and who else has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from vigie.features.coordination import traces
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import display_text, pair_evidence
from vigie.features.i18n import Message, Moment, message
from vigie.serving.note import addresses
from vigie.serving.note.subjects import Subject, people

# Contents shown, those of most accounts first, and characters of their text.
MOST, EXCERPT = 6, 280
# Links and hashtags of a post that are shown.
_FEW = 5
# Traces whose contents are texts: the excerpt of the first post says what they are.
TEXTS = ("text_duplicate", "text_meaning")


@dataclass(frozen=True)
class Content:
    """A content, with its first post.

    Attributes:
        kind: What it is.
        name: The hash, the page, the hashtags or the post; empty for texts, of which the excerpt tells.
        excerpt: Start of the text of the first post; empty where it has none.
        links: Addresses in the first post.
        hashtags: Its hashtags, those that the excerpt does not show.
        first_account: Who published it first.
        first_time: When.
        address: Of the first post; None where it is not certain.
        last_time: When a member published it last.
        inside: Members that published it.
        outside: Other accounts compared that did.
        posts: Posts of members that hold it.
    """

    kind: Message
    name: str
    excerpt: str
    links: tuple[str, ...]
    hashtags: tuple[str, ...]
    first_account: str
    first_time: datetime
    address: str | None
    last_time: datetime
    inside: int
    outside: int
    posts: int

    @property
    def spread(self) -> Message:
        """Who began, until when it was published, by how many inside and outside."""
        return message(
            "note.spread",
            account=self.first_account,
            first=Moment(self.first_time, seconds=True),
            last=Moment(self.last_time, seconds=True),
            posts=message("note.posts", count=self.posts),
            inside=message("note.accounts", count=self.inside),
            outside=self.outside,
        )


def excerpt() -> pl.Expr:
    """Return the start of each ``text``, on one line, without control and direction marks."""
    line = display_text.plain(display_text.line(pl.col("text")))
    return display_text.cut(line, EXCERPT).fill_null("")


def of(subject: Subject, compared: Comparison, most: int = MOST) -> Iterator[Content]:
    """Yield the contents of a subject, those of most members first.

    Args:
        subject: The campaign or group.
        compared: The comparison it is of.
        most: How many of them.
    """
    table = spread(subject).head(most)
    names = pair_evidence.object_names(compared.network, compared.posts, table.select("trace", "object"))
    shown = (
        table.join(names, on="object", how="left", maintain_order="left")
        .join(_posts(compared, table["first_post"]), on="first_post", how="left", maintain_order="left")
        .join(
            people(compared).select(first_account="account", by="name"),
            on="first_account",
            how="left",
            maintain_order="left",
        )
    )
    for row in shown.iter_rows(named=True):
        yield Content(
            kind=traces.title(row["trace"]),
            name="" if row["trace"] in TEXTS else row["name"] or "",
            excerpt=row["excerpt"],
            links=tuple(row["links"] or ()),
            hashtags=tuple(tag for tag in row["tags"] or () if tag.lower() not in row["excerpt"].lower()),
            first_account=row["by"] or "",
            first_time=datetime.fromtimestamp(row["first_time"], UTC),
            address=row["address"],
            last_time=datetime.fromtimestamp(row["last_time"], UTC),
            inside=row["inside"],
            outside=row["holders"] - row["inside"],
            posts=row["posts"],
        )


def spread(subject: Subject) -> pl.DataFrame:
    """Return one row per content of a subject: who began, how many members and others hold it, from when to when.

    Args:
        subject: The campaign or group.

    Returns:
        ``trace``, ``object``, ``inside``, ``posts``, ``first_account``, ``first_post``, ``first_time``, ``last_time``
        (seconds since 1970), ``holders`` (accounts compared, members included); those of most members first.
    """
    holders = subject.everywhere.group_by("object").agg(holders=pl.col("account").n_unique().cast(pl.Int64))
    return (
        subject.acts.group_by("trace", "object", maintain_order=True)
        .agg(
            inside=pl.col("account").n_unique().cast(pl.Int64),
            posts=pl.col("post").n_unique(),
            first_account=pl.col("account").first(),
            first_post=pl.col("post").first(),
            first_time=pl.col("time").first(),
            last_time=pl.col("time").last(),
        )
        .join(holders, on="object", how="left", maintain_order="left")
        .sort("inside", "first_time", "object", descending=[True, False, False])
    )


def left_out(subject: Subject) -> int:
    """Return how many contents of a subject are not shown."""
    return max(0, subject.acts["object"].n_unique() - MOST)


def outsiders(subject: Subject) -> int:
    """Return how many accounts compared, outside the subject, acted on at least one of its contents."""
    return subject.everywhere.filter(~pl.col("account").is_in(list(subject.members)))["account"].n_unique()


def _posts(compared: Comparison, wanted: pl.Series) -> pl.DataFrame:
    """Return of some posts, by their position ``first_post``, what is shown of them."""
    given = compared.posts[wanted.to_list()].with_columns(first_post=wanted)
    tag = pl.concat_str(pl.lit("#"), display_text.plain(pl.element().str.strip_chars("#")))
    return (
        given.join(compared.accounts.select("row", "platform"), on="row", how="left", maintain_order="left")
        .select(
            "first_post",
            excerpt=excerpt(),
            address=addresses.of_posts(),
            links=pl.col("urls").list.head(_FEW).list.eval(addresses.safe(pl.element())).list.drop_nulls(),
            tags=pl.col("hashtags").list.head(_FEW).list.eval(tag),
        )
        .unique("first_post")
    )
