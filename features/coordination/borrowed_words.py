"""Borrowed words: accounts that publish what several others said, and put a link of one site behind it.

To seem to be people, accounts of a campaign take over what people wrote, each text once or twice, and add a link. Two of them share
hardly a text, so their words are no contents of a campaign, and readers share the pages of a site as well. But who quotes takes the
words of one person, now and then; a kit or a petition has a few texts, which many publish; and the title of a page came with its
link. So a site counts to which ten accounts or more lead in most of what they publish, with the words of three others each, who did
not lead there, and with at least as many different texts as there are such accounts.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import betainc

from vigie.features import on_disk
from vigie.features.coordination import one_object, repeated_content
from vigie.features.similarity import url_canonical

# Texts that an account takes, and others whom it takes them from, at least.
LEAST = 3
# Accounts that do so for a site, at least: as many as one content needs within a minute.
LEAST_ACCOUNTS = one_object.LEAST
# Share of the posts of such an account that do so, at least.
_MOSTLY = 0.5


def detect(published: pl.DataFrame, contents: pl.DataFrame) -> pl.DataFrame:
    """Return the pages of sites to which accounts lead with the words of others, and these accounts.

    Args:
        published: ``trace``, ``account``, ``object``, ``time``, ``post``, as a network holds them.
        contents: What :func:`vigie.features.coordination.published_contents.contents` returned.

    Returns:
        What :func:`vigie.features.coordination.repeated_content.told_together` does: ``pool`` (a site), ``object`` (a page),
        ``account``, ``p`` (that as many of its posts do so, where each does as often as those of others).
    """
    linked = on_disk.by_stretches(
        published, lambda some: some.filter(pl.col("trace") == "co_url").select("post", page="object")
    )
    own = on_disk.by_keys([contents.select("account", "post")], ["account"], _counted)
    is_linked = _places(linked["post"], contents["post"])
    copying = on_disk.by_stretches(
        on_disk.beside(contents.select("account", "shared"), is_linked.alias("linked")),
        lambda some: some.filter(pl.col("shared") & pl.col("linked")).select("account"),
    )
    copying = copying.group_by("account").len("copied")
    enough = (pl.col("copied") >= LEAST) & (pl.col("copied") >= _MOSTLY * pl.col("posts"))
    # In most collections hardly anybody publishes little but what others do, with a link.
    asked = copying.join(own, on="account").filter(enough)
    if asked.height < LEAST_ACCOUNTS:
        return repeated_content.NO_POOL
    with_site, texts = _of_sites(linked, published, asked["account"])
    first = (
        texts.sort("time", "post")
        .unique("object", keep="first", maintain_order=True)
        .select("object", author="account", since="time", original="post")
    )
    led = with_site.join(first, left_on="post", right_on="original").select("object", "site").unique()
    taken = (
        texts.join(first, on="object")
        .filter((pl.col("account") != pl.col("author")) & (pl.col("time") > pl.col("since")))
        .join(with_site, on="post")
        .join(led, on=["object", "site"], how="anti")
    )
    takers = _takers(taken, own)
    # Of accounts that take texts of each other it is not known whose they are.
    of_takers = takers.select("site", author="account")
    taken = taken.join(of_takers, on=["site", "author"], how="anti")
    takers = _takers(taken, own)
    by_takers = taken.join(takers, on=["site", "account"], how="semi")
    sites = (
        by_takers.group_by("site")
        .agg(accounts=pl.col("account").n_unique(), texts=pl.col("object").n_unique())
        .filter((pl.col("accounts") >= LEAST_ACCOUNTS) & (pl.col("texts") >= pl.col("accounts")))
        .sort("accounts", "site", descending=[True, False])
        .with_row_index("pool")
    )
    if sites.is_empty():
        return repeated_content.NO_POOL
    others = taken.join(takers, on=["site", "account"], how="anti").group_by("site").agg(others=pl.len())
    told = takers.join(sites.select("site", "pool"), on="site").join(others, on="site", how="left")
    rate = (told["others"].fill_null(0).to_numpy() + 1) / (int(own["posts"].sum()) + 1)
    taking, posts = told["taken"].to_numpy().astype(np.int64), told["posts"].to_numpy()
    p = np.maximum(betainc(taking, posts - taking + 1, rate), np.finfo(float).tiny)
    surely = told.select("site", "account", "pool", p=pl.Series(p))
    return (
        by_takers.join(surely, on=["site", "account"])
        .select(
            pl.col("pool").cast(pl.Int64), pl.concat_str(pl.lit("co_url "), "page").alias("object"), "account", "p"
        )
        .unique()
        .sort("pool", "object", "account")
    )  # fmt: skip


def _counted(own: pl.DataFrame) -> pl.DataFrame:
    """Return how many ``posts`` each account has, of ``account`` and ``post``."""
    return own.group_by("account").agg(posts=pl.col("post").n_unique().cast(pl.Int64))


def _places(some: pl.Series, posts: pl.Series) -> pl.Series:
    """Return which of some posts are among others; asked of an array, as of many posts a join takes gigabytes."""
    are = np.zeros(int(max(some.max() or 0, posts.max() or 0)) + 1, np.bool_)  # type: ignore[arg-type]  # Int64 or null
    are[some.to_numpy()] = True
    return pl.Series(are[posts.to_numpy()], dtype=pl.Boolean)


def _of_sites(
    linked: pl.DataFrame, published: pl.DataFrame, asked: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the links to the sites that some accounts link to, and all posts with a text that stands beside such a link.

    Args:
        linked: ``post`` and ``page``.
        published: As in :func:`detect`.
        asked: The accounts.

    Returns:
        ``post``, ``page``, ``site`` of the links; ``account``, ``object``, ``time``, ``post`` of the texts.
    """
    texts = on_disk.by_stretches(
        published,
        lambda some: some.filter(pl.col("trace") == "text_duplicate").select(
            "account", "object", "time", "post"
        ),
    )
    theirs = texts.filter(pl.col("account").is_in(asked.implode()))["post"]
    site = url_canonical.host(pl.col("page"))
    sites = linked.filter(_places(theirs, linked["post"])).select(site=site).unique()["site"]
    with_site = on_disk.by_stretches(
        linked, lambda some: some.with_columns(site=site).filter(pl.col("site").is_in(sites.implode()))
    )
    beside = on_disk.where(texts, _places(with_site["post"], texts["post"]))["object"].unique()
    return with_site, on_disk.by_stretches(
        texts, lambda some: some.filter(pl.col("object").is_in(beside.implode()))
    )


def _takers(taken: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts that lead to a site with the words of several others in most of their posts.

    Args:
        taken: ``account``, ``object``, ``author``, ``post``, ``site``.
        own: ``account`` and its ``posts``.

    Returns:
        ``site``, ``account``, ``taken`` (posts with such words), ``posts``; by site and account.
    """
    return (
        taken.group_by("site", "account")
        .agg(
            texts=pl.col("object").n_unique(),
            authors=pl.col("author").n_unique(),
            taken=pl.col("post").n_unique().cast(pl.Int64),
        )
        .join(own, on="account")
        .filter(
            (pl.col("texts") >= LEAST)
            & (pl.col("authors") >= LEAST)
            & (pl.col("taken") >= _MOSTLY * pl.col("posts"))
        )
        .select("site", "account", "taken", "posts")
        .sort("site", "account")
    )
