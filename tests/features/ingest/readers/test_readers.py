"""One small invented sample per format, read to the contract."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from vigie.errors import MalformedInputError, MissingColumnError, UnknownFormatError
from vigie.features import schema
from vigie.features.ingest.readers import SOURCES, Options, Read, find

PROFILE = {
    "id": "11",
    "name": "Ana",
    "screen_name": "ana",
    "statuses_count": "5",
    "followers_count": "3",
    "friends_count": "4",
    "favourites_count": "2",
    "listed_count": "0",
    "created_at": "Sun Feb 24 15:04:04 +0000 2013",
    "url": "",
    "lang": "it",
    "location": "",
    "default_profile_image": "",
    "profile_image_url": "http://a0.example/profile_images/1.jpeg",
    "profile_banner_url": "NULL",
    "description": "",
    "protected": "",
    "verified": "",
    "updated": "2015-02-14 10:54:49",
    "crawled_at": "",
}


def table(rows: Sequence[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read(form: str, folder: Path, **options: Any) -> Read:
    found = find(form).read([folder], Options(**options))
    for name in schema.TABLES:
        assert found.table(name).schema == schema.schema(name)
    return found


def only(frame: pl.DataFrame) -> dict[str, Any]:
    assert frame.height == 1
    return frame.row(0, named=True)


def test_every_format_has_a_line_of_documentation() -> None:
    assert all(source.doc.endswith(".") and name == source.name for name, source in SOURCES.items())


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UnknownFormatError, match="Did you mean io-archive"):
        find("io-archives")


def cresci_2015(folder: Path) -> None:
    users = [
        PROFILE | {"label": "genuine", "source_set": "E13"},
        PROFILE | {"id": "12", "screen_name": "bob", "label": "fake", "source_set": "INT"},
        PROFILE | {"id": "13", "screen_name": "cy", "label": "genuine", "source_set": "E13"},
    ]
    (folder / "users.csv").write_text(table(users))
    pl.DataFrame(
        {
            "user_id": ["11", "11", "12"],
            "tweet_id": ["1", "2", "3"],
            "created_at": [
                "Mon Mar 25 10:00:00 +0000 2013",
                "Tue Mar 26 10:00:00 +0000 2013",
                "Wed May 15 10:00:00 +0000 2013",
            ],
            "text": ["uno", "NULL", "three"],
        }
    ).write_parquet(folder / "tweets.parquet")


def test_cresci_2015_is_observed_at_the_newest_post_of_the_batch(tmp_path: Path) -> None:
    cresci_2015(tmp_path)
    found = read("cresci", tmp_path)
    batch = datetime(2013, 3, 26, 10, tzinfo=UTC)
    assert found.accounts["observed_at"].to_list() == [batch, datetime(2013, 5, 15, 10, tzinfo=UTC), batch]
    assert found.posts["text"].to_list() == ["uno", "NULL", "three"]
    assert found.labels.select("value", "kind", "campaign", "source", "strength").rows() == [
        (False, "person", "E13", "cresci-2015", "expert"),
        (True, "bought follower", "INT", "cresci-2015", "expert"),
        (False, "person", "E13", "cresci-2015", "expert"),
    ]


def test_cresci_empty_cells_and_pictures_say_what_is_known(tmp_path: Path) -> None:
    (tmp_path / "genuine_users.csv").write_text(
        table(
            [
                PROFILE | {"crawled_at": "2015-05-01 12:56:29", "profile_banner_url": "https://b.example/1"},
                PROFILE | {"id": "12", "crawled_at": "2015-05-01 12:56:29", "default_profile_image": "1"},
            ]
        )
    )
    first, second = read("cresci", tmp_path).accounts.iter_rows(named=True)
    assert (first["description"], first["url"], first["verified"]) == ("", "", None)
    assert (first["has_profile_image"], first["has_banner"]) == (True, True)
    assert (second["has_profile_image"], second["has_banner"]) == (False, False)
    assert first["observed_at"] == datetime(2015, 5, 1, 12, 56, 29, tzinfo=UTC)


def test_cresci_2017_reads_milliseconds_nulls_and_old_default_pictures(tmp_path: Path) -> None:
    bot = PROFILE | {
        "created_at": "1183552203000L",
        "lang": "NULL",
        "crawled_at": "2010-11-07 11:10:52",
        "profile_image_url": "http://s.example/a/1288470193/images/default_profile_1_normal.png",
    }
    (tmp_path / "spambots_1.csv").write_text(table([bot]))
    (tmp_path / "crowdflower_results_aggregated.csv").write_text("a,b\n1,2\n")
    found = read("cresci", tmp_path, name="mine")
    row = only(found.accounts)
    assert row["created_at"] == datetime(2007, 7, 4, 12, 30, 3, tzinfo=UTC)
    assert (row["lang"], row["has_profile_image"], row["has_banner"]) == (None, False, None)
    assert only(found.labels)["campaign"] == "spambots_1"
    assert only(found.labels)["source"] == "mine"
    assert "crowdflower_results_aggregated.csv: judgements of annotators, ignored" in found.notes


def test_cresci_in_neither_layout_is_refused(tmp_path: Path) -> None:
    bare = {name: value for name, value in PROFILE.items() if name != "crawled_at"}
    (tmp_path / "users.csv").write_text(table([bare]))
    with pytest.raises(MissingColumnError, match="neither the 2015 layout"):
        read("cresci", tmp_path)


def coordination(folder: Path) -> None:
    (folder / "accounts.csv").write_text(
        "account,source,label,family,lang\na_1,ira,io,LeftTroll,English\na_2,mib,organic,E13,it\na_3,arc,organisation,o,en\n"
    )
    for name, account, repost in (("ira", "a_1", True), ("organic", "a_2", False)):
        pl.DataFrame(
            {
                "account": [account, account],
                "ts": [datetime(2016, 1, 1, 10, 5), datetime(2016, 1, 2, 10, 5)],
                "text": ["one", "two"],
                "is_repost": [repost, False],
            },
            schema_overrides={"account": pl.Categorical},
        ).write_parquet(folder / f"posts_{name}.parquet")


def test_coordination_keeps_the_minute_and_states_only_reposts(tmp_path: Path) -> None:
    coordination(tmp_path)
    found = read("coordination", tmp_path)
    assert found.posts["kind"].to_list() == ["repost", None, None, None]
    assert found.posts["post_id"].to_list() == ["ira-1", "ira-2", "organic-1", "organic-2"]
    assert found.posts["time_resolution"].unique().to_list() == ["minute"]
    assert found.accounts["observed_at"].to_list() == [datetime(2016, 1, 2, 10, 5, tzinfo=UTC)] * 2 + [None]
    labels = found.labels.filter(pl.col("target") == "inauthentic")
    assert labels.drop("target").equals(found.labels.filter(pl.col("target") == "coordinated").drop("target"))
    assert labels.select("value", "kind", "campaign", "strength").rows() == [
        (True, "troll", "LeftTroll", "platform"),
        (False, "person", "mib", "expert"),
        (False, "organisation", "arc", "expert"),
    ]


def test_coordination_without_posts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account,source,label,family\na,b,io,c\n")
    with pytest.raises(MissingColumnError, match=r"it takes accounts\.csv and"):
        read("coordination", tmp_path)


def test_coortweet_gathers_the_objects_of_a_post(tmp_path: Path) -> None:
    moment = datetime(2021, 8, 21, 23, 50, 36)
    pl.DataFrame(
        {
            "account_id": ["fb_1", "fb_1", "tw_2"],
            "post_id": [5, 5, None],
            "url_id": [7, None, None],
            "hashtag_id": [8, 9, None],
            "phash_id": [None, None, 3],
            "ts": [moment] * 3,
        }
    ).write_parquet(tmp_path / "shares.parquet")
    pl.DataFrame(
        {"account_id": ["a"], "content_id": ["c"], "object_id": ["o"], "ts": [datetime(2021, 6, 1)]}
    ).write_parquet(tmp_path / "reposts.parquet")
    posts = {row["post_id"]: row for row in read("coortweet", tmp_path).posts.iter_rows(named=True)}
    assert set(posts) == {"5", "row-3", "c"}
    assert (posts["5"]["platform"], posts["5"]["urls"], posts["5"]["hashtags"]) == (
        "facebook",
        ["url:7"],
        ["hashtag8", "hashtag9"],
    )
    assert (posts["row-3"]["platform"], posts["row-3"]["urls"], posts["row-3"]["media_hashes"]) == (
        "x",
        [],
        ["3"],
    )
    assert (posts["c"]["kind"], posts["c"]["target_post_id"]) == ("repost", "o")


def test_coortweet_of_another_shape_names_its_columns(tmp_path: Path) -> None:
    pl.DataFrame({"what": [1]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(MissingColumnError, match="it has what"):
        read("coortweet", tmp_path)


def bot_or_not(folder: Path) -> None:
    held = {
        "metadata": {"end_time": "2024-03-18T00:00:00Z"},
        "users": [
            {
                "id": "u1",
                "username": "ana",
                "name": "Ana",
                "description": "",
                "location": None,
                "tweet_count": 1,
            },
            {
                "id": "u2",
                "username": "bot",
                "name": "B",
                "description": "x",
                "location": "y",
                "tweet_count": 1,
            },
        ],
        "posts": [
            {
                "id": "p1",
                "author_id": "u1",
                "created_at": "2024-03-16T00:00:08.000Z",
                "text": "hi",
                "lang": "en",
            },
            {
                "id": "p2",
                "author_id": "u2",
                "created_at": "2025-03-16T00:00:08.000Z",
                "text": "late",
                "lang": "en",
            },
        ],
    }
    (folder / "dataset.posts&users.30.json").write_text(json.dumps(held))
    (folder / "dataset.bots.30.txt").write_text("u2\nu9\n")


def test_bot_or_not_joins_the_list_of_bots(tmp_path: Path) -> None:
    bot_or_not(tmp_path)
    found = read("bot-or-not", tmp_path)
    assert found.labels.select("account_id", "value", "kind", "campaign").rows() == [
        ("u1", False, "person", "set 30"),
        ("u2", True, "LLM persona", "set 30"),
    ]
    assert found.accounts["posts_count"].to_list() == [None, None]
    assert found.accounts["observed_at"].unique().to_list() == [datetime(2024, 3, 18, tzinfo=UTC)]
    assert found.posts["created_at"][0] == datetime(2024, 3, 16, 0, 0, 8, tzinfo=UTC)
    assert [note.split(": ")[1][:2] for note in found.notes] == ["1 ", "1 "]


def test_bot_or_not_without_metadata_is_malformed(tmp_path: Path) -> None:
    path = tmp_path / "dataset.posts&users.30.json"
    path.write_text('{"users": [], "posts": []}')
    with pytest.raises(MalformedInputError, match="states no end_time"):
        read("bot-or-not", tmp_path)
    path.write_text('{"users": []}')
    with pytest.raises(MalformedInputError, match="metadata, users and posts"):
        read("bot-or-not", tmp_path)


def test_bot_or_not_sets_aside_what_is_no_object(tmp_path: Path) -> None:
    bot_or_not(tmp_path)
    path = tmp_path / "dataset.posts&users.30.json"
    held = json.loads(path.read_text())
    path.write_text(json.dumps(held | {"users": [*held["users"], 3, {"username": "no id"}]}))
    found = read("bot-or-not", tmp_path)
    assert found.accounts.height == 2
    assert found.rejects["line"].to_list() == [3, 4]


def tweetbotornot(folder: Path) -> None:
    rows = [
        {
            "user_id": "1",
            "screen_name": "a",
            "account_created_at": "1390739271.0",
            "verified": "False",
            "profile_image_url": "http://abs.example/sticky/default_profile_images/d.png",
            "bot": "1",
        },
        {
            "user_id": "2",
            "screen_name": "b",
            "account_created_at": "1327357007.0",
            "verified": "True",
            "profile_image_url": "http://pbs.example/profile_images/d.png",
            "bot": "0",
        },
    ]
    (folder / "botornot_train.csv").write_text(table(rows))


def test_tweetbotornot_is_observed_when_its_newest_account_was_made(tmp_path: Path) -> None:
    tweetbotornot(tmp_path)
    found = read("tweetbotornot", tmp_path)
    newest = datetime(2014, 1, 26, 12, 27, 51, tzinfo=UTC)
    assert found.accounts["observed_at"].to_list() == [newest, newest]
    assert found.accounts["has_profile_image"].to_list() == [False, True]
    assert found.labels.select("value", "campaign", "strength", "kind").rows() == [
        (True, "botornot_train", "weak", None),
        (False, "botornot_train", "weak", None),
    ]


STATUS = {
    "id": 1,
    "id_str": "841319282986237952",
    "created_at": "Mon Mar 13 16:05:22 +0000 2017",
    "text": "hi",
    "in_reply_to_status_id": None,
    "entities": {"urls": [], "hashtags": [], "user_mentions": []},
    "lang": "en",
}


def nyu(folder: Path) -> None:
    base = {
        "screen_name": "Ana_Bot",
        "name": "Ana",
        "description": '""',
        "listedcount": "3",
        "lang": '"en"',
        "default_profile_image": "FALSE",
        "bot": "1",
    }
    printed = f"Status(_api=<tweepy.api.API object at 0x1>, _json={STATUS | {'text': 'a } b'}!r}, id=1)"
    rows = [
        base | {"created_at": "Sat Oct 17 22:35:31 +0000 2015", "status": repr(STATUS)},
        base | {"screen_name": "b", "created_at": "13/03/2017 2:21", "status": printed},
        base | {"screen_name": "c", "created_at": "4/3/2016 22:21", "status": json.dumps(STATUS)},
        base | {"screen_name": "d", "created_at": "4/4/2016 22:21", "status": "bare text"},
        base | {"screen_name": "e", "created_at": "12/3/2017 2:21", "status": "null"},
        base | {"screen_name": "f", "created_at": "", "status": "__import__('os').abort()"},
    ]
    (folder / "bots_data.csv").write_text(table(rows))


def test_nyu_reads_every_form_of_status_without_running_it(tmp_path: Path) -> None:
    nyu(tmp_path)
    found = read("nyu", tmp_path)
    assert found.posts["text"].to_list() == ["hi", "a } b", "hi"]
    assert found.posts["post_id"].unique().to_list() == ["841319282986237952"]
    assert found.posts["account_id"].to_list() == ["ana_bot", "b", "c"]
    assert "bots_data.csv: 2 statuses are bare text or cut short, without a time: no post" in found.notes


def test_nyu_dates_are_read_only_where_one_order_is_possible(tmp_path: Path) -> None:
    nyu(tmp_path)
    found = read("nyu", tmp_path)
    assert found.accounts["created_at"].to_list() == [
        datetime(2015, 10, 17, 22, 35, 31, tzinfo=UTC),
        datetime(2017, 3, 13, 2, 21, tzinfo=UTC),
        None,
        datetime(2016, 4, 4, 22, 21, tzinfo=UTC),
        datetime(2017, 3, 12, 2, 21, tzinfo=UTC),
        None,
    ]
    assert found.accounts["description"].unique().to_list() == [""]
    assert found.accounts["lang"].unique().to_list() == ["en"]
    assert found.labels["kind"].to_list() == ["declared automation"] + [None] * 5


USER_V1 = {
    "id": 1,
    "id_str": "1",
    "screen_name": "ana",
    "name": "Ana 🦉",
    "description": None,
    "location": "",
    "url": None,
    "followers_count": 3,
    "friends_count": 4,
    "statuses_count": 5,
    "favourites_count": 6,
    "listed_count": 7,
    "created_at": "Sun Feb 24 15:04:04 +0000 2013",
    "verified": False,
    "protected": False,
    "default_profile": True,
    "default_profile_image": False,
    "profile_image_url_https": "https://p.example/profile_images/1.jpg",
}


def test_x_api_v1_reads_reposts_quotes_replies_and_long_texts(tmp_path: Path) -> None:
    inner = STATUS | {
        "id_str": "90",
        "created_at": "Sun Mar 12 16:05:22 +0000 2017",
        "user": USER_V1 | {"id_str": "8"},
    }
    extended = {
        "full_text": "long #tag",
        "entities": {
            "hashtags": [{"text": "tag"}],
            "urls": [{"url": "t", "expanded_url": "https://a.example"}],
            "user_mentions": [{"screen_name": "bob"}],
        },
    }
    statuses = [
        STATUS
        | {"id_str": "1", "user": USER_V1, "extended_tweet": extended, "source": "<a href='x'>App</a>"},
        STATUS | {"id_str": "2", "user": USER_V1, "retweeted_status": inner},
        STATUS | {"id_str": "3", "user": USER_V1, "quoted_status": inner, "is_quote_status": True},
        STATUS | {"id_str": "4", "user": USER_V1, "in_reply_to_status_id": 90, "in_reply_to_user_id": 8},
    ]
    (tmp_path / "pages.jsonl").write_text("\n".join(json.dumps(one) for one in statuses) + '\n{"id": ')
    found = read("x-api-v1", tmp_path)
    assert found.posts["kind"].to_list() == ["original", "repost", "quote", "reply"]
    assert found.posts["target_post_id"].to_list() == [None, "90", "90", "90"]
    assert found.posts["target_account_id"].to_list() == [None, "8", "8", "8"]
    first = found.posts.row(0, named=True)
    assert (first["text"], first["hashtags"], first["urls"], first["mentions"], first["client"]) == (
        "long #tag",
        ["tag"],
        ["https://a.example"],
        ["bob"],
        "App",
    )
    account = only(found.accounts)
    assert account["observed_at"] == datetime(2017, 3, 13, 16, 5, 22, tzinfo=UTC)
    assert (account["description"], account["has_profile_image"], account["has_banner"]) == ("", True, False)
    assert found.rejects["line"].to_list() == [5]


def test_x_api_v1_takes_pages_users_and_stated_collection_times(tmp_path: Path) -> None:
    page = {"users": [USER_V1 | {"crawled_at": "2018-01-01", "status": STATUS}, USER_V1 | {"id_str": "2"}, 7]}
    (tmp_path / "users.json").write_text(json.dumps(page))
    found = read("x-api-v1", tmp_path)
    assert dict(found.accounts.select("account_id", "observed_at").iter_rows()) == {
        "1": datetime(2018, 1, 1, tzinfo=UTC),
        "2": datetime(2017, 3, 13, 16, 5, 22, tzinfo=UTC),
    }
    assert found.posts["account_id"].to_list() == ["1"]
    assert found.rejects["reason"].to_list() == ["neither a status with its user nor a user"]


def test_x_api_v2_reads_pages_with_their_includes(tmp_path: Path) -> None:
    user = {
        "id": "1",
        "username": "ana",
        "name": "Ana",
        "created_at": "2013-02-24T15:04:04.000Z",
        "description": "",
        "public_metrics": {"followers_count": 3, "following_count": 4, "tweet_count": 5, "listed_count": 6},
    }
    page = {
        "data": [
            {
                "id": "10",
                "author_id": "1",
                "created_at": "2023-01-02T00:00:00.000Z",
                "text": "RT …",
                "lang": "und",
                "referenced_tweets": [{"type": "retweeted", "id": "9"}],
                "public_metrics": {"like_count": 2},
            },
            {
                "id": "11",
                "author_id": "1",
                "created_at": "2023-01-03T00:00:00.000Z",
                "text": "own",
                "lang": "en",
                "entities": {
                    "hashtags": [{"tag": "a"}],
                    "mentions": [{"username": "bob"}],
                    "urls": [{"url": "t", "expanded_url": "https://a.example"}],
                },
            },
        ],
        "includes": {
            "users": [user, user | {"id": "2", "username": "bob", "location": "Oslo"}],
            "tweets": [{"id": "9", "author_id": "2", "created_at": "2023-01-01T00:00:00.000Z", "text": "…"}],
        },
        "meta": {"result_count": 2},
        "__twarc": {"retrieved_at": "2023-02-01T00:00:00+00:00"},
    }
    (tmp_path / "page.json").write_text(json.dumps(page) + json.dumps({"meta": {"result_count": 0}}))
    found = read("x-api-v2", tmp_path)
    assert found.posts.select("post_id", "kind", "target_post_id", "target_account_id").rows() == [
        ("10", "repost", "9", "2"),
        ("11", "original", None, None),
    ]
    assert found.posts["target_created_at"][0] == datetime(2023, 1, 1, tzinfo=UTC)
    assert found.posts["hashtags"].to_list() == [[], ["a"]]
    assert found.posts["lang"].to_list() == [None, "en"]
    assert found.accounts["observed_at"].unique().to_list() == [datetime(2023, 2, 1, tzinfo=UTC)]
    assert found.accounts.sort("account_id")["location"].to_list() == ["", "Oslo"]
    assert found.accounts["posts_count"].to_list() == [5, 5]
    assert found.rejects.is_empty()


def test_x_api_v2_does_not_call_a_post_original_when_references_were_not_asked_for(tmp_path: Path) -> None:
    post = {"id": "10", "author_id": "1", "created_at": "2023-01-02T00:00:00.000Z", "text": "own"}
    author = {"id": "1", "username": "ana"}
    (tmp_path / "posts.jsonl").write_text(json.dumps(post | {"author": author}) + "\n3\n")
    found = read("x-api-v2", tmp_path)
    assert only(found.posts)["kind"] is None
    assert only(found.posts)["hashtags"] is None
    assert only(found.accounts)["observed_at"] == datetime(2023, 1, 2, tzinfo=UTC)
    assert found.rejects["line"].to_list() == [2]


def io_archive(folder: Path) -> None:
    user = {
        "userid": "u1=",
        "user_display_name": "U",
        "user_screen_name": "u",
        "user_reported_location": "",
        "user_profile_description": "d",
        "user_profile_url": "",
        "follower_count": "3",
        "following_count": "4",
        "account_creation_date": "2013-02-24",
        "account_language": "en",
    }
    (folder / "land_201901_users_csv_hashed.csv").write_text(table([user]))
    tweet = user | {
        "tweetid": "1",
        "tweet_language": "en",
        "tweet_text": "t",
        "tweet_time": "2018-01-01 10:00",
        "tweet_client_name": "App",
        "in_reply_to_userid": "",
        "in_reply_to_tweetid": "",
        "quoted_tweet_tweetid": "",
        "is_retweet": "false",
        "retweet_userid": "",
        "retweet_tweetid": "",
        "quote_count": "0",
        "reply_count": "1",
        "like_count": "2",
        "retweet_count": "3",
        "hashtags": "[#a, b]",
        "urls": "['https://a.example']",
        "user_mentions": "[9,8]",
    }
    tweets = [
        tweet,
        tweet | {"tweetid": "2", "is_retweet": "true", "retweet_userid": "9", "retweet_tweetid": "90"},
        tweet | {"tweetid": "3", "in_reply_to_tweetid": "91", "in_reply_to_userid": "9"},
        tweet | {"tweetid": "4", "quoted_tweet_tweetid": "92", "userid": "u2=", "follower_count": "7"},
    ]
    (folder / "land_201901_tweets_csv_hashed.csv").write_text(table(tweets))


def test_io_archive_reads_users_tweets_and_labels(tmp_path: Path) -> None:
    io_archive(tmp_path)
    found = read("io-archive", tmp_path)
    assert found.posts["kind"].to_list() == ["original", "repost", "reply", "quote"]
    assert found.posts["target_post_id"].to_list() == [None, "90", "91", "92"]
    first = found.posts.row(0, named=True)
    assert (first["hashtags"], first["urls"], first["mentions"]) == (
        ["a", "b"],
        ["https://a.example"],
        ["9", "8"],
    )
    assert found.accounts["followers_count"].to_list() == [3, 7]
    assert found.accounts["observed_at"].unique().to_list() == [datetime(2018, 1, 1, 10, tzinfo=UTC)]
    assert found.labels.select("value", "strength").unique().rows() == [(True, "platform")]
    assert found.labels["campaign"].to_list() == ["land_201901", "land_201901"]


def test_io_archive_with_users_alone_is_observed_when_the_newest_was_made(tmp_path: Path) -> None:
    io_archive(tmp_path)
    (tmp_path / "land_201901_tweets_csv_hashed.csv").unlink()
    assert only(read("io-archive", tmp_path).accounts)["observed_at"] == datetime(2013, 2, 24, tzinfo=UTC)


def test_io_archive_of_another_shape_names_its_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("userid,what\n1,2\n")
    with pytest.raises(MissingColumnError, match="it has userid, what"):
        read("io-archive", tmp_path)
