"""The posts of an invented world: who posts when, in which bursts, to whom, how alike, with how much echo."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from vigie.features import schema
from vigie.training.synthetic.personas import (
    CAMPAIGNS,
    LANGUAGES,
    PERSONAS,
    Crowd,
    Flags,
    Integers,
    choose,
)
from vigie.training.synthetic.prose import (
    DOMAINS,
    EMOJIS,
    LATIN,
    TEMPLATE_WORDS,
    Style,
    domain,
    hashes,
    ranks,
    write,
)

WINDOW_DAYS = 60

_DAY = 86_400
_TEMPLATES = 3  # of one account, or of one campaign
_SOURCES = 24  # widely read accounts per language
_FRIENDS = 5_000  # people outside the world that accounts answer
_LEADERS = 4  # accounts of a campaign that its amplifiers repost
_TAGS = 30
_CLIENTS = ("Example Phone", "Example Web", "Example Scheduler")
# Hours that local time is ahead of UTC, one of which an account of that language lives by.
_ZONES = ((-8, -5, 0, 10), (1, 2, 2, 1), (-5, -3, 1, 2), (3, 3, 5, 7), (0, 2, 3, 4))


def posts(
    rng: np.random.Generator,
    crowd: Crowd,
    accounts: pl.DataFrame,
    prefix: str,
    end: int,
    posts_per_account: int,
) -> pl.DataFrame:
    """Return the posts of every account."""
    n, conduct = len(crowd), crowd.conduct
    counts = np.minimum(conduct["activity"], 2.5) * posts_per_account
    small = np.array([p.kind == "new user" for p in PERSONAS])[crowd.persona]
    counts = np.where(small, np.clip(counts, 0, 19), counts).astype(np.int64)
    author = np.repeat(np.arange(n), counts)
    rank = np.arange(len(author)) - np.repeat(np.cumsum(counts) - counts, counts)
    total = len(author)

    created = accounts["created_at"].dt.epoch("s").to_numpy()
    days = np.clip((end - created) // _DAY, 1, WINDOW_DAYS)
    time = _clock(rng, crowd, author, rank, days, end)
    shares = np.stack([conduct[name] for name in ("repost", "reply", "quote")], axis=1)
    shares = np.column_stack([np.maximum(1 - shares.sum(axis=1), 0), shares])
    act = choose(rng, shares[author])
    own = act != 1

    text, parts = _own_texts(rng, crowd, author, act)
    post_id = pl.Series([f"{prefix}-p{i:08d}" for i in range(total)])
    reaction = _react(rng, crowd, accounts, author, act, time, created, end, prefix)
    time = reaction["time"].to_numpy()
    posts = pl.DataFrame(
        {
            "platform": accounts["platform"].gather(author),
            "post_id": post_id,
            "account_id": accounts["account_id"].gather(author),
            "author": author,
            "created_at": times(time),
            "text": text,
            "kind": pl.Series(("original", "repost", "reply", "quote")).gather(act),
        }
    ).hstack(parts).hstack(reaction.drop("time"))  # fmt: skip

    # Reposts of a leader's post carry the text of that very post.
    known = posts.select(
        chased="post_id",
        chased_author="account_id",
        chased_at="created_at",
        chased_text="text",
        chased_url="url",
    )
    posts = posts.join(known, on="chased", how="left", maintain_order="left").with_columns(
        target_post_id=pl.coalesce("chased", "target_post_id"),
        target_account_id=pl.coalesce("chased_author", "target_account_id"),
        target_created_at=pl.coalesce("chased_at", "target_created_at"),
        target_text=pl.coalesce("chased_text", "target_text"),
        target_url=pl.when(pl.col("chased").is_null()).then("target_url").otherwise("chased_url"),
    )
    repost = pl.col("kind") == "repost"
    handle = pl.col("target_handle")
    posts = posts.with_columns(
        text=pl.when(repost).then(pl.format("RT @{}: {}", handle, "target_text"))
        .when(pl.col("kind") == "reply").then(pl.format("@{} {}", handle, "text"))
        .otherwise("text"),
        url=pl.when(repost).then("target_url").otherwise("url"),
        mentions=pl.when(repost | (pl.col("kind") == "reply")).then(pl.concat_list(handle))
        .otherwise(pl.lit([], dtype=schema.TEXTS)),
        lang=pl.Series(LANGUAGES).gather(crowd.language[author]),
    ).with_columns(urls=pl.concat_list("url").list.drop_nulls())  # fmt: skip
    posts = posts.hstack(_counters(rng, crowd, author, own))

    # What the collector did not keep of an account, and the same post reposted twice.
    for name, share in {"target_created_at": 0.25, "view_count": 0.35, "media_hashes": 0.3, "lang": 0.05,
                        "client": 0.2, "time_resolution": 0.15}.items():  # fmt: skip
        kept = pl.Series((rng.random(n) >= share)[author])
        posts = posts.with_columns(pl.when(kept).then(pl.col(name)).alias(name))
    counted = pl.Series((rng.random(n) >= 0.15)[author])
    counters = ("view_count", "like_count", "repost_count", "reply_count", "quote_count")
    posts = posts.with_columns(pl.when(counted).then(pl.col(name)).alias(name) for name in counters)
    again = (pl.col("kind") == "repost") & ~pl.struct("author", "kind", "target_post_id").is_first_distinct()
    return posts.filter(~again).sort("author", "created_at", "post_id")


def _clock(
    rng: np.random.Generator, crowd: Crowd, author: Integers, rank: Integers, days: Integers, end: int
) -> Integers:
    """Return when each post is made, in seconds since 1970, within the days before the end.

    Args:
        rng: Source of chance.
        crowd: The accounts.
        author: Index of the account, per post, in order.
        rank: Number of the post among those of its account.
        days: Length of the window, per account.
        end: When the accounts are observed.
    """
    n, total, conduct = len(crowd), len(author), crowd.conduct
    window = days * _DAY
    start = end - window

    # Sittings: a day, an hour that people of that zone are awake at, then posts some minutes apart.
    opens = (rank == 0) | (rng.random(total) < 1 / np.maximum(conduct["session"], 1.0)[author])
    sitting = np.cumsum(opens) - 1
    who = author[opens]
    zone = np.array(_ZONES)[crowd.language, rng.integers(0, len(_ZONES[0]), n)]
    peak = rng.normal([12.5, 20.5], 1.3, (n, 2))[who, (rng.random(len(who)) < 0.6).astype(int)]
    hour = rng.normal(peak, 2.0)
    hour = (
        np.where(rng.random(len(who)) < conduct["night"][who], rng.uniform(0, 24, len(who)), hour) - zone[who]
    )
    day = start[who] // _DAY + (rng.random(len(who)) * days[who]).astype(np.int64)
    weekend = (day + 3) % 7 >= 5
    day -= np.where(weekend & (rng.random(len(who)) < conduct["weekday"][who]), 2, 0)
    gap = np.exp(rng.normal(np.log(conduct["gap_s"])[author], 1.0))
    run = np.cumsum(np.where(opens, 0.0, gap))
    time = (day * _DAY + hour * 3_600 - run[opens])[sitting] + run

    # Metronomes, each with a period that its posts fit the window with.
    metronome = rng.random(total) < conduct["regular"][author]
    beats = np.bincount(author[metronome], minlength=n)
    period = rng.choice(np.array([1_200, 1_800, 3_600, 5_400, 7_200, 14_400, 28_800]), n)
    period = np.minimum(period, window // (beats + 1))
    beat = np.cumsum(metronome) - (np.cumsum(beats) - beats)[author]
    offset = rng.uniform(0, 3_600, n)
    even = end - offset[author] - beat * period[author] + rng.normal(0, conduct["jitter_s"][author])
    time = np.where(metronome, even, time)

    slot = ~metronome & (rng.random(total) < conduct["slot"][author])
    time = np.where(slot, np.floor(time / 900) * 900 + rng.integers(0, 3, total), time)
    wrapped: Integers = start[author] + np.mod(time.astype(np.int64) - start[author], window[author])
    return wrapped


def _own_texts(
    rng: np.random.Generator, crowd: Crowd, author: Integers, act: Integers
) -> tuple[pl.Series, pl.DataFrame]:
    """Return the text of each post as if it were its author's own, and its parts.

    Returns:
        The texts, and columns ``hashtags``, ``url``, ``media_hashes``, ``client``, ``time_resolution``.
    """
    n, total, conduct = len(crowd), len(author), crowd.conduct
    own = act != 1

    def happens(share: str) -> Flags:
        return rng.random(total) < conduct[share][author]

    # Templates: three of each account, then three of each campaign, which half of its accounts share.
    templates = rng.random(((n + len(CAMPAIGNS)) * _TEMPLATES, TEMPLATE_WORDS))
    shared = (crowd.campaign >= 0) & (rng.random(n) < 0.5)
    owner = np.where(shared, n + crowd.campaign, np.arange(n))
    template = owner[author] * _TEMPLATES + rng.integers(0, _TEMPLATES, total)
    length = rng.integers(8, 18, len(templates))
    words = np.clip(np.exp(rng.normal(np.log(conduct["words"])[author], 0.4)), 1, 60).astype(np.int64)
    repeats, opens = happens("template"), happens("opening")
    words = np.where(repeats, length[template], words)
    fixed = np.where(repeats, TEMPLATE_WORDS, np.where(opens, 3, 0))
    flags = [happens(name) for name in ("repeated", "question", "exclaim", "stop")]
    ending = np.select(
        flags, [rng.integers(4, 6, total), np.full(total, 3), np.full(total, 2), np.full(total, 1)], 0
    )
    ending = np.where((ending == 3) & (crowd.language[author] == LANGUAGES.index("ar")), 6, ending)
    style = Style(~happens("lower"), happens("shout"), conduct["stop"][author], ending, template, fixed)
    # Reposts carry the text of another: one word is written for them, and replaced.
    prose = write(rng, crowd.language[author], np.where(own, words, 1), style, templates)

    tag_names = [f"{word}{LATIN[i % len(LATIN)]}" for word in LATIN for i in range(6)]
    favourite = np.where(
        crowd.campaign >= 0, 140 - crowd.campaign, np.arange(n) % (_TAGS * len(LANGUAGES)) % 140
    )
    tags = []
    for _ in range(3):
        drawn = crowd.language[author] * (_TAGS - 5) + ranks(rng.random(total), _TAGS)
        drawn = np.where(happens("own_tag"), favourite[author], drawn)
        tags.append(_where(own & happens("hashtag"), pl.Series(tag_names).gather(drawn)))
    site = np.where(crowd.campaign >= 0, DOMAINS - 1 - crowd.campaign, np.arange(n) % DOMAINS)
    site_drawn = np.where(happens("own_domain"), site[author], ranks(rng.random(total), DOMAINS))
    pages = rng.integers(0, 4_000, total)
    url = pl.Series([f"https://{domain(i)}/" for i in range(DOMAINS)]).gather(site_drawn) + pl.Series(
        pages
    ).cast(pl.String)
    emojis = [
        _where(happens("emoji"), pl.Series(EMOJIS).gather(ranks(rng.random(total), len(EMOJIS))))
        for _ in range(2)
    ]
    pictures = pl.Series(hashes(rng, 40 * (len(CAMPAIGNS) + 1) + total))
    picture = np.where(
        (crowd.campaign[author] >= 0) & (rng.random(total) < 0.3),
        crowd.campaign[author] * 40 + rng.integers(0, 40, total),
        40 * (len(CAMPAIGNS) + 1) + np.arange(total),
    )
    scheduled = rng.random(n) < (conduct["regular"] + conduct["slot"]) * 0.8
    client = np.where(scheduled[author], 2, (rng.random(total) < 0.25).astype(int))
    frame = pl.DataFrame(
        {
            "prose": prose,
            "number": _where(repeats, pl.Series(rng.integers(10, 10_000, total)).cast(pl.String)),
            "first_emoji": emojis[0],
            "second_emoji": emojis[1],
            "first_tag": tags[0],
            "second_tag": tags[1],
            "third_tag": tags[2],
            "url": _where(own & happens("link"), url),
            "picture": _where(own & happens("media"), pictures.gather(picture)),
            "client": pl.Series(_CLIENTS).gather(client),
            "time_resolution": pl.Series(["second"]).gather(np.zeros(total, dtype=np.int64)),
        }
    )
    tag_columns = ("first_tag", "second_tag", "third_tag")
    first, second, third = (pl.col(name) for name in tag_columns)
    frame = frame.with_columns(
        second_tag=pl.when(second.ne_missing(first)).then(second),
        third_tag=pl.when(third.ne_missing(first) & third.ne_missing(second)).then(third),
    )
    frame = frame.with_columns(
        text=pl.concat_str(
            "prose", "first_emoji", "second_emoji", "number",
            *(pl.lit("#") + pl.col(name) for name in tag_columns), "url",
            separator=" ", ignore_nulls=True,
        ),
        hashtags=pl.concat_list(tag_columns).list.drop_nulls(),
        media_hashes=pl.concat_list("picture").list.drop_nulls(),
    )  # fmt: skip
    return frame["text"], frame.select("hashtags", "url", "media_hashes", "client", "time_resolution")


def _where(kept: Flags, values: pl.Series) -> pl.Series:
    """Return the values, null where not kept."""
    return pl.select(pl.when(pl.Series(kept)).then(values)).to_series()


def _react(
    rng: np.random.Generator,
    crowd: Crowd,
    accounts: pl.DataFrame,
    author: Integers,
    act: Integers,
    time: Integers,
    created: Integers,
    end: int,
    prefix: str,
) -> pl.DataFrame:
    """Return what each post reacts to, and its time (reposts that chase a leader move to right after it).

    Returns:
        ``time``, ``chased`` (post of the world, or null), ``target_post_id``, ``target_account_id``,
        ``target_handle``, ``target_created_at``, ``target_text``, ``target_url``, null for originals.
    """
    n, total, conduct = len(crowd), len(author), crowd.conduct
    delay = np.exp(rng.normal(np.log(conduct["reaction_s"])[author], 1.2)).astype(np.int64) + 2

    # Chases: the campaign's leaders are its first trolls and LLM personas.
    chased = np.full(total, -1)
    leads = np.isin(crowd.persona, [i for i, p in enumerate(PERSONAS) if p.kind in ("troll", "LLM persona")])
    wants = (act == 1) & (rng.random(total) < conduct["chase"][author])
    for campaign in np.unique(crowd.campaign[crowd.campaign >= 0]):
        leaders = np.flatnonzero(leads & (crowd.campaign == campaign))[:_LEADERS]
        led = np.flatnonzero(np.isin(author, leaders) & (act == 0) & (time < end - 3_600))
        led = led[np.argsort(time[led], kind="stable")]
        chasers = np.flatnonzero(wants & (crowd.campaign[author] == campaign) & ~np.isin(author, leaders))
        first = np.searchsorted(time[led], created[author[chasers]])
        able = first < len(led)
        chasers, first = chasers[able], first[able]
        # Of the posts still open to it, an amplifier takes those that the others take: one in three.
        pick = first + (rng.random(len(chasers)) * (len(led) - first)).astype(np.int64)
        chased[chasers] = led[np.maximum(pick - pick % 3, first)]
    chases = chased >= 0
    time = np.where(chases, np.minimum(time[chased] + np.minimum(delay, 3_000), end), time)

    # Reposts and quotes of widely read accounts: the last post older than the delay.
    pool = _pool(rng, end, int(np.clip(total // 500, 150, 400)))
    group = np.where(crowd.campaign >= 0, crowd.campaign, len(CAMPAIGNS) + np.arange(n))
    favourites = rng.integers(0, _SOURCES, (len(CAMPAIGNS) + n, 3))[group]
    wide = ranks(rng.random(total), _SOURCES)
    narrow = favourites[author, rng.integers(0, 3, total)]
    focused = rng.random(total) < conduct["focus"][author]
    source = crowd.language[author] * _SOURCES + np.where(focused, narrow, wide)
    # Only an account's own language is read; one key sorts authors and times together.
    span = (WINDOW_DAYS + 20) * _DAY
    origin = end - (WINDOW_DAYS + 15) * _DAY
    keys = pool.author * span + (pool.time - origin)
    wanted = np.maximum(time - delay, end - (WINDOW_DAYS + 10) * _DAY)
    found = np.searchsorted(keys, source * span + (wanted - origin), side="right") - 1

    # Replies go to people: a post of a friend, just before.
    circle = np.maximum(conduct["circle"], 1.0)[author]
    near = np.floor(circle * rng.random(total) ** 2).astype(np.int64)
    friend = ((group[author] + 1) * 7_919 + near * 104_729) % _FRIENDS
    replies = act == 2
    reacts = act != 0
    handles = np.array(_public_handles(_FRIENDS + _SOURCES * len(LANGUAGES)))
    person = np.where(replies, friend, _FRIENDS + source)
    target_handle = np.where(chases, accounts["handle"].to_numpy()[author[chased]], handles[person])
    answered = pl.DataFrame(
        {"serial": np.arange(total), "found": found, "replies": replies, "person": person}
    ).select(
        target_post_id=pl.when("replies").then(pl.format(prefix + "-f{}", "serial"))
        .otherwise(pl.format(prefix + "-s{}", "found")),
        target_account_id=pl.format(prefix + "-public-{}", "person"),
    )  # fmt: skip
    return pl.DataFrame(
        {
            "time": time,
            "chased": _where(chases, pl.Series([f"{prefix}-p{i:08d}" for i in chased])),
            "target_post_id": _where(reacts, answered["target_post_id"]),
            "target_account_id": _where(reacts, answered["target_account_id"]),
            "target_handle": _where(reacts, pl.Series(target_handle.tolist(), dtype=pl.String)),
            "target_created_at": _where(reacts, times(np.where(replies, time - delay, pool.time[found]))),
            "target_text": _where(act == 1, pool.text.gather(found)),
            "target_url": _where(act == 1, pool.url.gather(found)),
        }
    )


@dataclass(frozen=True)
class _Pool:
    """Posts that many repost, sorted by author and time.

    Attributes:
        author: Index of the author: language * 24 + rank.
        time: Seconds since 1970.
        text: As published.
        url: Link, or null.
    """

    author: Integers
    time: Integers
    text: pl.Series
    url: pl.Series


def _pool(rng: np.random.Generator, end: int, posts_per_author: int) -> _Pool:
    """Invent the posts of widely read accounts, from before the window to its end."""
    authors = _SOURCES * len(LANGUAGES)
    start = end - (WINDOW_DAYS + 10) * _DAY
    time = np.sort(rng.integers(start + _DAY, end, (authors, posts_per_author)), axis=1)
    time[:, 0] = start
    author = np.repeat(np.arange(authors), posts_per_author)
    count = len(author)
    text = write(rng, author // _SOURCES, rng.integers(6, 18, count), Style.plain(count))
    sites = pl.Series([f"https://{domain(i % DOMAINS)}/" for i in range(authors)]).gather(author)
    page = pl.Series(rng.integers(0, 10**6, count)).cast(pl.String)
    linked = pl.Series(rng.random(count) < 0.4)
    url = pl.select(pl.when(linked).then(sites + page)).to_series()
    return _Pool(author, time.ravel(), text, url)


@cache
def _public_handles(count: int) -> tuple[str, ...]:
    """Return the handles of people and sources outside the world."""
    size = len(LATIN)
    return tuple(
        f"{LATIN[i % size]}{LATIN[i // size % size]}{LATIN[(i * 3 + 1) % size]}_{i}" for i in range(count)
    )


def _counters(rng: np.random.Generator, crowd: Crowd, author: Integers, own: Flags) -> pl.DataFrame:
    """Return the counters of each post: they grow with the followers, with a heavy tail; none for reposts."""
    conduct, total = crowd.conduct, len(author)
    reach = np.minimum(conduct["followers"] + 15, 1e7) ** 0.85
    mean = (reach * conduct["echo"] / 100 + 0.05)[author] * np.exp(rng.normal(-0.3, 1.0, total))
    mean = np.where(own, np.minimum(mean, 1e6), 0.0)
    liked = rng.poisson(mean)
    ratio = np.exp(rng.normal(np.log(0.2), 0.6, len(crowd)))[author]
    reposted = rng.poisson(mean * ratio)
    replied = rng.poisson(mean * 0.15)
    quoted = rng.poisson(mean * 0.03)
    seen = (
        liked + reposted + replied + quoted + np.where(own, rng.poisson(mean * 20 + reach[author] * 0.3), 0)
    )
    return pl.DataFrame(
        {
            "view_count": seen,
            "like_count": liked,
            "repost_count": reposted,
            "reply_count": replied,
            "quote_count": quoted,
        }
    )


def times(seconds: Integers) -> pl.Series:
    """Return seconds since 1970 as times of the contract."""
    return pl.Series(seconds * 1_000_000).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
