"""Copies: accounts that publish the same pictures, texts or hashtags, at whatever time.

Texts made from one template are one content, though no two of them need be near-duplicates
(:mod:`vigie.features.similarity.text_templates`), and so are four or more hashtags in any order. A text and a picture that mostly
come together are one content too, also where a post has only one of them.

A flood of a few posts per account meets at no moment twice, yet its accounts share several of its contents. Two accounts
with n and m own posts share s of them where chance gives Poisson(λ·n·m); λ is the chance that two posts of two ordinary
accounts are copies of each other. It is that of the reference, raised to what the collection itself shows, up to a cap: a
campaign that is most of a collection must not set the rate it is judged by.

What a collection shows is mostly what is popular in it, and a flood beside people with memes is no more than these explain. So
groups are looked for with the rate of the reference first. Those of their accounts that publish more of the group's contents than
the others of the collection do (:mod:`vigie.features.coordination.adherents`) stay, whatever the rate of the collection.

Sharing what everybody passes on is ordinary. So an account is compared only where a good part of its own posts are copies,
and accounts that share contents count only where these contents are mostly theirs: a meme has hundreds of holders outside
any group, the picture of a campaign hardly any. What most accounts of a collection published sets nobody apart, and many
accounts that share two or three contents have passed on what was popular: a group needs more contents, the larger it is. Or its
accounts publish hardly anything else: who passes on what is popular has other posts too.

A group is judged by its own pairs: a flood beside it must not make it easier for others to seem significant. And two groups
are not one because of a single pair between them: a pair joins accounts that have a third in common. Yet accounts that copy two
contents of six each meet in pairs only where both are the same two, and fall apart into as many groups as there are choices. Groups
are one that share a content which hardly anybody outside of groups holds.

Contents of thousands of accounts make pairs by the square of these. Where they would be too many, each holder of such a content is
compared with those next to it in time only. What two accounts share is counted in full, and tests are as many as there are pairs of
accounts, so what is left out makes no pair more surprising.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.special import betainc, gammainc

from vigie.features import on_disk
from vigie.features.coordination import adherents, traces
from vigie.features.coordination.null_models import false_discovery_share
from vigie.features.similarity import medoid_clustering, text_templates, url_canonical
from vigie.features.similarity.near_duplicate_text import SimilarTexts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Traces whose objects are published as one's own, from the one that says most of a post.
KINDS = ("media_duplicate", traces.TEMPLATE, "text_duplicate", "hashtag_sequence")
# And links, which tell the title of a page.
PUBLISHED = ("media_duplicate", "text_duplicate", "hashtag_sequence", "co_url")
# Those that an account makes its own: hashtags in a row are too easily alike.
OWN = KINDS[:3]
# Kinds that are words.
_WORDS = (traces.TEMPLATE, "text_duplicate")
# Distinct contents that two accounts share at least.
LEAST = 2
# Share of the posts of the less active of the two that these are.
LEAST_SHARE = 0.25
# Share of an account's own posts that other accounts published too.
LEAST_COPIED = 0.3
# Share of the holders of a group's contents that are members of it.
LEAST_EXCLUSIVE = 0.5
# Accounts on a content beyond which further ones do not count for λ.
POPULAR = 20
# Chance that two posts of two ordinary accounts are copies: what is taken at least, that of ten real collections together, and at
# most. With four times the least no group more or less is found in 16 real collections, and small floods are missed.
LAMBDA, MOST_LAMBDA = 2.5e-5, 3e-4
# Share of a collection's accounts beyond which a content sets nobody apart, and accounts that prove it.
UBIQUITOUS, _MANY = 0.5, 100
# Chance at which one who passes on what is popular has more of it than other posts, at most.
_EVEN = 0.5
# Share of false pairs among those called significant.
ALPHA = 0.01
# Share of the posts of a text that hold a link, from which it may be the title of a page.
LINKED = 0.8
# Accounts of a group, at least.
LEAST_ACCOUNTS = 3
# Days that are looked at on their own, those of most copies: what an account published in years says little of a flood of days.
DAYS = 3
# Share of those who publish a text with a shared picture, from which it is this one, and of the picture with a shared text; and
# accounts that prove it.
TOGETHER, LEAST_TOGETHER = 0.5, 3
# Hashtags that tell as much in any order. Three of one topic stand together often, and only their order sets posts apart.
LEAST_UNORDERED = 4
# Pairs of holders of one content that are compared, over all contents, and holders next to one that it is compared with at
# least, whatever that makes.
MEETINGS, LEAST_NEXT = 5_000_000, 32
# Products of accounts and contents computed at once, and pairs looked at at once.
_BLOCK, _PAIRS = 20_000_000, 500_000
# Contents of both accounts of the pairs that are compared at once: accounts that pass on much have hundreds each.
_COMPARED = 20_000_000
# Of so many pairs one is looked at to tell where ranges of them end.
_SAMPLED = 1_000
# Accounts that pairs are asked for at once whether they have one in common.
_IN_COMMON = 1_024


@dataclass(frozen=True)
class Copies:
    """Pairs of accounts that share contents, and the chance they were tested with.

    Attributes:
        pairs: ``first``, ``second`` (rows, first < second), ``objects`` (distinct contents shared), ``posts_first``,
            ``posts_second``, ``expected``, ``p``, ``p_corrected``; pairs with :data:`LEAST` contents at least.
        rate: λ.
        tests: Pairs of accounts that could share contents.
        bounded: Contents whose holders were compared with those next to them in time only.
        following: How many of those after it, and of those before it, each was compared with.
        likely: ``account``, ``part``: groups that the rate of ordinary collections alone would give.
    """

    pairs: pl.DataFrame
    rate: float
    tests: float
    bounded: int
    following: int
    likely: pl.DataFrame

    def significant(self) -> pl.DataFrame:
        """Return the pairs that chance does not explain."""
        fewer = pl.min_horizontal("posts_first", "posts_second")
        return self.pairs.filter((pl.col("p_corrected") < ALPHA) & (pl.col("objects") >= LEAST_SHARE * fewer))


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
    return (holders > 1) & (holders <= max(_MANY, int(UBIQUITOUS * accounts)))


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


def detect(published: pl.DataFrame, rate: float = 0.0) -> Copies:
    """Return the pairs of accounts that share contents, tested.

    λ is first that of ordinary collections, then that of the accounts outside the groups so found: what a campaign copies
    tells nothing of how often others do.

    Args:
        published: What :func:`contents` returned.
        rate: λ among ordinary accounts, from a baseline; at least :data:`LAMBDA` is taken, whatever it says.
    """
    sharing = _sharing(published)
    likely = groups(published, _tested(sharing, max(rate, LAMBDA), _NO_PART)).rename({"group": "part"})
    outside = published.lazy().filter(~pl.col("account").is_in(likely["account"].implode()))
    return _tested(sharing, _rate(outside, rate), likely)


def tested(published: pl.DataFrame, rate: float) -> Copies:
    """Return the pairs of accounts that share contents, tested with a given λ.

    Args:
        published: What :func:`contents` returned.
        rate: λ.
    """
    return _tested(_sharing(published), rate, _NO_PART)


def _rate(published: pl.LazyFrame, rate: float) -> float:
    """Return λ of the accounts given, within the bounds of the reference."""
    copied, possible = counted(published)
    return float(np.clip(copied / possible if possible else 0.0, max(rate, LAMBDA), max(rate, MOST_LAMBDA)))


@dataclass(frozen=True)
class _Sharing:
    """Pairs of accounts that share :data:`LEAST` contents or more, before they are tested.

    Attributes:
        first: Rows of one side.
        second: Rows of the other side.
        objects: Distinct contents shared.
        posts_first: Own posts of the one.
        posts_second: Own posts of the other.
        accounts: Accounts that published anything.
        bounded: As in :class:`Copies`.
        following: As in :class:`Copies`.
    """

    first: Ints
    second: Ints
    objects: Ints
    posts_first: Ints
    posts_second: Ints
    accounts: int
    bounded: int
    following: int


def _tested(sharing: _Sharing, rate: float, likely: pl.DataFrame) -> Copies:
    """Return the pairs that share contents, tested with one λ."""
    tests = sharing.accounts * (sharing.accounts - 1) / 2
    expected = rate * sharing.posts_first.astype(float) * sharing.posts_second
    p = np.maximum(gammainc(sharing.objects, expected), np.finfo(float).tiny)
    table = pl.DataFrame(
        {
            "first": sharing.first, "second": sharing.second, "objects": sharing.objects,
            "posts_first": sharing.posts_first, "posts_second": sharing.posts_second,
            "expected": expected, "p": p, "p_corrected": false_discovery_share(p, tests),
        },
        schema=_NONE.schema,
    )  # fmt: skip
    return Copies(table.sort("first", "second"), rate, tests, sharing.bounded, sharing.following, likely)


def groups(published: pl.DataFrame, copies: Copies) -> pl.DataFrame:
    """Return the groups that significant pairs join and whose contents are mostly their own.

    Args:
        published: What :func:`contents` returned.
        copies: What :func:`detect` returned.

    Returns:
        ``group``, ``account``; sorted by both, the largest group first.
    """
    joined = _joined(copies.significant())
    if joined.is_empty() and copies.likely.is_empty():
        return _NO_GROUP
    # Each part is judged by its own pairs.
    tested = joined.with_columns(
        corrected=pl.struct("p")
        .map_batches(
            lambda part: pl.Series(false_discovery_share(part.struct.field("p").to_numpy(), copies.tests)),
            return_dtype=pl.Float64,
        )
        .over("part")
    ).filter(pl.col("corrected") < ALPHA)
    left = _joined(tested.drop("part", "corrected"))
    paired = pl.concat(left.select(pl.col(side).alias("account"), "part") for side in ("first", "second"))
    confirmed = adherents.confirmed(published, copies.likely)
    following = int(confirmed["part"].max() or 0) + 1  # type: ignore[arg-type]  # Int64 or null
    others = (
        paired.unique().join(confirmed, on="account", how="anti").with_columns(pl.col("part") + following)
    )
    member = adherents.joined(published, _merged(published, pl.concat([confirmed, others])))
    size = member.group_by("part").agg(size=pl.len(), least=pl.col("account").min())
    # What is popular is passed on as it is: the wordings of a template are contents too, where several published one.
    wordings = _of_parts(published, "wording", member).select("part", wordings="contents")
    own = (
        _of_parts(published, "object", member)
        .join(wordings, on="part", how="left")
        .join(size, on="part")
        .filter((pl.col("exclusive") >= LEAST_EXCLUSIVE) & (pl.col("size") >= LEAST_ACCOUNTS))
    )
    varied = pl.max_horizontal("contents", "wordings") >= pl.col("size").log(2)
    devoted = _devoted(published, member.join(own.filter(~varied), on="part", how="semi"))
    inside = own.filter(varied | pl.col("part").is_in(devoted.implode()))
    order = inside.sort("size", "least", descending=[True, False]).with_row_index("group")
    return (
        member.join(order, on="part")
        .select(pl.col("group").cast(pl.Int64), "account")
        .sort("group", "account")
    )


def _merged(published: pl.DataFrame, member: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts of parts, under one number where parts share a content that is mostly that of members of any.

    Args:
        published: What :func:`contents` returned.
        member: ``account``, ``part``.
    """
    held = _holders(published)
    of_parts = (
        held.join(member, on="account", how="left")
        .with_columns(exclusive=pl.col("part").is_not_null().mean().over("object"))
        .filter(pl.col("exclusive") >= LEAST_EXCLUSIVE)
        .drop_nulls("part")
        .group_by("part", "object")
        .len()
        .filter(pl.col("len") >= LEAST)
        .with_columns(place=pl.col("object").rank("dense").cast(pl.Int64))
    )
    parts = int(member["part"].max() or 0) + 1  # type: ignore[arg-type]  # Int64 or null
    size = parts + of_parts["object"].n_unique()
    ends = of_parts["part"].to_numpy(), parts - 1 + of_parts["place"].to_numpy()
    _, one = connected_components(coo_matrix((np.ones(of_parts.height), ends), (size, size)), False)
    return member.with_columns(part=pl.lit(pl.Series(one[:parts].astype(np.int64))).gather("part"))


def _devoted(published: pl.DataFrame, member: pl.DataFrame) -> pl.Series:
    """Return the parts whose contents are nearly all that is published by who holds one of them, by a sign test.

    Of all holders of a part's contents, members or not, each has more posts with further ones of them than posts without, or
    fewer. Who passes on what is popular has more no oftener than fewer; and no oftener than the other accounts of the
    collection have more copies than other posts, for a collection may have been gathered by what is copied.

    Args:
        published: What :func:`contents` returned.
        member: ``account``, ``part``.

    Returns:
        ``part``; none of those beside which fewer than :data:`_MANY` others tell what is usual.
    """
    posts, excess = pl.len().cast(pl.Int64), 2 * pl.col("held") - pl.col("posts") - 1
    copying = on_disk.by_keys(
        [published.select("account", "shared")],
        ["account"],
        lambda some: some.group_by("account").agg(posts=posts, held=pl.col("shared").sum().cast(pl.Int64)),
    )
    held = published.lazy().filter("shared").select("account", "object").collect(engine="in-memory")
    content = (
        held.unique()
        .join(member, on="account")
        .filter(pl.len().over("part", "object") >= LEAST)
        .select("part", "object")
        .unique()
    )
    # Signs of what each holder has more than it has other posts, and of what it copies more than that.
    holder = (
        held.join(content, on="object")
        .group_by("part", "account")
        .agg(held=posts)
        .join(copying.select("account", "posts", copied=excess.sign()), on="account")
        .with_columns(excess=excess.sign())
        .group_by("part")
        .agg(
            holders=posts,
            more=(pl.col("excess") > 0).sum(),
            told=pl.col("excess").abs().sum(),
            copying=(pl.col("copied") > 0).sum(),
            copying_told=pl.col("copied").abs().sum(),
        )
    )
    others = copying.select(
        count=posts, copying=(excess > 0).sum().cast(pl.Int64), told=excess.sign().abs().sum()
    ).row(0, named=True)
    usual = (others["copying"] - pl.col("copying")) / (others["told"] - pl.col("copying_told")).clip(1)
    tested = holder.with_columns(usual=usual.clip(_EVEN)).filter(
        (others["count"] - pl.col("holders") >= _MANY) & (pl.col("more") > 0)
    )
    devoted, told = tested["more"].to_numpy().astype(np.int64), tested["told"].to_numpy()
    p = betainc(devoted, told - devoted + 1, tested["usual"].to_numpy())
    return tested["part"].filter(pl.Series(p * member["part"].n_unique() < ALPHA, dtype=pl.Boolean))


def _of_parts(published: pl.DataFrame, content: str, member: pl.DataFrame) -> pl.DataFrame:
    """Return how far the contents that several accounts of a part published are its own, and how varied they are.

    Args:
        published: What :func:`contents` returned.
        content: ``object`` or ``wording``.
        member: ``account``, ``part``.

    Returns:
        ``part``; ``exclusive``, the share of their holders that are of the part; ``contents``, how many, as popular as each
        other, would be as varied (inverse of Simpson's index).
    """
    held = _holders(published, content)
    return (
        held.join(member, on="account", how="left")
        .with_columns(holders=pl.len().over(content))
        .drop_nulls("part")
        .group_by("part", content)
        # Counted in 64 bits, as their squares are summed.
        .agg(members=pl.len().cast(pl.Int64), holders=pl.col("holders").first())
        .filter(pl.col("members") >= LEAST)
        .group_by("part")
        .agg(
            exclusive=pl.col("members").sum() / pl.col("holders").sum(),
            contents=pl.col("members").sum() ** 2 / (pl.col("members") ** 2).sum(),
        )
    )


def _holders(published: pl.DataFrame, content: str = "object") -> pl.DataFrame:
    """Return which accounts published which shared contents, each pair once: ``account`` and the content.

    Args:
        published: What :func:`contents` returned.
        content: ``object`` or ``wording``.
    """
    held = published.lazy().filter("shared").select("account", content).unique()
    return held.collect(engine="in-memory")


def _joined(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs whose accounts have a third in common, with the connected ``part`` that they are in."""
    if pairs.is_empty():
        return pairs.with_columns(part=pl.lit(None, pl.Int64))
    ends = np.unique(np.concatenate([pairs["first"].to_numpy(), pairs["second"].to_numpy()]))
    one, other = (np.searchsorted(ends, pairs[side].to_numpy()) for side in ("first", "second"))
    in_common = _have_in_common(one, other, len(ends))
    one, kept = one[in_common], pairs.filter(pl.Series(in_common))
    supported = coo_matrix((np.ones(len(one)), (one, other[in_common])), (len(ends), len(ends)))
    _, part = connected_components(supported, False)
    return kept.with_columns(part=pl.Series(part[one], dtype=pl.Int64))


def _have_in_common(one: Ints, other: Ints, size: int) -> Bools:
    """Return whether the accounts of each pair are in pairs with a third.

    Of accounts that are in thousands of pairs nearly all have one among the first that are asked for, so the others need not be.
    """
    graph = coo_matrix((np.ones(len(one), np.bool_), (one, other)), (size, size)).tocsr()
    graph = (graph + graph.T).tocsc()
    found = np.zeros(len(one), np.bool_)
    for start in range(0, size, _IN_COMMON):
        some = np.packbits(graph[:, start : start + _IN_COMMON].toarray(), axis=1)
        waiting = np.flatnonzero(~found)
        for part in np.array_split(waiting, len(waiting) // _PAIRS + 1):
            found[part] = (some[one[part]] & some[other[part]]).any(axis=1)
    return found


def _sharing(published: pl.DataFrame) -> _Sharing:
    """Return the pairs that share contents, of accounts of which a good part of the posts are copies."""
    posts = on_disk.by_keys(
        [published.select("account", "shared")],
        ["account"],
        lambda some: some.group_by("account").agg(posts=pl.len(), copied=pl.col("shared").mean()),
    ).sort("account")
    accounts, n = posts["account"].to_numpy(), posts["posts"].to_numpy().astype(np.int64)
    # Accounts before contents: those that copy much are few, and contents are long words.
    copying = posts.filter(pl.col("copied") >= LEAST_COPIED)["account"]
    row, thing = _copied(published, copying, accounts)
    holders = np.bincount(thing)
    following = _following(holders)
    bounded = int((holders > following + 1).sum())
    if bounded:
        first, second, shared = _of_next(row, thing, len(accounts), following)
    else:
        first, second, shared = _of_all(row, thing, len(accounts))
    return _Sharing(
        accounts[first], accounts[second], shared, n[first], n[second], len(accounts), bounded, following
    )


def _copied(published: pl.DataFrame, copying: pl.Series, accounts: Ints) -> tuple[Ints, Ints]:
    """Return the places of accounts that published a shared content, each once, in order of time, and the contents, ascending.

    Args:
        published: What :func:`contents` returned.
        copying: The accounts that are asked for.
        accounts: All accounts, ascending.
    """
    held = (
        published.lazy()
        .filter(pl.col("shared") & pl.col("account").is_in(copying.implode()))
        .group_by("account", "object")
        .agg(pl.col("time").min())
        .sort("object", "time", "account")
        .collect(engine="in-memory")
    )
    row = np.searchsorted(accounts, held["account"].to_numpy())
    return row, held["object"].rle_id().to_numpy().astype(np.int64)


def _following(holders: Ints) -> int:
    """Return with how many of those after it each holder of a content is compared: all, halved until they are few enough."""
    following = int(holders.max(initial=1)) - 1

    def meetings() -> int:
        after = np.minimum(holders, following + 1)
        return int((after * (after - 1) // 2 + (holders - after) * following).sum())

    while following > LEAST_NEXT and meetings() > MEETINGS:
        following = max(following // 2, LEAST_NEXT)
    return following


def _of_all(row: Ints, thing: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """Return the pairs of accounts that share :data:`LEAST` contents or more, and how many."""
    held = _held(row, thing, size)
    work = np.cumsum(held @ np.asarray(held.sum(axis=0)).ravel())
    parts = [(np.empty(0, np.int64),) * 3]
    for rows in np.split(np.arange(size), np.flatnonzero(np.diff(work // _BLOCK)) + 1):
        both = (held[rows] @ held.T).tocoo()
        one, other = rows[both.row], both.col.astype(np.int64)
        keep = (one < other) & (both.data >= LEAST - 0.5)
        parts.append((one[keep], other[keep], both.data[keep].round().astype(np.int64)))
    one, other, count = (np.concatenate(part) for part in zip(*parts, strict=True))
    return one, other, count


def _of_next(row: Ints, thing: Ints, size: int, following: int) -> tuple[Ints, Ints, Ints]:
    """Return what :func:`_of_all` does, of the pairs that are next to each other on a content.

    Args:
        row: Accounts, in order of time for each content.
        thing: The contents, ascending.
        size: Number of accounts.
        following: With how many of those after it each is compared.
    """
    held = _held(row, thing, size)
    contents = np.diff(held.indptr)
    parts = [(np.empty(0, np.int64),) * 3]
    for pairs in _next(row, thing, size, following):
        compared = np.cumsum(contents[pairs // size] + contents[pairs % size], dtype=np.int64)
        for part in np.split(pairs, np.flatnonzero(np.diff(compared // _COMPARED)) + 1):
            first, second = np.divmod(part, size)
            shared = np.asarray(held[first].multiply(held[second]).sum(axis=1)).ravel()
            keep = shared >= LEAST - 0.5
            parts.append((first[keep], second[keep], shared[keep].round().astype(np.int64)))
    first, second, shared = (np.concatenate(part) for part in zip(*parts, strict=True))
    return first, second, shared


def _next(row: Ints, thing: Ints, size: int, following: int) -> Iterator[Ints]:
    """Yield the pairs of accounts that are next to each other on a content, each once, as ascending numbers, in blocks.

    Args:
        row: As in :func:`_of_next`.
        thing: As there.
        size: As there; a pair is the first account times it and the second.
        following: As there.
    """
    place = np.arange(len(thing))
    end = np.minimum(np.searchsorted(thing, thing, "right"), place + following + 1)
    lots = []
    for left, right in medoid_clustering.spans(place + 1, end, _BLOCK):
        one, other = row[left], row[right]
        found = _distinct(np.minimum(one, other) * size + np.maximum(one, other))
        lots.append(on_disk.laid(pl.DataFrame({"pair": found}), least=1)["pair"])
    # A pair that is next to each other on many contents stands in many lots: of all, one range of numbers at a time.
    blocks = sum(map(len, lots)) // _BLOCK + 1
    sample = pl.concat([lot.gather_every(_SAMPLED) for lot in lots]).sort().to_numpy()
    ends = sample[np.arange(1, blocks) * len(sample) // blocks].tolist()
    for begin, until in pairwise([0, *ends, size * size]):
        sides = ((lot.search_sorted(begin), lot.search_sorted(until)) for lot in lots)
        yield _distinct(
            np.concatenate([lot[low:high].to_numpy() for lot, (low, high) in zip(lots, sides, strict=True)])
        )


def _distinct(numbers: Ints) -> Ints:
    """Return the distinct ones of numbers from 0, ascending."""
    # Polars sorts whole numbers at less than half the cost of NumPy.
    ordered = pl.Series(numbers).sort().to_numpy()
    distinct: Ints = ordered[np.diff(ordered, prepend=-1) != 0]
    return distinct


def _held(row: Ints, thing: Ints, size: int) -> csr_matrix:
    """Return which accounts published which contents."""
    return csr_matrix(
        (np.ones(len(row), np.float32), (row, thing)), shape=(size, int(thing.max(initial=0)) + 1)
    )


def counted(published: pl.DataFrame | pl.LazyFrame, popular: int | None = POPULAR) -> tuple[float, float]:
    """Return how many pairs of posts of two accounts are copies of each other, and how many pairs there are.

    Args:
        published: What :func:`contents` returned.
        popular: A content of more accounts counts as one of so many: a few viral contents, or those of a flood, tell little
            of how often two people copy each other. None: each counts in full.
    """
    held = published.lazy().filter("shared").select("account", "object").unique()
    holders, posts = (
        table.group_by(key)
        .agg(count=pl.len().cast(pl.Float64))
        .collect(engine="in-memory")["count"]
        .to_numpy()
        for table, key in ((held, "object"), (published.lazy(), "account"))
    )
    if popular is not None:
        holders = np.minimum(holders, popular)
    return float((holders * (holders - 1) / 2).sum()), float((posts.sum() ** 2 - (posts**2).sum()) / 2)


_NO_PART = pl.DataFrame(schema={"account": pl.Int64, "part": pl.Int64})
_NO_GROUP = pl.DataFrame(schema={"group": pl.Int64, "account": pl.Int64})
_NONE = pl.DataFrame(
    schema={
        **dict.fromkeys(("first", "second", "objects", "posts_first", "posts_second"), pl.Int64),
        **dict.fromkeys(("expected", "p", "p_corrected"), pl.Float64),
    }
)
