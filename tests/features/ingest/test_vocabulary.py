"""Words of collectors."""

import polars as pl
import pytest

from vigie.features.ingest import vocabulary


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("retweet", "repost"), ("RETWEET", "repost"), ("retweeted", "repost"), ("Repost", "repost"), ("share", "repost"),
        ("forward", "repost"), ("tweet", "original"), (" Original ", "original"), ("post", "original"),
        ("quoted", "quote"), ("quote-tweet", "quote"), ("replied_to", "reply"), ("Replied To", "reply"),
        ("comment", "reply"), ("photo", None), ("", None),
    ],
)  # fmt: skip
def test_kinds(word: str, kind: str | None) -> None:
    assert pl.DataFrame({"a": [word]}).select(vocabulary.kind(pl.col("a"))).item() == kind


@pytest.mark.parametrize(
    ("word", "flag"),
    [
        ("TRUE", True),
        ("VRAI", True),
        ("oui", True),
        ("1", True),
        ("FAUX", False),
        ("non", False),
        ("0.0", False),
        ("1,0", True),
        ("0,0", False),
        ("O", True),
        ("2", None),
    ],
)
def test_flags(word: str, flag: bool | None) -> None:
    assert pl.DataFrame({"a": [word]}).select(vocabulary.flag(pl.col("a"))).item() == flag


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("Bot", True),
        ("fake", True),
        ("human", False),
        ("genuine", False),
        ("1", True),
        ("maybe", None),
        ("Robot", True),
        ("faux compte", True),
        ("Humain", False),
        ("LÉGITIME", False),
        ("vrai compte", False),
    ],
)
def test_labels(word: str, label: bool | None) -> None:
    assert pl.DataFrame({"a": [word]}).select(vocabulary.label(pl.col("a"))).item() == label


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("retweeted_id", "repost"), ("repost_id", "repost"), ("fwd_from_id", "repost"), ("quoted_id", "quote"),
        ("to_tweetid", "reply"), ("in_reply_to_status_id_str", "reply"),
        ("parent_id", "reply"), ("target_post_id", None), ("ref", None),
    ],
)  # fmt: skip
def test_the_name_of_a_column_says_a_kind(name: str, kind: str | None) -> None:
    assert vocabulary.kind_of_column(name) == kind
