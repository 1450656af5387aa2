"""The shapes of requests to operations take the example, and only retention_days may be null."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from vigie.serving.api.schemas.operations import EXAMPLE, OperationChanges, OperationRequest
from vigie.serving.operations.catalogue import Theme


def test_the_example_is_an_operation() -> None:
    asked = OperationRequest.model_validate(EXAMPLE)
    assert asked.theme.theme() == Theme(**EXAMPLE["theme"])
    assert OperationRequest.model_validate({**EXAMPLE, "theme": {}}).theme.theme() == Theme()


@pytest.mark.parametrize("field", ["title", "theme", "legal_basis", "expires_at"])
def test_what_an_operation_must_have_cannot_be_changed_to_nothing(field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        OperationChanges.model_validate({field: None})


def test_what_is_left_out_is_not_changed() -> None:
    assert OperationChanges.model_validate({}).model_fields_set == set()
    assert OperationChanges.model_validate({"retention_days": None}).model_fields_set == {"retention_days"}
