"""Accounts that a command could not take are told, the first few by name."""

from __future__ import annotations

from vigie.cli.refused import told
from vigie.errors import ContractError
from vigie.features.ingest.refusals import problem_of
from vigie.models.verdict import AccountResult


def test_the_first_five_are_named_and_the_others_counted() -> None:
    problem = problem_of(ContractError("followers_count is -1; give 0 or more"))
    lines = list(told([AccountResult("x", str(number), "handle", error=problem) for number in range(1_007)]))
    assert lines[0] == "refused: account 0: followers_count is -1; give 0 or more"
    assert lines[5:] == ["refused: 1,002 more"]


def test_an_account_without_a_readable_id_is_told_too() -> None:
    problem = problem_of(ContractError("the line is no JSON"))
    assert list(told([AccountResult(None, None, None, error=problem)])) == [
        "refused: an account without a readable id: the line is no JSON"
    ]
