"""What profiles share is found, counted inside and outside the group, and shown safely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.report import profile_traits

START = datetime(2024, 5, 1, 8, tzinfo=UTC)
NOTHING = {"members": 0, "object": None, "sharing": None, "outside": None}


def people(*rows: Mapping[str, object]) -> pl.DataFrame:
    columns = {"row": pl.UInt32(), **schema.schema("accounts")}
    return pl.DataFrame(
        [{"row": row, "platform": "x", **one} for row, one in enumerate(rows)], schema=columns
    )


def told(accounts: pl.DataFrame, trace: str, members: int = 3) -> dict[str, Any]:
    """Return what the first accounts share as a group."""
    group = pl.DataFrame(
        {"account": range(members), "group": [4] * members}, schema=dict.fromkeys(("account", "group"), pl.Int64)
    )  # fmt: skip
    found = profile_traits.shared(accounts, group, None)
    assert set(found) == {4}
    assert set(found[4]) == set(profile_traits.TRAITS)
    return asdict(found[4][trace])


def created(*minutes: float, **more: object) -> list[dict[str, object]]:
    return [{"created_at": START + timedelta(minutes=minute)} | more for minute in minutes]


def test_accounts_created_minutes_apart_are_one_burst_that_ends_at_a_longer_gap() -> None:
    said = told(people(*created(0, 9, 18, 27, 37.1, 300)), "creation_burst")
    assert said == {
        "known": 3,
        "members": 3,
        "object": "2024-05-01 08:00 – 2024-05-01 08:27 UTC",
        "sharing": 3,
        "outside": 1,
    }


def test_creations_of_another_platform_or_known_by_the_day_alone_are_no_burst() -> None:
    midnight = [{"created_at": START.replace(hour=0)}] * 3
    assert told(people(*midnight), "creation_burst") == NOTHING | {"known": 0, "members": None}
    rows = created(0, 12, 24)
    bridge = created(6, 18, platform="facebook")
    assert told(people(*rows, *bridge), "creation_burst") == NOTHING | {"known": 3}


@pytest.mark.parametrize(
    ("handles", "sharing"),
    [
        (["Marie82731", "Jean71623", "Luc90001"], 3),
        (["Marie82731", "Jean71623", "Luc9000"], 2),
        (["anna", "paul", "luc"], None),
        (["ann_12", "paul", None], None),
    ],
)
def test_a_shape_of_handle_tells_where_it_is_long_and_rare(
    handles: list[str | None], sharing: int | None
) -> None:
    assert told(people(*({"handle": handle} for handle in handles)), "handle_shape")["sharing"] == sharing


def test_a_shape_that_many_have_tells_nothing() -> None:
    common = [{"handle": f"Marie{number}"} for number in range(10_000, 10_030)]
    assert told(people(*common), "handle_shape")["members"] == 0


def test_a_biography_shared_with_other_signs_or_words_is_one() -> None:
    long = "Proud mother of two, patriot, and I love the sea and my country more than all"
    for bios in (
        [long, long.upper() + "!!", long.replace("two", "three")],
        ["Mother and patriot. 100 %", "mother and patriot! 200 %%", "MOTHER and Patriot …… 3"],
    ):
        said = told(people(*({"description": bio} for bio in [*bios, *bios])), "shared_biography")
        assert (said["members"], said["sharing"], said["outside"]) == (3, 3, 3)
        assert said["object"] == bios[0]


def test_short_empty_or_unknown_biographies_are_not_shared() -> None:
    for bio in ("patriot", "", None, "😀" * 40, " " * 60):
        assert told(people(*[{"description": bio}] * 3), "shared_biography")["sharing"] is None


def test_pictures_that_look_the_same_are_shared_and_text_that_is_no_hash_only_as_it_is() -> None:
    hashes = ["f0e1d2c3b4a59687", "f0e1d2c3b4a59686", "0123456789abcdef", "f0e1d2c3b4a59687"]
    said = told(people(*({"avatar_hash": value} for value in hashes)), "shared_avatar")
    assert said == {"known": 3, "members": 2, "object": hashes[0], "sharing": 2, "outside": 1}
    odd = told(people(*({"avatar_hash": value} for value in ["zz", "zz", "", None])), "shared_avatar")
    assert (odd["known"], odd["members"]) == (2, 2)


def test_the_object_that_most_members_share_is_named_and_all_that_share_any_are_counted() -> None:
    hashes = ["a", "b", "a", "b", "b", "c", "a", "a"]
    said = told(people(*({"avatar_hash": f"id:{value}"} for value in hashes)), "shared_avatar", members=6)
    assert said == {"known": 6, "members": 5, "object": "id:b", "sharing": 3, "outside": 0}


def test_what_is_shown_is_cut_and_cannot_break_its_line() -> None:
    bio = "We love\x1b[31m the\u202e harbour\nand the sea and " + "x" * 3_000
    said = told(people(*[{"description": bio}] * 3), "shared_biography")
    assert len(said["object"]) == 120
    assert not set(said["object"]) & set("\x1b\u202e\n")


def test_two_carriers_at_least_are_needed_and_accounts_without_a_record_are_no_fault() -> None:
    alone = told(people({"avatar_hash": "id:a"}, {}, {}, {"avatar_hash": "id:a"}), "shared_avatar")
    assert alone == NOTHING | {"known": 1, "members": None}
    assert told(people({"avatar_hash": "id:a"}, {"avatar_hash": "id:a"}), "shared_avatar", 9)["known"] == 2
    assert (
        profile_traits.shared(people(), pl.DataFrame(schema={"account": pl.Int64, "group": pl.Int64}), None)
        == {}
    )


def test_groups_are_told_apart() -> None:
    accounts = people(*({"avatar_hash": f"id:{row // 2}"} for row in range(6)))
    groups = pl.DataFrame({"account": [0, 1, 2, 4], "group": [0, 0, 1, 1]})
    found = profile_traits.shared(accounts, groups, None)
    assert found[0]["shared_avatar"].members == 2
    assert asdict(found[1]["shared_avatar"]) == NOTHING | {"known": 2}


def test_an_application_that_members_publish_with_is_shared_unless_it_is_of_the_platform() -> None:
    """Accounts 0 to 2 mostly publish with a private application, account 3 with the web page of the platform, as 4 does."""
    named = ["Queue 7", "Queue 7", "queue 7 ", "Twitter Web App", "Twitter Web App", None]
    posts = pl.DataFrame(
        {
            "row": [row for row in range(6) for _ in range(3)],
            "client": [client for client in named for client in (client, client, "Twitter for iPhone")],
        },
        schema_overrides={"row": pl.UInt32},
    )
    accounts = people(*({} for _ in named))
    groups = pl.DataFrame({"account": [0, 1, 3, 4], "group": [0, 0, 1, 1]})
    found = profile_traits.shared(accounts, groups, posts)
    assert asdict(found[0]["common_client"]) == {
        "known": 2, "members": 2, "object": "Queue 7", "sharing": 2, "outside": 1,
    }  # fmt: skip
    assert found[1]["common_client"].sharing is None
    assert profile_traits.shared(accounts, groups, None)[0]["common_client"].known == 0
