"""Which file belongs to which post.

A collector's record names the media of a post by a path, an address or a media key; or the file is named after the post.
A name that several things go by proves nothing: a picture given to posts that never showed it would make their authors
look coordinated. Such names match nothing, and are counted. For the same reason a video counts by one frame: two accounts
that share one video share one content.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.i18n import Message, message

# Characters of a name, or of an id, that hardly two things share by accident: "hqdefault" and "photo_1" are many
# pictures, "EabC3x_Yz01" is one.
_TELLING = 8
# Characters of an id below which a file named after a day or a number may seem to be of the post.
_SHORT_ID = 6
# Separators of a file's name up to which it may be the id of a post: ids hold some themselves, as 123_456 of Facebook.
_SEPARATORS = 4
# Seconds into a video from which its frame is taken: what opens it is often the card of a channel.
_OPENING_S = 5
_ID = ("platform", "account_id", "post_id")


@dataclass(frozen=True)
class Matched:
    """The hashes of posts.

    Attributes:
        hashes: ``post`` (UInt32, row of the post, from 0, ascending) and ``media_hashes`` (List(String): kind, colon,
            digits; distinct, in the order of the files). Posts without a file are not among them.
        files: Files that have a hash.
        unmatched: Those that belong to no post.
        ambiguous: Those among the unmatched that a name fits which other files or other posts go by too.
    """

    hashes: pl.DataFrame
    files: int
    unmatched: int
    ambiguous: int

    def notes(self) -> list[Message]:
        """Return what became of the files, in sentences."""
        notes = [message("media.matched", count=self.files - self.unmatched, posts=self.hashes.height)]
        if self.unmatched:
            notes.append(message("media.unmatched", count=self.unmatched))
        if self.ambiguous:
            notes.append(message("media.ambiguous", count=self.ambiguous))
        return notes


def match(hashes: pl.DataFrame, posts: pl.DataFrame) -> Matched:
    """Give each post the hashes of its files.

    A name of a post belongs to the file with that path; where there is none, to the file with that base name; where
    there is none, to the files of that name without its extension. A file that no name fits belongs to the post whose
    id it begins with (``1234567_1.jpg``); of several such ids, to the longest.

    Args:
        hashes: A table as of :func:`vigie.features.media.table_of`.
        posts: ``post_id``, ``_media`` (List(String): what the record says of its media), and ``platform`` and
            ``account_id``, without which an id is not known to be that of one post.
    """
    files = _hashed_files(hashes)
    names = _names(posts)
    by_name, doubtful_names = _by_name(files, names)
    free = files.join(by_name, on="place", how="anti", maintain_order="left")
    by_id, doubtful_ids = _by_id(free, posts)
    found = pl.concat([by_name, by_id]).unique()
    doubtful = pl.concat([doubtful_names, doubtful_ids]).unique().join(found, on="place", how="anti")
    rows = found.join(files.select("place", "hash"), on="place", how="inner").sort("post", "place")
    return Matched(
        rows.group_by("post", maintain_order=True).agg(
            media_hashes=pl.col("hash").unique(maintain_order=True)
        ),
        files.height,
        files.height - found["place"].n_unique(),
        doubtful.height,
    )


def _hashed_files(hashes: pl.DataFrame) -> pl.DataFrame:
    """Return the files that have a hash: ``place``, ``file``, ``base``, ``stem``, ``hash`` with its kind."""
    return (
        hashes.filter(pl.col("hash").is_not_null())
        .with_columns(opens=(pl.col("frame_s") < _OPENING_S).fill_null(False))
        .group_by("file", maintain_order=True)
        .agg(hash=pl.format("{}:{}", "kind", "hash").sort_by("opens", "frame_s").first())
        .with_row_index("place")
        .with_columns(base=_base(pl.col("file")))
        .with_columns(stem=_stem(pl.col("base")))
    )


def _names(posts: pl.DataFrame) -> pl.DataFrame:
    """Return what posts call their media: ``post``, ``path``, ``base``, ``stem``, and whether it is a ``word``."""
    given = pl.col("_media").str.strip_chars().str.replace_all("\\", "/", literal=True)
    # An address has a host, which moves, and words after its path; Twitter appended the size to the path.
    path = (
        given.str.replace(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*", "")
        .str.replace(r"[?#].*$", "")
        .str.replace(r":[a-z]+$", "")
    )
    is_address = given.str.contains("://", literal=True)
    bare = pl.when(is_address).then(path).otherwise(given).str.replace(r"^(?:\.?/)+", "")
    return (
        posts.select("_media")
        .with_row_index("post")
        .explode("_media", empty_as_null=True, keep_nulls=False)
        .select("post", is_address=is_address, bare=bare)
        .filter(pl.col("bare") != "")
        .with_columns(base=_base(pl.col("bare")))
        .select(
            "post",
            path=pl.when(~pl.col("is_address")).then("bare"),
            base="base",
            stem=_stem(pl.col("base")),
            where=_stem(pl.col("bare")),
        )
        .filter(pl.col("stem") != "")
        .unique(maintain_order=True)
        # What is named at several places, unless it is telling, is a word that everybody uses.
        .with_columns(word=(pl.col("where").n_unique().over("stem") > 1) & ~_telling(pl.col("stem")))
        .with_row_index("name")
    )


def _base(path: pl.Expr) -> pl.Expr:
    return path.str.extract(r"([^/]*)$")


def _stem(base: pl.Expr) -> pl.Expr:
    """Return a name without its extension."""
    return base.str.replace(r"(.)\.[A-Za-z0-9]{1,5}$", "${1}")


def _telling(name: pl.Expr) -> pl.Expr:
    """Return whether a name is long enough, and holds a digit, as those that machines give."""
    return (name.str.len_chars() >= _TELLING) & name.str.contains(r"\d")


def _by_name(files: pl.DataFrame, names: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the files (``place``) of posts (``post``) by what these call them, and the files of doubtful names."""
    # Two files of one base name with the same hash are one picture, saved twice.
    several = files.with_columns(several=pl.col("hash").n_unique().over("base") > 1).select(
        "place", "several", path="file", base="base", stem="stem"
    )
    at_path = names.join(several, on="path", how="inner")
    rest = names.join(at_path, on="name", how="anti")
    at_base = rest.join(several, on="base", how="inner")
    # A picture beside its video has the same stem and another base name: both are of the post.
    at_stem = rest.join(at_base, on="name", how="anti").join(several, on="stem", how="inner")
    weighed = pl.concat(
        found.select("post", "place", doubtful=pl.col("several") | pl.col("word"))
        for found in (at_base, at_stem)
    )
    sure = pl.concat([at_path.select("post", "place"), weighed.filter(~pl.col("doubtful")).drop("doubtful")])
    return sure.unique(), weighed.filter("doubtful").select("place").unique()


def _by_id(files: pl.DataFrame, posts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the files (``place``) of posts (``post``) by the ids that they begin with, and those of doubtful ids."""
    starts = [
        pl.col("stem").str.extract(rf"^((?:[^\W_]*[\W_]){{{count}}}[^\W_]*)(?:[\W_]|$)")
        for count in range(_SEPARATORS)
    ]
    given = (
        files.select("place", "stem", post_id=pl.concat_list(starts))
        .explode("post_id", empty_as_null=True, keep_nulls=False)
        .filter(pl.col("post_id") != "")
        .unique()
    )
    owners = (
        posts.select(_ID)
        .with_row_index("post")
        .with_columns(shared=pl.struct(_ID).n_unique().over("post_id") > 1)
        .select("post", "post_id", "shared")
    )
    rest = pl.col("stem").str.strip_prefix(pl.col("post_id"))
    found = given.join(owners, on="post_id", how="inner").filter(
        pl.col("post_id").str.len_chars() == pl.col("post_id").str.len_chars().max().over("place")
    )
    # A year opens a file's name as well as a short id does: behind such an id only a number may stand.
    short = (pl.col("post_id").str.len_chars() < _SHORT_ID) & ~rest.str.contains(r"^(?:[\W_]\d{1,2})?$")
    weighed = found.with_columns(doubtful=pl.col("shared") | short)
    return (
        weighed.filter(~pl.col("doubtful")).select("post", "place"),
        weighed.filter("doubtful").select("place").unique(),
    )
