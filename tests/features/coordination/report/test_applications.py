"""Whether one site publishes what accounts share is seen from where these posts lead, and from what else they publish."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.report import applications
from vigie.features.coordination.report.applications import SharedPosts
from vigie.features.coordination.report.shared_posts import SharedActs

APP = "https://stars.example/7"


def posts(*links: list[str] | None, text: str = "stars") -> pl.DataFrame:
    """Return posts of two accounts in turn."""
    columns: dict[str, object] = {
        "platform": "x", "account_id": "1", "created_at": datetime(2024, 5, 1, tzinfo=UTC), "text": text, "urls": links,
        "post_id": [str(number) for number in range(len(links))],
    }  # fmt: skip
    return schema.conform(pl.DataFrame(columns), "posts").with_columns(
        row=pl.int_range(pl.len()) % 2, post=pl.int_range(pl.len())
    )


def acts(*pairs: tuple[str, int]) -> pl.DataFrame:
    """Return acts on objects by number of the post, all at once."""
    return pl.DataFrame(
        [("text_duplicate", number % 2, name, number, 0) for name, number in pairs],
        schema={
            "trace": pl.String, "account": pl.Int64, "object": pl.String, "post": pl.Int64, "time": pl.Int64,
        },
        orient="row",
    )  # fmt: skip


def shared_posts(written: pl.DataFrame, done: pl.DataFrame) -> SharedPosts | None:
    """Return what leads where among posts, of which some are shared."""
    written, done = (table.with_columns(group=pl.lit(0)) for table in (written, done))
    return applications.by_group(written, SharedActs.of(written, done)).get(0)


COMMON = acts(("a", 0), ("a", 1), ("own", 2), ("own", 4), ("other", 3))


def test_posts_that_members_share_are_told_from_the_others() -> None:
    found = shared_posts(posts([APP], [APP, "https://b.example/"], None, [], None, None), COMMON)
    assert found == SharedPosts("stars.example", 1.0, 0.0, 0.0, 1 / 3)
    assert found.are_of_an_application


def test_a_link_from_the_rest_of_what_they_publish_speaks_against_an_application() -> None:
    found = shared_posts(posts([APP], [APP], [APP], [], None, None), COMMON)
    assert found is not None
    assert found.elsewhere == 0.25
    assert not found.are_of_an_application


def test_accounts_that_publish_little_else_are_no_users_of_an_application() -> None:
    found = shared_posts(posts([APP], [APP]), COMMON)
    assert found == SharedPosts("stars.example", 1.0, None, 0.0, 1.0)
    assert not found.are_of_an_application


def test_shared_posts_that_lead_to_several_sites_are_of_none() -> None:
    found = shared_posts(posts([APP], ["https://b.example/"], None, [], None, None), COMMON)
    assert found is not None
    assert (found.site, found.share) == ("b.example", 0.5)
    assert not found.are_of_an_application


def test_shared_posts_without_a_link_tell_nothing() -> None:
    assert shared_posts(posts(None, None), COMMON) is None


@pytest.mark.parametrize("text", ["#crisis now", "tell @somebody"])
def test_posts_that_address_somebody_are_of_no_application(text: str) -> None:
    found = shared_posts(posts([APP], [APP], None, [], None, None, text=text), COMMON)
    assert found is not None
    assert found.addressed == 1.0
    assert not found.are_of_an_application


def test_signs_inside_a_link_address_nobody() -> None:
    said = "your day https://stars.example/@daily#leo"
    found = shared_posts(posts([APP], [APP], None, [], None, None, text=said), COMMON)
    assert found is not None
    assert found.addressed == 0.0


@pytest.mark.parametrize(
    ("text", "link", "addressed"),
    [
        ("#nowplaying on the Radio Azur", "https://radioazur.example/live", 0.0),
        ("a run with #Strider", "https://app.strider.example/7", 0.0),
        ("a run with #Strider", "https://strider.co.uk/7", 0.0),
        ("a run with #Strider", "https://walker.example/7", 1.0),
        ("a run with #Strider for @somebody", "https://strider.example/7", 1.0),
        ("#run with fit", "https://fit.example/7", 1.0),
        ("#run with localhost", "http://localhost/7", 1.0),
    ],
)
def test_a_hashtag_of_a_post_that_names_the_site_is_part_of_the_signature(
    text: str, link: str, addressed: float
) -> None:
    found = shared_posts(posts([link], [link], None, [], None, None, text=text), COMMON)
    assert found is not None
    assert found.addressed == addressed
    assert found.are_of_an_application == (addressed == 0)
