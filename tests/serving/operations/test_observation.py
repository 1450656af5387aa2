"""What is sent into an operation is kept once, in whatever order and however often it comes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from vigie.features import schema
from vigie.features.ingest import latest
from vigie.features.ingest.parsing import from_requests
from vigie.features.ingest.reader import POST_AT
from vigie.serving.operations import corpus, observation, tables
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.corpus import Corpus
from vigie.serving.operations.observation import StatusCounts, observe_tables
from vigie.serving.operations.store import Store

Make = Callable[..., dict[str, Any]]
LATER = "2024-05-20T18:00:00+00:00"


def held(watched: Any) -> Corpus:
    with watched.catalogue.database(watched.id).reading() as connection:
        return corpus.read(connection)


def rows(watched: Any, table: Any) -> int:
    with watched.catalogue.database(watched.id).reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def statuses(seen: Any) -> list[str]:
    return [item.status for item in seen.items]


def test_a_post_sent_again_is_known_and_kept_once(watched: Any, post: Make) -> None:
    assert statuses(watched.posts(post("1"), post("2"))) == ["new", "new"]
    again = watched.posts(post("2"), post("3"))
    assert statuses(again) == ["known", "new"]
    assert again.posts == StatusCounts(new=1, known=1)
    assert sorted(held(watched).posts["post_id"]) == ["1", "2", "3"]


def test_a_post_that_says_something_else_is_changed_and_its_last_record_counts(
    watched: Any, post: Make
) -> None:
    watched.posts(post(like_count=1))
    assert statuses(watched.posts(post(like_count=5))) == ["changed"]
    assert held(watched).posts["like_count"].to_list() == [5]


def test_when_a_post_was_collected_changes_nothing_about_it(watched: Any, post: Make) -> None:
    watched.posts(post(recorded_at="2024-05-20T01:00:00Z"))
    assert statuses(watched.posts(post(recorded_at="2024-05-20T02:00:00Z"))) == ["known"]


def test_an_older_record_of_a_post_that_comes_late_does_not_replace_a_newer_one(
    watched: Any, post: Make
) -> None:
    watched.posts(post(like_count=9, recorded_at="2024-05-20T09:00:00Z"))
    watched.posts(post(like_count=1, recorded_at="2024-05-20T01:00:00Z"))
    assert held(watched).posts["like_count"].to_list() == [9]


def test_of_a_post_that_stands_twice_in_a_batch_the_last_record_counts(watched: Any, post: Make) -> None:
    seen = watched.posts(post(like_count=1), post(like_count=2))
    assert statuses(seen) == ["known", "new"]
    assert held(watched).posts["like_count"].to_list() == [2]


def test_one_that_cannot_be_read_is_rejected_in_its_place_with_the_reason(watched: Any, post: Make) -> None:
    seen = watched.posts(
        post("1"), "no object", post("2", created_at="tomorrow, perhaps"), post("3", account_id=None)
    )
    assert statuses(seen) == ["new", "rejected", "rejected", "rejected"]
    fields = [[fault.field for fault in item.error.errors] for item in seen.items[1:]]
    assert fields == [["post"], ["created_at"], ["account_id"]]
    assert seen.posts == StatusCounts(new=1, rejected=3)


def test_an_account_is_new_then_known_then_changed(watched: Any, account: Make) -> None:
    assert statuses(watched.accounts(account(handle="quay", followers_count=3))) == ["new"]
    assert statuses(watched.accounts(account(handle="quay", observed_at=LATER))) == ["known"]
    assert statuses(watched.accounts(account(handle="pier", observed_at=LATER))) == ["changed"]
    assert held(watched).accounts.select("handle", "followers_count").rows() == [("pier", 3)]


def test_a_batch_sent_again_moves_nothing(watched: Any, account: Make, post: Make) -> None:
    first = [account(handle="quay", posts=[post("1")]), account("8", handle="dock")]
    watched.accounts(*first)
    watched.accounts(account(handle="pier", observed_at=LATER))
    before = (held(watched), rows(watched, tables.versions), rows(watched, tables.segments))
    again = watched.accounts(*first)
    assert again.accounts == StatusCounts(known=2)
    assert again.revision == before[0].revision
    after = held(watched)
    assert after.accounts.equals(before[0].accounts)
    assert (rows(watched, tables.versions), rows(watched, tables.segments)) == before[1:]


def test_an_account_may_stand_several_times_in_a_batch(watched: Any, account: Make, post: Make) -> None:
    seen = watched.accounts(
        account(handle="b", posts=[post("2")]),
        account("8"),
        account(handle="a", observed_at="2024-05-19T00:00:00Z", posts=[post("1")]),
        account(handle="c", observed_at=LATER),
    )
    assert statuses(seen) == ["new", "new", "changed", "changed"]
    assert [item.posts.new for item in seen.items] == [1, 0, 1, 0]
    assert held(watched).accounts.filter(account_id="7")["handle"].to_list() == ["c"]
    assert rows(watched, tables.versions) == 3


def test_an_account_that_stands_in_a_batch_again_and_again_is_rejected_beyond_a_bound(
    watched: Any, account: Make
) -> None:
    most = observation._MOST_RECORDS
    seen = watched.accounts(*(account(handle=f"h{number}") for number in range(most + 5)))
    assert statuses(seen) == ["new", *["changed"] * (most - 1), *["rejected"] * 5]


def test_posts_of_an_account_that_cannot_be_read_are_counted_and_explained(
    watched: Any, account: Make, post: Make
) -> None:
    seen = watched.accounts(account(posts=[post("1"), post("2", like_count=-4), "word"]))
    (item,) = seen.items
    assert item.posts == StatusCounts(new=1, rejected=2)
    assert sorted(fault.field for fault in item.unread) == ["posts.like_count", "posts.post"]


def test_an_author_is_known_from_a_post_on_and_described_by_an_account_that_comes_later(
    watched: Any, account: Make, post: Make
) -> None:
    assert watched.posts(post(recorded_at=LATER)).accounts == StatusCounts(new=1)
    assert held(watched).accounts["handle"].to_list() == [None]
    assert statuses(watched.accounts(account(handle="quay"))) == ["changed"]
    assert held(watched).accounts["handle"].to_list() == ["quay"]


def test_a_revision_is_a_state_that_holds_something_new(watched: Any, post: Make) -> None:
    revisions = [watched.posts(sent).revision for sent in (post("1"), post("1"), post("2"), "no object")]
    assert revisions == [1, 1, 2, 2]


def test_tables_that_were_read_are_kept_as_requests_are(watched: Any, account: Make, post: Make) -> None:
    watched.accounts(account(handle="quay", posts=[post("1"), post("2")]))
    before = held(watched)
    posts = before.posts.join(before.accounts.select("row", "platform", "account_id"), on="row")
    with watched.catalogue.observing(watched.id) as connection:
        seen = observe_tables(
            connection,
            before.accounts.select(list(schema.schema("accounts"))),
            posts.select(list(schema.schema("posts"))),
            watched.catalogue.clock(),
        )
    assert (seen.accounts, seen.posts) == (StatusCounts(known=1), StatusCounts(known=2))


START = datetime.fromisoformat("2024-05-01T00:00:00+00:00")
_FIELDS = {
    "handle": st.sampled_from(["a", "b"]),
    "followers_count": st.integers(0, 2),
    "verified": st.booleans(),
    "created_at": st.sampled_from(["2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"]),
}
_sightings = st.lists(
    st.fixed_dictionaries({"hour": st.integers(0, 30)}, optional=_FIELDS),
    min_size=1,
    max_size=8,
    unique_by=lambda seen: seen["hour"],
)
_number = iter(range(10**9))


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
@given(_sightings)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_order_observations_come_in_the_newest_value_known_of_each_field_counts(
    watched: Any, account: Make, sightings: list[dict[str, Any]]
) -> None:
    name = f"n{next(_number)}"
    sent = [
        account(name, observed_at=(START + timedelta(hours=seen["hour"])).isoformat())
        | {field: value for field, value in seen.items() if field != "hour"}
        for seen in sightings
    ]
    for one in sent:
        watched.accounts(one)
    read = [from_requests([one], watched.catalogue.clock()).accounts for one in sent]
    every = pl.concat(read).drop("row").with_columns(pl.lit(None, schema.TIME).alias(POST_AT))
    expected = latest.accounts(every).drop(POST_AT)
    found = held(watched).accounts.filter(account_id=name).drop("row", "key")
    assert found.rows(named=True) == expected.select(found.columns).rows(named=True)


def test_two_processes_that_observe_the_same_posts_at_once_keep_each_once(
    watched: Any, address: str, opened: Callable[[str], Store], post: Make
) -> None:
    others = [
        type(watched)(Catalogue(opened(address), watched.catalogue.clock), watched.id) for _ in range(3)
    ]
    batches = [[post(str(number)) for number in range(start, start + 40)] for start in range(0, 200, 20)]
    with ThreadPoolExecutor(3) as threads:
        seen = list(
            threads.map(lambda turn: others[turn % 3].posts(*batches[turn // 3]), range(3 * len(batches)))
        )
    assert sum((each.posts for each in seen), StatusCounts()) == StatusCounts(new=220, known=980)
    assert sorted(map(int, held(watched).posts["post_id"])) == list(range(220))
    assert rows(watched, tables.posts) == 220
