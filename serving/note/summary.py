"""The first screen: who, when, with what, seen by whom, how unlikely, what each account is alone, and what else may explain it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from vigie.features.coordination import traces
from vigie.features.coordination.campaigns import founded_on
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import audience, campaign_story, display_text
from vigie.features.coordination.report.types import Campaign, Group
from vigie.features.i18n import (
    Expected,
    Listing,
    Message,
    Moment,
    Period,
    Value,
    message,
)
from vigie.features.similarity import url_canonical
from vigie.serving.note import contents, scores
from vigie.serving.note.likelihood import chance
from vigie.serving.note.subjects import Subject, people

# Hashtags and sites named, and accounts that begin.
_TAGS, _SITES, _LEADERS = 5, 3, 3
# Contents of one account from which it is said to begin.
_BEGINS = 2


@dataclass(frozen=True)
class Fact:
    """A question of a reader and its answer, in sentences."""

    question: Message
    answers: tuple[Message, ...]


@dataclass(frozen=True)
class Summary:
    """A subject on the first screen.

    Attributes:
        title: What it is called.
        anchor: Its name inside the page.
        verdict: How strong the evidence is.
        headline: Who did what, when, in one sentence.
        facts: The rest.
    """

    title: Message
    anchor: str
    verdict: Message
    headline: Message
    facts: tuple[Fact, ...]


def of(subject: Subject, compared: Comparison, scored: pl.DataFrame) -> Summary:
    """Return a subject in some sentences.

    Args:
        subject: The campaign or group.
        compared: The comparison it is of.
        scored: What :func:`vigie.serving.note.scores.of` returned for its members, and perhaps for others.
    """
    own = scored.filter(pl.col("account").is_in(list(subject.members)))
    spread = contents.spread(subject)
    facts = (
        Fact(message("note.when"), tuple(_when(subject))),
        Fact(message("note.what"), tuple(_what(subject, compared))),
        Fact(message("note.who_begins"), tuple(_begins(subject, spread, compared))),
        Fact(message("note.audience"), tuple(_audience(subject.told))),
        Fact(message("note.unlikely"), tuple(unlikely(subject, compared))),
        Fact(message("note.alone"), tuple(scores.told(own, subject.told.size))),
        Fact(message("note.ordinary"), tuple(ordinary(subject))),
    )
    return Summary(
        subject.title,
        subject.anchor,
        _verdict(subject.told),
        _headline(subject, spread),
        tuple(fact for fact in facts if fact.answers),
    )


def accounts(platforms: dict[str, int], size: int) -> Message:
    """Return how many accounts there are, and on which platforms.

    Args:
        platforms: Accounts by platform.
        size: Accounts, those of no known platform included.
    """
    if len(platforms) == 1 and sum(platforms.values()) == size:
        return message("note.accounts_on", count=size, platform=display_text.platform(next(iter(platforms))))
    if not platforms:
        return message("note.accounts", count=size)
    return message("note.accounts_on_several", count=size, platforms=campaign_story.on_platforms(platforms))


def _verdict(told: Campaign | Group) -> Message:
    if told.verdict == "strong":
        return message("note.strong")
    return message("note.shared_contents" if told.verdict == "shared_contents" else "note.synchronous")


def _headline(subject: Subject, spread: pl.DataFrame) -> Message:
    told, span = subject.told, subject.span
    who = accounts(told.platforms, told.size)
    if span is None:
        return message("note.headline_unseen", accounts=who)
    kinds = spread.group_by("trace").len().sort("len", "trace", descending=[True, False])
    counted = Listing(tuple(_counted(trace, count) for trace, count in kinds.iter_rows()))
    values: dict[str, Value] = {"period": Period(*span), "accounts": who, "contents": counted}
    if isinstance(told, Group):
        return Message("note.headline_group", values)
    own = spread.select(
        pl.col("inside").sum() >= campaign_story.HARDLY_ANY_OTHER * pl.col("holders").sum()
    ).item()
    return Message("note.headline_campaign" if own else "note.headline_shared", values)


def _counted(trace: str, count: int) -> Message:
    """Return so many contents of a trace."""
    if trace in traces.NAMED:
        return Message(f"coordination.contents.{trace}", {"count": count})
    return message("note.contents_other", count=count, trace=trace)


def _when(subject: Subject) -> Iterator[Message]:
    """Yield from when to when, the busiest hour, and the time between two posts of one content."""
    if subject.span is None:
        return
    first, last = subject.span
    yield message("note.from_to", first=Moment(first), last=Moment(last))
    hours = (
        subject.acts.unique("post")
        .group_by(hour=pl.col("time") // traces.HOUR)
        .agg(count=pl.len())
        .sort("count", "hour", descending=[True, False])
    )
    hour, count = hours.row(0)
    if count > 1:
        yield message(
            "note.busiest", count=count, time=Moment(datetime.fromtimestamp(hour * traces.HOUR, UTC))
        )
    gap = campaign_story.median_gap(subject.acts)
    if gap is not None:
        yield campaign_story.gap_told(gap)


def _what(subject: Subject, compared: Comparison) -> Iterator[Message]:
    """Yield the hashtags of the posts, the sites that they link to, and how many others have some of the contents."""
    posts = compared.posts[subject.acts["post"].unique().sort().to_list()]
    if posts.is_empty():
        return
    tag = pl.coalesce("hashtags", pl.col("text").str.extract_all(r"#\w+"))
    tags = _most(posts.select(said=tag), pl.col("said").str.strip_chars("#").str.to_lowercase(), _TAGS)
    if tags:
        yield message("note.hashtags", tags=Listing(tuple(_named(f"#{name}", count) for name, count in tags)))
    else:
        yield message("note.no_hashtag")
    host = url_canonical.host(url_canonical.canonical(pl.col("said")))
    sites = _most(posts.select(said="urls"), host, _SITES)
    if sites:
        yield message("note.sites", sites=Listing(tuple(_named(name, count) for name, count in sites)))
    beyond = contents.outsiders(subject)
    if beyond:
        yield message("note.beyond", count=beyond)


def _named(name: str, count: int) -> Message:
    return message("values.counted", name=name, number=count)


def _most(lists: pl.DataFrame, name: pl.Expr, most: int) -> list[tuple[str, int]]:
    """Return what is named most often in a column ``said`` of lists, and how often."""
    named = lists.explode("said", empty_as_null=True, keep_nulls=False).select(name=name)
    counted = named.drop_nulls().group_by("name").len().sort("len", "name", descending=[True, False])
    return [(display_text.plain_name(text), count) for text, count in counted.head(most).iter_rows()]


def _begins(subject: Subject, spread: pl.DataFrame, compared: Comparison) -> Iterator[Message]:
    """Yield who published contents first most often."""
    begun = (
        spread.group_by("first_account", maintain_order=True)
        .len()
        .filter(pl.col("len") >= _BEGINS)
        .sort("len", descending=True, maintain_order=True)
        .join(
            people(compared).select(first_account="account", name="name"),
            on="first_account",
            how="left",
            maintain_order="left",
        )
    )
    if begun.is_empty():
        return
    named = begun.head(_LEADERS)
    yield message(
        "note.begin",
        count=named.height,
        names=Listing(tuple(named["name"])),
        contents=int(named["len"].sum()),
        of=spread.height,
    )


def _audience(told: Group | Campaign) -> Iterator[Message]:
    """Yield what the posts of the accounts reached; that it is unknown where nothing was counted."""
    sentences = list(audience.told(told.audience, told.size))
    yield from sentences or [message("note.audience_unknown")]


def unlikely(subject: Subject, compared: Comparison) -> Iterator[Message]:
    """Yield how many pairs chance does not explain, and how unlikely the clearest of them is."""
    told = subject.told
    if isinstance(told, Group):
        pairs = len(told.pairs) + told.pairs_left_out
        if pairs:
            yield message("note.pairs", count=pairs)
        if told.pairs:
            clearest = told.pairs[0]
            yield message(
                "note.clearest", count=clearest.objects, expected=Expected(clearest.expected),
                chance=chance(clearest.p),
            )  # fmt: skip
        return
    pairs_of = compared.campaigns.pairs.filter(pl.col("campaign") == told.campaign)
    own = pl.col("campaign") == told.campaign
    founded = compared.campaigns.members.filter(own).select(founded_on().first()).item()
    if founded != "contents":
        yield message(f"note.{founded}")
    if pairs_of.height:
        yield message("note.pairs_contents", count=pairs_of.height)
        row = pairs_of.sort("p", -pl.col("objects")).row(0, named=True)
        yield message(
            "note.clearest", count=row["objects"], expected=Expected(row["expected"]), chance=chance(row["p"])
        )
    together = compared.groups.filter(
        pl.col("group").is_in(told.groups) & pl.col("account").is_in(list(subject.members))
    )
    if together.height:
        yield message(
            "note.cells",
            count=together.height,
            groups=message("note.in_groups", count=len(told.groups)),
        )


def ordinary(subject: Subject) -> Iterator[Message]:
    """Yield the ordinary explanations that something speaks for, each with what speaks for and against it."""
    if not subject.told.benign_alternatives:
        yield message("note.no_alternative")
    for each in subject.told.benign_alternatives:
        yield message("note.alternative", title=each.sentence, supporting=" ".join(each.evidence_for))
        if each.evidence_against:
            opposing = " ".join(each.evidence_against)
            yield message("note.opposed", count=len(each.evidence_against), opposing=opposing)
