"""Published contents: what accounts publish as their own, and what of it is the same content.

Texts made from one template are one content, though no two of them need be near-duplicates
(:mod:`vigie.features.similarity.text_templates`), and so are four or more hashtags in any order. A text and a picture that mostly
come together are one content too, also where a post has only one of them.

What most accounts of a collection published sets nobody apart, and the title of a page is the words of its site.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from vigie.features import on_disk
from vigie.features.coordination import traces
from vigie.features.similarity import text_templates, url_canonical
from vigie.features.similarity.near_duplicate_text import SimilarTexts

# Traces whose objects are published as one's own, from the one that says most of a post.
KINDS = ("media_duplicate", traces.TEMPLATE, "text_duplicate", "hashtag_sequence")
# And links, which tell the title of a page.
PUBLISHED = ("media_duplicate", "text_duplicate", "hashtag_sequence", "co_url")
# Those that an account makes its own: hashtags in a row are too easily alike.
OWN = KINDS[:3]
# Kinds that are words.
_WORDS = (traces.TEMPLATE, "text_duplicate")
# Share of a collection's accounts beyond which a content sets nobody apart, and accounts that prove it.
UBIQUITOUS, MANY = 0.5, 100
# Share of the posts of a text that hold a link, from which it may be the title of a page.
LINKED = 0.8
# Days that are looked at on their own, those of most copies: what an account published in years says little of a flood of days.
DAYS = 3
# Share of those who publish a text with a shared picture, from which it is this one, and of the picture with a shared text; and
# accounts that prove it.
TOGETHER, LEAST_TOGETHER = 0.5, 3
# Hashtags that tell as much in any order. Three of one topic stand together often, and only their order sets posts apart.
LEAST_UNORDERED = 4


def published(posts: pl.DataFrame) -> pl.DataFrame:
    """Return who published what of :data:`PUBLISHED`, accounts with a single content included.

    Args:
        posts: What :func:`vigie.features.coordination.traces.read` returned.

    Returns:
        ``trace``, ``account``, ``object`` (as text), ``time``, ``post``.
    """
    return pl.concat(
        traces.acts(posts, name).select(
            pl.lit(name).alias("trace"), "account", pl.col("object").cast(pl.String), "time", "post"
        )
        for name in PUBLISHED
    )


def contents(published: pl.DataFrame, texts: SimilarTexts | None = None) -> pl.DataFrame:
    """Return one content per own post: that of its most specific kind which another account published too.

    Args:
        published: ``trace``, ``account``, ``object``, ``time``, ``post``, as a network holds them.
        texts: The texts that were compared, and no others; those of one template are one content. None: none are.

    Returns:
        ``account``, ``post``, ``time``, ``object`` (with its trace in front), ``wording`` (the same, but for a text of a
        template, of which it is the text with its near-duplicates) and ``shared`` (whether another account published the
        object, and not most of them), one row per own post with anything to copy.
    """
    events = _illustrated(_reordered(_templated(published, texts)))
    order = {name: place for place, name in enumerate(KINDS)}
    shared = _is_shared(events, events["account"].n_unique(), "trace", "object")
    # Words of one account alone are no title to anybody.
    title = is_title(on_disk.where(events, shared | (events["trace"] == "co_url")))
    kind = pl.col("trace").replace_strict(order, return_dtype=pl.Int64)

    def chosen(some: pl.DataFrame) -> pl.DataFrame:
        own = (
            some.lazy()
            .filter(pl.col("trace").is_in(KINDS))
            .with_columns(kind=kind, shared=pl.col("shared") & ~title)
        )
        # Most posts have one content, and to put these in order by words costs more than all the rest.
        several = pl.col("post").is_duplicated()
        first = (
            own.filter(several)
            .sort("post", ~pl.col("shared"), "kind", "object", "wording")
            .unique("post", keep="first", maintain_order=True)
        )
        return (
            pl.concat([own.filter(~several), first])
            .sort("post")
            .select(
                "account",
                "post",
                "time",
                "shared",
                "trace",
                object=pl.concat_str("trace", pl.lit(" "), "object"),
                wording="wording",
            )
            .collect(engine="in-memory")
        )

    told = on_disk.beside(events, shared.alias("shared"))
    return on_disk.stacked(map(chosen, on_disk.by_ranges(told, "post")))


def with_shared(published: pl.DataFrame, accounts: int) -> pl.DataFrame:
    """Return what was published with ``shared``, as :func:`contents` tells it of own posts.

    Args:
        published: ``account`` and ``object`` of posts.
        accounts: How many accounts there are, those that published none of these among them.
    """
    return published.with_columns(_is_shared(published, accounts, "object").alias("shared"))


def _is_shared(published: pl.DataFrame, accounts: int, *key: str) -> pl.Series:
    """Return whether several accounts published each object, and not most of all."""
    holders = on_disk.over(published.select("account", *key), pl.col("account").n_unique(), list(key))
    return (holders > 1) & (holders <= max(MANY, int(UBIQUITOUS * accounts)))


def _illustrated(events: pl.DataFrame) -> pl.DataFrame:
    """Return what was published, a text as the picture with which it mostly comes, where the picture mostly comes with it.

    Of accounts that publish on several platforms, or repeat themselves, some posts hold the text alone. A picture that stands with
    many texts, a logo say, is none of these, and a text with many pictures is none of those.

    Returns:
        The columns of ``events``; ``wording`` with the trace of what it was in front.
    """
    text, picture = pl.col("trace").is_in(_WORDS), pl.col("trace") == KINDS[0]
    wording = pl.concat_str("trace", pl.lit(" "), "wording")

    def as_they_are() -> pl.DataFrame:
        return on_disk.by_stretches(events, lambda some: some.with_columns(wording=wording))

    if not events.select(picture.any()).item():
        return as_they_are()
    either = events.select("account", "post", "trace", "object").filter(text | picture)
    several = on_disk.over(either, pl.col("account").n_unique(), ["trace", "object"]) > 1
    shared = either.lazy().filter(several)
    pictures = shared.filter(picture).select("post", picture="object")
    pairs = _one(shared.filter(text), pictures)
    if pairs.is_empty():
        return as_they_are()
    shown = pictures.select("post").unique().collect(engine="in-memory")["post"].to_numpy()
    is_shown = np.zeros(int(events["post"].max() or 0) + 1, np.bool_)  # type: ignore[arg-type]  # Int64 or null
    is_shown[shown] = True

    def told(some: pl.DataFrame) -> pl.DataFrame:
        return (
            some.lazy()
            .with_columns(
                wording=wording,
                shown=pl.Series(is_shown[some["post"].to_numpy()]),
            )
            .join(pairs.lazy(), on=["trace", "object"], how="left", maintain_order="left")
            # A post that holds a picture is of this one.
            .with_columns(picture=pl.when(~pl.col("shown")).then("picture"))
            .with_columns(
                trace=pl.when(pl.col("picture").is_null()).then("trace").otherwise(pl.lit(KINDS[0])),
                object=pl.coalesce("picture", "object"),
            )
            .drop("picture", "shown")
            .collect(engine="in-memory")
        )

    return on_disk.by_stretches(events, told)


def _one(texts: pl.LazyFrame, pictures: pl.LazyFrame) -> pl.DataFrame:
    """Return the texts that mostly come with a picture which mostly comes with them: ``trace``, ``object``, ``picture``.

    Args:
        texts: ``account``, ``post``, ``trace``, ``object``.
        pictures: ``post``, ``picture``.
    """
    text = pl.struct("trace", "object")
    is_most = pl.col("accounts") > TOGETHER * pl.col("of_text", "of_picture")
    both = texts.join(pictures, on="post").with_columns(
        of_text=pl.col("account").n_unique().over("trace", "object"),
        of_picture=pl.col("account").n_unique().over("picture"),
    )
    return (
        both.group_by("trace", "object", "picture")
        .agg(pl.col("of_text", "of_picture").first(), accounts=pl.col("account").n_unique())
        .filter(pl.all_horizontal(is_most) & (pl.col("accounts") >= LEAST_TOGETHER))
        # Who publishes a text with two pictures counts for both: of two that are most, the commoner.
        .sort("accounts", "picture", descending=[True, False])
        .filter(text.is_first_distinct())
        .select("trace", "object", "picture")
        .collect(engine="in-memory")
    )


def _templated(events: pl.DataFrame, texts: SimilarTexts | None) -> pl.DataFrame:
    """Return what was published, texts of one template as one object of the kind :data:`vigie.features.coordination.traces.TEMPLATE`.

    Returns:
        The columns of ``events``, and ``wording``: the object as it was.
    """
    is_text = pl.col("trace") == "text_duplicate"
    clusters = (
        events.lazy().select("trace", "object").filter(is_text).select(pl.col("object").unique().sort())
    )
    place = clusters.collect(engine="in-memory")["object"].cast(pl.Int64) if texts is not None else ()
    if texts is None or not len(place):
        return events.with_columns(wording="object")
    # One text stands for all that are near-duplicates of it.
    found = pl.DataFrame({"place": place, "template": text_templates.templates(texts.forms[place])})
    if found["template"].null_count() == found.height:
        return events.with_columns(wording="object")
    every = pl.DataFrame({"place": np.arange(len(texts.forms))}).join(
        found.drop_nulls(), on="place", how="left", maintain_order="left"
    )
    template = pl.lit(every["template"]).gather(pl.when(is_text).then("object").cast(pl.Int64))
    return on_disk.by_stretches(
        events,
        lambda some: (
            some.lazy()
            .with_columns(wording="object", template=template)
            .with_columns(
                trace=pl.when(pl.col("template").is_null()).then("trace").otherwise(pl.lit(traces.TEMPLATE)),
                object=pl.coalesce("template", "object"),
            )
            .drop("template")
            .collect(engine="in-memory")
        ),
    )


def _reordered(events: pl.DataFrame) -> pl.DataFrame:
    """Return what was published, the same hashtags, if they are many, in the order that most posts have them in."""
    tagged = pl.col("trace") == "hashtag_sequence"
    usual = (
        events.filter(tagged)
        .group_by("object")
        .len()
        .filter(pl.col("object").str.count_matches(" ", literal=True) >= LEAST_UNORDERED - 1)
        .with_columns(tags=pl.col("object").str.split(" ").list.sort().list.join(" "))
        .sort("len", "object", descending=[True, False])
        .select("object", usual=pl.col("object").first().over("tags"))
        .filter(pl.col("usual") != pl.col("object"))
        .with_columns(trace=pl.lit("hashtag_sequence"))
    )
    same = pl.col("usual")
    if usual.is_empty():
        return events
    return on_disk.by_stretches(
        events,
        lambda some: (
            some.join(usual, on=["trace", "object"], how="left", maintain_order="left")
            .with_columns(object=pl.coalesce(same, "object"), wording=pl.coalesce(same, "wording"))
            .drop("usual")
        ),
    )


def is_title(events: pl.DataFrame) -> pl.Expr:
    """Return whether a text is the title of a page: nearly all its posts hold links, and these lead to one site.

    Who shares a page shares its title: such words are the site's, not the account's.
    """
    page = (
        events.lazy()
        .filter(pl.col("trace") == "co_url")
        .unique("post", keep="first", maintain_order=True)
        .select("post", page="object")
    )
    titles = (
        events.lazy()
        .filter(pl.col("trace").is_in(_WORDS))
        .join(page, on="post", how="left")
        .select("trace", "object", host=url_canonical.host(pl.col("page")))
        .group_by("trace", "object")
        .agg(linked=pl.col("host").is_not_null().mean(), sites=pl.col("host").n_unique())
        .filter((pl.col("linked") >= LINKED) & (pl.col("sites") == 1))
        .select(pl.struct("trace", "object"))
        .collect(engine="in-memory")
        .to_series()
    )
    return pl.struct("trace", "object").is_in(titles.implode())


def busiest(published: pl.DataFrame) -> pl.DataFrame | None:
    """Return what was published in the :data:`DAYS` that hold the most copies; None where nothing was before or after.

    Args:
        published: What :func:`contents` returned.

    Returns:
        The same columns; ``shared`` also says that another account published the object in these days.
    """
    time = published["time"].unique().sort().to_numpy()
    copied = published["time"].filter(published["shared"]).sort().to_numpy()
    if not len(time) or time[-1] <= time[0] + DAYS * traces.DAY:
        return None
    copies = np.searchsorted(copied, time + DAYS * traces.DAY, "right") - np.searchsorted(copied, time)
    first = time[np.argmax(copies)]
    inside = on_disk.where(published, published["time"].is_between(first, first + DAYS * traces.DAY)).sort(
        "time", "post"
    )
    return inside.with_columns(pl.col("shared") & (pl.col("account").n_unique().over("object") > 1))
