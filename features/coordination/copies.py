"""Copies: accounts that publish the same pictures, texts or sequences of hashtags, at whatever time.

A flood of a few posts per account meets at no moment twice, yet its accounts share several of its contents. Two accounts
with n and m own posts share s of them where chance gives Poisson(λ·n·m); λ is the chance that two posts of two ordinary
accounts are copies of each other. It is that of the reference, raised to what the collection itself shows, up to a cap: a
campaign that is most of a collection must not set the rate it is judged by.

Sharing what everybody passes on is ordinary. So an account is compared only where a good part of its own posts are copies,
and accounts that share contents count only where these contents are mostly theirs: a meme has hundreds of holders outside
any group, the picture of a campaign hardly any.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.special import gammainc

from vigie.features.coordination.null_models import false_discovery_share
from vigie.features.similarity import url_canonical

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TRACE = "copies"
# Traces whose objects are published as one's own, from the one that says most of a post.
KINDS = ("media_duplicate", "text_duplicate", "hashtag_sequence")
# Distinct contents that two accounts share at least.
LEAST = 2
# Share of the posts of the less active of the two that these are.
LEAST_SHARE = 0.25
# Share of an account's own posts that other accounts published too.
LEAST_COPIED = 0.3
# Share of the holders of a group's contents that are members of it.
LEAST_EXCLUSIVE = 0.5
# Chance that two posts of two ordinary accounts are copies: what is taken at least, and at most.
LAMBDA, MOST_LAMBDA = 1e-4, 3e-4
# Share of false pairs among those called significant.
ALPHA = 0.01
# Share of the posts of a text that hold a link, from which it may be the title of a page.
LINKED = 0.8
# Accounts of a group, at least.
LEAST_ACCOUNTS = 3
# Products of accounts and contents computed at once.
_BLOCK = 20_000_000


@dataclass(frozen=True)
class Copies:
    """Pairs of accounts that share contents, and the chance they were tested with.

    Attributes:
        pairs: ``first``, ``second`` (rows, first < second), ``objects`` (distinct contents shared), ``posts_first``,
            ``posts_second``, ``expected``, ``p``, ``p_corrected``; pairs with :data:`LEAST` contents at least.
        rate: λ.
    """

    pairs: pl.DataFrame
    rate: float

    def significant(self) -> pl.DataFrame:
        """Return the pairs that chance does not explain."""
        fewer = pl.min_horizontal("posts_first", "posts_second")
        return self.pairs.filter((pl.col("p_corrected") < ALPHA) & (pl.col("objects") >= LEAST_SHARE * fewer))


def contents(events: pl.DataFrame) -> pl.DataFrame:
    """Return one content per own post: that of its most specific kind which another account published too.

    Args:
        events: ``trace``, ``account``, ``object``, ``time``, ``post``, as a network holds them.

    Returns:
        ``account``, ``post``, ``time``, ``object`` (with its trace in front) and ``shared`` (whether another account
        published it), one row per own post with anything to copy.
    """
    order = {name: place for place, name in enumerate(KINDS)}
    own = events.filter(pl.col("trace").is_in(KINDS)).with_columns(
        kind=pl.col("trace").replace_strict(order, return_dtype=pl.Int64),
        shared=(pl.col("account").n_unique().over("trace", "object") > 1) & ~_is_title(events),
    )
    return (
        own.sort("post", ~pl.col("shared"), "kind", "object")
        .unique("post", keep="first", maintain_order=True)
        .select(
            "account", "post", "time", "shared", "trace", object=pl.concat_str("trace", pl.lit(" "), "object")
        )
    )


def _is_title(events: pl.DataFrame) -> pl.Expr:
    """Return whether a text is the title of a page: nearly all its posts hold links, and these lead to one site.

    Who shares a page shares its title: such words are the site's, not the account's.
    """
    host = (
        events.filter(pl.col("trace") == "co_url")
        .unique("post", keep="first", maintain_order=True)
        .select("post", host=url_canonical.host(pl.col("object")))
    )
    texts = events.filter(pl.col("trace") == "text_duplicate").join(host, on="post", how="left")
    titles = (
        texts.group_by("object")
        .agg(linked=pl.col("host").is_not_null().mean(), sites=pl.col("host").n_unique())
        .filter((pl.col("linked") >= LINKED) & (pl.col("sites") == 1))
    )
    return (pl.col("trace") == "text_duplicate") & pl.col("object").is_in(titles["object"].implode())


def detect(published: pl.DataFrame, rate: float = 0.0) -> Copies:
    """Return the pairs of accounts that share contents, tested.

    Args:
        published: What :func:`contents` returned.
        rate: λ among ordinary accounts, from a baseline; at least :data:`LAMBDA` is taken, whatever it says.
    """
    posts = published.group_by("account").agg(posts=pl.len(), copied=pl.col("shared").mean()).sort("account")
    accounts = posts["account"].to_numpy()
    n = posts["posts"].to_numpy().astype(float)
    held = published.filter("shared").select("account", "object").unique()
    if held.is_empty():
        return Copies(_NONE, max(rate, LAMBDA))
    row = np.searchsorted(accounts, held["account"].to_numpy())
    thing = held["object"].rank("dense").to_numpy().astype(np.int64) - 1
    copied, possible = counted(published)
    current = float(np.clip(copied / possible if possible else 0.0, max(rate, LAMBDA), MOST_LAMBDA))
    much = (posts["copied"] >= LEAST_COPIED).to_numpy()[row]
    if not much.any():
        return Copies(_NONE, current)
    first, second, shared = _sharing(row[much], thing[much], len(accounts))
    expected = current * n[first] * n[second]
    p = np.maximum(gammainc(shared, expected), np.finfo(float).tiny)
    corrected = false_discovery_share(p, len(accounts) * (len(accounts) - 1) / 2)
    table = pl.DataFrame(
        {
            "first": accounts[first], "second": accounts[second], "objects": shared.astype(np.int64),
            "posts_first": n[first].astype(np.int64), "posts_second": n[second].astype(np.int64),
            "expected": expected, "p": p, "p_corrected": corrected,
        },
        schema=_NONE.schema,
    )  # fmt: skip
    return Copies(table.sort("first", "second"), current)


def groups(published: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the groups that significant pairs join and whose contents are mostly their own.

    Args:
        published: What :func:`contents` returned.
        pairs: Significant pairs.

    Returns:
        ``group``, ``account``; sorted by both, the largest group first.
    """
    ends = np.unique(np.concatenate([pairs["first"].to_numpy(), pairs["second"].to_numpy()]))
    one, other = (np.searchsorted(ends, pairs[side].to_numpy()) for side in ("first", "second"))
    graph = coo_matrix((np.ones(len(one)), (one, other)), (len(ends), len(ends)))
    _, part = connected_components(graph, False)
    member = pl.DataFrame(
        {"account": ends, "part": part.astype(np.int64)}, schema={"account": pl.Int64, "part": pl.Int64}
    )
    held = (
        published.filter("shared").select("account", "object").unique().join(member, on="account", how="left")
    )
    inside = (
        held.with_columns(holders=pl.len().over("object"))
        .drop_nulls("part")
        .group_by("part", "object")
        .agg(members=pl.len(), holders=pl.col("holders").first())
        .filter(pl.col("members") >= LEAST)
        .group_by("part")
        .agg(exclusive=pl.col("members").sum() / pl.col("holders").sum())
        .filter(pl.col("exclusive") >= LEAST_EXCLUSIVE)
    )
    kept = member.join(inside, on="part", how="semi").filter(pl.len().over("part") >= LEAST_ACCOUNTS)
    order = (
        kept.group_by("part")
        .agg(size=pl.len(), least=pl.col("account").min())
        .sort("size", "least", descending=[True, False])
        .with_row_index("group")
    )
    return (
        kept.join(order, on="part").select(pl.col("group").cast(pl.Int64), "account").sort("group", "account")
    )


def _sharing(row: Ints, thing: Ints, size: int) -> tuple[Ints, Ints, Floats]:
    """Return the pairs of accounts that share :data:`LEAST` contents or more, and how many."""
    held = csr_matrix((np.ones(len(row), np.float32), (row, thing)), shape=(size, int(thing.max()) + 1))
    work = np.cumsum(held @ np.asarray(held.sum(axis=0)).ravel())
    parts = []
    for rows in np.split(np.arange(size), np.flatnonzero(np.diff(work // _BLOCK)) + 1):
        both = (held[rows] @ held.T).tocoo()
        one, other = rows[both.row], both.col.astype(np.int64)
        keep = (one < other) & (both.data >= LEAST - 0.5)
        parts.append((one[keep], other[keep], both.data[keep].round().astype(float)))
    one, other, count = (np.concatenate(part) for part in zip(*parts, strict=True))
    return one.astype(np.int64), other, count


def counted(published: pl.DataFrame) -> tuple[float, float]:
    """Return how many pairs of posts of two accounts are copies of each other, and how many pairs there are.

    Args:
        published: What :func:`contents` returned.
    """
    held = published.filter("shared").select("account", "object").unique()
    holders = held["object"].value_counts()["count"].to_numpy().astype(float)
    posts = published["account"].value_counts()["count"].to_numpy().astype(float)
    return float((holders * (holders - 1) / 2).sum()), float((posts.sum() ** 2 - (posts**2).sum()) / 2)


_NONE = pl.DataFrame(
    schema={
        **dict.fromkeys(("first", "second", "objects", "posts_first", "posts_second"), pl.Int64),
        **dict.fromkeys(("expected", "p", "p_corrected"), pl.Float64),
    }
)
