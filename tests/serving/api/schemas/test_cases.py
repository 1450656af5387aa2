"""What is added to a case is taken over whole, and a file that nobody could find is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from vigie.serving.api.schemas.cases import CaseAddition, CaseFile, CaseOpening
from vigie.serving.operations.cases import Addition, File
from vigie.serving.operations.decisions import AccountSubject, TrackSubject

SENT = {"by": "Ann", "note": "called the club", "after": 3}


def test_an_addition_is_taken_over_with_its_files_and_subjects() -> None:
    files = [{"name": "letter", "sha256": "ab" * 32}, {"name": "article", "url": "https://a.example/1?b=c"}]
    subjects = [{"kind": "account", "platform": "x", "account_id": "7"}]
    asked = CaseAddition.model_validate(SENT | {"state": "closed", "files": files, "subjects": subjects})
    assert asked.addition() == Addition(
        "Ann", "called the club", 3, "closed", [AccountSubject("x", "7")],
        [File("letter", sha256="ab" * 32), File("article", url="https://a.example/1?b=c")],
    )  # fmt: skip
    assert CaseAddition.model_validate(SENT).addition() == Addition("Ann", "called the club", 3, None, [], [])


@pytest.mark.parametrize(
    "file", [{}, {"url": "javascript:alert(1)"}, {"url": "//a.example"}, {"url": 'https://a.example/"'}, {"sha256": "AB" * 32}]
)  # fmt: skip
def test_a_file_needs_a_link_of_the_web_or_a_digest(file: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        CaseFile.model_validate({"name": "a"} | file)


@pytest.mark.parametrize("missing", ["by", "note", "after"])
def test_nothing_is_added_without_a_name_a_note_and_what_was_seen(missing: str) -> None:
    with pytest.raises(ValidationError):
        CaseAddition.model_validate({name: value for name, value in SENT.items() if name != missing})


def test_a_case_is_opened_on_groups_and_campaigns_but_on_no_criterion() -> None:
    opening = {"title": "The harbour", "by": "Ann", "note": "n"}
    group = {"kind": "group", "track": 4}
    assert CaseOpening.model_validate(opening | {"subjects": [group]}).subjects == [TrackSubject("group", 4)]
    criterion = {"kind": "criterion", "of": "group", "track": 4, "criterion": "foreign_involvement"}
    with pytest.raises(ValidationError):
        CaseOpening.model_validate(opening | {"subjects": [criterion]})
