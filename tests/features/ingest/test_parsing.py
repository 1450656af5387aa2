"""Whatever is handed in, every account is taken, refused or a repetition, and tables read as requests do."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.cli.demo import requests
from vigie.features import on_disk
from vigie.features.ingest.parsing import from_requests, from_tables, joined
from vigie.features.pipeline import compute
from vigie.features.schema import ACCOUNT_FIELDS, POST_FIELDS
from vigie.training.synthetic.accounts import example, generate

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ODD: list[Any] = [
    None, True, 0, -1, 1.5, 1e300, 10**30, "", "a", "12", "NaN", "2024-01-01T00:00:00Z", "2024-01-01", "T" * 50,
    "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", 1_700_000_000, 1_700_000_000_000, "1700000000.5",
    "2024-01-01T00:00:00.123456789+14:00", "2024-01-01T25:00:00Z", "99999999999L", "\x00", "😀",
    [], ["a"], ["a\x1fb"], [1], [None], [[1]], {}, {"a": 1},
]  # fmt: skip


def names(fields: Any) -> st.SearchStrategy[str]:
    return st.sampled_from(
        [name for field in fields for name in (field.name, *field.aliases)] + ["posts", "z"]
    )


odd = st.sampled_from(ODD)
posts = st.dictionaries(names(POST_FIELDS), odd, max_size=3).map(
    lambda drawn: {"post_id": "1", "created_at": "2023-01-01T00:00:00Z"} | drawn
)
accounts = st.tuples(
    st.sampled_from(["1", "2", 3]),
    st.lists(posts | odd, max_size=4),
    st.dictionaries(names(ACCOUNT_FIELDS), odd, max_size=3),
).map(
    lambda drawn: {
        "platform": "x", "account_id": drawn[0], "observed_at": "2024-01-01T00:00:00Z", "posts": drawn[1],
    } | drawn[2]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(accounts | odd, min_size=1, max_size=4))
def test_every_account_is_taken_refused_or_a_repetition(entries: list[Any]) -> None:
    batch = from_requests(entries, NOW)
    taken = set(batch.accounts["row"].to_list())
    assert taken | set(batch.refused) | batch.repeated == set(range(len(entries)))
    assert len(taken) + len(batch.refused) + len(batch.repeated) == len(entries)
    assert set(batch.dropped) <= taken
    assert all(fault.detail for faults in batch.refused.values() for fault in faults)
    if taken:
        assert compute(batch.accounts, batch.posts).table.height == len(taken)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from([field.name for field in ACCOUNT_FIELDS]), odd, min_size=1, max_size=3)
)
def test_an_account_is_read_alike_alone_and_among_others_that_are_clean(drawn: dict[str, Any]) -> None:
    named = {"platform": "x", "observed_at": "2024-01-01T00:00:00Z"}
    full = {"followers_count": 3, "verified": True, "handle": "a", "created_at": "2023-01-01T00:00:00Z"}
    clean = [named | full | {"account_id": f"clean-{place}"} for place in range(2)]
    strange = named | {"account_id": "3"} | drawn
    alone, among = from_requests([strange], NOW), from_requests([clean[0], strange, clean[1]], NOW)
    assert among.refused.get(1) == alone.refused.get(0)
    assert set(among.refused) <= {1}
    read = among.accounts.filter(row=1).drop("row")
    assert read.equals(alone.accounts.drop("row"))
    assert among.posts["post_id"].to_list() == alone.posts["post_id"].to_list()


@pytest.mark.parametrize("value", [True, False])
def test_yes_and_no_are_no_counts_whatever_stands_beside_them(value: bool) -> None:
    account = {"platform": "x", "account_id": "1", "observed_at": "2024-01-01T00:00:00Z"}
    counted = from_requests(
        [account | {"followers_count": given, "account_id": str(given)} for given in (7, value)], NOW
    )
    assert list(counted.refused) == [1]
    assert counted.refused[1][0].field == "followers_count"


def test_tables_and_requests_are_read_alike() -> None:
    world = example()
    tables = from_tables(world.accounts, world.posts, NOW)
    objects = from_requests(requests(world.accounts, world.posts), NOW)
    assert tables.accounts.equals(objects.accounts)
    order = ["row", "created_at", "post_id"]
    assert tables.posts.sort(order).equals(objects.posts.sort(order))
    # A client that sends what it does not know as null is read like one that leaves it out.
    inside = world.posts.drop("platform", "account_id")
    full = [
        account | {"posts": inside.filter(world.posts["account_id"] == account["account_id"]).to_dicts()}
        for account in world.accounts.to_dicts()
    ]
    assert from_requests(full, NOW).accounts.equals(objects.accounts)


@pytest.mark.parametrize(
    "written", ["2024-05-16T12:00:00Z", "2024-05-16T12:00:00", "2024-05-16 12:00", "Thu May 16 12:00:00 +0000 2024",
                "2024-05-16T14:00:00+02:00", 1715860800, 1715860800000, "1715860800"]
)  # fmt: skip
def test_a_moment_reads_the_same_however_it_is_written(written: object) -> None:
    entry = {"platform": "x", "account_id": "1", "observed_at": written}
    batch = from_requests([entry], datetime(2024, 6, 1, tzinfo=UTC))
    assert not batch.refused
    assert batch.accounts["observed_at"].to_list() == [datetime(2024, 5, 16, 12, tzinfo=UTC)]


def test_texts_of_one_account_never_slip_into_the_lists_of_another() -> None:
    def entry(account: str, tag: str) -> dict[str, object]:
        post = {"post_id": "1", "created_at": "2024-05-01T00:00:00Z", "hashtags": [tag]}
        return {
            "platform": "x",
            "account_id": account,
            "observed_at": "2024-05-16T00:00:00Z",
            "posts": [post],
        }

    batch = from_requests([entry("a", "x\x1fy"), entry("b", "")], datetime(2024, 6, 1, tzinfo=UTC))
    assert batch.posts.sort("row")["hashtags"].to_list() == [["x\x1fy"], [""]]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([0.5, True], "list of numbers"), ([0.5, "1"], "list of numbers"), ([0.5, None], "list of numbers"),
        ("0.5", "list of numbers"), ({"a": 1}, "list of numbers"), ([[0.5], [1]], "list of numbers"),
        ([10**400, 1], "three hundred digits"), ([1e300, 1], "no finite number"), ([0, 0], "points nowhere"),
        ([], "points nowhere"), ([1, 2, 3], "another length than most"),
    ],
)  # fmt: skip
def test_an_embedding_that_is_none_drops_its_post_and_no_other(given: object, reason: str) -> None:
    embeddings: list[object] = [[0.6, 0.8], [1, 0], None, given]
    written = [
        {"post_id": f"{place}", "created_at": "2024-05-01T00:00:00Z", "embedding": embedding}
        for place, embedding in enumerate(embeddings)
    ]
    entry = {"platform": "x", "account_id": "1", "observed_at": "2024-05-16T00:00:00Z", "posts": written}
    batch = from_requests([entry], NOW)
    (dropped,) = batch.dropped[0]
    assert (dropped.count, dropped.field) == (1, "embedding")
    assert reason in dropped.reason
    assert [vector and [round(number, 3) for number in vector] for vector in batch.posts["embedding"].to_list()] == [
        [0.6, 0.8], [1.0, 0.0], None,
    ]  # fmt: skip


def one(**post: Any) -> Any:
    """Return the batch of one account with one post."""
    given = {"post_id": "1", "created_at": "2024-05-14T08:00:00Z"} | post
    account = {"platform": "x", "account_id": "7", "observed_at": "2024-05-16T12:00:00Z", "posts": [given]}
    return from_requests([account], NOW)


def account(**fields: Any) -> Any:
    given = {"platform": "x", "account_id": "7", "observed_at": "2024-05-16"} | fields
    return from_requests([given], NOW)


@pytest.mark.parametrize("text", ["1.29403E+18", "1,29e+18"])
def test_ids_that_were_rounded_are_refused_as_in_files(text: str) -> None:
    assert "was rounded" in account(account_id=text).refused[0][0].detail
    assert "was rounded" in one(target_post_id=text).dropped[0][0].reason


def test_ids_that_nearly_all_end_in_zeros_are_refused_and_others_are_not() -> None:
    cut = {"post_id": "1294030472427830000", "target_post_id": "1294030472427840000"}
    assert "ends in 000" in one(**cut).dropped[0][0].reason
    assert one(post_id="1294030472427830000").posts.height == 1


def test_an_id_as_text_goes_before_the_number_and_other_names_must_agree() -> None:
    written = {"platform": "x", "observed_at": "2024-05-16", "id": 1294030472427835400}
    batch = from_requests([written | {"id_str": "1294030472427835393"}], NOW)
    assert batch.accounts["account_id"].to_list() == ["1294030472427835393"]
    batch = from_requests([written | {"user_id": "9"}], NOW)
    assert "id and user_id are both names of account_id" in batch.refused[0][0].detail
    assert not from_requests([written | {"user_id": 1294030472427835400}], NOW).refused


def test_a_day_of_observation_is_its_end() -> None:
    assert account().accounts["observed_at"].item() == datetime(2024, 5, 16, 23, 59, 59, tzinfo=UTC)


def test_counts_flags_and_kinds_are_read_as_in_files() -> None:
    read = account(followers_count="1,310", verified="VRAI", protected="non").accounts
    assert read.select("followers_count", "verified", "protected").row(0) == (1310, True, False)
    assert one(kind="Retweeted").posts["kind"].to_list() == ["repost"]
    assert "kind is photo" in one(kind="photo").dropped[0][0].reason
    assert "count" in account(followers_count="1,2").refused[0][0].detail


def test_the_name_of_what_a_post_acts_on_says_its_kind_where_nothing_else_does() -> None:
    assert one(in_reply_to_status_id_str="5").posts.select("kind", "target_post_id").row(0) == ("reply", "5")
    assert one(retweet_tweetid="5", in_reply_to_tweetid=None).posts["kind"].to_list() == ["repost"]
    assert one(in_reply_to_userid="5", kind="quote").posts["kind"].to_list() == ["quote"]
    assert one(target_post_id="5").posts["kind"].to_list() == [None]


def test_html_is_read_as_it_is_shown() -> None:
    html = '<p>to the <a href="https://quay.example/7">quay</a></p>'
    assert one(text=html).posts.select("text", "urls").row(0) == ("to the quay", ["https://quay.example/7"])
    assert one(text=html, urls=[]).posts["urls"].to_list() == [[]]
    assert account(description=html).accounts["description"].to_list() == ["to the quay"]


def test_posts_of_joined_batches_lie_on_disk_where_a_folder_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2024, 6, 1, tzinfo=UTC)
    made = generate(ordinary=3, inauthentic=3, seed=1)
    entries = requests(made.accounts, made.posts)
    batches = [from_requests(some, now) for some in (entries[:3], entries[3:])]
    in_memory = joined(batches)
    written = on_disk._written
    laid: list[pl.DataFrame] = []

    def watched(table: pl.DataFrame, folder: Path) -> pl.DataFrame:
        laid.append(written(table, folder))
        return laid[-1]

    monkeypatch.setattr(on_disk, "_written", watched)
    with on_disk.within(tmp_path):
        assert joined(batches).posts.equals(in_memory.posts)
    assert [table.height for table in laid] == [batch.posts.height for batch in batches]
