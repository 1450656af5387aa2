"""Which tables a file fills, from its columns alone."""

import pytest

from vigie.errors import ContractError, MissingColumnError
from vigie.features.ingest import mapping
from vigie.features.ingest.mapping import ByKind, Cell, Plan
from vigie.features.ingest.readers.file_plan import Filling, Seen, met, planned, recognised, wanted

ACCOUNTS = """
platform = "x"
[defaults]
observed_at = "newest"
[accounts]
account_id = "user.id"
followers_count = {column = "user.fans", optional = true}
description = "user.bio"
"""
POSTS = '[posts]\npost_id = "id"\naccount_id = "user.id"\ncreated_at = "at"\nhashtags = "tags.text"\n'


def plan(text: str = ACCOUNTS) -> Plan:
    return mapping.parse(text.encode(), "map.toml")


def seen(*columns: str, is_json: bool = False) -> Seen:
    return Seen("f", columns, is_json)


def only(parts: tuple[Filling, ...]) -> Filling:
    (part,) = parts
    return part


def test_a_table_file_needs_every_mapped_column_but_those_it_may_lack() -> None:
    part = only(planned(seen("user.id", "user.bio"), plan(), {}))
    assert set(part.fields) == {"account_id", "description"}
    assert planned(seen("user.id", "user.fans"), plan(), {}) == ()


def test_records_need_only_what_the_contract_asks_for_and_the_rest_is_told() -> None:
    file = seen("user", "user.id", is_json=True)
    part = only(planned(file, plan(), {}))
    assert set(part.fields) == {"account_id"}
    assert part.absent == ("followers_count", "description")


def test_a_path_may_count_an_element_of_a_list() -> None:
    assert seen("media", "media.url", is_json=True).has("media.0.url")
    assert not seen("media.url").has("media.0.url")


def test_a_table_that_finds_its_columns_nowhere_names_them_and_those_seen() -> None:
    files = [seen("id", "name"), seen("user.id", "other")]
    with pytest.raises(
        MissingColumnError, match=r"user\.bio \(for description\).*f has user\.id, other"
    ) as caught:
        met(plan(), files, [planned(file, plan(), {}) for file in files])
    assert "optional = true" in str(caught.value)


def test_one_record_may_fill_several_tables_and_lists_are_wanted_as_lists() -> None:
    file = seen("id", "user", "user.id", "user.bio", "at", "tags", "tags.text", is_json=True)
    parts = planned(file, plan(ACCOUNTS + POSTS), {})
    assert [part.table for part in parts] == ["accounts", "posts"]
    values, lists = wanted(parts)
    assert set(values) == {"user.id", "user.bio", "id", "at"}
    assert lists == {"tags.text": "hashtags"}


def test_a_mapped_column_that_stands_twice_is_refused() -> None:
    with pytest.raises(ContractError, match=r"user\.id stands twice"):
        planned(seen("user.id", "user.bio", "user.id_3"), plan(), {})
    assert planned(seen("user.id", "user.bio", "user.id_4"), plan(), {})


def test_columns_of_a_row_for_each_object_are_rows_of_objects() -> None:
    text = 'platform = "x"\n[posts]\npost_id = "content_id"\naccount_id = "account_id"\ncreated_at = "timestamp_share"\n'
    file = seen("object_id", "account_id", "content_id", "timestamp_share")
    assert only(planned(file, plan(text), {})).unites
    assert not only(planned(seen(*file.columns[1:]), plan(text), {})).unites
    assert only(planned(seen(*file.columns[1:]), plan(text + 'row = "object"'), {})).unites


def test_an_id_as_text_goes_before_the_number_beside_it() -> None:
    part = only(recognised(seen("id", "id_str", "platform", "collected_at"), {}, handles_as_ids=False))
    assert part.fields["account_id"] == Cell(("id_str",))
    assert part.rivals == {}


def test_several_names_of_one_field_are_rivals_but_not_beside_the_name_of_the_contract() -> None:
    part = only(
        recognised(seen("id", "user_id", "screen_name", "platform", "collected_at"), {}, handles_as_ids=False)
    )
    assert (part.table, part.rivals) == ("accounts", {"account_id": ("id", "user_id")})
    part = only(
        recognised(seen("account_id", "user_id", "platform", "collected_at"), {}, handles_as_ids=False)
    )
    assert part.rivals == {}


@pytest.mark.parametrize(
    "columns", [("tweet_id", "user_id"), ("id", "user_id", "full_text"), ("user_id", "text")]
)
def test_posts_without_a_time_are_no_accounts(columns: tuple[str, ...]) -> None:
    with pytest.raises(MissingColumnError, match=r"the posts table needs .*created_at"):
        recognised(seen(*columns, "platform", "collected_at", "lang"), {}, handles_as_ids=False)


def test_targets_whose_names_tell_a_kind_are_one_for_each() -> None:
    part = only(
        recognised(
            seen("platform", "id", "user_id", "timestamp", "text", "retweet_tweetid", "in_reply_to_tweetid"),
            {},
            handles_as_ids=False,
        )
    )
    assert part.fields["target_post_id"] == ByKind(
        {"repost": Cell(("retweet_tweetid",)), "reply": Cell(("in_reply_to_tweetid",))}
    )
