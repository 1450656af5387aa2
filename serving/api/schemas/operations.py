"""The shape of requests to operations, and of answers that no other room defines."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from vigie.features.json_object import JsonObject
from vigie.serving.api.schemas.decisions import SAYS_SOMETHING
from vigie.serving.api.schemas.requests import Account, Post
from vigie.serving.operations.alerts import Alert
from vigie.serving.operations.catalogue import Operation, Theme
from vigie.serving.operations.copied import CopiedContent, Publications
from vigie.serving.operations.decisions import Decision
from vigie.serving.operations.judgement import Hour
from vigie.serving.operations.post_list import PostFilters, PostOrder
from vigie.serving.operations.questions import Tracked
from vigie.serving.operations.selection import Selected

EXAMPLE: JsonObject = {
    "title": "Harbour election, second round",
    "theme": {
        "hashtags": ["HarbourVote"],
        "keywords": ["harbour"],
        "platforms": ["x", "facebook"],
        "languages": ["en"],
    },
    "legal_basis": "Decree 2021-922, article 1",
    "expires_at": "2030-06-30T00:00:00Z",
    "retention_days": 120,
}
SELECTION_EXAMPLE: JsonObject = {"subjects": [{"kind": "campaign", "track": 1}]}
# PostgreSQL keeps every character but this one.
_TEXT = r"^[^\x00]*$"
_Title = Annotated[str, Field(min_length=1, max_length=200, pattern=_TEXT), SAYS_SOMETHING]
_Basis = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        pattern=_TEXT,
        description="What allows the collection: the text and the article.",
    ),
    SAYS_SOMETHING,
]
_Days = Annotated[
    int,
    Field(ge=1, le=3660, description="Posts received longer ago are forgotten; null: all at the expiry."),
]
_Words = Annotated[list[Annotated[str, Field(max_length=200, pattern=_TEXT)]], Field(max_length=500)]


# A field that is left out stays as it is.
_UNCHANGED: Any = None


class ThemeRequest(BaseModel):
    """What an operation watches."""

    model_config = ConfigDict(extra="forbid")

    keywords: _Words = Field(default=[])
    hashtags: _Words = Field(default=[])
    platforms: _Words = Field(default=[])
    languages: _Words = Field(default=[])

    def theme(self) -> Theme:
        """Return it as the catalogue takes it."""
        return Theme(**self.model_dump())


class OperationRequest(BaseModel):
    """An operation to open."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    title: _Title
    theme: ThemeRequest = Field(default=ThemeRequest())
    legal_basis: _Basis
    expires_at: AwareDatetime = Field(description="When all that is of persons is forgotten.")
    retention_days: _Days | None = None


class OperationChanges(BaseModel):
    """What is to be changed of an operation; what is left out stays, and only retention_days may be null."""

    model_config = ConfigDict(extra="forbid")

    title: _Title = _UNCHANGED
    theme: ThemeRequest = _UNCHANGED
    legal_basis: _Basis = _UNCHANGED
    expires_at: AwareDatetime = _UNCHANGED
    retention_days: _Days | None = None


class ObservedAccounts(BaseModel):
    """Accounts with their posts, as for a score; observed_at may be left out: they are seen when they are received."""

    model_config = ConfigDict(extra="allow")

    accounts: list[Account] = Field(min_length=1)


class ObservedPost(Post):  # type: ignore[misc]  # made field by field from the contract
    """A post that names its author."""

    platform: str = Field(description="Platform of the author.")
    account_id: str | int = Field(description="Platform id of the author.")
    post_id: str | int = Field(description="Its id on the platform.")


class ObservedPosts(BaseModel):
    """Posts that name their authors."""

    model_config = ConfigDict(extra="allow")

    posts: list[ObservedPost] = Field(min_length=1)


class Selection(BaseModel):
    """Accounts of an operation."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SELECTION_EXAMPLE]})

    subjects: Annotated[
        list[Selected],
        Field(
            min_length=1,
            max_length=20_000,
            description="Accounts, and groups and campaigns with their members; an account counts once.",
        ),
    ]


_Asked = Annotated[str | None, Field(max_length=400, pattern=_TEXT)]
_Number = Annotated[int | None, Field(ge=0, le=2**62)]


def _in_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError:  # of a zone in which it is before the first time there is in UTC, or after the last
        return (datetime.min if time.year == 1 else datetime.max).replace(tzinfo=UTC)


_Time = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class PostQuery(BaseModel):
    """Which posts are asked for, in which order, and which of them are told."""

    platform: _Asked = Field(default=None)
    account_id: _Asked = Field(
        default=None, description="Of the author, on the platform that is named beside it."
    )
    hashtag: _Asked = Field(default=None, description="However it is written.")
    since: _Time | None = Field(default=None, description="Published then or later.")
    until: _Time | None = Field(default=None, description="Published before.")
    weekday: int | None = Field(default=None, ge=0, le=6, description="In UTC; 0 is Monday.")
    hour: int | None = Field(default=None, ge=0, le=23, description="In UTC.")
    content: _Asked = Field(default=None, description="Id of a content that they hold.")
    wording: _Number = Field(default=None, description="Place of its wording among those of the content.")
    group: _Number = Field(default=None, description="Number over time of the group of the author.")
    campaign: _Number = Field(default=None, description="The same of its campaign.")
    sort: PostOrder = "latest"
    offset: int = Field(default=0, ge=0, le=2**31)
    limit: int = Field(default=100, ge=1, le=1000)

    def filters(self) -> PostFilters:
        """Return which posts they are."""
        return PostFilters(**self.model_dump(include={each.name for each in fields(PostFilters)}))


@dataclass(frozen=True, slots=True)
class OperationList:
    """Every operation, the newest first."""

    operations: list[Operation]


@dataclass(frozen=True, slots=True)
class TrackList:
    """Groups or campaigns over time: those found last first."""

    judged_revision: int
    found: list[Tracked]


@dataclass(frozen=True, slots=True)
class ContentList:
    """What several accounts published as their own, of most accounts first."""

    judged_revision: int
    contents: list[CopiedContent]
    decisions: Annotated[
        list[Decision], Field(description="The last decision on each of them, for each target.")
    ]


@dataclass(frozen=True, slots=True)
class ContentAnswer:
    """One content: who published it, when and in which words."""

    judged_revision: int
    published: Publications
    decisions: Annotated[list[Decision], Field(description="The last decision on it, for each target.")]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What was posted, hour by hour."""

    judged_revision: int
    hours: list[Hour]


@dataclass(frozen=True, slots=True)
class AlertList:
    """Alerts after one, in order."""

    alerts: list[Alert]
    last: Annotated[int, Field(description="Ask for those after this one next.")]
