"""An answer is in the language and the form that its client likes best."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from vigie.serving.api.negotiation import accepts_lines, chosen, language_of, preferred, spoken


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"), ("fr", "fr"), ("fr-CA,en;q=0.5", "fr"), ("de, fr;q=0.4, en;q=0.6", "en"), ("de", "en"),
        ("*", "en"), ("en;q=0, *;q=0.1", "fr"), ("fr;q=x", "en"), (";;,,=", "en"),
    ],
)  # fmt: skip
def test_the_header_chooses_the_language(header: str | None, language: str) -> None:
    assert preferred(header) == language


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("application/x-ndjson", True), ("application/x-ndjson, application/json;q=0.9", True), ("application/json", False),
        ("application/json, application/x-ndjson;q=0.5", False), (None, False), ("application/x-ndjson;q=0", False),
    ],
)  # fmt: skip
def test_lines_are_sent_to_who_asks_for_them(header: str | None, wanted: bool) -> None:
    assert accepts_lines(header) is wanted


def test_a_language_that_is_named_goes_before_the_header_where_we_speak_it() -> None:
    assert chosen("en", "fr") == "en"
    assert chosen("de", "fr") == chosen(None, "fr") == "fr"
    assert chosen(["fr"], None) == "en"


@pytest.mark.parametrize(("query", "language"), [(b"", "fr"), (b"language=en", "en"), (b"language=xx", "fr")])
def test_a_problem_is_in_the_language_of_the_address_or_of_the_header(query: bytes, language: str) -> None:
    scope = {"type": "http", "query_string": query, "headers": [(b"accept-language", b"fr")]}
    assert language_of(Request(scope)) == language


def test_an_answer_says_its_language() -> None:
    assert spoken("fr") == {"Content-Language": "fr", "Vary": "Accept-Language"}
