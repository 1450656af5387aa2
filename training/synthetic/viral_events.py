"""What makes strangers meet: viral objects and live events.

A viral object is reposted, linked, copied or tagged by hundreds to thousands within hours, in great numbers
within the same minute. At a live event the same hundreds of people use the same hashtags, react within
seconds to the same moments, and repost the same posts. Neither is coordination.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from vigie.training.synthetic import population, text
from vigie.training.synthetic.feeds import HOUR, TOPICS, FeedCatalogue
from vigie.training.synthetic.personas import LANGUAGES

# Viral objects a day, and live events a week.
VIRAL_PER_DAY, EVENTS_PER_WEEK = 2.5, 2.5
_VIRAL_KINDS = ("repost", "link", "meme", "tag")
_EVENT_TAGS = 3


def viral(rng: np.random.Generator, catalogue: FeedCatalogue, public: pl.DataFrame) -> pl.DataFrame:
    """Return what people do with viral objects; the busy take part in most of them."""
    count = rng.poisson(VIRAL_PER_DAY * catalogue.days)
    return _together(_object(rng, catalogue, public, number) for number in range(count))


def _object(
    rng: np.random.Generator, catalogue: FeedCatalogue, public: pl.DataFrame, number: int
) -> pl.DataFrame:
    kind = _VIRAL_KINDS[rng.choice(len(_VIRAL_KINDS), p=[0.4, 0.25, 0.2, 0.15])]
    language = int(rng.choice(len(LANGUAGES), p=population.LANGUAGE_SHARES))
    # Reposts stay on their platform; words and pictures cross languages now and then.
    near = pl.col("language") == language if rng.random() < 0.7 else pl.lit(True)
    here = pl.col("platform") == 0 if kind == "repost" else pl.lit(True)
    reached = public.filter(near & here)
    size = int(np.clip(np.exp(rng.normal(np.log(0.1), 0.8)), 0.02, 0.6) * public.height)
    chosen = _drawn(rng, reached, size)
    born = int(rng.integers(catalogue.start, max(catalogue.end - 6 * HOUR, catalogue.start + 1)))
    hours = np.exp(rng.normal(np.log(1.5), 0.5))
    delay = np.exp(rng.normal(np.log(hours * HOUR), 1.0, chosen.height)).astype(np.int64) + 5
    time = born + delay
    alert = rng.random(chosen.height) < 2 * population.awake(time, chosen["zone"].to_numpy())
    kept = pl.Series(alert & (time < catalogue.end))
    chosen, time = chosen.filter(kept), time[kept.to_numpy()]
    spoken = chosen["language"].to_numpy()
    common = {
        "who": chosen["who"], "time": time, "language": spoken, "client": population.clients(rng, len(time)),
    }  # fmt: skip
    same = text.texts(rng, np.array([language]), 8, 18)[0]
    if kind == "repost":
        return population.acts(
            **common, kind="repost", prose=f"RT @{text.stem(number)}_viral: {same}",
            target=f"viral-{number}", target_author=f"viral-author-{number}",
            target_time=np.full(len(time), born),
        )  # fmt: skip
    said = text.texts(rng, spoken, 3, 16)
    if kind == "link":
        titled = pl.Series(rng.random(len(time)) < 0.5)
        return population.acts(
            **common, kind="original",
            prose=pl.select(pl.when(titled).then(pl.lit(same)).otherwise(said)).to_series(),
            url=f"https://{text.site(900 + number)}/story-{number}",
        )  # fmt: skip
    if kind == "meme":
        hashes = np.repeat(text.pictures(rng, 1), len(time), axis=0)
        return population.acts(
            **common, kind="original", prose=same,
            picture=text.digits(text.reencoded(rng, hashes)),
        )  # fmt: skip
    tags = pl.Series([f"{text.stem(2_000 + number)}{number}"])
    topics = rng.integers(0, TOPICS, len(time))
    more = population.only(rng.random(len(time)) < 0.2, catalogue.tagged(rng, spoken, topics))
    return population.acts(
        **common, kind="original", prose=said,
        hashtags=population.tag_lists([tags.gather(np.zeros(len(time), np.int64)), more]),
    )  # fmt: skip


def live(rng: np.random.Generator, catalogue: FeedCatalogue, public: pl.DataFrame) -> pl.DataFrame:
    """Return what people do at live events: matches of a few sides, whose followers come again and again."""
    count = rng.poisson(EVENTS_PER_WEEK * catalogue.days / 7)
    return _together(
        event(rng, catalogue, public, number, start, int(rng.uniform(1.5, 3) * HOUR))
        for number, start in enumerate(
            rng.integers(catalogue.start, max(catalogue.end - 3 * HOUR, catalogue.start + 1), count)
        )
    )


def event(
    rng: np.random.Generator,
    catalogue: FeedCatalogue,
    public: pl.DataFrame,
    number: int,
    start: int,
    lasts: int,
) -> pl.DataFrame:
    """Return the acts of the audience of one event.

    Args:
        rng: Source of chance.
        catalogue: The catalogue of feeds.
        public: Who may watch; those interested in its topic mostly do.
        number: Number of the event.
        start: When it starts, seconds since 1970.
        lasts: Its length in seconds.
    """
    language = int(rng.choice(len(LANGUAGES), p=population.LANGUAGE_SHARES))
    topic = number % 2
    spoken = public.filter(pl.col("language") == language)
    keen = spoken.filter((pl.col("topic") == topic) | (pl.col("second_topic") == topic))
    size = int(rng.uniform(0.05, 0.12) * public.height)
    audience = _drawn(rng, keen if keen.height > size else spoken, size)
    moments = np.sort(rng.integers(start, start + lasts, rng.integers(6, 16)))
    # Each watcher reacts to some moments, within seconds to a minute.
    habit = rng.beta(1.2, 2.5, audience.height)
    who, moment = np.nonzero(rng.random((audience.height, len(moments))) < habit[:, None])
    delay = np.exp(rng.normal(np.log(25), 0.9, len(who))).astype(np.int64) + 2
    mine = audience[who]
    reposts = (rng.random(len(who)) < 0.4) & (mine["platform"].to_numpy() == 0)
    # The side's own account posts right after each moment; its followers react to that with a repost.
    official = moments + rng.integers(3, 20, len(moments))
    time = np.where(reposts, official[moment], moments[moment]) + delay
    time = np.minimum(time, catalogue.end - 1)
    tags = [f"{text.stem(3_000 + number + 40 * place)}live" for place in range(_EVENT_TAGS)]
    used = population.slogans(rng, tags, (1.0, 0.35, 0.15), len(who))
    words = text.texts(rng, np.full(len(moments), language), 6, 14)
    side = language * 2 + topic
    post = pl.Series([f"live-{number}-{moment}" for moment in range(len(moments))]).gather(moment)
    return population.acts(
        who=mine["who"], time=time, language=mine["language"], client=population.clients(rng, len(who)),
        kind=pl.Series(["original", "repost"]).gather(reposts.astype(np.int64)),
        prose=pl.select(
            pl.when(pl.Series(reposts))
            .then(pl.format("RT @{}_side: {}", pl.lit(text.stem(side)), words.gather(moment)))
            .otherwise(text.texts(rng, mine["language"].to_numpy(), 1, 9))
        ).to_series(),
        hashtags=population.only(~reposts, used),
        target=population.only(reposts, post),
        target_author=population.only(reposts, pl.repeat(f"side-{side}", len(who), eager=True)),
        target_time=population.only(reposts, pl.Series(official[moment])),
    )  # fmt: skip


def _drawn(rng: np.random.Generator, public: pl.DataFrame, size: int) -> pl.DataFrame:
    """Return people drawn without replacement, the busy first of all."""
    if public.is_empty():
        return public
    # Exponential races: the smallest of these are a sample with those weights.
    race = rng.exponential(1.0, public.height) / public["rate"].to_numpy() ** 0.7
    return public[np.argsort(race)[: min(size, public.height)]]


def _together(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=population.ACTS), *parts])
