"""From posts as collected to posts as features read them: sorted, bounded, with shared columns.

The columns that several features share are computed here once. All clocks are floored to the minute,
because archives differ in resolution and a model must not learn which archive it looks at; features that
need seconds read ``second`` and are missing where the archive had none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import polars as pl

from vigie.features import text
from vigie.features.schema import RESOLUTIONS

# Posts per account that features read: the most recent ones. Bounds the cost of one hostile account and
# keeps values comparable between accounts that a collector followed for a day and for ten years.
MAX_POSTS = 200
# Posts needed before "every time ends in :00" says minute resolution rather than chance (60^-5).
_ENOUGH_TO_JUDGE_RESOLUTION = 5

# Pauses of BLOC [Nwala2023], as upper bounds in seconds.
PAUSES = {"a": 60, "b": 300, "c": 3600, "d": 86_400, "e": 604_800}
PAUSE_BEYOND = "f"
_SYMBOLS = {"original": "T", "repost": "R", "reply": "P", "quote": "Q"}
# A pause and the act that ends it, as a number: to count numbers takes a third of the time of counting texts.
_WORD = pl.Enum([pause + symbol for pause in ("", *PAUSES, PAUSE_BEYOND) for symbol in _SYMBOLS.values()])
WORDS = len(_WORD.categories)


def select(
    accounts: pl.DataFrame, posts: pl.DataFrame, most: int | None = MAX_POSTS
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the posts that count, sorted, and per account how many were left out and why.

    Args:
        accounts: ``row`` (UInt32, unique), ``observed_at``.
        posts: Contract columns plus ``row`` of the author instead of platform and account_id.
        most: Posts of an account that count, the most recent; None: all.

    Returns:
        The kept posts sorted by (row, created_at, post_id), and a table ``row``, ``supplied``,
        ``duplicate`` (same post_id again), ``after_observation``, ``older`` (beyond the most recent that
        count), ``used``.
    """
    # Only what tells which posts count is sorted: to move whole posts costs several times as much.
    marked = (
        posts.lazy()
        .select("row", "created_at", "post_id")
        .with_row_index("place")
        .join(accounts.lazy().select("row", "observed_at"), on="row", how="inner")
        .sort("row", "created_at", "post_id")
        .with_columns(duplicate=~pl.struct("row", "post_id").is_first_distinct())
        .with_columns(after_observation=~pl.col("duplicate") & (pl.col("created_at") > pl.col("observed_at")))
        .with_columns(candidate=~(pl.col("duplicate") | pl.col("after_observation")))
        .with_columns(rank=pl.col("candidate").cum_sum(reverse=True).over("row"))
        .with_columns(older=pl.col("candidate") & (pl.lit(False) if most is None else pl.col("rank") > most))
        .with_columns(used=pl.col("candidate") & ~pl.col("older"))
        .collect(engine="in-memory")
    )
    account = marked.group_by("row").agg(
        supplied=pl.len(),
        duplicate=pl.col("duplicate").sum(),
        after_observation=pl.col("after_observation").sum(),
        older=pl.col("older").sum(),
        used=pl.col("used").sum(),
    )
    used = marked.lazy().filter("used").select("place", "observed_at").collect(engine="in-memory")
    return posts[used["place"]].with_columns(used["observed_at"]), account


def prepare(posts: pl.DataFrame, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Return the kept posts with the shared columns that features read.

    Args:
        posts: What :func:`select` kept.
        columns: Columns to return, what nothing in them needs is not computed; None: every one.

    Returns:
        One row per post, same order. Clock: ``minute_index`` (minutes since 1970), ``day``, ``hour``,
        ``weekday``, ``minute``, ``second`` (null where the archive has none), ``gap_s`` (to the previous
        post of the account, in whole minutes), ``delay_s`` (to the target post). Kind: ``act`` (one of
        original, repost, reply, quote), ``is_repost``, ``is_own``, …, ``word`` (pause and kind, below :data:`WORDS`).
        Text: ``length``, ``hashtag_count``, … and keys ``text_key``, ``opening_key``. Flags that name evidence start with
        ``shows_``.
    """
    # Lazy: what several columns are cut from is then found once.
    frame = (
        posts.lazy()
        .with_columns(text=text.visible(pl.col("text")))
        .with_columns(
            hashtag_list=text.listed(posts, "hashtags", text.HASHTAG),
            mention_list=text.listed(posts, "mentions", text.MENTION),
            url_list=text.listed(posts, "urls", text.URL),
        )
    )
    for step in _steps():
        frame = frame.with_columns(**step)
    return (frame if columns is None else frame.select(columns)).collect(engine="in-memory")


# To make them costs a small request more than to compute some of them.
@cache
def _steps() -> tuple[Mapping[str, pl.Expr], ...]:
    """Return the shared columns, each step cut from the columns of the steps before it."""
    time = pl.col("created_at")
    floored = time.dt.truncate("1m")
    stated = pl.col("time_resolution").replace_strict(RESOLUTIONS, default=None, return_dtype=pl.Int32)
    at_zero = ((time.dt.second() == 0) & (time.dt.microsecond() == 0)).all().over("row")
    judged = pl.when(at_zero & (pl.len().over("row") >= _ENOUGH_TO_JUDGE_RESOLUTION)).then(60).otherwise(1)

    resolved = {"resolution_s": pl.coalesce(stated.max().over("row"), judged)}
    read = {
        "act": act(),
        "prose": text.prose(pl.col("text")),
        "letters": text.letters(pl.col("text")),
        "minute_index": floored.dt.epoch("s") // 60,
        "day": pl.when(pl.col("resolution_s") <= 86_400).then(time.dt.date()),
        "hour": pl.when(pl.col("resolution_s") <= 60).then(time.dt.hour()),
        "weekday": time.dt.weekday(),
        "minute": pl.when(pl.col("resolution_s") <= 60).then(time.dt.minute()),
        "second": pl.when(pl.col("resolution_s") <= 1).then(time.dt.second()),
        "delay_s": (time - pl.col("target_created_at")).dt.total_seconds(),
    }
    counted = {
        "is_repost": pl.col("act") == "repost",
        "is_reply": pl.col("act") == "reply",
        "is_quote": pl.col("act") == "quote",
        "is_own": pl.col("act") != "repost",
        "hashtag_count": pl.col("hashtag_list").list.len(),
        "mention_count": pl.col("mention_list").list.len(),
        "url_count": pl.col("url_list").list.len(),
        "media_count": pl.col("media_hashes").list.len(),
        "emoji_count": text.count(pl.col("text"), text.EMOJI),
        "length": pl.col("prose").str.len_chars(),
        "words": pl.when(pl.col("letters") != "").then(pl.col("letters").str.split(" ")),
        "first_domain": text.domain(pl.col("url_list").list.first()),
        "target": pl.coalesce(
            pl.col("target_account_id"), pl.col("mention_list").list.first().str.to_lowercase()
        ),
        "gap_s": pl.when(pl.col("resolution_s") <= 60).then(pl.col("minute_index").diff().over("row") * 60),
        "engagement": pl.sum_horizontal("like_count", "repost_count", "reply_count", ignore_nulls=False),
    }
    long_enough = pl.col("is_own") & (pl.col("letters").str.len_chars() >= 12)
    keyed = {
        "previous_gap_s": pl.col("gap_s").shift(1).over("row"),
        "text_key": pl.when(long_enough).then(pl.col("letters").hash(seed=7)),
        "opening_key": pl.when(long_enough & (pl.col("words").list.len() >= 5)).then(
            pl.col("words").list.head(3).list.join(" ").hash(seed=7)
        ),
        "tags": pl.col("hashtag_list").list.eval(pl.element().str.to_lowercase()),
        "symbol": pl.col("act").replace_strict(_SYMBOLS),
        "pause": _pause(),
        "fields": pl.concat_str(
            pl.when(pl.col("hashtag_count") > 0).then(pl.lit("H")).otherwise(pl.lit("")),
            pl.when(pl.col("mention_count") > 0).then(pl.lit("m")).otherwise(pl.lit("")),
            pl.when(pl.col("url_count") > 0).then(pl.lit("U")).otherwise(pl.lit("")),
            pl.when(pl.col("words").is_not_null()).then(pl.lit("t")).otherwise(pl.lit("")),
        ),
    }
    hour_count = pl.len().over("row", "hour")
    shown = {
        "word": pl.concat_str("pause", "symbol").cast(_WORD).to_physical().cast(pl.Int32),
        "hour_is_busy": hour_count >= 0.01 * pl.len().over("row"),
        "shows_repost": pl.col("is_repost"),
        "shows_reply": pl.col("is_reply"),
        "shows_quote": pl.col("is_quote"),
        "shows_duplicate": pl.col("text_key").is_not_null() & (pl.len().over("row", "text_key") > 1),
        "shows_template": pl.col("opening_key").is_not_null() & (pl.len().over("row", "opening_key") > 1),
        "shows_hashtag": pl.col("hashtag_count") > 0,
        "shows_mention": pl.col("mention_count") > 0,
        "shows_url": pl.col("url_count") > 0,
        "shows_media": pl.col("media_count") > 0,
        "shows_shortener": pl.col("first_domain").is_in(text.SHORTENERS),
        "shows_top_domain": pl.col("first_domain").is_not_null()
        & (pl.col("first_domain") == _mode("first_domain")),
        "shows_top_target": pl.col("target").is_not_null() & (pl.col("target") == _mode("target")),
        "shows_same_minute": pl.len().over("row", "minute_index") > 1,
        "shows_short_gap": pl.col("gap_s") <= 60,
        "shows_modal_gap": (pl.col("gap_s") > 60) & (pl.col("gap_s") == _mode("gap_s", pl.col("gap_s") > 60)),
        "shows_fast_reaction": pl.col("delay_s").is_between(0, 60),
        "shows_no_engagement": pl.col("engagement") == 0,
    }
    return resolved, read, counted, keyed, shown


def act() -> pl.Expr:
    """Return the kind of a post as stated, or else as its text tells it.

    Null where neither does and the post acts on another: that is no original, and what it is instead is not known.
    """
    body = pl.col("text")
    aimed = pl.col("target_post_id").is_not_null() | pl.col("target_account_id").is_not_null()
    return (
        pl.when(pl.col("kind").is_not_null())
        .then(pl.col("kind"))
        .when(body.str.starts_with("RT @"))
        .then(pl.lit("repost"))
        .when(body.str.starts_with("@"))
        .then(pl.lit("reply"))
        .when(~aimed)
        .then(pl.lit("original"))
    )


def _pause() -> pl.Expr:
    """Return the letter of the pause before a post, "" before the first one (BLOC)."""
    gap = pl.col("gap_s")
    letter = pl.lit(PAUSE_BEYOND)
    for name, bound in reversed(PAUSES.items()):
        letter = pl.when(gap < bound).then(pl.lit(name)).otherwise(letter)
    return pl.when(gap.is_null()).then(pl.lit("")).otherwise(letter)


def _mode(column: str, where: pl.Expr | None = None) -> pl.Expr:
    """Return, on every post, the account's most frequent value of a column (the least of equals)."""
    value = pl.col(column) if where is None else pl.when(where).then(pl.col(column))
    return value.drop_nulls().mode().min().over("row")
