"""What is kept of a closed operation names nobody, and nobody without the key can test a guess."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from vigie.errors import InputError
from vigie.serving.known_campaigns.digests import Key, digested, of_account
from vigie.serving.known_campaigns.types import KnownAccount, KnownCampaign


def test_digests_hold_no_value_and_no_digest_that_could_be_guessed(campaign: KnownCampaign) -> None:
    kept = digested(campaign, Key(b"k" * 32))
    written = TypeAdapter(KnownCampaign).dump_json(kept).decode().lower()
    values = [each.value for each in campaign.indicators]
    values += [one.value for each in campaign.accounts for one in of_account(each)]
    assert values
    for value in values:
        assert f'"{value.lower()}"' not in written
        assert hashlib.sha256(value.lower().encode()).hexdigest() not in written
    assert (kept.name, kept.source, kept.accounts) == (campaign.name, campaign.source, ())
    assert len(kept.indicators) == len(values)


def test_digests_differ_by_key_platform_and_kind() -> None:
    one, other = Key(b"k" * 32), Key(b"z" * 32)
    made = {
        key.digest(kind, platform, "ann") for key in (one, other) for kind in ("handle", "domain") for platform in ("x", "vk")
    }  # fmt: skip
    assert len(made) == 8
    assert one.name != other.name
    assert one.name == Key(b"k" * 32).name


def test_a_key_of_few_bytes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"secret")
    with pytest.raises(InputError, match="32 random bytes"):
        Key.read(tmp_path / "key")


def test_an_account_is_known_by_all_that_its_source_tells() -> None:
    account = KnownAccount(platform="x", account_id="7", handle="ann", description="", role="named")
    assert [(each.kind, each.value, each.platform, each.role) for each in of_account(account)] == [
        ("account_id", "7", "x", "named"), ("handle", "ann", "x", "named"),
    ]  # fmt: skip
