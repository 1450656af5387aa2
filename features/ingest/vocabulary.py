"""Words that collectors write for kinds of posts, flags and labels, whatever their case."""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

# As collectors name what a post does; spaces and hyphens count as underscores.
KIND_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("original", "tweet", "post", "status", "toot", "skeet", "message"), "original"),
    **dict.fromkeys(
        ("repost", "reposted", "retweet", "retweeted", "rt", "share", "shared", "reshare", "reshared",
         "forward", "forwarded", "reblog", "reblogged", "boost", "boosted", "renote"),
        "repost",
    ),
    **dict.fromkeys(
        ("quote", "quoted", "quote_tweet", "quoted_tweet", "quotetweet", "quote_post", "quoted_post", "qrt"), "quote"
    ),
    **dict.fromkeys(("reply", "replied", "replied_to", "in_reply_to", "comment", "answer", "response"), "reply"),
}  # fmt: skip
TRUE_WORDS = ("true", "t", "1", "1.0", "1,0", "yes", "y", "vrai", "oui", "o")
FALSE_WORDS = ("false", "f", "0", "0.0", "0,0", "no", "n", "faux", "non")
# What sets of labels call those who are not what they seem, and those who are.
LABEL_WORDS: Mapping[str, bool] = {
    **dict.fromkeys(
        ("bot", "robot", "fake", "spammer", "troll", "sybil", "inauthentic", "inauthentique", "faux compte"),
        True,
    ),
    **dict.fromkeys(
        (
            "human",
            "genuine",
            "real",
            "person",
            "authentic",
            "authentique",
            "organic",
            "ordinary",
            "ordinaire",
            "legitimate",
            "légitime",
            "humain",
            "vrai compte",
        ),
        False,
    ),
}
# What the name of a column says about the posts in which it is filled, in this order.
_NAMES = {
    "repost": r"(?i)retweet|repost|reshare|shared|reblog|forward|fwd|boost",
    "quote": r"(?i)quot",
    "reply": r"(?i)repl(y|ied)|to_tweet|parent|comment|answer",
}


def kind(text: pl.Expr) -> pl.Expr:
    """Return the kind of a post that each word says; null where it says none.

    >>> pl.DataFrame({"a": ["RT", "replied to", "photo"]}).select(kind(pl.col("a"))).to_series().to_list()
    ['repost', 'reply', None]
    """
    word = folded(text).str.replace_all(r"[\s-]+", "_")
    return word.replace_strict(KIND_WORDS, default=None, return_dtype=pl.String)


def flag(text: pl.Expr) -> pl.Expr:
    """Return the flag that each word says; null where it says none.

    >>> pl.DataFrame({"a": ["VRAI", "no", "perhaps"]}).select(flag(pl.col("a"))).to_series().to_list()
    [True, False, None]
    """
    said = dict.fromkeys(TRUE_WORDS, True) | dict.fromkeys(FALSE_WORDS, False)
    return folded(text).replace_strict(said, default=None, return_dtype=pl.Boolean)


def label(text: pl.Expr) -> pl.Expr:
    """Return the label that each word says; null where it says none."""
    return pl.coalesce(
        flag(text), folded(text).replace_strict(LABEL_WORDS, default=None, return_dtype=pl.Boolean)
    )


def kind_of_column(name: str) -> str | None:
    """Return the kind of the posts in which a column of that name is filled; None where the name says none.

    >>> kind_of_column("retweeted_id"), kind_of_column("in_reply_to_status_id_str"), kind_of_column("target_post_id")
    ('repost', 'reply', None)
    """
    return next((kind for kind, pattern in _NAMES.items() if re.search(pattern, name)), None)


def folded(text: pl.Expr) -> pl.Expr:
    """Return words in lower case without spaces around them."""
    return text.str.strip_chars().str.to_lowercase()
