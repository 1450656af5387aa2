"""Any file, by a mapping or by the contract's own names."""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import (
    ContractError,
    MissingColumnError,
    UnknownFormatError,
)
from vigie.features import preprocessing
from vigie.features.ingest import latest
from vigie.features.ingest.reader import MEDIA, Read
from vigie.features.ingest.readers import Options, find, samples

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
    found = find("generic").read(list(paths), Options(mapping=mapping, name=name))
    assert found.seen  # reads the files
    return found


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


X = 'platform = "x"\n[defaults]\nobserved_at = "2024-05-16"\n'
POST = '[posts]\npost_id = "id"\naccount_id = "by"\ncreated_at = "at"\n'


def posts(folder: Path, data: str, mapping: str, name: str = "d.csv") -> Read:
    return read(put(folder, data, name), mapping=put(folder, X + mapping))


def test_the_posts_of_the_day_of_observation_are_before_its_end(tmp_path: Path) -> None:
    found = posts(tmp_path, "id,by,at\n1,7,2024-05-16T18:00:00Z\n", POST + '[accounts]\naccount_id = "by"\n')
    assert found.accounts["observed_at"].item() > found.posts["created_at"].item()


def test_times_are_read_in_the_format_and_the_zone_that_are_stated(tmp_path: Path) -> None:
    stated = POST.replace('"at"', '{column = "at", format = "%d/%m/%Y %H:%M", zone = "Pacific/Noumea"}')
    found = posts(tmp_path, "id,by,at\n1,7,03/04/2024 10:00\n2,7,2024-04-03\n", stated)
    assert found.posts["created_at"].to_list() == [datetime(2024, 4, 2, 23, tzinfo=UTC)]
    assert "%d/%m/%Y %H:%M and Pacific/Noumea that the mapping states" in found.rejects["reason"].item()


def test_a_time_that_no_form_reads_is_told_how_to_state_its_format(tmp_path: Path) -> None:
    found = posts(
        tmp_path,
        "id,by,at\n1,7,15/05/2024 09:05\n2,7,2024-03-31 02:30\n",
        '[posts]\nzone = "Europe/Paris"' + POST[len("[posts]") :],
    )
    assert ["state the format in a mapping" in reason for reason in found.rejects["reason"]] == [True, True]


def test_a_filled_column_makes_a_repost_and_never_an_original(tmp_path: Path) -> None:
    data = "id,by,at,text,rt\n1,7,2024-05-14,All to the quay,101\n2,7,2024-05-14,home,\n"
    stated = posts(tmp_path, data, POST + 'text = "text"\nkind = {repost = "rt"}\n').posts
    assert stated.select("kind", "target_post_id").rows() == [("repost", "101"), (None, None)]
    assert stated.select(preprocessing.act()).to_series().to_list() == ["repost", "original"]
    found = posts(tmp_path, data.replace("rt", "ref"), POST + 'text = "text"\ntarget_post_id = "ref"\n')
    assert found.posts.select(preprocessing.act()).to_series().to_list() == [None, "original"]
    assert any("neither as originals nor as reposts" in note and ": 1;" in note for note in found.notes)


def test_nested_records_are_read_by_paths(tmp_path: Path) -> None:
    data = (
        '{"id": "1", "at": 1715673609, "by": {"id_str": "7", "fans": 3}, "entities": {"tags": [{"text": "quay"}]}}\n'
        '{"id": "2", "at": 1715673609, "by": {"id_str": {"odd": 1}}, "text": ["a"]}\n'
        '{"id": "3", "at": 1715673609, "by": {"id_str": "7"}, "text": ["a"]}\n'
    )
    nested = POST.replace('"by"', '"by.id_str"') + 'hashtags = "entities.tags.text"\ntext = "text"\n'
    found = posts(tmp_path, data, nested, "d.jsonl")
    assert found.posts.select("post_id", "account_id", "hashtags", "text").rows() == [
        ("1", "7", ["quay"], None),
        ("3", "7", None, None),
    ]
    assert "by.id_str holds an object or a list" in found.rejects["reason"].item()
    assert any(
        note.startswith("posts, text: cells that cannot be read are missing: 1") for note in found.notes
    )


def test_an_object_that_is_there_tells_a_kind_and_an_absent_one_does_not(tmp_path: Path) -> None:
    data = (
        '{"id": 2, "by": 7, "at": 1715673609, "rt": {"id": 1, "by": {"id": 9}}, "qt": null, "re": null}\n'
        '{"id": 3, "by": 7, "at": 1715673609, "rt": null, "qt": null, "re": null}\n'
    )
    stated = (
        POST + 'kind = {repost = "rt", quote = "qt", reply = "re"}\ntarget_post_id = {repost = "rt.id"}\n'
    )
    found = posts(tmp_path, data, stated + 'target_account_id = {repost = "rt.by.id"}\n', "d.jsonl")
    assert found.posts.select("kind", "target_post_id", "target_account_id").rows() == [
        ("repost", "1", "9"),
        ("original", None, None),
    ]
    assert found.notes == ()


def test_records_may_stand_in_pages(tmp_path: Path) -> None:
    data = '{"channel": 7, "items": [{"id": 1, "at": 1715673609}, {"id": 2, "at": 1715673610}]}\n{"error": "none"}\n'
    mapping = POST.replace('"by"', '"page.channel"')
    path = put(tmp_path, data, "d.jsonl")
    found = read(path, mapping=put(tmp_path, f'records = "items"\n{X}{mapping}'))
    assert found.posts.select("post_id", "account_id").rows() == [("1", "7"), ("2", "7")]
    assert found.notes == ("d.jsonl: JSON values that hold no items: 1",)


def test_accounts_of_json_may_hold_their_posts(tmp_path: Path) -> None:
    lines = (
        '{"platform": "x", "id": "1", "observed_at": "2024-05-16", "posts": [{"post_id": "11", "created_at": "2024-05-14T08:00Z", '
        '"text": "Quay"}, {"created_at": "2024-05-14T09:00Z"}, "a post"]}\n'
        '{"platform": "mastodon", "id": "2", "observed_at": "2024-05-16", "posts": []}\n'
        '{"platform": "mastodon", "id": "3", "observed_at": "2024-05-16", "posts": [{"id": "12", "created_at": "2024-05-14T08:00Z"}]}\n'
    )
    found = read(put(tmp_path, lines, "accounts.jsonl"))
    assert found.accounts.select("platform", "account_id").rows() == [
        ("x", "1"),
        ("mastodon", "2"),
        ("mastodon", "3"),
    ]
    assert found.posts.select("platform", "account_id", "post_id", "text").rows() == [
        ("x", "1", "11", "Quay"),
        ("x", "1", "#1", None),
        ("mastodon", "3", "12", None),
    ]
    assert found.rejects.select("line", "table", "reason").rows() == [(1, "posts", "not a JSON object")]
    assert not found.log.ignored


def test_lists_are_parted_as_the_mapping_says(tmp_path: Path) -> None:
    data = "id,by,at,tags\n1,7,2024-05-14,world news|quay\n"
    found = posts(tmp_path, data, POST + 'hashtags = {column = "tags", separator = "|"}\n')
    assert found.posts["hashtags"].to_list() == [["world news", "quay"]]


def test_the_first_filled_of_several_columns_counts(tmp_path: Path) -> None:
    data = "id,by,at,full,short\n1,7,2024-05-14,,s\n2,7,2024-05-14,f,s\n"
    found = posts(tmp_path, data, POST + 'text = {first = ["full", "short"]}\n')
    assert found.posts["text"].to_list() == ["s", "f"]


def test_words_of_a_file_mean_what_the_mapping_says(tmp_path: Path) -> None:
    text = (
        'platform = {column = "net", values = {bird = "x"}}\n[labels]\naccount_id = "id"\n'
        'value = {column = "is", values = {sock = true}}\n'
    )
    data = put(tmp_path, "id,net,is\n7,Bird,sock\n8,Twitter,human\n9,fb,unclear\n", "l.csv")
    found = read(data, mapping=put(tmp_path, text))
    assert found.labels.select("platform", "account_id", "value").rows() == [
        ("x", "7", True),
        ("x", "8", False),
    ]
    assert "unclear is neither true nor false" in found.rejects["reason"].item()


def test_labels_of_an_unmapped_file_are_true_or_false_alone(tmp_path: Path) -> None:
    found = read(put(tmp_path, "platform,account_id,value\nx,7,bot\nx,8,true\n", "l.csv"))
    assert found.labels["account_id"].to_list() == ["8"]


def test_rows_of_one_post_with_other_objects_are_one_post(tmp_path: Path) -> None:
    data = "id,by,at,what,likes\n1,7,2024-05-14,https://a.example,3\n2,7,2024-05-14,,\n1,7,2024-05-14,https://b.example,3\n"
    mapping = POST + 'row = "object"\nurls = "what"\nlike_count = "likes"\n'
    found = latest.posts(posts(tmp_path, data, mapping).rows("posts"))
    assert found.select("post_id", "urls", "like_count").rows() == [
        ("1", ["https://a.example", "https://b.example"], 3),
        ("2", None, None),
    ]


def test_two_names_of_one_field_that_differ_are_refused_and_those_that_agree_are_not(tmp_path: Path) -> None:
    rows = "id,user_id,platform,collected_at,followers,follower_count\n"
    with pytest.raises(ContractError, match=r"id and user_id are both names of account_id.*line 2"):
        read(put(tmp_path, rows + "1,1294030472427835393,x,2024-05-16,3,3\n", "a.csv"))
    found = read(put(tmp_path, rows + '7,7,x,2024-05-16,3,3.0\n,8,x,2024-05-16,,"1,310"\n', "a.csv"))
    assert found.accounts.select("account_id", "followers_count").rows() == [("7", 3), ("8", 1310)]


def test_a_default_stands_in_for_what_a_file_writes_for_no_value(tmp_path: Path) -> None:
    found = posts(tmp_path, "by,seen\n7,NA\n", '[accounts]\naccount_id = "by"\nobserved_at = "seen"\n')
    assert found.accounts["observed_at"].to_list() == [datetime(2024, 5, 16, 23, 59, 59, tzinfo=UTC)]


def test_a_record_without_observation_time_is_left_to_the_newest_where_the_mapping_says_so(
    tmp_path: Path,
) -> None:
    mapping = 'platform = "x"\n[defaults]\nobserved_at = "newest"\n[accounts]\naccount_id = "by"\n'
    found = read(put(tmp_path, "by\n7\n", "a.csv"), mapping=put(tmp_path, mapping))
    assert found.accounts.select("account_id", "observed_at").rows() == [("7", None)]


SHIPPED = {
    "minet": (
        "id,timestamp_utc,local_time,user_screen_name,text,retweet_count,like_count,reply_count,lang,to_userid,to_tweetid,"
        "source_name,user_location,user_id,user_name,user_verified,user_description,user_url,user_tweets,user_followers,"
        "user_friends,user_likes,user_lists,user_timestamp_utc,retweeted_id,retweeted_user_id,retweeted_timestamp_utc,"
        "quoted_id,quoted_user_id,quoted_timestamp_utc,collection_time,url,links,mentioned_names,hashtags\n"
        "1801,1715673609,2024-05-14T10:00:09,ana,To the quay,1,2,0,en,,,Web,,11,Ana,0,,,40,3,9,7,0,1646370367,1799,12,"
        "1715673600,,,,2024-05-16T13:00:00.123456,https://x.example/1,https://a.example/1|https://b.example,bob|cyd,quay|crane\n"
    ),
    "twarc-csv": (
        "id,referenced_tweets.replied_to.id,referenced_tweets.retweeted.id,referenced_tweets.quoted.id,author_id,"
        "in_reply_to_user_id,retweeted_user_id,quoted_user_id,created_at,text,lang,source,public_metrics.reply_count,"
        "public_metrics.retweet_count,public_metrics.quote_count,public_metrics.like_count,entities.hashtags,"
        "entities.mentions,entities.urls,author.id,author.created_at,author.username,author.name,author.description,"
        "author.url,author.location,author.protected,author.public_metrics.followers_count,"
        "author.public_metrics.following_count,author.public_metrics.listed_count,author.public_metrics.tweet_count,"
        "author.verified,__twarc.retrieved_at\n"
        "1801,,1799,,11,,12,,2024-05-14T08:00:09.000Z,To the quay,en,Web,0,1,0,2,\"[\"\"#quay\"\", \"\"#crane\"\"]\","
        "\"[\"\"@bob\"\", \"\"@cyd\"\"]\",\"[\"\"https://a.example/1\"\", \"\"https://b.example\"\"]\",11,2022-03-04T05:06:07.000Z,ana,Ana,"
        ",,,False,3,9,0,40,False,2024-05-16T13:00:00+00:00\n"
    ),
    "coordination-network-toolkit": (
        ",message_id,user_id,username,repost_id,reply_id,message,timestamp,urls\n"
        "0,1801,11,ana,1799,,To the quay,1715673609.0,https://a.example/1 https://b.example\n"
    ),
    "coortweet-objects": (
        "object_id,account_id,content_id,timestamp_share\n"
        "https://a.example/1,11,1801,1715673609\nhttps://b.example,11,1801,1715673609\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_shipped_mapping_reads_a_file_of_its_collector(tmp_path: Path, name: str) -> None:
    stated = files("vigie.features.ingest").joinpath("mappings", f"{name}.toml").read_text(encoding="utf-8")
    path = put(tmp_path, SHIPPED[name], "d.csv")
    found = find("generic").read(
        [path], Options(mapping=put(tmp_path, stated, f"{name}.toml"), defaults={"platform": "x"})
    )
    assert found.rejects.is_empty()
    assert [note for note in found.notes if "cannot be read" in note] == []
    post = latest.posts(found.rows("posts")).row(0, named=True)
    assert (post["post_id"], post["account_id"]) == ("1801", "11")
    assert post["created_at"] == datetime(2024, 5, 14, 8, 0, 9, tzinfo=UTC)
    assert post["urls"] == ["https://a.example/1", "https://b.example"]
    if name != "coortweet-objects":
        assert (post["kind"], post["target_post_id"], post["text"]) == ("repost", "1799", "To the quay")
        assert found.accounts["handle"].to_list() == ["ana"]
    if name in ("minet", "twarc-csv"):
        assert (post["target_account_id"], post["hashtags"]) == ("12", ["quay", "crane"])
        assert [one.strip("@") for one in post["mentions"]] == ["bob", "cyd"]
        assert found.accounts.select("followers_count", "posts_count", "verified").row(0) == (3, 40, False)


def test_of_profiles_seen_at_one_moment_that_of_the_newest_post_counts(tmp_path: Path) -> None:
    mapping = POST + '[accounts]\naccount_id = "by"\nfollowers_count = "fans"\n'
    data = "id,by,at,fans\n2,7,2024-05-15,1310\n1,7,2024-05-14,40\n"
    found = latest.accounts(posts(tmp_path, data, mapping).rows("accounts"))
    assert found["followers_count"].to_list() == [1310]


def test_a_mapping_names_what_was_saved_of_a_post(tmp_path: Path) -> None:
    mapping = POST + 'media = {first = ["files", "links"], separator = "|"}\n'
    data = "id,by,at,files,links\n1,7,2024-05-14,a.jpg|b.jpg,https://p.example/c.jpg\n2,7,2024-05-14,,https://p.example/d.jpg\n3,7,2024-05-14,,\n"
    found = posts(tmp_path, data, mapping).rows("posts")
    assert found[MEDIA].to_list() == [["a.jpg", "b.jpg"], ["https://p.example/d.jpg"], None]
    records = '{"id": "1", "by": "7", "at": "2024-05-14", "pics": [{"name": "a.jpg"}, {"name": "b.jpg"}]}\n'
    nested = read(
        put(tmp_path, records, "d.jsonl"),
        mapping=put(tmp_path, 'platform = "x"\n' + POST + 'media = "pics.name"\n', "n.toml"),
    )
    assert nested.rows("posts")[MEDIA].to_list() == [["a.jpg", "b.jpg"]]


def test_a_file_of_a_shipped_format_may_lack_what_is_not_required(tmp_path: Path) -> None:
    held = pl.read_csv(samples.files()["minet"], infer_schema=False)
    path = tmp_path / "older.csv"
    held.drop("impression_count", "user_lists").write_csv(path)
    found = find("minet").read([path], Options())
    assert found.posts.height == held.height
    assert any("posts have no view_count; missing" in note for note in found.notes)
    held.drop("timestamp_utc").write_csv(path)
    with pytest.raises(MissingColumnError, match="timestamp_utc"):
        find("minet").read([path], Options())
