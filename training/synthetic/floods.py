"""Floods of few posts per account, planted in a corpus that exists, by generators unlike those of the campaigns.

A detector is tuned on the campaigns that its authors invented, so each flood here has words, pictures and a way of posting
of its own, and shares no plan with :mod:`vigie.training.synthetic.campaigns`. Benchmarks read these floods; no training
does. A flood is added to a :class:`vigie.training.synthetic.corpus.SyntheticCorpus` and gives another one. Part of the
ordinary people pass one content of it on, and part of their posts carry its hashtag, as the public of a crisis does.

Everything depends on the seeds alone. Ids continue those of the corpus; the order of the accounts tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import numpy as np
import polars as pl

from vigie.errors import choices
from vigie.features import schema
from vigie.training.synthetic import flood_wording, text
from vigie.training.synthetic.accounts import SOURCE
from vigie.training.synthetic.corpus import SyntheticCorpus, corpus
from vigie.training.synthetic.feeds import DAY, HOUR
from vigie.training.synthetic.text import Hashes, Integers

# What accounts publish: ``who`` (number of the account), ``time`` (seconds since 1970), ``text``, ``hashtags``, ``picture``
# (hexadecimal or null), ``client``, ``object`` (the content passed on; null for words of the account's own).
Published: TypeAlias = pl.DataFrame
Plan: TypeAlias = Callable[[np.random.Generator, "Story", int], Published]

_PUBLISHED = pl.Schema(
    {
        "who": pl.Int64(), "time": pl.Int64(), "text": pl.String(), "hashtags": pl.List(pl.String()),
        "picture": pl.String(), "client": pl.String(), "object": pl.String(),
    }
)  # fmt: skip
# Streams of chance.
_FLOOD, _PROFILES, _SPILL, _PASSED, _FIRST_HOUR = range(5)
# Share of ordinary people who pass on one content of a flood, and of their own posts that carry its first hashtag.
SPILL, HIJACKED = 0.05, 0.1
# Share of the accounts of a flood on Facebook, and of those created in the month before it.
FACEBOOK, FRESH = 1 / 41, 0.5
# Posts of the first hour of a collection: one per person, and one text by accounts of one scheduler.
PEOPLE, COPIERS, BURST_S = 3_000, 30, 8
_HAND = ("Example Phone", "Example Web")
_QUEUE = "Example Queue"


@dataclass(frozen=True)
class Story:
    """What a flood is about.

    Attributes:
        name: Name of the group.
        start: First second.
        end: Last second.
        tags: Its hashtags; ordinary people use the first too.
        hashes: Perceptual hashes of its pictures.
        sentences: One sentence per picture.
    """

    name: str
    start: int
    end: int
    tags: tuple[str, ...]
    hashes: Hashes
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of flood.

    Attributes:
        hours: How long it lasts; it ends when the corpus does.
        pictures: How many pictures it has.
        benign: Whether ordinary people do it for ordinary reasons.
        plan: From chance, story and number of accounts to what these publish.
    """

    hours: int
    pictures: int
    benign: bool
    plan: Plan


KINDS: dict[str, Kind] = {}


def flooded(
    base: SyntheticCorpus,
    kind: str,
    *,
    accounts: int = 400,
    facebook: float = FACEBOOK,
    fresh: float = FRESH,
    spill: float = SPILL,
    seed: int,
) -> SyntheticCorpus:
    """Return a corpus with a flood planted in it.

    Args:
        base: The corpus; its own tables stay as they are, but for what people do about the flood.
        kind: One of :data:`KINDS`.
        accounts: Accounts of the flood, at least 2.
        facebook: Share of them on Facebook, in the mean; the others are on X.
        fresh: Share of them created in the month before it, in the mean; none where the kind is benign.
        spill: Share of ordinary people who publish one content of it.
        seed: Same corpus, arguments and seed, same tables.

    Raises:
        ValueError: The kind is unknown, or there are fewer than 2 accounts.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no flood of kind {kind}. {choices(kind, KINDS)}")
    if accounts < 2:
        raise ValueError(f"accounts is {accounts}; a flood has at least 2")
    number = base.groups["group"].n_unique()
    rng = np.random.default_rng([seed, _FLOOD, number])
    story = _story(rng, kind, f"flood-{kind}-{number}", _observed(base))
    published = KINDS[kind].plan(rng, story, accounts)
    profiles = _profiles(
        np.random.default_rng([seed, _PROFILES, number]), base, accounts, story, KINDS[kind].benign, facebook,
        fresh,
    )  # fmt: skip
    made = _joined(base, profiles, published, story.name, kind, benign=KINDS[kind].benign, seed=seed)
    return _public(made, story, published, spill, np.random.default_rng([seed, _SPILL, number]))


def passed_on(base: SyntheticCorpus, *, people: int, contents: int = 1, seed: int) -> SyntheticCorpus:
    """Return a corpus in which ordinary people publish memes, each a picture with its words, within two days.

    Args:
        base: The corpus.
        people: How many ordinary people publish all of them.
        contents: How many memes.
        seed: Same corpus, arguments and seed, same tables.

    Raises:
        ValueError: There are fewer ordinary people than that.
    """
    rng = np.random.default_rng([seed, _PASSED])
    ordinary = _ordinary(base)
    if people > ordinary.height:
        raise ValueError(f"people is {people}; the corpus has {ordinary.height} ordinary people")
    chosen = rng.permutation(ordinary.height)[:people]
    who, what = (part.ravel() for part in np.meshgrid(chosen, np.arange(contents), indexing="ij"))
    hashes = text.pictures(rng, contents)
    words = flood_wording.sentences(rng, contents)
    end = _seconds(_observed(base))
    delay = np.minimum(rng.exponential(8 * HOUR, len(who)), 2 * DAY - 10).astype(np.int64)
    memes = _published(
        who=who, time=end - 2 * DAY + delay, text=[words[number] for number in what],
        picture=text.digits(text.reencoded(rng, hashes[what])), client=_by_hand(rng, len(who)),
    )  # fmt: skip
    return _with_posts(base, ordinary, memes)


def first_hour(*, people: int = PEOPLE, copiers: int = COPIERS, seed: int) -> SyntheticCorpus:
    """Return the first hour of a collection by keyword: one post per account.

    A scheduler publishes one text under some accounts within seconds; nobody has a history.

    Args:
        people: Ordinary people; those without a post on that day are not collected.
        copiers: Accounts that publish the text, at least 2.
        seed: Same arguments and seed, same tables.
    """
    day = corpus(organic=people, days=1, seed=seed)
    rng = np.random.default_rng([seed, _FIRST_HOUR])
    order = pl.Series("order", rng.random(day.posts.height))
    one = day.posts.with_columns(order).sort("order").unique("account_id", keep="first", maintain_order=True)
    end = _seconds(_observed(day))
    back = pl.duration(hours=(end - 1 - pl.col("created_at").dt.epoch("s")) // HOUR)
    hour = one.drop("order").with_columns(pl.col("created_at") + back, pl.col("target_created_at") + back)
    accounts = day.accounts.join(hour, on=["platform", "account_id"], how="semi", maintain_order="left")
    labels = day.labels.join(accounts, on=["platform", "account_id"], how="semi", maintain_order="left")
    base = SyntheticCorpus(
        accounts, schema.conform(hour, "posts").sort("created_at", "post_id"), labels, day.groups, day.acts
    )
    story = _story(rng, "waves", "flood-first_hour-0", _observed(day))
    moment = end - HOUR + int(rng.integers(600, HOUR - 600))
    published = _published(
        who=np.arange(copiers), time=moment + rng.integers(0, BURST_S, copiers),
        text=[story.sentences[0]] * copiers, hashtags=[[story.tags[0]]] * copiers, client=_QUEUE,
        object=[story.name] * copiers,
    )  # fmt: skip
    profiles = _profiles(np.random.default_rng([seed, _PROFILES]), base, copiers, story, False)
    return _joined(base, profiles, published, story.name, "first_hour", benign=False, seed=seed)


def _flood(hours: int, *, pictures: int, benign: bool = False) -> Callable[[Plan], Plan]:
    """Register the decorated plan; see :class:`Kind` for the arguments."""

    def register(plan: Plan) -> Plan:
        KINDS[plan.__name__] = Kind(hours, pictures, benign, plan)
        return plan

    return register


@_flood(48, pictures=40)
def waves(rng: np.random.Generator, story: Story, accounts: int) -> Published:
    """A scheduler empties its queue in waves: 3 to 15 re-encoded pictures per account, with edited sentences."""
    starts = story.start + rng.integers(0, (story.end - story.start) // 300 - 12, 26) * 300
    pushed = rng.permuted(np.tile(np.arange(len(story.hashes)), (len(starts), 1)), axis=1)[:, :3]
    wanted = rng.integers(3, 16, accounts)
    who = np.repeat(np.arange(accounts), wanted)
    wave = np.concatenate([rng.permutation(len(starts))[:number] for number in wanted])
    queue = pl.DataFrame({"wave": wave, "at": rng.random(len(who))})
    place = queue.select(pl.col("at").rank("ordinal").over("wave"))["at"].to_numpy().astype(np.int64)
    pause = rng.integers(1, 5, len(starts))[wave]
    picture = pushed[wave, rng.integers(0, 3, len(who))]
    queued = _published(
        who=who, time=starts[wave] + pause * place + rng.integers(0, 3, len(who)),
        text=[flood_wording.edited(rng, story.sentences[number]) for number in picture],
        hashtags=_tagged(rng, story, len(who), ordered=0.7),
        picture=text.digits(text.reencoded(rng, story.hashes[picture], 6)),
        client=_QUEUE, object=_names(story, picture),
    )  # fmt: skip
    return pl.concat([queued, _chatter(rng, story, accounts, share=0.3)])


@_flood(30, pictures=24)
def trickle(rng: np.random.Generator, story: Story, accounts: int) -> Published:
    """Pictures trickle out by hand over 30 hours: 2 to 6 per account, with words of its own or none."""
    wanted = rng.integers(2, 7, accounts)
    who = np.repeat(np.arange(accounts), wanted)
    picture = np.concatenate([rng.permutation(len(story.hashes))[:number] for number in wanted])
    said = text.texts(rng, np.zeros(len(who), np.int64), 3, 9)
    silent = pl.Series(rng.random(len(who)) < 0.4)
    by_hand = _published(
        who=who, time=rng.integers(story.start, story.end, len(who)),
        text=pl.select(pl.when(silent).then(pl.lit("")).otherwise(said)).to_series(),
        hashtags=_tagged(rng, story, len(who), ordered=0.0),
        picture=text.digits(text.reencoded(rng, story.hashes[picture], 4)),
        client=_by_hand(rng, len(who)), object=_names(story, picture),
    )  # fmt: skip
    return pl.concat([by_hand, _chatter(rng, story, accounts, share=0.5)])


@_flood(48, pictures=4)
def paraphrases(rng: np.random.Generator, story: Story, accounts: int) -> Published:
    """Each account says 2 to 6 of ten messages in words of its own; one post in twenty-five holds a picture."""
    return _reworded(rng, story, accounts, slots=flood_wording.PLACES)


@_flood(48, pictures=4)
def slots(rng: np.random.Generator, story: Story, accounts: int) -> Published:
    """Each account fills one of the five places of 2 to 6 of ten templates; one post in twenty-five holds a picture."""
    return _reworded(rng, story, accounts, slots=1)


def _reworded(rng: np.random.Generator, story: Story, accounts: int, *, slots: int) -> Published:
    """Return 2 to 6 messages of ten per account, with that many of their places worded anew in each post."""
    messages = flood_wording.messages(rng, 10)
    fixed = [flood_wording.wordings(rng, message) for message in messages]
    wanted = rng.integers(2, 7, accounts)
    who = np.repeat(np.arange(accounts), wanted)
    chosen = np.concatenate([rng.permutation(len(messages))[:number] for number in wanted])
    said = []
    for number in chosen:
        words, own = list(fixed[number]), flood_wording.wordings(rng, messages[number])
        for place in rng.permutation(len(words))[:slots]:
            words[place] = own[place]
        said.append(" ".join(words) + flood_wording.end(rng))
    shown = text.digits(text.reencoded(rng, story.hashes[rng.integers(0, len(story.hashes), len(who))], 4))
    pictured = pl.Series(rng.random(len(who)) < 0.04)
    worded = _published(
        who=who, time=rng.integers(story.start, story.end, len(who)), text=said,
        hashtags=_tagged(rng, story, len(who), ordered=0.0),
        picture=pl.select(pl.when(pictured).then(shown)).to_series(),
        client=_by_hand(rng, len(who)), object=_names(story, chosen),
    )  # fmt: skip
    return pl.concat([worded, _chatter(rng, story, accounts, share=0.5)])


@_flood(48, pictures=1)
def forms(rng: np.random.Generator, story: Story, accounts: int) -> Published:
    """Each account fills all blanks of 2 to 5 of twelve forms in four languages.

    A form has three clauses in any order, before each a blank for 2 to 8 words, and emoji between.
    """
    drawn = flood_wording.forms(rng)
    wanted = rng.integers(2, 6, accounts)
    who = np.repeat(np.arange(accounts), wanted)
    chosen = np.concatenate([rng.permutation(len(drawn))[:number] for number in wanted])
    said = flood_wording.filled(rng, [drawn[number] for number in chosen])
    filled = _published(
        who=who, time=rng.integers(story.start, story.end, len(who)), text=said,
        hashtags=_tagged(rng, story, len(who), ordered=0.0), client=_by_hand(rng, len(who)),
        object=_names(story, chosen),
    )  # fmt: skip
    return pl.concat([filled, _chatter(rng, story, accounts, share=0.5)])


@_flood(10, pictures=6, benign=True)
def kit(rng: np.random.Generator, story: Story, accounts: int) -> Published:
    """Members of a union post 1 to 5 texts of a kit of twelve by hand within a day, a quarter of them edited."""
    texts = flood_wording.sentences(rng, 12)
    wanted = rng.integers(1, 6, accounts)
    who = np.repeat(np.arange(accounts), wanted)
    chosen = np.concatenate([rng.permutation(len(texts))[:number] for number in wanted])
    said = [
        flood_wording.edited(rng, texts[number]) if rng.random() < 0.25 else texts[number]
        for number in chosen
    ]
    shown = text.digits(text.reencoded(rng, story.hashes[chosen % len(story.hashes)], 6))
    pictured = pl.Series(rng.random(len(who)) < 0.6)
    delay = np.exp(rng.normal(np.log(2.5 * HOUR), 0.7, len(who))).astype(np.int64)
    by_hand = _published(
        who=who, time=np.minimum(story.start + delay, story.end - 1), text=said,
        hashtags=_tagged(rng, story, len(who), ordered=1.0),
        picture=pl.select(pl.when(pictured).then(shown)).to_series(),
        client=_by_hand(rng, len(who)), object=_names(story, chosen),
    )  # fmt: skip
    return pl.concat([by_hand, _chatter(rng, story, accounts, share=0.8)])


def _published(**columns: pl.Series | Integers | Sequence[object] | str) -> Published:
    """Return the columns given as :data:`Published`, the others null, lists empty."""
    one = {name: value for name, value in columns.items() if isinstance(value, str)}
    frame = pl.DataFrame({name: value for name, value in columns.items() if name not in one})
    frame = frame.with_columns(pl.lit(value).alias(name) for name, value in one.items())
    return frame.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in _PUBLISHED.items() if name not in frame.columns
    ).select(
        pl.col(name).cast(dtype).fill_null([]) if name == "hashtags" else pl.col(name).cast(dtype)
        for name, dtype in _PUBLISHED.items()
    )


def _story(rng: np.random.Generator, kind: str, name: str, observed_at: datetime) -> Story:
    end = _seconds(observed_at) - HOUR
    stem = text.stem(int(rng.integers(0, 15_000)))
    return Story(
        name, end - KINDS[kind].hours * HOUR, end,
        tuple(f"{stem}{word}" for word in ("now", "truth", "crisis", "wakeup", "shame", "help")),
        text.pictures(rng, KINDS[kind].pictures), flood_wording.sentences(rng, KINDS[kind].pictures),
    )  # fmt: skip


def _tagged(rng: np.random.Generator, story: Story, count: int, *, ordered: float) -> list[list[str]]:
    """Return 1 to 4 hashtags of the story for each post; in that share of the posts the first ones in order."""
    lists = []
    for wanted in rng.integers(1, 5, count):
        kept = rng.permutation(len(story.tags))[:wanted] if rng.random() >= ordered else range(wanted)
        lists.append([story.tags[number] for number in kept])
    return lists


def _names(story: Story, numbers: Integers) -> list[str]:
    return [f"{story.name}-{number}" for number in numbers]


def _by_hand(rng: np.random.Generator, count: int) -> list[str]:
    return [_HAND[number] for number in rng.integers(0, len(_HAND), count)]


def _chatter(rng: np.random.Generator, story: Story, accounts: int, *, share: float) -> Published:
    """Return 1 to 4 posts of their own words by that share of the accounts."""
    chatty = np.flatnonzero(rng.random(accounts) < share)
    who = np.repeat(chatty, rng.integers(1, 5, len(chatty)))
    return _published(
        who=who, time=rng.integers(story.start, story.end, len(who)),
        text=text.texts(rng, np.zeros(len(who), np.int64), 3, 14), client=_by_hand(rng, len(who)),
    )  # fmt: skip


def _observed(base: SyntheticCorpus) -> datetime:
    seen = base.accounts["observed_at"].max()
    assert isinstance(seen, datetime)  # noqa: S101 - a corpus has accounts
    return seen


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _ordinary(base: SyntheticCorpus) -> pl.DataFrame:
    """Return ``platform`` and ``account_id`` of the accounts of no planted group."""
    keys = ["platform", "account_id"]
    return base.accounts.select(keys).join(base.groups, on=keys, how="anti", maintain_order="left")


def _prefix(base: SyntheticCorpus) -> str:
    """Return what the ids of a corpus begin with."""
    return str(base.accounts["account_id"][0]).rsplit("-", 1)[0]


def _next(ids: pl.Series) -> int:
    """Return the number after the largest at the end of an id."""
    return max(map(int, ids.str.extract(r"(\d+)$").drop_nulls()), default=-1) + 1


def _profiles(
    rng: np.random.Generator,
    base: SyntheticCorpus,
    count: int,
    story: Story,
    benign: bool,
    facebook: float = FACEBOOK,
    fresh_share: float = FRESH,
) -> pl.DataFrame:
    """Return accounts: part of those of a flood are created in the month before it, of ordinary people none."""
    old = story.start - rng.integers(120, 3_000, count) * DAY
    new = story.start - rng.integers(1, 31, count) * DAY
    fresh = (rng.random(count) < fresh_share) & (not benign)
    bare = pl.Series(rng.random(count) < (0.15 if benign else 0.4))
    followers = np.exp(rng.normal(np.where(fresh, 3.0, 5.0), 1.3)).astype(np.int64)
    taken = base.accounts["handle"].str.to_lowercase()
    first = _next(base.accounts["account_id"])
    frame = pl.DataFrame(
        {
            "platform": np.where(rng.random(count) < facebook, "facebook", "x"),
            "account_id": [f"{_prefix(base)}-{first + number:07d}" for number in range(count)],
            "handle": text.handles(rng, count, 0.5),
            "display_name": text.texts(rng, np.zeros(count, np.int64), 2, 2).str.to_titlecase(),
            "description": text.texts(rng, np.zeros(count, np.int64), 3, 12),
            "lang": ["en"] * count,
            "created_at": pl.from_epoch(pl.Series(np.where(fresh, new, old)), "s").cast(schema.TIME),
            "followers_count": followers,
            "following_count": np.exp(rng.normal(5.2, 1.0, count)).astype(np.int64),
            "posts_count": np.exp(rng.normal(np.where(fresh, 2.5, 6.0), 1.2)).astype(np.int64),
            "likes_given_count": np.exp(rng.normal(4.5, 1.8, count)).astype(np.int64),
            "listed_count": rng.poisson(followers * 0.004),
            "verified": rng.random(count) < 0.02,
            "has_profile_image": rng.random(count) < 0.85,
            "has_banner": rng.random(count) < 0.45,
        }
    )
    low = pl.col("handle").str.to_lowercase()
    clash = low.is_in(taken.implode()) | ~low.is_first_distinct()
    numbered = pl.format("{}__{}", "handle", pl.int_range(pl.len()) + 100)
    return schema.conform(
        frame.with_columns(
            observed_at=pl.lit(_observed(base), schema.TIME),
            handle=pl.when(clash).then(numbered).otherwise("handle"),
            description=pl.when(bare).then(pl.lit("")).otherwise("description"),
        ),
        "accounts",
    )


def _joined(
    base: SyntheticCorpus,
    profiles: pl.DataFrame,
    published: Published,
    name: str,
    kind: str,
    *,
    benign: bool,
    seed: int,
) -> SyntheticCorpus:
    """Return the corpus with accounts that form a group, and what they published."""
    rng = np.random.default_rng([seed, len(name), base.accounts.height])
    accounts = pl.concat([base.accounts, profiles])
    labels = profiles.select(
        "platform", "account_id", target=pl.lit("coordinated"), value=pl.lit(not benign), kind=pl.lit(kind),
        campaign=pl.lit(None if benign else name, pl.String), source=pl.lit(SOURCE), strength=pl.lit("expert"),
    )  # fmt: skip
    group = profiles.select(
        "platform", "account_id", group=pl.lit(name), kind=pl.lit(kind), benign=pl.lit(benign),
        cell=pl.lit(None, pl.Int64),
    )  # fmt: skip
    order = rng.permutation(accounts.height)
    made = SyntheticCorpus(
        accounts[order],
        base.posts,
        pl.concat([base.labels, schema.conform(labels, "labels")])[order],
        pl.concat([base.groups, group.select(base.groups.columns)]),
        base.acts,
    )
    return _with_posts(made, profiles, published, name)


def _with_posts(
    base: SyntheticCorpus, owners: pl.DataFrame, published: Published, group: str | None = None
) -> SyntheticCorpus:
    """Return the corpus with posts of some of its accounts: ``who`` is a row of ``owners``."""
    rng = np.random.default_rng([published.height, base.posts.height])
    prefix = _prefix(base)
    tagged = pl.col("hashtags").list.eval(pl.lit("#") + pl.element()).list.join(" ")
    sorted_ = published.sort("time", "who", maintain_order=True)
    views = rng.poisson(np.exp(rng.normal(3.0, 1.2, sorted_.height)))
    keys = (
        owners.select("platform", "account_id")
        .with_row_index("who")
        .with_columns(pl.col("who").cast(pl.Int64))
    )
    made = sorted_.join(keys, on="who", how="left", maintain_order="left").with_columns(
        post_id=pl.format(f"{prefix}-p{{}}", (pl.int_range(pl.len()) + _next(base.posts["post_id"])).cast(pl.String).str.zfill(8)),
        created_at=pl.from_epoch("time", "s").cast(schema.TIME),
        time_resolution=pl.lit("second"), lang=pl.lit("en"), kind=pl.lit("original"),
        text=pl.concat_str("text", pl.when(tagged != "").then(tagged), separator=" ", ignore_nulls=True).str.strip_chars(),
        urls=pl.lit([], pl.List(pl.String)), mentions=pl.lit([], pl.List(pl.String)),
        media_hashes=pl.concat_list("picture").list.drop_nulls(),
        view_count=pl.Series(views), like_count=pl.Series(rng.binomial(views, 0.03)),
        repost_count=pl.Series(rng.binomial(views, 0.005)), reply_count=pl.Series(rng.binomial(views, 0.004)),
        quote_count=pl.Series(rng.binomial(views, 0.001)),
    )  # fmt: skip
    posts = pl.concat([base.posts, schema.conform(made, "posts")]).sort("created_at", "post_id")
    accounts = (
        base.accounts.join(
            posts.group_by("platform", "account_id").len(), on=["platform", "account_id"], how="left",
            maintain_order="left",
        )
        .with_columns(posts_count=pl.max_horizontal("posts_count", "len"))
        .drop("len")
    )  # fmt: skip
    acts = base.acts
    if group is not None:
        planned = made.drop_nulls("object").with_columns(group=pl.lit(group))
        acts = pl.concat([acts, planned.select(acts.columns)])
    return SyntheticCorpus(accounts, posts, base.labels, base.groups, acts)


def _public(
    made: SyntheticCorpus,
    story: Story,
    published: Published,
    spill: float,
    rng: np.random.Generator,
) -> SyntheticCorpus:
    """Return the corpus in which ordinary people use the first hashtag of a flood, and some pass on a content."""
    people = _ordinary(made)
    tag = story.tags[0]
    during = pl.col("created_at").dt.epoch("s").is_between(story.start, story.end)
    own = (pl.col("kind") == "original") & pl.col("account_id").is_in(people["account_id"].implode())
    drawn = pl.Series(rng.random(made.posts.height) < HIJACKED)
    used = drawn & during & own
    posts = made.posts.with_columns(
        hashtags=pl.when(used).then(pl.concat_list(pl.lit(tag), "hashtags")).otherwise("hashtags"),
        text=pl.when(used).then(pl.format("{} #{}", "text", pl.lit(tag))).otherwise("text"),
    )
    contents = published.drop_nulls("object")
    count = round(spill * people.height)
    seen = contents[rng.integers(0, contents.height, count)]
    delay = rng.exponential(2 * HOUR, count).astype(np.int64) + 30
    copies = seen.with_columns(
        who=pl.Series(rng.permutation(people.height)[:count]),
        time=pl.Series(np.minimum(seen["time"].to_numpy() + delay, story.end)),
        client=pl.Series(_by_hand(rng, count), dtype=pl.String), object=pl.lit(None, pl.String),
    )  # fmt: skip
    whole = SyntheticCorpus(made.accounts, posts, made.labels, made.groups, made.acts)
    return _with_posts(whole, people, copies.select(_PUBLISHED.names()))
