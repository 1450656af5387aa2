"""``vigie network --dossier`` and ``vigie verify``: what is printed, and the exit code."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner, Result

from vigie.cli import app
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.serving.dossier import archive, manifest
from vigie.serving.dossier.manifest import MANIFEST, Manifest
from vigie.serving.dossier.sealing import FIGURES
from vigie.training.synthetic.accounts import generate


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset and a key; the dossier that was made of it, signed."""
    here = tmp_path_factory.mktemp("dossier")
    made = generate(ordinary=60, inauthentic=40, seed=4)
    read = Log().read(made.accounts, made.posts, made.labels)
    dataset.write(read, here / "data", name="invented", form="generic", now=datetime(2024, 6, 1, tzinfo=UTC))
    for command in (
        ["genpkey", "-algorithm", "ed25519", "-out", str(here / "key.pem")],
        ["pkey", "-in", str(here / "key.pem"), "-pubout", "-out", str(here / "public.pem")],
    ):
        subprocess.run(["openssl", *command], check=True)  # noqa: S603, S607
    done = run(
        "network", here / "data", "--out", here / "network", "--dossier", here / "d.zip", "--key", here / "key.pem",
        "--shift", "x=2", "--language", "fr",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "les profils de 100 comptes" in done.output
    return here


def test_a_dossier_is_verified_with_the_key_that_signed_it(folder: Path) -> None:
    done = run("verify", folder / "d.zip", "--key", folder / "public.pem")
    assert done.exit_code == 0, done.output
    for line in ("Personal data: profiles of 100 accounts", "all as they were sealed", "Signed by the Ed25519 key",
                 "Computed again: the same figures."):  # fmt: skip
        assert line in done.output


def test_figures_that_come_out_otherwise_end_with_one_and_a_changed_file_with_two(folder: Path) -> None:
    with ZipFile(folder / "d.zip") as whole:
        members = {name: whole.read(name) for name in whole.namelist() if name != "signature.json"}
    held = json.loads(members[FIGURES])
    held["network"]["counts"]["pairs"] += 1
    changed = members | {FIGURES: json.dumps(held).encode()}
    place = folder / "changed.zip"
    place.write_bytes(zipped(changed))
    done = run("verify", place)
    assert (done.exit_code, f"{FIGURES} is not as it was sealed" in done.output) == (2, True)
    noted = manifest.members({name: content for name, content in changed.items() if name != MANIFEST})
    told = Manifest.model_validate_json(members[MANIFEST])
    fitting = told.model_copy(update={"members": noted, "whole": manifest.whole(noted)})
    place.write_bytes(zipped(changed | {MANIFEST: fitting.model_dump_json().encode()}))
    done = run("verify", place)
    assert (done.exit_code, "network.counts.pairs: sealed" in done.output) == (1, True)
    assert "Signed by nobody" in done.output


def zipped(members: dict[str, bytes]) -> bytes:
    file = BytesIO()
    archive.write(file, members)
    return file.getvalue()


def test_a_place_that_is_taken_or_a_key_without_a_dossier_is_refused_before_anything_is_compared(
    folder: Path,
) -> None:
    for given, why in (
        (["--dossier", folder / "d.zip"], "exists; name a dossier that does not"),
        (["--dossier", folder / "d.tar"], "ends in .zip"),
        (["--key", folder / "key.pem"], "--key signs a dossier"),
        (["--dossier", folder / "e.zip", "--key", folder / "public.pem"], "no private key"),
    ):
        done = run("network", folder / "data", "--out", folder / "other", *given)
        assert (done.exit_code, why in " ".join(done.output.split())) == (2, True), done.output
