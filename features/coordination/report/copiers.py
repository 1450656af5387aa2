"""Members of a campaign that may be people who merely copied some of it.

A campaign that is seen is copied: by people who believe it, who mock it, who deny it. Whoever takes two of its contents is among
its accounts, though nothing else joins them. What does join accounts to a campaign is that they act in its groups, or a profile that
they share with it and with hardly anybody else. The latter are its *core*, which tells how an account of the campaign publishes.
Copiers do otherwise: they take fewer contents, have other posts too, come later than others on the same content, and leave out the
picture or use words of their own. So where the other members clearly differ in some of this, they are taken for a mixture of
accounts that publish as the core does and of others, and only those count of which the latter is improbable.

A campaign made of new accounts and of old ones, bought or taken over, has a part with other posts too, and the dates of creation tell
the two parts from each other. To have a life of one's own is no sign of a copier by itself: those who have must also treat what they
take from the campaign otherwise than its core does.

Where too few share a profile, the accounts that act in groups stand in for the core. They are no measure of how many contents an
account publishes, as who publishes more meets more often.

Who puts the words in quotation marks reports or denies them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Accounts of the core that tell how a campaign publishes.
LEAST_CORE = 10
# Shares of the core that publish less like a copier than each step of a manner.
STEPS = (0.5, 0.75)
# Standard deviations (one-sided, .005) by which more of the other members than of the core are beyond a step, from which they differ: of
# five manners with two steps each one does by chance in one campaign of twenty at most.
MORE = 2.58
# Chance of being a copier, more than which a member may be one.
IMPROBABLE = 0.1
# Rounds in which the mixture settles, and the weight of accounts that keeps any chance from being nought.
_ROUNDS, _LEAST = 200, 1e-3
# Share of an account's posts of a campaign with a quotation, from which it reports these.
QUOTED = 0.5
_QUOTATION = r"[“„«\"][^“”„«»\"]{20,}[”“»\"]"
# Manners of copiers, all the larger the more of a copier they are of. The first is no measure of accounts that act in groups.
_MANNERS = ("few", "others", "late", "bare", "own_words")


def among(published: pl.DataFrame, core: Collection[int], acting: Collection[int] = ()) -> frozenset[int]:
    """Return the members of a campaign that may be copiers.

    Args:
        published: One row for each post that holds a content of the campaign: ``account``, ``object``, ``time``, ``text``,
            ``pictured`` (whether it has a picture), ``worded`` (whether another account of the campaign published these words), and
            ``posts`` (all posts of the account).
        core: The members that a profile joins which hardly anybody else has.
        acting: The members in groups of the campaign.
    """
    each = (
        published.with_columns(
            late=(pl.col("time").rank() / pl.len()).over("object"),
            quoted=pl.col("text").str.contains(_QUOTATION).fill_null(value=False),
        )
        .group_by("account")
        .agg(
            few=-pl.col("object").n_unique().cast(pl.Int64),
            others=pl.col("posts").first() - pl.len(),
            late=pl.col("late").mean(),
            bare=1 - pl.col("pictured").mean(),
            own_words=1 - pl.col("worded").mean(),
            quoted=pl.col("quoted").mean(),
        )
        .sort("account")
    )
    by_profile = len(core) >= LEAST_CORE
    is_core = each["account"].is_in(list(core if by_profile else acting)).to_numpy()
    if is_core.sum() < LEAST_CORE or is_core.all():
        return frozenset()
    every = {
        name: _steps(each[name].cast(pl.Float64).to_numpy(), is_core) for name in _MANNERS[not by_profile :]
    }
    manners = {name: steps for name, steps in every.items() if _differ(steps, is_core)}
    # Accounts of a campaign come in waves: to be of a late one shows nothing by itself.
    told = manners.keys() - {"late"}
    if told == {"others"} and not _treat_it_otherwise(every, is_core):
        told = set()
    may_be = _chances(np.stack(list(manners.values())), is_core) > IMPROBABLE if told else ~is_core & False
    reports = each["quoted"].to_numpy() >= QUOTED
    found = each["account"].filter(pl.Series(~is_core & (may_be | reports)))
    return frozenset(found.to_list()) - frozenset(acting)


def _steps(manner: Floats, is_core: Bools) -> Ints:
    """Return how many :data:`STEPS` of the core each account is beyond."""
    beyond = np.quantile(manner[is_core], STEPS)
    return np.asarray((manner[:, None] > beyond + 1e-9).sum(axis=1))


def _differ(steps: Ints, is_core: Bools) -> bool:
    """Return whether more of the others than of the core are beyond a step, by :data:`MORE` standard deviations."""
    size, rest = int(is_core.sum()), int((~is_core).sum())
    for step in range(len(STEPS)):
        beyond = steps > step
        error = np.sqrt(beyond.mean() * (1 - beyond.mean()) * (1 / size + 1 / rest))
        if beyond[~is_core].mean() - beyond[is_core].mean() > MORE * error:
            return True
    return False


def _treat_it_otherwise(manners: Mapping[str, Ints], is_core: Bools) -> bool:
    """Return whether those with more other posts than the core differ from it in a manner beside that.

    Args:
        manners: Steps of each account by manner.
        is_core: Which accounts are the core.
    """
    compared = is_core | (manners["others"] == len(STEPS))
    return not is_core[compared].all() and any(
        _differ(steps[compared], is_core[compared]) for name, steps in manners.items() if name != "others"
    )


def _chances(manners: Ints, is_core: Bools) -> Floats:
    """Return the chance of each account to be of those that do not publish as the core does.

    The others are a mixture of two kinds. In each the manners are independent. Of one kind they are those of the core. Of the other
    each further step is as frequent as in the core or more, by a factor that rises from step to step; they are found by expectation
    maximisation.

    Args:
        manners: Steps, shape (manners, accounts).
        is_core: Which accounts are the core.
    """
    steps = np.arange(len(STEPS) + 1)
    is_at = manners[:, None, :] == steps[:, None]
    # One account more, spread over the steps: what no account of the core does is not impossible.
    of_core = (is_at[:, :, is_core].sum(axis=2) + 1 / len(steps)) / (is_core.sum() + 1)
    core_like = _likelihood(is_at, of_core)
    rest = (~is_core).astype(float)
    # Of the mixtures that explain the others as well, that with the fewest copiers: they begin with those beyond all steps.
    copier = rest * (manners == len(STEPS)).any(axis=0)
    for _ in range(_ROUNDS):
        share = copier.sum() / rest.sum()
        unlike = share * _likelihood(is_at, _rising(is_at @ copier, of_core))
        copier = rest * unlike / (unlike + (1 - share) * core_like)
    return np.asarray(copier)


def _rising(counted: Floats, of_core: Floats) -> Floats:
    """Return the likeliest shares at each step whose ratio to those of the core falls at none (isotonic regression).

    Args:
        counted: Accounts at each step, shape (manners, steps).
        of_core: Shares of the core, of the same shape.
    """
    some, most = counted.shape[1], counted + _LEAST
    ratio = np.zeros_like(most)
    for step in range(some):
        means = [
            np.min(
                [most[:, i:j].sum(axis=1) / of_core[:, i:j].sum(axis=1) for j in range(step + 1, some + 1)],
                axis=0,
            )
            for i in range(step + 1)
        ]
        ratio[:, step] = np.max(means, axis=0)
    shares = ratio * of_core
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _likelihood(is_at: Bools, shares: Floats) -> Floats:
    """Return the chance of the manners of each account."""
    return np.asarray(np.where(is_at, shares[:, :, None], 1.0).prod(axis=(0, 1)))
