"""The formats: each says what it takes, is found by its name, and reads an invented sample right."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import reduce
from typing import Any

import polars as pl
import pytest

from vigie.errors import UnknownFormatError
from vigie.features.ingest.reader import Options
from vigie.features.ingest.readers import RECOGNISE, SOURCES, UNFOLDED, find, samples
from vigie.features.ingest.readers.unfolding import Found, Unfolding

SAMPLES = samples.files()
# Any platform: whoever imports says which.
OF_ANY_PLATFORM = ("coortweet-objects", "coordination-network-toolkit")
QUAY, PLAN = "https://example.org/quay", "https://example.org/plan"
ANA, BEN, CHO, DIA = (f"at://did:plc:{name}/app.bsky.feed" for name in ("ana", "ben", "cho", "dia"))
FEDIVERSE = "https://quay.example/users/ana/statuses/9001"
# Of each sample: post, author, hour of the 2nd of May, kind, post acted on, its author, links, hashtags.
# None: the format does not say.
Post = tuple[str, str, int, str | None, str | None, str | None, list[str] | None, list[str] | None]
X: list[Post] = [
    ("11", "1", 8, "original", None, None, [QUAY], ["harbour"]),
    ("12", "2", 9, "repost", "11", "1", [], []),
    ("13", "3", 10, "reply", "11", "1", [], []),
    ("14", "4", 11, "quote", "11", "1", [], []),
]
TWO_TAGS: list[Post] = [(*X[0][:7], ["harbour", "port"]), *X[1:]]
VIDEO = "7364000000000000001"
READ: dict[str, list[Post]] = {
    "telegram-desktop": [
        ("channel1001/2", "channel1001", 8, "original", None, None, [QUAY, PLAN], ["harbour"]),
        ("channel1001/3", "channel1001", 9, "repost", None, "channel2002", [], []),
        ("channel1001/4", "channel1001", 10, "reply", "channel1001/2", None, [], []),
    ],
    "telethon": [
        ("channel1001/2", "channel1001", 8, "original", None, None, [QUAY], ["harbour"]),
        ("channel1001/3", "channel1001", 9, "repost", "channel2002/77", "channel2002", [], []),
        ("channel1001/4", "user31", 10, "reply", "channel1001/2", None, [], []),
    ],
    "4cat-telegram": [
        ("harbournews-2", "1001", 8, "original", None, None, [QUAY], None),
        ("harbournews-3", "1001", 9, "repost", None, "2002", [], None),
        ("harbournews-4", "31", 10, "reply", "harbournews-2", None, [], None),
    ],
    "bluesky": [
        (f"{ANA}.post/k1", "did:plc:ana", 8, "original", None, None, [QUAY], ["harbour"]),
        (f"{BEN}.repost/k2", "did:plc:ben", 9, "repost", f"{ANA}.post/k1", "did:plc:ana", [], []),
        (f"{CHO}.post/k3", "did:plc:cho", 10, "reply", f"{ANA}.post/k1", "did:plc:ana", [], []),
    ],
    "4cat-bluesky": [
        (f"{ANA}.post/k1", "did:plc:ana", 8, "original", None, None, [QUAY], ["harbour"]),
        (f"{CHO}.post/k3", "did:plc:cho", 10, "reply", None, None, [], []),
        (f"{DIA}.post/k4", "did:plc:dia", 11, "quote", None, None, [], []),
    ],
    "minet-bluesky": [
        (f"{ANA}.post/k1", "did:plc:ana", 8, "original", None, None, [QUAY, PLAN], ["harbour", "port"]),
        (
            "did:plc:ben reposts at://did:plc:eve/app.bsky.feed.post/k5",
            "did:plc:ben",
            9,
            "repost",
            "at://did:plc:eve/app.bsky.feed.post/k5",
            "did:plc:eve",
            [],
            [],
        ),
        (f"{CHO}.post/k3", "did:plc:cho", 10, "reply", f"{ANA}.post/k1", "did:plc:ana", [], []),
        (f"{DIA}.post/k4", "did:plc:dia", 11, "quote", f"{ANA}.post/k1", "did:plc:ana", [], []),
    ],
    "mastodon": [
        (FEDIVERSE, "ana@quay.example", 8, "original", None, None, [QUAY], ["harbour"]),
        (
            "https://pier.example/users/ben/statuses/44/activity",
            "ben@pier.example",
            9,
            "repost",
            FEDIVERSE,
            "ana@quay.example",
            [],
            ["harbour"],
        ),
        (
            "https://pier.example/users/cho/statuses/45",
            "cho@pier.example",
            10,
            "reply",
            None,
            "ana@quay.example",
            [],
            [],
        ),
    ],
    "zeeschuimer-x": [X[0], (*X[1][:6], [QUAY], ["harbour"]), *X[2:]],
    "twscrape": [X[0], (*X[1][:7], ["harbour"]), *X[2:]],
    "apify-x": X,
    "rtweet": TWO_TAGS,
    "minet": TWO_TAGS,
    "twarc-csv": TWO_TAGS,
    "generic": TWO_TAGS,
    "x-api-v2": [TWO_TAGS[0], (*X[1][:6], [QUAY], ["harbour", "port"]), *X[2:]],
    "x-api-v1": [(*X[0][:3], None, *X[0][4:])],
    "4cat-x": [(*post[:4], None, None, *post[6:]) for post in TWO_TAGS],
    "russian-troll-tweets": [
        ("11", "905874659358453760", 8, None, None, None, [QUAY], None),
        ("12", "2944766250", 9, "repost", None, None, [], None),
    ],
    "twibot-20": [],
    "twibot-22": [X[0], (*X[1][:5], None, [], []), X[2]],
    "twibot-22-labels": [],
    "vigie-note": [],
    "vigie-note-fr": [],
    # A row for each object, united when a dataset is written.
    "coortweet-objects": [("11", "1", 8, None, None, None, [link], None) for link in (QUAY, PLAN)],
    "coordination-network-toolkit": [
        ("11", "1", 8, None, None, None, [QUAY, PLAN], None),
        ("12", "2", 9, "repost", "11", None, [], None),
        ("13", "3", 10, "reply", "11", None, [], None),
    ],
    "tiktok-research": [(VIDEO, "ana", 8, "original", None, None, None, ["harbour"])],
    "4cat-tiktok": [(VIDEO, "ana", 8, "original", None, None, None, ["harbour", "port"])],
    "apify-tiktok": [(VIDEO, "61", 8, "original", None, None, None, ["harbour", "port"])],
    "minet-tiktok": [
        (VIDEO, "61", 8, "original", None, None, None, ["harbour", "port"]),
        ("7364000000000000002", "62", 9, "quote", VIDEO, "61", None, []),
    ],
    "zeeschuimer-tiktok": [
        (VIDEO, "61", 8, "original", None, None, None, ["harbour", "port"]),
        ("7364000000000000002", "62", 9, "quote", VIDEO, None, None, []),
    ],
    "4cat-instagram": [("Cabc", "ana", 8, "original", None, None, None, ["harbour"])],
    "zeeschuimer-instagram": [("Cabc", "61", 8, "original", None, None, None, None)],
    "crowdtangle-instagram": [
        ("https://www.instagram.com/p/Cabc/", "ana", 8, "original", None, None, None, None)
    ],
    "meta-content-library-instagram": [("8001", "61", 8, "original", None, None, None, None)],
    "4cat-facebook": [("9001", "ana.port", 8, None, None, None, None, None)],
    "zeeschuimer-facebook": [("9001", "61", 8, None, None, None, None, None)],
    "crowdtangle": [
        ("https://www.facebook.com/ana.port/posts/9001", "61", 8, None, None, None, [QUAY], None)
    ],
    "minet-crowdtangle": [("61_9001", "61", 8, None, None, None, [QUAY], None)],
    "meta-content-library": [
        ("9001", "61", 8, None, None, None, [QUAY], None),
        ("9002", "62", 9, "repost", "9001", None, [], None),
    ],
    **{
        key: [
            ("k1", "UCana", 8, "reply", "v1", None, None, None),
            ("k1.r1", "UCben", 9, "reply", "k1", None, None, None),
        ]
        for key in ("youtube-api", "ytdt-comments", "minet-youtube-comments")
    },
    **{
        key: [("v1", "UCana", 8, "original", None, None, None, None)]
        for key in ("ytdt-videos", "minet-youtube-videos")
    },
}


def options(name: str) -> Options:
    return Options(name="n", defaults={"platform": "x"} if name in OF_ANY_PLATFORM else {})


def shown(posts: pl.DataFrame, like: list[Post]) -> list[tuple[object, ...]]:
    """Return posts as the expected ones are written; a list that a post does not have is as one that is empty."""
    rows = posts.select(
        "post_id",
        "account_id",
        pl.when(pl.col("created_at").dt.day() == 2).then(pl.col("created_at").dt.hour()),
        "kind",
        "target_post_id",
        "target_account_id",
        "urls",
        "hashtags",
    ).rows()
    return [
        (
            *row[:6],
            *(
                [] if given is not None and found is None else found
                for found, given in zip(row[6:], one[6:], strict=True)
            ),
        )
        for row, one in zip(rows, like, strict=False)
    ]


def test_every_format_has_a_line_of_documentation() -> None:
    assert all(source.doc.endswith(".") and name == source.name for name, source in SOURCES.items())


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UnknownFormatError, match="Did you mean io-archive"):
        find("io-archives")


def test_every_format_that_can_be_recognised_has_a_sample() -> None:
    assert set(SAMPLES) == set(RECOGNISE) == set(READ)


@pytest.mark.parametrize("name", sorted(READ))
def test_a_sample_gives_the_posts_it_holds(name: str) -> None:
    read = find(name).read([SAMPLES[name]], options(name))
    assert read.posts.height == len(READ[name])
    assert shown(read.posts, READ[name]) == READ[name]
    assert read.rejects.is_empty()


@pytest.mark.parametrize("name", sorted(READ))
def test_the_authors_of_a_sample_are_accounts(name: str) -> None:
    read = find(name).read([SAMPLES[name]], options(name))
    if name == "generic":  # posts alone
        assert read.accounts.is_empty()
        return
    assert set(read.posts["account_id"]) <= set(read.accounts["account_id"])
    assert read.accounts["observed_at"].null_count() == 0
    late = read.posts.join(read.accounts, on="account_id").filter(
        pl.col("created_at") > pl.col("observed_at")
    )
    assert late.is_empty()


def test_labels_come_where_the_format_is_a_set_of_labelled_accounts() -> None:
    labelled = {name: find(name).read([file], options(name)).labels for name, file in SAMPLES.items()}
    found = {name: sorted(table["value"]) for name, table in labelled.items() if table.height}
    assert found == {
        "russian-troll-tweets": [True, True],
        "twibot-20": [False, True],
        "twibot-22-labels": [False, True],
    }


# What a hostile or broken record may hold anywhere.
ODD: tuple[object, ...] = (None, 1, -1.5, "x", True, [], {}, [[1]], {"a": {"b": 1}}, [{"a": 1}], ["y"])


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of each value inside a record."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*before, key)
        yield from places(inner, (*before, key))


def with_odd(record: Any, place: tuple[Any, ...], odd: object) -> Any:
    """Return a record with something else at a place."""
    changed = copy.deepcopy(record)
    reduce(lambda held, key: held[key], place[:-1], changed)[place[-1]] = odd
    return changed


@pytest.mark.parametrize("how", UNFOLDED, ids=lambda how: how.name)
def test_no_value_at_any_place_of_a_record_makes_a_reader_fail(how: Unfolding) -> None:
    text = SAMPLES[how.name].read_text(encoding="utf-8")
    lines = text.splitlines() if SAMPLES[how.name].suffix != ".json" else [text]
    held = [
        one
        for line in lines
        for value in [json.loads(line)]
        for one in (value if isinstance(value, list) else [value])
    ]
    tried = 0
    for record in held:
        for place in places(record):
            for odd in ODD:
                found = how.found(with_odd(record, place, odd), lambda sentence, count: None)
                tried += 1
                assert all(isinstance(one, Found) for one in found or ())
    assert tried > 100


def test_one_corpus_is_the_same_in_five_forms() -> None:
    """What a form does not hold is missing in it: 4CAT tells no targets, CSV files no words of what is reposted."""
    fields = [
        "post_id",
        "account_id",
        "created_at",
        "text",
        "lang",
        "kind",
        "target_post_id",
        "target_account_id",
    ]
    forms = {
        name: find(name).read([SAMPLES[name]], options(name)).posts
        for name in ("x-api-v2", "minet", "twarc-csv", "4cat-x", "generic")
    }
    own = {name: posts.filter(pl.col("kind") != "repost") for name, posts in forms.items()}
    lists = {
        name: posts.select(pl.col("urls", "hashtags", "mentions").fill_null([])).rows()
        for name, posts in own.items()
    }
    exact = own["x-api-v2"].select(fields)
    for name, posts in own.items():
        wanted = exact.drop("text") if name == "4cat-x" else exact
        if name == "4cat-x":
            wanted = wanted.with_columns(pl.lit(None, pl.String).alias(one) for one in fields[6:])
        assert posts.select(wanted.columns).equals(wanted), name
        assert lists[name] == lists["x-api-v2"], name
