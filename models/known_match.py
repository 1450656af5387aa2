"""What an account has in common with a known campaign: told beside its verdict, and no part of any score."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

How = Literal[
    "account_id",
    "handle",
    "earlier_handle",
    "domain",
    "lookalike_domain",
    "page",
    "media",
    "text",
    "biography",
]
Role = Literal["used", "amplified", "named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMatch:
    """Something that an account shares with a known campaign: neither proof nor attribution."""

    how: How
    campaign: str
    source: Annotated[str, Field(description="Who says what is known of the campaign.")]
    role: Annotated[
        Role,
        Field(
            description="What the source says of the thing matched. used: the campaign uses it. amplified: the campaign spreads it, "
            "so that others do too. named: it stands in the report, no more."
        ),
    ]
    sentence: str
    value: Annotated[str, Field(description="What was seen here.")]
    known: Annotated[str | None, Field(description="What is known; null where only its digest is kept.")]
    field: Annotated[str, Field(description="Field of the account or of its posts that holds it.")]
    posts: Annotated[int, Field(description="Posts that hold it; 0 for a field of the account.")]
    post_ids: Annotated[list[str], Field(description="At most 5 of them, the earliest.")]
    known_from: Annotated[datetime | None, Field(description="From when it is known in the campaign.")]
    known_until: Annotated[
        datetime | None, Field(description="Until when, or when its source was published.")
    ]
    ordinary_share: Annotated[
        float | None,
        Field(
            description="At most this share of ordinary accounts matched this way when it was measured (95 % bound); null where it was "
            "not measured."
        ),
    ]
