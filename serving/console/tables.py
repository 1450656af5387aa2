"""Lists of the console as tables for a spreadsheet: the rows that the filters of a page leave, all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from vigie.features.coordination import traces
from vigie.features.i18n import Language, Message, message
from vigie.serving.console.figures import Bars
from vigie.serving.network_layout import CONTENTS
from vigie.serving.note import spreadsheet
from vigie.serving.operations.copied import CopiedContent
from vigie.serving.operations.questions import RankedAccount

# A spreadsheet takes about a million.
MOST_ROWS = 1_000_000
_ACCOUNTS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "platform": pl.String, "account_id": pl.String, "handle": pl.String, "coordinated": pl.Float64,
    "coordinated_band": pl.String, "inauthentic": pl.Float64, "inauthentic_band": pl.String, "posts": pl.Int64,
    "created_at": pl.Datetime("us", "UTC"), "campaign": pl.Int64, "group": pl.Int64, "known": pl.String, "decision": pl.String,
}  # fmt: skip
_CONTENTS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String, "trace": pl.String, "object": pl.String, "text": pl.String, "accounts": pl.Int64, "posts": pl.Int64,
    "first_handle": pl.String, "first_time": pl.Datetime("us", "UTC"), "last_time": pl.Datetime("us", "UTC"),
    "views": pl.Int64, "likes": pl.Int64, "reposts": pl.Int64, "replies": pl.Int64,
}  # fmt: skip
_BARS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "since": pl.Datetime("us", "UTC"), "until": pl.Datetime("us", "UTC"), "platform": pl.String, "posts": pl.Int64,
}  # fmt: skip
_POSTS = (
    "created_at", "platform", "handle", "account_id", "post_id", "kind", "text", "lang", "urls", "hashtags", "view_count",
    "like_count", "repost_count", "reply_count", "campaign", "group", "permalink",
)  # fmt: skip
# What a table of accounts or contents calls otherwise.
_HEADS = {"created_at": "posted_at", "text": "post_text", "view_count": "views", "like_count": "likes",
          "repost_count": "reposts", "reply_count": "replies"}  # fmt: skip


def accounts(ranked: Sequence[RankedAccount], language: Language) -> bytes:
    """Return accounts with both verdicts and the decisions that stand, one a line."""
    names = [name for name in _ACCOUNTS if name not in ("known", "decision")]
    # A few words, said of thousands of accounts.
    said = {
        band: _band(band, language)
        for band in {band for each in ranked for band in (each.coordinated_band, each.inauthentic_band)}
    }
    rows = [
        {
            **{name: getattr(each, name) for name in names},
            "coordinated_band": said[each.coordinated_band],
            "inauthentic_band": said[each.inauthentic_band],
            "known": ", ".join(each.known),
            "decision": ", ".join(
                Message(f"console.decision_{decision.decision}").say(language)
                for decision in each.decisions
                if not decision.is_void
            ),
        }
        for each in ranked
    ]
    return _written(rows, _ACCOUNTS, language)


def contents(copied: Sequence[CopiedContent], language: Language) -> bytes:
    """Return contents with who published them first, when, and what they reached, one a line."""
    rows = [
        {
            **{
                name: getattr(each, name)
                for name in ("id", "object", "text", "accounts", "posts", "first_time", "last_time")
            },
            "trace": traces.title(each.trace).say(language),
            "first_handle": each.first_account.shown,
            **{name: getattr(each.reach, name) for name in ("views", "likes", "reposts", "replies")},
        }
        for each in copied
    ]
    return _written(rows, _CONTENTS, language)


def bars(drawn: Bars | None, language: Language) -> bytes:
    """Return the bars of a figure, one a line; none where nothing is drawn."""
    rows = [{name: getattr(bar, name) for name in _BARS} for bar in (drawn.bars if drawn else ())]
    return _written(rows, _BARS, language)


def posts(listed: pl.DataFrame, language: Language) -> bytes:
    """Return posts with their authors, one a line.

    Args:
        listed: Columns of the contract, ``handle``, ``group`` and ``campaign``.
        language: Of the heads.
    """
    told = listed.select(_POSTS).with_columns(pl.col("urls", "hashtags").list.join(" "))
    return spreadsheet.written(told, _heads((_HEADS.get(name, name) for name in _POSTS), language), language)


def pairs(seen: pl.DataFrame, language: Language) -> bytes:
    """Return pairs of accounts, one a line for each trace.

    Args:
        seen: From :meth:`vigie.serving.console.network.Network.pairs_seen`.
        language: Of the traces and heads.
    """
    of_contents = message("console.layer_contents")
    titles = {
        name: (of_contents if name == CONTENTS else traces.title(name)).say(language)
        for name in seen["trace"].unique()
    }
    told = seen.with_columns(pl.col("trace").replace(titles))
    return spreadsheet.written(told, _heads(told.columns, language), language)


def _band(name: str, language: Language) -> str:
    return Message(f"console.band_{name.replace(' ', '_')}").say(language)


def _written(
    rows: Sequence[Mapping[str, object]], columns: Mapping[str, pl.DataType | type[pl.DataType]], language: Language
) -> bytes:  # fmt: skip
    return spreadsheet.written(pl.DataFrame(rows, schema=dict(columns)), _heads(columns, language), language)


def _heads(columns: Iterable[str], language: Language) -> list[str]:
    return [Message(f"console.column_{name}").say(language) for name in columns]
