"""Newspapers and shops of one agency are told by the sites that they lead to, or by the names that they fill in, one each."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.report import syndication
from vigie.features.coordination.report.shared_posts import SharedActs
from vigie.features.coordination.report.syndication import Syndication

PAPERS, TEXTS = 10, 4


def published(
    sites: list[str | None], said: list[str] | None = None, names: list[str] | None = None, **columns: Any
) -> Syndication | None:
    """Return where papers lead that publish the same four texts, each with a link to its site, and one post of their own.

    Args:
        sites: The site of each.
        said: What the biography of each says.
        names: What each fills into the texts.
        columns: Columns of these posts.
    """
    held = [
        {
            "row": row,
            "text": f"text {text} {names[row] if names else ''}",
            "urls": [f"https://{site}/{text}"] if site else [],
            **columns,
        }
        for text in range(TEXTS)
        for row, site in enumerate(sites)
    ]
    own = [{"row": row, "text": "own", "urls": ["https://elsewhere.example/"]} for row in range(len(sites))]
    types = {"row": pl.Int64(), **schema.schema("posts")}
    posts = pl.DataFrame([*held, *own], schema=types).with_row_index("post").cast({"post": pl.Int64})
    acts = pl.DataFrame(
        [("text_duplicate", one["row"], one["text"][:6], post, 60 * post) for post, one in enumerate(held)],
        schema=("trace", "account", "object", "post", "time"),
        orient="row",
    )
    posts, acts = (table.with_columns(group=pl.lit(0)) for table in (posts, acts))
    people = pl.DataFrame(
        {
            "group": 0,
            "row": range(len(sites)),
            "handle": [f"user{row}" for row in range(len(sites))],
            "display_name": None,
            "description": [*said] if said else [None for _ in sites],
        },
        schema_overrides={"display_name": pl.String(), "description": pl.String()},
        strict=False,
    )
    return syndication.by_group(SharedActs.of(posts, acts), people).get(0)


def papers(count: int = PAPERS) -> list[str | None]:
    return [f"paper{number}.example" for number in range(count)]


def test_papers_that_lead_to_a_site_of_their_own_each_are_of_an_agency() -> None:
    found = published(papers())
    assert found == Syndication(home=1.0, apart=1.0, addressed=0.0, linked=1.0, named=0.0)
    assert found.is_of_an_agency


def test_accounts_that_push_one_site_are_of_no_agency() -> None:
    found = published(["pushed.example"] * PAPERS)
    assert found == Syndication(home=1.0, apart=0.0, addressed=0.0, linked=1.0, named=0.0)
    assert not found.is_of_an_agency


@pytest.mark.parametrize(("pushed", "apart", "holds"), [(2, 0.9, True), (3, 0.85, False)])
def test_one_account_in_ten_may_lead_to_the_site_of_another(pushed: int, apart: float, holds: bool) -> None:
    found = published([*papers(20 - pushed), *["pushed.example"] * pushed])
    assert found is not None
    assert found.apart == pytest.approx(apart)
    assert found.is_of_an_agency is holds


def test_posts_without_a_link_are_of_no_paper() -> None:
    found = published([*papers(8), None, None])
    assert found == Syndication(home=0.8, apart=0.8, addressed=0.0, linked=0.8, named=0.0)
    assert not found.is_of_an_agency
    assert published([None] * PAPERS) is None


@pytest.mark.parametrize("columns", [{"mentions": ["somebody"]}, {"kind": "reply"}, {"target_post_id": "7"}])
def test_papers_address_nobody(columns: dict[str, Any]) -> None:
    found = published(papers(), **columns)
    assert found is not None
    assert found.addressed == 1.0
    assert not found.is_of_an_agency


TOWNS = ["Agen", "Albi", "Angoulême", "Auch", "Bayonne", "Cahors", "Dax", "Foix", "Pau", "Tarbes"]


def shops(named: int = len(TOWNS), said: str = "Fleurs à {}", **columns: Any) -> Syndication | None:
    """Return what shops publish of which so many fill their own town into a text of their agency, and the others no name."""
    filled = [f"on vous attend à {town.upper()}" if n < named else "!" for n, town in enumerate(TOWNS)]
    return published([None] * len(TOWNS), [said.format(town) for town in TOWNS], filled, **columns)


def test_shops_that_fill_in_the_town_which_their_profile_names_are_of_an_agency() -> None:
    found = shops()
    assert found == Syndication(home=0.0, apart=0.0, addressed=0.0, linked=0.0, named=1.0)
    assert found.is_of_an_agency
    nine = shops(9)
    assert nine is not None
    assert nine.is_of_an_agency
    assert shops(8) is None


def test_a_name_that_all_fill_in_or_no_profile_holds_names_nobody() -> None:
    assert shops(said="Fleurs") is None
    everywhere = [*TOWNS[:3], *["Agen"] * 7]
    assert published([None] * 10, [f"Fleurs à {town}" for town in everywhere], everywhere) is None


def test_shops_link_and_address_nobody_else() -> None:
    for columns in ({"mentions": ["somebody"]}, {"kind": "reply"}):
        assert shops(**columns) is None
    pushed = published(["pushed.example"] * 10, [f"Fleurs à {town}" for town in TOWNS], TOWNS)
    assert pushed is not None
    assert (pushed.linked, pushed.named) == (1.0, 0.0)
    assert not pushed.is_of_an_agency
