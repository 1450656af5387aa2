"""A dossier is computed again to the same figures, and whatever was changed is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vigie.errors import DossierError
from vigie.serving.dossier.inputs import POSTS
from vigie.serving.dossier.manifest import MANIFEST, SIGNATURE
from vigie.serving.dossier.sealing import BASELINE, DECISIONS, FIGURES, Finding, seal
from vigie.serving.dossier.signature import SIGNING
from vigie.serving.dossier.verification import verify

Members = dict[str, bytes]
Write = Callable[[Members], Path]
Mend = Callable[[Members], Members]


def test_the_same_figures_come_out_again_and_the_key_is_told(finding: Finding, tmp_path: Path) -> None:
    key, file = Ed25519PrivateKey.generate(), BytesIO()
    seal(file, finding, key)
    place = tmp_path / "dossier.zip"
    place.write_bytes(file.getvalue())
    public = key.public_key().public_bytes_raw().hex()
    found = verify(place, public)
    assert (found.differences, found.others) == ((), ())
    assert found.signature is not None
    assert found.signature.public_key == public
    assert found.decisions is None


def test_every_member_that_was_changed_is_named(members: Members, write: Write) -> None:
    changed = members | {
        FIGURES: members[FIGURES] + b" ",
        "notes/fr/note.html": b"",
        "evil.pkl": b"\x80\x04.",
    }
    del changed[BASELINE]
    with pytest.raises(DossierError) as refused:
        verify(write(changed))
    for fault in (
        f"{BASELINE} is missing", "evil.pkl is not named", f"{FIGURES} is not as it was sealed", "note.html is not as",
    ):  # fmt: skip
        assert fault in str(refused.value)


def test_a_digest_of_the_whole_that_does_not_fit_is_told(members: Members, write: Write) -> None:
    told = json.loads(members[MANIFEST]) | {"whole": "0" * 64}
    with pytest.raises(DossierError, match="digest of the whole"):
        verify(write(members | {MANIFEST: json.dumps(told).encode()}))


def test_figures_and_posts_that_were_forged_with_their_digests_come_out_otherwise(
    members: Members, write: Write, mend: Mend
) -> None:
    held = json.loads(members[FIGURES])
    held["network"]["campaigns"][0]["size"] = 99
    posts = pl.read_parquet(members[POSTS])
    moved = posts.with_columns(pl.col("created_at") + pl.duration(hours=pl.int_range(pl.len())))
    file = BytesIO()
    moved.write_parquet(file)
    forged = mend(members | {FIGURES: json.dumps(held).encode(), POSTS: file.getvalue()})
    places = {each.place for each in verify(write(forged)).differences}
    assert "network.campaigns.0.size" in places
    assert any("first_time" in place for place in places)


def test_another_version_is_told_and_not_refused(members: Members, write: Write) -> None:
    told = json.loads(members[MANIFEST]) | {"vigie": "0.0.1"}
    found = verify(write(members | {MANIFEST: json.dumps(told).encode()}))
    assert found.differences == ()
    assert "sealed by vigie 0.0.1" in found.others[0]


def test_a_signature_of_another_manifest_or_none_at_all_is_refused(members: Members, write: Write) -> None:
    other = SIGNING.sign(b"another", Ed25519PrivateKey.generate()).model_dump_json().encode()
    with pytest.raises(DossierError, match="not made of this manifest"):
        verify(write(members | {SIGNATURE: other}))
    with pytest.raises(DossierError, match="signed by nobody"):
        verify(write(members), "0" * 64)


def test_rates_and_decisions_that_are_none_are_refused(members: Members, write: Write, mend: Mend) -> None:
    with pytest.raises(DossierError, match="no reference rates"):
        verify(write(mend(members | {BASELINE: b"[]"})))
    with pytest.raises(DossierError, match=r"decisions\.json does not parse"):
        verify(write(mend(members | {DECISIONS: b"[]"})))
