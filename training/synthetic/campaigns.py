"""Campaigns to plant: one function per kind, one registry.

What is common to all (the share observed, jitter, cells, camouflage) is done to the acts afterwards, in
:mod:`vigie.training.synthetic.corpus`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from vigie.errors import choices
from vigie.training.synthetic import population
from vigie.training.synthetic import text as wording
from vigie.training.synthetic.coordinated_actions import ActorGroup, by, calls, named, turnout
from vigie.training.synthetic.feeds import DAY, HOUR, TOPICS, FeedCatalogue, shelf_of_posts

Plan = Callable[[np.random.Generator, FeedCatalogue, ActorGroup], pl.DataFrame]


@dataclass(frozen=True)
class Kind:
    """A kind of campaign.

    Attributes:
        accounts: Its size unless asked for another.
        facebook: Share of its accounts on Facebook; the others are on X.
        burst: Share of its accounts that were created in bursts, weeks before it starts.
        hands: Accounts that one operator steers, who act at once while other operators act at other times;
            None where all act as one.
        days: How long it lasts at most.
        plan: From the accounts to their acts.
    """

    accounts: int
    facebook: float
    burst: float
    hands: int | None
    days: float
    plan: Plan


KINDS: dict[str, Kind] = {}


@dataclass(frozen=True)
class Campaign:
    """A campaign to plant.

    Attributes:
        kind: One of :data:`KINDS`.
        accounts: Its accounts; None for the size of its kind.
        observed: Share of its accounts that the collector saw, above 0 and at most 1.
        jitter_s: Each act is moved by up to that many seconds, either way; 0 leaves it as the kind does.
        cell: Accounts of a cell; cells act on the same things at different times. None for no cells.
        camouflage: Organic posts of its accounts per post of the campaign.
        start_day: Day of the corpus on which it starts, 0 is the first.

    Raises:
        ValueError: A value is out of its range.

    >>> Campaign("slow_drip", observed=1.5)
    Traceback (most recent call last):
    ValueError: observed is 1.5; it is a share above 0 and at most 1
    """

    kind: str
    accounts: int | None = None
    observed: float = 1.0
    jitter_s: int = 0
    cell: int | None = None
    camouflage: float = 1.0
    start_day: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no campaign of kind {self.kind}. {choices(self.kind, KINDS)}")
        if self.accounts is not None and self.accounts < 2:
            raise ValueError(f"accounts is {self.accounts}; a campaign has at least 2")
        if not 0 < self.observed <= 1:
            raise ValueError(f"observed is {self.observed}; it is a share above 0 and at most 1")
        if self.cell is not None and self.cell < 2:
            raise ValueError(f"cell is {self.cell}; a cell has at least 2 accounts, None is no cells")
        for name in ("jitter_s", "camouflage", "start_day"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it cannot be negative")

    @property
    def size(self) -> int:
        """How many accounts it has, seen or not."""
        return self.accounts or KINDS[self.kind].accounts


def _campaign(
    accounts: int,
    *,
    facebook: float = 0.0,
    burst: float = 0.3,
    hands: int | None = None,
    days: float = 60.0,
) -> Callable[[Plan], Plan]:
    """Register the decorated plan; see :class:`Kind` for the arguments."""

    def register(plan: Plan) -> Plan:
        KINDS[plan.__name__] = Kind(accounts, facebook, burst, hands, days, plan)
        return plan

    return register


def profiles(
    rng: np.random.Generator, catalogue: FeedCatalogue, people: pl.DataFrame, kind: Kind, start: int
) -> pl.DataFrame:
    """Return the accounts of a campaign with the profiles that its kind has.

    Part of them is created in three bursts within days; the others are old, some of them dormant until now.
    """
    count = people.height
    bursts = start - rng.integers(10, 90, 3) * DAY
    made = bursts[rng.integers(0, 3, count)] - (rng.exponential(1.5, count) * DAY).astype(np.int64)
    fresh = pl.Series(rng.random(count) < kind.burst)
    bare = pl.Series(rng.random(count) < 0.3)
    few = pl.Series(np.exp(rng.normal(3.5, 1.2, count)).astype(np.int64))
    proposed = pl.Series(rng.random(count) < 0.4)
    return people.with_columns(
        platform=pl.Series((np.arange(count) < round(kind.facebook * count)).astype(np.int64)),
        created=pl.when(fresh).then(pl.Series(made)).otherwise("created"),
        description=pl.when(bare).then(pl.lit("")).otherwise("description"),
        followers_count=pl.when(fresh).then(few).otherwise("followers_count"),
        posts_count=pl.when(fresh).then(few // 3).otherwise("posts_count"),
        listed_count=pl.when(fresh).then(pl.lit(0)).otherwise("listed_count"),
        handle=pl.when(proposed).then(wording.handles(rng, count, 1.0)).otherwise("handle"),
        verified=pl.lit(False),
    )  # fmt: skip


@_campaign(1_640, facebook=1 / 41, burst=0.7, hands=40, days=2)
def crisis_flood(rng: np.random.Generator, catalogue: FeedCatalogue, actors: ActorGroup) -> pl.DataFrame:
    """Photos, videos and hashtags flood a crisis within two days, on X and Facebook."""
    materials = 48
    called = calls(rng, actors, materials)
    came = turnout(rng, actors, called, share=0.4, median_s=25, spread=0.9, cells=0.35)
    hashes = wording.pictures(rng, materials)[came.call]
    template = wording.draw(rng, np.full(materials, actors.language), rng.integers(9, 18, materials))
    said = wording.reworded(rng, template[came.call], 0.08)
    tags = crisis_tags(actors.name)
    return population.acts(
        **by(rng, actors, came), kind="original", prose=wording.text(said),
        hashtags=population.slogans(rng, tags, (0.95, 0.8, 0.8, 0.4), len(came)),
        picture=wording.digits(wording.reencoded(rng, hashes)), object=named(actors.name, came),
    )  # fmt: skip


def crisis_tags(name: str) -> list[str]:
    """Return the hashtags of the crisis that a campaign of that name floods; the public uses the first."""
    return [f"{wording.stem(sum(name.encode()) * 7 + place)}crisis" for place in range(4)]


@_campaign(60)
def reply_seeding(rng: np.random.Generator, catalogue: FeedCatalogue, actors: ActorGroup) -> pl.DataFrame:
    """Replies with nearly the same text, or the same picture, under the posts of media accounts."""
    topics = rng.integers(0, TOPICS, 40)
    when = calls(rng, actors, len(topics))
    shelf = shelf_of_posts(np.zeros(len(topics), np.int64), np.full(len(topics), actors.language), topics)
    targets = catalogue.posts.items[catalogue.posts.pick(rng, shelf, when - 120)]
    came = turnout(rng, actors, when, share=0.35, median_s=60, spread=1.0)
    template = wording.draw(rng, np.full(6, actors.language), rng.integers(9, 16, 6))
    said = rng.integers(0, 6, len(topics))[came.call]
    picture = wording.pictures(rng, 6)[said]
    drawn = wording.reworded(rng, template[said], 0.06)
    answered = targets[came.call]
    return population.acts(
        **by(rng, actors, came), kind="reply", prose=wording.text(drawn),
        picture=population.only(rng.random(len(came)) < 0.3, wording.digits(wording.reencoded(rng, picture))),
        target=answered["target"], target_author=answered["target_author"], target_time=answered["born"],
        object=named(actors.name, came),
    )  # fmt: skip


@_campaign(30, burst=0.5)
def mutual_repost(rng: np.random.Generator, catalogue: FeedCatalogue, actors: ActorGroup) -> pl.DataFrame:
    """Members post about once in two days each, and the others repost that within seconds."""
    days = (actors.end - actors.start) / DAY
    called = calls(rng, actors, max(3, int(len(actors) * days / 2)))
    author = rng.integers(0, len(actors), len(called))
    came = turnout(rng, actors, called, share=0.35, median_s=25, spread=0.8)
    came = came.where(author[came.call] != came.member)
    mine = actors.people[author]
    words = wording.texts(rng, np.full(len(called), actors.language), 6, 18)
    keys = pl.Series([f"{actors.name}-{number}" for number in range(len(called))])
    posted = population.acts(
        who=mine["who"], time=called, kind="original", language=mine["language"], prose=words, key=keys,
        client=population.clients(rng, len(called)),
    )  # fmt: skip
    text = pl.format("RT @{}: {}", mine["handle"].gather(came.call), words.gather(came.call))
    reposted = population.acts(
        **by(rng, actors, came), kind="repost", prose=pl.select(text).to_series(),
        target_key=keys.gather(came.call), target=keys.gather(came.call), target_time=called[came.call],
        target_author=pl.select(pl.format(f"{actors.name}-member-{{}}", pl.Series(author[came.call]))).to_series(),
        object=keys.gather(came.call),
    )  # fmt: skip
    return pl.concat([posted, reposted])


@_campaign(50, burst=0.5)
def one_author_boost(rng: np.random.Generator, catalogue: FeedCatalogue, actors: ActorGroup) -> pl.DataFrame:
    """All repost one author, who is not one of them, within a minute or so."""
    days = (actors.end - actors.start) / DAY
    called = calls(rng, actors, max(3, int(3 * days)))
    came = turnout(rng, actors, called, share=0.5, median_s=30, spread=0.9)
    words = wording.texts(rng, np.full(len(called), actors.language), 6, 18)
    text = pl.format(
        "RT @{}_voice: {}", pl.lit(wording.stem(int(rng.integers(0, 9_000)))), words.gather(came.call)
    )
    return population.acts(
        **by(rng, actors, came), kind="repost", prose=pl.select(text).to_series(),
        target=named(f"{actors.name}-post", came), target_author=f"{actors.name}-author",
        target_time=called[came.call], object=named(actors.name, came),
    )  # fmt: skip


@_campaign(40, burst=0.5)
def lookalike_links(rng: np.random.Generator, catalogue: FeedCatalogue, actors: ActorGroup) -> pl.DataFrame:
    """Links to pages on a network of a dozen look-alike domains, with the title or words of their own."""
    days = (actors.end - actors.start) / DAY
    called = calls(rng, actors, max(3, int(3 * days)))
    came = turnout(rng, actors, called, share=0.4, median_s=45, spread=1.0)
    # One letter more than the site that is imitated.
    hosts = pl.Series([f"x{wording.site(int(number))}" for number in rng.integers(0, 200, 12)])
    pages = pl.select(
        pl.format("https://{}/p{}", hosts.gather(rng.integers(0, 12, len(called))), pl.int_range(len(called)))
    ).to_series()
    titles = wording.texts(rng, np.full(len(called), actors.language), 6, 14).gather(came.call)
    own = wording.texts(rng, np.full(len(came), actors.language), 4, 16)
    titled = pl.Series(rng.random(len(came)) < 0.4)
    return population.acts(
        **by(rng, actors, came), kind="original", url=pages.gather(came.call),
        prose=pl.select(pl.when(titled).then(titles).otherwise(own)).to_series(),
        object=named(actors.name, came),
    )  # fmt: skip


@_campaign(25, burst=0.3)
def slow_drip(rng: np.random.Generator, catalogue: FeedCatalogue, actors: ActorGroup) -> pl.DataFrame:
    """A message on three days of four or so, which each account rewords and publishes within about half a day."""
    days = (actors.end - actors.start) / DAY
    called = calls(rng, actors, max(3, int(0.75 * days)))
    came = turnout(rng, actors, called, share=0.6, median_s=3 * HOUR, spread=0.9)
    template = wording.draw(rng, np.full(len(called), actors.language), rng.integers(12, 22, len(called)))
    return population.acts(
        **by(rng, actors, came), kind="original",
        prose=wording.text(wording.reworded(rng, template[came.call], 0.1)), object=named(actors.name, came),
    )  # fmt: skip
