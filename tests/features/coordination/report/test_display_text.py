"""What was handed in is shown in one line that it cannot change, and cut to what fits."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.coordination.report import display_text


def shown(text: str | None, of: pl.Expr) -> str | None:
    found: str | None = pl.DataFrame({"text": [text]}, schema={"text": pl.String}).select(of).item()
    return found


@pytest.mark.parametrize("sign", ["\x1b", "\u202e", "\u200b", "\x00", "\n"])
def test_signs_that_change_a_line_are_replaced_in_columns_and_in_names(sign: str) -> None:
    text = f"a{sign}b"
    assert shown(text, display_text.plain(pl.col("text"))) == display_text.plain_name(text) == "a\ufffdb"


def test_letters_of_every_script_stay() -> None:
    text = "Élise Иван 市場 سوق 😀"
    assert shown(text, display_text.plain(pl.col("text"))) == display_text.plain_name(text) == text


def test_line_breaks_and_runs_of_spaces_become_one_space() -> None:
    assert shown("  a\n\n b\t\u2028c ", display_text.line(pl.col("text"))) == "a b c"


@pytest.mark.parametrize(("text", "short"), [("abcdef", "abcd…"), ("abcde", "abcde"), ("", ""), (None, None)])
def test_text_is_cut_where_it_is_longer_than_allowed(text: str | None, short: str | None) -> None:
    assert shown(text, display_text.cut(pl.col("text"), 5)) == short


@pytest.mark.parametrize(
    ("name", "written"),
    [("x", "X"), ("vk", "VK"), ("tiktok", "TikTok"), ("agora", "agora"), ("a\u202eb", "a\ufffdb")],
)
def test_a_platform_is_written_as_it_writes_itself(name: str, written: str) -> None:
    assert display_text.platform(name) == written
