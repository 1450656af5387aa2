"""The shape of cases that are sent, and of lists of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.features.json_object import JsonObject
from vigie.serving.api.schemas.decisions import SAYS_SOMETHING, TEXT, Name, Reason
from vigie.serving.operations.cases import Addition, Case, CaseSubject, File, State

# A link of the web, and the hexadecimal digits of a digest.
_ADDRESS, _DIGEST = r"^https?://[^\s\x00/?#\"'<>\\]+[^\s\x00\"'<>\\]*$", r"^[0-9a-f]{64}$"
_MOST_SUBJECTS, _MOST_FILES = 1_000, 20
_Title = Annotated[str, Field(min_length=1, max_length=200, pattern=TEXT), SAYS_SOMETHING]
_Subjects = Annotated[list[CaseSubject], Field(max_length=_MOST_SUBJECTS)]
EXAMPLE: JsonObject = {
    "title": "Accounts that share the harbour pictures",
    "subjects": [{"kind": "campaign", "track": 1}],
    "by": "A. Martin",
    "note": "Found by the watch this morning.",
}


class CaseFile(BaseModel):
    """Something that lies elsewhere."""

    model_config = ConfigDict(extra="forbid")

    name: _Title
    url: Annotated[str | None, Field(max_length=2_000, pattern=_ADDRESS, description="Where it lies.")] = None
    sha256: Annotated[str | None, Field(pattern=_DIGEST, description="Digest of its bytes.")] = None

    @model_validator(mode="after")
    def _is_found(self) -> CaseFile:
        if self.url is None and self.sha256 is None:
            raise ValueError("a file needs its url or its sha256; files themselves are not kept here")
        return self


class CaseOpening(BaseModel):
    """A case that is opened."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    title: _Title
    subjects: _Subjects = []
    by: Name
    note: Reason


class CaseAddition(BaseModel):
    """What somebody adds to a case."""

    model_config = ConfigDict(extra="forbid")

    by: Name
    note: Reason
    after: Annotated[
        int,
        Field(ge=1, le=2**62, description="The last entry that you saw. Another one in between is a 409."),
    ]
    state: Annotated[State | None, Field(description="What the case becomes; null: it stays what it is.")] = (
        None
    )
    subjects: _Subjects = []
    files: Annotated[list[CaseFile], Field(max_length=_MOST_FILES)] = []

    def addition(self) -> Addition:
        """Return it as the operation takes it."""
        files = [File(each.name, each.url, each.sha256) for each in self.files]
        return Addition(self.by, self.note, self.after, self.state, self.subjects, files)


@dataclass(frozen=True, slots=True)
class CaseList:
    """Cases, those that were changed last first."""

    cases: list[Case]
