"""Ways of using a platform, and the people of an invented world who follow them.

Each account follows a :class:`Persona`; some of them borrow part of the conduct of a persona of the other side, so that
no threshold separates the two.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

LANGUAGES = ("en", "fr", "es", "ru", "ar")
CAMPAIGNS = ("harbour", "orchard", "quarry", "lantern", "meadow", "foundry", "glacier", "viaduct")


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


@dataclass(frozen=True)
class Crowd:
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


def gather(rng: np.random.Generator, ordinary: int, inauthentic: int) -> Crowd:
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
    language = choose(rng, weights[persona])
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
    return Crowd(persona, truth, campaign, language, conduct)


def _cast(rng: np.random.Generator, side: Integers, count: int) -> Integers:
    """Draw ``count`` personas of a side, each at least once where there is room."""
    weights = np.array([PERSONAS[index].weight for index in side])
    drawn = rng.choice(side, count, p=weights / weights.sum())
    once = rng.permutation(side)[:count] if count < len(side) else side
    drawn[: len(once)] = once
    return drawn.astype(np.int64)


def choose(rng: np.random.Generator, weights: Floats) -> Integers:
    """Draw one column per row, by the weights of the row."""
    edges = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    chosen = (rng.random((len(weights), 1)) > edges).sum(axis=1)
    bounded: Integers = np.minimum(chosen, weights.shape[1] - 1).astype(np.int64)
    return bounded
