"""What was handed in, as it is shown to a reader: cut, and never able to change the line that it stands in."""

from __future__ import annotations

from unicodedata import category

import polars as pl

# A character that turns a line of text into something else: control and direction marks.
_UNSEEN = r"[\p{Cc}\p{Cf}]"


def plain(given: pl.Expr) -> pl.Expr:
    """Return text with its control and direction marks replaced."""
    return given.str.replace_all(_UNSEEN, "\ufffd")


def plain_name(name: str) -> str:
    """Return one name as :func:`plain` returns a column of them."""
    return "".join("\ufffd" if category(sign) in ("Cc", "Cf") else sign for sign in name)


def line(given: pl.Expr) -> pl.Expr:
    """Return text with spaces and line breaks folded into single spaces."""
    return given.str.replace_all(r"\s+", " ").str.strip_chars()


def cut(given: pl.Expr, characters: int) -> pl.Expr:
    """Return text of at most that many characters, the last of them an ellipsis where some are left out."""
    shorter = pl.concat_str(given.str.slice(0, characters - 1), pl.lit("…"))
    return pl.when(given.str.len_chars() > characters).then(shorter).otherwise(given)


_PLATFORMS = {
    "x": "X", "facebook": "Facebook", "instagram": "Instagram", "telegram": "Telegram", "tiktok": "TikTok",
    "youtube": "YouTube", "vk": "VK", "bluesky": "Bluesky", "mastodon": "Mastodon",
}  # fmt: skip


def platform(name: str) -> str:
    """Return a platform as it writes itself."""
    return _PLATFORMS.get(name) or plain_name(name)
