"""Accounts that were created together, and share what a small audience passes on, one content each, or claims.

Readers share the pages of a site, fans the posts of a star, signers one text of a petition: what they share says nothing of them.
A campaign that pushes pages in words of its own, buys reposts, or has one post per account shares no more. Yet its accounts are
often made for it: many within a day, a week or a month, as those of readers never are.

A campaign that says the same in other words each time shares claims alone (:mod:`vigie.features.coordination.claims`), and so do
all who speak of one event. To find claims costs more than all else here, so they are asked for only where more accounts of the
collection were created within a month, a week or a day than just before and after.

So this looks at sets of accounts that share such things, found without a look at their profiles, and asks of each whether its
accounts were created together: beyond the accounts of the collection outside all such sets, and beyond the trend of the set
itself. A scheme that draws many people onto a platform in one week, an examination or the move of a community, looks the same.
So such a campaign is told, and is strong only where its accounts were made in several batches
(:mod:`vigie.features.coordination.report.batches`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix
from scipy.special import betainc, gammainc

from vigie.features import on_disk
from vigie.features.coordination import copies, copy_groups, one_object, published_contents, shared_contents
from vigie.features.coordination.null_models import false_discovery_share
from vigie.features.coordination.report.profile_tests import LEAST_OTHERS, SCAN_DAYS, Reference
from vigie.features.coordination.traces import DAY
from vigie.features.group_test import trait_tests
from vigie.features.group_test.report import LEAST_EXCESS, SIGNIFICANCE

Ints = NDArray[np.int64]

# Accounts of a set, at least: as many as one content needs within a minute.
LEAST_ACCOUNTS = one_object.LEAST
# Accounts that published a content from which it is looked at whether these were created together.
_LEAST_HOLDERS = 3
# Chance of one such set in the collection from which it counts.
ALPHA = one_object.ALPHA
# Share of an account's posts that are copies from which it hardly publishes anything else.
_MOSTLY = 0.5
# Nothing is known of ordinary accounts but what the collection shows.
_NO_REFERENCE = Reference({}, None, ())
# Share of false contents among those that accounts of a burst publish more than others, and of false accounts among those of a burst
# that publish one of these beside much else.
_FALSE, _FALSE_BESIDE = 0.01, 0.05
# Spans before, and after, the one looked at that tell how many accounts are created anyway.
_AROUND = 10

SCHEMA = pl.Schema({"set": pl.Int64(), "account": pl.Int64(), "p": pl.Float64()})


def detect(
    passed_on: pl.DataFrame,
    contents: pl.DataFrame,
    posts: pl.DataFrame,
    accounts: pl.DataFrame,
    known: pl.Series,
    claims: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the sets of accounts that share such things and were created together.

    Args:
        passed_on: What :func:`vigie.features.coordination.passed_on.acts` returned.
        contents: What :func:`vigie.features.coordination.published_contents.contents` returned.
        posts: ``row`` of the author, one row per post.
        accounts: Contract columns and ``row``.
        known: Accounts that are of a campaign already. They are of no set, and what they publish is no content of one.
        claims: What :func:`vigie.features.coordination.claims.acts` returned; None: claims are not looked at.

    Returns:
        ``set``, ``account``, ``p`` (that as many accounts were created so close together, times the spans and sets looked at).
        An account is in one set at most.
    """
    born = _born(accounts)
    if born.height < LEAST_ACCOUNTS + LEAST_OTHERS:
        return pl.DataFrame(schema=SCHEMA)
    authors = posts.select(account="row")
    posts_of = on_disk.by_keys([authors], ["account"], _counted)
    of_campaign = pl.col("account").is_in(known.implode())
    named = ["account", "post", "object"]
    audiences = [
        _Set(members.filter(~members.is_in(known.implode())), held, shared_contents.LEAST)
        for held, members in _audiences(passed_on, authors, posts_of)
        if members.is_in(known.implode()).mean() < _MOSTLY  # type: ignore[operator]  # a share
    ]
    held = [_own(contents, known)]
    if claims is not None:
        held.append(_with_claims(held[0], claims.filter(~of_campaign).select(named)))
    copying = [
        _Set(_copying(each, posts_of), _Held(_numbered(each.select("account", "object"))), 1) for each in held
    ]
    sets = [each for each in (*audiences, *copying) if len(each.members) >= LEAST_ACCOUNTS]
    # Most of a collection may make some claim: that must leave others to compare the rest with.
    of_claims = copying[-1] if claims is not None else None
    apart = [each.members.cast(pl.Int64) for each in sets if each is not of_claims]
    outside = born.filter(~pl.col("account").is_in(pl.concat([known.cast(pl.Int64), *apart]).implode()))
    found = [pl.DataFrame(schema=SCHEMA)]
    for number, some in enumerate(sets):
        of_set = born.filter(pl.col("account").is_in(some.members.implode()))
        others = outside if some is not of_claims else outside.join(of_set, on="account", how="anti")
        burst = _burst(of_set["day"].sort().to_numpy(), others["day"].sort().to_numpy())
        if burst is None or burst.p * len(sets) >= ALPHA:
            continue
        kept = _of_burst(some, born.filter(~of_campaign), burst, posts_of)
        new = kept.filter(~kept.is_in(pl.concat(found)["account"].implode()))
        # A set of which most are of one before is the same, with others whom what is popular joins to it. What takes longest is
        # asked last.
        if len(new) >= max(LEAST_ACCOUNTS, _MOSTLY * len(kept)) and _is_beyond_own_trend(
            accounts, some.members
        ):
            told = new.sort().to_frame("account").select(set=pl.lit(number, pl.Int64), account="account")
            found.append(told.with_columns(p=pl.lit(max(burst.p * len(sets), np.finfo(float).tiny))))
    return pl.concat(found)


def is_crowded(accounts: pl.DataFrame, known: pl.Series) -> bool:
    """Return whether in some days more accounts were created than in as many just before, or after (Poisson).

    Args:
        accounts: Contract columns and ``row``.
        known: Accounts that are of a campaign already, which do not count.
    """
    born = _born(accounts)
    days = born.filter(~pl.col("account").is_in(known.implode()))["day"].sort().to_numpy()
    start = np.tile(days, len(SCAN_DAYS))
    span = np.repeat(SCAN_DAYS, len(days))

    def created(first: Ints, end: Ints) -> Ints:
        return np.searchsorted(days, end) - np.searchsorted(days, first)

    count = created(start, start + span)
    before = created(start - _AROUND * span, start)
    after = created(start + span, start + (_AROUND + 1) * span)
    p = gammainc(np.maximum(count, 1), (np.maximum(before, after) + 1) / _AROUND)
    return bool(((p * len(p) < ALPHA) & (count >= LEAST_ACCOUNTS)).any())


def _born(accounts: pl.DataFrame) -> pl.DataFrame:
    """Return when accounts were created: ``account``, ``day`` since 1970."""
    day = pl.col("created_at").dt.epoch("s") // DAY
    return accounts.select(account=pl.col("row").cast(pl.Int64), day=day).drop_nulls()


@dataclass(frozen=True)
class _Held:
    """What is shared in one way, by whomever.

    Attributes:
        acts: ``account`` and ``object`` (a number from 0), as often as they stand together.
    """

    acts: pl.DataFrame

    @cached_property
    def accounts(self) -> pl.Series:
        """Return who shares anything, ascending."""
        return self.acts["account"].unique().sort()

    @cached_property
    def _by_account(self) -> csr_matrix:
        """Return whether each of the accounts shares each of the objects: asked for many sets, so not looked up in the table."""
        account = self.accounts.search_sorted(self.acts["account"]).to_numpy().astype(np.int32)
        thing = self.acts["object"].to_numpy()
        shape = (len(self.accounts), int(thing.max(initial=-1)) + 1)
        return csr_matrix((np.ones(len(thing), np.bool_), (account, thing)), shape)

    @cached_property
    def _by_object(self) -> csc_matrix:
        return self._by_account.tocsc()

    def sharing(self, places: Ints) -> Ints:
        """Return how many of some accounts share each object.

        Args:
            places: Of the accounts among :attr:`accounts`.
        """
        return np.bincount(self._by_account[places].indices, minlength=self._by_account.shape[1])

    def shared(self, objects: Ints) -> Ints:
        """Return how many of some objects each of the accounts shares."""
        return np.bincount(self._by_object[:, objects].indices, minlength=len(self.accounts))


@dataclass(frozen=True)
class _Set:
    """Accounts of which it is asked whether they were created together.

    Attributes:
        members: The accounts.
        held: What such accounts share, members or not.
        least: Objects that an account of the set shares, at least.
    """

    members: pl.Series
    held: _Held
    least: int


@dataclass(frozen=True)
class _Burst:
    """The days in which more of a set were created than others show.

    Attributes:
        first: The first day since 1970.
        last: The last.
        share: Share of other accounts that were created in these days.
        p: Chance of as many, times the spans looked at.
    """

    first: int
    last: int
    share: float
    p: float


def _audiences(
    passed_on: pl.DataFrame, authors: pl.DataFrame, posts: pl.DataFrame
) -> Iterator[tuple[_Held, pl.Series]]:
    """Yield the sets of accounts that pass on several of the same things, which hardly anybody else does; not all of few accounts.

    They are found as groups by copies are (:func:`vigie.features.coordination.copy_groups.groups`), of all that an account posted: by what
    is passed on in each way, and in all. Who pushes a few pages and a few posts shares few of either.

    Args:
        passed_on: What :func:`vigie.features.coordination.passed_on.acts` returned.
        authors: ``account``, of every post.
        posts: ``account`` and how many ``posts`` it has.

    Yields:
        What is passed on, and the accounts of a set.
    """

    def are_few(copied: pl.DataFrame) -> bool:
        """Return whether fewer accounts than a set has copy so much: in most collections hardly anybody passes on as much."""
        much = pl.col("shared") / pl.col("posts") >= shared_contents.LEAST_COPIED
        return copied.join(posts, on="account").filter(much).height < LEAST_ACCOUNTS

    ways, each, counted, following = [], [], [], 0
    for trace in passed_on["trace"].unique().sort():
        acts = on_disk.where(passed_on, passed_on["trace"] == trace)
        numbered = _numbered(acts.select("account", "post", "time", "object")).with_columns(
            pl.col("object") + following
        )
        following += acts["object"].n_unique()
        ways.append(on_disk.laid(numbered.select("account", "object")))
        first = numbered.filter(_is_first(numbered["post"], authors.height))
        named = published_contents.with_shared(first, posts.height)
        each.append(on_disk.laid(named))
        counted.append(named.group_by("account").agg(pl.col("shared").sum()))
        if not are_few(counted[-1]):
            held = _Held(ways[-1])
            yield from ((held, members) for members in _groups(named, authors))
    # Of one way nothing is left to add up.
    if len(each) > 1 and not are_few(pl.concat(counted).group_by("account").agg(pl.col("shared").sum())):
        every = pl.concat(each)
        every = on_disk.laid(every.filter(_is_first(every["post"], authors.height)))
        held = _Held(pl.concat(ways))
        yield from ((held, members) for members in _groups(every, authors))


def _numbered(acts: pl.DataFrame) -> pl.DataFrame:
    """Return acts with numbers from 0 for objects, in the order of their names: of many posts names take more memory than all else."""
    return acts.with_columns(object=pl.col("object").rank("dense").cast(pl.Int64) - 1)


def _is_first(post: pl.Series, posts: int) -> pl.Series:
    """Return which of some places of posts were not there before; to ask a table of many costs ten times its memory.

    >>> _is_first(pl.Series([3, 1, 3]), 4).to_list()
    [True, True, False]
    """
    place, order = post.to_numpy(), np.arange(len(post))
    first = np.zeros(posts, np.int64)
    # Of a place that is there several times the last number given stays.
    first[place[::-1]] = order[::-1]
    return pl.Series(first[place] == order)


def _groups(named: pl.DataFrame, authors: pl.DataFrame) -> list[pl.Series]:
    """Return the sets of accounts that pass on several of the same things.

    Args:
        named: What is passed on, one row per post: ``account``, ``post``, ``time``, ``object``, ``shared``.
        authors: ``account``, of every post.
    """
    is_named = np.zeros(authors.height, np.bool_)
    is_named[named["post"].to_numpy()] = True
    # Of other posts it counts whose they are alone.
    nothing = pl.lit(None, named.schema["object"])
    rest = on_disk.by_stretches(
        on_disk.beside(authors, pl.Series("named", is_named)),
        lambda some: some.filter(~pl.col("named")).select(
            pl.col("account").cast(pl.Int64),
            shared=pl.lit(value=False),
            time=pl.lit(None, pl.Int64),
            object=nothing,
            wording=nothing,
        ),
    )
    held = pl.concat([named.with_columns(wording="object").select(rest.columns), rest])
    groups = copy_groups.groups(held, copies.at_rate(shared_contents.pairs(held), copies.LAMBDA))
    return [each["account"] for each in groups.partition_by("group", maintain_order=True)]


def _counted(authors: pl.DataFrame) -> pl.DataFrame:
    """Return how many ``posts`` each account has, of the ``account`` of every post."""
    return authors.group_by(pl.col("account").cast(pl.Int64)).agg(posts=pl.len().cast(pl.Int64))


def _own(contents: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    """Return the contents that several accounts publish, none of a campaign: ``account``, ``post``, ``object``.

    Args:
        contents: As in :func:`detect`.
        known: As there.
    """
    shared = on_disk.by_stretches(
        contents,
        lambda some: some.filter(pl.col("trace").is_in(published_contents.OWN) & pl.col("shared")).select(
            "account", "post", "object"
        ),
    )
    of_campaigns = shared.filter(pl.col("account").is_in(known.implode()))["object"].unique()
    others = on_disk.by_stretches(
        shared, lambda some: some.filter(~pl.col("object").is_in(of_campaigns.implode()))
    )
    holders = on_disk.over(others.select("account", "object"), pl.col("account").n_unique(), ["object"])
    return on_disk.where(others, holders >= _LEAST_HOLDERS)


def _with_claims(own: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Return contents that several publish with the claims of other posts that several accounts make, and not most.

    Args:
        own: ``account``, ``post``, ``object``.
        claims: The same.
    """
    several = pl.col("account").n_unique().over("object") >= _LEAST_HOLDERS
    others = (
        published_contents.with_shared(claims, claims["account"].n_unique())
        .filter(several & pl.col("shared"))
        .drop("shared")
    )
    return pl.concat([own, others.join(own, on="post", how="anti")])


def _copying(own: pl.DataFrame, posts: pl.DataFrame) -> pl.Series:
    """Return the accounts that hardly publish anything but contents which several others publish.

    Args:
        own: ``account`` and ``post`` of posts with such contents.
        posts: ``account`` and how many ``posts`` it has.
    """
    copied = on_disk.by_keys(
        [own.select("account", "post")],
        ["account"],
        lambda some: some.group_by("account").agg(copied=pl.col("post").n_unique()),
    )
    each = posts.join(copied, on="account")
    return each.filter(pl.col("copied") > _MOSTLY * pl.col("posts"))["account"].sort()


def _burst(days: Ints, others: Ints) -> _Burst | None:
    """Return the days in which most of a set were created beyond others; None where too few are known, or no tenth is beyond.

    Args:
        days: When the accounts of the set were created, in days since 1970, ascending.
        others: The same of other accounts.
    """
    if len(days) < LEAST_ACCOUNTS or len(others) < LEAST_OTHERS:
        return None
    start = np.tile(days, len(SCAN_DAYS))
    end = np.concatenate([days + span - 1 for span in SCAN_DAYS])
    count = np.searchsorted(days, end, "right") - np.searchsorted(days, start)
    outside = np.searchsorted(others, end, "right") - np.searchsorted(others, start)
    # One more of each, so that what a few hundred others do not show is not held to be impossible.
    share = (outside + 1) / (len(others) + 2)
    p = betainc(count, len(days) - count + 1, share) * len(start)
    best = int(np.argmin(p))
    if count[best] / len(days) - share[best] < LEAST_EXCESS:
        return None
    return _Burst(int(start[best]), int(end[best]), float(share[best]), float(p[best]))


def _is_beyond_own_trend(accounts: pl.DataFrame, members: pl.Series) -> bool:
    """Return whether accounts were created closer together than lists of the same trend are."""
    of_set = accounts.filter(pl.col("row").cast(pl.Int64).is_in(members.implode()))
    p = trait_tests.creation_bursts(of_set, _NO_REFERENCE).p
    return p is not None and p < SIGNIFICANCE


def _of_burst(some: _Set, born: pl.DataFrame, burst: _Burst, posts: pl.DataFrame) -> pl.Series:
    """Return the accounts that share what accounts of the burst do more than others are of it (binomial, by object), and not rarely.

    That many of a set were created together says nothing of those in it who share other things: what is popular joins to a
    campaign people who never touched what is its own. Accounts of the burst that share less join them, unless they are as few as
    chance would have among those who do.

    Args:
        some: The accounts, and what is shared.
        born: ``account`` and ``day`` of all whose creation is known, without those of a campaign already.
        burst: The days.
        posts: ``account`` and how many ``posts`` it has.
    """
    accounts = pl.DataFrame({"account": some.held.accounts}).with_row_index("place")
    within = born.select("account", inside=pl.col("day").is_between(burst.first, burst.last))
    member = pl.col("account").is_in(some.members.implode())
    asked = accounts.filter(member).join(within, on="account")
    every = some.held.sharing(asked["place"].to_numpy())
    of_burst = some.held.sharing(asked.filter("inside")["place"].to_numpy())
    things = np.flatnonzero(of_burst)
    inside, known = of_burst[things], every[things]
    p = betainc(inside, known - inside + 1, burst.share)
    # A few accounts of a campaign pass on what is popular too.
    of_set = within.filter(member)["inside"]
    usual = int(of_set.sum()) / max(len(of_set), 1)
    kept = things[(false_discovery_share(p, len(p)) < _FALSE) & (inside >= _MOSTLY * usual * known)]
    holders = accounts.select("account", kept=pl.Series(some.held.shared(kept))).filter(pl.col("kept") > 0)
    is_of = member & (pl.col("kept") >= some.least)
    if some.least > 1:
        is_of &= pl.col("account").is_in(_surely(holders.filter(is_of), holders, member, posts).implode())
    beside = holders.filter(~is_of).join(within, on="account")
    joining = beside.filter("inside")["account"]
    surely = beside.height * burst.share < _FALSE_BESIDE * len(joining)
    own = holders.filter(is_of)["account"]
    return pl.concat([own, joining]) if surely else own


def _surely(asked: pl.DataFrame, holders: pl.DataFrame, member: pl.Expr, posts: pl.DataFrame) -> pl.Series:
    """Return the accounts of which more posts share such things than those of accounts outside the set make likely (binomial).

    Args:
        asked: ``account`` and ``kept``, how many of these things it shares.
        holders: The same of all that share any.
        member: Whether an account is of the set.
        posts: ``account`` and how many ``posts`` it has.
    """
    shared, published_outside = (
        int(table.filter(~member)[column].sum()) for table, column in ((holders, "kept"), (posts, "posts"))
    )
    rate = min((shared + 1) / (published_outside + 1), 1.0)
    each = asked.join(posts, on="account").with_columns(kept=pl.min_horizontal("kept", "posts"))
    kept = each["kept"].to_numpy()
    p = betainc(kept, each["posts"].to_numpy() - kept + 1, rate)
    return each.filter(pl.Series(false_discovery_share(p, len(p)) < _FALSE, dtype=pl.Boolean))["account"]
