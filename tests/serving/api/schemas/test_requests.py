"""The shape of a request follows the contract field by field, and its limits are those that are documented."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from vigie.features.schema import ACCOUNT_FIELDS, POST_FIELDS, TARGETS
from vigie.serving.api.schemas.requests import (
    EXAMPLE,
    NETWORK_EXAMPLE,
    Account,
    Envelope,
    NetworkRequest,
    Options,
    Post,
    ScoreOptions,
    ScoreRequest,
)

LEAST = {"platform": "x", "account_id": "1", "observed_at": "2024-05-16T12:00:00Z"}


def refused(model: type[BaseModel], given: dict[str, Any]) -> list[str]:
    """Return the fields that a model finds at fault."""
    with pytest.raises(ValidationError) as fault:
        model.model_validate(given)
    return sorted({str(error["loc"][0]) for error in fault.value.errors()})


def test_the_examples_are_valid_requests() -> None:
    scored = ScoreRequest.model_validate(EXAMPLE)
    assert (len(scored.accounts), scored.language, scored.top_reasons) == (1, "en", 5)
    compared = NetworkRequest.model_validate(NETWORK_EXAMPLE)
    assert (len(compared.accounts), compared.language) == (12, "en")


def test_three_accounts_of_the_example_link_the_same_pages_within_eight_seconds_and_no_others_do() -> None:
    linked: dict[str, list[tuple[int, datetime]]] = {}
    for place, account in enumerate(NETWORK_EXAMPLE["accounts"]):
        for post in account["posts"]:
            page = post["text"].rsplit(" ", 1)[1]
            linked.setdefault(page, []).append((place, datetime.fromisoformat(post["created_at"])))
    quay = {page: acts for page, acts in linked.items() if "quay" in page}
    assert len(quay) == 5
    for acts in quay.values():
        assert [place for place, _ in acts] == [0, 1, 2]
        assert max(time for _, time in acts) - min(time for _, time in acts) == timedelta(seconds=8)
    assert {place for page, acts in linked.items() if page not in quay for place, _ in acts} == set(range(12))


def test_accounts_and_posts_have_the_fields_of_the_contract_and_need_what_it_needs() -> None:
    assert set(Account.model_fields) == {field.name for field in ACCOUNT_FIELDS} | {"posts"}
    own = {field.name for field in POST_FIELDS} - {"platform", "account_id"}
    assert set(Post.model_fields) == own
    assert refused(Account, {}) == ["account_id", "observed_at", "platform"]
    # A post is called by its place where it has no id.
    assert refused(Post, {}) == ["created_at"]


def test_another_name_of_a_field_is_read_and_told_in_its_description() -> None:
    (other, *_) = next(field.aliases for field in ACCOUNT_FIELDS if field.name == "followers_count")
    read = Account.model_validate(LEAST | {other: 12})
    assert read.model_dump()["followers_count"] == 12
    assert f"Also read under the names {other}" in str(Account.model_fields["followers_count"].description)


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("followers_count", 10**13, 10**13 + 1),
        ("followers_count", 0, -1),
        ("observed_at", "2024-05-16T12:00:00+02:00", "2024-05-16T12:00:00"),
        ("account_id", 17, ""),
        ("verified", None, "perhaps"),
    ],
)
def test_a_value_outside_the_contract_is_refused(field: str, good: object, bad: object) -> None:
    Account.model_validate(LEAST | {field: good})
    assert refused(Account, LEAST | {field: bad}) == [field]


def test_a_post_is_of_a_known_kind() -> None:
    Post.model_validate({"created_at": "2024-05-16T12:00:00Z", "kind": "repost"})
    assert refused(Post, {"created_at": "2024-05-16T12:00:00Z", "kind": "boost"}) == ["kind"]


@pytest.mark.parametrize("request_model", [ScoreRequest, NetworkRequest])
def test_a_request_holds_one_account_or_any_more(request_model: type[BaseModel]) -> None:
    request_model.model_validate({"accounts": [LEAST] * 501})
    assert refused(request_model, {"accounts": []}) == ["accounts"]


def test_the_frame_looks_into_no_account_and_has_both_targets_and_five_reasons_unless_asked() -> None:
    assert Envelope.model_validate({"accounts": [17, None], "unknown": 1}).accounts == [17, None]
    assert refused(Envelope, {"accounts": {}}) == refused(Envelope, {"accounts": []}) == ["accounts"]
    asked = ScoreOptions.model_validate({"unknown": 1})
    assert (tuple(asked.targets), asked.top_reasons, asked.language) == (tuple(TARGETS), 5, None)
    assert Options.model_validate({"language": "fr"}).language == "fr"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"top_reasons": 51}, "top_reasons"), ({"top_reasons": -1}, "top_reasons"), ({"top_reasons": True}, "top_reasons"),
        ({"top_reasons": "5"}, "top_reasons"), ({"targets": []}, "targets"), ({"targets": ["bots"]}, "targets"),
        ({"language": "de"}, "language"),
    ],
)  # fmt: skip
def test_an_option_outside_its_range_is_refused(changed: dict[str, object], field: str) -> None:
    ScoreOptions.model_validate({"top_reasons": 50})
    assert refused(ScoreOptions, changed) == [field]
