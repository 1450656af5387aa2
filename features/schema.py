"""The data contract: what an account, a post and a label are, on any platform.

Three tables, declared field by field, once. Readers fill them, the pipeline reads them, the service
validates requests against them, the docs print them. Ids are strings; times are UTC; what the collector
did not see is null, never a default. ``observed_at`` is when the record was seen: everything is computed
as of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from vigie.errors import MissingColumnError

TIME = pl.Datetime("us", "UTC")
TEXTS = pl.List(pl.String)
VECTOR = pl.List(pl.Float32)

KINDS = ("original", "repost", "reply", "quote")
RESOLUTIONS = {"second": 1, "minute": 60, "day": 86_400}
TARGETS = ("inauthentic", "coordinated")
STRENGTHS = ("platform", "state", "expert", "weak")


@dataclass(frozen=True)
class Field:
    """One column of the contract.

    Attributes:
        name: Column name, the same in files, requests and code.
        dtype: Polars type.
        unit: Unit of the value, or the kind of text it is.
        doc: What it means; what null means where that is not plain.
        required: Whether a row without it is refused.
        aliases: Other names collectors give it: accepted in requests, hinted at by the readers.
        allowed: The only values a text may take, where they are fixed.
    """

    name: str
    dtype: pl.DataType
    unit: str
    doc: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()


ACCOUNT_FIELDS: tuple[Field, ...] = (
    Field("platform", pl.String(), "name", "Platform in lower case: x, facebook, telegram, …", required=True),
    Field(
        "account_id",
        pl.String(),
        "id",
        "The platform's own stable id.",
        required=True,
        aliases=("id_str", "id", "user_id", "userid"),
    ),
    Field(
        "handle",
        pl.String(),
        "text",
        "Unique name, without @.",
        aliases=("screen_name", "username", "user_screen_name"),
    ),
    Field(
        "display_name",
        pl.String(),
        "text",
        "Free name shown beside the handle.",
        aliases=("name", "user_display_name"),
    ),
    Field(
        "description",
        pl.String(),
        "text",
        "Biography. Empty text: known to be empty.",
        aliases=("bio", "user_profile_description"),
    ),
    Field(
        "location",
        pl.String(),
        "text",
        "Free location. Empty text: known to be empty.",
        aliases=("user_reported_location",),
    ),
    Field(
        "url",
        pl.String(),
        "URL",
        "Link of the profile. Empty text: known to be empty.",
        aliases=("user_profile_url",),
    ),
    Field(
        "created_at",
        TIME,
        "UTC time",
        "When the account was created.",
        aliases=("account_created_at", "account_creation_date", "join_date"),
    ),
    Field(
        "observed_at",
        TIME,
        "UTC time",
        "When this record was seen; everything is computed as of it.",
        required=True,
        aliases=("crawled_at", "collected_at"),
    ),
    Field(
        "followers_count",
        pl.Int64(),
        "accounts",
        "Accounts that follow it.",
        aliases=("followers", "follower_count"),
    ),
    Field(
        "following_count",
        pl.Int64(),
        "accounts",
        "Accounts it follows.",
        aliases=("following", "friends_count", "friends"),
    ),
    Field(
        "posts_count",
        pl.Int64(),
        "posts",
        "Posts since creation, as the platform counts them.",
        aliases=("statuses_count", "tweet_count", "statuses", "post_count"),
    ),
    Field(
        "likes_given_count",
        pl.Int64(),
        "likes",
        "Likes it gave since creation.",
        aliases=("likes_given", "favourites_count", "favorites_count", "favourites", "like_count"),
    ),
    Field(
        "listed_count", pl.Int64(), "lists", "Public lists that hold it.", aliases=("listed", "listedcount")
    ),
    Field("verified", pl.Boolean(), "yes/no", "Whether the platform shows it as verified."),
    Field("protected", pl.Boolean(), "yes/no", "Whether its posts are private.", aliases=("private",)),
    Field("has_profile_image", pl.Boolean(), "yes/no", "Whether it set a picture of its own."),
    Field("has_banner", pl.Boolean(), "yes/no", "Whether it set a banner."),
    Field(
        "lang",
        pl.String(),
        "BCP 47 code",
        "Language of the account's interface.",
        aliases=("account_lang", "account_language"),
    ),
    Field(
        "avatar_hash",
        pl.String(),
        "hex",
        "Perceptual hash of the picture (PDQ or pHash, as in `media_hashes`), never a face.",
    ),
)

POST_FIELDS: tuple[Field, ...] = (
    Field("platform", pl.String(), "name", "Platform of the account.", required=True),
    Field(
        "post_id",
        pl.String(),
        "id",
        "The platform's own id.",
        required=True,
        aliases=("id_str", "id", "tweet_id", "tweetid"),
    ),
    Field(
        "account_id", pl.String(), "id", "Author.", required=True, aliases=("user_id", "author_id", "userid")
    ),
    Field(
        "created_at",
        TIME,
        "UTC time",
        "When it was posted.",
        required=True,
        aliases=("tweet_time", "timestamp"),
    ),
    Field(
        "time_resolution",
        pl.String(),
        "second, minute or day",
        "Finest unit the archive kept; null: not stated, then judged from the account's own times.",
        allowed=tuple(RESOLUTIONS),
    ),
    Field(
        "text",
        pl.String(),
        "text",
        "As published.",
        aliases=("full_text", "tweet_text", "content", "message"),
    ),
    Field("lang", pl.String(), "BCP 47 code", "Language of the text.", aliases=("tweet_language",)),
    Field(
        "kind",
        pl.String(),
        "one of four",
        "original, repost, reply or quote; null: not stated, then read from the text, and no original if it has a target.",
        allowed=KINDS,
    ),
    Field(
        "target_post_id",
        pl.String(),
        "id",
        "The post it reposts, answers or quotes.",
        aliases=("retweet_tweetid", "in_reply_to_status_id_str", "in_reply_to_tweetid"),
    ),
    Field(
        "target_account_id",
        pl.String(),
        "id",
        "The author of that post.",
        aliases=("retweet_userid", "in_reply_to_user_id_str", "in_reply_to_userid"),
    ),
    Field("target_created_at", TIME, "UTC time", "When that post was posted."),
    Field("urls", TEXTS, "URLs", "Links, expanded where the collector expanded them."),
    Field("hashtags", TEXTS, "texts", "Hashtags without #, in order."),
    Field("mentions", TEXTS, "texts", "Handles or ids mentioned.", aliases=("user_mentions",)),
    Field(
        "media_hashes",
        TEXTS,
        "hex",
        "Perceptual hash of each image or video: `pdq:` with 64 hexadecimal digits or `phash:` with 16; digits alone are of "
        "the kind that has as many. Other text, such as `sha256:…`, meets only its equal.",
    ),
    Field(
        "permalink",
        pl.String(),
        "URL",
        "Address of the post itself, http or https: what an analyst opens and captures.",
        aliases=("permalink_url", "post_url", "tweet_url"),
    ),
    Field(
        "embedding",
        VECTOR,
        "numbers",
        "Sentence embedding of the text by a multilingual model of your own, the same length for all posts.",
    ),
    Field(
        "client",
        pl.String(),
        "text",
        "Application it was posted with.",
        aliases=("source", "tweet_client_name"),
    ),
    Field("view_count", pl.Int64(), "views", "Views.", aliases=("views", "impression_count")),
    Field("like_count", pl.Int64(), "likes", "Likes.", aliases=("likes", "favorite_count")),
    Field("repost_count", pl.Int64(), "reposts", "Reposts.", aliases=("reposts", "retweet_count", "shares")),
    Field("reply_count", pl.Int64(), "replies", "Replies.", aliases=("replies", "comments")),
    Field("quote_count", pl.Int64(), "quotes", "Quotes.", aliases=("quotes",)),
    Field(
        "recorded_at",
        TIME,
        "UTC time",
        "When this record of the post was taken: its counts are as of then. Of several records, the latest counts.",
    ),
)

LABEL_FIELDS: tuple[Field, ...] = (
    Field("platform", pl.String(), "name", "Platform of the account.", required=True),
    Field("account_id", pl.String(), "id", "The labelled account.", required=True),
    Field(
        "target",
        pl.String(),
        "name",
        "What is labelled: inauthentic or coordinated.",
        required=True,
        allowed=TARGETS,
    ),
    Field("value", pl.Boolean(), "yes/no", "The label.", required=True),
    Field(
        "kind", pl.String(), "text", "bought follower, spambot, LLM persona, troll, declared automation, …"
    ),
    Field("campaign", pl.String(), "text", "Operation or batch it belongs to."),
    Field("source", pl.String(), "text", "The data set that says so.", required=True),
    Field(
        "strength",
        pl.String(),
        "platform > state > expert > weak",
        "How the label came to be.",
        allowed=STRENGTHS,
    ),
)

TABLES: dict[str, tuple[Field, ...]] = {
    "accounts": ACCOUNT_FIELDS,
    "posts": POST_FIELDS,
    "labels": LABEL_FIELDS,
}

# No account or post of a platform is older than the platform.
_OPENED = {
    "x": datetime(2006, 3, 21, tzinfo=UTC),
    "facebook": datetime(2004, 2, 4, tzinfo=UTC),
    "instagram": datetime(2010, 10, 6, tzinfo=UTC),
    "telegram": datetime(2013, 8, 14, tzinfo=UTC),
    # As musical.ly, whose videos it kept.
    "tiktok": datetime(2014, 4, 1, tzinfo=UTC),
    "youtube": datetime(2005, 4, 23, tzinfo=UTC),
    "vk": datetime(2006, 10, 10, tzinfo=UTC),
    "bluesky": datetime(2022, 11, 1, tzinfo=UTC),
    "mastodon": datetime(2016, 3, 16, tzinfo=UTC),
}
_OPENED_OTHERWISE = datetime(2003, 1, 1, tzinfo=UTC)

# Names by which collectors know a platform.
_PLATFORM_NAMES = {"twitter": "x", "twitter.com": "x", "x.com": "x", "fb": "facebook", "insta": "instagram"}


def schema(table: str) -> pl.Schema:
    """Return the Polars schema of ``accounts``, ``posts`` or ``labels``."""
    return pl.Schema({field.name: field.dtype for field in TABLES[table]})


def empty(table: str) -> pl.DataFrame:
    """Return a table of the contract with no row."""
    return pl.DataFrame(schema=schema(table))


def conform(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return ``frame`` with exactly the contract's columns, in order, absent ones null.

    Types must already be those of the contract or cast to them without loss.

    Raises:
        MissingColumnError: A required column is absent.

    >>> conform(pl.DataFrame({"handle": ["a"]}), "accounts")
    Traceback (most recent call last):
    vigie.errors.MissingColumnError: the accounts table needs platform, account_id, observed_at; \
it has handle. Add them, or map them with a mapping file (vigie import generic --help)
    """
    fields = TABLES[table]
    missing = [field.name for field in fields if field.required and field.name not in frame.columns]
    if missing:
        raise MissingColumnError(
            f"the {table} table needs {', '.join(missing)}; it has {', '.join(frame.columns) or 'no column'}. "
            "Add them, or map them with a mapping file (vigie import generic --help)"
        )
    return frame.select(
        pl.col(field.name).cast(field.dtype)
        if field.name in frame.columns
        else pl.lit(None, dtype=field.dtype).alias(field.name)
        for field in fields
    )


def platform(name: pl.Expr) -> pl.Expr:
    """Return platform names in the contract's spelling: lower case, twitter as x."""
    return name.str.strip_chars().str.to_lowercase().replace(_PLATFORM_NAMES)


def opened(name: pl.Expr) -> pl.Expr:
    """Return the day each platform opened, as UTC time: no account or post is older."""
    return name.replace_strict(_OPENED, default=_OPENED_OTHERWISE, return_dtype=TIME)
