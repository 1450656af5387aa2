"""Objects of OpenCTI are found on their platforms, or said not to name an account."""

from __future__ import annotations

from typing import Any

import pytest

from vigie.serving.known_campaigns.addresses import AccountAddress
from vigie_opencti.subjects import subject


@pytest.mark.parametrize(
    ("entity", "found"),
    [
        ({"type": "user-account", "account_type": "twitter", "user_id": "7", "account_login": "ann"}, ("x", None, "7")),
        ({"type": "user-account", "account_type": "Telegram", "account_login": "@ann_o"}, ("telegram", "ann_o", None)),
        ({"type": "channel", "name": "x.com/Ann"}, ("x", "Ann", None)),
        ({"type": "channel", "name": "https://www.youtube.com/channel/UC1"}, ("youtube", None, "UC1")),
        ({"type": "channel", "name": "https://www.facebook.com/profile.php?id=12"}, ("facebook", None, "12")),
        ({"type": "channel", "name": "@ann", "channel_types": ["Twitter"]}, ("x", "ann", None)),
    ],
)  # fmt: skip
def test_an_account_is_named_by_platform_and_id_or_handle(entity: Any, found: tuple[Any, ...]) -> None:
    assert subject(entity) == AccountAddress(*found)


@pytest.mark.parametrize(
    ("entity", "missing"),
    [
        ({"type": "user-account", "user_id": "7"}, "names no platform"),
        ({"type": "user-account", "account_type": "twitter"}, "no user_id and account_login"),
        ({"type": "user-account", "account_type": "twitter", "account_login": "Ann Other"}, "no handle"),
        ({"type": "channel", "name": "Ann's news"}, "no address of an account"),
        ({"type": "channel", "name": "ann", "channel_types": ["twitter", "telegram"]}, "one channel type"),
        ({"type": "channel", "name": "ann"}, "one channel type"),
    ],
)
def test_what_names_no_account_is_an_error_that_says_what_is_missing(entity: Any, missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        subject(entity)
