"""Any file, by a mapping or by the contract's own names."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import (
    MissingColumnError,
    UnknownFormatError,
)
from vigie.features.ingest.reader import Read
from vigie.features.ingest.readers import Options, find

MAPPING = """
platform = "Facebook"
[defaults]
observed_at = 2021-06-01
[accounts]
account_id = "profile_id"
followers_count = "fans"
[labels]
account_id = "profile_id"
value = "fake"
"""


def put(folder: Path, text: str, name: str = "map.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(*paths: Path, mapping: Path | None = None, name: str | None = None) -> Read:
    return find("generic").read(list(paths), Options(mapping=mapping, name=name))


def test_a_mapping_fills_accounts_and_labels_from_one_file(tmp_path: Path) -> None:
    data = put(tmp_path, "profile_id,fans,fake\n7,12.0,1\n8,,0\n", "data.csv")
    found = read(data, mapping=put(tmp_path, MAPPING), name="mine")
    assert found.accounts.select("platform", "account_id", "followers_count", "observed_at").rows() == [
        ("facebook", "7", 12, datetime(2021, 6, 1, 23, 59, 59, tzinfo=UTC)),
        ("facebook", "8", None, datetime(2021, 6, 1, 23, 59, 59, tzinfo=UTC)),
    ]
    assert found.labels.select("target", "value", "source", "strength").rows() == [
        ("inauthentic", True, "mine", "weak"),
        ("inauthentic", False, "mine", "weak"),
    ]


def test_a_mapped_column_that_is_absent_lists_those_seen_and_what_others_call_it(tmp_path: Path) -> None:
    data = put(tmp_path, "profile_id,followers,fake\n7,1,0\n", "data.csv")
    with pytest.raises(MissingColumnError) as caught:
        read(data, mapping=put(tmp_path, MAPPING))
    assert "fans (for followers_count)" in str(caught.value)
    assert "data.csv has profile_id, followers, fake" in str(caught.value)
    assert "Collectors also call followers_count followers, follower_count" in str(caught.value)


def test_a_required_field_without_column_or_default_is_asked_for(tmp_path: Path) -> None:
    data = put(tmp_path, "profile_id,fans,fake\n7,1,0\n", "data.csv")
    mapping = put(tmp_path, MAPPING.replace("observed_at = 2021-06-01", ""))
    with pytest.raises(MissingColumnError, match=r"needs observed_at;.*crawled_at, collected_at"):
        read(data, mapping=mapping)


def test_without_a_mapping_names_and_aliases_are_recognised(tmp_path: Path) -> None:
    accounts = put(tmp_path, "platform,user_id,screen_name,crawled_at\nTwitter,7,@ana,2020-01-01\n", "a.csv")
    posts = put(
        tmp_path,
        '{"platform": "x", "id": 1, "user_id": 7, "created_at": "2019-01-01", "full_text": "hé", '
        '"hashtags": ["a"]}\n[1]\n',
        "p.jsonl",
    )
    labels = tmp_path / "l.parquet"
    pl.DataFrame({"platform": ["x"], "account_id": [7], "value": [True]}).write_parquet(labels)
    found = read(accounts, posts, labels)
    assert found.accounts.select("platform", "account_id", "handle").rows() == [("x", "7", "ana")]
    assert found.posts.select("post_id", "account_id", "text", "hashtags").rows() == [("1", "7", "hé", ["a"])]
    assert found.labels.select("account_id", "value", "source").rows() == [("7", True, "l")]
    assert found.rejects["reason"].to_list() == ["not a JSON object"]


def test_without_a_platform_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingColumnError, match="needs platform, observed_at"):
        read(put(tmp_path, "user_id,screen_name\n7,ana\n", "a.csv"))


def test_an_ending_that_is_not_read_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match=r"Allowed: \.csv"):
        read(put(tmp_path, "x", "a.xlsx"))


def test_ids_stored_as_decimal_numbers_lose_the_decimals(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    times = [datetime(2020, 1, 1, tzinfo=UTC)]
    pl.DataFrame({"platform": ["x"], "id": [7.0], "observed_at": times}).write_parquet(path)
    assert read(path).accounts.select("account_id", "observed_at").rows() == [("7", times[0])]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_embeddings_are_read_from_every_kind_of_file(tmp_path: Path, ending: str) -> None:
    table = pl.DataFrame(
        {
            "platform": "x",
            "post_id": ["1", "2", "3"],
            "account_id": "7",
            "created_at": "2021-06-01",
            "embedding": [[0.25, -1.0], None, [0.5, 2.0]],
        }
    )
    path = tmp_path / f"posts.{ending}"
    if ending == "jsonl":
        table.write_ndjson(path)
    elif ending == "csv":
        inside = pl.col("embedding").cast(pl.List(pl.String)).list.join(",")
        table.with_columns(pl.format("[{}]", inside).alias("embedding")).write_csv(path)
    else:
        table.write_parquet(path)
    assert read(path).posts["embedding"].to_list() == [[0.25, -1.0], None, [0.5, 2.0]]


def test_what_is_no_number_in_an_embedding_is_left_to_the_rules(tmp_path: Path) -> None:
    text = '{"platform":"x","post_id":"1","account_id":"7","created_at":"2021-06-01","embedding":["a",1]}'
    assert read(put(tmp_path, text, "posts.jsonl")).posts["embedding"].to_list() == [[None, 1.0]]
