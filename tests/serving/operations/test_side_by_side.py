"""Posts of two accounts on one thing stand beside each other, the closest in time first, each once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vigie.serving.operations import side_by_side
from vigie.serving.operations.side_by_side import shared_posts

Make = Callable[..., dict[str, Any]]


def beside(watched: Any) -> list[Any]:
    with watched.catalogue.database(watched.id).reading() as connection:
        return shared_posts(connection, ("x", "7"), ("x", "8"))


def test_posts_with_one_link_are_found_with_the_closest_first(watched: Any, post: Make) -> None:
    page = {"urls": ["https://site.example/a"], "text": "words of mine"}
    other = {"urls": ["https://site.example/b"], "text": "quite other words"}
    watched.posts(
        post("70", **page), post("71", **other, created_at="2024-05-19T09:00:00Z"), post("72"),
        post("80", **(page | {"text": "said differently"}), account_id="8", created_at="2024-05-19T08:05:00Z"),
        post("81", **(other | {"text": "nothing alike"}), account_id="8", created_at="2024-05-19T09:00:02Z"),
        post("82", account_id="8", text="of its own"),
    )  # fmt: skip
    found = beside(watched)
    assert [(each.first["post_id"], each.second["post_id"]) for each in found] == [("71", "81"), ("70", "80")]
    assert [each.apart_s for each in found] == [2, 300]
    assert {each.trace for each in found} == {"co_url"}


def test_a_post_stands_once_and_what_is_told_has_an_end(watched: Any, post: Make, monkeypatch: Any) -> None:
    monkeypatch.setattr(side_by_side, "MOST", 2)
    said = {"text": "the dam is unsafe and everybody in the council knows it since last winter"}
    watched.posts(
        *(post(f"7{number}", **said, created_at=f"2024-05-19T08:0{number}:00Z") for number in range(4)),
        *(post(f"8{number}", **said, account_id="8", created_at=f"2024-05-19T08:0{number}:09Z") for number in range(4)),
    )  # fmt: skip
    found = beside(watched)
    assert len(found) == 2
    assert len({each.first["post_id"] for each in found}) == 2
    assert found[0].trace == "text_duplicate"


def test_accounts_without_posts_share_nothing(watched: Any, post: Make) -> None:
    watched.posts(post("70"))
    assert beside(watched) == []
