"""An account is called by its handle, or else by its id, in a sentence that neither can change."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from vigie.features.coordination.report.types import (
    AccountName,
    Alternative,
    CampaignMember,
    Leader,
    NetworkReport,
)


@pytest.mark.parametrize(
    ("handle", "account_id", "shown"),
    [
        ("anna", "17", "@anna"),
        (None, "17", "17"),
        ("", "17", "17"),
        ("an\u202ena\n", "17", "@an\ufffdna\ufffd"),
        (None, "1\x1b7", "1\ufffd7"),
    ],
)
def test_an_account_is_shown_by_its_handle_or_else_its_id_without_signs_that_change_a_line(
    handle: str | None, account_id: str, shown: str
) -> None:
    assert AccountName("x", account_id, handle).shown == shown


def test_members_are_shown_as_accounts_are() -> None:
    assert Leader("x", "17", "anna", 3).shown == "@anna"
    assert CampaignMember("x", "17", None, 5, 4, 2, None, None).shown == "17"


def test_an_alternative_says_for_and_against_in_json() -> None:
    alternative = Alternative("fans", "They may be fans.", ["one idol"], ["no idol"])
    said = TypeAdapter(Alternative).dump_python(alternative, by_alias=True)
    assert said == {
        "name": "fans", "sentence": "They may be fans.", "for": ["one idol"], "against": ["no idol"],
    }  # fmt: skip


def test_every_field_that_has_a_description_gives_it_to_the_schema() -> None:
    document = TypeAdapter(NetworkReport).json_schema()
    shapes = document["$defs"]
    assert document["properties"]["groups"]["description"] == "The strongest first."
    assert shapes["Pair"]["properties"]["window"]["description"] == "Seconds within which both acted."
    assert "shown" not in shapes["AccountName"]["properties"]
