"""Keys are secrets that are never kept, in a file that processes change one after another."""

from __future__ import annotations

import json
import os
import re
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vigie.errors import KeysError, UnauthenticatedError
from vigie.serving.access.keys import KeyFile, ShownKey, issue, rotate
from vigie.serving.access.rates import rate
from vigie.serving.access.scopes import Scope

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
YEAR = timedelta(days=365)


def test_a_key_has_256_random_bits_and_the_file_holds_none_of_them(
    key_file: Path, make_key: Callable[..., str]
) -> None:
    keys = {make_key(Scope.SCORE, name=f"c{number}") for number in range(20)}
    assert len(keys) == 20
    content = key_file.read_text()
    for key in keys:
        assert re.fullmatch(r"vigie_[0-9a-f]{8}_[\w-]{43}", key)
        assert key.split("_", 2)[2] not in content


def test_the_file_is_its_owners_alone_and_keeps_the_rights_that_he_gives(
    key_file: Path, make_key: Callable[..., str]
) -> None:
    make_key(Scope.SCORE)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    key_file.chmod(0o640)
    make_key(Scope.SCORE, name="another")
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o640
    assert {path.name for path in key_file.parent.iterdir()} <= {"keys.json", "keys.json.lock"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_a_change_by_root_leaves_the_file_to_the_user_of_the_service(
    key_file: Path, make_key: Callable[..., str]
) -> None:
    make_key(Scope.SCORE)
    os.chown(key_file, 12_345, 12_345)
    make_key(Scope.SCORE, name="another")
    assert (key_file.stat().st_uid, key_file.stat().st_gid) == (12_345, 12_345)


def test_a_key_is_found_by_all_of_it_alone(key_file: Path, make_key: Callable[..., str]) -> None:
    written, other = make_key(Scope.SCORE), make_key(Scope.MODEL, name="other")
    file = KeyFile(key_file)
    assert file.find(ShownKey.of(written), NOW).scopes == (Scope.SCORE,)
    secret = written.split("_", 2)[2]
    for wrong in (
        "", "vigie_", written[:-1], written + "a", written.upper(), f"{other[:15]}{secret}",
        f"vigie_00000000_{secret}", written.replace("vigie", "other"), written + "\n", "é" * 58,
    ):  # fmt: skip
        with pytest.raises(UnauthenticatedError, match="not known"):
            file.find(ShownKey.of(wrong), NOW)


def test_a_change_is_seen_at_once_without_a_restart(key_file: Path, make_key: Callable[..., str]) -> None:
    first = make_key(Scope.SCORE)
    file = KeyFile(key_file)
    file.find(ShownKey.of(first), NOW)
    second = make_key(Scope.SCORE, name="second")
    assert file.find(ShownKey.of(second), NOW).name == "second"
    with KeyFile(key_file).changing() as keys:
        keys.clear()
    with pytest.raises(UnauthenticatedError):
        file.find(ShownKey.of(first), NOW)


def test_a_file_that_goes_or_breaks_lets_nobody_in_and_one_that_comes_back_does(
    key_file: Path, make_key: Callable[..., str]
) -> None:
    written = make_key(Scope.SCORE)
    content = key_file.read_bytes()
    file = KeyFile(key_file)
    file.find(ShownKey.of(written), NOW)
    for damaged in (
        content[:-20],
        b"",
        b"[]",
        content.replace(b'"format": 1', b'"format": 2'),
        content.replace(b"score", b"fly"),
    ):
        key_file.write_bytes(damaged)
        for _ in range(2):
            with pytest.raises(KeysError, match="damaged"):
                file.find(ShownKey.of(written), NOW)
    key_file.unlink()
    with pytest.raises(KeysError, match="No such file"):
        file.find(ShownKey.of(written), NOW)
    key_file.write_bytes(content)
    file.find(ShownKey.of(written), NOW)


def test_a_damaged_file_is_never_written_over(key_file: Path, make_key: Callable[..., str]) -> None:
    key_file.write_text("{")
    with pytest.raises(KeysError, match="damaged"):
        make_key(Scope.SCORE)
    assert key_file.read_text() == "{"


def test_a_change_that_fails_leaves_the_file_as_it_was(key_file: Path, make_key: Callable[..., str]) -> None:
    make_key(Scope.SCORE)
    before = key_file.read_bytes()
    with suppress(RuntimeError), KeyFile(key_file).changing() as keys:
        keys.clear()
        raise RuntimeError
    assert key_file.read_bytes() == before


def test_changes_at_one_time_are_all_kept(key_file: Path, make_key: Callable[..., str]) -> None:
    threads = [
        threading.Thread(target=make_key, args=(Scope.SCORE,), kwargs={"name": f"c{number}"})
        for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(json.loads(key_file.read_text())["keys"]) == 12


def test_a_key_ends_when_it_expires_or_is_revoked() -> None:
    key = issue("a", [Scope.SCORE], NOW, life=YEAR).key
    assert key.state(NOW) == "active"
    assert key.state(NOW + YEAR) == "expired"
    assert key.model_copy(update={"revoked": NOW}).state(NOW) == "revoked"
    assert issue("a", [Scope.SCORE], NOW, life=None).key.state(NOW + 100 * YEAR) == "active"


def test_after_a_rotation_both_secrets_are_valid_for_the_overlap() -> None:
    first = issue("a", [Scope.SCORE], NOW, life=YEAR)
    later, overlap = NOW + timedelta(days=300), timedelta(hours=1)
    second = rotate(first.key, later, overlap=overlap)
    old, new = (ShownKey.of(issued.written).digest for issued in (first, second))
    assert second.key.id == first.key.id
    assert second.key.has(old, later)
    assert not second.key.has(old, later + overlap)
    assert second.key.has(new, later + overlap)
    assert second.key.expires == later + YEAR, "it lives as long as it did"
    third = rotate(second.key, later, overlap=overlap)
    assert not third.key.has(old, later), "of the secrets before, the last alone is valid"
    assert not rotate(first.key, later, overlap=timedelta(0)).key.has(old, later)


def test_the_old_secret_lives_no_longer_than_it_would_have() -> None:
    first = issue("a", [Scope.SCORE], NOW, life=timedelta(hours=2))
    second = rotate(first.key, NOW + timedelta(hours=1), overlap=timedelta(days=9))
    assert not second.key.has(ShownKey.of(first.written).digest, NOW + timedelta(hours=2))


def test_a_revoked_key_is_not_rotated() -> None:
    key = issue("a", [Scope.SCORE], NOW, life=None).key.model_copy(update={"revoked": NOW})
    with pytest.raises(KeysError, match="stays so"):
        rotate(key, NOW, overlap=timedelta(0))


@pytest.mark.parametrize("name", ["", "a" * 65, "a\nb", "<b>", '"'])
def test_a_name_that_could_do_harm_is_refused(name: str) -> None:
    with pytest.raises(KeysError, match="cannot be used"):
        issue(name, [Scope.SCORE], NOW, life=None)


def test_a_key_is_named_by_its_id_or_its_name_while_it_is_active(
    key_file: Path, make_key: Callable[..., str]
) -> None:
    identity = make_key(Scope.SCORE, requests=rate("5/minute")).split("_")[1]
    file = KeyFile(key_file)
    assert file.named(identity, NOW) == file.named("collector", NOW)
    assert str(file.named("collector", NOW).requests) == "5 per 1 minute"
    with file.changing() as keys:
        keys[identity] = keys[identity].model_copy(update={"revoked": NOW})
    assert file.named(identity, NOW).revoked
    for wanted in ("collector", "nobody"):
        with pytest.raises(KeysError, match="vigie keys list"):
            file.named(wanted, NOW)
