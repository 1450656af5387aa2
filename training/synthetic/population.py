"""An organic population: who people are, when they are awake, and what they post on ordinary days.

Activity is log-normal, people live by their own time zone, post in sittings and react to what is popular on
their shelf of the catalogue of feeds. Profiles have sign-up waves, as platforms have them after an advertisement or a ban
elsewhere, so that a bunch of creation dates alone tells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from vigie.training.synthetic import text
from vigie.training.synthetic.feeds import DAY, HOUR, TOPICS, FeedCatalogue, shelf_of_posts
from vigie.training.synthetic.personas import LANGUAGES
from vigie.training.synthetic.text import Flags, Floats, Integers

# Posts per day of a person, in the mean; the median is about half of it.
POSTS_PER_DAY = 7.0
_SPREAD = 1.15  # standard deviation of the logarithm of the activity
_MOST_PER_DAY = 150.0
# Shares of the languages among people, and the hours ahead of UTC that speakers live by.
LANGUAGE_SHARES = np.array([0.35, 0.25, 0.2, 0.1, 0.1])
_ZONES = np.array([(-8, -5, 0, 10), (1, 2, 2, 1), (-5, -3, 1, 2), (3, 3, 5, 7), (0, 2, 3, 4)])
# How active people are at each hour of their local day.
_HOURS = np.array(
    [2, 1, 0.5, 0.3, 0.3, 0.6, 2, 4, 5.5, 5, 4.5, 5, 6.5, 6, 5, 5, 5, 5.5, 6.5, 7.5, 8.5, 9, 7, 4]
)
# Share of Facebook among people.
_FACEBOOK = 0.25
_WAVES = 7
_BY_HAND = ("Example Phone", "Example Web")
SCHEDULER = "Example Scheduler"
_REPLIED = 0.5  # share of the replies that go to friends, and not to widely read accounts

# What somebody does, before ids and counters. ``object`` names the planted thing acted on; ``key`` names a
# post that others react to inside the corpus, which they give as ``target_key``; ``target`` and
# ``target_author`` stand for what is outside, or was not seen.
ACTS = pl.Schema(
    {
        "who": pl.Int64(), "time": pl.Int64(), "kind": pl.String(), "language": pl.Int64(),
        "prose": pl.String(), "hashtags": pl.List(pl.String()), "url": pl.String(), "picture": pl.String(),
        "client": pl.String(),
        "target": pl.String(), "target_author": pl.String(), "target_time": pl.Int64(),
        "key": pl.String(), "target_key": pl.String(), "object": pl.String(),
    }
)  # fmt: skip


def acts(**columns: pl.Series | Integers | str) -> pl.DataFrame:
    """Return acts with the columns given and the others null; see :data:`ACTS`."""
    given = pl.DataFrame({name: value for name, value in columns.items() if not isinstance(value, str)})
    fixed = [pl.lit(value).alias(name) for name, value in columns.items() if isinstance(value, str)]
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in ACTS.items() if name not in columns]
    return (
        given.with_columns(*fixed, *absent)
        .select(pl.col(name).cast(dtype) for name, dtype in ACTS.items())
        .with_columns(pl.col("hashtags").fill_null([]))
    )


def only(kept: Flags, values: pl.Series) -> pl.Series:
    """Return the values, null where not kept."""
    return pl.select(pl.when(pl.Series(kept)).then(values)).to_series()


def people(
    rng: np.random.Generator,
    catalogue: FeedCatalogue,
    count: int,
    *,
    language: int | None = None,
    first: int = 0,
) -> pl.DataFrame:
    """Return synthetic people.

    Args:
        rng: Source of chance.
        catalogue: The catalogue of feeds; nobody is younger than it.
        count: How many.
        language: Index of the one language they speak; None for a mixture.
        first: Number of the first of them.

    Returns:
        ``who``, ``platform`` (index in :data:`vigie.training.synthetic.feeds.PLATFORMS`), ``language``, ``zone`` (hours
        ahead of UTC), ``topic``, ``second_topic``, ``rate`` (posts per day), ``repost``, ``reply``, ``quote``
        (shares of the posts), ``pause`` (seconds between seeing and reacting, scale), and the profile.
    """
    spoken = (
        rng.choice(len(LANGUAGES), count, p=LANGUAGE_SHARES) if language is None else np.full(count, language)
    )
    interest = 1.0 / (np.arange(TOPICS) + 1) ** 0.7
    shares = rng.dirichlet([1.6, 1.0, 0.3, 1.4], count)
    rate = np.exp(rng.normal(np.log(POSTS_PER_DAY) - _SPREAD**2 / 2, _SPREAD, count))
    followers = np.exp(rng.normal(5.3, 1.7, count)).astype(np.int64)
    created = _created(rng, catalogue, count)
    age_days = (catalogue.end - created) / DAY
    rate = np.minimum(rate, _MOST_PER_DAY)
    frame = pl.DataFrame(
        {
            "who": first + np.arange(count),
            "platform": (rng.random(count) < _FACEBOOK).astype(np.int64),
            "language": spoken,
            "zone": _ZONES[spoken, rng.integers(0, _ZONES.shape[1], count)],
            "topic": rng.choice(TOPICS, count, p=interest / interest.sum()),
            "second_topic": rng.integers(0, TOPICS, count),
            "rate": rate,
            "repost": shares[:, 0],
            "reply": shares[:, 1],
            "quote": shares[:, 2],
            "pause": np.exp(rng.normal(np.log(1_800), 1.2, count)),
            "created": created,
            "handle": text.handles(rng, count, 0.4),
            "display_name": text.texts(rng, spoken, 2, 3).str.to_titlecase(),
            "description": text.texts(rng, spoken, 3, 14),
            "location": text.stems(rng.integers(0, 400, count)).str.to_titlecase(),
            "followers_count": followers,
            "following_count": np.exp(rng.normal(5.6, 1.0, count)).astype(np.int64),
            "posts_count": (rate * age_days * rng.uniform(0.2, 1.1, count)).astype(np.int64),
            "likes_given_count": np.exp(rng.normal(6.5, 1.8, count)).astype(np.int64),
            "listed_count": rng.poisson(np.minimum(followers, 10**6) * 0.006),
            "verified": rng.random(count) < 0.05,
            "has_profile_image": rng.random(count) < 0.93,
            "has_banner": rng.random(count) < 0.7,
        }
    )
    return frame.with_columns(
        description=pl.when(pl.Series(rng.random(count) < 0.82)).then("description").otherwise(pl.lit("")),
        location=pl.when(pl.Series(rng.random(count) < 0.5)).then("location").otherwise(pl.lit("")),
    )


def _created(rng: np.random.Generator, catalogue: FeedCatalogue, count: int) -> Integers:
    """Return creation times: spread over twelve years, and in waves of some weeks."""
    spread = catalogue.start - (rng.beta(1.0, 1.3, count) * 12 * 365 * DAY).astype(np.int64)
    waves = catalogue.start - (rng.beta(0.8, 2.0, _WAVES) * 10 * 365 * DAY).astype(np.int64)
    in_wave = waves[rng.integers(0, _WAVES, count)] - (rng.exponential(12 * DAY, count)).astype(np.int64)
    return np.where(rng.random(count) < 0.25, in_wave, spread) - DAY


def awake(time: Integers, zone: Integers) -> Floats:
    """Return how active people of a zone (hours ahead of UTC) are at a time, between 0 and 1."""
    share = _HOURS[(time // HOUR + zone) % 24] / _HOURS.max()
    return np.asarray(share, np.float64)


def sittings(
    rng: np.random.Generator, catalogue: FeedCatalogue, zone: Integers, count: Integers
) -> tuple[Integers, Integers]:
    """Return when people post: ``count`` times each, in sittings at the hours of their own day.

    Returns:
        Position of the person in ``zone``, and time, for each post.
    """
    number = np.arange(len(count))
    of_person = np.maximum(count // np.maximum(np.exp(rng.normal(1.1, 0.5, len(count))), 1), 1).astype(
        np.int64
    )
    owner = np.repeat(number, of_person)
    edges = np.cumsum(_HOURS) / _HOURS.sum()
    hour = np.searchsorted(edges, rng.random(len(owner)), side="right")
    # People get up at different hours of the same zone.
    shift = rng.normal(0.0, 1.0, len(count))[owner]
    local = (hour + rng.random(len(owner)) + shift - zone[owner]) * HOUR
    midnight = (
        catalogue.start
        - catalogue.start % DAY
        + rng.integers(-1, int(np.ceil(catalogue.days)) + 1, len(owner)) * DAY
    )
    begins = midnight + local.astype(np.int64)
    lasts = np.exp(rng.normal(np.log(1_200), 0.9, len(owner)))
    person = np.repeat(number, count)
    first = np.cumsum(of_person) - of_person
    sitting = first[person] + (rng.random(len(person)) * of_person[person]).astype(np.int64)
    time = begins[sitting] + (rng.random(len(person)) * lasts[sitting]).astype(np.int64)
    # What falls outside is moved by whole days, so that hours of the day stay what they are.
    days = max(1, int(catalogue.days))
    beyond = (time < catalogue.start) | (time >= catalogue.end)
    moved = catalogue.start + (time - catalogue.start) % (days * DAY)
    return person, np.minimum(np.where(beyond, moved, time), catalogue.end - 1)


def routine(rng: np.random.Generator, catalogue: FeedCatalogue, who: pl.DataFrame) -> pl.DataFrame:
    """Return the acts of ordinary days of people, see :func:`people`: ``rate`` posts per day each."""
    count = rng.poisson(who["rate"].to_numpy() * catalogue.days)
    person, time = sittings(rng, catalogue, who["zone"].to_numpy(), count)
    mine = who[person]
    draw = rng.random(len(person))
    edges = np.cumsum(np.stack([mine[name].to_numpy() for name in ("repost", "reply", "quote")]), axis=0)
    act = (draw[None, :] > edges).sum(axis=0)  # 0 repost, 1 reply, 2 quote, 3 original
    mine = mine.with_columns(time=time, topic=_topic(rng, mine))
    reacts = act < 3
    return pl.concat(
        [
            reactions(rng, catalogue, mine.filter(pl.Series(reacts)), act[reacts]),
            originals(rng, catalogue, mine.filter(pl.Series(~reacts))),
        ]
    )


def _topic(rng: np.random.Generator, mine: pl.DataFrame) -> Integers:
    """Return what each post is about: mostly the first interest, then the second, then anything."""
    draw = rng.random(mine.height)
    anything = rng.integers(0, TOPICS, mine.height)
    first, second = mine["topic"].to_numpy(), mine["second_topic"].to_numpy()
    return np.select([draw < 0.55, draw < 0.85], [first, second], anything).astype(np.int64)


def reactions(
    rng: np.random.Generator, catalogue: FeedCatalogue, mine: pl.DataFrame, act: Integers
) -> pl.DataFrame:
    """Return reposts (0), replies (1) and quotes (2) at given times, mostly of what is popular."""
    time, language = mine["time"].to_numpy(), mine["language"].to_numpy()
    pause = (mine["pause"].to_numpy() * rng.exponential(1.0, len(time))).astype(np.int64) + 3
    shelf = shelf_of_posts(mine["platform"].to_numpy(), language, mine["topic"].to_numpy())
    picked = catalogue.posts.items[catalogue.posts.pick(rng, shelf, time - pause)]
    said = text.texts(rng, language, 3, 16)
    friend = (act == 1) & (rng.random(len(time)) < _REPLIED)
    # A friend's post is one that nobody else answers.
    own = pl.select(pl.format("friend-{}-{}", mine["who"], pl.int_range(len(time)))).to_series()
    other = pl.select(pl.format("friend-{}", mine["who"])).to_series()
    reposted = act == 0
    tags = catalogue.tagged(rng, language, mine["topic"].to_numpy())
    kinds = pl.Series(["repost", "reply", "quote"])
    answered = pl.when(pl.Series(friend))
    return acts(
        who=mine["who"], time=time, kind=kinds.gather(act), language=language,
        prose=pl.select(
            pl.when(pl.Series(reposted))
            .then(pl.format("RT @{}: {}", picked["handle"], picked["prose"]))
            .otherwise(said)
        ).to_series(),
        url=only(reposted, picked["url"]),
        hashtags=tag_lists([only(~reposted & (rng.random(len(time)) < 0.06), tags)]),
        client=clients(rng, len(time)),
        target=pl.select(answered.then(own).otherwise(picked["target"])).to_series(),
        target_author=pl.select(answered.then(other).otherwise(picked["target_author"])).to_series(),
        target_time=np.where(friend, time - pause, np.minimum(picked["born"].to_numpy(), time)),
    )  # fmt: skip


def originals(rng: np.random.Generator, catalogue: FeedCatalogue, mine: pl.DataFrame) -> pl.DataFrame:
    """Return posts of people's own at given times: prose, links with or without their title, memes, tags."""
    time, language, topic = (mine[name].to_numpy() for name in ("time", "language", "topic"))
    count = len(time)
    seen = time - (mine["pause"].to_numpy() * rng.exponential(1.0, count)).astype(np.int64)
    linked = rng.random(count) < 0.22
    page = catalogue.pages.items[catalogue.pages.pick(rng, language * TOPICS + topic, seen)]
    # The share button of a page proposes its title: the same words by thousands of hands.
    titled = linked & (rng.random(count) < 0.45)
    found = catalogue.memes.pick(rng, language, seen)
    meme = ~linked & (rng.random(count) < 0.05)
    said = text.texts(rng, language, 3, 20)
    prose = pl.select(
        pl.when(pl.Series(titled)).then(page["title"])
        .when(pl.Series(meme)).then(catalogue.memes.items["prose"].gather(found))
        .otherwise(said)
    ).to_series()  # fmt: skip
    pictured = ~linked & ~meme & (rng.random(count) < 0.2)
    hashes = np.where(meme[:, None], catalogue.meme_hashes[found], text.pictures(rng, count))
    tagged = [rng.random(count) < share for share in (0.28, 0.15, 0.1)]
    tags = [only(kept, catalogue.tagged(rng, language, topic)) for kept in tagged]
    return acts(
        who=mine["who"], time=time, kind="original", language=language, prose=prose,
        url=only(linked, page["url"]), hashtags=tag_lists(tags),
        picture=only(meme | pictured, text.digits(text.reencoded(rng, hashes))),
        client=clients(rng, count),
    )  # fmt: skip


def tag_lists(tags: list[pl.Series]) -> pl.Series:
    """Return hashtags as lists, in order, nulls and repetitions left out."""
    frame = pl.DataFrame([series.alias(str(place)) for place, series in enumerate(tags)])
    lists = pl.concat_list(pl.all()).list.drop_nulls().list.unique(maintain_order=True)
    return frame.select(lists.alias("hashtags")).to_series()


def slogans(rng: np.random.Generator, tags: Sequence[str], shares: Sequence[float], count: int) -> pl.Series:
    """Return lists of hashtags, in order; each is in that share of the lists."""
    return tag_lists(
        [
            only(rng.random(count) < share, pl.repeat(tag, count, eager=True))
            for tag, share in zip(tags, shares, strict=True)
        ]
    )


def clients(rng: np.random.Generator, count: int) -> pl.Series:
    """Return the applications of posts by hand, and of a few by a scheduler."""
    return pl.Series([*_BY_HAND, SCHEDULER]).gather(rng.choice(3, count, p=[0.7, 0.26, 0.04]))
