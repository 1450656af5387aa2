"""A campaign opens with who, when, where, with what, how unlikely and seen by whom; what is not known is not told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from vigie.features.coordination.report.campaign_story import on_platforms, story
from vigie.features.coordination.report.types import AccountName, Audience, Content, CreationTest, Reach
from vigie.features.i18n.message import written

START = datetime(2024, 5, 14, 8, tzinfo=UTC)


def content(trace: str, author: str, hour: int) -> Content:
    at = START + timedelta(hours=hour)
    return Content(
        trace, f"{trace}-{hour}", 3, 3, 0, AccountName("x", author, author), f"p{hour}", at, at + timedelta(hours=1),
        Reach(posts=3),
    )  # fmt: skip


def given(**changed: Any) -> dict[str, Any]:
    """Return what is known of five accounts that publish two pictures and a text."""
    posts = [(account, name, moment) for name in ("a", "b") for account, moment in ((1, 0), (2, 20), (3, 40))]
    return {
        "platforms": {"facebook": 1, "x": 4},
        "contents": [
            content("media_duplicate", "first", 0), content("media_duplicate", "first", 5),
            content("text_duplicate", "other", 9),
        ],
        "shown": pl.DataFrame(posts, schema=["account", "object", "time"], orient="row"),
        "pairs": pl.DataFrame({"objects": [3, 3, 5], "expected": [0.02, 0.02, 0.5]}),
        "hashtags": {"#one": 9, "#two": 5, "#three": 2, "#four": 1},
        "audience": Audience(10.0, None, 6, None),
        "creation": CreationTest(p=0.0005, reference="bundle", within_1_days=1, within_7_days=2, within_31_days=4),
    } | changed  # fmt: skip


def told(language: Any = "en", **changed: Any) -> str:
    return "\n".join(sentence.say(language) for sentence in story(**given(**changed)))


def test_the_first_sentence_says_who_when_where_and_with_what() -> None:
    first = told().splitlines()[0]
    assert first == (
        "On 14 May 2024, 5 accounts (4 on X and 1 on Facebook) published the same "
        "contents (2 pictures or videos and 1 text) with #one, #two, and #three; hardly any other account published them."
    )


def test_the_others_say_how_unlikely_who_is_first_how_many_saw_it_and_how_young_the_accounts_are() -> None:
    rest = told().splitlines()[1:]
    assert rest == [
        "Half of the copies appeared within 20\u202fs of that of another account.",
        "3 pairs of accounts share more contents than chance explains: 3 in the median, where chance would give 0.02.",
        "Most often first to publish: @first.",
        "Audience: 10 views per post in the median.",
        "Of the accounts, 4 were created within 31 days of one another, more than in random draws of ordinary accounts.",
    ]


@pytest.mark.parametrize(
    ("changed", "gone"),
    [
        ({"hashtags": {}}, "with #"),
        ({"audience": Audience(None, None, None, None)}, "Audience"),
        ({"pairs": pl.DataFrame(schema={"objects": pl.Int64, "expected": pl.Float64})}, "pairs of accounts"),
        ({"contents": [content("media_duplicate", name, 1) for name in "ab"]}, "first to publish"),
        ({"shown": given()["shown"].filter(account=1)}, "copies"),
        (
            {"creation": CreationTest(p=0.4, reference=None, within_1_days=1, within_7_days=2, within_31_days=4)},
            "created within",
        ),
    ],
)  # fmt: skip
def test_what_is_not_known_or_ordinary_is_left_out(changed: dict[str, Any], gone: str) -> None:
    assert gone in told()
    assert gone not in told(**changed)


def test_copies_by_one_account_alone_do_not_make_a_gap() -> None:
    repeated = pl.DataFrame({"account": [1, 1, 2], "object": ["a"] * 3, "time": [0, 1, 601]})
    assert "within 10\u202fmin of" in told(shown=repeated)


def test_french_says_the_same_in_french() -> None:
    said = told("fr")
    assert said.startswith("Le 14 mai 2024, 5 comptes (4 sur X et 1 sur Facebook)")
    assert "0,02" in said
    assert " account" not in said


def test_platforms_of_most_accounts_stand_first() -> None:
    assert (
        written(on_platforms({"facebook": 2, "x": 7, "vk": 3}), "en") == "7 on X, 3 on VK, and 2 on Facebook"
    )
