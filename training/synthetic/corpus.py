"""Invented corpora in which it is known who acts in coordination, for tests and benchmarks.

An organic population with viral objects and live events (:mod:`vigie.training.synthetic.population`,
:mod:`vigie.training.synthetic.viral_events`), benign groups that act together for ordinary reasons
(:mod:`vigie.training.synthetic.benign_groups`) and planted campaigns (:mod:`vigie.training.synthetic.campaigns`). Nobody here exists.
:mod:`vigie.training.synthetic.accounts` invents what single accounts do; here it is what they do together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from vigie.errors import choices
from vigie.features import schema
from vigie.training.synthetic import benign_groups as ordinary
from vigie.training.synthetic import campaigns as operations
from vigie.training.synthetic import population, text, viral_events
from vigie.training.synthetic.accounts import OBSERVED_AT, SOURCE
from vigie.training.synthetic.campaigns import KINDS, Campaign, Kind
from vigie.training.synthetic.coordinated_actions import ActorGroup
from vigie.training.synthetic.feeds import DAY, PLATFORMS, FeedCatalogue, feed_catalogue
from vigie.training.synthetic.personas import CAMPAIGNS, LANGUAGES
from vigie.training.synthetic.text import Integers

# Streams of chance: each part of a corpus has its own, so that planting a campaign changes nobody else.
_SCENE, _PUBLIC, _BENIGN, _CAMPAIGN, _FINISH = range(5)
# Posts that can be reacted to, at least, and per post of the organic population.
_LEAST_ITEMS, _ITEMS_PER_POST = 2_000, 0.06


@dataclass(frozen=True)
class SyntheticCorpus:
    """A corpus and its truth.

    Attributes:
        accounts: Contract columns, in an order that tells nothing.
        posts: Contract columns, by time.
        labels: Contract columns, one row per account: ``coordinated`` is true for accounts of campaigns.
        groups: Every planted group, one row per account: ``platform``, ``account_id``, ``group``, ``kind``,
            ``benign``, and ``cell``, null where the group has none.
        acts: What was done on a plan: ``platform``, ``post_id``, ``account_id``, ``group``, ``object`` (equal
            names, same planted thing), ``time`` (seconds since 1970).
    """

    accounts: pl.DataFrame
    posts: pl.DataFrame
    labels: pl.DataFrame
    groups: pl.DataFrame
    acts: pl.DataFrame


@dataclass(frozen=True)
class _Part:
    """A part of the population, and what it does.

    Attributes:
        people: Accounts, see :func:`vigie.training.synthetic.population.people`.
        acts: See :data:`vigie.training.synthetic.population.ACTS`.
        members: ``who``, ``group``, ``kind``, ``benign``, ``cell`` of planted groups.
    """

    people: pl.DataFrame
    acts: pl.DataFrame
    members: pl.DataFrame


def corpus(
    *,
    organic: int,
    campaigns: Sequence[Campaign] = (),
    benign: Sequence[str] = (),
    days: int = 14,
    seed: int,
    observed_at: datetime = OBSERVED_AT,
) -> SyntheticCorpus:
    """Return a synthetic corpus.

    Args:
        organic: Accounts of the organic population.
        campaigns: Campaigns to plant.
        benign: Benign groups to plant, by their kinds in :data:`vigie.training.synthetic.benign_groups.BENIGN`.
        days: Length of the corpus; it ends when it is observed.
        seed: Same seed and arguments, same tables; the organic population is the same whatever is planted.
        observed_at: When everything was seen, with its zone.

    Raises:
        ValueError: There is nobody to invent, a kind is unknown, a campaign starts after the end, or
            ``observed_at`` has no zone.

    >>> corpus(organic=10, benign=["choir"], seed=1)
    Traceback (most recent call last):
    ValueError: there is no benign group of kind choir. Allowed: declared_bots, diaspora, fans, newsroom, union_kit.
    """
    _validate(organic, campaigns, benign, days, observed_at)
    end = int(observed_at.timestamp())
    here = feed_catalogue(
        np.random.default_rng([seed, _SCENE]), start=end - days * DAY, end=end,
        items=max(_LEAST_ITEMS, int(organic * days * population.POSTS_PER_DAY * _ITEMS_PER_POST)),
        languages=population.LANGUAGE_SHARES,
    )  # fmt: skip
    public = population.people(np.random.default_rng([seed, _PUBLIC]), here, organic)
    parts = [_public(np.random.default_rng([seed, _PUBLIC, 1]), here, public)]
    for number, kind in enumerate(benign):
        rng = np.random.default_rng([seed, _BENIGN, number])
        parts.append(_benign(rng, here, kind, f"{kind}-{number}", _next(parts)))
    for number, campaign in enumerate(campaigns):
        rng = np.random.default_rng([seed, _CAMPAIGN, number])
        name = f"invented-{CAMPAIGNS[number % len(CAMPAIGNS)]}-{number}"
        parts.append(_campaign(rng, here, campaign, name, _next(parts)))
        if campaign.kind == "crisis_flood":
            parts.append(_crisis(rng, here, public, campaign, name))
    return _finished(np.random.default_rng([seed, _FINISH]), parts, f"corpus-{seed}", observed_at)


def _validate(
    organic: int, campaigns: Sequence[Campaign], benign: Sequence[str], days: int, observed_at: datetime
) -> None:
    if organic < 1:
        raise ValueError(f"organic is {organic}; ask for at least 1 account")
    if days < 1:
        raise ValueError(f"days is {days}; ask for at least 1")
    for kind in benign:
        if kind not in ordinary.BENIGN:
            raise ValueError(f"there is no benign group of kind {kind}. {choices(kind, ordinary.BENIGN)}")
    for campaign in campaigns:
        if campaign.start_day >= days:
            raise ValueError(
                f"the {campaign.kind} campaign starts on day {campaign.start_day} of a corpus of {days} days; "
                f"allowed: 0 to {days - 1}"
            )
    if observed_at.tzinfo is None:
        raise ValueError(f"observed_at is {observed_at}, without a zone; give it one, for example UTC")


def _next(parts: list[_Part]) -> int:
    """Return the number of the next account."""
    return sum(part.people.height for part in parts)


def _public(rng: np.random.Generator, here: FeedCatalogue, public: pl.DataFrame) -> _Part:
    acts = [
        population.routine(rng, here, public),
        viral_events.viral(rng, here, public),
        viral_events.live(rng, here, public),
    ]
    return _Part(public, pl.concat(acts), _members(public, None))


def _crisis(
    rng: np.random.Generator, here: FeedCatalogue, public: pl.DataFrame, campaign: Campaign, name: str
) -> _Part:
    """Return what the public does about the crisis that a campaign floods: it uses the same first hashtag."""
    start = here.start + campaign.start_day * DAY
    watching = public.filter(pl.Series(rng.random(public.height) < 0.3))
    count = rng.poisson(3.0, watching.height)
    person, time = population.sittings(rng, here, watching["zone"].to_numpy(), count)
    length = int(min(KINDS[campaign.kind].days, here.days - campaign.start_day) * DAY)
    time = start + (time - here.start) % max(length, 1)
    mine = watching[person].with_columns(time=time)
    acts = population.originals(rng, here, mine)
    tag = pl.lit(operations.crisis_tags(name)[0])
    tagged = pl.concat_list(tag, pl.col("hashtags"))
    return _Part(public.clear(), acts.with_columns(hashtags=tagged), _members(public.clear(), None))


def _benign(rng: np.random.Generator, here: FeedCatalogue, kind: str, name: str, first: int) -> _Part:
    group = ordinary.BENIGN[kind]
    language = int(rng.choice(len(LANGUAGES), p=population.LANGUAGE_SHARES))
    # Fans come from several countries.
    people = population.people(
        rng, here, group.accounts, language=None if kind == "fans" else language, first=first
    )
    people = ordinary.profiles(kind, rng, people)
    cell = np.zeros(people.height, np.int64)
    actors = ActorGroup(name, people, cell, language, here.start, here.end)
    acts = [_seen(here, group.plan(rng, here, actors))]
    if not group.automatic:
        acts.append(population.routine(rng, here, people))
    return _Part(people, pl.concat(acts), _members(people, name, kind, benign=True))


def _campaign(
    rng: np.random.Generator, here: FeedCatalogue, campaign: Campaign, name: str, first: int
) -> _Part:
    kind = KINDS[campaign.kind]
    language = int(rng.choice(len(LANGUAGES), p=population.LANGUAGE_SHARES))
    start = here.start + campaign.start_day * DAY
    people = population.people(rng, here, campaign.size, language=language, first=first)
    people = operations.profiles(rng, here, people, kind, start)
    cell = _cells(rng, campaign, kind)
    end = min(here.end, start + int(kind.days * DAY))
    planned = kind.plan(rng, here, ActorGroup(name, people, cell, language, start, end))
    acts = _seen(here, _jittered(rng, planned, campaign.jitter_s))
    if campaign.camouflage:
        each = people.select("who").join(
            acts.group_by("who").len(), on="who", how="left", maintain_order="left"
        )
        rate = each["len"].fill_null(0) * campaign.camouflage / here.days
        acts = pl.concat([acts, population.routine(rng, here, people.with_columns(rate=rate))])
    members = _members(people, name, campaign.kind, benign=False)
    if campaign.cell is not None or kind.hands is not None:
        members = members.with_columns(cell=pl.Series(cell))
    seen = pl.Series(
        "who",
        np.sort(
            rng.permutation(people["who"].to_numpy())[: max(1, round(campaign.observed * campaign.size))]
        ),
    )
    people, members, acts = (
        table.filter(pl.col("who").is_in(seen.implode())) for table in (people, members, acts)
    )
    return _Part(people, acts, members)


def _seen(here: FeedCatalogue, acts: pl.DataFrame) -> pl.DataFrame:
    """Return the acts within the corpus: delays, cells and jitter can lead beyond its end or its start."""
    return acts.filter(pl.col("time").is_between(here.start, here.end, closed="left"))


def _cells(rng: np.random.Generator, campaign: Campaign, kind: Kind) -> Integers:
    """Return the cell of each account: as asked, else by the operators that the kind has, else one."""
    size = campaign.cell or kind.hands
    order = rng.permutation(campaign.size)
    return order // size if size else np.zeros(campaign.size, np.int64)


def _jittered(rng: np.random.Generator, acts: pl.DataFrame, jitter_s: int) -> pl.DataFrame:
    """Move planted acts by up to ``jitter_s`` seconds; none comes before what it reacts to."""
    if not jitter_s:
        return acts
    moved = pl.col("time") + pl.Series(rng.integers(-jitter_s, jitter_s + 1, acts.height))
    # A reaction that would come too early comes as much later: all at once would be synchrony of its own.
    delay = (moved - pl.col("target_time")).abs().clip(1)
    after = pl.coalesce(pl.col("target_time") + delay, moved)
    return acts.with_columns(time=pl.when(pl.col("object").is_null()).then("time").otherwise(after))


def _members(
    people: pl.DataFrame, name: str | None, kind: str | None = None, *, benign: bool | None = None
) -> pl.DataFrame:
    return people.select(
        "who", group=pl.lit(name, pl.String), kind=pl.lit(kind, pl.String), benign=pl.lit(benign, pl.Boolean),
        cell=pl.lit(None, pl.Int64),
    )  # fmt: skip


def _finished(
    rng: np.random.Generator, parts: list[_Part], prefix: str, observed_at: datetime
) -> SyntheticCorpus:
    """Return the tables: accounts in random order, posts by time, ids that tell nothing."""
    people = pl.concat([part.people for part in parts])
    members = pl.concat([part.members for part in parts])
    number = pl.Series(rng.permutation(people.height))
    names = pl.Series(PLATFORMS)
    avatars = text.digits(text.pictures(rng, people.height))
    people = (
        people.with_columns(
            account_id=pl.format(f"{prefix}-{{}}", number.cast(pl.String).str.zfill(7)),
            platform=names.gather(people["platform"]),
            handle=_unlike(people["handle"]),
            lang=pl.Series(LANGUAGES).gather(people["language"]),
            avatar_hash=population.only(people["has_profile_image"].to_numpy(), avatars),
            created_at=_time("created"), observed_at=pl.lit(observed_at, schema.TIME),
            url=pl.lit(""),
        )
        .sort("account_id")
    )  # fmt: skip
    acts = pl.concat([part.acts for part in parts]).sort("time", "who", maintain_order=True)
    posts, planted = _posts(
        rng, acts, people.select("who", "platform", "account_id", "handle", "followers_count"), prefix
    )
    people = people.join(
        posts.group_by("account_id").len(), on="account_id", how="left", maintain_order="left"
    ).with_columns(posts_count=pl.max_horizontal("posts_count", "len"))
    who = people.select("who", "platform", "account_id")
    labelled = who.join(members, on="who", how="left", maintain_order="left")
    coordinated = ~pl.col("benign").fill_null(True)
    labels = labelled.with_columns(
        target=pl.lit("coordinated"), value=coordinated, campaign=pl.when(coordinated).then("group"),
        source=pl.lit(SOURCE), strength=pl.lit("expert"),
    )  # fmt: skip
    groups = labelled.drop("who").drop_nulls("group").sort("group", "account_id")
    return SyntheticCorpus(
        schema.conform(people, "accounts"),
        schema.conform(posts, "posts"),
        schema.conform(labels, "labels"),
        groups,
        planted.join(groups.select("account_id", "group"), on="account_id", maintain_order="left"),
    )


def _unlike(handles: pl.Series) -> pl.Series:
    """Return handles with a number added where one came before, in either case of letters."""
    frame = pl.DataFrame({"handle": handles})
    again = pl.int_range(pl.len()).over(pl.col("handle").str.to_lowercase())
    return frame.select(
        pl.when(again > 0).then(pl.format("{}__{}", "handle", again)).otherwise("handle")
    ).to_series()


def _time(seconds: str) -> pl.Expr:
    return (pl.col(seconds) * 1_000_000).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _posts(
    rng: np.random.Generator, acts: pl.DataFrame, people: pl.DataFrame, prefix: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return posts with ids, texts and counters, and the planted acts among them."""
    made = acts.join(people, on="who", how="left", maintain_order="left").with_columns(
        post_id=pl.format(f"{prefix}-p{{}}", pl.int_range(pl.len()).cast(pl.String).str.zfill(8))
    )
    origin = made.filter(pl.col("key").is_not_null()).select(
        target_key="key", found="post_id", found_author="account_id"
    )
    made = made.join(origin, on="target_key", how="left", maintain_order="left").with_columns(
        # What is reposted may be outside the corpus, or by somebody whom the collector did not see.
        target_post_id=pl.coalesce("found", pl.format(f"{prefix}-{{}}", "target")),
        target_account_id=pl.coalesce("found_author", pl.format(f"{prefix}-{{}}", "target_author")),
    )  # fmt: skip
    tags = pl.col("hashtags").list.eval(pl.lit("#") + pl.element()).list.join(" ")
    one = {"urls": "url", "media_hashes": "picture"}
    posts = made.with_columns(
        created_at=_time("time"), time_resolution=pl.lit("second"), target_created_at=_time("target_time"),
        lang=pl.Series(LANGUAGES).gather(made["language"]),
        text=pl.concat_str("prose", pl.when(tags != "").then(tags), "url", separator=" ", ignore_nulls=True),
        mentions=pl.concat_list(pl.col("prose").str.extract(r"^RT @(\w+):")).list.drop_nulls(),
        **{name: pl.concat_list(column).list.drop_nulls() for name, column in one.items()},
    )  # fmt: skip
    posts = _counted(rng, posts)
    planted = made.filter(pl.col("object").is_not_null()).select(
        "platform", "post_id", "account_id", "object", "time"
    )
    return posts, planted


def _counted(rng: np.random.Generator, posts: pl.DataFrame) -> pl.DataFrame:
    """Return posts with counters: heavy-tailed, by the followers; reposts have none of their own."""
    count = posts.height
    followers = posts["followers_count"].to_numpy().astype(np.float64)
    views = rng.poisson(np.minimum((followers + 10) * np.exp(rng.normal(-1.5, 1.2, count)), 1e8))
    liked = rng.binomial(views, rng.beta(1, 40, count))
    shares = {"repost_count": 0.2, "reply_count": 0.15, "quote_count": 0.03}
    counters = {"view_count": views, "like_count": liked} | {
        name: rng.poisson(liked * share) for name, share in shares.items()
    }
    seen = posts.filter(pl.col("kind") == "repost").group_by(post_id="target_post_id").len("seen")
    own = pl.col("kind") != "repost"
    return (
        posts.with_columns(pl.Series(name, values) for name, values in counters.items())
        .join(seen, on="post_id", how="left", maintain_order="left")
        .with_columns(repost_count=pl.max_horizontal("repost_count", "seen"))
        .with_columns(pl.when(own).then(name).alias(name) for name in counters)
    )
