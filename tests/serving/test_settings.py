"""Settings come from the environment, and what cannot be is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from vigie.serving.settings import Settings


def test_each_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_BUNDLE", "/models/inauthentic")
    monkeypatch.setenv("VIGIE_MAX_MEETINGS", "1000")
    monkeypatch.setenv("VIGIE_MAX_BODY_MB", "0.5")
    settings = Settings()
    assert settings.max_meetings == 1_000
    assert settings.max_body_bytes == 500_000
    champions, challengers = settings.folders()
    assert champions == {"inauthentic": Path("/models/inauthentic"), "coordinated": None}
    assert set(challengers.values()) == {None}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_work", 20), ("max_list_accounts", 0), ("shadow_share", 1.1), ("reload_seconds", -1),
        ("drift_hours", 0), ("max_meetings", 0), ("threads", 0), ("workers", 0),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings(**{name: value})  # type: ignore[arg-type]


def test_networks_of_webhooks_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().webhook_allow == ()
    monkeypatch.setenv("VIGIE_WEBHOOK_ALLOW", "10.1.0.0/16, fc00:1::/32")
    assert [str(network) for network in Settings().webhook_allow] == ["10.1.0.0/16", "fc00:1::/32"]
    monkeypatch.setenv("VIGIE_WEBHOOK_ALLOW", "inside")
    with pytest.raises(ValidationError, match="webhook_allow"):
        Settings()


def test_threads_and_bytes_in_flight_are_shared_out_among_processes() -> None:
    each = Settings(workers=3, threads=8, max_in_flight_mb=300).of_a_worker()
    assert (each.threads, each.max_in_flight_mb) == (2, 100)
    assert Settings(workers=3, threads=2).of_a_worker().threads == 1
