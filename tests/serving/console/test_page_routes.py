"""A problem is a page in the language asked for, where a browser asks; problem details, where a tool does."""

from __future__ import annotations

from typing import Any


def test_a_page_that_is_none_and_a_number_that_is_none_say_so_in_the_language_asked(
    opened: Any, kept: Any
) -> None:
    browser = opened("fr")
    for address, status in (
        (f"{kept.at}/campaigns/999", 404), (f"{kept.at}/other/1", 404), (f"{kept.at}/campaigns/x", 422),
        ("/console/operations/op_none", 404), (f"{kept.at}/account?platform=x&id=none", 404),
    ):  # fmt: skip
        answer = browser.get(address)
        assert answer.status_code == status, address
        assert 'lang="fr"' in answer.text


def test_a_tool_that_asks_for_no_page_gets_problem_details(opened: Any, kept: Any) -> None:
    answer = opened().get(f"{kept.at}/campaigns/999", headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
