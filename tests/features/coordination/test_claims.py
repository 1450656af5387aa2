"""Words that mostly stand together are a claim, however they are put; names and words of everybody are told apart from it."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from vigie.features.coordination import claims, passed_on

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def posts(*said: tuple[int, str], kind: str = "original") -> pl.DataFrame:
    """Return posts: the account of each and its text."""
    table = pl.DataFrame(said, schema=["row", "text"], orient="row")
    return table.with_columns(
        created_at=pl.lit(NOW),
        kind=pl.lit(kind),
        target_post_id=pl.lit(None, pl.String),
        target_account_id=pl.lit(None, pl.String),
    )


REWORDED = (
    (0, "The yacht of the minister was paid in gold, see https://a.example/x1"),
    (1, "@desk GOLD bought a yacht! Our minister laughs"),
    (2, "who gave gold? minister, yacht, champagne"),
    (3, "minister + yacht + gold = how dare they #shame"),
)
OTHERS = tuple((10 + each, f"the weather is fine in town number {'abcdefgh'[each]}x") for each in range(8))


def test_reworded_posts_make_one_claim_whatever_the_order_and_the_rest() -> None:
    found = claims.acts(posts(*REWORDED, *OTHERS))
    assert found.schema == passed_on.SCHEMA
    of_claim = found.filter(pl.col("account") < 10)
    assert of_claim["account"].sort().to_list() == [0, 1, 2, 3]
    assert of_claim["object"].n_unique() == 1
    assert set(of_claim["object"][0].split()) == {"minister", "yacht", "gold"}
    assert of_claim.sort("post")["post"].to_list() == [0, 1, 2, 3]


def test_letters_that_look_alike_hide_no_claim() -> None:
    hidden = posts(*REWORDED[:3], (3, "Mіnіstеr yасht gоld tonight"), *OTHERS)
    assert claims.acts(hidden).filter(pl.col("account") < 10).height == 4


@pytest.mark.parametrize(
    "said",
    [
        # Each word of the claim stands in many other posts.
        posts(
            *REWORDED,
            *(
                (20 + each, f"{word} alone {each * 'x'}")
                for word in ("minister", "yacht", "gold")
                for each in range(9)
            ),
        ),
        # One account and one more.
        posts(*((each % 2, text) for each, (_, text) in enumerate(REWORDED))),
        posts(*REWORDED, kind="repost"),
        posts((0, "")).clear(),
        posts((0, ""), (1, "one"), (2, "two")),
    ],
    ids=["words of all", "two accounts", "reposts", "none", "short"],
)
def test_words_of_everybody_of_two_or_passed_on_are_no_claim(said: pl.DataFrame) -> None:
    assert claims.acts(said).is_empty()


def test_more_posts_than_are_looked_at_give_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "MOST_POSTS", 3)
    assert claims.acts(posts(*REWORDED)).is_empty()
