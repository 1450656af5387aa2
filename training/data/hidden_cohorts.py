"""Comparison windows that hide accounts of known campaigns among ordinary people of other places and days.

A model of coordination is taught, and judged, on windows of which it is known who acts together. They are made from data
sets with labels: some accounts of one campaign that were active in the same 72 hours, and ordinary accounts that were active
in 72 hours of their own, all their posts moved by the same whole days. The acts of both stay what they were.

Two kinds of windows are made for the control. In a *placebo* the accounts of a campaign come from days of their own, each
moved by another number of days: they behave as their operator does, and never met. In a *ratio* window a cohort stands
among many or few ordinary accounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from vigie.errors import ConfigError, LabelError, choices
from vigie.features.ingest import dataset
from vigie.features.window.windows import WINDOW_S

TARGET = "coordinated"
DAY = 86_400
# Posts that an account needs in a window to be in it, and accounts that make a window worth having.
LEAST_POSTS, LEAST_ORDINARY = 5, 20
# Of the fullest windows of a campaign or a public, how many are drawn from.
_FULLEST = 6


@dataclass(frozen=True)
class Plan:
    """Which windows are made.

    Attributes:
        cohorts: Numbers of accounts of a campaign that are hidden, a window each for every public.
        placebos: The same of accounts that never met.
        ratios: Accounts of a campaign per ordinary account, a window each for every campaign.
        most: Most ordinary accounts of a window.
        seed: Same data, plan and seed, same windows.
    """

    cohorts: tuple[int, ...] = (3, 5, 10, 20, 40)
    placebos: tuple[int, ...] = (20,)
    ratios: tuple[float, ...] = (1 / 16, 1.0, 8.0, 33.0)
    most: int = 800
    seed: int = 7


@dataclass(frozen=True)
class _Side:
    """Accounts of one campaign, or the ordinary accounts of one data set, and when they are active.

    Attributes:
        source: Name of the data set.
        name: The campaign; the data set where there is none.
        active: ``day`` (since 1970) on which a window begins, ``account_id``; those with enough posts in it.
    """

    source: str
    name: str
    active: pl.DataFrame

    def fullest(self, least: int) -> list[int]:
        """Return the first days of the windows with most accounts, at least so many, no two of which overlap."""
        days = self.active.group_by("day").len().filter(pl.col("len") >= least)
        kept: list[int] = []
        for day in days.sort("len", "day", descending=[True, False])["day"]:
            if all(abs(day - other) * DAY >= WINDOW_S for other in kept):
                kept.append(day)
            if len(kept) == _FULLEST:
                break
        return kept

    def on(self, day: int) -> list[str]:
        """Return the accounts that are active in the window that begins on a day."""
        return self.active.filter(pl.col("day") == day)["account_id"].sort().to_list()


def hide(
    folders: Sequence[Path],
    plan: Plan = Plan(),
    *,
    unlabelled: Sequence[str] = (),
    apart: Sequence[str] = (),
) -> pl.DataFrame:
    """Return windows in the form that :func:`vigie.training.data.windows.load` reads, and whom each hides among whom.

    Args:
        folders: Dataset directories; accounts labelled coordinated are hidden among those labelled not to be.
        plan: Which windows are made.
        unlabelled: Names of data sets whose accounts without a label count as ordinary.
        apart: Names of data sets whose campaigns are hidden among their own people alone, and whose people hide no other
            campaign: invented worlds, or another platform.

    Returns:
        One row per window and account: ``scenario``, ``start``, ``hours``, ``account``, ``shift_minutes``, ``placebo``;
        and ``operator``, ``campaign`` and ``public``, the same for all of a window.

    Raises:
        ConfigError: ``unlabelled`` or ``apart`` names a data set that is not there, or two data sets have one name.
        DatasetError: A folder is not a dataset directory, or was changed.
        LabelError: No campaign, or no ordinary account, is active in any window.
    """
    opened = {str(found.manifest["name"]): found for found in map(dataset.open, folders)}
    if len(opened) < len(folders):
        raise ConfigError(
            "two of the folders hold data sets of one name; import them under names of their own"
        )
    for name in (*unlabelled, *apart):
        if name not in opened:
            raise ConfigError(f"no data set is named {name}. {choices(name, opened)}")
    campaigns, publics = [], []
    for source, found in opened.items():
        of_folder, public = _sides(source, found, unlabelled)
        campaigns += of_folder
        publics += public
    rng = np.random.default_rng(plan.seed)
    windows = [
        window
        for campaign in campaigns
        for public in publics
        if campaign.source == public.source or not {campaign.source, public.source} & set(apart)
        for window in _hidden(campaign, public, plan, rng)
    ]
    if not windows:
        raise LabelError(
            f"no window of {WINDOW_S // 3_600} hours has {min(plan.cohorts)} accounts of a campaign labelled {TARGET} and "
            f"{LEAST_ORDINARY} ordinary ones with {LEAST_POSTS} posts each; import data sets with labels and posts"
        )
    return pl.concat(windows).sort("scenario", "account")


def _sides(
    source: str, opened: dataset.Dataset, unlabelled: Sequence[str]
) -> tuple[list[_Side], list[_Side]]:
    """Return the campaigns of a data set, and its ordinary accounts where it has any."""
    keys = ["platform", "account_id"]
    said = opened.labels().filter(pl.col("target") == TARGET).collect()
    labels = said.unique(keys, keep="first", maintain_order=True)
    if source in unlabelled:
        others = opened.accounts().select(keys).collect()
        without = others.join(labels, on=keys, how="anti")
        labels = pl.concat([labels, without.with_columns(value=pl.lit(value=False))], how="diagonal")
    active = _active(opened.posts()).join(
        labels.select("account_id", "value", "campaign"), on="account_id", how="inner"
    )
    named = active.filter("value").with_columns(pl.col("campaign").fill_null(source))
    campaigns = [
        _Side(source, str(name), part)
        for (name,), part in sorted(named.group_by("campaign"), key=lambda item: str(item[0][0]))
    ]
    ordinary = active.filter(~pl.col("value"))
    return campaigns, [] if ordinary.is_empty() else [_Side(source, source, ordinary)]


def _active(posts: pl.LazyFrame) -> pl.DataFrame:
    """Return ``day`` on which a window begins and ``account_id`` of the accounts with enough posts in that window."""
    days = WINDOW_S // DAY
    each = posts.select("account_id", day=pl.col("created_at").dt.epoch("s") // DAY).drop_nulls()
    begun = (
        each.group_by("account_id", "day")
        .len("posts")
        .with_columns(day=pl.concat_list(pl.col("day") - back for back in range(days)))
    )
    return (
        begun.explode("day")
        .group_by("day", "account_id")
        .agg(pl.col("posts").sum())
        .filter(pl.col("posts") >= LEAST_POSTS)
        .select("day", "account_id")
        .collect()
    )


def _hidden(campaign: _Side, public: _Side, plan: Plan, rng: np.random.Generator) -> Iterator[pl.DataFrame]:
    """Yield the windows of one campaign among one public."""
    for size in plan.cohorts:
        yield from _window(campaign, public, f"k{size}", size, plan.most, rng)
    largest = max(plan.cohorts)
    for ratio in plan.ratios:
        yield from _window(campaign, public, f"r{ratio:.3g}", largest, max(1, round(largest / ratio)), rng)
    for size in plan.placebos:
        yield from _placebo(campaign, public, size, plan.most, rng)


def _window(
    campaign: _Side, public: _Side, name: str, size: int, most: int, rng: np.random.Generator
) -> Iterator[pl.DataFrame]:
    """Yield a window with so many accounts of a campaign and at most so many ordinary ones; none where there are too few."""
    places = _places(campaign, public, size, min(most, LEAST_ORDINARY))
    if places:
        day, other = places[rng.integers(len(places))]
        members = dict.fromkeys(_drawn(campaign.on(day), size, rng), 0)
        people = dict.fromkeys(_drawn(public.on(other), most, rng), day - other)
        yield _table(campaign, public, name, day, members | people, placebo=False)


def _placebo(
    campaign: _Side, public: _Side, size: int, most: int, rng: np.random.Generator
) -> Iterator[pl.DataFrame]:
    """Yield a window with accounts of a campaign that are active on other days than each other; none where too few are."""
    places = _places(campaign, public, 1, min(most, LEAST_ORDINARY))
    apart = campaign.active.filter(pl.col("day") % (WINDOW_S // DAY) == 0)
    days = rng.permutation(apart["day"].unique().sort().to_numpy())
    members: dict[str, int] = {}
    if not places:
        return
    day, other = places[rng.integers(len(places))]
    for own in days:
        free = [account for account in campaign.on(int(own)) if account not in members]
        if free:
            members[free[rng.integers(len(free))]] = day - int(own)
        if len(members) == size:
            people = dict.fromkeys(_drawn(public.on(other), most, rng), day - other)
            yield _table(campaign, public, f"placebo{size}", day, members | people, placebo=True)
            return


def _places(campaign: _Side, public: _Side, size: int, least: int) -> list[tuple[int, int]]:
    """Return first days of windows of a campaign and of a public that are full enough; of one data set, the same days."""
    days = campaign.fullest(size)
    if campaign.source == public.source:
        own = [day for day in days if len(public.on(day)) >= least]
        if own:
            return [(day, day) for day in own]
    return [(day, other) for day in days for other in public.fullest(least)]


def _drawn(accounts: list[str], most: int, rng: np.random.Generator) -> list[str]:
    """Return at most so many accounts, drawn at random."""
    return [accounts[place] for place in rng.permutation(len(accounts))[:most]]


def _table(
    campaign: _Side, public: _Side, name: str, day: int, shifts: Mapping[str, int], *, placebo: bool
) -> pl.DataFrame:
    """Return the rows of a window that begins on a day; accounts are moved by so many days."""
    return pl.DataFrame({"account": list(shifts), "days": list(shifts.values())}).select(
        scenario=pl.lit(f"{campaign.source}/{campaign.name}/{public.source}/{name}"),
        start=pl.from_epoch(pl.lit(day * DAY), "s").cast(pl.Datetime("us", "UTC")),
        hours=pl.lit(WINDOW_S // 3_600, pl.Int64),
        account="account",
        shift_minutes=pl.col("days").cast(pl.Int64) * (DAY // 60),
        placebo=pl.lit(value=placebo),
        operator=pl.lit(campaign.source),
        campaign=pl.lit(campaign.name),
        public=pl.lit(public.source),
    )
