"""Files of an operation as answers: made for the API and for the console by the same hands, one comparison at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from vigie.features.coordination import baselines
from vigie.features.i18n import LANGUAGES, Language
from vigie.serving.api.admission import Abandoned, Admission
from vigie.serving.api.negotiation import spoken
from vigie.serving.dossier import decisions
from vigie.serving.models_in_use import ModelsInUse
from vigie.serving.note import page
from vigie.serving.note.technical import Case
from vigie.serving.operations import copied, questions
from vigie.serving.operations.case import case
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.exports import Found, found, zipped
from vigie.serving.operations.judgement import Kind
from vigie.serving.stix.objects import Marking

# As addresses name them.
FoundIn = Literal["groups", "campaigns"]
KINDS: dict[FoundIn, Kind] = {"groups": "group", "campaigns": "campaign"}
STIX, GRAPHML, ZIP = "application/stix+json", "application/graphml+xml", "application/zip"
# The note has its own style, and loads nothing.
_NOTE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"


@dataclass(frozen=True)
class Exporter:
    """Makes files of operations.

    Attributes:
        models_in_use: What compares.
        admission: Which requests are worked on at once.
        kept: The operations; raises where the service keeps none.
    """

    models_in_use: ModelsInUse
    admission: Admission
    kept: Callable[[], Catalogue]

    async def note(self, request: Request, operation: str, language: Language) -> Response:
        """Return the note on all that was found, as a page."""
        return await self._made(request, operation, language, lambda of: _page(of.note(operation)))

    async def note_archive(self, request: Request, operation: str, language: Language) -> Response:
        """Return the note on all that was found and its annexes, as a ZIP file."""
        return await self._made(
            request, operation, language, lambda of: _archive(operation, of.note(operation))
        )

    async def network(self, request: Request, operation: str, language: Language) -> Response:
        """Return the pairs beyond chance as GraphML."""
        return await self._made(
            request,
            operation,
            language,
            lambda of: _file(of.network().encode(), GRAPHML, f"{operation}.graphml"),
        )

    async def stix(
        self, request: Request, operation: str, kind: Kind, track: int, language: Language, marking: Marking
    ) -> Response:
        """Return a group or campaign as a STIX bundle."""

        def write(of: Found) -> Response:
            subject = of.subject(self.kept().database(operation), kind, track)
            return _file(
                of.stix([subject], marking).to_json().encode(), STIX, f"{_stem(operation, kind, track)}.json"
            )

        return await self._made(request, operation, language, write, _checked(kind, track))

    async def content_stix(
        self, request: Request, operation: str, content: str, language: Language, marking: Marking
    ) -> Response:
        """Return a content that several accounts published as a STIX bundle."""

        def write(of: Found) -> Response:
            bundle = of.stix(of.content(content), marking)
            return _file(bundle.to_json().encode(), STIX, f"{operation}-content-{content}.json")

        return await self._made(
            request, operation, language, write, lambda connection: copied.check(connection, content)
        )

    async def whole_stix(
        self, request: Request, operation: str, language: Language, marking: Marking
    ) -> Response:
        """Return the groups and campaigns to share as a STIX bundle."""

        def write(of: Found) -> Response:
            bundle = of.stix(of.to_share(self.kept().database(operation)), marking)
            return _file(bundle.to_json().encode(), STIX, f"{operation}.json")

        return await self._made(request, operation, language, write)

    async def technical_note(
        self,
        request: Request,
        operation: str,
        kind: Kind,
        track: int,
        language: Language,
        marking: Marking,
        *,
        zips: bool,
    ) -> Response:
        """Return the technical note on a group or campaign, as a page, or with its annexes as a ZIP file."""

        def write(of: Found) -> Response:
            stem, database = _stem(operation, kind, track), self.kept().database(operation)
            known = self._case(of, operation, kind, track, language, marking)
            subject = of.subject(database, kind, track)
            note = of.technical_note(stem, subject, known)
            return _archive(stem, note) if zips else _page(note)

        return await self._made(request, operation, language, write, _checked(kind, track))

    async def dossier(
        self, request: Request, operation: str, kind: Kind, track: int, language: Language, marking: Marking
    ) -> Response:
        """Return a group or campaign as a sealed dossier."""
        folders = {target: watched.folder for target, watched in self.models_in_use.champions.items()}

        def write(of: Found) -> Response:
            subject = of.subject(self.kept().database(operation), kind, track)
            cases = {each: self._case(of, operation, kind, track, each, marking) for each in LANGUAGES}
            sealed = of.dossier(subject, cases, decisions.excerpt(self.kept(), operation), folders)
            return _file(sealed, ZIP, f"{_stem(operation, kind, track)}-dossier.zip")

        return await self._made(request, operation, language, write, _checked(kind, track))

    def _case(
        self, of: Found, operation: str, kind: Kind, track: int, language: Language, marking: Marking
    ) -> Case:
        catalogue = self.kept()
        with catalogue.database(operation).reading() as connection:
            return case(
                connection,
                kind,
                track,
                operation=operation,
                revision=of.revision,
                languages=catalogue.get(operation).theme.languages,
                marking=marking,
                rates=of.engine.baseline or baselines.shipped(),
                language=language,
            )

    async def _made(
        self,
        request: Request,
        operation: str,
        language: Language,
        write: Callable[[Found], Response],
        check: Callable[[Connection], object] | None = None,
    ) -> Response:
        def work(abandoned: Abandoned) -> Response:
            catalogue = self.kept()
            database = catalogue.database(operation)
            if check is not None:
                with database.reading() as connection:
                    check(connection)  # before anything is compared
            made = write(
                found(
                    database,
                    self.models_in_use.engine,
                    self.models_in_use.limits,
                    name=catalogue.get(operation).title,
                    language=language,
                    progress=abandoned.go_on,
                )
            )
            made.headers.update(spoken(language))
            return made

        return await self.admission.run(request, None, work)


def _checked(kind: Kind, track: int) -> Callable[[Connection], object]:
    """Return what raises where there is no group or campaign by a number."""
    return lambda connection: questions.members(connection, kind, track)


def _stem(operation: str, kind: Kind, track: int) -> str:
    return f"{operation}-{kind}-{track}"


def _page(note: page.Files) -> Response:
    return HTMLResponse(note.page, headers={"Content-Security-Policy": _NOTE_POLICY})


def _archive(stem: str, note: page.Files) -> Response:
    return _file(zipped(stem, note), ZIP, f"{stem}.zip")


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(
        content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
