"""What the other accounts of a comparison window did on the same objects: the table that coordination features read.

The accounts and posts of one comparison window are compared with each other and with nobody else. Nothing here knows
the hour, the day or the language. The rarity of an object is log2 of the accounts of the window over those that acted
on it, as in the inverse document frequency of [Pacheco2021].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import polars.selectors as cs
from scipy.sparse import csr_matrix

from vigie.features.coordination import activity_overlap, standing
from vigie.features.coordination import traces as events
from vigie.features.coordination.activity_overlap import Floats
from vigie.features.coordination.detector import SEVERAL_AUTHORS, Network
from vigie.features.coordination.pairs import Ints
from vigie.features.coordination.parts import ONE, Parts
from vigie.features.coordination.traces import ANY

# A log rarity is -log10 of p times the accounts of the window: chance brings a partner with so small a p-value to about
# one account in 10 to that power. It is below 0 where chance brings one to every account, and smallest where no pair is
# tested.
_MAX_LOG_RARITY = 30.0
# Activity that coincides by chance in one pair in twenty is no evidence at all.
_LEAST_P = 0.05
# -log10 of the p-value that one pair in ten has by chance.
_BY_CHANCE = 1.0
# Posts that make a schedule, and with which an account is one of those that others are set against; accounts of a window
# below which all are.
_LEAST_POSTS, _LEAST_COMPARED = 5, 20
# Log rarity from which a pair is significant: chance brings such a partner to one account in a hundred.
_SIGNIFICANT = 2.0
# Accounts on one object beyond which it brings nobody closer; bounds the pairs looked at.
_CROWD = 60
# Seconds to the nearest of no others.
_NOBODY = np.iinfo(np.int64).max
# Traces whose events stand in another trace already.
_REPEATED = ("fast_repost", "rare_domain")
# Days between the times of two parts, so that no bin of time is in both.
_APART = 1_000_000
# Pairs of accounts kept at once.
_BLOCK = 5_000_000
_KINDS = {
    "any": None,
    "hashtag": ("rare_hashtag", "hashtag_sequence"),
    "mention": ("co_mention", "co_reply"),
}
# Columns of activity that are set against those of the other accounts of the window.
_STANDING = {
    "schedule": "schedule_third", "ten_minutes": "ten_minutes_log_rarity", "half_hour": "half_hour_log_rarity",
}  # fmt: skip


def shared_activity_table(
    posts: pl.DataFrame, network: Network, together: pl.DataFrame, parts: Parts = ONE
) -> pl.DataFrame:
    """Return the posts of a window with what the other accounts of the window did on the same objects.

    Args:
        posts: The posts the network was built from: ``row`` of the author, ``post_id``, ``created_at``,
            ``time_resolution``.
        network: Their network.
        together: Its groups, see :func:`vigie.features.coordination.communities.detect_groups`; those of several parts have
            numbers of their own.
        parts: The windows that the accounts are of.

    Returns:
        One row per post with a time, in order: ``row``, ``post_id``;
        of the post: ``is_shared`` (another account acted on one of its objects), ``near_s`` (seconds to the
        nearest act of another account on one of them; null if there is none), ``shared_bits`` and
        ``co_action_bits`` (rarity of its rarest object that others shared, at any time and within an hour; 0 if
        none), ``text_bits``, ``text_co_action_bits``, ``repost_co_action_bits`` (those of texts and of reposts alone),
        ``is_text_shared``, ``is_repost_shared``, ``is_hashtag_shared``,
        ``is_mention_shared`` (null where the post has no such object), ``shows_shared_activity`` (for evidence);
        of its author, the same on each of its posts: ``any_closest_bits``, ``any_third_bits``,
        ``any_partners`` and the same for ``hashtag`` and ``mention`` (see :func:`_partners`), ``log_rarity``,
        ``author_log_rarity``, ``synchronous_partners``, ``layers``, ``lead`` (see :func:`_synchrony`),
        ``minute_log_rarity``, ``ten_minutes_log_rarity``, ``half_hour_log_rarity``, ``active_partners``,
        ``schedule_closest``, ``schedule_third`` (see :func:`_activity`), ``group_log_rarity`` (see :func:`_grouped`),
        and ``partner_standing``, ``text_standing``, ``schedule_standing``, ``ten_minutes_standing``, ``half_hour_standing``,
        ``joint_standing`` (how far it stands out from the other accounts of its window, see
        :mod:`vigie.features.coordination.standing`).
    """
    timed = posts.with_row_index("post").filter(pl.col("created_at").is_not_null())
    table = timed.select(pl.col("post").cast(pl.Int64), "row", "post_id")
    windows = _Windows.of(timed, parts)
    acts = _acts(network.events, windows)
    shared = _paced(acts, windows)
    activity, coinciding = _activity(timed, windows)
    of_accounts = [_partners(acts, kind, traces) for kind, traces in _KINDS.items()]
    of_accounts += [
        _synchrony(network.pairs, windows),
        activity,
        _grouped(network.significant_in_collection(), together, windows),
        standing.closest_partners(shared),
        _texts(acts),
    ]
    close = [*shared.values(), *coinciding]
    return (
        table.lazy()
        .join(_of_posts(acts).lazy(), on="post", how="left", maintain_order="left")
        .with_columns(
            pl.col("is_shared", "shows_shared_activity").fill_null(False),
            pl.col(
                "shared_bits", "co_action_bits", "text_bits", "text_co_action_bits", "repost_co_action_bits"
            ).fill_null(0.0),
            account=pl.col("row").cast(pl.Int64),
        )
        .join(
            _known(timed, windows, of_accounts, close).lazy(), on="account", how="left", maintain_order="left"
        )
        .drop("account", "post")
        .collect(engine="in-memory")
    )


def are_compared(posts: Ints) -> standing.Flags:
    """Return which accounts of one window post enough that others are compared with them; all where too few do.

    Args:
        posts: Posts of each account.
    """
    enough = posts >= _LEAST_POSTS
    return np.asarray(enough | (enough.sum() < _LEAST_COMPARED))


def _known(
    timed: pl.DataFrame,
    windows: _Windows,
    of_accounts: list[pl.DataFrame],
    close: list[standing.Closeness],
) -> pl.DataFrame:
    """Return what is known of each account, and how far it stands out from the others of its window."""
    account = pl.col("account")
    known = (
        timed.lazy()
        .group_by(account=pl.col("row").cast(pl.Int64), maintain_order=True)
        .agg(posts=pl.len(), compared=pl.len() >= _LEAST_POSTS)
        .with_columns(part=windows.parts.of(account), resolution=windows.resolution(account))
        .with_columns(pl.col("compared") | (pl.col("compared").sum().over("part") < _LEAST_COMPARED))
    )
    for found in of_accounts:
        known = known.join(found.lazy(), on="account", how="left", maintain_order="left")
    told = (
        known.with_columns(
            (cs.ends_with("log_rarity") - cs.by_name("group_log_rarity")).fill_null(
                -windows.size(account).log10()
            ),
            cs.ends_with("_bits", "_cosine", "partners", "layers").fill_null(0.0),
        )
        .with_columns(standing.weight())
        .with_columns(
            partner_standing=standing.partner_standing(),
            text_standing=standing.above_usual(pl.col("own_text_bits")),
            **{
                f"{name}_standing": standing.standard_score(pl.col(column))
                for name, column in _STANDING.items()
            },
        )
        .collect(engine="in-memory")
    )
    return told.join(
        standing.joint_standing(told, close), on="account", how="left", maintain_order="left"
    ).drop(
        "posts",
        "compared",
        "weight",
        "part",
        "resolution",
        "own_text_bits",
        cs.matches(r"^(closest|third)_\d+$"),
    )


@dataclass(frozen=True)
class _Windows:
    """The windows that are looked at together.

    Attributes:
        parts: Which accounts are of which.
        accounts: Accounts of each.
        resolutions: Seconds between two ticks of the coarsest clock of each.
    """

    parts: Parts
    accounts: Floats
    resolutions: Ints

    @classmethod
    def of(cls, timed: pl.DataFrame, parts: Parts) -> _Windows:
        """Return the windows of posts with a time."""
        rows = timed.select("row", part=parts.of(pl.col("row")), resolution_s=events.resolution())
        accounts = np.bincount(
            rows["part"].filter(rows["row"].is_first_distinct()), minlength=parts.count
        ).astype(float)
        return cls(parts, np.maximum(accounts, 1.0), events.coarsest(rows, parts))

    def size(self, account: pl.Expr) -> pl.Expr:
        """Return how many accounts the window of an account has."""
        return pl.lit(pl.Series(self.accounts)).gather(self.parts.of(account))

    def resolution(self, account: pl.Expr) -> pl.Expr:
        """Return the resolution of the window of an account."""
        return pl.lit(pl.Series(self.resolutions)).gather(self.parts.of(account))


def _acts(happened: pl.DataFrame, windows: _Windows) -> pl.DataFrame:
    """Return events with ``thing`` (a number of the object), ``sharers`` (accounts on it), ``bits`` (its rarity) and ``near_s``.

    Acts that the clock cannot tell apart are one tick of it apart: a day's are not in one minute.
    """
    account = pl.col("account")
    of_trace = windows.parts.of(account) * happened["trace"].n_unique() + pl.col("trace").rank("dense")
    # By object and time, the nearest others stand beside: to look for them object by object costs as much as all the rest.
    ordered = (
        happened.lazy()
        .select("trace", "account", "time", "post", called=pl.col("object").rank("dense").cast(pl.Int64))
        .select(
            "account", "time", "post", thing=of_trace * (pl.col("called").max() + 1) + pl.col("called")
        )
        .with_row_index("place")
        .sort("thing", "time", "account", "post")
        .collect(engine="in-memory")
    )  # fmt: skip
    place, thing, post = (ordered[name].to_numpy() for name in ("place", "thing", "post"))
    actor = ordered["account"].to_numpy()
    object_run = np.cumsum(np.diff(thing, prepend=thing[:1]) != 0)
    # Only the first act of an account on an object is compared in time, as pairs are.
    pair = pl.Series(object_run * (int(actor.max(initial=0)) + 1) + actor)
    is_first = pair.is_first_distinct().to_numpy()
    near = np.full(len(thing), _NOBODY)
    near[is_first] = np.maximum(
        _nearest(object_run[is_first], ordered["time"].to_numpy()[is_first]),
        windows.resolutions[windows.parts.of_accounts(actor[is_first])],
    )
    # A post that names an object twice acts on it once.
    act = np.flatnonzero(np.diff(object_run, prepend=-1).astype(np.bool_) | (np.diff(post, prepend=-1) != 0))
    whole = np.repeat(act, np.diff(act, append=len(thing)))
    back = np.empty(len(thing), np.int64)
    back[place] = np.arange(len(thing))
    sharers = np.bincount(object_run[is_first])[object_run].astype(np.uint32)
    near_s = pl.Series(near[whole][back])
    return happened.with_columns(
        thing=pl.Series(thing[back]), sharers=pl.Series(sharers[back]), near_s=near_s.set(near_s == _NOBODY, None),
        first=pl.Series(is_first[whole][back]),
    ).with_columns(bits=(windows.size(account) / pl.col("sharers")).log(2))  # fmt: skip


def _nearest(thing: Ints, time: Ints) -> Ints:
    """Return the seconds from each act to the nearest on its object, :data:`_NOBODY` where there is none.

    Args:
        thing: The objects, ascending.
        time: When each was acted on, ascending for each object.
    """
    gap = np.where(np.diff(thing) == 0, np.diff(time), _NOBODY)
    return np.asarray(np.minimum(np.append(_NOBODY, gap)[: len(time)], np.append(gap, _NOBODY)[: len(time)]))


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
        co_action_bits=pl.col("bits").filter(near).max(),
        text_bits=pl.col("bits").filter(shared & (trace == "text_duplicate")).max(),
        text_co_action_bits=pl.col("bits").filter(near & (trace == "text_duplicate")).max(),
        repost_co_action_bits=pl.col("bits").filter(near & (trace == "co_repost")).max(),
        is_text_shared=is_shared("text_duplicate"),
        is_repost_shared=is_shared("co_repost"),
        is_hashtag_shared=is_shared("rare_hashtag", "hashtag_sequence"),
        is_mention_shared=is_shared("co_mention", "co_reply"),
        shows_shared_activity=near.any(),
    )


def _paced(acts: pl.DataFrame, windows: _Windows) -> dict[int, standing.Closeness]:
    """Return what accounts share at several paces."""
    common = acts.filter(
        pl.col("first") & (pl.col("sharers") > 1) & ~pl.col("trace").is_in(_REPEATED)
    ).select("account", "time", "post", "author", object="thing")
    return standing.shared_at_paces(common, windows.accounts, windows.parts)


def _texts(acts: pl.DataFrame) -> pl.DataFrame:
    """Return, per account, the summed rarity of its texts that other accounts published too."""
    copied = acts.filter((pl.col("sharers") > 1) & (pl.col("trace") == "text_duplicate"))
    of_post = copied.group_by("account", "post").agg(pl.col("bits").max())
    return of_post.group_by("account").agg(own_text_bits=pl.col("bits").sum())


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
    # What every account of the window did brings nobody closer.
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
    things, thing = np.unique(common["thing"].to_numpy(), return_inverse=True)
    shape = (len(accounts), len(things))
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


def _log_rarity(p: pl.Expr, size: pl.Expr) -> pl.Expr:
    return (-(p * size).clip(lower_bound=1e-300).log10()).clip(upper_bound=_MAX_LOG_RARITY)


def _synchrony(found: pl.DataFrame, windows: _Windows) -> pl.DataFrame:
    """Return, per account, what its synchronous pairs say, over every trace and window.

    Returns:
        ``account``, ``log_rarity`` and ``author_log_rarity`` (the largest of its pairs, under each null),
        ``synchronous_partners`` (accounts with which a pair is significant), ``layers`` (traces in which one is),
        ``lead`` (acts before over acts before and after, in significant pairs; null without any).
    """
    size = windows.size(pl.col("first"))
    tested = found.select(
        "trace", "first", "second", "first_leads", "second_leads",
        log_rarity=_log_rarity(pl.col("p_class"), size), author_log_rarity=_log_rarity(pl.col("p_author"), size),
    )  # fmt: skip
    sides = pl.concat(
        [
            tested.rename(
                {mine: "account", other: "partner", f"{mine}_leads": "ahead", f"{other}_leads": "behind"}
            ).select(
                "account", "partner", "trace", "log_rarity", "author_log_rarity", "ahead", "behind"
            )
            for mine, other in (("first", "second"), ("second", "first"))
        ]
    )  # fmt: skip
    significant = pl.col("log_rarity") >= _SIGNIFICANT
    own = significant & (pl.col("trace") != ANY)
    ahead, behind = (pl.col(name).filter(significant).sum() for name in ("ahead", "behind"))
    return sides.group_by("account").agg(
        log_rarity=pl.col("log_rarity").max(),
        author_log_rarity=pl.col("author_log_rarity").max(),
        synchronous_partners=pl.col("partner").filter(significant).n_unique().cast(pl.Float64),
        layers=pl.col("trace").filter(own).n_unique().cast(pl.Float64),
        lead=pl.when(ahead + behind > 0).then(ahead / (ahead + behind)),
    )


def _grouped(significant: pl.DataFrame, together: pl.DataFrame, windows: _Windows) -> pl.DataFrame:
    """Return, per account in a group, the largest log rarity of its pairs inside the group.

    For a pair that shares objects of one or two authors the author-conditional null counts as well, since fans of one
    person react to the same posts. With three authors or more, or unknown authors, the class null alone counts.

    Returns:
        ``account``, ``group_log_rarity``.
    """
    home = together.select("account", "group")
    inside = (
        significant.join(home.rename({"account": "first"}), on="first")
        .join(home.rename({"account": "second", "group": "other"}), on="second")
        .filter(pl.col("group") == pl.col("other"))
    )
    several = pl.col("authors").is_null() | (pl.col("authors") >= SEVERAL_AUTHORS)
    p = pl.when(several).then("p_class").otherwise(pl.max_horizontal("p_class", "p_author"))
    told = inside.with_columns(group_log_rarity=_log_rarity(p, windows.size(pl.col("first"))))
    return (
        pl.concat(
            told.select(pl.col(side).alias("account"), "group_log_rarity") for side in ("first", "second")
        )
        .group_by("account")
        .agg(pl.col("group_log_rarity").max())
    )


def _activity(timed: pl.DataFrame, windows: _Windows) -> tuple[pl.DataFrame, list[standing.Closeness]]:
    """Return, per account, the largest log rarity of the activity it shares with another, for each length of bin.

    Returns:
        A table: ``account``, ``minute_log_rarity``, ``ten_minutes_log_rarity``, ``half_hour_log_rarity``, and
        ``active_partners`` (accounts with which it shares significantly many bins of ten minutes), ``schedule_closest``
        and ``schedule_third`` (:func:`vigie.features.coordination.activity_overlap.schedule_similarity`). A bin finer than the clock
        tells nothing. And how close pairs are by bins of ten minutes and of half an hour, as -log10 of p.
    """
    account = pl.col("account")
    acted = timed.select(
        account=pl.col("row").cast(pl.Int64), time=pl.col("created_at").dt.epoch("s")
    ).with_columns(part=windows.parts.of(account), resolution=windows.resolution(account))
    shifted = acted.with_columns(pl.col("time") + pl.col("part") * (_APART * events.DAY))
    found = [acted.select("account").unique().lazy()]
    coinciding = []
    columns = ("minute_log_rarity", "ten_minutes_log_rarity", "half_hour_log_rarity")
    for name, (fine, coarse) in zip(columns, activity_overlap.BINS, strict=True):
        tested = activity_overlap.pairs(shifted.filter(pl.col("resolution") <= fine), fine, coarse, _LEAST_P)
        if name != "minute_log_rarity":
            surprise = -pl.col("p").clip(lower_bound=10**-_MAX_LOG_RARITY).log10()
            coinciding.append(
                standing.Closeness(tested.select("first", "second", value=surprise), _BY_CHANCE, fine)
            )
        log_rarity = _log_rarity(pl.col("p"), windows.size(pl.col("first")))
        both = pl.concat(
            tested.lazy().select(pl.col(side).alias("account"), log_rarity.alias("log_rarity"))
            for side in ("first", "second")
        )
        significant = (pl.col("log_rarity") >= _SIGNIFICANT).sum().cast(pl.Float64)
        found.append(
            both.group_by("account").agg(
                pl.col("log_rarity").max().alias(name),
                *([significant.alias("active_partners")] if name == "ten_minutes_log_rarity" else []),
            )
        )
    told = acted.filter(pl.col("resolution") <= activity_overlap.SCHEDULE_BIN)
    found += [
        pl.concat(
            activity_overlap.schedule_similarity(some, _LEAST_POSTS)
            for some in told.partition_by("part") or [told]
        )
        .lazy()
        .rename({"closest": "schedule_closest", "third": "schedule_third"})
    ]
    table, *others = found
    for other in others:
        table = table.join(other, on="account", how="left")
    return table.collect(engine="in-memory"), coinciding
