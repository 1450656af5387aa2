"""Accounts are compared by the posts that scores read, and what is not read is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from vigie.features import schema
from vigie.features.coordination import communities, traces
from vigie.features.coordination.comparison import Limits, compare, compare_posts
from vigie.features.coordination.report.campaign import describe
from vigie.features.coordination.report.judged_campaigns import NO_CAMPAIGN
from vigie.features.i18n import LANGUAGES
from vigie.features.preprocessing import MAX_POSTS
from vigie.training.synthetic.corpus import corpus
from vigie.training.synthetic.floods import flooded

START = datetime(2024, 5, 14, 8, tzinfo=UTC)
SEEN = START + timedelta(days=5)


def people(count: int) -> pl.DataFrame:
    rows = [
        {"row": row, "platform": "x", "account_id": f"id-{row}", "observed_at": SEEN} for row in range(count)
    ]
    return pl.DataFrame(rows, schema={"row": pl.UInt32, **schema.schema("accounts")})


def table(rows: list[dict[str, object]]) -> pl.DataFrame:
    columns = {
        name: dtype
        for name, dtype in schema.schema("posts").items()
        if name not in ("platform", "account_id")
    }
    return pl.DataFrame(rows, schema={"row": pl.UInt32, **columns})


def link(row: int, place: int, when: datetime, page: str, **more: object) -> dict[str, object]:
    return {
        "row": row,
        "post_id": f"{row}-{place}",
        "created_at": when,
        "urls": [page],
        "kind": "original",
    } | more


def links() -> list[dict[str, object]]:
    """Three accounts share five pages within seconds; twelve others share a newspaper's at hours of their own."""
    crew = [
        link(row, act, START + timedelta(hours=9 * act, seconds=row), f"https://crew.example/{act}")
        for row in range(3)
        for act in range(5)
    ]
    return crew + [
        link(row, act, START + timedelta(minutes=(197 * row + 613 * act) % 2_880), f"https://paper.example/{(row + 2 * act) % 7}")
        for row in range(3, 15)
        for act in range(4)
    ]  # fmt: skip


def test_a_group_is_found_and_posts_carry_the_id_of_their_author() -> None:
    found = compare(people(15), table(links()), Limits())
    assert found.groups["account"].to_list() == [0, 1, 2]
    assert found.groups.equals(communities.detect_groups(found.network.significant()))
    assert found.posts["account_id"].to_list() == [f"id-{row}" for row in found.posts["row"]]
    assert found.notes == ()


def test_what_scores_do_not_read_is_not_compared_and_said() -> None:
    late = [
        link(row, 90, SEEN + timedelta(days=1, seconds=row), "https://late.example/1") for row in range(2)
    ]
    twice = [link(5, 0, START, "https://twice.example/1")]
    many = [
        link(14, 100 + act, START - timedelta(hours=act + 1), "https://old.example/1")
        for act in range(MAX_POSTS)
    ]
    found = compare(people(15), table([*links(), *late, *twice, *many]), Limits())
    counts = {note.key.rpartition(".")[2]: note.values["count"] for note in found.notes}
    assert counts == {"duplicate": 1, "after_observation": 2, "older": 4}
    assert found.notes == found.unread
    assert found.posts.filter(pl.col("row") == 14).height == MAX_POSTS
    assert "late.example/1" not in set(found.network.events["object"])
    assert all(note.say(language) for note in found.notes for language in LANGUAGES)


def test_all_posts_are_compared_where_that_is_asked() -> None:
    given = [
        link(14, 100 + act, START - timedelta(hours=act + 1), "https://old.example/1") for act in range(300)
    ]
    accounts, posts = people(15), table([*links(), *given]).with_columns(account_id=pl.format("id-{}", "row"))
    names: list[str] = []
    found = compare_posts(accounts, posts, Limits(), progress=names.append)
    assert found.posts.equals(posts)
    assert found.unread == ()
    assert names[0] == "co_repost"
    assert names[-2:] == ["any", "campaigns"]


def test_a_bound_on_meetings_is_that_of_the_network_and_its_note_is_one_of_the_comparison() -> None:
    crowd = [link(row, 50, START + timedelta(seconds=row), "https://event.example/1") for row in range(15)]
    crowd += [
        link(row, 51, START + timedelta(hours=30, seconds=row), "https://event.example/2")
        for row in range(15)
    ]
    free, bounded = (
        compare(people(15), table([*links(), *crowd]), limits) for limits in (Limits(), Limits(meetings=60))
    )
    assert not [note for note in free.notes if note.key == "coordination.burst_capped"]
    assert [note for note in bounded.notes if note.key == "coordination.burst_capped"]
    assert bounded.network.caps["co_url", 60] < free.network.caps["co_url", 60]


def test_an_account_that_reposts_its_own_posts_is_known_by_its_id() -> None:
    own = [
        link(row, 60 + act, START + timedelta(hours=act, seconds=row), "https://a.example", kind="repost",
             target_post_id=f"p{act}", target_account_id="id-0")
        for row in range(3)
        for act in range(3)
    ]  # fmt: skip
    found = compare(people(15), table(own), Limits())
    assert set(found.network.events.filter(trace="co_repost")["account"]) == {1, 2}
    assert [note.key for note in found.notes] == ["coordination.left_out.own_repost"]


def test_accounts_that_fill_forms_are_one_campaign_that_shows_the_words_they_share() -> None:
    made = flooded(corpus(organic=60, benign=["fans"], days=3, seed=3), "forms", accounts=80, seed=3)
    accounts = made.accounts.with_row_index("row")
    keys = ["platform", "account_id"]
    posts = made.posts.join(accounts.select("row", *keys), on=keys, maintain_order="left").drop(keys)
    found = compare(accounts, posts, Limits())
    members = accounts.join(made.groups.filter(kind="forms"), on=keys, how="semi")["row"]
    assert set(found.campaigns.members["account"]) == set(members)
    assert found.campaigns.members["campaign"].unique().to_list() == [0]
    (campaign,) = describe(found, NO_CAMPAIGN, "en")
    assert "12 texts with some words replaced" in campaign.sentence
    assert {content.trace for content in campaign.contents} == {traces.TEMPLATE}
    assert any(
        "pedimos una respuesta clara antes del viernes" in each.object and "…" in each.object
        for each in campaign.contents
    )


def test_nobody_is_no_fault() -> None:
    found = compare(people(0), table([]), Limits())
    assert (found.groups.height, found.network.pairs.height, found.notes) == (0, 0, ())


def test_how_many_accounts_have_a_single_post_is_said_where_they_are_many() -> None:
    few = compare_posts(people(60), table(links()), Limits())
    assert "coordination.seen_once" not in {note.key for note in few.notes}
    once = [link(row, 99, START, f"page-of-{row}") for row in range(40, 60)]
    found = compare_posts(people(60), table([*links(), *once]), Limits())
    (said,) = (note for note in found.notes if note.key == "coordination.seen_once")
    assert said.values["count"] == 20
    assert said.values["accounts"] == len({row["row"] for row in [*links(), *once]})
