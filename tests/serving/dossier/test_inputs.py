"""What was compared is held in the columns of the contract, and comes back as it was."""

from __future__ import annotations

from io import BytesIO

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vigie.errors import DossierError
from vigie.features import schema
from vigie.serving.dossier import inputs
from vigie.serving.dossier.inputs import ACCOUNTS, POSTS
from vigie.serving.dossier.sealing import Finding


def parquet(table: pl.DataFrame) -> bytes:
    file = BytesIO()
    table.write_parquet(file)
    return file.getvalue()


def test_tables_come_back_as_they_were_compared(finding: Finding) -> None:
    held = inputs.written(finding.compared)
    assert pl.read_parquet(held[POSTS]).schema == schema.schema("posts")
    accounts, posts = inputs.read(held[ACCOUNTS], held[POSTS], platform_of_posts=False)
    assert_frame_equal(accounts, finding.compared.accounts)
    assert_frame_equal(posts.select(finding.compared.posts.columns), finding.compared.posts)
    assert "platform" in inputs.read(held[ACCOUNTS], held[POSTS], platform_of_posts=True)[1].columns


def test_the_summary_tells_how_much_and_from_when_to_when(finding: Finding) -> None:
    told, posts = inputs.summed_up(finding.compared), finding.compared.posts
    assert (told.accounts, told.posts) == (76, posts.height)
    assert (told.first_post_at, told.last_post_at) == (posts["created_at"].min(), posts["created_at"].max())


def test_tables_that_are_none_of_the_contract_are_refused(
    finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = inputs.written(finding.compared)
    accounts, posts = pl.read_parquet(held[ACCOUNTS]), pl.read_parquet(held[POSTS])
    for changed, table, why in (
        (ACCOUNTS, accounts.drop("handle"), "columns of the contract"),
        (ACCOUNTS, accounts.head(3), "not by exactly one of the accounts"),
        (ACCOUNTS, pl.concat([accounts, accounts]), "not by exactly one of the accounts"),
        (POSTS, posts.with_columns(text=pl.lit(1)), "columns of the contract"),
    ):
        given = held | {changed: parquet(table)}
        with pytest.raises(DossierError, match=why):
            inputs.read(given[ACCOUNTS], given[POSTS], platform_of_posts=False)
    with pytest.raises(DossierError, match="no Parquet file"):
        inputs.read(b"\x80\x04pickled", held[POSTS], platform_of_posts=False)
    monkeypatch.setattr(inputs, "MOST_ROWS", 10)
    with pytest.raises(DossierError, match="at most 10"):
        inputs.read(held[ACCOUNTS], held[POSTS], platform_of_posts=False)
