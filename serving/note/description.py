"""A campaign or group in the fields of a technical note: those that a measurement fills, and those that a person fills.

The fields are those that bodies which publish such notes use (VIGINUM, the tables of contents ABCDE and SCOTCH).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import audience, campaign_story, display_text, profile_traits
from vigie.features.coordination.report.types import SharedTrait
from vigie.features.i18n import (
    Decimal,
    Duration,
    Frequency,
    LanguageName,
    Listing,
    Message,
    Moment,
    Percent,
    message,
)
from vigie.serving.note.person_fields import FieldName
from vigie.serving.note.subjects import Subject, people

# Sources, languages and hashes that are named.
_NAMED = 5
# Members that must share a trait of the profile for it to be told.
_SHARING = 2


@dataclass(frozen=True)
class Entry:
    """A field and what is known of it.

    Attributes:
        label: What it is called.
        answers: Sentences; none where nothing of it was collected, or a person has not filled it yet.
        is_for_person: Whether no measurement fills it.
    """

    label: Message
    answers: tuple[Message, ...] = ()
    is_for_person: bool = False


@dataclass(frozen=True)
class Section:
    """Fields that stand together."""

    title: Message
    anchor: str
    entries: tuple[Entry, ...]


Filled = Mapping[FieldName, Message]


def of(subject: Subject, compared: Comparison, filled: Filled) -> tuple[Section, ...]:
    """Return the fields of a subject.

    Args:
        subject: The campaign or group.
        compared: The comparison it is of.
        filled: What people wrote, by field.
    """
    members = people(compared).filter(pl.col("account").is_in(list(subject.members)))
    own = compared.posts.filter(pl.col("row").is_in(members["row"].implode()))
    return (
        Section(
            message("technical.assets"),
            "assets",
            (
                _measured("seen", _seen(subject)),
                _measured("platforms", _platforms(subject)),
                _measured("creations", _creations(subject)),
                _measured("templates", _templates(subject)),
                _measured("followers", _followers(members)),
                for_person("personas", filled),
                for_person("advertising", filled),
            ),
        ),
        Section(
            message("technical.narratives"),
            "narratives",
            (
                for_person("narrative", filled),
                _measured("languages", _languages(own)),
                _measured("hashes", _hashes(subject, compared)),
                _measured("amplified", _amplified(own, compared)),
                _measured("paths", _paths(subject, compared)),
                for_person("targets", filled),
            ),
        ),
        Section(
            message("technical.reach"),
            "reach",
            (
                _measured("audience", audience.told(subject.told.audience, subject.told.size)),
                for_person("exposure", filled),
            ),
        ),
        Section(message("technical.bias"), "bias", (_measured("collection", _bias(members, own, compared)),)),
    )


def _measured(name: str, answers: Iterator[Message]) -> Entry:
    return Entry(Message(f"technical.field_{name}"), tuple(answers))


def for_person(name: FieldName, filled: Filled) -> Entry:
    """Return a field that a person fills.

    Args:
        name: Of the field.
        filled: What people wrote, by field.
    """
    answers = (filled[name],) if name in filled else ()
    return Entry(Message(f"technical.field_{name}"), answers, is_for_person=True)


def _seen(subject: Subject) -> Iterator[Message]:
    if subject.span is not None:
        first, last = subject.span
        yield message("technical.seen", first=Moment(first, seconds=True), last=Moment(last, seconds=True))


def _platforms(subject: Subject) -> Iterator[Message]:
    if subject.told.platforms:
        yield message(
            "technical.platforms",
            count=subject.told.size,
            platforms=campaign_story.on_platforms(subject.told.platforms),
        )


def _creations(subject: Subject) -> Iterator[Message]:
    test = subject.told.creation
    if test.p is not None:
        yield message("technical.creations", count=int(test.within_7_days), often=Frequency(test.p, "draws"))


def _templates(subject: Subject) -> Iterator[Message]:
    for name in profile_traits.TRAITS:
        trait = subject.told.profile.get(name)
        if trait is not None and (trait.sharing or 0) >= _SHARING:
            yield _shared(name, trait)


def _shared(name: str, trait: SharedTrait) -> Message:
    return message(
        "technical.template",
        count=trait.sharing or 0,
        known=trait.known,
        did=profile_traits.did(name),
        shown=profile_traits.shown(name, trait.object or ""),
        outside=trait.outside or 0,
    )


def _followers(members: pl.DataFrame) -> Iterator[Message]:
    each = (
        members.drop_nulls("followers_count")
        .group_by("platform")
        .agg(
            pl.len(),
            pl.col("followers_count").median().alias("half"),
            pl.col("followers_count").max().alias("most"),
        )
        .sort("len", "platform", descending=[True, False])
    )
    for platform, count, half, most in each.iter_rows():
        yield message(
            "technical.followers", platform=display_text.platform(platform), count=count, half=Decimal(half, 0), most=most,
        )  # fmt: skip


def _languages(own: pl.DataFrame) -> Iterator[Message]:
    counted = own["lang"].drop_nulls().value_counts(sort=True).sort("count", "lang", descending=[True, False])
    if counted.height:
        named = Listing(
            tuple(
                message("values.counted", name=LanguageName(code), number=count)
                for code, count in counted.head(_NAMED).iter_rows()
            )
        )
        yield message("technical.languages", count=int(counted["count"].sum()), named=named)


def _hashes(subject: Subject, compared: Comparison) -> Iterator[Message]:
    posts = compared.posts[subject.acts["post"].unique().sort().to_list()]
    counted = posts.select(
        name=pl.col("media_hashes").list.explode(keep_nulls=False, empty_as_null=False)
    ).to_series()
    each = counted.drop_nulls().value_counts(sort=True).sort("count", "name", descending=[True, False])
    if each.height:
        yield message("technical.hashes", count=each.height, named=_counted(each))


def _amplified(own: pl.DataFrame, compared: Comparison) -> Iterator[Message]:
    """Yield whom the accounts repost most, themselves included, by name where the collection knows it."""
    names = people(compared).select("platform", target_account_id="account_id", known="name")
    home = people(compared).select(pl.col("account").cast(own.schema["row"]).alias("row"), "platform")
    reposts = own.filter(pl.col("kind") == "repost").drop_nulls("target_account_id")
    counted = (
        reposts.select("row", "target_account_id")
        .join(home, on="row", how="left")
        .join(names, on=["platform", "target_account_id"], how="left")
        .group_by(name=display_text.plain(pl.coalesce("known", "target_account_id")))
        .agg(count=pl.len())
        .sort("count", "name", descending=[True, False])
    )
    if counted.height:
        yield message("technical.amplified", count=counted.height, named=_counted(counted))
    else:
        yield message("technical.no_amplified")


def _paths(subject: Subject, compared: Comparison) -> Iterator[Message]:
    """Yield from which platform to which contents went, and after how long in the middle."""
    home = people(compared).select("account", "platform")
    first = (
        subject.acts.join(home, on="account", how="left")
        .group_by("object", "platform")
        .agg(pl.col("time").min())
        .sort("object", "time", "platform")
    )
    steps = (
        first.with_columns(
            origin=pl.col("platform").first().over("object"),
            late=pl.col("time") - pl.col("time").first().over("object"),
        )
        .filter(pl.col("origin") != pl.col("platform"))
        .group_by("origin", "platform")
        .agg(pl.len(), pl.col("late").median())
        .sort("len", "origin", "platform", descending=[True, False, False])
    )
    for origin, platform, count, late in steps.iter_rows():
        yield message(
            "technical.path", count=count, origin=display_text.platform(origin), platform=display_text.platform(platform),
            late=Duration(late),
        )  # fmt: skip


def _bias(members: pl.DataFrame, own: pl.DataFrame, compared: Comparison) -> Iterator[Message]:
    """Yield what share of the collection the accounts are, and which fields it lacks of them."""
    whole = compared.accounts.height
    yield message(
        "technical.share",
        count=members.height,
        whole=whole,
        share=Percent(members.height / whole if whole else 0.0),
    )
    for name, table, column in (
        ("followers", members, "followers_count"), ("created", members, "created_at"), ("views", own, "view_count"),
        ("pictures", own, "media_hashes"),
    ):  # fmt: skip
        missing = table[column].null_count()
        if missing:
            yield Message(f"technical.missing_{name}", {"count": missing, "whole": table.height})
    single = int((own.group_by("row").len()["len"] == 1).sum())
    if single:
        yield message("technical.seen_once", count=single)


def _counted(each: pl.DataFrame) -> Listing:
    """Return names with their counts, the first :data:`_NAMED` of them."""
    return Listing(
        tuple(
            message("values.counted", name=display_text.plain_name(name), number=count)
            for name, count in each.head(_NAMED).iter_rows()
        )
    )
