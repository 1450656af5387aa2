"""What a network holds as a STIX 2.1 bundle for OpenCTI 7.

Accounts of strong evidence are an ``incident`` that uses channels and techniques; those that no more than act alike are a
``grouping``, which uses nothing. A content that several accounts published is a ``grouping`` too: nobody is judged by it, so it
has no confidence, and its accounts have no scores. No ``campaign``, ``intrusion-set`` or ``threat-actor`` is written: whether it
is one, and whose, is for people to say. All times are those of the data, so that the same data give the same bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import display_text
from vigie.features.coordination.report.types import Campaign, Group
from vigie.features.i18n import Language, Percent, Value, message
from vigie.features.json_object import JsonObject
from vigie.models.verdict import ABSTAINED
from vigie.serving.note import addresses
from vigie.serving.note.subjects import Subject
from vigie.serving.stix import objects, relations, techniques
from vigie.serving.stix.bundle import AttachedFile, Bundle
from vigie.serving.stix.objects import (
    AttackPattern,
    Channel,
    Grouping,
    Identity,
    Incident,
    Marking,
    MediaContent,
    Note,
    Relationship,
    Report,
    StixObject,
    UserAccount,
)
from vigie.serving.stix.published_content import PublishedContent

# By evidence: a measurement alone is never more than probable.
CONFIDENCE = {"strong": 75, "synchronous": 50, "shared_contents": 30}
# Posts written per subject, the earliest, and characters of a title.
POSTS = 300
_TITLE = 80
# How OpenCTI calls the platform of an account, and where its profiles are, by platform.
ACCOUNT_TYPES = {"x": "twitter"}
_HOSTS = {
    "x": "x.com", "facebook": "facebook.com", "instagram": "instagram.com", "telegram": "t.me", "vk": "vk.com", "tiktok": "tiktok.com",
    "youtube": "youtube.com", "bluesky": "bsky.app",
}  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What a bundle is made of.

    Attributes:
        about: What it tells of: groups and campaigns, or a content.
        compared: The comparison that it was found in.
        scores: What :func:`vigie.serving.note.scores.of` returned for members of groups and campaigns.
        files: Files to attach to the report.
        name: What the collection is called.
        marking: How far the bundle may be shared.
        language: Of its sentences.
    """

    about: Sequence[Subject] | PublishedContent
    compared: Comparison
    scores: pl.DataFrame
    files: Sequence[AttachedFile]
    name: str
    marking: Marking
    language: Language


def export(request: Request) -> Bundle:
    """Return a bundle: a report, and what it tells of.

    Args:
        request: What was found.
    """
    return _Writer(request).bundle()


@dataclass
class _Writer:
    request: Request
    held: dict[str, StixObject] = field(default_factory=dict)

    def __post_init__(self) -> None:
        compared = self.request.compared
        self.as_of: datetime = max(
            each
            for each in (compared.accounts["observed_at"].max(), compared.posts["created_at"].max())
            if isinstance(each, datetime)
        )
        self.refs = (objects.marking_id(self.request.marking),)
        author = Identity(
            name="vigie", created=self.as_of, modified=self.as_of, created_by_ref=None, object_marking_refs=()
        )
        self.said: dict[str, Any] = {
            "created": self.as_of, "modified": self.as_of, "created_by_ref": author.id, "object_marking_refs": self.refs,
        }  # fmt: skip
        self.add(author)

    def add(self, one: StixObject) -> str:
        return self.held.setdefault(one.id, one).id

    def relate(self, source: str, kind: str, target: str, description: str | None = None) -> str:
        taken = relations.taken(relations.type_of(source), kind, relations.type_of(target))
        return self.add(
            Relationship(
                relationship_type=taken,
                source_ref=source,
                target_ref=target,
                description=description,
                **self.said,
            )
        )

    def say(self, key: str, **values: Value) -> str:
        return message(f"stix.{key}", **values).say(self.request.language)

    def bundle(self) -> Bundle:
        about = self.request.about
        if isinstance(about, PublishedContent):
            self.content(about)
            name = about.title(self.request.name).say(self.request.language)
            description = self.say("content_report_description")
        else:
            for subject in about:
                self.subject(subject)
            name = self.say("report_name", name=display_text.plain_name(self.request.name))
            description = self.say("report_description")
        report = Report(
            name=name,
            description=description,
            published=self.as_of,
            object_refs=tuple(self.held),
            x_opencti_files=tuple(_attached(file) for file in self.request.files),
            **self.said,
        )
        every: list[JsonObject] = [objects.marking_definition(self.request.marking)]
        every += [each.to_json() for each in (*self.held.values(), report)]
        return Bundle(objects.identifier("bundle", ids=[each["id"] for each in every]), tuple(every))

    def subject(self, subject: Subject) -> None:
        """Add a campaign or a group, its accounts, their posts, and what was measured of each."""
        told, language = subject.told, self.request.language
        members = self.members(subject.members)
        posts = list(self.posts(subject.acts, members))
        name = f"{self.request.name}: {subject.title.say(language)}"
        span = subject.span or (None, None)
        confidence = CONFIDENCE[told.verdict]
        if told.verdict == "strong":
            judged = self.add(
                Incident(
                    name=name,
                    description=told.sentence,
                    first_seen=span[0],
                    last_seen=span[1],
                    confidence=confidence,
                    **self.said,
                )
            )
            for channel, account in members.values():
                self.relate(judged, "uses", channel or account)
            for each in techniques.shown(told):
                for code in each.technique.codes:
                    self.relate(judged, "uses", self.pattern(code), each.basis.say(language))
        else:
            accounts = [ref for pair in members.values() for ref in pair if ref]
            judged = self.add(
                Grouping(
                    name=name,
                    description=told.sentence,
                    object_refs=tuple(dict.fromkeys((*accounts, *posts))),
                    confidence=confidence,
                    **self.said,
                )
            )
        self.note_on(judged, name, self.evidence(told))

    def note_on(self, described: str, name: str, paragraphs: Iterable[str]) -> None:
        """Add the note on a campaign, a group or a content."""
        self.add(
            Note(
                abstract=self.say("note_abstract", name=name),
                content="\n\n".join(paragraphs),
                object_refs=(described,),
                **self.said,
            )
        )

    def content(self, content: PublishedContent) -> None:
        """Add a content, the first posts that hold it, and the accounts that published these."""
        written, language = content.acts.head(POSTS), self.request.language
        members = self.members(written["account"])
        posts = list(self.posts(written, members, are_copies=content.are_copies))
        refs = [ref for pair in members.values() for ref in pair if ref] + posts
        observable = content.observable(self.refs)
        if observable is not None:
            refs.insert(0, self.add(observable))
            for channel, account in members.values():
                self.relate(channel or account, "publishes", observable.id)
        title = content.title(self.request.name).say(language)
        grouping = self.add(
            Grouping(
                name=title,
                description=content.spread.say(language),
                object_refs=tuple(dict.fromkeys(refs)),
                **self.said,
            )
        )
        paragraphs = [each.say(language) for each in content.evidence(written.height)]
        self.note_on(grouping, title, paragraphs)

    def evidence(self, told: Campaign | Group) -> Iterator[str]:
        """Yield the paragraphs of the note on a campaign or a group: what was seen, and what else would explain it."""
        yield told.sentence
        for each in told.benign_alternatives:
            against = " ".join(each.evidence_against)
            told_for = {"title": each.sentence, "supporting": " ".join(each.evidence_for)}
            if against:
                yield self.say("alternative_opposed", **told_for, opposing=against)
            else:
                yield self.say("alternative", **told_for)
        if isinstance(told, Campaign) and told.hashtags:
            yield self.say("hashtags", tags=", ".join(f"#{tag}" for tag in told.hashtags))
        yield self.say("caution")

    def members(self, members: Iterable[int]) -> dict[int, tuple[str | None, str]]:
        """Add the accounts, each as a channel (where it has a handle) that belongs to a user account, with its scores."""
        scores = {row["account"]: row for row in self.request.scores.iter_rows(named=True)}
        rows = self.request.compared.accounts.filter(pl.col("row").is_in(list(members)))
        found: dict[int, tuple[str | None, str]] = {}
        for row in rows.iter_rows(named=True):
            score = scores.get(row["row"], {})
            probability = score.get("inauthentic")
            account = self.add(
                UserAccount(
                    account_type=ACCOUNT_TYPES.get(row["platform"], row["platform"]),
                    user_id=row["account_id"],
                    account_login=row["handle"],
                    display_name=row["display_name"],
                    account_created=row["created_at"],
                    object_marking_refs=self.refs,
                    x_opencti_score=None if probability is None else round(100 * probability),
                )
            )
            channel = None
            if row["handle"]:
                host = _HOSTS.get(row["platform"], row["platform"])
                channel = self.add(
                    Channel(
                        name=f"{host}/{row['handle']}",
                        channel_types=(display_text.platform(row["platform"]),),
                        **self.said,
                    )
                )
                self.relate(channel, "belongs-to", account)
            if score:
                self.add(
                    Note(
                        abstract=self.say("score_abstract"),
                        content=" ".join(self.score(score)),
                        object_refs=(account,),
                        **self.said,
                    )
                )
            found[row["row"]] = (channel, account)
        return found

    def score(self, score: dict[str, Any]) -> Iterator[str]:
        """Yield the sentences of the note on an account: one per score, and what they do not say."""
        for target in ("inauthentic", "coordinated"):
            if score[f"{target}_band"] in (None, ABSTAINED):
                yield self.say(f"abstained_{target}")
            else:
                yield self.say(f"scored_{target}", probability=Percent(score[target], 1))
        yield self.say("caution")

    def posts(
        self, acts: pl.DataFrame, members: dict[int, tuple[str | None, str]], *, are_copies: bool = True
    ) -> Iterator[str]:
        """Add the posts of some acts on contents, as far as their addresses are certain; yield their ids.

        Args:
            acts: ``post`` (position), ``object``, ``time``.
            members: Their accounts, from :meth:`members`.
            are_copies: Whether posts that share a content derive from the first of them.
        """
        compared = self.request.compared
        platforms = compared.accounts.select("row", "platform")
        acts = (
            acts.sort("time", "post", "object").unique("post", keep="first", maintain_order=True).head(POSTS)
        )
        shown = compared.posts.with_row_index("post").join(
            acts.select(pl.col("post").cast(pl.UInt32), "object"), on="post", how="inner"
        )
        shown = shown.drop("platform", strict=False).join(platforms, on="row", how="left")
        first: dict[str, str] = {}
        for row in (
            shown.with_columns(address=addresses.of_posts()).sort("created_at", "post").iter_rows(named=True)
        ):
            if row["address"] is None:
                continue
            text = display_text.plain_name(row["text"] or "")
            post = self.add(
                MediaContent(
                    url=row["address"], title=text[:_TITLE] or None, content=text or None, publication_date=row["created_at"],
                    object_marking_refs=self.refs,
                )
            )  # fmt: skip
            channel, account = members[row["row"]]
            if channel:
                self.relate(channel, "publishes", post)
            self.relate(post, "authored-by", account)
            original = first.setdefault(row["object"], post)
            if are_copies and original != post:
                self.relate(post, "derived-from", original)
            yield post

    def pattern(self, code: techniques.Code) -> str:
        page = f"https://github.com/DISARMFoundation/DISARMframeworks/blob/main/generated_pages/techniques/{code.code}.md"
        return self.add(
            AttackPattern(
                name=code.name,
                x_mitre_id=code.code,
                kill_chain_phases=({"kill_chain_name": "disarm", "phase_name": code.phase},),
                external_references=({"source_name": "DISARM", "url": page, "external_id": code.code},),
                **self.said,
            )
        )


def _attached(file: AttachedFile) -> JsonObject:
    return {
        "name": file.name, "mime_type": file.mime_type, "version": "1", "data": base64.b64encode(file.data).decode("ascii"),
    }  # fmt: skip
