"""An address is given where it is certain, and is one that a page may link to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from vigie.serving.note import addresses

# Post 1790000000000000000 of X was written then.
NUMBER, WRITTEN = "1790000000000000000", datetime(2024, 5, 13, 12, 5, tzinfo=UTC)
POST = {"platform": "x", "permalink": None, "post_id": NUMBER, "created_at": WRITTEN}
SCHEMA: dict[str, Any] = {
    "platform": pl.String,
    "permalink": pl.String,
    "post_id": pl.String,
    "created_at": pl.Datetime("us", "UTC"),
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, f"https://x.com/i/status/{NUMBER}"),
        ({"created_at": WRITTEN + timedelta(hours=20)}, f"https://x.com/i/status/{NUMBER}"),
        ({"created_at": WRITTEN + timedelta(days=3)}, None),
        ({"created_at": None}, None),
        ({"platform": "facebook"}, None),
        ({"platform": None}, None),
        ({"post_id": "17"}, None),
        ({"post_id": "99999999999999999999"}, None),
        ({"post_id": f"{NUMBER}/../../evil"}, None),
        ({"platform": "vk", "permalink": "https://vk.example/wall1"}, "https://vk.example/wall1"),
        ({"permalink": "https://x.com/a/status/1"}, "https://x.com/a/status/1"),
        ({"permalink": "javascript:alert(1)"}, f"https://x.com/i/status/{NUMBER}"),
        ({"platform": "vk", "permalink": 'https://vk.example/"onclick=x'}, None),
        ({"platform": "vk", "permalink": "https://vk.example/\u202egnp"}, None),
        ({"platform": "vk", "permalink": "data:text/html,x"}, None),
    ],
)
def test_a_post_has_the_address_collected_or_one_that_its_id_and_time_prove(
    changed: dict[str, Any], expected: str | None
) -> None:
    posts = pl.DataFrame([POST | changed], schema=SCHEMA)
    assert posts.select(addresses.of_posts()).item() == expected


@pytest.mark.parametrize(
    ("platform", "handle", "expected"),
    [
        ("x", "some_body9", "https://x.com/some_body9"),
        ("x", "tGpRofwHLXI5iuye+ZDKVW8yVCic9m=", None),
        ("x", "sixteen_letters_", None),
        ("x", None, None),
        ("facebook", "somebody", None),
    ],
)
def test_a_profile_of_x_has_the_address_of_its_handle(
    platform: str, handle: str | None, expected: str | None
) -> None:
    accounts = pl.DataFrame(
        {"platform": [platform], "handle": [handle]}, schema_overrides={"handle": pl.String}
    )
    assert accounts.select(addresses.of_profiles()).item() == expected
