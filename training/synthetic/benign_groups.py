"""Groups that act together for ordinary reasons: one function per kind, one registry.

They do what campaigns do, and as fast: a tool that reports them as campaigns reports ordinary people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from vigie.training.synthetic import population, text
from vigie.training.synthetic.coordinated_actions import ActorGroup, by, calls, named, turnout
from vigie.training.synthetic.feeds import DAY, HOUR, FeedCatalogue

Plan = Callable[[np.random.Generator, FeedCatalogue, ActorGroup], pl.DataFrame]


@dataclass(frozen=True)
class Benign:
    """A kind of benign group.

    Attributes:
        accounts: Its size.
        automatic: Whether its accounts only do what the plan says, and live no life of their own.
        plan: From the accounts to their acts.
    """

    accounts: int
    automatic: bool
    plan: Plan


BENIGN: dict[str, Benign] = {}


def _benign(accounts: int, *, automatic: bool = False) -> Callable[[Plan], Plan]:
    """Register the decorated plan; see :class:`Benign` for the arguments."""

    def register(plan: Plan) -> Plan:
        BENIGN[plan.__name__] = Benign(accounts, automatic, plan)
        return plan

    return register


def profiles(kind: str, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """Return the people of a benign group with the profiles that its kind has."""
    word = text.stem(int(rng.integers(0, 10_000)))
    some = pl.Series(rng.random(people.height) < 0.3)
    if kind == "fans":
        mine = pl.concat_str(pl.lit(word), "handle")
        return people.with_columns(
            handle=pl.when(some).then(mine).otherwise("handle"), platform=pl.lit(0, pl.Int64)
        )
    if kind == "newsroom":
        return people.with_columns(
            handle=pl.concat_str(pl.lit(f"{word.capitalize()}News_"), pl.col("handle").str.slice(0, 4)),
            platform=pl.lit(0, pl.Int64), verified=pl.lit(True),
        )  # fmt: skip
    if kind == "declared_bots":
        return people.with_columns(
            handle=pl.concat_str("handle", pl.lit("_bot")),
            description=pl.concat_str(pl.lit("Automated feed, not a person. "), "description"),
        )
    if kind == "diaspora":
        # They speak the language of one place and live by the clock of another.
        return people.with_columns(zone=pl.lit(int(rng.choice([-8, -5, 1, 10])), pl.Int64))
    return people


@_benign(40)
def fans(rng: np.random.Generator, catalogue: FeedCatalogue, actors: ActorGroup) -> pl.DataFrame:
    """Fans of one idol repost every post of the idol they are awake for, within seconds to minutes."""
    called = calls(rng, actors, max(3, int(5 * catalogue.days)))
    came = turnout(rng, actors, called, share=0.85, median_s=45, spread=1.1)
    zone = actors.people["zone"].to_numpy()[came.member]
    came = came.where(rng.random(len(came)) < 3 * population.awake(came.time, zone))
    words = text.texts(rng, np.full(len(called), actors.language), 5, 16)
    idol = text.stem(int(rng.integers(0, 10_000)))
    return population.acts(
        **by(rng, actors, came), kind="repost",
        prose=pl.select(pl.format(f"RT @{idol}_music: {{}}", words.gather(came.call))).to_series(),
        target=named(f"{actors.name}-post", came), target_author=f"{actors.name}-idol",
        target_time=called[came.call], object=named(actors.name, came),
    )  # fmt: skip


@_benign(60)
def union_kit(rng: np.random.Generator, catalogue: FeedCatalogue, actors: ActorGroup) -> pl.DataFrame:
    """Activists post texts, pictures and hashtags of a kit by hand, over the hours of one or several days."""
    days = rng.choice(
        max(1, int(catalogue.days)), min(max(1, int(catalogue.days)), int(rng.integers(1, 4))), replace=False
    )
    texts, pictures = 12, 6
    called = np.repeat(actors.start + days * DAY + 9 * HOUR, 6)
    called = np.minimum(called, catalogue.end - 8 * HOUR)
    came = turnout(rng, actors, called, share=0.5, median_s=2.5 * HOUR, spread=0.7)
    chosen = rng.integers(0, texts, len(came))
    template = text.draw(rng, np.full(texts, actors.language), rng.integers(10, 20, texts))
    # Some people change a word of their own.
    edited = rng.random((len(came), 1)) < 0.25
    drawn = np.where(edited, text.reworded(rng, template[chosen], 0.1), template[chosen])
    shown = rng.integers(0, pictures, len(came))
    kit = text.pictures(rng, pictures)[shown]
    tags = [f"{text.stem(5_000 + int(n))}strike" for n in rng.integers(0, 900, 3)]
    return population.acts(
        **by(rng, actors, came), kind="original", prose=text.text(drawn),
        hashtags=population.slogans(rng, tags, (0.95, 0.7, 0.6), len(came)),
        picture=population.only(rng.random(len(came)) < 0.6, text.digits(text.reencoded(rng, kit))),
        object=pl.Series([f"{actors.name}-{n}" for n in range(texts)]).gather(chosen),
    )  # fmt: skip


@_benign(12, automatic=True)
def newsroom(rng: np.random.Generator, catalogue: FeedCatalogue, actors: ActorGroup) -> pl.DataFrame:
    """Accounts of one newsroom post its pages automatically, within seconds, each with words of its own."""
    called = calls(rng, actors, max(3, int(15 * catalogue.days)))
    came = turnout(rng, actors, called, share=0.8, median_s=6, spread=0.7)
    host = text.site(1_200 + int(rng.integers(0, 500)))
    pages = pl.Series([f"https://{host}/{n}" for n in range(len(called))])
    return population.acts(
        **by(rng, actors, came) | {"client": population.SCHEDULER}, kind="original",
        prose=text.texts(rng, np.full(len(came), actors.language), 6, 18),
        url=pages.gather(came.call), object=named(actors.name, came),
    )  # fmt: skip


@_benign(80)
def diaspora(rng: np.random.Generator, catalogue: FeedCatalogue, actors: ActorGroup) -> pl.DataFrame:
    """A diaspora posts at the hours of another zone, and shares few sites and hashtags of its own."""
    person, time = population.sittings(
        rng, catalogue, actors.people["zone"].to_numpy(), rng.poisson(1.5 * catalogue.days, len(actors))
    )
    hosts = [text.site(1_800 + int(n)) for n in rng.integers(0, 300, 4)]
    slot = (time - catalogue.start) // (12 * HOUR)
    # A new page on each site twice a day; the first of the hosts is read most.
    read = text.ranks(rng, len(person), len(hosts))
    page = pl.format("https://{}/d{}", pl.Series(hosts).gather(read), pl.Series(slot))
    tags = pl.Series([f"{text.stem(6_000 + int(n))}home" for n in rng.integers(0, 900, 3)])
    mine = actors.people[person]
    linked = rng.random(len(time)) < 0.6
    tagged = [rng.random(len(time)) < share for share in (0.5, 0.2)]
    thing = pl.format("{}-{}-{}", pl.lit(actors.name), pl.Series(read), pl.Series(slot))
    return population.acts(
        who=mine["who"], time=time, kind="original", language=mine["language"],
        client=population.clients(rng, len(time)), prose=text.texts(rng, mine["language"].to_numpy(), 4, 18),
        url=population.only(linked, pl.select(page).to_series()),
        hashtags=population.tag_lists(
            [population.only(kept, tags.gather(rng.integers(0, len(tags), len(time)))) for kept in tagged]
        ),
        object=population.only(linked, pl.select(thing).to_series()),
    )  # fmt: skip


@_benign(15, automatic=True)
def declared_bots(rng: np.random.Generator, catalogue: FeedCatalogue, actors: ActorGroup) -> pl.DataFrame:
    """Weather bots post a template with other numbers on the hour, all by the same software."""
    hours = np.arange(-(-actors.start // HOUR) * HOUR, actors.end - 10, HOUR)
    every = rng.choice([1, 3, 6], len(actors))
    member, hour = np.nonzero((np.arange(len(hours)) % every[:, None]) == 0)
    template = text.text(text.draw(rng, np.array([actors.language]), np.array([9])))[0]
    towns = text.stems(rng.integers(0, 15_000, len(actors))).str.to_titlecase()
    prose = pl.format(
        "{}: {} {} {}", towns.gather(member), pl.lit(template),
        pl.Series(rng.integers(-5, 35, len(member))), pl.Series(rng.integers(980, 1040, len(member))),
    )  # fmt: skip
    mine = actors.people[member]
    return population.acts(
        who=mine["who"], time=hours[hour] + rng.integers(0, 4, len(hour)), kind="original",
        language=mine["language"], prose=pl.select(prose).to_series(), client=population.SCHEDULER,
        hashtags=population.slogans(rng, ["weather"], [1.0], len(member)),
        object=pl.Series([f"{actors.name}-{n}" for n in range(len(hours))]).gather(hour),
    )  # fmt: skip
