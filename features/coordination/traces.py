"""Traces: what counts as acting on the same thing. One function per trace, one registry.

A trace turns posts into events: an account acted on an object at a time, with a post. Windows are those in
which acting together is read as synchronous; a trace whose shortest window is finer than the clock of the
data is skipped for that window, and said so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl
import polars.selectors as cs

from vigie.features import extensions, on_disk, steps, text
from vigie.features.coordination import targets
from vigie.features.coordination.parts import ONE, Ints, Parts
from vigie.features.i18n import Message, message
from vigie.features.ingest import validation
from vigie.features.preprocessing import act
from vigie.features.schema import RESOLUTIONS, VECTOR
from vigie.features.similarity import (
    embeddings,
    near_duplicate_text,
    perceptual_hash,
    text_forms,
    url_canonical,
)
from vigie.features.similarity.near_duplicate_text import SimilarTexts

# All traces together: a pair that meets twice by reposts, twice by links and twice by words met six times.
ANY = "any"
# Texts with the same words but for some places, see :mod:`vigie.features.similarity.text_templates`.
TEMPLATE = "text_template"
# Quotes of the same post, see :mod:`vigie.features.coordination.passed_on`.
QUOTE = "co_quote"
MINUTE, HOUR, DAY = 60, 3_600, 86_400
# Links, pictures, hashtags and mentions of a post that are read: what one post brings is bounded.
MOST_OF_A_POST = 10
# Posts of an account that are read, the latest: what one account costs is bounded.
MOST_OF_AN_ACCOUNT = 50_000
Definition = Callable[[pl.DataFrame], pl.DataFrame]
# What the traces here read of a post; those of other packages may read more of it.
_READ = (
    "account", "part", "post", "time", "resolution_s", "act", "text", "lang", "created_at", "target_post_id",
    "target_account_id", "target_created_at", "hashtag_list", "mention_list", "url_list", "page_list", "media_hashes",
    "embedding",
)  # fmt: skip
# Entry points through which other packages add traces.
ENTRY_POINTS = "vigie.traces"


@dataclass(frozen=True)
class Trace:
    """One way of acting on the same thing.

    What the accounts did is said by the messages ``coordination.did.NAME`` and ``coordination.trace.NAME``.

    Attributes:
        name: Its name.
        windows: Windows in seconds.
        least: Actions an account needs on the trace to be compared at all.
        define: From prepared posts to ``account``, ``object``, ``time``, ``post``, ``author``.
        is_of_each: Whether what a post gives hangs on that post alone.
    """

    name: str
    windows: tuple[int, ...]
    least: int
    define: Definition
    is_of_each: bool = False


TRACES: dict[str, Trace] = {}


def trace(
    windows: tuple[int, ...], least: int, *, is_of_each: bool = False
) -> Callable[[Definition], Definition]:
    """Register the decorated function as a trace; see :class:`Trace` for the arguments.

    Another package adds a trace with an entry point of the group ``vigie.traces`` that names its module.

    Raises:
        ValueError: A trace has that name already.
    """

    def register(define: Definition) -> Definition:
        if define.__name__ in TRACES:
            raise ValueError(f"a trace called {define.__name__} is registered already")
        TRACES[define.__name__] = Trace(define.__name__, windows, least, define, is_of_each)
        return define

    return register


def registered() -> tuple[str, ...]:
    """Return the names of all traces, those of other packages last.

    Raises:
        ExtensionError: A trace of another package cannot be loaded.
    """
    extensions.load(ENTRY_POINTS)
    return tuple(TRACES)


def did(name: str) -> Message:
    """Return what accounts that share a trace did, as the verb of a sentence in the past."""
    return (
        Message(f"coordination.did.{name}")
        if name in BUILT_IN
        else message("coordination.did_other", trace=name)
    )


def title(name: str) -> Message:
    """Return what a trace is called, or all of them together."""
    if name == ANY:
        return message("coordination.trace_any")
    return (
        Message(f"coordination.trace.{name}")
        if name in NAMED
        else message("coordination.trace_other", trace=name)
    )


def resolution() -> pl.Expr:
    """Return the seconds between two ticks of the clock of a post, 1 where it is not said."""
    return pl.col("time_resolution").replace_strict(RESOLUTIONS, default=1, return_dtype=pl.Int64)


class Prepared(NamedTuple):
    """Posts as traces read them.

    Attributes:
        posts: ``account``, ``part``, ``post`` (position in what was given), ``time`` (seconds), ``resolution_s``, ``act``,
            ``text_cluster`` (of own posts: near-duplicates have the same), and the lists, sorted as given; ``page_list``
            holds the canonical links. Where traces of another package are looked at, the columns of the posts too.
        notes: What is not read, or not compared.
        texts: Which texts of own posts are similar; of several parts, those of the first.
    """

    posts: pl.DataFrame
    notes: tuple[Message, ...]
    texts: SimilarTexts


def read(
    posts: pl.DataFrame,
    texts: SimilarTexts | None = None,
    parts: Parts = ONE,
    *,
    names: Collection[str] | None = None,
) -> Prepared:
    """Return posts with the columns that several traces read, and what of them is not read.

    Left out are posts without a time, posts that stand again under one id of one account (the earliest, as it was
    before edits, stays), all but the latest :data:`MOST_OF_AN_ACCOUNT` of an account, and reposts of its own posts.
    A reply to a post of its own stays as an own post that answers nobody. A post that acts on another in a way that is
    not stated is neither an own post nor a repost. Of links, pictures, hashtags and mentions
    the first :data:`MOST_OF_A_POST` are read, and of embeddings those that can be compared.

    Args:
        posts: Contract columns and ``row`` of the author; ``account_id`` and ``platform`` need not be there, and tell
            which post one acts on (see :mod:`vigie.features.coordination.targets`).
        texts: Texts that were compared before: what is known of them is not found out again.
        parts: The collections that the accounts are of.
        names: Traces that will be looked at; texts are compared only for those that may ask for it. None: all.
    """
    timed = posts.with_row_index("post").filter(pl.col("created_at").is_not_null())
    once = _once(timed)
    latest = _latest(once)
    aimed = on_disk.beside(
        latest,
        targets.own(posts, latest).alias("own_target"),
        targets.named(posts, latest).alias("target_post_id"),
    )
    others = names is None or any(name not in BUILT_IN for name in names)
    prepared = on_disk.by_stretches(aimed, lambda some: _prepared(some, parts, others=others))
    bounded, cut = _bounded(prepared)
    fit, unfit = _fit(bounded)
    steps.passed("posts")
    asked = others or (names is not None and "text_duplicate" in names)
    clustered, known = _with_text_clusters(fit, texts, asked=asked)
    counts = {
        "coordination.left_out.no_time": posts.height - timed.height,
        "coordination.left_out.repeated_id": timed.height - once.height,
        "coordination.left_out.before_latest": once.height - latest.height,
        "coordination.left_out.own_repost": latest.height - prepared.height,
        "coordination.left_out.unknown_act": prepared["act"].null_count(),
    }
    notes = [
        Message(key, {"count": count, "most": MOST_OF_AN_ACCOUNT}) for key, count in counts.items() if count
    ]
    if known.verified is not None:
        notes.append(message("coordination.alike_texts", count=known.verified))
    return Prepared(clustered, (*notes, *cut, *unfit), known)


def _prepared(posts: pl.DataFrame, parts: Parts, *, others: bool) -> pl.DataFrame:
    """Return posts with what tells of each alone, without reposts of an account's own posts.

    Args:
        posts: Contract columns, ``row``, ``post`` and ``own_target``.
        parts: As in :func:`read`.
        others: Whether traces of other packages read them: these find all columns.
    """
    read = pl.all() if others else cs.by_name(_READ, require_all=False)
    return (
        posts.lazy()
        .with_columns(
            account=pl.col("row").cast(pl.Int64),
            part=parts.of(pl.col("row")),
            post=pl.col("post").cast(pl.Int64),
            time=pl.col("created_at").dt.epoch("s"),
            text=text.visible(pl.col("text")),
            resolution_s=resolution(),
        )
        .with_columns(
            act=act(),
            hashtag_list=text.listed(posts, "hashtags", text.HASHTAG),
            mention_list=text.listed(posts, "mentions", text.MENTION),
            url_list=text.listed(posts, "urls", text.URL),
        )
        .filter(~(pl.col("own_target") & pl.col("act").eq_missing("repost")))
        .with_columns(
            target_post_id=pl.when(~pl.col("own_target")).then("target_post_id"),
            page_list=url_canonical.canonical_of_each(pl.col("url_list").list.head(MOST_OF_A_POST)),
        )
        .select(read)
        .collect(engine="in-memory")
    )


def _with_text_clusters(
    posts: pl.DataFrame, texts: SimilarTexts | None, *, asked: bool
) -> tuple[pl.DataFrame, SimilarTexts]:
    """Return posts with ``text_cluster``, and which texts of the first part are similar; arguments as :func:`read`.

    Where no trace asks for them, no text is compared and none is in a cluster.
    """
    compared = []

    def cluster(some: pl.DataFrame) -> pl.Series:
        own = some.select(pl.when((pl.col("act") != "repost") & asked).then("text")).to_series()
        known = near_duplicate_text.similar(own, texts)
        compared.append(known)
        return known.clusters(own)

    clusters = _of_each_part(posts, cluster)
    return on_disk.beside(posts, clusters.alias("text_cluster")), compared[0]


def _of_each_part(posts: pl.DataFrame, clusters: Callable[[pl.DataFrame], pl.Series]) -> pl.Series:
    """Return the clusters of posts, found among those of each part alone."""
    changes = np.flatnonzero(np.diff(posts["part"].to_numpy())) + 1
    return pl.concat(clusters(posts[begin:end]) for begin, end in pairwise([0, *changes, posts.height]))


def coarsest(posts: pl.DataFrame, parts: Parts) -> Ints:
    """Return the seconds between two ticks of the coarsest clock of each part, 1 where none is said.

    Args:
        posts: ``part`` and ``resolution_s``.
        parts: The parts.
    """
    coarse = np.ones(parts.count, np.int64)
    np.maximum.at(coarse, posts["part"].to_numpy(), posts["resolution_s"].to_numpy())
    return coarse


def events(posts: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the events of a trace out of what :func:`read` returned.

    Accounts with fewer than the trace's least number of distinct objects are left out.

    Raises:
        KeyError: There is no such trace.
    """
    return of_active(acts(posts, name), name)


def acts(posts: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the events of a trace, those of accounts with one object included; arguments as :func:`events`."""

    def found(some: pl.DataFrame) -> pl.DataFrame:
        return (
            TRACES[name]
            .define(some)
            .lazy()
            .drop_nulls(["object", "time"])
            .drop("part", strict=False)
            .collect(engine="in-memory")
        )

    return on_disk.by_stretches(posts, found) if TRACES[name].is_of_each else found(posts)


def of_active(found: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the events of accounts with as many distinct objects as the trace asks for."""
    objects = on_disk.over(found.select("account", "object"), pl.col("object").n_unique(), ["account"])
    return on_disk.where(found, objects >= TRACES[name].least)


def windows(name: str, resolution_s: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the windows of a trace that a clock of that resolution carries, and those it does not."""
    carried = tuple(window for window in TRACES[name].windows if window >= resolution_s)
    return carried, tuple(window for window in TRACES[name].windows if window < resolution_s)


def shortened(count: int, most: int, field: str) -> Message:
    """Return that posts were read with the first things of a field only.

    Args:
        count: Posts with more.
        most: Things that are read.
        field: ``urls``, ``media_hashes``, ``hashtags`` or ``mentions``.
    """
    return Message(f"coordination.shortened.{field}", {"count": count, "most": most})


def _once(timed: pl.DataFrame) -> pl.DataFrame:
    """Return each post of an account once, the earliest of those under one id."""
    # Names whose hashes all differ do, and to compare numbers takes a quarter of the time.
    hashes = timed["post_id"].drop_nulls().hash()
    if hashes.n_unique() == len(hashes):
        return timed
    post = pl.struct("row", "post_id")
    ordered = timed.sort("created_at", "post")
    return ordered.filter(post.is_first_distinct() | pl.col("post_id").is_null()).sort("post")


def _latest(once: pl.DataFrame) -> pl.DataFrame:
    """Return the latest :data:`MOST_OF_AN_ACCOUNT` posts of each account."""
    if once.is_empty() or once["row"].unique_counts().max() <= MOST_OF_AN_ACCOUNT:  # type: ignore[operator]  # counts
        return once
    age = pl.col("created_at").rank("ordinal", descending=True).over("row")
    return once.filter(age <= MOST_OF_AN_ACCOUNT)


def _bounded(prepared: pl.DataFrame) -> tuple[pl.DataFrame, list[Message]]:
    """Return posts with as many things as are read of one, and what was cut."""
    lists = {"url_list": "urls", "media_hashes": "media_hashes", "hashtag_list": "hashtags",
             "mention_list": "mentions"}  # fmt: skip
    longer = prepared.select((pl.col(name).list.len() > MOST_OF_A_POST).sum() for name in lists).row(0)
    cut = {name: count for name, count in zip(lists, longer, strict=True) if count}
    notes = [shortened(count, MOST_OF_A_POST, lists[name]) for name, count in cut.items()]
    if not cut:
        return prepared, notes
    first = [pl.col(name).list.head(MOST_OF_A_POST) for name in cut]
    return on_disk.by_stretches(prepared, lambda some: some.with_columns(first)), notes


def _fit(prepared: pl.DataFrame) -> tuple[pl.DataFrame, list[Message]]:
    """Return posts without the embeddings that cannot be compared, and what is not compared."""
    if "embedding" not in prepared.columns:
        return prepared.with_columns(embedding=pl.lit(None, VECTOR)), []
    if prepared["embedding"].null_count() == prepared.height:
        return prepared.cast({"embedding": VECTOR}), []
    fault = pl.any_horizontal(broken for broken, _ in validation.unfit(pl.col("embedding")))
    fit = on_disk.by_stretches(
        prepared, lambda some: some.with_columns(embedding=pl.when(~fault).then("embedding"))
    )
    unfit = fit["embedding"].null_count() - prepared["embedding"].null_count()
    late = embeddings.crowded(fit.select("embedding", "time", "lang"))
    notes = [message("coordination.left_out.embedding", count=unfit)] if unfit else []
    if late:
        notes.append(message("coordination.embedding_reach", count=late, reach=embeddings.REACH))
    return fit, notes


def _author(name: pl.Expr) -> pl.Expr:
    """Return the author of an object as a number: equal authors have equal numbers, unknown ones none."""
    # Halved, so that it is never negative: -1 stands for an unknown author.
    number = (name.hash(seed=11) // 2).reinterpret(signed=True)
    return pl.when(name.is_not_null()).then(number)


def _each(posts: pl.LazyFrame, listed: str) -> pl.LazyFrame:
    """Return one row for each thing listed; of the other columns those that an event is made of."""
    return posts.select("account", "part", "time", "post", listed).explode(
        listed, empty_as_null=True, keep_nulls=False
    )


def _events(posts: pl.LazyFrame, target: pl.Expr | pl.Series, author: pl.Expr | None = None) -> pl.LazyFrame:
    unknown = pl.lit(None, pl.Int64)
    return posts.select(
        "account", "part", "time", "post", object=target, author=unknown if author is None else author
    )


def _select(posts: pl.LazyFrame, target: pl.Expr | pl.Series, author: pl.Expr | None = None) -> pl.DataFrame:
    """Return the events of a trace, as one query: what a query costs for few posts, each trace pays once."""
    return _events(posts, target, author).collect(engine="in-memory")


def _clustered(posts: pl.DataFrame, clusters: Callable[[pl.DataFrame], pl.Series]) -> pl.DataFrame:
    """Return the events of posts in clusters, found among those of each part alone."""
    return _select(posts.lazy(), _of_each_part(posts, clusters) if posts.height else pl.lit(None, pl.Int64))


@trace((10, MINUTE, 10 * MINUTE, HOUR), least=2, is_of_each=True)
def co_repost(posts: pl.DataFrame) -> pl.DataFrame:
    """Reposts of the same post; where the archive keeps no id, of the same words."""
    reposts = posts.lazy().filter(pl.col("act") == "repost")
    unnamed = pl.when(pl.col("target_post_id").is_null()).then("text")
    words = text.letters(unnamed.str.replace(r"^RT @\w+:?\s*", ""))
    same = pl.coalesce(
        "target_post_id", pl.when(words.str.len_chars() >= 12).then(pl.concat_str(pl.lit("words "), words))
    )
    # Many archives keep whom it reposts in the text alone.
    named = pl.concat_str(pl.lit("@"), pl.col("text").str.extract(r"^RT @(\w+)").str.to_lowercase())
    author = pl.coalesce("target_account_id", named)
    return _select(reposts, same, _author(author))


@trace((10, MINUTE), least=2, is_of_each=True)
def fast_repost(posts: pl.DataFrame) -> pl.DataFrame:
    """Reposts within 10 s of the original."""
    delay = (pl.col("created_at") - pl.col("target_created_at")).dt.total_seconds()
    fast = posts.lazy().filter(
        (pl.col("act") == "repost") & delay.is_between(0, 10) & pl.col("target_post_id").is_not_null()
    )
    return _select(fast, pl.col("target_post_id"), _author(pl.col("target_account_id")))


@trace((MINUTE, 10 * MINUTE, HOUR, DAY), least=2, is_of_each=True)
def co_url(posts: pl.DataFrame) -> pl.DataFrame:
    """Links to the same canonical URL, reposts left to their own trace."""
    linked = _each(posts.lazy().filter(pl.col("act") != "repost"), "page_list")
    return _select(linked, pl.col("page_list"))


@trace((10 * MINUTE, HOUR, DAY), least=2)
def rare_domain(posts: pl.DataFrame) -> pl.DataFrame:
    """Links to a site that 2 accounts to 1 % of the accounts link to."""

    def found(some: pl.DataFrame) -> pl.DataFrame:
        linked = _events(_each(some.lazy(), "page_list"), pl.col("page_list"))
        return linked.with_columns(site=url_canonical.host(pl.col("object"))).collect(engine="in-memory")

    # Each page counts once, but only pages of rare sites count.
    return _rare(on_disk.by_stretches(posts, found), "site", posts).drop("site")


@trace((10 * MINUTE, HOUR, DAY), least=2, is_of_each=True)
def hashtag_sequence(posts: pl.DataFrame) -> pl.DataFrame:
    """Posts with the same three or more hashtags in the same order."""
    tagged = posts.lazy().filter((pl.col("hashtag_list").list.len() >= 3) & (pl.col("act") != "repost"))
    tags = (
        pl.col("hashtag_list").list.eval(pl.element().str.strip_chars("#").str.to_lowercase()).list.join(" ")
    )
    return _select(tagged, tags)


@trace((10 * MINUTE, HOUR), least=3)
def rare_hashtag(posts: pl.DataFrame) -> pl.DataFrame:
    """Hashtags that 2 accounts to 1 % of the accounts use."""

    def found(some: pl.DataFrame) -> pl.DataFrame:
        tagged = _each(some.lazy().filter(pl.col("act") != "repost"), "hashtag_list")
        return _select(tagged, pl.col("hashtag_list").str.strip_chars("#").str.to_lowercase())

    return _rare(on_disk.by_stretches(posts, found), "object", posts)


@trace((MINUTE, 10 * MINUTE, HOUR), least=2, is_of_each=True)
def co_reply(posts: pl.DataFrame) -> pl.DataFrame:
    """Replies to the same post."""
    replies = posts.lazy().filter((pl.col("act") == "reply") & pl.col("target_post_id").is_not_null())
    return _select(replies, pl.col("target_post_id"), _author(pl.col("target_account_id")))


@trace((10 * MINUTE, HOUR), least=2, is_of_each=True)
def co_mention(posts: pl.DataFrame) -> pl.DataFrame:
    """Own posts that name the same account."""
    named = _each(posts.lazy().filter(pl.col("act") != "repost"), "mention_list")
    return _select(named, pl.col("mention_list").str.strip_chars("@").str.to_lowercase())


@trace((MINUTE, 10 * MINUTE, HOUR, DAY), least=2, is_of_each=True)
def text_duplicate(posts: pl.DataFrame) -> pl.DataFrame:
    """Own posts in one near-duplicate cluster."""
    return _select(posts.lazy().filter(pl.col("act") != "repost"), pl.col("text_cluster"))


@trace((10 * MINUTE, HOUR, DAY), least=2)
def text_meaning(posts: pl.DataFrame) -> pl.DataFrame:
    """Own posts in one cluster of embeddings, but for texts that say too little."""
    prose = text.prose(pl.col("text"))
    # In scripts without spaces a letter says about twice as much, as it does for near-duplicates.
    said = prose.str.len_chars() + prose.str.count_matches(text_forms.UNSPACED)
    # Apart, as one filter would search the texts of all posts.
    own = on_disk.by_stretches(
        posts.select("account", "part", "time", "post", "act", "text", "lang", "embedding"),
        lambda some: some.filter((pl.col("act") != "repost") & pl.col("embedding").is_not_null()),
    )
    saying = own.filter((said >= text_forms.LEAST_CHARACTERS).fill_null(True))
    return _clustered(saying, embeddings.clusters)


@trace((MINUTE, 10 * MINUTE, HOUR, DAY), least=2)
def media_duplicate(posts: pl.DataFrame) -> pl.DataFrame:
    """Media whose perceptual hashes differ by few bits."""
    shown = on_disk.by_stretches(
        posts,
        lambda some: _each(some.lazy().filter(pl.col("act") != "repost"), "media_hashes").collect(
            engine="in-memory"
        ),
    )
    return _clustered(shown, lambda some: perceptual_hash.variants(some["media_hashes"]))


def _rare(found: pl.DataFrame, column: str, posts: pl.DataFrame) -> pl.DataFrame:
    """Keep events whose ``column`` is used by 2 accounts to 1 % of the accounts of the part (at least 20)."""
    accounts = pl.max_horizontal(20, pl.col("account").n_unique() // 100)
    most = posts.lazy().group_by("part").agg(most=accounts).collect(engine="in-memory").lazy()
    key = ["part", column]
    users = on_disk.over(found.select("account", *key), pl.col("account").n_unique(), key)
    return on_disk.by_stretches(
        on_disk.beside(found, users.alias("users")),
        lambda some: (
            some.lazy()
            .join(most, on="part", how="left", maintain_order="left")
            .filter(pl.col("users").is_between(2, pl.col("most")))
            .drop("most", "users")
            .collect(engine="in-memory")
        ),
    )


# Traces that models learnt on, and that the catalogues name: those of other packages are not among them.
BUILT_IN: tuple[str, ...] = tuple(TRACES)
# What the catalogues name: a campaign also shares templates of texts and quotes, which are looked for in no window.
NAMED = (*BUILT_IN, TEMPLATE, QUOTE)
