"""Webhooks are registered with a secret that is shown once, and that can be changed without a gap."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from vigie.errors import OperationNotFoundError
from vigie.serving.operations.webhooks import queue, registration
from vigie.serving.operations.webhooks.registration import Keyed


def secrets(watched: Any, webhook: str) -> list[str]:
    with watched.catalogue.database(watched.id).reading() as connection:
        return registration.signing(registration.row_of(connection, webhook), watched.catalogue.clock())


def test_a_secret_is_shown_once_and_is_long_enough(watched: Any, told: Keyed) -> None:
    assert len(base64.b64decode(told.secret.removeprefix("whsec_"))) == 32
    with watched.catalogue.database(watched.id).reading() as connection:
        (listed,) = registration.listed(connection)
    assert listed == told.webhook
    assert told.secret not in str(listed)


def test_after_a_rotation_both_secrets_sign_for_a_day(watched: Any, clock: Any, told: Keyed) -> None:
    assert secrets(watched, told.webhook.id) == [told.secret]
    with watched.catalogue.database(watched.id).writing() as connection:
        new = registration.rotate(connection, told.webhook.id, clock())
    assert new.secret != told.secret
    clock.go_on(hours=23)
    assert secrets(watched, told.webhook.id) == [new.secret, told.secret]
    clock.go_on(hours=1)
    assert secrets(watched, told.webhook.id) == [new.secret]


def test_a_webhook_is_taken_away_with_what_was_to_be_delivered(
    watched: Any, clock: Any, told: Keyed, alert: Callable[..., str]
) -> None:
    alert()
    with watched.catalogue.database(watched.id).writing() as connection:
        queue.fill(connection, clock())
        assert registration.one(connection, told.webhook.id).waiting == 1
        registration.remove(connection, told.webhook.id)
        assert registration.listed(connection) == []
        assert queue.due(connection, clock()) == []
        for refused in (registration.one, registration.remove, registration.row_of):
            with pytest.raises(OperationNotFoundError, match="no webhook of that name"):
                refused(connection, told.webhook.id)
