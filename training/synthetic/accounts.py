"""Invented accounts and posts whose truth is known, for tests and for the demonstration.

Nobody here exists: names are built from syllables, links end in ``.example`` or ``example.org``, texts are
words in an order that means nothing. What is imitated is conduct: who posts when, in which bursts, to whom,
how alike, with how much echo. Each account follows a :class:`Persona`; some of them borrow part of the
conduct of a persona of the other side, so that no threshold separates the two. A model must not be judged
on this world, only the code that fits, scores and shows one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features import schema

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

OBSERVED_AT = datetime(2024, 5, 16, 12, tzinfo=UTC)
WINDOW_DAYS = 60
LANGUAGES = ("en", "fr", "es", "ru", "ar")
CAMPAIGNS = ("harbour", "orchard", "quarry", "lantern", "meadow", "foundry", "glacier", "viaduct")
SOURCE = "invented"

_DAY = 86_400
_PLATFORM = "x"
_VOCABULARY = 700
_TEMPLATE_WORDS = 40
_TEMPLATES = 3  # of one account, or of one campaign
_SOURCES = 24  # widely read accounts per language
_FRIENDS = 5_000  # people outside the world that accounts answer
_LEADERS = 4  # accounts of a campaign that its amplifiers repost
_TAGS = 30
_DOMAINS = 60
# Hours that local time is ahead of UTC, one of which an account of that language lives by.
_ZONES = ((-8, -5, 0, 10), (1, 2, 2, 1), (-5, -3, 1, 2), (3, 3, 5, 7), (0, 2, 3, 4))


@dataclass(frozen=True)
class World:
    """A synthetic world, as tables of the contract.

    Attributes:
        accounts: One row per account.
        posts: Their posts, by account and time.
        labels: The truth: one row per account.
    """

    accounts: pl.DataFrame
    posts: pl.DataFrame
    labels: pl.DataFrame


@dataclass(frozen=True)
class Persona:
    """A way of using a platform.

    Scales are medians over the accounts of the persona; shares are means, between 0 and 1.

    Attributes:
        kind: Name, and ``kind`` of the label.
        inauthentic: Its label.
        weight: How common it is on its side.
        languages: Weight of each of :data:`LANGUAGES`.
        followers: Scale, accounts.
        following: Scale, accounts.
        age_days: Scale, days since creation.
        activity: Scale, posts in the window over the number asked for.
        posts_per_day: Scale, over the life of the account.
        likes_per_day: Scale, likes given over its life.
        session: Scale, posts in one sitting.
        gap_s: Scale, seconds between the posts of a sitting.
        jitter_s: Scale, seconds by which a metronome errs.
        reaction_s: Scale, seconds between a post and the reaction to it.
        circle: Scale, how many people it answers.
        words: Scale, words of a post.
        echo: Scale, likes per post for a hundred followers.
        repost: Share of posts that are reposts.
        reply: Share of posts that are replies.
        quote: Share of posts that are quotes.
        night: Share of sittings at any hour, as if it did not sleep.
        weekday: Share of sittings at weekends moved to a working day.
        regular: Share of posts on a metronome.
        slot: Share of posts at the quarters of the hour.
        chase: Share of reposts that follow a post of the campaign's leaders at once.
        focus: Share of reposts that go to its three favourites.
        link: Share of own posts with a link.
        own_domain: Share of links to its favourite site.
        hashtag: Share of three places for a hashtag that are taken.
        own_tag: Share of hashtags that are its favourite.
        emoji: Share of two places for an emoji that are taken.
        media: Share of own posts with a picture.
        template: Share of own posts that repeat a template with another number.
        opening: Share of own posts that open like a template.
        lower: Share of own posts that start without a capital.
        stop: Share of sentences that end with a full stop.
        exclaim: Share of own posts that exclaim.
        question: Share of own posts that ask.
        repeated: Share of own posts that end with repeated signs.
        shout: Share of own posts with words in capitals.
        random_handle: Share of accounts whose handle is drawn at random.
        digits: Share of accounts whose handle ends with digits.
        bio: Share of accounts with a biography.
        place: Share of accounts with a location.
        site: Share of accounts with a link in the profile.
        image: Share of accounts with a picture.
        banner: Share of accounts with a banner.
        verified: Share of verified accounts.
        burst: Share of accounts created with the others of the campaign.
    """

    kind: str
    inauthentic: bool = False
    weight: float = 1.0
    languages: tuple[float, ...] = (0.35, 0.25, 0.2, 0.1, 0.1)
    followers: float = 220
    following: float = 300
    age_days: float = 1_600
    activity: float = 1.0
    posts_per_day: float = 2.0
    likes_per_day: float = 4.0
    session: float = 2.2
    gap_s: float = 240
    jitter_s: float = 60
    reaction_s: float = 5_000
    circle: float = 25
    words: float = 11
    echo: float = 1.2
    repost: float = 0.35
    reply: float = 0.25
    quote: float = 0.06
    night: float = 0.08
    weekday: float = 0.1
    regular: float = 0.01
    slot: float = 0.02
    chase: float = 0.0
    focus: float = 0.2
    link: float = 0.18
    own_domain: float = 0.2
    hashtag: float = 0.1
    own_tag: float = 0.15
    emoji: float = 0.2
    media: float = 0.18
    template: float = 0.01
    opening: float = 0.02
    lower: float = 0.25
    stop: float = 0.35
    exclaim: float = 0.14
    question: float = 0.13
    repeated: float = 0.1
    shout: float = 0.05
    random_handle: float = 0.03
    digits: float = 0.3
    bio: float = 0.85
    place: float = 0.6
    site: float = 0.2
    image: float = 0.95
    banner: float = 0.75
    verified: float = 0.04
    burst: float = 0.0


# fmt: off
PERSONAS: tuple[Persona, ...] = (
    Persona("casual reader", weight=3.0, repost=0.65, reply=0.12, followers=120, likes_per_day=7),
    Persona("chatty replier", weight=2.0, reply=0.7, repost=0.1, reaction_s=700, gap_s=110, session=4,
            words=8, lower=0.45, emoji=0.35, likes_per_day=12, circle=40),
    Persona("sport live-tweeter", session=14, gap_s=75, repost=0.2, reply=0.15, exclaim=0.4, repeated=0.25,
            words=6, shout=0.25, hashtag=0.35, own_tag=0.6, opening=0.15, emoji=0.4, weekday=0.0,
            activity=1.4, posts_per_day=8),
    Persona("declared automation", weight=0.7, repost=0.03, reply=0.01, quote=0.01, link=0.97,
            own_domain=0.95, regular=0.45, slot=0.4, jitter_s=25, opening=0.3, template=0.04, words=12,
            stop=0.15, lower=0.03, followers=6_000, following=90, echo=0.15, likes_per_day=0.1,
            posts_per_day=18, activity=1.6, site=0.97, bio=0.99, session=1.1, night=0.3, digits=0.06,
            question=0.04, verified=0.25, media=0.5, hashtag=0.15),
    Persona("new user", weight=1.3, activity=0.08, age_days=45, followers=9, following=70, posts_per_day=0.3,
            bio=0.45, place=0.25, banner=0.25, image=0.7, digits=0.65, random_handle=0.25, likes_per_day=1.5),
    Persona("diaspora user", weight=1.3, languages=(0.02, 0.04, 0.02, 0.46, 0.46), repost=0.45, reply=0.25,
            night=0.2, focus=0.4, digits=0.4, random_handle=0.08, hashtag=0.18),
    Persona("charity", weight=0.7, slot=0.6, regular=0.1, weekday=0.85, link=0.6, own_domain=0.75,
            hashtag=0.4, own_tag=0.5, repost=0.15, reply=0.08, words=22, stop=0.6, lower=0.03, opening=0.2,
            template=0.05, session=1.1, followers=1_500, following=600, media=0.5, site=0.95, bio=0.98,
            echo=0.5, digits=0.08),
    Persona("bought follower", inauthentic=True, weight=1.5, activity=0.06, age_days=260, followers=12,
            following=900, posts_per_day=0.1, likes_per_day=0.3, repost=0.55, reply=0.05, random_handle=0.65,
            digits=0.8, bio=0.3, place=0.2, site=0.02, banner=0.2, image=0.75, echo=0.2, verified=0.01,
            template=0.15, burst=0.5),
    Persona("spambot", inauthentic=True, weight=2.0, template=0.65, regular=0.6, jitter_s=6, link=0.85,
            own_domain=0.6, repost=0.06, reply=0.12, hashtag=0.3, own_tag=0.5, night=0.6, session=1.5,
            words=13, age_days=300, followers=60, following=400, echo=0.08, digits=0.6, random_handle=0.35,
            opening=0.15, activity=1.3, posts_per_day=12, likes_per_day=0.5, bio=0.6, place=0.3, banner=0.4,
            verified=0.02, burst=0.4, reaction_s=1_500),
    Persona("troll", inauthentic=True, weight=2.0, repost=0.55, reply=0.22, quote=0.08, night=0.35,
            weekday=0.5, focus=0.7, circle=7, chase=0.12, age_days=520, followers=500, following=800,
            posts_per_day=14, activity=1.3, session=3.5, gap_s=130, reaction_s=1_500, template=0.06,
            hashtag=0.22, own_tag=0.45, shout=0.14, bio=0.95, place=0.75, echo=0.6, digits=0.45,
            random_handle=0.08, burst=0.25, slot=0.03),
    Persona("LLM persona", inauthentic=True, weight=1.5, repost=0.08, reply=0.3, quote=0.08, words=24,
            stop=0.85, lower=0.02, repeated=0.01, question=0.18, exclaim=0.12, regular=0.5, jitter_s=300,
            night=0.3, session=1.2, age_days=330, followers=150, following=420, echo=0.12, reaction_s=900,
            emoji=0.3, bio=0.97, place=0.6, opening=0.08, link=0.08, hashtag=0.2, own_tag=0.3,
            posts_per_day=7, likes_per_day=1, burst=0.4, digits=0.4),
    Persona("amplifier", inauthentic=True, weight=3.0, repost=0.86, reply=0.04, quote=0.03, chase=0.85,
            focus=0.8, reaction_s=35, regular=0.12, night=0.45, age_days=110, followers=40, following=260,
            posts_per_day=10, session=3, gap_s=60, circle=6, burst=0.85, random_handle=0.35, digits=0.6,
            bio=0.5, place=0.3, banner=0.35, likes_per_day=2, echo=0.15, template=0.08, own_tag=0.5),
)
# fmt: on

_SCALES = (
    "followers", "following", "age_days", "activity", "posts_per_day", "likes_per_day", "session", "gap_s",
    "jitter_s", "reaction_s", "circle", "words", "echo",
)  # fmt: skip
_NOT_CONDUCT = ("kind", "inauthentic", "weight", "languages")
_SHARES = tuple(f.name for f in fields(Persona) if f.name not in (*_SCALES, *_NOT_CONDUCT))
# Spread of the accounts of one persona around its scale (standard deviation of the logarithm).
_SPREAD = {
    "followers": 1.5, "following": 0.9, "age_days": 0.7, "likes_per_day": 1.3, "posts_per_day": 1.0,
    "echo": 0.8, "words": 0.25, "session": 0.35, "activity": 0.5,
}  # fmt: skip
_OTHER_SPREAD = 0.6
# How alike the accounts of one persona are in their shares: the sum of the two parameters of a beta law.
_ALIKENESS = 6.0

# The words a language uses most come first; the rest of its vocabulary is made from syllables.
_COMMON = {
    "en": "the to a and of in is for on it this we that with you at not my so but they what all just "
    "today have from was our can why more here now who out one time think never really people "
    "again about day morning street rain market train bread garden story water city light road",
    "fr": "le de la et les un une des à pour que ce pas dans on sur avec nous qui est plus mais tout il "
    "elle je vous sont encore bien fait aujourd’hui jamais vraiment rien deux monde temps matin "
    "rue pluie marché train pain jardin histoire eau ville lumière route",
    "es": "el de la que y en un los no por con para una es lo se las más pero todo hoy muy ya como esto "
    "sin sobre nunca también aquí porque cada gente tiempo día mañana calle lluvia mercado tren "
    "pan jardín historia agua ciudad luz camino",
    "ru": "и в не на что с это как я по но мы все за от так у к из вы уже для то он она было бы если "
    "где сегодня снова очень никогда люди время день утро улица дождь рынок поезд хлеб сад "
    "история вода город свет дорога",
    "ar": "في من على و إلى أن هذا لا عن مع كل ما هو هي كان قد لم بعد قبل اليوم نحن هم ثم أو حتى كيف "
    "لماذا هنا الآن جدا أبدا الناس وقت يوم صباح شارع مطر سوق قطار خبز حديقة قصة ماء مدينة ضوء "
    "طريق",
}
# The same syllables in three scripts.
_SYLLABLES = {
    "latin": "ba bri cu do dra fen gol ha ji ka lo mur na oz pel qui ra sto ti ul ve wim xa yo zu",
    "ru": "ба бри ку до дра фен гол ха жи ка ло мур на оз пел кви ра сто ти ул ве вим кса йо зу",
    "ar": "با بري كو دو درا فن جول ها جي كا لو مور نا وز بل كي را ستو تي ول في ويم كسا يو زو",
}
_LATIN = _SYLLABLES["latin"].split()
_SCRIPTS = tuple(_SYLLABLES.get(language, _SYLLABLES["latin"]).split() for language in LANGUAGES)
_EMOJIS = tuple("😂🔥👏❤😍🙏👍🎉😭🤔💪🌍⚽✨😡")
_CLIENTS = ("Example Phone", "Example Web", "Example Scheduler")
_ENDINGS = ("", ".", "!", "?", "!!", "…", "؟")


def generate(
    *,
    ordinary: int,
    inauthentic: int,
    seed: int,
    observed_at: datetime = OBSERVED_AT,
    posts_per_account: int = 120,
) -> World:
    """Return a synthetic world.

    Each persona of a side appears at least once when that side has as many accounts as personas (seven
    ordinary, five inauthentic).

    Args:
        ordinary: Accounts labelled not inauthentic.
        inauthentic: Accounts labelled inauthentic, in campaigns of about thirty.
        seed: Same seed and arguments, same tables.
        observed_at: When every account was seen, with its zone; nothing is later.
        posts_per_account: Posts of a typical account in the 60 days before; some have few, some twice it.

    Raises:
        ValueError: A count is negative, there is no account, or ``observed_at`` has no zone.

    >>> generate(ordinary=0, inauthentic=0, seed=1)
    Traceback (most recent call last):
    ValueError: no account to invent: ordinary is 0 and inauthentic is 0; ask for at least one
    """
    if min(ordinary, inauthentic, posts_per_account) < 0:
        raise ValueError(
            f"ordinary is {ordinary}, inauthentic {inauthentic}, posts_per_account {posts_per_account}; "
            "none may be negative"
        )
    if ordinary + inauthentic == 0:
        raise ValueError("no account to invent: ordinary is 0 and inauthentic is 0; ask for at least one")
    if observed_at.tzinfo is None:
        raise ValueError(f"observed_at is {observed_at}, without a zone; give it one, for example UTC")
    rng = np.random.default_rng(seed)
    crowd = _gather(rng, ordinary, inauthentic)
    prefix = f"invented-{seed}"
    end = int(observed_at.timestamp())
    accounts = _accounts(rng, crowd, prefix, end)
    posts = schema.conform(_posts(rng, crowd, accounts, prefix, end, posts_per_account), "posts")
    # The platform counts at least the posts that are seen.
    accounts = accounts.join(
        posts.group_by("account_id").len(), on="account_id", how="left", maintain_order="left"
    ).with_columns(posts_count=pl.max_horizontal("posts_count", "len"))
    labels = pl.DataFrame(
        {
            "platform": _PLATFORM,
            "account_id": accounts["account_id"],
            "target": "inauthentic",
            "value": crowd.inauthentic,
            "kind": [PERSONAS[index].kind for index in crowd.persona],
            "campaign": [f"invented-{CAMPAIGNS[c]}" if c >= 0 else None for c in crowd.campaign],
            "source": SOURCE,
            "strength": "expert",
        }
    )
    return World(
        schema.conform(_forget(rng, accounts), "accounts"),
        posts,
        schema.conform(labels, "labels"),
    )


def example(seed: int = 3) -> World:
    """Return the operation of the demonstration: a campaign of eleven accounts among thirteen others."""
    return generate(ordinary=13, inauthentic=11, seed=seed, posts_per_account=80)


@dataclass(frozen=True)
class _Crowd:
    """Who lives in the world, one entry per account.

    Attributes:
        persona: Index in :data:`PERSONAS`.
        inauthentic: The truth.
        campaign: Index in :data:`CAMPAIGNS`, -1 for none.
        language: Index in :data:`LANGUAGES`.
        conduct: Scales and shares of the account, by their names in :class:`Persona`.
    """

    persona: Integers
    inauthentic: Flags
    campaign: Integers
    language: Integers
    conduct: dict[str, Floats]

    def __len__(self) -> int:
        return len(self.persona)


def _gather(rng: np.random.Generator, ordinary: int, inauthentic: int) -> _Crowd:
    """Draw the personas, languages, campaigns and the conduct of each account."""
    sides = [np.array([i for i, p in enumerate(PERSONAS) if p.inauthentic is side]) for side in (False, True)]
    persona = rng.permutation(
        np.concatenate([_cast(rng, sides[0], ordinary), _cast(rng, sides[1], inauthentic)])
    )
    truth = np.array([p.inauthentic for p in PERSONAS])[persona]
    n = len(persona)

    campaigns = int(np.clip(round(inauthentic / 30), 1, len(CAMPAIGNS)))
    campaign = np.where(truth, rng.integers(0, campaigns, n), -1)
    weights = np.array([p.languages for p in PERSONAS])
    language = _choose(rng, weights[persona])
    of_campaign = rng.integers(0, len(LANGUAGES), campaigns)
    language = np.where(truth & (rng.random(n) < 0.85), of_campaign[campaign], language)

    # Part of the conduct is borrowed from the other side: mostly little, sometimes nearly all.
    other = np.where(truth, rng.choice(sides[0], n), rng.choice(sides[1], n))
    borrowed = np.select(
        [rng.random(n) < 0.7, rng.random(n) < 0.75], [rng.beta(1, 9, n), rng.beta(2, 3, n)], rng.beta(6, 2, n)
    )
    conduct: dict[str, Floats] = {}
    for name in _SCALES:
        value = np.log([getattr(p, name) for p in PERSONAS])
        middle = (1 - borrowed) * value[persona] + borrowed * value[other]
        conduct[name] = np.exp(rng.normal(middle, _SPREAD.get(name, _OTHER_SPREAD)))
    for name in _SHARES:
        share = np.array([float(getattr(p, name)) for p in PERSONAS])
        mean = np.clip((1 - borrowed) * share[persona] + borrowed * share[other], 0.002, 0.998)
        conduct[name] = rng.beta(mean * _ALIKENESS, (1 - mean) * _ALIKENESS)
    acts = conduct["repost"] + conduct["reply"] + conduct["quote"]
    for name in ("repost", "reply", "quote"):
        conduct[name] = conduct[name] / np.maximum(acts, 1.0)
    return _Crowd(persona, truth, campaign, language, conduct)


def _cast(rng: np.random.Generator, side: Integers, count: int) -> Integers:
    """Draw ``count`` personas of a side, each at least once where there is room."""
    weights = np.array([PERSONAS[index].weight for index in side])
    drawn = rng.choice(side, count, p=weights / weights.sum())
    once = rng.permutation(side)[:count] if count < len(side) else side
    drawn[: len(once)] = once
    return drawn.astype(np.int64)


def _choose(rng: np.random.Generator, weights: Floats) -> Integers:
    """Draw one column per row, by the weights of the row."""
    edges = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    chosen = (rng.random((len(weights), 1)) > edges).sum(axis=1)
    bounded: Integers = np.minimum(chosen, weights.shape[1] - 1).astype(np.int64)
    return bounded


def _ranks(uniform: Floats, size: int, exponent: float = 1.05) -> Integers:
    """Turn uniform draws into ranks 0, 1, … that follow Zipf's law."""
    edges = np.cumsum(1.0 / np.arange(1, size + 1) ** exponent)
    bounded: Integers = np.minimum(np.searchsorted(edges / edges[-1], uniform), size - 1).astype(np.int64)
    return bounded


@cache
def _vocabulary() -> pl.Series:
    """Return the words of all languages: for each, small letters, then a capital first, then all capitals."""
    rng = np.random.default_rng(0)
    words: list[str] = []
    for language, letters in zip(LANGUAGES, _SCRIPTS, strict=True):
        own = _COMMON[language].split()
        while len(own) < _VOCABULARY:
            parts = rng.integers(0, len(letters), rng.integers(2, 5))
            word = "".join(letters[part] for part in parts)
            if word not in own:
                own.append(word)
        words += [*own, *(word.capitalize() for word in own), *(word.upper() for word in own)]
    return pl.Series(words)


def _names(rng: np.random.Generator, language: Integers) -> tuple[list[str], list[str], list[str]]:
    """Return first names and family names in Latin letters, and both in the script of the language."""
    first, family, shown = [], [], []
    parts = rng.integers(0, len(_LATIN), (len(language), 5))
    long = rng.random((len(language), 1)) < 0.5
    latin = rng.random(len(language)) < 0.3
    for drawn, more, plain, tongue in zip(parts, long[:, 0], latin, language, strict=True):
        script = _LATIN if plain else _SCRIPTS[tongue]
        cut = 4 + int(more)
        first.append("".join(_LATIN[part] for part in drawn[:2]))
        family.append("".join(_LATIN[part] for part in drawn[2:cut]))
        shown.append(
            "".join(script[part] for part in drawn[:2]).capitalize()
            + " "
            + "".join(script[part] for part in drawn[2:cut]).capitalize()
        )
    return first, family, shown


def _handles(rng: np.random.Generator, crowd: _Crowd, first: list[str], family: list[str]) -> pl.Series:
    """Return handles: a name in one of several forms, or letters and digits at random; no two alike."""
    n = len(crowd)
    at_random = rng.random(n) < crowd.conduct["random_handle"]
    digits = np.where(rng.random(n) < crowd.conduct["digits"], 10 ** rng.integers(1, 6, n), 0)
    number = rng.integers(0, 10**8, n)
    form = rng.integers(0, 4, n)
    letters = rng.choice(list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"), (n, 9))
    handles = []
    for i in range(n):
        one, two = first[i], family[i]
        if at_random[i]:
            handle = "".join(letters[i, : 5 + form[i]]) + f"{number[i]:08d}"[: 3 + form[i] + 1]
        else:
            handle = (
                f"{one}_{two}",
                f"{one.capitalize()}{two.capitalize()}",
                f"{one}{two}",
                f"{two}_{one[0]}",
            )[form[i]]
            handle += str(number[i] % digits[i]) if digits[i] else ""
        handles.append(handle)
    again = (
        pl.Series("handle", handles)
        .to_frame()
        .select(
            pl.when(pl.int_range(pl.len()).over("handle") > 0)
            .then(pl.concat_str("handle", pl.lit("_"), pl.int_range(pl.len()).over("handle")))
            .otherwise("handle")
            .alias("handle")
        )
    )
    return again["handle"]


def _accounts(rng: np.random.Generator, crowd: _Crowd, prefix: str, end: int) -> pl.DataFrame:
    """Return the accounts with every field known."""
    n, conduct = len(crowd), crowd.conduct

    def has(share: str) -> Flags:
        return rng.random(n) < conduct[share]

    # Accounts of a campaign made in one burst: within days of each other.
    burst_age = np.exp(rng.normal(np.log(120), 0.5, len(CAMPAIGNS)))[crowd.campaign] + rng.exponential(3.0, n)
    age = np.where((crowd.campaign >= 0) & has("burst"), burst_age, conduct["age_days"])
    opened = pl.select(schema.opened(pl.lit(_PLATFORM)).dt.epoch("s")).item()
    age = np.clip(age, 2.0, min(5_400.0, (end - opened) / _DAY))

    declared = np.array([p.kind == "declared automation" for p in PERSONAS])[crowd.persona]
    words = np.where(declared, 4, rng.integers(3, 13, n))
    bio = pl.DataFrame(
        {
            "text": _write(rng, crowd.language, words, _Style.plain(n)),
            "emoji": pl.Series(_EMOJIS).gather(rng.integers(0, len(_EMOJIS), n)),
            "declared": declared,
            "shown": has("bio"),
            "smiles": has("emoji"),
        }
    ).select(
        pl.when("shown").then(
            pl.concat_str(
                pl.when("declared").then(pl.lit("Automated feed of an invented newsroom.")),
                "text",
                pl.when("smiles").then("emoji"),
                separator=" ",
                ignore_nulls=True,
            )
        ).otherwise(pl.lit("")).alias("description")
    )  # fmt: skip
    first, family, shown = _names(rng, crowd.language)
    handles = _handles(rng, crowd, first, family)
    towns = pl.Series([f"{name.capitalize()}ville" for name in _LATIN]).gather(
        rng.integers(0, len(_LATIN), n)
    )
    image = has("image")
    place, site = has("place"), has("site")
    days = np.minimum(age, 3_650)
    return pl.DataFrame(
        {
            "platform": _PLATFORM,
            "account_id": [f"{prefix}-{i:06d}" for i in range(n)],
            "handle": handles,
            "display_name": shown,
            "description": bio["description"],
            "location": pl.Series(np.where(place, towns.to_numpy(), "").tolist()),
            "url": [f"https://{_domain(i % _DOMAINS)}/" if yes else "" for i, yes in enumerate(site)],
            "created_at": _times(end - (age * _DAY).astype(np.int64)),
            "observed_at": _times(np.full(n, end)),
            "followers_count": conduct["followers"].astype(np.int64),
            "following_count": np.minimum(conduct["following"], 50_000).astype(np.int64),
            "posts_count": (conduct["posts_per_day"] * days).astype(np.int64),
            "likes_given_count": (conduct["likes_per_day"] * days).astype(np.int64),
            "listed_count": rng.poisson(np.minimum(conduct["followers"], 1e7) * 0.008),
            "verified": has("verified"),
            "protected": np.zeros(n, dtype=bool),
            "has_profile_image": image,
            "has_banner": has("banner"),
            "lang": pl.Series(LANGUAGES).gather(crowd.language),
            "avatar_hash": [h if yes else None for h, yes in zip(_hashes(rng, n), image, strict=True)],
        }
    )


def _forget(rng: np.random.Generator, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts as a collector has them: here and there a field it did not see."""
    unseen = {"created_at": 0.02, "followers_count": 0.02, "following_count": 0.02, "likes_given_count": 0.12,
              "listed_count": 0.12, "description": 0.04, "location": 0.06, "url": 0.08, "has_banner": 0.1,
              "verified": 0.05, "protected": 0.3, "lang": 0.3, "avatar_hash": 0.5}  # fmt: skip
    return accounts.with_columns(
        pl.when(pl.Series(rng.random(accounts.height) >= share)).then(pl.col(name)).alias(name)
        for name, share in unseen.items()
    )


def _times(seconds: Integers) -> pl.Series:
    """Return seconds since 1970 as times of the contract."""
    return pl.Series(seconds * 1_000_000).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _hashes(rng: np.random.Generator, count: int) -> list[str]:
    return [f"{value:016x}" for value in rng.integers(0, 2**63, count).tolist()]


def _domain(index: int) -> str:
    stem = _LATIN[index % len(_LATIN)] + _LATIN[(index * 7 + 3) % len(_LATIN)]
    return f"{stem}.example.org" if index % 3 == 0 else f"{stem}{index}.example"


@dataclass(frozen=True)
class _Style:
    """How each text of a batch is written, one entry per text.

    Attributes:
        capital: Whether it starts with a capital.
        shouts: Whether a word or two is in capitals.
        stop: Share of sentences that end with a full stop.
        ending: Index in :data:`_ENDINGS`.
        template: Row of the templates, used for the first words.
        fixed: How many first words come from the template.
    """

    capital: Flags
    shouts: Flags
    stop: Floats
    ending: Integers
    template: Integers
    fixed: Integers

    @classmethod
    def plain(cls, count: int) -> _Style:
        """Return capitals, full stops and no template for ``count`` texts."""
        no, zero = np.zeros(count, dtype=bool), np.zeros(count, dtype=np.int64)
        return cls(~no, no, np.full(count, 0.5), zero + 1, zero, zero)


def _write(
    rng: np.random.Generator,
    language: Integers,
    words: Integers,
    style: _Style,
    templates: Floats | None = None,
) -> pl.Series:
    """Return one text per entry: words by Zipf's law of the language, with the punctuation of the style.

    Args:
        rng: Source of chance.
        language: Index in :data:`LANGUAGES`, per text.
        words: Words per text, at least one.
        style: How they are written.
        templates: Uniform draws of shape (templates, words) that fixed words are made from.
    """
    total = int(words.sum())
    if total == 0:
        return pl.Series("text", [""] * len(words), dtype=pl.String)
    text = np.repeat(np.arange(len(words)), words)
    position = np.arange(total) - np.repeat(np.cumsum(words) - words, words)
    draw = rng.random(total)
    if templates is not None:
        kept = position < np.minimum(style.fixed, _TEMPLATE_WORDS)[text]
        draw[kept] = templates[style.template[text[kept]], position[kept]]
    rank = _ranks(draw, _VOCABULARY)
    same = np.zeros(total, dtype=bool)
    same[1:] = (rank[1:] == rank[:-1]) & (position[1:] > 0)
    rank = np.where(same, (rank + 3) % _VOCABULARY, rank)

    last = position == words[text] - 1
    inner = ~last & (position >= 3)
    chance = rng.random(total)
    stops = inner & (chance < 0.09 * style.stop[text])
    commas = inner & ~stops & (chance > 0.93)
    capital = (position == 0) & style.capital[text]
    capital[1:] |= stops[:-1]
    shouts = style.shouts[text] & (rng.random(total) < 0.25)
    form = np.where(shouts, 2, np.where(capital, 1, 0))
    index = (language[text] * 3 + form) * _VOCABULARY + rank

    # Signs after a word: none, comma, full stop inside; the ending after the last one.
    signs = pl.Series(["", ",", *_ENDINGS])
    sign = np.where(last, style.ending[text] + 2, np.where(stops, 3, np.where(commas, 1, 0)))
    return (
        pl.DataFrame({"text": text, "word": _vocabulary().gather(index), "sign": signs.gather(sign)})
        .group_by("text", maintain_order=True)
        .agg(pl.concat_str("word", "sign").str.join(" "))["word"]
        .rename("text")
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
    text = _write(rng, author // _SOURCES, rng.integers(6, 18, count), _Style.plain(count))
    domain = pl.Series([f"https://{_domain(i % _DOMAINS)}/" for i in range(authors)]).gather(author)
    page = pl.Series(rng.integers(0, 10**6, count)).cast(pl.String)
    linked = pl.Series(rng.random(count) < 0.4)
    url = pl.select(pl.when(linked).then(domain + page)).to_series()
    return _Pool(author, time.ravel(), text, url)


def _clock(
    rng: np.random.Generator, crowd: _Crowd, author: Integers, rank: Integers, days: Integers, end: int
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


def _posts(
    rng: np.random.Generator,
    crowd: _Crowd,
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
    act = _choose(rng, shares[author])
    own = act != 1

    text, parts = _own_texts(rng, crowd, author, act)
    post_id = pl.Series([f"{prefix}-p{i:08d}" for i in range(total)])
    reaction = _react(rng, crowd, accounts, author, act, time, created, end, prefix)
    time = reaction["time"].to_numpy()
    posts = pl.DataFrame(
        {
            "platform": _PLATFORM,
            "post_id": post_id,
            "account_id": accounts["account_id"].gather(author),
            "author": author,
            "created_at": _times(time),
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


def _own_texts(
    rng: np.random.Generator, crowd: _Crowd, author: Integers, act: Integers
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
    templates = rng.random(((n + len(CAMPAIGNS)) * _TEMPLATES, _TEMPLATE_WORDS))
    shared = (crowd.campaign >= 0) & (rng.random(n) < 0.5)
    owner = np.where(shared, n + crowd.campaign, np.arange(n))
    template = owner[author] * _TEMPLATES + rng.integers(0, _TEMPLATES, total)
    length = rng.integers(8, 18, len(templates))
    words = np.clip(np.exp(rng.normal(np.log(conduct["words"])[author], 0.4)), 1, 60).astype(np.int64)
    repeats, opens = happens("template"), happens("opening")
    words = np.where(repeats, length[template], words)
    fixed = np.where(repeats, _TEMPLATE_WORDS, np.where(opens, 3, 0))
    flags = [happens(name) for name in ("repeated", "question", "exclaim", "stop")]
    ending = np.select(
        flags, [rng.integers(4, 6, total), np.full(total, 3), np.full(total, 2), np.full(total, 1)], 0
    )
    ending = np.where((ending == 3) & (crowd.language[author] == LANGUAGES.index("ar")), 6, ending)
    style = _Style(~happens("lower"), happens("shout"), conduct["stop"][author], ending, template, fixed)
    # Reposts carry the text of another: one word is written for them, and replaced.
    prose = _write(rng, crowd.language[author], np.where(own, words, 1), style, templates)

    tag_names = [f"{word}{_LATIN[i % len(_LATIN)]}" for word in _LATIN for i in range(6)]
    favourite = np.where(
        crowd.campaign >= 0, 140 - crowd.campaign, np.arange(n) % (_TAGS * len(LANGUAGES)) % 140
    )
    tags = []
    for _ in range(3):
        drawn = crowd.language[author] * (_TAGS - 5) + _ranks(rng.random(total), _TAGS)
        drawn = np.where(happens("own_tag"), favourite[author], drawn)
        tags.append(_where(own & happens("hashtag"), pl.Series(tag_names).gather(drawn)))
    site = np.where(crowd.campaign >= 0, _DOMAINS - 1 - crowd.campaign, np.arange(n) % _DOMAINS)
    site_drawn = np.where(happens("own_domain"), site[author], _ranks(rng.random(total), _DOMAINS))
    pages = rng.integers(0, 4_000, total)
    url = pl.Series([f"https://{_domain(i)}/" for i in range(_DOMAINS)]).gather(site_drawn) + pl.Series(
        pages
    ).cast(pl.String)
    emojis = [
        _where(happens("emoji"), pl.Series(_EMOJIS).gather(_ranks(rng.random(total), len(_EMOJIS))))
        for _ in range(2)
    ]
    pictures = pl.Series(_hashes(rng, 40 * (len(CAMPAIGNS) + 1) + total))
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
    crowd: _Crowd,
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
    wide = _ranks(rng.random(total), _SOURCES)
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
            "target_created_at": _where(reacts, _times(np.where(replies, time - delay, pool.time[found]))),
            "target_text": _where(act == 1, pool.text.gather(found)),
            "target_url": _where(act == 1, pool.url.gather(found)),
        }
    )


@cache
def _public_handles(count: int) -> tuple[str, ...]:
    """Return the handles of people and sources outside the world."""
    size = len(_LATIN)
    return tuple(
        f"{_LATIN[i % size]}{_LATIN[i // size % size]}{_LATIN[(i * 3 + 1) % size]}_{i}" for i in range(count)
    )


def _counters(rng: np.random.Generator, crowd: _Crowd, author: Integers, own: Flags) -> pl.DataFrame:
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
