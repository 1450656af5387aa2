"""A content is told of without a verdict: by what it is, who began, and how many followed."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from stix2validator import ValidationOptions, validate_instance

from vigie.serving.stix.published_content import PublishedContent

START = datetime(2024, 5, 3, 8, 0, 12, tzinfo=UTC)
LINK = PublishedContent(
    trace="co_url", object="quay.example/a", name="quay.example/a", text="Read this", first_account="@ann", first_time=START,
    last_time=START.replace(hour=11), accounts=4, posts=5, grouped=1,
    acts=pl.DataFrame({"account": [0], "post": [0], "time": [0], "object": ["quay.example/a"]}),
)  # fmt: skip
TEXT = replace(LINK, trace="text_duplicate", object="17", name="Share this", text="Share this\nnow")


def value_of(content: PublishedContent) -> tuple[str, str]:
    made = content.observable(())
    assert made is not None
    return made.type, made.value


def test_a_page_is_a_url_words_are_a_text_and_a_picture_is_its_posts() -> None:
    assert value_of(LINK) == ("url", "https://quay.example/a")
    assert value_of(replace(LINK, object="url:a_1")) == ("text", "url:a_1")
    assert value_of(TEXT) == ("text", "Share this\ufffdnow")
    assert value_of(replace(TEXT, trace="text_template")) == ("text", "Share this\ufffdnow")
    assert value_of(replace(LINK, trace="hashtag_sequence", object="quay vote")) == ("text", "#quay #vote")
    assert replace(LINK, trace="media_duplicate", object="3").observable(()) is None
    assert replace(TEXT, text=" ").observable(()) is None


def test_only_copies_derive_from_each_other() -> None:
    traces = ("co_url", "hashtag_sequence", "text_duplicate", "text_template", "media_duplicate")
    assert [replace(LINK, trace=trace).are_copies for trace in traces] == [False, False, True, True, True]


HOSTILE = [
    "quay.example/<script>", 'quay.example/"a b', "quay.example/é\u202e", "xn--e1afmkfd.example/?q=%zz&x=[1]{2}|\\^`", "[::1]/a",
    "münchen.example/ü", "quay.example/a?b=c?d=%41", "[bad/a", "quay.example:x/a", "quay.example:8443", "url:a_1", "a" * 2_000,
]  # fmt: skip


@pytest.mark.parametrize("page", HOSTILE)
def test_the_validator_of_oasis_takes_whatever_page_was_linked_to(page: str) -> None:
    made = replace(LINK, object=page).observable(())
    assert made is not None
    bundle: Any = {
        "type": "bundle",
        "id": f"bundle--{uuid.UUID(int=4, version=4)}",
        "objects": [made.to_json()],
    }
    result = validate_instance(bundle, ValidationOptions(version="2.1"))
    assert result.is_valid, [str(error) for error in result.errors]


def test_it_is_named_by_kind_time_and_start_and_no_name_holds_a_direction_mark() -> None:
    assert LINK.title("Harbour").say("en") == (
        "Harbour: links to the same page, first published on 3 May 2024 at 08:00:12 UTC: “quay.example/a”"
    )
    hostile = replace(TEXT, name="\u202eevil " * 40, first_account="@a\u202eb")
    for said in (hostile.title("H\u202e"), hostile.spread):
        for language in ("en", "fr"):
            assert "\u202e" not in said.say(language)
    assert len(hostile.title("H").say("en")) < 250


def test_what_is_told_says_that_nobody_is_judged_and_what_was_left_out() -> None:
    whole = [each.say("en") for each in LINK.evidence(5)]
    assert whole[0] == (
        "Published by 4 accounts in 5 posts: by @ann first, on 3 May 2024 at 08:00:12 UTC; last on 3 May 2024 at 11:00:12 UTC."
    )
    assert "1 of these accounts is a member" in whole[1]
    assert "No account is judged" in whole[2]
    assert "no proof" in whole[3]
    assert "the earliest 3 posts" in [each.say("en") for each in LINK.evidence(3)][2]
    assert (
        "0 of these accounts are members"
        in [each.say("en") for each in replace(LINK, grouped=0).evidence(5)][1]
    )
    assert (
        "3 de ces comptes appartiennent"
        in [each.say("fr") for each in replace(LINK, grouped=3).evidence(5)][1]
    )
