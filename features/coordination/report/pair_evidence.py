"""The proof behind synchronous pairs: the things both accounts acted on within the window, when, with which post.

The actions are those that the pairs were counted from (the earliest of an account on an object, none in a
burst). A pair has a row for each object, until they are cut; objects of the same two posts count as one in its counts.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from vigie.features import on_disk, text
from vigie.features.coordination import pairs, published_contents
from vigie.features.coordination.detector import Network
from vigie.features.coordination.report import display_text
from vigie.features.similarity import embeddings

# Objects per pair, the rarest first: the proof that a reader looks at.
MOST = 10
# Characters of an object that are shown: of words, and of an id, a link or hashtags.
SHOWN_WORDS, SHOWN_NAME = 120, 500
# Traces whose objects are texts that need not be the same, and the share of the letters from which one text counts
# as a copy of the other [Richard2023].
_TEXTS = ("text_duplicate", "text_meaning")
_COPIED = 0.693

_WORDS = "words "
_KEY = ["trace", "window", "first", "second"]
_ROW = ["object_trace", "first_post", "second_post"]

SCHEMA = pl.Schema(
    {
        "trace": pl.String(),
        "window": pl.Int64(),
        "first": pl.Int64(),
        "second": pl.Int64(),
        "object_trace": pl.String(),
        "object": pl.String(),
        "kind": pl.String(),
        "accounts": pl.Int64(),
        "first_post": pl.Int64(),
        "first_time": pl.Int64(),
        "second_post": pl.Int64(),
        "second_time": pl.Int64(),
    }
)


def shared(network: Network, posts: pl.DataFrame, wanted: pl.DataFrame, *, most: int = MOST) -> pl.DataFrame:
    """Return what the accounts of pairs acted on together, the rarest objects first, as a reader knows it.

    Args:
        network: Where the pairs were found.
        posts: The posts it was built from, in the same order.
        wanted: ``trace``, ``window``, ``first``, ``second`` of pairs of the network, each once.
        most: Objects per pair.

    Returns:
        One row per pair and object, sorted by trace, window, first and second: ``object_trace`` (the trace that
        the object is of; the pair's own, but for all traces together), ``object`` (as a reader knows it: the
        page, the hashtags, the id of the post reposted or answered, the words; for texts that say the same the
        start of the earliest of them, for pictures the earliest hash), ``kind`` (how two texts are alike, else
        null), ``accounts`` (how many acted on it), ``first_post`` and ``second_post`` (positions in ``posts``),
        ``first_time`` and ``second_time`` (seconds since 1970).
    """
    table = acts(network, wanted, most=most)
    names = named(table.select("object_trace", "object").unique(), network, posts)
    return (
        table.lazy()
        .join(names.lazy(), on=["object_trace", "object"], how="left", maintain_order="left")
        .join(_kinds(table, posts).lazy(), on=_ROW, how="left", maintain_order="left")
        .with_columns(object="name")
        .select(SCHEMA.names())
        .collect(engine="in-memory")
    )


def acts(network: Network, wanted: pl.DataFrame, *, most: int = MOST) -> pl.DataFrame:
    """Return the acts behind pairs, objects as the network calls them; arguments and order as :func:`shared`.

    Returns:
        The columns of :func:`shared` but for ``kind``.
    """
    parts = [pl.DataFrame(schema=SCHEMA).drop("kind")]
    for (trace,), of_trace in wanted.group_by("trace", maintain_order=True):
        done = network.acts_on(str(trace))
        met = pl.concat(
            _met(done.actions, some, int(window), network.caps.get((str(trace), int(window)), pairs.CAP))
            for (window,), some in of_trace.group_by("window", maintain_order=True)
        )
        rarest = (
            met.lazy()
            .sort("window", "first", "second", "accounts", "first_event", "second_event")
            .group_by("window", "first", "second", maintain_order=True)
            .head(most)
            .collect(engine="in-memory")
        )
        told = done.events.select("object_trace", "name", "post", "time")
        first, second = (
            told[rarest[f"{side}_event"]].rename({"post": f"{side}_post", "time": f"{side}_time"})
            for side in ("first", "second")
        )
        own = pl.concat([rarest, first, second.drop("object_trace", "name")], how="horizontal")
        parts.append(
            own.rename({"name": "object"}).select(
                pl.lit(trace, pl.String).alias("trace"),
                *(each for each in parts[0].columns if each != "trace"),
            )
        )
    return pl.concat(parts).sort(_KEY, maintain_order=True)


def object_names(network: Network, posts: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """Return contents as a reader knows them.

    Args:
        network: Where they come from.
        posts: The posts it was built from, in the same order.
        shown: ``trace`` and ``object`` (with the trace in front) of contents.

    Returns:
        ``object`` and ``name``, each content once.
    """
    own = shown.select("object", "trace").unique()
    bare = own.with_columns(
        object_trace="trace", bare=pl.col("object").str.slice(pl.col("trace").str.len_chars() + 1)
    )
    names = named(bare.select("object_trace", object="bare").unique(), network, posts)
    return bare.join(
        names, left_on=["object_trace", "bare"], right_on=["object_trace", "object"], how="left"
    ).select("object", "name")


def _met(found: pairs.Actions, wanted: pl.DataFrame, window: int, cap: int) -> pl.DataFrame:
    """Return the actions behind pairs: ``window``, ``first``, ``second``, ``accounts``, ``first_event``, ``second_event``.

    Only the calm actions of the accounts asked for are compared, which for few pairs is little work.
    """
    first, second = wanted["first"].to_numpy(), wanted["second"].to_numpy()
    width = int(max(found.account.max(initial=0), second.max(initial=0))) + 1
    asked = np.isin(found.account, np.concatenate([first, second]))
    keep = np.flatnonzero(asked & ~pairs.crowded(found, window, cap))
    some = replace(
        found, account=found.account[keep], object=found.object[keep], time=found.time[keep], post=found.post[keep]
    )  # fmt: skip
    popularity = np.bincount(found.object, minlength=found.objects)
    parts = []
    for earlier, later in pairs.joined(some, window, cap=len(keep)):
        swapped = some.account[earlier] > some.account[later]
        one, other = np.where(swapped, later, earlier), np.where(swapped, earlier, later)
        pair = some.account[one] * width + some.account[other]
        hit = np.isin(pair, first * width + second)
        one, other = one[hit], other[hit]
        parts.append(
            pl.DataFrame(
                {
                    "window": np.full(len(one), window),
                    "first": some.account[one],
                    "second": some.account[other],
                    "accounts": popularity[some.object[one]],
                    "first_event": some.post[one],
                    "second_event": some.post[other],
                },
                schema=_MET,
            )
        )
    return pl.concat([pl.DataFrame(schema=_MET), *parts])


_MET = dict.fromkeys(("window", "first", "second", "accounts", "first_event", "second_event"), pl.Int64())


def named(objects: pl.DataFrame, network: Network, posts: pl.DataFrame) -> pl.DataFrame:
    """Return distinct objects (``object_trace``, ``object``) with ``name``: what a reader knows them by."""
    numbered = pl.concat([_texts(network, posts, objects), _hashes(network, posts, objects)])
    given = pl.col("object")
    tags = pl.concat_str(pl.lit("#"), given.str.replace_all(" ", " #", literal=True))
    return (
        objects.lazy()
        .join(numbered.lazy(), on=["object_trace", "object"], how="left", maintain_order="left")
        .with_columns(
            name=pl.when(pl.col("object_trace").is_in(["hashtag_sequence", "rare_hashtag"]))
            .then(display_text.cut(tags, SHOWN_NAME))
            .otherwise(pl.coalesce("name", display_text.cut(given, SHOWN_NAME)))
        )
        .with_columns(display_text.plain(pl.col("name")))
        .collect(engine="in-memory")
    )


def likeness(first: pl.DataFrame, second: pl.DataFrame) -> pl.Series:
    """Return how two texts of each row are alike, after [Richard2023].

    Args:
        first: ``text`` and ``lang`` of the one.
        second: The same of the other.

    Returns:
        ``copypasta`` where the letters are the same or nearly (one less the Levenshtein distance over the longer
        length is above :data:`_COPIED`), else ``translation`` where both languages are known and differ, else
        ``rewording``; null where a text is unknown.
    """
    form = text.letters(text.visible(pl.col("text")).str.normalize("NFKC"))
    of_side = [
        side.select(form=form, language=embeddings.language(pl.col("lang"))) for side in (first, second)
    ]
    both = pl.concat([of_side[0], of_side[1].select(pl.all().name.prefix("other_"))], how="horizontal")
    forms = (both[name].fill_null("").to_list() for name in ("form", "other_form"))
    alike = pl.Series(cpdist(*forms, scorer=Levenshtein.normalized_similarity, score_cutoff=_COPIED))
    kind = (
        pl.when(pl.any_horizontal(pl.col("form", "other_form").is_null()))
        .then(None)
        .when(alike > _COPIED)
        .then(pl.lit("copypasta"))
        .when(pl.col("language") != pl.col("other_language"))
        .then(pl.lit("translation"))
        .otherwise(pl.lit("rewording"))
    )
    return both.select(kind=kind)["kind"]


def _kinds(table: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Return how the two texts of a row are alike: ``_ROW`` and ``kind``."""
    told = table.filter(pl.col("object_trace").is_in(_TEXTS)).select(_ROW).unique(maintain_order=True)
    if told.is_empty():
        return told.with_columns(kind=pl.lit(None, pl.String))
    return told.with_columns(likeness(*(posts[told[f"{side}_post"]] for side in ("first", "second"))))


def _texts(network: Network, posts: pl.DataFrame, objects: pl.DataFrame) -> pl.DataFrame:
    """Return, of some objects, clusters of texts that say the same, and reposts known by their words, with the start of the earliest."""
    start = display_text.cut(display_text.line(text.visible(pl.col("text"))), SHOWN_WORDS)
    unnamed = objects.filter(
        (pl.col("object_trace") == "co_repost") & pl.col("object").str.starts_with(_WORDS)
    )
    found = pl.concat(
        [*(_earliest(network, name, objects) for name in _TEXTS), _earliest(network, "co_repost", unnamed)]
    )
    return on_disk.by_stretches(
        found,
        lambda some: some.with_columns(posts["text"].gather(some["post"])).select(
            "object_trace", "object", start.alias("name")
        ),
    )


def _hashes(network: Network, posts: pl.DataFrame, objects: pl.DataFrame) -> pl.DataFrame:
    """Return, of some objects, the clusters of pictures with the earliest hash of each.

    A post has as many events as it has hashes that are not blank, in their order.
    """
    earliest = _earliest(network, "media_duplicate", objects)
    if earliest.is_empty():
        return earliest.select("object_trace", "object", name=pl.lit(None, pl.String))
    shown = earliest["post"].unique().sort()
    given = (
        pl.DataFrame([shown, posts["media_hashes"].gather(shown)])
        .explode("media_hashes", empty_as_null=True, keep_nulls=False)
        .with_columns(name=pl.col("media_hashes").str.strip_chars())
        .filter(pl.col("name") != "")
        .with_columns(place=pl.int_range(pl.len()).over("post"))
    )
    return earliest.join(given, on=["post", "place"], how="left", maintain_order="left").select(
        "object_trace", "object", display_text.cut(pl.col("name"), SHOWN_NAME).alias("name")
    )


def _earliest(network: Network, trace: str, objects: pl.DataFrame) -> pl.DataFrame:
    """Return the earliest act on some objects (``object_trace``, ``object``) of a trace, and its place among those of its post."""
    asked = objects.filter(pl.col("object_trace") == trace)["object"]
    if asked.is_empty():
        return pl.DataFrame(schema=_EARLIEST)
    wanted = pl.col("object").is_in(asked.implode())
    # Events leave out accounts with a single object, and one of them may have been the first.
    happened = network.published if trace in published_contents.PUBLISHED else network.events
    own = happened.filter(pl.col("trace") == trace)
    of_post = pl.col("post").is_in(own.filter(wanted)["post"].implode())
    return (
        own.lazy()
        .filter(of_post)
        .with_columns(place=pl.int_range(pl.len()).over("post"))
        .filter(wanted)
        .sort("time", "post", "place")
        .unique("object", keep="first", maintain_order=True)
        .rename({"trace": "object_trace"})
        .select(_EARLIEST.names())
        .collect(engine="in-memory")
    )


_EARLIEST = pl.Schema(
    {"object_trace": pl.String(), "object": pl.String(), "post": pl.Int64(), "place": pl.Int64()}
)
