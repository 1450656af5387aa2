"""The shape of requests and answers, for OpenAPI: accounts and posts come from the contract, field by field.

The frame of a request (:class:`Envelope`) is validated here; its accounts are read column by column in
:mod:`vigie.features.batch`, so that one bad account does not spoil the others and twenty thousand posts take
milliseconds. The contract tests hold the two together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import polars as pl
from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from vigie.features import contract
from vigie.features.batch import FROM_ACCOUNT, IDS, POSTS
from vigie.features.sentences import Language
from vigie.serving.problems import Problem
from vigie.serving.settings import MOST_REASONS

_Id = Annotated[str, Field(min_length=1)] | int
_Count = Annotated[int, Field(ge=0, le=10**13)]
_TYPES: dict[pl.DataType, Any] = {
    pl.String(): str,
    pl.Int64(): _Count,
    pl.Boolean(): bool,
    contract.TIME: AwareDatetime,
    contract.TEXTS: list[str],
}

EXAMPLE: dict[str, Any] = {
    "accounts": [
        {
            "platform": "x",
            "account_id": "1000000000000000001",
            "handle": "harbour_news24",
            "display_name": "Harbour News",
            "description": "All the news of the harbour, all day long.",
            "location": "",
            "created_at": "2024-03-02T08:15:00Z",
            "observed_at": "2024-05-16T12:00:00Z",
            "followers_count": 41,
            "following_count": 1203,
            "posts_count": 5210,
            "likes_given_count": 12,
            "listed_count": 0,
            "verified": False,
            "has_profile_image": True,
            "posts": [
                {
                    "post_id": str(2000 + index),
                    "created_at": f"2024-05-{13 + index // 8:02}T{9 + index % 8:02}:00:{10 + index % 3:02}Z",
                    "text": f"{12 + index} places left for the harbour market! https://market.example.org",
                    "kind": "original" if index % 3 else "repost",
                    "like_count": 0,
                    "repost_count": 1,
                    "reply_count": 0,
                }
                for index in range(24)
            ],
        }
    ],
    "language": "en",
    "top_reasons": 5,
}


def _field(item: contract.Field, *, ids: bool) -> tuple[Any, FieldInfo]:
    """Return a pydantic field of a contract field."""
    kind: Any = _TYPES[item.dtype]
    if item.name in IDS:
        kind = _Id
    elif item.allowed:
        kind = Literal[item.allowed]
    required = item.required and (ids or item.name != "post_id")
    shown = f"{item.doc} Unit: {item.unit}." + (
        f" Also read under the names {', '.join(item.aliases)}." if item.aliases else ""
    )
    info: Any = Field(
        default=... if required else None,
        description=shown,
        validation_alias=AliasChoices(item.name, *item.aliases),
    )
    return (kind if required else kind | None), info


_POST_FIELDS: dict[str, Any] = {
    item.name: _field(item, ids=False) for item in contract.POST_FIELDS if item.name not in FROM_ACCOUNT
}
Post = create_model(
    "Post",
    __doc__="A post; its author is the account it stands in. Without post_id it is called #0, #1, …",
    __config__=ConfigDict(
        extra="allow", json_schema_extra={"examples": [EXAMPLE["accounts"][0]["posts"][0]]}
    ),
    **_POST_FIELDS,
)
_ACCOUNT_FIELDS: dict[str, Any] = {item.name: _field(item, ids=True) for item in contract.ACCOUNT_FIELDS}
_ACCOUNT_FIELDS[POSTS] = (
    list[Post] | None,  # type: ignore[valid-type]
    Field(default=None, description="Its posts, in any order; the most recent 200 are read."),
)
Account = create_model(
    "Account",
    __doc__="An account as it was seen at observed_at. Leave out, or null, what is not known.",
    __config__=ConfigDict(extra="allow"),
    **_ACCOUNT_FIELDS,
)


class Envelope(BaseModel):
    """The frame of a request: options, and accounts not looked into yet."""

    model_config = ConfigDict(extra="ignore")

    accounts: list[Any] = Field(min_length=1, description="1 to 500 accounts.")
    language: Language | None = Field(
        default=None, description="Language of the sentences; null: by Accept-Language, else English."
    )
    top_reasons: Annotated[int, Field(strict=True)] = Field(
        default=5, ge=0, le=MOST_REASONS, description="Reasons per account, strongest first; 0 for none."
    )


class ScoreRequest(Envelope):
    """Accounts to score. Unknown fields are not refused: the answer lists them."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [EXAMPLE]})

    accounts: list[Account] = Field(min_length=1, max_length=500, description="1 to 500 accounts.")  # type: ignore[valid-type]


class ModelIdentity(BaseModel):
    """What to keep beside a score."""

    name: str
    version: str = Field(description="Digest of the model.")
    feature_set: str = Field(description="Fingerprint of the features it reads.")


class DroppedPosts(BaseModel):
    """Posts that were not read, and why."""

    count: int
    field: str | None = Field(description="The field at fault, or null.")
    reason: str = Field(
        description="Why; of several posts with a fault in the same field, that of the first."
    )


class IgnoredField(BaseModel):
    """A field that is not of the contract."""

    field: str
    nearest: str | None = Field(description="The known field with the nearest name.")


class Coverage(BaseModel):
    """What there was to judge by."""

    tier: str = Field(description="Parts of the model that spoke: profile, posts, profile+posts or none.")
    posts: int = Field(description="Posts read.")
    posts_supplied: int
    missing: list[str] = Field(description="Groups of features with no value at all.")
    partial: list[str] = Field(description="Groups of features with some values missing.")
    dropped_posts: list[DroppedPosts]
    ignored_fields: list[IgnoredField]


class Reason(BaseModel):
    """What moved the score."""

    group: str
    feature: str
    value: float
    percentile: float | None = Field(description="Share of the reference accounts below it, in percent.")
    contribution: float = Field(description="Addition to the log-odds.")
    sentence: str
    post_ids: list[str] = Field(description="Most recent posts that show it.")


class Scored(BaseModel):
    """A score."""

    status: Literal["scored"]
    probability: float = Field(description="At the assumed prevalence.", ge=0, le=1)
    interval: Annotated[list[float], Field(min_length=2, max_length=2)] = Field(description="90 %.")
    assumed_prevalence: float
    at_prevalence: dict[str, float] = Field(description="The probability where 10, 1, 0.1 % are inauthentic.")
    band: str
    reasons: list[Reason]


class Abstained(BaseModel):
    """No score, and why."""

    status: Literal["abstained"]
    why: str
    code: str


class Result(BaseModel):
    """The answer for one account: a verdict, or an error."""

    model_config = ConfigDict(extra="forbid")

    platform: str | None
    account_id: str | None
    coverage: Coverage | None = None
    inauthentic: Annotated[Scored | Abstained, Field(discriminator="status")] | None = None
    error: Problem | None = None


class ScoreResponse(BaseModel):
    """One result per account, in the order of the request."""

    model: ModelIdentity
    language: Language
    results: list[Result]
    ignored_fields: list[str] = Field(description="Unknown fields of the request itself.")


class ModelResponse(ModelIdentity):
    """What the model is and how far it may be trusted."""

    target: str
    criterion_3_only: Literal[True]
    note: str
    assumed_prevalence: float
    bands: dict[str, float] = Field(description="Lower end of each band of probability.")
    floors: dict[str, float] = Field(description="Below these the model abstains.")
    figures: Any = Field(description="Measured on sources the model had not seen.")
    data: Any = Field(description="What it was trained on.")
    card: str = Field(description="Model card, Markdown.")


class FeatureResponse(BaseModel):
    """One measurement."""

    name: str
    group: str
    doc: str
    unit: str
    low: float
    high: float | None
    needs_posts: int
    english: str
    french: str
    evidence: str
    monotone: int
    leak: str = Field(description="Why the model must not read it, or empty.")
    source: str
    in_model: bool


class Health(BaseModel):
    """A sign of life."""

    status: Literal["alive", "ready"]
