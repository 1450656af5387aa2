"""The shape of requests, for OpenAPI: accounts and posts come from the contract, field by field.

Frame and options of a request (:class:`Envelope`, :class:`Options`) are validated here; its accounts are read column by column in
:mod:`vigie.features.ingest.parsing`, so that one bad account does not spoil the others and twenty thousand posts take
milliseconds. The contract tests hold the two together.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import AliasChoices, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from vigie.features import schema
from vigie.features.i18n import Language
from vigie.features.ingest.ids import NAMES as IDS
from vigie.features.ingest.nested_posts import FROM_ACCOUNT, POSTS
from vigie.features.ingest.validation import ADDRESS, HIGHEST_COUNT, LONGEST_PLATFORM, LONGEST_VECTOR
from vigie.features.json_object import JsonObject
from vigie.serving.settings import ACCOUNT_WORK, MOST_REASONS

# Something that is not blank.
_WRITTEN = r"\S"
_Id = Annotated[str, Field(min_length=1)] | int
_Count = Annotated[int, Field(ge=0, le=HIGHEST_COUNT)]
_LARGEST_FLOAT = 3.4028234663852886e38  # of 32 bits
_TYPES: dict[pl.DataType, Any] = {
    pl.String(): str,
    pl.Int64(): _Count,
    pl.Boolean(): bool,
    schema.TIME: AwareDatetime,
    schema.TEXTS: list[str],
    schema.VECTOR: Annotated[
        list[Annotated[float, Field(ge=-_LARGEST_FLOAT, le=_LARGEST_FLOAT)]],
        Field(min_length=1, max_length=LONGEST_VECTOR),
    ],
}
# Fields that keep a rule of their own, see :mod:`vigie.features.ingest.validation`.
_RULED: dict[str, Any] = {
    "account_id": Annotated[str, Field(pattern=_WRITTEN)] | int,
    "platform": Annotated[str, Field(pattern=_WRITTEN, max_length=LONGEST_PLATFORM)],
    "permalink": Annotated[str, Field(pattern=ADDRESS)],
}

EXAMPLE: JsonObject = {
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


def _shared_pages(account: int) -> list[JsonObject]:
    """Return posts of an invented account: the first three link the same new pages within eight seconds."""
    morning = datetime(2024, 5, 14, 8, tzinfo=UTC)
    called = [(f"quay.example.org/{act}", timedelta(hours=9 * act, seconds=4 * account)) for act in range(5)]
    read = [
        (
            f"paper.example.org/{(account + 2 * page) % 6}",
            timedelta(minutes=(397 * account + 731 * page) % 2880),
        )
        for page in range(3)
    ]
    return [
        {
            "post_id": f"{account}-{place}",
            "created_at": f"{morning + after:%Y-%m-%dT%H:%M:%SZ}",
            "text": f"Worth a look https://{page}",
        }
        for place, (page, after) in enumerate(called * (account < 3) + read)
    ]


NETWORK_EXAMPLE: JsonObject = {
    "accounts": [
        {
            "platform": "x",
            "account_id": str(account),
            "handle": f"{'quay' if account < 3 else 'reader'}_{account}",
            "observed_at": "2024-05-20T00:00:00Z",
            "posts": _shared_pages(account),
        }
        for account in range(12)
    ],
    "language": "en",
}


def _profile(account: int) -> JsonObject:
    """Return an invented profile: the first twelve were created within three days and have no biography."""
    alike = account < 12
    created = datetime(2021, 3, 1, 9, tzinfo=UTC) + (
        timedelta(hours=5 * account) if alike else timedelta(days=61 * (account - 26))
    )
    return {
        "platform": "x",
        "account_id": str(account),
        "handle": f"quay{account:08}" if alike else f"{'reader' if account % 2 else 'Harbour'}_{account}",
        "description": "" if alike else f"Reader number {account} of the harbour news",
        "created_at": f"{created:%Y-%m-%dT%H:%M:%SZ}",
        "observed_at": "2024-05-20T00:00:00Z",
    }


GROUP_TEST_EXAMPLE: JsonObject = {"accounts": [_profile(account) for account in range(40)], "language": "en"}


def _field(item: schema.Field, *, ids: bool) -> tuple[Any, FieldInfo]:
    """Return a pydantic field of a contract field."""
    kind: Any = _TYPES[item.dtype]
    if item.name in _RULED:
        kind = _RULED[item.name]
    elif item.name in IDS:
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
    item.name: _field(item, ids=False) for item in schema.POST_FIELDS if item.name not in FROM_ACCOUNT
}
Post = create_model(
    "Post",
    __doc__="A post; its author is the account it stands in. Without post_id it is called #0, #1, …",
    __config__=ConfigDict(
        extra="allow", json_schema_extra={"examples": [EXAMPLE["accounts"][0]["posts"][0]]}
    ),
    **_POST_FIELDS,
)
_ACCOUNT_FIELDS: dict[str, Any] = {item.name: _field(item, ids=True) for item in schema.ACCOUNT_FIELDS}
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


# The field of a request that holds its accounts.
ACCOUNTS = "accounts"


class Envelope(BaseModel):
    """The frame of a request: accounts not looked into yet."""

    accounts: list[Any] = Field(min_length=1)


class Options(BaseModel):
    """What a request asks, beside its accounts: fields of the frame, or of the address where the body is lines."""

    model_config = ConfigDict(extra="ignore")

    language: Language | None = Field(
        default=None, description="Language of the sentences; null: by Accept-Language, else English."
    )


def _whole(value: Any) -> Any:
    """Return a number without the decimals of nought that JSON allows to whole numbers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class ScoreOptions(Options):
    """What a request for scores asks."""

    targets: list[Literal[schema.TARGETS]] = Field(  # type: ignore[valid-type]
        default=list(schema.TARGETS),
        min_length=1,
        description="What is asked; coordinated compares the accounts with each other and takes most of the time.",
    )
    operation: Annotated[str, Field(max_length=64)] | None = Field(
        default=None,
        description="An operation among whose accounts these are compared; they are not kept in it. Null: among each other.",
    )
    top_reasons: Annotated[int, Field(strict=True), BeforeValidator(_whole)] = Field(
        default=5, ge=0, le=MOST_REASONS, description="Reasons per account, strongest first; 0 for none."
    )


_Accounts = Annotated[
    list[Account],  # type: ignore[valid-type]
    Field(
        min_length=1,
        description=(
            f"1 account or more. Each counts as {ACCOUNT_WORK} posts; accounts and posts together make 400,000 at most, as "
            "this service is set."
        ),
    ),
]


class ScoreRequest(ScoreOptions):
    """Accounts to score. Unknown fields are not refused: the answer lists them."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [EXAMPLE]})

    accounts: _Accounts


class NetworkRequest(Options):
    """Accounts to compare by their posts. Unknown fields are not refused: the answer lists them."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [NETWORK_EXAMPLE]})

    accounts: _Accounts


class GroupTestRequest(Options):
    """A list of accounts to test as a group by their profiles. Unknown fields are not refused: the answer lists them."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [GROUP_TEST_EXAMPLE]})

    accounts: Annotated[
        list[Account],  # type: ignore[valid-type]
        Field(
            min_length=1,
            max_length=20_000,
            description="1 to 20,000 accounts, each once; posts are not looked at.",
        ),
    ]
