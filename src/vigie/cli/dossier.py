"""Sealed dossiers: ``vigie network --dossier`` writes one, ``vigie verify`` checks one and computes its figures again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from vigie.features.coordination.baselines import Baseline
    from vigie.features.coordination.comparison import Comparison
    from vigie.features.i18n import Message
    from vigie.serving.dossier.verification import Verified

_HELP = """Check a sealed dossier: every digest, the signature, the decisions; then compute its figures again, without a network.

Exit code 0: nothing was changed, and the same figures come out. 1: nothing was changed, and other figures come out; each is
named. 2: it was changed, or is no dossier.

Examples:

* vigie verify dossier.zip

* vigie verify dossier.zip --key agency.pub.pem
"""
# Figures named that come out otherwise; the others are counted.
_SHOWN = 20


def check_dossier(path: Path | None, key: Path | None) -> Ed25519PrivateKey | None:
    """Check where a dossier is to be written, and return the key that signs it, before anything is compared.

    Raises:
        InputError: The file is there already or is no .zip, or there is a key and nothing to sign.
        DossierError: The key is none.
    """
    from vigie.errors import InputError
    from vigie.serving.dossier import signature

    if path is None and key is not None:
        raise InputError("--key signs a dossier; name one with --dossier FILE.zip")
    if path is not None and path.suffix.lower() != ".zip":
        raise InputError(f"--dossier {path} is no dossier; name a file that ends in .zip")
    if path is not None and path.exists():
        raise InputError(f"{path} exists; name a dossier that does not")
    return None if key is None else signature.SIGNING.private_key(key)


def write_dossier(
    path: Path,
    name: str,
    compared: Comparison,
    ordinary: Baseline | None,
    hours: Mapping[str, float],
    key: Ed25519PrivateKey | None,
) -> Message:
    """Write a dossier of all that was found, and return the sentence that tells so.

    Raises:
        DossierError: It would be larger than a dossier may be.
        OSError: The file cannot be written.
    """
    from vigie.features import whole_files
    from vigie.features.coordination.comparison import Limits
    from vigie.features.i18n import message
    from vigie.models.engine import Models, ScoringEngine
    from vigie.serving.dossier.manifest import About
    from vigie.serving.dossier.sealing import Finding, seal

    engine = ScoringEngine(Models.load(None, None), ordinary)
    finding = Finding(About(name=name), engine, compared, Limits(), shifted_hours=hours)
    with whole_files.new_file(path) as fresh, fresh.open("wb") as file:
        made = seal(file, finding, key)
    return message(
        "cli.sealed",
        file=str(path),
        megabytes=round(path.stat().st_size / 1e6, 1),
        accounts=made.inputs.accounts,
        posts=made.inputs.posts,
        seal=made.whole,
    )


def verify(
    path: Annotated[Path, typer.Argument(metavar="DOSSIER", help="The file.", exists=True, dir_okay=False)],
    key: Annotated[
        Path | None,
        typer.Option(help="Public Ed25519 key, a PEM file, that must have signed it.", exists=True),
    ] = None,
) -> None:
    """Check a dossier (see the module for the help text)."""
    from vigie.serving.dossier import signature, verification

    expected = None if key is None else signature.SIGNING.public_key(key)
    console = Console(stderr=True)
    with console.status(f"checking {path}") as status:
        found = verification.verify(path, expected, lambda step: status.update(f"computing again: {step}"))
    _tell(path, found)
    if found.differences:
        raise typer.Exit(1)


def _tell(path: Path, found: Verified) -> None:
    told, held = found.manifest, found.manifest.inputs
    typer.echo(f"{path}: {told.about.name}. Sealed by vigie {told.vigie}.")
    typer.echo(f"Personal data: profiles of {held.accounts:,} accounts, {held.posts:,} posts.")
    typer.echo(f"{len(told.members)} members, all as they were sealed. Seal: {told.whole}")
    if found.signature is None:
        typer.echo("Signed by nobody: the seal tells a change of the file, not who made it.")
    else:
        typer.echo(f"Signed by the Ed25519 key with the SHA-256 {found.signature.fingerprint}.")
    if found.decisions is not None:
        typer.echo(
            f"{len(found.decisions.decisions)} decisions, all fit their lines in the chain, which had "
            f"{found.decisions.lines} lines. Its head: {found.decisions.head}"
        )
    for other in found.others:
        typer.echo(f"Note: {other}.")
    if not found.differences:
        typer.echo("Computed again: the same figures.")
        return
    typer.echo(f"Computed again: {len(found.differences):,} figures come out otherwise.")
    for each in found.differences[:_SHOWN]:
        typer.echo(f"  {each.place}: sealed {each.sealed}, now {each.again}")
    if len(found.differences) > _SHOWN:
        typer.echo(f"  and {len(found.differences) - _SHOWN:,} more")


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("verify", help=_HELP)(verify)
