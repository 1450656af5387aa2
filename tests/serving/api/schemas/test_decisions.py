"""What is sent as a decision."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from vigie.serving.api.schemas.decisions import EXAMPLE, DecisionRequest
from vigie.serving.operations.decisions import AccountSubject, TrackSubject


def test_a_request_becomes_a_statement() -> None:
    said = DecisionRequest(**EXAMPLE).statement()
    assert said.subject == AccountSubject("x", "1000000000000000001")
    assert (said.target, said.decision, said.by, said.after) == (
        "coordinated",
        "false_positive",
        "A. Martin",
        None,
    )
    group = DecisionRequest(**EXAMPLE | {"subject": {"kind": "group", "track": 3}, "after": 4}).statement()
    assert (group.subject, group.after) == (TrackSubject("group", 3), 4)


@pytest.mark.parametrize(
    "wrong",
    [{"by": ""}, {"why": ""}, {"why": "a\0b"}, {"decision": "met"}, {"target": "bad"}, {"subject": {"kind": "criterion"}}, {"after": 0},
     {"subject": {"kind": "group"}}, {"more": 1}],
)  # fmt: skip
def test_what_says_too_little_or_something_else_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DecisionRequest(**EXAMPLE | wrong)
