"""Pages of groups and campaigns say what they are cited by."""

from __future__ import annotations

from typing import Any


def test_pages_of_findings_say_what_they_are_cited_by(opened: Any, kept: Any) -> None:
    browser = opened()
    told = browser.get(f"/v1/operations/{kept.operation}").json()["holdings"]["judged_revision"]
    addresses = [
        each for each in kept.pages() if any(name in each for name in ("groups/", "campaigns/", "contents/"))
    ]
    assert addresses
    for address in addresses:
        page = browser.get(address).text
        assert f"operation {kept.operation}, state {told}, judged on" in page, address
