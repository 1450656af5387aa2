"""What leaves an operation as a file: the note of an analyst, a STIX bundle, the network, a sealed dossier, and what is remembered.

Files are made of what the operation holds when they are asked for, so that times, texts and proof are those of the posts; a
group or campaign is found in it again by its members, a content by the posts that hold it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import polars as pl

from vigie.errors import OperationNotFoundError
from vigie.features.coordination import graphml
from vigie.features.coordination.comparison import Comparison, Limits
from vigie.features.coordination.report.network import report
from vigie.features.coordination.report.types import NetworkReport
from vigie.features.i18n import Language, Message, message
from vigie.models.engine import ScoringEngine
from vigie.serving.dossier.decisions import Excerpt
from vigie.serving.dossier.manifest import About
from vigie.serving.dossier.sealing import Finding, seal
from vigie.serving.known_campaigns import confirmed
from vigie.serving.known_campaigns.types import KnownCampaign
from vigie.serving.note import content_page, page, scores, subjects
from vigie.serving.note.subjects import Subject
from vigie.serving.note.technical import Case
from vigie.serving.operations import adaptation, compared_texts, copied, corpus, decisions, questions, records
from vigie.serving.operations.continuity import Members, follow
from vigie.serving.operations.decisions import TrackSubject
from vigie.serving.operations.judgement import Kind
from vigie.serving.operations.store import Database
from vigie.serving.stix import export
from vigie.serving.stix.bundle import AttachedFile, Bundle
from vigie.serving.stix.objects import Marking
from vigie.serving.stix.published_content import PublishedContent


@dataclass(frozen=True)
class Found:
    """What comparing all accounts of an operation finds.

    Attributes:
        name: What the operation is called.
        engine: The models.
        limits: Of the comparison.
        revision: State of the operation that was compared.
        compared: The comparison.
        told: What is told of it, in the language.
        language: Of the files.
        left_out: What was not compared of what the operation holds.
    """

    name: str
    engine: ScoringEngine
    limits: Limits
    revision: int
    compared: Comparison
    told: NetworkReport
    language: Language
    left_out: tuple[Message, ...]

    def note(self, stem: str, about: Sequence[Subject] | None = None) -> page.Files:
        """Return the note of an analyst, and its annexes.

        Args:
            stem: Name of the page without its ending.
            about: The groups and campaigns that it is on; None: all of them.
        """
        about = subjects.of(self.compared, self.told) if about is None else about
        return page.made(
            stem,
            self.compared,
            self.told,
            self._scores_of({row for one in about for row in one.members}),
            self.engine.models,
            name=self.name,
            language=self.language,
            about=about,
        )

    def technical_note(self, stem: str, subject: Subject, case: Case) -> page.Files:
        """Return the technical note on a group or campaign, and its annexes.

        Args:
            stem: Name of the page without its ending.
            subject: The group or campaign.
            case: What the operation knows of it beside what was measured.
        """
        return page.made(
            stem,
            self.compared,
            self.told,
            self._scores_of(subject.members),
            self.engine.models,
            name=self.name,
            language=self.language,
            about=[subject],
            case=case,
        )

    def network(self) -> str:
        """Return the pairs beyond chance as GraphML."""
        network = self.compared.network
        return "".join(
            graphml.graphml(
                network.significant(),
                self.compared.groups,
                self.compared.accounts,
                self.compared.campaigns.members,
                network.events,
            )
        )

    def stix(self, about: Sequence[Subject] | PublishedContent, marking: Marking) -> Bundle:
        """Return groups and campaigns, or a content, as a STIX 2.1 bundle, with a page on them attached that tells of no others.

        Args:
            about: The groups and campaigns, or the content.
            marking: How far the bundle may be shared.
        """
        if isinstance(about, PublishedContent):
            attached, html = "content.html", self._content_page(about)
            scored = pl.DataFrame(schema=scores.SCHEMA)
        else:
            attached, html = "note.html", self.note("note", about).page
            scored = self._scores_of({row for each in about for row in each.members})
        request = export.Request(
            about=about,
            compared=self.compared,
            scores=scored,
            files=[AttachedFile(attached, "text/html", html.encode())],
            name=self.name,
            marking=marking,
            language=self.language,
        )
        return export.export(request)

    def _content_page(self, content: PublishedContent) -> str:
        posts = content.acts["post"].head(export.POSTS)
        return content_page.page(
            content.title(self.name), content.evidence(posts.len()), posts, self.compared, self.language
        )

    def dossier(
        self,
        subject: Subject,
        cases: Mapping[Language, Case],
        decisions: Excerpt,
        folders: Mapping[str, Path | None],
    ) -> bytes:
        """Return a group or campaign as a sealed dossier, with all that was compared and found beside it.

        Args:
            subject: The group or campaign.
            cases: What the operation knows of it beside, by language.
            decisions: What people decided in the operation.
            folders: Where the model of each target lies; None: it ships.

        Raises:
            DossierError: It would be larger than a dossier may be.
        """
        about = About(
            name=self.name,
            operation=decisions.operation,
            revision=self.revision,
            kind=subject.kind,
            track=subject.track,
            number=subject.place,
        )
        file = BytesIO()
        finding = Finding(
            about, self.engine, self.compared, self.limits, left_out=self.left_out, folders=folders, decisions=decisions,
            cases=cases,
        )  # fmt: skip
        seal(file, finding)
        return file.getvalue()

    def remembered(self, subject: Subject, name: str, source: str) -> KnownCampaign:
        """Return a group or campaign that people confirmed, as a known campaign.

        Args:
            subject: The group or campaign.
            name: What it is called from now on.
            source: Where it was confirmed.
        """
        return confirmed.of_subject(subject, self.compared, name=name, source=source)

    def subject(self, database: Database, kind: Kind, track: int) -> Subject:
        """Return the group or campaign that has a number over time.

        Args:
            database: Of the operation.
            kind: What it is.
            track: Its number.

        Raises:
            OperationNotFoundError: There is none, or it is not found any more.
        """
        with database.reading() as connection:
            members = questions.members(connection, kind, track)
        found = next(self._numbered(kind, {track: members}), None)
        if found is None:
            raise OperationNotFoundError(Message(f"operations.error.not_found_now.{kind}", {"track": track}))
        return found

    def content(self, content: str) -> PublishedContent:
        """Return a content that several accounts published.

        Args:
            content: An id that it has, or had in an earlier judgement.

        Raises:
            OperationNotFoundError: It is not found any more.
        """
        found = next((each for each in copied.find(self.compared) if content in each.ids), None)
        if found is None:
            raise OperationNotFoundError(message("operations.error.content_not_found_now"))
        posts, told = found.posts, found.content
        first = told.first_account
        is_member = pl.col("group").is_not_null() | pl.col("campaign").is_not_null()
        return PublishedContent(
            trace=told.trace,
            object=found.object,
            name=told.object,
            text=posts["text"][0] or "",
            first_account=f"@{first.handle}" if first.handle else first.account_id or "",
            first_time=told.first_time,
            last_time=told.last_time,
            accounts=told.accounts,
            posts=told.posts,
            grouped=posts.filter(is_member)["row"].n_unique(),
            acts=posts.select(
                account="row",
                post=pl.Series(found.positions, dtype=pl.Int64),
                time=pl.col("created_at").dt.epoch("s"),
                object=pl.lit(found.object),
            ),
        )

    def to_share(self, database: Database) -> list[Subject]:
        """Return the campaigns, and the groups of no campaign, that a platform of threats is to know.

        Those of strong evidence that nobody called a false positive, and those that somebody confirmed; others, such as newsrooms
        and activists, no more than act alike. What no judgement has found yet is not among them.

        Args:
            database: Of the operation.
        """
        within = {group for campaign in self.told.campaigns for group in campaign.groups}
        with database.reading() as connection:
            found = [
                each
                for kind in ("campaign", "group")
                for each in self._numbered(kind, questions.every_members(connection, kind))
                if each.kind == "campaign" or each.place not in within
            ]
            decided = decisions.standing(connection, [_as_decided(each) for each in found])
        said = {
            subject: {decision.decision for decision in of_subject} for subject, of_subject in decided.items()
        }
        return [
            each
            for each in found
            if "false_positive" not in (choices := said.get(_as_decided(each), set()))
            and (each.told.verdict == "strong" or "confirmed" in choices)
        ]

    def _numbered(self, kind: Kind, known: Mapping[int, Members]) -> Iterator[Subject]:
        """Yield groups or campaigns by the numbers that they have, those of strong evidence first.

        Args:
            kind: What is wanted.
            known: Members by number over time, as they were when each was last found.
        """
        candidates = list(
            subjects.campaigns(self.compared, self.told.campaigns)
            if kind == "campaign"
            else subjects.groups(self.compared, self.told.groups)
        )
        members = [frozenset(self._keys[row] for row in one.members) for one in candidates]
        steps = {step.number: step for step in follow(known, members) if step.change == "kept"}
        for place, candidate in enumerate(candidates):
            if place in steps:
                yield replace(candidate, track=steps[place].track)

    @cached_property
    def _keys(self) -> Mapping[int, str]:
        """Key of each account by its row, as members of groups are kept."""
        named = self.compared.accounts.select("row", *records.ACCOUNT).rows()
        return {row: records.account_key(platform, number).hex() for row, platform, number in named}

    def _scores_of(self, members: Collection[int]) -> pl.DataFrame:
        return self._scores.filter(pl.col("account").is_in(list(members)))

    @cached_property
    def _scores(self) -> pl.DataFrame:
        """Scores of the members of all groups and campaigns: a file asks for some of them several times."""
        members = (self.compared.groups["account"], self.compared.campaigns.members["account"])
        return scores.of(
            self.engine,
            self.compared.accounts,
            self.compared.posts,
            set(pl.concat(members)),
            self.language,
            self.compared.network.texts,
        )


def _as_decided(subject: Subject) -> TrackSubject:
    """Return a group or campaign that has a number over time as what people decide on."""
    assert subject.track is not None  # noqa: S101 - it has one
    return TrackSubject(subject.kind, subject.track)


def zipped(stem: str, note: page.Files) -> bytes:
    """Return a note and its annexes as one ZIP file.

    Args:
        stem: Name of the page without its ending.
        note: The note.
    """
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr(f"{stem}.html", note.page)
        for name, text in note.annexes.items():
            archive.writestr(name, text)
    return file.getvalue()


def found(
    database: Database,
    engine: ScoringEngine,
    limits: Limits,
    *,
    name: str,
    language: Language,
    progress: Callable[[str], None],
) -> Found:
    """Return what comparing all accounts of an operation finds.

    Args:
        database: Of the operation.
        engine: The models.
        limits: How much is looked at.
        name: What the operation is called.
        language: Of the files.
        progress: Called with the name of each step as it begins, and may raise to end the work.

    Raises:
        OperationNotFoundError: Fewer than two of its accounts have posts.
    """
    with database.reading() as connection:
        held = corpus.read(connection)
        engine = adaptation.judging(connection, engine)
        texts = compared_texts.read(connection)
    result = engine.score(held.accounts.drop("key"), held.posts, ["coordinated"], limits, progress, texts)
    compared = result.coordination.comparison if result.coordination else None
    if compared is None:
        raise OperationNotFoundError(message("operations.error.too_few"))
    left_out = tuple(result.notes)
    told = report(compared, language, engine.models.population()).beside(left_out, language)
    return Found(name, engine, limits, held.revision, compared, told, language, left_out)
