"""The shape of decisions and assessments that are sent, and of lists of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from vigie.features.json_object import JsonObject
from vigie.serving.note.person_fields import FieldName
from vigie.serving.operations.assessment import CriterionName
from vigie.serving.operations.decisions import (
    AccountSubject,
    ContentSubject,
    CriterionSubject,
    Decision,
    Statement,
    Target,
    TrackSubject,
)
from vigie.serving.operations.judgement import Kind
from vigie.serving.operations.note_fields import Texts

EXAMPLE: JsonObject = {
    "subject": {"kind": "account", "platform": "x", "account_id": "1000000000000000001"},
    "target": "coordinated",
    "decision": "false_positive",
    "by": "A. Martin",
    "why": "Supporters of a club who share its calendar; two of them were called.",
    "after": None,
}
# PostgreSQL keeps no text with NUL in it.
TEXT = r"^[^\x00]*$"


def _says_something(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "a text that says something is wanted")
    return text


# Of texts that somebody answers for: spaces alone name nobody and give no reason.
SAYS_SOMETHING = AfterValidator(_says_something)
Name = Annotated[
    str, Field(min_length=1, max_length=200, pattern=TEXT, description="Who decides."), SAYS_SOMETHING
]
Reason = Annotated[str, Field(min_length=1, max_length=4000, pattern=TEXT), SAYS_SOMETHING]
After = Annotated[
    int | None,
    Field(
        ge=1,
        le=2**62,
        description="The last decision on the subject and target that you saw; null: there was none. Another one in between is a 409.",
    ),
]


class DecisionRequest(BaseModel):
    """A decision on an account, a group, a campaign or a content."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    subject: Annotated[AccountSubject | TrackSubject | ContentSubject, Field(discriminator="kind")]
    target: Target = Field(description="What the subject was flagged as.")
    decision: Literal["confirmed", "false_positive", "cannot_tell"]
    by: Name
    why: Reason
    after: After = None

    def statement(self) -> Statement:
        """Return it as the operation takes it."""
        return Statement(self.subject, self.target, self.decision, self.by, self.why, self.after)


# Decisions made or taken back at once.
_MOST = 1_000


class DecisionsRequest(BaseModel):
    """Several decisions, kept all together or not at all."""

    model_config = ConfigDict(extra="forbid")

    decisions: Annotated[list[DecisionRequest], Field(min_length=1, max_length=_MOST)]


class WithdrawalRequest(BaseModel):
    """Decisions that are taken back, all together or not at all."""

    model_config = ConfigDict(extra="forbid")

    decisions: Annotated[
        list[Annotated[int, Field(ge=1, le=2**62)]],
        Field(
            min_length=1,
            max_length=_MOST,
            description="Ids, each of the last decision on its subject and target.",
        ),
    ]
    by: Name
    why: Reason


class CriterionRequest(BaseModel):
    """What somebody says of one criterion."""

    model_config = ConfigDict(extra="forbid")

    criterion: CriterionName
    answer: Literal["met", "not_met", "cannot_tell"]
    by: Name
    why: Reason
    after: After = None

    def statement(self, kind: Kind, track: int) -> Statement:
        """Return it as the operation takes it.

        Args:
            kind: Of what is assessed.
            track: Its number over time.
        """
        subject = CriterionSubject(kind, track, self.criterion)
        return Statement(subject, None, self.answer, self.by, self.why, self.after)


class NoteFieldsRequest(BaseModel):
    """What somebody writes into the technical note on a group or campaign."""

    model_config = ConfigDict(extra="forbid")

    fields: Annotated[
        dict[FieldName, Annotated[str, Field(max_length=4000, pattern=TEXT)]],
        Field(
            min_length=1,
            description="Text by field; an empty one empties the field. Fields that are left out stay.",
        ),
    ]
    by: Annotated[
        str, Field(min_length=1, max_length=200, pattern=TEXT, description="Who writes."), SAYS_SOMETHING
    ]
    after: Annotated[
        int | None,
        Field(
            ge=1,
            le=2**62,
            description="The last entry of the note that you saw; null: there was none. Another one in between is a 409.",
        ),
    ] = None

    def texts(self) -> Texts:
        """Return it as the operation takes it."""
        return Texts(self.fields, self.by, self.after)


@dataclass(frozen=True, slots=True)
class DecisionList:
    """Decisions after one, in order."""

    decisions: list[Decision]
    last: Annotated[int, Field(description="Ask for those after this one next.")]


@dataclass(frozen=True, slots=True)
class Label:
    """A label, as the contract describes it."""

    platform: str
    account_id: str
    target: Target
    value: bool
    kind: str | None
    campaign: str | None
    source: str
    strength: str


@dataclass(frozen=True, slots=True)
class LabelList:
    """The labels that decisions give, one per account and target."""

    labels: list[Label]
