"""What a person says of the columns of a file becomes a mapping that the generic reader takes, whatever they are called."""

from __future__ import annotations

from typing import Any

import pytest

from vigie.errors import UnknownFormatError
from vigie.features.ingest import mapping
from vigie.serving.console import columns
from vigie.serving.console.trial import offered
from vigie.serving.console.uploads import Upload

STATED = {
    "platform": "x", "column-account_id": "auteur", "column-post_id": "numero", "column-created_at": "quand",
    "column-handle": "auteur", "column-text": "dit \"elle\"", "column-hashtags": "mots", "time_format": "%d/%m/%Y %H:%M",
}  # fmt: skip


def test_a_form_that_states_no_column_states_no_mapping() -> None:
    assert columns.mapping({"platform": "x", "column-text": "", "operation": "op"}) is None


def test_what_a_form_states_is_a_mapping_of_accounts_and_posts() -> None:
    stated = columns.mapping(STATED)
    assert stated is not None
    plan = mapping.parse(stated, "columns.toml")
    assert plan.defaults == {"platform": "x"}
    assert set(plan.tables) == {"accounts", "posts"}
    assert set(plan.tables["posts"].fields) == {"account_id", "post_id", "created_at", "text", "hashtags"}
    without = columns.mapping({name: value for name, value in STATED.items() if name != "column-handle"})
    assert set(mapping.parse(without or b"", "columns.toml").tables) == {"posts"}


def test_a_column_that_may_be_a_field_is_suggested() -> None:
    assert columns.suggested(["User_Id", "tweet_id", "tweet_time", "elsewhere"]) == {
        "account_id": "User_Id", "post_id": "tweet_id", "created_at": "tweet_time",
    }  # fmt: skip


def test_a_file_of_no_known_format_is_read_once_its_columns_are_stated(opened: Any, token_in: Any) -> None:
    rows = "".join(f"bob{row % 3},{row},{row + 1:02d}/05/2024 08:00,bonjour,\n" for row in range(9))
    content = f'auteur,numero,quand,"dit ""elle""",mots\n{rows}bob,9,hier,bonjour,\n'.encode()
    browser = opened()
    token = token_in(browser.get("/console/try").text)
    asked = browser.post("/console/try", data={"token": token}, files={"file": ("odd.csv", content)})
    assert asked.status_code == 422
    assert '<select name="column-account_id" required>' in asked.text
    assert '<option value="dit &#34;elle&#34;">' in asked.text
    told = browser.post("/console/try", data={"token": token, **STATED}, files={"file": ("odd.csv", content)})
    assert told.status_code == 200, told.text
    assert "Posts: 10 rows read, 9 kept, 0 found twice, 1 set aside." in told.text
    assert "@bob2" in told.text


def test_a_file_that_is_no_table_stays_refused() -> None:
    with pytest.raises(UnknownFormatError):
        offered(Upload({}, ".exe", b"MZ"))
