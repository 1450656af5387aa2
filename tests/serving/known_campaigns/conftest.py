"""A few invented accounts and posts, and a memory of an invented campaign."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from vigie.features import schema
from vigie.serving.known_campaigns.types import Indicator, KnownAccount, KnownCampaign, Memory, Source

SEEN = datetime(2025, 1, 1, tzinfo=UTC)
TEXT = "The harbour will close tomorrow and nobody tells the people of the town why"
BIOGRAPHY = "Mother of three, lover of boats and of the sea, born in the old harbour"
PICTURE = "f0e1d2c3b4a59687"

Collection = tuple[pl.DataFrame, pl.DataFrame]


@pytest.fixture(scope="session")
def collection() -> Callable[..., Collection]:
    """Return a function that makes accounts, given as fields and posts."""

    def make(*people: dict[str, Any]) -> Collection:
        accounts, posts = [], []
        for place, person in enumerate(people):
            number = person.get("account_id", str(place))
            fields = {name: value for name, value in person.items() if name != "posts"}
            accounts.append({"platform": "x", "observed_at": SEEN, **fields, "account_id": number})
            posts += [
                {
                    "row": place, "post_id": f"{place}-{turn}", "account_id": number,
                    "created_at": SEEN - timedelta(hours=9 - turn), **post,
                }
                for turn, post in enumerate(person.get("posts", []))
            ]  # fmt: skip
        of_accounts, of_posts = schema.schema("accounts"), schema.schema("posts")
        columns = {
            "row": pl.UInt32(),
            **{name: dtype for name, dtype in of_posts.items() if name != "platform"},
        }
        return (
            pl.DataFrame(accounts, schema=of_accounts, orient="row").with_row_index("row"),
            pl.DataFrame(posts, schema=columns, orient="row"),
        )

    return make


@pytest.fixture(scope="session")
def campaign() -> KnownCampaign:
    return KnownCampaign(
        name="Harbour",
        source=Source(name="Invented report", published=datetime(2024, 6, 1, tzinfo=UTC)),
        accounts=(
            KnownAccount(platform="x", account_id="77", handle="Ann_Other", description=BIOGRAPHY),
            KnownAccount(platform="telegram", handle="harbour_news", role="named"),
            KnownAccount(handle="anywhere_else"),
        ),
        indicators=(
            Indicator(kind="domain", value="gazette.ltd"),
            Indicator(kind="domain", value="agency.example", role="amplified"),
            Indicator(kind="page", value="blog.example/harbour"),
            Indicator(kind="media", value=PICTURE),
            Indicator(kind="text", value=TEXT),
        ),
    )


@pytest.fixture(scope="session")
def memory(campaign: KnownCampaign) -> Memory:
    return Memory(campaigns=(campaign,))
