"""What the others of a pool did with the same things: the table that coordination features read.

A pool is the accounts and posts of one window of time, compared with each other and with nobody else. Nothing
here knows the hour, the day or the language. The rarity of an object, log2 of the accounts of the pool over
those that acted on it, says how little chance there is in sharing it.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import polars.selectors as cs
from scipy.sparse import csr_matrix

from vigie.features.coordination import activity_overlap
from vigie.features.coordination import traces as events
from vigie.features.coordination.activity_overlap import Floats
from vigie.features.coordination.detector import ANY, SEVERAL_AUTHORS, Network
from vigie.features.coordination.pairs import Ints

# Surprises are -log10 of p times the accounts of the pool: about how many pools of that size show a partner as
# surprising by chance. Below 0 where chance alone brings one in any pool, and least where no pair is tested.
_MOST_SURPRISING = 30.0
# Activity that coincides by chance in one pair in twenty is no evidence at all.
_LEAST_P = 0.05
# Posts that make a schedule.
_LEAST_POSTS = 5
# A surprise that counts as a partner: one account in a hundred has such a partner by chance.
_TELLING = 2.0
# Accounts on one object beyond which it brings nobody closer; bounds the pairs looked at.
_CROWD = 60
# Traces whose events stand in another trace already.
_REPEATED = ("fast_repost", "rare_domain")
# Pairs of accounts kept at once.
_BLOCK = 5_000_000
_KINDS = {
    "any": None,
    "hashtag": ("rare_hashtag", "hashtag_sequence"),
    "mention": ("co_mention", "co_reply"),
}


def shared_activity_table(posts: pl.DataFrame, network: Network, together: pl.DataFrame) -> pl.DataFrame:
    """Return the posts of a pool with what the others of the pool did on the same objects.

    Args:
        posts: The posts the network was built from: ``row`` of the author, ``post_id``, ``created_at``,
            ``time_resolution``.
        network: Their network.
        together: Its groups, see :func:`vigie.features.coordination.communities.detect_groups`.

    Returns:
        One row per post with a time, in order: ``row``, ``post_id``;
        of the post: ``is_shared`` (another account acted on one of its objects), ``near_s`` (seconds to the
        nearest act of another account on one of them; null if there is none), ``shared_bits`` and
        ``company_bits`` (rarity of its rarest object that others shared, at any time and within an hour; 0 if
        none), ``text_bits``, ``text_company_bits``, ``repost_company_bits`` (the same of texts and of reposts),
        ``is_text_shared``, ``is_repost_shared``, ``is_hashtag_shared``,
        ``is_mention_shared`` (null where the post has no such object), ``shows_company`` (for evidence);
        of its author, the same on each of its posts: ``any_closest_bits``, ``any_third_bits``,
        ``any_partners`` and the same for ``hashtag`` and ``mention`` (see :func:`_partners`), ``surprise``,
        ``author_surprise``, ``synchronous_partners``, ``layers``, ``lead`` (see :func:`_synchrony`),
        ``minute_surprise``, ``ten_minutes_surprise``, ``half_hour_surprise``, ``active_partners``,
        ``schedule_closest``, ``schedule_third`` (see :func:`_activity`), ``group_surprise`` (see :func:`_grouped`).
    """
    timed = posts.with_row_index("post").filter(pl.col("created_at").is_not_null())
    table = timed.select(pl.col("post").cast(pl.Int64), "row", "post_id")
    size = max(timed["row"].n_unique(), 1)
    resolution = timed.select(events.resolution().max()).item() or 1
    acts = _acts(network.events, size, resolution)
    table = table.join(_of_posts(acts), on="post", how="left", maintain_order="left").with_columns(
        pl.col("is_shared", "shows_company").fill_null(False),
        pl.col(
            "shared_bits", "company_bits", "text_bits", "text_company_bits", "repost_company_bits"
        ).fill_null(0.0),
    )
    of_accounts = [_partners(acts, kind, traces) for kind, traces in _KINDS.items()]
    of_accounts += [
        _synchrony(network.pairs, size),
        _activity(timed, size, resolution),
        _grouped(network.significant(), together, size),
    ]
    account = pl.col("row").cast(pl.Int64).alias("account")
    table = table.with_columns(account)
    for found in of_accounts:
        table = table.join(found, on="account", how="left", maintain_order="left")
    return table.with_columns(
        (cs.ends_with("surprise") - cs.by_name("group_surprise")).fill_null(-np.log10(size)),
        cs.ends_with("_bits", "_cosine", "partners", "layers").fill_null(0.0),
    ).drop("account", "post")


def _acts(happened: pl.DataFrame, size: int, resolution: int) -> pl.DataFrame:
    """Return events with ``sharers`` (accounts on the object), ``bits`` (its rarity) and ``near_s``.

    Acts that the clock cannot tell apart are one tick of it apart: a day's are not in one minute.
    """
    key = ["trace", "object"]
    first = (
        happened.sort(*key, "time", "account", "post")
        .unique([*key, "account"], keep="first", maintain_order=True)
        .with_columns(
            sharers=pl.len().over(key),
            near_s=pl.min_horizontal(
                pl.col("time").diff().over(key), pl.col("time").diff(-1).over(key).abs()
            ).clip(lower_bound=resolution),
            first=pl.lit(value=True),
        )
    )
    return (
        happened.join(first.select(*key, "sharers").unique(key), on=key, how="left", maintain_order="left")
        # Only the first act of an account on an object is compared in time, as pairs are.
        .join(first.select(*key, "post", "near_s", "first"), on=[*key, "post"], how="left")
        .with_columns(pl.col("first").fill_null(value=False), bits=(size / pl.col("sharers")).log(2))
    )


def _of_posts(acts: pl.DataFrame) -> pl.DataFrame:
    """Return what each post shares with others."""
    shared, trace = pl.col("sharers") > 1, pl.col("trace")
    near = pl.col("near_s") <= events.HOUR

    def is_shared(*traces: str) -> pl.Expr:
        mine = trace.is_in(traces)
        return pl.when(mine.any()).then((shared & mine).any())

    return acts.group_by("post").agg(
        is_shared=shared.any(),
        near_s=pl.col("near_s").min(),
        shared_bits=pl.col("bits").filter(shared).max(),
        company_bits=pl.col("bits").filter(near).max(),
        text_bits=pl.col("bits").filter(shared & (trace == "text_duplicate")).max(),
        text_company_bits=pl.col("bits").filter(near & (trace == "text_duplicate")).max(),
        repost_company_bits=pl.col("bits").filter(near & (trace == "co_repost")).max(),
        is_text_shared=is_shared("text_duplicate"),
        is_repost_shared=is_shared("co_repost"),
        is_hashtag_shared=is_shared("rare_hashtag", "hashtag_sequence"),
        is_mention_shared=is_shared("co_mention", "co_reply"),
        shows_company=near.any(),
    )


def _partners(acts: pl.DataFrame, kind: str, traces: tuple[str, ...] | None) -> pl.DataFrame:
    """Return, per account, how much it shares with the accounts closest to it.

    Returns:
        ``account``, ``<kind>_closest_bits`` and ``<kind>_third_bits`` (rarity of all that it shares with the
        account with which it shares most, and with the third; 0 where there are fewer),
        ``<kind>_closest_cosine`` (of all that both act on and others too, the most that one account has in
        common with it), ``<kind>_partners`` (accounts with which it shares two objects or more). A post counts
        with each thing it holds: words, link, hashtags.
    """
    names = ("closest_bits", "third_bits", "closest_cosine", "partners")
    schema = {"account": pl.Int64, **{f"{kind}_{name}": pl.Float64 for name in names}}
    # What every account of the pool did brings nobody closer.
    common = acts.filter(
        pl.col("first")
        & pl.col("sharers").is_between(2, _CROWD)
        & (pl.col("bits") > 0)
        & ~pl.col("trace").is_in(_REPEATED)
    )
    if traces is not None:
        common = common.filter(pl.col("trace").is_in(traces))
    if common.is_empty():
        return pl.DataFrame(schema=schema)
    accounts, row = np.unique(common["account"].to_numpy(), return_inverse=True)
    thing = (
        common.select(pl.struct("trace", "object").rank("dense")).to_series().to_numpy().astype(np.int64) - 1
    )
    shape = (len(accounts), int(thing.max()) + 1)
    weight = csr_matrix((np.sqrt(common["bits"].to_numpy()), (row, thing)), shape=shape)
    acted = csr_matrix((np.ones(len(row)), (row, thing)), shape=shape)
    length = np.sqrt(np.asarray(weight.multiply(weight).sum(axis=1)).ravel())
    work = np.cumsum(acted @ np.asarray(acted.sum(axis=0)).ravel())
    parts = []
    for rows in np.split(np.arange(len(accounts)), np.flatnonzero(np.diff(work // _BLOCK)) + 1):
        bits, objects = (weight[rows] @ weight.T).tocsr(), (acted[rows] @ acted.T).tocsr()
        bits.sort_indices()
        objects.sort_indices()
        pair = bits.tocoo()
        cosine = bits.data / np.maximum(length[rows[pair.row]] * length[pair.col], 1e-9)
        parts.append(_closest(accounts[rows[pair.row]], accounts[pair.col], bits.data, cosine, objects.data))
    return pl.concat(parts).rename({name: f"{kind}_{name}" for name in names})


def _closest(account: Ints, other: Ints, bits: Floats, cosine: Floats, objects: Floats) -> pl.DataFrame:
    """Return, per account, how near the closest and the third closest are, and how many share two objects."""
    return (
        pl.DataFrame({"account": account, "other": other, "bits": bits, "cosine": cosine, "objects": objects})
        .filter(pl.col("account") != pl.col("other"))
        .group_by("account")
        .agg(
            closest_bits=pl.col("bits").max(),
            third_bits=pl.col("bits").top_k(3).sort(descending=True).get(2, null_on_oob=True),
            closest_cosine=pl.col("cosine").max(),
            partners=(pl.col("objects") > 1.5).sum().cast(pl.Float64),
        )
    )


def _surprise(p: pl.Expr, size: int) -> pl.Expr:
    return (-(p * size).clip(lower_bound=1e-300).log10()).clip(upper_bound=_MOST_SURPRISING)


def _synchrony(found: pl.DataFrame, size: int) -> pl.DataFrame:
    """Return, per account, what its synchronous pairs say, over every trace and window.

    Returns:
        ``account``, ``surprise`` and ``author_surprise`` (of its most surprising pair, under each null),
        ``synchronous_partners`` (accounts with which a pair is telling), ``layers`` (traces in which one is),
        ``lead`` (acts before over acts before and after, in telling pairs; null without any).
    """
    tested = found.select(
        "trace", "first", "second", "first_leads", "second_leads",
        surprise=_surprise(pl.col("p_class"), size), author_surprise=_surprise(pl.col("p_author"), size),
    )  # fmt: skip
    sides = pl.concat(
        [
            tested.rename(
                {mine: "account", other: "partner", f"{mine}_leads": "ahead", f"{other}_leads": "behind"}
            ).select(
                "account", "partner", "trace", "surprise", "author_surprise", "ahead", "behind"
            )
            for mine, other in (("first", "second"), ("second", "first"))
        ]
    )  # fmt: skip
    telling = pl.col("surprise") >= _TELLING
    own = telling & (pl.col("trace") != ANY)
    ahead, behind = (pl.col(name).filter(telling).sum() for name in ("ahead", "behind"))
    return sides.group_by("account").agg(
        surprise=pl.col("surprise").max(),
        author_surprise=pl.col("author_surprise").max(),
        synchronous_partners=pl.col("partner").filter(telling).n_unique().cast(pl.Float64),
        layers=pl.col("trace").filter(own).n_unique().cast(pl.Float64),
        lead=pl.when(ahead + behind > 0).then(ahead / (ahead + behind)),
    )


def _grouped(significant: pl.DataFrame, together: pl.DataFrame, size: int) -> pl.DataFrame:
    """Return, per account in a group, the surprise of its most surprising pair inside it.

    A pair that met on objects of two authors or fewer is as surprising as the author null leaves it: fans wait
    for one idol. With three authors or more, or where authors are unknown, the class null speaks (FIELD c.4).

    Returns:
        ``account``, ``group_surprise``.
    """
    home = together.select("account", "group")
    inside = (
        significant.join(home.rename({"account": "first"}), on="first")
        .join(home.rename({"account": "second", "group": "other"}), on="second")
        .filter(pl.col("group") == pl.col("other"))
    )
    several = pl.col("authors").is_null() | (pl.col("authors") >= SEVERAL_AUTHORS)
    p = pl.when(several).then("p_class").otherwise(pl.max_horizontal("p_class", "p_author"))
    told = inside.with_columns(group_surprise=_surprise(p, size))
    return (
        pl.concat(
            told.select(pl.col(side).alias("account"), "group_surprise") for side in ("first", "second")
        )
        .group_by("account")
        .agg(pl.col("group_surprise").max())
    )


def _activity(timed: pl.DataFrame, size: int, resolution: int) -> pl.DataFrame:
    """Return, per account, the surprise of its most surprising partner in activity, for each length of bin.

    Returns:
        ``account``, ``minute_surprise``, ``ten_minutes_surprise``, ``half_hour_surprise``, and
        ``active_partners`` (accounts with which sharing bins of ten minutes is telling), ``schedule_closest``
        and ``schedule_third`` (:func:`vigie.features.coordination.activity_overlap.likeness`). A bin finer than the clock
        tells nothing.
    """
    prepared = timed.select(
        pl.col("row").cast(pl.Int64).alias("account"),
        pl.col("created_at").dt.epoch("s").alias("time"),
    )
    table = prepared.select("account").unique()
    columns = ("minute_surprise", "ten_minutes_surprise", "half_hour_surprise")
    for name, (fine, coarse) in zip(columns, activity_overlap.BINS, strict=True):
        tested = (
            activity_overlap.pairs(prepared, fine, coarse, _LEAST_P)
            if fine >= resolution
            else activity_overlap.NONE
        )
        surprise = _surprise(pl.col("p"), size)
        both = pl.concat(
            tested.select(pl.col(side).alias("account"), surprise.alias("surprise"))
            for side in ("first", "second")
        )
        telling = (pl.col("surprise") >= _TELLING).sum().cast(pl.Float64)
        most = both.group_by("account").agg(
            pl.col("surprise").max().alias(name),
            *([telling.alias("active_partners")] if name == "ten_minutes_surprise" else []),
        )
        table = table.join(most, on="account", how="left")
    told = prepared if resolution <= activity_overlap.SCHEDULE_BIN else prepared.clear()
    alike = activity_overlap.likeness(told, _LEAST_POSTS).rename(
        {"closest": "schedule_closest", "third": "schedule_third"}
    )
    return table.join(alike, on="account", how="left")
